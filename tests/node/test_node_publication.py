"""The publication: a static tree that grows, never changes what stands, and can be made again."""

from pathlib import Path

import pytest

from detente.node import bundle
from detente.node.errors import Behind
from detente.node.publication import Publication
from detente.node.source import FolderSource
from detente.trust import tile
from detente.trust.errors import DetenteError
from detente.trust.tree import Tree, leaf_hash


class Shelf:
    """Entries and bodies by number."""

    def entries(self, start: int, end: int) -> list[bytes]:
        return [b"entry %d" % number for number in range(start, end)]

    def bodies(self, start: int, end: int) -> list[bytes | None]:
        return [b"body %d" % number if number % 3 else None for number in range(start, end)]


def _tree(size: int) -> Tree:
    return Tree(leaf_hash(one) for one in Shelf().entries(0, size))


@pytest.mark.parametrize("steps", [[1, 2, 255, 256, 257, 600], [700], [256, 512], [3, 65_537]])
def test_every_published_head_can_be_audited_from_the_files_alone(tmp_path: Path, steps: list[int]) -> None:
    made, old = Publication(tmp_path), 0
    for size in steps:
        grown = _tree(size)
        made.grow("live/us", grown, old, Shelf())
        source = FolderSource(tmp_path / "live" / "us")
        assert len(tile.audit(size, grown.root(), source.get)) == size
        old = size


def test_partial_tiles_go_when_the_full_one_stands(tmp_path: Path) -> None:
    made, old = Publication(tmp_path), 0
    for size in (10, 100, 300):
        made.grow("live/us", _tree(size), old, Shelf())
        old = size
    partial = sorted(one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*.p/*"))
    assert partial == [
        "live/us/bodies/001.p/44",
        "live/us/tile/0/001.p/44",
        "live/us/tile/1/000.p/1",
        "live/us/tile/entries/001.p/44",
    ]


def test_of_partial_bodies_the_two_newest_stay(tmp_path: Path) -> None:
    made = Publication(tmp_path)
    for size in range(1, 40):
        made.grow("live/us", _tree(size), size - 1, Shelf())
    kept = sorted(int(one.name) for one in (tmp_path / "live/us/bodies/000.p").iterdir())
    assert kept == [38, 39]


def test_a_tile_that_stands_is_never_replaced(tmp_path: Path) -> None:
    made = Publication(tmp_path)
    path = tmp_path / "live/us/tile/0/000"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another history")
    with pytest.raises(Behind) as caught:
        made.grow("live/us", _tree(256), 0, Shelf())
    assert caught.value.step == "publication.1"
    assert path.read_bytes() == b"another history"


def test_what_a_power_cut_left_in_halves_is_made_again(tmp_path: Path) -> None:
    made, grown = Publication(tmp_path), _tree(300)
    made.grow("live/us", grown, 0, Shelf())
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    for number, one in enumerate(before):
        if number % 2:
            one.unlink()
        else:
            one.write_bytes(b"")
    made.mend("live/us", grown, Shelf())
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before


def test_a_bundle_says_which_bodies_are_not_held() -> None:
    bodies = Shelf().bodies(0, 7)
    assert bundle.parse(bundle.dump(bodies), 7) == bodies


@pytest.mark.parametrize(
    ("data", "step"),
    [
        (b"\xff\xff\xff\xff", "bodies.1"),
        (b"\x00\x00\x00\x02a", "bodies.2"),
        (b"", "bodies.2"),
        (b"\x00\x00\x00\x01ab", "bodies.3"),
    ],
)
def test_a_malformed_bundle_is_refused_at_its_step(data: bytes, step: str) -> None:
    with pytest.raises(DetenteError) as caught:
        bundle.parse(data, 1)
    assert caught.value.step == step
