"""Reading: one record of the log as the index takes it, with the words by which people look for it.

    read(pane, judge, "cn", seat)  ->  Row(id="9f…", level=3, title=("…", "…"), words="…")

What can be searched is what can be read here: open fields in both languages' words, and the sealed values of
our own records and those that were opened to us.
"""

from collections.abc import Iterator
from typing import Any

from detente.accord import decision
from detente.accord.acts import Opening, Release
from detente.accord.duty import Judged
from detente.accord.field import fields
from detente.accord.pillar import Statement
from detente.faces import pillars
from detente.faces.desk.index import Row
from detente.faces.desk.tongue import is_pair
from detente.node import proposals
from detente.node.judge import Judge
from detente.node.window import Opened, Pane, Seat
from detente.trust.errors import DetenteError
from detente.trust.record import Record

RELEASE, OPENING = "accord.release", "accord.opening"
EVERYBODY = "*"
_TITLE = 160


def read(pane: Pane, judge: Judge, party: str, seat: Seat) -> Row | None:
    """Return a record that is held as a row; None if it cannot be read as one."""
    try:
        entry = pane.library[seat.id]
        judged = judge.said(seat.id)
    except (DetenteError, KeyError):
        return None
    opened = pane.opened(seat.id, entry)
    facts = judged.facts.facts if isinstance(judged.facts, Statement) else None
    about, released = _shown(entry)
    return Row(
        id=seat.id,
        party=entry.party if entry.party == party else party,
        index=seat.at,
        kind=entry.kind,
        at=entry.at,
        root=entry.thread or seat.id,
        stands=judged.stands,
        level=_level(facts, "level"),
        level_low=_level(facts, "level_low"),
        title=title(opened) if opened.values else _named(entry),
        words=" ".join(_words(entry, opened)),
        released=released,
        about=about,
        fired=_fired(pane, entry, judged),
    )


def _fired(pane: Pane, entry: Record, judged: Judged) -> bool:
    """Whether a trigger proposes something by a record; of one that does not stand so far it may yet."""
    if entry.kind not in proposals.watched(pane.terms):
        return False
    if not judged.stands or not isinstance(judged.facts, Statement):
        return True
    version = pane.terms.versions[entry.accord.version]
    return next(decision.fired(judged.facts, version), None) is not None


def title(opened: Opened) -> tuple[str, str]:
    """Return the line that names a record, in both languages, as far as it can be read here.

    The value of the path `title` is taken if there is one, else of the first path that is a text.
    """
    texts = [opened.values["title"]] if "title" in opened.values else list(opened.values.values())
    for value in texts:
        if is_pair(value):
            return _line(value[0] or value[1]), _line(value[1] or value[0])
        if isinstance(value, str):
            return _line(value), _line(value)
    return "", ""


def _named(entry: Record) -> tuple[str, str]:
    """What a record of which nothing sealed can be read here is called: its kind, and its first choice."""
    pillar, _, short = entry.kind.partition(".")
    edition = pillars.editions().get(pillar)
    spec = edition.pillar.kinds.get(short) if edition else None
    if edition is None or spec is None:
        return "", ""
    kinds = {one.name: one for one in fields(spec.open)}
    first = next((name for name in spec.open.__struct_fields__ if kinds[name].type == "enum"), "")
    kind, value = (
        edition.words.kinds[short],
        edition.words.values.get(first, {}).get(str(entry.open.get(first))),
    )
    return (f"{kind.en}: {value.en}", f"{kind.zh}：{value.zh}") if value else ("", "")


def settled(pane: Pane, record: str, paths: frozenset[str]) -> bool:
    """Tell whether all of these paths of a record can be read here."""
    entry = pane.library.get(record)
    if entry is None:
        return False
    opened = pane.opened(record, entry)
    return paths <= opened.values.keys() | opened.missing.keys()


def _line(text: str) -> str:
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def _level(facts: object, name: str) -> int | None:
    found = getattr(facts, name, None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _shown(entry: Record) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return which record an act shows values of, and to whom which."""
    if (
        entry.kind == RELEASE
        and {"record", "to", "paths"} <= set(Release.__struct_fields__) & entry.open.keys()
    ):
        paths = entry.open["paths"]
        return str(entry.open["record"]), tuple((str(entry.open["to"]), str(path)) for path in paths)
    if entry.kind == OPENING and {"record", "path"} <= set(Opening.__struct_fields__) & entry.open.keys():
        return str(entry.open["record"]), ((EVERYBODY, str(entry.open["path"])),)
    return "", ()


def _words(entry: Record, opened: Opened) -> Iterator[str]:
    pillar, _, short = entry.kind.partition(".")
    yield entry.party
    edition = pillars.editions().get(pillar)
    if edition is not None:
        word = edition.words.kinds.get(short)
        yield f"{word.en} {word.zh}" if word else short
        spec = edition.pillar.kinds.get(short)
        for one in fields(spec.open) if spec else ():
            values = edition.words.values.get(one.name, {})
            said = entry.open.get(one.name)
            for value in said if isinstance(said, list | tuple) else (said,):
                found = values.get(str(value))
                yield f"{found.en} {found.zh}" if found else _code(value)
    for value in opened.values.values():
        yield from _texts(value)


def _code(value: object) -> str:
    """A code, a month or a reference is looked for as it is; numbers and truth values are not."""
    return value if isinstance(value, str) and len(value) < 64 else ""  # noqa: PLR2004 (an id has 64 digits)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 (a sealed value is any JSON)
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
