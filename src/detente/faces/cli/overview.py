"""The overview: a response's board in lines, under the same headings as at the desk.

Where each side stands
  cn  Triaged
  us  Contained  Lead        next: eradicate, relapse
What was asked, and by when
  us → cn  Preserve evidence  2026-11-27 12:49:36+00:00 (12:49:36Z)  Done
Situation reports and advisories
  Situation report 1  both sides say the same
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from detente.accord.edition import Edition
from detente.accord.machines.response import RESPONSE
from detente.faces import telegram
from detente.faces.board import Board
from detente.faces.speech import Text, Voice, clock, table

SHORT = 16
SIDES = Text("Where each side stands", "各方状态")
ASKED = Text("What was asked, and by when", "请求与时限")
SOUGHT = Text("What to look for", "排查指标")
TOLD = Text("Situation reports and advisories", "态势报告与通告")
LESSONS = Text("Lessons, and who mends them", "经验教训与整改")
NEXT = Text("next: ", "可转入：")
LATE = Text("LATE", "已逾期")
WAITS = Text("not answered", "未答复")
JOINT = Text("both sides say the same", "双方一致")
SINGLE = Text("one side says it", "仅一方提出")
ADVISORY = Text("Advisory", "通告")
MENDED, TO_MEND = Text("mended", "已整改"), Text("to be mended", "待整改")


class Reader(NamedTuple):
    """Whose board it is, in which words."""

    party: str
    edition: Edition
    voice: Voice

    def word(self, kind: str, field: str, value: Any) -> str:  # noqa: ANN401 (an open value is any JSON)
        """Return a value in words."""
        return self.voice.choose(telegram.value_word(self.edition, f"response.{kind}", field, value))


def lines(found: Board, reader: Reader) -> list[str]:
    """Return a board in lines; what there is nothing of has no heading."""
    say = reader.voice.choose
    told = [found.id[:SHORT]]
    for heading, rows in (
        (SIDES, list(_sides(found, reader))),
        (ASKED, list(_asked(found, reader))),
        (SOUGHT, list(_sought(found, reader))),
        (TOLD, list(_told(found, reader))),
        (LESSONS, list(_lessons(found, reader))),
    ):
        if rows:
            told += [say(heading), *table([[f"  {row[0]}", *row[1:]] for row in rows])]
    return told


def _sides(found: Board, reader: Reader) -> Iterator[list[str]]:
    for party, state in sorted(found.states.items()):
        roles = ", ".join(reader.word("role", "role", one) for one in found.roles.get(party, ()))
        after = ", ".join(row.event for row in RESPONSE.rows if row.state == state)
        ours = party == reader.party and after
        yield [
            party,
            reader.word("turn", "state", state),
            roles,
            f"{reader.voice.choose(NEXT)}{after}" if ours else "",
        ]


def _asked(found: Board, reader: Reader) -> Iterator[list[str]]:
    for one in found.requests:
        outcome = reader.word("reply", "outcome", one.outcome) if one.outcome else reader.voice.choose(WAITS)
        late = reader.voice.choose(LATE) if one.late else ""
        what = reader.word("request", "asks", one.asks)
        yield [one.id[:SHORT], f"{one.party} → {one.to}", what, clock(one.by), outcome, late]


def _sought(found: Board, reader: Reader) -> Iterator[list[str]]:
    for one in found.indicators:
        seen = ", ".join(f"{who}: {reader.word('sighting', 'count', n)}" for who, n in one.seen.items())
        sort = f"{reader.word('indicator', 'sort', one.sort)} {one.confidence} %"
        marking = reader.word("indicator", "tlp", one.tlp)
        yield [one.id[:SHORT], one.party, sort, one.pattern or "-", clock(one.valid_until), marking, seen]


def _told(found: Board, reader: Reader) -> Iterator[list[str]]:
    say = reader.voice.choose
    for number, joint in found.reports.items():
        yield [
            say(Text(f"Situation report {number}", f"第 {number} 号态势报告")),
            say(JOINT if joint else SINGLE),
        ]
    for name in found.advisories:
        yield [say(ADVISORY), name[:SHORT]]


def _lessons(found: Board, reader: Reader) -> Iterator[list[str]]:
    for one in found.lessons:
        state = reader.voice.choose(MENDED if one.closed else TO_MEND)
        yield [one.id[:SHORT], one.owner, clock(one.due), state]
