"""Key lore: how each party's keys follow from the records in its own log that this node holds.

    keyrings["us"]       by position, for heads, cosignatures and officers (see `accord.keyact`)
    record_keys("us")    every record key that any charter of us has named: whoever verifies a body picks the
                         one that the record names; whether it was valid there is standing's question

Bodies may arrive in any order; the keyring is folded anew in the order of the log whenever a key act arrives.
An act that its party's officers did not sign, or whose record no key of its place signed, changes no keyring,
and stays visible in the log.

Standing folds the same acts by the same two rules (`accord.fold`), and only those that are admitted: it waits
for receipts, and leaves out an act that is void, set back in time, or under a version before. A node cannot
wait: the next head is signed by the new keys. Where the two differ, nobody else is touched. Only a party's
own officers, at their threshold, can bring it about, in their own log; all nodes that hold the log hold the
same keyring, for it depends on nothing but bodies; and what the node's keyring decides is whose bytes a head,
a cosignature or an approval is. Whether a record counts is asked of standing alone, which then refuses what
the unadmitted keys sign: an author who withholds a change of keys until it is void has taken its own voice.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from detente.accord.keyact import KINDS, LogKeys, applied, carried, charter_in
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
            if LogKeys(ring).sign(acts[index], index):
                with suppress(DetenteError):
                    ring = applied(ring, index, acts[index])
        return ring


def _record_keys(charter: Charter) -> dict[str, PublicKey]:
    return {key.keyid: key for key in charter.public_keys("record")}
