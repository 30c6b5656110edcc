"""A push of indicators makes drafts in the response that they belong to, and tells of no other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.faces.neighbours import stix
from detente.faces.taxii import belonging
from detente.faces.taxii.book import Book, Client, Collection, id_of
from detente.faces.taxii.shelf import Shelf
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.node.window import Window
from homes import World, installed

pytestmark = pytest.mark.slow
FOREVER = 4_000_000_000_000
ACTIVE = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
ALONE = "kept; it names no response that this client is shown, and makes no draft"
DRAFTED = "a draft was made"
BESIDE = "kept with what it is related to; by itself it makes no draft"


class Inbox:
    """A home of us with two responses, one shown to a client, and what became of what the client sends."""

    def __init__(self, node: Node, book: Book, shelf: Shelf) -> None:
        self.node, self.book, self.shelf = node, book, shelf
        self.first, self.second = sorted(one.id for one in node.records("live", "response.opened"))
        self.mark = next(
            one.id
            for one in node.records("live", "response.indicator")
            if node.record(one.id).thread == self.first
        )
        self.client = self.admitted("us")

    def admitted(self, audience: str) -> Client:
        name = f"{audience}-{len(self.book.clients())}"
        token = self.book.admit(name, audience, FOREVER, pushes=True)
        found = self.shelf.known(name, token)
        assert isinstance(found, Client)
        return found

    def collect(self, audience: str) -> None:
        fields = {"name": audience, "id": id_of(audience), "domain": "live", "pillar": "response"}
        self.book.collect(Collection(**fields, level="amber+strict", audiences=(audience,)))

    def push(self, *objects: dict[str, Any], client: Client | None = None) -> list[str]:
        status = json.loads(self.shelf.push(client or self.client, list(objects)))
        assert status["failure_count"] == 0, status
        return [one["message"] for one in status["successes"]]

    def draft(self, one: dict[str, Any]) -> Any:  # noqa: ANN401 (a sheet)
        return self.node.sheet(f"{self.first[:16]}/stix:{one['id']}")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("belonging"))
    world.accord = world.accord.replace("scales:", f"  response: {ACTIVE}\nscales:")
    about = {"about": None, "playbook": "cyberattack", "level": 4, "joint": True}
    look = {"sort": "domain", "confidence": 70, "valid_until": FOREVER, "tlp": "green"}
    what = {"pattern": "[domain-name:value = 'bad.example']", "notation": "stix"}
    with world.found().nodes() as nodes:
        for _ in range(2):
            root = nodes["us"].table(Draft.new("response.opened", about, {"title": ["A grid", "电网"]})).id
            nodes["us"].table(Draft.new("response.indicator", look, what).answering(root))
        world.settle(nodes, 2)
    return world


@pytest.fixture
def inbox(lived_in: World, tmp_path: Path) -> Iterator[Inbox]:
    world = lived_in.copy(tmp_path)
    with (
        world.open("us") as node,
        Window.open(world.home("us"), installed(), clock=world.clock) as window,
        Book(world.home("us")) as book,
    ):
        shelf = Shelf(window, book, node.keep)
        yield Inbox(node, book, shelf)
        shelf.close()


def sent(kind: str, number: int, **said: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    at = "2026-11-01T00:00:00.000Z"
    name = f"{kind}--00000000-0000-4000-8000-{number:012}"
    return {"type": kind, "spec_version": "2.1", "id": name, "created": at, "modified": at} | said


def indicator(number: int) -> dict[str, Any]:
    pattern = {"pattern": "[url:value = 'http://a.example']", "pattern_type": "stix"}
    return sent("indicator", number, confidence=60, valid_until="2027-01-01T00:00:00Z", **pattern)


def related(number: int, one: dict[str, Any], target: str) -> dict[str, Any]:
    ends = {"source_ref": one["id"], "target_ref": target, "relationship_type": "related-to"}
    return sent("relationship", number, **ends)


def test_a_sighting_of_what_is_served_is_a_draft_that_can_be_tabled(inbox: Inbox) -> None:
    inbox.collect("us")
    seen = sent("sighting", 1, sighting_of_ref=stix.name("indicator", inbox.mark), count=1)
    assert inbox.push(seen) == [DRAFTED]
    sheet = inbox.draft(seen)
    assert (sheet.kind, sheet.thread, sheet.open) == (
        "response.sighting",
        inbox.first,
        {"of": inbox.mark, "count": "one"},
    )
    tabled = inbox.node.record(inbox.node.table_sheet(sheet.name).id)
    assert (tabled.stands, tabled.thread) == (True, inbox.first)
    assert inbox.push(seen) == ["kept; it was tabled already"]


def test_an_indicator_that_is_related_to_a_response_is_a_draft_and_what_it_lacks_is_said(
    inbox: Inbox,
) -> None:
    inbox.collect("us")
    whole = stix.name("grouping", inbox.first)
    one, two, three = indicator(1), indicator(2), indicator(3)
    two["external_references"] = [{"source_name": "detente", "external_id": inbox.first}]
    grouping = sent("grouping", 4, name="Ours, with one more", context="suspicious-activity")
    grouping |= {"id": whole, "object_refs": [three["id"]]}
    lacks = f"{DRAFTED}; to be stated: sort, tlp"
    assert inbox.push(one, related(5, one, whole), two) == [
        lacks,
        BESIDE,
        lacks,
    ]
    assert inbox.push(three, grouping)[0] == lacks
    for each in (one, two, three):
        sheet = inbox.draft(each)
        assert (sheet.kind, sheet.open["confidence"], sheet.values["pattern"]) == (
            "response.indicator",
            60,
            each["pattern"],
        )


def test_an_indicator_is_a_draft_once_it_is_said_to_what_it_belongs(inbox: Inbox) -> None:
    inbox.collect("us")
    one = indicator(1)
    assert inbox.push(one) == [ALONE]
    inbox.push(related(2, one, stix.name("indicator", inbox.mark)))
    assert inbox.draft(one).kind == "response.indicator"


def test_what_names_several_responses_or_none_or_is_served_from_here_makes_no_draft(inbox: Inbox) -> None:
    inbox.collect("us")
    one, own = indicator(1), indicator(2) | {"id": stix.name("indicator", inbox.mark)}
    ties = [
        related(n, one, stix.name("grouping", root)) for n, root in enumerate((inbox.first, inbox.second))
    ]
    assert inbox.push(one, *ties)[0] == belonging.SEVERAL
    assert inbox.push(own) == [belonging.OURS]
    gone = indicator(3) | {"revoked": True}
    assert inbox.push(gone, related(4, gone, stix.name("grouping", inbox.first)))[0] == belonging.REVOKED
    assert inbox.push(indicator(5)) == [ALONE]
    for each in (one, own, gone):
        with pytest.raises(NoSuchThing):
            inbox.draft(each)


def test_attack_a_push_tells_of_no_response_that_its_client_is_not_shown(inbox: Inbox) -> None:
    inbox.collect("cn")
    seen = sent("sighting", 1, sighting_of_ref=stix.name("indicator", inbox.mark), count=1)
    cited = indicator(2)
    cited["external_references"] = [{"source_name": "detente", "external_id": inbox.first}]
    own = indicator(3) | {"id": stix.name("indicator", inbox.mark)}
    made_up = sent("sighting", 4, sighting_of_ref=stix.name("indicator", "00" * 32), count=1)
    assert inbox.push(seen, cited, own, made_up) == [
        ALONE,
        ALONE,
        BESIDE,
        ALONE,
    ]
    # A peer is shown notes of the open fields, and no indicator as long as no pattern is released.
    assert inbox.push(seen, made_up, client=inbox.admitted("cn")) == [ALONE, ALONE]
    with pytest.raises(NoSuchThing):
        inbox.draft(seen)


def test_attack_a_report_of_thousands_of_indicators_is_not_gone_through_for_each_of_them() -> None:
    asked: list[str] = []
    marks = [indicator(n) for n in range(2_000)]
    whole = sent("report", 1, object_refs=[one["id"] for one in marks])

    def look(name: str) -> None:
        asked.append(name)

    found = belonging.said([*marks, whole], [], look)
    assert (found.events, found.told) == ((), {})
    assert len(asked) == len(set(asked)) <= 2_001
