"""The solemn act: a record of the accord itself that its party's officers sign, beside the node's key.

    accord.withdraw    this party leaves
    accord.consent     this party gives another more time for a duty, or lets it go
    accord.affirm      its officers stand behind one of its own records, by its id and what it says

Officers sign exactly what the record says (`SolemnAct`); a switch is signed in a form of its own (`switch`).
The node and standing ask the same check, by the keys at the record's place in its log. Pure.
"""

import base64
import binascii
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from detente.accord import switch
from detente.accord.acts import AFFIRM, CONSENT, DECIDE, RESOLVE, WITHDRAW
from detente.trust import canonical, envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import Malformed, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.record import Record

KINDS = frozenset({WITHDRAW, CONSENT, DECIDE, RESOLVE, AFFIRM})
SIGNED = KINDS | switch.KINDS
"""Every kind that does not stand unless its party's officers signed it."""


class SolemnAct(Struct, frozen=True, forbid_unknown_fields=True):
    """What officers sign: the act, the accord, whose officers, and what the record says but for `approval`.

    {"act":"accord.withdraw","domain":"live","genesis":"5d…","party":"us","says":{"effective":…},"v":1}
    """

    v: int
    act: str
    genesis: str
    domain: str
    party: str
    says: dict[str, Any]


class Seat(NamedTuple):
    """Where an act stands: its party's keys, its position in the party's log, and its time by its author."""

    ring: Keyring
    position: int
    at: int


def dump(act: SolemnAct) -> bytes:
    """Return the canonical JSON that officers sign under `ACT_TYPE`."""
    return canonical.encode(msgspec.structs.asdict(act))


def asked(entry: Record) -> SolemnAct:
    """Return what officers must have signed for a record."""
    says = {name: value for name, value in entry.open.items() if name != "approval"}
    return SolemnAct(1, entry.kind, entry.accord.genesis, entry.domain, entry.party, says)


def verify(entry: Record, ring: Keyring, position: int) -> None:
    """Check that the officers of a record's party signed exactly what it says.

    Args:
        entry: a record of one of `SIGNED`.
        ring: its party's keys.
        position: where it stands in its party's log.

    Raises:
        Malformed: `solemn.1`, `solemn.2`; as `envelope.parse`. WrongContext: `solemn.3`.
        As `Keyring.verify`: too few of the officers signed, or others; as `switch.verify`.
    """
    if entry.kind in switch.KINDS:
        switch.verify(entry, ring, position)
        return
    require(str(entry.open.get("approval")), asked(entry), Seat(ring, position, entry.at))


def require(text: str, wanted: SolemnAct, seat: Seat) -> None:
    """Check that officers signed exactly an act.

    Args:
        text: the envelope, in base64url.
        wanted: the act.
        seat: whose officers, and where its record stands.

    Raises:
        As `verify`.
    """
    # 1. It carries an envelope.
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("solemn.1", "Not base64url.", "Encode the envelope without padding.") from error
    signed = envelope.parse(data)
    seat.ring.verify(signed, ACT_TYPE, "officer", seat.position, seat.at)
    # 2. What they signed is such an act.
    try:
        act = msgspec.convert(canonical.decode(signed.payload), SolemnAct)
    except msgspec.ValidationError as error:
        raise Malformed("solemn.2", f"No act: {error}.", "Sign what `detente accord` writes.") from error
    # 3. It is exactly this one.
    if act != wanted:
        raise WrongContext("solemn.3", "The officers signed another act.", "Have exactly this act signed.")
