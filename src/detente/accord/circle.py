"""Triggers that propose in a circle: what one proposes would wake another, and so on back to the first.

    notices.notice  -> propose notify   : the notice that people then send proposes the next one

A rule never acts by itself, so nothing would run away; but every proposal is a clock to decide, and a circle
of them has no end. Such a text is refused while it is written.
"""

from collections.abc import Iterator, Mapping

from detente.accord.clause import ASSURANCE, SUBJECT, Trigger
from detente.accord.version import Version
from detente.trust.errors import Malformed

LEADS: Mapping[str, str] = {
    "pause": "notices.pause",
    "notify": "notices.notice",
    "activate": "accord.activate",
    "suspend": "accord.suspend",
}
"""What is proposed, and the kind of record by which people would do it."""

SUSPENSION = f"{ASSURANCE}.suspension"
"""The kind that suspends a statement or a certificate."""


def find(version: Version) -> Iterator[Malformed]:
    """Every circle once, at the first of its triggers in the order of the document."""
    triggers = version.accord.triggers
    told: set[frozenset[str]] = set()
    for n, one in enumerate(triggers):
        circle = _back(one, (one,), triggers)
        names = frozenset(each.id for each in circle)
        if circle and names not in told:
            told.add(names)
            way = ", ".join(each.id for each in circle)
            yield Malformed(
                "circle.1",
                f"$.triggers[{n}]: what is proposed by {way} leads back to {one.id}.",
                "Let a rule of one of them leave out what another proposes, or drop one.",
            )


def _lead(verb: str, about: str) -> str:
    """The kind by which people would do what is proposed."""
    return SUSPENSION if (verb, about) == ("suspend", SUBJECT) else LEADS[verb]


def _back(first: Trigger, way: tuple[Trigger, ...], triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    """The shortest way from the last trigger back to the first, or nothing."""
    leads = {_lead(verb, about) for verb, about in way[-1].propose.items()}
    if first.on in leads:
        return way
    onward = (one for one in triggers if one.on in leads and one not in way)
    return next((found for one in onward if (found := _back(first, (*way, one), triggers))), ())
