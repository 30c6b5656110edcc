"""The turnstile: how many may hand in at once, and how much memory what is on its way may take.

    with turnstile.passing("198.51.100.7"):        Exceeded: too many in this minute

Addresses are kept for a minute at most, in memory, as an HMAC with a key that this process has drawn: they
are in no file and no log. Behind a proxy all come from one address; then `per_address` is to be as large as
`all`.
"""

import hmac
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from detente.node.errors import Exceeded

MINUTE = 60.0


@dataclass
class Turnstile:
    """Counts who hands in.

    Attributes:
        all: how many in a minute, together.
        per_address: how many in a minute from one address.
        memory: bytes of bodies that may be on their way at once.
        clock: seconds, never going back.
    """

    all: int = 300
    per_address: int = 30
    memory: int = 128 * 1024 * 1024
    clock: Callable[[], float] = time.monotonic
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _since: float = 0.0
    _counts: Counter[bytes] = field(default_factory=Counter, repr=False)
    _held: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def enter(self, address: str) -> None:
        """Let somebody in. Raises Exceeded: `turnstile.1`."""
        name = hmac.digest(self._key, address.encode(), "sha256")
        with self._lock:
            now = self.clock()
            if now - self._since >= MINUTE or not self._counts:
                self._since, self._counts = now, Counter()
            self._counts[name] += 1
            self._counts[b""] += 1
            # 1. Not too many in this minute.
            if self._counts[b""] > self.all or self._counts[name] > self.per_address:
                raise Exceeded(
                    "turnstile.1", "Too many hand in at this moment.", "Wait a minute, and send it again."
                )

    @contextmanager
    def carrying(self) -> Iterator[Callable[[int], None]]:
        """Give what counts the bytes of one body as they come. Raises Exceeded: `turnstile.2` in it."""
        mine = 0

        def more(count: int) -> None:
            nonlocal mine
            with self._lock:
                mine += count
                self._held += count
                # 2. There is room for it.
                if self._held > self.memory:
                    raise Exceeded(
                        "turnstile.2",
                        "Too much is on its way at this moment.",
                        "Wait a minute, and send it again.",
                    )

        try:
            yield more
        finally:
            with self._lock:
                self._held -= mine
