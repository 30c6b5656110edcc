"""The connection: HTTP/1.1 over one socket to a peer, kept from one request to the next.

    line = Connection.open(("127.0.0.1", 9001), None)
    line.ask("GET", b"GET /live/cn/checkpoint …", 262_144, until)      Answer(200, b"…")

A request goes in one piece, so that no half of it waits for the other end to acknowledge the first. An answer
is read so far and so long: each wait for its next bytes is cut to what is left of its time.
"""

import io
import select
import socket
import ssl
import time
from http.client import HTTPResponse, IncompleteRead
from typing import NamedTuple, Self

TIMEOUT = 10.0
"""Seconds of silence after which an answer is given up."""

PIECE = 65_536


class Answer(NamedTuple):
    """What a peer answered: HTTP status and body."""

    status: int
    body: bytes


class TooMuch(Exception):
    """An answer is longer than it may be."""


class Connection:
    """A socket to a peer, for one request after another; used by one thread at a time.

    Attributes:
        fresh: whether TLS holds and nothing was answered yet.
        open: whether another request may go over it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._until = 0.0
        self._heading = False
        self.fresh = isinstance(sock, ssl.SSLSocket)
        self.open = True

    @classmethod
    def to(cls, host: str, port: int, context: ssl.SSLContext | None) -> Self:
        """Dial, and speak TLS if there is a context for it. Raises OSError."""
        sock = socket.create_connection((host, port), TIMEOUT)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return cls(sock if context is None else context.wrap_socket(sock, server_hostname=host))
        except BaseException:
            sock.close()
            raise

    @property
    def idle(self) -> bool:
        """Whether another request may go: the other end has not hung up, nor said what nobody asked."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return self.open and not poll.poll(0)

    def ask(self, method: str, request: bytes, most: int, until: float) -> Answer:
        """Send a whole request, and return the answer; afterwards `open` says whether this one can be kept.

        Args:
            method: of the request: a HEAD is answered without a body.
            request: its head and body.
            most: how many bytes of a body are read.
            until: when the answer is given up, on the monotonic clock.

        Raises:
            OSError, http.client.HTTPException: no answer in time, or none that is HTTP. TooMuch.
        """
        self.open, self._until, self._heading = False, until, True
        self._sock.settimeout(self._left())
        self._sock.sendall(request)
        # The standard library asks a socket for nothing but a file to read.
        answer = HTTPResponse(self, method=method)  # type: ignore[arg-type]
        answer.begin()
        self.fresh, self._heading, body = False, False, bytearray()
        # As sent: what is unpacked could be any size before it is looked at.
        while piece := answer.read(PIECE):
            body += piece
            if len(body) > most:
                raise TooMuch
        if answer.length:
            raise IncompleteRead(b"", answer.length)
        self.open = not answer.will_close
        answer.close()
        return Answer(answer.status, bytes(body))

    def makefile(self, _: str) -> io.BufferedReader:
        """Return what reads one answer, within its time."""
        return io.BufferedReader(_Reading(self))

    def read_into(self, buffer: memoryview) -> int:
        """Read what has come, or wait for it. Raises OSError."""
        self._sock.settimeout(self._left())
        came = self._sock.recv_into(buffer)
        # The standard library takes a head that breaks off for one that is over.
        if not came and self._heading:
            raise ConnectionResetError("it hung up before its answer began")
        return came

    def close(self) -> None:
        """Hang up."""
        self.open = False
        self._sock.close()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        return min(TIMEOUT, left)


class _Reading(io.RawIOBase):
    """One answer on a connection; closing it leaves the connection open."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as io calls it
        return self._line.read_into(buffer)
