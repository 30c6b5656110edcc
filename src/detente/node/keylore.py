"""Key lore: how each party's keys follow from the records in its own log that this node holds.

    keyrings["us"]       by position, for heads, cosignatures and officers (see `accord.keyact`)
    record_keys("us")    every record key that any charter of us has named: whoever verifies a body picks the
                         one that the record names; whether it was valid there is standing's question

Bodies may arrive in any order; the keyring is folded anew in the order of the log whenever a key act arrives.
An act that its party's officers did not sign changes no keyring, and stays visible in the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.accord.keyact import KINDS, applied, carried, charter_in
from detente.trust.charter import Charter
from detente.trust.errors import DetenteError
from detente.trust.exhibit import Change
from detente.trust.key import PublicKey
from detente.trust.keyring import Keyring
from detente.trust.record import Record


@dataclass
class KeyLore:
    """What is known of the keys of all parties in one domain.

    Attributes:
        founded: each party's keys as the accord founds them.
        keyrings: each party's keys as its log has changed them; shared with whoever verifies.
    """

    founded: dict[str, Keyring]
    keyrings: dict[str, Keyring]
    _acts: dict[str, dict[int, Record]] = field(default_factory=dict)
    _known: dict[str, dict[str, PublicKey]] = field(default_factory=dict)

    def record_keys(self, party: str) -> Mapping[str, PublicKey]:
        """Return keyid to key, of every record key that a charter of a party has named, in force or not.

        The charters are the founding one and those in the bodies held of `accord.key-change`, whoever signed
        them: a keyid certifies its key. What is known only grows, in whatever order bodies come.
        """
        if party not in self._known:
            self._known[party] = _record_keys(self.founded[party].charter(0))
        return self._known[party]

    def learn(self, party: str, index: int, entry: Record) -> None:
        """Take a body that was verified; telling twice is telling once."""
        if entry.kind not in KINDS:
            return
        acts = self._acts.setdefault(party, {})
        # An own act whose commit failed may have stood here before.
        if acts.get(index) != entry:
            acts[index] = entry
            self.keyrings[party] = self._fold(party, acts)
            named = charter_in(entry)
            if named is not None:
                self._known[party] = {**self.record_keys(party), **_record_keys(named)}

    def ahead(self, party: str, acts: Mapping[int, Record]) -> Keyring:
        """Return a party's keys as they would be after key acts that are not learned yet."""
        return self._fold(party, self._acts.get(party, {}) | dict(acts))

    def changes(self, party: str) -> tuple[Change, ...]:
        """Return the charters that followed a party's first one, as they were logged, for an exhibit."""
        acts = self._acts.get(party, {})
        kept = [acts[index] for index in sorted(acts) if acts[index].kind == "accord.key-change"]
        return tuple(Change(one.at, carried(one)) for one in kept)

    def _fold(self, party: str, acts: dict[int, Record]) -> Keyring:
        ring = self.founded[party]
        for index in sorted(acts):
            try:
                ring = applied(ring, index, acts[index])
            except DetenteError:
                continue
        return ring


def _record_keys(charter: Charter) -> dict[str, PublicKey]:
    return {key.keyid: key for key in charter.public_keys("record")}
