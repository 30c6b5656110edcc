"""Foreign YAML: a text that somebody else wrote, read event by event into plain values with their lines.

    read("a: [1, 1.0e26]")  ->  Outline({"a": [1, "1.0e26"]}, …)

Nothing in it is obeyed: no tags, and no anchors or aliases, by which a few lines swell to gigabytes. A
number with a point or an exponent stays the text that it is, so that no digit is lost; dates are text.
`accord.source` reads what our own people write, and is stricter still.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from detente.trust.errors import Malformed, TooLarge

DEPTH_LIMIT = 32
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,15})\Z")
WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENDED = "Fetch the file again; or, if it is whole, end its last line."
_REMEDY = "Correct it there, or fetch the file again."


@dataclass
class Outline:
    """What was read, and at which line each mapping of it begins.

    Attributes:
        data: plain values.
        lines: from 1, by the identity of the mapping.
    """

    data: object = None
    lines: dict[int, int] = field(default_factory=dict)

    def line(self, value: object) -> int:
        """Return where a mapping begins, or 0."""
        return self.lines.get(id(value), 0)


@dataclass
class _Open:
    """A mapping or list that is not closed yet, and the key whose value comes next."""

    value: dict[str, object] | list[object]
    key: str | None = None


def read(text: str) -> Outline:
    """Read one document.

    Raises:
        Malformed: `foreign.1` not YAML, or cut off; `foreign.2` an anchor, alias or tag; `foreign.4` a key
            twice, or not a word; `foreign.5` cut within its last line. TooLarge: `foreign.3`.
    """
    # 5. Its last line is ended; a file cut within a line may be YAML still.
    if text and not text.endswith("\n"):
        raise Malformed("foreign.5", "The last line is not ended: it may be cut off.", _ENDED)
    found, open_ones = Outline(), list[_Open]()
    try:
        for event in _events(text):
            _take(event, open_ones, found)
    # 1. It is YAML to its end, and one document.
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise Malformed("foreign.1", f"The file is not YAML: {_flat(error)}.", _REMEDY) from error
    return found


def _events(text: str) -> Iterator[Any]:
    events: Any = yaml.parse(text, Loader=LOADER)
    for number, event in enumerate(events):
        if number > 1 and isinstance(event, yaml.DocumentStartEvent):
            raise Malformed("foreign.1", f"A second document begins at {_at(event)}.", _REMEDY)
        yield event


def _take(event: Any, open_ones: list[_Open], found: Outline) -> None:  # noqa: ANN401 (yaml's events are untyped)
    # 2. Nothing in it is repeated by reference or made by a tag.
    tagged = getattr(event, "tag", None) is not None
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or tagged:
        raise Malformed("foreign.2", f"An anchor, alias or tag at {_at(event)}.", "Write the value out.")
    if isinstance(event, yaml.CollectionStartEvent):
        # 3. The depth is within the limit.
        if len(open_ones) >= DEPTH_LIMIT:
            what = f"The file is nested deeper than {DEPTH_LIMIT} at {_at(event)}."
            raise TooLarge("foreign.3", what, "Flatten it.")
        made: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        _give(made, event, open_ones, found)
        found.lines[id(made)] = _line(event)
        open_ones.append(_Open(made))
    elif isinstance(event, yaml.CollectionEndEvent):
        open_ones.pop()
    elif isinstance(event, yaml.ScalarEvent):
        _give(_scalar(event), event, open_ones, found)


def _give(value: object, event: Any, open_ones: list[_Open], found: Outline) -> None:  # noqa: ANN401 (as above)
    if not open_ones:
        found.data = value
        return
    top = open_ones[-1]
    if isinstance(top.value, list):
        top.value.append(value)
    elif top.key is None:
        # 4. A key is a word, once.
        if not isinstance(event, yaml.ScalarEvent) or event.value in top.value:
            raise Malformed(
                "foreign.4", f"A key twice, or not a word, at {_at(event)}.", "Give each key once."
            )
        top.key = event.value
    else:
        top.value[top.key], top.key = value, None


def _scalar(event: Any) -> object:  # noqa: ANN401 (as above)
    text: str = event.value
    if event.style not in (None, ""):
        return text
    if text in WORDS:
        return WORDS[text]
    return int(text) if WHOLE.match(text) and text != "-0" else text


def _line(event: Any) -> int:  # noqa: ANN401 (as above)
    return int(event.start_mark.line) + 1


def _at(event: Any) -> str:  # noqa: ANN401 (as above)
    return f"line {_line(event)}, column {event.start_mark.column + 1}"


def _flat(error: Exception) -> str:
    return " ".join(str(error).split())
