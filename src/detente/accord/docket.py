"""The docket: every duty that arose, and its verdict from the evidence, by the table `machines.duty.DUTY`.

    kept     a standing performance of each part has not_after <= d1 + Γ             final
    missed   nothing that is or could perform some part has not_before <= d2 + Γ     final
    excused  as kept, by a record that says it cannot lawfully be done; may become kept until too late
    forked, owed, disputed, unobservable: not settled, in this order

Pure.
"""

from collections.abc import Iterator
from functools import lru_cache

from detente.accord.acts import FINISH
from detente.accord.book import Book, Item, Left
from detente.accord.duty import DutySpec, Finish, Leave, Pact, Relief
from detente.accord.evidence import Evidence
from detente.accord.interval import INF, Interval
from detente.accord.ledger import Ledger
from detente.accord.machines.duty import DUTY
from detente.accord.period import Calendar
from detente.accord.standing import COUNTS, Duty
from detente.trust.canonical import MAX_INTEGER
from detente.trust.machine import Asked, Event, start, step
from detente.trust.record import Record

ADOPT = "accord.adopt"
"""The duty to log a record under a new version, once one party has: due T after it takes effect."""

VERDICTS = {
    "kept": ("kept", "kept"),
    "superseded": ("", "superseded"),
    "replaced": ("", ""),
    "dispensed": ("excused", "excused"),
    "missed": ("missed", "missed"),
    "overdue": ("missed", "missed"),
}
"""State of the table to the verdict, "" for none, and whether that is final; any other names its verdict."""


class Docket:
    """Duties and their verdicts.

    Args:
        pact: the terms.
        evidence: what the logs say, kept up to date by the fold.
        book: what was remembered.
    """

    def __init__(self, pact: Pact, evidence: Evidence, book: Book) -> None:
        self._pact = pact
        self._evidence = evidence
        self.book = book
        self._floors: dict[str, int] = {}
        self._spec = lru_cache(maxsize=None)(self._find_spec)
        self._duties = lru_cache(maxsize=None)(pact.duties)
        self._calendars = lru_cache(maxsize=None)(self._find_calendars)

    def stands(self, party: str, index: int, record: Record, said: tuple[object, tuple[str, ...]]) -> None:
        """Take a record that now stands, with its facts and what it names: what it performs, what arises."""
        facts, refs = said
        parts = self._pact.parts(record)
        for ref in refs:
            self._perform(f"{party} {ref} {record.kind}", index)
            for part in parts:
                self._perform(f"{party} {ref} {record.kind} {part.to} {part.part}", index)
        for version in range(1, record.accord.version + 1):
            self._perform_periods(party, index, record, version)
        entry = self._evidence.ledgers[party].leaves[index].id
        self._change(party, index, record)
        for spec in self._duties(record.accord.version):
            if spec.on == record.kind:
                for debtor in self._pact.owes(spec, record, facts):
                    self._open(Item(spec.id, record.accord.version, debtor, entry, party, index))

    def _change(self, party: str, index: int, record: Record) -> None:
        match self._pact.changes(record):
            case Relief() as one:
                self.book.reliefs.setdefault(f"{party} {one.duty}", []).append((index, one.until))
            case Finish() as one:
                self.book.finished.setdefault(f"{party} {one.leaver}", index)
            case Leave() as one if party not in self.book.left:
                entry = self._evidence.ledgers[party].leaves[index].id
                self.book.left[party] = Left(entry, index, one.effective, one.closes)
                for debtor in self._parties(record.accord.version):
                    self._open(Item(FINISH, record.accord.version, debtor, entry, party, index))

    def settle(self, as_of: int) -> None:
        """Bring the docket up to `as_of`, and close what has become final."""
        self._floors = {}
        self._open_periods(as_of)
        self._open_adoptions()
        still = []
        for place in self.book.open:
            item = self.book.items[place]
            duty = self.verdict(item, as_of)
            if item.final in ("kept", "excused") or (duty and item.final == "missed" and not duty.overdue):
                self._close(item)
            elif item.final != "superseded":
                still.append(place)
        self.book.open = still

    def duties(self, as_of: int) -> Iterator[Duty]:
        """Return every duty with its verdict."""
        here = self._evidence.present
        for item in self.book.items:
            duty = self.verdict(item, as_of)
            if duty and item.debtor in here:
                yield duty

    def counts(self, as_of: int) -> dict[str, dict[str, dict[str, int]]]:
        """Return party to pillar to name to count; the cost is that of what is open."""
        rows = dict(self.book.tally)
        for place in self.book.open:
            duty = self.verdict(self.book.items[place], as_of)
            if duty:
                for name in (duty.verdict, *(["overdue"] if duty.overdue else [])):
                    key = f"{duty.debtor} {duty.pillar} {name}"
                    rows[key] = rows.get(key, 0) + 1
        here = self._evidence.present
        table: dict[str, dict[str, dict[str, int]]] = {one: {} for one in self._pact.parties if one in here}
        for key, count in rows.items():
            party, pillar, name = key.split(" ")
            if party not in here:
                continue
            table[party].setdefault(pillar, dict.fromkeys(COUNTS, 0))[name] = count
        return table

    def verdict(self, item: Item, as_of: int) -> Duty | None:
        """Return the verdict of one duty; None if it does not bind (yet, or any more)."""
        spec = self._spec(item.version, item.spec)
        due = self._due(item, spec)
        if due is None:
            return None
        due, relief = self._relieved(item, due)
        done = self._performed(item, spec, spec.what)
        either = self._performed(item, spec, (*spec.what, *spec.excuse))
        said = self._asked(item, due, (done, either, *relief), as_of)
        state = step(DUTY, {}, start(DUTY), Event("look", said=said)).moment.state
        name, item.final = VERDICTS.get(state, (state, ""))
        if not name:
            return None
        return self._duty(item, spec, due, (name, done if all(done) else either))

    def _asked(
        self, item: Item, due: tuple[int, int], parts: tuple[list[list[int]], ...], as_of: int
    ) -> Asked:
        """Return the facts that a verdict is asked on, each found out only if the table comes to it."""
        done, either, (more,), (waived,) = parts
        successor = [self._successor(item)]
        absent = self._absent(item)
        other = [*successor[0], *more, *waived]
        first, last = due[0] + self._evidence.tempo.tolerance, due[1] + self._evidence.tempo.tolerance
        return Asked(
            {
                "kept": lambda: self._timely(item, done, first),
                "replaced": lambda: absent == "yes" or self._timely(item, successor, first),
                "excused": lambda: self._timely(item, either, first),
                "waived": lambda: self._timely(item, [waived], first),
                "spent": lambda: self._too_late(item, [[*one, *more] for one in done], last),
                "hopeless": lambda: (
                    absent == "no" and self._too_late(item, [[*one, *other] for one in either], last)
                ),
                "alone": lambda: absent == "no" and self._too_late(item, successor, last),
                "late": lambda: all(done),
                "forked": lambda: item.debtor in self.book.forked,
                "past": lambda: as_of > last,
                "lagging": lambda: bool(self._evidence.lags(item.debtor, last)),
            }
        )

    def _duty(
        self, item: Item, spec: DutySpec, due: tuple[int, int], outcome: tuple[str, list[list[int]]]
    ) -> Duty:
        name, done = outcome
        best = self._last(item, done)
        ledger = self._evidence.ledgers[item.debtor]
        last = due[1] + self._evidence.tempo.tolerance
        return Duty(
            debtor=item.debtor,
            pillar=spec.pillar,
            spec=item.spec,
            version=item.version,
            base=item.base,
            start=item.start,
            verdict=name,
            overdue=name == "missed" and not all(self._performed(item, spec, spec.what)),
            due=(min(due[0], MAX_INTEGER), min(due[1], MAX_INTEGER)),
            performed=() if best is None else self._interval(item, best),
            by="" if best is None else ledger.leaves[best].id,
            lags=self._evidence.lags(item.debtor, last) if name == "unobservable" else (),
        )

    def _relieved(
        self, item: Item, due: tuple[int, int]
    ) -> tuple[tuple[int, int], tuple[list[list[int]], list[list[int]]]]:
        """Return the term as all to whom it is owed have moved it in time, and what might still move it.

        That is the indices in the debtor's log of extensions that are not in time so far, and of waivers.
        """
        key = f"{item.debtor} {item.version}:{item.spec}:{item.base or item.start}"
        given = self.book.reliefs.get(key, [])
        more = sorted((until, index) for index, until in given if until)
        for until, index in more:
            if self._timely(item, [[index]], due[0] + self._evidence.tempo.tolerance):
                due = max(due[0], until), max(due[1], until)
        open_ = [index for until, index in more if until > due[0]]
        return due, ([open_], [[index for index, until in given if not until]])

    def _absent(self, item: Item) -> str:
        """Tell whether a duty does not arise since a party left: "yes", "no", or "maybe" so far."""
        spec = self._spec(item.version, item.spec)
        if item.spec == FINISH or not self.book.left or self._pact.survives(spec, item.version):
            return "no"
        through = self.book.finished.get(f"{item.debtor} {spec.to}")
        if through is not None and item.base_party == item.debtor and item.base_index > through:
            return "yes"
        gone = [self._before(item, party) for party in dict.fromkeys((item.debtor, item.base_party))]
        return next((one for one in ("yes", "maybe") if one in gone), "no")

    def _before(self, item: Item, party: str) -> str:
        """Tell whether a party had left before a duty came about, by when its withdrawal was held."""
        left = self.book.left.get(party)
        if left is None:
            return "no"
        said = self._evidence.interval(party, left.index)
        base = (
            self._evidence.base(item.base_party, item.base_index, item.debtor)
            if item.base
            else Interval(item.start, item.start)
        )
        if max(left.effective, said.not_after) <= base.not_before:
            return "yes"
        return "maybe" if max(left.effective, said.not_before) <= base.not_after else "no"

    def _due(self, item: Item, spec: DutySpec) -> tuple[int, int] | None:
        if item.spec == FINISH:
            return (self.book.left[item.base_party].closes,) * 2
        if item.base:
            base = self._evidence.base(item.base_party, item.base_index, item.debtor)
            if base.not_after >= INF:
                return None
            return base.not_before + spec.within, base.not_after + spec.within
        end = Calendar.parse(spec.every).end(item.start) if spec.every else item.start
        return end + spec.within, end + spec.within

    def _performed(self, item: Item, spec: DutySpec, kinds: tuple[str, ...]) -> list[list[int]]:
        """Return the performances of each part; what is no duty in parts has one."""
        if item.spec == ADOPT:
            adopted = self._evidence.ledgers[item.debtor].adopted
            return [[adopted[item.version]] if item.version in adopted else []]
        subject = item.base or f"{item.version}:{item.spec}:{item.start}"
        keys = [f"{item.debtor} {subject} {kind}" for kind in kinds]
        if not spec.parts:
            return [self._indices(keys)]
        towards = (spec.to, "")
        return [
            self._indices([f"{key} {to} {part}" for key in keys for to in towards]) for part in spec.parts
        ]

    def _indices(self, keys: list[str]) -> list[int]:
        return sorted({index for key in keys for index in self.book.performances.get(key, [])})

    def _last(self, item: Item, done: list[list[int]]) -> int | None:
        """Return the record by which the last part was done, each part as early as it can be shown."""

        def end(index: int) -> tuple[int, int]:
            return self._interval(item, index)[1], index

        first = [min(indices, key=end) for indices in done if indices]
        return max(first, key=end) if len(first) == len(done) else None

    def _successor(self, item: Item) -> list[int]:
        """The record by which the debtor had adopted a later version before the period began."""
        if item.base or item.spec == ADOPT:
            return []
        ledger = self._evidence.ledgers[item.debtor]
        index = _adoption_after(ledger, item.version)
        return [index] if index is not None and ledger.own[index] <= item.start else []

    def _timely(self, item: Item, parts: list[list[int]], deadline: int) -> bool:
        return all(
            any(self._evidence.interval(item.debtor, index).not_after <= deadline for index in indices)
            for indices in parts
        )

    def _too_late(self, item: Item, parts: list[list[int]], deadline: int) -> bool:
        floor = self._floors.get(item.debtor)
        if floor is None:
            floor = self._floors[item.debtor] = self._evidence.floor(item.debtor)
        if floor <= deadline:
            return False
        return any(
            all(self._evidence.interval(item.debtor, index).not_before > deadline for index in indices)
            for indices in parts
        )

    def _interval(self, item: Item, index: int) -> tuple[int, int]:
        span = self._evidence.interval(item.debtor, index)
        return min(span.not_before, MAX_INTEGER), min(span.not_after, MAX_INTEGER)

    def _perform(self, key: str, index: int) -> None:
        indices = self.book.performances.setdefault(key, [])
        if index not in indices[-1:]:
            indices.append(index)

    def _perform_periods(self, party: str, index: int, record: Record, version: int) -> None:
        named = self._pact.period(record)
        for spec, calendar in self._calendars(version):
            if record.kind in (*spec.what, *spec.excuse):
                start = calendar.start(record.at if named is None else named)
                if start <= record.at:
                    self._perform(f"{party} {version}:{spec.id}:{start} {record.kind}", index)

    def _parties(self, version: int) -> list[str]:
        """The parties of a version."""
        return [party for party, ledger in self._evidence.ledgers.items() if ledger.joined <= version]

    def _open(self, item: Item) -> None:
        if item.debtor in self._evidence.ledgers:
            self.book.open.append(len(self.book.items))
            self.book.items.append(item)

    def _open_periods(self, as_of: int) -> None:
        for debtor, ledger in self._evidence.ledgers.items():
            later = (version for version in ledger.adopted if version > ledger.joined)
            for version in [ledger.joined, *later]:
                for spec, calendar in self._calendars(version):
                    if debtor in self._pact.debtors(spec):
                        self._open_calendar((spec, calendar), version, ledger, as_of)

    def _open_calendar(
        self, which: tuple[DutySpec, Calendar], version: int, ledger: Ledger, as_of: int
    ) -> None:
        spec, calendar = which
        key = f"{version}:{spec.id}:{ledger.party}"
        begin = self._pact.effective(version) or 0
        if version > ledger.joined:
            begin = max(begin, ledger.own[ledger.adopted[version]])
        start = self.book.periods.get(key)
        if start is None:
            start = calendar.start(begin)
            start = start if start == begin else calendar.end(start)
        while start <= as_of:
            self._open(Item(spec.id, version, ledger.party, start=start))
            start = calendar.end(start)
        self.book.periods[key] = start

    def _open_adoptions(self) -> None:
        newest = max(ledger.version for ledger in self._evidence.ledgers.values())
        for version in range(self.book.versions + 1, newest + 1):
            start = self._pact.effective(version)
            for party in self._parties(version):
                self._open(Item(ADOPT, version, party, start=start or 0))
        self.book.versions = newest

    def _close(self, item: Item) -> None:
        key = f"{item.debtor} {self._spec(item.version, item.spec).pillar} {item.final}"
        self.book.tally[key] = self.book.tally.get(key, 0) + 1

    def _find_calendars(self, version: int) -> tuple[tuple[DutySpec, Calendar], ...]:
        """The duties of a version that come again and again, with their periods."""
        return tuple((spec, Calendar.parse(spec.every)) for spec in self._duties(version) if spec.every)

    def _find_spec(self, version: int, name: str) -> DutySpec:
        if name == ADOPT:
            return DutySpec(ADOPT, "accord", (), within=self._evidence.tempo.hand_over)
        if name == FINISH:
            return DutySpec(FINISH, "accord", (FINISH,))
        return next(spec for spec in self._pact.duties(version) if spec.id == name)


def _adoption_after(ledger: Ledger, version: int) -> int | None:
    return min((index for later, index in ledger.adopted.items() if later > version), default=None)
