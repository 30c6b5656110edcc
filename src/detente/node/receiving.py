"""Receiving: what others release to this party. The package is fetched, opened, and each value is checked.

    accord.release in cn's log, to us  ->  blob of that digest  ->  open with a key that is still held
    ->  every disclosure opens the record's own commitment  ->  kept

A package that cannot be opened, or opens to something else than was committed, is evidence; nothing of it is
kept. One that is not there yet is asked for again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from detente.accord import content as contents
from detente.node import archive
from detente.node.errors import PeerAway
from detente.node.evidence import Refusal
from detente.node.keysafe import KeySafe
from detente.node.library import Library
from detente.node.realm import Realm
from detente.node.source import Source
from detente.node.writer import Batch
from detente.trust import canonical, disclosure, sealing
from detente.trust.errors import BadProof, DetenteError, WrongContext
from detente.trust.record import Record

KIND = "accord.release"


@dataclass
class Receiving:
    """Opens what was released to this party in one realm."""

    realm: Realm
    library: Library
    keysafe: KeySafe
    _settled: dict[str, int] = field(default_factory=dict)
    """Party to the index in its log below which nothing waits to be opened here, or ever will."""

    def fetch(self, party: str, sources: Iterable[tuple[str, Source]]) -> int:
        """Open what a party has released to us and was not opened yet; return how many packages."""
        ways = tuple(sources)
        return sum(self._one(party, name, ways) for name in self._waiting(party))

    def _waiting(self, party: str) -> list[str]:
        """Return the releases to us that were not dealt with yet; what is settled is not looked at again."""
        conn, log = self.realm.readers.conn, self.realm.log(party)
        start = self._settled.get(party, 0)
        # The bounds are read first: what comes meanwhile lies beyond them.
        bounds = [archive.size(conn, log), *archive.missing_indices(conn, log)]
        rows = conn.execute(
            "SELECT e.idx, e.id FROM entry e JOIN body b ON b.id = e.id WHERE e.log = ? AND b.kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
            " AND NOT EXISTS (SELECT 1 FROM opened o WHERE o.release = e.id) AND e.idx >= ? ORDER BY e.idx",
            (log, KIND, start),
        ).fetchall()
        named = [(int(index), bytes(name).hex()) for index, name in rows]
        mine = [one for one in named if self.library[one[1]].open.get("to") == self.realm.party]
        self._settled[party] = min([*bounds, *(index for index, _ in mine)])
        return [name for _, name in mine]

    def _one(self, party: str, name: str, ways: tuple[tuple[str, Source], ...]) -> int:
        release = self.library[name]
        target = self.library.get(str(release.open["record"]))
        if target is None:
            return 0  # the record itself has not arrived
        via, data = self._package(party, str(release.open["blob"]), ways)
        if data is None:
            return 0
        try:
            opened = self._open(release, target, data)
        except DetenteError as error:
            self.realm.refuse(Refusal(self.realm.domain, party, via, "package", data), error)
            outcome = f"{type(error).__name__} {error.step}"
            self.realm.writer.do(lambda batch: _settle(batch, name, outcome))
            return 0
        self.realm.writer.do(lambda batch: _keep(batch, name, str(release.open["record"]), opened))
        return 1

    def _package(
        self, party: str, digest: str, ways: tuple[tuple[str, Source], ...]
    ) -> tuple[str, bytes | None]:
        for via, source in ways:
            try:
                data = source.get(f"{self.realm.path(party)}/blob/{digest}")
            except PeerAway:
                continue
            if data is None:
                continue
            # 3. It is the package of that name: else whoever handed it on is at fault, and others are asked.
            if hashlib.sha256(data).hexdigest() == digest:
                return via, data
            error = BadProof("receiving.3", "Not the package that bears this name.", "Ask another holder.")
            self.realm.refuse(Refusal(self.realm.domain, party, via, "package", data), error)
        return party, None

    def _open(self, release: Record, target: Record, data: bytes) -> dict[str, str]:
        """Return path to disclosure, each checked.

        Raises:
            WrongContext: `receiving.1`, `receiving.2`. As `sealing.open_package`, `content.parse`.
        """
        # 1. An author releases its own records.
        if target.party != release.party:
            raise WrongContext("receiving.1", f"{release.party} released another's record.", "Ask it why.")
        context = contents.context(target, str(release.open["record"]), self.realm.party)
        keys = self.keysafe.keys()
        content = sealing.open_package(
            data, str(release.open["blob"]), context, self.realm.party, keys, release.at
        )
        values = contents.parse(content, target, self.realm.party)
        # 2. What came is what the release says.
        if sorted(values) != list(release.open["paths"]):
            raise WrongContext("receiving.2", f"It holds {sorted(values)}.", "Ask its author for the rest.")
        return _encoded(content, target)


def _encoded(content: bytes, target: Record) -> dict[str, str]:
    value = canonical.decode(content)
    listed = value["disclosures"] if isinstance(value, dict) else []
    found = {}
    for one in listed if isinstance(listed, list) else []:
        path, _ = disclosure.open_with(target, str(one))
        found[path] = str(one)
    return found


def _settle(batch: Batch, release: str, outcome: str) -> None:
    batch.conn.execute(
        "INSERT OR REPLACE INTO opened (release, outcome) VALUES (?, ?)", (bytes.fromhex(release), outcome)
    )


def _keep(batch: Batch, release: str, name: str, opened: dict[str, str]) -> None:
    batch.conn.executemany(
        "INSERT OR REPLACE INTO disclosure (record, path, encoded) VALUES (?, ?, ?)",
        [(bytes.fromhex(name), path, encoded) for path, encoded in opened.items()],
    )
    _settle(batch, release, "opened")
