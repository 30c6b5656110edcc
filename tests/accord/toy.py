"""Small terms, and builders of tiny, genuine records and logs, for everything about time and standing.

book = Book(Toy(("a", "b", "n")))
base = book.report("a", at=10 * H)
book.receipt("b", at=11 * H)                 # says: seen and held, all of every other log
book.standing(as_of=12 * H)
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from detente.accord.cut import Cut, Head
from detente.accord.duty import (
    Change,
    DutySpec,
    Finding,
    Finish,
    Judged,
    Keys,
    Leave,
    Part,
    Precedent,
    Relief,
    Tempo,
)
from detente.accord.fold import Fold, standing
from detente.accord.receipt import Seen, open_fields, ranges
from detente.accord.standing import Duty, Log, Standing
from detente.trust.record import AccordRef, Leaf, Record, leaf, leaf_bytes
from detente.trust.tree import Tree, leaf_hash

GENESIS = "5d" * 32
MINUTE = 60_000
H = 60 * MINUTE
DAY = 24 * H

NOTIFY = DutySpec("notify", "toy", ("toy.notice",), on="toy.report", within=8 * H, excuse=("toy.cannot",))
ACK = DutySpec("acknowledge", "toy", ("toy.ack",), on="toy.report", within=8 * H)
DAILY = DutySpec("daily", "toy", ("toy.nil",), within=8 * H, every="P1D")
SPECS = (NOTIFY, ACK)

TEMPO = Tempo(k=1, period=4 * H, transit=H, skew=H // 2, hand_over=8 * H)


def tempo(k: int) -> Tempo:
    """The constants of the simulation for another k."""
    return Tempo(k, TEMPO.period, TEMPO.transit, TEMPO.skew, TEMPO.hand_over)


class Toy(Struct, frozen=True):
    """Terms in which reports are notified by their author and acknowledged by all others.

    Args:
        parties: sorted.
        tempo: constants.
        versions: duties of versions 1, 2, …
        since: from when these may be used; version 1: from 0.
        surviving: duties that go on arising for a party that left.
        joins: of those that acceded, by which version.
        first_keys: names of keys by party; empty: whatever key a record names is valid.
    """

    parties: tuple[str, ...]
    tempo: Tempo = TEMPO
    versions: tuple[tuple[DutySpec, ...], ...] = (SPECS,)
    since: tuple[int, ...] = (0,)
    first_keys: Mapping[str, frozenset[str]] = {}
    surviving: frozenset[str] = frozenset()
    joins: Mapping[str, int] = {}

    def joined(self, party: str) -> int:
        return self.joins.get(party, 1)

    def effective(self, version: int) -> int | None:
        return self.since[version - 1] if 1 <= version <= len(self.since) else None

    def duties(self, version: int) -> tuple[DutySpec, ...]:
        return self.versions[version - 1]

    def refs(self, record: Record) -> tuple[str, ...]:
        named = record.open.get("names", [])
        return tuple(dict.fromkeys([*([record.thread] if record.thread else []), *named]))

    def judge(self, record: Record, thread: Mapping[str, Precedent], name: str = "") -> Judged:  # noqa: ARG002 (it needs none)
        if record.open.get("junk"):
            return Judged(stands=False, refusals=("junk",))
        if record.thread and record.thread not in thread:
            return Judged(stands=False, refusals=("no-thread",))
        return Judged(stands=True, facts={"serious": record.open.get("serious", True)})

    def owes(self, spec: DutySpec, record: Record, facts: object) -> tuple[str, ...]:
        if not isinstance(facts, dict) or facts.get("serious") is not True:
            return ()
        if spec.id == "notify":
            return (record.party,)
        there = [party for party in self.parties if self.joined(party) <= record.accord.version]
        return tuple(party for party in there if party != record.party)

    def parts(self, record: Record) -> tuple[Part, ...]:
        return tuple(Part(str(record.open.get("to", "")), part) for part in record.open.get("parts", []))

    def debtors(self, spec: DutySpec) -> tuple[str, ...]:
        del spec
        return self.parties

    def period(self, record: Record) -> int | None:
        named = record.open.get("period")
        return named if isinstance(named, int) else None

    def keys(self, party: str) -> "ToyKeys":
        names = self.first_keys.get(party)
        return ToyKeys(None if names is None else frozenset(map(keyid, names)))

    def forker(self, record: Record, keys: Mapping[str, Keys]) -> str | None:
        """The proof carries two signed heads of one size; a keyed hash stands for the signatures."""
        del keys
        if record.kind != "accord.fork":
            return None
        party, one, other = record.open["forker"], record.open["one"], record.open["other"]
        genuine = all(signed_head(party, head["size"], head["root"]) == head["sig"] for head in (one, other))
        differ = one["size"] == other["size"] and one["root"] != other["root"]
        return party if genuine and differ else None

    def changes(self, record: Record) -> Change | None:
        """A record says in its open fields what it changes."""
        match record.open.get("change"):
            case ["relief", duty, until]:
                return Relief(duty, until)
            case ["leave", effective, closes]:
                return Leave(effective, closes)
            case ["finish", leaver]:
                return Finish(leaver)
        return None

    def survives(self, spec: DutySpec, version: int) -> bool:
        del version
        return spec.id in self.surviving

    def findings(self, record: Record, thread: Mapping[str, Precedent]) -> tuple[Finding, ...]:
        if record.kind != "accord.opening" or record.thread is None or record.thread not in thread:
            return ()
        opened = thread[record.thread]
        if record.party != opened.record.party or record.open["serious"] == opened.record.open.get("serious"):
            return ()
        return (Finding(opened.record.party, opened.id, "serious"),)


class ToyKeys(Struct, frozen=True):
    """Names of keys that are valid; None: any. An act that says `forged` was signed by no officer."""

    valid: frozenset[str] | None
    revoked: frozenset[str] = frozenset()

    def sign(self, entry: Record, index: int) -> bool:
        del index
        return self.valid is None or entry.key in self.valid - self.revoked

    def officers(self, entry: Record, index: int) -> bool:
        del index
        return not entry.open.get("forged")

    def after(self, entry: Record, index: int) -> "ToyKeys | None":
        del index
        if entry.open.get("forged") or self.valid is None:
            return None
        if entry.kind == "accord.key-change":
            return ToyKeys(frozenset(map(keyid, entry.open["keys"])), self.revoked)
        named = keyid(entry.open["keyid"])
        return ToyKeys(self.valid, self.revoked | {named}) if named in self.valid - self.revoked else None


def keyid(name: str) -> str:
    """Return the keyid of a key that has only a name."""
    return hashlib.sha256(name.encode()).hexdigest()


def signed_head(party: str, size: int, root: str) -> str:
    """Return what only that party can make of a head, or anybody who saw it made."""
    return hmac.new(party.encode(), f"{size} {root}".encode(), hashlib.sha256).hexdigest()


def fork_fields(party: str, size: int, roots: tuple[str, str]) -> dict[str, Any]:
    """Return the open fields of a proof that a party signed two roots at one size."""
    one, other = ({"size": size, "root": root, "sig": signed_head(party, size, root)} for root in roots)
    return {"forker": party, "one": one, "other": other}


def make(
    kind: str,
    party: str,
    at: int,
    nonce: int,
    *,
    thread: str | None = None,
    version: int = 1,
    **fields: Any,  # noqa: ANN401
) -> Record:
    """Return a genuine record of the exercise domain; field `key` names the key that signs it."""
    key = fields.pop("key", "old")
    return Record(
        v=1,
        domain="exercise",
        kind=kind,
        party=party,
        accord=AccordRef(GENESIS, version),
        thread=thread,
        at=at,
        nonce=f"{nonce:032x}",
        key=keyid(key),
        open=fields,
        sealed={},
    )


class Book(Struct):
    """Logs written by hand: what every party logged, in order."""

    toy: Toy
    logs: dict[str, list[Leaf]] = field(default_factory=dict)
    bodies: dict[str, Record] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for party in self.toy.parties:
            self.logs[party] = []
            self.trees[party] = Tree()

    def log(self, party: str, record: Record, *, body: bool = True) -> str:
        """Append a record to a party's log; without its body if told so. Return its id."""
        entry = leaf(record)
        self.logs[party].append(entry)
        self.trees[party].append(leaf_hash(leaf_bytes(entry)))
        if body:
            self.bodies[entry.id] = record
        return entry.id

    def say(self, kind: str, party: str, at: int, **more: Any) -> str:  # noqa: ANN401
        """Log a record of a kind."""
        body = more.pop("body", True)
        return self.log(party, make(kind, party, at, self._nonce(), **more), body=body)

    def report(self, party: str, at: int, **more: Any) -> str:  # noqa: ANN401
        """Log a report, from which duties arise."""
        return self.say("toy.report", party, at, **({"serious": True} | more))

    def receipt(
        self,
        party: str,
        at: int,
        sizes: Mapping[str, int] | None = None,
        missing: Mapping[str, Sequence[int]] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> str:
        """Log a receipt; unless told else it covers all of every other log, and holds all."""
        heads = {}
        for other in self.toy.parties if sizes is None else sizes:
            size = len(self.logs[other]) if sizes is None else sizes[other]
            lacking = ranges([i for i in (missing or {}).get(other, ()) if i < size])
            heads[other] = Seen(size, self.trees[other].root(size).hex(), lacking)
        heads.pop(party, None)
        heads |= more.pop("heads", {})
        fields: dict[str, Any] = dict(open_fields(heads))
        return self.log(party, make("accord.receipt", party, at, self._nonce(), **fields))

    def all_receipts(self, at: int, parties: Sequence[str] | None = None) -> None:
        """Let every party log a receipt that holds everything."""
        for party in self.toy.parties if parties is None else parties:
            self.receipt(party, at)

    def cut(self, **sizes: int) -> Cut:
        """Return the cut of all logs, some shortened."""
        wanted = {party: sizes.get(party, len(entries)) for party, entries in self.logs.items()}
        return Cut({p: Head(size, self.trees[p].root(size).hex()) for p, size in wanted.items()})

    def standing(self, as_of: int, cut: Cut | None = None, without: Sequence[str] = ()) -> Standing:
        """Compute standing at a cut, perhaps without some bodies."""
        held = {entry: record for entry, record in self.bodies.items() if entry not in without}
        logs = {party: Log(entries, held) for party, entries in self.logs.items()}
        return standing(self.toy, logs, cut or self.cut(), as_of)

    def fold(self) -> Fold:
        """Return a fold of all logs."""
        fold = Fold(self.toy, self.bodies)
        for party, entries in self.logs.items():
            for entry in entries:
                fold.append(party, entry)
        return fold

    def _nonce(self) -> int:
        return sum(len(entries) for entries in self.logs.values())


def one(result: Standing, spec: str, debtor: str, base: str = "") -> Duty | None:
    """Return the only duty of a clause, a debtor and perhaps a base, or None."""
    found = [
        d for d in result.duties if (d.spec, d.debtor) == (spec, debtor) and (not base or d.base == base)
    ]
    assert len(found) <= 1, found
    return found[0] if found else None


def verdict(result: Standing, spec: str, debtor: str, base: str = "") -> str:
    """Return the verdict of that duty; "" if there is none."""
    duty = one(result, spec, debtor, base)
    return duty.verdict if duty else ""
