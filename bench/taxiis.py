"""TAXII: what one client adds and pages back, beside a node that runs, and whether that stays as it grows.

One request at a time on a kept connection, objects of 820 bytes (three indicators to a report), envelopes and
pages of 100. What is answered is durable, and each report is a draft. The reference is the same at a server
that holds a fiftieth of it; and medallion, OASIS's server in memory, if `./run peers` has installed it.
"""

import base64
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from detente.accord import document
from detente.faces import founding
from detente.faces.demo import ceremony
from detente.faces.demo.stage import Stage
from detente.faces.demo.stage import ports as free_ports
from detente.faces.neighbours.stix import stamp
from detente.faces.officer import Officer
from detente.faces.taxii import page as moments
from detente.faces.taxii.application import TYPE
from detente.faces.taxii.book import INBOX, Book, id_of
from detente.node.identity import Identity
from detente.trust import envelope
from detente.trust.envelope import ACCORD_TYPE
from row import Aim, Row, Scale

ENVELOPE, AT_ONCE = 100, 2_000
FAR_OFF = 4_000_000_000_000
BEGAN = 1_790_000_000_000
FLAT, EVEN = Aim("ratio", least=0.7), Aim("ratio", least=1)
SECONDS = 30


def keep_up(scale: Scale) -> Iterator[Row]:
    """Two thousand objects at the beginning, and two thousand more when there are a hundred thousand."""
    some = scale.of(AT_ONCE, 200)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as client:
        taxii = _Taxii(client)
        first = taxii.add(some), taxii.page("", some)
        while taxii.count < scale.of(100_000, 600) - some:
            taxii.add(some)
        since = moments.added(time.time_ns() // 1000)
        last = taxii.add(some), taxii.page(since, some)
        count = taxii.count
    for what, rate, before in zip(("added", "paged"), last, first, strict=True):
        yield Row(f"TAXII: objects {what}, {count:,} there", rate, "/s", before, f"with {some:,}", FLAT)


def beside(scale: Scale) -> Iterator[Row]:
    """The same here and at medallion, one after the other; its paging grows with the square."""
    program = Path(f"{sys.prefix}-peers") / "bin" / "medallion"
    if not program.exists():
        print("left out: medallion is not installed (./run peers installs it)", file=sys.stderr)
        return
    some = scale.of(1_000, 200)
    with tempfile.TemporaryDirectory() as folder:
        with _served(Path(folder) / "ours") as client:
            taxii = _Taxii(client)
            ours = taxii.add(some), taxii.page("", some)
        with _medallion(program, Path(folder)) as client:
            taxii = _Taxii(client)
            theirs = taxii.add(some), taxii.page("", some)
    for what, rate, other, aim in zip(("added", "paged"), ours, theirs, (EVEN, None), strict=True):
        yield Row(f"TAXII: {some:,} objects {what}", rate, "/s", other, "medallion, in memory", aim)


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
    pace = ceremony.Pace.from_now(1)
    made = ceremony.homes(folder, dict(zip(ceremony.PARTIES, free_ports(0, 3), strict=True)), pace)
    people = {party: [Officer.draw(party, one) for one in ceremony.HOLDERS] for party in made}
    charters = [
        founding.charter_of(Identity.at(made[party], "live"), party, [one.public for one in people[party]], 2)
        for party in made
    ]
    text = (Path(ceremony.__file__).parent / "accord.yaml").read_text(encoding="utf-8")
    accord = founding.assembled(text, charters, {"starts": "2026-11-23T00:00:00Z"})
    signed = [one.sign(ACCORD_TYPE, document.dump(accord)) for some in people.values() for one in some]
    home = made["us"]
    home.install(accord.version, envelope.dump(founding.joined(signed)))
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


@contextmanager
def _medallion(program: Path, folder: Path) -> Iterator[httpx.Client]:
    """OASIS's server with one empty collection, and a client of it."""
    (port,) = free_ports(0, 1)
    root, one = f"http://127.0.0.1:{port}/bench/", id_of(INBOX)
    rights = {"can_read": True, "can_write": True, "media_types": ["application/stix+json;version=2.1"]}
    collection = {"id": one, "title": "bench", **rights, "objects": [], "manifest": []}
    about = {"title": "bench", "versions": [TYPE], "max_content_length": 9_000_000}
    held = {
        "/discovery": {"title": "bench", "default": root, "api_roots": [root]},
        "bench": {"information": about, "status": [], "collections": [collection]},
    }
    (folder / "held.json").write_text(json.dumps(held))
    memory = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
    settings = {
        "backend": memory | {"filename": str(folder / "held.json")},
        "users": {"bench": "bench"},
        "taxii": {"max_page_size": ENVELOPE},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    words = [str(program), "--host", "127.0.0.1", "--port", str(port), str(folder / "settings.json")]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, stdout=quiet, stderr=quiet) as process:  # noqa: S603 (what `./run peers` installed)
        headers = {"Accept": TYPE, "Content-Type": TYPE}
        base, auth = f"{root}collections/{one}/", ("bench", "bench")
        try:
            with httpx.Client(base_url=base, headers=headers, auth=auth, timeout=600) as client:
                _await(client)
                yield client
        finally:
            process.terminate()


def _await(client: httpx.Client) -> None:
    last = time.perf_counter() + SECONDS
    while True:
        try:
            client.get("").raise_for_status()
        except httpx.TransportError:
            if time.perf_counter() > last:
                raise
            time.sleep(0.1)
        else:
            return
