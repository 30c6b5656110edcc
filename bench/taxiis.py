"""TAXII: what one client adds and pages back, beside a node that runs, and whether that stays as it grows.

One request at a time on a kept connection, objects of 820 bytes (three indicators to a report), envelopes and
pages of 100. What is answered is durable, and each report is a draft. The reference is the same at a server
that holds a fiftieth of it; and, if `./run peers` has installed them, medallion, OASIS's server in memory,
and OpenTAXII, with SQLite.
"""

import base64
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from detente.faces.demo.stage import Stage
from detente.faces.neighbours.stix import stamp
from detente.faces.taxii import page as moments
from detente.faces.taxii.application import TYPE
from detente.faces.taxii.book import INBOX, Book, id_of
from founded import found
from row import Aim, Row, Scale
from servers import SERVERS

ENVELOPE, AT_ONCE, TURNS = 100, 2_000, 3
PATIENCE = 4.0
FAR_OFF = 4_000_000_000_000
BEGAN = 1_790_000_000_000
FLAT = Aim("ratio", least=0.7)


def keep_up(scale: Scale) -> Iterator[Row]:
    """Two thousand objects at the beginning, and two thousand more when there are a hundred thousand."""
    most = scale.objects or scale.of(100_000, 600)
    some = min(scale.of(AT_ONCE, 200), max(most // 2, 1))
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as client:
        taxii = _Taxii(client)
        first = taxii.add(some), taxii.page("", some)
        while taxii.count < most - some:
            taxii.add(min(some, most - some - taxii.count))
        since = moments.added(time.time_ns() // 1000)
        last = taxii.add(some), taxii.page(since, some)
        count = taxii.count
    for what, rate, before in zip(("added", "paged"), last, first, strict=True):
        yield Row(f"TAXII: objects {what}, {count:,} there", rate, "/s", before, f"with {some:,}", FLAT)


def beside(scale: Scale) -> Iterator[Row]:
    """The same here and at other authors' servers, which take turns; the best turn of each counts."""
    programs = Path(f"{sys.prefix}-peers") / "bin"
    if not programs.exists():
        print("left out: no other server is installed (./run peers installs two)", file=sys.stderr)
        return
    some = scale.of(1_000, 200)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        clients = [stack.enter_context(_served(folder / "ours"))]
        clients += [stack.enter_context(one.served(programs, folder)) for one in SERVERS]
        ours, *others = _turns([_Taxii(one) for one in clients], some, scale.of(TURNS, 1))
    for server, theirs in zip(SERVERS, others, strict=True):
        lines = zip(("added", "paged"), ours, theirs, (server.added, server.paged), strict=True)
        for what, rate, other, aim in lines:
            yield Row(f"TAXII: {some:,} objects {what} ({server.name})", rate, "/s", other, server.what, aim)


def _turns(servers: Sequence["_Taxii"], some: int, turns: int) -> list[tuple[float, float]]:
    """Add so many to each and page these back, in turns; the best rates of each.

    A collection grows with each turn, and whose paging took seconds in one has no other: medallion's grows
    with the square of it, so that its first turn is its best.
    """
    added, paged = [0.0] * len(servers), [0.0] * len(servers)
    for _ in range(turns):
        for n, one in enumerate(servers):
            since = moments.added(time.time_ns() // 1000)
            added[n] = max(added[n], one.add(some))
            if not paged[n] or some / paged[n] < PATIENCE:
                paged[n] = max(paged[n], one.page(since, some))
    return list(zip(added, paged, strict=True))


class _Taxii:
    """A client, and what it has sent."""

    def __init__(self, client: httpx.Client) -> None:
        self._client, self._drawn = client, random.Random(7)  # noqa: S311 (ids of a bench)
        self.count = 0

    def add(self, some: int) -> float:
        """Add so many objects, and return how many a second."""
        bodies = [self._envelope(min(ENVELOPE, some - n)) for n in range(0, some, ENVELOPE)]
        began = time.perf_counter()
        for body in bodies:
            answer = self._client.post("objects/", content=body)
            if answer.raise_for_status().json()["failure_count"]:
                raise RuntimeError("the bench's objects were refused")
        return some / (time.perf_counter() - began)

    def page(self, since: str, some: int) -> float:
        """Page back what was added after a moment, and return how many objects a second."""
        seen, query = set[str](), {"limit": str(ENVELOPE)} | ({"added_after": since} if since else {})
        began = time.perf_counter()
        while True:
            answer = self._client.get("objects/", params=query).raise_for_status()
            page = answer.json()
            seen |= {one["id"] for one in page["objects"]}
            if not page["more"]:
                break
            query["next"] = page["next"]
        if len(seen) != some:
            raise RuntimeError(f"the bench paged {len(seen)} objects for {some}")
        return some / (time.perf_counter() - began)

    def _envelope(self, some: int) -> bytes:
        found: list[dict[str, Any]] = []
        for _ in range(some):
            self.count += 1
            found.append(self._object(found))
        return json.dumps({"objects": found}).encode()

    def _object(self, before: list[dict[str, Any]]) -> dict[str, Any]:
        at, name = stamp(BEGAN + 1000 * self.count), UUID(int=self._drawn.getrandbits(128), version=4)
        kind = "report" if self.count % 4 == 0 and before else "indicator"
        made = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{name}", "created": at, "modified": at}
        made |= {"name": f"bench {self.count}", "description": "x" * 400}
        if kind == "report":
            return made | {
                "report_types": ["threat-report"],
                "published": at,
                "object_refs": [before[-1]["id"]],
            }
        pattern = f"[file:hashes.'SHA-256' = '{self._drawn.getrandbits(256):064x}']"
        return made | {"pattern_type": "stix", "pattern": pattern, "valid_from": at}


@contextmanager
def _served(folder: Path) -> Iterator[httpx.Client]:
    """A node of us whose peers do not run, a TAXII server beside it, and a client of the inbox."""
    folder.mkdir(exist_ok=True)
    home = found(folder)[0]["us"]
    with Book(home.path) as book:
        token = book.admit("bench", "us", FAR_OFF, pushes=True)
    with Stage(folder) as stage:
        stage.start("node-us", "detente", "serve", "--home", str(home.path), "--until-eof")
        words = ("taxii", "serve", "--home", str(home.path), "--listen", "127.0.0.1:0", "--until-eof")
        said = json.loads(stage.start("taxii", "detente", *words))
        root = said["taxii"].replace("/taxii2/", f"/detente/collections/{id_of(INBOX)}/")
        key = base64.b64encode(f"bench:{token}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Accept": TYPE, "Content-Type": TYPE}
        with httpx.Client(base_url=root, headers=headers, timeout=600) as client:
            yield client
