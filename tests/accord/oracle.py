"""Standing a second time, written from the protocol page alone: slow, whole, sharing no code with the fold.

    oracle.verdicts(toy, logs, bodies, as_of)  ->  {(spec, version, base or start, debtor): verdict}, void

Only what the toy's clauses need: bases, periods, adoption, excuses. Section numbers are those of the page.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from toy import DAY, Toy

from detente.accord.duty import DutySpec, Precedent
from detente.trust.record import Leaf, Record, leaf_bytes
from detente.trust.tree import leaf_hash, root

INF = 2**80
Logs = Mapping[str, list[Leaf]]


class Said(Struct):
    """4.4: what one log says about another."""

    clock: int = -1
    seen: dict[int, int] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)


class Named:
    """3.3 and 4.5: which keys are valid, act by act; an act takes effect at once, or changes nothing."""

    def __init__(self, first: frozenset[str] | None) -> None:
        self.checked = first is not None
        self.valid = {hashed(one) for one in first or ()}

    def sign(self, record: Record) -> bool:
        return not self.checked or record.key in self.valid

    def take(self, record: Record) -> bool:
        if record.kind not in ("accord.key-change", "accord.revoke"):
            return True
        if record.open.get("forged"):
            return False
        if record.kind == "accord.key-change":
            self.valid = {hashed(one) for one in record.open["keys"]}
            return True
        known = hashed(record.open["keyid"]) in self.valid
        self.valid.discard(hashed(record.open["keyid"]))
        return known


class Oracle:
    def __init__(self, toy: Toy, logs: Logs, bodies: Mapping[str, Record]) -> None:
        self.toy, self.logs, self.bodies = toy, logs, bodies
        self.k = toy.tempo.k
        self.founders = [a for a in toy.parties if toy.joined(a) == 1]
        self.gamma = toy.tempo.period + 2 * toy.tempo.transit + 2 * toy.tempo.skew
        self.said = {(w, a): self._votes(w, a) for w in self.founders for a in toy.parties if a != w}
        self.state: dict[tuple[str, int], str] = {}
        self.version: dict[str, dict[int, int]] = {a: {} for a in toy.parties}
        self.forked: set[str] = set()
        self.findings: set[tuple[str, str]] = set()
        for a in toy.parties:
            self._places(a)
        for a in toy.parties:
            self._in_order(a)
        while sum(self._judge(a, i) for (a, i), state in list(self.state.items()) if state == "admitted"):
            pass

    def b(self, w: int) -> int:
        return min(self.k, max(0, w - self.k))

    def _receipts(self, a: str, before: int | None = None) -> list[Record]:
        entries = self.logs[a][:before]
        return [self.bodies[one.id] for one in entries if one.cls == "receipt"]

    def _votes(self, w: str, a: str) -> Said:
        said, late = Said(), self.toy.tempo.hand_over
        for record in self._receipts(w):
            head = record.open["heads"].get(a)
            if record.at < said.clock:
                break
            if head is not None:
                size = head["size"]
                if size > len(self.logs[a]) or size < len(said.seen) or self._root(a, size) != head["root"]:
                    break
                self._read(said, head, record.at)
            said.clock = record.at
            for i, first_seen in said.seen.items():
                if i not in said.held and said.clock > first_seen + late:
                    said.held[i] = INF
        return said

    def _root(self, a: str, size: int) -> str:
        return root(leaf_hash(leaf_bytes(one)) for one in self.logs[a][:size]).hex()

    def _read(self, said: Said, head: dict[str, Any], at: int) -> None:
        missing = {i for first, last in head["missing"] for i in range(first, last + 1)}
        for i in range(head["size"]):
            first_seen = said.seen.setdefault(i, at)
            if i not in missing and i not in said.held:
                said.held[i] = INF if at > first_seen + self.toy.tempo.hand_over else at

    def _low(self, w: str, a: str, i: int) -> int:
        said = self.said[(w, a)]
        return said.held.get(i, said.clock)

    def _held(self, w: str, a: str, i: int) -> int:
        return self.said[(w, a)].held.get(i, INF)

    def _about(self, a: str, d: str = "") -> list[str]:
        others = [w for w in self.founders if w != a]
        return [w for w in others if w != d] or others

    def _places(self, a: str) -> None:
        """4.5: counted, void or pending."""
        for i, entry in enumerate(self.logs[a]):
            if entry.cls == "record":
                witnesses = self._about(a)
                low = smallest([self._low(w, a, i) for w in witnesses], self.b(len(witnesses)))
                held = smallest([self._held(w, a, i) for w in witnesses], self.k)
                self.state[(a, i)] = "counted" if held < INF else "void" if low == INF else "pending"

    def _in_order(self, a: str) -> None:
        latest, version, ids = -1, 1, set[str]()
        keys = Named(self.toy.first_keys.get(a))
        for i, entry in enumerate(self.logs[a]):
            if entry.cls == "receipt":
                latest = max([latest, *(r.at for r in self._receipts(a, i + 1))])
                continue
            if self.state[(a, i)] == "pending":
                return
            repeated = entry.id in ids
            ids.add(entry.id)
            if self.state[(a, i)] == "void":
                continue
            record = self.bodies[entry.id]
            start = self.toy.effective(record.accord.version)
            assert start is not None
            behind = record.at < latest or record.accord.version < version or start > self.own(a, i)
            behind = behind or not keys.sign(record) or record.accord.version < self.toy.joined(a)
            if record.party != a or repeated or behind:
                self.state[(a, i)] = "foreign" if record.party != a else "refused"
                continue
            self.state[(a, i)] = "admitted"
            latest, version = record.at, record.accord.version
            self.version[a][i] = version
            if not keys.take(record):
                self.state[(a, i)] = "refused"

    def own(self, a: str, i: int) -> int:
        newest = max((r.at for r in self._receipts(a, i)), default=-1)
        if self.state.get((a, i), "pending") in ("pending", "void"):
            return newest
        return max(newest, self.bodies[self.logs[a][i].id].at)

    def performance(self, a: str, i: int) -> tuple[int, int]:
        """4.6: as a performance."""
        witnesses, own = self._about(a), self.own(a, i)
        low = smallest([self._low(w, a, i) for w in witnesses], self.b(len(witnesses)))
        return max(own, low), max(own, smallest([self._held(w, a, i) for w in witnesses], self.k))

    def base(self, a: str, i: int, d: str = "") -> tuple[int, int]:
        """4.6: as a base for a debtor."""
        witnesses, early = self._about(a, d), self.own(a, i)
        late, h = early, self.b(len(witnesses))
        said = [self.said[(w, a)] for w in witnesses]
        if h:
            early = min(early, sorted(x.seen.get(i, x.clock) for x in said)[-h])
            late = min(late, sorted(x.seen.get(i, INF) for x in said)[-h])
        lows, helds = self._edged(a, i, witnesses)
        counted = smallest([self._held(w, a, i) for w in witnesses], self.k) < INF
        after = max(late, smallest(helds, self.k)) if counted else INF
        return max(early, smallest(lows, self.b(len(self._about(a))))), after

    def witnessed(self, a: str, i: int) -> tuple[int, int]:
        """4.5: what the others say of an entry, whatever its author says."""
        lows, helds = self._edged(a, i, self._about(a))
        counted = smallest([self._held(w, a, i) for w in self._about(a)], self.k) < INF
        return smallest(lows, self.b(len(self._about(a)))), smallest(helds, self.k) if counted else INF

    def _edged(self, a: str, i: int, witnesses: list[str]) -> tuple[list[int], list[int]]:
        lows, helds = [], []
        for w in witnesses:
            low, held = self._low(w, a, i), self._held(w, a, i)
            edge = self.said[(w, a)].seen.get(i, 0) + self.toy.tempo.hand_over
            lows.append(edge if low == INF else low)
            helds.append(edge + self.gamma if low == INF else held)
        return lows, helds

    def _index(self, a: str, entry: str) -> int | None:
        found = [i for i, one in enumerate(self.logs[a]) if one.id == entry and one.cls == "record"]
        return found[0] if found else None

    def _judge(self, a: str, i: int) -> bool:
        entry = self.logs[a][i].id
        record = self.bodies[entry]
        thread = {}
        for ref in self.toy.refs(record):
            state = self._named(ref, a, i, record.accord.version)
            if state == "wait":
                return False
            if state == "gone":
                self.state[(a, i)] = "refused"
                return True
            if state == "stands":
                thread[ref] = Precedent(ref, self.bodies[ref], None)
        judged = self.toy.judge(record, thread)
        self.state[(a, i)] = "stands" if judged.stands else "refused"
        if judged.stands and record.kind == "accord.opening":
            opened = self.bodies[str(record.thread)]
            if opened.party == a and opened.open["serious"] != record.open["serious"]:
                self.findings.add((a, str(record.thread)))
        forker = self.toy.forker(record, {}) if judged.stands else None
        self.forked |= {forker} if forker else set()
        return True

    def _named(self, ref: str, a: str, i: int, version: int) -> str:
        mine = self._index(a, ref)
        if mine is not None and self.state[(a, mine)] != "foreign":
            state = self.state[(a, mine)]
            if mine >= i or state == "void":
                return "gone"
            return state if state in ("stands", "refused") else "wait"
        nb, na = self.performance(a, i)
        gone = True
        for p in self.toy.parties:
            if p == a or self.toy.joined(p) > version:
                continue
            x = self._index(p, ref)
            state = "absent" if x is None else self.state[(p, x)]
            low, high = self.witnessed(p, len(self.logs[p]) if x is None else x)
            if state in ("stands", "refused"):
                return state if high <= nb + self.gamma else "gone" if low > na + self.gamma else "wait"
            gone = gone and (state in ("void", "foreign") or low > na + self.gamma)
        return "gone" if gone else "wait"

    def verdicts(self, as_of: int) -> dict[tuple[str, int, str, str], str]:
        """4.8."""
        found = {}
        for (a, i), state in self.state.items():
            record = self.bodies.get(self.logs[a][i].id)
            if state != "stands" or record is None:
                continue
            facts = self.toy.judge(record, {record.thread or "": Precedent("", record, None)}).facts
            for spec in self.toy.duties(record.accord.version):
                for d in self.toy.owes(spec, record, facts) if spec.on == record.kind else ():
                    nb, na = self.base(a, i, d)
                    if na < INF:
                        key = (spec.id, record.accord.version, self.logs[a][i].id, d)
                        due = (nb + spec.within, na + spec.within)
                        what = [self._performances(d, kinds, self.logs[a][i].id) for kinds in _kinds(spec)]
                        found[key] = self._verdict(d, due, what, as_of)
        for d in self.toy.parties:
            found |= self._calendar(d, as_of)
        newest = max((v for rows in self.version.values() for v in rows.values()), default=1)
        here = [d for d in self.toy.parties if self.toy.joined(d) <= newest or self.logs[d]]
        return {key: verdict for key, verdict in (found | self._adoptions(as_of)).items() if key[3] in here}

    def _performances(self, d: str, kinds: tuple[str, ...], base: str) -> list[int]:
        return [i for i in self._standing(d, kinds) if base in self.toy.refs(self._body(d, i))]

    def _standing(self, d: str, kinds: tuple[str, ...]) -> list[int]:
        mine = [i for (a, i), state in self.state.items() if a == d and state == "stands"]
        return [i for i in mine if self._body(d, i).kind in kinds]

    def _body(self, a: str, i: int) -> Record:
        return self.bodies[self.logs[a][i].id]

    def _adopted(self, d: str, version: int) -> int | None:
        return min((i for i, v in self.version[d].items() if v >= version), default=None)

    def _calendar(self, d: str, as_of: int) -> dict[tuple[str, int, str, str], str]:
        found = {}
        for version in range(self.toy.joined(d), len(self.toy.since) + 1):
            adopted = self._adopted(d, version)
            begin = self.toy.since[version - 1]
            if version > self.toy.joined(d):
                if adopted is None:
                    continue
                begin = max(begin, self.own(d, adopted))
            for spec in (one for one in self.toy.duties(version) if one.every):
                for start in range(-(-begin // DAY) * DAY, as_of + 1, DAY):
                    verdict = self._period(d, spec, version, start, as_of)
                    if verdict:
                        found[(spec.id, version, str(start), d)] = verdict
        return found

    def _period(self, d: str, spec: DutySpec, version: int, start: int, as_of: int) -> str:
        due = start + DAY + spec.within
        done = []
        for i in self._standing(d, spec.what):
            record = self._body(d, i)
            named = self.toy.period(record)
            period = (record.at if named is None else named) // DAY * DAY
            if period == start <= record.at and record.accord.version >= version:
                done.append(i)
        after = self._adopted(d, version + 1)
        heir = [after] if after is not None and self.own(d, after) <= start else []
        kept = any(self.performance(d, i)[1] <= due + self.gamma for i in done)
        if not kept and any(self.performance(d, i)[1] <= due + self.gamma for i in heir):
            return ""
        return self._verdict(d, (due, due), [done, heir], as_of, excusing=False)

    def _adoptions(self, as_of: int) -> dict[tuple[str, int, str, str], str]:
        found = {}
        newest = max((v for rows in self.version.values() for v in rows.values()), default=1)
        for version in range(2, newest + 1):
            start = self.toy.since[version - 1]
            for d in (d for d in self.toy.parties if self.toy.joined(d) <= version):
                adopted = self._adopted(d, version)
                due = start + self.toy.tempo.hand_over
                done = [] if adopted is None else [adopted]
                found[("accord.adopt", version, str(start), d)] = self._verdict(
                    d, (due, due), [done, []], as_of
                )
        return found

    def _verdict(
        self, d: str, due: tuple[int, int], what: list[list[int]], as_of: int, *, excusing: bool = True
    ) -> str:
        first, last = due[0] + self.gamma, due[1] + self.gamma
        done, others = what
        if any(self.performance(d, i)[1] <= first for i in done):
            return "kept"
        if excusing and any(self.performance(d, i)[1] <= first for i in others):
            return "excused"
        open_ = [i for (a, i), s in self.state.items() if a == d and s in ("pending", "counted", "admitted")]
        if all(self.performance(d, i)[0] > last for i in (*done, *others, *open_, len(self.logs[d]))):
            return "missed"
        if d in self.forked:
            return "forked"
        if as_of <= last:
            return "owed"
        return "unobservable" if any(self.said[(w, d)].clock <= last for w in self._about(d)) else "disputed"


def _kinds(spec: DutySpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return spec.what, spec.excuse


def hashed(name: str) -> str:
    """The keyid of a key that has only a name."""
    return hashlib.sha256(name.encode()).hexdigest()


def smallest(values: list[int], j: int) -> int:
    """4.1: the j-th smallest."""
    return -1 if j == 0 else sorted(values)[j - 1] if j <= len(values) else INF
