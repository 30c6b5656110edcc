"""What is written for other systems, and read from them, without a node in between."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.faces.cli.importing import sheet
from detente.faces.neighbours import avid, misp, stix, tlp
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.view import View
from detente.faces.registers import REGISTERS
from detente.faces.registers import stix as reading
from detente.faces.registers.event import Aside, Event
from detente.node.confidence.report import USES
from detente.trust.errors import DetenteError
from homes import REPORT, VALUES

NAMES = {"us": "us", "cn": "cn"}
ID, OTHER, END = "ab" * 32, "cd" * 32, "ef" * 32
AT = 1_790_000_000_000
FACTS = {"level": 2, "level_low": 1, "category": "near_miss", "near_miss": True}


def view(name: str = ID, **changes: Any) -> View:  # noqa: ANN401 (fields of a view)
    fields: dict[str, Any] = {
        "id": name,
        "domain": "live",
        "party": "us",
        "kind": "incidents.report",
        "at": AT,
        "changed": AT,
        "root": ID,
        "version": 1,
        "open": dict(REPORT),
        "facts": FACTS,
        "values": dict(VALUES) | {"day": "2026-09-03", "mitigation": ["Stopped", "已阻止"]},
        "shown": "some",
    }
    return View(**(fields | changes))


def update(**changes: Any) -> View:  # noqa: ANN401 (as above)
    rated = {key: REPORT[key] for key in ("near_miss", "control", "ongoing")} | {
        "harm": None,
        "change": "corrected",
    }
    return view(OTHER, kind="incidents.update", open=rated, values={}, at=AT + 1, changed=AT + 1, **changes)


def case(*answers: View, **changes: Any) -> Case:  # noqa: ANN401 (as above)
    found = Case.of([view(**changes), *answers])
    assert found is not None
    return found


def back(data: object, register: str, folder: Path) -> list[Event | Aside]:
    file = folder / f"{register}.json"
    file.write_bytes(stix.dump(data))
    return list(REGISTERS["incidents"][register].read(file))


def test_what_we_wrote_as_stix_comes_back_as_it_was(tmp_path: Path) -> None:
    (one,) = back(stix.bundle(stix.objects(case(), NAMES)), "stix", tmp_path)
    assert isinstance(one, Event)
    assert one.open == REPORT
    assert one.values == {
        "title": list(VALUES["title"]),
        "summary": list(VALUES["summary"]),
        "pattern": list(VALUES["pattern"]),
        "mitigation": ["Stopped", ""],
        "day": "2026-09-03",
    }
    assert one.hints["title"].endswith(": TLP:AMBER+STRICT")


def test_a_second_export_is_the_same_object_and_a_later_state_a_later_version() -> None:
    first, again, later = (
        {one["id"]: one for one in stix.objects(made, NAMES)} for made in (case(), case(), case(update()))
    )
    assert first == again
    name = stix.name("incident", ID)
    assert later[name]["modified"] > first[name]["modified"]
    assert later[name]["created"] == first[name]["created"]
    assert "harm" not in later[name]["extensions"][stix.OURS]  # unknown now: left out, never null


def test_what_a_report_may_be_used_for_goes_with_every_object_of_it_and_into_every_format() -> None:
    limited = case(update(), open=REPORT | {"use": "learning_only"})
    objects = stix.objects(limited, NAMES)
    statement = next(one for one in objects if one.get("definition_type") == "statement")
    assert "never to blame or punish" in statement["definition"]["statement"]
    assert "不得用于追责或处罚" in statement["definition"]["statement"]
    carrying = [one for one in objects if "object_marking_refs" in one]
    assert {"incident", "report", "opinion", "course-of-action"} <= {one["type"] for one in carrying}
    assert all(statement["id"] in one["object_marking_refs"] for one in carrying)
    assert all(set(one["object_marking_refs"]) & set(tlp.IDS.values()) for one in carrying)
    (event,) = misp.events([limited], NAMES)["response"]
    assert "detente:use=learning_only" in {one["name"] for one in event["Event"]["Tag"]}
    (entry,) = avid.reports([limited], NAMES)
    assert entry["description"]["value"].endswith(statement["definition"]["statement"])


def test_where_a_number_goes_on_is_related_and_its_id_stays() -> None:
    ended: dict[str, Any] = {"kind": "incidents.close", "facts": {}, "values": {}, "at": AT + 2}
    split = view(END, open={"outcome": "split", "successors": [OTHER, END]}, **ended)
    merged = view(END, open={"outcome": "duplicate", "duplicate_of": OTHER}, **ended)
    old, new = stix.name("incident", ID), stix.name("incident", OTHER)
    for close, ends in ((split, (new, "derived-from", old)), (merged, (old, "duplicate-of", new))):
        objects = stix.objects(case(close), NAMES)
        said = [one for one in objects if one["type"] == "relationship"]
        found = [(one["source_ref"], one["relationship_type"], one["target_ref"]) for one in said]
        assert ends in found
        assert old in {one["id"] for one in objects}


def test_what_ended_a_number_first_counts_until_it_is_reopened() -> None:
    ended: dict[str, Any] = {"kind": "incidents.close", "facts": {}, "values": {}}
    merged = view(OTHER, open={"outcome": "duplicate", "duplicate_of": END}, at=AT + 1, **ended)
    split = view(END, open={"outcome": "split", "successors": [ID, OTHER]}, at=AT + 2, **ended)
    assert case(merged, split).close == merged
    again = view("12" * 32, kind="incidents.update", open={**REPORT, "change": "reopened"}, at=AT + 3)
    assert case(merged, split, again).close is None


def test_without_a_limit_no_statement_is_made_up() -> None:
    for unlimited in (case(), case(open=REPORT | {"use": None})):
        objects = stix.objects(unlimited, NAMES)
        assert not [one for one in objects if one.get("definition_type") == "statement"]
        (event,) = misp.events([unlimited], NAMES)["response"]
        assert not [one for one in event["Event"]["Tag"] if "use" in one["name"]]


@pytest.mark.parametrize("use", USES)
def test_a_use_comes_back_from_stix_and_from_misp_as_it_was_written(use: str, tmp_path: Path) -> None:
    limited = case(open=REPORT | {"use": use})
    (one,) = back(stix.bundle(stix.objects(limited, NAMES)), "stix", tmp_path)
    (other,) = back(misp.events([limited], NAMES), "misp", tmp_path)
    for event in (one, other):
        assert isinstance(event, Event)
        assert sheet(event, "incidents", "stix").limit == event.open["use"] == use


def test_of_several_uses_that_tags_state_the_narrowest_holds(tmp_path: Path) -> None:
    data = misp.events([case(open=REPORT | {"use": "any_lawful"})], NAMES)
    data["response"][0]["Event"]["Tag"].append({"name": "detente:use=defence_only"})
    (one,) = back(data, "misp", tmp_path)
    assert isinstance(one, Event)
    assert one.open["use"] == "defence_only"
    data["response"][0]["Event"]["Tag"].append({"name": "detente:use=anything"})
    (one,) = back(data, "misp", tmp_path)
    assert isinstance(one, Event)
    assert one.open["use"] == "learning_only"


def test_opinions_marking_and_status_follow_the_thread() -> None:
    close = view(
        END,
        kind="incidents.close",
        open={"outcome": "resolved"},
        facts={},
        values={},
        shown="open",
        at=AT + 2,
    )
    named = {
        one["type"]: one
        for one in stix.objects(case(update(shown="open"), close, shown="open", values={}), NAMES)
    }
    assert named["opinion"]["opinion"] == "disagree"
    assert named["incident"]["extensions"][stix.CORE]["investigation_status"] == "closed"
    assert named["marking-definition"]["id"] == tlp.IDS["amber"]
    assert named["incident"]["name"] == f"AI incident {ID[:8]}"
    assert "language-content" not in named


def test_a_marking_that_a_record_states_can_only_be_stricter() -> None:
    for stated, level in (
        ("red", "red"),
        ("amber_strict", "amber+strict"),
        ("clear", "amber"),
        ("odd", "amber"),
    ):
        assert tlp.of(view(shown="open", open={"tlp": stated})) == level


def test_an_exercise_says_so_in_every_format() -> None:
    drill = case(domain="exercise")
    told = stix.objects(drill, NAMES)
    named = [one["name"] for one in told if one["type"] in ("incident", "report")]
    named += [misp.events([drill], NAMES)["response"][0]["Event"]["info"]]
    named += [avid.reports([drill], NAMES)[0]["problemtype"]["description"]["value"]]
    assert all(one.startswith("EXERCISE / 演习: ") for one in named)
    assert len(named) == 4


def test_misp_and_avid_come_back_with_title_and_account(tmp_path: Path) -> None:
    sourced = case(values=dict(VALUES) | {"sources": ["A page https://example.org/a"], "day": "2026-09-03"})
    event = misp.events([sourced], NAMES)
    assert event["response"][0]["Event"]["distribution"] == "0"
    assert event["response"][0]["Event"]["published"] is False
    (one,) = back(event, "misp", tmp_path)
    assert isinstance(one, Event)
    assert (one.values["title"], one.values["day"]) == (["An agent opened a link", ""], "2026-09-03")
    assert one.open["techniques"] == ["AML.T0051"]
    assert one.values["sources"] == ["https://example.org/a"]
    (other,) = back(avid.reports([sourced], NAMES), "avid", tmp_path)
    assert isinstance(other, Event)
    assert other.values["title"] == ["An agent opened a link", ""]
    assert other.values["sources"] == ["A page https://example.org/a https://example.org/a"]


def test_nobody_elses_extension_states_a_field_that_it_cannot_have(tmp_path: Path) -> None:
    told = stix.objects(case(), NAMES)
    one = next(one for one in told if one["type"] == "incident")
    one["extensions"][stix.OURS] |= {"harm": 99, "domain": "gossip", "near_miss": "yes"}
    (event,) = back({"objects": told}, "stix", tmp_path)
    assert isinstance(event, Event)
    assert event.open["harm"] is None
    assert "domain" not in event.open
    assert "near_miss" not in event.open


@pytest.mark.parametrize(
    ("thing", "step"),
    [
        ("text", "stix.1"),
        ({"type": 1}, "stix.1"),
        ({"type": "incident", "id": "incident--x"}, "stix.2"),
        ({"type": "incident", "id": "indicator--00000000-0000-4000-8000-000000000000"}, "stix.2"),
        (
            {"type": "incident", "id": f"incident--{'0' * 8}-0000-4000-8000-{'0' * 12}", "modified": 5},
            "stix.3",
        ),
    ],
)
def test_what_is_no_object_of_stix_is_named_and_the_rest_is_read(
    thing: object, step: str, tmp_path: Path
) -> None:
    found = back([thing, *stix.objects(case(), NAMES)], "stix", tmp_path)
    refused = [one for one in found if isinstance(one, Aside)]
    assert [one.error.step for one in refused if one.error] == [step]
    assert [one.place for one in refused] == ["record 1"]
    assert sum(isinstance(one, Event) for one in found) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "type",
    "name",
    "description",
    "object_refs",
    "external_references",
    "extensions",
    "labels",
    "pattern",
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 9), st.sampled_from(KEYS), JSON)
def test_whatever_a_client_puts_into_an_object_is_read_or_refused_by_name(
    place: int, key: str, value: object
) -> None:
    told = json.loads(stix.dump(stix.objects(case(), NAMES)))
    told[place % len(told)][key] = value
    try:
        found = list(reading.taken(told))
    except DetenteError:
        return
    assert all(isinstance(one, Event | Aside) for one in found)
