"""The telling: what a node's process says as it works, one event a line, never a body and never a secret.

    {"at":1790000000000,"event":"released","node":"us","audience":"cn","path":"title",…}

Each line goes to standard error, and to the system's own log if asked for: RFC 5424, over the local socket
(`unix:/dev/log`) or a UDP port of this machine. A log that cannot be written stops nothing.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Protocol

from detente.trust.errors import Malformed

DAEMON = 3
"""The facility of RFC 5424, section 6.2.1, under which a node's lines stand."""

INFORMATIONAL = 6
SEVERITY = {"trouble": 3, "call-failed": 3, "refused": 4, "away": 4, "turned-away": 4, "deadline": 5}
"""Event to severity (same section): error, warning, notice; everything else is informational."""

MAX_LINE = 2_048
"""Receivers of RFC 5424 take at least so many bytes (section 6.1); what is longer is cut."""


class Sink(Protocol):
    """Where lines go."""

    def write(self, event: str, line: str) -> None:
        """Take one line."""


class Stderr:
    """Standard error, as lines of JSON."""

    def write(self, _: str, line: str) -> None:
        """Print it."""
        print(line, file=sys.stderr, flush=True)


@dataclass
class Syslog:
    """The system's log.

    Attributes:
        address: a path of a socket, or a host and port.
        host: the name of this machine, as the lines bear it.
        lost: how many lines nobody took.
    """

    address: str | tuple[str, int]
    host: str = field(default_factory=lambda: socket.gethostname() or "-")
    lost: int = 0

    @classmethod
    def at(cls, where: str) -> "Syslog":
        """Return the log at `unix:/PATH` or `udp:HOST:PORT`.

        Raises:
            Malformed: `syslog.1`: neither, or a port that is not of this machine.
        """
        kind, _, rest = where.partition(":")
        if kind == "unix" and rest.startswith("/"):
            return cls(rest)
        host, _, port = rest.rpartition(":")
        # 1. It is of this machine: what leaves it is for the system's log to say, not for a node.
        if kind == "udp" and port.isdigit() and _loopback(host):
            return cls((host, int(port)))
        raise Malformed(
            "syslog.1", f"{where} is no log of this machine.", "Write unix:/dev/log or udp:127.0.0.1:514."
        )

    def write(self, event: str, line: str) -> None:
        """Send it, or count it as lost."""
        family = socket.AF_UNIX if isinstance(self.address, str) else _family(self.address[0])
        data = frame(event, line, self.host, datetime.now(UTC))
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as out:
                out.settimeout(0)
                out.sendto(data, self.address)
        except OSError:
            self.lost += 1


@dataclass
class Teller:
    """Says what happens.

    Attributes:
        party: whose node it is.
        now: its clock.
        sinks: where it goes.
    """

    party: str
    now: Callable[[], int]
    sinks: tuple[Sink, ...] = (Stderr(),)

    def __call__(self, event: str, **fields: object) -> None:
        """Say one thing."""
        said = {"at": self.now(), "event": event, "node": self.party, **fields}
        line = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        for sink in self.sinks:
            sink.write(event, line)


def frame(event: str, line: str, host: str, at: datetime) -> bytes:
    """Return a line as RFC 5424 has it: priority, time, host, program, process, event, no data, then text."""
    priority = DAEMON * 8 + SEVERITY.get(event, INFORMATIONAL)
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    head = f"<{priority}>1 {moment} {host[:255]} detente {os.getpid()} {event[:32]} - "
    data = head.encode("ascii", "replace") + "\ufeff".encode() + line.encode()
    return data if len(data) <= MAX_LINE else data[:MAX_LINE].decode("utf-8", "ignore").encode()


def _loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
