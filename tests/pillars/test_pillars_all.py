"""One test for all pillars: a folder that is added is tested by being there."""

import ast
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.accord import edition, scale, source
from detente.accord.edition import STRUCTURAL, Edition
from detente.accord.example import Draft
from detente.accord.field import Field, fields
from detente.accord.pillar import Grounds, Judgement, Pillar, Statement

ROOM = Path(__file__).parents[2] / "src" / "detente" / "pillars"
FOLDERS = sorted(
    init.parent for where in ("*", "*/editions/e*") for init in ROOM.glob(f"{where}/__init__.py")
)
SCALE = ROOM.parent / "accord" / "scales" / "severity.yaml"
EVENTS: list[str] = []
LISTENING = [False]


def listen(event: str, _arguments: tuple[object, ...]) -> None:
    if LISTENING[0]:
        EVENTS.append(event)


sys.addaudithook(listen)


def texts(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.suffix in {".py", ".toml", ".json"}]
    named = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}
    return {name: text for name, text in named.items() if not name.startswith("editions/")}


def module(name: str) -> str:
    return f"detente.pillars.{name.replace('/', '.')}"


def load(folder: Path) -> Edition:
    pillar = importlib.import_module(module(folder.relative_to(ROOM).as_posix())).pillar
    assert isinstance(pillar, Pillar)
    return edition.attach(pillar, texts(folder))


EDITIONS = {folder.relative_to(ROOM).as_posix(): load(folder) for folder in FOLDERS}
EXAMPLES = [(name, example) for name, loaded in EDITIONS.items() for example in loaded.examples]
SCALES = {"severity": scale.parse(source.read(SCALE.read_text(encoding="utf-8")).data)}
GROUNDS = Grounds(
    parties={
        "us": frozenset(),
        "cn": frozenset(),
        "neutral": frozenset({"clearinghouse", "standards", "testing", "witness"}),
    },
    laboratories={},
    scales=SCALES,
)
each_pillar = pytest.mark.parametrize("name", sorted(EDITIONS))


def play(name: str, example: str) -> Judgement:
    return EDITIONS[name].play(EDITIONS[name].examples[example], GROUNDS)


def statements(name: str) -> Iterator[tuple[Statement, Judgement, Mapping[str, Statement]]]:
    """Every record of every standing example, with its judgement and the thread before it."""
    for title, example in EDITIONS[name].examples.items():
        if example.refused is not None:
            continue
        thread: dict[str, Statement] = {}
        for title_id, draft in example.drafts():
            spec = EDITIONS[name].spec(draft.kind)
            assert spec is not None, title
            said = Statement(
                id=title_id,
                kind=draft.kind,
                party=draft.party,
                at=draft.at,
                thread=draft.root or None if spec.answers else None,
                open=edition.filled(draft.open, spec.open, "test.1"),
            )
            judged = EDITIONS[name].pillar.rules.judge(said, dict(thread), GROUNDS)
            thread[title_id] = msgspec.structs.replace(said, facts=judged.facts)
            yield thread[title_id], judged, dict(thread)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_does_what_its_name_says(name: str, example: str) -> None:
    expected = EDITIONS[name].examples[example].refused
    judgement = play(name, example)
    assert [refusal.code for refusal in judgement.refusals] == ([expected] if expected else [])
    assert judgement.stands == (expected is None)


@each_pillar
def test_every_kind_has_an_example_that_stands_and_every_refusal_one_that_is_refused(name: str) -> None:
    loaded = EDITIONS[name]
    standing = {one.draft.kind for one in loaded.examples.values() if one.refused is None}
    refused = {one.refused for one in loaded.examples.values()} - {None}
    assert standing == {f"{name}.{short}" for short in loaded.pillar.kinds}
    assert refused - STRUCTURAL.keys() == loaded.words.refusals.keys()


@each_pillar
def test_every_code_that_the_rules_write_has_words_and_no_other(name: str) -> None:
    sources = {path: text for path, text in texts(ROOM / name).items() if path.endswith(".py")}
    nodes = [node for path in sources if path != "kinds.py" for node in ast.walk(ast.parse(sources[path]))]
    docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    strings = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    }
    assert EDITIONS[name].words.refusals.keys() <= strings


@each_pillar
def test_the_chinese_is_chinese_and_the_english_is_english(name: str) -> None:
    loaded = EDITIONS[name]
    rows = [*loaded.words.kinds.values(), *loaded.words.fields.values(), *loaded.words.refusals.values()]
    rows += [word for values in loaded.words.values.values() for word in values.values()]
    rows += [example.about for example in loaded.examples.values()]
    for word in rows:
        assert any("\u4e00" <= sign <= "\u9fff" for sign in word.zh), word
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in word.en), word


@each_pillar
def test_no_word_stands_for_two_values_of_one_field(name: str) -> None:
    for field, values in EDITIONS[name].words.values.items():
        for language in ("en", "zh"):
            said = [getattr(word, language) for word in values.values()]
            assert len(said) == len(set(said)), (field, language)


@each_pillar
def test_ceilings_name_exactly_the_sealed_paths(name: str) -> None:
    loaded = EDITIONS[name]
    sealed = {short: set(spec.paths) for short, spec in loaded.pillar.kinds.items() if spec.paths}
    assert {short: set(row) for short, row in loaded.ceilings.items()} == sealed


@each_pillar
def test_open_fields_and_facts_carry_no_free_text(name: str) -> None:
    for spec in EDITIONS[name].pillar.kinds.values():
        for field in (*fields(spec.open), *fields(spec.facts)):
            described = field.item or field
            assert described.type != "string" or (described.pattern and (described.high or 99) <= 64), field


@each_pillar
def test_rules_has_two_public_names(name: str) -> None:
    tree = ast.parse(texts(ROOM / name)["rules.py"])
    defined: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                defined.add(node.name)
            case ast.Assign(targets=targets):
                defined |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=written)):
                defined.add(written)
    assert {one for one in defined if not one.startswith("_")} == {"judge", "tally"}
    assert importlib.import_module(f"{module(name)}.rules").__all__ == ("judge", "tally")


@each_pillar
def test_pillars_do_not_import_one_another(name: str) -> None:
    own = name.partition("/")[0]
    others = {f"detente.pillars.{other}" for other in EDITIONS if other.partition("/")[0] != own}
    for path in (ROOM / name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [one for one in modules if any(one.startswith(other) for other in others)], path


@each_pillar
def test_a_folder_names_itself_only_relatively_so_that_a_copy_of_it_is_the_same_edition(name: str) -> None:
    """An older edition is a copy of the folder one level further in: it must not reach for the newer one."""
    own = f"detente.pillars.{name.partition('/')[0]}"
    assert [path for path, text in texts(ROOM / name).items() if path.endswith(".py") and own in text] == []


@each_pillar
def test_judge_and_tally_touch_nothing(name: str) -> None:
    every = tuple(statements(name))
    rules = EDITIONS[name].pillar.rules
    EVENTS.clear()
    LISTENING[0] = True
    try:
        for said, _, thread in every:
            rules.judge(said, thread, GROUNDS)
        rules.tally(tuple(said for said, _, _ in every), GROUNDS)
    finally:
        LISTENING[0] = False
    assert EVENTS == []


@each_pillar
def test_a_judgement_does_not_change_when_later_records_join_the_thread(name: str) -> None:
    later = {said.id: said for said, _, _ in statements(name)}
    for said, judged, thread in statements(name):
        assert EDITIONS[name].pillar.rules.judge(said, {**later, **thread}, GROUNDS) == judged


@each_pillar
def test_a_record_that_names_one_that_does_not_stand_is_judged_and_breaks_nothing(name: str) -> None:
    """The attack: a record of one's own that is refused, then another that names it, to stop every judge."""
    for said, _, thread in statements(name):
        for gone in set(edition.named(said.open)) & thread.keys() - {said.thread}:
            left = {one: before for one, before in thread.items() if one != gone}
            judged = EDITIONS[name].judge(said, left, GROUNDS)
            codes = {refusal.code for refusal in judged.refusals}
            assert judged.stands or codes <= {"named-refused", *EDITIONS[name].words.refusals}


@each_pillar
def test_a_public_count_has_words_and_names_nobody(name: str) -> None:
    loaded = EDITIONS[name]
    table = loaded.pillar.rules.tally(tuple(said for said, _, _ in statements(name)), GROUNDS)
    assert table
    for label, count in table.items():
        head, _, value = label.partition(".")
        known: dict[str, Any] = {**loaded.words.kinds, **loaded.words.fields}
        assert head in known, label
        assert not value or value.isdigit() or value in loaded.words.values[head], label
        assert count >= 0


@each_pillar
def test_a_tally_is_the_same_in_any_order(name: str) -> None:
    every = tuple(said for said, _, _ in statements(name))
    tally = EDITIONS[name].pillar.rules.tally
    assert tally(every, GROUNDS) == tally(every[::-1], GROUNDS)


@each_pillar
def test_an_edition_changes_with_one_character_of_its_words(name: str) -> None:
    folder = texts(ROOM / name)
    changed = {**folder, "words.toml": folder["words.toml"] + "\n"}
    assert edition.attach(EDITIONS[name].pillar, changed).digest != EDITIONS[name].digest


SWAP = {"us": "cn", "cn": "us"}
SEALED_NAMES = ("risk",)
"""Pillars in which a digest covers its author's name: exchanged, it would have to be made anew."""


def exchanged(value: Any, field: Field) -> Any:  # noqa: ANN401 (a value of an open field is any of its types)
    """A value with the two peers exchanged, if it names parties; a list in order stays in order."""
    if (field.item or field).ref != "party" or value is None:
        return value
    if isinstance(value, str):
        return SWAP.get(value, value)
    moved = [SWAP.get(one, one) for one in value]
    return type(value)(sorted(moved) if list(value) == sorted(value) else moved)


def mirrored(name: str, draft: Draft) -> Draft:
    spec = EDITIONS[name].spec(draft.kind)
    known = {one.name: one for one in fields(spec.open)} if spec else {}
    moved = {
        key: exchanged(value, known[key]) if key in known else value for key, value in draft.open.items()
    }
    return msgspec.structs.replace(draft, party=SWAP.get(draft.party, draft.party), open=moved)


@pytest.mark.parametrize(
    ("name", "title"), [row for row in EXAMPLES if row[0].partition("/")[0] not in SEALED_NAMES]
)
def test_a_judge_treats_the_peers_alike(name: str, title: str) -> None:
    """Proofs of reciprocity lean on it: exchange the peers in a thread, and all follows."""
    example = EDITIONS[name].examples[title]
    draft, thread = mirrored(name, example.draft), tuple(mirrored(name, one) for one in example.thread)
    mirror = msgspec.structs.replace(example, draft=draft, thread=thread)
    here, there = play(name, title), EDITIONS[name].play(mirror, GROUNDS)
    assert here.stands == there.stands
    assert [one.code for one in here.refusals] == [one.code for one in there.refusals]
    for field in fields(type(here.facts)):
        moved = exchanged(getattr(here.facts, field.name), field)
        assert moved == getattr(there.facts, field.name), field.name
