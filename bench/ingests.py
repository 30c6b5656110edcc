"""Ingest: another party's records pulled from its static tree, verified, logged, kept and mirrored."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import appends
import homes
import material
from detente.node.cosigning import Cosigner
from detente.node.intake import Intake
from detente.node.keylore import KeyLore
from detente.node.replica import Replica
from detente.node.sequencer import Sequencer
from detente.node.source import FolderSource
from detente.trust.record import Record
from row import Aim, Row, Scale, race

TERM = 2 * 86_400_000
"""How long leaves under a signed head may take, in milliseconds; here they are there."""

HALF = Aim("ratio", least=0.5)


def ingest(scale: Scale) -> Iterator[Row]:
    """From another's files to durable, mirrored and cosigned here."""
    count = scale.of(4_096, 300)
    key = Ed25519PublicKey.from_public_bytes(material.KEY.public.raw)
    with tempfile.TemporaryDirectory() as folder:
        author = homes.opened(Path(folder) / "us", "us")
        appends.fill(author, list(appends.entries_of(count)))
        source = FolderSource(Path(folder) / "us" / "public")
        readers = [homes.opened(Path(folder) / f"cn{number}", "cn") for number in range(scale.rounds)]
        waiting = iter(readers)

        def ours() -> None:
            realm = next(waiting)
            lore = KeyLore(dict(realm.keyrings), realm.keyrings)
            cosigner = Cosigner(realm, Sequencer(realm, lore))
            if Replica(realm, cosigner, lore, TERM).pull("us", source, "us") != count:
                raise RuntimeError("the bench did not pull all leaves")
            if Intake(realm, _floor, lore).fetch("us", [("us", source)]) != count:
                raise RuntimeError("the bench did not fetch all bodies")

        def least() -> None:
            for message, signature in material.bare(count):
                key.verify(signature, message)

        material.bare(count)
        mine, bare = race(ours, least, scale.rounds, time.perf_counter)
        for realm in (author, *readers):
            homes.close(realm)
    what = "peer's records pulled, verified, durable, mirrored (unjudged)"
    yield Row(what, count / mine, "/s", count / bare, "Ed25519 verifications alone", HALF)


def _floor(_: Record) -> None:
    """Judge nothing."""
