"""The source: where a static tree is read. One port, `get(path) -> bytes | None`, whatever lies behind it.

    open_source("http://127.0.0.1:9001/")     a node, or a store at the neutral
    open_source("dir:/media/stick/us")        a folder, and
    open_source("zip:/media/stick/us.zip")    a file, that somebody carried over
    MemorySource({"live/us/checkpoint": …})   a test

So nodes that reach each other, nodes that only call out to a store, and a file on a stick run one protocol.
None says that nothing stands there; a source that cannot be asked raises `PeerAway`. Nothing that a source
says is believed: whatever is read is verified by whoever reads it.
"""

import lzma
import re
import stat
import time
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from detente.node import bundle
from detente.node.errors import PeerAway
from detente.node.line import Line
from detente.trust import note, sealing, tile
from detente.trust.errors import Malformed

PATH = re.compile(r"[a-z0-9](?:[a-z0-9./-]{0,253}[a-z0-9])?")
"""Paths of the tree: lower case, no empty part, no part of dots alone."""

ROUND = 300.0
"""Seconds that one peer may take of a round, in all."""

HASTE = 10.0
"""Seconds that a peer which told of something new may take before others are asked again."""

MAX_FILE = 1_048_576
"""The most bytes of a file that has no limit of its own."""


UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What reading a zip file may raise, when whoever packed it wishes."""


class Source(Protocol):
    """The port."""

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.2` to `source.4`."""


@dataclass(frozen=True)
class MemorySource:
    """A tree in a mapping."""

    files: Mapping[str, bytes]

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None."""
        check_path(path)
        return self.files.get(path)


@dataclass(frozen=True)
class FolderSource:
    """A tree in a folder."""

    folder: Path

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.2`, `source.4`."""
        file = self.folder / check_path(path)
        try:
            # A pipe or a device has no size and no end: only plain files are read, and only so far.
            if not stat.S_ISREG(file.stat().st_mode):
                return None
            with file.open("rb") as opened:
                data = opened.read(limit(path) + 1)
        except (FileNotFoundError, NotADirectoryError):
            self._require_there()
            return None
        except OSError as error:
            raise _away(str(file), error) from error
        if len(data) > limit(path):
            raise _too_long(str(file), limit(path))
        return data

    def _require_there(self) -> None:
        # 2. The source can be asked: a stick that is not there says nothing about what is on it.
        if not self.folder.is_dir():
            raise PeerAway("source.2", f"{self.folder} is not there.", "Put it in, or try again later.")


@dataclass(frozen=True)
class ZipSource:
    """A tree in a zip file; it is opened for each question, so it may be taken away in between."""

    file: Path

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.2`, `source.4`."""
        check_path(path)
        try:
            with zipfile.ZipFile(self.file) as archive:
                if archive.getinfo(path).file_size > limit(path):
                    raise _too_long(path, limit(path))
                return archive.read(path)
        except KeyError:
            return None
        except UNREADABLE as error:
            raise _away(str(self.file), error) from error


@dataclass
class HttpSource:
    """A tree behind HTTP; asked by one thread at a time."""

    address: str
    line: Line = field(default_factory=Line)

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.3`, `line.1`, `line.2`."""
        answer = self.line.ask("GET", f"{self.address}{check_path(path)}", limit(path))
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        # 3. The answer is a file.
        if answer.status != HTTPStatus.OK:
            said = answer.body[:200].decode("utf-8", "replace").strip()
            what = f"{self.address}{path} answers {answer.status}: {said}"
            raise PeerAway("source.3", what, "Try again later.")
        return answer.body

    def close(self) -> None:
        """Hang up."""
        self.line.close()


@dataclass
class Patient:
    """A source that is asked for so long only: what it has not shown by then waits for the next round.

    Its own time counts and nobody else's, so a peer that drips keeps no other from being read.

    Attributes:
        inner: the source.
        left: how many seconds it may still take.
    """

    inner: Source
    left: float

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.6`. As the source."""
        # 6. Its time in this round is not over.
        if self.left <= 0:
            raise PeerAway("source.6", f"{path}: this peer took all its time.", "The next round goes on.")
        began = time.monotonic()
        try:
            return self.inner.get(path)
        finally:
            self.left -= time.monotonic() - began


def open_source(text: str, line: Line | None = None) -> Source:
    """Return the source that a setting names; `line` is how a peer is asked over HTTP.

    Raises:
        Malformed: `source.5`.
    """
    kind, _, rest = text.partition(":")
    match kind:
        case "http" | "https":
            return HttpSource(text if text.endswith("/") else f"{text}/", line or Line())
        case "dir":
            return FolderSource(Path(rest))
        case "zip":
            return ZipSource(Path(rest))
    # 5. Its kind is known.
    raise Malformed("source.5", f"No source: {text[:80]!a}.", "Begin with http://, https://, dir: or zip:.")


def check_path(path: str) -> str:
    """Return the path, if a tree could have it.

    Raises:
        Malformed: `source.1`.
    """
    # 1. Nothing but names below the tree's root.
    if not PATH.fullmatch(path) or any(part[:1] in ("", ".") for part in path.split("/")):
        raise Malformed("source.1", f"No path of a tree: {path[:80]!a}.", "Ask for a file of the tree.")
    return path


def limit(path: str) -> int:
    """Return the most bytes that a file at this path can have."""
    parts = path.split("/")
    if "tile" in parts:
        return tile.MAX_BUNDLE if "entries" in parts else tile.WIDTH * 32
    if "bodies" in parts:
        return bundle.MAX_BUNDLE
    if "blob" in parts:
        return sealing.MAX_PACKAGE
    return note.MAX_BYTES if parts[-1] == "checkpoint" or "cosigned" in parts else MAX_FILE


def _away(where: str, error: Exception) -> PeerAway:
    # 2. The source can be asked.
    return PeerAway("source.2", f"{where}: {type(error).__name__} {error}.", "Try again later.")


def _too_long(where: str, most: int) -> PeerAway:
    return PeerAway("source.4", f"{where} has more than {most} bytes.", "Ask its owner what that is.")
