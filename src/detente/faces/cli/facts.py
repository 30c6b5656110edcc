"""`detente facts list|show|search|clocks`: dated facts with source and confidence; never a decision.

`clocks` has every domestic reporting clock and, from a given moment, when it would run out. It is advice for
a person who decides which law applies: clocks start at different events, and the accord's own run beside
them.
"""

import argparse
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from detente.faces import fact
from detente.faces.exits import KEPT
from detente.faces.fact import Fact
from detente.faces.speech import Text, Voice, as_json, table
from detente.node.errors import NoSuchThing
from detente.trust.errors import Malformed

STATES = {
    "as_checked": Text("as checked", "以核查日为准"),
    "expired": Text("UNKNOWN, re-check: its last day is over", "未知，须重新核实：有效期已过"),
    "not_yet": Text("not yet in force", "尚未生效"),
}
GRADES = {
    "high": Text("high", "高"),
    "medium": Text("medium", "中"),
    "low": Text("low", "低"),
    "recalled": Text("RECALLED, source not read", "凭记忆，未查阅出处"),
    "proposed": Text("PROPOSED by us, no published norm", "我方提议，非已发布规范"),
    "not_stated": Text("not stated", "未注明"),
}
ADVICE = Text(
    "For people to look up; not legal advice, and nothing in this program decides by it.",
    "仅供查阅，不构成法律意见；本程序不据此作任何决定。",
)
CLOCKS = "reporting_deadlines/deadlines/"
UNITS = {"max_minutes": "minutes", "max_hours": "hours", "max_days": "days"}
SHORT = {"minutes": "min", "hours": "h", "days": "d"}


def declare(parser: argparse.ArgumentParser) -> None:
    """List, show, search, or the clocks."""
    acts = parser.add_subparsers(dest="act", metavar="list|show|search|clocks", required=True)
    one = acts.add_parser("list", help="every fact, or those of a file or section")
    one.add_argument("below", nargs="?", default="", help="file or file/section")
    _declare_day(one)
    one = acts.add_parser("show", help="one fact, whole")
    one.add_argument("fact", help="its id, or the end of it if that names one")
    _declare_day(one)
    one = acts.add_parser("search", help="facts that have a text in their name or content")
    one.add_argument("text", help="in any language, whatever case")
    _declare_day(one)
    one = acts.add_parser("clocks", help="domestic reporting clocks, and when each would run out")
    one.add_argument("--since", metavar="TIME", help="what started them, such as 2026-11-26T03:00Z (now)")
    _declare_day(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print facts.

    Raises:
        NoSuchThing: `facts.1` no such fact, or several. Malformed: `facts.2` no day or time.
    """
    on = _day(arguments.as_of)
    known = list(fact.known().values())
    if arguments.act == "clocks":
        since = _moment(arguments.since)
        mine = [one for one in known if one.id.startswith(CLOCKS)]
        clocks = [_clock(one, since, on) for one in mine if "trigger" in one.value]
        noted = {one.id.removeprefix(CLOCKS): one for one in mine if "note" in one.value}
        notes = {name: one.value["note"] for name, one in noted.items()}
        told = [voice.choose(ADVICE), *clock_lines(clocks, voice)]
        told += [f"  ? {name}: {voice.choose(Text(notes[name], one.chinese))}" for name, one in noted.items()]
        voice.result({"advice": ADVICE._asdict(), "clocks": clocks, "notes": notes}, told)
    elif arguments.act == "show":
        found = _named(known, arguments.fact)
        voice.result(_data(found, on), list(_whole(found, on, voice)))
    else:
        some = [one for one in known if _asked(one, arguments)]
        lines = table([_row(one, on, voice) for one in some])
        told = [line for one, row in zip(some, lines, strict=True) for line in _said(row, one, voice)]
        voice.result([_data(one, on) for one in some], [voice.choose(ADVICE), *told])
    return KEPT


def _declare_day(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", metavar="DAY", help="on which day it is asked, such as 2026-11-26 (today)")


def _day(text: str | None) -> date:
    # 2. The day is one.
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as error:
        raise Malformed("facts.2", f"{text!a} is no day.", "Write it as 2026-11-26.") from error


def _moment(text: str | None) -> datetime:
    # 2. The time is one, and says of which zone.
    try:
        found = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise _no_time(text) from error
    if found.tzinfo is None:
        raise _no_time(text)
    return found.astimezone(UTC)


def _no_time(text: str | None) -> Malformed:
    return Malformed("facts.2", f"{text!a} is no time with its zone.", "Write it as 2026-11-26T03:00Z.")


def _asked(one: Fact, arguments: argparse.Namespace) -> bool:
    if arguments.act == "search":
        return one.says(arguments.text)
    below: str = arguments.below.rstrip("/")
    return not below or one.id == below or one.id.startswith(f"{below}/")


def _named(known: Iterable[Fact], name: str) -> Fact:
    found = [one for one in known if one.id == name] or [one for one in known if one.id.endswith(f"/{name}")]
    # 1. The name is one fact's.
    if len(found) != 1:
        what = f"{name[:80]!a} names {len(found)} facts."
        raise NoSuchThing("facts.1", what, "detente facts search finds them; give the whole id.")
    return found[0]


def _data(one: Fact, on: date) -> dict[str, Any]:
    state = one.state(on)
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    return {**fields, "as_of": on.isoformat(), "state": state, "re_check": state == "expired"}


def _row(one: Fact, on: date, voice: Voice) -> list[str]:
    state = one.state(on)
    told = voice.choose(STATES[state]) if state != "as_checked" else one.checked_on
    return [f"  {one.id}", voice.choose(GRADES[one.grade]), told]


def _said(row: str, one: Fact, voice: Voice) -> list[str]:
    """A row, and in Chinese what the fact says below it: its own fields are in English."""
    return [row] if voice.language == "en" else [row, f"      {one.chinese}"]


def _whole(one: Fact, on: date, voice: Voice) -> Iterator[str]:
    say = voice.choose
    state = one.state(on)
    yield one.id
    yield f"  {say(STATES[state])}" + (f" ({one.valid_to})" if state == "expired" else "")
    if voice.language != "en":
        yield f"  {one.chinese}"
    rows = [
        [say(Text("confidence", "可信度")), f"{say(GRADES[one.grade])}: {one.confidence}"],
        [say(Text("checked on", "核查日期")), one.checked_on or "-"],
        [say(Text("valid", "有效期")), f"{one.valid_from or '-'} … {one.valid_to or '-'}"],
        [say(Text("source", "出处")), one.source or "-"],
    ]
    value = one.value if isinstance(one.value, dict) else {"": one.value}
    told = {name: text for name, text in value.items() if name not in ("confidence", "source")}
    rows += [[name, text if isinstance(text, str) else as_json(text)] for name, text in told.items()]
    yield from table([[f"  {name}", text] for name, text in rows])
    yield say(ADVICE)


def clocks_at(since: str, on: date) -> list[dict[str, Any]]:
    """Return all domestic clocks from a moment, as data and as advice. Raises Malformed: `facts.2`."""
    moment = _moment(since)
    mine = [one for one in fact.known().values() if one.id.startswith(CLOCKS) and "trigger" in one.value]
    return [_clock(one, moment, on) for one in mine]


def _clock(one: Fact, since: datetime, on: date) -> dict[str, Any]:
    """A clock as data; `due` is None where the fact is expired or not in force, or no length is stated."""
    state = one.state(on)
    length = next(
        (timedelta(**{unit: one.value[key]}) for key, unit in UNITS.items() if key in one.value), None
    )
    due = since + length if length is not None and state == "as_checked" else None
    return {
        "id": one.id.removeprefix(CLOCKS),
        "who": one.value.get("who", ""),
        "trigger": one.value["trigger"],
        "chinese": one.chinese,
        "starts_at": one.value.get("clock", ""),
        "to": one.value.get("to", ""),
        "length": next(
            (f"{one.value[key]} {SHORT[unit]}" for key, unit in UNITS.items() if key in one.value), ""
        ),
        "due": due.isoformat(timespec="seconds") if due else None,
        "state": state,
        "grade": one.grade,
        "confidence": one.confidence,
        "checked_on": one.checked_on,
        "valid_to": one.valid_to,
        "source": one.source,
    }


def clock_lines(clocks: list[dict[str, Any]], voice: Voice) -> list[str]:
    """Return clocks in lines, each with its source below it, when that was read, and its last day."""
    start = voice.choose(Text("from", "起算于"))
    rows = [
        [
            f"  {one['id']}",
            one["length"] or "-",
            one["due"] or voice.choose(STATES[one["state"]]),
            voice.choose(GRADES[one["grade"]]),
            one["chinese"]
            if voice.language == "zh"
            else f"{one['trigger']}" + (f" ({start} {one['starts_at']})" if one["starts_at"] else ""),
        ]
        for one in clocks
    ]
    below = [sourced(one["source"], one["checked_on"], one["valid_to"], voice) for one in clocks]
    return [line for pair in zip(table(rows), below, strict=True) for line in pair]


def sourced(source: str, checked_on: str, valid_to: str | None, voice: Voice) -> str:
    """Return the line that says where a fact is from, when that was read, and until when it holds."""
    say = voice.choose
    parts = [
        source or say(Text("no source", "无出处")),
        say(Text(f"checked on {checked_on}", f"核查日期 {checked_on}")),
    ]
    if valid_to:
        parts.append(say(Text(f"last day {valid_to}", f"有效期至 {valid_to}")))
    return f"      {say(Text('; ', '；')).join(parts)}"
