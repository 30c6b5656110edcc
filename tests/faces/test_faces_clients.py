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

import msgspec
import pytest

from detente.faces.cli import main
from detente.faces.taxii.book import INBOX, Book, id_of
from detente.faces.taxii.book import Collection as Shown
from detente.node.draft import Clearance, Draft
from detente.node.node import Node
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
ACTIVE = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
GRANTS = """
  - {id: sought, kind: response.indicator, fields: [pattern, notation, context], to: peer, by: node}
  - {id: advised, kind: response.advisory, fields: [title, text], to: peer, by: node}
"""
KEPT_BACK = "the northern grid"


class Served:
    """A home of us, its address, and the tokens of three clients, the last of them of cn."""

    def __init__(self, home: Path, address: str, tokens: tuple[str, ...]) -> None:
        self.home, self.address, self.tokens = home, address, tokens

    def server(self, name: str) -> Server:
        token = self.tokens[("reads", "pushes", "peer").index(name)]
        return Server(self.address, user=name, password=token)

    def collection(self, name: str, title: str) -> Collection:
        return next(one for one in self.server(name).api_roots[0].collections if one.title == title)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    world = World(tmp_path_factory.mktemp("clients"))
    world.accord = (
        world.accord.replace("    by: officer\n", "    by: node\n")
        .replace("scales:", f"  response: {ACTIVE}\nscales:")
        .replace("\noutflow:", f"{GRANTS}outflow:")
    )
    with world.found().nodes() as nodes:
        for number in range(3):
            nodes["us"].table(draft(number))
        world.settle(nodes, 2)
        respond(nodes["us"])
        world.settle(nodes, 2)
        nodes["us"].release_due()
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
        book.collect(
            Shown(
                name="response",
                id=id_of("response"),
                domain="live",
                pillar="response",
                level="amber+strict",
                audiences=("cn",),
            )
        )
        tokens = tuple(
            book.admit(name, party, FOREVER, pushes=name == "pushes")
            for name, party in (("reads", "us"), ("pushes", "us"), ("peer", "cn"))
        )
    command = [sys.executable, "-m", "detente", "taxii", "serve", "--home", str(home)]
    command += ["--listen", "127.0.0.1:0", "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        said = json.loads(process.stdout.readline())
        yield Served(home, said["taxii"], tokens)
        process.stdin.close()
        assert process.wait(60) == 0


def respond(us: Node) -> None:
    """A response of us: its title stays, the pattern and the advice are released."""
    told = Clearance("safety", "official")
    about = {"about": None, "playbook": "cyberattack", "level": 4, "joint": True}
    opened = Draft.new("response.opened", about, {"title": [KEPT_BACK, "北部电网"]})
    root = us.table(msgspec.structs.replace(opened, clearance=told)).id
    look = {"sort": "domain", "confidence": 70, "valid_until": FOREVER, "tlp": "green"}
    what = {
        "pattern": "[domain-name:value = 'bad.example']",
        "notation": "stix",
        "context": ["Seen.", "见过。"],
    }
    advice = {"tlp": "clear", "audience": "operators", "replaces": None}
    for kind, open_, values in (
        ("indicator", look, what),
        (
            "advisory",
            advice,
            {"title": ["Limit reach", "限制访问"], "text": ["An allow list.", "允许清单。"]},
        ),
    ):
        said = Draft.new(f"response.{kind}", open_, values).answering(root)
        us.table(msgspec.structs.replace(said, clearance=told))


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


def test_what_is_sought_and_advised_is_served_to_the_peer_and_comes_back_as_drafts(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read by stix2's store as a peer's client; the title that was not released is in no byte of it."""
    found = served.collection("peer", "response")
    source = stix2.TAXIICollectionSource(found)
    (mark,) = source.query([stix2.Filter("type", "=", "indicator")])
    (advice,) = source.query([stix2.Filter("type", "=", "report")])
    assert (mark.pattern, mark.confidence, advice.name) == (
        "[domain-name:value = 'bad.example']",
        70,
        "Limit reach",
    )
    objects = pages(found.get_objects, 3)
    for one in objects:
        stix2.parse(one, allow_custom=False)
    whole = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}
    checked = validate_instance(whole, ValidationOptions(version="2.1"))
    assert checked.is_valid, checked.errors
    assert KEPT_BACK not in json.dumps(objects)
    assert "北部电网" not in json.dumps(objects, ensure_ascii=False)
    (group,) = [one for one in objects if one["type"] == "grouping"]
    thread = group["external_references"][0]["external_id"]
    (tmp_path / "s").write_text(json.dumps(whole))
    theirs = ["--home", str(served.home.parent / "cn")]
    words = ["response", "import", "--from", "stix", "--thread", thread, str(tmp_path / "s")]
    assert main([*words, "--json", *theirs]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["fates"] == {"new": 2}
    (draft_,) = [one for one in said["drafts"] if one["source"].endswith(mark.id)]
    assert main(["response", "draft", "show", draft_["name"], *theirs]) == 0
    assert "bad.example" in capsys.readouterr().out
    assert main(["response", "draft", "table", draft_["name"], *theirs]) == 0
    capsys.readouterr()
    assert main(["response", "export", "--to", "stix", "--id", thread, *theirs]) == 0
    ours = json.loads(capsys.readouterr().out)
    marks = [one for one in ours["objects"] if one["type"] == "indicator"]
    assert {one["pattern"] for one in marks} == {mark.pattern}
    assert len({one["created_by_ref"] for one in marks}) == 2


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
