"""The text that people write: a small, unambiguous part of YAML, into plain data with each place remembered.

What YAML is notorious for is refused or does not happen: `on`, `no` and `12:30` are strings, a key given
twice is an error, there are no anchors, tags, dates or fractions. Only `null`, `true`, `false` and whole
numbers, unquoted, are not strings.

    read("a: [1, on]")  ->  Source({"a": [1, "on"]}, {"$.a": (1, 4), "$.a[0]": (1, 5), ...})
    survey("[1.5, 2.5]")  ->  both faults, each at its place
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import yaml
from msgspec import Struct

from detente.trust.canonical import Value
from detente.trust.errors import DetenteError, Malformed, TooLarge

SIZE_LIMIT = 524_288
DEPTH_LIMIT = 16
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
FRACTION = re.compile(
    r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.inf|\.nan)\Z", re.IGNORECASE
)
STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
WORDS: Mapping[str, Value] = {"null": None, "true": True, "false": False}
HIDDEN = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken, yaml.DirectiveToken)


Place = tuple[int, int]
"""Line and column, both from 1."""


class Source(Struct, frozen=True):
    """What was written, and where.

    Args:
        data: plain values.
        places: path, as msgspec writes it, to where its value begins.
        keys: path to where its key begins.
        spans: path to the first and last offset of its spelling in `text`.
        text: as written.
    """

    data: Value
    places: Mapping[str, Place]
    keys: Mapping[str, Place] = {}
    spans: Mapping[str, tuple[int, int]] = {}
    text: str = ""

    def at(self, path: str) -> Place:
        """Where a path stands; the nearest enclosing one if it is not there."""
        while path not in self.places and len(path) > 1:
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        return self.places.get(path, (1, 1))

    def place(self, path: str) -> str:
        """Say where a path stands, as `line 12, column 3`."""
        line, column = self.at(path)
        return f"line {line}, column {column}"

    def inside(self, path: str, column: int) -> Place:
        """Where in the document a character of a string stands.

        Args:
            path: of the string.
            column: of the character in its value, from 1; quotes, escapes and folded lines are counted in.
        """
        if path not in self.spans:
            return self.at(path)
        first, last = self.spans[path]
        spelling, value = self.text[first:last], str(held(self.data, path))
        offset = first + _offset(spelling, value, column - 1)
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


class Fault(NamedTuple):
    """What is wrong with a text, where, and which known name is nearest to what was written there."""

    error: DetenteError
    place: Place
    near: str = ""


def read(text: str) -> Source:
    """Read a document.

    Raises:
        TooLarge: `source.1`, `source.6` nested too deeply.
        Malformed: `source.2` not YAML, `source.3` an anchor, alias, tag or directive, `source.4` a key twice
            or not a word, `source.5` a fraction, or a number of another spelling.
    """
    source, faults = survey(text)
    if faults:
        raise faults[0].error
    return source


def survey(text: str) -> tuple[Source, tuple[Fault, ...]]:
    """Read a document and collect all that is wrong with its spelling, in the order of the text."""
    # 1. The size is within the limit.
    if len(text) > SIZE_LIMIT:
        what = f"The document has more than {SIZE_LIMIT} characters."
        return Source(None, {}), (Fault(TooLarge("source.1", what, "Write a shorter one."), (1, 1)),)
    # 2. It is YAML, one document, not empty; 3. without what hides or repeats.
    try:
        node, hidden = _composed(text)
    except yaml.YAMLError as error:
        return Source(None, {}), (_no_yaml(error),)
    except RecursionError:
        return Source(None, {}), (_too_deep((1, 1)),)
    if node is None:
        empty = Malformed("source.2", "The document is empty.", "Start from a template: detente accord new.")
        return Source(None, {}), (Fault(empty, (1, 1)),)
    if hidden:
        return Source(None, {}), tuple(_hidden(token) for token in hidden)
    reading = _Reading({}, {}, {}, [])
    data = _value(node, "$", reading, 0)
    return Source(data, reading.places, reading.keys, reading.spans, text), tuple(reading.faults)


class _Loader(yaml.SafeLoader):
    """Remembers, as it goes, the tokens that hide something."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.hidden: list[yaml.Token] = []

    def get_token(self) -> yaml.Token:
        token: yaml.Token = super().get_token()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it so
        if isinstance(token, HIDDEN):
            self.hidden.append(token)
        return token


@lru_cache(maxsize=4)
def _composed(text: str) -> tuple[yaml.Node | None, tuple[yaml.Token, ...]]:
    """The nodes of a text, which nobody changes, and what hides in it: one act reads it several times."""
    loader = _Loader(text)
    try:
        return loader.get_single_node(), tuple(loader.hidden)
    finally:
        loader.dispose()


class _Reading(Struct, frozen=True):
    places: dict[str, Place]
    keys: dict[str, Place]
    spans: dict[str, tuple[int, int]]
    faults: list[Fault]


def _value(node: yaml.Node, path: str, reading: _Reading, depth: int) -> Value:
    reading.places[path] = _at(node.start_mark)
    reading.spans[path] = (node.start_mark.index, node.end_mark.index)
    # 6. The depth is within the limit.
    if depth > DEPTH_LIMIT:
        reading.faults.append(_too_deep(_at(node.start_mark)))
        return None
    if isinstance(node, yaml.MappingNode):
        return {
            key: _value(value, f"{path}.{key}", reading, depth + 1)
            for key, value in _pairs(node, path, reading)
        }
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, f"{path}[{n}]", reading, depth + 1) for n, one in enumerate(node.value)]
    return _scalar(node, reading) if isinstance(node, yaml.ScalarNode) else None


def _pairs(node: yaml.MappingNode, path: str, reading: _Reading) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        # 4. A key is a word, once.
        if not isinstance(key, yaml.ScalarNode) or not key.value.isascii() or key.value in seen:
            what = f"A key twice, or not a word, at {_said(key)}."
            error = Malformed("source.4", what, "Give each key once.")
            reading.faults.append(Fault(error, _at(key.start_mark)))
            continue
        seen.add(key.value)
        reading.keys[f"{path}.{key.value}"] = _at(key.start_mark)
        yield key.value, value


def _scalar(node: yaml.ScalarNode, reading: _Reading) -> Value:
    text: str = node.value
    if node.style:
        return text
    if text in WORDS:
        return WORDS[text]
    whole = WHOLE.match(text) is not None
    if whole and text != "-0" and len(text) <= 16:  # noqa: PLR2004 (2^53 has 16 digits)
        return int(text)
    # 5. No fraction, exponent, sign or separator: quote it if a string is meant.
    if whole or FRACTION.match(text):
        what = f"{text[:40]} at {_said(node)} is no whole number of at most 16 digits."
        error = Malformed("source.5", what, "Use a whole number, or quote it if it is a word.")
        reading.faults.append(Fault(error, _at(node.start_mark)))
        return None
    return text


def held(value: Value, path: str) -> Value:
    """What stands at a path that was read."""
    for name, number in STEP.findall(path):
        if number and isinstance(value, list):
            value = value[int(number)]
        elif isinstance(value, dict):
            value = value[name]
    return value


def _offset(spelling: str, value: str, wanted: int) -> int:
    """The offset in a spelling of a character of its value; what is only spelling is passed over."""
    at = 0
    for n, letter in enumerate(value[: wanted + 1]):
        found = spelling.find("\n" if letter == " " and spelling[at : at + 1] == "\n" else letter, at)
        if found < 0:
            break
        if n == wanted:
            return found
        at = found + 1
    return min(at, max(len(spelling) - 1, 0))


def _no_yaml(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    place = _at(mark) if mark is not None else (1, 1)
    problem = getattr(error, "problem", None) or str(error)
    what = f"The document is not YAML: {problem}, at line {place[0]}, column {place[1]}."
    return Fault(Malformed("source.2", what, "Correct it there."), place)


def _hidden(token: yaml.Token) -> Fault:
    what = f"An anchor, alias, tag or directive at {_said(token)}."
    return Fault(Malformed("source.3", what, "Write the value out."), _at(token.start_mark))


def _at(mark: yaml.Mark) -> Place:
    return mark.line + 1, mark.column + 1


def _said(node: yaml.Node | yaml.Token) -> str:
    line, column = _at(node.start_mark)
    return f"line {line}, column {column}"


def _too_deep(place: Place) -> Fault:
    what = f"The document is nested deeper than {DEPTH_LIMIT}."
    return Fault(TooLarge("source.6", what, "Flatten it."), place)
