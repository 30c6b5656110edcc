"""Other people's programs, unmodified, against a server of ours in a process of its own.

taxii2-client and cytaxii2 page and push, stix2 queries and adds, stix2-validator finds no error (it needs no
network), and misp-stix converts both ways. The pins are those of pyproject.toml.
"""

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.faces.cli import main
from detente.faces.taxii.book import INBOX, Book, id_of
from detente.faces.taxii.book import Collection as Shown
from homes import World, draft

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # theirs are not ours to mend
    import requests
    import stix2
    from cytaxii2 import cytaxii2
    from misp_stix_converter import ExternalSTIX2toMISPParser, MISPtoSTIX21Parser
    from stix2validator import ValidationOptions, validate_instance
    from taxii2client.v21 import Collection, Server, as_pages

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
FOREVER = 4_000_000_000_000


class Served:
    """A home of us, its address, and the tokens of two clients."""

    def __init__(self, home: Path, address: str, tokens: tuple[str, str]) -> None:
        self.home, self.address, self.tokens = home, address, tokens

    def server(self, name: str) -> Server:
        token = self.tokens[("reads", "pushes").index(name)]
        return Server(self.address, user=name, password=token)

    def collection(self, name: str, title: str) -> Collection:
        return next(one for one in self.server(name).api_roots[0].collections if one.title == title)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    world = World(tmp_path_factory.mktemp("clients"))
    world.accord = world.accord.replace("    by: officer\n", "    by: node\n")
    with world.found().nodes() as nodes:
        for number in range(3):
            nodes["us"].table(draft(number))
        world.settle(nodes, 2)
    home = world.home("us")
    with Book(home) as book:
        book.collect(
            Shown(
                name="all",
                id=id_of("all"),
                domain="live",
                pillar="incidents",
                level="amber+strict",
                audiences=("us",),
            )
        )
        tokens = tuple(
            book.admit(name, "us", FOREVER, pushes=name == "pushes") for name in ("reads", "pushes")
        )
    command = [sys.executable, "-m", "detente", "taxii", "serve", "--home", str(home)]
    command += ["--listen", "127.0.0.1:0", "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        said = json.loads(process.stdout.readline())
        yield Served(home, said["taxii"], (tokens[0], tokens[1]))
        process.stdin.close()
        assert process.wait(60) == 0


def pages(call: Any, size: int) -> list[Any]:  # noqa: ANN401 (a client's method)
    return [one for page in as_pages(call, per_request=size) for one in page.get("objects", [])]


def test_taxii2_client_pages_objects_and_manifest_to_their_end(served: Served) -> None:
    found = served.collection("reads", "all")
    objects, manifest = pages(found.get_objects, 2), pages(found.get_manifest, 2)
    assert [one["id"] for one in objects] == [one["id"] for one in manifest]
    assert sum(one["type"] == "incident" for one in objects) == 3
    assert not found.can_write
    with pytest.raises(requests.HTTPError, match="401"):
        Server(served.address, user="reads", password="wrong").refresh()  # noqa: S106 (wrong on purpose)


def test_stix2_parses_each_object_strictly_and_the_validator_finds_no_error(served: Served) -> None:
    found = served.collection("reads", "all")
    source = stix2.TAXIICollectionSource(found)
    incidents = source.query([stix2.Filter("type", "=", "incident")])
    assert {one.name for one in incidents} == {"An agent opened a link"}
    objects = pages(found.get_objects, 100)
    for one in objects:
        stix2.parse(one, allow_custom=False)
    whole = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}
    checked = validate_instance(whole, ValidationOptions(version="2.1"))
    assert checked.is_valid, checked.errors


def test_stix2s_store_pushes_and_reads_back(served: Served) -> None:
    store = stix2.TAXIICollectionStore(served.collection("pushes", INBOX))
    sent = stix2.v21.Incident(name="Pushed by the store")
    store.add(sent)
    assert store.get(sent.id).name == "Pushed by the store"
    status = served.collection("pushes", INBOX).add_objects({"objects": [json.loads(sent.serialize())]})
    assert (status.status, status.success_count) == ("complete", 1)


def test_cytaxii2_finds_the_absolute_roots_and_polls(served: Served) -> None:
    client = cytaxii2.cytaxii2(
        discovery_url=served.address, username="reads", password=served.tokens[0], version=2.1
    )
    assert client.root_discovery()["response"]["title"] == "Detente: us"
    listed = client.collection_request()["response"]["collections"]
    assert [one["title"] for one in listed] == ["all"]
    polled = client.poll_request(collection_id=listed[0]["id"], limit=2)
    assert len(polled["response"]["objects"]) == 2


def test_misp_stix_reads_our_stix_and_we_read_its_misp(served: Served, tmp_path: Path) -> None:
    assert (
        main(
            ["incidents", "export", "--to", "stix", "--into", str(tmp_path / "b"), "--home", str(served.home)]
        )
        == 0
    )
    parser = ExternalSTIX2toMISPParser()
    parser.load_stix_bundle(stix2.parse(json.loads((tmp_path / "b").read_bytes()), allow_custom=True))
    parser.parse_stix_bundle()
    events = parser.misp_event if isinstance(parser.misp_event, list) else [parser.misp_event]
    told = json.dumps([json.loads(one.to_json()) for one in events])
    assert "An agent opened a link" in told
    assert "AML.T0051" in told
    (tmp_path / "m").write_text(
        json.dumps({"response": [{"Event": json.loads(one.to_json())} for one in events]})
    )
    assert (
        main(["incidents", "import", "--from", "misp", str(tmp_path / "m"), "--home", str(served.home)]) == 0
    )


def test_misp_stix_writes_our_misp_as_stix_and_we_read_it(served: Served, tmp_path: Path) -> None:
    assert (
        main(
            ["incidents", "export", "--to", "misp", "--into", str(tmp_path / "m"), "--home", str(served.home)]
        )
        == 0
    )
    objects: dict[str, Any] = {}
    for one in json.loads((tmp_path / "m").read_bytes())["response"]:
        parser = MISPtoSTIX21Parser()
        parser.parse_misp_event(one)
        assert not parser.errors
        objects |= {each["id"]: each for each in json.loads(parser.bundle.serialize())["objects"]}
    (tmp_path / "s").write_text(json.dumps({"objects": list(objects.values())}))
    assert (
        main(["incidents", "import", "--from", "stix", str(tmp_path / "s"), "--home", str(served.home)]) == 0
    )
