"""The judge: what follows from a record that is held, and from those it names, as its pillar sees it.

    said("9f…").facts.facts.level == 3

Pure judgement over what is held now: it serves the author before tabling and the gate before releasing.
Whether a record counts, and since when, is standing's matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.accord.duty import Judged, Precedent
from detente.accord.terms import Terms
from detente.trust.record import Record


@dataclass
class Judge:
    """Judges records against the terms, each once."""

    terms: Terms
    library: Mapping[str, Record]
    _known: dict[str, Judged] = field(default_factory=dict)

    def thread(self, entry: Record, itself: str = "") -> dict[str, Precedent]:
        """Return the records that a record names, those that are held and stand on their own view."""
        found = {}
        for name in self.terms.refs(entry):
            if name != itself and name in self.library and self.said(name).stands:
                found[name] = Precedent(name, self.library[name], self.said(name).facts)
        return found

    def said(self, name: str) -> Judged:
        """Return what a record that is held says. Raises KeyError if it is not held."""
        known = self._known.get(name)
        if known is None:
            entry = self.library[name]
            if entry.accord.version not in self.terms.versions:
                return Judged(stands=False, refusals=("version-unknown",))
            # Names are digests, so a record names only what was there before it, and this ends.
            known = self._known[name] = self.terms.judge(entry, self.thread(entry, name))
        return known
