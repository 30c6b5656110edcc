"""The trial: a playbook that both sides agree on, a run at the facility, a spot check, a replication.

What each part shows is checked by a command that anybody can repeat. The tested system is a small real model
where the laboratory is installed, and a scripted player otherwise; the story says which.
"""

import json
from fractions import Fraction
from pathlib import Path
from shlex import quote
from typing import Any

from msgspec import Struct

from detente.faces import door
from detente.faces.demo.cast import everywhere, until
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.speech import Text
from detente.instruments import power
from detente.instruments.laboratory import EXTRACT

SUITE, RUNNER, AUTHOR, RIVAL = "oversight", "neutral", "us", "cn"
ANOTHER = "scripted/reckless"
"""A system that was not registered, and is refused."""
SECONDS = 90.0
_COUNTED = ("both", "first_only", "second_only", "neither", "unpaired")


class Run(Struct, frozen=True):
    """What a registered run left behind.

    Args:
        playbook: by which it went.
        plan: under which.
        result: the record.
        shown: a file with that record.
        extract: what ran, sample by sample.
    """

    playbook: str
    plan: str
    result: str
    shown: Path
    extract: Path


class Trial(Struct, frozen=True):
    """The parts of the story that end in evidence.

    Args:
        hand: who types.
        narrator: who tells it.
        model: the system under test.
        counts: how many samples and twins in each language.
    """

    hand: Hand
    narrator: Narrator
    model: str
    counts: tuple[int, int]

    def agree(self) -> tuple[str, dict[str, object]]:
        """A playbook of us, adopted by cn as it is."""
        file = str(self._at("oversight.toml"))
        self.hand.show("evaluate", "playbook", "new", SUITE, "--to", file)
        self.hand.show("evaluate", "playbook", "explain", file)
        table = ("evaluate", "playbook", "table", file)
        book: str = self.hand.ask(*table, *self.hand.home(AUTHOR))["id"]
        self.everywhere(book)
        adopted: str = self.hand.ask(*table, "--adopts", book, *self.hand.home(RIVAL))["id"]
        self.everywhere(adopted)
        self.narrator.tell(
            f"{AUTHOR} tabled the playbook {book[:12]}; {RIVAL} adopted it unchanged: {adopted[:12]}",
            f"{AUTHOR} 提交测试规程 {book[:12]}；{RIVAL} 原样采纳：{adopted[:12]}",
        )
        homes = " ".join(PARTIES)
        checked = check(
            self.narrator,
            f"for n in {homes}; do detente evaluate playbook coverage"
            f" --home {quote(str(self.hand.folder))}/$n | grep '^{SUITE}  *en'; done"
            f" | sort | uniq -c | grep '3 .*{RIVAL},{AUTHOR}'",
            Text(
                "three nodes say alike that both sides have this test, before it was run.",
                "三个节点一致表明：双方在运行之前均已有此测试规程。",
            ),
            Text("that it is a good test.", "该测试是否设计得当。"),
        )
        return book, {"playbook": book, "adopted": adopted, "check": checked, "held": checked.holds}

    def run(self, book: str) -> tuple[Run, dict[str, object]]:
        """A plan of us, run by the facility; another system, and one attempt more, are refused."""
        made, refused = self._made(book, AUTHOR, RUNNER)
        facts = self._facts(made.result)
        word = f"{facts['decision']}, {facts['attempt']} / {facts['attempts']}"
        self.narrator.tell(
            f"the facility's result {made.result[:12]}: {word}; computed by everybody from the counts",
            f"测试机构的结果 {made.result[:12]}：{word}；由各方依计数各自算出",
        )
        least, here = self._least_to_pass(book), self.counts[0]
        self.narrator.say(
            f"A pass needs {least} samples in each language without an event; here there are {here}:"
            " enough to show a failure, too few to show safety.",
            f"要通过，每种语言须有 {least} 个样本且无一事件；此处为 {here} 个："
            "足以证明不合格，不足以证明安全。",
        )
        checked = self._same(made.result)
        return made, {
            "plan": made.plan,
            "result": made.result,
            "decision": facts["decision"],
            "attempt": facts["attempt"],
            "attempts": facts["attempts"],
            "refused": refused,
            "check": checked,
            "held": checked.holds and refused == ["assignment.6", "evaluate.4"],
        }

    def challenge(self, made: Run) -> dict[str, object]:
        """Cn draws samples by heads that nobody chose; the facility opens exactly these; one is then bent."""
        asked, opening = self._at("challenge.json"), self._at("opening.json")
        draw = ("evaluate", "challenge", str(made.shown), *self.hand.home(RIVAL), "--count", "20")
        until("heads cosigned after the result", lambda: self.hand.tries(*draw, to=asked), SECONDS)
        challenge = self.hand.table(RIVAL, "evaluations.challenge", asked)
        self.everywhere(challenge)
        seed = str(self._at("seed"))
        words = ("--seed", seed, "--challenge", str(asked), "--to", str(opening))
        said = self.hand.ask("evaluate", "open", str(made.extract), *words)
        stated = {"result": made.result, "challenge": challenge, "opened": said["opened"]}
        draft = self.hand.draft("opens.json", made.plan, stated | {"extract": said["extract"]}, {})
        opened = self.hand.table(RUNNER, "evaluations.opening", draft)
        self.everywhere(opened)
        bent = self._bent(opening)
        words = ("--result", str(made.shown), "--challenge", str(asked), "--suite", SUITE)
        told = self.hand.ask("evaluate", "check", str(bent), *words)
        caught = sorted({one["step"] for one in told["faults"]})
        self.narrator.tell(
            f"one score of the opening changed by hand: caught at {', '.join(caught) or 'NOTHING'}",
            f"手工改动开示文件中的一个评分：在 {'、'.join(caught) or '无'} 处被发现",
        )
        checked = self._opened(opening, made.shown, asked)
        return {
            "challenge": challenge,
            "opening": opened,
            "drawn": len(said["opened"]),
            "committed": told["committed"],
            "false_at_most": told["false_at_most"],
            "edited_score": caught,
            "check": checked,
            "held": checked.holds and caught == ["opening.5"],
        }

    def replicate(self, made: Run) -> dict[str, object]:
        """Cn registers a run of its own under the same playbook, and compares sample by sample."""
        own, _ = self._made(made.playbook, RIVAL, RIVAL, astray=False)
        margin = str(self._margin(made.playbook))
        words = ("evaluate", "compare", str(made.extract), str(own.extract), "--margin", margin)
        told = self.hand.ask(*words)
        stated = {name: told[name] for name in _COUNTED}
        stated |= {"playbook": made.playbook, "of": made.result, "method": "run_again"}
        draft = self.hand.draft("replicates.json", made.plan, stated, {})
        name = self.hand.table(RIVAL, "evaluations.replication", draft)
        self.everywhere(name)
        agreement = self._facts(name)["agreement"]
        self.narrator.tell(
            f"{RIVAL} ran it again, {own.result[:12]}, and says so: {name[:12]}: {agreement}",
            f"{RIVAL} 自行复现 {own.result[:12]}，并记录在案 {name[:12]}：{agreement}",
        )
        checked = check(
            self.narrator,
            f"detente evaluate compare {quote(str(made.extract))} {quote(str(own.extract))} --margin {margin}"
            f" --lang {self.narrator.voice.language}",
            Text(
                "by an exact bound, the share of samples on which they differ is below the agreed margin.",
                "以精确置信界证明：两次结果不一致的样本占比低于约定界限。",
            ),
            Text(
                "that both are right: two runs of one scorer err alike.",
                "两次结果均正确：同一评分方法可能犯同样的错误。",
            ),
        )
        return {
            "plan": own.plan,
            "result": own.result,
            "replication": name,
            "agreement": agreement,
            "pairs": told["items"],
            "check": checked,
            "held": checked.holds and agreement == "agree",
        }

    def everywhere(self, name: str) -> None:
        """Wait until every node holds a record, and it stands there."""
        everywhere(self.hand.folder, PARTIES, name, SECONDS)

    def registered(self, book: str, author: str, runner: str) -> str:
        """Register a plan, and wait until everybody has it."""
        samples, benign = self.counts
        words = ("--model", self.model, "--samples", str(samples), "--benign", str(benign))
        words = (*words, *(("--runner", runner) if runner != author else ()), *self.hand.home(author))
        plan: str = self.hand.ask("evaluate", "register", book, *words)["id"]
        self.everywhere(plan)
        return plan

    def saved(self, name: str, party: str, file: str) -> Path:
        """Write a record as a node shows it, for those who check without one."""
        path = self._at(file)
        self.hand.ask("record", "show", name, *self.hand.home(party), to=path)
        return path

    def _made(self, book: str, author: str, runner: str, *, astray: bool = True) -> tuple[Run, list[str]]:
        """Register, run and report; on the way, another system and a second attempt are tried."""
        plan = self.registered(book, author, runner)
        home, text = self.hand.home(runner), ("--text", str(self._at("oversight.toml")))
        refused = []
        if astray:
            refused.append(self.hand.refused("evaluate", "run", plan, "--model", ANOTHER, *text, *home))
        self.hand.show("evaluate", "run", plan, "--model", self.model, *text, *home)
        seed = str(self._at("seed" if astray else f"seed-{runner}"))
        witness = ("--witness", "facility") if runner == RUNNER else ()
        result: str = self.hand.ask("evaluate", "report", plan, "--seed", seed, *witness, *home)["id"]
        self.everywhere(result)
        if astray:
            refused.append(self.hand.refused("evaluate", "run", plan, "--model", self.model, *text, *home))
        shown = self.saved(result, RIVAL, f"result-{runner}.json")
        extract = self.hand.folder / runner / "evaluations" / plan / "attempt-01" / EXTRACT
        return Run(book, plan, result, shown, extract), refused

    def _same(self, result: str) -> Checked:
        homes = " ".join(PARTIES)
        return check(
            self.narrator,
            f"for n in {homes}; do detente record show {result} --home {quote(str(self.hand.folder))}/$n"
            f" --lang {self.narrator.voice.language} | grep '→'; done | sort | uniq -c"
            " | { tee /dev/stderr | grep -qv '^ *3 '; test $? = 1; }",
            Text(
                "each fact was computed three times, from three copies, to the same answer.",
                "每一项结论均由三方各依自己的副本算出，答案相同。",
            ),
            Text(
                "that no attempt was made elsewhere: only what runs at the facility is seen.",
                "别处没有另行试测：只有在测试机构运行的才看得到。",
            ),
        )

    def _opened(self, opening: Path, result: Path, asked: Path) -> Checked:
        files = f"{quote(str(opening))} --result {quote(str(result))} --challenge {quote(str(asked))}"
        return check(
            self.narrator,
            f"detente evaluate check {files} --suite {SUITE} --lang {self.narrator.voice.language}",
            Text(
                "the drawn samples are those committed to; their scores are what the agreed scorer says.",
                "被抽中的样本即所承诺的样本，评分与约定评分方法的计算一致。",
            ),
            Text(
                "the samples that were not drawn: the lines above say how many may be false.",
                "未被抽中的样本：上文已说明其中至多有多少不实。",
            ),
        )

    def _bent(self, opening: Path) -> Path:
        """Copy an opening, and change one score in it to the other word."""
        value = json.loads(opening.read_bytes())
        sample = value["samples"][0]["sample"]
        sample["score"] = {"event": "none", "none": "event", "done": "undone"}.get(sample["score"], "done")
        path = self._at("opening-bent.json")
        path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False), "utf-8")
        return path

    def _facts(self, name: str) -> dict[str, Any]:
        with door.reach(self.hand.folder / AUTHOR) as node:
            return dict(node.record(name).facts)

    def _margin(self, book: str) -> int:
        return int(self._open(book)["margin"])

    def _least_to_pass(self, book: str) -> int | None:
        """How many samples in a language, none of them an event, pass by this playbook."""
        agreed = self._open(book)
        yellow, doubt = (Fraction(one, 10_000) for one in (agreed["yellow"], 10_000 - agreed["confidence"]))
        return power.least_passing(0, yellow, doubt)

    def _open(self, name: str) -> dict[str, Any]:
        with door.reach(self.hand.folder / AUTHOR) as node:
            return dict(node.record(name).open)

    def _at(self, name: str) -> Path:
        return self.hand.folder / name
