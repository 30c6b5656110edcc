"""What users of sharing platforms complain of, each as a test; and TAXII 2.1 as it is written."""

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from detente.faces.neighbours import stix, tlp
from detente.faces.taxii import push
from detente.faces.taxii.application import TYPE, application
from detente.faces.taxii.book import INBOX, Book, Collection, id_of
from detente.faces.taxii.push import MAX_BYTES
from detente.faces.taxii.shelf import Shelf
from detente.node.node import Node
from detente.node.sheet import Kept, Sheet
from detente.node.window import Window
from homes import DAY, World, draft, installed, notice

URL = "http://127.0.0.1:6100"
ROOT = "/detente"
SECRET = "Its title names a laboratory"  # noqa: S105 (a title)
ACCORD_CHANGE = ("    by: officer\n", "    by: node\n")


class Web:
    """Asks an application in this process."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def ask(self, method: str, path: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (as httpx has them)
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
                return await client.request(method, f"{URL}{path}", **said)

        return asyncio.run(asked())

    def get(self, path: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (as httpx has them)
        return self.ask("GET", path, **said)

    def post(self, path: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (as httpx has them)
        return self.ask("POST", path, **said)


@dataclass
class Place:
    """A party's home served, beside its node that works."""

    node: Node
    world: World
    book: Book
    web: Web
    keep: list[int]

    def client(self, audience: str, *, pushes: bool = False, until: int = DAY) -> dict[str, str]:
        """Let a client in; return the headers by which it asks."""
        name = f"{audience}-{len(self.book.clients())}"
        token = self.book.admit(name, audience, self.world.clock.now() + until, pushes=pushes)
        return _headers(f"{name}:{token}")

    def collect(self, name: str, *audiences: str, **changes: str) -> Collection:
        """Make a collection."""
        fields = {"domain": "live", "pillar": "incidents", "level": "amber+strict"} | changes
        return self.book.collect(Collection(name=name, id=id_of(name), audiences=audiences, **fields))

    def get(self, path: str, headers: dict[str, str], **query: str) -> httpx.Response:
        """Return what is answered."""
        return self.web.get(f"{ROOT}{path}", headers=headers, params=query)

    def objects(self, name: str, headers: dict[str, str], **query: str) -> list[Any]:
        """Return the objects of a collection."""
        answer = self.get(f"/collections/{name}/objects/", headers, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json().get("objects", []))


def _headers(credentials: str) -> dict[str, str]:
    word = base64.b64encode(credentials.encode()).decode()
    return {"Authorization": f"Basic {word}", "Accept": TYPE}


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which us reported a near miss, released to cn, and a serious event, which was not."""
    world = World(tmp_path_factory.mktemp("taxii"))
    world.accord = world.accord.replace(*ACCORD_CHANGE)
    with world.found().nodes() as nodes:
        quiet = dict(draft().open)
        serious = quiet | {"near_miss": False, "harm": 3, "techniques": ["AML.T0024"]}
        world.settle(nodes)
        nodes["us"].table(draft(1, open=quiet))
        nodes["us"].table(draft(2, open=serious, values={"title": [SECRET, "标题提及某实验室"]}))
        nodes["us"].table(notice(3))
        world.settle(nodes)
        for node in nodes.values():
            node.release_due()
        world.settle(nodes)
    return world


@pytest.fixture
def place(lived_in: World, tmp_path: Path) -> Iterator[Place]:
    """The home of us, served while its node works."""
    world = lived_in.copy(tmp_path)
    with (
        world.open("us") as node,
        Window.open(world.home("us"), installed(), clock=world.clock) as window,
        Book(world.home("us")) as book,
    ):
        kept: list[int] = []

        def keep(sheets: tuple[Sheet, ...]) -> tuple[Kept, ...]:
            kept.append(len(sheets))
            return node.keep(sheets)

        shelf = Shelf(window, book, keep)
        yield Place(node, world, book, Web(application(shelf, URL)), kept)
        shelf.close()


def reports(place: Place) -> tuple[str, str]:
    """The ids of the near miss and of the serious event."""
    names = [one.id for one in place.node.records("live", "incidents.report") if one.party == "us"]
    return names[0], names[1]


def incident(record: str) -> str:
    return stix.name("incident", record)


def test_an_empty_audience_is_nobody(place: Place) -> None:
    place.collect("all")
    for party in ("us", "cn", "neutral"):
        asking = place.client(party)
        assert place.get("/collections/", asking).json() == {}
        assert place.get("/collections/all/objects/", asking).status_code == 404


def test_an_outsider_is_shown_nothing_even_if_a_collection_names_it(place: Place) -> None:
    place.collect("all", "us", "stranger")
    assert place.objects("all", place.client("stranger")) == []
    assert len(place.objects("all", place.client("us"))) > 4
    place.collect("theirs", "cn")
    answer = place.get(f"/collections/{id_of('theirs')}/", place.client("us"))
    assert answer.status_code == 404


def test_a_peer_is_shown_what_was_released_to_it_and_no_byte_of_the_rest(place: Place) -> None:
    place.collect("all", "cn", "us")
    quiet, serious = reports(place)
    theirs = place.objects("all", place.client("cn"))
    named = {one["id"]: one for one in theirs}
    assert named[incident(quiet)]["name"] == "An agent opened a link"
    assert named[incident(serious)]["name"] == f"AI incident {serious[:8]}"
    whole = json.dumps(theirs, ensure_ascii=False)
    assert SECRET not in whole
    assert "某实验室" not in whole
    assert "barrier" not in whole  # the summary went to the clearinghouse alone
    assert SECRET in json.dumps(place.objects("all", place.client("us")))


def test_nothing_derived_from_what_is_filtered_is_left(place: Place) -> None:
    """A collection up to TLP:AMBER has neither a stricter incident nor a technique or name of it."""
    place.collect("amber", "us", level="amber")
    shown = place.objects("amber", place.client("us"))
    quiet, serious = reports(place)
    assert not {incident(quiet), incident(serious)} & {one["id"] for one in shown}
    assert "AML.T0024" not in json.dumps(shown)
    assert shown == []


def test_nothing_stricter_than_its_level_is_in_a_collection(place: Place) -> None:
    place.collect("amber", "cn", level="amber")
    shown = place.objects("amber", place.client("cn"))
    quiet, serious = reports(place)
    names = {one["id"] for one in shown}
    assert incident(serious) in names  # open fields alone: every party has them
    assert incident(quiet) not in names
    assert tlp.IDS["amber+strict"] not in names
    assert "AML.T0051" not in json.dumps(shown)


def test_a_record_is_not_served_before_it_can_be_restricted(place: Place) -> None:
    """What is tabled now is shown at once, and none of its sealed values before the gate let them go."""
    place.collect("all", "cn")
    asking = place.client("cn")
    before = {one["id"] for one in place.objects("all", asking)}
    name = place.node.table(draft(7)).id
    fresh = {one["id"]: one for one in place.objects("all", asking) if one["id"] not in before}
    assert fresh[incident(name)]["name"] == f"AI incident {name[:8]}"
    assert "link" not in json.dumps(list(fresh.values()))
    place.collect("all")
    assert place.get("/collections/all/objects/", asking).status_code == 404


def test_a_copy_that_is_stale_learns_that_it_is(place: Place) -> None:
    place.collect("all", "cn")
    asking = place.client("cn")
    quiet, _ = reports(place)
    note = stix.name("note", f"{quiet} pattern en")
    before = {one["id"]: one for one in place.objects("all", asking)}
    assert before[note]["content"] == "Text that asks to be obeyed"
    place.node.erase(quiet, ("pattern", "title"), "sent-in-error")
    after = {one["id"]: one for one in place.objects("all", asking)}
    assert after[note]["revoked"] is True
    assert "obeyed" not in json.dumps(list(after.values()))
    assert after[incident(quiet)]["name"] == f"AI incident {quiet[:8]}"
    assert after[incident(quiet)]["modified"] > before[incident(quiet)]["modified"]


def test_a_push_makes_drafts_and_nothing_else_and_says_what_became_of_each_object(place: Place) -> None:
    pushing, places = place.client("us", pushes=True), len(place.node.records("live"))
    one = _sent("incident", 1) | {"name": "Weights were copied", "description": "By a maintenance account."}
    mark, bad = _sent("indicator", 2), _sent("incident", 3) | {"id": "incident--x"}
    answer = _post(place, pushing, [one, mark, bad])
    assert answer.status_code == 202
    status = answer.json()
    assert (status["status"], status["success_count"], status["failure_count"]) == ("complete", 2, 1)
    assert [row["message"] for row in status["successes"]] == [
        "a draft was made",
        "kept; it names no response that this client is shown, and makes no draft",
    ]
    assert status["failures"][0]["message"].endswith("[stix.2]")
    assert place.get(f"/status/{status['id']}/", pushing).json() == status
    assert place.get(f"/status/{status['id']}/", place.client("us", pushes=True)).status_code == 404
    sheet = place.node.sheet(f"stix:{one['id']}")
    assert sheet.values["title"] == ["Weights were copied", ""]
    assert len(place.node.records("live")) == places
    assert {row["id"] for row in place.objects(INBOX, pushing)} == {one["id"], mark["id"]}
    assert place.objects(INBOX, place.client("us", pushes=True)) == []


def test_a_duplicate_is_a_success_and_a_newer_version_changes_the_draft(place: Place) -> None:
    pushing = place.client("us", pushes=True)
    one = _sent("incident", 1) | {"name": "First"}
    assert _post(place, pushing, [one]).json()["success_count"] == 1
    again = _post(place, pushing, [one]).json()
    assert (again["success_count"], again["successes"][0]["message"]) == (1, "known already")
    _post(place, pushing, [one | {"name": "Second", "modified": "2026-11-02T00:00:00.000Z"}])
    assert place.node.sheet(f"stix:{one['id']}").values["title"] == ["Second", ""]
    assert [row["name"] for row in place.objects(INBOX, pushing)] == ["Second"]


def test_what_one_client_may_send_has_an_end_and_a_duplicate_takes_no_room(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "MAX_KEPT", 3)
    pushing, two = place.client("us", pushes=True), [_sent("indicator", 1), _sent("indicator", 2)]
    for sent in (two[:1], two, two[:1]):
        assert _post(place, pushing, sent).status_code == 202
    refused = _post(place, pushing, [_sent("indicator", 3), _sent("indicator", 4)])
    assert (refused.status_code, refused.json()["error_code"]) == (413, "push.3")
    assert len(place.objects(INBOX, pushing)) == 2
    assert _post(place, pushing, [_sent("indicator", 3)]).status_code == 202


def test_an_event_of_three_thousand_indicators_is_one_envelope_and_one_draft(place: Place) -> None:
    """Clients fill an envelope up to the bytes that the root announces, however many objects that is."""
    pushing = place.client("us", pushes=True)
    most = place.get("/", pushing).json()["max_content_length"]
    marks = [
        _sent("indicator", n) | {"pattern": f"[url:value = 'http://{n}.example']", "description": "x" * 200}
        for n in range(3_000)
    ]
    about = _sent("grouping", 1) | {"name": "A large one", "object_refs": [one["id"] for one in marks]}
    assert 1_048_576 < len(json.dumps(marks)) < most
    status = _post(place, pushing, [about, *marks]).json()
    assert (status["success_count"], status["failure_count"]) == (3_001, 0)
    sheet = place.node.sheet(f"stix:{about['id']}")
    assert len(sheet.values["evidence"]) == 32
    kept = json.loads(sheet.original)
    assert len(kept["related"]) + kept["related_beyond"] == 3_000
    assert "related_beyond" in sheet.left
    assert _post(place, pushing, [0] * 2_001).json()["error_code"] == "push.1"
    assert _post(place, pushing, [0] * 3).json()["failure_count"] == 3


def test_a_push_where_nothing_can_be_pushed_is_an_error_and_never_silent(place: Place) -> None:
    place.collect("all", "us")
    pushing = place.client("us", pushes=True)
    refused = place.web.post(f"{ROOT}/collections/all/objects/", headers=_typed(pushing), content=b"{}")
    assert (refused.status_code, refused.json()["title"]) == (403, "Read only")
    assert _post(place, place.client("us"), []).status_code == 404
    assert place.keep == []
    assert place.book.refusals()[0].why == "Read only"


def test_a_push_whose_drafts_cannot_be_kept_is_no_success(place: Place) -> None:
    pushing = place.client("us", pushes=True)
    place.node.close()
    answer = _post(place, pushing, [_sent("incident", 1) | {"name": "Lost?"}])
    assert answer.status_code == 503
    assert place.objects(INBOX, pushing) == []


@pytest.mark.parametrize(
    ("credentials", "why"),
    [
        ("", "no-credentials"),
        ("nobody:nothing", "wrong-credentials"),
        ("cn-0:", "no-credentials"),
        ("cn-0:é", "wrong-credentials"),
    ],
)
def test_wrong_credentials_are_an_error_on_both_sides(place: Place, credentials: str, why: str) -> None:
    place.client("cn")
    headers = _headers(credentials) if credentials else {"Accept": TYPE}
    answer = place.get("/collections/", headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, TYPE)
    assert answer.json()["title"] == why
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert place.book.refusals()[0].why == why


def test_a_token_is_another_clients_no_more_than_an_expired_or_revoked_one(place: Place) -> None:
    asking, other = place.client("cn"), place.client("us")
    token = base64.b64decode(asking["Authorization"][6:]).decode().partition(":")[2]
    assert place.get("/", {"Authorization": f"Bearer {token}"}).status_code == 200
    assert place.get("/", _headers(f"us-1:{token}")).json()["title"] == "wrong-credentials"
    place.book.revoke("us-1")
    assert place.get("/", other).json()["title"] == "revoked"
    place.world.clock.advance(2 * DAY)
    assert place.get("/", asking).json()["title"] == "expired"


def test_tokens_are_not_in_the_file(place: Place) -> None:
    asking = place.client("cn")
    token = base64.b64decode(asking["Authorization"][6:]).decode().partition(":")[2]
    place.book.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = place.world.home("us") / "taxii.db"
    assert file.stat().st_mode & 0o077 == 0
    assert token.encode() not in file.read_bytes()


def test_manifest_and_objects_end_and_hold_each_object_once(place: Place) -> None:
    """The reference client loops for ever over a manifest without `next`: `more` never comes without it."""
    place.collect("all", "us")
    asking = place.client("us")
    whole = [one["id"] for one in place.objects("all", asking)]
    for what in ("objects", "manifest"):
        found, query = [], {"limit": "2"}
        for _ in range(len(whole)):
            answer = place.get(f"/collections/all/{what}/", asking, **query)
            page = answer.json()
            found += [one["id"] for one in page["objects"]]
            assert answer.headers["x-taxii-date-added-first"] <= answer.headers["x-taxii-date-added-last"]
            assert page["more"] is ("next" in page)
            if not page["more"]:
                break
            query = {"limit": "2", "next": page["next"]}
        assert found == whole
        assert len(set(found)) == len(found)


def test_a_cursor_opens_nothing_and_one_of_elsewhere_is_refused(place: Place) -> None:
    place.collect("all", "us")
    place.collect("theirs", "cn")
    page = place.get("/collections/all/objects/", place.client("us"), limit="1").json()
    theirs = place.get("/collections/theirs/objects/", place.client("cn"), next=page["next"])
    assert SECRET not in theirs.text
    for wrong in ("inbox.1", "1", f"{page['next']}x", "é"):
        answer = place.get("/collections/all/objects/", place.client("us"), next=wrong)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "page.3")


def test_filters_of_taxii_are_kept(place: Place) -> None:
    place.collect("all", "us")
    asking = place.client("us")
    first = place.get("/collections/all/objects/", asking, limit="1")
    rest = place.objects("all", asking, added_after=first.headers["x-taxii-date-added-last"])
    assert len(rest) == len(place.objects("all", asking)) - 1
    incidents = place.objects("all", asking, **{"match[type]": "incident"})
    assert {one["type"] for one in incidents} == {"incident"}
    name, version = incidents[0]["id"], incidents[0]["modified"]
    assert place.objects("all", asking, **{"match[id]": name, "match[version]": version}) == incidents[:1]
    assert place.objects("all", asking, **{"match[version]": "2020-01-01T00:00:00Z"}) == []
    assert place.objects("all", asking, **{"match[spec_version]": "2.0"}) == []
    versions = place.get(f"/collections/all/objects/{name}/versions/", asking).json()
    assert versions == {"more": False, "versions": [version]}
    assert place.get("/collections/all/objects/incident--x/", asking).status_code == 404
    for query, step in ({"limit": "0"}, "page.1"), ({"added_after": "yesterday"}, "page.2"):
        assert place.get("/collections/all/objects/", asking, **query).json()["error_code"] == step


def test_roots_are_absolute_slashes_may_double_and_errors_are_taxii_json(place: Place) -> None:
    asking = place.client("us", pushes=True)
    found = place.web.get("/taxii2/", headers=asking).json()
    assert found["api_roots"] == [found["default"]] == [f"{URL}/detente/"]
    assert (
        place.web.get("//detente//collections//", headers=asking).json()["collections"][0]["alias"] == INBOX
    )
    for answer, status in (
        (place.web.get("/taxii2/", headers=asking | {"Accept": "text/html"}), 406),
        (place.web.post(f"{ROOT}/collections/inbox/objects/", headers=asking, content=b"{}"), 415),
        (place.web.ask("DELETE", f"{ROOT}/collections/inbox/objects/incident--x/", headers=asking), 405),
        (place.web.post(f"{ROOT}/collections/inbox/objects/", headers=_typed(asking), content=b"[]"), 400),
        (
            place.web.post(
                f"{ROOT}/collections/inbox/objects/", headers=_typed(asking), content=b" " * (MAX_BYTES + 1)
            ),
            413,
        ),
        (place.web.get("/elsewhere/", headers=asking), 404),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, TYPE)
        assert answer.json()["http_status"] == str(status)


def test_the_same_logs_give_the_same_objects(place: Place) -> None:
    """A projection that was lost is made again: the same ids, versions and bytes."""
    place.collect("all", "cn")
    asking = place.client("cn")
    before = place.objects("all", asking)
    (place.world.home("us") / "cache" / "taxii-live.db").unlink()
    after = place.objects("all", asking)
    assert sorted(map(json.dumps, after)) == sorted(map(json.dumps, before))


def test_a_pillar_that_stix_has_no_word_for_comes_as_notes(place: Place) -> None:
    place.collect("talk", "cn", pillar="notices", level="amber")
    shown = place.objects("talk", place.client("cn"))
    assert [one["abstract"] for one in shown if one["type"] == "note"] == ["notices.notice"]


def _sent(kind: str, number: int) -> dict[str, Any]:
    made = "2026-11-01T00:00:00.000Z"
    name = f"{kind}--00000000-0000-4000-8000-{number:012}"
    return {"type": kind, "spec_version": "2.1", "id": name, "created": made, "modified": made}


def _typed(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Content-Type": TYPE}


def _post(place: Place, headers: dict[str, str], objects: list[Any]) -> httpx.Response:
    body = json.dumps({"objects": objects}).encode()
    return place.web.post(f"{ROOT}/collections/{INBOX}/objects/", headers=_typed(headers), content=body)
