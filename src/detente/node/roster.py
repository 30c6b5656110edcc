"""The roster: the public keys of all logs and witnesses of a domain, as any C2SP client reads them.

    vkeys     one vkey a line: each log under its origin, each witness under its name
    policy    of one log: its keys, the other parties' witnesses grouped by party, and the accord's quorum

Both follow from the accord alone, so an audit can make them again and compare.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from detente.accord.document import Accord
from detente.node.realm import witness_keys
from detente.trust import checkpoint, cosignature, policy
from detente.trust import record as records
from detente.trust.errors import WrongKey
from detente.trust.exhibit import origin, witness
from detente.trust.key import PublicKey
from detente.trust.keyring import Keyring
from detente.trust.note import Note, NoteKey


@dataclass(frozen=True)
class Roster:
    """Who signs in a domain of an accord.

    Attributes:
        genesis: the accord.
        domain: `live` or `exercise`.
        keyrings: each party's keys by position.
        quorum: how many witnesses the accord asks for.
    """

    genesis: str
    domain: records.Domain
    keyrings: Mapping[str, Keyring]
    quorum: int

    @classmethod
    def of(cls, accord: Accord, domain: records.Domain, keyrings: Mapping[str, Keyring]) -> "Roster":
        """Return the roster of a domain of an accord."""
        return cls(accord.genesis, domain, keyrings, accord.witness.quorum)

    def logs(self) -> dict[str, tuple[NoteKey, ...]]:
        """Return party to the keys of its log, in force now."""
        return {
            party: tuple(checkpoint.key(self.origin(party), one) for one in self._now(party, "log"))
            for party in sorted(self.keyrings)
        }

    def witnesses(self) -> dict[str, tuple[NoteKey, ...]]:
        """Return party to the keys of its witness, in force now."""
        return {
            party: tuple(cosignature.key(self.witness(party), one) for one in self._now(party, "witness"))
            for party in sorted(self.keyrings)
        }

    def vkeys(self) -> bytes:
        """Return the file `vkeys`."""
        keys = [key for group in (self.logs(), self.witnesses()) for keys in group.values() for key in keys]
        return "".join(f"{key.vkey}\n" for key in keys).encode()

    def policy(self, party: str) -> bytes:
        """Return the file `policy` of a party's log: the others witness it, for nobody witnesses itself."""
        groups = {
            other: (self.witness(other), self._now(other, "witness"))
            for other in sorted(self.keyrings)
            if other != party
        }
        return policy.dump(policy.compose(self.origin(party), self._now(party, "log"), groups, self.quorum))

    def origin(self, party: str) -> str:
        """Return the name of a party's log."""
        return origin(self.genesis, self.domain, party)

    def witness(self, party: str) -> str:
        """Return the name under which a party cosigns."""
        return witness(self.genesis, self.domain, party)

    def require_known(self, signed: Note, party: str) -> frozenset[str]:
        """Return which witnesses cosigned the head of a party, if every line verifies and is known.

        Raises:
            WrongKey: `roster.1`: a line of nobody. As `cosignature.verify_all`.
        """
        head = checkpoint.parse_text(signed.text)
        names = {self.witness(one): one for one in self.keyrings if one != party}
        lines = {one.name for one in signed.signatures} - {self.origin(party)}
        # 1. Nobody unknown signed: an audit leaves no byte unread.
        if not lines <= names.keys():
            raise WrongKey(
                "roster.1", f"Lines of unknown signers: {sorted(lines - names.keys())}.", "Fetch again."
            )
        for name in lines:
            cosignature.verify_all(signed, head, name, witness_keys(self.keyrings[names[name]], signed, name))
        own = self.keyrings[party].charter(max(head.size - 1, 0)).public_keys("log")
        known = {checkpoint.key(self.origin(party), key).keyid for key in own}
        for name in lines:
            keys = witness_keys(self.keyrings[names[name]], signed, name)
            known |= {cosignature.key(name, key).keyid for key in keys}
        if not all(one.keyid in known for one in signed.signatures):
            raise WrongKey("roster.1", "A line under a known name bears an unknown key id.", "Fetch again.")
        return frozenset(names[name] for name in lines)

    def _now(self, party: str, role: str) -> tuple[PublicKey, ...]:
        span = self.keyrings[party].spans[-1]
        return tuple(
            span.charter.public_key(keyid)
            for name, entry in span.charter.roles.items()
            if name == role
            for keyid in entry.keys
        )
