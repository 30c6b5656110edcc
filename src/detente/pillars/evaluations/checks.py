"""The kinds by which a result is checked: challenge, opening, replication; see `kinds.py` for the others."""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Kind, PartyName, RecordId, Sealed, Text

from .kinds import MOST_DRAWN, Bilingual, Count, Domain, Drawn, Heads, Items, Whole


class Challenge(Kind, frozen=True):
    """Samples of a result are drawn, by randomness that neither side chose alone.

    Args:
        result: of which.
        heads: hex SHA-256 of checkpoints of others' logs that were cosigned after the result, ascending.
        drawn: numbers of the samples drawn, ascending; anyone computes them from result and heads.
    """

    result: RecordId
    heads: Heads
    drawn: Drawn


class ChallengeFacts(Facts, frozen=True):
    """What follows from a challenge.

    Args:
        to: who owes the opening.
        count: how many samples were drawn.
    """

    to: PartyName
    count: Annotated[int, Meta(ge=1, le=MOST_DRAWN)]


class Opening(Kind, frozen=True):
    """The author opens exactly what was drawn. The samples travel outside the log, to who may see them.

    Args:
        result: of which.
        challenge: that it answers.
        opened: numbers of the samples opened: those drawn, no other.
        extract: digest of the canonical extract of these samples.
    """

    result: RecordId
    challenge: RecordId
    opened: Drawn
    extract: Digest


class OpeningSealed(Sealed, frozen=True):
    """What lies behind an opening.

    Args:
        place: where the extract is handed over.
    """

    place: Text


class OpeningFacts(Facts, frozen=True):
    """What follows from an opening, if the extract holds.

    Args:
        false_at_most: with a confidence of 95 %, at most so many of all committed samples are false.
        out_of: how many there are.
    """

    false_at_most: Whole
    out_of: Whole


class Replication(Kind, frozen=True):
    """Another party ran it again, or scored again what was opened, and compares sample by sample.

    Args:
        playbook: of the plan, named again so that its margin decides.
        of: the result, or an opening of one.
        method: what was done.
        both: samples that were unwanted events in both.
        first_only: only in the result.
        second_only: only in the replication.
        neither: in neither.
        unpaired: samples of the result that could not be compared.
    """

    playbook: RecordId
    of: RecordId
    method: Literal["run_again", "scored_again"]
    both: Count
    first_only: Count
    second_only: Count
    neither: Count
    unpaired: Count


class ReplicationSealed(Sealed, frozen=True):
    """What lies behind a replication.

    Args:
        differences: what explains them.
        logs: digests of the logs, held by who replicated.
    """

    differences: Bilingual
    logs: Items


class ReplicationFacts(Facts, frozen=True):
    """What follows from a replication.

    Args:
        agreement: agree: the share of samples on which the two differ is shown to be below the margin.
            differ: it is shown to be at or above it. undecided: neither. What is unpaired counts against
            agreeing.
        domain: of the playbook.
        checked: whose result it was.
    """

    agreement: Literal["agree", "differ", "undecided"]
    domain: Domain
    checked: PartyName
