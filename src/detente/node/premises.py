"""The premises: what can be wrong with a home as a place, before anything in it is read.

Modes and owners, room on the disk, what a crashed write left behind, and a journal beside a database that it
was not written for.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from detente.node.finding import Finding, found
from detente.node.home import FOLDERS, SETTINGS, Home

LEAST_FREE = 256 * 1024 * 1024
"""Below so many free bytes the disk is short; below twice the size of the database too: it may be copied."""

JOURNAL_SECONDS = 5
"""A database whose file changed so much later than its journal was not changed by the node."""

LEFTOVER = re.compile(r"\.(?P<name>.+)\.(?P<pid>[0-9]+)\.new")
"""How `durable` names what it writes before it is renamed into place."""


def examine(home: Home, least_free: int = LEAST_FREE) -> Iterator[Finding]:
    """Yield what is wrong with the place."""
    yield from _modes(home)
    yield from _owners(home)
    yield from _room(home, least_free)
    yield from _leftovers(home)
    yield from _journal(home)


def _private(home: Home) -> Iterator[Path]:
    """What is for the owner alone: the home, its keys, the database, the second place."""
    yield home.path
    for name in (SETTINGS, "node.db", "node.db-wal", "lock"):
        if (home.path / name).exists():
            yield home.path / name
    yield from sorted((home.path / "keys").rglob("*"))


def _modes(home: Home) -> Iterator[Finding]:
    # 1. Nobody else can look into the home; inside it, nobody but the owner reads keys and database.
    for path in _private(home):
        mode = path.stat().st_mode & 0o777
        secret = path == home.path or home.path / "keys" in path.parents or path.name == "node.db"
        if mode & (0o077 if secret else 0o022):
            yield found(
                "open-to-others", path=path, mode=f"{mode:04o}", mend="700" if path.is_dir() else "600"
            )


def _owners(home: Home) -> Iterator[Finding]:
    # 2. All of it belongs to one account: a command run as root leaves files that the node cannot write.
    owner = home.path.stat().st_uid
    for path in [*_private(home), *(home.path / name for name in FOLDERS)]:
        if path.exists() and path.stat().st_uid != owner:
            yield found("wrong-owner", path=path, uid=path.stat().st_uid, owner=owner)


def _room(home: Home, least_free: int) -> Iterator[Finding]:
    database = home.path / "node.db"
    size = database.stat().st_size if database.exists() else 0
    free = shutil.disk_usage(home.path).free
    # 5. There is room for the work of some days, and for a copy of the database.
    if free < max(least_free, 2 * size):
        yield found("disk-short", path=home.path, free=free, wanted=max(least_free, 2 * size))
    # 6. It can be written to.
    if os.statvfs(home.path).f_flag & os.ST_RDONLY or not os.access(home.path, os.W_OK):
        yield found("read-only", path=home.path)


def _leftovers(home: Home) -> Iterator[Finding]:
    # 7. No write was cut short: what it left is not read by anybody, and may hold what should be secret.
    for path in sorted(home.path.rglob(".*.new")):
        named = LEFTOVER.fullmatch(path.name)
        if named and not Path(f"/proc/{named['pid']}").exists():
            yield found("leftover", path=path, pid=named["pid"])


def _journal(home: Home) -> Iterator[Finding]:
    database, journal = home.path / "node.db", home.path / "node.db-wal"
    if home.holder() is not None or not database.exists() or not journal.exists():
        return
    late = database.stat().st_ctime - journal.stat().st_mtime
    # 8. A journal is replayed into whatever database it lies beside: this one was put there after it.
    if journal.stat().st_size and late > JOURNAL_SECONDS:
        yield found("journal-not-its-own", path=journal, seconds=int(late))
