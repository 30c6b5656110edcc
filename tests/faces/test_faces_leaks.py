"""No name that was marked for removal is in any byte that another party, the neutral or the public gets."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.faces import pillars
from detente.faces.cli.importing import sheet
from detente.faces.dossier import copied
from detente.faces.registers import REGISTERS
from detente.faces.registers.event import Event
from detente.instruments.leak import LEAST, Names, below, search
from detente.instruments.pseudonym import SORT_WORDS
from detente.instruments.spelling import squashed
from detente.node.casework.case import Case
from detente.node.draft import Clearance, Draft

sys.path.insert(0, str(Path(__file__).parents[1] / "node"))

from homes import World

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "atlas": ("mitre-atlas/ATLAS.yaml",),
    "avid": ("avid-db/reports.jsonl", "avid-db/vulnerabilities.jsonl"),
    "law": ("ai-incident-law/data.json",),
}
WHO = ("system", "developer", "deployer")
KEYS = ("actor", "target", "ai_system_name", "deployer", "public_matter_name", "developer", "name")
TOKENS = {squashed(word) for pair in SORT_WORDS.values() for word in pair} | {"unknown", "withheld"}
EDITION = pillars.editions()["incidents"]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the repository are not here")


def names_of(event: Event) -> set[str]:
    """What a person would mark: whom the record itself names as actor, target, maker, user or party."""
    found = {str(event.values[path]) for path in WHO if path in event.values}
    todo: list[Any] = [json.loads(event.original)]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            found |= {one[key] for key in KEYS if isinstance(one.get(key), str) and "references" not in one}
            lists = [one[key] for key in ("developer", "deployer") if isinstance(one.get(key), list)]
            found |= {value for listed in lists for value in listed}
            todo += [value for key, value in one.items() if key in ("affects", "artifacts")]
        elif isinstance(one, list):
            todo += one
    letters = {one: squashed(one) for one in found}
    return {
        one
        for one, short in letters.items()
        if len(short) > LEAST and short not in TOKENS and "unknown" not in short
    }


def case_of(event: Event, names: set[str], *, kept: bool = False) -> Case:
    """The case as it is once a person has marked those names; or has kept everything."""
    marks = {
        name: {"name": name, "sort": "organisation", "treatment": "pseudonym", "same_as": ""}
        for name in names
    }
    treated = dict.fromkeys(event.values, "keep") if kept else {}
    return Case(
        name="0" * 16,
        source=event.id,
        kind="incidents.report",
        secret="07" * 32,
        open=event.open,
        values=event.values,
        marks={} if kept else marks,
        treated=treated,
    )


def events(register: str) -> Iterator[Event]:
    for file in FILES[register]:
        yield from (
            one for one in REGISTERS["incidents"][register].read(DATA / file) if isinstance(one, Event)
        )


@pytest.mark.slow
@pytest.mark.parametrize("register", FILES)
def test_of_all_public_data_no_marked_name_is_in_the_copy_that_would_go(register: str) -> None:
    seen = planted = 0
    leaks: list[str] = []
    for event in events(register):
        names = names_of(event)
        copy = copied(case_of(event, names), EDITION, "accord")
        assert copy.left == ()
        data = msgspec.json.encode(copy.said)
        leaks += [name for name, _ in Names(names).inside(data.decode(), certain=False)]
        seen += 1
        if names and seen % 40 == 1:
            # The bytes are plain JSON; of some, every layer below them is searched too.
            assert search({event.id: data}, Names(names)).nothing
            whole = copied(case_of(event, names, kept=True), EDITION, "accord")
            planted += bool(search({"x": msgspec.json.encode(whole.said)}, Names(names)).leaks)
    assert leaks == []
    assert seen > 20
    assert planted


def tabled(event: Event, case: Case, number: int) -> Draft:
    draft = sheet(event, "incidents", "atlas")
    copy = copied(case, EDITION, "accord")
    stated = {"near_miss": False, "ongoing": False, "domain": "other", **copy.open, "harm": 1, "potential": 3}
    return Draft(
        kind=draft.kind,
        open=stated,
        values=copy.values,
        nonce=f"{number + 1:032x}",
        clearance=Clearance("safety", "official"),
    )


@pytest.mark.slow
def test_no_marked_name_is_in_any_byte_that_others_or_the_public_hold(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    some = [one for one in events("atlas") if names_of(one)][:12]
    whole = set().union(*map(names_of, some))
    generic = {one.name for one in search(below(tmp_path), Names(whole)).leaks}
    names = Names(whole - generic)
    assert len(names.sought) > len(some) // 2
    with world.nodes() as nodes:
        for number, event in enumerate(some):
            nodes["us"].table(tabled(event, case_of(event, whole), number))
        world.settle(nodes)
        nodes["us"].release_due()
        world.settle(nodes)
        handed = {one.state for one in nodes["us"].deliveries()} & {"sent", "held"}
        nodes["us"].export_log(tmp_path / "export")
    foreign = {**below(tmp_path / "cn"), **below(tmp_path / "neutral")}
    public = {f"public/{name}": data for name, data in below(tmp_path / "us" / "public").items()}
    public |= {f"export/{name}": data for name, data in below(tmp_path / "export").items()}
    found = search(foreign | public, names)
    assert found.leaks == ()
    assert handed
    told = {one.id: msgspec.json.encode(one.values["summary"]) for one in some}
    red = next(one for one in some if search({"": told[one.id]}, Names(names_of(one) - generic)).leaks)
    # Red: one whole record, tabled as it came, is found in what the neutral holds.
    with world.nodes() as nodes:
        nodes["us"].table(tabled(red, case_of(red, set(), kept=True), len(some)))
        world.settle(nodes)
        nodes["us"].release_due()
        world.settle(nodes)
    assert search(below(tmp_path / "neutral"), Names(names_of(red) - generic)).leaks
