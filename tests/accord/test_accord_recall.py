"""The recall: what it says without asking is what asking anew says, whatever the rules read."""

import random
from collections import Counter
from functools import cache
from typing import Any

from agreement import Grammar
from treaty import Report, ReportFacts, version

from detente.accord import rule as rules
from detente.accord.pillar import Statement
from detente.accord.recall import Recall
from detente.accord.rule import Bank, Place
from detente.accord.standing import COUNTS
from detente.accord.version import Version
from detente.trust.errors import Malformed

KIND = "toy.report"
RULES, ASKED = 120, 60


@cache
def _treaty() -> Version:
    return version()


def _bank(dice: random.Random) -> Bank | None:
    """Two rules drawn at random, compiled together; none where one is outside the fragment."""
    environment = _treaty().world.environment(KIND, "release")
    grammar = Grammar(_treaty(), KIND, dice)
    texts = [grammar.condition(dice.randrange(3)) for _ in range(2)]
    try:
        drawn = [
            rules.compile_rule(text, Place(f"$.drawn[{n}]", KIND, "release"), _treaty().world, environment)
            for n, text in enumerate(texts)
        ]
    except Malformed:
        return None
    return rules.bank(drawn)


def _said(dice: random.Random) -> Statement:
    """A statement of few values, so that much reads the same, and the rest differs by little."""
    stated = Report(
        domain=dice.choice(("bio", "cyber")),
        level=dice.choice((0, 3)),
        guess=dice.choice((None, 3)),
        sure=dice.choice((None, True)),
        tags=dice.choice(((), ("a",), ("a", "b"))),
        to=dice.choice(("us", "cn")),
    )
    return Statement(
        id="ab" * 32,
        kind=KIND,
        party=dice.choice(("us", "cn")),
        thread=None,
        at=dice.randrange(10**6),
        open=stated,
        facts=ReportFacts(
            level=dice.choice((0, 3)), guess=dice.choice((None, 3)), to=dice.choice(("us", "cn"))
        ),
    )


def _view(dice: random.Random) -> Any:  # noqa: ANN401 (the runtime has no types)
    world = _treaty().world
    rows = {
        party: {pillar: {name: dice.choice((0, 2)) for name in COUNTS} for pillar in world.pillars}
        for party in world.parties
    }
    return world.encode_standing(rows, "").parties


def test_what_is_recalled_is_what_a_rule_says_when_it_is_asked_anew() -> None:
    dice = random.Random(11)  # noqa: S311 (a seed that makes the same draws again)
    recall, counts = Recall(_treaty().world), Counter[str]()
    banks = [one for one in (_bank(dice) for _ in range(RULES)) if one is not None]
    views = [_view(dice) for _ in range(4)]
    for bank in banks:
        for _ in range(ASKED):
            said, audience, view = _said(dice), dice.choice(("cn", "hub", "us")), dice.choice(views)
            variables = _treaty().world.encode(KIND, said.party, said.open, said.facts)
            variables |= {"audience": audience, "standing": view}
            granting = bank.granting(variables)
            assert recall.granting(bank, said, audience, view) == granting, [one.text for one in bank.rules]
            counts[f"{len(granting)} of {len(bank.rules)}"] += 1
    assert min(counts.values()) > len(banks), counts
    assert len(counts) == 3, counts


def test_a_rule_by_itself_is_recalled_by_author_and_by_what_it_reads() -> None:
    environment = _treaty().world.environment(KIND, "duty")
    place = Place("$.duties[0].when", KIND, "duty")
    dice = random.Random(12)  # noqa: S311 (as above)
    for text in (
        "open.level >= 3 && party == 'us'",
        "has(facts.guess) && 'a' in open.tags",
        "size(open.tags) > 1",
    ):
        rule = rules.compile_rule(text, place, _treaty().world, environment)
        recall, found = Recall(_treaty().world), Counter[bool]()
        for _ in range(200):
            said = _said(dice)
            anew = rule.grants(_treaty().world.encode(KIND, said.party, said.open, said.facts))
            assert recall.grants(rule, said) == anew, (text, said)
            found[anew] += 1
        assert len(found) == 2, (text, found)
