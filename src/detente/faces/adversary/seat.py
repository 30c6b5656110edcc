"""The seat: from where the adversary acts, the home of a signatory turned bad, with its genuine keys.

    seat = Seat.of(Home.at(Path("cn")))
    entry = seat.record("notices.nil", {"period": …, "returns_for": "incidents"})
    seat.body(entry)                        as the party's own keys sign it

It reads its own home and nobody else's. It never opens a node: what a node would refuse to do, it does.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detente.faces import pillars
from detente.faces.adversary.history import History
from detente.node import exchange
from detente.node.clock import SystemClock
from detente.node.home import Home
from detente.node.identity import Identity
from detente.node.line import Caller, Line, Voice
from detente.trust import disclosure, envelope, record
from detente.trust.disclosure import SALT_BYTES
from detente.trust.exhibit import origin, witness
from detente.trust.key import SEED_BYTES, PrivateKey
from detente.trust.record import RECEIPT_KIND, AccordRef, Domain, Record


@dataclass(frozen=True)
class Seat:
    """Whose keys the adversary has.

    Attributes:
        home: the signatory's.
        genesis: of its accord.
        keys: by domain.
        files: its static tree from when it still behaved.
    """

    home: Home
    genesis: str
    keys: Mapping[Domain, Identity]
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, home: Home) -> "Seat":
        """Take the seat of a signatory: its keys, and the tree that it published so far."""
        accord = envelope.parse(home.accords()[1])
        return cls(
            home=home,
            genesis=_digest(accord.payload),
            keys={domain: Identity.at(home, domain) for domain in home.settings.domains},
            files=exchange.read_folder(home.path / "public"),
        )

    @property
    def party(self) -> str:
        """The signatory."""
        return self.home.settings.party

    def now(self) -> int:
        """The accord's time."""
        return SystemClock(self.home.settings.time_scale, self.home.settings.time_anchor).now()

    def origin(self, party: str, domain: Domain = "live") -> str:
        """The name of a party's log."""
        return origin(self.genesis, domain, party)

    def witness(self, domain: Domain = "live") -> str:
        """The name under which this party cosigns."""
        return witness(self.genesis, domain, self.party)

    def line(self, to: str) -> Line:
        """A line to a node, over which this party asks under its own name."""
        voices = {domain: self._voice(domain) for domain in self.keys}
        return Line(Caller(to, voices))

    def _voice(self, domain: Domain) -> Voice:
        return lambda: (self.origin(self.party, domain), self.keys[domain].keys["record"][0])

    def history(self, domain: Domain = "live") -> History:
        """The log that this party has written so far."""
        keys = self.keys[domain].keys["log"]
        return History.read(self.files, f"{domain}/{self.party}", self.origin(self.party, domain), keys)

    def record(self, kind: str, open_fields: dict[str, Any], **changes: Any) -> Record:  # noqa: ANN401 (fields of a record)
        """Return a record of this party, every sealed path committed as absent, with any changes."""
        nonce = os.urandom(16).hex()
        pillar, _, short = kind.partition(".")
        edition = pillars.editions().get(pillar)
        paths = edition.pillar.kinds[short].paths if edition else ()
        salts = {path: os.urandom(SALT_BYTES) for path in paths}
        opened = disclosure.commit_all((self.party, nonce), paths, {}, salts)
        fields: dict[str, Any] = {
            "v": record.VERSION,
            "domain": "live",
            "kind": kind,
            "party": self.party,
            "accord": AccordRef(self.genesis, 1),
            "thread": None,
            "at": self.now(),
            "nonce": nonce,
            "key": self.keys[changes.get("domain", "live")].keys["record"][0].public.keyid,
            "open": open_fields,
            "sealed": {path: one.digest for path, one in opened.items()},
        }
        return Record(**(fields | changes))

    def nil(self, **changes: Any) -> Record:  # noqa: ANN401 (fields of a record)
        """Return a nil return: the smallest thing that a party can state."""
        fields = {"period": self.now(), "returns_for": "incidents"}
        return self.record("notices.nil", fields, **changes)

    def receipt(self, heads: dict[str, Any], **changes: Any) -> Record:  # noqa: ANN401 (fields of a record)
        """Return a receipt that says this of the others' logs."""
        return self.record(RECEIPT_KIND, {"heads": heads}, **changes)

    def body(self, entry: Record, key: PrivateKey | None = None) -> bytes:
        """Return a record's envelope, signed by this party's key of its domain, or by another key."""
        signer = key or self.keys[entry.domain].keys["record"][0]
        return envelope.dump(record.seal(entry, signer))

    def log(self, history: History, entry: Record) -> History:
        """Log a record and show its body."""
        return history.add(record.leaf(entry), self.body(entry))


def outsider() -> PrivateKey:
    """Return a key that no accord names."""
    return PrivateKey.from_seed("ed25519", os.urandom(SEED_BYTES))


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
