"""Circles: triggers that propose one another, and duties of which each, once performed, is owed again.

    notices.notice       -> propose notify            : the notice that people then send proposes the next one
    notices.acknowledge  -> others owe acknowledge    : each read-back is read back

A rule never acts by itself, so nothing would run away; but every proposal is a clock to decide, and a circle
of them has no end. Nor has one of duties by which others answer an answer. Such a text is refused while it
is written. A duty with a condition, or one that some kind without such a duty performs, can end and is let
be; so is one by which an author goes on with its own, as a declaration that is renewed.
"""

from collections.abc import Iterator, Mapping

from detente.accord.clause import ASSURANCE, SUBJECT, Duty, Trigger
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
    """Every circle of triggers once, at the first of them in the order of the document."""
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


def endless(version: Version) -> Iterator[Malformed]:
    """At the first duty that others owe on whatever performs it, if there is one; for who writes a text."""
    duties = version.accord.duties
    owed = {one.id for one in duties if one.owes == "others" and one.on is not None and one.when is None}
    while True:
        bases = {one.on for one in duties if one.id in owed}
        left = {one.id for one in duties if one.id in owed and bases.issuperset(_kinds(one))}
        if left == owed:
            break
        owed = left
    for n, one in enumerate(duties):
        if one.id in owed:
            yield Malformed(
                "circle.2",
                f"$.duties[{n}]: whoever performs {one.id} makes it owed again, without end: "
                f"{', '.join(sorted(owed))}.",
                "Say when it is owed, or let a kind perform it that nobody has to answer.",
            )
            return


def _kinds(duty: Duty) -> tuple[str, ...]:
    return (duty.what,) if isinstance(duty.what, str) else duty.what


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
