"""What was laid before officers: each act that this node handed out, its id, and the time by its own clock.

    laid.put(conn, one)                 durable before anybody is shown the act
    laid.of(conn, act)                  one, by the id of its act; or None: it was never laid out here
    laid.about(conn, domain, "9f…", "cn")   all about one release, newest first

An approval of what is not here counts for nothing: neither a time before that nor a longer life can be
written into an act by whoever signs it. A row is never taken away, for an abort is for good.
"""

import re
import sqlite3

import msgspec

from detente.accord import approval
from detente.accord.approval import Course, ReleaseAct
from detente.node import delivery
from detente.trust import canonical
from detente.trust.errors import Malformed, WrongContext
from detente.trust.record import Domain

_ID = re.compile("[0-9a-f]{64}")
_SELECT = "SELECT act, domain, payload, at, ready, aborted FROM laid"


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """One act before officers.

    Attributes:
        id: of the act.
        domain: of the record.
        act: what they sign.
        at: when it was laid before them, by this node's clock, in milliseconds.
        ready: from when on it may be executed: the accord's time to read is over.
        aborted: the record that logs its abort; empty if nobody aborted it.
    """

    id: str
    domain: Domain
    act: ReleaseAct
    at: int
    ready: int
    aborted: str = ""

    @property
    def course(self) -> Course:
        """What became of it, as `approval.verify` asks it."""
        return Course(self.at, self.ready - self.at, bool(self.aborted))


def put(conn: sqlite3.Connection, one: Laid) -> None:
    """Add what is laid out now."""
    conn.execute(
        "INSERT INTO laid (act, domain, record, audience, payload, at, ready, aborted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, x'')",
        (
            bytes.fromhex(one.id),
            one.domain,
            bytes.fromhex(one.act.record),
            one.act.to,
            approval.dump(one.act),
            one.at,
            one.ready,
        ),
    )


def of(conn: sqlite3.Connection, domain: Domain, act: str) -> Laid | None:
    """Return what was laid out under an id, or None."""
    row = conn.execute(f"{_SELECT} WHERE act = ? AND domain = ?", (bytes.fromhex(act), domain)).fetchone()
    return None if row is None else _read(row)


def require(conn: sqlite3.Connection, domain: Domain, act: str) -> Laid:
    """Return what was laid out under an id.

    Raises:
        Malformed: `laid.1`: no id. WrongContext: `laid.2`: this node never laid it out.
    """
    # 1. It is an id, as every act has one.
    if not _ID.fullmatch(act):
        what = f"{act[:80]!a} is neither the id of an act nor a file that is here."
        raise Malformed("laid.1", what, "Take the id from the list: detente abort. Or name the act's file.")
    found = of(conn, domain, act)
    # 2. This node laid it before its officers: what it says of its own times is this node's word.
    if found is None:
        what = f"This node never laid the act {act[:16]} before its officers."
        raise WrongContext("laid.2", what, "Have the node write the act, and let officers sign exactly that.")
    return found


def about(conn: sqlite3.Connection, domain: Domain, record: str, audience: str) -> tuple[Laid, ...]:
    """Return what was laid out about one release, newest first."""
    rows = conn.execute(
        f"{_SELECT} WHERE domain = ? AND record = ? AND audience = ? ORDER BY at DESC, act",
        (domain, bytes.fromhex(record), audience),
    )
    return tuple(map(_read, rows))


def waiting(conn: sqlite3.Connection, domain: Domain, at: int) -> tuple[Laid, ...]:
    """Return what lies before officers at a time, oldest first: not aborted, expired or all gone."""
    rows = conn.execute(f"{_SELECT} WHERE domain = ? AND aborted = x'' ORDER BY at, act", (domain,))
    return tuple(one for one in map(_read, rows) if at < one.act.expires and left(conn, one))


def left(conn: sqlite3.Connection, one: Laid) -> frozenset[str]:
    """Return the paths of an act that have not gone."""
    act = one.act
    return frozenset(act.paths) - delivery.sent_paths(conn, one.domain, act.record, act.to)


def abort(conn: sqlite3.Connection, act: str, by: str) -> None:
    """Note by which record an act was aborted; the first is kept."""
    conn.execute(
        "UPDATE laid SET aborted = ? WHERE act = ? AND aborted = x''", (bytes.fromhex(by), bytes.fromhex(act))
    )


def _read(row: tuple[bytes, Domain, bytes, int, int, bytes]) -> Laid:
    name, domain, payload, at, ready, aborted = row
    act = msgspec.convert(canonical.decode(payload), ReleaseAct)
    return Laid(id=name.hex(), domain=domain, act=act, at=at, ready=ready, aborted=aborted.hex())
