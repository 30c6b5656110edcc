"""The rival refuses, lawfully: what the law withholds is counted; silence decides nothing; history stays.

Cn withholds a sealed value by law, and later opens it to one audience. Then cn owes an answer and falls
silent, where us alone can see it: undecided, and not even. Once two logs have seen the silence, all nodes say
alike that cn missed it; a late answer mends what is open, and not what was.
"""

from shlex import quote
from typing import ClassVar

from msgspec import Struct

from detente.accord import cut as cuts
from detente.accord.standing import Duty, Standing
from detente.faces.delivered import delivered
from detente.faces.demo.cases import Case
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import OUT, Scenes
from detente.faces.speech import Text
from detente.faces.verdict import VERDICTS
from detente.node import durable
from detente.node.draft import Draft
from detente.trust.canonical import Value

AUTHOR, ASKER, NEUTRAL = "cn", "us", "neutral"
FIELD, BASIS = "deployer", "criminal_inquiry"
CLAUSE, FLASH = "deployer-to-clearinghouse", "answer-flash"
PATIENCE_SECONDS = 60.0


class Withheld(Struct, frozen=True):
    """The scene.

    Args:
        scenes: the nodes, the narrator, and what scenes have in common.
        case: a grave report of cn's, whose deployer the law withholds.
    """

    scenes: Scenes
    case: Case
    title: ClassVar[Text] = Text("The rival refuses, lawfully", "对方依法拒绝")

    def play(self) -> dict[str, object]:
        """Play it, and return what was measured."""
        report, counted = self._withhold()
        opened = self._open(report)
        query = self._ask()
        silent = self._fall_silent(query)
        late = self._return(query)
        mended = self._answer(query)
        checked = self._check(mended)
        told = _of(mended[ASKER], query)
        verdicts = [one.verdict for one in (silent, late, told)]
        return {
            "withheld": {"record": report, "field": FIELD, "basis": BASIS, "counted": counted},
            "opened_to": opened,
            "silent": {"party": AUTHOR, "verdict": silent.verdict, "lags": list(silent.lags)},
            "late": {"verdict": late.verdict, "overdue": late.overdue},
            "mended": {"verdict": told.verdict, "overdue": told.overdue},
            "standing": {party: one.digest for party, one in mended.items()},
            "check": checked,
            "held": checked.holds
            and len({one.digest for one in mended.values()}) == 1
            and opened == [NEUTRAL]
            and verdicts == ["unobservable", "missed", "missed"]
            and (late.overdue, told.overdue) == (True, False),
        }

    @property
    def _narrator(self) -> Narrator:
        return self.scenes.narrator

    def _withhold(self) -> tuple[str, int]:
        """Cn reports, and says that the law forbids one value; return the record and the count."""
        tell = self._narrator.tell
        report = self.scenes.report(self.case).id
        tell(
            f"{AUTHOR} owes the clearinghouse “{FIELD}” of it, by {CLAUSE}",
            f"依 {CLAUSE}，{AUTHOR} 须向信息交换中心提供其部署者信息",
        )
        self._say_unlawful(report, (FIELD,))
        self._narrator.wait("excused", lambda: self._excused(report))
        with self.scenes.cast.node(NEUTRAL) as node:
            counted = len(node.records(kind="notices.cannot-lawfully-send"))
        tell(
            f"CANNOT LAWFULLY SEND, played: {BASIS}. The duty is excused, not kept; counted: {counted}",
            f"依法不得提供（演示）：刑事侦查。该义务免责，但不算履行；计 {counted} 次",
        )
        row = self._narrator.wait("withheld", lambda: self.scenes.row(AUTHOR, report, NEUTRAL, "withheld"))
        state = " ".join(one for one in delivered(row, self._narrator.voice) if one)
        self._narrator.show(f"{', '.join(row.paths)} → {NEUTRAL}: {state}")
        return report, counted

    def _say_unlawful(self, report: str, paths: tuple[str, ...]) -> str:
        said: dict[str, Value] = {"of": report, "legal_basis": BASIS, "withheld": list(paths)}
        with self.scenes.cast.node(AUTHOR) as node:
            return node.table(Draft.new("notices.cannot-lawfully-send", said)).id

    def _open(self, report: str) -> list[str]:
        """The ban is over; officers of cn open the value to the clearinghouse alone; return who sees it."""
        self._say_unlawful(report, ())
        self._narrator.tell(
            f"{AUTHOR} says, on record, that the ban is over; it binds nobody to open it to all",
            f"{AUTHOR} 在案声明该限制已解除；此举不要求向所有方开示",
        )
        wait = self._narrator.wait
        wait("waiting for officers", lambda: self.scenes.row(AUTHOR, report, NEUTRAL, "waiting"))
        self.scenes.approve(AUTHOR, report, NEUTRAL)
        wait("released", lambda: self._sent(report))
        wait("opened", lambda: self._sees(NEUTRAL, report) or None)
        seen = [party for party in PARTIES if party != AUTHOR and self._sees(party, report)]
        self._narrator.tell(
            f"opened to {' and '.join(seen) or 'nobody'}; to {ASKER} it is as sealed as before",
            f"已向 {'、'.join(seen) or '无任何方'} 开示；对 {ASKER} 仍为密封",
        )
        return seen

    def _sent(self, report: str) -> bool | None:
        with self.scenes.cast.node(AUTHOR) as node:
            rows = node.deliveries(record=report)
        return (
            any(one.audience == NEUTRAL and one.state in OUT and FIELD in one.paths for one in rows) or None
        )

    def _sees(self, party: str, report: str) -> bool:
        with self.scenes.cast.node(party) as node:
            return FIELD in node.record(report).values

    def _ask(self) -> str:
        """Cn falls silent; us asks it a flash question, which binds cn by what the neutral logs."""
        self.scenes.cast.stage.stop(f"node-{AUTHOR}")
        asked: dict[str, Value] = {
            "to": AUTHOR,
            "about": None,
            "asks": "status",
            "precedence": "flash",
            "respond_by": None,
        }
        with self.scenes.cast.node(ASKER) as node:
            query = node.table(Draft.new("notices.query", asked)).id
        self._narrator.tell(
            f"{AUTHOR} falls silent; {ASKER} asks it a flash question, {query[:12]}, due in six hours",
            f"{AUTHOR} 陷入沉默；{ASKER} 向其发出特提询问 {query[:12]}，须于六小时内答复",
        )
        self._narrator.wait("the question binds", lambda: self._find(query))
        return query

    def _fall_silent(self, query: str) -> Duty:
        """The neutral stops too; us alone sees that no answer comes."""
        self.scenes.cast.stage.stop(f"node-{NEUTRAL}")
        self._narrator.tell(
            f"it binds, for the neutral holds it; then the neutral stops too, and {ASKER} hears from nobody",
            f"该询问因中立方持有而产生约束；随后中立方的存储亦中断：{ASKER} 听不到任何一方",
        )
        found = self._narrator.wait("unobservable", lambda: self._unseen(query), PATIENCE_SECONDS)
        self._tell(found)
        self._narrator.say(
            f"Not kept, not missed, not even. {ASKER} alone cannot condemn: one of three may lie, or be deaf."
            f" Wanting: the log of {', '.join(found.lags)}.",
            f"既非已履行，亦非未履行，更非互不相欠。三方中可能有一方不实或失联，{ASKER} 不得单方认定。"
            f"尚缺 {'、'.join(found.lags)} 的日志。",
        )
        return found

    def _return(self, query: str) -> Duty:
        """The neutral is back, then cn; all three say the same of cn."""
        self.scenes.cast.start(NEUTRAL)
        self._narrator.tell(
            f"{NEUTRAL} is back; its log too shows no answer", f"{NEUTRAL} 恢复；其日志亦未见答复"
        )
        found = self._narrator.wait("missed", lambda: self._if(query, "missed"), PATIENCE_SECONDS)
        self._tell(found)
        self.scenes.cast.start(AUTHOR)
        self._narrator.tell(f"{AUTHOR} is back", f"{AUTHOR} 恢复")
        self._alike(self._common(query, overdue=True), query)
        return found

    def _answer(self, query: str) -> dict[str, Standing]:
        """Cn answers late; return what each node says at one cut."""
        said: dict[str, Value] = {"of": query, "reply": "clarified", "level": None, "reason": None}
        with self.scenes.cast.node(AUTHOR) as node:
            answer = node.table(Draft.new("notices.answer", said).answering(query)).id
        self._narrator.tell(f"{AUTHOR} answers late: {answer[:12]}", f"{AUTHOR} 迟复：{answer[:12]}")
        told = self._common(query, overdue=False)
        self._alike(told, query)
        self._narrator.say(
            "Late performance clears what is overdue. That it was missed stays, for good.",
            "迟延履行可消除逾期状态；未按时履行的记录则永久保留。",
        )
        return told

    def _tell(self, duty: Duty) -> None:
        verdict = VERDICTS[duty.verdict]
        self._narrator.tell(
            f"{duty.spec} of {duty.debtor}: {verdict.en}{', overdue' if duty.overdue else ''}",
            f"{duty.debtor} 的 {duty.spec}：{verdict.zh}{'，逾期' if duty.overdue else ''}",
        )

    def _alike(self, told: dict[str, Standing], query: str) -> None:
        for party, one in told.items():
            verdict, counts = VERDICTS[_of(one, query).verdict], one.counts[AUTHOR]["notices"]
            missed, overdue = counts["missed"], counts["overdue"]
            self._narrator.tell(
                f"{party} computes {one.digest[:16]}: {AUTHOR} {verdict.en} {missed}, overdue {overdue}",
                f"{party} 算得 {one.digest[:16]}：{AUTHOR} {verdict.zh} {missed}，逾期 {overdue}",
            )

    def _common(self, query: str, *, overdue: bool) -> dict[str, Standing]:
        """What every node says at one cut, once the duty is as it is waited for."""

        def settled() -> Standing | None:
            with self.scenes.cast.node(ASKER) as node:
                said = node.standing()
            return said if _of(said, query).overdue == overdue else None

        def alike() -> dict[str, Standing]:
            told = {}
            for party in PARTIES:
                with self.scenes.cast.node(party) as node:
                    told[party] = node.standing(first.cut, first.as_of)
            return told

        first = self._narrator.wait(f"overdue: {overdue}", settled, PATIENCE_SECONDS)
        return self._narrator.wait("one cut", alike, PATIENCE_SECONDS)

    def _check(self, told: dict[str, Standing]) -> Checked:
        folder, one = self.scenes.cast.stage.folder, told[ASKER]
        file = folder / "late.json"
        durable.place(file, cuts.dump(one.cut))
        words = f"--cut {quote(str(file))} --as-of {one.as_of} | tail -n 1"
        asked = "; ".join(f"detente standing --home {quote(str(folder / p))} {words}" for p in PARTIES)
        return check(
            self._narrator,
            f'said=$({asked}); echo "$said"; test "$(sort -u <<<"$said" | wc -l)" = 1',
            Text(
                "three nodes, each from its own copy of the logs, say the same of everybody.",
                "三个节点各自依据其日志副本，对各方得出相同结论。",
            ),
            Text(
                "whether the law in fact forbade it, and whether all that should be reported was.",
                "法律是否确实禁止提供，以及应报告者是否均已报告。",
            ),
        )

    def _if(self, query: str, verdict: str) -> Duty | None:
        found = self._find(query)
        return found if found is not None and found.verdict == verdict else None

    def _unseen(self, query: str) -> Duty | None:
        """The duty once it is undecided, and not because the log of who asks has still to go on."""
        found = self._if(query, "unobservable")
        return None if found is None or ASKER in found.lags else found

    def _find(self, query: str) -> Duty | None:
        with self.scenes.cast.node(ASKER) as node:
            said = node.standing()
        return next((one for one in said.duties if (one.spec, one.base) == (FLASH, query)), None)

    def _excused(self, report: str) -> bool | None:
        with self.scenes.cast.node(AUTHOR) as node:
            duties = node.standing().duties
        wanted = (f"{CLAUSE}@{NEUTRAL}", report, "excused")
        return any((one.spec, one.base, one.verdict) == wanted for one in duties) or None


def _of(said: Standing, query: str) -> Duty:
    return next(one for one in said.duties if (one.spec, one.base) == (FLASH, query))
