"""What a browser posts: fields and files out of a body, as URL-encoded or multipart form data (RFC 7578).

Strict: a body that is not exactly parts between boundaries is refused. Nothing is written to disk; files keep
the name that was sent for showing alone.
"""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from detente.trust.errors import Malformed

ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_PARTS = 40
MAX_HEAD = 2_048
FEWEST = 3
"""What stands before the first boundary, one part, and what follows the last."""

_BOUNDARY = re.compile(
    r"""boundary=(?:"([0-9A-Za-z'()+_,./:=? -]{1,70})"|([0-9A-Za-z'()+_./:=?-]{1,70}))\s*(?:;|\Z)"""
)

_NAME = re.compile(r'[;\s]name="([^"\r\n]{1,100})"')
_FILE = re.compile(r'[;\s]filename="([^"\r\n]{0,400})"')


class Form(NamedTuple):
    """What was sent: texts by field, of which the last counts, and files with their names."""

    texts: dict[str, str]
    files: tuple[tuple[str, bytes], ...]


def read(content_type: str, body: bytes) -> Form:
    """Return what a body holds.

    Raises:
        Malformed: `posted.1` to `posted.3`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == ENCODED:
        return Form(_pairs(body), ())
    found = _BOUNDARY.search(content_type)
    # 1. It is a form.
    if kind != MULTIPART or found is None:
        raise Malformed("posted.1", "This is no form.", "Use the form on the page.")
    return _parts(body, b"--" + (found[1] or found[2]).encode())


def _pairs(body: bytes) -> dict[str, str]:
    # 2. Its fields are text.
    try:
        return dict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARTS)
        )
    except ValueError as error:
        raise _broken() from error


def _parts(body: bytes, mark: bytes) -> Form:
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    # 3. Parts between boundaries, and nothing else.
    if not FEWEST <= len(pieces) <= MAX_PARTS + 2 or pieces[0] or pieces[-1] not in (b"--\r\n", b"--"):
        raise _broken()
    texts: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for piece in pieces[1:-1]:
        head, parted, data = piece.partition(b"\r\n\r\n")
        if not piece.startswith(b"\r\n") or not parted or len(head) > MAX_HEAD:
            raise _broken()
        name, file = _names(head)
        if file is None:
            texts[name] = _text(data).replace("\r\n", "\n")
        elif file or data:
            files.append((file, data))
    return Form(texts, tuple(files))


def _names(head: bytes) -> tuple[str, str | None]:
    lines = [line for line in _text(head).split("\r\n") if line.lower().startswith("content-disposition:")]
    name = _NAME.search(lines[0]) if len(lines) == 1 else None
    if name is None:
        raise _broken()
    file = _FILE.search(lines[0])
    return name[1], None if file is None else file[1]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _broken() from error


def _broken() -> Malformed:
    return Malformed("posted.3", "The form cannot be read.", "Load the page again, and send it once more.")
