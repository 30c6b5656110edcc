"""A stranger at the port and in the files: nothing ends a node, swells it, or gets what is not shown."""

import ast
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from knocking import Knock, bent, free_ports, knocks, resident, running, visit

from detente.accord import document, signing
from detente.faces.cli.channel import EXAMPLE
from detente.instruments import assignment, canary, commitment, extract, opening, playbook, suite, translation
from detente.node import bundle, certificate, comparison, exchange, rota
from detente.node.errors import Unready
from detente.trust import (
    canonical,
    charter,
    checkpoint,
    disclosure,
    envelope,
    exhibit,
    fork,
    lineage,
    misdated,
    note,
    policy,
    proof,
    record,
    sealing,
    tile,
    tree,
    witness,
)
from detente.trust.errors import DetenteError
from homes import World, draft

ROOT = Path(__file__).parents[2]
SWELL = 48.0
"""Megabytes that a node may take more after all knocks than before: threads, buffers, caches."""

LIVELY = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
SLOW = 60
"""How many strangers stand in the door with half a request."""


PARSERS = (
    "assignment.parse",
    "bundle.parse",
    "canary.parse",
    "canonical.decode",
    "certificate.parse",
    "charter.parse",
    "checkpoint.parse_text",
    "comparison.parse",
    "disclosure.parse",
    "envelope.parse",
    "exchange.read_zip",
    "exhibit.parse",
    "extract.parse",
    "fork.parse",
    "lineage.parse",
    "misdated.parse",
    "note.parse",
    "note.parse_lines",
    "note.parse_vkey",
    "opening.parse",
    "playbook.parse",
    "policy.parse",
    "proof.parse",
    "record.parse",
    "record.parse_leaf",
    "rota.parse",
    "sealing.parse",
    "suite.parse",
    "tile.parse_bundle",
    "tile.parse_path",
    "translation.parse",
    "tree.parse_hash",
    "witness.parse",
)
"""What reads bytes of others, by file and function; `genuine` says how each is called."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met, us with some reports, cn with a head that a witness would take."""
    made = World(tmp_path_factory.mktemp("fuzz")).found()
    with made.nodes() as nodes:
        for number in range(3):
            nodes["us"].table(draft(number))
        made.settle(nodes, 2)
        nodes["us"].release_due()
        nodes["cn"].table(draft(9))
        nodes["cn"].publish()
    return made


def ring(world: World) -> bytes:
    """Return a request to cosign that us would grant."""
    data = (world.home("cn") / "public/live/cn/checkpoint").read_bytes()
    return witness.dump(witness.Submission(0, (), data))


def known(world: World) -> list[bytes]:
    """Return the paths of us's tree."""
    tree = world.home("us") / "public"
    return [b"/" + str(one.relative_to(tree)).encode() for one in sorted(tree.rglob("*")) if one.is_file()]


def secrets(world: World) -> list[bytes]:
    """Return pieces of what is nobody's business: of each key, of the settings, of the database."""
    home = world.home("us")
    files = [
        *(one for one in home.joinpath("keys").rglob("*") if one.is_file()),
        home / "node.json",
        home / "node.db",
    ]
    return [one.read_bytes()[:48] for one in files]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_knock_ends_a_node_swells_it_or_gets_what_is_not_shown(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    port, told, hidden = free_ports(1)[0], Counter[str](), secrets(world)
    with running(world.home("us"), f"127.0.0.1:{port}") as pid:

        @settings(LIVELY, max_examples=150)
        @given(knocks(known(world), ring(world)))
        def knock(one: Knock) -> None:
            answer = visit(port, one)
            told.update(f"answered {status}" for status in answer.statuses)
            told["knocks"] += 1
            assert not [status for status in answer.statuses if status >= 500], (one, answer.data[:200])
            assert not [secret for secret in hidden if secret in answer.data], one

        well = visit(
            port, Knock((b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",), ends=False), 20
        )
        assert well.statuses == (200,)
        before = resident(pid)
        knock()
        grown = resident(pid) - before
        told["megabytes grown"] = round(grown)
        assert grown < SWELL, f"{grown:.1f} MB more than before"
        assert visit(port, Knock((b"GET /health HTTP/1.0\r\n\r\n",), ends=False), 20).statuses == (200,)
    assert "Traceback" not in (world.folder / "us.err").read_text(encoding="utf-8")
    assert told["answered 200"], "nothing got through: then nothing was tried"
    record_property("knocks at a port", dict(told))


def _charter(accord: bytes) -> bytes:
    found = document.parse(envelope.parse(accord).payload)
    return charter.dump(next(iter(signing.own_charters(found).values())))


def _suite() -> bytes:
    return (ROOT / "src/detente/instruments/suites/market.toml").read_bytes()


def _assignment(folder: Path) -> bytes:
    none = "00" * 32
    made = assignment.Assignment(
        plan=none,
        playbook=none,
        attempt=1,
        suite="market",
        tasks=none,
        solver=none,
        scorer=none,
        judge=None,
        solving=assignment.Solving(tokens=9),
        system=assignment.System("mockllm/A", none),
        languages=("en",),
        samples=(1,),
        benign=(1,),
    )
    assignment.write(folder, made)
    return (folder / assignment.FILE).read_bytes()


def _extract(folder: Path) -> bytes:
    none = "00" * 32
    model = extract.Model("mockllm/model", none, "endpoint")
    header = extract.Header(
        plan=none,
        playbook=none,
        attempt=1,
        suite=none,
        model=model,
        solver=none,
        scorer=none,
        judge=None,
        software={},
        started=0,
        ended=1,
        counts={},
    )
    one = extract.Sample(
        item="a",
        language="en",
        stratum="plain",
        twin=False,
        epoch=1,
        input=none,
        output="No.",
        digest=extract.digest_of("No."),
        score="none",
        refused=True,
        error=None,
        tokens=1,
    )
    extract.write(folder / "extract.jsonl", header, (one,))
    return (folder / "extract.jsonl").read_bytes()


def _opening(data: bytes) -> bytes:
    made = extract.parse(data)
    return opening.dump(opening.opened(made, commitment.of(made, bytes(32)), (0,)))


def genuine(world: World, folder: Path) -> dict[str, tuple[Callable[[bytes], object], bytes]]:
    """Return, for each parser, what it is called as with bytes, and bytes that it takes."""
    shown = world.home("us") / "public"
    with world.open("us") as us:
        export = us.export_log(folder / "export")
        us.export_bundle(folder / "bundle.zip")
        body = us.branches["live"].library.envelope(us.records(kind="incidents.report")[0].id)
        keys = us.branches["live"].realm.keys("us", "record", 1)
        row = us._readers.conn.execute("SELECT encoded FROM disclosure").fetchone()  # noqa: SLF001 (shown to nobody else)
    accord = (shown / "accord/1.json").read_bytes()
    head = (shown / "live/us/checkpoint").read_bytes()
    lines = note.parse(head)
    entries = max((shown / "live/us/tile/entries/000.p").iterdir())
    bodies = max((shown / "live/us/bodies/000.p").iterdir())
    blob = next((shown / "live/us/blob").iterdir()).read_bytes()
    vkey = (export / "vkeys").read_text(encoding="utf-8").splitlines()[0]
    forked = fork.Fork(head, head, ())
    shown_against = exhibit.Exhibit(envelope.parse(accord), "live", "us", (), "body.4", (body,))

    def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
        return lambda data: parse(data.decode("utf-8", "surrogateescape"))

    def unzip(data: bytes) -> object:
        (folder / "bent.zip").write_bytes(data)
        return exchange.read_zip(folder / "bent.zip")

    return {
        "assignment.parse": (assignment.parse, _assignment(folder)),
        "bundle.parse": (lambda data: bundle.parse(data, int(bodies.name)), bodies.read_bytes()),
        "canary.parse": (
            canary.parse,
            canary.spelled(canary.Canaries(root="0a" * 32, canaries=("ab" * 16, "cd" * 16))),
        ),
        "canonical.decode": (canonical.decode, body.payload),
        "translation.parse": (
            translation.parse,
            translation.act(suite.shipped("manipulation"), "zh", "cn"),
        ),
        "certificate.parse": (
            lambda data: certificate.parse(data, "us"),
            certificate.make("us").partition(b"-----END PRIVATE KEY-----\n")[2],
        ),
        "charter.parse": (charter.parse, _charter(accord)),
        "checkpoint.parse_text": (checkpoint.parse_text, lines.text),
        "comparison.parse": (
            lambda data: comparison.parse(data, (world.genesis, "live", "us"), keys),
            (shown / "live/us/standing").read_bytes(),
        ),
        "disclosure.parse": (text(disclosure.parse), str(row[0]).encode()),
        "envelope.parse": (envelope.parse, accord),
        "exchange.read_zip": (unzip, (folder / "bundle.zip").read_bytes()),
        "exhibit.parse": (exhibit.parse, exhibit.dump(shown_against)),
        "extract.parse": (extract.parse, _extract(folder)),
        "fork.parse": (fork.parse, fork.dump(forked)),
        "lineage.parse": (
            lineage.parse,
            lineage.dump(
                lineage.Lineage(
                    (envelope.parse(accord),), {"us": (exhibit.Change(1, envelope.parse(accord)),)}
                )
            ),
        ),
        "misdated.parse": (misdated.parse, misdated.dump(misdated.Misdated("us", head, head))),
        "note.parse": (note.parse, head),
        "note.parse_lines": (note.parse_lines, head.partition(b"\n\n")[2]),
        "note.parse_vkey": (text(note.parse_vkey), vkey.encode()),
        "opening.parse": (opening.parse, _opening(_extract(folder))),
        "playbook.parse": (playbook.parse, playbook.template("financial_stability").encode()),
        "policy.parse": (policy.parse, (export / "policy").read_bytes()),
        "proof.parse": (proof.parse, proof.dump(proof.Proof(0, (b"\1" * 32,), head))),
        "record.parse": (lambda data: record.parse(body.payload_type, data), body.payload),
        "record.parse_leaf": (record.parse_leaf, b"detente/v1 record " + b"5d" * 32),
        "rota.parse": (rota.parse, msgspec.json.encode(EXAMPLE)),
        "sealing.parse": (sealing.parse, blob),
        "suite.parse": (suite.parse, _suite()),
        "tile.parse_bundle": (lambda data: tile.parse_bundle(data, int(entries.name)), entries.read_bytes()),
        "tile.parse_path": (text(tile.parse_path), b"tile/entries/x001/x234/067.p/8"),
        "tree.parse_hash": (text(lambda line: tree.parse_hash(line, "tree.1")), b"A" * 43 + b"="),
        "witness.parse": (witness.parse, ring(world)),
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_parser_meets_bytes_with_anything_but_a_named_refusal(
    world: World, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    told = Counter[str]()
    table = genuine(world, tmp_path)
    assert table.keys() == set(PARSERS)
    for parse, data in table.values():
        parse(data)
        _meet(parse, data, told)
    told["parsers"] = len(table)
    record_property("parsers under hypothesis", dict(told))


def _meet(parse: Callable[[bytes], object], data: bytes, told: Counter[str]) -> None:
    @settings(LIVELY, max_examples=60)
    @given(st.one_of(bent(data), bent(data).flatmap(bent), st.binary(max_size=300)))
    def meet(one: bytes) -> None:
        told["met"] += 1
        try:
            parse(one)
        except (DetenteError, Unready):
            told["refused"] += 1

    meet()


def test_every_parser_of_trust_node_and_instruments_is_in_the_table() -> None:
    found = set()
    for room in ("trust", "node", "instruments"):
        for path in (ROOT / "src" / "detente" / room).glob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith(
                    ("parse", "decode", "read_zip")
                ):
                    found.add(f"{path.stem}.{node.name}")
    assert found == set(PARSERS)


@pytest.mark.slow
def test_strangers_who_stand_in_the_door_with_half_a_request_keep_nobody_out(world: World) -> None:
    port = free_ports(1)[0]
    half = b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nold 0"
    with running(world.home("us"), f"127.0.0.1:{port}") as pid:
        before = resident(pid)
        with ExitStack() as stack:
            for number in range(SLOW):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                line.sendall(half[: 1 + number % len(half)])
            asks = b"GET /live/us/checkpoint HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            assert visit(port, Knock((asks,), ends=False), 20).statuses == (200,)
            rings = ring(world)
            whole = (
                b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            )
            answer = visit(port, Knock((whole % len(rings), rings[:9], rings[9:]), ends=False), 20)
            assert answer.statuses[0] in (200, 409), answer
        assert resident(pid) - before < SWELL
