"""Other people's programs, unmodified, against a server of ours in a process of its own.

taxii2-client and cytaxii2 page and push, stix2 queries and adds, stix2-validator finds no error (it needs no
network), misp-stix converts both ways, and PyMISP's events come in and ours go out. The pins are those of
pyproject.toml. MISP's own push is a script under the AGPL, which is not here: its steps are, with the
libraries that it uses (docs/importing.md says what is the same and what is not).
"""

import base64
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.faces import door
from detente.faces.cli import main
from detente.faces.taxii.book import INBOX, Book, id_of
from detente.faces.taxii.book import Collection as Shown
from detente.node.draft import Clearance, Draft
from detente.node.node import Node
from detente.node.sheet import Sheet
from homes import World, draft

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # theirs are not ours to mend
    import requests
    import stix2
    from cytaxii2 import cytaxii2
    from misp_stix_converter import ExternalSTIX2toMISPParser, MISPtoSTIX21Parser
    from pymisp import MISPEvent
    from requests.auth import HTTPBasicAuth
    from stix2validator import ValidationOptions, validate_instance
    from taxii2client.exceptions import AccessError
    from taxii2client.v21 import ApiRoot, Collection, Server, Status, as_pages

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
FOREVER = 4_000_000_000_000
ACTIVE = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
GRANTS = """
  - {id: sought, kind: response.indicator, fields: [pattern, notation, context], to: peer, by: node}
  - {id: advised, kind: response.advisory, fields: [title, text], to: peer, by: node}
"""
KEPT_BACK = "the northern grid"
NO_ID = {"type": "incident", "id": "incident--x", "name": "Its id is none"}


class Served:
    """A home of us, its address, and the tokens of three clients, the last of them of cn."""

    def __init__(self, home: Path, address: str, tokens: tuple[str, ...]) -> None:
        self.home, self.address, self.tokens = home, address, tokens

    def server(self, name: str) -> Server:
        token = self.tokens[("reads", "pushes", "peer").index(name)]
        return Server(self.address, user=name, password=token)

    def cytaxii2(self, name: str, token: str = "") -> cytaxii2.cytaxii2:
        token = token or self.tokens[("reads", "pushes", "peer").index(name)]
        return cytaxii2.cytaxii2(self.address, username=name, password=token, version=2.1)

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
    client = served.cytaxii2("reads")
    assert client.root_discovery()["response"]["title"] == "Detente: us"
    listed = client.collection_request()["response"]["collections"]
    assert [one["title"] for one in listed] == ["all"]
    polled = client.poll_request(collection_id=listed[0]["id"], limit=2)
    assert len(polled["response"]["objects"]) == 2


def test_cytaxii2_pushes_a_bundle_and_learns_what_became_of_each_object(served: Served) -> None:
    client = served.cytaxii2("pushes")
    sent = stix2.v21.Incident(name="Pushed by cytaxii2")
    whole = {
        "type": "bundle",
        "id": f"bundle--{sent.id[10:]}",
        "objects": [json.loads(sent.serialize()), NO_ID],
    }
    answer = client.inbox_request(id_of(INBOX), json.dumps(whole))
    assert (answer["status"], answer["status_code"]) == (True, 202)
    told = answer["response"]
    assert [one["message"] for one in told["successes"]] == ["a draft was made"]
    assert [one["id"] for one in told["failures"]] == ["incident--x"]
    assert told["failures"][0]["message"].endswith("[stix.2]")
    back = client.poll_request(id_of(INBOX), object_id=sent.id)["response"]["objects"]
    assert [one["name"] for one in back] == ["Pushed by cytaxii2"]
    assert drafted(served, f"stix:{sent.id}").values["title"] == ["Pushed by cytaxii2", ""]


def test_a_push_that_is_refused_says_so_to_each_client(served: Served) -> None:
    inbox, shown = served.collection("pushes", INBOX), served.collection("reads", "all")
    status = inbox.add_objects({"objects": [NO_ID]})
    assert (status.status, status.success_count, status.failure_count) == ("complete", 0, 1)
    assert "incident--x" in status.failures[0]["message"]
    kept = Status(f"{root_of(served)}status/{status.id}/", user="pushes", password=served.tokens[1])
    assert kept.failures == status.failures
    with pytest.raises(AccessError):
        shown.add_objects({"objects": []})
    answer = served.cytaxii2("reads").inbox_request(shown.id, json.dumps({"objects": []}))
    assert (answer["status"], answer["status_code"]) == (False, 403)
    assert answer["response"]["title"] == "Read only"
    answer = served.cytaxii2("pushes").inbox_request(id_of(INBOX), "[]")
    assert (answer["status_code"], answer["response"]["error_code"]) == (400, "push.2")


def test_each_client_sees_that_its_credentials_are_wrong_and_so_does_the_operator(served: Served) -> None:
    answer = served.cytaxii2("pushes", "wrong").inbox_request(id_of(INBOX), "{}")
    assert (answer["status"], answer["status_code"]) == (False, 401)
    assert answer["response"]["title"] == "wrong-credentials"
    with pytest.raises(stix2.datastore.DataSourceError, match="401"):
        stix2.TAXIICollectionSource(
            Collection(f"{root_of(served)}collections/{id_of('all')}/", user="reads", password="wrong")  # noqa: S106 (wrong on purpose)
        )
    with pytest.raises(requests.HTTPError, match="401"):
        pushed_as_by_misp(served, [], "pushes", "wrong")
    with Book(served.home) as book:
        assert [one.why for one in book.refusals()[:3]] == ["wrong-credentials"] * 3


def test_what_misp_pushes_is_a_draft_with_its_indicators_and_again_it_is_known(served: Served) -> None:
    event = made_in_misp("Keys left by an agent", "bad.example")
    (status,) = pushed_as_by_misp(served, [event], "pushes")
    assert (status.failure_count, status.pending_count) == (0, 0)
    made = [one for one in status.successes if one["message"] == "a draft was made"]
    assert [one["id"] for one in made] == [f"grouping--{event.uuid}"]
    values = drafted(served, f"stix:grouping--{event.uuid}").values
    assert values["title"] == ["Keys left by an agent", ""]
    assert values["evidence"] == ["[domain-name:value = 'bad.example']"]
    (again,) = pushed_as_by_misp(served, [event], "pushes")
    assert (again.failure_count, again.success_count) == (0, status.success_count)
    assert "a draft was made" not in {one["message"] for one in again.successes}


def test_an_event_made_by_pymisp_is_a_draft_and_what_we_write_pymisp_reads(
    served: Served, tmp_path: Path
) -> None:
    event = made_in_misp("Weights copied by an account", "worse.example")
    (tmp_path / "theirs").write_text(f'{{"Event": {event.to_json()}}}')
    home = ["--home", str(served.home)]
    assert main(["incidents", "import", "--from", "misp", str(tmp_path / "theirs"), *home]) == 0
    assert drafted(served, f"misp:{event.uuid}").values["title"] == ["Weights copied by an account", ""]
    assert main(["incidents", "export", "--to", "misp", "--into", str(tmp_path / "ours"), *home]) == 0
    for one in json.loads((tmp_path / "ours").read_bytes())["response"]:
        read = MISPEvent()
        read.load(json.dumps(one))
        written = one["Event"]
        assert (read.uuid, read.info) == (written["uuid"], written["info"])
        assert len(read.attributes) == len(written["Attribute"])
        assert {tag.name for tag in read.tags} == {tag["name"] for tag in written["Tag"]}


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


def made_in_misp(info: str, domain: str) -> MISPEvent:
    """An event as MISP's own library makes it."""
    event = MISPEvent()
    event.from_dict(info=info, date="2026-11-02", distribution=0, threat_level_id=2, analysis=1)
    event.add_tag("tlp:amber")
    event.add_attribute("domain", domain, to_ids=True)
    event.add_attribute("comment", "Seen by the duty officer.")
    return event


def pushed_as_by_misp(served: Served, events: list[MISPEvent], name: str, token: str = "") -> list[Status]:
    """The steps of MISP's taxii_push.py, as its server calls it: an API root with a slash at each end."""
    token = token or served.tokens[("reads", "pushes", "peer").index(name)]
    key = base64.b64encode(f"{name}:{token}".encode()).decode()
    auth = HTTPBasicAuth(*base64.b64decode(key).split(b":"))
    url = f"{root_of(served).removesuffix('/detente/')}//detente/"
    with ApiRoot(url, auth=auth) as root:
        most = root.max_content_length
    objects = []
    for one in events:
        parser = MISPtoSTIX21Parser()
        parser.parse_json_content(f'{{"Event": {one.to_json()}}}')
        objects += [each.serialize() for each in parser.bundle.objects]
    envelope = ('{"objects":[' + ",".join(objects) + "]}").encode()
    assert len(envelope) < most
    with Collection(f"{url}/collections/{id_of(INBOX)}", auth=auth) as into:
        return [into.add_objects(envelope, wait_for_completion=False)]


def root_of(served: Served) -> str:
    return served.address.replace("/taxii2/", "/detente/")


def drafted(served: Served, source: str) -> Sheet:
    with door.reach(served.home) as node:
        return node.sheet(source)
