"""An exhibit against a party that acceded carries what a stranger needs to believe its keys, and no less."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
from test_node_accession import SG

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import founding, succession
from detente.node import auditor
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.node.source import FolderSource
from detente.trust import canonical, charter, envelope, exhibit
from detente.trust.canonical import Value
from detente.trust.envelope import ACCORD_TYPE, CHARTER_TYPE, Envelope
from detente.trust.exhibit import Exhibit
from detente.trust.record import PAYLOAD_TYPES
from homes import ACCORD, DAY, PARTIES, World, draft, installed

pytestmark = pytest.mark.slow

OLD, NEW = ("us-first", "us-second"), ("us-first", "us-third")
OTHERS = ("cn-first", "cn-second", "neutral-first", "neutral-second")
COMES = ("sg-first", "sg-second")


@dataclass
class Case:
    """What us shows against sg, which acceded by version 3, and what its accusers could make of it."""

    world: World
    folder: Path
    shown: Exhibit

    def sign(self, payload: bytes, *people: str) -> Envelope:
        return founding.joined([self.world.officer(one).sign(ACCORD_TYPE, payload) for one in people])

    def statement(self, version: int) -> Envelope:
        """What nobody may accept, signed by sg's own record key."""
        value: Value = {
            "accord": {"genesis": self.world.genesis, "version": version},
            "at": -1,
            "domain": "live",
            "party": "sg",
        }
        (key,) = Identity.at(Home.at(self.world.home("sg")), "live").keys["record"]
        return envelope.sign(PAYLOAD_TYPES["live"], canonical.encode(value), [key])

    def step(self, made: Exhibit) -> str | None:
        """The check at which a stranger, who knows the genesis alone, refuses; None if the exhibit holds."""
        path = self.folder / "shown.json"
        path.write_bytes(exhibit.dump(made))
        report = auditor.verify(path, genesis=self.world.genesis)
        return report.faults[0].step if report.faults else None


def _amended(before: Accord, text: str, day: int, *given: charter.Charter) -> Accord:
    """The version that follows, a day later than the one before."""
    return succession.acceding(text.replace("2026-09-21T", f"2026-09-{day}T"), before, given)


def _rotated(world: World, node: Node) -> None:
    """A third officer of us takes the place of the second."""
    node.draw_keys()
    people = [world.officer(one).public for one in NEW]
    payload = charter.dump(founding.with_officers(charter.parse(node.next_charter()), people, 2))
    signed = [world.officer(one).sign(CHARTER_TYPE, payload) for one in {*OLD, *NEW}]
    node.change_keys(envelope.dump(founding.joined(signed)))


def _newcomer(world: World) -> charter.Charter:
    peers = {name: PeerSettings(f"dir:{world.home(name)}/public") for name in PARTIES}
    home = Home.create(world.home("sg"), Settings(party="sg", peers=peers))
    people = [world.officer(one).public for one in COMES]
    return founding.charter_of(Identity.create(home, "live"), "sg", people, 2)


def _tables(world: World, home: Path, number: int) -> None:
    with Node.open(home, installed(), clock=world.clock, sources={}) as node:
        node.table(draft(number))
        node.publish()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Version 2 amends, officers of us change, version 3 lets sg in, and sg shows two histories."""
    folder = tmp_path_factory.mktemp("lineage")
    world = World(folder).found()
    made = Case(world, folder, Exhibit(Envelope("", b"", ()), "live", "sg", (), None, ()))
    first = document.parse(envelope.parse(Home.at(world.home("us")).accords()[1]).payload)
    second = _amended(first, ACCORD, 22)
    with world.nodes() as nodes:
        world.settle(nodes)
        _rotated(world, nodes["us"])
        world.settle(nodes)
    third = _amended(second, ACCORD.replace("time: {k: 1", f"{SG}time: {{k: 1"), 23, _newcomer(world))
    signed = {
        1: Home.at(world.home("us")).accords()[1],
        2: envelope.dump(made.sign(document.dump(second), *OLD, *OTHERS)),
        3: envelope.dump(made.sign(document.dump(third), *NEW, *OTHERS, *COMES)),
    }
    # The home of who comes holds no log yet, from which it would know the third officer.
    early = envelope.dump(made.sign(document.dump(third), *OLD, *OTHERS, *COMES))
    for party, row in (("us", signed), ("sg", signed | {3: early})):
        for number, data in row.items():
            Home.at(world.home(party)).install(number, data)
    world.clock.advance(3 * DAY)
    shutil.copytree(world.home("sg"), folder / "twin")
    _tables(world, world.home("sg"), 1)
    _tables(world, folder / "twin", 2)
    with ExitStack() as stack:
        honest = FolderSource(world.home("sg") / "public")
        node = stack.enter_context(
            Node.open(world.home("us"), installed(), clock=world.clock, sources={"sg": honest})
        )
        node.sync()
        node._sources["sg"] = FolderSource(folder / "twin" / "public")  # noqa: SLF001 (the same address)
        node.sync()
        (found,) = [one for one in node.evidence() if one.kind == "fork"]
        made.shown = exhibit.parse(node.exhibit(found.digest))
    return made


def test_a_stranger_who_knows_the_genesis_alone_believes_what_is_shown_against_who_acceded(
    case: Case,
) -> None:
    shown = case.shown
    assert (len(shown.versions), {party: len(some) for party, some in shown.officers.items()}) == (
        2,
        {"us": 1},
    )
    assert case.step(shown) is None
    assert exhibit.parse(exhibit.dump(shown)) == shown
    assert case.step(replace(shown, matter=(case.statement(3),), step="record.3")) is None


def _again(case: Case, number: int, **changes: object) -> bytes:
    """The payload of a version, changed."""
    row = (case.shown.accord, *case.shown.versions)
    accord = document.parse(row[number - 1].payload)
    return document.dump(msgspec.structs.replace(accord, **changes))


def _third(case: Case, *people: str, **changes: object) -> Exhibit:
    """The exhibit with a third version that these signed."""
    made = case.sign(_again(case, 3, **changes), *people)
    return replace(case.shown, versions=(case.shown.versions[0], made))


def _fourth(case: Case) -> Exhibit:
    third = document.parse(case.shown.versions[1].payload)
    later = msgspec.structs.replace(
        third, version=4, previous=third.digest, starts=third.starts.replace("-23T", "-24T")
    )
    made = case.sign(document.dump(later), *NEW, *OTHERS, *COMES)
    return replace(case.shown, versions=(*case.shown.versions, made))


ATTACKS: dict[str, tuple[Callable[[Case], Exhibit], str]] = {
    "no version by which it acceded": (lambda it: replace(it.shown, versions=(), officers={}), "lineage.2"),
    "a version left out": (lambda it: replace(it.shown, versions=it.shown.versions[1:]), "signing.6"),
    "versions in another order": (
        lambda it: replace(it.shown, versions=it.shown.versions[::-1]),
        "signing.6",
    ),
    "a version of another accord": (
        lambda it: _third(it, *NEW, *OTHERS, *COMES, first="5d" * 32),
        "signing.6",
    ),
    "a version that follows another text": (
        lambda it: _third(it, *NEW, *OTHERS, *COMES, previous="5d" * 32),
        "signing.6",
    ),
    "an accession that one party did not sign": (
        lambda it: _third(it, *NEW, *OTHERS[:2], *COMES),
        "charter.10",
    ),
    "an accession by one officer of two": (lambda it: _third(it, *NEW, *OTHERS[:3], *COMES), "charter.12"),
    "an accession that the newcomer did not sign": (lambda it: _third(it, *NEW, *OTHERS), "charter.10"),
    "the charters of its signers left out": (lambda it: replace(it.shown, officers={}), "charter.12"),
    "charters of the newcomer among its signers": (
        lambda it: replace(it.shown, officers={**it.shown.officers, "sg": ()}),
        "lineage.4",
    ),
    "a version too many": (_fourth, "lineage.3"),
    "a founder, with versions": (lambda it: replace(it.shown, party="us"), "lineage.3"),
    "a row that begins later": (
        lambda it: replace(it.shown, accord=it.shown.versions[0], versions=(), officers={}, party="us"),
        "lineage.1",
    ),
    "what it signed before it acceded": (
        lambda it: replace(it.shown, matter=(it.statement(2),), step="record.3"),
        "exhibit.11",
    ),
    "another accord as the first": (
        lambda it: replace(it.shown, accord=it.sign(_again(it, 1, title=_title(it)), *OLD, *OTHERS)),
        "signing.6",
    ),
}


def _title(case: Case) -> object:
    title = document.parse(case.shown.accord.payload).title
    return msgspec.structs.replace(title, en="Another accord")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_exhibit_whose_lineage_does_not_hold_shows_nothing(case: Case, attack: str) -> None:
    bend, step = ATTACKS[attack]
    assert case.step(bend(case)) == step
