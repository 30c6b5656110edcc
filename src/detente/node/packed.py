"""The packed tree: a zip file read one file at a time, so that what somebody packed never fills the memory.

    Packed(Path("us.zip"))["live/us/checkpoint"]

How many files it claims to have is looked at before they are listed, their names and sizes before any is
unpacked, and none is unpacked beyond the size that was looked at.
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from detente.node.source import UNREADABLE, check_path, limit
from detente.trust.errors import Malformed, TooLarge

MAX_FILES = 1_000_000
MAX_TOTAL = 64 * 1024 * 1024 * 1024
"""The most that one tree may hold; a larger one is brought over a link."""

MAX_SMALL, MAX_RATIO = 16_777_216, 100
"""Beyond so many bytes, so many times what is packed: hashes and signatures do not shrink like that."""

_END, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_TAIL = 65_557
"""How far from its end a zip file may say where its list of files stands (APPNOTE.TXT, 4.3.16)."""


class Packed(Mapping[str, bytes]):
    """The files of a zip file, by path; each is unpacked when it is asked for.

    Raises, when it is made:
        Malformed, TooLarge: `exchange.2` to `exchange.4`, `source.1`. When a file is asked for: `exchange.4`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                # 3. Few enough, before they are listed.
                if _count(file) > MAX_FILES:
                    raise _too_much()
            self._zip = zipfile.ZipFile(path)
            infos = self._zip.infolist()
        except UNREADABLE as error:
            raise self._unreadable(error) from error
        self._sizes = {one.filename: one.file_size for one in infos}
        # 2. Each file once.
        if len(self._sizes) != len(infos):
            raise Malformed("exchange.2", "A file stands twice.", "Pack it again.")
        # 3. Small enough together, and not a bomb, before anything is unpacked.
        unpacked, packed = sum(self._sizes.values()), sum(one.compress_size for one in infos)
        if len(infos) > MAX_FILES or unpacked > MAX_TOTAL or unpacked > max(MAX_SMALL, MAX_RATIO * packed):
            raise _too_much()
        for name, size in self._sizes.items():
            require_small(name, size)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._sizes:
            raise KeyError(name)
        try:
            with self._zip.open(name) as file:
                data = file.read(self._sizes[name] + 1)
        except UNREADABLE as error:
            raise self._unreadable(error) from error
        if len(data) != self._sizes[name]:
            raise self._unreadable(EOFError(f"{name} is not as long as it says"))
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def _unreadable(self, error: Exception) -> Malformed:
        # 4. It is a zip file, whole and without a password.
        return Malformed("exchange.4", f"{self._path}: {error}.", "Bring it over again.")


def require_small(name: str, size: int) -> None:
    """Return if a tree can have a file of this name and size. Raises Malformed, TooLarge: `exchange.3`."""
    check_path(name)
    # 3. Within the limit of its kind.
    if size > limit(name):
        raise TooLarge("exchange.3", f"{name} has {size} bytes.", f"At most {limit(name)}.")


def _count(file: BinaryIO) -> int:
    """Return how many files a zip file says it has; 0 if it says nothing, and is no zip file."""
    end = file.seek(0, 2)
    file.seek(max(0, end - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0:
        return 0
    count, size = _number(tail, at + 10, 2), _number(tail, at + 12, 4)
    locator = tail[max(0, at - 20) : at]
    if locator[:4] == _LOCATOR:
        file.seek(_number(locator, 8, 8))
        record = file.read(56)
        count, size = _number(record, 32, 8), _number(record, 40, 8)
    # The list's own size bounds what it can hold: 46 bytes and a name for each file.
    return max(count, size // 47)


def _number(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little")


def _too_much() -> TooLarge:
    return TooLarge("exchange.3", "More than a tree can hold.", "Bring it over a link.")
