"""The supposition: a real history under another text: what would have arisen, been shown, weighed on whom.

    found = replay(suppose(new, terms), history, as_of)
    found.duties     how many of each clause, by debtor and verdict
    found.sights     what of whose records would have been shown to whom
    found.loads      what each party would have had to do in each month

Every record that was logged is taken as if it named the supposed version; logs, receipts, clocks and keys
stay what they were. Nobody knew the supposed text, so what it asks beyond the real one shows as missed: that
is the size of what it asks, not a fault. Grants are asked at standing as it was when the day of the record
began. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord.duty import Judged, Precedent
from detente.accord.fold import Fold
from detente.accord.keyact import LogKeys
from detente.accord.pillar import Statement
from detente.accord.recall import Recall
from detente.accord.rule import Rule
from detente.accord.standing import COUNTS, Log, Standing
from detente.accord.terms import Terms, nobody
from detente.accord.version import Granted, Obligation, Version
from detente.trust.record import Record

DAY = 86_400_000
Place = tuple[str, str]
"""A party, and a month `2026-11`."""


class Supposed(Terms, frozen=True, kw_only=True):
    """Terms in which every version is the supposed one, with the keys of the real parties.

    Args:
        real: the terms under which the history was made.
        heard: what judging a record gave, by party and nonce: filled as it is judged.
        recall: what the rules said, filled as they are asked.
    """

    real: Terms
    heard: dict[tuple[str, str], Judged]
    recall: Recall

    def judge(self, record: Record, thread: Mapping[str, Precedent], name: str = "") -> Judged:
        """As `Terms.judge`, and remember it."""
        found = self.heard[record.party, record.nonce] = Terms.judge(self, record, thread, name)
        return found

    def arises(self, found: Obligation, version: Version, said: Statement) -> bool:
        """As `Terms.arises`, asking a rule once for all that reads the same to it."""
        return found.rule is not None and self.recall.grants(found.rule, said, nobody(found, version))

    def keys(self, party: str) -> LogKeys:
        """The keys of the real party; none of one that was not there."""
        known = party in self.real.parties
        return self.real.within(self.domain).keys(party) if known else LogKeys(None)


class DutyCount(Struct, frozen=True, order=True):
    """How many duties of a clause one party would have had, by verdict."""

    clause: str
    debtor: str
    verdicts: Mapping[str, int]


class Sight(Struct, frozen=True, order=True):
    """In how many records of an author and kind a path would have been shown to an audience.

    Args:
        author: of the records.
        audience: who would have seen them.
        kind: of the records.
        path: which sealed value.
        shown: in how many records it may be shown.
        of: of how many.
    """

    author: str
    audience: str
    kind: str
    path: str
    shown: int
    of: int


class Load(Struct, frozen=True, order=True):
    """What a party would have had to do in one month.

    Args:
        party: who.
        month: `2026-11`, of the records from which it follows, or of the period's begin.
        owed: duties that would have arisen.
        missed: of these, those that the real history does not perform in time.
        releases: packages to one party, one for each record of which something may be shown to it.
        values: sealed values in them.
        bytes: length of those of these values that are known here.
        unsized: how many of them are not known here.
        approvals: releases of which some value needs an officer.
        decisions: proposals to decide about, by whoever made the record.
    """

    party: str
    month: str
    owed: int = 0
    missed: int = 0
    releases: int = 0
    values: int = 0
    bytes: int = 0
    unsized: int = 0
    approvals: int = 0
    decisions: int = 0


class Supposition(Struct, frozen=True, kw_only=True):
    """What a replay found.

    Args:
        records: how many records there are, receipts left out.
        stand: how many of them stand under the supposed version.
        duties: by clause and debtor, sorted.
        sights: sorted; a path that would never have been shown is among them, with 0.
        loads: by party and month, sorted.
    """

    records: int
    stand: int
    duties: tuple[DutyCount, ...]
    sights: tuple[Sight, ...]
    loads: tuple[Load, ...]


class History(Struct, frozen=True):
    """What happened.

    Args:
        logs: party to its leaves and the bodies that are here.
        sizes: record and sealed path to the length of the value, of those that are known.
    """

    logs: Mapping[str, Log]
    sizes: Mapping[tuple[str, str], int] = {}


def suppose(new: Version, real: Terms) -> Supposed:
    """Terms under which a history is replayed as if every version had been the new one.

    Who acceded in truth accedes by the same version; whom only the new text names is there from the first.
    """
    joined = {party: real.newest.joined.get(party, 1) for party in new.world.parties}
    versions = {
        number: msgspec.structs.replace(new, genesis=real.genesis, starts=version.starts, joined=joined)
        for number, version in real.versions.items()
    }
    return Supposed(versions, real=real, domain=real.domain, heard={}, recall=Recall(new.world))


def replay(terms: Supposed, history: History, as_of: int) -> Supposition:
    """Replay a history under supposed terms, up to a reader's time in milliseconds.

    Raises:
        Incomplete: `standing.2` bodies that count are not here.
    """
    bodies = {name: body for log in history.logs.values() for name, body in log.bodies.items()}
    fold, views = Fold(terms, bodies), {}
    entries = sorted(_entries(terms, history))
    for at, party, index in entries:
        if at // DAY not in views:
            views[at // DAY] = _view(terms, fold.counts(at // DAY * DAY))
        fold.append(party, history.logs[party].leaves[index])
    standing = fold.at(as_of)
    ledger = _Ledger(terms, history, bodies)
    for _, party, index in entries:
        name = history.logs[party].leaves[index].id
        if name in bodies and history.logs[party].leaves[index].cls != "receipt":
            ledger.take(name, views[bodies[name].at // DAY])
    ledger.settle(standing)
    return ledger.result()


def _entries(terms: Terms, history: History) -> Iterator[tuple[int, str, int]]:
    """Every leaf in time: when its author says, or no earlier than what stands before it in its log."""
    for party in terms.parties:
        latest = 0
        log = history.logs.get(party, Log((), {}))
        for index, leaf in enumerate(log.leaves):
            body = log.bodies.get(leaf.id)
            latest = max(latest, body.at if body else 0)
            yield latest, party, index


def _view(terms: Terms, counts: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Mapping[str, Any]:
    version, zeros = terms.versions[1], dict.fromkeys(COUNTS, 0)
    rows = {
        party: {pillar: counts.get(party, {}).get(pillar, zeros) for pillar in version.world.pillars}
        for party in version.world.parties
    }
    return version.world.encode_standing(rows, "").parties


class _Ledger:
    """What a replay adds up."""

    def __init__(self, terms: Supposed, history: History, bodies: Mapping[str, Record]) -> None:
        self._terms, self._version, self._sizes = terms, terms.versions[1], history.sizes
        self._bodies = bodies
        self._records = self._stand = 0
        self._sights: Counter[tuple[str, str, str, str]] = Counter()
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._loads: dict[Place, Counter[str]] = {}
        self._duties: dict[Place, Counter[str]] = {}
        self._triggers = cache(self._find_triggers)

    def take(self, name: str, view: Mapping[str, Any]) -> None:
        """Ask what one record would have led to, but for duties, which standing has."""
        record = self._bodies[name]
        self._records += 1
        judged = self._terms.heard.get((record.party, record.nonce))
        if judged is None or not judged.stands:
            return
        self._stand += 1
        said = judged.facts
        if not isinstance(said, Statement) or self._version.edition_of(said.kind) is None:
            return
        self._kinds[said.party, said.kind] += 1
        load = self._load(said.party, said.at)
        for rule in self._triggers(said.kind):
            load["decisions"] += self._terms.recall.grants(rule, said)
        for audience in self._version.world.parties:
            granted = self._version.grants.get((said.kind, audience))
            if granted is not None and audience != said.party:
                rules = self._terms.recall.granting(granted.bank, said, audience, view)
                self._shown(name, audience, _free(granted, rules), load)

    def _find_triggers(self, kind: str) -> tuple[Rule, ...]:
        return tuple(rule for clause, rule in self._version.triggers.values() if clause.on == kind)

    def _shown(self, name: str, audience: str, free: Mapping[str, bool], load: Counter[str]) -> None:
        if not free:
            return
        record = self._bodies[name]
        load["releases"] += 1
        load["values"] += len(free)
        load["approvals"] += not all(free.values())
        for path in free:
            self._sights[record.party, audience, record.kind, path] += 1
            size = self._sizes.get((name, path))
            load["unsized"] += size is None
            load["bytes"] += size or 0

    def settle(self, standing: Standing) -> None:
        """Add the duties that standing has."""
        for duty in standing.duties:
            base = self._bodies.get(duty.base)
            load = self._load(duty.debtor, base.at if base else duty.start)
            load["owed"] += 1
            load["missed"] += duty.verdict == "missed"
            self._duties.setdefault((duty.spec, duty.debtor), Counter())[duty.verdict] += 1

    def result(self) -> Supposition:
        """Everything, sorted."""
        return Supposition(
            records=self._records,
            stand=self._stand,
            duties=tuple(sorted(DutyCount(*key, dict(found)) for key, found in self._duties.items())),
            sights=tuple(sorted(self._all_sights())),
            loads=tuple(
                msgspec.structs.replace(Load(*place), **found) for place, found in sorted(self._loads.items())
            ),
        )

    def _all_sights(self) -> Iterator[Sight]:
        for (author, kind), count in self._kinds.items():
            for audience in self._version.world.parties:
                granted = self._version.grants.get((kind, audience))
                for path in granted.speaking if granted and audience != author else ():
                    yield Sight(
                        author, audience, kind, path, self._sights[author, audience, kind, path], count
                    )

    def _load(self, party: str, at: int) -> Counter[str]:
        return self._loads.setdefault((party, _month(at // DAY)), Counter())


def _free(granted: Granted, rules: Iterable[Rule]) -> dict[str, bool]:
    """The paths that these rules grant, and whether without an officer."""
    free: dict[str, bool] = {}
    for rule in rules:
        clause = granted.clauses[rule.place.path]
        for path in clause.fields:
            free[path] = free.get(path, False) or clause.by == "node"
    return free


@cache
def _month(day: int) -> str:
    return datetime.fromtimestamp(day * DAY / 1000, UTC).strftime("%Y-%m")
