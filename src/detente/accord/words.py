"""The words of a pillar in English and Chinese: nothing that a person may meet is left without both.

[fields.harm]
en = "Harm done"
zh = "已造成的损害"
"""

import tomllib
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from detente.accord.field import Field, fields
from detente.accord.pillar import Pillar
from detente.trust.errors import Malformed

REMEDY = "Mend words.toml in the pillar's folder."


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing in both languages."""

    en: str
    zh: str


class Heading(Struct, frozen=True, forbid_unknown_fields=True):
    """The pillar's own name, and what it is about in one paragraph."""

    en: str
    zh: str
    paragraph_en: str
    paragraph_zh: str


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of a folder's words.toml.

    Args:
        pillar: its name and paragraph.
        kinds: short kind to its name.
        fields: field to its name; one meaning within a pillar.
        values: field to value to its name, for every enumeration.
        refusals: code to the sentence that a person reads.
    """

    pillar: Heading
    kinds: Mapping[str, Word]
    fields: Mapping[str, Word] = {}
    values: Mapping[str, Mapping[str, Word]] = {}
    refusals: Mapping[str, Word] = {}


def parse(text: str, pillar: Pillar) -> Words:
    """Read words.toml and check it against the pillar's kinds.

    Raises:
        Malformed: `words.1` not TOML, `words.2` shape, `words.3` a word missing or left over, `words.4` an
            empty one.
    """
    # 1. It is TOML; 2. of exactly this shape.
    try:
        words = msgspec.convert(tomllib.loads(text), Words)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("words.1", f"words.toml of {pillar.name} is not TOML: {error}.", REMEDY) from error
    except msgspec.ValidationError as error:
        raise Malformed("words.2", f"words.toml of {pillar.name}: {error}.", REMEDY) from error
    # 3. Every kind, field and value has its words, and no word is about nothing.
    every = tuple(field for spec in pillar.kinds.values() for field in _fields(spec.open, spec.facts))
    sealed = {path for spec in pillar.kinds.values() for path in spec.paths}
    _match("kinds", pillar.kinds, words.kinds)
    _match("fields", {field.name for field in every} | sealed, words.fields)
    _match("values", {f"{name}.{value}" for name, value in _values(every)}, _flat(words.values))
    # 4. None is empty.
    _check_empty(words)
    return words


def _fields(*structs: type[Struct]) -> tuple[Field, ...]:
    return tuple(field for struct in structs for field in fields(struct))


def _values(every: Iterable[Field]) -> Iterable[tuple[str, str]]:
    for field in every:
        for value in (field.item or field).values:
            yield field.name, value


def _flat(values: Mapping[str, Mapping[str, Word]]) -> frozenset[str]:
    return frozenset(f"{name}.{value}" for name, row in values.items() for value in row)


def _match(section: str, wanted: Iterable[str], given: Iterable[str]) -> None:
    missing, extra = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
    if missing or extra:
        lacks, vain = ", ".join(missing) or "nothing", ", ".join(extra) or "nothing"
        what = f"[{section}] lacks {lacks}, and names in vain {vain}."
        raise Malformed("words.3", what, REMEDY)


def _check_empty(words: Words) -> None:
    rows = [*words.kinds.items(), *words.fields.items(), *words.refusals.items()]
    rows += [(f"{name}.{value}", word) for name, row in words.values.items() for value, word in row.items()]
    for name, word in rows:
        if not word.en.strip() or not word.zh.strip():
            raise Malformed("words.4", f"The words of {name} are empty in one language.", REMEDY)
