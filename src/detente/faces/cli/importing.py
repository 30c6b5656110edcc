"""`detente incidents import --from atlas FILE`: drafts from a register; nothing is tabled.

Each draft says of every field where it came from. What the register does not state stays unknown, what no
field carries is counted and kept whole beside the draft, and what cannot be read is named with its place.
The same file again changes only what the register has changed and no person has touched.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from detente.accord.edition import Edition
from detente.accord.field import fields
from detente.faces import door, pillars
from detente.faces.bar import Bar
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.registers import REGISTERS, Register
from detente.faces.registers.event import Aside, Event
from detente.faces.registers.response import RECORD
from detente.faces.speech import Text, Voice, both, refused, table
from detente.node.sheet import Kept, Sheet
from detente.trust.errors import Malformed

AT_ONCE, BYTES_AT_ONCE = 256, 4_194_304
FATES = {
    "new": Text("new drafts", "新增草稿"),
    "updated": Text("updated: the register has changed them", "已更新：来源库内容有变"),
    "same": Text("left as they are: nothing has changed", "未变：内容与上次相同"),
    "edited": Text(
        "left as a person edited them, though the register has changed", "保留人工修改（来源库已变）"
    ),
    "discarded": Text("left discarded", "此前已弃用，未再引入"),
    "tabled": Text("left: tabled already", "此前已提交，未再引入"),
}


class Summary(Struct, frozen=True, kw_only=True):
    """What an import did.

    Args:
        register: name of the register.
        read: records in the file.
        fates: how many drafts had each fate.
        drafts: source, name and fate of each.
        natures: how many are what, in the register's own view.
        unknown: field to how many drafts declare it unknown.
        unstated: field to how many drafts leave it to a person.
        not_carried: place in the source to how many records say something there that no field carries.
        shortened: path to how many texts did not fit; they are whole in the draft's original.
        duplicates: records that the register itself calls duplicates.
        refused: records that cannot be read, each with place, step, what and remedy.
    """

    register: str
    read: int
    fates: dict[str, int]
    drafts: tuple[Kept, ...]
    natures: dict[str, int]
    unknown: dict[str, int]
    unstated: dict[str, int]
    not_carried: dict[str, int]
    shortened: dict[str, int]
    duplicates: tuple[dict[str, str], ...]
    refused: tuple[dict[str, Any], ...]


def declare(parser: argparse.ArgumentParser, pillar: str) -> None:
    """Which register, and its file."""
    names = tuple(REGISTERS[pillar])
    parser.add_argument(
        "--from", dest="register", required=True, choices=names, help="whose format the file has"
    )
    parser.add_argument(
        "file", type=Path, help="what was downloaded; of aiid, incidents.csv beside its taxonomies"
    )
    # A pillar whose register brings answers needs the thread that they answer.
    if pillar == "response":
        parser.add_argument("--thread", required=True, metavar="ID", help="the record that opened it")
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Read a file into drafts, and say what became of each record.

    Raises:
        Malformed, TooLarge: `foreign.*`, `register.*`: the file as a whole cannot be read; nothing is kept.
        HomeMissing: `place.*`.
    """
    register = REGISTERS[arguments.name][arguments.register]
    home = home_of(arguments)
    events, asides = _gathered(register.read(arguments.file))
    thread = getattr(arguments, "thread", "")
    # 13. What is answered is named whole.
    if thread and not RECORD.match(thread):
        what = f"{thread[:70]!a} is no id of a record."
        raise Malformed("register.13", what, "Name the record that opened the response, by its 64 digits.")
    sheets = [sheet(one, arguments.name, arguments.register, thread) for one in events]
    kept: list[Kept] = []
    with door.reach(home) as node, Bar(len(sheets)) as bar:
        for some in portions(sheets):
            kept += node.keep(some)
            bar.at(len(kept))
    summary = _summary(register, pillars.editions()[arguments.name], sheets, kept, asides)
    voice.result(summary, _lines(summary, voice))
    return UNSOUND if summary.refused else KEPT


def _gathered(found: Iterable[Event | Aside]) -> tuple[list[Event], list[Aside]]:
    events: dict[str, Event] = {}
    asides: list[Aside] = []
    for one in found:
        if isinstance(one, Aside):
            asides.append(one)
        elif one.id in events:
            # 12. An id names one record.
            what = f"The id {one.id} was given at {events[one.id].place} already."
            error = Malformed("register.12", what, "Give each record an id of its own.")
            asides.append(Aside(place=one.place, id=one.id, error=error))
        else:
            events[one.id] = one
    return list(events.values()), asides


def sheet(event: Event, pillar: str, short: str, thread: str = "") -> Sheet:
    """Return what a register says of an event as a sheet of a pillar, under a new name.

    Args:
        event: what it says.
        pillar: of the sheet.
        short: name of the register.
        thread: the record that starts the thread which it answers; empty if it starts one.
    """
    register = REGISTERS[pillar][short]
    # What was brought as an incident may be brought again as something said in a response to it.
    short = f"{thread[:16]}/{short}" if thread else short
    return Sheet(
        name=os.urandom(16).hex(),
        kind=f"{pillar}.{event.kind or register.kind}",
        thread=thread,
        source=f"{short}:{event.id}",
        register=register.name,
        licence=register.licence,
        nature=event.nature,
        open=event.open,
        values=event.values,
        origins=event.origins,
        hints=event.hints,
        left=event.left,
        shortened=event.shortened,
        original=event.original,
        limit=str(event.open.get("use") or ""),
    )


def portions(sheets: list[Sheet]) -> Iterator[tuple[Sheet, ...]]:
    """Return them in portions that a door takes, each kept in one go."""
    some: list[Sheet] = []
    size = 0
    for one in sheets:
        if some and (len(some) == AT_ONCE or size > BYTES_AT_ONCE):
            yield tuple(some)
            some, size = [], 0
        some.append(one)
        size += 2 * len(one.original)
    if some:
        yield tuple(some)


def _summary(
    register: Register, edition: Edition, sheets: list[Sheet], kept: list[Kept], asides: list[Aside]
) -> Summary:
    opened = {
        short: [one.name for one in fields(edition.pillar.kinds[short].open) if not one.optional]
        for short in {one.kind.partition(".")[2] for one in sheets}
    }
    unknown = Counter(
        name for one in sheets for name, value in one.open.items() if value in (None, "unknown")
    )
    return Summary(
        register=register.name,
        read=len(sheets) + len(asides),
        fates=_counted(one.fate for one in kept),
        drafts=tuple(kept),
        natures=_counted(one.nature for one in sheets),
        unknown=dict(sorted(unknown.items())),
        unstated=_counted(
            name for one in sheets for name in opened[one.kind.partition(".")[2]] if name not in one.open
        ),
        not_carried=_counted(place for one in sheets for place in one.left),
        shortened=_counted(path for one in sheets for path in one.shortened),
        duplicates=tuple(
            {"place": one.place, "id": one.id, "same_as": one.same_as} for one in asides if one.same_as
        ),
        refused=tuple(_refusal(one) for one in asides if one.error is not None),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _refusal(aside: Aside) -> dict[str, Any]:
    error = aside.error
    if error is None:
        return {}
    said = both(*refused(error.step, error.what, error.remedy))
    return {"place": aside.place, "id": aside.id, "step": error.step, **said}


def _lines(summary: Summary, voice: Voice) -> list[str]:
    say = voice.choose
    lines = [
        say(
            Text(
                f"{summary.read} records read; nothing was tabled.",
                f"共读取 {summary.read} 条；未提交任何记录。",
            )
        )
    ]
    lines += table([[f"  {count}", say(FATES[fate])] for fate, count in summary.fates.items()])
    counts = (
        (summary.natures, Text("what the register calls them", "来源库的归类")),
        (summary.unknown, Text("declared unknown", "标为未知")),
        (summary.unstated, Text("left for a person to state", "留待人工填写")),
        (
            summary.not_carried,
            Text("said there, and carried by no field (kept with the draft)", "无对应字段（随草稿保留原文）"),
        ),
        (
            summary.shortened,
            Text(
                "too long for the field, shortened (whole with the draft)",
                "超出字段长度，已截短（草稿保留全文）",
            ),
        ),
    )
    for found, heading in counts:
        if found:
            told = ", ".join(f"{name} {count}" for name, count in found.items())
            lines.append(f"{say(heading)}: {told}")
    lines += [_duplicate_line(one, voice) for one in summary.duplicates]
    lines += [_refused_line(one, voice) for one in summary.refused]
    return lines


def _duplicate_line(one: dict[str, str], voice: Voice) -> str:
    name, other = one["id"], one["same_as"]
    said = voice.choose(Text(f"{name} is a duplicate of {other}", f"{name} 与 {other} 重复"))
    return f"{_place(one['place'], voice)}: {said}"


def _refused_line(one: dict[str, Any], voice: Voice) -> str:
    said = voice.choose(Text(f"{one['what']} {one['remedy']}", f"{one['zh']['what']}{one['zh']['remedy']}"))
    refused_here = voice.choose(Text("NOT READ", "未能读取"))
    return f"{refused_here}: {_place(one['place'], voice)} {one['id']}: {said} [{one['step']}]"


def _place(place: str, voice: Voice) -> str:
    """Where in the source: `line 12`, `record 3`; anything else is a name of its own."""
    what, _, number = place.partition(" ")
    words = {"line": f"第 {number} 行", "record": f"第 {number} 条"}
    return voice.choose(Text(place, words.get(what, place) if number.isdigit() else place))
