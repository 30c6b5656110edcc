"""The trail: what the logs say of private matches, and whether each was run as agreed.

    for trail in trails(node):
        faults(trail, every, releases(node))      ()  or  (Fault("uncounted", "cn", …), …)
        owing(trail, patience)                    ()  or  (Owing(Fault("one-sided", "cn", …), until), …)

Needs no secret, so that anybody who has both logs can ask: the neutral, or a third party.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from detente.accord.duty import Tempo
from detente.faces.speech import Text
from detente.node.node import Node
from detente.node.status import Shown

MATCH = "incidents.match"
SET, ANSWER, COUNT, MEMBERS, PROOF = (
    f"{MATCH}-{one}" for one in ("set", "answer", "count", "members", "proof")
)
YEAR_MS = 365 * 86_400_000
_ONCE = {
    SET: Text("committed to two sets", "承诺了两个集合"),
    ANSWER: Text("answered twice", "应答了两次"),
    COUNT: Text("counted twice", "计数了两次"),
    MEMBERS: Text("let go twice", "开示了两次"),
}


class Trail(Struct, frozen=True):
    """One run, as far as the logs here have it; only records that stand.

    Args:
        match: the record that proposed it.
        steps: kind to the records that answer it, in the order of their authors' clocks.
    """

    match: Shown
    steps: Mapping[str, tuple[Shown, ...]]

    @property
    def pair(self) -> frozenset[str]:
        """Between whom it is."""
        return frozenset({self.match.party, str(self.match.open["counterpart"])})

    def of(self, kind: str, party: str) -> tuple[Shown, ...]:
        """The steps of a kind that a party took."""
        return tuple(one for one in self.steps.get(kind, ()) if one.party == party)

    def knows(self, party: str) -> bool:
        """Whether a party proposed or joined it: then it knows of it, by its own log."""
        return self.match.party == party or bool(self.of(SET, party))


class Fault(Struct, frozen=True):
    """What was not as agreed.

    Args:
        code: for machines.
        party: whose.
        why: in both languages.
    """

    code: str
    party: str
    why: Text


class Owing(Struct, frozen=True):
    """What one side has not returned yet: a fault once its time is over.

    Args:
        fault: what it is from then on.
        until: by when, in milliseconds.
    """

    fault: Fault
    until: int


def patience(tempo: Tempo) -> int:
    """How long a release may wait for its answer by the accord's clock: T to hold it, T to answer, and Γ."""
    return 2 * tempo.hand_over + tempo.tolerance


def trails(node: Node) -> tuple[Trail, ...]:
    """Every run in the logs here, oldest first by its author's clock."""
    steps: dict[str, dict[str, list[Shown]]] = {}
    for kind in (SET, ANSWER, COUNT, MEMBERS, PROOF):
        for one in _standing(node, kind):
            steps.setdefault(one.thread or "", {}).setdefault(kind, []).append(one)
    found = [
        Trail(one, {kind: tuple(rows) for kind, rows in steps.get(one.id, {}).items()})
        for one in _standing(node, MATCH)
    ]
    return tuple(sorted(found, key=lambda one: (one.match.at, one.match.id)))


def releases(node: Node) -> Mapping[str, frozenset[str]]:
    """Record to the parties to whom a key of it was released, by the logs."""
    found: dict[str, set[str]] = {}
    for one in _standing(node, "accord.release"):
        if "key" in one.open["paths"]:
            found.setdefault(str(one.open["record"]), set()).add(str(one.open["to"]))
    return {name: frozenset(to) for name, to in found.items()}


def before(every: Iterable[Trail], pair: frozenset[str], party: str, at: int) -> tuple[str, ...]:
    """The runs that a match which a party proposes at a time has to name, ascending."""
    return tuple(
        sorted(
            one.match.id
            for one in every
            if one.pair == pair and one.knows(party) and at - YEAR_MS <= one.match.at <= at
        )
    )


def uncounted(trail: Trail, every: Iterable[Trail]) -> tuple[str, ...]:
    """Runs that a match ought to name and does not: its author would have one more than was agreed."""
    match = trail.match
    owed = before(every, trail.pair, match.party, match.at)
    later = {one.match.id for one in every if _follows(one, trail)}
    return tuple(sorted(set(owed) - set(match.open["before"]) - later - {match.id}))


def faults(trail: Trail, every: Iterable[Trail], released: Mapping[str, frozenset[str]]) -> tuple[Fault, ...]:
    """What of a run was not as agreed, as far as the logs here show, but for what `owing` says."""
    return tuple(_faults(trail, tuple(every), released))


def _faults(
    trail: Trail, every: tuple[Trail, ...], released: Mapping[str, frozenset[str]]
) -> Iterator[Fault]:
    # 1. It names every run before it that its author knew of.
    left = uncounted(trail, every)
    if left:
        names = ", ".join(one[:16] for one in left)
        why = Text(f"does not count {names}", f"未计入 {names}")
        yield Fault("uncounted", trail.match.party, why)
    for party in sorted(trail.pair):
        # 2. Each side takes each step once: a second set or answer asks a second question.
        for kind, why in _ONCE.items():
            if len(trail.of(kind, party)) > 1:
                yield Fault("twice", party, why)
        # 3. Keys went to the other side alone.
        strangers = sorted(_strangers(trail, party, released))
        if strangers:
            named = ", ".join(strangers)
            yield Fault("to-others", party, Text(f"released a key to {named}", f"将密钥开示给了 {named}"))
    yield from _uneven(trail)


def _uneven(trail: Trail) -> Iterator[Fault]:
    one, other = sorted(trail.pair)
    counts = {party: trail.of(COUNT, party) for party in (one, other)}
    said = {row.facts["common"] for rows in counts.values() for row in rows}
    # 4. Both counted the same.
    if len(said) > 1:
        yield Fault("counts-differ", "", Text("the counts differ", "双方计数不一致"))


def owing(trail: Trail, patience: int) -> tuple[Owing, ...]:
    """What one side gave and the other has not returned, and how long it has for that."""
    return tuple(_owing(trail, patience))


def _owing(trail: Trail, patience: int) -> Iterator[Owing]:
    one, other = sorted(trail.pair)
    for party, partner in ((one, other), (other, one)):
        released, proven = trail.of(MEMBERS, party), trail.of(PROOF, party)
        # 5. Who was let know lets know.
        if released and not trail.of(MEMBERS, partner):
            why = Text(f"has let nothing go, and {party} has", f"尚未开示，而 {party} 已开示")
            yield Owing(Fault("one-sided", partner, why), _since(trail, partner, released[0]) + patience)
        # 6. Who was shown the proof shows it.
        if proven and not trail.of(PROOF, partner):
            why = Text(f"has proven nothing, and {party} has", f"尚未出示证明，而 {party} 已出示")
            yield Owing(Fault("unproven", partner, why), _since(trail, partner, proven[0]) + patience)


def _since(trail: Trail, partner: str, given: Shown) -> int:
    """From when on a side can answer: to date a gift back gains nothing over the other's last step."""
    own = [one.at for rows in trail.steps.values() for one in rows if one.party == partner]
    return max(given.at, *own)


def _strangers(trail: Trail, party: str, released: Mapping[str, frozenset[str]]) -> set[str]:
    own = [trail.match] if trail.match.party == party else []
    own += [one for kind in (SET, MEMBERS) for one in trail.of(kind, party)]
    return {to for one in own for to in released.get(one.id, ())} - trail.pair


def _follows(one: Trail, trail: Trail) -> bool:
    """Whether it came later in the author's own log, whatever the clocks say; joined ones by the joining."""
    author = trail.match.party
    if one.match.party == author:
        return one.match.index > trail.match.index
    return all(row.index > trail.match.index for row in one.of(SET, author))


def _standing(node: Node, kind: str) -> list[Shown]:
    shown = [node.record(one.id) for one in node.records(kind=kind)]
    return sorted((one for one in shown if one.stands), key=lambda one: (one.at, one.index))
