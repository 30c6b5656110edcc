"""What a stranger may send to a port: requests nearly right, made by hypothesis, and what comes back.

    with running(home, f"127.0.0.1:{port}"):
        visit(port, Knock((b"GET /live/us/checkpoint HTTP/1.1…",), ends=False)).statuses == (200,)

A request is genuine first and then bent, so that most get past the first check. It is sent in pieces, one or
several behind each other on one connection; headers may be many, long, doubled, or false about what follows.
"""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

PATIENCE = 0.5
"""Seconds without a byte after which a visitor leaves: a server may wait for more of half a request."""

PAUSE = 0.002
"""Seconds between two pieces."""

LONGEST = 4 * 1024 * 1024
STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


@dataclass(frozen=True)
class Knock:
    """The bytes of one connection, in pieces as they are sent, and whether the sender then ends its side."""

    pieces: tuple[bytes, ...]
    ends: bool


@dataclass(frozen=True)
class Answer:
    """What came back: every status, and all bytes."""

    statuses: tuple[int, ...]
    data: bytes


def free_ports(count: int) -> list[int]:
    """Return so many different ports on loopback that were free a moment ago."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


@contextlib.contextmanager
def running(home: Path, listen: str) -> Iterator[int]:
    """Run the node of a home until the block ends, and give its process id; it must not end by itself."""
    program = [sys.executable, "-m", "detente.faces.serve", "--home", str(home), "--listen", listen]
    said_wrong = home.parent / f"{home.name}.err"
    with said_wrong.open("ab") as errors:
        process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, said_wrong.read_text(encoding="utf-8")
            assert json.loads(said)["listening"] == listen
            yield process.pid
            assert process.poll() is None, f"the node of {home.name} ended by itself"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            if process.stdout is not None:
                process.stdout.close()


def resident(pid: int) -> float:
    """Return how many megabytes of memory a process has."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024 / 1e6


def visit(port: int, knock: Knock, patience: float = PATIENCE) -> Answer:
    """Send what there is to send, and read until nothing more comes."""
    data = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        with contextlib.suppress(OSError):  # a server may turn away before it has heard all
            for piece in knock.pieces:
                line.sendall(piece)
                time.sleep(PAUSE)
            if knock.ends:
                line.shutdown(socket.SHUT_WR)
        line.settimeout(patience)
        with contextlib.suppress(OSError):
            while (piece := line.recv(65_536)) and len(data) < LONGEST:
                data += piece
    return Answer(tuple(int(one) for one in STATUS.findall(bytes(data))), bytes(data))


def bent(genuine: bytes) -> st.SearchStrategy[bytes]:
    """Genuine bytes as they are, cut, doubled, overwritten, or with other bytes put in."""

    def cut(place: tuple[int, int, bytes, int]) -> bytes:
        start, length, other, how = place
        head, middle, tail = genuine[:start], genuine[start : start + length], genuine[start + length :]
        return (
            genuine,
            head + tail,
            head + middle * 2 + tail,
            head + other + tail,
            head + other + middle + tail,
        )[how]

    return st.tuples(
        st.integers(0, len(genuine)), st.integers(0, 64), st.binary(max_size=32), st.integers(0, 4)
    ).map(cut)


UPWARDS = (
    b"..",
    b"%2e%2e",
    b".%2e",
    b"..%2f..",
    b"%2e%2e%2f%2e%2e",
    b"..%5c..",
    b"%c0%ae%c0%ae",
    b"./..",
    b"..;",
)
STEPS = (
    *(
        b"..",
        b".",
        b"",
        b"%2e%2e",
        b"%2E.",
        b"..%2f",
        b"%2e%2e%2f%2e%2e",
        b"..%5c..",
        b"%00",
        b"%c0%ae%c0%ae",
    ),
    *(b"\xff", b"~", b"//", b"live", b"us", b"keys", b"node.db", b"node.json", b"signed", b"etc", b"passwd"),
    *(b"checkpoint", b"tile", b"entries", b"bodies", b"000", b"x001", b"000.p", b"1", b"accord", b"1.json"),
    *(b"health?a=b", b"#"),
)


def paths(known: list[bytes]) -> st.SearchStrategy[bytes]:
    """Paths of the tree, bent ones, and those that climb out of it."""
    out = st.builds(
        lambda start, up, times, file: b"/" + start + (up + b"/") * times + file,
        st.sampled_from([b"", b"live/", b"live/us/"]),
        st.sampled_from(UPWARDS),
        st.integers(1, 3),
        st.sampled_from(
            [b"node.json", b"node.db", b"keys/live/log-ed25519.seed", b"signed/live/us", b"etc/passwd"]
        ),
    )
    climbing = st.lists(st.sampled_from(STEPS), max_size=12).map(lambda steps: b"/" + b"/".join(steps))
    return st.one_of(
        st.sampled_from(known),
        st.sampled_from(known).flatmap(bent),
        out,
        out,
        climbing,
        st.builds(lambda one, other: one + other, st.sampled_from(known), climbing),
        climbing.map(lambda path: b"http://elsewhere" + path),
        st.integers(1, 70_000).map(lambda many: b"/" + b"a" * many),
    )


def headers(length: int) -> st.SearchStrategy[bytes]:
    """Header lines: what belongs there, and what does not."""
    said = st.one_of(
        st.just(f"{length}".encode()),
        st.sampled_from([b"-1", b"", b"0", b"+3", b"1e9", b"99999999999999999999", b"0x10", b"3, 4", b" 7"]),
    )
    line = st.one_of(
        said.map(lambda value: b"Content-Length: " + value),
        st.sampled_from(
            [
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: gzip, chunked",
                b"Expect: 100-continue",
                b"Upgrade: websocket",
                b"Upgrade: h2c",
                b"Connection: keep-alive, upgrade",
                b"Range: bytes=0-1",
                b"Range: bytes=5-1,-3",
                b"If-Modified-Since: never",
                b"Accept-Encoding: br, gzip;q=nan",
                b"Content-Encoding: gzip",
                b" folded: line",
                b"no colon",
                b"Host: \x00",
            ]
        ),
        st.integers(1, 80_000).map(lambda many: b"X-Long: " + b"x" * many),
        st.integers(1, 2_000).map(lambda many: b"\r\n".join(b"X-%d: y" % one for one in range(many))),
        st.binary(max_size=64),
    )
    good = f"Content-Length: {length}".encode()
    return st.one_of(
        *[st.just(good)] * 3, st.lists(line, max_size=4).map(lambda lines: b"\r\n".join(lines) or good)
    ).map(lambda lines: b"Host: 127.0.0.1\r\n" + lines)


METHODS = (
    *(b"GET", b"GET", b"POST", b"POST", b"HEAD", b"PUT", b"DELETE"),
    *(b"OPTIONS", b"CONNECT", b"TRACE", b"PRI", b"get"),
)


@st.composite
def knocks(draw: st.DrawFn, known: list[bytes], body: bytes) -> Knock:
    """Draw one connection's worth: one to three requests, in pieces."""
    data = b""
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.one_of(bent(body), st.just(b""), st.binary(max_size=200)))
        rings = draw(st.booleans())
        path = b"/add-checkpoint" if rings else draw(paths(known))
        method = b"POST" if rings and draw(st.booleans()) else draw(st.sampled_from(METHODS))
        version = draw(st.sampled_from([*[b"HTTP/1.1"] * 7, b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""]))
        lines = draw(headers(len(content)))
        data += method + b" " + path + b" " + version + b"\r\n" + lines + b"\r\n\r\n" + content
    where = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    places = [0, *where, len(data)]
    pieces = tuple(data[one:other] for one, other in pairwise(places))
    return Knock(pieces, draw(st.booleans()))
