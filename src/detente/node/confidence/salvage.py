"""The salvage: what of a confidential desk a backup takes, and what comes back into a restored home.

    files(home, keys=False)       "confidence/card", …: what is beside its database, but no identity
    bring(home, clock, saved)     Brought(identities=3, destroyed=(12,), missing=())

Identities are in no backup: what is destroyed by a date must not live on in a drawer. Whoever keeps a copy of
the folder `confidence` apart gives it to the restore, which takes an identity from it only if no log that is
at hand says that it was destroyed: that of the backup, that of the copy, and the list in the second place
(H/signed/confidence/destroyed, one letter's digest a line), which is written before an identity goes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from detente.node import durable, store
from detente.node.clock import Clock
from detente.node.confidence.cabinet import DATABASE, DESTROYED, FOLDER, Cabinet
from detente.node.confidence.counter import CARD, CARDS, STAMP
from detente.node.confidence.safe import FOLDER as IDENTITIES
from detente.node.confidence.safe import Safe

BY = "restore"
"""Who destroyed, in the log of the desk, what only another log knew to be destroyed."""


class Brought(Struct, frozen=True):
    """What became of the identities of a desk.

    Args:
        identities: how many are here again.
        destroyed: the reports whose identity was destroyed after the backup, and is so here.
        missing: the reports that have one by the log, and of which none is at hand.
    """

    identities: int
    destroyed: tuple[int, ...]
    missing: tuple[int, ...]


def files(home: Path, *, keys: bool) -> Iterator[str]:
    """Yield the files of a desk that a backup takes, below the home; the database is not among them."""
    folder = home / FOLDER
    if not (folder / DATABASE).exists():
        return
    found = [CARD, *(f"{CARDS}/{one.name}" for one in sorted((folder / CARDS).glob("*")))]
    yield from (f"{FOLDER}/{name}" for name in found + [STAMP] * keys if (folder / name).is_file())


def bring(home: Path, clock: Clock, saved: Path | None) -> Brought | None:
    """Finish the desk of a home that was just unpacked; None if the backup has none.

    Args:
        home: with the second place in it.
        clock: the time.
        saved: the folder `confidence` of the lost home, if it was saved.

    Raises:
        DiskFailed: `disk.1`, `store.1`, `cabinet.3`.
    """
    folder = home / FOLDER
    if not (folder / DATABASE).exists():
        return None
    for one in (folder / IDENTITIES, folder / CARDS):
        one.mkdir(mode=0o700, exist_ok=True)
    stamp = None if saved is None or (folder / STAMP).exists() else durable.read(saved / STAMP)
    if stamp is not None:
        durable.write(folder / STAMP, stamp)
    with closing(Cabinet.open(home, clock)) as cabinet:
        gone = _replayed(cabinet, set() if saved is None else _logged(saved / DATABASE))
        return _kept(cabinet, gone, None if saved is None else Safe(saved / IDENTITIES))


def _replayed(cabinet: Cabinet, elsewhere: set[str]) -> tuple[int, ...]:
    """Log each destruction that only another log has, and return the reports of these."""
    known, own = (
        cabinet.tally.read() | elsewhere,
        {one.number for one in cabinet.acts() if one.act == DESTROYED},
    )
    late = tuple(n for n, one in sorted(cabinet.letters().items()) if one in known and n not in own)
    for number in late:
        cabinet.mark_destroyed(number, BY)
    return late


def _kept(cabinet: Cabinet, late: tuple[int, ...], saved: Safe | None) -> Brought:
    """Take the identities that are kept, and no other."""
    taken, missing = 0, []
    for one in cabinet.entries():
        if one.destroy_by is None:
            continue
        if saved is not None and saved.holds(one.number):
            cabinet.safe.put(one.number, saved.take(one.number))
            taken += 1
        else:
            missing.append(one.number)
    return Brought(taken, late, tuple(missing))


def _logged(database: Path) -> set[str]:
    """The letters whose identity a saved database knows to be destroyed; none if it cannot be read."""
    if not database.is_file():
        return set()
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            rows = conn.execute(
                "SELECT r.letter FROM act a JOIN report r ON r.number = a.number WHERE a.act = ?",
                (DESTROYED,),
            ).fetchall()
    except sqlite3.Error as error:
        raise store.failed(error) from error
    return {str(row[0]) for row in rows}
