"""The history that a home or an export has: its logs with the bodies, and the sizes of values that are known.

of_home(pane)           beside the node that works there, or without one
of_export(path)         a folder that `detente log export` wrote; audited before it is read
"""

from collections.abc import Iterator
from pathlib import Path

from detente.accord.standing import Log
from detente.accord.supposition import History
from detente.accord.terms import Terms
from detente.faces import recount
from detente.node import archive
from detente.node.window import Pane
from detente.trust import canonical, envelope, record
from detente.trust.record import Domain, Record


def of_home(pane: Pane) -> History:
    """Return what a home has, with the lengths of the disclosures that are open in it."""
    conn = pane.readers.conn
    logs = {}
    for party, log in pane.logs.items():
        size = archive.size(conn, log)
        bodies = dict(_bodies(pane, log, size))
        logs[party] = Log(tuple(archive.leaves(conn, log, 0, size)), bodies)
    return History(logs, dict(_sizes(pane, logs)))


def of_export(path: Path, domain: Domain) -> tuple[Terms, History]:
    """Return an export's terms and history; lengths of values are not in it.

    Raises:
        As `recount.logs`.
    """
    terms, logs = recount.logs(path, domain)
    return terms, History(logs)


def _bodies(pane: Pane, log: int, size: int) -> Iterator[tuple[str, Record]]:
    for _, leaf, data in archive.bodies(pane.readers.conn, log, 0, size):
        if data is not None:
            signed = envelope.parse(data)
            yield leaf.id, record.parse(signed.payload_type, signed.payload)


def _sizes(pane: Pane, logs: dict[str, Log]) -> Iterator[tuple[tuple[str, str], int]]:
    for log in logs.values():
        for name, body in log.bodies.items():
            found = pane.opened(name, body) if body.sealed else None
            for path, value in found.values.items() if found else ():
                yield (name, path), len(canonical.encode(value))
