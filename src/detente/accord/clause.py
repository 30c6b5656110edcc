"""The clauses of an accord, each exactly as it stands in the document.

    {id: notify-serious, on: incidents.report, when: 'facts.level >= 3', owes: author, what: notices.notice,
    within: PT24H}

Moments, durations and rules stay the strings that were signed; what they mean is checked by `soundness` and
`terms`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from detente.accord.ceiling import NeutralRole
from detente.accord.words import Word

MAX_SAFE = 2**53 - 1
RULE_LIMIT = 2000
SUBJECT, ASSURANCE = "subject", "assurance"
"""What a trigger suspends if no pillar is named, and the pillar by which people would do it."""

Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z", max_length=32)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,63}\Z", max_length=64)]
FullKind = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9-]{0,31}\Z", max_length=65)]
Rule = Annotated[str, Meta(min_length=1, max_length=RULE_LIMIT)]
Domain = Literal["live", "exercise"]
State = Literal["dormant", "prepared", "pilot", "active", "suspended", "retired"]


class Lawful(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a party's own law lets it send.

    Args:
        bases: the legal bases it may rely on, as codes; a release names one of them.
        classes: its classification levels, lowest first.
        ceiling: the highest of them that may ever leave.
        towards: an audience (`peer` or a neutral role) or a party, to a lower ceiling; the lowest that
            speaks of a party applies.
    """

    bases: tuple[Id, ...]
    classes: tuple[Id, ...]
    ceiling: Id
    towards: Mapping[Name, Id] = {}


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signatory.

    Args:
        names: in both languages.
        roles: neutral roles; none for a peer.
        charters: by domain, the charter as a value that `trust.charter` reads.
        lawful: what its own law lets it send.
        laboratories: name to names of the laboratories that it sponsors.
    """

    names: Word
    roles: tuple[NeutralRole, ...]
    charters: Mapping[Domain, Any]
    lawful: Lawful
    laboratories: Mapping[Name, Word] = {}


class Time(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The constants of time.

    Args:
        k: liars assumed.
        receipt_every: the receipt period.
        transit: of a message.
        skew: of clocks.
        hand_over: the term for handing over a body.
        reading: the least time from laying a release before officers to its going; null is none.
    """

    k: Annotated[int, Meta(ge=1, le=32)]
    receipt_every: str
    transit: str
    skew: str
    hand_over: str
    reading: str | None = None


class PillarTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pillar in force: which edition, in which state, until when, and what would switch it on."""

    edition: Hex
    state: State
    sunset: str
    scope: Word | None = None
    activation: Word | None = None


class Duty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is owed by when: after a record (`on`), or by the calendar (`every`).

    Args:
        id: of the clause.
        owes: `author`, `all`, `others` (all but the author), a party, or `facts.NAME` that names one.
        what: the kinds that perform it.
        on: kind of the base.
        when: rule over the base; none means always.
        within: term after the base, or after the end of the period.
        every: period of a calendar.
        excuse: kinds that stop the clock without fault.
    """

    id: Id
    owes: str
    what: FullKind | tuple[FullKind, ...]
    on: FullKind | None = None
    when: Rule | None = None
    within: str | None = None
    every: str | None = None
    excuse: tuple[FullKind, ...] = ()


class Release(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be shown to whom.

    Args:
        id: of the clause.
        kind: of the record.
        fields: sealed paths.
        to: an audience (`peer` or a neutral role) or a party by name.
        when: rule over record, audience and standing; none means always.
        within: if given, the grant is also a duty to release within this time.
        by: `officer` if an officer must sign, `node` if the grant alone is enough.
        excuse: kinds that stop that duty without fault.
    """

    id: Id
    kind: FullKind
    fields: tuple[str, ...]
    to: Name
    when: Rule | None = None
    within: str | None = None
    by: Literal["officer", "node"] = "officer"
    excuse: tuple[FullKind, ...] = ()


class Trigger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a record proposes to people, and by when they decide; a rule never does it by itself.

    What is suspended is a pillar, or the `subject`: the statements and certificates about what it is about.
    """

    id: Id
    on: FullKind
    when: Rule
    propose: Mapping[Literal["pause", "notify", "activate", "suspend"], Name]
    decide: str


class DatedFact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact of the world that rules may lean on, unknown after it expires."""

    id: Id
    value: str | int | bool
    valid_from: str
    valid_to: str
    checked_on: str
    source: str
    confidence: Literal["high", "medium", "recalled", "proposed"]


class Outflow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many bytes of sealed values may go to one counterpart in one period; `per` party overrides."""

    period: str
    bytes: Annotated[int, Meta(ge=0, le=MAX_SAFE)]
    per: Mapping[Name, Annotated[int, Meta(ge=0, le=MAX_SAFE)]] = {}


class Witness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who must have cosigned a checkpoint: so many of the other parties, and some of them always."""

    quorum: Annotated[int, Meta(ge=0, le=64)]
    always: tuple[Name, ...] = ()


class Dispute(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the sides talk before a neutral with the role mediates."""

    talk: str
    then: NeutralRole | None = None


class Withdrawal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side may leave after notice; the named duties survive it.

    Args:
        notice: the least time between saying so and leaving.
        surviving: ids of duties and release clauses that go on arising.
        disposal: the time, from leaving, in which every party says what it did with what it held.
    """

    notice: str
    surviving: tuple[Id, ...] = ()
    disposal: str = "P30D"
