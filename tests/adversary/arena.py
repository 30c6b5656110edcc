"""The arena: two honest nodes in processes of their own, and the home of a third that turns bad.

Before it turned bad, the third had behaved: there is a history with duties kept on all sides. The test sees
of the nodes what their owners see, through the command line, and of the adversary what it says that it did.
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from detente.faces.cli import main
from detente.faces.demo.stage import Stage, ports
from detente.node.clock import SetClock
from detente.node.draft import Draft
from detente.node.home import Home, PeerSettings
from detente.node.node import Node
from homes import ACCORD, DAY, HOUR, NOTICE, VALUES, World, draft

PARTIES = ("us", "cn", "neutral")
HONEST = ("us", "neutral")
PATIENCE_SECONDS = 60.0
T = TypeVar("T")


@dataclass(frozen=True)
class Founded:
    """A world at rest: where it lies, the id of its notice, and of its report."""

    folder: Path
    genesis: str
    notice: str
    report: str


def found(folder: Path) -> Founded:
    """Found three homes, let them keep a duty, and leave them."""
    now = time.time_ns() // 1_000_000
    starts = datetime.fromtimestamp((now - 4 * DAY) / 1000, UTC).strftime("%Y-%m-%dT00:00:00Z")
    text = ACCORD.replace("2026-09-21T00:00:00Z", starts)
    assert starts in text
    world = World(folder, domains=("live", "exercise"), clock=SetClock(now - 2 * DAY), accord=text).found()
    with world.nodes() as nodes:
        world.settle(nodes)
        notice = nodes["us"].table(Draft.new("notices.notice", NOTICE)).id
        report = nodes["us"].table(draft(1, open=dict(draft().open) | {"month": starts[:7]})).id
        _open(nodes["us"], report)
        world.settle(nodes)
        for party in ("cn", "neutral"):
            nodes[party].table(Draft.new("notices.receipt", {"of": notice}).answering(notice))
        for _ in range(3):
            world.clock.advance(5 * HOUR)
            world.settle(nodes, rounds=2)
        kept = [one.verdict for one in nodes["us"].standing().duties]
        assert kept == ["kept", "kept"], kept
    return Founded(folder, world.genesis, notice, report)


def _open(node: Node, report: str) -> None:
    """Open one sealed value to all: whoever copies its commitment has what it opens with."""
    rows = node.branches["live"].realm.readers.conn.execute(
        "SELECT encoded FROM disclosure WHERE record = ? AND path = 'title'", (bytes.fromhex(report),)
    )
    opened = {"record": report, "path": "title", "disclosure": str(rows.fetchone()[0])}
    node.table(Draft.new("accord.opening", opened))
    assert "title" in VALUES


@dataclass
class Arena:
    """Where one attack is played."""

    folder: Path
    founded: Founded
    stage: Stage = field(init=False)
    port: dict[str, int] = field(init=False)
    as_of: int = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.folder)
        self.port = dict(zip(PARTIES, ports(0, len(PARTIES)), strict=True))
        self.as_of = time.time_ns() // 1_000_000 + HOUR

    def __enter__(self) -> Self:
        self.stage.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stage.__exit__(kind, error, trace)

    def address(self, party: str, of: str) -> str:
        """Where a party is read: the adversary shows to each victim what is meant for it."""
        return f"http://127.0.0.1:{self.port[party]}/{f'{of}/' if party == 'cn' else ''}"

    def start(self) -> None:
        """Start the honest nodes."""
        for party in HONEST:
            home = Home.at(self.folder / party)
            peers = {
                other: PeerSettings(
                    self.address(other, party), None if other == "cn" else self.address(other, party)
                )
                for other in PARTIES
                if other != party
            }
            listen = f"127.0.0.1:{self.port[party]}"
            Home(home.path, msgspec.structs.replace(home.settings, peers=peers, listen=listen)).save()
            self.stage.start(f"node-{party}", "detente", "serve", "--home", str(home.path), "--until-eof")

    def settled(self) -> None:
        """Return once the honest nodes hold all that each shows of its own log and of the other's."""

        def look() -> bool:
            told = [self.cli(party, "status")["domains"]["live"]["others"] for party in HONEST]
            return all(told[n][other]["here"] > 0 for n, other in enumerate(reversed(HONEST)))

        self.until("the nodes do not meet", look)

    def attack(self, name: str, *victims: str) -> dict[str, Any]:
        """Play an attack in a process of its own, and return what it says that it did."""
        words = ["--home", str(self.folder / "cn"), "--listen", f"127.0.0.1:{self.port['cn']}"]
        for party in victims or HONEST:
            words += ["--victim", f"{party}=http://127.0.0.1:{self.port[party]}/"]
        self.stage.start("adversary", "detente.faces.adversary", name, *words)
        stream = self.stage.running["adversary"].stdout
        assert stream is not None
        line = stream.readline()
        assert line, (self.folder / "adversary.log").read_text(encoding="utf-8")[-1500:]
        told: dict[str, Any] = json.loads(line)["done"]
        return told

    def cli(self, party: str, *words: str) -> Any:  # noqa: ANN401 (JSON of any form)
        """Ask a node that runs through its owner's command line, and return the JSON."""
        code, out, err = spoken(*words, "--home", str(self.folder / party), "--json")
        assert code == 0, (words, out, err)
        return json.loads(out)

    def evidence(self, party: str, *words: str) -> list[dict[str, Any]]:
        """What a node has refused."""
        return list(self.cli(party, "evidence", "list", *words))

    def until(self, what: str, look: Callable[..., T | None], *arguments: object) -> T:
        """Look again and again until there is something to see."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = look(*arguments)
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError(what)

    def standing(self, domain: str = "live", **heads: object) -> dict[str, Any]:
        """The standing of all, equal at both honest nodes at a common cut; looked for until they can tell.

        Where a log has two histories, `heads` names the last head that both nodes saw.
        """
        return self.until("no common standing", self._common, domain, heads)

    def _common(self, domain: str, heads: dict[str, Any]) -> dict[str, Any] | None:
        newest = self._told("us", domain)
        if newest is None:
            return None
        cut = self.folder / "cut.json"
        cut.write_text(json.dumps(newest["standing"]["cut"] | heads, sort_keys=True, separators=(",", ":")))
        ours, theirs = (self._told(party, domain, "--cut", str(cut)) for party in HONEST)
        if ours is None or theirs is None:
            return None
        assert ours["digest"] == theirs["digest"], "two nodes, one cut, two answers"
        answer: dict[str, Any] = ours["standing"]
        return answer

    def _told(self, party: str, domain: str, *words: str) -> dict[str, Any] | None:
        asked = ["standing", "--domain", domain, "--as-of", str(self.as_of), *words]
        code, out, _ = spoken(*asked, "--home", str(self.folder / party), "--json")
        return json.loads(out) if code == 0 else None

    def proves(self, party: str, digest: str) -> bool:
        """Whether evidence convinces a third process, off-line, that has nothing but the accord's digest."""
        file = self.folder / f"{party}-{digest[:8]}.json"
        code, _, err = spoken(
            "evidence", "export", digest, "--to", str(file), "--home", str(self.folder / party)
        )
        if code != 0:
            assert "accusation.1" in err, err
            return False
        words = ["verify", str(file), "--genesis", self.founded.genesis, "--json"]
        told = subprocess.run(
            [sys.executable, "-m", "detente", *words], capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stdout + told.stderr
        assert json.loads(told.stdout)["kind"] == "evidence"
        return True


def spoken(*words: str) -> tuple[int, str, str]:
    """Run a command, and return its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return code, out.getvalue(), err.getvalue()
