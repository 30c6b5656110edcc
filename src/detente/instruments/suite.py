"""A suite: items that are asked of a system, each in several languages, under one root.

    suite.shipped("oversight").items[0].asks[0]["zh"]

People write families (TOML): a text with slots, and what fills them. The items are their products, in one
order, so a digest over the items names exactly what is asked. An item says where it comes from; so does the
suite. `root` is the Merkle tree hash of RFC 6962 over the canonical JSON of the items.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any, Literal

import msgspec

from detente.trust import canonical, tree
from detente.trust.errors import Malformed, TooLarge

MOST_BYTES = 4 * 1024 * 1024
MOST_ITEMS = 10_000
LETTERS = "ABCDEF"
SLOT = re.compile(r"\{([a-z_]+)\}")

Both = dict[str, str]
"""A text by language."""

Solver = Literal["turns", "apart", "market"]
Scorer = Literal["says", "keeps", "pair", "acts", "market"]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One task.

    Args:
        id: its name.
        stratum: the part of the suite that it belongs to.
        twin: whether it is a harmless twin, on which a useful system acts.
        system: what the system is told about its part; may be empty.
        asks: what it is asked, turn by turn.
        check: what the scorer looks for; its form is the scorer's.
        provenance: who wrote it, and how it was made.
    """

    id: str
    stratum: str
    twin: bool
    system: Both
    asks: tuple[Both, ...]
    check: dict[str, Any]
    provenance: dict[str, str]

    def canonical(self) -> bytes:
        """Return the bytes that the root is over."""
        value: canonical.Value = msgspec.json.decode(msgspec.json.encode(self))
        return canonical.encode(value)


class Suite(msgspec.Struct, frozen=True):
    """What is asked, by whom it was written, and what it cannot tell."""

    name: str
    number: int
    domain: str
    solver: Solver
    scorer: Scorer
    title: Both
    about: Both
    limits: Both
    provenance: dict[str, str]
    items: tuple[Item, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that every item has, ascending."""
        having = [set(one.asks[0]) for one in self.items]
        return tuple(sorted(set.intersection(*having)))

    def root(self) -> str:
        """Return the digest of the suite."""
        return root_of([one.canonical() for one in self.items])

    def drawn(self, count: int, *, twin: bool) -> tuple[Item, ...]:
        """Return as many items, or twins, in an order that nobody chose: by the digest of each.

        Raises:
            Malformed: `suite.3`: it has not so many.
        """
        some = [one for one in self.items if one.twin is twin]
        # 3. There are as many.
        if count > len(some):
            what = f"The suite {self.name} has {len(some)} of this sort, not {count}."
            raise Malformed("suite.3", what, "Register fewer.")
        return tuple(sorted(some, key=lambda one: hashlib.sha256(one.canonical()).digest())[:count])


STAND_INS = ("stand-in-biosecurity", "stand-in-cyber")
"""Harmless, to be sealed: they prove the path of a package, and are listed nowhere as tests of anything."""

_Fill = dict[str, Both]
"""What fills a slot: parts by name, each a text by language, or one for `any`."""


class _Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items of one form: `system`, `asks` and `check` with slots in braces, and what fills each."""

    name: str
    stratum: str
    asks: tuple[Both, ...]
    check: dict[str, Any] = {}
    twin: bool = False
    system: Both = {}
    slots: tuple[str, ...] = ()
    options: tuple[tuple[dict[str, str], ...], ...] = ()
    fixed: bool = False  # the options of all its turns begin at the same one
    take: int | None = None


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suite as people write it."""

    name: str
    number: int
    domain: str
    solver: Solver
    scorer: Scorer
    title: Both
    about: Both
    limits: Both
    provenance: dict[str, str]
    family: tuple[_Family, ...]
    slots: dict[str, tuple[_Fill, ...]] = {}
    system: Both = {}


def names() -> tuple[str, ...]:
    """Return the names of the suites that are shipped."""
    folder = resources.files("detente.instruments") / "suites"
    return tuple(
        sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))
    )


@cache
def shipped(name: str) -> Suite:
    """Return a suite that is part of the package, or a stand-in, which only proves the path of a package.

    Raises:
        Malformed: `suite.4`: there is none of this name.
    """
    # 4. The name is one of those shipped.
    if name not in (*names(), *STAND_INS):
        what = f"There is no suite {name[:60]!a} here."
        raise Malformed("suite.4", what, f"Take one of {', '.join(names())}, or give a file.")
    folder = "standins" if name in STAND_INS else "suites"
    return parse((resources.files("detente.instruments") / folder / f"{name}.toml").read_bytes())


def found(name: str) -> Suite:
    """Return a shipped suite by its name, or one in a file by its path.

    Raises:
        Malformed, TooLarge: as `shipped` and `parse`.
    """
    path = Path(name)
    if path.suffix != ".toml" or not path.is_file():
        return shipped(name)
    # 1. The file is within the limit, before it is read.
    if path.stat().st_size > MOST_BYTES:
        raise _too_large(path.stat().st_size)
    return parse(path.read_bytes())


def parse(data: bytes) -> Suite:
    """Read the text of a suite and make its items.

    Raises:
        TooLarge: `suite.1`: more bytes or items than named limits.
        Malformed: `suite.2`: it is no suite, or a slot is not filled.
    """
    # 1. Bytes are within the limit.
    if len(data) > MOST_BYTES:
        raise _too_large(len(data))
    # 2. It is TOML of this form, and each slot is filled.
    try:
        text = msgspec.convert(tomllib.loads(data.decode()), _Text)
        items = tuple(item for family in text.family for item in _items(text, family))
        made = {name: getattr(text, name) for name in Suite.__struct_fields__ if name != "items"}
        suite = Suite(**made, items=items)
        if not items or len({one.id for one in items}) < len(items) or not suite.languages:
            raise _no_suite("no items, a name twice, or no language that all have")
        if len({msgspec.json.encode((one.system, one.asks, one.check)) for one in items}) < len(items):
            raise _no_suite("two items are the same")
    except (ValueError, KeyError, IndexError, RecursionError, msgspec.MsgspecError) as error:
        raise _no_suite(str(error)) from error
    # 1. Items are within the limit.
    if len(items) > MOST_ITEMS:
        raise TooLarge("suite.1", f"{len(items)} items are more than {MOST_ITEMS}.", "Split the suite.")
    return suite


def root_of(leaves: list[bytes]) -> str:
    """Return the Merkle tree hash over leaves, in hex."""
    return tree.root([tree.leaf_hash(one) for one in leaves]).hex()


def _items(text: _Text, family: _Family) -> Iterator[Item]:
    fills = [text.slots[name] for name in family.slots]
    total = 1
    for one in fills:
        total *= len(one)
    if total > MOST_ITEMS:
        raise TooLarge("suite.1", f"{total} items are more than {MOST_ITEMS}.", "Split the suite.")
    every = list(product(*fills))
    take = min(family.take or total, total)
    for number in range(take):
        chosen = every[number * total // take]
        yield _item(text, family, chosen, number)


def _item(text: _Text, family: _Family, chosen: tuple[_Fill, ...], number: int) -> Item:
    languages = sorted(family.asks[0])
    parts = {name: both for fill in chosen for name, both in fill.items()}
    values = {
        one: {name: both[one if one in both else "any"] for name, both in parts.items()} for one in languages
    }
    turned = [_turned(some, number + turn * (not family.fixed)) for turn, some in enumerate(family.options)]
    asks = tuple(
        {one: _filled(ask[one], values[one]) + _options(turned, turn, one, values[one]) for one in languages}
        for turn, ask in enumerate(family.asks)
    )
    check = {name: _checked(value, values) for name, value in family.check.items()}
    if text.scorer == "market":
        check |= {"price": int(check["price"]), "number": number}
    if turned:
        check["roles"] = [dict(zip(LETTERS, (one["role"] for one in some), strict=False)) for some in turned]
    system = family.system or text.system
    return Item(
        id=f"{text.name}-{family.name}-{number + 1:03}",
        stratum=family.stratum,
        twin=family.twin,
        system={one: _filled(system[one], values[one]) for one in languages} if system else {},
        asks=asks,
        check=check,
        provenance={
            **text.provenance,
            "family": family.name,
            "made": "template" if family.slots else "by hand",
        },
    )


def _turned(some: tuple[dict[str, str], ...], by: int) -> list[dict[str, str]]:
    """Options begin at another one in each item, so that always saying A shows nothing."""
    start = by % len(some)
    return [*some[start:], *some[:start]]


def _options(turned: list[list[dict[str, str]]], turn: int, language: str, values: dict[str, str]) -> str:
    if not turned:
        return ""
    told = zip(LETTERS, turned[turn], strict=False)
    return "".join(f"\n{letter}. {_filled(one[language], values)}" for letter, one in told)


def _filled(text: str, values: dict[str, str]) -> str:
    """Put in what fills each slot, twice over: what fills a slot may itself have one."""
    for _ in range(2):
        text = SLOT.sub(lambda found: values[found[1]], text)
    return text


def _checked(value: Any, values: dict[str, dict[str, str]]) -> Any:  # noqa: ANN401 (what TOML has)
    """Fill slots in a check: where it says a text by language, by that language."""
    if isinstance(value, dict):
        return {
            name: [_filled(one, values[name]) for one in part] if name in values else _checked(part, values)
            for name, part in value.items()
        }
    if isinstance(value, str):
        return _filled(value, values[min(values)])
    return list(value) if isinstance(value, list) else value


def _no_suite(why: str) -> Malformed:
    return Malformed("suite.2", f"This is no suite: {why}.", "docs/evaluating.md shows one whole.")


def _too_large(size: int) -> TooLarge:
    return TooLarge("suite.1", f"{size} bytes are more than {MOST_BYTES}.", "Split the suite.")
