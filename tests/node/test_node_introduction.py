"""Who accedes after officers changed is introduced by a lineage, and believes of it what is proven alone."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
from test_node_accession import SG

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import founding, succession
from detente.faces.cli import main
from detente.node import backup, enactment
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.node.source import FolderSource
from detente.trust import charter, envelope, lineage
from detente.trust.envelope import ACCORD_TYPE, CHARTER_TYPE
from detente.trust.errors import DetenteError
from detente.trust.exhibit import Change
from detente.trust.lineage import Lineage
from homes import ACCORD, DAY, PARTIES, World, installed, notice

pytestmark = pytest.mark.slow

FOUR = (*PARTIES, "sg")
OLD, NEW, LATER = ("us-first", "us-second"), ("us-first", "us-third"), ("us-fourth", "us-third")
OTHERS = ("cn-first", "cn-second", "neutral-first", "neutral-second")
COMES = ("sg-first", "sg-second")


@dataclass
class Founders:
    """Three parties whose officers at us changed twice, between versions 1 and 2 and after; sg is to come."""

    world: World
    folder: Path
    signed: dict[int, bytes]

    def home(self) -> Path:
        """The newcomer's home, with its keys and nothing else."""
        shutil.rmtree(self.folder / "fresh", ignore_errors=True)
        shutil.copytree(self.world.home("sg"), self.folder / "fresh")
        return self.folder / "fresh"

    def file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def shown(self) -> Lineage:
        """What us hands over."""
        return lineage.parse((self.folder / "lineage.json").read_bytes())

    def step(self, home: Path, data: bytes, genesis: str | None = None) -> str | None:
        """The check at which a home refuses a lineage, or None; whatever is refused leaves nothing behind."""
        before = sorted((home / "accord").iterdir())
        try:
            enactment.introduce(Home.at(home), data, genesis, installed())
        except DetenteError as error:
            left = sorted((home / "accord").iterdir())
            return error.step if left == before else f"{error.step}, and something was written"
        return None


def _signed(world: World, payload: bytes, *people: str) -> bytes:
    return envelope.dump(founding.joined([world.officer(one).sign(ACCORD_TYPE, payload) for one in people]))


def _rotated(world: World, node: Node, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    node.draw_keys()
    people = [world.officer(one).public for one in after]
    payload = charter.dump(founding.with_officers(charter.parse(node.next_charter()), people, 2))
    signed = [world.officer(one).sign(CHARTER_TYPE, payload) for one in {*before, *after}]
    node.change_keys(envelope.dump(founding.joined(signed)))


def _next(before: Accord, text: str, day: int, *given: charter.Charter) -> Accord:
    return succession.acceding(text.replace("2026-09-21T", f"2026-09-{day}T"), before, given)


@pytest.fixture(scope="module")
def founders(tmp_path_factory: pytest.TempPathFactory) -> Founders:
    folder = tmp_path_factory.mktemp("introduction")
    world = World(folder).found()
    peers = {name: PeerSettings(f"dir:{world.home(name)}/public") for name in PARTIES}
    home = Home.create(world.home("sg"), Settings(party="sg", peers=peers))
    people = [world.officer(one).public for one in COMES]
    comes = founding.charter_of(Identity.create(home, "live"), "sg", people, 2)
    signed = {1: Home.at(world.home("us")).accords()[1]}
    first = document.parse(envelope.parse(signed[1]).payload)
    second = _next(first, ACCORD, 22)
    third = _next(second, ACCORD.replace("time: {k: 1", f"{SG}time: {{k: 1"), 23, comes)
    signed[2] = _signed(world, document.dump(second), *NEW, *OTHERS)
    signed[3] = _signed(world, document.dump(third), *LATER, *OTHERS, *COMES)
    with world.nodes() as nodes:
        nodes["us"].table(notice(1))
        _rotated(world, nodes["us"], OLD, NEW)
        world.settle(nodes)
        for node in nodes.values():
            node.enact(signed[2])
        _rotated(world, nodes["us"], NEW, LATER)
        world.settle(nodes)
    for party in PARTIES:
        with world.open(party) as node:
            node.enact(signed[3])
    (folder / "third").write_bytes(signed[3])
    (folder / "first").write_bytes(signed[1])
    return Founders(world, folder, signed)


@pytest.fixture
def handed(founders: Founders, capsys: pytest.CaptureFixture[str]) -> Founders:
    """With the lineage that us has made by command."""
    assert main(["accord", "lineage", "--home", str(founders.world.home("us"))]) == 0
    founders.file("lineage.json", capsys.readouterr().out.encode())
    return founders


def test_a_home_without_logs_is_told_what_it_lacks_and_by_whom_it_is_made(
    founders: Founders, capsys: pytest.CaptureFixture[str]
) -> None:
    home = founders.home()
    assert main(["accord", "install", "--home", str(home), founders.file("one", founders.signed[1])]) == 0
    second = founders.file("two", founders.signed[2])
    assert main(["accord", "install", "--home", str(home), second]) != 0
    said = capsys.readouterr().err
    assert "enactment.1" in said
    assert "detente accord lineage" in said
    assert main(["accord", "install", "--home", str(home), second, "--lang", "zh"]) != 0
    assert "沿革" in capsys.readouterr().err


def test_who_accedes_after_officers_changed_twice_runs_and_its_standing_is_that_of_all(
    handed: Founders, capsys: pytest.CaptureFixture[str]
) -> None:
    world, home = handed.world, handed.home()
    install = ["accord", "install", "--home", str(home), "--lineage", str(handed.folder / "lineage.json")]
    assert main(install) == 69
    assert "enactment.3" in capsys.readouterr().err
    assert main([*install, "--genesis", world.genesis]) == 0
    assert "versions 1 to 3" in capsys.readouterr().out
    assert main(["status", "--home", str(home)]) == 0
    parties = {party: world.home(party) for party in PARTIES} | {"sg": home}
    nodes = {}
    for party, path in parties.items():
        sources = {one: FolderSource(parties[one] / "public") for one in FOUR if one != party}
        nodes[party] = Node.open(path, installed(), clock=world.clock, sources=sources)
    world.clock.advance(3 * DAY)
    try:
        world.settle(nodes, 4)
        seen = nodes["us"].table(notice(7)).id
        world.settle(nodes, 4)
        assert nodes["sg"].record(seen).kind == "notices.notice"
        said = nodes["sg"].table(notice(8)).id
        world.settle(nodes, 4)
        assert nodes["cn"].record(said).party == "sg"
        cut, now = nodes["us"].cut(), world.clock.now()
        assert "sg" in cut.heads
        assert len({node.standing(cut, now).dump() for node in nodes.values()}) == 1
        assert [one for node in nodes.values() for one in node.evidence()] == []
    finally:
        for node in nodes.values():
            node.close()
    assert main(["verify", str(home)]) == 0
    # What was handed over is needed no more, once the logs are here.
    (home / "accord" / "lineage.json").unlink()
    assert main(["status", "--home", str(home)]) == 0
    # Who is a party reads the logs.
    assert main(install) == 66
    assert "enactment.2" in capsys.readouterr().err


def test_a_founder_is_told_where_to_read_who_acceded_once_it_has_the_version_and_not_before(
    founders: Founders, tmp_path: Path
) -> None:
    home = shutil.copytree(founders.world.home("us"), tmp_path / "us")
    assert main(["link", "add", "sg", "dir:/srv/sg", "--home", str(home)]) == 0
    (home / "accord" / "3.json").unlink()
    assert main(["link", "add", "sg", "dir:/srv/sg", "--replace", "--home", str(home)]) == 68


def test_a_lineage_made_before_the_accession_lets_it_in_afterwards(handed: Founders) -> None:
    shown, home = handed.shown(), handed.home()
    early = lineage.dump(replace(shown, versions=shown.versions[:2]))
    assert main(["accord", "install", "--home", str(home), str(handed.folder / "first")]) == 0
    given = ["--lineage", handed.file("early", early)]
    assert main(["accord", "install", "--home", str(home), *given, str(handed.folder / "third")]) == 0
    assert list(Home.at(home).accords()) == [1, 2, 3]
    assert main(["status", "--home", str(home)]) == 0


def test_a_lineage_that_is_stale_says_so_and_an_older_one_does_not_take_the_place_of_a_newer(
    handed: Founders, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, home = handed.shown(), handed.home()
    stale = lineage.dump(Lineage(shown.versions[:2], {"us": shown.officers["us"][:1]}))
    assert handed.step(home, stale, handed.world.genesis) is None
    assert main(["accord", "install", "--home", str(home), str(handed.folder / "third")]) == 66
    said = capsys.readouterr().err
    assert "enactment.1" in said
    assert "since the lineage that is here was made" in said
    newer = lineage.dump(replace(shown, versions=shown.versions[:2]))
    assert handed.step(home, newer) is None
    assert handed.step(home, stale) == "enactment.4"
    assert main(["accord", "install", "--home", str(home), str(handed.folder / "third")]) == 0


def test_a_backup_of_who_was_introduced_and_has_not_pulled_yet_opens_again(
    handed: Founders, tmp_path: Path
) -> None:
    home = handed.home()
    assert handed.step(home, lineage.dump(handed.shown()), handed.world.genesis) is None
    with Node.open(home, installed(), clock=handed.world.clock, sources={}):
        pass
    backup.write(Home.at(home), tmp_path / "backup.zip", 0)
    assert "accord/lineage.json" in backup.read(tmp_path / "backup.zip").files


def _with(it: Founders, *people: str, title: str = "An accord for tests") -> Lineage:
    """What us hands over, with a version 2 that these signed."""
    shown = it.shown()
    payload = shown.versions[1].payload.replace(b"An accord for tests", title.encode())
    made = envelope.parse(_signed(it.world, payload, *people))
    return replace(shown, versions=(shown.versions[0], made))


def _officers(it: Founders, *some: Change) -> Lineage:
    return replace(it.shown(), officers={"us": some})


def _changes(it: Founders) -> tuple[Change, ...]:
    return it.shown().officers["us"]


def _bent(one: Change) -> Change:
    """A charter of which a byte was changed after it was signed."""
    payload = one.charter.payload.replace(b'"threshold":2', b'"threshold":1')
    assert payload != one.charter.payload
    return Change(one.at, msgspec.structs.replace(one.charter, payload=payload))


def _by_strangers(it: Founders) -> Change:
    """The second charter, signed by officers of cn."""
    signed = [it.world.officer(one).sign(CHARTER_TYPE, _changes(it)[0].charter.payload) for one in OTHERS[:2]]
    return Change(_changes(it)[0].at, founding.joined(signed))


ATTACKS: dict[str, tuple[Callable[[Founders], Lineage], str]] = {
    "without version 1": (lambda it: replace(it.shown(), versions=it.shown().versions[1:]), "lineage.1"),
    "a version left out": (lambda it: replace(it.shown(), versions=it.shown().versions[::2]), "signing.6"),
    "versions in another order": (
        lambda it: replace(it.shown(), versions=(it.shown().versions[0], *it.shown().versions[:0:-1])),
        "signing.6",
    ),
    "a version that one party did not sign": (lambda it: _with(it, *NEW, *OTHERS[:2]), "lineage.9"),
    "a version by one officer of two": (lambda it: _with(it, *NEW[:1], *OTHERS), "lineage.9"),
    "a version by who was officer before": (lambda it: _with(it, "us-second", *OTHERS), "lineage.9"),
    "a version by strangers": (lambda it: _with(it, *OTHERS, *COMES), "lineage.9"),
    "no charters": (lambda it: replace(it.shown(), officers={}), "lineage.9"),
    "charters cut off at the end": (lambda it: _officers(it, _changes(it)[0]), "lineage.9"),
    "charters cut off at the beginning": (lambda it: _officers(it, _changes(it)[1]), "lineage.8"),
    "charters in another order": (lambda it: _officers(it, *_changes(it)[::-1]), "lineage.8"),
    "a charter twice": (lambda it: _officers(it, _changes(it)[0], *_changes(it)), "lineage.8"),
    "a charter with a byte changed": (lambda it: _officers(it, _bent(_changes(it)[0])), "lineage.8"),
    "a charter by another's officers": (lambda it: _officers(it, _by_strangers(it)), "lineage.8"),
    "charters under another party's name": (
        lambda it: replace(it.shown(), officers={"cn": _changes(it)}),
        "lineage.8",
    ),
    "charters of who is no party": (
        lambda it: replace(it.shown(), officers={**it.shown().officers, "xx": ()}),
        "lineage.8",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_lineage_that_does_not_hold_is_refused_by_number_and_leaves_nothing_behind(
    handed: Founders, attack: str
) -> None:
    bend, step = ATTACKS[attack]
    assert handed.step(handed.home(), lineage.dump(bend(handed)), handed.world.genesis) == step


def test_a_lineage_of_another_accord_or_with_another_text_is_refused(handed: Founders) -> None:
    home, whole = handed.home(), lineage.dump(handed.shown())
    assert handed.step(home, whole, "5d" * 32) == "lineage.7"
    assert handed.step(home, whole) == "enactment.3"
    Home.at(home).install(1, handed.signed[1])
    assert handed.step(home, whole, "5d" * 32) == "enactment.3"
    # Officers of all signed two texts as version 2: both stay, and nothing is overwritten.
    assert handed.step(home, lineage.dump(_with(handed, *NEW, *OTHERS))) is None
    twin = _with(handed, *NEW, *OTHERS, title="Another accord")
    assert handed.step(home, lineage.dump(twin)) == "signing.5"


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "the end is missing": (lambda data: data[:-40], "canonical.2"),
    "a blank more": (lambda data: data.replace(b":", b": ", 1), "canonical.5"),
    "another format": (lambda data: data.replace(b'"v":1,"versions"', b'"v":2,"versions"'), "lineage.5"),
    "a field more": (lambda data: data.replace(b'"v":1,"versions"', b'"u":1,"v":1,"versions"'), "lineage.5"),
    "a party without a name": (lambda data: data.replace(b'{"us":', b'{"U":', 1), "lineage.5"),
    "no versions": (lambda data: data[: data.index(b'"versions":')] + b'"versions":[]}', "lineage.5"),
    "too many versions": (
        lambda data: data[: data.index(b'"versions":')] + b'"versions":[' + b"{}," * 1024 + b"{}]}",
        "lineage.6",
    ),
    "no envelope": (
        lambda data: data[: data.index(b'"versions":')] + b'"versions":[{}]}',
        "envelope.1",
    ),
}


@pytest.mark.parametrize("fault", BYTES)
def test_bytes_that_are_no_lineage_are_refused_by_number(handed: Founders, fault: str) -> None:
    bend, step = BYTES[fault]
    data = bend((handed.folder / "lineage.json").read_bytes())
    assert handed.step(handed.home(), data, handed.world.genesis) == step


def test_a_home_that_lacks_what_it_would_hand_over_does_not_hand_it_over(
    handed: Founders, capsys: pytest.CaptureFixture[str]
) -> None:
    home = handed.home()
    assert handed.step(home, lineage.dump(handed.shown()), handed.world.genesis) is None
    assert main(["accord", "lineage", "--home", str(home)]) == 66
    assert "lineage.9" in capsys.readouterr().err
    assert main(["accord", "install", "--home", str(home)]) == 65
    assert "enacting.1" in capsys.readouterr().err
