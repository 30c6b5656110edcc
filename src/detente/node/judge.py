"""The judge: what follows from a record that is held, and from those it names, as its pillar sees it.

    said("9f…").facts.facts.level == 3

Pure judgement over what is held now: it serves the author before tabling and the gate before releasing.
Whether a record counts, and since when, is standing's matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from detente.accord.duty import Judged, Precedent
from detente.accord.terms import Terms
from detente.trust.keyring import Keyring
from detente.trust.record import Record

KEPT = 4_096
"""So many judgements are remembered: what is asked about again and again, not a whole history."""


@dataclass
class Judge:
    """Judges records against the terms, and remembers what it said of the newest asked about.

    Attributes:
        terms: of the accord.
        library: the records held.
        signed: id and index of a record that officers sign to the keyring under which that was checked, and
            whether they did: see `roll`.
    """

    terms: Terms
    library: Mapping[str, Record]
    signed: dict[tuple[str, int], tuple[Keyring, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._remembered = lru_cache(maxsize=KEPT)(self._judge)

    def thread(self, entry: Record, itself: str = "") -> dict[str, Precedent]:
        """Return the records that a record names, those that are held and stand on their own view."""
        found = {}
        for name in self.terms.refs(entry):
            if name != itself and name in self.library and self.said(name).stands:
                found[name] = Precedent(name, self.library[name], self.said(name).facts)
        return found

    def said(self, name: str) -> Judged:
        """Return what a record that is held says. Raises KeyError if it is not held."""
        return self._remembered(name)

    def _judge(self, name: str) -> Judged:
        entry = self.library[name]
        if entry.accord.version not in self.terms.versions:
            return Judged(stands=False, refusals=("version-unknown",))
        # Names are digests, so a record names only what was there before it, and this ends.
        return self.terms.judge(entry, self.thread(entry, name))
