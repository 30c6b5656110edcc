"""The source: where a static tree is read. One port, `get(path) -> bytes | None`, whatever lies behind it.

    open_source("http://127.0.0.1:9001/")     a node, or a store at the neutral
    open_source("dir:/media/stick/us")        a folder, and
    open_source("zip:/media/stick/us.zip")    a file, that somebody carried over
    MemorySource({"live/us/checkpoint": …})   a test

So nodes that reach each other, nodes that only call out to a store, and a file on a stick run one protocol.
None says that nothing stands there; a source that cannot be asked raises `PeerAway`. Nothing that a source
says is believed: whatever is read is verified by whoever reads it.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from detente.node import bundle, durable
from detente.node.errors import PeerAway
from detente.trust import note, sealing, tile
from detente.trust.errors import Malformed

PATH = re.compile(r"[a-z0-9](?:[a-z0-9./-]{0,253}[a-z0-9])?")
"""Paths of the tree: lower case, no empty part, no part of dots alone."""

TIMEOUT = 10.0
"""Seconds that one answer may take."""

MAX_FILE = 1_048_576
"""The most bytes of a file that has no limit of its own."""


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
            too_long = file.stat().st_size > limit(path)
        except (FileNotFoundError, NotADirectoryError):
            self._require_there()
            return None
        except OSError as error:
            raise _away(str(file), error) from error
        if too_long:
            raise _too_long(str(file), limit(path))
        return durable.read(file)

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
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _away(str(self.file), error) from error


@dataclass
class HttpSource:
    """A tree behind HTTP."""

    address: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT, trust_env=False))

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises PeerAway: `source.2` to `source.4`."""
        check_path(path)
        try:
            with self.client.stream("GET", f"{self.address}{path}") as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                # 3. The answer is a file.
                if answer.status_code != httpx.codes.OK:
                    raise PeerAway(
                        "source.3", f"{self.address}{path} answers {answer.status_code}.", "Try again later."
                    )
                return self._body(path, answer)
        except httpx.HTTPError as error:
            raise _away(self.address, error) from error

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def _body(self, path: str, answer: httpx.Response) -> bytes:
        data = bytearray()
        for chunk in answer.iter_bytes():
            data += chunk
            # 4. It is within the limit, whatever its headers say.
            if len(data) > limit(path):
                raise _too_long(self.address + path, limit(path))
        return bytes(data)


def open_source(text: str) -> Source:
    """Return the source that a setting names.

    Raises:
        Malformed: `source.5`.
    """
    kind, _, rest = text.partition(":")
    match kind:
        case "http" | "https":
            return HttpSource(text if text.endswith("/") else f"{text}/")
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
    if not PATH.fullmatch(path) or "//" in path or any(set(part) <= {"."} for part in path.split("/")):
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
