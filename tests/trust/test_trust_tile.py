"""Tiles: the paths and widths of the specification, and files that are bent, missing, pruned or foreign."""

import random

import ledger
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.trust import tile, tree
from detente.trust.errors import BadProof, DetenteError, Malformed, Misuse, TooLarge
from detente.trust.tile import Tile, TiledTree
from detente.trust.tree import Tree, leaf_hash

SIZE = 600
ENTRIES = ledger.entries(SIZE)
FILES = ledger.files(ENTRIES)
TREE = ledger.tree(SIZE)


def test_paths_are_those_of_the_specification() -> None:
    assert tile.indexed_path(1_234_067) == "x001/x234/067"
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Tile(1, 0, 17).path == "tile/1/000.p/17"
    assert Tile(None, 273, 112).path == "tile/entries/273.p/112"


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = [one for one in tile.tiles_between(0, 70_000) if one.level is not None]
    full = [sum(one.level == level and one.width == 256 for one in tiles) for level in range(4)]
    assert full == [273, 1, 0, 0]
    assert [(one.level, one.width) for one in tiles if one.width < 256] == [(0, 112), (1, 17), (2, 1)]


def test_a_tree_of_256_has_a_full_tile_and_one_above_it_of_width_1() -> None:
    tiles = [one for one in tile.tiles_between(0, 256) if one.level is not None]
    assert tiles == [Tile(0, 0), Tile(1, 0, 1)]


@given(
    st.one_of(st.none(), st.integers(0, tile.MAX_LEVEL)), st.integers(0, 2**55), st.integers(1, tile.WIDTH)
)
def test_a_path_reads_back(level: int | None, index: int, width: int) -> None:
    assert tile.parse_path(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/1",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x000",
        "tile/00/000",
        "tile/8/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/999",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../checkpoint",
        "tile/data/000",
        "tile/0/x00١/000",  # a digit, though not one of ASCII
    ],
)
def test_another_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(Malformed, match=r"tile\.[23]"):
        tile.parse_path(path)


def test_there_is_no_file_of_no_width() -> None:
    for index, width in ((-1, 256), (0, 0), (0, 257)):
        with pytest.raises(Misuse, match=r"tile\.1"):
            tile.indexed_path(index, width)
    with pytest.raises(Misuse, match=r"tile\.1"):
        tile.tile_bytes(TREE, Tile(None, 0))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1_200), st.integers(0, 1_200))
def test_what_is_written_while_growing_is_what_would_be_written_at_once(first: int, second: int) -> None:
    old, new = sorted((first, second))
    held = ledger.entries(new)
    step_by_step = ledger.files(held[:old]) | ledger.files(held, old)
    at_once = ledger.files(held)
    assert step_by_step.items() >= at_once.items()
    leftover = step_by_step.keys() - at_once.keys()
    assert leftover <= {one.path for one in tile.partial_tiles(old)}
    assert ledger.files(held, new) == {}


@settings(deadline=None, max_examples=25)
@given(st.data(), st.integers(1, 1_200))
def test_proofs_from_tiles_are_those_from_memory(data: st.DataObject, size: int) -> None:
    held = ledger.entries(size)
    grown = Tree(leaf_hash(one) for one in held)
    tiled = TiledTree(size, grown.root(), ledger.files(held).get)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert tiled.inclusion(index) == grown.inclusion(index, size)
    assert tiled.consistency(old) == grown.consistency(old, size)
    assert tiled.root(old) == grown.root(old)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, SIZE])
def test_an_audit_returns_every_entry(size: int) -> None:
    held = ENTRIES[:size]
    assert tile.audit(size, TREE.root(size), ledger.files(held).get) == held


@pytest.mark.parametrize("path", FILES)
def test_an_audit_refuses_a_byte_flipped_in_any_file(path: str) -> None:
    data = FILES[path]
    positions = {0, 1, 2, len(data) // 2, len(data) - 1, *random.Random(path).sample(range(len(data)), 6)}  # noqa: S311
    for at in positions:
        bent = FILES | {path: data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]}
        with pytest.raises(DetenteError):
            tile.audit(SIZE, TREE.root(), bent.get)


@pytest.mark.parametrize("path", FILES)
def test_an_audit_refuses_a_file_of_another_length(path: str) -> None:
    data = FILES[path]
    for bent in (data[:-1], data + b"\x00", b""):
        with pytest.raises(DetenteError):
            tile.audit(SIZE, TREE.root(), (FILES | {path: bent}).get)


@pytest.mark.parametrize("path", FILES)
def test_an_audit_names_a_file_that_is_missing(path: str) -> None:
    rest = {one: data for one, data in FILES.items() if one != path}
    with pytest.raises(BadProof, match=rf"{path} is missing.*tiles\.1"):
        tile.audit(SIZE, TREE.root(), rest.get)


def test_an_audit_refuses_the_root_of_another_history() -> None:
    with pytest.raises(BadProof, match=r"tiles\.3"):
        tile.audit(SIZE, ledger.tree(SIZE, branch=5).root(), FILES.get)
    with pytest.raises(BadProof, match=r"tiles\.3"):
        tile.audit(0, TREE.root(), FILES.get)


def test_an_audit_refuses_a_tile_that_changes_between_two_reads() -> None:
    forged = bytearray(FILES["tile/1/000.p/2"])
    forged[0] ^= 1
    served = {"count": 0}

    def read(path: str) -> bytes | None:
        if path == "tile/1/000.p/2":
            served["count"] += 1
            return FILES[path] if served["count"] == 1 else bytes(forged)
        return FILES.get(path)

    with pytest.raises(BadProof, match=r"audit\.1"):
        tile.audit(SIZE, TREE.root(), read)


def test_a_full_tile_that_is_forged_consistently_below_is_refused_by_the_tile_above() -> None:
    """Others' readers accepted this once (CVE-2026-56865): entries and leaf tile forged together."""
    forged = [b"forged", *ENTRIES[1:256]]
    bent = FILES | {
        "tile/entries/000": tile.dump_bundle(forged),
        "tile/0/000": b"".join(leaf_hash(one) for one in forged),
    }
    with pytest.raises(BadProof, match=r"tile/0/000 .*tiles\.4"):
        tile.audit(SIZE, TREE.root(), bent.get)
    tiled = TiledTree(SIZE, TREE.root(), bent.get)
    with pytest.raises(BadProof, match=r"tiles\.4"):
        tiled.inclusion(7)
    with pytest.raises(BadProof, match=r"tiles\.4"):
        tiled.entries(0)


def test_an_entry_that_is_not_its_leaf_is_refused() -> None:
    bent = FILES | {"tile/entries/001": tile.dump_bundle([b"forged", *ENTRIES[257:512]])}
    with pytest.raises(BadProof, match=r"Entry 256 .*bundle\.5"):
        TiledTree(SIZE, TREE.root(), bent.get).entries(1)


def test_a_pruned_partial_tile_is_read_from_the_full_one() -> None:
    later = ledger.entries(1_000)
    pruned = ledger.files(later)
    assert not any(one.path in pruned for one in tile.partial_tiles(SIZE) if not one.level)
    pruned["tile/1/000.p/2"] = FILES["tile/1/000.p/2"]
    assert tile.audit(SIZE, TREE.root(), pruned.get) == ENTRIES


def test_a_full_tile_in_place_of_a_partial_one_keeps_its_length() -> None:
    later = ledger.files(ledger.entries(1_000))
    later["tile/0/002"] = later["tile/0/002"][:-32]
    with pytest.raises(Malformed, match=r"tiles\.2"):
        TiledTree(SIZE, TREE.root(), later.get)


def test_a_tiled_tree_is_not_asked_beyond_its_end() -> None:
    tiled = TiledTree(SIZE, TREE.root(), FILES.get)
    for question in (
        lambda: tiled.node(0, SIZE),
        lambda: tiled.node(9, 1),
        lambda: tiled.node(0, -1),
        lambda: tiled.inclusion(SIZE),
        lambda: tiled.consistency(SIZE + 1),
        lambda: tiled.entries(3),
        lambda: tiled.entries(-1),
    ):
        with pytest.raises(Misuse, match=r"(tiles\.5|tree\.3)"):
            question()


def test_few_tiles_are_kept_and_answers_stay_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile, "MAX_HELD", 1)
    tiled = TiledTree(SIZE, TREE.root(), FILES.get)
    for index in (0, 300, 5, 511, 256, 0):
        assert tiled.inclusion(index) == TREE.inclusion(index, SIZE)


@pytest.mark.slow
def test_a_proof_at_a_million_leaves_reads_at_most_six_tiles() -> None:
    size = 1_000_000
    large = Tree(leaf_hash(b"%d" % number) for number in range(size))
    files = {
        one.path: tile.tile_bytes(large, one) for one in tile.tiles_between(0, size) if one.level is not None
    }
    for index in (0, 123_456, 700_000, size - 1):
        reads: list[str] = []

        def read(path: str, reads: list[str] = reads) -> bytes | None:
            reads.append(path)
            return files.get(path)

        tiled = TiledTree(size, large.root(), read)
        tree.verify_inclusion(index, size, large.node(0, index), tiled.inclusion(index), large.root())
        assert len(reads) <= 6, reads
        tree.verify_consistency(
            index + 1, size, tiled.consistency(index + 1), large.root(index + 1), large.root()
        )
        assert len(reads) <= 6, reads


# Entries.


@given(st.lists(st.binary(max_size=70), min_size=1, max_size=tile.WIDTH))
def test_entries_read_back_from_their_file(held: list[bytes]) -> None:
    assert tile.parse_bundle(tile.dump_bundle(held), len(held)) == held


def test_an_entry_of_65535_bytes_fits_and_one_more_does_not() -> None:
    longest = bytes(tile.MAX_ENTRY)
    assert tile.parse_bundle(tile.dump_bundle([longest]), 1) == [longest]
    with pytest.raises(TooLarge, match=r"bundle\.2"):
        tile.dump_bundle([longest + b"\x00"])


def test_a_file_holds_1_to_256_entries() -> None:
    for held in ([], [b""] * 257):
        with pytest.raises(Misuse, match=r"bundle\.1"):
            tile.dump_bundle(held)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x02a", b"\x00\x01a\x00", b"\x00\x01a\x00\x01"])
def test_a_file_that_ends_within_an_entry_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"bundle\.3"):
        tile.parse_bundle(data, 2)


def test_bytes_after_the_last_entry_are_refused() -> None:
    with pytest.raises(Malformed, match=r"bundle\.4"):
        tile.parse_bundle(tile.dump_bundle([b"a", b"b"]), 1)
