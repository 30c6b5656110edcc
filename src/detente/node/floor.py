"""The floor: whether a record has the form that its kind has in the version of the accord that it names.

Every open field on the floor and none beside it, and exactly the kind's sealed paths. Whether it stands (its
place, its pillar's judgement, the state of its pillar) is for standing to say; this is only whether it can be
read. A receipt that cannot be read is let in: it moves nothing, at every node alike (protocol, section 4).
"""

from dataclasses import dataclass

from detente.accord.edition import filled
from detente.accord.terms import Terms
from detente.node.body import UnknownTerms
from detente.trust.errors import Malformed
from detente.trust.record import RECEIPT_KIND, Record, require_sealed


@dataclass(frozen=True)
class TermsFloor:
    """The floor of all versions of an accord that are known here."""

    terms: Terms

    def __call__(self, entry: Record) -> None:
        """Return if the record has its kind's form.

        Raises:
            UnknownTerms: `floor.1`. Malformed: `floor.2`, `floor.3`, `record.11`.
        """
        # 1. The version is known.
        version = self.terms.versions.get(entry.accord.version)
        if version is None:
            raise UnknownTerms(
                "floor.1",
                f"Version {entry.accord.version} of the accord is not here.",
                "Install the version that the parties signed.",
            )
        if entry.kind == RECEIPT_KIND:
            return
        # 2. The kind is one of the version's.
        spec = version.spec(entry.kind)
        if spec is None:
            raise Malformed("floor.2", f"There is no kind {entry.kind}.", "Use the kinds of the accord.")
        # 3. Its open fields are exactly the kind's, and its sealed paths too (`record.11`).
        filled(entry.open, spec.open, "floor.3")
        require_sealed(entry, spec.paths)
