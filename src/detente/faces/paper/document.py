"""The document on paper, before it has a format: its cover, its parts, and what stands after them.

made(path, against)      Document(cover, parts, differing, comments)
"""

from pathlib import Path
from typing import NamedTuple

from detente.faces import manuscript
from detente.faces.paper import reading
from detente.faces.paper.cover import Cover, cover
from detente.faces.paper.paragraph import Part, parts
from detente.faces.prose import changes
from detente.faces.speech import as_json


class Document(NamedTuple):
    """A document.

    Args:
        cover: its first lines.
        parts: its paragraphs.
        compared: whether with an older text.
        differing: values outside the clauses that differ from it: path, before, after.
        comments: what was said of clauses.
    """

    cover: Cover
    parts: tuple[Part, ...]
    compared: bool
    differing: tuple[tuple[str, str, str], ...]
    comments: tuple[str, ...]


def made(path: Path, against: Path | None) -> Document:
    """Return the document of a text, signed or not.

    Raises:
        DetenteError: as `reading.of`, and as `manuscript` refuses the older text.
    """
    readings = reading.of(path)
    old = manuscript.compiled(manuscript.read(against)) if against else None
    frames = [changes.frame(old, one.version) for one in readings] if old else []
    differing = dict.fromkeys(
        (where, as_json(before), as_json(after)) for frame in frames for where, before, after in frame
    )
    return Document(
        cover(readings[0].version, reading.digest(path), old, disputed=len(readings) > 1),
        parts(readings, old),
        old is not None,
        tuple(differing),
        reading.comments(path),
    )
