"""Caught: the adversary tries its list, each attack is refused by name, and one flipped byte is found.

It has the genuine keys of one party, and speaks to the others through their ports alone. What became of an
attack is read from the victims' stores of evidence, and from standing.
"""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import ClassVar

from msgspec import Struct

from detente.accord.standing import Standing
from detente.faces import pillars
from detente.faces.adversary.__main__ import ATTACKS
from detente.faces.adversary.fate import FATES, FORKING, Fate
from detente.faces.demo import ring
from detente.faces.demo.cases import Case
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.ring import SEAT, VICTIMS, Ring
from detente.faces.demo.stage import Stage
from detente.faces.speech import Text
from detente.node import auditor
from detente.node.evidence import Evidence

PATIENCE_SECONDS = 40.0


class Caught(Struct, frozen=True):
    """The scene.

    Args:
        stage: where processes run; the exports of the audit are below its folder.
        narrator: who tells it.
        case: what the victim has reported before.
    """

    stage: Stage
    narrator: Narrator
    case: Case
    title: ClassVar[Text] = Text("Caught", "识破")

    def play(self) -> dict[str, object]:
        """Play it, and return what was measured."""
        self.narrator.say(
            f"In a world of its own {SEAT} has turned: it has genuine keys, and attacks the two others.",
            f"另设一组节点：{SEAT} 已变节，持有其真实密钥，攻击其余两方。",
        )
        founded = ring.found(self.stage.folder / "caught" / "before", self.case)
        groups = ([one for one in FATES if one not in FORKING[1:]], *([one] for one in FORKING[1:]))
        told: dict[str, dict[str, object]] = {}
        for number, names in enumerate(groups, 1):
            made = Ring.start(self.stage, founded, f"ring-{number}")
            try:
                told |= self._attack(made, names)
            finally:
                made.close()
        caught = sum(1 for one in told.values() if one["caught"])
        self.narrator.tell(
            f"{caught} of {len(told)} attacks caught", f"共 {len(told)} 次攻击，识破 {caught} 次"
        )
        named = self._flip()
        checked = self._check()
        return {
            "attacks": told,
            "flips": named,
            "check": checked,
            "held": checked.holds and caught == len(ATTACKS) and all(named.values()),
        }

    def _attack(self, made: Ring, names: list[str]) -> dict[str, dict[str, object]]:
        """Play attacks in a ring, one after the other; return what became of each."""
        told: dict[str, dict[str, object]] = {}
        before, honest = made.evidence(), _honest(made.standing())
        made.attack(names)
        for number, name in enumerate(names):
            self.narrator.keys.heed()
            if not made.done(first=number == 0):
                told[name] = {"caught": False, "steps": []}
                continue
            fate, known = FATES[name], before
            new = self._refused(made, known, fate)
            before = made.evidence()
            same = _honest(made.standing()) == honest
            caught = set(fate.steps) <= {one.step for one in new.values()} and same
            told[name] = {"caught": caught, "steps": sorted({one.step for one in new.values()})}
            self._tell(name, fate, new, caught=caught)
        return told

    def _refused(self, made: Ring, known: Mapping[str, Evidence], fate: Fate) -> dict[str, Evidence]:
        """What the victims have refused since, once all that is foreseen is there."""

        def look() -> dict[str, Evidence] | None:
            new = {name: one for name, one in made.evidence().items() if name not in known}
            there = set(fate.steps) <= {one.step for one in new.values()}
            return new if there and self._left_out(made, fate) else None

        return self.narrator.wait("the refusal", look, PATIENCE_SECONDS)

    def _left_out(self, made: Ring, fate: Fate) -> bool:
        """Whether standing leaves out what it is foreseen to, at every victim."""
        if not fate.standing:
            return True
        said = made.standing()
        codes = [{code for one in told.refused for code in one.codes} for told in said.values()]
        return all(fate.standing in one for one in codes)

    def _tell(self, name: str, fate: Fate, new: Mapping[str, Evidence], *, caught: bool) -> None:
        tries = ATTACKS[name].tries
        steps = ", ".join(sorted({f"{one.step} {one.error}" for one in new.values()}))
        by = ", ".join(sorted({key.partition(" ")[0] for key in new}))
        en, zh = f"refused at {steps}; evidence kept by {by}", f"于 {steps} 被拒；证据由 {by} 留存"
        if not new and fate.standing:
            en, zh = f"left out of standing: {fate.standing}", f"不计入履约状况：{fate.standing}"
        elif not new:
            en, zh = fate.instead
        end = Text("", "") if caught else Text(" NOT CAUGHT", " 未识破")
        self.narrator.tell(f"{name}: {tries.en} → {en}{end.en}", f"{name}：{tries.zh} → {zh}{end.zh}")

    def _flip(self) -> dict[str, bool]:
        """Flip one byte in a file of each sort, chosen by chance; return file to whether it was named."""
        whole = self.stage.folder / "exports" / "us"
        copy = self.stage.folder / "caught" / "flipped"
        shutil.copytree(whole, copy)
        sorts: dict[str, list[Path]] = {}
        files = [one for one in copy.rglob("*") if one.is_file() and one.stat().st_size]
        for one in sorted(files):
            sorts.setdefault(_sort(one.relative_to(copy)), []).append(one.relative_to(copy))
        self.narrator.tell(
            f"us exported {len(files)} files of {len(sorts)} sorts; in one of each a byte is flipped:",
            f"us 导出 {len(files)} 个文件，分 {len(sorts)} 类；每类随机抽取一个，翻转一个字节：",
        )
        return {
            str(one): self._flipped(copy, one) for one in map(secrets.SystemRandom().choice, sorts.values())
        }

    def _flipped(self, copy: Path, file: Path) -> bool:
        self.narrator.keys.heed()
        before = (copy / file).read_bytes()
        place = secrets.randbelow(len(before))
        data = bytearray(before)
        data[place] ^= 1
        (copy / file).write_bytes(data)
        report = auditor.verify(copy, installed=pillars.installed())
        (copy / file).write_bytes(before)
        # A body is named by its log and its place there: `live/us#34`.
        fault = next(
            (one for one in report.faults if str(file).startswith(one.path.partition("#")[0] or "?")), None
        )
        said = f"{fault.path}: {fault.step} {fault.error}" if fault else "-"
        self.narrator.tell(f"{file}, byte {place}: named: {said}", f"{file} 第 {place} 字节：指出：{said}")
        return fault is not None

    def _check(self) -> Checked:
        copy = quote(str(self.stage.folder / "caught" / "flipped"))
        spoken = self.narrator.voice.language
        return check(
            self.narrator,
            f'f=$(find {copy} -type f -size +7c | shuf -n 1); b=$(od -An -tu1 -j7 -N1 "$f");'
            ' printf "\\x$(printf %02x $(((b+1)%256)))" | dd of="$f" bs=1 seek=7 conv=notrunc status=none;'
            f" detente verify {copy} --lang {spoken}",
            Text(
                "change any byte of any file there yourself, and it is named, without asking anyone.",
                "请自行更改其中任一文件的任一字节，均会被指出，无须询问任何人。",
            ),
            Text(
                "that no attack is left: the list is ours; docs/threat-model.md says what is not covered.",
                "已无其他攻击：清单由本项目所列；docs/threat-model.md 说明未涵盖之处。",
            ),
            exit_code=1,
        )


def _sort(file: Path) -> str:
    """What a file is: `checkpoint`, `tile`, `bodies`, …; of the tree's own, its name."""
    return file.parts[2] if len(file.parts) > 2 else file.parts[0]  # noqa: PLR2004 (DOMAIN/PARTY/SORT)


def _honest(said: Mapping[str, Standing]) -> dict[str, object]:
    """What each honest node says of the honest parties: their counts, and that none of them forked."""
    return {
        at: ({party: one.counts.get(party) for party in VICTIMS}, sorted(set(one.forked) & set(VICTIMS)))
        for at, one in said.items()
    }
