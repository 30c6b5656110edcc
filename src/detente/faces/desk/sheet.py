"""The sheet: what somebody typed into a form, read against a kind field by field; nothing typed is lost.

    read(spec, {"open.harm": ["3"], "sealed.title.en": ["…"]})  ->  Sheet(open={"harm": 3}, errors={}, …)

An empty answer is *unknown* where a field may be, and *absent* for a sealed path. A text with characters that
nobody sees (controls, marks that turn the direction of writing) is refused where it stands, with the place.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

import msgspec
from msgspec import Struct

from detente.accord.field import Field, fields
from detente.accord.pillar import KindSpec
from detente.faces.speech import UNSEEN

Raw = Mapping[str, Sequence[str]]
INSTANT = 2**53 - 1
PAIR = 2
KEPT = frozenset({"\n", "\t", "\u200c", "\u200d"})
"""Characters of those categories that belong to texts: line breaks, tabs, and the joiners of some scripts."""

MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{3}))?)?"
)
"""A moment in UTC; seconds and thousandths where a message that is carried over has them."""
YES, NO = "yes", "no"
UNKNOWN = "unknown."


class Wrong(Struct, frozen=True):
    """What is wrong with an answer: a sentence of the catalogue and what fills its holes."""

    name: str
    holes: dict[str, object] = {}


class Sheet(Struct, frozen=True):
    """A form as it was filled in.

    Attributes:
        open: open fields that can be read.
        values: sealed path to value, of those that are not empty.
        unknown: sealed paths that were marked as unknown.
        errors: field's name in the form to what is wrong.
        lacking: open fields that have to be stated and were not.
    """

    open: dict[str, Any]
    values: dict[str, Any]
    unknown: tuple[str, ...]
    errors: dict[str, Wrong]
    lacking: tuple[str, ...]


class Misread(Exception):
    """An answer that does not fit its field."""

    def __init__(self, name: str, **holes: object) -> None:
        super().__init__(name)
        self.wrong = Wrong(name, holes)


class Lacking(Exception):
    """Nothing was answered where something has to be."""


def read(spec: KindSpec, raw: Raw) -> Sheet:
    """Read a form against a kind."""
    sheet = Sheet({}, {}, (), {}, ())
    lacking = tuple(field.name for field in fields(spec.open) if _stated(field, raw, sheet))
    marked = tuple(
        field.name for field in fields(spec.sealed, text=True) if raw.get(f"{UNKNOWN}{field.name}")
    )
    for field in fields(spec.sealed, text=True):
        _committed(field, raw, sheet, marked)
    return Sheet(sheet.open, sheet.values, marked, sheet.errors, lacking)


def _stated(field: Field, raw: Raw, sheet: Sheet) -> bool:
    """Read one open field into a sheet, and tell whether it lacks."""
    name = f"open.{field.name}"
    try:
        sheet.open[field.name] = _open(field, raw.get(name, ()))
    except Lacking:
        return True
    except Misread as error:
        sheet.errors[name] = error.wrong
    return False


def _committed(field: Field, raw: Raw, sheet: Sheet, marked: Sequence[str]) -> None:
    """Read one sealed field into a sheet."""
    name = f"sealed.{field.name}"
    try:
        value = _sealed(field, raw)
    except Misread as error:
        sheet.errors[name] = error.wrong
        return
    if value is not None and field.name in marked:
        sheet.errors[name] = Wrong("form.both")
    elif value is not None:
        sheet.values[field.name] = value


def provisional(spec: KindSpec, sheet: Sheet) -> Any:  # noqa: ANN401 (a struct of the kind)
    """Return the open fields with what lacks filled in, so that a pillar can say what would follow.

    A truth value that was not stated counts as no, an enumeration as its `unknown`, `other` or first value;
    None if something lacks that cannot be filled in.
    """
    known = {field.name: field for field in fields(spec.open)}
    filled = {name: _stand_in(known[name]) for name in sheet.lacking}
    try:
        return msgspec.convert(sheet.open | filled, spec.open)
    except msgspec.ValidationError:
        return None


def unseen(text: str) -> str | None:
    """Return the first character of a text that nobody sees, as `U+202E`; None if there is none."""
    found = next((one for one in text if category(one) in UNSEEN and one not in KEPT), None)
    return None if found is None else f"U+{ord(found):04X}"


def _stand_in(field: Field) -> Any:  # noqa: ANN401 (a value of any field)
    if field.type == "bool":
        return False
    if field.type == "enum":
        return next((one for one in ("unknown", "other") if one in field.values), field.values[0])
    return field.low if field.type == "int" else None


def _open(field: Field, answers: Sequence[str]) -> Any:  # noqa: ANN401 (a value of any field)
    if field.type == "list":
        return _list(field, answers)
    answer = answers[-1].strip() if answers else ""
    if not answer:
        if field.nullable:
            return None
        raise Lacking
    return _one(field, answer)


def _one(field: Field, answer: str) -> Any:  # noqa: ANN401 (as above)
    if field.type == "bool":
        return _among((YES, NO), answer) == YES
    if field.type == "enum":
        return _among(field.values, answer)
    if field.type == "int":
        return _moment(answer) if field.high == INSTANT else _whole(field, answer)
    return _string(field, answer)


def _list(field: Field, answers: Sequence[str]) -> list[Any]:
    item = field.item or field
    parts = [part.strip() for one in answers for part in re.split(r"[,，、\s]+", one)]
    found = sorted({_one(item, part) for part in parts if part})
    low, high = field.low or 0, field.high or 0
    if not found and low:
        raise Lacking
    if not low <= len(found) <= high:
        raise Misread("form.count", low=low, high=high)
    return found


def _among(values: Sequence[str], answer: str) -> str:
    if answer not in values:
        raise Misread("form.choice")
    return answer


def _whole(field: Field, answer: str) -> int:
    low, high = field.low or 0, field.high or 0
    number = int(answer) if re.fullmatch(r"-?[0-9]{1,16}", answer) else None
    if number is None or not low <= number <= high:
        raise Misread("form.range", low=low, high=high)
    return number


def _moment(answer: str) -> int:
    found = MOMENT.fullmatch(answer)
    try:
        *whole, milliseconds = [int(one or 0) for one in found.groups()] if found else []
        said = datetime(*whole, tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers
    except ValueError as error:
        raise Misread("form.moment") from error
    return int(said.timestamp()) * 1000 + milliseconds


def spelt(field: Field, value: Any) -> list[str]:  # noqa: ANN401 (a value of any field)
    """Return an open value as it would have been typed: what `read` makes of it is the value again."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [YES if value else NO]
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if field.type == "int" and field.high == INSTANT:
        return [moment(value)]
    return [str(value)]


def moment(at: int) -> str:
    """Return a moment as it would have been typed, in UTC; to the thousandth where it has one."""
    try:
        found = datetime.fromtimestamp(at // 1000, UTC)
    except (ValueError, OverflowError):
        return str(at)
    said, odd = f"{found:%Y-%m-%d %H:%M}", at % 60_000
    return f"{said}:{odd // 1000:02}.{odd % 1000:03}" if odd else said


def _string(field: Field, answer: str) -> str:
    text = answer.replace("\r\n", "\n")
    found = unseen(text)
    if found:
        raise Misread("form.unseen", which=found)
    if field.high is not None and len(text) > field.high:
        raise Misread("form.length", length=len(text), most=field.high)
    if field.pattern is not None and not re.search(field.pattern, text):
        raise Misread("form.pattern")
    return text


def _sealed(field: Field, raw: Raw) -> Any:  # noqa: ANN401 (a sealed value is any JSON)
    item = field.item
    if item is None:
        return _text(field, raw.get(f"sealed.{field.name}", ()))
    if is_pair(field):
        pair = [_text(item, raw.get(f"sealed.{field.name}.{one}", ())) or "" for one in ("en", "zh")]
        return pair if any(pair) else None
    lines = [line.strip() for one in raw.get(f"sealed.{field.name}", ()) for line in one.splitlines()]
    found = [_string(item, line) for line in lines if line]
    if found and not (field.low or 0) <= len(found) <= (field.high or 0):
        raise Misread("form.count", low=field.low or 0, high=field.high or 0)
    return found or None


def _text(field: Field, answers: Sequence[str]) -> Any:  # noqa: ANN401 (as above)
    answer = answers[-1].strip() if answers else ""
    return _one(field, answer) if answer else None


def is_pair(field: Field) -> bool:
    """Tell whether a sealed field is one text in two languages."""
    return (field.type, field.low, field.high) == ("list", PAIR, PAIR) and bool(
        field.item and field.item.type == "string" and field.item.pattern is None
    )
