"""Three nodes as three processes on loopback: they meet, one dies in the middle, and it catches up."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from detente.faces import door
from detente.node import auditor
from detente.node.errors import NoSuchThing, Refused
from detente.trust.errors import DetenteError
from detente.trust.exhibit import origin
from homes import PARTIES, World, draft, installed


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def _running(home: Path, listen: str) -> Iterator["subprocess.Popen[str]"]:
    program = [sys.executable, "-m", "detente.faces.serve", "--home", str(home), "--listen", listen]
    with (home.parent / f"{home.name}.err").open("a") as errors:
        process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, (home.parent / f"{home.name}.err").read_text()
            assert json.loads(said)["listening"] == listen
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()


def _until(done: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def _holds(home: Path, record: str) -> bool:
    with door.reach(home) as node:
        try:
            return bool(node.record(record).id)
        except NoSuchThing:
            return False


@pytest.mark.slow
def test_three_processes_meet_one_is_killed_and_catches_up(tmp_path: Path) -> None:
    addresses = dict(zip(PARTIES, (f"127.0.0.1:{port}" for port in _free_ports(3)), strict=True))
    world = World(tmp_path).found({party: f"http://{where}/" for party, where in addresses.items()})
    with ExitStack() as stack:
        running = {
            party: stack.enter_context(_running(world.home(party), addresses[party])) for party in PARTIES
        }
        first = _table(world, 1)
        _until(lambda: all(_holds(world.home(party), first) for party in PARTIES))
        _until(lambda: _cosigners(world, first) == ("cn", "neutral"))
        _check_endpoint(world, addresses["us"])

        running["cn"].kill()
        running["cn"].wait(20)
        second = _table(world, 2)
        _until(lambda: _holds(world.home("neutral"), second))
        stack.enter_context(_running(world.home("cn"), addresses["cn"]))
        _until(lambda: _holds(world.home("cn"), second))
        _until(lambda: _released(world, second))
        _check_standing(world)
        _check_refusal(world)
    for party in PARTIES:
        report = auditor.verify(world.home(party), genesis=world.genesis, installed=installed())
        assert report.ok, report.faults
        assert not (world.home(party) / "door").exists()
    for where in addresses.values():
        host, _, port = where.partition(":")
        with socket.socket() as probe:
            assert probe.connect_ex((host, int(port))) != 0


def _table(world: World, number: int) -> str:
    with door.reach(world.home("us")) as node:
        return node.table(draft(number)).id


def _cosigners(world: World, record: str) -> tuple[str, ...]:
    with door.reach(world.home("us")) as node:
        return node.record(record).cosigned


def _released(world: World, record: str) -> bool:
    with door.reach(world.home("neutral")) as node:
        return bool(node.record(record).values)


def _check_standing(world: World) -> None:
    with door.reach(world.home("us")) as node:
        cut, as_of = node.cut(), node.status().now
    digests: Mapping[str, str] = {}

    def same() -> bool:
        nonlocal digests
        try:
            digests = {party: _digest(world, party, cut, as_of) for party in PARTIES}
        except DetenteError:
            return False
        return True

    _until(same)
    assert len(set(digests.values())) == 1


def _digest(world: World, party: str, cut: object, as_of: int) -> str:
    with door.reach(world.home(party)) as node:
        return node.standing(cut, as_of).digest  # type: ignore[arg-type]


def _check_refusal(world: World) -> None:
    with door.reach(world.home("us")) as node, pytest.raises(Refused) as caught:
        node.table(draft(9, open={"note": "free text"}))
    assert caught.value.step == "gate.6"


def _check_endpoint(world: World, where: str) -> None:
    with httpx.Client(base_url=f"http://{where}", trust_env=False) as client:
        assert client.get("/health").json() == {"ok": True}
        served = client.get("/live/us/checkpoint").content
        assert served.startswith(origin(world.genesis, "live", "us").encode())
        for path in (
            "/node.db",
            "/../node.db",
            "/..%2fnode.db",
            "/%2e%2e/keys/live/log-ed25519.seed",
            "/live",
            "/",
        ):
            assert client.get(path).status_code == 404
        assert client.post("/add-checkpoint", content=b"x" * 600_000).status_code == 413
        assert client.post("/add-checkpoint", content=b"nonsense").status_code == 400
        stranger = b"old 0\n\nexample.com/log\n1\n" + b"A" * 43 + "=\n\n— x AAAAAAA=\n".encode()
        assert client.post("/add-checkpoint", content=stranger).status_code == 404
        own = b"old 0\n\n" + (world.home("us") / "public/live/us/checkpoint").read_bytes()
        assert client.post("/add-checkpoint", content=own).status_code == 404
        theirs = b"old 0\n\n" + (world.home("us") / "public/live/cn/checkpoint").read_bytes()
        stale = client.post("/add-checkpoint", content=theirs)
        assert stale.status_code == 409
        assert stale.headers["content-type"] == "text/x.tlog.size"
        assert client.post("/live/us/checkpoint").status_code == 405
