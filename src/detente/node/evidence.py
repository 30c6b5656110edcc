"""Evidence: what was refused, kept with the numbered check at which it fell and the reason, and shown.

    cn  via cn  record  envelope.7 BadSignature: The ed25519 signature by key 9f… does not verify.

Refusing changes nothing else. The same bytes refused at the same check are kept once; each party may fill
only so much, so a flood costs the flooder's evidence and nobody else's. A fork is always kept.
"""

import hashlib
import sqlite3
from typing import Literal, TypeAlias

import msgspec

from detente.trust.errors import DetenteError

EvidenceKind: TypeAlias = Literal[
    "record",
    "checkpoint",
    "entries",
    "cosignature",
    "misdated",
    "fork",
    "opening",
    "package",
    "accord",
    "release",
    "request",
    "standing",
    "approval",
]

MAX_KEPT = 262_144
"""The most bytes of one refused thing that are kept; the digest is over all of it."""

MAX_EACH = 4_096
"""The most refusals kept about what one party's tree showed."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal.

    Attributes:
        digest: hex SHA-256 over check and bytes.
        domain: `live`, `exercise`, or empty where none applies.
        party: whose statement it claims to be.
        via: whose tree or connection it came by.
        kind: what it claims to be.
        step: the numbered check that refused it.
        error: the name of the error.
        what: the reason.
        remedy: what to do.
        at: when, by our clock, in milliseconds.
        size: bytes kept.
    """

    digest: str
    domain: str
    party: str
    via: str
    kind: EvidenceKind
    step: str
    error: str
    what: str
    remedy: str
    at: int
    size: int


class Refusal(msgspec.Struct, frozen=True):
    """What was refused, before it is kept: whose, by which way, what, and the bytes."""

    domain: str
    party: str
    via: str
    kind: EvidenceKind
    data: bytes


def keep(conn: sqlite3.Connection, refused: Refusal, error: DetenteError, at: int) -> str:
    """Keep a refusal, and return its digest."""
    digest = hashlib.sha256(f"{refused.kind} {error.step}\n".encode() + refused.data).digest()
    if refused.kind != "fork" and _full(conn, refused.via):
        return digest.hex()
    where = (refused.domain, refused.party, refused.via, refused.kind)
    why = (error.step, type(error).__name__, error.what, error.remedy)
    conn.execute(
        "INSERT OR IGNORE INTO evidence"
        " (digest, domain, party, via, kind, step, error, what, remedy, at, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (digest, *where, *why, at, refused.data[:MAX_KEPT]),
    )
    return digest.hex()


def count(conn: sqlite3.Connection, like: Refusal, step: str) -> int:
    """Return how many refusals of this way, party, kind and check are kept."""
    found = conn.execute(
        "SELECT count(*) FROM evidence WHERE via = ? AND party = ? AND kind = ? AND step = ?",
        (like.via, like.party, like.kind, step),
    )
    return int(found.fetchone()[0])


def shown(conn: sqlite3.Connection, domain: str | None = None) -> tuple[Evidence, ...]:
    """Return what was refused, oldest first."""
    rows = conn.execute(
        "SELECT digest, domain, party, via, kind, step, error, what, remedy, at, length(data) FROM evidence"
        " WHERE ? IS NULL OR domain = ? ORDER BY at, digest",
        (domain, domain),
    )
    names = Evidence.__struct_fields__
    return tuple(Evidence(**dict(zip(names, (row[0].hex(), *row[1:]), strict=True))) for row in rows)


def data(conn: sqlite3.Connection, digest: str) -> bytes | None:
    """Return the bytes that were refused, or None if no refusal has this digest."""
    row = conn.execute("SELECT data FROM evidence WHERE digest = ?", (bytes.fromhex(digest),)).fetchone()
    return None if row is None else bytes(row[0])


def mark_forked(conn: sqlite3.Connection, log: int, digest: str) -> None:
    """Refuse this log from now on, because of this evidence."""
    conn.execute("INSERT OR IGNORE INTO forked (log, evidence) VALUES (?, ?)", (log, bytes.fromhex(digest)))


def forked(conn: sqlite3.Connection, log: int) -> str | None:
    """Return the digest of the evidence for which a log is refused, or None."""
    row = conn.execute("SELECT evidence FROM forked WHERE log = ?", (log,)).fetchone()
    return None if row is None else bytes(row[0]).hex()


def _full(conn: sqlite3.Connection, via: str) -> bool:
    row = conn.execute("SELECT count(*) FROM evidence WHERE via = ?", (via,)).fetchone()
    return int(row[0]) >= MAX_EACH
