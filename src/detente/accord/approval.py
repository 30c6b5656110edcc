"""An approval: officers sign the digest of one act: this record, this audience, these paths, until then.

    {"accord":{"genesis":"5d..","version":1},"act":"accord.release","at":1790000000000,"domain":"live",
     "expires":1790000900000,"party":"us","paths":["pattern"],"record":"9f..","to":"cn","v":1}

The node never holds an officer's key: it hands out `dump(act)` to be signed and checks what comes back.
"""

from collections.abc import Collection
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from detente.accord.machines.grave import GRAVE
from detente.trust import canonical
from detente.trust import charter as charters
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import ACT_TYPE, Envelope, statement_id
from detente.trust.errors import Malformed, NotValidThen, WrongContext
from detente.trust.machine import Cells, Event, Step, fold, step
from detente.trust.record import AccordRef

MAX_BYTES = 16_384
MAX_SAFE = 2**53 - 1

Millis = Annotated[int, Meta(ge=0, le=MAX_SAFE)]


class ReleaseAct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What officers sign before a release that a clause puts `by: officer`.

    Args:
        v: 1.
        act: which act; a signature for one is never one for another.
        accord: genesis and version.
        domain: live or exercise.
        party: whose officers sign.
        record: id of the record.
        to: the audience, one party.
        paths: sorted.
        at: when it was drafted.
        expires: from when it no longer counts.
    """

    v: Literal[1]
    act: Literal["accord.release"]
    accord: AccordRef
    domain: Literal["live", "exercise"]
    party: str
    record: str
    to: str
    paths: tuple[str, ...]
    at: Millis
    expires: Millis


def dump(act: ReleaseAct) -> bytes:
    """The canonical JSON that officers sign under `ACT_TYPE`."""
    value: Value = msgspec.json.decode(msgspec.json.encode(act))
    return canonical.encode(value)


def act_id(act: ReleaseAct) -> str:
    """The act's name: hex SHA-256 of its pre-authentication encoding; a passkey's challenge."""
    return statement_id(ACT_TYPE, dump(act))


def verify(signed: Envelope, charter: Charter, at: int, revoked: Collection[str] = ()) -> ReleaseAct:
    """Return the act, if the party's officers reached their threshold and it has not expired.

    Args:
        signed: the envelope as received.
        charter: in force for the party.
        at: now, milliseconds.
        revoked: keys of the charter that were revoked: their signatures count for nothing.

    Raises:
        WrongContext: `envelope.6` of another type; `approval.2` of another party or domain.
        BadSignature, WrongKey, NotValidThen, BelowThreshold: as `charter.verify`.
        Malformed, NotCanonical: `approval.1`, `canonical.*`.
        NotValidThen: `approval.3` expired, or not yet.
    """
    people = charters.verify(signed, charter, "officer", at, payload_type=ACT_TYPE, revoked=revoked)
    # 1. It parses, from exactly the signed bytes.
    try:
        act = msgspec.convert(canonical.decode(signed.payload, MAX_BYTES), ReleaseAct)
    except msgspec.ValidationError as error:
        raise Malformed(
            "approval.1", f"No act of release: {error}.", "Sign what the node hands out."
        ) from error
    # 2. It is this party's and this domain's.
    if (act.party, act.domain) != (charter.party, charter.domain):
        what = (
            f"The act is of {act.party}, {act.domain}; the officers are of {charter.party}, {charter.domain}."
        )
        raise WrongContext("approval.2", what, "Let the party's own officers sign.")
    # 3. It counts now: by so many persons, not before it could be read, not after its time.
    refusal = executed(act, people, charter.roles["officer"].threshold, at).refusal
    if refusal:
        what = f"The act counts from {act.at} until {act.expires}, and it is {at}."
        raise NotValidThen("approval.3", what, "Have it signed again.")
    return act


def executed(
    act: ReleaseAct, people: Collection[str], k: int, at: int, stopped: Collection[str] = ()
) -> Step:
    """Return what executing an act comes to, by the table `machines.grave.GRAVE`.

    Args:
        act: what was proposed, at its `at`.
        people: who approved exactly it; each counts once.
        k: how many persons it takes.
        at: now, milliseconds.
        stopped: who aborted it: one is enough.
    """
    terms: Cells = {"k": k, "read": 0}
    events = [Event("propose", act.at, act.party, {"until": act.expires})]
    events += [Event("abort", at, person) for person in sorted(stopped)]
    events += [Event("approve", at, person) for person in sorted(people)]
    return step(GRAVE, terms, fold(GRAVE, terms, events), Event("execute", at))


def check(act: ReleaseAct, asked: ReleaseAct) -> None:
    """Check that what was approved is what is asked, apart from its times.

    Raises:
        WrongContext: `approval.4` naming what differs; a smaller set of paths than was approved is not
            different.
    """
    for name in ("accord", "domain", "party", "record", "to"):
        # 4. The same act, and no more than was approved.
        if getattr(act, name) != getattr(asked, name):
            what = f"The officers approved another {name}: {getattr(act, name)}, not {getattr(asked, name)}."
            raise WrongContext("approval.4", what, "Have exactly this act approved.")
    beyond = sorted(set(asked.paths) - set(act.paths))
    if beyond:
        what = f"The officers did not approve {', '.join(beyond)}."
        raise WrongContext("approval.4", what, "Have exactly this act approved.")
