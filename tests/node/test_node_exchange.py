"""Copies of a tree that grows while it is copied: none has a head that its tiles do not cover."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detente.node import exchange

HEAD, TILE = "live/us/checkpoint", "live/us/tile/entries/000.p/{size}"


def grow(tree: Path, size: int) -> None:
    """What a publication does: the tile first, then the head."""
    for name in (TILE.format(size=size), HEAD):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(str(size))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree that grows by one leaf right after whoever copies it has seen which files there are."""
    made = tmp_path / "public"
    grow(made, 1)
    real, sizes = exchange._walk, iter(range(2, 1_000))  # noqa: SLF001 (the moment between two reads)

    def walk(path: Path) -> Iterator[Path]:
        found = list(real(path))
        if path == made:
            grow(made, next(sizes))
        return iter(found)

    monkeypatch.setattr(exchange, "_walk", walk)
    return made


def _copied(tree: Path, to: Path) -> dict[str, bytes]:
    exchange.copy_folder(tree, to)
    return {one.relative_to(to).as_posix(): one.read_bytes() for one in to.rglob("*") if one.is_file()}


def _pushed(tree: Path, _: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    exchange.push(tree, found.__setitem__, {})
    return found


def _read(tree: Path, _: Path) -> dict[str, bytes]:
    return exchange.read_folder(tree, at_work=True)


@pytest.mark.parametrize("way", [_copied, _pushed, _read])
def test_a_head_is_copied_with_the_tiles_that_it_covers_though_the_tree_grows_meanwhile(
    tree: Path, tmp_path: Path, way: Callable[[Path, Path], dict[str, bytes]]
) -> None:
    files = way(tree, tmp_path / "copy")
    assert TILE.format(size=int(files[HEAD])) in files


def test_a_head_that_came_meanwhile_is_in_the_next_copy(tree: Path, tmp_path: Path) -> None:
    sizes = [int(_copied(tree, tmp_path / "copy")[HEAD]) for _ in range(3)]
    assert sizes == sorted(set(sizes))
    known: dict[str, tuple[int, int]] = {}
    told: list[str] = []
    for _ in range(3):
        exchange.push(tree, lambda name, data: told.append(f"{name} {data.decode()}"), known)
    heads = [one for one in told if one.startswith(HEAD)]
    assert len(set(heads)) == len(heads) == 3


def test_a_round_in_which_nothing_happened_writes_nothing(tmp_path: Path) -> None:
    grow(tmp_path / "public", 1)
    assert exchange.copy_folder(tmp_path / "public", tmp_path / "copy") == 2
    assert exchange.copy_folder(tmp_path / "public", tmp_path / "copy") == 0
