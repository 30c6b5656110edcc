"""The audit at the end: separate commands export, verify and recount what the nodes did and say."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
from msgspec import Struct

from detente.accord import cut as cuts
from detente.accord.cut import Cut
from detente.accord.standing import Standing
from detente.faces.cli import standing
from detente.faces.demo.cast import Cast, TooSlow, until
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import run
from detente.faces.speech import Voice
from detente.node import durable
from detente.node.delivery import Delivery

AT_ONCE = 2


class Records(Struct, frozen=True):
    """How many records all logs have, and how many of them each node holds."""

    tabled: int
    held: dict[str, int]


class Outcome(Struct, frozen=True, kw_only=True):
    """What the demonstration's last line says with `--json`.

    Args:
        parties: who took part.
        records: tabled, and held per node.
        duties: how many are in each state, at the cut.
        refusals: how often the gate said no, by the name of the rule or check.
        standing: node to digest, and the recount's.
        verified: every export and home holds, every digest is equal, and every scene held.
        scenes: by name, what each scene measured (docs/demo.md).
    """

    parties: tuple[str, ...]
    records: Records
    duties: dict[str, int]
    refusals: dict[str, int]
    standing: dict[str, str]
    verified: bool
    scenes: dict[str, dict[str, object]] = {}


class Audit(Struct, frozen=True):
    """Checks a finished play.

    Args:
        cast: the nodes, still running.
        narrator: who tells it.
    """

    cast: Cast
    narrator: Narrator

    def run(self) -> Outcome:
        """Compare standing at one cut, export, verify, recount."""
        with self.cast.node(PARTIES[0]) as node:
            cut = node.cut()
        said = until("standing at one cut", lambda: self._agreed(cut))
        as_of = said[PARTIES[0]].as_of
        for party, one in said.items():
            self.narrator.tell(
                f"{party} says standing {one.digest[:16]}",
                f"{party} 算得履约状况 {one.digest[:16]}",
            )
        exports = {party: self.cast.stage.folder / "exports" / party for party in PARTIES}
        sound = self._verified(exports)
        recounts = self._recounted(exports, cut, as_of)
        digests = {party: one.digest for party, one in said.items()}
        equal = len({*digests.values(), *recounts.values()}) == 1
        self.narrator.tell(
            f"recounted by a separate command from each export: {'equal' if equal else recounts}",
            f"由独立命令根据各方导出重新计算：{'全部相同' if equal else recounts}",
        )
        self.narrator.show(*_told(said[PARTIES[0]], self.narrator.voice))
        return Outcome(
            parties=PARTIES,
            records=self._records(),
            duties=dict(sorted(Counter(one.verdict for one in said[PARTIES[0]].duties).items())),
            refusals=self._refusals(),
            standing=digests,
            verified=sound and equal,
        )

    def _agreed(self, cut: Cut) -> dict[str, Standing]:
        """Standing of every node at a cut; refused while one lacks a part of it."""
        said, as_of = {}, self.narrator.pace.now()
        for party in PARTIES:
            with self.cast.node(party) as node:
                said[party] = node.standing(cut, as_of)
        return said

    def _verified(self, exports: Mapping[str, Path]) -> bool:
        """Export every node's logs, then verify exports and homes, each by a command of its own."""
        homes = {party: self.cast.homes[party].path for party in PARTIES}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(
                lambda p: run("log", "export", "--home", str(homes[p]), "--to", str(exports[p])), PARTIES
            )
            sound = [one.returncode == 0 for one in done]
            paths = [*exports.values(), *homes.values()]
            for path, result in zip(paths, pool.map(self._verify, paths), strict=True):
                said = (result.stdout + result.stderr).splitlines()
                self.narrator.show(f"$ detente verify {path}", *(said if result.returncode else said[:3]))
                sound.append(result.returncode == 0)
        return all(sound)

    def _verify(self, path: Path) -> CompletedProcess[str]:
        return run("verify", str(path), "--lang", self.narrator.voice.language)

    def _recounted(self, exports: Mapping[str, Path], cut: Cut, as_of: int) -> dict[str, str]:
        """Recount standing from each export by a command of its own; a refusal in place of a digest."""
        file = self.cast.stage.folder / "cut.json"
        durable.place(file, cuts.dump(cut))
        words = ["--cut", str(file), "--as-of", str(as_of), "--json"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda one: run("standing", "--export", str(one), *words), exports.values())
            return {
                party: msgspec.json.decode(one.stdout)["digest"]
                if one.returncode == 0
                else one.stderr.strip()
                for party, one in zip(exports, done, strict=True)
            }

    def _records(self) -> Records:
        """Count once every node has caught up; what is lacking even then is told as it is."""

        def look() -> Records | None:
            found = self._counted()
            return found if set(found.held.values()) == {found.tabled} else None

        try:
            return until("every record at every node", look)
        except TooSlow:
            return self._counted()

    def _counted(self) -> Records:
        places = {}
        for party in PARTIES:
            with self.cast.node(party) as node:
                places[party] = node.records()
        return Records(
            tabled=max(len(one) for one in places.values()),
            held={party: sum(1 for one in found if one.kind) for party, found in places.items()},
        )

    def _refusals(self) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for party in PARTIES:
            with self.cast.node(party) as node:
                counted.update(
                    _name(one) for one in node.deliveries() if one.state in ("refused", "not-eligible")
                )
        return dict(sorted(counted.items()))


def _told(found: Standing, voice: Voice) -> list[str]:
    """Each duty, who owes it and how it stands."""
    return ["$ detente standing", *standing.lines(found, voice)]


def _name(one: Delivery) -> str:
    """The rule that refused, or else the check: `near-misses-to-peers`, `gate.13 no-clause`."""
    return one.rule or one.why.rpartition("[")[2].rstrip("]")
