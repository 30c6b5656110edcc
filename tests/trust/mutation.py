"""Mutation fuzzing as a table: a row names what is attacked, makes its mutants, and verifies them.

A row is `Row(name, genuine, make_mutants, verify, steps)`, and an owner of another format (notes,
checkpoints, tiles, proofs, cosignatures, the witness, charters, the accord) adds one in a test file of its
own:

    ROW = Row("checkpoint", genuine_bytes, make_mutants, verify, steps("checkpoint", 1, 7))

    @pytest.mark.slow
    def test_no_mutant_of_a_checkpoint_is_accepted() -> None:
        mutation.hold(ROW, seed=1)

`make_mutants(rng)` yields `Mutant(data, remade)`: the bytes an adversary would send, and whether signatures
and hashes over the altered part were made again, correctly. Without those a fuzzer never gets past the
first digest. `verify(data)` raises a `DetenteError` whose step says where the mutant died, or returns,
which accepts it. Let `verify` be the whole path to one known statement, ending in a comparison with its id,
so that a well-formed, well-signed other statement dies as well. `hold` prints the counts per step and fails
unless

- every mutant is refused, or is byte for byte the genuine one (such are counted, as `same`);
- each of `steps` refuses at least `enough` different mutants;
- at least a tenth of the mutants were remade;
- nothing but `DetenteError` was raised.

To make mutants, `faults(rng, table, base)` walks a table {step: fault}, and `scattered` bends the genuine
bytes blindly; `canonical_faults(limit)` is such a table for JSON in our canonical form. Same seed, same
mutants.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from detente.trust.canonical import MAX_DEPTH
from detente.trust.errors import DetenteError

ENOUGH = 1_000
"""How many different mutants each step must refuse."""

SPARE = 1_040
"""How many a table makes for each step, since some mutants come out alike."""

SAMPLE = 100
"""In place of `ENOUGH` where each mutant is signed anew by three officers with two keys each and costs fifty
times as much as others: each check and each sort of fault is there, less often. `./run soak refusals` plays
all of them."""

Fault: TypeAlias = Callable[[Random, bytes], bytes]
"""Takes genuine bytes and returns bytes that must be refused."""


@dataclass(frozen=True)
class Mutant:
    """Altered bytes, and whether what signs or hashes them was made again correctly."""

    data: bytes
    remade: bool


@dataclass(frozen=True)
class Row:
    """What is attacked, and how.

    Args:
        name: of the format, for people.
        genuine: the bytes that are accepted.
        make_mutants: seeded source of mutants.
        verify: raises a `DetenteError`, or accepts by returning.
        steps: the numbered checks that must each refuse `enough` mutants.
        enough: how many.
    """

    name: str
    genuine: bytes
    make_mutants: Callable[[Random], Iterator[Mutant]]
    verify: Callable[[bytes], object]
    steps: tuple[str, ...]
    enough: int = ENOUGH


@dataclass
class Tally:
    """What became of the mutants of a row."""

    refused: Counter[str] = field(default_factory=Counter)
    accepted: list[bytes] = field(default_factory=list)
    made: int = 0
    remade: int = 0
    same: int = 0


def steps(name: str, first: int, last: int) -> tuple[str, ...]:
    """Return the names of the checks `name.first` to `name.last`."""
    return tuple(f"{name}.{number}" for number in range(first, last + 1))


def run(row: Row, seed: int) -> Tally:
    """Return what became of every mutant; an error that is not ours passes through, and is a finding."""
    tally = Tally()
    seen: set[int] = set()
    for mutant in row.make_mutants(random.Random(seed)):  # noqa: S311 (repeatable, not secret)
        if mutant.data == row.genuine:
            tally.same += 1
        elif hash(mutant.data) not in seen:
            seen.add(hash(mutant.data))
            tally.made += 1
            tally.remade += mutant.remade
            _judge(row, mutant, tally)
    return tally


def _judge(row: Row, mutant: Mutant, tally: Tally) -> None:
    try:
        row.verify(mutant.data)
    except DetenteError as refusal:
        tally.refused[refusal.step] += 1
    else:
        tally.accepted.append(mutant.data)


def report(row: Row, tally: Tally) -> str:
    """Return the counts of a row as a table."""
    counts = f"{tally.made} mutants, {tally.remade} remade, {tally.same} same, {len(tally.accepted)} accepted"
    ordered = sorted(tally.refused.items(), key=lambda item: [item[0].split(".")[0], len(item[0]), item[0]])
    return "\n".join([f"{row.name}: {counts}", *(f"  {step:<16}{count:>7}" for step, count in ordered)])


def hold(row: Row, seed: int) -> Tally:
    """Attack a row, print the counts, and assert what the module docstring promises."""
    row.verify(row.genuine)
    tally = run(row, seed)
    print(report(row, tally))  # noqa: T201 (the counts are asked for)
    assert not tally.accepted, f"{row.name} accepted {tally.accepted[0]!r}"
    shallow = {step: tally.refused[step] for step in row.steps if tally.refused[step] < row.enough}
    assert not shallow, f"too few mutants reach these checks of {row.name}: {shallow}"
    assert tally.remade * 10 >= tally.made
    return tally


def spare(enough: int) -> int:
    """Return how many to make, so that so many are different."""
    return enough * SPARE // ENOUGH


def faults(
    rng: Random, table: Mapping[str, Fault], base: Callable[[Random], bytes], enough: int = ENOUGH
) -> Iterator[bytes]:
    """Yield faulty statements for each step of a table, `spare(enough)` of each, from new bases."""
    for fault in table.values():
        for _ in range(spare(enough)):
            yield fault(rng, base(rng))


def scattered(rng: Random, data: bytes, many: int) -> Iterator[bytes]:
    """Yield bytes bent blindly: a bit flipped, a slice cut, doubled, moved or overwritten, an end changed."""
    for _ in range(many):
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.randrange(1, 24))
        head, middle, tail = data[:start], data[start:end], data[end:]
        yield rng.choice(
            [
                head + bytes([data[start] ^ 1 << rng.randrange(8)]) + data[start + 1 :],
                head + tail,
                head + middle * 2 + tail,
                tail + middle + head,
                head + rng.randbytes(end - start) + tail,
                head,
                data + rng.randbytes(4),
            ]
        )


def canonical_faults(limit: int) -> dict[str, Fault]:
    """Return a table of faults of canonical JSON, for an object that may have `limit` bytes."""
    return {
        "canonical.1": lambda rng, data: data + b" " * (limit + 1 + rng.randrange(99) - len(data)),
        "canonical.2": _not_json,
        "canonical.3": _too_deep,
        "canonical.4": _beyond_the_profile,
        "canonical.5": _another_spelling,
    }


def _not_json(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(1, len(data))
    quote = rng.choice([match.end() for match in re.finditer(b'"', data)])
    return rng.choice(
        [
            data[:at],
            data[:at] + b"\xff" + data[at:],
            data[:quote] + b"\\ud8%02x." % rng.randrange(256) + data[quote:],
            data + data[:at],
        ]
    )


def _too_deep(rng: Random, data: bytes) -> bytes:
    depth = rng.randrange(MAX_DEPTH, 4 * MAX_DEPTH)
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    return data[:-1] + b',"zz":' + opening * depth + b"1" + closing * depth + b"}"


def _beyond_the_profile(rng: Random, data: bytes) -> bytes:
    number = rng.randrange(2**53, 2**80)
    member = rng.choice([b'"zz":%d', b'"zz":-%d', b'"zz":[%d.5]', b'"\xc3\xa9":%d', b'"zz":%de1'])
    return data[:-1] + b"," + member % number + b"}"


def _another_spelling(rng: Random, data: bytes) -> bytes:
    value: Any = json.loads(data)
    names = list(value)
    again = rng.choice(names)
    letter = rng.choice([match.end() for match in re.finditer(b'"(?=[a-z])', data)])
    shuffled = {name: value[name] for name in sorted(names, reverse=True)}
    return rng.choice(
        [
            json.dumps(value, indent=rng.randrange(4), ensure_ascii=False).encode(),
            json.dumps(shuffled, separators=(",", ":"), ensure_ascii=False).encode(),
            data[:-1] + b"," + json.dumps({again: value[again]}, separators=(",", ":")).encode()[1:],
            data[:letter] + b"\\u%04x" % data[letter] + data[letter + 1 :],
            rng.choice([b" ", b"\n", b"\t"]) + data,
        ]
    )
