"""Files that are whole or not there: written beside, flushed, then renamed into place.

`write` is for what must survive a power cut before anybody is told; `place` is for what the database can
make again, and only needs never to be seen in halves.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from detente.node.errors import DiskFailed

_BESIDE = re.compile(r"\..+\.[0-9]+\.new")


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put bytes at a path so that they survive a power cut, or leave what was there.

    Raises:
        DiskFailed: `disk.1`.
    """
    try:
        _replace(path, data, mode, flush=True)
        _flush_folder(path.parent)
    except OSError as error:
        raise failed(path, error) from error


def place(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put bytes at a path so that no reader sees half of them.

    Raises:
        DiskFailed: `disk.1`.
    """
    try:
        try:
            _replace(path, data, mode, flush=False)
        except FileNotFoundError:  # the first file of its folder
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, data, mode, flush=False)
    except OSError as error:
        raise failed(path, error) from error


def read(path: Path) -> bytes | None:
    """Return the bytes at a path, or None if there is no file.

    Raises:
        DiskFailed: `disk.1`.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise failed(path, error) from error


def unfinished(path: Path) -> bool:
    """Return whether this is a file that was begun beside its place, and never put there."""
    return _BESIDE.fullmatch(path.name) is not None


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left unfinished; nobody else may be writing here.

    Raises:
        DiskFailed: `disk.1`.
    """
    try:
        for one in folder.rglob(".*.new"):
            if unfinished(one):
                one.unlink(missing_ok=True)
    except OSError as error:
        raise failed(folder, error) from error


def clear(folder: Path) -> None:
    """Remove the files of a folder, if there is one.

    Raises:
        DiskFailed: `disk.1`.
    """
    try:
        for one in folder.glob("*"):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise failed(folder, error) from error


def failed(path: Path, error: OSError) -> DiskFailed:
    """Return the error that says what the disk refused."""
    # 1. The disk did what it was asked.
    return DiskFailed(
        "disk.1",
        f"{path}: {error.strerror or error}.",
        "Free space or mend the disk; nothing that was acknowledged is lost, then start again.",
    )


def _replace(path: Path, data: bytes, mode: int, *, flush: bool) -> None:
    # Three nodes do this thirty times for one message: so without `pathlib` and `io` in between.
    beside = f"{path.parent}/.{path.name}.{os.getpid()}.new"
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            if flush:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, path)  # noqa: PTH105 (as above)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)  # noqa: PTH108 (as above)
        raise


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
