"""One side of a private match: its run file, the logs of its node, and the gate by which its keys go.

side = Side(node, matchrun.read(path))
side.barred(draft)      what the gate says against letting the key of a step go, before it is logged
side.let_go(record)     asks the gate for it
side.write(path, …); side.read(step, …)      the files that go, and that come
"""

from pathlib import Path

from msgspec import Struct

from detente.faces import matchtrail, parcel
from detente.faces.cli.place import file_of
from detente.faces.matchrun import Run
from detente.faces.matchtrail import MEMBERS, SET, Trail
from detente.faces.parcel import Label, What
from detente.node import durable
from detente.node.delivery import Delivery
from detente.node.draft import Draft
from detente.node.errors import Unready
from detente.node.node import Node
from detente.node.status import Shown

ON_ITS_WAY = frozenset({"sent", "held", "waiting"})
"""States of the delivery ledger in which a key has gone, or may yet."""


class Side(Struct, frozen=True):
    """One side.

    Args:
        node: of its party.
        made: its run.
    """

    node: Node
    made: Run

    def barred(self, draft: Draft) -> Delivery | None:
        """The gate's refusal to let the key of a draft go to the other party; None if it may, or may yet."""
        would = next((one for one in self.node.preview(draft) if one.audience == self.made.other), None)
        stays = would.stays if would is not None else ()
        return next((one for one in stays if "key" in one.paths and one.state not in ON_ITS_WAY), None)

    def let_go(self, record: str) -> Delivery | None:
        """Ask the gate for the key of an own step; the ledger's row about it."""
        rows = self.node.release(record, self.made.other, only=("key",))
        return next((one for one in rows if "key" in one.paths), None)

    def urge(self) -> None:
        """Say what has come, and ask the gate again for own keys that waited, for the other's key perhaps.

        A node that runs does both by itself; where only a stick goes between two homes, nobody else does.
        """
        self.node.heartbeat()
        trail = next((one for one in matchtrail.trails(self.node) if one.match.id == self.made.match), None)
        own = [] if trail is None else [trail.match, *trail.of(SET, self.made.party)]
        own += [] if trail is None else trail.of(MEMBERS, self.made.party)
        for step in own:
            gone = {one.audience for one in step.deliveries if one.state in ("sent", "held")}
            if step.party == self.made.party and self.made.other not in gone:
                self.let_go(step.id)

    def write(self, path: Path, what: What, plain: bytes) -> None:
        """Write a file of this side, under the key of its step. Raises DiskFailed: `disk.1`."""
        key = self.made.late if what in ("pairs", "openings") else self.made.key
        durable.place(
            path, parcel.seal(bytes.fromhex(key), Label(self.made.match, what, self.made.party), plain)
        )

    def read(self, step: Shown, what: What, path: Path) -> bytes:
        """The other's file of a step, by the key that it released. Raises Unready: `match.7`; as `unseal`."""
        key = step.values.get("key")
        # 7. Its key was released to us, and is here.
        if not isinstance(key, str):
            raise Unready(
                "match.7",
                f"{step.party} has released no key for {what} to {self.made.party}.",
                "Wait for its release: detente record show.",
            )
        return parcel.unseal(bytes.fromhex(key), Label(self.made.match, what, self.made.other), file_of(path))

    def trail(self) -> Trail:
        """The run in the logs. Raises Unready: `match.3`."""
        trail = next((one for one in matchtrail.trails(self.node) if one.match.id == self.made.match), None)
        # 3. Both sets are logged: before that, nothing is answered.
        if trail is None or SET not in trail.steps:
            raise Unready(
                "match.3", "Not both sets are logged.", "Wait until the other has: detente record list."
            )
        return trail

    def sides(self) -> tuple[Shown, Shown, str]:
        """The two commitments, its own, then the other's; and the id of the one that answers. As `trail`."""
        trail = self.trail()
        answer = trail.steps[SET][0]
        mine, other = (trail.match, answer) if trail.match.party == self.made.party else (answer, trail.match)
        return mine, other, answer.id

    def steps(self, kind: str, lacking: str) -> tuple[Shown, Shown]:
        """The two steps of a kind, its own, then the other's. Raises Unready: `match.3`."""
        trail = self.trail()
        mine, theirs = trail.of(kind, self.made.party), trail.of(kind, self.made.other)
        # 3. Both took it.
        if not mine or not theirs:
            raise Unready("match.3", lacking, "Wait until the other has: detente record list.")
        return mine[0], theirs[0]
