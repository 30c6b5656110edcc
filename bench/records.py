"""Records: signing and verifying them, against the same signatures alone."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import material
from detente.trust import envelope, record
from row import Row, Scale, rates


def seal(scale: Scale) -> Iterator[Row]:
    """Records signed, from fields to envelope."""
    count = scale.of(2_000, 20)
    drafts = [material.made(number) for number in range(count)]
    messages = [message for message, _ in material.bare(count)]
    bare = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)

    def ours() -> None:
        for draft in drafts:
            envelope.dump(record.seal(draft, material.KEY))

    def least() -> None:
        for message in messages:
            bare.sign(message)

    figure, reference = rates(ours, least, count, scale)
    yield Row("records signed, fields to envelope", figure, "/s", reference, "Ed25519 signatures alone")


def verify(scale: Scale) -> Iterator[Row]:
    """Records verified, from bytes to a typed record."""
    count = scale.of(2_000, 20)
    received, bare = material.envelopes(count), material.bare(count)
    public = material.KEY.public
    key = Ed25519PublicKey.from_public_bytes(public.raw)

    def ours() -> None:
        for data in received:
            record.verify(envelope.parse(data), [public], "live")

    def least() -> None:
        for message, signature in bare:
            key.verify(signature, message)

    figure, reference = rates(ours, least, count, scale)
    yield Row("records verified, bytes to record", figure, "/s", reference, "Ed25519 verifications alone")
