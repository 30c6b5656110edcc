"""The line: one connection for request after request, each in one piece, each answer as long as it says."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from detente.node.errors import PeerAway
from detente.node.line import Line

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhead"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhead\r\n0\r\n\r\n"


@dataclass
class Peer:
    """Gives these answers one after the other, and remembers each dialling and each piece that it received.

    Attributes:
        answers: what is sent; after an empty one the connection is closed.
        dialled: how many connections were opened.
        received: what came, a piece for each time that something was there.
        closed: set when a connection was closed here.
    """

    listener: socket.socket
    answers: Sequence[bytes]
    dialled: int = 0
    received: list[bytes] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        """Answer until there is nothing more to say."""
        left = list(self.answers)
        with suppress(OSError):  # the listener closes, and that is the end
            while left:
                line, _ = self.listener.accept()
                self.dialled += 1
                with line:
                    while left and (piece := line.recv(65_536)):
                        self.received.append(piece)
                        line.sendall(left.pop(0))
                        if left and not left[0]:
                            left.pop(0)
                            break
                self.closed.set()


@contextmanager
def _peer(*answers: bytes) -> Iterator[tuple[Peer, Line]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer, line = Peer(listener, answers), Line()
        thread = threading.Thread(target=peer.run, daemon=True)
        thread.start()
        try:
            yield peer, line
        finally:
            line.close()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_one_connection_serves_request_after_request() -> None:
    with _peer(OK, CHUNKED, OK) as (peer, line):
        bodies = [line.ask("GET", f"{peer.address}/live/cn/checkpoint", 10).body for _ in range(3)]
        assert bodies == [b"head"] * 3
        assert peer.dialled == 1


def test_a_request_goes_in_one_piece_body_and_all() -> None:
    with _peer(OK) as (peer, line):
        line.ask("POST", f"{peer.address}/add-checkpoint", 10, b"old 0\n\nhead")
        assert len(peer.received) == 1, "a second piece would wait for the first to be acknowledged"
        assert peer.received[0].endswith(b"\r\n\r\nold 0\n\nhead")


@pytest.mark.parametrize("last", [OK, OK.replace(b"content", b"connection: close\r\ncontent")])
def test_a_connection_that_the_other_end_closed_is_dialled_anew(last: bytes) -> None:
    with _peer(last, b"", OK) as (peer, line):
        assert line.ask("GET", f"{peer.address}/a", 10).status == 200
        assert peer.closed.wait(5)
        assert line.ask("GET", f"{peer.address}/a", 10).status == 200
        assert peer.dialled == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"4", b"9"),
        CHUNKED[:-5],
        OK[:20],
        b"\r\n" + OK,
        OK.replace(b"HTTP", b"SMTP"),
    ],
    ids=["short", "no last chunk", "no headers", "no status", "no HTTP"],
)
def test_an_answer_that_is_not_whole_is_none_and_its_connection_is_not_used_again(answer: bytes) -> None:
    with _peer(answer, b"", OK) as (peer, line):
        with pytest.raises(PeerAway, match=r"line\.1"):
            line.ask("GET", f"{peer.address}/a", 10)
        assert line.ask("GET", f"{peer.address}/a", 10).body == b"head"
        assert peer.dialled == 2


def test_what_follows_an_answer_that_was_not_asked_for_is_no_answer_to_the_next_request() -> None:
    with _peer(OK + OK.replace(b"head", b"fake"), b"", OK) as (peer, line):
        assert line.ask("GET", f"{peer.address}/a", 10).body == b"head"
        assert line.ask("GET", f"{peer.address}/b", 10).body == b"head"
        assert peer.dialled == 2


def test_an_answer_of_one_byte_too_many_is_refused_and_its_rest_is_not_read_later() -> None:
    with _peer(OK, b"", OK) as (peer, line):
        with pytest.raises(PeerAway, match=r"line\.2"):
            line.ask("GET", f"{peer.address}/a", 3)
        assert line.ask("GET", f"{peer.address}/a", 4).body == b"head"
        assert peer.dialled == 2


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/a", "http://[::1/a", "http://127.0.0.1:port/a", f"http://{'ü' * 70}/a", "a"]
)
def test_an_address_that_is_none_is_a_peer_that_is_away_and_stops_no_round(address: str) -> None:
    with pytest.raises(PeerAway, match=r"no address of a node") as caught:
        Line().ask("GET", address, 4)
    assert caught.value.step == "line.1"
