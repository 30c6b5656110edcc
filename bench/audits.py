"""Audits: 20,000 records checked offline, against verifying and hashing the same bytes and nothing else."""

import time
from collections.abc import Iterator
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import appends
import material
from detente.node import crew
from detente.node.body import Place
from detente.trust import envelope, record, tree
from detente.trust.errors import BadProof
from detente.trust.key import PublicKey
from detente.trust.record import Leaf
from detente.trust.tile import WIDTH
from detente.trust.tree import Tree
from row import Aim, Row, Scale, race, rates

ONE_CORE = Aim("ratio", least=0.7)


def audit(scale: Scale) -> Iterator[Row]:
    """Bytes to a root: envelope, signature, record, entry, leaf hash, tree, on one core."""
    count = scale.of(20_000, 50)
    received, bare = material.envelopes(count), material.bare(count)
    public = material.KEY.public
    key = Ed25519PublicKey.from_public_bytes(public.raw)
    expected = _root(record.leaf(material.made(number)) for number in range(count))

    def ours() -> None:
        if _root(_checked(data, public) for data in received) != expected:
            raise BadProof("audit.1", "Another root.", "Fix the bench.")

    def least() -> None:
        hashes = Tree()
        for message, signature in bare:
            key.verify(signature, message)
            hashes.append(tree.leaf_hash(message))
        hashes.root()

    figure, reference = rates(ours, least, count, scale)
    yield Row(
        f"{count:,} records audited offline", figure, "/s", reference, "verify, hash, root alone", ONE_CORE
    )


def audit_on_cores(scale: Scale) -> Iterator[Row]:
    """The same as `detente verify` does it: bodies against leaves, on one core and on two, by the clock."""
    count = scale.of(20_000, 2 * WIDTH)
    entries = [(body.envelope, leaf) for _, _, leaf, body in appends.entries_of(count)]
    parts = [entries[start : start + WIDTH] for start in range(0, count, WIDTH)]
    bare = material.bare(count)
    public = material.KEY.public
    key = Ed25519PublicKey.from_public_bytes(public.raw)
    place = Place(material.made(0).accord.genesis, "live", "us", {public.keyid: public})

    def ours(cores: int) -> None:
        with crew.of(len(parts), cores) as checked:
            sound = sum(entry is not None for part in checked(place, parts) for entry in part)
        if sound != count or not _root(leaf for _, leaf in entries):
            raise BadProof("audit.1", f"{count - sound} bodies fell.", "Fix the bench.")

    def least() -> None:
        hashes = Tree()
        for message, signature in bare:
            key.verify(signature, message)
            hashes.append(tree.leaf_hash(message))
        hashes.root()

    for cores in (1, 2):
        mine, reference = race(partial(ours, cores), least, scale.rounds, time.perf_counter)
        what = f"{count:,} bodies checked as `detente verify` does, cores: {cores}"
        yield Row(what, count / mine, "/s", count / reference, "verify, hash, root alone, one core")


def _checked(data: bytes, public: PublicKey) -> Leaf:
    sealed = envelope.parse(data)
    stated = record.verify(sealed, [public], "live")
    return Leaf(
        "receipt" if stated.kind == record.RECEIPT_KIND else "record",
        envelope.statement_id(sealed.payload_type, sealed.payload),
    )


def _root(leaves: Iterator[Leaf]) -> bytes:
    return tree.root(tree.leaf_hash(record.leaf_bytes(leaf)) for leaf in leaves)
