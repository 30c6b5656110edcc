"""An abort: one officer stops one act, by its id, before it is executed. That is final.

    {"aborts":"9f..","act":"accord.abort","domain":"live","genesis":"5d..","party":"us","reason":"doubt","v":1}

It names no time and does not expire: an act's id comes only once, so an abort that is shown again stops
nothing else. Pure.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from detente.accord.acts import AbortReason
from detente.accord.pillar import Digest
from detente.trust import canonical
from detente.trust import charter as charters
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import ACT_TYPE, Envelope
from detente.trust.errors import Malformed, WrongContext

MAX_BYTES = 16_384


class AbortAct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one officer signs to abort an act.

    Args:
        v: 1.
        act: which act this is itself.
        genesis: of the accord.
        domain: live or exercise.
        party: whose officer signs, and whose act is aborted.
        aborts: id of the act that is aborted.
        reason: why.
    """

    v: Literal[1]
    act: Literal["accord.abort"]
    genesis: Digest
    domain: Literal["live", "exercise"]
    party: str
    aborts: Digest
    reason: AbortReason


def dump(act: AbortAct) -> bytes:
    """The canonical JSON that an officer signs under `ACT_TYPE`."""
    value: Value = msgspec.json.decode(msgspec.json.encode(act))
    return canonical.encode(value)


def alone(charter: Charter) -> Charter:
    """A party's charter as an abort asks it: the same officers, of whom one is enough."""
    role = msgspec.structs.replace(charter.roles["officer"], threshold=1)
    return msgspec.structs.replace(charter, roles={**charter.roles, "officer": role})


def verify(
    signed: Envelope, charter: Charter, at: int, revoked: frozenset[str] = frozenset(), *, genesis: str
) -> AbortAct:
    """Return the act, if an officer of the party signed it.

    Args:
        signed: the envelope as received.
        charter: in force for the party.
        at: now, milliseconds: keys that have expired by then sign nothing.
        revoked: keys of the charter that were revoked: their signatures count for nothing.
        genesis: of the accord.

    Raises:
        WrongContext: `envelope.6` of another type; `abort.2` of another party, domain or accord.
        BadSignature, WrongKey, NotValidThen: as `charter.verify`: no officer of this party signed it.
        Malformed, NotCanonical: `abort.1`, `canonical.*`.
    """
    charters.verify(signed, alone(charter), "officer", at, payload_type=ACT_TYPE, revoked=revoked)
    # 1. It parses, from exactly the signed bytes.
    try:
        act = msgspec.convert(canonical.decode(signed.payload, MAX_BYTES), AbortAct)
    except msgspec.ValidationError as error:
        raise Malformed("abort.1", f"No abort: {error}.", "Sign what the node hands out.") from error
    # 2. It is this party's, this domain's and this accord's.
    if (act.party, act.domain, act.genesis) != (charter.party, charter.domain, genesis):
        what = f"The abort is of {act.party}, {act.domain}, accord {act.genesis[:16]}."
        raise WrongContext("abort.2", what, "Let an officer of the party abort its own acts.")
    return act
