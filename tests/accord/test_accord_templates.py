"""Templates: each founds an accord among its parties as it stands, and none of its rules is idle."""

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from treaty import Party

from detente.accord import terms
from detente.accord.duty import Judged, Precedent
from detente.accord.example import Draft, Example
from detente.accord.field import Field, fields
from detente.accord.pillar import Statement
from detente.accord.proofs.check import PROPERTIES, check
from detente.accord.rule import ALWAYS, Rule, is_true
from detente.accord.soundness import whats
from detente.accord.standing import COUNTS
from detente.accord.switch import CHANNEL
from detente.accord.terms import Terms
from detente.accord.version import RUNNING, Version
from detente.faces import founding, pillars, template
from detente.trust.record import AccordRef, Record

DRAWN = 2_000
"""States that are drawn for one rule at most; the rarest verdict of a rule comes once in a few hundred."""
TEMPLATES = template.names()
each = pytest.mark.parametrize("name", TEMPLATES)


@cache
def founded(name: str) -> Terms:
    """The accord that a template founds among parties in memory, each with a charter for each domain."""
    text = template.text(name)
    names = founding.provisional(text).parties
    charters = [
        Party(party, domain, seed=n + 1).charter()
        for n, party in enumerate(names)
        for domain in ("live", "exercise")
    ]
    accord = founding.assembled(text, charters)
    return terms.build([accord], pillars.editions().values(), pillars.scales().values())


def version(name: str) -> Version:
    return founded(name).versions[1]


def rules(of: Version) -> Iterator[Rule]:
    """Every rule that somebody wrote."""
    for granted in of.grants.values():
        yield from granted.bank.rules
    yield from (one.rule for one in of.obligations.values() if one.rule is not None)
    yield from (rule for _, rule in of.triggers.values())


def drawn(field: Field, parties: tuple[str, ...], dice: random.Random) -> Any:  # noqa: ANN401 (any content)
    """Some content of a field, small numbers more often than large ones."""
    if field.nullable and dice.random() < 0.2:
        return None
    if field.type == "list":
        return ()
    if field.type == "bool":
        return dice.random() < 0.5
    if field.type == "int":
        low, high = field.low or 0, field.high or 0
        return dice.choice((low, high, dice.randint(low, min(high, low + 8))))
    if field.values:
        return dice.choice(field.values)
    return dice.choice(parties) if field.ref == "party" else ""


def state(rule: Rule, of: Version, dice: random.Random) -> dict[str, Any]:
    """A drawn state for one rule: open fields, facts, audience and standing."""
    spec, parties = of.world.specs[rule.place.kind], of.world.parties
    told = [
        struct(**{field.name: drawn(field, parties, dice) for field in fields(struct)})
        for struct in (spec.open, spec.facts)
    ]
    made: dict[str, Any] = of.world.encode(rule.place.kind, dice.choice(parties), told[0], told[1])
    if rule.place.effect == "release":
        made["audience"] = dice.choice(parties)
    if "standing" in rule.text:
        rows = {
            party: {pillar: {count: dice.randint(0, 1) for count in COUNTS} for pillar in of.world.pillars}
            for party in parties
        }
        made["standing"] = of.world.encode_standing(rows, "").parties
    return made


def verdicts(rule: Rule, of: Version) -> set[bool]:
    dice = random.Random(rule.text)  # noqa: S311 (no secret: the same states each time)
    found: set[bool] = set()
    for _ in range(DRAWN):
        found.add(is_true(rule.program.eval(data=state(rule, of, dice))))
        if len(found) > 1:
            break
    return found


@each
def test_a_template_founds_an_accord_among_its_parties(name: str) -> None:
    made = founded(name)
    assert made.assumption().decisive
    assert CHANNEL in made.versions[1].accord.pillars


def recorded(draft: Draft, number: int) -> Record:
    """A draft of an example as a record under the bilateral template."""
    spec = version("bilateral").spec(draft.kind)
    assert spec is not None
    return Record(
        v=1,
        domain="live",
        kind=draft.kind,
        party=draft.party,
        accord=AccordRef(founded("bilateral").genesis, 1),
        thread=draft.root if spec.answers and draft.root else None,
        at=draft.at,
        nonce=f"{number:032x}",
        key="0" * 64,
        open=dict(draft.open),
        sealed={path: f"{n:A<43}" for n, path in enumerate(spec.paths)},
    )


def judged(example: Example) -> Judged:
    """What the bilateral template makes of an example's draft, after the records before it."""
    thread: dict[str, Precedent] = {}
    answer = Judged(stands=False)
    for name, draft in example.drafts():
        record = recorded(draft, len(thread))
        answer = founded("bilateral").judge(record, thread)
        if isinstance(answer.facts, Statement):
            thread[name] = Precedent(name, record, msgspec.structs.replace(answer.facts, id=name))
    return answer


def test_what_runs_takes_every_example_that_stands_and_what_sleeps_takes_none() -> None:
    states = version("bilateral").accord.pillars
    for pillar, edition in pillars.editions().items():
        for name, example in edition.examples.items():
            answer = judged(example)
            if states[pillar].state not in RUNNING:
                assert answer.refusals == ("pillar-not-in-force",), (pillar, name)
            elif example.refused is None:
                assert answer.stands, (pillar, name, answer.refusals)
            else:
                assert not answer.stands, (pillar, name)


@each
def test_every_rule_of_a_template_is_true_in_some_drawn_state_and_false_in_another(name: str) -> None:
    of = version(name)
    written = {(one.place.kind, one.place.effect, one.text): one for one in rules(of) if one.text != ALWAYS}
    idle = [key for key, one in written.items() if verdicts(one, of) != {True, False}]
    assert written
    assert not idle


@each
def test_no_clause_of_a_template_names_a_party(name: str) -> None:
    accord = version(name).accord
    clauses = [*accord.duties, *accord.release, *accord.triggers]
    assert not {one.owes for one in accord.duties} & accord.parties.keys()
    assert not {one.to for one in accord.release} & accord.parties.keys()
    assert not [one.id for one in clauses for party in accord.parties if f"'{party}'" in (one.when or "")]


@each
def test_what_a_template_leaves_to_the_node_alone_is_the_channel_or_public_or_play(name: str) -> None:
    """Release by an officer is the default."""
    alone = {one.kind.partition(".")[0] for one in version(name).accord.release if one.by == "node"}
    reports = [one for one in version(name).accord.release if one.kind == "incidents.report"]
    assert alone <= {"notices", "incidents", "assurance", "controls", "exchange", "drills"}
    assert [one.fields for one in reports if one.by == "node"] == [("sources",)]


@each
def test_reports_go_to_a_neutral_and_nothing_reported_is_signed_for(name: str) -> None:
    accord = version(name).accord
    to_neutral = {one.to for one in accord.release if one.kind == "incidents.report"}
    assert "clearinghouse" in to_neutral
    assert [one.every for one in accord.duties if "notices.nil" in one.what] == ["P1M"]


@each
def test_what_lies_dormant_says_what_it_waits_for_and_the_channel_runs(name: str) -> None:
    stated = version(name).accord.pillars
    assert stated[CHANNEL].state == "active"
    for pillar, said in stated.items():
        assert said.state in RUNNING or said.activation is not None, pillar


@each
def test_what_wakes_a_pillar_hangs_on_one_that_runs_and_wakes_one_that_sleeps(name: str) -> None:
    accord = version(name).accord
    running = {pillar for pillar, said in accord.pillars.items() if said.state in RUNNING}
    wakes = [
        (one.on.partition(".")[0], one.propose["activate"])
        for one in accord.triggers
        if "activate" in one.propose
    ]
    assert {on for on, _ in wakes} <= running
    assert sorted(woken for _, woken in wakes) == sorted(accord.pillars.keys() - running)


@each
def test_what_the_calendar_asks_can_be_done_while_everything_else_sleeps(name: str) -> None:
    accord = version(name).accord
    asked = [whats(one.what) for one in accord.duties if one.every]
    assert asked
    assert {kind.partition(".")[0] for what in asked for kind in what} <= {"incidents", "notices"}


def test_the_bilateral_template_has_every_pillar_that_is_installed_and_at_least_sixty_rules() -> None:
    accord = version("bilateral").accord
    assert accord.pillars.keys() == pillars.editions().keys()
    assert len(accord.duties) + len(accord.release) + len(accord.triggers) >= 60
    asleep = {pillar for pillar, said in accord.pillars.items() if said.state not in RUNNING}
    assert len(asleep) > len(accord.pillars) // 2


def test_no_neutral_of_the_network_holds_two_roles_and_each_role_is_held() -> None:
    roles = [party.roles for party in version("network").accord.parties.values() if party.roles]
    assert sorted(role for held in roles for role in held) == [
        "clearinghouse",
        "standards",
        "testing",
        "witness",
    ]
    assert {len(held) for held in roles} == {1}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_everything_is_proven_of_the_bilateral_template() -> None:
    """The network of nine parties is proven by `./run soak prove`."""
    report = check(version("bilateral"))
    assert [(one.property, one.verdict) for one in report.answers] == [(one, "proven") for one in PROPERTIES]


def test_a_drawn_state_tells_an_idle_rule() -> None:
    """The test above can fail: a rule that no state makes true is found."""
    of = version("starter")
    rule = next(
        one for one in rules(of) if one.place.kind == "incidents.report" and "facts.level" in one.text
    )
    never = msgspec.structs.replace(rule, program=rule.environment.compile("facts.level > 7"))
    assert verdicts(never, of) == {False}
