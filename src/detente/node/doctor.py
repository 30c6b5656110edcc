"""The doctor: what is wrong with a node's home, whether its node runs or not; nothing is written.

    doctor.examine(Path("H"), installed) == ()          all is well

It asks of the place (`premises`), of what is in it (`vitals`), then of what waits for people (`awaiting`).
What a node at work changes while it is looked at is looked at again before it is believed.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from detente.accord.terms import Terms
from detente.node import agreement, awaiting, fence, premises, store
from detente.node.agreement import Installed
from detente.node.clock import Clock, SystemClock
from detente.node.confidence import watch
from detente.node.errors import HomeMissing
from detente.node.finding import Finding, found
from detente.node.home import Home
from detente.node.vitals import Vitals
from detente.node.window import Window
from detente.trust.errors import DetenteError

READINGS = 4
PAUSE_SECONDS = 0.25


def examine(
    path: Path,
    installed: Installed,
    *,
    clock: Clock | None = None,
    least_free: int = premises.LEAST_FREE,
    answers: Callable[[Path], bool] = lambda _: True,
) -> tuple[Finding, ...]:
    """Return what is wrong with a home, in the order of its number.

    Args:
        path: of the home.
        installed: pillars and scales, from the composition root.
        clock: the time; None for the one that the settings describe.
        least_free: bytes below which the disk is short.
        answers: tells whether the process that works on the home answers at its door.

    Raises:
        HomeMissing: `home.3`: there is no home.
    """

    def look() -> list[Finding]:
        return list(_once(path, installed, clock, least_free))

    held = look()
    for _ in range(READINGS):
        if not held or _holder(path) is None:
            break
        time.sleep(PAUSE_SECONDS)
        again = look()
        held = [one for one in again if one.step in {before.step for before in held}]
    worker = _holder(path)
    # 4. Whoever holds the home answers its owner.
    if worker is not None and not answers(path):
        held.append(found("no-answer", pid=worker, path=path))
    return tuple(sorted(held, key=lambda one: int(one.step.rpartition(".")[2])))


def _holder(path: Path) -> str | None:
    try:
        return Home.read(path).holder()
    except DetenteError:
        return None


def _once(path: Path, installed: Installed, clock: Clock | None, least_free: int) -> Iterator[Finding]:
    # 3. The settings can be read.
    try:
        home = Home.read(path)
    except HomeMissing:
        # A confidential desk needs no node.
        if not watch.is_there(path):
            raise
        yield from watch.examine(path, clock or SystemClock())
        return
    except DetenteError as error:
        yield found("settings-unreadable", path=path, why=error.what)
        return
    yield from premises.examine(home, least_free)
    yield from fence.examine(home)
    yield from watch.examine(home.path, clock or SystemClock())
    if not (home.path / "node.db").exists():
        return  # the node was never started: there is nothing yet to compare
    try:
        conn = store.open_reading(home.path / "node.db")
    except DetenteError as error:
        yield found("database-broken", path=home.path / "node.db", why=error.what)
        return
    try:
        yield from _inside(home, conn, installed, clock)
    except (sqlite3.Error, DetenteError) as error:
        yield found("database-broken", path=home.path / "node.db", why=error)
    finally:
        conn.close()


def _inside(
    home: Home, conn: sqlite3.Connection, installed: Installed, clock: Clock | None
) -> Iterator[Finding]:
    conn.execute("BEGIN")
    why = _unsound(conn)
    # 9. The database is whole, and of this program's format.
    if why:
        yield found("database-broken", path=home.path / "node.db", why=why)
        return
    terms = _terms(home, installed)
    # 10. The accord is here, signed, with the editions that are installed.
    if isinstance(terms, DetenteError):
        yield found("accord-unusable", path=home.path / "accord", step=terms.step, why=terms.what)
        return
    settings = home.settings
    now = (clock or SystemClock(settings.time_scale, settings.time_anchor)).now()
    for domain in settings.domains:
        yield from Vitals(home, domain, conn, terms, now).examine()
    with Window(home, terms, clock) as window:
        for pane in window.panes.values():
            yield from awaiting.examine(pane)


def _unsound(conn: sqlite3.Connection) -> str:
    version = int(conn.execute("PRAGMA user_version").fetchone()[0])
    if version != store.FORMAT:
        return f"format {version}, this program has {store.FORMAT}"
    said = str(conn.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if said == "ok" else said


def _terms(home: Home, installed: Installed) -> Terms | DetenteError:
    try:
        return agreement.terms_of(home, installed)
    except DetenteError as error:
        return error
