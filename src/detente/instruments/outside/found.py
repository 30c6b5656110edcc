"""What was found in another program's file, its limits, and the extract that it becomes."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from detente.instruments import extract
from detente.instruments.extract import Extract, Header, Model, Sample
from detente.trust.errors import Malformed, TooLarge

MOST_BYTES = 64 * 1024 * 1024
"""The longest file, and the most that a packed one may unpack to."""
MOST_SAMPLES = 20_000
MOST_OUTPUT = 60_000
_ODD = re.compile(r"[^a-z0-9._-]+")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class One(NamedTuple):
    """One sample as its program has it.

    Args:
        item: its name there.
        stratum: the task, probe or category that it belongs to.
        epoch: how many-th time it was asked.
        asked: what the model was given, as JSON has it.
        output: what it said; None if the file does not hold it.
        score: `event` and `none` where the program says so, else its own word or decimal; None: no score.
        error: what broke it; None if nothing did.
    """

    item: str
    stratum: str
    epoch: int
    asked: Any
    output: str | None
    score: str | None
    error: str | None


class Found(NamedTuple):
    """What a file holds.

    Args:
        model: as the program names it.
        version: of the program; empty if it does not say.
        samples: in the order of the file.
    """

    model: str
    version: str
    samples: tuple[One, ...]


def value(data: bytes) -> Any:  # noqa: ANN401 (whatever the file says)
    """Return what JSON says, within limits.

    Raises:
        TooLarge: `outside.1`. Malformed: `outside.2`.
    """
    # 1. It is of a size that fits in memory.
    if len(data) > MOST_BYTES:
        raise TooLarge("outside.1", f"{len(data)} bytes are more than {MOST_BYTES}.", "Bring it in parts.")
    # 2. It is JSON, not nested beyond reason.
    try:
        return json.loads(data, parse_float=str, parse_int=_whole)
    except RecursionError as error:
        raise _no_json("it is nested too deep") from error
    except ValueError as error:
        raise _no_json(str(error)) from error


def lines(data: bytes) -> Iterator[dict[str, Any]]:
    """Return the objects of a file with one JSON object on each line.

    Raises:
        TooLarge: `outside.1`. Malformed: `outside.2`.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge("outside.1", f"{len(data)} bytes are more than {MOST_BYTES}.", "Bring it in parts.")
    for line in data.split(b"\n"):
        if line.strip():
            yield mapping(value(line))


def mapping(found: object) -> dict[str, Any]:
    """Return an object.

    Raises:
        Malformed: `outside.3`.
    """
    # 3. An object stands where the format has one.
    if not isinstance(found, dict):
        raise Malformed("outside.3", "The file is not of that program's form.", "Say which program wrote it.")
    return found


def sequence(found: object) -> list[Any]:
    """Return a list. Raises Malformed: `outside.3`."""
    if not isinstance(found, list):
        raise Malformed("outside.3", "The file is not of that program's form.", "Say which program wrote it.")
    return found


def graded(given: object) -> str | None:
    """Return a score as an extract spells it: a decimal or a word; None if it is neither."""
    if isinstance(given, bool):
        return "true" if given else "false"
    text = str(given)
    if isinstance(given, int | str) and _DECIMAL.fullmatch(text):
        return text
    word = text.lower().replace(" ", "_")
    return word if isinstance(given, str) and _WORD.fullmatch(word) else None


def extracted(program: str, data: bytes, found: Found, language: str) -> Extract:
    """Return an extract of what was found.

    Raises:
        Malformed: `outside.4`. TooLarge: `outside.5`.
    """
    # 4. There is something in it.
    if not found.samples:
        what = "The file holds no samples."
        raise Malformed("outside.4", what, "Bring the file that has them: a log, not a summary.")
    # 5. There are not too many.
    if len(found.samples) > MOST_SAMPLES:
        what = f"{len(found.samples)} samples are more than {MOST_SAMPLES}."
        raise TooLarge("outside.5", what, "Bring it in parts.")
    whole = sha256(data).hexdigest()
    samples = tuple(_sample(number, one, language) for number, one in enumerate(found.samples))
    none = sha256(b"").hexdigest()
    header = Header(
        origin=program,
        plan=None,
        playbook=None,
        attempt=0,
        suite=whole,
        model=Model(
            _line(found.model), sha256(found.model.encode("utf-8", "replace")).hexdigest(), "endpoint"
        ),
        solver=none,
        scorer=none,
        judge=None,
        software={program: _line(found.version), "file": whole},
        started=0,
        ended=0,
        counts=extract.counted(samples),
    )
    return Extract(header=header, samples=samples)


def _sample(number: int, one: One, language: str) -> Sample:
    text = None if one.output is None else _whole_characters(one.output)
    kept = text if text is not None and len(text) <= MOST_OUTPUT else None
    asked = json.dumps(one.asked, sort_keys=True, ensure_ascii=True, default=str).encode()
    return Sample(
        item=f"{number:06}-{_ODD.sub('-', one.item.lower())[:60]}",
        language=language,
        stratum=_code(one.stratum),
        twin=False,
        epoch=min(max(one.epoch, 1), 1_000),
        input=sha256(asked).hexdigest(),
        output=kept,
        digest=extract.digest_of(text or ""),
        score=one.score or "none",
        refused=False,
        error=_code(one.error) if one.error else None if one.score else "no-score",
        tokens=0,
    )


def _code(text: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50]
    return plain if plain[:1].isalpha() else f"x-{plain}".rstrip("-")


def _line(text: str) -> str:
    return (_whole_characters(text).strip() or "unknown")[:200]


def _whole_characters(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _whole(digits: str) -> int | str:
    """A whole number, or its digits where they are too many for one: none of ours is."""
    most = 20
    return int(digits) if len(digits) <= most else digits


def _no_json(why: str) -> Malformed:
    return Malformed("outside.2", f"Not JSON: {why}.", "Fetch the file again, or say which program wrote it.")
