"""Inspect: a log as JSON, or an `.eval` file, which is a zip of `header.json` and `samples/*.json`.

A zip is read in memory and never unpacked to a disk. Its members are counted, named and added up before any
is read, and read only to the size that they state. Newer logs may be packed with zstd, which this Python
cannot read: `inspect log convert --to json` can.
"""

import io
import zipfile
import zlib
from typing import Any

from detente.instruments.outside.found import (
    MOST_BYTES,
    MOST_SAMPLES,
    Found,
    One,
    graded,
    mapping,
    sequence,
    value,
)
from detente.trust.errors import Malformed, TooLarge

WORDS = {"C": "correct", "I": "incorrect", "P": "partial", "N": "no_answer"}
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def found(data: bytes) -> Found:
    """Read a log.

    Raises:
        Malformed, TooLarge: `outside.*`.
    """
    if not data.startswith(b"PK"):
        log = mapping(value(data))
        return _found(log, sequence(log.get("samples") or []))
    with _opened(data) as packed:
        names = _names(packed)
        header = mapping(value(_member(packed, "header.json"))) if "header.json" in names else {}
        samples = [value(_member(packed, name)) for name in names if name.startswith("samples/")]
    return _found(header, samples)


def _opened(data: bytes) -> zipfile.ZipFile:
    # 1. It is of a size that fits in memory.
    if len(data) > MOST_BYTES:
        raise TooLarge("outside.1", f"{len(data)} bytes are more than {MOST_BYTES}.", "Bring it in parts.")
    # 6. It is a zip.
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _no_zip(str(error)) from error


def _names(packed: zipfile.ZipFile) -> list[str]:
    members = packed.infolist()
    names = [one.filename for one in members]
    # 7. It unpacks to what fits: neither too many members nor too many bytes.
    if len(members) > MOST_SAMPLES + 100 or sum(one.file_size for one in members) > MOST_BYTES:
        what = f"The log unpacks to {len(members)} members, or to more than {MOST_BYTES} bytes."
        raise TooLarge("outside.7", what, "Do not open it elsewhere either: it may be a bomb.")
    # 8. Its names are names within it, each once.
    odd = [one for one in names if one.startswith(("/", "\\")) or ".." in one or ":" in one]
    if odd or len(set(names)) != len(names):
        what = (
            f"The log has a member {odd[0][:80]!a} that points elsewhere."
            if odd
            else "A member stands twice."
        )
        raise Malformed("outside.8", what, "Do not open it elsewhere either: somebody made it so.")
    return sorted(name for name in names if name.endswith(".json"))


def _member(packed: zipfile.ZipFile, name: str) -> bytes:
    info = packed.getinfo(name)
    # 9. It is packed as this Python reads, in the clear.
    if info.compress_type not in PACKED or info.flag_bits & 1:
        what = f"The log is packed in a way (method {info.compress_type}) that is not read here."
        raise Malformed("outside.9", what, "Convert it: inspect log convert --to json --output-dir OUT LOG")
    try:
        with packed.open(info) as member:
            data = member.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _no_zip(str(error)) from error
    # 7. It is no larger than it says.
    if len(data) > info.file_size:
        what = f"The member {name[:80]!a} is larger than it says."
        raise TooLarge("outside.7", what, "Do not open it elsewhere either: it may be a bomb.")
    return data


def _found(header: dict[str, Any], samples: list[Any]) -> Found:
    told = mapping(header.get("eval") or {})
    packages = told.get("packages")
    version = str(packages.get("inspect_ai") or "") if isinstance(packages, dict) else ""
    task = str(told.get("task") or "task")
    return Found(str(told.get("model") or ""), version, tuple(_sample(mapping(one), task) for one in samples))


def _sample(one: dict[str, Any], task: str) -> One:
    scores = one.get("scores") or {}
    first = next(iter(scores.values()), None) if isinstance(scores, dict) else None
    given = first.get("value") if isinstance(first, dict) else None
    score = WORDS.get(given, graded(given)) if isinstance(given, str) else graded(given)
    said = _said(one.get("output"))
    epoch = one.get("epoch")
    return One(
        str(one.get("id")),
        task,
        epoch if isinstance(epoch, int) else 1,
        one.get("input"),
        said,
        score,
        "sample-error" if one.get("error") else None,
    )


def _said(output: Any) -> str | None:  # noqa: ANN401 (whatever the log has)
    """What the model answered: `completion`, or in older logs the text of its first choice."""
    if not isinstance(output, dict):
        return None
    said = output.get("completion")
    choices = output.get("choices")
    if said is None and isinstance(choices, list) and choices and isinstance(choices[0], dict):
        message = choices[0].get("message")
        said = message.get("content") if isinstance(message, dict) else None
        if isinstance(said, list):  # parts, of which texts say something
            parts = [one.get("text") for one in said if isinstance(one, dict)]
            said = "".join(one for one in parts if isinstance(one, str))
    return None if said is None else str(said)


def _no_zip(why: str) -> Malformed:
    return Malformed("outside.6", f"The log cannot be unpacked: {why}.", "Fetch it again.")
