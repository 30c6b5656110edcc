"""The porter: who asks at the peer endpoint, whether that is now and once, and whether it is too much.

    Porter(node).admit(request, fields)  ->  "cn", or "" where unsigned requests are answered

Requests are signed as `trust.request` says. A request is fresh within its window and is let in once; each
party has a share of requests and bytes a minute, and all strangers together have one. Nonces are remembered
in memory alone: whoever replays a request after a restart within its window gets what its asker got.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import NamedTuple, Protocol

from detente.node.blotter import Blotter, Misasked
from detente.node.errors import Exceeded
from detente.node.fence import Fence
from detente.node.home import Quota
from detente.trust import request as requests
from detente.trust.errors import DetenteError, Malformed, Unproven, WrongContext
from detente.trust.key import PublicKey
from detente.trust.request import FIELDS, WINDOW, Request

MINUTE = 60.0
STRANGERS = ""
"""Who asks when nobody of the accord does."""


UNSIGNED = "request.1"
PROVEN = frozenset(["porter.2", "porter.3", "porter.5", "porter.6"])
"""Checks that come after the signature verified: what falls there is of the party that it names."""


class Known(NamedTuple):
    """Who may ask in the name of a log: party, domain, and the record keys that sign its requests."""

    party: str
    domain: str
    keys: tuple[PublicKey, ...]


class Guarded(Protocol):
    """What the porter asks of a node."""

    @property
    def party(self) -> str:
        """Whose node it is."""
        ...

    def askers(self) -> Mapping[str, tuple[str, str, tuple[PublicKey, ...]]]:
        """Return log origin to party, domain and record keys."""
        ...


@dataclass
class Share:
    """What one asker has had of a minute."""

    since: float = 0.0
    requests: int = 0
    bytes: int = 0


@dataclass
class Porter:
    """Lets requests in.

    Attributes:
        node: whose parties may ask.
        quota: how much each may ask in a minute.
        unsigned: whether strangers are answered.
        fence: over TLS, whose certificates are pinned; None in the clear.
        blotter: keeps what was badly signed, replayed or not of its signer's machine.
        now: seconds since the epoch, by the system's clock and not by the accord's.
        ticks: seconds that never go back.
    """

    node: Guarded
    quota: Quota
    unsigned: bool
    fence: Fence | None = None
    blotter: Blotter | None = None
    now: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic
    _shares: dict[str, Share] = field(default_factory=dict)
    _nonces: dict[tuple[str, str], None] = field(default_factory=dict)
    _order: deque[tuple[float, tuple[str, str]]] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def admit(
        self, request: Request, fields: Iterable[tuple[str, str]], shown: bytes = b"", origin: str = ""
    ) -> str:
        """Return the party that asks, or `STRANGERS`.

        Args:
            request: what is asked.
            fields: header fields as received, names in lower case.
            shown: the TLS certificate that came with it, if one did.
            origin: from which address of the network it came; for the blotter alone.

        Raises:
            Unproven, Malformed, WrongContext, BadSignature, WrongKey: `request.*`, `porter.1` to `porter.3`,
                `porter.5`, `porter.6`.
            Exceeded: `porter.4`.
        """
        signing = [one for one in fields if one[0] in FIELDS]
        try:
            who = self._who(request, signing)
            self._fenced(who, shown)
        except DetenteError as error:
            self._count(STRANGERS)
            self._note(Misasked(request, tuple(signing), origin=origin), error)
            raise
        self._count(who)
        return who

    def charge(self, who: str, size: int) -> None:
        """Count bytes that went to or came from an asker."""
        with self._lock:
            self._share(who).bytes += size

    def _who(self, request: Request, fields: list[tuple[str, str]]) -> str:
        if not fields and self.unsigned:
            return STRANGERS
        given = dict(fields)
        # 1. Each field stands once.
        if len(given) != len(fields):
            raise Malformed("porter.1", "A field of the signature stands twice.", "Send each once.")
        signed = requests.read(given)
        known = Known(*self.node.askers().get(signed.stamp.origin, (STRANGERS, "", ())))
        requests.verify(request, signed, given, known.keys, int(self.now()))
        # 2. Who signs for one domain asks about that domain.
        first = request.path.split("/")[1]
        if first in ("live", "exercise") and first != known.domain:
            raise WrongContext(
                "porter.2", f"A key of {known.domain} asks about {first}.", "Use the other key."
            )
        self._once((signed.stamp.keyid, signed.stamp.nonce))
        return known.party

    def _note(self, one: Misasked, error: DetenteError) -> None:
        """Keep a refused request; one that bears no signature says nothing of anybody."""
        if self.blotter is None or error.step == UNSIGNED:
            return
        with suppress(DetenteError):
            named = requests.read(dict(one.fields)).stamp.origin
            party, domain = Known(*self.node.askers().get(named, (STRANGERS, "", ())))[:2]
            one = replace(one, party=party, domain=domain, proven=error.step in PROVEN)
        self.blotter.keep(one, error)

    def _fenced(self, who: str, shown: bytes) -> None:
        if self.fence is None or who == STRANGERS:
            return
        holder = self.fence.holder(shown) if shown else None
        # 5. The machine that speaks is of the party that signs.
        if shown and holder != who:
            what = f"The signature is of {who}, the TLS certificate of {holder or 'nobody'}."
            raise WrongContext(
                "porter.5", what, "Find out who passes the request on, and how it has the key."
            )
        # 6. A party whose certificate is pinned shows it.
        if not shown and who in self.fence.pinned:
            what = f"{who} signs, and has not shown its TLS certificate."
            raise Unproven("porter.6", what, "Call with the certificate that is pinned here.")

    def _once(self, nonce: tuple[str, str]) -> None:
        now = self.ticks()
        with self._lock:
            while self._order and self._order[0][0] < now - 2 * WINDOW:
                self._nonces.pop(self._order.popleft()[1], None)
            # 3. It was not asked before.
            if nonce in self._nonces:
                raise WrongContext("porter.3", "This request was made before.", "Sign each request anew.")
            self._nonces[nonce] = None
            self._order.append((now, nonce))

    def _count(self, who: str) -> None:
        with self._lock:
            share = self._share(who)
            share.requests += 1
            # 4. It is within the share.
            if share.requests > self.quota.requests or share.bytes > self.quota.bytes:
                what = f"{who or 'strangers'}: {share.requests} requests, {share.bytes} bytes in a minute."
                raise Exceeded("porter.4", what, "Ask again in a minute, or ask less.")

    def _share(self, who: str) -> Share:
        share, now = self._shares.setdefault(who, Share()), self.ticks()
        if now - share.since >= MINUTE:
            share.since, share.requests, share.bytes = now, 0, 0
        return share
