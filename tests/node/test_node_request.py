"""Requests between nodes: signed, fresh, made once, within a share; slow ends are cut off."""

import asyncio
import base64
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest
from serving import served

from detente.faces import cli, peer, wire
from detente.faces.peer import application
from detente.faces.porter import Porter
from detente.node import source
from detente.node.blotter import FEW, Misasked
from detente.node.errors import Exceeded, PeerAway
from detente.node.home import Home, Quota
from detente.node.line import Caller, Line
from detente.node.node import Node
from detente.node.source import HttpSource, MemorySource, Patient
from detente.trust import request as requests
from detente.trust.errors import DetenteError
from detente.trust.key import PrivateKey
from detente.trust.record import Domain
from detente.trust.request import WINDOW, Request, Stamp
from homes import World, draft, installed

HEAD = "/live/us/checkpoint"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, domains=("live", "exercise"), unsigned=False).found()


def _voice(world: World, party: str, domain: Domain = "live") -> tuple[str, PrivateKey]:
    with world.open(party, {}) as node:
        realm = node.branches[domain].realm
        return realm.origin(party), realm.identity.keys["record"][0]


def _signed(voice: tuple[str, PrivateKey], asked: Request, created: float | None = None) -> dict[str, str]:
    origin, key = voice
    nonce = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    at = int(time.time() if created is None else created)
    return requests.sign(asked, Stamp(at, requests.keyid(origin, key.public), nonce), key)


def _ask(node: Node, path: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers=dict(fields or {}))

    return asyncio.run(ask())


def test_a_party_reads_and_rings_over_http_and_a_stranger_does_not(world: World) -> None:
    with world.open("us", {}) as node:
        node.table(draft(1))
        node.publish()
        with served(node) as address:
            settings = Home.at(world.home("cn")).settings
            one = msgspec.structs.replace(settings.peers["us"], source=address, doorbell=address)
            Home(world.home("cn"), msgspec.structs.replace(settings, peers={"us": one})).save()
            with Node.open(world.home("cn"), installed(), clock=world.clock) as reader:
                reader.table(draft(2))
                reader.publish()
                (live, _) = reader.sync()
                assert live.away == {}
                assert live.leaves["us"] == 1
                assert live.cosigned == ("us",), "the doorbell's answer came"
            stranger = HttpSource(address)
            with pytest.raises(PeerAway) as caught:
                stranger.get("live/us/checkpoint")
            stranger.close()
            assert "answers 403" in caught.value.what
            assert httpx.get(f"{address}health").json() == {"ok": True}


def test_each_way_to_ask_wrongly_is_refused_by_name(world: World) -> None:
    voice, drill = _voice(world, "cn"), _voice(world, "cn", "exercise")
    own, asked = _voice(world, "us"), Request("GET", HEAD, "us")
    with world.open("us", {}) as node:
        node.publish()
        good = _signed(voice, asked)
        cases = {
            "request.1": {},
            "request.2": good | {"signature": "detente=:AAAA:"},
            "request.3": _signed(voice, asked, time.time() - WINDOW - 30),
            "request.4": _signed(voice, Request("GET", HEAD, "neutral")),
            "request.5": good | {"content-digest": requests.digest(b"other")},
            "request.6": _signed(own, asked),
            "request.7": _signed(voice, Request("GET", "/accord/1.json", "us")),
            "porter.2": _signed(drill, asked),
        }
        for step, fields in cases.items():
            answer = _ask(node, HEAD, fields)
            assert f"[{step}]" in answer.text, (step, answer.text)
            assert answer.status_code in (400, 403, 422)
        assert _ask(node, HEAD, good).status_code == 200
        assert _ask(node, f"{HEAD}?x=1", _signed(voice, asked)).status_code == 403


def _kept(node: Node) -> list[tuple[str, str, str, str]]:
    return sorted((one.step, one.party, one.via, one.kind) for one in node.evidence())


def test_what_was_badly_signed_or_replayed_is_kept_and_shown(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    voice, asked = _voice(world, "cn"), Request("GET", HEAD, "us")
    forged = (voice[0].replace("/cn", "/us"), PrivateKey.from_seed("ed25519", bytes(range(32))))
    with world.open("us", {}) as node:
        node.publish()
        good, late = _signed(voice, asked), _signed(voice, asked, time.time() - WINDOW - 30)
        bent = good | {"signature": _signed(voice, Request("GET", "/other", "us"))["signature"]}
        with served(node) as address:
            for fields in ({}, good, good, good, late, bent, _signed(forged, asked)):
                httpx.get(f"{address}{HEAD[1:]}", headers=fields)
        assert _kept(node) == [
            ("porter.3", "cn", "cn", "request"),
            ("request.3", "cn", "/", "request"),
            ("request.6", "", "/", "request"),
            ("request.7", "cn", "/", "request"),
        ]
        replayed = next(one for one in node.evidence() if one.step == "porter.3").digest
    assert cli.main(["evidence", "list", "--home", str(world.home("us"))]) == 0
    assert "cn ← cn" in capsys.readouterr().out
    assert cli.main(["evidence", "show", replayed[:12], "--home", str(world.home("us"))]) == 0
    shown = capsys.readouterr().out
    assert f"  | GET {HEAD}" in shown
    assert good["signature"] in shown
    assert "convinces a stranger: no" in shown


def test_a_flood_of_bad_signatures_fills_no_disk_and_hides_no_other_party(world: World) -> None:
    cn, neutral = _voice(world, "cn"), _voice(world, "neutral")
    with world.open("us", {}) as node:
        node.publish()
        for number in range(1, 2 * FEW):
            asked = Request("GET", f"/{number}", "us", b"x" * number)
            _ask(node, HEAD, _signed(cn, asked) | {"x-long": "y" * 1000})
        _ask(node, HEAD, _signed(neutral, Request("GET", "/else", "us")))
        kept = [one for one in node.evidence() if one.kind == "request"]
        assert Counter(one.party for one in kept) == {"cn": FEW, "neutral": 1}
        assert max(one.size for one in kept) < 2_000
    with world.open("us", {}) as node:
        for number in range(3):
            _ask(node, HEAD, _signed(cn, Request("GET", f"/after/{number}", "us", b"x")))
        assert Counter(one.party for one in node.evidence()) == {"cn": FEW, "neutral": 1}, "nor by a restart"


def test_what_is_kept_of_a_request_is_cut() -> None:
    long = Misasked(
        Request("GET", "/" + "a" * 70_000, "us", b"b" * 10**6), (("signature", "c" * 10**6),) * 99
    )
    assert len(long.dump()) < 12_000


@dataclass
class _Clock:
    at: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class _Gate:
    """A porter for us, who knows cn."""

    voice: tuple[str, PrivateKey]
    clock: _Clock = field(default_factory=_Clock)
    party: str = "us"

    def askers(self) -> dict[str, tuple[str, str, tuple[object, ...]]]:
        return {self.voice[0]: ("cn", "live", (self.voice[1].public,))}

    def porter(self, quota: Quota, *, unsigned: bool = False) -> Porter:
        return Porter(self, quota, unsigned, now=self.clock, ticks=self.clock)  # type: ignore[arg-type]  # keys


@pytest.fixture
def gate() -> _Gate:
    key = PrivateKey.from_seed("ed25519", bytes(range(32)))
    return _Gate(("detente/0123456789abcdef/live/cn", key))


def test_a_replayed_request_is_refused_as_long_as_it_is_fresh_and_then_for_its_age(gate: _Gate) -> None:
    porter = gate.porter(Quota())
    asked = Request("GET", HEAD, "us")
    fields = list(_signed(gate.voice, asked, gate.clock.at + WINDOW).items())
    assert porter.admit(asked, fields) == "cn"
    for later, step in ((0, "porter.3"), (2 * WINDOW, "porter.3"), (1, "request.3")):
        gate.clock.at += later
        with pytest.raises(DetenteError) as caught:
            porter.admit(asked, fields)
        assert caught.value.step == step
    gate.clock.at += 2 * WINDOW
    assert porter.admit(asked, list(_signed(gate.voice, asked, gate.clock.at).items())) == "cn"
    assert len(porter._nonces) == 1, "what is too old to be let in is forgotten"  # noqa: SLF001 (memory)


def test_a_field_of_the_signature_that_stands_twice_is_refused(gate: _Gate) -> None:
    asked = Request("GET", HEAD, "us")
    fields = list(_signed(gate.voice, asked, gate.clock.at).items())
    with pytest.raises(DetenteError) as caught:
        gate.porter(Quota()).admit(asked, [*fields, fields[0]])
    assert caught.value.step == "porter.1"


def test_each_party_has_its_share_of_requests_and_bytes_and_strangers_cost_no_party(gate: _Gate) -> None:
    porter = gate.porter(Quota(requests=3, bytes=1000), unsigned=True)
    asked = Request("GET", HEAD, "us")

    def ask() -> str:
        return porter.admit(asked, list(_signed(gate.voice, asked, gate.clock.at).items()))

    for _ in range(3):
        assert porter.admit(asked, []) == ""
    with pytest.raises(Exceeded) as caught:
        porter.admit(asked, [])
    assert caught.value.step == "porter.4"
    forged = _signed(gate.voice, Request("GET", "/other", "us"), gate.clock.at)
    for _ in range(5):
        with pytest.raises(DetenteError):
            porter.admit(asked, list(forged.items()))
    assert [ask() for _ in range(3)] == ["cn"] * 3, "what others send in its name costs a party nothing"
    with pytest.raises(Exceeded):
        ask()
    gate.clock.at += 60
    assert ask() == "cn"
    porter.charge("cn", 1001)
    with pytest.raises(Exceeded):
        ask()


@pytest.mark.timeout(30)  # what is not cut off waits for ever
@pytest.mark.parametrize("sent", [b"", b"GET /health HTT", b"GET /health HTTP/1.1\r\nhost: x\r\nx-drip: "])
def test_a_head_that_drips_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.5)
    with world.open("us", {}) as node, served(node) as address, _dialled(address) as line:
        line.sendall(sent)
        assert _ends(line, b"a" if sent else b"")


@pytest.mark.timeout(30)
def test_a_body_that_drips_is_refused_and_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "SLOW_SECONDS", 0.5)
    with world.open("us", {}) as node, served(node) as address:
        with _dialled(address) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nold")
            assert line.recv(65_536).startswith(b"HTTP/1.1 429 ")
        monkeypatch.setattr(wire, "WHOLE_SECONDS", 0.5)
        monkeypatch.setattr(peer, "SLOW_SECONDS", 20)
        with _dialled(address) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nold")
            assert _ends(line, b"a")


@contextmanager
def _dialled(address: str) -> Iterator[socket.socket]:
    host, _, port = address.removeprefix("http://").rstrip("/").partition(":")
    with socket.create_connection((host, int(port)), 10) as line:
        yield line


def _ends(line: socket.socket, drop: bytes) -> bool:
    """Drip until the other end drops the connection."""
    line.settimeout(0.1)
    while True:
        try:
            if line.recv(4096) == b"":
                return True
        except TimeoutError:
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(drop)
        except ConnectionResetError:
            return True


def test_a_peer_that_took_all_its_time_in_a_round_waits_for_the_next() -> None:
    files = MemorySource({"live/cn/checkpoint": b"head"})
    assert Patient(files, 60).get("live/cn/checkpoint") == b"head"
    with pytest.raises(PeerAway) as caught:
        Patient(files, 0).get("live/cn/checkpoint")
    assert caught.value.step == "source.6"
    assert source.ROUND > 0


def test_a_node_signs_with_the_key_of_the_domain_that_it_asks_about() -> None:
    live, drill = (PrivateKey.from_seed("ed25519", bytes([n]) * 32) for n in (1, 2))
    caller = Caller(
        "us",
        {
            "live": lambda: ("detente/a/live/cn", live),
            "exercise": lambda: ("detente/a/exercise/cn", drill),
        },
    )
    for path, origin in (("live/us/checkpoint", "live"), ("exercise/x", "exercise"), ("accord/1", "live")):
        signed = next(caller.fields("GET", f"/{path}", b""))
        assert requests.read(signed).stamp.origin == f"detente/a/{origin}/cn"
    Line(caller).close()


def test_a_request_that_breaks_off_is_refused_and_nothing_is_raised(world: World) -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    told: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        told.append(message)

    with world.open("us", {}) as node:
        scope = {"type": "http", "method": "POST", "path": "/add-checkpoint", "raw_path": b"/add-checkpoint"}
        scope |= {"query_string": b"", "headers": [], "client": None}
        asyncio.run(application(node)(scope, gone, send))  # type: ignore[arg-type]  # ASGI's own types
    assert told[0]["status"] == 400
