"""The exchange: a static tree taken out of a node, as a folder or as one file, and what may be brought in.

    write_folder(files, to)          an export, or a copy in a store at the neutral
    write_zip(files, to)             one file for a stick; equal trees give equal bytes
    read_folder(path), read_zip(path)

Bringing in is reading: `open_source("zip:…")` is a source like any other, so a partial tree, an old one or
one brought twice changes nothing. What is read here is guarded first: names of a tree only, each within its
limit, no links, no file twice.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from detente.node import durable
from detente.node.errors import HomeMissing
from detente.node.packed import MAX_FILES, Packed, require_small
from detente.trust.errors import Malformed, TooLarge

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_folder(files: Mapping[str, bytes], to: Path) -> Path:
    """Write a tree into a folder, heads last; what is there and equal is left alone.

    Raises:
        DiskFailed: `disk.1`.
    """
    for path in sorted(files, key=_heads_last):
        target = to / path
        if durable.read(target) != files[path]:
            durable.place(target, files[path])
    return to


def write_zip(files: Mapping[str, bytes], to: Path) -> Path:
    """Write a tree into one file.

    Raises:
        DiskFailed: `disk.1`.
    """
    beside = to.with_name(f".{to.name}.new")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(files, key=_heads_last):
                archive.writestr(zipfile.ZipInfo(path, _EPOCH), files[path], zipfile.ZIP_DEFLATED)
        beside.replace(to)
    except OSError as error:
        raise durable.failed(to, error) from error
    return to


def copy_folder(source: Path, to: Path) -> int:
    """Bring a folder up to a static tree, heads last, and return how many files were written.

    Heads are read first, for the tree may grow meanwhile: a copy has a head that its tiles cover. Another
    file is compared by size and age, so a round in which nothing happened costs little reading. What is gone
    from the tree (partial tiles, erased packages) goes from the copy.

    Raises:
        DiskFailed: `disk.1`.
    """
    written = 0
    try:
        heads, names = _heads(source), _names(source)
        for name in sorted(set(names) - heads.keys()):
            written += _copied(source / name, to / name)
        for name, (_, data) in heads.items():
            if durable.read(to / name) != data:
                durable.place(to / name, data)
                written += 1
        for stale in sorted({one.relative_to(to).as_posix() for one in _walk(to)} - set(names)):
            if ".p/" in stale or "/blob/" in stale:
                (to / stale).unlink(missing_ok=True)
    except OSError as error:
        raise durable.failed(to, error) from error
    return written


def _copied(source: Path, copy: Path) -> bool:
    found = _newer(source, copy)
    for _ in range(2):  # once more if it was written anew while it was read
        if _newer(source, copy):
            durable.place(copy, durable.read(source) or b"")
    return found


def _newer(source: Path, copy: Path) -> bool:
    if not copy.exists():
        return source.exists()
    theirs, ours = source.stat(), copy.stat()
    return theirs.st_size != ours.st_size or theirs.st_mtime_ns > ours.st_mtime_ns


def read_folder(path: Path, *, at_work: bool = False) -> dict[str, bytes]:
    """Return all files of a tree in a folder.

    Args:
        path: of the folder.
        at_work: a node may be writing there: a file that is not in its place yet is passed over, and heads
            are those of before all else was read.

    Raises:
        HomeMissing: `exchange.1`. Malformed, TooLarge: `exchange.2`, `exchange.3`, `source.1`. DiskFailed.
    """
    # 1. There is one.
    if not path.is_dir():
        raise HomeMissing("exchange.1", f"There is no folder {path}.", "Name the folder or file to read.")
    files, heads = {}, _heads(path) if at_work else {}
    for file in _walk(path):
        if at_work and durable.unfinished(file):
            continue
        name = file.relative_to(path).as_posix()
        # 2. Plain files with the names of a tree.
        if file.is_symlink() or not file.is_file():
            raise Malformed("exchange.2", f"{name[:80]!a} is no plain file.", "Remove it.")
        try:
            require_small(name, file.stat().st_size)
        except OSError as error:
            raise durable.failed(file, error) from error
        files[name] = durable.read(file) or b""
    return files | {name: data for name, (_, data) in heads.items()}


def read_zip(path: Path) -> Packed:
    """Return the files of a tree in one file; each is unpacked when it is asked for.

    Raises:
        Malformed, TooLarge: as `Packed`.
    """
    return Packed(path)


def push(source: Path, put: Callable[[str, bytes], None], known: dict[str, tuple[int, int]]) -> int:
    """Hand the files of a static tree to a store, heads last, and return how many were handed.

    Heads are read first, as `copy_folder` does.

    Args:
        source: the tree.
        put: takes path and content; what it raises ends this round, and the next one goes on.
        known: path to size and age of what was handed already; brought up to date.

    Raises:
        DiskFailed: `disk.1`. As `put`.
    """
    handed = 0
    try:
        heads, names = _heads(source), _names(source)
        for name in (*sorted(set(names) - heads.keys()), *heads):
            state, data = heads.get(name) or (_state(source / name), None)
            if state is not None and known.get(name) != state:
                put(name, data or durable.read(source / name) or b"")
                known[name] = state
                handed += 1
    except OSError as error:
        raise durable.failed(source, error) from error
    for gone in known.keys() - set(names):
        del known[gone]
    return handed


def _names(source: Path) -> list[str]:
    return [one.relative_to(source).as_posix() for one in _walk(source) if not one.name.startswith(".")]


def _heads(source: Path) -> dict[str, tuple[tuple[int, int] | None, bytes]]:
    """The heads of a tree as they are now, by name: their state, and their bytes."""
    found = [name for name in _names(source) if _is_head(name)]
    return {name: (_state(source / name), durable.read(source / name) or b"") for name in sorted(found)}


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:  # a partial tile that was pruned meanwhile
        return None
    return found.st_size, found.st_mtime_ns


def _walk(path: Path) -> Iterator[Path]:
    for number, file in enumerate(
        sorted(one for one in path.rglob("*") if one.is_symlink() or not one.is_dir())
    ):
        # 3. Few enough.
        if number >= MAX_FILES:
            raise TooLarge("exchange.3", "More than a tree can hold.", "Bring it over a link.")
        yield file


def _is_head(path: str) -> bool:
    return path.endswith("/checkpoint") or "/cosigned/" in path


def _heads_last(path: str) -> tuple[bool, str]:
    return _is_head(path), path
