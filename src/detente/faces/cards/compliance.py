"""What was agreed to be shown before a release, and what of it a card does not show.

    [[check]]
    domain = "oversight"
    max_age = "P180D"
    playbook = "096e…"          # optional: the record of the playbook that has to have been used

Each finding has a code: `missing`, `failed`, `stale`, `another-digest`, `unproven`, `misstated`,
`another-playbook`, `lapsed`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from detente.accord import duration
from detente.faces.cards.card import GRAVITY, Card
from detente.faces.cli.showing import Record
from detente.faces.speech import Text
from detente.pillars.assurance.kinds import Domain
from detente.trust.errors import Malformed

SAID = {
    "missing": Text("was not tested", "未测试"),
    "failed": Text("did not pass", "未通过"),
    "stale": Text("was tested too long ago", "测试已过期"),
    "another-digest": Text("is about another system than the one to be released", "所针对的并非拟发布的系统"),
    "unproven": Text("has no result among the evidence given", "所附依据中没有相应结果"),
    "misstated": Text("is stated better than its results are", "所载结果优于实际测试结果"),
    "another-playbook": Text("was tested by another playbook than the one agreed", "所用测试规程并非议定者"),
    "lapsed": Text("has lapsed", "已失效"),
}


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agreed check.

    Args:
        domain: that has to have passed.
        max_age: the longest time since its result, as a duration.
        playbook: id of the playbook that has to have been used; any, if not said.
    """

    domain: Domain
    max_age: str
    playbook: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | None = None


class Agreed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The agreed checks."""

    check: Annotated[tuple[Check, ...], Meta(min_length=1, max_length=64)]


class Release(NamedTuple):
    """What is to be released.

    Args:
        model: its digest.
        at: when, in milliseconds.
        results: records that the card names as evidence, by id, as far as they are at hand.
    """

    model: str
    at: int
    results: Mapping[str, Record]


class Finding(NamedTuple):
    """One thing that stands against the release: the domain, or `card`, and a code of `SAID`."""

    about: str
    code: str


def parse(data: bytes) -> Agreed:
    """Read the agreed checks.

    Raises:
        Malformed: `agreed.1`.
    """
    # 1. It is TOML of this form.
    try:
        agreed = msgspec.convert(tomllib.loads(data.decode()), Agreed)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        what = f"These are no agreed checks: {error}."
        raise Malformed("agreed.1", what, 'Write [[check]] with domain and max_age = "P180D".') from error
    for one in agreed.check:
        duration.milliseconds(one.max_age, "agreed.max_age")
    return agreed


def checked(card: Card, agreed: Agreed, release: Release) -> tuple[Finding, ...]:
    """Return what stands against a release; nothing, if all that was agreed is shown."""
    found = []
    if card.fields.model != release.model:
        found.append(Finding("card", "another-digest"))
    if card.fields.valid_until <= release.at:
        found.append(Finding("card", "lapsed"))
    for one in agreed.check:
        found += [Finding(one.domain, code) for code in _about(one, card, release)]
    return tuple(found)


def _about(check: Check, card: Card, release: Release) -> Iterator[str]:
    outcome = card.outcome(check.domain)
    if outcome is None:
        yield "missing"
        return
    if outcome != "pass":
        yield "failed"
    results = [
        one
        for name in card.fields.evidence
        if (one := release.results.get(name)) is not None and one.facts.get("domain") == check.domain
    ]
    if not results:
        yield "unproven"
        return
    yield from _held(check, results, outcome, release)


def _held(check: Check, results: list[Record], outcome: str, release: Release) -> Iterator[str]:
    """What the results themselves say."""
    if any(one.open.get("model") != release.model for one in results):
        yield "another-digest"
    worst = max(GRAVITY.index(one.facts.get("decision", "fail")) for one in results)
    if worst > GRAVITY.index(outcome):
        yield "misstated"
    if max(one.at for one in results) + duration.milliseconds(check.max_age, "agreed.max_age") < release.at:
        yield "stale"
    if check.playbook is not None and all(one.open.get("playbook") != check.playbook for one in results):
        yield "another-playbook"
