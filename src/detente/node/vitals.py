"""The vitals: what a node's database, its second place, its static tree and its accord say of one another.

Read in one transaction, and nothing is written: a node may be at work meanwhile.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detente.accord.keyact import KINDS
from detente.accord.terms import Terms
from detente.node import absence, agenda, archive, deadline, evidence, promise, wake
from detente.node.anchor import Anchor
from detente.node.finding import Finding, found
from detente.node.home import Home
from detente.node.identity import NODE_ROLES, Identity
from detente.node.keylore import KeyLore
from detente.node.publication import Publication
from detente.node.realm import keyrings
from detente.trust import checkpoint, envelope, note, record
from detente.trust.errors import DetenteError
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Record, leaf_bytes
from detente.trust.suite import row
from detente.trust.tree import EMPTY_ROOT, Tree, leaf_hash

DAY = 86_400_000
AHEAD = 30 * DAY
"""So long before a key of a charter expires, officers should have made the next charter."""

LOST = DAY
"""A party that is away for longer is lost: more than a restart of its node is amiss."""


@dataclass
class Vitals:
    """One domain of a home, as far as it can be read without the node.

    Args:
        home: whose.
        domain: which.
        conn: to read with, in a transaction.
        terms: of the accord.
        now: the node's time, in milliseconds.
    """

    home: Home
    domain: Domain
    conn: sqlite3.Connection
    terms: Terms
    now: int

    def __post_init__(self) -> None:
        self.party = self.home.settings.party
        self.logs = archive.logs(self.conn, self.domain)
        self.trees = {party: self._tree(log) for party, log in self.logs.items()}
        self.rings = self._rings()

    def examine(self) -> Iterator[Finding]:
        """Yield what is wrong, in the order of the numbers."""
        waiting = self._anchor.waiting(self.domain) is not None
        # A restored home is behind by its nature, until its own log is back: that is said once, at the end.
        checks: tuple[Callable[[], Iterator[Finding]], ...] = (
            *(() if waiting else (self._second_place, self._static_tree)),
            self._keys,
            self._expiry,
            self._sealing,
            self._clock,
            self._absent,
            self._refused,
            self._bodies,
            self._duties,
            self._recovering,
            self._sunsets,
            self._officers,
        )
        for check in checks:
            yield from check()

    @property
    def _anchor(self) -> Anchor:
        return Anchor(self.home.path / "signed")

    def _second_place(self) -> Iterator[Finding]:
        for party, log in self.logs.items():
            tree, head = self.trees[party], archive.head(self.conn, log)
            data = self._anchor.last(self.domain, party)
            where = f"{self.domain}/{party}"
            # 12. What was signed or cosigned is in the second place.
            if data is None:
                if head is not None and (
                    party == self.party or self.party in archive.cosigned(self.conn, log)
                ):
                    yield found("second-place-missing", log=where, signed=head.size)
                continue
            kept = checkpoint.parse_text(note.parse(data).text)
            # 11. The database has what was signed, and the same; of another's log a head may do.
            short = party == self.party and len(tree) < kept.size
            if short or (kept.size <= len(tree) and _root(tree, kept.size) != kept.root):
                yield found("below-second-place", log=where, held=len(tree), signed=kept.size)

    def _static_tree(self) -> Iterator[Finding]:
        publication = Publication(self.home.path / "public")
        for party, log in self.logs.items():
            where = f"{self.domain}/{party}"
            own = party == self.party
            head = archive.head(self.conn, log) if own else promise.held(self.conn, log)
            if head is None or head.size > len(self.trees[party]):
                continue
            # 13. The static tree shows the head and the tiles that the database gives.
            tree = Tree(self.trees[party].node(0, index) for index in range(head.size))
            wrong = publication.differing(where, tree, archive.LogShelf(self.conn, log))
            shown = self.home.path / "public" / where / "checkpoint"
            if not shown.exists() or note.parse(shown.read_bytes()).text != note.parse(head.note).text:
                wrong.append(f"{where}/checkpoint")
            if wrong:
                yield found("tree-differs", log=where, count=len(wrong), first=wrong[0])

    def _keys(self) -> Iterator[Finding]:
        try:
            identity = Identity.at(self.home, self.domain)
        except DetenteError as error:
            yield found(
                "keys-not-the-accords", domain=self.domain, roles="record, log, witness", why=error.what
            )
            return
        charter = self.rings[self.party].charter(len(self.trees[self.party]))
        # 14. Whoever signs here is whom the accord and its own log name (`realm.2` refuses to open).
        foreign = [
            role
            for role in NODE_ROLES
            if {key.public.algorithm for key in identity.among(role, charter.roles[role].keys)}
            != set(row(charter.suite, role))
        ]
        if foreign:
            why = f"the keys of charter {charter.version} are others"
            yield found("keys-not-the-accords", domain=self.domain, roles=", ".join(foreign), why=why)

    def _expiry(self) -> Iterator[Finding]:
        for party, ring in sorted(self.rings.items()):
            charter = ring.charter(max(len(self.trees.get(party, ())) - 1, 0))
            ends = [(key.expires, key.holder) for key in charter.keys.values() if key.expires is not None]
            # 15, 16. No key has expired; none will before its party can make the next charter.
            for end, holder in sorted(ends):
                if end <= self.now:
                    yield found("key-lapsed", domain=self.domain, party=party, holder=holder, since=end)
                elif end <= self.now + AHEAD:
                    yield found("key-lapses", domain=self.domain, party=party, holder=holder, at=end)

    def _sealing(self) -> Iterator[Finding]:
        row = self.conn.execute("SELECT max(until) FROM secret WHERE domain = ?", (self.domain,)).fetchone()
        # 17. Others have a key to seal to us with: a node at work announces the next one in time.
        if row[0] is not None and int(row[0]) <= self.now:
            yield found("no-key-to-seal-to", domain=self.domain, since=row[0])

    def _clock(self) -> Iterator[Finding]:
        skew, last = self.terms.tempo.skew, {p: archive.last_at(self.conn, n) for p, n in self.logs.items()}
        # 18. Nothing that is held was written later than it is now.
        late = {party: at - self.now for party, at in last.items() if at > self.now + skew}
        if late:
            yield found("clock-behind", by=max(late.values()), than=", ".join(sorted(late)))
        # 19. Nobody logged that it had seen a record of ours before we say that we wrote it.
        ahead = self._ahead()
        if ahead > skew:
            yield found("clock-ahead", by=ahead)

    def _ahead(self) -> int:
        """Return by how much the newest receipts of others precede the records that they cover, at most."""
        return max((self._covered(party) for party in self.logs if party != self.party), default=0)

    def _covered(self, party: str) -> int:
        row = self.conn.execute(
            "SELECT e.id FROM entry e JOIN body b ON b.id = e.id WHERE e.log = ? AND e.cls = 1"
            " ORDER BY e.idx DESC LIMIT 1",
            (self.logs[party],),
        ).fetchone()
        said = None if row is None else self._record(bytes(row[0]).hex())
        seen = said.open.get("heads", {}).get(self.party) if said is not None else None
        size = int(seen["size"]) if isinstance(seen, dict) and isinstance(seen.get("size"), int) else 0
        own = archive.leaves(self.conn, self.logs[self.party], size - 1, size) if size else []
        last = self._record(own[0].id) if own else None
        return last.at - said.at if said is not None and last is not None else 0

    def _absent(self) -> Iterator[Finding]:
        # 20, 21. Every party's tree can be read.
        for one in absence.read(self.conn, self.domain):
            gone = found(
                "peer-lost" if self.now - one.since >= LOST else "peer-away",
                domain=self.domain,
                party=one.party,
                since=one.since,
                why=one.why,
            )
            yield gone

    def _refused(self) -> Iterator[Finding]:
        kept: dict[str, int] = {}
        for one in evidence.shown(self.conn, self.domain):
            kept[one.party] = kept.get(one.party, 0) + 1
        # 22. Nothing was refused.
        for party, count in sorted(kept.items()):
            yield found("refusals-kept", domain=self.domain, party=party, count=count)
        # 23. No log has two histories.
        for party, log in self.logs.items():
            digest = evidence.forked(self.conn, log)
            if digest is not None:
                yield found("log-forked", log=f"{self.domain}/{party}", evidence=digest)

    def _bodies(self) -> Iterator[Finding]:
        # 24. Every leaf that is here has its body.
        for party, log in self.logs.items():
            lacking = archive.missing_indices(self.conn, log)
            if lacking:
                yield found(
                    "bodies-missing", log=f"{self.domain}/{party}", count=len(lacking), first=lacking[0]
                )

    def _duties(self) -> Iterator[Finding]:
        # 25, 26. Nothing that this party owes is over, or soon will be.
        for one in deadline.read(self.conn, self.domain):
            if one.party != self.party:
                continue
            if self.now > one.due:
                yield found("duty-overdue", domain=self.domain, clause=one.clause, base=one.base, due=one.due)
            elif one.raised == "warned":
                yield found("duty-near", domain=self.domain, clause=one.clause, base=one.base, due=one.due)

    def _recovering(self) -> Iterator[Finding]:
        # 27. A restored node has its own log back.
        if self._anchor.waiting(self.domain) is not None:
            yield found("recovering", domain=self.domain, held=len(self.trees[self.party]))

    def _sunsets(self) -> Iterator[Finding]:
        # 31, 32. No pillar that is in force ends soon, or has ended.
        for pillar, end in agenda.ending(self.terms, self.now):
            if end <= self.now:
                yield found("sunset-past", domain=self.domain, pillar=pillar, at=end)
            elif end - agenda.SUNSET <= self.now:
                yield found("sunset-near", domain=self.domain, pillar=pillar, at=end)

    def _officers(self) -> Iterator[Finding]:
        open_ = wake.read(self.conn, self.domain)
        # 33. Somebody was reached about every message that wants an officer.
        for one in open_:
            if one.state == "voice":
                yield found(
                    "officer-unreached", domain=self.domain, record=one.record, party=one.party, due=one.due
                )
        # 34. Every call about them got through.
        names = {(one.record, one.why) for one in open_}
        failed = [
            one
            for one in wake.calls(self.conn, self.domain)
            if one.outcome in ("failed", "unknown") and (one.record, one.why) in names
        ]
        if failed:
            last = failed[-1]
            yield found(
                "call-failed",
                domain=self.domain,
                count=len(failed),
                officer=last.officer,
                way=last.way,
                why=last.what,
            )

    def _tree(self, log: int) -> Tree:
        leaves = archive.leaves(self.conn, log, 0, archive.size(self.conn, log))
        return Tree(leaf_hash(leaf_bytes(one)) for one in leaves)

    def _rings(self) -> dict[str, Keyring]:
        founded = keyrings(self.terms.newest.accord, self.domain)
        lore = KeyLore(dict(founded), dict(founded))
        for kind in sorted(KINDS):
            rows = self.conn.execute(
                "SELECT l.party, e.idx, e.id FROM entry e JOIN body b ON b.id = e.id"
                " JOIN log l ON l.log = e.log WHERE b.kind = ? AND l.domain = ?",
                (kind, self.domain),
            ).fetchall()
            for party, index, name in rows:
                entry = self._record(bytes(name).hex())
                if entry is not None:
                    lore.learn(str(party), int(index), entry)
        return lore.keyrings

    def _record(self, name: str) -> Record | None:
        data = archive.body(self.conn, name)
        if data is None:
            return None
        signed = envelope.parse(data)
        return record.parse(signed.payload_type, signed.payload)


def _root(tree: Tree, size: int) -> bytes:
    return tree.root(size) if size else EMPTY_ROOT
