"""The rehearsal: what tabling a draft would sign now, and what each party would then get; nothing is done.

    Rehearsal(branch).of(draft)  ->  Rehearsed(record='{"accord":…}', bytes=1204, would=(Would("cn", …), …))

It makes the record as tabling makes it, asks the gate as tabling and releasing ask it, and throws the record
away. Time and salts are drawn anew when it is tabled, so its id will be another; every length is the same.
"""

from dataclasses import dataclass

import msgspec

from detente.node.branch import Branch
from detente.node.draft import Draft
from detente.node.release import Would
from detente.trust import record


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What would be said.

    Attributes:
        record: exactly what would be signed, as text: what every party gets, at once and for ever.
        bytes: its length.
        would: what each other party would get of the sealed values, and why not the rest.
    """

    record: str
    bytes: int
    would: tuple[Would, ...]


@dataclass
class Rehearsal:
    """Rehearses in one branch."""

    branch: Branch

    def of(self, draft: Draft) -> Rehearsed:
        """Return what a draft would become.

        Raises:
            As `Tabling.sketch`; Incomplete: `standing.2`.
        """
        entry, opened = self.branch.tabling.sketch(draft)
        said = record.dump(entry)
        would = self.branch.sketch.would(draft) if opened else ()
        return Rehearsed(record=said.decode(), bytes=len(said), would=would)
