"""Desks: how long a page takes on the server over a home of 100,000 records, a search, and a live update."""

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx

from detente.faces import pillars
from detente.faces.demo import ceremony
from detente.faces.demo.ceremony import Pace
from detente.faces.demo.stage import Stage
from detente.faces.desk.application import Desk
from detente.faces.desk.session import Sessions
from detente.faces.desk.watch import Watch
from detente.node.draft import Draft
from detente.node.node import Node
from detente.node.window import Window
from row import Aim, Row, Scale

PORT = 8643
PARTY = "us"
BATCH = 500
PAGES = ("/", "/pillar/incidents", "/duties", "/logs", "/links", "/new/incidents.report")
PAGE, SEARCH, LIVE = Aim("figure", most=30), Aim("figure", most=20), Aim("figure", most=200)
OPEN = {
    "near_miss": False,
    "potential": 5,
    "control": 1,
    "spread": 2,
    "layers": 1,
    "repeat": False,
    "ongoing": False,
    "techniques": ["AML.T0051"],
    "domain": "cyber",
    "system_class": "agent",
    "internal_use": False,
    "clock_start": "awareness",
    "month": "2026-01",
}


def desk(scale: Scale) -> Iterator[Row]:
    """Pages, searches in both languages, and a live update."""
    count, turns = scale.of(100_000, 300), scale.of(41, 3)
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder), count)
        with Window.open(home, pillars.installed()) as window:
            watch, sessions = Watch(window), Sessions()
            watch.follow()
            app = Desk(watch, sessions, lambda: PORT).app
            with Client(app, sessions) as client:
                empty = client.median("/drafts", turns)
                against = "the empty page of drafts"
                for path in PAGES:
                    name = path if path != "/" else "home"
                    took = client.median(path, turns)
                    yield Row(f"desk, {count:,} records: {name}", took, "ms", empty, against, PAGE)
                thread = watch.indexes["live"].newest(1)[0].root
                took = client.median(f"/thread/{thread}", turns)
                yield Row(f"desk, {count:,} records: a thread", took, "ms", empty, against, PAGE)
                for name, words in (("English", "barrier number"), ("Chinese", "屏障 智能体")):
                    took = client.median(f"/pillar/incidents?words={words}", turns)
                    what = f"desk, {count:,} records: search in {name}"
                    yield Row(what, took, "ms", empty, against, SEARCH)
                took = _live(watch, home, client, scale.of(9, 2))
                yield Row("live update: durable to shown", took, "ms", empty, against, LIVE)
            watch.close()


class Client:
    """Asks the application itself, as a browser that was let in."""

    def __init__(self, app: Callable[..., object], sessions: Sessions) -> None:
        site = f"http://localhost:{PORT}"
        self._inner = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=site)
        self._runner = asyncio.Runner()
        self._base = f"/{sessions.place}/live"
        self._runner.run(self._inner.get(sessions.entrance))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._inner.aclose())
        self._runner.close()

    def get(self, path: str) -> str:
        """Return a page."""
        answer = self._runner.run(self._inner.get(self._base + path))
        answer.raise_for_status()
        return answer.text

    def median(self, path: str, turns: int) -> float:
        """Return the median time of a page, in milliseconds, after a first one."""
        self.get(path)
        return statistics.median(_timed(lambda: self.get(path)) for _ in range(turns))


def _timed(work: Callable[[], object]) -> float:
    """The work in CPU of all threads of this process: a page waits for no disk once that was read."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _home(folder: Path, count: int) -> Path:
    """A home of us with so many reports of its own, in whose log nobody has looked yet."""
    pace = Pace.from_now(1)
    with Stage(folder) as stage:
        made = ceremony.homes(folder, dict.fromkeys(ceremony.PARTIES, 9), pace)
        ceremony.found(stage, made, ceremony.appoint(stage), pace)
    home = folder / PARTY
    with Node.open(home, pillars.installed()) as node:
        for start in range(0, count, BATCH):
            _table(node, range(start, min(start + BATCH, count)))
    return home


def _table(node: Node, numbers: range) -> None:
    """Table a batch from as many threads as the writer likes to group."""
    branch = node.branches["live"]
    branch.realm.writer.do(lambda batch: [branch.tabling.write(batch, _draft(one)) for one in numbers])


def _draft(number: int) -> Draft:
    title = [f"An agent opened a link, number {number}", f"智能体打开了链接，第 {number} 起"]
    summary = [f"It stopped at a barrier {number % 97}.", f"其在第 {number % 97} 道屏障处停止。"]
    harm = 1 + number % 3
    return Draft.new("incidents.report", {**OPEN, "harm": harm}, {"title": title, "summary": summary})


def _live(watch: Watch, home: Path, client: Client, turns: int) -> float:
    """The median from a record being durable to its title standing in a page asked for at the news."""
    told = threading.Event()
    watch.told = lambda _: told.set()
    watch.start()
    times = []
    with Node.open(home, pillars.installed()) as node:
        for number in range(turns):
            time.sleep(0.3)
            told.clear()
            node.table(
                Draft.new("incidents.report", {**OPEN, "harm": 1}, {"title": [f"live {number}", "实时"]})
            )
            began = time.perf_counter()
            while f"live {number}" not in client.get("/pillar/incidents"):
                told.wait(1)
                told.clear()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
