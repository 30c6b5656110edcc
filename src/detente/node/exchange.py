"""The exchange: a static tree taken out of a node, as a folder or as one file, and what may be brought in.

    write_folder(files, to)          an export, or a copy in a store at the neutral
    write_zip(files, to)             one file for a stick; equal trees give equal bytes
    read_folder(path), read_zip(path)

Bringing in is reading: `open_source("zip:…")` is a source like any other, so a partial tree, an old one or
one brought twice changes nothing. What is read here is guarded first: names of a tree only, each within its
limit, no links, no file twice.
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from detente.node import durable
from detente.node.errors import HomeMissing
from detente.node.source import UNREADABLE, check_path, limit
from detente.trust.errors import Malformed, TooLarge

MAX_FILES = 1_000_000
MAX_TOTAL = 64 * 1024 * 1024 * 1024
"""The most that one tree may hold; a larger one is brought over a link."""

MAX_SMALL, MAX_RATIO = 16_777_216, 100
"""Beyond so many bytes, so many times what is packed: hashes and signatures do not shrink like that."""

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

    A file is compared by size and age, so a round in which nothing happened costs no reading. What is gone
    from the tree (partial tiles, erased packages) goes from the copy.

    Raises:
        DiskFailed: `disk.1`.
    """
    written = 0
    try:
        names = [one.relative_to(source).as_posix() for one in _walk(source) if not one.name.startswith(".")]
        for name in sorted(names, key=_heads_last):
            if _newer(source / name, to / name):
                durable.place(to / name, durable.read(source / name) or b"")
                written += 1
        for stale in sorted({one.relative_to(to).as_posix() for one in _walk(to)} - set(names)):
            if ".p/" in stale or "/blob/" in stale:
                (to / stale).unlink(missing_ok=True)
    except OSError as error:
        raise durable.failed(to, error) from error
    return written


def _newer(source: Path, copy: Path) -> bool:
    if not copy.exists():
        return source.exists()
    theirs, ours = source.stat(), copy.stat()
    return theirs.st_size != ours.st_size or theirs.st_mtime_ns > ours.st_mtime_ns


def read_folder(path: Path, *, at_work: bool = False) -> dict[str, bytes]:
    """Return all files of a tree in a folder.

    Args:
        path: of the folder.
        at_work: a node may be writing there: a file that is not in its place yet is passed over.

    Raises:
        HomeMissing: `exchange.1`. Malformed, TooLarge: `exchange.2`, `exchange.3`, `source.1`. DiskFailed.
    """
    # 1. There is one.
    if not path.is_dir():
        raise HomeMissing("exchange.1", f"There is no folder {path}.", "Name the folder or file to read.")
    files = {}
    for file in _walk(path):
        if at_work and durable.unfinished(file):
            continue
        name = file.relative_to(path).as_posix()
        # 2. Plain files with the names of a tree.
        if file.is_symlink() or not file.is_file():
            raise Malformed("exchange.2", f"{name[:80]!a} is no plain file.", "Remove it.")
        try:
            _check(name, file.stat().st_size)
        except OSError as error:
            raise durable.failed(file, error) from error
        files[name] = durable.read(file) or b""
    return files


def read_zip(path: Path) -> dict[str, bytes]:
    """Return all files of a tree in one file.

    Raises:
        Malformed, TooLarge: `exchange.2` to `exchange.4`, `source.1`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            # 2. Each file once.
            if len({one.filename for one in infos}) != len(infos):
                raise Malformed("exchange.2", "A file stands twice.", "Pack it again.")
            # 3. Few enough, and small enough together, before anything is unpacked.
            unpacked, packed = (
                sum(getattr(one, size) for one in infos) for size in ("file_size", "compress_size")
            )
            bomb = unpacked > max(MAX_SMALL, MAX_RATIO * packed)
            if len(infos) > MAX_FILES or unpacked > MAX_TOTAL or bomb:
                raise TooLarge("exchange.3", "More than a tree can hold.", "Bring it over a link.")
            for one in infos:
                _check(one.filename, one.file_size)
            return {one.filename: archive.read(one) for one in infos}
    except UNREADABLE as error:
        # 4. It is a zip file, whole and without a password.
        raise Malformed("exchange.4", f"{path}: {error}.", "Bring it over again.") from error


def _walk(path: Path) -> Iterator[Path]:
    for number, file in enumerate(
        sorted(one for one in path.rglob("*") if one.is_symlink() or not one.is_dir())
    ):
        # 3. Few enough.
        if number >= MAX_FILES:
            raise TooLarge("exchange.3", "More than a tree can hold.", "Bring it over a link.")
        yield file


def _check(name: str, size: int) -> None:
    check_path(name)
    # 3. Within the limit of its kind.
    if size > limit(name):
        raise TooLarge("exchange.3", f"{name} has {size} bytes.", f"At most {limit(name)}.")


def _heads_last(path: str) -> tuple[bool, str]:
    return path.endswith("/checkpoint") or "/cosigned/" in path, path
