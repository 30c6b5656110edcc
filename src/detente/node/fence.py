"""The fence: TLS with pinned certificates between two nodes, on both sides. It says which machine speaks.

    fence.calling("cn")         the context by which cn is called: its pinned certificates, and our own
    fence.serving()             the context by which others are let in: those whose certificate is pinned

A second fence only: who asks is said by the signature of each request (`trust.request`), inside it. Nothing
is trusted but the pinned certificates themselves: names and authorities play no part. TLS 1.3 and no other.
"""

import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from detente.node import certificate
from detente.node.certificate import Certificate
from detente.node.errors import PeerAway, Unfenced, WrongPin
from detente.node.finding import Finding, found
from detente.node.home import STORE, Home, Settings
from detente.trust.errors import DetenteError

PLAIN = frozenset(["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"])
"""What OpenSSL says of an answer that is no TLS."""


AHEAD_SECONDS = 30 * 86_400
"""So long before a certificate ends, its owner should have made the next, and the others pinned it."""


@dataclass(frozen=True)
class Fence:
    """The TLS of one node.

    Attributes:
        party: whose node it is.
        own: the file with its key and certificate; it may be missing where nobody asks for TLS.
        texts: party to its pinned certificates, as settings hold them.
        turned_away: how many handshakes of strangers failed, by OpenSSL's reason.
    """

    party: str
    own: Path
    texts: Mapping[str, tuple[str, ...]]
    turned_away: Counter[str] = field(default_factory=Counter, compare=False)

    @classmethod
    def of(cls, home: Home) -> "Fence":
        """Return the fence that a home's settings and keys make."""
        peers = home.settings.peers.items()
        texts = {party: one.certificates for party, one in peers if one.certificates}
        return cls(home.settings.party, now_file(home), texts)

    @cached_property
    def pinned(self) -> Mapping[str, tuple[Certificate, ...]]:
        """Party to its pinned certificates. Raises Malformed: as `certificate.parse`."""
        return {
            party: tuple(certificate.parse(one.encode(), party) for one in texts)
            for party, texts in self.texts.items()
        }

    @cached_property
    def mine(self) -> Certificate:
        """The node's own certificate. Raises HomeMissing, HomeUnsafe, Malformed: as `certificate.own`."""
        return certificate.own(self.own, self.party)

    def require_own(self) -> None:
        """Return if this node can show a certificate. Raises Unfenced: `fence.2`. As `mine`."""
        # 2. Our own certificate has not ended: the others would hang up without a word.
        if time.time() > self.mine.until:
            what = f"The TLS certificate of this node ended at {_clock(self.mine.until)}."
            raise Unfenced("fence.2", what, "Run: detente tls make, and give the others the new one.")

    def holder(self, der: bytes) -> str | None:
        """Return whose certificate this is, or None."""
        return next(
            (party for party, known in self.pinned.items() if der in {one.der for one in known}), None
        )

    def calling(self, party: str) -> ssl.SSLContext:
        """Return the context by which a pinned party is called.

        Raises:
            Unfenced: `fence.2`. As `certificate.own`, `certificate.parse`.
        """
        context = self._context(ssl.PROTOCOL_TLS_CLIENT, self.pinned[party])
        # The name in a certificate is the party's, and no host's: the pin says more than any name.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def serving(self, *, strangers: bool = False) -> ssl.SSLContext:
        """Return the context by which others are let in.

        Args:
            strangers: whether who shows no certificate is let in; who shows one that is not pinned never is.

        Raises:
            As `calling`.
        """
        everybody = tuple(one for known in self.pinned.values() for one in known)
        context = self._context(ssl.PROTOCOL_TLS_SERVER, everybody)
        context.verify_mode = ssl.CERT_OPTIONAL if strangers else ssl.CERT_REQUIRED
        # A resumed session would let in whoever was pinned when it began.
        context.num_tickets = 0
        context.sslobject_class = _counting(self.turned_away)
        return context

    def _context(self, side: int, known: tuple[Certificate, ...]) -> ssl.SSLContext:
        self.require_own()
        context = ssl.SSLContext(side)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # A certificate is found by its bytes: two of one party, during a change, have the same name.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_cert_chain(self.own)
        for one in known:
            context.load_verify_locations(cadata=one.der)
        return context


@dataclass(frozen=True)
class Gatepost:
    """The fence on the way to one party."""

    fence: Fence
    party: str

    def require(self, url: str) -> None:
        """Return if an address may be asked.

        Raises:
            Unfenced: `fence.1` to `fence.3`, and `certificate.*`: what is wrong with our own.
        """
        secure, pinned = url.startswith("https:"), self.party in self.fence.texts
        # 1. A party whose certificate is pinned is never spoken to in the clear.
        if pinned and not secure:
            what = f"{url} is in the clear, and a certificate of {self.party} is pinned."
            raise Unfenced("fence.1", what, "Write https:// in node.json, or take the certificate out.")
        # 3. Over TLS only to a certificate that is pinned: no authority stands between the parties.
        if secure and not pinned:
            what = f"{url}: no certificate of {self.party} is pinned."
            raise Unfenced(
                "fence.3", what, f"Ask its operator for it, then: detente tls pin {self.party} FILE"
            )
        if secure:
            with _as_unfenced():
                self.fence.require_own()

    def context(self) -> ssl.SSLContext:
        """Return the context by which the party is called. Raises Unfenced: as `require`."""
        with _as_unfenced():
            return self.fence.calling(self.party)


@contextmanager
def _as_unfenced() -> Iterator[None]:
    """Let what is wrong with a key in this home keep nobody away but who is called by it."""
    try:
        yield
    except PeerAway:
        raise
    except DetenteError as error:
        raise Unfenced(error.step, error.what, error.remedy) from error
    except (OSError, ValueError) as error:
        # 9. OpenSSL takes the key.
        raise Unfenced("fence.9", f"The TLS key cannot be used: {error}.", "Run: detente tls make") from error


def now_file(home: Home) -> Path:
    """Return where the key and certificate in use are."""
    return home.path / "keys" / "tls" / "now.pem"


def next_file(home: Home) -> Path:
    """Return where those drawn for later are."""
    return home.path / "keys" / "tls" / "next.pem"


def explained(url: str, error: BaseException, *, fresh: bool) -> PeerAway | None:
    """Return what went wrong in TLS, if that is why a call over https failed.

    Args:
        url: what was asked.
        error: what the call raised.
        fresh: whether nothing was ever answered on this connection.
    """
    cause = next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _unverified(url, cause)
    # 7. It speaks TLS.
    if cause is not None and cause.reason in PLAIN:
        what = f"{url} answers without TLS."
        return Unfenced(
            "fence.7", what, "Ask its operator whether it serves over TLS; never go on in the clear."
        )
    # 8. It takes our certificate: if not, the line ends when the handshake is over, and often without a word.
    if fresh and (cause is None or "ALERT" in (cause.reason or "")):
        what = f"{url}: it hung up after our certificate: {(cause and cause.reason) or error}."
        return Unfenced("fence.8", what, "Ask its operator to pin our certificate (detente tls show).")
    return None


def _unverified(url: str, cause: ssl.SSLCertVerificationError) -> PeerAway:
    match cause.verify_code:
        # 4. Its certificate has not ended.
        case 10:
            what = f"{url}: its TLS certificate has ended."
            return Unfenced("fence.4", what, "Ask its operator for the new one, and pin that.")
        # 5. And has begun.
        case 9:
            what = f"{url}: its TLS certificate has not begun by our clock."
            return Unfenced("fence.5", what, "Compare both clocks.")
    # 6. It is the pinned one.
    what = f"{url} shows another TLS certificate than the pinned one ({cause.verify_message})."
    remedy = (
        "Somebody else answers there, or its operator changed it: ask, by another way, before you pin it."
    )
    return WrongPin("fence.6", what, remedy)


def _counting(counter: Counter[str]) -> type[ssl.SSLObject]:
    """Return a class of handshakes that counts those that fail: asyncio tells nobody why it hangs up."""

    class Handshake(ssl.SSLObject):
        """One side of a handshake."""

        def do_handshake(self) -> None:
            """Go on with it."""
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                message = getattr(error, "verify_message", "")
                counter[str(message or error.reason or "unknown")] += 1
                raise

    return Handshake


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    while error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__ or error
    return found


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def examine(home: Home) -> Iterator[Finding]:
    """Yield what is wrong with the TLS of a home, by the system's clock, as TLS itself reads it."""
    fence = Fence.of(home)
    asked = list(_asked(home.settings))
    yield from _unfit(fence, asked, wanted=home.settings.tls or bool(fence.texts))
    with suppress(DetenteError):
        known = dict(fence.pinned)
        if fence.own.exists():
            known |= {fence.party: (fence.mine,)}
        for party, its in sorted(known.items()):
            last = max(one.until for one in its)
            # 29, 30. No certificate has ended, and none will before the others have pinned the next.
            if last < time.time() + AHEAD_SECONDS:
                yield found(
                    "tls-ended" if last < time.time() else "tls-ends", party=party, at=int(last * 1000)
                )


def _unfit(fence: Fence, asked: list[tuple[str, str]], *, wanted: bool) -> Iterator[Finding]:
    checks: list[Callable[[], object]] = [
        partial(Gatepost(fence, party).require, url) for party, url in asked
    ]
    # 28. Keys and certificates can be used, and addresses agree with what is pinned.
    for check in (*((lambda: fence.mine, lambda: fence.pinned) if wanted else ()), *checks):
        try:
            check()
        except DetenteError as error:
            if error.step != "fence.2":  # it has ended: that is said below
                yield found("tls-unfit", step=error.step, why=error)
                return


def _asked(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield which party is asked at which address."""
    places = [
        (party, each) for party, one in settings.peers.items() for each in (one.source, one.doorbell or "")
    ]
    for party, place in (*places, *((settings.party, one) for one in settings.publish_to)):
        at, address = place.split(":", 2)[1:] if place.startswith(STORE) else (party, place)
        if address.startswith(("http:", "https:")):
            yield at, address
