"""Editions: what a folder must bring, and that one character more is another edition."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta
from treaty import AT, CEILINGS, PILLAR, TEXTS, WORDS, Reply, Report, ReportFacts, toy

from detente.accord import edition
from detente.accord.edition import filled
from detente.accord.example import Example
from detente.accord.field import fields
from detente.accord.pillar import (
    Grounds,
    Judgement,
    Kind,
    KindSpec,
    Pillar,
    Rules,
    Sealed,
    Statement,
    Text,
    Thread,
)
from detente.trust.errors import DetenteError, Malformed, Misuse

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
OPEN: dict[str, Any] = {"domain": "bio", "level": 2, "guess": None, "sure": None, "tags": (), "to": "cn"}


@pytest.mark.parametrize("name", ["words.toml", "ceilings.toml", "rules.py", "kinds.py"])
def test_one_character_more_in_any_text_is_another_edition(name: str) -> None:
    assert edition.digest(PILLAR, TEXTS | {name: TEXTS[name] + "\n"}) != toy().digest


def test_an_example_more_is_the_same_edition() -> None:
    assert edition.digest(PILLAR, TEXTS | {"examples/more.json": "{}"}) == toy().digest


def test_a_file_more_is_another_edition() -> None:
    assert edition.digest(PILLAR, TEXTS | {"table.py": ""}) != toy().digest


def test_another_field_is_another_edition() -> None:
    kinds = dict(PILLAR.kinds) | {"reply": KindSpec(open=Reply, answers=())}
    other = msgspec.structs.replace(PILLAR, kinds=kinds)
    assert edition.digest(other, TEXTS) != toy().digest


DRAFT = '{"kind": "toy.report", "party": "us", "open": {}}'
EXAMPLE = f'{{"about": {{"en": "x", "zh": "x"}}, "refused": null, "draft": {DRAFT}}}'
BAD = [
    ("edition.1", {"words.toml": None}),
    ("words.1", {"words.toml": "= 1"}),
    ("words.2", {"words.toml": WORDS + "\n[unheard]\nx = 1"}),
    ("words.2", {"words.toml": WORDS.replace('zh = "甲"', "", 1)}),
    ("words.3", {"words.toml": WORDS.replace("[kinds.report]", "[kinds.unheard]")}),
    ("words.3", {"words.toml": WORDS.replace("[fields.story]", "[fields.unheard]")}),
    ("words.3", {"words.toml": WORDS.replace("[values.domain.bio]", "[values.domain.chem]")}),
    ("words.4", {"words.toml": WORDS.replace("甲", " ")}),
    ("ceiling.1", {"ceilings.toml": "= 1"}),
    ("ceiling.2", {"ceilings.toml": CEILINGS.replace('"peer"', '"everybody"')}),
    ("ceiling.3", {"ceilings.toml": CEILINGS.replace("secret = []", "")}),
    ("ceiling.3", {"ceilings.toml": CEILINGS + "\nmore = []"}),
    ("example.1", {"examples/x.json": "{"}),
    ("example.1", {"examples/x.json": EXAMPLE.replace('"refused"', '"unheard"')}),
    ("example.2", {"examples/x_refused.json": EXAMPLE}),
    ("example.2", {"examples/x.json": EXAMPLE.replace("null", '"to-oneself"')}),
    ("example.3", {"examples/x.json": EXAMPLE.replace("{}", '{"of": "@7"}')}),
]


@pytest.mark.parametrize(("step", "change"), BAD, ids=[f"{step}-{n}" for n, (step, _) in enumerate(BAD)])
def test_a_folder_that_lacks_something_is_refused_by_name(step: str, change: dict[str, str | None]) -> None:
    texts = {name: text for name, text in (TEXTS | change).items() if text is not None}
    with pytest.raises(Malformed) as caught:
        edition.attach(PILLAR, texts)
    assert caught.value.step == step


class Free(Kind, frozen=True):
    text: Annotated[str, Meta(pattern=r"^.*\Z", max_length=60)]


class Loose(Kind, frozen=True):
    text: Annotated[str, Meta(pattern=r"^[a-z]+", max_length=60)]


class Long(Kind, frozen=True):
    text: Annotated[str, Meta(pattern=r"^[a-z]+\Z", max_length=5000)]


class Bare(Kind, frozen=True):
    text: str


class Fraction(Kind, frozen=True):
    share: float


class Unbounded(Kind, frozen=True):
    count: int


class HalfBounded(Kind, frozen=True):
    count: Annotated[int, Meta(ge=0)]


class Endless(Kind, frozen=True):
    tags: tuple[Literal["a"], ...]


class Nested(Kind, frozen=True):
    tags: Annotated[tuple[Annotated[tuple[Literal["a"], ...], Meta(max_length=2)], ...], Meta(max_length=2)]


class Defaulted(Kind, frozen=True):
    level: Literal["a"] = "a"


class DefaultedToSomething(Kind, frozen=True):
    level: Literal["a"] | None = "a"


class Optional(Kind, frozen=True):
    other: Literal["a"] | None
    level: Literal["a"] | None = None


class Mapped(Kind, frozen=True):
    table: dict[str, int]


class Reserved(Kind, frozen=True):
    package: Literal["a"]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("field.1", Reserved),
        ("field.2", Defaulted),
        ("field.2", DefaultedToSomething),
        ("field.3", Fraction),
        ("field.3", Mapped),
        ("field.4", Unbounded),
        ("field.4", HalfBounded),
        ("field.4", Bare),
        ("field.4", Long),
        ("field.4", Endless),
        ("field.4", Nested),
        ("field.5", Free),
        ("field.5", Loose),
    ],
)
def test_an_open_field_that_could_carry_free_text_or_a_fraction_is_refused(
    step: str, kind: type[Kind]
) -> None:
    with pytest.raises(Misuse) as caught:
        fields(kind)
    assert caught.value.step == step


def test_a_field_that_is_left_out_says_the_same_as_null_and_is_described_as_optional() -> None:
    assert [(one.name, one.nullable, one.optional) for one in fields(Optional)] == [
        ("level", True, True),
        ("other", True, False),
    ]
    assert filled({"other": None}, Optional, "test.1") == filled(
        {"level": None, "other": None}, Optional, "test.1"
    )
    with pytest.raises(Malformed):
        filled({"level": None}, Optional, "test.1")


def test_sealed_text_is_free_but_bounded() -> None:
    class Told(Sealed, frozen=True):
        story: Text

    class Endlessly(Sealed, frozen=True):
        story: str

    assert fields(Told, text=True)[0].high == 4000
    with pytest.raises(Misuse, match=r"field\.4"):
        fields(Endlessly, text=True)


def said(kind: str = "toy.report", thread: str | None = None, **changes: Any) -> Statement:  # noqa: ANN401
    opened: Kind = Reply(of=changes["of"]) if kind == "toy.reply" else Report(**(OPEN | changes))
    return Statement(id="9" * 64, kind=kind, party="us", at=AT, thread=thread, open=opened)


ROOT = msgspec.structs.replace(said(), id="1" * 64)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (said(to="us"), "to-oneself"),
        (said(to="fr"), "party-unknown"),
        (said(thread="1" * 64), "thread-unwanted"),
        (said("toy.reply", of="1" * 64), "thread-missing"),
        (said("toy.reply", "2" * 64, of="1" * 64), "thread-unknown"),
        (said("toy.reply", "3" * 64, of="1" * 64), "thread-kind"),
    ],
)
def test_a_statement_in_the_wrong_place_is_refused_in_both_languages(statement: Statement, code: str) -> None:
    answer = msgspec.structs.replace(said("toy.reply", "1" * 64, of="1" * 64), thread=None)
    thread = {"1" * 64: ROOT, "3" * 64: answer}
    found = toy().judge(statement, thread, GROUNDS)
    assert [refusal.code for refusal in found.refusals] == [code]
    assert all(refusal.en and refusal.zh for refusal in found.refusals)


def test_a_reply_to_a_report_stands() -> None:
    assert toy().judge(said("toy.reply", "1" * 64, of="1" * 64), {"1" * 64: ROOT}, GROUNDS).stands


def test_a_judge_sees_only_what_the_statement_itself_names() -> None:
    seen: list[set[str]] = []

    def nosy(statement: Statement, thread: Any, grounds: Grounds) -> Judgement:  # noqa: ANN401
        del statement, grounds
        seen.append(set(thread))
        return Judgement.standing()

    watched = msgspec.structs.replace(
        toy(), pillar=msgspec.structs.replace(PILLAR, rules=Rules(judge=nosy, tally=PILLAR.rules.tally))
    )
    watched.judge(said("toy.reply", "1" * 64, of="1" * 64), {"1" * 64: ROOT, "5" * 64: ROOT}, GROUNDS)
    assert seen == [{"1" * 64}]


def test_a_record_whose_judge_asks_for_one_that_does_not_stand_is_refused_by_the_house() -> None:
    def leaning(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
        del statement, grounds
        return Judgement.refused("to-oneself") if thread["6" * 64].party == "us" else Judgement.standing()

    rules = Rules(judge=leaning, tally=PILLAR.rules.tally)
    leans = msgspec.structs.replace(toy(), pillar=msgspec.structs.replace(PILLAR, rules=rules))
    refused = leans.judge(said("toy.reply", "1" * 64, of="6" * 64), {"1" * 64: ROOT}, GROUNDS)
    assert [one.code for one in refused.refusals] == ["named-refused"]


@pytest.mark.parametrize(
    "judgement",
    [
        Judgement(stands=True, refusals=(), facts=ReportFacts(level=0, guess=None, to="cn")),
        Judgement(stands=False, refusals=(), facts=ReportFacts(level=0, guess=None, to="cn")),
        Judgement.refused("a-code-without-words"),
        Judgement.standing(),
    ],
)
def test_a_judge_that_breaks_its_promise_is_a_bug_and_not_a_verdict(judgement: Judgement) -> None:
    rules = Rules(judge=lambda *_: judgement, tally=PILLAR.rules.tally)
    lying = msgspec.structs.replace(toy(), pillar=msgspec.structs.replace(PILLAR, rules=rules))
    kind = (
        ("toy.reply", "1" * 64)
        if judgement.stands and judgement.facts != Judgement.standing().facts
        else ("toy.report",)
    )
    statement = said(*kind, of="1" * 64) if len(kind) == 2 else said()
    with pytest.raises(Misuse, match=r"edition\.7"):
        lying.judge(statement, {"1" * 64: ROOT}, GROUNDS)


def _example(**draft: Any) -> Example:  # noqa: ANN401
    whole = {"kind": "toy.report", "party": "us", "open": OPEN, "sealed": {"story": "x"}} | draft
    return msgspec.convert({"about": {"en": "x", "zh": "x"}, "draft": whole}, Example)


def test_an_example_plays() -> None:
    assert toy().play(_example(), GROUNDS).stands
    assert [one.code for one in toy().play(_example(open=OPEN | {"to": "us"}), GROUNDS).refusals] == [
        "to-oneself"
    ]


@pytest.mark.parametrize(
    "draft", [{"kind": "toy.unheard"}, {"open": {}}, {"sealed": {"unheard": 1}}, {"sealed": {"story": 1}}]
)
def test_an_example_that_its_kind_cannot_hold_is_refused(draft: dict[str, Any]) -> None:
    with pytest.raises(DetenteError, match=r"edition\.8"):
        toy().play(_example(**draft), GROUNDS)


def test_a_record_id_is_a_reference() -> None:
    assert fields(Reply)[0].ref == "record"
    assert edition.named(Reply(of="1" * 64)) == ("1" * 64,)


def test_the_pillar_is_what_the_folder_says() -> None:
    assert isinstance(toy().pillar, Pillar)
    assert toy().spec("toy.report") is PILLAR.kinds["report"]
    assert toy().spec("other.report") is None
