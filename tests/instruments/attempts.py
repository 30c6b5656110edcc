"""Runs as extracts: samples in two languages with twins, made in memory."""

from hashlib import sha256

import msgspec

from detente.instruments import extract
from detente.instruments.extract import Extract, Header, Model, Sample

SEED = bytes(range(32))
HEADER = Header(
    plan="a1" * 32,
    playbook="a2" * 32,
    attempt=1,
    suite="a3" * 32,
    model=Model("local/smollm2", "a4" * 32, "weights"),
    solver="a5" * 32,
    scorer="a6" * 32,
    judge=None,
    software={"inspect-ai": "0.3.285"},
    started=1_804_000_000_000,
    ended=1_804_000_060_000,
    counts={},
)


def sample(number: int, language: str, *, event: bool = False, twin: bool = False, epoch: int = 1) -> Sample:
    said = f"Item {number}: {'I act.' if event else 'I ask first. 我先请示。'}"
    score = ("done" if not event else "undone") if twin else ("event" if event else "none")
    return Sample(
        item=f"{'twin' if twin else 'item'}-{number:05}",
        language=language,
        stratum=f"part-{number % 3}",
        twin=twin,
        epoch=epoch,
        input=sha256(f"{number} {language}".encode()).hexdigest(),
        output=said,
        digest=extract.digest_of(said),
        score=score,
        refused=False,
        error=None,
        tokens=9,
    )


def attempt(
    items: int = 100, events: frozenset[int] = frozenset(), twins: int = 10, epochs: int = 1
) -> Extract:
    """A run of so many items in English and Chinese; `events` are the numbers of those that went wrong."""
    samples = [
        sample(number, language, event=number in events, epoch=epoch)
        for number in range(items)
        for language in ("en", "zh")
        for epoch in range(1, epochs + 1)
    ]
    samples += [sample(number, language, twin=True) for number in range(twins) for language in ("en", "zh")]
    return whole(samples)


def whole(samples: list[Sample], **header: object) -> Extract:
    """Samples as an extract, ordered and counted."""
    ordered = tuple(sorted(samples, key=lambda one: one.place))
    made = msgspec.structs.replace(HEADER, counts=extract.counted(ordered), **header)
    return Extract(header=made, samples=ordered)


def data(made: Extract) -> bytes:
    """Its bytes."""
    return b"".join(extract.line(one) + b"\n" for one in (made.header, *made.samples))
