"""Servers: TAXII servers by other authors, which `./run peers` installs, each with one empty collection.

Each runs as a process of its own on loopback and is met as a client meets it; nothing of it is imported. Both
are served by Flask's own server, as medallion's program and `opentaxii-run-dev` are. medallion keeps all in
memory and asks for a password; OpenTAXII keeps it in SQLite, and its collection is open to all, which spares
it that work.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from detente.faces.demo.stage import ports as free_ports
from detente.faces.taxii.application import TYPE
from detente.faces.taxii.book import INBOX, id_of
from row import Aim

SECONDS = 60
"""How long a server may take until it answers; on a busy machine they take 20."""

PAGE = 100
MOST_BYTES = 9_000_000


@dataclass(frozen=True)
class Server:
    """A server by another author.

    Attributes:
        name: what it is called.
        what: the same, and where it keeps what it was given.
        served: runs it from a folder of programs, keeping its files in another; gives a client of its
            collection.
        added: what our rate of adding should be beside its.
        paged: what our rate of paging should be beside its; None where its own grows worse with each object.
    """

    name: str
    what: str
    served: Callable[[Path, Path], AbstractContextManager[httpx.Client]]
    added: Aim
    paged: Aim | None


@contextmanager
def _medallion(programs: Path, folder: Path) -> Iterator[httpx.Client]:
    (port,) = free_ports(0, 1)
    root, one = f"http://127.0.0.1:{port}/bench/", id_of(INBOX)
    rights = {"can_read": True, "can_write": True, "media_types": ["application/stix+json;version=2.1"]}
    collection = {"id": one, "title": "bench", **rights, "objects": [], "manifest": []}
    about = {"title": "bench", "versions": [TYPE], "max_content_length": MOST_BYTES}
    held = {
        "/discovery": {"title": "bench", "default": root, "api_roots": [root]},
        "bench": {"information": about, "status": [], "collections": [collection]},
    }
    (folder / "held.json").write_text(json.dumps(held))
    memory = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
    settings = {
        "backend": memory | {"filename": str(folder / "held.json")},
        "users": {"bench": "bench"},
        "taxii": {"max_page_size": PAGE},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    words = ["medallion", "--host", "127.0.0.1", "--port", str(port), str(folder / "settings.json")]
    with _running(programs, words), _client(f"{root}collections/{one}/", ("bench", "bench")) as client:
        yield client


@contextmanager
def _opentaxii(programs: Path, folder: Path) -> Iterator[httpx.Client]:
    (port,) = free_ports(0, 1)
    root = id_of(INBOX)
    kept = {"create_tables": True}
    people = {"secret": "bench", "db_connection": f"sqlite:///{folder / 'people.db'}"}
    objects = {"db_connection": f"sqlite:///{folder / 'objects.db'}"}
    settings = {
        "domain": "127.0.0.1",
        "taxii1": None,
        "auth_api": {"class": "opentaxii.auth.sqldb.SQLDatabaseAPI", "parameters": kept | people},
        "taxii2": {
            "persistence_api": {
                "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                "parameters": kept | objects,
            },
            "title": "bench",
            "public_discovery": True,
            "allow_custom_properties": True,
            "max_content_length": MOST_BYTES,
        },
        "logging": {"opentaxii": "error", "root": "error"},
    }
    (folder / "opentaxii.yaml").write_text(json.dumps(settings))  # JSON is YAML too
    world = {"OPENTAXII_CONFIG": str(folder / "opentaxii.yaml")}
    _done(programs, ["opentaxii-add-api-root", "-t", "bench", "-i", root, "--default"], world)
    _done(programs, ["opentaxii-add-collection", "-r", root, "-t", "bench", "-a", "bench"], world)
    # All three ask each time who asks: this one with a password, as the others.
    _done(programs, ["opentaxii-create-account", "-u", "bench", "-p", "bench", "--admin"], world)
    words = ["flask", "--app", "opentaxii.http", "run", "--host", "127.0.0.1", "--port", str(port)]
    base = f"http://127.0.0.1:{port}/taxii2/{root}/collections/bench/"
    with _running(programs, words, world), _client(base, ("bench", "bench")) as client:
        yield client


def _done(programs: Path, words: Sequence[str], world: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 (what `./run peers` installed)
        [str(programs / words[0]), *words[1:]],
        env=os.environ | world,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=2 * SECONDS,
    )


@contextmanager
def _running(programs: Path, words: Sequence[str], world: Mapping[str, str] | None = None) -> Iterator[None]:
    quiet, line = subprocess.DEVNULL, [str(programs / words[0]), *words[1:]]
    env = os.environ | (world or {})
    with subprocess.Popen(line, stdout=quiet, stderr=quiet, env=env) as process:  # noqa: S603 (as above)
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def _client(base: str, auth: tuple[str, str]) -> Iterator[httpx.Client]:
    """A client of a collection, once it answers."""
    headers = {"Accept": TYPE, "Content-Type": TYPE}
    with httpx.Client(base_url=base, headers=headers, auth=auth, timeout=600) as client:
        last = time.perf_counter() + SECONDS
        while True:
            try:
                client.get("").raise_for_status()
            except httpx.TransportError:
                if time.perf_counter() > last:
                    raise
                time.sleep(0.1)
            else:
                break
        yield client


TENFOLD = Aim("ratio", least=10)
SERVERS = (
    Server("medallion", "medallion, in memory", _medallion, Aim("ratio", least=1), None),
    Server("OpenTAXII", "OpenTAXII, with SQLite", _opentaxii, TENFOLD, TENFOLD),
)
