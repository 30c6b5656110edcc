"""A response in STIX 2.1, out and in; what one audience is not to have is in no byte of it."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from detente.faces.neighbours import stix, tlp
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.response import PATTERN
from detente.faces.neighbours.view import View
from detente.faces.registers import REGISTERS
from detente.faces.registers import response as reading
from detente.faces.registers.event import Aside, Event
from detente.faces.taxii import issued
from detente.faces.taxii.projection import rank_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # theirs are not ours to mend
    import stix2
    from stix2validator import ValidationOptions, validate_instance

NAMES = {"us": "us", "cn": "cn"}
AT = 1_790_000_000_000
ROOT, MARK, SEEN, ADVICE, ASKED, REPORT = (f"{one}{one}" * 16 for one in ("0a", "1b", "2c", "3d", "4e", "5f"))
ABOUT = {"about": None, "playbook": "cyberattack", "level": 4, "joint": True}
TITLE = {"title": ["Agents probe a grid", "智能体探测电网"]}
LOOK = {"sort": "domain", "confidence": 70, "valid_until": AT + 86_400_000, "tlp": "green"}
WHAT = {
    "pattern": "[domain-name:value = 'bad.example']",
    "notation": "stix",
    "context": ["Seen in forty sessions.", "见于四十次会话。"],
}
ADVISED = {"tlp": "clear", "audience": "operators", "replaces": None}
TEXT = {"title": ["Limit reach", "限制访问范围"], "text": ["Use an allow list.", "使用允许清单。"]}
BLOCK = {"to": "cn", "asks": "block_indicators", "by": AT + 3_600_000}
SITUATION = {"number": 1, "ongoing": True, "level": 3, "next_by": None, "joins": None}


def view(record: str, kind: str, opened: dict[str, Any], values: dict[str, Any], **said: Any) -> View:  # noqa: ANN401 (fields of a view)
    at = AT + int(record[0])
    fields = {"party": "us", "domain": "live", "shown": "some" if values else "open"} | said
    return View(
        id=record,
        kind=f"response.{kind}",
        open=opened,
        values=values,
        facts={},
        at=at,
        changed=at,
        root=ROOT,
        version=1,
        **fields,
    )


def thread(**hidden: dict[str, Any]) -> dict[str, Any]:
    """The objects of a response by their names; `hidden` gives a record other values than all of them."""
    told = {"indicator": WHAT, "advisory": TEXT, "request": {"detail": ["Block it.", "请阻断。"]}} | hidden
    views = [
        view(ROOT, "opened", ABOUT, hidden.get("opened", TITLE)),
        view(MARK, "indicator", LOOK, told["indicator"]),
        view(SEEN, "sighting", {"of": MARK, "count": "none"}, {}, party="cn"),
        view(ADVICE, "advisory", ADVISED, told["advisory"]),
        view(ASKED, "request", BLOCK, told["request"]),
        view(REPORT, "situation", SITUATION, hidden.get("situation", {})),
    ]
    case = Case.of(views)
    assert case is not None
    return {one["id"]: one for one in stix.objects(case, NAMES)}


def back(objects: dict[str, Any], folder: Path) -> dict[str, Event]:
    """What is read of objects, by the kind of its draft."""
    (folder / "bundle.json").write_bytes(stix.dump(stix.bundle(list(objects.values()))))
    found = list(REGISTERS["response"]["stix"].read(folder / "bundle.json"))
    return {one.kind: one for one in found if isinstance(one, Event)}


def test_each_record_of_a_response_is_the_object_that_says_the_same() -> None:
    found = thread()
    mark, seen = found[stix.name("indicator", MARK)], found[stix.name("sighting", SEEN)]
    assert (mark["pattern"], mark["pattern_type"], mark["confidence"]) == (WHAT["pattern"], "stix", 70)
    assert mark["valid_until"] == stix.stamp(LOOK["valid_until"])
    assert (seen["sighting_of_ref"], seen["count"]) == (mark["id"], 0)
    advice, whole = found[stix.name("report", ADVICE)], found[stix.name("grouping", ROOT)]
    assert (advice["name"], advice["object_refs"]) == ("Limit reach", [stix.name("identity", "us")])
    assert mark["id"] in whole["object_refs"]
    action = found[stix.name("course-of-action", ASKED)]
    tied = found[stix.name("relationship", f"{action['id']} mitigates {mark['id']}")]
    assert (tied["source_ref"], tied["target_ref"]) == (action["id"], mark["id"])
    rating = found[stix.name("opinion", REPORT)]
    assert (rating["opinion"], rating["explanation"]) == ("disagree", "situation 1: severity 3")


def test_the_marking_of_an_advisory_is_its_authors_and_of_what_is_made_of_two_the_stricter() -> None:
    found = thread()
    marked = {name: one.get("object_marking_refs", [""])[0] for name, one in found.items()}
    assert marked[stix.name("report", ADVICE)] == tlp.IDS["clear"]
    assert marked[stix.name("indicator", MARK)] == tlp.IDS["green"]
    assert marked[stix.name("sighting", SEEN)] == tlp.IDS["amber"]
    assert marked[stix.name("grouping", ROOT)] == tlp.IDS["amber+strict"]


def test_what_is_not_shown_is_a_note_of_open_fields_and_no_byte_more() -> None:
    """The author's words and the pattern are in no object, nor is anything that is made from them."""
    found = thread(indicator={}, advisory={}, request={}, opened={})
    told = json.dumps(found, ensure_ascii=False)
    for word in (
        "bad.example",
        "forty",
        "四十",
        "Limit",
        "限制",
        "Block it",
        "grid",
        "mitigates",
        "sighting--",
    ):
        assert word not in told
    assert {one["type"] for one in found.values()} == {
        "identity",
        "marking-definition",
        "grouping",
        "note",
        "opinion",
    }
    half = thread(indicator={"notation": "stix"})
    assert stix.name("indicator", MARK) not in half


def test_no_object_names_one_that_is_marked_more_strictly() -> None:
    """A grouping of open fields is AMBER: what was released to this audience alone is not named in it."""
    found = thread(opened={})
    ranks = {name: rank_of(one) for name, one in found.items()}
    for name in (stix.name("grouping", ROOT), stix.name("report", ADVICE), stix.name("sighting", SEEN)):
        one = found[name]
        for ref in (*one.get("object_refs", ()), one.get("sighting_of_ref", "")):
            assert ranks.get(ref, 0) <= ranks[name]
    assert stix.name("course-of-action", ASKED) not in found[stix.name("grouping", ROOT)]["object_refs"]


@pytest.mark.parametrize(
    ("pattern", "served"),
    [
        (f"[file:hashes.'SHA-256' = '{'aa' * 32}']", True),
        ("[file:hashes.'SHA-256' = 'aa']", False),
        ("[ipv4-addr:value = '198.51.100.1' OR url:value LIKE 'a%'] FOLLOWEDBY [process:pid > 4]", True),
        ("[domain-name:value = 'it\\'s']", True),
        ("[domain-name:value = 'bad.example'", False),
        ("[ask for grid topology in pieces]", False),
        ("[file:name = 'a'] WITHIN 5 BANANAS", False),
        ("[a:b = 'x']\n", False),
    ],
)
def test_a_pattern_is_served_as_stix_only_if_every_reader_can_read_it(pattern: str, *, served: bool) -> None:
    """A peer's broken pattern must not break the clients that page through what is served."""
    assert (PATTERN.match(pattern) is not None) is served
    mark = thread(indicator=WHAT | {"pattern": pattern})[stix.name("indicator", MARK)]
    assert mark["pattern_type"] == ("stix" if served else "detente-unread")
    stix2.parse(mark, allow_custom=False)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("hidden", [{}, {"indicator": {}, "advisory": {}, "opened": {}}])
def test_the_validator_and_the_strict_parser_find_no_error(hidden: dict[str, Any]) -> None:
    found = list(thread(**hidden).values())
    gone = [issued.revoked(one) for one in found if one["type"] not in ("identity", "marking-definition")]
    for objects in (found, gone):
        for one in objects:
            stix2.parse(json.loads(stix.dump(one)), allow_custom=False)
        checked = validate_instance(
            json.loads(stix.dump(stix.bundle(objects))), ValidationOptions(version="2.1")
        )
        assert checked.is_valid, checked.errors


def test_what_is_withdrawn_has_no_word_of_what_it_said() -> None:
    told = json.dumps([issued.revoked(one) for one in thread().values()], ensure_ascii=False)
    assert not re.search(r"bad\.example|forty|四十|Limit|限制|grid|cyberattack|green", told)


def test_what_we_wrote_comes_back_as_it_was(tmp_path: Path) -> None:
    found = back(thread(), tmp_path)
    assert found.keys() == {"indicator", "sighting", "advisory", "request"}
    assert (found["indicator"].open, found["indicator"].values) == (LOOK, WHAT)
    assert found["sighting"].open == {"of": MARK, "count": "none"}
    assert (found["advisory"].open, found["advisory"].values) == (ADVISED, TEXT)
    assert (found["request"].open, found["request"].values) == (BLOCK, {"detail": ["Block it.", "请阻断。"]})


def test_of_anybody_elses_object_nothing_is_made_up(tmp_path: Path) -> None:
    """A count of seven is no band, a sighting of what no log holds is of no record: a person states both."""
    made = {
        "spec_version": "2.1",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
    }
    mark = f"indicator--{'0' * 8}-0000-4000-8000-{'0' * 11}1"
    objects = {
        "a": made | {"type": "indicator", "id": mark, "pattern": "alert tcp", "pattern_type": "snort"},
        "b": made
        | {
            "type": "sighting",
            "id": f"sighting--{'0' * 8}-0000-4000-8000-{'0' * 11}2",
            "sighting_of_ref": mark,
            "count": 7,
        },
    }
    objects["a"] |= {"confidence": 101, "valid_until": "soon", "labels": ["sort:gossip"], "name": "A rule"}
    found = back(objects, tmp_path)
    assert found["indicator"].open == {}
    assert found["indicator"].values == {"pattern": "alert tcp", "notation": "snort"}
    assert found["sighting"].open == {}
    assert found["sighting"].hints["count"] == "object.count: 7"


def test_what_cannot_be_read_is_named_and_what_was_withdrawn_makes_no_draft() -> None:
    mark = thread()[stix.name("indicator", MARK)]
    found = list(reading.taken(["text", issued.revoked(mark), mark | {"id": "indicator--x"}]))
    assert [one.error.step for one in found if isinstance(one, Aside) and one.error] == ["stix.1", "stix.2"]
    assert not any(isinstance(one, Event) for one in found)
