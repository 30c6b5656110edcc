"""Spellings: canonical JSON read and written, against msgspec, which checks nothing of the profile."""

from collections.abc import Iterator

import msgspec

import material
from detente.trust import canonical, envelope
from row import Row, Scale, rates


def decode(scale: Scale) -> Iterator[Row]:
    """Payloads read with all checks."""
    count = scale.of(10_000, 20)
    texts = [envelope.parse(data).payload for data in material.envelopes(count)]
    decoder = msgspec.json.Decoder()

    def ours() -> None:
        for text in texts:
            canonical.decode(text)

    def least() -> None:
        for text in texts:
            decoder.decode(text)

    figure, reference = rates(ours, least, count, scale)
    yield Row("canonical payloads read", figure, "/s", reference, "msgspec, no checks")


def encode(scale: Scale) -> Iterator[Row]:
    """Payloads written with all checks."""
    count = scale.of(10_000, 20)
    values = [canonical.decode(envelope.parse(data).payload) for data in material.envelopes(count)]
    encoder = msgspec.json.Encoder(order="sorted")

    def ours() -> None:
        for value in values:
            canonical.encode(value)

    def least() -> None:
        for value in values:
            encoder.encode(value)

    figure, reference = rates(ours, least, count, scale)
    yield Row("canonical payloads written", figure, "/s", reference, "msgspec, sorted, no checks")
