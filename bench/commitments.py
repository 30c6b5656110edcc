"""Commitments: sealed fields committed to and opened, against the hashing alone."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

import material
from detente.trust import disclosure
from row import Row, Scale, rates


def commit(scale: Scale) -> Iterator[Row]:
    """Fields committed to, and disclosures opened."""
    count = scale.of(5_000, 20)
    values = [f"a description of some length, number {number}, 例" * 8 for number in range(count)]
    nonce = "0f" * 16
    salts = [number.to_bytes(16, "big") for number in range(count)]
    made = [
        disclosure.commit("us", nonce, "evidence", value, salt)
        for value, salt in zip(values, salts, strict=True)
    ]
    sealing = msgspec.structs.replace(material.made(0), nonce=nonce)
    records = [msgspec.structs.replace(sealing, sealed={"evidence": one.digest}) for one in made]
    texts = [one.encoded.encode() for one in made]

    def committing() -> None:
        for value, salt in zip(values, salts, strict=True):
            disclosure.commit("us", nonce, "evidence", value, salt)

    def opening() -> None:
        for one, opened in zip(records, made, strict=True):
            disclosure.open_with(one, opened.encoded)

    def least() -> None:
        for text in texts:
            sha256(text).digest()

    figure, reference = rates(committing, least, count, scale)
    yield Row("fields sealed", figure, "/s", reference, "SHA-256 of the same text")
    figure, reference = rates(opening, least, count, scale)
    yield Row("fields opened", figure, "/s", reference, "SHA-256 of the same text")
