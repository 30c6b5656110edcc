"""The crash trial: nodes are killed at every named point, and after each kill everything is looked at again.

    with Killing.begin(folder, seed=7, padding=0) as trial:
        trial.run(50)
        trial.kills["sign.anchored"] == 3

us and cn live in turns (`crasher.live`), each in a process of its own that dies by SIGKILL. Then both are
opened here:

1. the node opens; every record, release and receipt that it acknowledged is there, every body that it held
   is held;
2. every head that anybody may ever have seen, in any tree, second place or cosignature, is a head of the log
   it names; no second place holds a smaller tree than before;
3. what is asked for again is not done again: drafts, releases, receipts;
4. the other's node has the same leaves, holds every body, has no evidence, and computes the same standing.

Every now and then, and at the end, all three homes are audited in every byte, and the neutral party has
opened each release once.
"""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO

import msgspec
from crasher import Job, Outcome, drafts

from detente.node import auditor
from detente.node.fault import POINTS
from detente.node.node import Node
from detente.trust import checkpoint, note
from detente.trust.exhibit import origin
from homes import DAY, MINUTE, PARTIES, World, draft, installed

ANYWHERE = "anywhere"
"""Not a point: killed after a random time."""

AUDIT_EVERY = 20
LONGEST_MS = 250


@dataclass
class Killing:
    """A trial under way.

    Attributes:
        world: the three homes.
        rng: what is drawn.
        jobs: to the warm process.
        outcomes: from it.
        kills: point to how many died there.
        outlived: point to how many lives did not come by it often enough, and ended in order.
        looked: what was checked, counted.
        passed: party to point to how often its last whole life came by there.
        acknowledged: party to the ids that its lives told of.
        seen: party to size to root, of every head of its log that stood anywhere.
        signed: `holder party` to the largest head in that holder's second place.
        next_draft: the number of the next draft.
        missed: where the last life should have ended and did not; empty if it did.
    """

    world: World
    rng: Random
    jobs: IO[bytes]
    outcomes: IO[bytes]
    kills: Counter[str] = field(default_factory=Counter)
    outlived: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    passed: dict[str, dict[str, int]] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=lambda: {"us": set(), "cn": set()})
    seen: dict[str, dict[int, bytes]] = field(default_factory=lambda: {party: {} for party in PARTIES})
    signed: Counter[str] = field(default_factory=Counter)
    next_draft: int = 1_000
    missed: str = ""

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, *, seed: int, padding: int = 0) -> Iterator["Killing"]:
        """Found three homes that have met and hold `padding` records of us, and start the warm process."""
        world = World(folder).found()
        with world.nodes() as nodes:
            for number in range(padding):
                nodes["us"].table(draft(number, values={}))
            world.settle(nodes, 2)
        program = [sys.executable, str(Path(__file__).with_name("crasher.py"))]
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as warm:
            assert warm.stdin is not None
            assert warm.stdout is not None
            trial = cls(world, Random(seed), warm.stdin, warm.stdout)  # noqa: S311 (repeatable, not secret)
            try:
                for party in ("us", "cn"):
                    trial._measure(party)
                yield trial
            finally:
                warm.kill()

    def run(self, kills: int) -> None:
        """Kill so many times, as often at each point as at any other, and check after each."""
        done = 0
        while done < kills:
            fewest = min(self.kills[one] for one in (*POINTS, ANYWHERE))
            where = self.rng.choice([one for one in (*POINTS, ANYWHERE) if self.kills[one] == fewest])
            done += self._one(where)
            if done and done % AUDIT_EVERY == 0:
                self.audit()
        self.audit()

    def require_caught(self, mutant: str, point: str) -> None:
        """Live once with a fault in the program, end at a point, and see this trial fail: its last act."""
        self.world.clock.advance(DAY)  # the budget of outflow is free again
        outcome, first = self._life("us", mutant=mutant, point=point)
        assert outcome.status == -signal.SIGKILL, outcome
        try:
            self._check("us", first, outcome)
        except AssertionError:
            self.looked[f"caught: {mutant}"] += 1
        else:
            raise AssertionError(f"a program that {mutant} passes this trial")

    def audit(self) -> None:
        """Let the neutral party catch up, and audit all homes in every byte."""
        with self.world.open("neutral") as neutral, self.world.open("us") as us, self.world.open("cn") as cn:
            for _ in range(2):
                neutral.sync()
                neutral.heartbeat()
                us.sync()
                cn.sync()
            assert neutral.evidence() == ()
            sent = [name for node in (us, cn) for name in _releases(node)]
            opened = neutral._readers.conn.execute("SELECT release, outcome FROM opened").fetchall()  # noqa: SLF001 (what it opened is shown nowhere by name)
            assert {(bytes(name).hex(), how) for name, how in opened} == {(name, "opened") for name in sent}
            self._require_heads(neutral)
        for party in PARTIES:
            assert auditor.verify(self.world.home(party), installed=installed()).faults == ()
            self.looked["homes audited"] += 1

    def _measure(self, party: str) -> None:
        """Live once without being killed, and note how often each point is passed."""
        outcome, first = self._life(party)
        assert outcome.status == 0, outcome
        self._check(party, first, outcome)

    def _one(self, where: str) -> int:
        party = self.rng.choice(("us", "cn"))
        if where == ANYWHERE:
            outcome, first = self._life(party, after_ms=self.rng.randint(1, LONGEST_MS))
        else:
            most = 1 if where == self.missed else max(1, self.passed[party].get(where, 1))
            count = self.rng.randint(1, most)
            outcome, first = self._life(party, point=where, count=count)
        killed = outcome.status == -signal.SIGKILL
        assert killed or outcome.status == 0, f"{party} at {where}: {outcome}"
        (self.kills if killed else self.outlived)[where] += 1
        self.missed = "" if killed else where
        self._check(party, first, outcome)
        return int(killed)

    def _life(self, party: str, **ends: str | int) -> tuple[Outcome, int]:
        self.world.clock.advance(MINUTE)
        first, self.next_draft = self.next_draft, self.next_draft + 10
        job = Job(str(self.world.folder), party, first, self.world.clock.now(), **ends)  # type: ignore[arg-type]
        self.jobs.write(msgspec.json.encode(job) + b"\n")
        self.jobs.flush()
        return msgspec.json.decode(self.outcomes.readline(), type=Outcome), first

    def _check(self, party: str, first: int, outcome: Outcome) -> None:
        other = "cn" if party == "us" else "us"
        told = [line.split(" ") for line in outcome.said]
        passed = {words[1]: int(words[2]) for words in told if words[0] == "passed"}
        self.passed[party] = passed or self.passed.get(party, {})
        names = {words[1] for words in told if words[0] in ("tabled", "sent", "beaten")}
        self.acknowledged[party] |= names
        self.looked["acts acknowledged"] += len(names)
        self._collect()
        with self.world.open(party) as node, self.world.open(other) as peer:
            self._require_kept(node, told)
            self._require_heads(node)
            self._require_once(node, first)
            self._require_agreed(node, peer)

    def _collect(self) -> None:
        """Note every head that anybody may have seen, and that no second place went back."""
        for holder in PARTIES:
            home = self.world.home(holder)
            for path in (
                *home.glob("signed/live/*"),
                *home.glob("public/live/*/checkpoint"),
                *home.glob("public/live/*/cosigned/*"),
            ):
                if path.name.startswith("."):
                    continue  # what a kill left half written is shown to nobody
                head = checkpoint.parse_text(note.parse(path.read_bytes()).text)
                party = head.origin.rpartition("/")[2]
                assert head.origin == origin(self.world.genesis, "live", party)
                assert self.seen[party].setdefault(head.size, head.root) == head.root, f"{path}: two trees"
                if "signed" in path.parts[-3:]:
                    place = f"{holder} {party}"
                    assert head.size >= self.signed[place], f"{path}: a smaller tree was signed"
                    self.signed[place] = head.size

    def _require_kept(self, node: Node, told: list[list[str]]) -> None:
        assert {one.id for one in _everything(node)} >= self.acknowledged[node.party]
        status = node.status().domains["live"]
        for words in told:
            if words[0] == "published":
                assert max(self.seen[node.party]) >= int(words[1])
            elif words[0] == "held":
                log = status.others[words[1]]
                assert log.here >= int(words[2])
                gaps = [index for one, last in log.missing for index in range(one, last + 1)]
                assert sum(index < int(words[2]) for index in gaps) <= int(words[3])
        own = status.own
        assert own.size == own.signed == len(node.branches["live"].realm.trees[node.party])

    def _require_heads(self, node: Node) -> None:
        """Check that every head seen of a log that this node has the leaves of is a head of those leaves."""
        for party, heads in self.seen.items():
            tree = node.branches["live"].realm.trees[party]
            if party == node.party:
                assert len(tree) >= max(heads, default=0)
            for size, root in heads.items():
                assert not 0 < size <= len(tree) or tree.root(size) == root, f"{party} at {size}"
                self.looked["heads compared"] += 1

    def _require_once(self, node: Node, first: int) -> None:
        size = node.status().domains["live"].own.size
        again = [node.table(one) for one in drafts(first)]
        self.acknowledged[node.party] |= {one.id for one in again}
        assert node.status().domains["live"].own.size - size == sum(not one.again for one in again)
        node.sync()
        node.release_due()
        names = [one.id for one in _everything(node)]
        assert len(names) == len(set(names))
        given = [
            (opened["record"], opened["to"], path)
            for opened in (node.record(name).open for name in _releases(node))
            for path in opened["paths"]
        ]
        assert len(given) == len(set(given)), "a value was released twice"
        sent = {row.release for row in node.deliveries() if row.state in ("sent", "held")}
        assert sent == set(_releases(node))
        self.looked["releases"] = max(self.looked["releases"], len(sent))

    def _require_agreed(self, node: Node, peer: Node) -> None:
        node.heartbeat()
        node.publish()
        peer.sync()
        peer.heartbeat()
        peer.publish()
        node.sync()
        for one, party in ((node, peer.party), (peer, node.party)):
            assert one.evidence() == ()
            assert one.status().domains["live"].others[party].missing == ()
            leaves = [holder.branches["live"].realm.trees[party].root() for holder in (node, peer)]
            assert leaves[0] == leaves[1]
        cut, now = node.cut(), self.world.clock.now()
        assert node.standing(cut, now).digest == peer.standing(cut, now).digest
        self.looked["standings compared"] += 1
        for one in (node, peer):  # something new, for the next life to witness and fetch
            one.table(draft(self.next_draft))
            one.publish()
        self.next_draft += 1


def _everything(node: Node) -> list[object]:
    return [
        one for kind in (None, "accord.receipt") for one in node.records(kind=kind) if one.party == node.party
    ]


def _releases(node: Node) -> list[str]:
    return [one.id for one in node.records(kind="accord.release") if one.party == node.party]
