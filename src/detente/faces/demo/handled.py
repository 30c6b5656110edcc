"""The handling: a notice that is read back, a pause, a response, a correction, and a close with a lesson."""

from functools import partial
from shlex import quote
from typing import Any

from msgspec import Struct

from detente.faces import door
from detente.faces.demo.cast import everywhere, until
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.confided import DESK
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.released import NEUTRAL, RIVAL, SECONDS
from detente.faces.speech import Text

WRONG, RIGHT = 4, 3
LESSON = [
    "An interface that takes jobs needs a login, also where nobody outside is thought to reach it.",
    "凡可提交作业的接口，即便以为外部无法访问，也须设置登录验证。",
]
TURNS = ("triage", "contain", "eradicate", "recover", "review")


class Handled(Struct, frozen=True):
    """What both sides do about a report.

    Args:
        hand: who types.
        narrator: who tells it.
        report: the record.
    """

    hand: Hand
    narrator: Narrator
    report: str

    def notify(self) -> tuple[str, dict[str, object]]:
        """The author gives the notice that it owes; the other officers read it back, after one wrong try."""
        said = ("subject=cyberattack", f"level={WRONG}", "ongoing=yes", "precedence=immediate")
        words = (
            "channel",
            "send",
            "event",
            "--set",
            f"about={self.report}",
            *_sets(*said, "wish=read_back", "tlp=amber"),
        )
        notice = self._tabled(DESK, *words)
        before = until(f"{NEUTRAL} has the notice", partial(self._owing, "read-back-fast", notice), SECONDS)
        wrong = self.hand.refused("channel", "read", notice, *self.hand.home(RIVAL), "--digest", "0" * 16)
        self._read(notice)
        kept = (
            ("notify-grave", DESK, self.report),
            *(("read-back-fast", one, notice) for one in (RIVAL, NEUTRAL)),
        )
        checked = self._kept(*kept)
        self.narrator.tell(
            f"{DESK} gave notice {notice[:12]}; wrong digits were stopped [{wrong}]; two read it back",
            f"{DESK} 发出通报 {notice[:12]}；错误的摘要数字被拦下 [{wrong}]；两名官员已复诵",
        )
        held = checked.holds and wrong == "channel.4" and before == {RIVAL: "owed", NEUTRAL: "owed"}
        return notice, {"notice": notice, "wrong": wrong, "before": before, "check": checked, "held": held}

    def correct(self, notice: str) -> dict[str, object]:
        """A figure was wrong: the whole notice is stated anew, no slower than before, and read back too."""
        words = ("channel", "send", "correction", "--of", notice, *_sets(f"level={RIGHT}"))
        name = self._tabled(DESK, *words)
        with door.reach(self.hand.folder / RIVAL) as node:
            stated = node.record(name).open
        self._read(name)
        checked = self._kept(*(("read-back-correction", one, name) for one in (RIVAL, NEUTRAL)))
        self.narrator.tell(
            f"level {WRONG} is corrected to {stated['level']}, as {stated['precedence']}, and read back",
            f"级别由 {WRONG} 更正为 {stated['level']}：以同等时效更正，并经复诵",
        )
        held = checked.holds and (stated["level"], stated["precedence"]) == (RIGHT, "immediate")
        return {"correction": name, "check": checked, "held": held}

    def pause(self) -> tuple[str, dict[str, object]]:
        """The rival asks for a pause, the other accepts it, and ends it once it is resolved."""
        said = ("activity=public_service", "grounds=cyberattack", "until=+2d", "precedence=immediate")
        asked = self._tabled(RIVAL, "channel", "send", "pause-request", *_sets(f"binds={DESK}", *said))
        pause = self._tabled(DESK, "channel", "send", "pause", "--of", asked, *_sets(*said))
        checked = self._kept(("answer-pause", DESK, asked))
        with door.reach(self.hand.folder / RIVAL) as node:
            runs = pause in [one.id for one in node.status().domains["live"].pauses]
        told = {"requested": asked, "pause": pause, "runs": runs, "check": checked}
        return pause, told | {"held": checked.holds and runs}

    def lift(self, pause: str, asked: str) -> dict[str, object]:
        """The pause ends before its term: whoever pauses lifts it, and the request for it has ended too."""
        self._tabled(DESK, "channel", "send", "lift", "--of", pause, *_sets("because=resolved"))
        folder = quote(str(self.hand.folder))
        checked = check(
            self.narrator,
            f"for n in {' '.join(PARTIES)}; do"
            f" detente status --home {folder}/$n --lang en > {folder}/status.out"
            f" && ! grep -E '{pause[:16]}|{asked[:16]}' {folder}/status.out || exit 9; done",
            Text(
                "no node counts it among the pauses now, nor the request that it answered.",
                "各节点均不再将其列为暂停，所答复的请求亦随之了结。",
            ),
            Text("that anything was in fact paused.", "是否确曾暂停。"),
        )
        return {"check": checked, "held": checked.holds}

    def respond(self) -> dict[str, object]:
        """Both sides handle it in one thread, each moving its own state, to a review with a lesson."""
        said = ("playbook=cyberattack", "joint=yes", f"level={RIGHT}")
        opened = self._tabled(RIVAL, "respond", "open", "--about", self.report, *_sets(*said))
        for party in (RIVAL, DESK):
            self._tabled(party, "respond", "turn", opened, TURNS[0])
        ask = ("request", *_sets(f"to={DESK}", "asks=block_indicators", "by=+4h"))
        asked = self._tabled(RIVAL, "respond", "say", opened, *ask)
        seek = _sets("sort=behaviour", "confidence=70", "valid_until=+30d", "tlp=amber")
        sought = self._tabled(
            RIVAL,
            "respond",
            "say",
            opened,
            "indicator",
            *seek,
            "--set",
            "pattern=jobs sent to port 8265 without a login",
        )
        self._tabled(DESK, "respond", "say", opened, "sighting", "--of", sought, *_sets("count=few"))
        self._tabled(DESK, "respond", "say", opened, "reply", "--of", asked, *_sets("outcome=done"))
        tell = _sets("audience=operators", "tlp=green", "title.en=Put a login before job interfaces")
        texts = ("title.zh=作业接口须设登录验证", f"text.en={LESSON[0]}", f"text.zh={LESSON[1]}")
        advisory = self._tabled(DESK, "respond", "say", opened, "advisory", *tell, *_sets(*texts))
        for turn in TURNS[1:]:
            for party in (RIVAL, DESK):
                self._tabled(party, "respond", "turn", opened, turn)
        review = self._tabled(DESK, "respond", "say", opened, "review", *_sets("cause=process", "lessons=1"))
        own = _sets(
            f"owner={DESK}", "due=+30d", "closed=no", f"lesson.en={LESSON[0]}", f"lesson.zh={LESSON[1]}"
        )
        lesson = self._tabled(DESK, "respond", "say", opened, "lesson", "--of", review, *own)
        self.hand.show("respond", "board", opened, *self.hand.home(RIVAL))
        homes, folder = " ".join(PARTIES), quote(str(self.hand.folder))
        checked = check(
            self.narrator,
            f"for n in {homes}; do detente respond board {opened} --home {folder}/$n --lang en"
            " | grep -oE '^  (cn|us) +Reviewed|→.*Done'; done | sort | uniq -c | tee /dev/stderr"
            " | grep -c '^ *3 ' | grep -qx 3",
            Text(
                "three nodes show the same board: both sides went through every state to the review, and what"
                " was asked was done.",
                "三个节点显示同样的处置看板：双方均逐一经历各状态直至复盘，所请求事项已办理。",
            ),
            Text("that anything was in fact contained.", "事态是否确已得到控制。"),
        )
        told = {
            "opened": opened,
            "request": asked,
            "indicator": sought,
            "advisory": advisory,
            "lesson": lesson,
        }
        return told | {"check": checked, "held": checked.holds}

    def close(self, own: str) -> dict[str, object]:
        """The author settles the report and closes it with a lesson; the rival closes its own as the same."""
        with door.reach(self.hand.folder / DESK) as node:
            rated = node.record(self.report).open
        axes = ("near_miss", "harm", "potential", "control", "spread", "layers", "repeat", "techniques")
        stated = {name: rated[name] for name in axes} | {
            "ongoing": False,
            "previous": self.report,
            "change": "contained",
        }
        update = self._answer(DESK, "incidents.update", self.report, stated, {})
        ends = {"outcome": "mitigated", "last": update, "duplicate_of": None}
        close = self._answer(DESK, "incidents.close", self.report, ends, {"lesson": LESSON})
        same = {"outcome": "duplicate", "last": own, "duplicate_of": self.report}
        merged = self._answer(RIVAL, "incidents.close", own, same, {})
        until(f"{RIVAL} reads it", partial(self._reads, close), SECONDS)
        folder = quote(str(self.hand.folder))
        checked = check(
            self.narrator,
            f"detente record show {close} --home {folder}/{RIVAL} --lang en | grep '{LESSON[0][:30]}'"
            f" && for n in {' '.join(PARTIES)}; do detente record show {merged} --home {folder}/$n --lang en"
            f" | grep {self.report[:12]} || exit 9; done",
            Text(
                "the rival reads the lesson; all see that both reports are one event, and which goes on.",
                "另一方可读到经验教训；三方均可见两份报告为同一事件，以及以哪一份为准。",
            ),
            Text("that the cause was the one stated.", "所述原因确为真正原因。"),
        )
        return {"close": close, "merged": merged, "check": checked, "held": checked.holds}

    def _reads(self, close: str) -> bool | None:
        with door.reach(self.hand.folder / RIVAL) as node:
            return "lesson" in node.record(close).values or None

    def _answer(
        self, party: str, kind: str, thread: str, open_: dict[str, Any], sealed: dict[str, Any]
    ) -> str:
        draft = self.hand.draft(f"{kind}-{party}.json", thread, open_, sealed)
        name = self.hand.table(party, kind, draft)
        everywhere(self.hand.folder, PARTIES, name, SECONDS)
        return name

    def _tabled(self, party: str, *words: str) -> str:
        name = str(self.hand.ask(*words, *self.hand.home(party))["id"])
        everywhere(self.hand.folder, PARTIES, name, SECONDS)
        return name

    def _read(self, message: str) -> None:
        """The officers of both others read a message back, by the digits that stand below it."""
        for party in (RIVAL, NEUTRAL):
            digits = str(self.hand.ask("channel", "show", message, *self.hand.home(party))["read_back"])[:16]
            self._tabled(party, "channel", "read", message, "--digest", digits)

    def _owing(self, spec: str, base: str) -> dict[str, str] | None:
        """Who owes what by one clause, as the neutral computes it: party to verdict; None until both do."""
        with door.reach(self.hand.folder / NEUTRAL) as node:
            duties = node.standing().duties
        found = {one.debtor: one.verdict for one in duties if (one.spec, one.base) == (spec, base)}
        return found if found.keys() == {RIVAL, NEUTRAL} else None

    def _kept(self, *duties: tuple[str, str, str]) -> Checked:
        """Check at every node that duties are kept: clause, debtor, and the record from which each arose."""
        for spec, debtor, base in duties:
            until(f"{debtor}'s duty is kept", partial(self._is_kept, spec, debtor, base), SECONDS)
        homes, folder = " ".join(PARTIES), quote(str(self.hand.folder))
        rows = "|".join(f"{spec} *{debtor} *kept *{base[:12]}" for spec, debtor, base in duties)
        return check(
            self.narrator,
            f"for n in {homes}; do detente standing --home {folder}/$n --lang en | grep -E '{rows}'; done"
            f" | sort | uniq -c | tee /dev/stderr | grep -c '^ *3 ' | grep -qx {len(duties)}",
            Text(
                "three nodes compute from their own copies that each of these was done within its clock.",
                "三个节点各依自己的副本算出：以上各项均在时限内履行。",
            ),
            Text("that whoever read it back has understood it.", "复诵者确已理解其内容。"),
        )

    def _is_kept(self, spec: str, debtor: str, base: str) -> bool | None:
        for party in PARTIES:
            with door.reach(self.hand.folder / party) as node:
                duties = node.standing().duties
            if not any(
                (one.spec, one.debtor, one.base, one.verdict) == (spec, debtor, base, "kept")
                for one in duties
            ):
                return None
        return True


def _sets(*words: str) -> list[str]:
    return [part for word in words for part in ("--set", word)]
