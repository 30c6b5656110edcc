"""The line: HTTP to one peer. Each request is signed to it, each answer has a limit and a deadline.

    Line(Caller("cn", voices)).ask("GET", "http://127.0.0.1:9001/live/cn/checkpoint", 262_144)

A peer may answer nothing, too much, or a byte at a time: the answer is cut off. What it says is believed by
nobody here.
"""

import base64
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import TypeAlias
from urllib.parse import SplitResult, quote, urlsplit

from detente.node import fence
from detente.node.connection import Answer, Connection, TooMuch
from detente.node.errors import PeerAway, Unfenced
from detente.node.fence import Gatepost
from detente.trust import request as requests
from detente.trust.key import PrivateKey
from detente.trust.record import Domain
from detente.trust.request import Stamp

DEADLINE = 60.0
"""Seconds that one answer may take in all, a byte at a time or not."""

SAFE = "/%:@!$&'()*+,;=?-._~"
"""What stands in the target of a request as it is."""

PORTS = {"http": 80, "https": 443}

Voice: TypeAlias = Callable[[], tuple[str, *tuple[PrivateKey, ...]]]
"""Returns a log origin, the record key that signs for it now, and those before it that are still here."""


class Caller:
    """Signs requests to one party (`trust.request`), with the record key of the domain that is asked about.

    Args:
        to: the party asked.
        voices: domain to what returns the log origin and the record key, in force now, of whoever asks.
    """

    def __init__(self, to: str, voices: Mapping[Domain, Voice]) -> None:
        self._to = to
        self._voices = voices

    def fields(self, method: str, target: str, content: bytes) -> Iterator[dict[str, str]]:
        """Yield the header fields of a signed request.

        A party that has not read of a new key knows the one before: it is asked once more, under that.
        """
        first = target.split("/")[1]
        domain = next((one for one in self._voices if one == first), next(iter(self._voices)))
        origin, *keys = self._voices[domain]()
        for key in keys[:2]:
            nonce = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
            stamp = Stamp(int(time.time()), requests.keyid(origin, key.public), nonce)
            yield requests.sign(requests.Request(method, target, self._to, content), stamp, key)


@dataclass
class Line:
    """A line to a peer; used by one thread at a time.

    Attributes:
        caller: what signs; None asks as anybody.
        gatepost: TLS on the way to that peer; without one nothing is asked over https.
    """

    caller: Caller | None = None
    gatepost: Gatepost | None = None
    _kept: dict[tuple[str, str], Connection] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _context: ssl.SSLContext | None = field(default=None, init=False, repr=False, compare=False)

    def ask(self, method: str, url: str, most: int, content: bytes | None = None) -> Answer:
        """Return what is answered.

        Raises:
            PeerAway: `line.1`: nothing in time, or nothing that is HTTP; `line.2`: more than `most` bytes.
            WrongPin, Unfenced: `line.3`, `fence.*`: TLS does not hold, and nothing was asked.
        """
        self._require(url)
        until, where = time.monotonic() + DEADLINE, (url, _parts(url))
        answer = None
        for fields in self._fields(method, where[1], content or b""):
            request = _request(method, where[1], fields, content)
            answer = self._ask(where, (method, request), most, until)
            if answer.status != HTTPStatus.FORBIDDEN:
                break
        # 1. There is a key to ask under.
        if answer is None:
            raise PeerAway("line.1", f"{url}: no key of ours to ask under.", "Open the right home.")
        return answer

    def close(self) -> None:
        """Hang up."""
        for one in self._kept.values():
            one.close()
        self._kept.clear()

    def _require(self, url: str) -> None:
        if self.gatepost is not None:
            self.gatepost.require(url)
        # 3. Over TLS only to a peer whose certificate is known.
        elif url.startswith("https:"):
            raise Unfenced("line.3", f"{url}: nobody's certificate is pinned.", "Pin it: detente tls pin")

    def _fields(self, method: str, parts: SplitResult, content: bytes) -> Iterator[dict[str, str]]:
        return iter([{}]) if self.caller is None else self.caller.fields(method, _target(parts), content)

    def _ask(
        self, where: tuple[str, SplitResult], which: tuple[str, bytes], most: int, until: float
    ) -> Answer:
        (url, parts), (method, request) = where, which
        kept = None
        try:
            kept = self._connection(parts)
            answer = kept.ask(method, request, most, until)
        except TooMuch:
            # 2. It is within the limit, whatever its headers say.
            raise PeerAway("line.2", f"{url} has more than {most} bytes.", "Ask its owner why.") from None
        except (OSError, HTTPException, ValueError) as error:
            fresh = kept is not None and kept.fresh
            unfenced = fence.explained(url, error, fresh=fresh) if parts.scheme == "https" else None
            if unfenced is not None:
                raise unfenced from error
            # 1. It answers, in time.
            what = f"{url}: {type(error).__name__} {error}."
            raise PeerAway("line.1", what, "Try again later.") from error
        finally:
            self._drop_closed()
        return answer

    def _connection(self, parts: SplitResult) -> Connection:
        """Return the connection that is kept, if it still stands, or another. Raises OSError, ValueError."""
        place = (parts.scheme, parts.netloc)
        kept = self._kept.get(place)
        if kept is not None and kept.idle:
            return kept
        if kept is not None:
            kept.close()
        port = parts.port or PORTS[parts.scheme]
        self._kept[place] = Connection.to(parts.hostname or "", port, self._tls(parts.scheme))
        return self._kept[place]

    def _tls(self, scheme: str) -> ssl.SSLContext | None:
        if scheme == "https" and self._context is None and self.gatepost is not None:
            self._context = self.gatepost.context()
        return self._context if scheme == "https" else None

    def _drop_closed(self) -> None:
        for place in [place for place, one in self._kept.items() if not one.open]:
            with suppress(OSError):
                self._kept.pop(place).close()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _host(parts)
        known = parts.scheme in PORTS and parts.port != 0
    except ValueError:
        known = False
    # 1. It can be asked at all.
    if not known:
        raise PeerAway("line.1", f"{url[:200]!a} is no address of a node.", "Mend it: detente link add")
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host as a request names it. Raises ValueError: it has no spelling in ASCII."""
    host = parts.netloc.rpartition("@")[2]
    return host if host.isascii() else host.encode("idna").decode()


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", SAFE)


def _request(method: str, parts: SplitResult, fields: Mapping[str, str], content: bytes | None) -> bytes:
    """Return a request as it is sent."""
    lines = [
        f"{method} {_target(parts)} HTTP/1.1",
        f"host: {_host(parts)}",
        "user-agent: detente",
        "accept: */*",
        "accept-encoding: identity",
        *(() if content is None else (f"content-length: {len(content)}",)),
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    return "\r\n".join((*lines, "\r\n")).encode("ascii") + (content or b"")
