"""The window: a home looked into by a process that does not work in it, beside the one that does.

    with Window.open(Path("H"), installed) as window:
        window.panes["live"].standing().digest
        window.panes["live"].leaves("cn", 17, 4_096)

Nothing is written, no lock is taken and no key is read: a command, a node that serves and a desk can be at
one home at the same time. What is seen is what was durable when it was asked for. What has to be done goes
through the door (`faces.door`). All but `stirring` may be called from any thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from detente.accord.cut import Cut
from detente.accord.keyact import KINDS, LogKeys
from detente.accord.ledger import NO_KEY
from detente.accord.receipt import Seen
from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.node import (
    absence,
    agreement,
    archive,
    delivery,
    evidence,
    heartbeat,
    laid,
    ledger,
    promise,
    status,
    wake,
)
from detente.node.absence import Away
from detente.node.agreement import Installed
from detente.node.clock import Clock, SystemClock
from detente.node.delivery import Alarm, Delivery
from detente.node.errors import HomeMissing
from detente.node.evidence import Evidence
from detente.node.home import Home
from detente.node.judge import Judge
from detente.node.keylore import KeyLore
from detente.node.laid import Laid
from detente.node.library import Library
from detente.node.realm import keyrings
from detente.node.reckoning import Reckoning
from detente.node.store import Readers
from detente.node.wake import Call, Wake
from detente.trust.disclosure import Missing
from detente.trust.keyring import Keyring
from detente.trust.record import RECEIPT_KIND, Domain, Record
from detente.trust.tree import Tree


class Seat(NamedTuple):
    """Where one leaf stands: its place in the log, whether it is no receipt, its id, and its kind if held."""

    at: int
    record: bool
    id: str
    kind: str


class Log(NamedTuple):
    """One log as it is here.

    Attributes:
        party: whose.
        size: leaves here.
        signed: leaves under the newest head that is known.
        signed_at: when that head came, in milliseconds; 0 if none has.
        root: of that head, in hex.
        cosigned: witness to size and time of its newest cosignature.
        missing: ranges of bodies not held.
        waiting_since: when the oldest head came whose leaves are not here; None if none waits.
        forked: digest of the evidence if it forked.
    """

    party: str
    size: int
    signed: int
    signed_at: int
    root: str
    cosigned: Mapping[str, tuple[int, int]]
    missing: tuple[tuple[int, int], ...]
    waiting_since: int | None
    forked: str | None


class Opened(NamedTuple):
    """What is known here of a record's sealed paths: values, and what was committed as absent or unknown."""

    values: dict[str, Any]
    missing: dict[str, str]


@dataclass
class Pane:
    """One domain of a home.

    Attributes:
        domain: `live` or `exercise`.
        party: whose home it is.
        terms: of the accord.
        clock: the time.
        readers: connections to read.
        rings: each party's keys by position.
        logs: party to number in the store.
        library: the bodies.
        trees: none: a window proves nothing anew.
    """

    domain: Domain
    party: str
    terms: Terms
    clock: Clock
    readers: Readers
    rings: dict[str, Keyring]
    logs: Mapping[str, int]
    library: Library
    trees: Mapping[str, Tree] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.judge = self.fresh_judge()
        self._reckoning = Reckoning(self, self.terms.within(self.domain), self.library)
        self._lore = KeyLore(dict(self.rings), self.rings)
        self.learn()

    @property
    def others(self) -> tuple[str, ...]:
        """The other parties of the domain, sorted."""
        return tuple(sorted(self.rings.keys() - {self.party}))

    @property
    def keyrings(self) -> Mapping[str, Keyring]:
        """Each party's keys by position, as a realm names them."""
        return self.rings

    def log(self, party: str) -> int:
        """Return the number of a party's log; 0, which none has, if it is not known."""
        return self.logs.get(party, 0)

    def fresh_judge(self) -> Judge:
        """Return a judge that remembers nothing yet: one that has judged a whole history is large."""
        return Judge(self.terms, self.library)

    def sizes(self) -> dict[str, int]:
        """Return party to how many leaves of its log are here: the positions of all logs."""
        return {party: archive.size(self.readers.conn, log) for party, log in sorted(self.logs.items())}

    def leaves(self, party: str, start: int, most: int) -> list[Seat]:
        """Return at most so many leaves of a log from an index on; the kind is empty while it is not held."""
        rows = self.readers.conn.execute(
            "SELECT e.idx, e.cls, e.id, coalesce(b.kind, '') FROM entry e LEFT JOIN body b ON b.id = e.id"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
            " WHERE e.log = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx",
            (self.log(party), start, start + most),
        ).fetchall()
        return [Seat(int(at), not cls, bytes(name).hex(), str(kind)) for at, cls, name, kind in rows]

    def wakes(self) -> tuple[Wake, ...]:
        """Return the messages that want an officer, oldest first."""
        return wake.read(self.readers.conn, self.domain)

    def calls(self) -> tuple[Call, ...]:
        """Return who was called about messages, oldest first."""
        return wake.calls(self.readers.conn, self.domain)

    def lacking(self, party: str) -> frozenset[int]:
        """Return the indices of a log whose bodies are not held."""
        return frozenset(archive.missing_indices(self.readers.conn, self.log(party)))

    def place(self, name: str) -> archive.Position | None:
        """Return where a record stands in its author's log, or None."""
        entry = self.library.get(name)
        found = [one for one in archive.find(self.readers.conn, name) if one.domain == self.domain]
        return next((one for one in found if entry and one.party == entry.party), None)

    def opened(self, name: str, entry: Record) -> Opened:
        """Return the sealed values of a record that can be opened here."""
        found = status.opened(self.readers.conn, name, entry)
        return Opened(
            {path: value for path, value in found.items() if not isinstance(value, Missing)},
            {path: value.value for path, value in found.items() if isinstance(value, Missing)},
        )

    def refusals(self, name: str, entry: Record, index: int) -> tuple[str, ...]:
        """Return the codes for which a record does not stand; none if it does."""
        judged = self.judge.said(name)
        signed = entry.kind == RECEIPT_KIND or LogKeys(self.rings[entry.party]).sign(entry, index)
        return judged.refusals if signed else (*judged.refusals, NO_KEY)

    def said(self, party: str) -> Mapping[str, Seen]:
        """Return what the newest receipt held of any party says of the others' logs."""
        return heartbeat.said(self.readers.conn, self.log(party), self.library, party)

    def log_of(self, party: str) -> Log:
        """Return one log as it is here."""
        conn, log = self.readers.conn, self.log(party)
        head = archive.head(conn, log)
        return Log(
            party=party,
            size=archive.size(conn, log),
            signed=head.size if head else 0,
            signed_at=head.at if head else 0,
            root=head.root.hex() if head else "",
            cosigned=archive.cosigned(conn, log),
            missing=archive.missing(conn, log),
            waiting_since=min((one.at for one in promise.waiting(conn, log)), default=None),
            forked=evidence.forked(conn, log),
        )

    def deliveries(self, record: str) -> tuple[Delivery, ...]:
        """Return what the ledger has about one own record, with `held` where a party logged that it holds."""
        return self._arrived(delivery.read(self.readers.conn, self.domain, record))

    def ledger(self, state: str, most: int, before: int | None = None) -> tuple[Delivery, ...]:
        """Return rows of the ledger in one state, newest first, at most so many and older than a time."""
        return self._arrived(delivery.newest(self.readers.conn, self.domain, state, most, before))

    def tallied(self) -> dict[str, dict[str, int]]:
        """Return audience to state to how many rows the ledger has."""
        return delivery.tallied(self.readers.conn, self.domain)

    def laid(self, at: int) -> tuple[Laid, ...]:
        """Return what lies before this party's officers at a time, oldest first."""
        return laid.waiting(self.readers.conn, self.domain, at)

    def alarms(self) -> tuple[Alarm, ...]:
        """Return the clauses that could not be decided."""
        return delivery.alarms(self.readers.conn, self.domain)

    def away(self) -> tuple[Away, ...]:
        """Return who does not answer."""
        return absence.read(self.readers.conn, self.domain)

    def evidence(self, most: int) -> tuple[Evidence, ...]:
        """Return the newest refusals, newest first."""
        return evidence.shown(self.readers.conn, self.domain)[: -most - 1 : -1]

    def standing(self) -> Standing:
        """Return standing now, kept up to date leaf by leaf. Raises Incomplete: `standing.2`."""
        return self._reckoning.at(self.clock.now())

    def standing_at(self, as_of: int, cut: Cut) -> Standing:
        """Return standing at a cut. Raises BadProof: `standing.1`; Incomplete: `standing.2`."""
        return self._reckoning.at(as_of, cut)

    def learn(self) -> None:
        """Follow the key acts that are held: later records of a party are signed by other keys."""
        for party, index, name in archive.of_kinds(self.readers.conn, self.domain, KINDS):
            self._lore.learn(party, index, self.library[name])

    def _arrived(self, rows: tuple[Delivery, ...]) -> tuple[Delivery, ...]:
        ways, conn = (self.party, cache(self.said)), self.readers.conn
        return tuple(ledger.arrived(conn, ways, row) for row in rows)


class Window:
    """A home, looked into. Use `open`, and close it."""

    def __init__(self, home: Home, terms: Terms, clock: Clock | None = None) -> None:
        self.home = home
        self.terms = terms
        self.clock = clock or SystemClock(home.settings.time_scale, home.settings.time_anchor)
        self._readers = Readers(home.path / "node.db")
        self.panes: dict[Domain, Pane] = {one: self._pane(one) for one in home.settings.domains}

    @classmethod
    def open(cls, path: Path, installed: Installed, *, clock: Clock | None = None) -> Self:
        """Open a home to look into it; without a clock, by the one that its settings describe.

        Raises:
            HomeMissing: `window.1`; as `Home.at`. As `agreement.terms_of`. DiskFailed: `store.1`.
        """
        home = Home.at(path)
        # 1. A node was there once.
        if not (home.path / "node.db").exists():
            what = f"No node has worked at {home.path} yet."
            raise HomeMissing("window.1", what, "Start it once: detente status --home FOLDER.")
        return cls(home, agreement.terms_of(home, installed), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Look no more."""
        self._readers.close()

    @property
    def party(self) -> str:
        """Whose home it is."""
        return self.home.settings.party

    def stirring(self) -> int:
        """Return a number that changes when something was committed; to be asked by one thread alone."""
        return int(self._readers.conn.execute("PRAGMA data_version").fetchone()[0])

    def _pane(self, domain: Domain) -> Pane:
        return Pane(
            domain=domain,
            party=self.party,
            terms=self.terms,
            clock=self.clock,
            readers=self._readers,
            rings=keyrings(self.terms.newest.accord, domain),
            logs=archive.logs(self._readers.conn, domain),
            library=Library(self._readers, domain),
        )
