"""The fold: standing kept up to date, leaf by leaf, in any interleaving; equal to computing it at once.

    fold = Fold(terms, bodies)
    fold.append("us", leaf)                     the next leaf of a log; its body may come later
    fold.at(as_of).digest                       at `fold.cut()`: a log counts as far as its receipts are here
    Fold.load(fold.dump(), terms, bodies)       as it was

`bodies` is read, never kept: a node backs it by its store. One more record costs its own votes, and a
question costs what is open, whatever the history. Pure: the same leaves and bodies give the same answers.
"""

from collections import ChainMap
from collections.abc import Mapping

import msgspec

from detente.accord.acts import FORK
from detente.accord.book import Book
from detente.accord.cut import Cut, Head
from detente.accord.docket import Docket
from detente.accord.duty import FACTS, Finding, Keys, Outcome, Pact, Precedent
from detente.accord.evidence import Evidence
from detente.accord.interval import INF, smallest
from detente.accord.keyact import KINDS as KEY_ACTS
from detente.accord.ledger import FOREIGN, KEY_ACT, UNSETTLED, Ledger, State
from detente.accord.memory import Snapshot
from detente.accord.receipt import heads
from detente.accord.solemn import needed
from detente.accord.standing import Incomplete, Lacking, Log, Refused, Standing
from detente.trust.errors import BadProof, Malformed, Misuse
from detente.trust.record import Leaf, Record, leaf_bytes
from detente.trust.tree import EMPTY_ROOT, Tree, leaf_hash

DANGLING = "names-what-was-not-there"
"""A record names another that was void, or not in any log when it was written."""


class Fold:
    """The incremental standing of one accord in one domain.

    Args:
        pact: the terms.
        bodies: id to record, each signed by the key that it names; if it was valid is decided here.
    """

    def __init__(self, pact: Pact, bodies: Mapping[str, Record]) -> None:
        pact.tempo.check()
        self._pact = pact
        self._bodies = bodies
        self._facts: dict[str, object] = {}
        self._restore(Evidence.empty(pact.tempo, {one: pact.joined(one) for one in pact.parties}), Book())
        self._findings: set[Finding] = set()
        self._accusations: list[str] = []
        self._proven: dict[tuple[str, int], str | None] = {}
        self._as_of = -1

    def append(self, party: str, leaf: Leaf) -> None:
        """Take the next leaf of a party's log.

        Raises:
            Misuse: `fold.1`: no such party.
        """
        # 1. It is a party's.
        if party not in self._evidence.ledgers:
            raise Misuse("fold.1", f"{party} is no party.", "Append to a party's log.")
        self._evidence.append(party, leaf)

    def leaf(self, party: str, index: int) -> Leaf:
        """Return a leaf that it was fed."""
        return self._evidence.ledgers[party].leaves[index]

    def holds(self, cut: Cut) -> bool:
        """Tell whether a cut names heads of these logs."""
        trees = self._evidence.trees
        return cut.heads.keys() <= trees.keys() and all(
            head.size <= len(trees[party]) and self._evidence.root(party, head.size) == head.root
            for party, head in cut.heads.items()
        )

    def cut(self) -> Cut:
        """Return up to where the logs are covered now."""
        self._advance()
        return self._evidence.cut()

    def at(self, as_of: int) -> Standing:
        """Return standing at `cut()`; the cost is that of all duties, for all are listed.

        Raises:
            Incomplete: `standing.2`: bodies or versions that count are not here.
            Misuse: `fold.2`: `as_of` went back.
        """
        self.settle(as_of)
        docket, here = self._docket, self._evidence.present
        ledgers = {party: one for party, one in self._evidence.ledgers.items() if party in here}
        duties = tuple(sorted(docket.duties(as_of)))
        return Standing(
            cut=self._evidence.cut(),
            as_of=as_of,
            counts=docket.counts(as_of),
            duties=duties,
            void={p: tuple(i for i, s in enumerate(x.states) if s == State.VOID) for p, x in ledgers.items()},
            forked=tuple(sorted(docket.book.forked & here)),
            findings=tuple(sorted(self._findings)),
            refused=tuple(
                Refused(p, i, x.leaves[i].id, x.refusals[i])
                for p, x in sorted(ledgers.items())
                for i in sorted(x.refusals)
            ),
            stopped={
                w: {p: votes.stopped for p, votes in rows.items() if votes.stopped and p in here}
                for w, rows in self._evidence.votes.items()
            },
        )

    def counts(self, as_of: int) -> dict[str, dict[str, dict[str, int]]]:
        """Return party to pillar to name to count, as in `Standing.counts`; the cost is that of what is open.

        Raises:
            Incomplete, Misuse: as `at`.
        """
        self.settle(as_of)
        return self._docket.counts(as_of)

    def settle(self, as_of: int) -> None:
        """Decide all that can be decided.

        Raises:
            Incomplete, Misuse: as `at`.
        """
        # 2. Time does not go back in a fold.
        if as_of < self._as_of:
            raise Misuse(
                "fold.2", f"as_of went back from {self._as_of} to {as_of}.", "Compute `standing` anew."
            )
        self._as_of = as_of
        self._advance()
        lacking = [one for ledger in self._evidence.ledgers.values() for one in self._count(ledger)]
        versions = {v for ledger in self._evidence.ledgers.values() for v in self._admit(ledger)}
        while sum(map(self._judge_all, self._evidence.ledgers.values())):
            pass
        if lacking or versions:
            raise Incomplete(tuple(sorted(lacking)), tuple(sorted(versions)))
        self._docket.book.forked = self._forkers()
        self._docket.settle(as_of)

    def dump(self) -> bytes:
        """Return a snapshot, for this program only: no other reads it."""
        evidence = self._evidence
        return msgspec.msgpack.encode(
            Snapshot(
                evidence.ledgers,
                evidence.votes,
                self._docket.book,
                self._findings,
                self._accusations,
                self._as_of,
            )
        )

    @classmethod
    def load(cls, data: bytes, pact: Pact, bodies: Mapping[str, Record]) -> "Fold":
        """Return the fold of a snapshot, under the same terms.

        Raises:
            Malformed: `fold.3`.
        """
        fold = cls(pact, bodies)
        # 3. It is a snapshot of this version.
        try:
            old = msgspec.msgpack.decode(data, type=Snapshot)
        except msgspec.DecodeError as error:
            raise Malformed("fold.3", f"No snapshot: {error}.", "Fold the logs anew.") from error
        trees = {
            party: Tree(leaf_hash(leaf_bytes(leaf)) for leaf in ledger.leaves)
            for party, ledger in old.ledgers.items()
        }
        fold._restore(Evidence(pact.tempo, old.ledgers, old.votes, trees), old.book)
        fold._findings, fold._accusations, fold._as_of = old.findings, old.accusations, old.as_of
        return fold

    def _restore(self, evidence: Evidence, book: Book) -> None:
        self._evidence = evidence
        self._docket = Docket(self._pact, evidence, book)
        self._keys = {party: self._keys_of(ledger) for party, ledger in evidence.ledgers.items()}

    def _keys_of(self, ledger: Ledger) -> Keys:
        """Return the keys of an admitted prefix, by the acts that took effect in it."""
        keys = self._pact.keys(ledger.party)
        for index in ledger.acts:
            keys = keys.after(self._bodies[ledger.leaves[index].id], index) or keys
        return keys

    def _advance(self) -> None:
        for party, ledger in self._evidence.ledgers.items():
            while ledger.covered < len(ledger.leaves):
                entry = ledger.leaves[ledger.covered]
                if entry.cls == "record":
                    ledger.cover()
                    continue
                receipt = self._bodies.get(entry.id)
                if receipt is None:
                    break
                said = heads(receipt, party)
                ledger.cover(None if said is None else receipt.at)
                if said is not None:
                    self._evidence.hear(party, receipt.at, said)
        self._evidence.advance()

    def _count(self, ledger: Ledger) -> list[Lacking]:
        """Count what c witnesses held, close what they no longer can; return what counts and is not here."""
        lacking = []
        votes, tempo = self._evidence.about(ledger.party), self._pact.tempo
        lows = tempo.lows(len(votes))
        for index in [i for i in ledger.open if ledger.states[i] == State.PENDING]:
            if smallest([vote.held_at(index) for vote in votes], tempo.c) < INF:
                record = self._bodies.get(ledger.leaves[index].id)
                if record is None:
                    owed_by = tuple(self._evidence.holders(ledger.party, index))
                    lacking.append(Lacking(ledger.party, index, ledger.leaves[index].id, owed_by))
                else:
                    ledger.count(index, record)
            elif smallest([vote.low(index, tempo.hand_over) for vote in votes], lows) == INF:
                ledger.close(index, State.VOID)
        return lacking

    def _admit(self, ledger: Ledger) -> list[int]:
        """Admit the prefix as far as it is decided; return a version it names that is not known here."""
        while ledger.admitted < ledger.covered:
            state = ledger.states[ledger.admitted]
            if state == State.PENDING:
                break
            if state != State.COUNTED:
                ledger.skip()
                continue
            entry = ledger.leaves[ledger.admitted].id
            record = self._bodies[entry]
            effective = self._pact.effective(record.accord.version)
            if effective is None:
                return [record.accord.version]
            index, keys = ledger.admitted, self._keys[ledger.party]
            if not ledger.admit(record, effective, signed=keys.sign(record, index)):
                continue
            if record.kind in KEY_ACTS:
                self._rekey(ledger, index, record)
            elif (code := needed(record)) and not keys.officers(record, index):
                ledger.close(index, State.REFUSED, (code,))
        return []

    def _rekey(self, ledger: Ledger, index: int, record: Record) -> None:
        """Let an admitted key act rule what comes after it; one without effect does not stand."""
        keys = self._keys[ledger.party].after(record, index)
        if keys is None:
            ledger.close(index, State.REFUSED, (KEY_ACT,))
            return
        ledger.acts.append(index)
        self._keys[ledger.party] = keys

    def _judge_all(self, ledger: Ledger) -> int:
        """Judge what can be judged in one log; return how many that was."""
        waiting = [i for i in ledger.open if ledger.states[i] == State.ADMITTED]
        return sum(self._judge(ledger, index) for index in waiting)

    def _judge(self, ledger: Ledger, index: int) -> bool:
        """Judge an admitted record if all it names is decided; tell whether it was."""
        entry = ledger.leaves[index].id
        record = self._bodies[entry]
        version = record.accord.version
        refs = self._pact.refs(record)
        found = {ref: self._resolve(ref, ledger, index, version) for ref in refs if ref != entry}
        if State.PENDING in found.values():
            return False
        if State.VOID in found.values():
            ledger.close(index, State.REFUSED, (DANGLING,))
            return True
        thread = {ref: self._precedent(ref) for ref, state in found.items() if state == State.STANDS}
        judged = self._pact.judge(record, thread, entry)
        if not judged.stands:
            ledger.close(index, State.REFUSED, judged.refusals)
            return True
        ledger.close(index, State.STANDS)
        self._stands(ledger.party, index, record, (judged, thread, refs))
        return True

    def _stands(self, party: str, index: int, record: Record, outcome: Outcome) -> None:
        judged, thread, refs = outcome
        self._facts[self._evidence.ledgers[party].leaves[index].id] = judged.facts
        while len(self._facts) > FACTS:
            del self._facts[next(iter(self._facts))]
        self._findings.update(self._pact.findings(record, thread))
        if record.kind == FORK:
            self._accusations.append(self._evidence.ledgers[party].leaves[index].id)
        self._docket.stands(party, index, record, (judged.facts, refs))

    def _forkers(self) -> set[str]:
        """Return whose fork a standing record proves, by each log's keys as its admitted acts leave them.

        Asked anew when a key act is admitted: what an accusation shows then does not depend on which log was
        read first.
        """
        acts = sum(len(ledger.acts) for ledger in self._evidence.ledgers.values())
        for entry in self._accusations:
            if (entry, acts) not in self._proven:
                self._proven[entry, acts] = self._pact.forker(self._bodies[entry], self._keys)
        found = {self._proven[entry, acts] for entry in self._accusations}
        return {party for party in found if party in self._evidence.ledgers}

    def _resolve(self, ref: str, ledger: Ledger, index: int, version: int) -> State:
        """Decide on a name: `STANDS`, `REFUSED` (as if absent), `VOID` (was not there) or `PENDING`."""
        place = ledger.first.get(ref)
        if place is not None and not _foreign(ledger, place):
            state = ledger.states[place] if place < index else State.VOID
            return State.PENDING if state in UNSETTLED else state
        span = self._evidence.interval(ledger.party, index)
        tolerance = self._pact.tempo.tolerance
        gone = True
        for party, other in self._evidence.ledgers.items():
            # Whoever acceded later than the version that names it was not there to be named.
            if party == ledger.party or other.joined > version:
                continue
            place = other.first.get(ref, other.covered)
            state = other.states[place] if place < other.covered else State.PENDING
            when = self._evidence.witnessed(party, place)
            after = when.not_before > span.not_after + tolerance
            if state in (State.STANDS, State.REFUSED) and not _foreign(other, place):
                before = when.not_after <= span.not_before + tolerance
                return state if before else State.VOID if after else State.PENDING
            gone = gone and (after or state in (State.VOID, State.REFUSED))
        return State.VOID if gone else State.PENDING

    def _precedent(self, ref: str) -> Precedent:
        """Return a record that stands, with its facts; if these are not kept they are judged again."""
        stack = [ref]
        while stack:
            record = self._bodies[stack[-1]]
            named = [one for one in self._pact.refs(record) if one != stack[-1] and self._has_stood(one)]
            unknown = [one for one in named if one not in self._facts]
            if unknown and stack[-1] not in self._facts:
                stack += unknown
                continue
            entry = stack.pop()
            if entry not in self._facts:
                thread = {one: Precedent(one, self._bodies[one], self._facts[one]) for one in named}
                self._facts[entry] = self._pact.judge(record, thread, entry).facts
        return Precedent(ref, self._bodies[ref], self._facts[ref])

    def _has_stood(self, ref: str) -> bool:
        return any(
            ref in ledger.first and ledger.states[ledger.first[ref]] == State.STANDS
            for ledger in self._evidence.ledgers.values()
        )


def standing(pact: Pact, logs: Mapping[str, Log], cut: Cut, as_of: int) -> Standing:
    """Return standing at a cut, computed at once.

    Args:
        pact: the terms.
        logs: party to its log, at least as long as the cut, with the bodies that are held.
        cut: up to where to read each log.
        as_of: the reader's time.

    Raises:
        BadProof: `standing.1`: the cut is not one of these logs.
        Incomplete: `standing.2`: receipts within the cut, bodies, or versions that count are not here.
    """
    bodies = ChainMap(*(dict(log.bodies) for log in logs.values()))
    fold = Fold(pact, bodies)
    for party in pact.parties:
        head = cut.heads.get(party, Head(0, EMPTY_ROOT.hex()))
        for leaf in logs[party].leaves[: head.size]:
            fold.append(party, leaf)
    return reached(fold, cut, as_of)


def reached(fold: Fold, cut: Cut, as_of: int) -> Standing:
    """Return standing at a cut, of a fold that was fed as far as the cut and no further.

    Raises:
        BadProof, Incomplete: as `standing`. Misuse: `fold.2`: `as_of` went back.
    """
    # 1. Every log begins with what the cut names.
    if not fold.holds(cut):
        raise BadProof("standing.1", "The cut is not one of these logs.", "Fetch the logs that it names.")
    # 2. Every receipt within the cut is here: they say what counts.
    covered = fold.cut().heads
    lacking = tuple(
        Lacking(party, covered[party].size, fold.leaf(party, covered[party].size).id, (party,))
        for party, head in sorted(cut.heads.items())
        if covered[party].size < head.size
    )
    if lacking:
        raise Incomplete(lacking)
    return fold.at(as_of)


def _foreign(ledger: Ledger, index: int) -> bool:
    return FOREIGN in ledger.refusals.get(index, ())
