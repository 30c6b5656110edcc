"""The token: what lets a laboratory's own program report; it names a channel, and no person.

token = draw(cabinet, "lab-7")      shown once; the desk keeps its SHA-256
"""

import hashlib
import re
import secrets

from detente.node.confidence.cabinet import Cabinet
from detente.trust.errors import Malformed, WrongKey

LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def draw(cabinet: Cabinet, label: str) -> str:
    """Return a new token for a channel. Raises Malformed: `token.1`. DiskFailed: `store.1`."""
    # 1. The channel has a name.
    if not LABEL.fullmatch(label):
        raise Malformed("token.1", "This is no name of a channel.", "Use small letters, digits and dashes.")
    made = secrets.token_urlsafe(32)
    with cabinet.writing():
        cabinet.conn.execute(
            "INSERT INTO token VALUES (?,?,?,NULL)", (_digest(made), label, cabinet.clock.now())
        )
    return made


def end(cabinet: Cabinet, label: str) -> int:
    """End the tokens of a channel, and return how many lived. Raises DiskFailed: `store.1`."""
    with cabinet.writing():
        found = cabinet.conn.execute(
            "UPDATE token SET ended = ? WHERE label = ? AND ended IS NULL", (cabinet.clock.now(), label)
        )
    return found.rowcount


def label_of(cabinet: Cabinet, token: str) -> str:
    """Return the channel of a token. Raises WrongKey: `token.2`."""
    row = cabinet.conn.execute(
        "SELECT label FROM token WHERE sha256 = ? AND ended IS NULL", (_digest(token),)
    ).fetchone()
    # 2. It is one that lives.
    if row is None:
        raise WrongKey(
            "token.2",
            "No token, or one that has ended.",
            "Ask the desk for a token, and send it as: Authorization: Bearer TOKEN",
        )
    return str(row[0])


def _digest(token: str) -> str:
    return hashlib.sha256(b"detente/v1 intake token\n" + token.encode()).hexdigest()
