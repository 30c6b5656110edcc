"""The text that people write: a small, unambiguous part of YAML, into plain data with each place remembered.

What YAML is notorious for is refused or does not happen: `on`, `no` and `12:30` are strings, a key given
twice is an error, there are no anchors, tags, dates or fractions. Only `null`, `true`, `false` and whole
numbers, unquoted, are not strings.

    read("a: [1, on]")  ->  Source({"a": [1, "on"]}, {"$.a": (1, 4), "$.a[0]": (1, 5), ...})
"""

import re
from collections.abc import Iterator, Mapping

import yaml
from msgspec import Struct

from detente.trust.canonical import Value
from detente.trust.errors import Malformed, TooLarge

SIZE_LIMIT = 524_288
DEPTH_LIMIT = 16
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
FRACTION = re.compile(
    r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.inf|\.nan)\Z", re.IGNORECASE
)
WORDS: Mapping[str, Value] = {"null": None, "true": True, "false": False}
HIDDEN = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken, yaml.DirectiveToken)


class Source(Struct, frozen=True):
    """What was written, and where.

    Args:
        data: plain values.
        places: path, as msgspec writes it, to (line, column), both from 1.
    """

    data: Value
    places: Mapping[str, tuple[int, int]]

    def place(self, path: str) -> str:
        """Say where a path stands, as `line 12, column 3`; the nearest enclosing one if it is not there."""
        while path not in self.places and len(path) > 1:
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        line, column = self.places.get(path, (1, 1))
        return f"line {line}, column {column}"


def read(text: str) -> Source:
    """Read a document.

    Raises:
        TooLarge: `source.1`, `source.6` nested too deeply.
        Malformed: `source.2` not YAML, `source.3` an anchor, alias, tag or directive, `source.4` a key twice
            or not a word, `source.5` a fraction, or a number of another spelling.
    """
    # 1. The size is within the limit.
    if len(text) > SIZE_LIMIT:
        raise TooLarge(
            "source.1", f"The document has more than {SIZE_LIMIT} characters.", "Write a shorter one."
        )
    # 2. It is YAML, one document, not empty; 3. without what hides or repeats.
    try:
        hidden = next(
            (token for token in yaml.scan(text, Loader=yaml.SafeLoader) if isinstance(token, HIDDEN)), None
        )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Malformed("source.2", f"The document is not YAML: {error}.", "Correct it there.") from error
    except RecursionError as error:
        raise _too_deep() from error
    if hidden is not None:
        place = f"line {hidden.start_mark.line + 1}, column {hidden.start_mark.column + 1}"
        what = f"An anchor, alias, tag or directive at {place}."
        raise Malformed("source.3", what, "Write the value out.")
    if node is None:
        raise Malformed("source.2", "The document is empty.", "Start from a template: detente accord new.")
    places: dict[str, tuple[int, int]] = {}
    return Source(_value(node, "$", places, 0), places)


def _value(node: yaml.Node, path: str, places: dict[str, tuple[int, int]], depth: int) -> Value:
    # 6. The depth is within the limit.
    if depth > DEPTH_LIMIT:
        raise _too_deep()
    places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return {key: _value(value, f"{path}.{key}", places, depth + 1) for key, value in _pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, f"{path}[{n}]", places, depth + 1) for n, one in enumerate(node.value)]
    return _scalar(node) if isinstance(node, yaml.ScalarNode) else _refuse(node)


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        # 4. A key is a word, once.
        if not isinstance(key, yaml.ScalarNode) or not key.value.isascii() or key.value in seen:
            raise Malformed("source.4", f"A key twice, or not a word, at {_at(key)}.", "Give each key once.")
        seen.add(key.value)
        yield key.value, value


def _scalar(node: yaml.ScalarNode) -> Value:
    text: str = node.value
    if node.style:
        return text
    if text in WORDS:
        return WORDS[text]
    if WHOLE.match(text) and text != "-0":
        return int(text) if len(text) <= 16 else _refuse(node)  # noqa: PLR2004 (2^53 has 16 digits)
    # 5. No fraction, exponent, sign or separator: quote it if a string is meant.
    return _refuse(node) if FRACTION.match(text) or WHOLE.match(text) else text


def _refuse(node: yaml.Node) -> Value:
    what = f"{node.value[:40]} at {_at(node)} is no whole number of at most 16 digits."
    raise Malformed("source.5", what, "Use a whole number, or quote it if it is a word.")


def _at(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _too_deep() -> TooLarge:
    return TooLarge("source.6", f"The document is nested deeper than {DEPTH_LIMIT}.", "Flatten it.")
