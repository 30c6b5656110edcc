"""The auditor: offline verification of a home, an export, a bundle, or a piece of evidence.

    verify(Path("H")).ok        every signature, root, tile, body and commitment of everything in there

It starts from nothing but the accord's officers, and says in plain words what does not hold. Nothing is
written, and a home may be audited while its node runs.
"""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from detente.node import accusation, archive, bundle, crew, exchange, lineage, store
from detente.node.agreement import Installed
from detente.node.errors import HomeMissing, Unready
from detente.node.home import SETTINGS, Home
from detente.node.report import Findings, Kind, Report
from detente.node.treeaudit import TreeAudit
from detente.trust import checkpoint, exhibit, note, record
from detente.trust import envelope as envelopes
from detente.trust.errors import BadProof, DetenteError
from detente.trust.record import leaf_bytes
from detente.trust.tree import EMPTY_ROOT, Tree, leaf_hash

By: TypeAlias = tuple[Installed | None, int]
"""By what to audit: pillars and scales, and on how many cores."""

READINGS = 4
"""How often a home is read before a fault is believed: files change while a node at work is read."""


def verify(
    path: Path, *, genesis: str | None = None, installed: Installed | None = None, cores: int = 1
) -> Report:
    """Audit what lies at a path.

    Args:
        path: a home, an exported tree, or a zip of one.
        genesis: the accord that it should belong to, if known.
        installed: pillars and scales, to check the form of each kind; None leaves that out, and says so.
        cores: on how many to check many bodies; more than one starts processes, so the main module has to be
            one that may be imported.

    Raises:
        HomeMissing: `auditor.1`: there is nothing.
    """
    # 1. There is something to audit.
    if not path.exists():
        raise HomeMissing("auditor.1", f"There is nothing at {path}.", "Name a home, an export or a bundle.")
    if (path / SETTINGS).exists():
        return _home_at_work(path, genesis, (installed, cores))
    if path.is_file() and _looks_like_an_exhibit(path):
        return _exhibit(path, genesis)
    kind: Kind = "export" if path.is_dir() else "bundle"
    read: Callable[[Path], Mapping[str, bytes]] = exchange.read_folder if path.is_dir() else exchange.read_zip
    found = Findings()
    try:
        files = read(path)
    except (DetenteError, Unready) as error:
        found.fault(str(path), error)
        return found.report(kind, "")
    known = _tree(files, (installed, cores), found, genesis)
    return found.report(kind, known)


def _tree(files: Mapping[str, bytes], by: By, found: Findings, genesis: str | None) -> str:
    """Audit a tree, and return its genesis. Raises Unready: `crew.1`."""
    installed, cores = by
    parts = sum("/bodies/" in path for path in files)
    with crew.of(parts, cores) as checked:
        return TreeAudit(files, installed, found, checked=checked).run(genesis)


def _looks_like_an_exhibit(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1) == b"{"


def _exhibit(path: Path, genesis: str | None) -> Report:
    """Say what an exhibit shows: its sentence stands among what was looked at."""
    found = Findings()
    known = ""
    try:
        shown = exhibit.parse(path.read_bytes())
        founding = lineage.founding(shown)
        known = shown.genesis
        found.counts[exhibit.verify(shown, genesis or known, founding, accusation.JUDGE)] += 1
    except (DetenteError, OSError) as error:
        found.fault(str(path), error if isinstance(error, DetenteError) else store.failed(error))
    return found.report("evidence", known)


def _home_at_work(path: Path, genesis: str | None, by: By) -> Report:
    """Audit a home whose node may be writing: what is false is false in every reading."""
    for _ in range(READINGS - 1):
        report = _home(path, genesis, by)
        if report.ok:
            return report
    return _home(path, genesis, by)


def _home(path: Path, genesis: str | None, by: By) -> Report:
    found = Findings()
    known = ""
    try:
        home = Home.at(path)
        files = exchange.read_folder(home.path / "public", at_work=True)
        known = _tree(files, by, found, genesis)
        conn = store.open_reading(home.path / "node.db")
        try:
            _store(conn, home, found)
        finally:
            conn.close()
    except (DetenteError, OSError) as error:
        found.fault(str(path), error if isinstance(error, DetenteError) else store.failed(error))
    return found.report("home", known)


def _store(conn: sqlite3.Connection, home: Home, found: Findings) -> None:
    # 2. The database is whole.
    answer = str(conn.execute("PRAGMA integrity_check").fetchone()[0])
    if answer != "ok":
        error = BadProof("auditor.2", f"SQLite says: {answer[:200]}.", "Restore the database from a backup.")
        found.fault("node.db", error)
        return
    for domain in home.settings.domains:
        for party, log in archive.logs(conn, domain).items():
            try:
                _log(conn, home, (domain, party, log), found)
            except DetenteError as error:
                found.fault(f"node.db#{domain}/{party}", error)


def _log(conn: sqlite3.Connection, home: Home, which: tuple[str, str, int], found: Findings) -> None:
    domain, party, log = which
    tree = Tree()
    for _, leaf, data in archive.bodies(conn, log, 0, archive.size(conn, log)):
        tree.append(leaf_hash(leaf_bytes(leaf)))
        if data is not None:
            signed = envelopes.parse(data, bundle.MAX_BODY)
            record.require_leaf(leaf, record.parse(signed.payload_type, signed.payload), signed)
            found.counts["stored bodies"] += 1
    found.counts["stored entries"] += len(tree)
    # 3. The entries are those of every head that was accepted, in the store and in the second place.
    head = archive.head(conn, log)
    kept = durable_head(home.path / "signed" / domain / party)
    heads = [(head.size, head.root)] if head else []
    for size, root in [*heads, *kept]:
        if size <= len(tree) and (tree.root(size) if size else EMPTY_ROOT) != root:
            raise BadProof("auditor.3", f"The entries contradict the head at {size}.", "Keep it for inquiry.")
        if size > len(tree) and party == home.settings.party:
            raise BadProof(
                "auditor.3", f"{size} were signed, {len(tree)} are here.", "Restore a newer database."
            )


def durable_head(path: Path) -> list[tuple[int, bytes]]:
    """Return size and root of the head in the second place, if there is one."""
    if not path.exists():
        return []
    head = checkpoint.parse_text(note.parse(path.read_bytes()).text)
    return [(head.size, head.root)]
