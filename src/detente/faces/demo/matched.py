"""The match: both hold the same event, and find out without either showing the other the rest.

The rival's report is of public facts, in English; the desk's came in Chinese, and its account went to the
neutral alone. A number is what they share: CVE-2023-48022. Which it is, two officers of each side let go.
"""

import json
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

from msgspec import Struct

from detente.faces import door
from detente.faces.demo.cases import cases
from detente.faces.demo.cast import everywhere, until
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.confided import DESK, PUBLIC
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.released import NEUTRAL, RIVAL, SECONDS, Released
from detente.faces.speech import Text

CASE = "shadowray"
OTHERS = ("tay", "chat-titles-shown-to-strangers", "patrol-robot-in-the-fountain", "averaged-debts")
"""What else the rival holds, so that a set is more than what is sought."""


class Matched(Struct, frozen=True):
    """The two sides of a match.

    Args:
        hand: who types.
        narrator: who tells it.
        released: who has officers sign.
    """

    hand: Hand
    narrator: Narrator
    released: Released

    def hold(self) -> str:
        """The rival tables what it holds itself: the same event, from public sources, and four others."""
        known = cases()
        names = []
        for one in (CASE, *OTHERS):
            case = known[one]
            draft = self.hand.draft(f"{one}.json", None, dict(case.open), dict(case.sealed))
            names.append(self.hand.table(RIVAL, "incidents.report", draft))
        for name in names:
            everywhere(self.hand.folder, PARTIES, name, SECONDS)
        self.narrator.tell(
            f"{RIVAL} holds the same event from public sources, {names[0][:12]}, and does not know that"
            f" {DESK} does",
            f"{RIVAL} 依公开来源也持有同一事件（{names[0][:12]}），并不知道 {DESK} 同样持有",
        )
        return names[0]

    def match(self) -> dict[str, object]:
        """Both commit to their sets, answer, count, let go and prove; the neutral audits."""
        begun = self._step(RIVAL, "begin", "--with", DESK, "--to", self._at(RIVAL, "points"))
        match, sizes = str(begun["match"]), [int(begun["size"])]
        everywhere(self.hand.folder, PARTIES, match, SECONDS)
        joined = self._step(DESK, "join", match, "--to", self._at(DESK, "points"))
        sizes.append(int(joined["size"]))
        everywhere(self.hand.folder, PARTIES, str(joined["record"]), SECONDS)
        pair = ((RIVAL, DESK), (DESK, RIVAL))
        for own, other in pair:
            self._until(own, "answer", self._at(other, "points"), "--to", self._at(own, "reply"))
        common = [self._until(own, "count", self._at(other, "reply"))["common"] for own, other in pair]
        self.narrator.tell(
            f"{RIVAL} has {sizes[0]} fingerprints, {DESK} {sizes[1]}; both count {common[0]} in common",
            f"{RIVAL} 有 {sizes[0]} 个指纹，{DESK} 有 {sizes[1]} 个；双方均算得共有 {common[0]} 个",
        )
        for own, other in pair:
            let = self._until(own, "release", "--to", self._at(own, "pairs"))
            self.released.approve(own, str(let["released"]), other, ("key",))
        found = [
            sorted(self._until(own, "members", self._at(other, "pairs"), "--to", self._at(own, "opened")))
            for own, other in pair
        ]
        for own, other in pair:
            self._until(own, "confirm", self._at(other, "opened"))
        proofs = self._proofs(match)
        for name in proofs:
            everywhere(self.hand.folder, PARTIES, name, SECONDS)
        checked = self._audited()
        held = checked.holds and common[0] == common[1] == 1 and found == [[f"cve:{PUBLIC}"]] * 2
        return {
            "match": match,
            "sizes": sizes,
            "common": common,
            "found": found,
            "check": checked,
            "held": held,
        }

    def _audited(self) -> Checked:
        home = quote(str(self.hand.folder / NEUTRAL))
        return check(
            self.narrator,
            f"detente match audit --home {home} --lang {self.narrator.voice.language}"
            " | tee /dev/stderr | grep -qE 'as agreed|符合约定'",
            Text(
                "the neutral sees by the logs alone that the run kept to the accord: one set of each,"
                " committed to before anything was answered, equal counts, and nobody took without giving.",
                "中立方仅凭日志即可查明比对符合协议：各方在答复之前承诺且仅承诺一个集合，"
                "计数相等，无人只索取而不提供。",
            ),
            Text(
                "what else is in the sets, which nobody learned; that a set has no guesses in it.",
                "集合中其余内容为何（无人得知）；集合中没有混入猜测。",
            ),
        )

    def _proofs(self, match: str) -> list[str]:
        """The last records of the run: a proof of each side."""
        with door.reach(self.hand.folder / RIVAL) as node:
            return [
                one.id
                for one in node.records(kind="incidents.match-proof")
                if node.record(one.id).thread == match
            ]

    def _step(self, party: str, act: str, *words: str) -> dict[str, Any]:
        run = ("--run", self._at(party, "run"))
        said: dict[str, Any] = self.hand.ask("match", act, *words, *run, *self.hand.home(party))
        return said

    def _until(self, party: str, act: str, *words: str) -> dict[str, Any]:
        """A step that waits for the other's key or record to arrive."""
        to = Path(self._at(party, f"{act}.json"))
        run = ("--run", self._at(party, "run"), *self.hand.home(party))
        until("all hold everything", partial(self.hand.tries, "match", act, *words, *run, to=to), SECONDS)
        return dict(json.loads(to.read_bytes()))

    def _at(self, party: str, name: str) -> str:
        return str(self.hand.folder / f"{party}.{name}")
