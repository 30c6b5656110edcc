"""The line: HTTP to one peer. Each request is signed to it, each answer has a limit and a deadline.

    Line(Caller("cn", voices)).ask("GET", "http://127.0.0.1:9001/live/cn/checkpoint", 262_144)

A peer may answer nothing, too much, or a byte at a time: the answer is cut off. What it says is believed by
nobody here.
"""

import base64
import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from detente.node import fence
from detente.node.errors import PeerAway, Unfenced
from detente.node.fence import Gatepost
from detente.trust import request as requests
from detente.trust.key import PrivateKey
from detente.trust.record import Domain
from detente.trust.request import Stamp

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds of silence after which an answer is given up."""

DEADLINE = 60.0
"""Seconds that one answer may take in all, a byte at a time or not."""


Voice: TypeAlias = Callable[[], tuple[str, *tuple[PrivateKey, ...]]]
"""Returns a log origin, the record key that signs for it now, and those before it that are still here."""


class Answer(NamedTuple):
    """What a peer answered: HTTP status and body."""

    status: int
    body: bytes


class Caller:
    """Signs requests to one party (`trust.request`), with the record key of the domain that is asked about.

    Args:
        to: the party asked.
        voices: domain to what returns the log origin and the record key, in force now, of whoever asks.
    """

    def __init__(self, to: str, voices: Mapping[Domain, Voice]) -> None:
        self._to = to
        self._voices = voices

    def auth_flow(self, request: "httpx.Request") -> "Generator[httpx.Request, httpx.Response, None]":
        """Add the header fields of a signed request.

        A party that has not read of a new key knows the one before: it is asked once more, under that.
        """
        path = request.url.raw_path.decode("ascii")
        first = path.split("/")[1]
        domain = next((one for one in self._voices if one == first), next(iter(self._voices)))
        origin, *keys = self._voices[domain]()
        for key in keys[:2]:
            nonce = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
            stamp = Stamp(int(time.time()), requests.keyid(origin, key.public), nonce)
            asked = requests.Request(request.method, path, self._to, request.content)
            request.headers.update(requests.sign(asked, stamp, key))
            answer = yield request
            if answer.status_code != HTTPStatus.FORBIDDEN:
                return


@dataclass
class Line:
    """A line to a peer; used by one thread at a time.

    Attributes:
        caller: what signs; None asks as anybody.
        gatepost: TLS on the way to that peer; without one nothing is asked over https.
    """

    caller: Caller | None = None
    gatepost: Gatepost | None = None
    _clients: "dict[bool, httpx.Client]" = field(default_factory=dict, init=False, repr=False, compare=False)
    _socket: socket.socket | None = field(default=None, init=False, repr=False, compare=False)
    _fresh: bool = field(default=False, init=False, repr=False, compare=False)

    def ask(self, method: str, url: str, most: int, content: bytes | None = None) -> Answer:
        """Return what is answered.

        Raises:
            PeerAway: `line.1`: nothing in time, or nothing that is HTTP; `line.2`: more than `most` bytes.
            WrongPin, Unfenced: `line.3`, `fence.*`: TLS does not hold, and nothing was asked.
        """
        import httpx  # noqa: PLC0415 (most commands ask nobody: it is a fifth of what they would load)

        client = self._client(url)
        watch = threading.Timer(DEADLINE, self._cut_off)
        watch.daemon = True
        watch.start()
        try:
            return self._ask(client, (method, url), most, content)
        except httpx.HTTPError as error:
            unfenced = fence.explained(url, error, fresh=self._fresh) if url.startswith("https:") else None
            if unfenced is not None:
                raise unfenced from error
            # 1. It answers, in time.
            what = f"{url}: {type(error).__name__} {error}."
            raise PeerAway("line.1", what, "Try again later.") from error
        finally:
            watch.cancel()

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()

    def _client(self, url: str) -> "httpx.Client":
        secure = url.startswith("https:")
        if self.gatepost is not None:
            self.gatepost.require(url)
        # 3. Over TLS only to a peer whose certificate is known.
        elif secure:
            raise Unfenced("line.3", f"{url}: nobody's certificate is pinned.", "Pin it: detente tls pin")
        if secure not in self._clients:
            import httpx  # noqa: PLC0415 (as in `ask`)

            context = self.gatepost.context() if self.gatepost is not None and secure else False
            self._clients[secure] = httpx.Client(
                timeout=TIMEOUT, trust_env=False, auth=_signing(self.caller), verify=context
            )
        return self._clients[secure]

    def _ask(
        self, client: "httpx.Client", which: tuple[str, str], most: int, content: bytes | None
    ) -> Answer:
        method, url = which
        plain, watched = {"accept-encoding": "identity"}, {"trace": self._trace}
        with client.stream(method, url, content=content, headers=plain, extensions=watched) as answer:
            self._fresh, body = False, bytearray()
            # As sent: what is unpacked could be any size before it is looked at.
            for chunk in answer.iter_raw():
                body += chunk
                # 2. It is within the limit, whatever its headers say.
                if len(body) > most:
                    raise PeerAway("line.2", f"{url} has more than {most} bytes.", "Ask its owner why.")
            return Answer(answer.status_code, bytes(body))

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket that was opened, so that it can be cut."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._fresh = event == "connection.start_tls.complete"
            self._socket = info["return_value"].get_extra_info("socket")

    def _cut_off(self) -> None:
        """End an answer that drips: whoever waits for its next byte learns that there is none."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _signing(caller: Caller | None) -> "httpx.Auth | None":
    """Return what httpx asks to sign: a caller in its own words."""
    if caller is None:
        return None
    import httpx  # noqa: PLC0415 (as in `Line.ask`)

    flow = caller.auth_flow

    class Signing(httpx.Auth):
        requires_request_body = True

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            return flow(request)

    return Signing()
