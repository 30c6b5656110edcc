"""A small treaty with a pillar of its own, for tests of the document, the rules and the gate.

us and cn are peers, hub is a neutral. `parties()`, `data()` and `terms()` give fresh, editable parts.
"""

import copy
from functools import cache
from typing import Annotated, Any, Literal

from founding import AT, Party
from msgspec import Meta

from detente.accord import edition, terms
from detente.accord.document import Accord, from_source
from detente.accord.duty import Judged
from detente.accord.edition import Edition
from detente.accord.pillar import (
    Facts,
    Grounds,
    Judgement,
    Kind,
    KindSpec,
    PartyName,
    Pillar,
    RecordId,
    Rules,
    Sealed,
    Statement,
    Table,
    Text,
    Thread,
)
from detente.accord.rule import Place, Rule, compile_rule
from detente.accord.source import Source
from detente.accord.standing import COUNTS
from detente.accord.terms import Terms
from detente.accord.version import Version
from detente.accord.world import View
from detente.trust import charter, disclosure
from detente.trust.record import AccordRef, Record

NAMES = ("cn", "hub", "us")
NONCE = "0f" * 16
__all__ = ("AT", "Party")


class Report(Kind, frozen=True):
    """What is open."""

    domain: Literal["bio", "cyber"]
    level: Annotated[int, Meta(ge=0, le=7)]
    guess: Annotated[int, Meta(ge=0, le=7)] | None
    sure: bool | None
    tags: Annotated[tuple[Literal["a", "b"], ...], Meta(max_length=4)]
    to: PartyName


class ReportSealed(Sealed, frozen=True):
    """What is sealed."""

    pattern: Text
    story: Text
    secret: Text


class ReportFacts(Facts, frozen=True):
    """What follows."""

    level: Annotated[int, Meta(ge=0, le=7)]
    guess: Annotated[int, Meta(ge=0, le=7)] | None
    to: PartyName


class Reply(Kind, frozen=True):
    """An answer."""

    of: RecordId


SPECS = {
    "report": KindSpec(open=Report, sealed=ReportSealed, facts=ReportFacts),
    "reply": KindSpec(open=Reply, answers=("toy.report",)),
}


def judge(said: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """A report to oneself does not stand."""
    del thread, grounds
    if not isinstance(said.open, Report):
        return Judgement.standing()
    if said.open.to == said.party:
        return Judgement.refused("to-oneself")
    return Judgement.standing(ReportFacts(level=said.open.level, guess=said.open.guess, to=said.open.to))


def tally(said: tuple[Statement, ...], grounds: Grounds) -> Table:
    """How many."""
    del grounds
    return {"all": len(said)}


def contradicts(said: Statement, path: str, value: object) -> bool:
    """A story that says `grave` contradicts a low level."""
    return path == "story" and value == "grave" and isinstance(said.open, Report) and said.open.level == 0


PILLAR = Pillar(name="toy", kinds=SPECS, rules=Rules(judge=judge, tally=tally, contradicts=contradicts))

FIELDS = ("domain", "level", "guess", "sure", "tags", "to", "pattern", "story", "secret", "of")
WORDS = "\n".join(
    [
        '[pillar]\nen = "Toy"\nzh = "玩具"\nparagraph_en = "For tests."\nparagraph_zh = "供测试。"',
        *(f'[kinds.{name}]\nen = "{name}"\nzh = "甲"' for name in SPECS),
        *(f'[fields.{name}]\nen = "{name}"\nzh = "乙"' for name in FIELDS),
        *(
            f'[values.{field}.{value}]\nen = "{value}"\nzh = "丙"'
            for field, value in (("domain", "bio"), ("domain", "cyber"), ("tags", "a"), ("tags", "b"))
        ),
        '[refusals.to-oneself]\nen = "To oneself."\nzh = "致己。"',
    ]
)
CEILINGS = """
[report]
pattern = ["peer", "clearinghouse"]
story = ["clearinghouse"]
secret = []
"""
TEXTS = {"words.toml": WORDS, "ceilings.toml": CEILINGS, "rules.py": "judge\n", "kinds.py": "kinds\n"}


@cache
def toy() -> Edition:
    """The toy pillar with its texts."""
    return edition.attach(PILLAR, TEXTS)


@cache
def party(name: str) -> Party:
    """The keys of a party."""
    return Party(name, seed=NAMES.index(name) + 1)


@cache
def _charter(name: str) -> Any:  # noqa: ANN401
    return charter.to_value(party(name).charter())


def _party(name: str, roles: list[str]) -> dict[str, Any]:
    law = {"bases": ["treaty"], "classes": ["public", "inner", "secret"], "ceiling": "inner"}
    return {
        "names": {"en": name, "zh": "方"},
        "roles": roles,
        "charters": {"live": _charter(name)},
        "lawful": law,
    }


def data() -> dict[str, Any]:
    """The treaty as plain data, to be altered."""
    plain = {
        "detente": 1,
        "version": 1,
        "genesis": None,
        "previous": None,
        "title": {"en": "Toy", "zh": "玩具"},
        "prevails": "both",
        "starts": "2026-01-01T00:00:00Z",
        "parties": {"us": _party("us", []), "cn": _party("cn", []), "hub": _party("hub", ["clearinghouse"])},
        "time": {"k": 1, "receipt_every": "PT1H", "transit": "PT5M", "skew": "PT1M", "hand_over": "PT6H"},
        "pillars": {"toy": {"edition": toy().digest, "state": "active", "sunset": "2036-01-01T00:00:00Z"}},
        "scales": {},
        "duties": [
            {"id": "answer", "on": "toy.report", "owes": "facts.to", "what": "toy.reply", "within": "PT24H"},
            {"id": "follow", "on": "toy.report", "when": "facts.guess > 3", "owes": "author",
             "what": "toy.report", "within": "P7D"},
            {"id": "monthly", "every": "P1M", "owes": "all", "what": ["toy.report"], "within": "P7D"},
        ],
        "release": [
            {"id": "pattern-to-peers", "kind": "toy.report", "fields": ["pattern"], "to": "peer",
             "when": "standing[audience].toy.overdue == 0"},
            {"id": "all-to-hub", "kind": "toy.report", "fields": ["pattern", "story"], "to": "clearinghouse",
             "by": "node", "within": "P1D", "when": "facts.level >= 1"},
        ],
        "triggers": [
            {"id": "grave", "on": "toy.report", "when": "facts.level >= 6", "propose": {"pause": "subject"},
             "decide": "PT30M"},
        ],
        "outflow": {"period": "P1D", "bytes": 10000},
        "witness": {"quorum": 1, "always": ["hub"]},
        "dispute": {"talk": "P14D", "then": "clearinghouse"},
        "withdrawal": {"notice": "P90D", "surviving": ["answer"]},
    }  # fmt: skip
    return copy.deepcopy(plain)


def accord(**changes: object) -> Accord:
    """The treaty, with some of its top-level fields replaced."""
    return from_source(Source(data() | changes, {}))


@cache
def agreed() -> Terms:
    """The treaty's terms, unaltered."""
    return terms.build([accord()], [toy()], [])


def version(**changes: object) -> Version:
    """The treaty's only version, altered."""
    return terms.build([accord(**changes)], [toy()], []).versions[1]


def report(party_name: str = "us", **changes: object) -> Record:
    """A report with its three commitments; open fields can be replaced."""
    told = {"domain": "bio", "level": 2, "guess": None, "sure": None, "tags": ["a"], "to": "cn"}
    return Record(
        v=1,
        domain="live",
        kind="toy.report",
        party=party_name,
        accord=AccordRef(agreed().genesis, 1),
        thread=None,
        at=AT,
        nonce=NONCE,
        key=party(party_name).held("node", role="record")[0].public.keyid,
        open=told | changes,
        sealed={path: one.digest for path, one in disclosures(party_name).items()},
    )


def disclosures(party_name: str = "us") -> dict[str, disclosure.Disclosure]:
    """The disclosures of `report`."""
    values = {"pattern": "look for this", "story": "grave", "secret": "nobody"}
    salts = {path: bytes([n]) * 16 for n, path in enumerate(values)}
    return disclosure.commit_all((party_name, NONCE), tuple(values), values, salts)


def judged(record: Record) -> Judged:
    """What the treaty's terms make of a record that names nothing."""
    return agreed().judge(record, {})


def view(**overdue: int) -> View:
    """A standing in which nobody has done anything but be overdue."""
    zero = dict.fromkeys(COUNTS, 0)
    rows = {name: {"toy": zero | {"overdue": overdue.get(name, 0)}} for name in NAMES}
    return agreed().versions[1].world.encode_standing(rows, "0" * 64)


def rule(text: str, effect: Literal["duty", "release", "trigger"] = "release") -> Rule:
    """A rule over toy.report."""
    world = agreed().versions[1].world
    place = Place("$.test", "toy.report", effect)
    return compile_rule(text, place, world, world.environment("toy.report", effect))


def variables(audience: str = "cn", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a release rule sees of `report(**changes)`."""
    said = judged(report(**changes)).facts
    assert isinstance(said, Statement)
    world = agreed().versions[1].world
    found = world.encode(said.kind, said.party, said.open, said.facts)
    return found | {"audience": audience, "standing": view().parties}
