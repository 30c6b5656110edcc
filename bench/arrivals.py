"""Arrivals: from a report durable at one node to its body durable at another, both served over loopback.

And there and back: from a notice that an officer signs to the other's read-back, held where it was sent.

The reference is what nobody could do without: two commits of the same bytes, four requests (the doorbell, the
head, entries, bodies), the signatures under the new head and the other's cosignature on it, both verified.
"""

import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec

import homes
import treaties
from detente.faces import door, telegram
from detente.faces.demo.stage import Stage
from detente.node import archive, store
from detente.node.draft import Clearance, Draft
from detente.node.home import Home
from detente.trust import checkpoint, note
from detente.trust.checkpoint import Checkpoint
from founded import found
from row import Aim, Row, Scale

THRICE = Aim("ratio", most=3)
REQUESTS = 4
SECONDS = 20
MESSAGE = {
    "template": "event",
    "precedence": "flash",
    "about": None,
    "subject": "incident",
    "level": 3,
    "ongoing": True,
    "internal_use": None,
    "seen_at": None,
    "actions": [],
    "wish": "read_back",
    "respond_by": None,
    "tlp": "amber",
}
FAR_OFF = 60_000
"""Between two rounds that nobody rang for, in milliseconds: what is measured is the doorbell."""


def arrive(scale: Scale) -> Iterator[Row]:
    """One report after another, each when the one before has arrived."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (made, ports):
        conn = store.open_reading(made["cn"].path / "node.db")
        took = [_arrival(made["us"], conn) for _ in range(scale.of(60, 3))]
        body = archive.body(conn, _table(made["us"]))
        conn.close()
        least = _least(Path(folder), ports["cn"], body or b"0" * 2000, scale.of(60, 3))
    what = "tabled to held on a peer, median"
    yield Row(
        what, 1000 * statistics.median(took), "ms", 1000 * least, "2 commits, 4 requests, signatures", THRICE
    )


def read_back(scale: Scale) -> Iterator[Row]:
    """One message after another, each read back as soon as it is held, until its author holds that."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (made, ports):
        conns = {party: store.open_reading(made[party].path / "node.db") for party in ("us", "cn")}
        took = [_answered(made, conns) for _ in range(scale.of(60, 3))]
        for conn in conns.values():
            conn.close()
        least = 2 * _least(Path(folder), ports["cn"], b"0" * 2000, scale.of(60, 3))
    yield Row(
        "message to read-back, median",
        1000 * statistics.median(took),
        "ms",
        1000 * least,
        "twice the reference of an arrival",
        Aim("figure", most=100),
    )


def _answered(made: dict[str, Home], conns: dict[str, sqlite3.Connection]) -> float:
    began = time.perf_counter()
    with door.reach(made["us"].path) as node:
        sent = node.table(Draft.new("notices.notice", dict(MESSAGE))).id
    _until_held(conns["cn"], sent)
    said = {"of": sent, "read_back": telegram.digest("notices.notice", MESSAGE)}
    with door.reach(made["cn"].path) as node:
        answer = node.table(Draft.new("notices.acknowledge", said).answering(sent)).id
    _until_held(conns["us"], answer)
    return time.perf_counter() - began


def _until_held(conn: sqlite3.Connection, name: str) -> None:
    last = time.perf_counter() + SECONDS
    while archive.body(conn, name) is None:
        if time.perf_counter() > last:
            raise TimeoutError("a message of the bench has not arrived")
        time.sleep(0.001)


def _arrival(us: Home, conn: sqlite3.Connection) -> float:
    name = _table(us)
    began = time.perf_counter()
    _until_held(conn, name)
    return time.perf_counter() - began


def _table(us: Home) -> str:
    draft = Draft(
        kind="incidents.report",
        open=dict(treaties.OPEN),
        values={"title": ["A report", "一份报告"]},
        nonce=secrets.token_hex(16),
        clearance=Clearance("safety-cooperation", "official"),
    )
    with door.reach(us.path) as node:
        return node.table(draft).id


@contextmanager
def _served(folder: Path) -> Iterator[tuple[dict[str, Home], dict[str, int]]]:
    made, ports = found(folder)
    for home in made.values():
        Home(home.path, msgspec.structs.replace(home.settings, poll_ms=FAR_OFF)).save()
    with Stage(folder) as stage:
        for party, home in made.items():
            stage.start(f"node-{party}", "detente", "serve", "--home", str(home.path), "--until-eof")
        time.sleep(2)
        yield made, ports


def _least(folder: Path, port: int, body: bytes, count: int) -> float:
    keys = homes.keys("us", "log"), homes.keys("cn", "witness")
    head = Checkpoint("detente/bench", 1, b"\x01" * 32)

    def signatures() -> None:
        for some in keys:
            data = note.dump(checkpoint.sign(head, some, 1_790_000_000))
            checkpoint.verify(data, head.origin, [one.public for one in some])

    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE body (id BLOB PRIMARY KEY, envelope BLOB NOT NULL)")
    with ExitStack() as stack:
        stack.callback(conn.close)
        client = stack.enter_context(httpx.Client())
        url = f"http://127.0.0.1:{port}/accord/1.json"
        commit = _median(
            lambda: conn.execute("INSERT INTO body VALUES (?, ?)", (secrets.token_bytes(32), body)), count
        )
        request = _median(lambda: client.get(url), count)
        return 2 * commit + REQUESTS * request + _median(signatures, count)


def _median(work: Callable[[], object], count: int) -> float:
    took = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
