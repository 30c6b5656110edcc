"""The file that a register came in: its text, lines and values, within limits; a refusal says where."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.faces.registers.event import RECORD_LIMIT
from detente.node.errors import HomeMissing
from detente.trust.errors import DetenteError, Malformed, TooLarge

SIZE_LIMIT = 64 * 1024 * 1024


def text_of(path: Path, limit: int = SIZE_LIMIT) -> str:
    """Return a file's text, without a byte order mark.

    Raises:
        HomeMissing: `place.2`. TooLarge: `register.1`. Malformed: `register.1` it is not UTF-8.
    """
    return _decoded(_bytes(path, limit))


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise HomeMissing(
            "place.2", f"There is no file {path} to read.", "Name one that is there."
        ) from error
    # 1. It is of a size that fits in memory; and it is UTF-8.
    if len(data) > limit:
        raise TooLarge("register.1", f"{path} has more than {limit} bytes.", "Split it, and bring the parts.")
    return data


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"The file is not UTF-8: byte {error.start}, line {line}."
        raise Malformed("register.1", what, "Save it as UTF-8, or fetch it again.") from error


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any] | DetenteError]]:
    """Return the place and the object of each line of JSON; or of each element, if the file is one array.

    A line that cannot be read is a refusal in its place, and the others are read.

    Raises:
        As `text_of`. Malformed: `register.6` the file is one array, and not JSON.
    """
    data = _bytes(path, SIZE_LIMIT)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        whole = value(_decoded(data))
        yield from ((f"record {number}", _object(one)) for number, one in enumerate(whole, 1))
        return
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield f"line {number}", _line(line)


def value(text: str) -> Any:  # noqa: ANN401 (whatever the file says)
    """Return what a JSON text says, each key once.

    Raises:
        Malformed: `register.6`.
    """
    # 6. It is JSON, and gives each key once.
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_float=str)
    except RecursionError as error:
        raise _no_json("it is nested too deep") from error
    except ValueError as error:
        raise _no_json(str(error)) from error
    return found


def _line(line: bytes) -> dict[str, Any] | DetenteError:
    try:
        # 4. The line is of a size that a person could have written.
        if len(line) > 4 * RECORD_LIMIT:
            what = f"The record has {len(line)} characters, and {RECORD_LIMIT} is the limit."
            raise TooLarge("register.4", what, "Take out what is no text, and bring it again.")
        return _object(value(_decoded(line)))
    except DetenteError as error:
        return error


def _object(found: object) -> dict[str, Any] | DetenteError:
    return (
        found
        if isinstance(found, dict)
        else Malformed("register.6", "The record is no mapping.", "Correct it there.")
    )


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise ValueError("a key is given twice")
    return given


def _no_json(why: str) -> Malformed:
    return Malformed("register.6", f"Not JSON: {why}.", "Correct it there, or fetch the file again.")
