"""Registers are read as they are: nothing is made up, nothing is lost, and nobody's file can do harm."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import registers
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detente.accord import edition
from detente.faces import foreign, pillars
from detente.faces.registers import REGISTERS
from detente.faces.registers.event import RECORD_LIMIT, Aside, Event
from detente.trust.errors import DetenteError, Malformed, TooLarge

INCIDENTS = REGISTERS["incidents"]
AXES = ("harm", "potential", "control", "spread", "layers", "repeat", "internal_use")


def shared() -> Path:
    """Where `shared/data` stands: DETENTE_SHARED, or beside the checkout or above it."""
    named = os.environ.get("DETENTE_SHARED")
    places = [Path(named)] if named else [above / "shared" for above in Path(__file__).resolve().parents]
    return next((one for one in places if one.is_dir()), Path("shared")) / "data"


def read(name: str, path: Path, text: str | None = None) -> tuple[list[Event], list[Aside]]:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    found = list(INCIDENTS[name].read(path))
    return [one for one in found if isinstance(one, Event)], [one for one in found if isinstance(one, Aside)]


def test_a_case_study_keeps_its_facts_and_no_axis_is_made_up(tmp_path: Path) -> None:
    (first, second), asides = read("atlas", tmp_path / "a.yaml", registers.ATLAS)
    assert (first.id, first.nature, second.nature, asides) == ("AML.CS9001", "incident", "exercise", [])
    assert first.place == "line 3"
    assert first.open["techniques"] == ["AML.T0010.002", "AML.T0020"]
    assert (first.open["month"], first.values["day"]) == ("2016-03", "2016-03-23")
    assert all(first.open[axis] is None for axis in AXES)
    assert not {"near_miss", "ongoing", "domain"} & first.open.keys()
    assert first.origins["summary"] == "summary"
    assert first.left == ("actor", "procedure[].description", "procedure[].tactic")
    assert json.loads(first.original)["actor"] == "Users"


def test_a_year_alone_makes_no_month(tmp_path: Path) -> None:
    (_, second), _ = read("atlas", tmp_path / "a.yaml", registers.ATLAS)
    assert second.open["month"] is None
    assert "day" not in second.values
    assert second.hints["month"] == "incident-date: 2020"


def test_a_score_of_a_weakness_is_no_harm_and_a_report_date_no_month(tmp_path: Path) -> None:
    (one,), _ = read("avid", tmp_path / "a.jsonl", registers.lines(registers.avid()))
    assert (one.nature, one.open["harm"], one.open["month"]) == ("vulnerability", None, None)
    assert {"impact.cvss.baseScore", "reported_date"} <= set(one.left)
    assert one.values["sources"] == ["NVD https://example.org/n"]


def test_a_snapshot_is_read_with_the_taxonomies_beside_it(tmp_path: Path) -> None:
    (four, five), (six,) = read("aiid", registers.snapshot(tmp_path))
    assert four.open["harm"] is None
    assert "classifications_CSETv1.csv.Lives Lost: 1" in four.hints["harm"]
    assert four.hints["near_miss"] == "classifications_CSETv1.csv.AI Harm Level: AI tangible harm event"
    assert four.left == ("classifications_CSETv1.csv.Notes",)
    assert four.values["developer"] == "uber, volvo"
    assert four.values["sources"] == ["https://incidentdatabase.ai/cite/4", "https://example.org/629"]
    assert "MIT.csv.Risk Subdomain: 7.3." in five.hints["domain"]
    assert five.values["deployer"] == "amazon"
    assert (six.id, six.same_as, six.error) == ("6", "5", None)


def test_the_incidents_alone_are_enough(tmp_path: Path) -> None:
    events, _ = read("aiid", tmp_path / "incidents.csv", registers.table(registers.INCIDENTS))
    assert [one.id for one in events] == ["4", "5", "6"]


def test_lines_of_ones_own_carry_axes_and_both_languages(tmp_path: Path) -> None:
    flat = {
        "id": 17,
        "title": "标题在此",
        "summary": ["a", "甲"],
        "date": "2026-11",
        "harm": 2,
        "colour": "red",
    }
    whole = {"id": "x", "open": {"near_miss": True, "harm": 0}, "sealed": {"title": ["b", "乙"]}}
    (one, other), asides = read("jsonl", tmp_path / "a", registers.lines(flat, whole))
    assert asides == []
    assert one.values["title"] == ["", "标题在此"]
    assert (one.id, one.open["harm"], one.open["month"], one.left) == ("17", 2, "2026-11", ("colour",))
    assert (other.open["near_miss"], other.origins["near_miss"]) == (True, "open.near_miss")


@pytest.mark.parametrize(
    ("record", "step"),
    [
        ({"id": "a", "harm": "grave"}, "register.11"),
        ({"id": "a", "harm": 8}, "register.11"),
        ({"id": "a", "day": "yesterday"}, "register.10"),
        ({"title": "no id"}, "register.3"),
        ({"id": " a"}, "register.3"),
        ({"id": "a", "title": "x\0y"}, "register.5"),
        ({"id": "a", "title": "x" * 10_000_000}, "register.4"),
        (["no", "mapping"], "register.6"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_read(
    record: object, step: str, tmp_path: Path
) -> None:
    text = registers.lines({"id": "before"}, record, {"id": "after"})
    events, (aside,) = read("jsonl", tmp_path / "a", text)
    assert [one.id for one in events] == ["before", "after"]
    assert aside.place == "line 2"
    assert aside.error is not None
    assert aside.error.step == step


@pytest.mark.parametrize(
    "bad", ['{"id":"a","title":"\\ud800"}', '{"id":"a","id":"b"}', '{"id":"a"', '{"a":' * 9_999, "nan"]
)
def test_a_broken_line_is_a_refusal_in_its_place(bad: str, tmp_path: Path) -> None:
    events, (aside,) = read("jsonl", tmp_path / "a", f'{bad}\n{{"id":"after"}}\n')
    assert aside.place == "line 1"
    assert isinstance(aside.error, DetenteError)
    assert [one.id for one in events] == ["after"]


def test_an_array_that_is_nested_too_deep_is_refused_as_a_whole(tmp_path: Path) -> None:
    assert _raised(lambda: read("jsonl", tmp_path / "a", "[" * 99_999)).step == "register.6"


def test_a_case_study_that_was_cut_between_lines_is_named(tmp_path: Path) -> None:
    cut = "\n".join(registers.ATLAS.split("\n")[:8]) + "\n"
    events, (aside,) = read("atlas", tmp_path / "a.yaml", cut)
    assert (events, aside.place, aside.error and aside.error.step) == ([], "line 3", "register.13")


def _raised(act: Callable[[], object]) -> DetenteError:
    with pytest.raises(DetenteError) as raised:
        act()
    return raised.value


def test_text_beyond_its_field_is_shortened_and_whole_in_the_original(tmp_path: Path) -> None:
    (one,), _ = read("jsonl", tmp_path / "a", registers.lines({"id": "a", "summary": "long " * 2_000}))
    assert len(one.values["summary"][0]) == 4_000
    assert one.shortened == ("summary",)
    assert len(json.loads(one.original)["summary"]) == 10_000


def test_what_cannot_be_seen_is_said_beside_the_field(tmp_path: Path) -> None:
    (one,), _ = read("jsonl", tmp_path / "a", registers.lines({"id": "a", "title": "held \u202edleh\u2066"}))
    assert one.hints["title"] == "U+202E, U+2066"


BOMB = "a: &a [x]\nb: &b [*a, *a]\ncase-studies: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (registers.ATLAS[:500], "foreign.5"),
        ('case-studies:\n- {id: "x\n', "foreign.1"),
        (BOMB, "foreign.2"),
        ("case-studies: !!python/object/apply:os.system [id]\n", "foreign.2"),
        (f"case-studies: {'[' * 5_000}\n", "foreign.3"),
        ("case-studies: []\ncase-studies: []\n", "foreign.4"),
        ("a: 1\n---\nb: 2\n", "foreign.1"),
        ("a: \0\n", "foreign.1"),
        ("matrices: []\n", "register.2"),
        ("", "register.2"),
    ],
)
def test_a_foreign_file_that_is_broken_or_a_bomb_is_refused_as_a_whole(
    text: str, step: str, tmp_path: Path
) -> None:
    assert _raised(lambda: read("atlas", tmp_path / "a.yaml", text)).step == step


def test_a_truncated_file_says_at_which_line(tmp_path: Path) -> None:
    refused = _raised(lambda: read("atlas", tmp_path / "a.yaml", 'case-studies:\n- id: "AML\n'))
    assert "line 2" in refused.what


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("name,when\na,b\n", "register.7"),
        ("incident_id,incident_id,title,description,date\n1,1,a,b,c\n", "register.7"),
        ('incident_id,title,description,date\n1,"a', "register.8"),
        (f"incident_id,title,description,date\n1,{'x' * (RECORD_LIMIT + 1)},b,c\n", "register.8"),
        ("", "register.7"),
    ],
)
def test_a_table_with_other_columns_or_cut_off_is_refused(text: str, step: str, tmp_path: Path) -> None:
    assert _raised(lambda: read("aiid", tmp_path / "incidents.csv", text)).step == step


def test_a_row_with_a_cell_too_many_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    text = "incident_id,title,description,date\n1,a,b,2020\n2,a,b,2020,x\n3,a,b,2020\n"
    events, (aside,) = read("aiid", tmp_path / "incidents.csv", text)
    assert [one.id for one in events] == ["1", "3"]
    assert (aside.place, aside.error and aside.error.step) == ("line 3", "register.9")


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"case-studies:\n- \xff\n")
    assert "line 2" in _raised(lambda: read("atlas", tmp_path / "a")).what
    (tmp_path / "b").write_bytes(b'{"id":"a"}\n{"id":"\xff"}\n')
    events, (aside,) = read("jsonl", tmp_path / "b")
    assert ([one.id for one in events], aside.place) == (["a"], "line 2")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert isinstance(_raised(lambda: read("avid", tmp_path / "a")), TooLarge)


LIVELY = settings(
    deadline=None,
    database=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@LIVELY
@given(st.data(), st.sampled_from(sorted(INCIDENTS)))
def test_no_bytes_do_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    genuine = (registers.ATLAS if name == "atlas" else registers.lines(registers.avid())).encode()
    genuine = registers.table(registers.INCIDENTS).encode() if name == "aiid" else genuine
    at = data.draw(st.integers(0, len(genuine)))
    other = genuine[:at] + data.draw(st.binary(max_size=9)) + genuine[at + data.draw(st.integers(0, 9)) :]
    path = tmp_path_factory.getbasetemp() / f"bent-{name}"
    path.write_bytes(other)
    try:
        read(name, path)
    except DetenteError as error:
        assert error.step  # noqa: PT017 (any refusal by name will do; anything else fails)


def test_a_number_with_a_point_keeps_its_digits() -> None:
    assert foreign.read("a: [1.0e26, 0.10, 2020-01-01, 007, 12, -3, yes, ~]\n").data == {
        "a": ["1.0e26", "0.10", "2020-01-01", "007", 12, -3, "yes", None]
    }


@pytest.mark.skipif(
    not shared().is_dir() and os.environ.get("CI") != "true",
    reason="Put ../shared beside the checkout, or name it: DETENTE_SHARED=/path/to/shared ./run test",
)
@pytest.mark.parametrize(
    ("name", "file", "count", "incidents"),
    [
        ("atlas", "mitre-atlas/ATLAS.yaml", 57, 17),
        ("avid", "avid-db/reports.jsonl", 1_745, 0),
        ("avid", "avid-db/vulnerabilities.jsonl", 40, 18),
        ("law", "ai-incident-law/data.json", 109, 0),
    ],
)
def test_all_shared_data_is_read_without_loss_or_error(
    name: str, file: str, count: int, incidents: int
) -> None:
    events, asides = read(name, shared() / file)
    assert asides == []
    assert len({one.id for one in events}) == count
    assert sum(one.nature == "incident" for one in events) == incidents
    spec = pillars.editions()["incidents"].pillar.kinds["report"]
    for one in events:
        assert one.values["title"]
        assert all(one.open[axis] is None for axis in AXES)
        for path, value in one.values.items():
            edition.sealed_value(spec, path, value, "test.1")
    with pytest.raises(Malformed):
        edition.filled(events[0].open, spec.open, "test.2")
