"""`detente accord simulate --with NEW --over HOME`: real history under another text, with its load.

Nothing is changed and nothing leaves. The same history is replayed twice, under the text and under the accord
in force, so that each figure has what it is now beside it. HOME may be a folder that `detente log export`
wrote.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from detente.accord import supposition
from detente.accord.supposition import DutyCount, History, Load, Sight, Supposition
from detente.accord.terms import Terms
from detente.faces import manuscript, pillars
from detente.faces.cli.place import declare_domain, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.faces.verdict import VERDICTS
from detente.node.home import SETTINGS

LIMITS = (
    Text(
        "Nobody knew this text when the history was made: what it asks beyond the accord in force shows as "
        "missed. That is the size of what it asks, not a fault.",
        "当时无人知晓此文本：凡其要求超出现行协议之处，均显示为“未按时履行”。这反映的是要求之多少，并非过失。",
    ),
    Text(
        "What may be shown is asked at standing as it was when the day of the record began.",
        "可否开示，按记录当日零时（UTC）的履约状况判断。",
    ),
)


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The other text, and over which history."""
    one = acts.add_parser("simulate", help="what another text would have done with real history")
    one.add_argument("--with", dest="text", required=True, type=Path, metavar="NEW", help="the other text")
    one.add_argument(
        "--over", required=True, type=Path, metavar="HOME", help="a node's home, or a folder of exported logs"
    )
    one.add_argument("--as-of", type=int, metavar="MS", help="where it ends (now; of logs, the last)")
    declare_domain(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Replay, and tell both sides by side.

    Raises:
        Faulty: `manuscript.2`. Incomplete: `standing.2`. BadProof: `recount.1`. HomeMissing: `window.1`.
    """
    new = manuscript.compiled(manuscript.read(arguments.text))
    terms, found, as_of = _history(arguments)
    supposed = supposition.replay(supposition.suppose(new, terms), found, as_of)
    real = terms.in_force(as_of)
    now = supposition.replay(supposition.suppose(real, terms), found, as_of)
    value = {
        "as_of": as_of,
        "with": supposed,
        "now": now,
        "limits": [one._asdict() for one in LIMITS],
    }
    voice.result(value, marked(arguments.domain, [*_lines(supposed, now, voice)]))
    return KEPT


def _history(arguments: argparse.Namespace) -> tuple[Terms, History, int]:
    """The terms, the history, and the time at which it ends."""
    from detente.faces import history  # noqa: PLC0415 (no other act on an accord reads logs: half their time)
    from detente.node.window import Window  # noqa: PLC0415 (as above)

    if (arguments.over / SETTINGS).exists():
        with Window.open(arguments.over, pillars.installed()) as window:
            pane = window.panes[arguments.domain]
            at = window.clock.now() if arguments.as_of is None else arguments.as_of
            return window.terms.within(arguments.domain), history.of_home(pane), at
    terms, found = history.of_export(arguments.over, arguments.domain)
    return terms, found, _last(found) if arguments.as_of is None else arguments.as_of


def _last(found: History) -> int:
    return max((body.at for log in found.logs.values() for body in log.bodies.values()), default=0)


def _lines(new: Supposition, now: Supposition, voice: Voice) -> Iterator[str]:
    yield voice.choose(
        Text(
            f"{new.records} records; {new.stand} stand under the text, {now.stand} as things are.",
            f"共 {new.records} 条记录；按此文本 {new.stand} 条成立，按现行协议 {now.stand} 条成立。",
        )
    )
    yield voice.choose(Text("Duties (now):", "义务（现行）："))
    yield from table([*_duties(new.duties, now.duties, voice)])
    yield voice.choose(Text("Would have been shown (now), in records of:", "可开示的记录数（现行），共："))
    yield from table([*_sights(new.sights, now.sights)])
    yield voice.choose(Text("Load by party and month (now):", "各方每月负担（现行）："))
    yield from table([*_loads(new.loads, now.loads, voice)])
    yield from (voice.choose(one) for one in LIMITS)


def _duties(
    new: tuple[DutyCount, ...], now: tuple[DutyCount, ...], voice: Voice
) -> Iterator[tuple[str, ...]]:
    then = {(one.clause, one.debtor): one.verdicts for one in now}
    here = {(one.clause, one.debtor): one.verdicts for one in new}
    for clause, debtor in sorted({*then, *here}):
        told, was = here.get((clause, debtor), {}), then.get((clause, debtor), {})
        said = [
            f"{voice.choose(VERDICTS[name])} {told.get(name, 0)} ({was.get(name, 0)})"
            for name in sorted({*told, *was})
        ]
        yield f"  {clause}", debtor, ", ".join(said)


def _sights(new: tuple[Sight, ...], now: tuple[Sight, ...]) -> Iterator[tuple[str, ...]]:
    then = {(one.author, one.audience, one.kind, one.path): one for one in now}
    here = {(one.author, one.audience, one.kind, one.path): one for one in new}
    for key in sorted(then | here):
        told, was = here.get(key), then.get(key)
        shown, before = (one.shown if one else 0 for one in (told, was))
        known = told or was
        yield (
            f"  {key[0]} → {key[1]}",
            f"{key[2]}.{key[3]}",
            f"{shown} ({before})",
            str(known.of if known else 0),
        )


COLUMNS = {
    "owed": Text("duties", "义务"),
    "missed": Text("missed", "未按时履行"),
    "releases": Text("releases", "开示"),
    "values": Text("values", "内容项"),
    "bytes": Text("bytes known", "已知字节"),
    "approvals": Text("officers' approvals", "官员批准"),
    "decisions": Text("decisions", "待决动议"),
}


def _loads(new: tuple[Load, ...], now: tuple[Load, ...], voice: Voice) -> Iterator[tuple[str, ...]]:
    yield "", "", *(voice.choose(text) for text in COLUMNS.values())
    then, here = ({(one.party, one.month): one for one in some} for some in (now, new))
    for place in sorted(then | here):
        told, was = here.get(place, Load(*place)), then.get(place, Load(*place))
        yield (
            f"  {place[0]}",
            place[1],
            *(f"{getattr(told, name)} ({getattr(was, name)})" for name in COLUMNS),
        )
