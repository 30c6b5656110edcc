"""A safety card as a record or a draft has it, and what a release needs of it.

    compliance.checked(card, agreed, release)    ->    what is missing, stale, failed, or for another digest

Open fields are those of `assurance.card`; texts are its sealed fields, in the clear for whoever may see them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from detente.accord.words import Word
from detente.faces import pillars
from detente.faces.cli.showing import Record
from detente.faces.speech import Text
from detente.pillars.assurance.kinds import Card as Fields
from detente.pillars.assurance.kinds import Domain, Outcome
from detente.trust.errors import Malformed

DOMAINS: tuple[Domain, ...] = get_args(Domain)
GRAVITY: tuple[Outcome, ...] = ("pass", "inconclusive", "invalid", "fail")
NOT_TESTED = Text("NOT TESTED", "未测试")


class Card(msgspec.Struct, frozen=True):
    """A card.

    Args:
        id: of the record; empty of a draft.
        party: its author; empty of a draft.
        fields: open fields.
        texts: what is sealed and known here: a text, or a pair in English and Chinese.
    """

    id: str
    party: str
    fields: Fields
    texts: Mapping[str, Any]

    def outcome(self, domain: str) -> str | None:
        """Return how a domain's tests went; None if it was not tested."""
        found = zip(self.fields.tested, self.fields.outcomes, strict=False)
        return next((outcome for one, outcome in found if one == domain), None)

    def attempts(self, domain: str) -> int:
        """Return how many attempts stand behind a domain's outcome; 0 if it was not tested."""
        found = zip(self.fields.tested, self.fields.attempts, strict=False)
        return next((count for one, count in found if one == domain), 0)

    def text(self, name: str) -> Text:
        """Return a text in both languages; empty where there is none."""
        value = self.texts.get(name)
        if isinstance(value, list | tuple) and len(value) == len(Text._fields):
            return Text(str(value[0]), str(value[1]))
        return Text(str(value or ""), str(value or ""))


def of(record: Record) -> Card:
    """Return the card in a record or a draft.

    Raises:
        Malformed: `card.1`.
    """
    # 1. It has exactly the open fields of a card.
    try:
        fields = msgspec.convert(record.open, Fields)
    except msgspec.ValidationError as error:
        what = f"This is no safety card: {error}."
        raise Malformed("card.1", what, "Make one: detente card new") from error
    sealed = record.sealed if isinstance(record.sealed, dict) else {}
    return Card(record.id, record.party, fields, sealed | record.values)


def gathered(results: Sequence[Record], model: str) -> dict[str, Any]:
    """Return the fields of a card that follow from results: domains, outcomes, evidence.

    Of several results on a domain the gravest outcome counts: a later pass hides no failure. Attempts are
    counted up to the last that is given, under each plan, whether all of their results are given or not.

    Raises:
        Malformed: `card.2`.
    """
    outcomes: dict[str, str] = {}
    attempts: dict[str, dict[str | None, int]] = {}
    for one in results:
        domain, decision = str(one.facts.get("domain")), str(one.facts.get("decision"))
        # 2. It is a result that stands, of this system.
        fits = one.stands and domain in DOMAINS and decision in GRAVITY
        if not fits or one.open.get("model") != model:
            what = f"{one.id[:16]} is no standing result of a test of this system."
            raise Malformed("card.2", what, "Give what detente record show ID --json prints of one.")
        outcomes[domain] = max(outcomes.get(domain, "pass"), decision, key=_grave)
        plans = attempts.setdefault(domain, {})
        plans[one.thread] = max(plans.get(one.thread, 0), int(one.facts.get("attempt", 1)))
    tested = sorted(outcomes)
    return {
        "tested": tested,
        "outcomes": [outcomes[one] for one in tested],
        "attempts": [sum(attempts[one].values()) for one in tested],
        "untested": [one for one in DOMAINS if one not in outcomes],
        "evidence": sorted({one.id for one in results}),
    }


def _grave(outcome: str) -> int:
    return [str(one) for one in GRAVITY].index(outcome)


def word(field: str, value: str) -> Text:
    """Return a value of a card's field as people read it."""
    words = pillars.editions()["assurance"].words
    found = words.values.get(field, {}).get(value, Word(value, value))
    return Text(found.en, found.zh)


def named(field: str) -> Text:
    """Return the name of a field as people read it."""
    found = pillars.editions()["assurance"].words.fields[field]
    return Text(found.en, found.zh)


def day(at: int) -> str:
    """Return the day of an instant, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
