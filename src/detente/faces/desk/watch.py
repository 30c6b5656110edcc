"""The watch: the one thread of a desk that follows the log, and tells whoever looks that something changed.

It asks the store whether anything was committed, reads what is new into the indexes, and reckons standing now
and then. What it knows is one immutable `Picture` for each domain; pages read that and never wait for it.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct, structs

import detente
from detente.accord.keyact import KINDS
from detente.accord.standing import Duty, Standing
from detente.faces.desk import reading
from detente.faces.desk.index import FORMAT, Index, Row
from detente.node.errors import DiskFailed
from detente.node.snapshot import program
from detente.node.wake import Call
from detente.node.window import Pane, Seat, Window
from detente.trust.errors import DetenteError
from detente.trust.record import Domain

LOOK_SECONDS = 0.04
"""How often the store is asked whether anything was committed; the question costs a few microseconds."""

SHARE = 10
"""Standing is reckoned anew after a change, but only a tenth of the time goes into it."""

IDLE_SECONDS = 15.0
"""And so often when nothing changed: time passes too."""

BATCH = 500


class Picture(Struct, frozen=True):
    """What the watch knows of one domain.

    Attributes:
        position: party to how many leaves of its log were read, and how many are here.
        standing: as it was reckoned last; None before the first time.
        lacking: why standing cannot be told now; empty if it can.
        open: its open duties, the one due first first.
        tally: audience to state to rows of the delivery ledger.
        ringing: calls that are to be shown at a desk.
    """

    position: dict[str, tuple[int, int]] = {}
    standing: Standing | None = None
    lacking: str = ""
    open: tuple[Duty, ...] = ()
    tally: dict[str, dict[str, int]] = {}
    ringing: tuple[Call, ...] = ()

    @property
    def cut(self) -> str:
        """The position as an event's id: `cn.17-us.40`."""
        return "-".join(f"{party}.{read}" for party, (read, _) in sorted(self.position.items()))

    @property
    def behind(self) -> int:
        """How many leaves are still to be read into the index."""
        return sum(here - read for read, here in self.position.values())


UNDONE = frozenset({"owed", "disputed", "unobservable", "forked"})


@dataclass
class Watch:
    """Follows a home.

    Attributes:
        window: the home.
        told: called with the domain after each change, from the watch's thread.
    """

    window: Window
    told: Callable[[Domain], None] = lambda _: None
    indexes: dict[Domain, Index] = field(default_factory=dict)
    pictures: dict[Domain, Picture] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for domain in self.window.panes:
            self.indexes[domain] = Index(_path(self.window.home.path, domain), self._mark(domain))
            self.pictures[domain] = Picture()
        self._ending = threading.Event()
        self._stale = dict.fromkeys(self.window.panes, True)
        self._caught_up = dict.fromkeys(self.window.panes, False)
        self._next = dict.fromkeys(self.window.panes, 0.0)
        self._thread = threading.Thread(target=self._run, name="detente-desk", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Follow no more."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()
        for one in self.indexes.values():
            one.close()

    def follow(self) -> None:
        """Read all that is new now, and reckon standing; what the thread does again and again."""
        self._catch_up()
        for domain in self.window.panes:
            self._reckon(domain)

    def _run(self) -> None:
        seen = -1
        while not self._ending.is_set():
            try:
                now = self.window.stirring()
                if now != seen or any(one.lost for one in self.indexes.values()):
                    seen = now
                    self._catch_up()
                self._when_due()
            except DiskFailed:
                # The disk is the node's matter, and it says so; the desk tries again.
                time.sleep(1.0)
            self._ending.wait(LOOK_SECONDS)

    def _catch_up(self) -> None:
        for domain in self.window.panes:
            before = self.pictures[domain].position
            while not self._ending.is_set() and self._advance(domain):
                self.told(domain)
            if self.pictures[domain].position != before:
                self._stale[domain] = True
                self.told(domain)
            self._hear(domain)

    def _hear(self, domain: Domain) -> None:
        """See who is called at the desk."""
        calls = self.window.panes[domain].calls()
        ringing = tuple(one for one in calls if one.way == "desk" and one.outcome == "begun")
        if ringing != self.pictures[domain].ringing:
            self._show(domain, ringing=ringing)
            self.told(domain)

    def _when_due(self) -> None:
        for domain in self.window.panes:
            over = time.monotonic() - self._next[domain]
            if over >= (0 if self._stale[domain] else IDLE_SECONDS) and not self._ending.is_set():
                self._reckon(domain)

    def _advance(self, domain: Domain) -> bool:
        """Read the next leaves of each log into the index, and return whether more wait."""
        pane, index = self.window.panes[domain], self.indexes[domain]
        if index.lost:
            index.renew()
            self._caught_up[domain] = False
        here, fed = pane.sizes(), index.fed()
        for party, size in here.items():
            if fed.get(party, 0) < size:
                self._read(pane, index, party, fed.get(party, 0))
            self._fill(pane, index, party)
        self._reword(pane, index)
        fed = index.fed()
        position = {party: (fed.get(party, 0), size) for party, size in here.items()}
        self._show(domain, position=position)
        more = any(read < size for read, size in position.values())
        self._caught_up[domain] = self._caught_up[domain] or not more
        return more

    def _read(self, pane: Pane, index: Index, party: str, start: int) -> None:
        judge = pane.fresh_judge()
        seats = pane.leaves(party, start, BATCH)
        if any(seat.kind in KINDS for seat in seats):
            pane.learn()
        held = (reading.read(pane, judge, party, seat) for seat in seats if seat.record and seat.kind)
        lacking = [seat.at for seat in seats if not seat.kind]
        index.add(party, start + len(seats), self._dated(pane, held), lacking, ())

    def _fill(self, pane: Pane, index: Index, party: str) -> None:
        """Read the bodies that have come since their leaves did."""
        gaps = index.gaps(party)
        came = sorted(gaps - pane.lacking(party))[:BATCH] if gaps else []
        if not came:
            return
        judge = pane.fresh_judge()
        seats = [seat for at in came for seat in pane.leaves(party, at, 1)]
        if any(seat.kind in KINDS for seat in seats):
            pane.learn()
        held = (reading.read(pane, judge, party, seat) for seat in seats if seat.record and seat.kind)
        index.add(party, index.fed()[party], self._dated(pane, held), (), came)

    def _dated(self, pane: Pane, found: Iterable[Row | None]) -> list[Row]:
        """Say when records came: now; or, of what came while nobody followed, when their authors say.

        So what an index made anew shows as changed last is not the log that was read last.
        """
        now, late = pane.clock.now(), not self._caught_up[pane.domain]
        rows = (row for row in found if row is not None)
        return [structs.replace(row, came=min(row.at, now) if late else now) for row in rows]

    def _reword(self, pane: Pane, index: Index) -> None:
        """Read again the records whose values were shown to us, once they can be opened."""
        judge = pane.fresh_judge()
        for name in index.awaited():
            place, entry = pane.place(name), pane.library.get(name)
            if place is None or entry is None:
                continue
            shown = index.released(name)
            ours = shown.get(pane.party, frozenset()) | shown.get(reading.EVERYBODY, frozenset())
            own = entry.party == pane.party
            if own or reading.settled(pane, name, ours):
                row = reading.read(pane, judge, place.party, _seat(pane, place.party, place.index))
                if row is not None:
                    index.reword(row, settled=True)

    def _reckon(self, domain: Domain) -> None:
        pane = self.window.panes[domain]
        self._stale[domain], began = False, time.monotonic()
        before = self.pictures[domain]
        standing, lacking = before.standing, ""
        try:
            standing = pane.standing()
        except DetenteError as error:
            lacking = f"{error.what} [{error.step}] {error.remedy}"
        duties = standing.duties if standing else ()
        undone = (one for one in duties if one.verdict in UNDONE or one.overdue)
        still = tuple(sorted(undone, key=lambda one: (one.due, one.key)))
        self._show(domain, standing=standing, lacking=lacking, open=still, tally=pane.tallied())
        self._next[domain] = time.monotonic() + SHARE * (time.monotonic() - began)
        after = self.pictures[domain]
        if (before.open, before.tally, before.lacking) != (after.open, after.tally, after.lacking):
            self.told(domain)

    def _show(self, domain: Domain, **changes: object) -> None:
        old = self.pictures[domain]
        kept = {name: getattr(old, name) for name in Picture.__struct_fields__}
        self.pictures[domain] = Picture(**(kept | changes))

    def _mark(self, domain: Domain) -> str:
        parts = (FORMAT, detente.__version__, program(), self.window.terms.genesis, domain, self.window.party)
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _path(home: Path, domain: Domain) -> Path:
    return home / "cache" / f"desk-{domain}.db"


def _seat(pane: Pane, party: str, index: int) -> Seat:
    return pane.leaves(party, index, 1)[0]
