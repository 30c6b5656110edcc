"""The drawer: drafts that nobody has signed yet. Nothing leaves it, and putting in tables nothing.

node.keep(sheets)        put in; the same source again updates, unless a person has touched the sheet
node.amend(name, …)      a person fills in or corrects
node.table_sheet(name)   a person tables it: from here on as any draft
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from detente.node.clock import Clock
from detente.node.confidence.report import wider
from detente.node.draft import Draft, Tabled
from detente.node.errors import NoSuchThing, Refused
from detente.node.sheet import PERSON, Fate, Kept, Listed, Nature, Sheet, State
from detente.node.store import Readers
from detente.node.writer import Batch, Writer
from detente.trust.record import Domain

NO_INCIDENT: frozenset[Nature] = frozenset({"vulnerability", "evaluation", "exercise"})
"""What a source itself does not call an event that happened."""


class Drawer(ABC):
    """The part of a node that keeps drafts."""

    clock: Clock
    _writer: Writer
    _readers: Readers

    @abstractmethod
    def table(self, draft: Draft) -> Tabled:
        """Sign a draft into the own log."""

    def keep(self, sheets: tuple[Sheet, ...]) -> tuple[Kept, ...]:
        """Put sheets in, all or none; return what became of each. Raises DiskFailed: `store.1`."""
        now = self.clock.now()
        return self._writer.do(lambda batch: tuple(_put(batch.conn, one, now) for one in sheets))

    def sheets(self, pillar: str = "", search: str = "") -> tuple[Listed, ...]:
        """Return the sheets of a pillar, or all, oldest first; with a search those whose text has it."""
        return tuple(_listed(self._readers.conn, pillar, search.casefold()))

    def sheet(self, name: str) -> Sheet:
        """Return the sheet of this name, source or id, or so beginning. Raises NoSuchThing: `drawer.1`."""
        return _named(self._readers.conn, name)

    def amend(self, name: str, given: dict[str, Any], values: dict[str, Any], nature: Nature | None) -> Sheet:
        """Write into a sheet what a person states; return it as it is now. A value None empties its path.

        Raises:
            NoSuchThing: `drawer.1`, `drawer.2`. Refused: `drawer.4`.
        """
        now = self.clock.now()
        return self._writer.do(lambda batch: _amended(batch, name, (given, values, nature), now))

    def discard(self, name: str) -> Sheet:
        """Take a sheet out of work; it stays, so that it is not brought in again. Raises as `amend`."""
        now = self.clock.now()
        return self._writer.do(lambda batch: _settle(batch.conn, _open(batch.conn, name), "discarded", now))

    def table_sheet(self, name: str, domain: Domain = "live") -> Tabled:
        """Table a sheet, as a person says; twice is success, and the same record.

        Raises:
            NoSuchThing: `drawer.1`, `drawer.2` it was discarded. Refused: `drawer.3`. As `Node.table`.
        """
        sheet = self.sheet(name)
        # 2. It was not discarded.
        if sheet.state == "discarded":
            raise _gone(sheet)
        # 3. The source calls it an event that happened, or leaves that open, or a person says that it is one.
        if sheet.nature in NO_INCIDENT:
            what = f"The source does not call {sheet.source or sheet.name} an incident but: {sheet.nature}."
            raise Refused("drawer.3", what, "Discard it; or, if it is one, state the nature incident first.")
        draft = Draft(
            kind=sheet.kind,
            open=sheet.open,
            values=sheet.values,
            nonce=sheet.name,
            domain=domain,
            thread=sheet.thread or None,
        )
        tabled, now = self.table(draft), self.clock.now()
        self._writer.do(lambda batch: _settle(batch.conn, sheet, "tabled", now, tabled.id))
        return tabled


def _put(conn: sqlite3.Connection, sheet: Sheet, now: int) -> Kept:
    digest = sha256(msgspec.json.encode(msgspec.structs.replace(sheet, name="", at=0))).digest()
    row = conn.execute("SELECT digest, data FROM sheet WHERE source = ?", (sheet.source,)).fetchone()
    if row is None or not sheet.source:
        _write(conn, msgspec.structs.replace(sheet, at=now), digest)
        return Kept(sheet.source, sheet.name, "new")
    before = msgspec.json.decode(row[1], type=Sheet)
    fate = _fate(before, same=bytes(row[0]) == digest)
    if fate == "updated":
        _write(conn, msgspec.structs.replace(sheet, name=before.name, at=now), digest)
    return Kept(sheet.source, before.name, fate)


def _fate(before: Sheet, *, same: bool) -> Fate:
    if before.state != "kept":
        return before.state
    if same:
        return "same"
    return "edited" if before.edited else "updated"


def _write(conn: sqlite3.Connection, sheet: Sheet, digest: bytes) -> None:
    conn.execute(
        "INSERT INTO sheet (name, source, digest, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, data = excluded.data",
        (sheet.name, sheet.source or None, digest, msgspec.json.encode(sheet)),
    )


def _change(conn: sqlite3.Connection, sheet: Sheet) -> Sheet:
    """Write a sheet as it is now; what its source said last, by which it is known again, stays."""
    conn.execute("UPDATE sheet SET data = ? WHERE name = ?", (msgspec.json.encode(sheet), sheet.name))
    return sheet


def _settle(conn: sqlite3.Connection, sheet: Sheet, state: State, now: int, record: str = "") -> Sheet:
    return _change(conn, msgspec.structs.replace(sheet, state=state, at=now, record=record))


def _amended(
    batch: Batch, name: str, said: tuple[dict[str, Any], dict[str, Any], Nature | None], now: int
) -> Sheet:
    given, values, nature = said
    sheet = _open(batch.conn, name)
    # 4. The use that whoever reported allows is narrowed here, and never widened.
    if "use" in given and wider(given["use"], sheet.limit):
        what = f"Whoever reported allows {sheet.limit} and nothing wider."
        raise Refused("drawer.4", what, "Keep to it, or narrow it; a wider use is theirs to allow.")
    kept = {path: value for path, value in (sheet.values | values).items() if value is not None}
    changed = msgspec.structs.replace(
        sheet,
        open=sheet.open | given,
        values=kept,
        origins=sheet.origins | dict.fromkeys((*given, *values), PERSON),
        nature=nature or sheet.nature,
        edited=True,
        at=now,
    )
    return _change(batch.conn, changed)


def _named(conn: sqlite3.Connection, name: str) -> Sheet:
    rows = conn.execute(
        "SELECT data FROM sheet WHERE name = ?1 OR source = ?1 OR source LIKE '%:' || ?2 ESCAPE '\\'"
        " OR (length(?1) > 3 AND substr(name, 1, length(?1)) = ?1) LIMIT 2",
        (name, name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")),
    ).fetchall()
    # 1. The name is one sheet's: its own, its beginning, its source, or its id there.
    if len(rows) != 1:
        what = f"{name[:80]!a} names no draft, or several."
        raise NoSuchThing("drawer.1", what, "List the drafts, and give more of the name or source.")
    return msgspec.json.decode(rows[0][0], type=Sheet)


def _open(conn: sqlite3.Connection, name: str) -> Sheet:
    sheet = _named(conn, name)
    # 2. It is still worked on.
    if sheet.state != "kept":
        raise _gone(sheet)
    return sheet


def _gone(sheet: Sheet) -> NoSuchThing:
    what = f"The draft {sheet.source or sheet.name} is no longer worked on: {sheet.state}."
    return NoSuchThing(
        "drawer.2", what, "Correct a tabled record with an update; write a new draft for another."
    )


def _listed(conn: sqlite3.Connection, pillar: str, search: str) -> Iterator[Listed]:
    for (data,) in conn.execute("SELECT data FROM sheet ORDER BY rowid"):
        sheet = msgspec.json.decode(data, type=Sheet)
        told = (sheet.source, sheet.register, *map(str, sheet.values.values()))
        if sheet.kind.startswith(f"{pillar}." if pillar else "") and search in "\n".join(told).casefold():
            title = sheet.values.get("title", ())
            yield Listed(
                name=sheet.name,
                kind=sheet.kind,
                source=sheet.source,
                nature=sheet.nature,
                state=sheet.state,
                title=(title,) if isinstance(title, str) else tuple(map(str, title)),
                at=sheet.at,
            )
