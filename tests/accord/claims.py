"""What must hold of a world: the claims of the protocol page, asked of every honest node at several times.

    claims.check(world)      raises AssertionError, or returns how much was compared

Equality, finality and incremental = batch are asked of every world; what k buys is asked where at most k are
faulty.
"""

from contextlib import suppress
from itertools import pairwise
from random import Random

from msgspec import Struct
from oracle import Oracle
from simulation import END, LATE, LIAR, NEVER, START, Deed, Entry, World
from toy import H, Toy

from detente.accord.cut import Cut, Head
from detente.accord.fold import Fold, standing
from detente.accord.ledger import KEY_ACT, NO_KEY
from detente.accord.standing import Duty, Incomplete, Log, Standing
from detente.trust.record import Leaf, Record, leaf_bytes
from detente.trust.tree import Tree, leaf_hash

FINAL = ("kept", "missed")


class Tally(Struct):
    """How much was compared, and which verdicts there were."""

    worlds: int = 0
    equal: int = 0
    batches: int = 0
    final: int = 0
    fetched: int = 0
    judged: int = 0
    kept: int = 0
    timely: int = 0
    second: int = 0
    keys: int = 0
    findings: int = 0
    unread: int = 0
    before: int = 0

    def add(self, other: "Tally") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Node:
    """One honest party's view over time, with a fold that is fed as news comes, in any interleaving."""

    def __init__(self, world: World, name: str, tally: Tally) -> None:
        self.world, self.name, self.tally = world, name, tally
        self.random = Random(f"{world.plan.seed} {name}")  # noqa: S311
        self.logs: dict[str, list[Leaf]] = {author: [] for author in world.names}
        self.bodies: dict[str, Record] = {}
        self.lost: set[str] = set()
        self.then = 0
        self.fold = Fold(world.toy, self.bodies)
        self.final: dict[tuple[str, int, str, int, str], str] = {}
        self.void: set[tuple[str, int]] = set()

    def look(self, now: int) -> Standing:
        """Take what has come by now, and compute standing; fetch what counts and is not here."""
        logs, bodies = self.world.view(self.name, now)
        for entry in sorted(bodies.keys() - self.bodies.keys() - self.lost):
            if (
                bodies[entry].party != self.name
                and bodies[entry].kind[:7] != "accord."
                and self.random.random() < 0.1
            ):
                self.lost.add(entry)  # this node's copy was lost; others relied on it, so it has to fetch
        self._feed(logs, bodies)
        self.then = now
        while True:
            try:
                return self.fold.at(now)
            except Incomplete as error:
                self._fetch(error)

    def _feed(self, logs: dict[str, list[Leaf]], bodies: dict[str, Record]) -> None:
        waiting = {author: logs[author][len(self.logs[author]) :] for author in logs}
        fresh = [entry for entry in bodies if entry not in self.bodies and entry not in self.lost]
        self.random.shuffle(fresh)
        while any(waiting.values()) or fresh:
            author = self.random.choice(sorted(waiting))
            if waiting[author]:
                leaf = waiting[author].pop(0)
                self.logs[author].append(leaf)
                self.fold.append(author, leaf)
            if fresh:
                entry = fresh.pop()
                self.bodies[entry] = bodies[entry]
            if self.random.random() < 0.02:
                self._peek()

    def _peek(self) -> None:
        """Ask in the middle, which must change nothing; now and then go through a snapshot."""
        with suppress(Incomplete):
            self.fold.settle(self.then)
        if self.random.random() < 0.3:
            self.fold = Fold.load(self.fold.dump(), self.world.toy, self.bodies)

    def _fetch(self, error: Incomplete) -> None:
        """Get each body from its author or a holder by log; within k one of them is always honest."""
        for lacking in error.lacking:
            chain = self.world.chain(lacking.party, self.name)
            owes = [one for one in (lacking.party, *lacking.owed_by) if self.world.role[one] != LIAR]
            for one in owes:
                handed = chain.entries[lacking.index].handed[one]
                assert handed < NEVER, "an honest party claims what it lacks"
            if self.world.plan.faulty <= self.world.plan.k:
                assert owes, f"a counted body that no honest party holds: {lacking}"
            self.bodies[lacking.id] = chain.entries[lacking.index].record
            self.tally.fetched += 1
        assert not error.versions

    def remember(self, result: Standing) -> None:
        """Hold every final verdict to what it was."""
        now_final = {duty.key: duty.verdict for duty in result.duties if duty.verdict in FINAL}
        for key, verdict in self.final.items():
            assert now_final.get(key) == verdict, f"{key} was {verdict}, is {now_final.get(key)}"
        void = {(party, index) for party, rows in result.void.items() for index in rows}
        assert self.void <= void, "a void leaf came back"
        self.final, self.void = now_final, void
        self.tally.final += len(now_final)

    def ask_the_page(self, result: Standing, now: int) -> None:
        """Hold the fold to a second reading of the page that shares no code with it."""
        if self.random.random() < 0.12:
            heads = result.cut.heads
            logs = {a: leaves[: heads[a].size if a in heads else 0] for a, leaves in self.logs.items()}
            page = Oracle(self.world.toy, logs, self.bodies)
            found = {(d.spec, d.version, d.base or str(d.start), d.debtor): d.verdict for d in result.duties}
            said = page.verdicts(now)
            odd = {key: (found.get(key), said.get(key)) for key in found.keys() | said.keys()}
            assert found == said, {key: pair for key, pair in odd.items() if pair[0] != pair[1]}
            void = {(a, i) for a, rows in result.void.items() for i in rows}
            assert void == {place for place, state in page.state.items() if state == "void"}
            assert {(f.party, f.record) for f in result.findings} == page.findings
            refused = {(one.party, one.index) for one in result.refused}
            assert refused == {
                place for place, state in page.state.items() if state in ("refused", "foreign")
            }
            self.tally.second += 1

    def knew_before(self, result: Standing, now: int) -> bool:
        """Hold the fold to one that does not know yet that somebody accedes, while that plays no part."""
        old = self.world.toy
        founders = tuple(party for party in old.parties if old.joined(party) == 1)
        if founders == old.parties or result.cut.heads.keys() > set(founders):
            return False
        toy = Toy(founders, old.tempo, old.versions[:1], old.since[:1], old.first_keys)
        logs = {author: Log(self.logs[author], self.bodies) for author in founders}
        with suppress(Incomplete):
            assert standing(toy, logs, result.cut, now).dump() == result.dump(), "who accedes shows too early"
            return True
        return False

    def batch(self, cut: Cut, now: int) -> Standing:
        """Compute standing at once, from this node's own leaves and bodies."""
        logs = {author: Log(leaves, self.bodies) for author, leaves in self.logs.items()}
        while True:
            try:
                return standing(self.world.toy, logs, cut, now)
            except Incomplete as error:
                self._fetch(error)


def check(world: World) -> Tally:
    """Ask all claims of a world."""
    tally = Tally(worlds=1)
    nodes = [Node(world, name, tally) for name in world.honest()]
    random = Random(world.plan.seed)  # noqa: S311
    times = [*sorted(START + random.randrange(END) for _ in range(3)), START + END]
    for now in times:
        for node in nodes:
            result = node.look(now)
            node.remember(result)
            if random.random() < 0.5:
                assert node.batch(result.cut, now).dump() == result.dump(), "incremental differs from batch"
                tally.batches += 1
            tally.before += node.knew_before(result, now)
            node.ask_the_page(result, now)
            tally.unread += sum(
                head.size < len(node.logs[author]) for author, head in result.cut.heads.items()
            )
            if now == times[-1]:
                _judge(world, node.name, result, tally)
        _compare(nodes, now, tally)
    return tally


def _compare(nodes: list[Node], now: int, tally: Tally) -> None:
    """Any two honest nodes give the same bytes at every cut that both can name."""
    for one, other in pairwise(nodes):
        cut = common(one, other)
        as_of = now + 1000 * H if tally.equal % 2 else now
        assert one.batch(cut, as_of).dump() == other.batch(cut, as_of).dump(), "equal cuts, unequal standing"
        tally.equal += 1


def common(one: Node, other: Node) -> Cut:
    """Return the longest cut that two nodes share."""
    heads = {}
    first, second = one.fold.cut().heads, other.fold.cut().heads
    for author in one.world.names:
        if not {author} <= first.keys() & second.keys():
            continue  # it acceded, and has not begun for one of them
        size = min(first[author].size, second[author].size)
        mine, theirs = one.logs[author][:size], other.logs[author][:size]
        while mine != theirs:
            mine, theirs = mine[:-1], theirs[:-1]
        tree = Tree(leaf_hash(leaf_bytes(leaf)) for leaf in mine)
        heads[author] = Head(len(mine), tree.root().hex())
    return Cut(heads)


def _judge(world: World, reader: str, result: Standing, tally: Tally) -> None:
    """Hold verdicts to what really happened, where no more are faulty than the accord assumes."""
    plan = world.plan
    for one in result.refused:
        tally.keys += NO_KEY in one.codes or KEY_ACT in one.codes
        honest = world.role[one.party] != LIAR
        assert not honest or (NO_KEY not in one.codes and KEY_ACT not in one.codes), f"honest, refused: {one}"
    tally.findings += len(result.findings)
    assert all(world.role[one.party] == LIAR for one in result.findings), "a finding against the honest"
    if plan.faulty > plan.k:
        return
    for duty in result.duties:
        if world.role[duty.debtor] != LIAR and duty.debtor in result.forked:
            raise AssertionError(f"honest {duty.debtor} shown as forked")
        deed = world.deeds.get((duty.spec, duty.base or str(duty.start), duty.debtor))
        if deed is None:
            continue
        tally.judged += 1
        _hold(world, reader, duty, deed, tally)


def _hold(world: World, reader: str, duty: Duty, deed: Deed, tally: Tally) -> None:
    tempo = world.toy.tempo
    known, due = deed.known, deed.due
    timely = deed.done <= due
    if timely and world.role[duty.debtor] == "":
        tally.timely += 1
        assert duty.verdict != "missed", f"honest and in time, and missed: {duty} {deed}"
        if world.plan.parties - 1 >= 2 * world.plan.k and not _by_forker(world, duty):
            assert duty.verdict in ("kept", "excused"), f"honest and in time, and not kept: {duty} {deed}"
        tally.kept += duty.verdict in ("kept", "excused")
    first = _first_known(world, reader, duty, known)
    if deed.done > first + (due - known) + 2 * tempo.tolerance:
        assert duty.verdict != "kept", f"late, and kept: {duty} {deed}"


def _by_forker(world: World, duty: Duty) -> bool:
    """Whether a duty's base is in a forked log: who reads the other branch says nothing of it."""
    forkers = [chains for chains in world.chains.values() if len(chains) > 1]
    return any(entry.leaf.id == duty.base for chains in forkers for one in chains for entry in one.entries)


def _first_known(world: World, reader: str, duty: Duty, known: int) -> int:
    """When the base of a duty first came into the hands of a party that does not conspire with its author."""
    if not duty.base:
        return known

    for author in world.names:
        for entry in world.chain(author, reader).entries:
            if entry.leaf.id == duty.base:
                honest = [n for n in world.honest() if n != author and world.role[n] != LATE]
                hands = [_readable(world, author, reader, entry, n) for n in honest]
                return max(known, min((h for h in hands if h < NEVER), default=known))
    return known


def _readable(world: World, author: str, reader: str, entry: Entry, name: str) -> int:
    """When a party could name an entry: it and every receipt before it were here."""
    chain = world.chain(author, reader)
    place = chain.entries.index(entry)
    before = [chain.entries[i].handed[name] for i in chain.receipts if i < place]
    return max(entry.handed[name], *(one.shown[name] for one in chain.entries[: place + 1]), *before)
