"""TLS with pinned certificates: a second fence on the direct way that says, on both sides, who speaks."""

import contextlib
import io
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import uvicorn
from serving import free_port

from detente.faces import cli
from detente.faces.peer import application
from detente.faces.wire import Wire
from detente.node import certificate, doctor, durable, fence
from detente.node.errors import PeerAway, Unfenced, WrongPin
from detente.node.fence import Fence, Gatepost, next_file, now_file
from detente.node.home import Home
from detente.node.line import Caller, Line
from detente.node.node import Node
from detente.trust.errors import DetenteError, Malformed
from homes import PARTIES, World, draft, installed

HEAD = "live/us/checkpoint"


@dataclass
class Walled:
    """A founded world in which every party has a TLS key, and each has pinned the others."""

    world: World
    port: int

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/"

    def home(self, party: str) -> Home:
        return Home.at(self.world.home(party))

    def change(self, party: str, **changes: object) -> None:
        """Change the settings of a party."""
        home = self.home(party)
        Home(home.path, msgspec.structs.replace(home.settings, **changes)).save()

    def repin(self, party: str, other: str, *pems: bytes) -> None:
        """Let a party pin these certificates for another, whatever they are."""
        home = self.home(party)
        texts = tuple(certificate.parse(one, other).text for one in pems)
        one = msgspec.structs.replace(home.settings.peers[other], certificates=texts)
        self.change(party, peers=home.settings.peers | {other: one})

    def pem(self, party: str) -> bytes:
        return certificate.own(now_file(self.home(party)), party).pem

    def renew(self, party: str, days: int = 5, now: datetime | None = None) -> bytes:
        """Give a party another key and certificate; nobody is told."""
        durable.write(now_file(self.home(party)), certificate.make(party, days, now))
        return self.pem(party)

    @contextmanager
    def open(self, party: str, sources: dict[str, object] | None = None) -> Iterator[Node]:
        home = self.world.home(party)
        with Node.open(home, installed(), clock=self.world.clock, sources=sources) as node:  # type: ignore[arg-type]
            yield node

    @contextmanager
    def serving(self) -> Iterator[tuple[Node, Fence]]:
        """Serve us, as its settings say."""
        with self.open("us", {}) as node:
            node.table(draft(1))
            node.publish()
            walls = Fence.of(self.home("us"))
            context = walls.serving(strangers=node.home.settings.unsigned)
            config = uvicorn.Config(
                application(node, fence=walls),
                log_config=None,
                lifespan="off",
                http=Wire,
                ssl_context_factory=lambda *_: context,
            )
            server = uvicorn.Server(config)
            with socket.create_server(("127.0.0.1", self.port)) as listener:
                thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
                thread.start()
                try:
                    yield node, walls
                finally:
                    server.should_exit = True
                    thread.join(10)

    def ask(self, party: str, path: str = HEAD, *, signer: str | None = None) -> int:
        """Ask us over the TLS of one party, signed by one: the status of the answer."""
        signer = signer or party
        with self.open(signer, {}) as node:
            voices = {"live": node.branches["live"].realm.voice}
            home = self.home(party)
            line = Line(Caller("us", voices), Gatepost(Fence.of(home), "us"))
            try:
                answer = line.ask("GET", f"{self.address}{path}", 262_144)
            finally:
                line.close()
            self.said = answer.body.decode("utf-8", "replace")
            return answer.status

    said = ""


@pytest.fixture
def walled(tmp_path: Path) -> Walled:
    world = World(tmp_path, unsigned=False).found()
    made = Walled(world, free_port())
    for party in PARTIES:
        file = now_file(made.home(party))
        file.parent.mkdir(mode=0o700)
        durable.write(file, certificate.make(party))
        made.change(party, tls=True)
    for party in PARTIES:
        for other in made.home(party).settings.peers:
            made.repin(party, other, made.pem(other))
    for party in ("cn", "neutral"):
        peers = made.home(party).settings.peers
        us = msgspec.structs.replace(peers["us"], source=made.address, doorbell=made.address)
        made.change(party, peers=peers | {"us": us})
    return made


def test_a_node_reads_and_rings_over_tls_and_each_side_shows_its_certificate(walled: Walled) -> None:
    with walled.serving(), walled.open("cn") as cn:
        cn.table(draft(2))
        cn.publish()
        (live,) = cn.sync()
        assert "us" not in live.away
        assert live.leaves["us"] == 1
        assert "us" in live.cosigned, "the doorbell's answer came"


def test_a_stranger_does_not_get_past_the_handshake(walled: Walled) -> None:
    foreign = walled.world.folder / "foreign.pem"
    durable.write(foreign, certificate.make("cn"))
    with walled.serving() as (_, walls):
        for shown in (None, foreign):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if shown:
                context.load_cert_chain(shown)
            with (
                socket.create_connection(("127.0.0.1", walled.port), timeout=5) as raw,
                context.wrap_socket(raw) as line,
                contextlib.suppress(OSError),
            ):
                line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert line.recv(4096) == b""
        assert sum(walls.turned_away.values()) == 2
        assert any("self-signed" in reason for reason in walls.turned_away)


def test_another_certificate_than_the_pinned_one_is_refused_before_a_byte_is_asked(walled: Walled) -> None:
    walled.renew("us")
    with walled.serving(), walled.open("cn") as cn:
        (live,) = cn.sync()
        assert "[fence.6]" in live.away["us"]
        with pytest.raises(WrongPin):
            walled.ask("neutral")
        assert "[fence.6]" in cn.status().domains["live"].away[0].why


def test_a_certificate_of_another_party_is_no_certificate_of_this_one(walled: Walled) -> None:
    with pytest.raises(Malformed, match=r"certificate\.3"):
        walled.repin("cn", "us", walled.pem("neutral"))
    now_file(walled.home("us")).write_bytes(now_file(walled.home("neutral")).read_bytes())
    with pytest.raises(Malformed, match=r"certificate\.3"):
        Fence.of(walled.home("us")).serving()


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_certificates_that_ended_or_have_not_begun_are_refused_by_name(walled: Walled) -> None:
    ended = walled.renew("us", now=LONG_AGO)
    walled.repin("cn", "us", ended)
    with pytest.raises(Unfenced, match=r"fence\.2"):
        Fence.of(walled.home("us")).serving()
    for others, step in ((LONG_AGO, "fence.4"), (datetime.now(UTC) + timedelta(days=2), "fence.5")):
        served = walled.renew("us", now=others)
        walled.repin("cn", "us", served)
        with _answering(now_file(walled.home("us")), walled.port), pytest.raises(Unfenced) as caught:
            walled.ask("cn")
        assert caught.value.step == step


@contextmanager
def _answering(pem: Path | None, port: int) -> Iterator[None]:
    """Somebody who listens, and shows what a careful node never would; in the clear without a file."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.2)
        ending = threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if pem:
            context.load_cert_chain(pem)

        def answer() -> None:
            while not ending.is_set():
                with contextlib.suppress(OSError):
                    raw, _ = listener.accept()
                    with raw if pem is None else context.wrap_socket(raw, server_side=True) as line:
                        line.recv(4096)
                        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join(5)


def test_nothing_is_said_in_the_clear_to_a_party_that_is_pinned(walled: Walled) -> None:
    peers = walled.home("cn").settings.peers
    plain = msgspec.structs.replace(peers["us"], source=walled.address.replace("https", "http"))
    walled.change("cn", peers=peers | {"us": plain})
    with _answering(None, walled.port), walled.open("cn") as cn:
        (live,) = cn.sync()
        assert "[fence.1]" in live.away["us"]
    assert [one.facts["step"] for one in _found(walled, "cn", "tls-unfit")] == ["fence.1"]
    walled.change("cn", peers=peers | {"us": msgspec.structs.replace(peers["us"], certificates=())})
    with walled.serving(), walled.open("cn") as cn:
        assert "[fence.3]" in cn.sync()[0].away["us"], "nor over a TLS that anybody could offer"
    assert [one.facts["step"] for one in _found(walled, "cn", "tls-unfit")] == ["fence.3"]


def test_who_answers_without_tls_or_does_not_take_our_certificate_is_named(walled: Walled) -> None:
    with _answering(None, walled.port), pytest.raises(Unfenced) as caught:
        walled.ask("cn")
    assert caught.value.step == "fence.7"
    walled.renew("cn")
    with walled.serving(), pytest.raises(Unfenced) as caught:
        walled.ask("cn")
    assert caught.value.step == "fence.8"


def test_the_machine_that_speaks_is_of_the_party_that_signs(walled: Walled) -> None:
    with walled.serving():
        assert walled.ask("cn") == 200
        assert walled.ask("neutral", signer="cn") == 422
        assert "[porter.5]" in walled.said
    walled.change("us", unsigned=True)
    with walled.serving() as (_, walls):
        bare = Fence(walls.party, walls.own, {})
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        assert bare.pinned == {}
        with walled.open("cn", {}) as cn:
            line = Line(Caller("us", {"live": cn.branches["live"].realm.voice}), _Bare(walls, "us"))
            answer = line.ask("GET", f"{walled.address}{HEAD}", 262_144)
            line.close()
        assert answer.status == 403
        assert b"[porter.6]" in answer.body


class _Bare(Gatepost):
    """Calls without showing anything, and takes whatever is shown."""

    def require(self, _: str) -> None:
        """Let everything pass."""

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def test_a_certificate_that_could_let_others_in_is_not_pinned(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    subject = ["-subj", "/CN=cn", "-addext", "basicConstraints=critical,CA:TRUE"]
    words = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", str(key), *subject]
    made = subprocess.run(words, check=True, capture_output=True, timeout=30).stdout
    with pytest.raises(Malformed, match=r"certificate\.2"):
        certificate.parse(made, "cn")
    words[words.index("-addext") + 1] = "basicConstraints=critical,CA:FALSE"
    made = subprocess.run(words, check=True, capture_output=True, timeout=30).stdout
    assert certificate.parse(made, "cn").party == "cn", "a key of somebody else's making will do"


def _found(walled: Walled, party: str, symptom: str) -> list[doctor.Finding]:
    found = doctor.examine(walled.world.home(party), installed(), clock=walled.world.clock)
    return [one for one in found if one.symptom == symptom]


def test_the_doctor_knows_keys_that_are_missing_ended_or_soon_will(walled: Walled) -> None:
    assert not [one for name in ("tls-unfit", "tls-ended", "tls-ends") for one in _found(walled, "us", name)]
    walled.renew("us", days=5)
    assert [one.facts["party"] for one in _found(walled, "us", "tls-ends")] == ["us"]
    walled.repin("us", "cn", walled.renew("cn", now=LONG_AGO))
    assert [one.facts["party"] for one in _found(walled, "us", "tls-ended")] == ["cn"]
    now_file(walled.home("us")).unlink()
    assert [one.facts["step"] for one in _found(walled, "us", "tls-unfit")] == ["certificate.5"]
    with walled.open("us") as us:
        assert us.status().trouble == "", "a node without its TLS key still works for its owner"


def _run(*words: str) -> dict[str, object] | list[dict[str, object]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert cli.main([*words, "--json"]) == 0
    return json.loads(out.getvalue())  # type: ignore[no-any-return]  # whatever it says


def test_a_key_is_changed_by_commands_and_nobody_is_cut_off_in_between(walled: Walled) -> None:
    us, cn = str(walled.world.home("us")), str(walled.world.home("cn"))
    old, new = str(walled.world.folder / "old.crt"), str(walled.world.folder / "new.crt")
    _run("tls", "show", "--home", us, "--to", old)
    made = _run("tls", "make", "--home", us, "--to", new)
    assert made["state"] == "next"  # type: ignore[call-overload]  # a mapping
    _run("tls", "pin", "us", old, new, "--home", cn)
    with walled.serving():
        assert walled.ask("cn") == 200
    _run("tls", "turn", "--home", us)
    assert not next_file(walled.home("us")).exists()
    with walled.serving():
        assert walled.ask("cn") == 200
    _run("tls", "pin", "us", new, "--home", cn)
    with walled.serving():
        assert walled.ask("cn") == 200
    states = [one["state"] for one in _run("tls", "list", "--home", cn)]  # type: ignore[index,call-overload]
    assert states == ["in use", "pinned", "pinned"]


def test_pinning_turns_every_way_to_that_party_into_tls(tmp_path: Path) -> None:
    world = World(tmp_path, unsigned=False).found(dict.fromkeys(PARTIES, "http://127.0.0.1:9/"))
    home = Home.at(world.home("us"))
    peers = home.settings.peers
    cn = msgspec.structs.replace(peers["cn"], source="store:neutral:http://127.0.0.1:9/", doorbell=None)
    places = ("store:neutral:http://127.0.0.1:9/", "/media/stick")
    settings = msgspec.structs.replace(home.settings, peers=peers | {"cn": cn}, publish_to=places)
    Home(home.path, settings).save()
    _run("tls", "make", "--home", str(world.home("neutral")), "--to", str(tmp_path / "neutral.crt"))
    _run("tls", "make", "--home", str(world.home("us")), "--to", str(tmp_path / "us.crt"))
    _run("tls", "pin", "neutral", str(tmp_path / "neutral.crt"), "--home", str(world.home("us")))
    after = Home.at(world.home("us")).settings
    assert after.tls
    assert after.peers["neutral"].source == after.peers["neutral"].doorbell == "https://127.0.0.1:9/"
    assert after.peers["cn"].source == "store:neutral:https://127.0.0.1:9/"
    assert after.publish_to == ("store:neutral:https://127.0.0.1:9/", "/media/stick")
    assert now_file(home).stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_a_served_process_tells_whom_it_turned_away_and_no_secret(walled: Walled) -> None:
    walled.home("cn").path.joinpath("public").rename(walled.world.folder / "gone")
    words = [sys.executable, "-m", "detente.faces.serve", "--home", str(walled.world.home("us"))]
    words += ["--listen", f"127.0.0.1:{walled.port}"]
    log = walled.world.folder / "us.log"
    with log.open("wb") as errors, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert json.loads(said)["listening"].endswith(str(walled.port))
            assert walled.ask("neutral", "accord/1.json") == 200
            walled.renew("neutral")
            with pytest.raises(PeerAway):
                walled.ask("neutral")
            until = time.monotonic() + 30
            while b"turned-away" not in log.read_bytes():
                assert time.monotonic() < until
                time.sleep(0.1)
        finally:
            process.terminate()
            process.wait(30)
    assert process.returncode == 0
    told = log.read_text(encoding="utf-8")
    assert [line for line in told.splitlines() if '"away"' in line and "[source.2]" in line]
    secret = re.search(r"KEY-----\n(.+)\n", now_file(walled.home("us")).read_text(encoding="ascii"))
    assert secret is not None
    assert secret[1] not in told + said.decode()


def test_every_error_of_the_fence_is_a_named_one() -> None:
    assert issubclass(WrongPin, PeerAway)
    assert issubclass(Unfenced, DetenteError)
    assert fence.explained("https://x", ValueError("no TLS at all"), fresh=False) is None
