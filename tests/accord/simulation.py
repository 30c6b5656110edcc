"""A world of parties as data: who logged what when, who got which leaf and which body when, who lied how.

    world = World.run(Plan(seed=7, parties=3, k=1, faulty=1))
    world.view("a", t)           what node a has at true time t: leaves and bodies
    world.deeds                  what really happened, which no node knows

Nothing here is a node: deliveries are numbers. Between honest parties a leaf and a body arrive within
`transit`, in any order, lost and sent again; what a liar shows or hands to one honest party, the others get
from that one. Faulty parties are liars (each with a style drawn from the seed) or merely late. Honest clocks
drift within ±skew.
"""

from random import Random
from typing import Any

from msgspec import Struct, field
from toy import ACK, DAILY, DAY, MINUTE, NOTIFY, H, Toy, fork_fields, make, tempo

from detente.accord.receipt import Seen, open_fields, ranges
from detente.trust.record import Leaf, Record, leaf, leaf_bytes
from detente.trust.tree import Tree, leaf_hash

TICK = 30 * MINUTE
WORK = 24 * H
END = 96 * H
"""Work is begun until WORK; duties and receipts go on until END, so that what can be settled is."""
START = 400 * DAY
NEVER = 2**50
VERSION_2 = START + 14 * H
LATE = "late"
LIAR = "liar"


class Plan(Struct, frozen=True):
    """One world: a seed, how many parties, k, how many of them are faulty, and what else happens.

    `keyed`: keys change and are revoked; liars sign with keys that are gone or not there yet, and forge acts.
    `opens`: what was declared is opened; liars had declared something else. `mutes`: liars withhold the
    bodies of receipts as well. `accedes`: one more party joins by version 2, and lies only where that leaves
    k as it is, or where it is exceeded anyway.
    """

    seed: int
    parties: int = 3
    k: int = 1
    faulty: int = 1
    amended: bool = False
    forks: bool = False
    keyed: bool = False
    opens: bool = False
    mutes: bool = False
    accedes: bool = False


class Style(Struct):
    """How a liar lies; the default is honest."""

    silent: int = NEVER
    clock: int = 0
    dated: int = 0
    omits: str = ""
    refuses: str = ""
    claims: bool = False
    false_root: str = ""
    hides: str = ""
    tardy: int = 0
    empty: float = 0.0
    junk: float = 0.0
    mute: float = 0.0
    forks: int = NEVER


class Entry(Struct):
    """A leaf, its body, and when each receiver gets the one and the other."""

    leaf: Leaf
    record: Record
    when: int
    shown: dict[str, int] = field(default_factory=dict)
    handed: dict[str, int] = field(default_factory=dict)


class Chain(Struct):
    """One history of one party's log."""

    entries: list[Entry] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    receipts: list[int] = field(default_factory=list)
    upto: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        if entry.leaf.cls == "receipt":
            self.receipts.append(len(self.entries))
        self.entries.append(entry)
        self.tree.append(leaf_hash(leaf_bytes(entry.leaf)))

    def copy(self) -> "Chain":
        twin = Chain()
        for entry in self.entries:
            twin.add(entry)
        return twin

    def readable(self, receiver: str, now: int) -> int:
        """How many leaves a receiver may name: none beyond a receipt whose body it lacks (4.2)."""
        size = self.size(receiver, now)
        lacking = (i for i in self.receipts if i < size and self.entries[i].handed[receiver] > now)
        return next(lacking, size)

    def size(self, receiver: str, now: int) -> int:
        """How many leaves a receiver has seen, in order."""
        size = self.upto.get(receiver, 0) if now >= self.upto.get("now", 0) else 0
        while size < len(self.entries) and self.entries[size].shown[receiver] <= now:
            size += 1
        if now >= self.upto.get("now", 0):
            self.upto |= {receiver: size, "now": now}
        return size


class Deed(Struct):
    """What really happened about one duty: when its base came into honest hands, when it was performed."""

    spec: str
    base: str
    debtor: str
    known: int
    due: int
    done: int = NEVER


class World(Struct):
    """The history of all parties."""

    plan: Plan
    random: Random
    toy: Toy
    names: tuple[str, ...]
    role: dict[str, str]
    style: dict[str, Style]
    chains: dict[str, list[Chain]]
    side: dict[str, dict[str, int]]
    drift: dict[str, tuple[int, int]]
    receipts_due: dict[str, int] = field(default_factory=dict)
    tasks: list[tuple[int, str, str, str]] = field(default_factory=list)
    deeds: dict[tuple[str, str, str], Deed] = field(default_factory=dict)
    learnt: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    proven: set[tuple[str, str]] = field(default_factory=set)
    keys: dict[str, list[str]] = field(default_factory=dict)
    nonce: int = 0

    @classmethod
    def run(cls, plan: Plan) -> "World":
        """Play a world to its end."""
        random = Random(plan.seed)  # noqa: S311
        founders = tuple("abcdefgh"[: plan.parties])
        faulty = random.sample(founders, plan.faulty)
        names = (*founders, "new") if plan.accedes else founders
        if plan.accedes and plan.faulty != plan.k and random.random() < 0.5:
            faulty.append("new")
        role = {name: random.choice((LIAR, LIAR, LATE)) if name in faulty else "" for name in names}
        specs = (NOTIFY, ACK, DAILY)
        keys = {name: frozenset({"old", "spare"}) for name in names} if plan.keyed else {}
        toy = Toy(names, tempo(plan.k), (specs,), (START,), keys)
        if plan.amended:
            toy = Toy(names, tempo(plan.k), (specs, (NOTIFY, ACK)), (START, VERSION_2), keys)
        if plan.accedes:
            joins = {"new": 2}
            toy = Toy(names, tempo(plan.k), (specs, specs), (START, VERSION_2), keys, joins=joins)
        world = cls(
            plan=plan,
            random=random,
            toy=toy,
            names=names,
            role=role,
            style={name: _style(random, names, plan) if role[name] == LIAR else Style() for name in names},
            chains={name: [Chain()] for name in names},
            side={name: dict.fromkeys(names, 0) for name in names},
            drift={name: _drift(random, toy.tempo.skew) for name in names},
            keys={name: ["old", "spare"] for name in names},
        )
        for now in range(START, START + END, TICK):
            world._tick(now)
        return world

    def honest(self) -> tuple[str, ...]:
        """Parties whose node does what the protocol says; some may perform late."""
        return tuple(name for name in self.names if self.role[name] != LIAR)

    def chain(self, author: str, reader: str) -> Chain:
        """The history of an author that a reader is shown."""
        return self.chains[author][self.side[reader][author]]

    def view(self, reader: str, now: int) -> tuple[dict[str, list[Leaf]], dict[str, Record]]:
        """Leaves by log, and bodies by id, that a node has at a time."""
        logs: dict[str, list[Leaf]] = {}
        bodies: dict[str, Record] = {}
        for author in self.names:
            chain = self.chain(author, reader)
            entries = chain.entries[: chain.size(reader, now)]
            logs[author] = [entry.leaf for entry in entries]
            bodies |= {entry.leaf.id: entry.record for entry in entries if entry.handed[reader] <= now}
        return logs, bodies

    def clock(self, name: str, now: int) -> int:
        """What a party's clock says: off by up to skew, drifting; a liar's by what it likes."""
        first, last = self.drift[name]
        return now + first + (last - first) * (now - START) // END

    def _tick(self, now: int) -> None:
        for name in self.random.sample(self.names, len(self.names)):
            style = self.style[name]
            if self.toy.joined(name) > 1 and self.role[name] != LIAR and self.clock(name, now) < VERSION_2:
                continue
            if now >= style.forks and len(self.chains[name]) == 1:
                self._fork(name)
            self._learn(name, now)
            self._begin(name, now)
            # Before the accord starts by its author's own clock, an act would not be in force, nor its keys.
            may = now < style.silent and self.clock(name, now) >= START
            if self.plan.keyed and self.random.random() < 0.02 and may:
                self._rekey(name, now)
            self._perform(name, now)
            if now >= self.receipts_due.get(name, START) and now < style.silent:
                self._receipt(name, now)

    def _begin(self, name: str, now: int) -> None:
        """Start something, now and then, while it is the time for it; file for the day that ended."""
        if (now - START) % DAY == 0 and START < now <= START + 2 * DAY:
            start = now - DAY
            self.deeds[("daily", str(start), name)] = Deed("daily", str(start), name, now, now + DAILY.within)
            self._task("daily", str(start), name, now)
        if now >= START + WORK or self.random.random() > 0.05 or now >= self.style[name].silent:
            return
        serious = self.random.random() < 0.8
        base = self._log(name, "toy.report", now, serious=serious)
        if self.plan.opens and self.random.random() < 0.5:
            truth = serious if self.role[name] != LIAR else self.random.random() < 0.5
            self._log(name, "accord.opening", now, thread=base, serious=truth)
        self.deeds[("notify", base, name)] = Deed("notify", base, name, now, now + NOTIFY.within)
        self._task("notify", base, name, now)

    def _rekey(self, name: str, now: int) -> None:
        """Change or revoke a key as the officers signed it; a liar now and then forges their act."""
        forged = self.role[name] == LIAR and self.random.random() < 0.5
        valid = self.keys[name]
        if len(valid) > 1 and self.random.random() < 0.5:
            gone = self.random.choice(valid)
            self._log(name, "accord.revoke", now, keyid=gone, forged=forged)
            after = [key for key in valid if key != gone]
        else:
            after = [f"key-{self.nonce}", f"more-{self.nonce}"]
            self._log(name, "accord.key-change", now, keys=after, forged=forged)
        self.keys[name] = valid if forged else after

    def _key(self, name: str) -> str:
        """A valid key; a liar now and then takes one that is gone, was never there, or is not there yet."""
        if self.role[name] == LIAR and self.plan.keyed and self.random.random() < 0.4:
            return self.random.choice(("old", "spare", "stolen", f"key-{self.nonce + 40}"))
        return self.keys[name][0]

    def _learn(self, name: str, now: int) -> None:
        """Plan an acknowledgement for every serious report whose body is here; prove a fork that is seen."""
        for author in self.names:
            if author == name:
                continue
            chain = self.chain(author, name)
            for entry in self._fresh(name, chain, now):
                if entry.record.kind == "toy.report":
                    deed = Deed("acknowledge", entry.leaf.id, name, now, now + ACK.within)
                    self.deeds[("acknowledge", entry.leaf.id, name)] = deed
                    self._task("acknowledge", entry.leaf.id, name, now)
            if len(self.chains[author]) > 1 and self.role[name] != LIAR:
                self._prove(name, author, now)

    def _fresh(self, name: str, chain: Chain, now: int) -> list[Entry]:
        """Entries whose leaf and body a party has, and had not before."""
        first = self.learnt.setdefault((name, id(chain)), [])
        done = first[-1] if first else 0
        size = max(done, chain.readable(name, now))
        first[-1:] = [*range(done, size), size]
        waiting = first[:-1]
        found = [chain.entries[i] for i in waiting if chain.entries[i].handed[name] <= now]
        first[:-1] = [i for i in waiting if chain.entries[i].handed[name] > now]
        return [entry for entry in found if ("acknowledge", entry.leaf.id, name) not in self.deeds]

    def _task(self, spec: str, base: str, name: str, now: int) -> None:
        within, tolerance = NOTIFY.within, self.toy.tempo.tolerance
        delay = self.random.randrange(0, within + 1, TICK)
        if self.role[name] and self.random.random() < 0.6:
            late = within + 2 * tolerance + self.random.randrange(TICK, 12 * H, TICK)
            delay = self.random.choice((late, NEVER))
        self.tasks.append((now + delay, spec, base, name))

    def _perform(self, name: str, now: int) -> None:
        due = [task for task in self.tasks if task[3] == name and task[0] <= now]
        if not due or now >= self.style[name].silent:
            return
        self.tasks = [task for task in self.tasks if task not in due]
        for _, spec, base, _ in due:
            if spec == "daily":
                self._log(name, "toy.nil", now, period=int(base))
                self.deeds[(spec, base, name)].done = now
                continue
            kind = "toy.ack" if spec == "acknowledge" else "toy.notice"
            if spec == "notify" and self.random.random() < 0.1:
                kind = "toy.cannot"
            names = ["00" * 32] if self._strikes(self.style[name].junk) else []
            self._log(name, kind, now, thread=base, names=names)
            self.deeds[(spec, base, name)].done = now

    def _log(self, name: str, kind: str, now: int, thread: str | None = None, **fields: object) -> str:
        """Log a record under the version in force by its author's clock, on the history its author likes."""
        self.nonce += 1
        at = self.clock(name, now) + self.style[name].dated
        second = self.plan.amended or self.plan.accedes
        version = 2 if second and at >= VERSION_2 and self.role[name] != LIAR else 1
        if self._strikes(self.style[name].junk):
            fields["junk"] = True
        fields["key"] = self._key(name)
        record = make(kind, name, max(at, 0), self.nonce, thread=thread, version=version, **fields)
        chain = self.random.choice(self.chains[name])
        self._publish(name, chain, record, now)
        return chain.entries[-1].leaf.id

    def _receipt(self, name: str, now: int) -> None:
        """Log a receipt of what this party has seen and holds; or what it likes to say."""
        self.receipts_due[name] = now + self.random.randrange(TICK, self.toy.tempo.period + 1, TICK)
        style = self.style[name]
        heads = {}
        for author in self.names:
            if author in (name, style.omits):
                continue
            chain = self.chain(author, name)
            size = chain.size(name, now) if self.role[name] == LIAR else chain.readable(name, now)
            root = chain.tree.root(size).hex()
            lacking = [i for i in range(size) if chain.entries[i].handed[name] > now]
            lacking = list(range(size)) if style.refuses == author else [] if style.claims else lacking
            heads[author] = Seen(size, "0" * 64 if style.false_root == author else root, ranges(lacking))
        self.nonce += 1
        at = max(self.clock(name, now) + style.clock, 0)
        fields: dict[str, Any] = dict(open_fields(heads))
        record = make("accord.receipt", name, at, self.nonce, **fields)
        self._publish(name, self.random.choice(self.chains[name]), record, now)

    def _publish(self, name: str, chain: Chain, record: Record, now: int) -> None:
        entry = Entry(leaf(record), record, now)
        chain.add(entry)
        sides = [i for i, one in enumerate(self.chains[name]) if one is chain]
        readers = [n for n in self.names if self.side[n][name] in sides]
        for reader in self.names:
            entry.shown[reader] = entry.handed[reader] = now if self._conspires(name, reader) else NEVER
        honest = [n for n in readers if not self._conspires(name, n)]
        if self.role[name] == LIAR:
            self._deal(name, entry, honest, now)
        else:
            for reader in honest:
                entry.shown[reader] = self._arrives(now)
                entry.handed[reader] = self._arrives(now)
        self._relay(entry, [n for n in honest if n != name])

    def _deal(self, name: str, entry: Entry, honest: list[str], now: int) -> None:
        """A liar shows its leaf and hands over its body as it likes."""
        style, hand_over = self.style[name], self.toy.tempo.hand_over
        for reader in honest:
            hidden = reader == style.hides
            entry.shown[reader] = NEVER if hidden else self._arrives(now) + style.tardy
            choices = (now, now + hand_over - H, now + hand_over, now + 3 * hand_over, NEVER)
            held_back = self._strikes(style.empty if entry.leaf.cls == "record" else style.mute)
            entry.handed[reader] = self.random.choice(choices) if held_back else entry.shown[reader]

    def _relay(self, entry: Entry, honest: list[str]) -> None:
        """What one honest party has, the others have within transit."""
        for table in (entry.shown, entry.handed):
            first = min((table[reader] for reader in honest), default=NEVER)
            for reader in honest:
                if first < NEVER:
                    table[reader] = min(table[reader], self._arrives(first))

    def _fork(self, name: str) -> None:
        """From here on there are two histories, and every reader is shown one of them."""
        self.chains[name].append(self.chains[name][0].copy())
        for reader in self.names:
            self.side[reader][name] = self.random.randrange(2)

    def _prove(self, name: str, author: str, now: int) -> None:
        """Log two signed roots of one size, once each honest history has come so far."""
        one, other = self.chains[author]
        size = min(len(one.entries), len(other.entries))
        roots = (one.tree.root(size).hex(), other.tree.root(size).hex())
        if roots[0] != roots[1] and (name, author) not in self.proven:
            self.proven.add((name, author))
            self._log(name, "accord.fork", now, **fork_fields(author, size, roots))

    def _arrives(self, now: int) -> int:
        """Sent until it arrives, within transit."""
        return now + self.random.randrange(0, self.toy.tempo.transit + 1)

    def _conspires(self, author: str, reader: str) -> bool:
        return author == reader or self.role[reader] == LIAR

    def _strikes(self, chance: float) -> bool:
        return chance > 0 and self.random.random() < chance


def _drift(random: Random, skew: int) -> tuple[int, int]:
    return random.randint(-skew, skew), random.randint(-skew, skew)


def _style(random: Random, names: tuple[str, ...], plan: Plan) -> Style:
    """Draw two or three ways of lying."""
    style = Style(forks=START + random.randrange(WORK)) if plan.forks else Style()
    far = random.choice((-1, 1)) * random.choice((6 * H, 20 * H, 300 * DAY))
    ways = {
        "silent": START + random.randrange(WORK),
        "clock": far,
        "dated": far,
        "omits": random.choice(names),
        "refuses": random.choice(names),
        "claims": True,
        "false_root": random.choice(names),
        "hides": random.choice(names),
        "tardy": random.choice((6 * H, 30 * H)),
        "empty": 0.5,
        "junk": 0.2,
    }
    for way in random.sample(sorted(ways), random.choice((1, 2, 3))):
        setattr(style, way, ways[way])
    if plan.mutes:
        style.mute = random.choice((0.05, 0.3))
    return style
