"""The solemn act: a record of the accord itself that its party's officers sign, beside the node's key.

    accord.withdraw    this party leaves
    accord.consent     this party gives another more time for a duty, or lets it go
    accord.affirm      its officers stand behind one of its own records, by its id and what it says
    accord.attest      a laboratory's own key signs it, or nobody does, and it is the party's word

Officers sign exactly what the record says (`SolemnAct`); a switch is signed in a form of its own (`switch`).
The node and standing ask the same check, by the keys at the record's place in its log. Pure.
"""

import base64
import binascii
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from detente.accord import switch
from detente.accord.acts import AFFIRM, ATTEST, CONSENT, DECIDE, RESOLVE, WITHDRAW
from detente.trust import canonical, envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import Malformed, WrongContext, WrongKey
from detente.trust.keyring import Keyring
from detente.trust.record import Record
from detente.trust.suite import LABORATORY, Role

KINDS = frozenset({WITHDRAW, CONSENT, DECIDE, RESOLVE, AFFIRM})
SIGNED = KINDS | switch.KINDS
"""Every kind that does not stand unless its party's officers signed it."""


_REMEDY = "Have exactly this act signed; bring the signatures with the same words as it was written with."


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
    """Where an act stands: its party's keys, the position in its log, the author's time; and who signs."""

    ring: Keyring
    position: int
    at: int
    role: Role = "officer"


def needed(entry: Record) -> str:
    """Return the code of a record's refusal where what people sign of it is not signed; or nothing.

    `not-by-officers`; `not-by-laboratory`, if it says that a laboratory signed.
    """
    if entry.kind == ATTEST:
        return "not-by-laboratory" if entry.open.get("approval") is not None else ""
    return "not-by-officers" if entry.kind in SIGNED else ""


def dump(act: SolemnAct) -> bytes:
    """Return the canonical JSON that officers sign under `ACT_TYPE`."""
    return canonical.encode(msgspec.structs.asdict(act))


def asked(entry: Record) -> SolemnAct:
    """Return what officers must have signed for a record."""
    says = {name: value for name, value in entry.open.items() if name != "approval"}
    return SolemnAct(1, entry.kind, entry.accord.genesis, entry.domain, entry.party, says)


def verify(entry: Record, ring: Keyring, position: int) -> None:
    """Check that the officers of a record's party, or its laboratory, signed exactly what it says.

    Args:
        entry: a record of which something is `needed`.
        ring: its party's keys.
        position: where it stands in its party's log.

    Raises:
        Malformed: `solemn.1`, `solemn.2`; as `envelope.parse`. WrongContext: `solemn.3`. WrongKey:
        `solemn.4`. As `Keyring.verify`: too few of the officers signed, or others; as `switch.verify`.
    """
    if entry.kind in switch.KINDS:
        switch.verify(entry, ring, position)
        return
    role: Role = LABORATORY if entry.kind == ATTEST else "officer"
    who = require(str(entry.open.get("approval")), asked(entry), Seat(ring, position, entry.at, role))
    # 4. A laboratory speaks for itself, and for no other of its party.
    if role == LABORATORY and entry.open["laboratory"] not in who:
        what = f"{', '.join(sorted(who))} signed, and not {entry.open['laboratory']}."
        raise WrongKey("solemn.4", what, "Let the laboratory itself sign.")


def require(text: str, wanted: SolemnAct, seat: Seat) -> frozenset[str]:
    """Return who signed exactly an act, if enough did.

    Args:
        text: the envelope, in base64url.
        wanted: the act.
        seat: whose officers or laboratories, and where its record stands.

    Raises:
        As `verify`.
    """
    # 1. It carries an envelope.
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("solemn.1", "Not base64url.", "Encode the envelope without padding.") from error
    signed = envelope.parse(data)
    who = seat.ring.verify(signed, ACT_TYPE, seat.role, seat.position, seat.at)
    # 2. What they signed is such an act.
    try:
        act = msgspec.convert(canonical.decode(signed.payload), SolemnAct)
    except msgspec.ValidationError as error:
        raise Malformed("solemn.2", f"No act: {error}.", "Sign what `detente accord` writes.") from error
    # 3. It is exactly this one.
    if act != wanted:
        raise WrongContext("solemn.3", "What was signed is another act.", _REMEDY)
    return who
