"""The session: who may act at this desk. An address lets one browser in, once, as with a local notebook.

    http://localhost:8643/Xa9…/enter?key=4f…     the entrance, printed to whoever started the desk

The secret first part of the path is more than decoration: browsers send a cookie of `localhost` to every port
of it, so another user's program on this machine could collect it from a page it serves. A cookie whose path
nobody else knows is sent to nobody else. Whoever has the path alone has no cookie, and is told nothing.
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

COOKIE = "detente-desk"
MOST = 16
"""How many browsers may be let in at once; the oldest is put out."""


@dataclass
class Sessions:
    """Lets browsers in.

    Attributes:
        place: the first part of every path.
    """

    place: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    _key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _seal: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _known: dict[str, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def entrance(self) -> str:
        """The path that lets the next browser in; it is another one after each use."""
        return f"/{self.place}/enter?key={self._key}"

    def enter(self, key: str) -> str | None:
        """Return a new session for the key of the entrance, which is then used up; None for any other."""
        with self._lock:
            if not hmac.compare_digest(key.encode("utf-8", "replace"), self._key.encode()):
                return None
            self._key = secrets.token_urlsafe(24)
            session = secrets.token_urlsafe(32)
            self._known[_digest(session)] = None
            while len(self._known) > MOST:
                self._known.pop(next(iter(self._known)))
            return session

    def knows(self, session: str) -> bool:
        """Tell whether a cookie is of a browser that was let in."""
        return _digest(session) in self._known

    def leave(self, session: str) -> None:
        """Let a session act no more."""
        self._known.pop(_digest(session), None)

    def token(self, session: str) -> str:
        """Return what each form of a session carries, so that no other page can send one."""
        return hmac.new(self._seal, session.encode(), hashlib.sha256).hexdigest()

    def holds(self, session: str, token: str) -> bool:
        """Tell whether a form was made for this session."""
        return hmac.compare_digest(self.token(session), token)


def _digest(session: str) -> str:
    """Sessions are looked up by digest: how long that takes says nothing about them."""
    return hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()
