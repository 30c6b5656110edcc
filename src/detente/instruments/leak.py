"""The leak: a name that was to be removed and stands in bytes all the same.

    search({"out/a.json": data}, Names.of(["Air Canada", "王伟"]))  ->  (Leak(name, file, way),)

For every room: give it all bytes that somebody gets, and what nobody may get. It looks at the files' names,
at the bytes, and below every layer that it can open (`layer`), in UTF-8, UTF-16 and GB 18030, in any
spelling (`spelling`). An answer is one of three: found, nothing found, and not searched to the end, which
is no "nothing" (`unseen`).

What it cannot see: encrypted bytes, pictures of letters, a name that somebody describes or spells in
another way.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from detente.instruments.layer import Layer, Limit, layers, noise
from detente.instruments.spelling import find, squashed

LEAST = 2
"""Letters of a name that can be searched: one letter is everywhere."""

SURE = 6
"""Bytes of a name that are no chance even among random ones."""


class Leak(NamedTuple):
    """A name that was found.

    Attributes:
        name: as it was given.
        file: in which file.
        way: through which layers, outermost first.
        near: the characters around it.
    """

    name: str
    file: str
    way: tuple[str, ...]
    near: str


class Found(NamedTuple):
    """What a search came to: the leaks, and where it had to stop."""

    leaks: tuple[Leak, ...]
    unseen: tuple[tuple[str, Limit], ...]
    bytes: int

    @property
    def nothing(self) -> bool:
        """Whether it was searched to the end and nothing was found."""
        return not self.leaks and not self.unseen


class Names:
    """The names that are sought, each with what of it is compared."""

    def __init__(self, names: Iterable[str]) -> None:
        self.sought = {squashed(one): one for one in names if len(squashed(one)) >= LEAST}

    def inside(self, text: str, *, certain: bool) -> Iterator[tuple[str, str]]:
        """Return each name that stands in a text, and what is around it.

        Args:
            text: what is searched.
            certain: seek only names that are no chance among random bytes.
        """
        letters = squashed(text)
        for short, name in self.sought.items():
            if short in letters and (not certain or len(short.encode()) >= SURE):
                for start, end in find(text, name)[:1]:
                    yield name, text[max(0, start - 24) : end + 24]


def search(files: Mapping[str, bytes], names: Names) -> Found:
    """Search bytes by the names of their files."""
    leaks: dict[tuple[str, str, tuple[str, ...]], Leak] = {}
    unseen: list[tuple[str, Limit]] = []
    for file, data in files.items():
        named = ((name, near) for name, near in names.inside(file, certain=False))
        leaks |= {(name, file, ("name",)): Leak(name, file, ("name",), near) for name, near in named}
        for layer in layers(data):
            if isinstance(layer, Limit):
                unseen.append((file, layer))
                continue
            for name, near in _in(layer, names):
                leaks.setdefault((name, file, layer.way), Leak(name, file, layer.way, near))
    return Found(tuple(leaks.values()), tuple(unseen), sum(map(len, files.values())))


def below(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by their path in it; links are not followed."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}


def _in(layer: Layer, names: Names) -> Iterator[tuple[str, str]]:
    text = layer.data.decode("utf-8", "replace")
    noisy = noise(layer.data)
    yield from names.inside(text, certain=noisy)
    if "\ufffd" in text:
        yield from names.inside(layer.data.decode("gb18030", "replace"), certain=True)
