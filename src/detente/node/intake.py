"""The intake: bodies of others' records, from whoever holds them, each checked against its leaf.

    fetch("cn", [("cn", source of cn), ("neutral", source of neutral)])

A body that passes is durable before the next receipt says *held*. One that fails is kept as evidence, with
the check at which it fell; its leaf stays missing, and other holders are asked. Who relays is of no matter.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detente.accord.keyact import KINDS
from detente.node import archive, bundle
from detente.node.archive import Body
from detente.node.body import UNKNOWN_KEY, Floor, Place, UnknownTerms, check
from detente.node.errors import PeerAway
from detente.node.evidence import Refusal
from detente.node.fault import point
from detente.node.keylore import KeyLore
from detente.node.realm import Realm
from detente.node.source import Source
from detente.node.writer import Batch
from detente.trust import checkpoint, note
from detente.trust.errors import DetenteError, Malformed
from detente.trust.record import Leaf
from detente.trust.tile import WIDTH


@dataclass
class Intake:
    """What fetches bodies in one realm."""

    realm: Realm
    floor: Floor
    lore: KeyLore
    """Told of each body that passed: keys may follow from it. Telling twice is telling once."""

    def fetch(self, party: str, sources: Iterable[tuple[str, Source]]) -> int:
        """Fetch the bodies of a log that are missing, and return how many came.

        Raises:
            DiskFailed: what was not kept was not counted.
        """
        came = 0
        for via, source in sources:
            wanted = archive.missing_indices(self.realm.readers.conn, self.realm.log(party))
            if not wanted:
                break
            try:
                came += self._fetch_from((party, via), source, self._shown(party, source), wanted)
            except PeerAway:
                continue
        return came

    def fetch_shown(self, party: str, source: Source, size: int) -> int:
        """Fetch what is missing from the author's own tree, which has just shown so many leaves.

        Raises:
            PeerAway: the source cannot be asked. DiskFailed: as `fetch`.
        """
        wanted = archive.missing_indices(self.realm.readers.conn, self.realm.log(party))
        return self._fetch_from((party, party), source, size, wanted)

    def ahead(self, party: str, source: Source, leaves: Sequence[Leaf], start: int) -> dict[int, Body]:
        """Return the bodies of leaves that are verified and not taken yet, to be taken with them.

        If anything is odd, or keys follow from one, there are none: they are fetched and judged behind their
        leaves, as any others. Nothing is refused here.
        """
        size, kept = start + len(leaves), dict[int, Body]()
        try:
            for number in range(start // WIDTH, -(-size // WIDTH)):
                first, width = number * WIDTH, min(WIDTH, size - number * WIDTH)
                data = source.get(f"{self.realm.path(party)}/{bundle.path(number, width)}")
                found = [] if data is None else bundle.parse(data, width)
                for index, one in enumerate(found, first):
                    if one is not None and index >= start:
                        leaf = leaves[index - start]
                        entry, _ = check(one, leaf, self._place(party), self.floor)
                        kept[index] = Body(leaf.id, entry.kind, entry.at, one)
        except DetenteError:
            return {}
        return {} if any(one.kind in KINDS for one in kept.values()) else kept

    def _fetch_from(self, which: tuple[str, str], source: Source, size: int, wanted: list[int]) -> int:
        (party, via), came = which, 0
        for number in sorted({index // WIDTH for index in wanted if index < size}):
            mine = [index for index in wanted if index // WIDTH == number and index < size]
            came += self._take_bundle(party, via, self._bundle(party, via, source, (number, size)), mine)
        return came

    def _shown(self, party: str, source: Source) -> int:
        """Return how many leaves of a log this tree shows; its head needs no proof to be looked at."""
        data = source.get(f"{self.realm.path(party)}/checkpoint")
        try:
            return checkpoint.parse_text(note.parse(data).text).size if data is not None else 0
        except Malformed:
            return 0

    def _bundle(self, party: str, via: str, source: Source, which: tuple[int, int]) -> list[bytes | None]:
        number, size = which
        width = min(WIDTH, size - number * WIDTH)
        path = f"{self.realm.path(party)}/{bundle.path(number, width)}"
        data = source.get(path)
        if data is None:
            return []
        try:
            return bundle.parse(data, width)
        except DetenteError as error:
            self.realm.refuse(Refusal(self.realm.domain, party, via, "entries", data), error)
            return []

    def _take_bundle(self, party: str, via: str, bodies: list[bytes | None], wanted: list[int]) -> int:
        first = wanted[0] // WIDTH * WIDTH
        conn = self.realm.readers.conn
        leaves = archive.leaves(conn, self.realm.log(party), first, first + WIDTH)
        kept: dict[int, Body] = {}
        for index in wanted:
            at = index - first
            data = bodies[at] if at < min(len(bodies), len(leaves)) else None
            if data is not None:
                body = self._checked(party, via, data, (index, leaves[at]))
                kept |= {index: body} if body is not None else {}
        if kept:
            self.realm.writer.settle(lambda batch: self._keep(batch, party, kept))
        return len(kept)

    def _checked(self, party: str, via: str, data: bytes, place: tuple[int, Leaf]) -> Body | None:
        index, leaf = place
        try:
            entry, _ = check(data, leaf, self._place(party), self.floor)
        except UnknownTerms:
            return None
        except DetenteError as error:
            if error.step != UNKNOWN_KEY or not self._lacks_before(party, index):
                self.realm.refuse(Refusal(self.realm.domain, party, via, "record", data), error)
            return None
        self.lore.learn(party, index, entry)
        return Body(leaf.id, entry.kind, entry.at, data)  # an envelope has one spelling

    def _lacks_before(self, party: str, index: int) -> bool:
        """Tell whether a body before this one is not here: it may bring the charter that names its key."""
        lacking = archive.missing_indices(self.realm.readers.conn, self.realm.log(party))
        return bool(lacking) and lacking[0] < index

    def _place(self, party: str) -> Place:
        return Place(self.realm.genesis, self.realm.domain, party, self.lore.record_keys(party))

    def _keep(self, batch: Batch, party: str, kept: Mapping[int, Body]) -> None:
        log = self.realm.log(party)
        archive.put_bodies(batch.conn, log, kept)
        bundles = {index // WIDTH for index in kept}
        batch.later(
            f"bodies {self.realm.domain} {party} {sorted(bundles)}",
            lambda conn: self._mirror(conn, party, bundles),
        )

    def _mirror(self, conn: sqlite3.Connection, party: str, bundles: set[int]) -> None:
        point("bodies.recorded")
        size = self.realm.published[party]
        shown = {number for number in bundles if number * WIDTH < size}
        self.realm.publication.bodies(self.realm.path(party), shown, size, self.realm.shelf(conn, party))
