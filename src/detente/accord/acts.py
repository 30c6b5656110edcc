"""Acts: the kinds of record that belong to the accord itself, with typed open fields.

    accord.release   {"record": id, "to": "cn", "paths": ["pattern"], "clauses": ["near-misses-to-peers"],
    ...}

They are judged like every other kind, but their words are the house's. A receipt is no struct here: its
heads are named by party, and `detente.accord.receipt` reads them. `Signed` carries what officers signed, as
base64url of the envelope's canonical JSON; it is not free text, for it must parse and verify.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Code, Digest, Instant, Kind, KindSpec, PartyName, RecordId

EXERCISE, NO_DUFF = "accord.exercise", "accord.no-duff"
FORK = "accord.fork"
CONSENT, RELIEVE = "accord.consent", "accord.relieve"
WITHDRAW, FINISH = "accord.withdraw", "accord.finish"
DECIDE, DISPUTE, RESOLVE = "accord.decide", "accord.dispute", "accord.resolve"
ATTEST = "accord.attest"
LAY, APPROVE, ABORT = "accord.lay", "accord.approve", "accord.abort"
AFFIRM = "accord.affirm"
MAX_SAFE = 2**53 - 1
SIGNED_LIMIT = 49_152

Path = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z", max_length=40)]
Paths = Annotated[tuple[Path, ...], Meta(min_length=1, max_length=64)]
Clause = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,63}\Z", max_length=64)]
ClauseOf = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,63}(@[a-z][a-z0-9-]{0,31})?\Z", max_length=96)]
"""The id of a duty: of a clause, or of a release clause towards one party, `near-misses@cn`."""
PillarName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]{0,31}\Z", max_length=32)]
Signed = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\Z", max_length=SIGNED_LIMIT)]
Version = Annotated[int, Meta(ge=1, le=100_000)]
CutHead = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}/(0|[1-9][0-9]{0,15})/[0-9a-f]{64}\Z", max_length=113)
]
Index = Annotated[int, Meta(ge=0, le=MAX_SAFE)]
AbortReason = Literal["mistake", "unlawful", "doubt", "other"]
"""Why an officer aborts an act: not what was meant, forbidden by law, in doubt, something else."""


class Release(Kind, frozen=True):
    """Sealed values of a record were shown to one party.

    Args:
        record: whose values.
        to: the party.
        paths: which, sorted.
        clauses: the release clauses that granted them, sorted.
        basis: legal basis relied on.
        classification: of the values, by the author's own levels.
        blob: hex SHA-256 of the encrypted package.
        bytes: its length, counted against the outflow budget.
        cut: at which standing was asked, one head for each party, ascending: `cn/17/5d…` (size, root).
        as_of: the time for which standing was asked, and at which the gate decided.
        standing: digest of that standing.
        approval: id of the officers' act, logged before this as `accord.approve`; null where none is needed.
    """

    record: RecordId
    to: PartyName
    paths: Paths
    clauses: Annotated[tuple[Clause, ...], Meta(min_length=1, max_length=64)]
    basis: Code
    classification: Code
    blob: Digest
    bytes: Annotated[int, Meta(ge=0, le=MAX_SAFE)]
    cut: Annotated[tuple[CutHead, ...], Meta(min_length=1, max_length=64)]
    as_of: Instant
    standing: Digest
    approval: Digest | None


class Opening(Kind, frozen=True):
    """A sealed value is opened to all: the disclosure itself, as in `trust.disclosure`."""

    record: RecordId
    path: Path
    disclosure: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\Z", max_length=32_768)]


class Erase(Kind, frozen=True):
    """This party has destroyed the disclosures of these paths that it held; commitments stay.

    Said by the record's author, it asks the others to destroy theirs.
    """

    record: RecordId
    paths: Paths
    reason: Literal["term-over", "law", "withdrawal", "sent-in-error"]


class Dispute(Kind, frozen=True):
    """A record, or a verdict about a duty that arose from it, is disputed."""

    record: RecordId
    about: Literal["standing", "facts", "release", "authenticity"]
    clause: Clause | None


class Resolve(Kind, frozen=True):
    """What became of a dispute, as this party has it; officers signed.

    Args:
        dispute: the record that raised it.
        record: what it is about, as the dispute says.
        answer: `settle`, this side agrees that it is over; `drop`, who raised it takes it back; `find`, the
            neutral that mediates has a finding.
        finding: for whom; null for all but a finding.
        approval: what the officers signed.
    """

    dispute: RecordId
    record: RecordId
    answer: Literal["settle", "drop", "find"]
    finding: Literal["raiser", "other", "neither"] | None
    approval: Signed


class Decide(Kind, frozen=True):
    """What this party's officers decided on a proposal that a trigger made; it does nothing by itself.

    Args:
        record: that fired the trigger.
        clause: id of the trigger.
        answer: whether this party does what is proposed.
        approval: what the officers signed.
    """

    record: RecordId
    clause: Clause
    answer: Literal["take", "refuse"]
    approval: Signed


class Affirm(Kind, frozen=True):
    """This party's officers stand behind one of its own records: a declaration, a certificate.

    Args:
        record: that they stand behind.
        kind: of it, as `assurance.declaration`.
        digest: hex SHA-256 of the canonical JSON of its open fields, so that a print of it can be compared.
        approval: what the officers signed.
    """

    record: RecordId
    kind: Code
    digest: Digest
    approval: Signed


class Attest(Kind, frozen=True):
    """A laboratory says, through the party that sponsors it, whether what that party paused rests.

    Args:
        pause: the record by which the party paused, or by which it accepted to.
        activity: what was paused, as that record says.
        ends: the end of its term, as that record says.
        laboratory: as the accord names it among its party's.
        claim: what it says.
        document: digest of a paper behind it, which its party keeps; null if there is none.
        approval: what the laboratory signed with its own key; null if this is its party's word.
    """

    pause: RecordId
    activity: Code
    ends: Instant
    laboratory: PartyName
    claim: Literal["done", "not-done"]
    document: Digest | None
    approval: Signed | None


class Announce(Kind, frozen=True):
    """A short-lived key to seal to, as `trust.recipient.announced` reads it: standard base64, and its end."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]+=*\Z", max_length=2048)]
    expires: Instant


class KeyChange(Kind, frozen=True):
    """A new charter, signed by the old officers and by the new."""

    charter: Signed


class Revoke(Kind, frozen=True):
    """A key no longer signs, from the next position of this log on; officers signed."""

    keyid: Digest
    reason: Literal["lost", "stolen", "left", "replaced", "unknown"]
    approval: Signed


class Disavow(Kind, frozen=True):
    """The party does not own what a revoked key signed at these positions; it binds all the same."""

    keyid: Digest
    first: Index
    last: Index
    approval: Signed


class Fork(Kind, frozen=True):
    """Evidence that a party's log has two histories, as `trust.fork` dumps it, in base64url."""

    of: PartyName
    evidence: Signed


class Amend(Kind, frozen=True):
    """This party adopts a version of the accord, which officers of every party signed."""

    version: Version
    digest: Digest


class Accede(Kind, frozen=True):
    """This party joins by a version, which officers of every party signed, its own among them."""

    version: Version
    digest: Digest


class Withdraw(Kind, frozen=True):
    """This party leaves when its notice is over; the named duties survive."""

    effective: Instant
    approval: Signed


class Consent(Kind, frozen=True):
    """This party, to whom a duty is owed, gives its debtor more time, or lets it go; officers signed.

    It counts when all to whom the duty is owed consent to the same, and its debtor logs that in time.

    Args:
        clause: id of the duty.
        version: of the accord under which it arose.
        base: the record from which it arose; null for one of the calendar.
        start: first instant of its period; null for one from a record.
        debtor: who owes it.
        until: the end of its new term; null lets it go.
        approval: what the officers signed.
    """

    clause: ClauseOf
    version: Version
    base: RecordId | None
    start: Instant | None
    debtor: PartyName
    until: Instant | None
    approval: Signed


class Relieve(Kind, frozen=True):
    """This party's duty has a new term, or is let go, as all to whom it is owed have consented.

    Fields as in `Consent`.

    Args:
        consents: the records by which they did, in ascending order.
    """

    clause: ClauseOf
    version: Version
    base: RecordId | None
    start: Instant | None
    until: Instant | None
    consents: Annotated[tuple[RecordId, ...], Meta(min_length=1, max_length=32)]


class Finish(Kind, frozen=True):
    """This party is through with one that left: what it did with what it held, and up to where it read.

    Args:
        withdrawal: the record by which the other left, or this party itself.
        head: of the leaver's log, the last that this party holds: `cn/17/5d…` (size, root).
        disposal: what became of sealed values that it held of the leaver, or the leaver of all.
    """

    withdrawal: RecordId
    head: CutHead
    disposal: Literal["returned", "destroyed", "kept-by-law", "nothing-held"]


class Switch(Kind, frozen=True):
    """A pillar changes its state: activate needs all parties, suspend one; officers signed."""

    pillar: PillarName
    approval: Signed


class Exercise(Kind, frozen=True):
    """An exercise begins: in the exercise domain alone, under a name that its parties agreed on."""

    scenario: Code


class NoDuff(Kind, frozen=True):
    """Something is real: the exercise stops, at once and for everybody; null: one that nobody opened."""

    exercise: RecordId | None
    reason: Literal["real_event", "harm", "confusion", "unsafe", "other"]


class Approve(Kind, frozen=True):
    """Officers approve, or refuse, exactly one act, named by the id of its statement."""

    act: Digest
    answer: Literal["approve", "refuse"]
    approval: Signed


class Lay(Kind, frozen=True):
    """This party's node has laid an act before its officers: from here on their time to read runs."""

    act: Digest


class Abort(Kind, frozen=True):
    """An officer of this party aborted an act, named by the id of its statement: it is executed no more."""

    act: Digest
    reason: AbortReason
    approval: Signed


CORE: Mapping[str, KindSpec] = MappingProxyType(
    {
        "accord.release": KindSpec(open=Release),
        "accord.opening": KindSpec(open=Opening),
        "accord.erase": KindSpec(open=Erase),
        DISPUTE: KindSpec(open=Dispute),
        RESOLVE: KindSpec(open=Resolve),
        DECIDE: KindSpec(open=Decide),
        ATTEST: KindSpec(open=Attest),
        AFFIRM: KindSpec(open=Affirm),
        "accord.announce": KindSpec(open=Announce),
        "accord.key-change": KindSpec(open=KeyChange),
        "accord.revoke": KindSpec(open=Revoke),
        "accord.disavow": KindSpec(open=Disavow),
        FORK: KindSpec(open=Fork),
        "accord.amend": KindSpec(open=Amend),
        "accord.accede": KindSpec(open=Accede),
        WITHDRAW: KindSpec(open=Withdraw),
        CONSENT: KindSpec(open=Consent),
        RELIEVE: KindSpec(open=Relieve),
        FINISH: KindSpec(open=Finish),
        "accord.activate": KindSpec(open=Switch),
        "accord.suspend": KindSpec(open=Switch),
        LAY: KindSpec(open=Lay),
        APPROVE: KindSpec(open=Approve),
        ABORT: KindSpec(open=Abort),
        EXERCISE: KindSpec(open=Exercise),
        NO_DUFF: KindSpec(open=NoDuff),
    }
)
