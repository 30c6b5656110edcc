"""What users of other sharing platforms complain about, each as a test: nothing reaches the wrong people.

The threads are named in each test. Each value here is a word that occurs nowhere else, so that a file either
has it or not.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.node.node import Node
from homes import World, draft

SECRET = {
    "title": ["Quernstone", "Quernstone"],
    "summary": ["Ptarmigan", "Ptarmigan"],
    "pattern": ["Zugzwang", "Zugzwang"],
    "developer": "Wolfhound",
    "deployer": "Saxifrage",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        yield found


def words(folder: Path) -> set[str]:
    """The sealed values that any file below a folder has, plain or as base64 of any alignment."""
    wanted = {path: value if isinstance(value, str) else value[0] for path, value in SECRET.items()}
    data = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return {path for path, word in wanted.items() if any(one in data for one in _spellings(word))}


def _spellings(word: str) -> list[bytes]:
    found = [word.encode()]
    for shift in range(3):
        text = base64.urlsafe_b64encode(b"x" * shift + word.encode() + b"x" * (-(shift + len(word)) % 3))
        found.append(text[4 if shift else 0 : -4])
    return found


def test_the_search_finds_a_value_in_whatever_base64_it_stands(tmp_path: Path) -> None:
    """The net of these tests has no hole: a disclosure is base64url of a JSON list."""
    for shift in range(4):
        (tmp_path / "f").write_bytes(
            base64.urlsafe_b64encode(json.dumps(["s" * shift, "Saxifrage"]).encode())
        )
        assert words(tmp_path) == {"deployer"}


def test_an_object_is_not_published_before_it_can_be_restricted(world: World, nodes: dict[str, Node]) -> None:
    """OpenCTI 9160: streamed at creation, restricted after. Here creation publishes commitments alone."""
    nodes["us"].table(draft(values=dict(SECRET)))
    nodes["us"].publish()
    for party in ("cn", "neutral"):
        nodes[party].sync()
        assert words(world.home(party)) == set()
    assert words(world.home("us") / "public") == set()


def test_each_party_has_what_was_released_to_it_and_no_file_of_its_home_has_more(
    world: World, nodes: dict[str, Node]
) -> None:
    """MISP 1721, OpenCTI 17576: somebody outside the group received it. Every byte of a home is searched."""
    tabled = nodes["us"].table(draft(values=dict(SECRET)))
    world.settle(nodes)
    world.approve(nodes["us"], tabled.id, "cn")
    nodes["us"].release_due()
    world.settle(nodes)
    assert words(world.home("cn")) == {"title", "pattern"}
    assert words(world.home("neutral")) == {"title", "summary"}


def test_no_derived_field_tells_what_is_sealed(world: World, nodes: dict[str, Node]) -> None:
    """OpenCTI 15533: the reference was filtered, a field derived from it was not.

    Facts follow from the open view alone, so two reports that differ only in what is sealed look alike.
    """
    one = nodes["us"].table(draft(1, values=dict(SECRET)))
    other = nodes["us"].table(draft(2, values={}))
    world.settle(nodes)
    nodes["us"].release_due()
    world.settle(nodes)
    first, second = (nodes["cn"].record(name) for name in (one.id, other.id))
    assert (first.facts, first.open, first.sealed) == (second.facts, second.open, second.sealed)
    assert words(world.home("us") / "public") == set()


def test_the_log_of_a_release_tells_third_parties_paths_and_length_and_no_value(
    world: World, nodes: dict[str, Node]
) -> None:
    """OpenCTI 9863: what was said about the exchange gave away more than the exchange."""
    nodes["us"].table(draft(values=dict(SECRET)))
    world.settle(nodes)
    sent = nodes["us"].release_due()
    world.settle(nodes)
    seen = nodes["cn"].record(sent[0].release)
    assert seen.open["to"] == "neutral"
    assert set(seen.open) == {
        *("record", "to", "paths", "clauses", "basis", "classification"),
        *("blob", "bytes", "cut", "as_of", "standing", "approval"),
    }
    assert words(world.home("cn")) == set()


def test_a_push_that_sends_nothing_says_to_whom_what_and_why(world: World, nodes: dict[str, Node]) -> None:
    """MISP 2601, 5322, 3431, 9755: pushes that silently send nothing."""
    tabled = nodes["us"].table(draft(values=dict(SECRET), clearance=None))
    world.settle(nodes)
    assert nodes["us"].release(tabled.id, "cn")
    rows = [row for row in nodes["us"].deliveries(record=tabled.id) if row.audience == "cn"]
    assert {path for row in rows for path in row.paths} == set(nodes["us"].record(tabled.id).sealed)
    assert all(row.why and row.code for row in rows)
