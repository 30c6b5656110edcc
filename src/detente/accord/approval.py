"""An approval: officers sign the digest of one act: this record, this audience, these paths, until then.

    {"accord":{"genesis":"5d..","version":1},"act":"accord.release","at":1790000000000,"domain":"live",
     "expires":1790000900000,"nonce":"0f..","party":"us","paths":["pattern"],"record":"9f..","to":"cn","v":1}

The node never holds an officer's key: it hands out `dump(act)` to be signed and checks what comes back. What
it hands out it has laid before the officers; by the accord some time is left to read it (`time.reading`).
"""

from collections.abc import Collection
from typing import Annotated, Literal, NamedTuple

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
Nonce = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", max_length=32)]


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
        nonce: 128 bits, so that the act's id, logged when it is laid before officers, says nothing of it.
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
    nonce: Nonce


class Course(NamedTuple):
    """What became of an act since it was drafted.

    Args:
        laid: when it was laid before officers.
        reading: how much later it may be executed, by the accord, milliseconds.
        aborted: whether an officer aborted it.
    """

    laid: int
    reading: int = 0
    aborted: bool = False


def dump(act: ReleaseAct) -> bytes:
    """The canonical JSON that officers sign under `ACT_TYPE`."""
    value: Value = msgspec.json.decode(msgspec.json.encode(act))
    return canonical.encode(value)


def act_id(act: ReleaseAct) -> str:
    """The act's name: hex SHA-256 of its pre-authentication encoding; a passkey's challenge."""
    return statement_id(ACT_TYPE, dump(act))


def verify(
    signed: Envelope,
    charter: Charter,
    at: int,
    revoked: Collection[str] = (),
    course: Course | None = None,
) -> ReleaseAct:
    """Return the act, if the party's officers reached their threshold and it counts now.

    Args:
        signed: the envelope as received.
        charter: in force for the party.
        at: now, milliseconds.
        revoked: keys of the charter that were revoked: their signatures count for nothing.
        course: of the act; None asks its own times alone.

    Raises:
        WrongContext: `envelope.6` of another type; `approval.2` of another party or domain.
        BadSignature, WrongKey, NotValidThen, BelowThreshold: as `charter.verify`.
        Malformed, NotCanonical: `approval.1`, `canonical.*`.
        NotValidThen: `approval.3` expired, or not yet; `approval.5` before there was time to read it;
            `approval.6` aborted.
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
    refusal = executed(act, people, charter.roles["officer"].threshold, at, course).refusal
    if course is not None:
        _check_course(course, at, refusal)
    # 3. It counts now: by so many persons, neither before nor after its time.
    if refusal:
        what = f"The act counts from {act.at} until {act.expires}, and it is {at}."
        raise NotValidThen("approval.3", what, "Have it signed again.")
    return act


def executed(act: ReleaseAct, people: Collection[str], k: int, at: int, course: Course | None = None) -> Step:
    """Return what executing an act comes to, by the table `machines.grave.GRAVE`.

    Args:
        act: what was proposed, at its `at`, or when it was laid before officers.
        people: who approved exactly it; each counts once.
        k: how many persons it takes.
        at: now, milliseconds.
        course: of the act; None asks its own times alone.
    """
    known = Course(act.at) if course is None else course
    terms: Cells = {"k": k, "read": known.reading}
    events = [Event("propose", max(act.at, known.laid), act.party, {"until": act.expires})]
    events += [Event("abort", at)] * known.aborted
    events += [Event("approve", at, person) for person in sorted(people)]
    return step(GRAVE, terms, fold(GRAVE, terms, events), Event("execute", at))


def _check_course(course: Course, at: int, refusal: str) -> None:
    # 6. No officer aborted it: one is enough, and that is final.
    if course.aborted:
        what = "An officer aborted this act; it is executed no more."
        raise NotValidThen(
            "approval.6", what, "Lay a new act before the officers, if it is still to be done."
        )
    # 5. There was time to read it, since it was laid before the officers.
    if refusal == "time-to-read":
        ready = course.laid + course.reading
        what = f"Laid before officers at {course.laid}, it counts from {ready} on, and it is {at}."
        raise NotValidThen("approval.5", what, "Wait until the time to read is over.")


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
