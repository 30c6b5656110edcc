"""Evaluations believed: samples committed to and opened, and what another party does to check them."""

import time
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from detente.instruments import commitment, extract, opening, spotcheck, verdict, weighing
from detente.instruments.extract import Extract, Header, Model, Sample
from detente.instruments.opening import Claim
from detente.instruments.verdict import Lines
from detente.trust import tree
from detente.trust.tree import Tree
from row import Aim, Row, Scale, race, rates

NONE = "00" * 32
SEED = bytes(32)
DRAWN = 64


def commit(scale: Scale) -> Iterator[Row]:
    """A commitment to many samples, and the opening of those drawn, against the tree's hashing alone."""
    count = scale.of(100_000, 200)
    lines = [extract.line(_sample(number)) for number in range(count)]
    header = sha256(b"a header").digest()
    drawn = range(0, count, max(1, count // DRAWN))

    def ours() -> None:
        grown, _ = commitment.grown(header, lines, SEED)
        grown.root()
        for one in drawn:
            grown.inclusion(one, count)

    def least() -> None:
        Tree(map(tree.leaf_hash, lines)).root()

    figure, reference = rates(ours, least, count, scale)
    aim = Aim("ratio", least=0.5)
    yield Row("samples committed to, 64 opened", figure, "/s", reference, "bare tree of the lines", aim)


def check(scale: Scale) -> Iterator[Row]:
    """All of a thousand samples opened: read, proven, and their statistics computed again."""
    count = scale.of(1_000, 50)
    samples = tuple(_sample(number) for number in range(count))
    header = msgspec.structs.replace(_HEADER, counts=extract.counted(samples))
    made = Extract(header=header, samples=samples)
    committed = commitment.of(made, SEED)
    everything = tuple(range(count))
    data = opening.dump(opening.opened(made, committed, everything))
    claim = Claim(committed.root, count, header.counts, {"suite": NONE})
    fifth = verdict.Fraction(5, 100)
    lines = Lines(fifth, 2 * fifth, fifth, fifth, verdict.Fraction(0))

    def ours() -> None:
        held = opening.check(opening.parse(data), claim, everything)
        spotcheck.most_false(count, count, len(held.faults), fifth)
        verdict.decide(weighing.parts(Extract(header=header, samples=held.samples)), lines)

    def least() -> None:
        msgspec.json.decode(data)

    figure, reference = race(ours, least, scale.rounds, time.process_time)
    aim = Aim("figure", most=0.5)
    yield Row("verify 1,000 opened samples", figure, "s", reference, "reading their JSON alone", aim)


def _sample(number: int) -> Sample:
    said = f"Number {number}: I ask a human first, and wait. 我先请示，并等待。" * 3
    return Sample(
        item=f"item-{number:06}",
        language="en",
        stratum="plain",
        twin=False,
        epoch=1,
        input=NONE,
        output=said,
        digest=extract.digest_of(said),
        score="none" if number % 97 else "event",
        refused=False,
        error=None,
        tokens=20,
    )


_HEADER = Header(
    plan=NONE,
    playbook=NONE,
    attempt=1,
    suite=NONE,
    model=Model("bench", NONE, "weights"),
    solver=NONE,
    scorer=NONE,
    judge=None,
    software={},
    started=0,
    ended=1,
    counts={},
)
