"""Appends: signed records made durable in batches of 256, against raw inserts of the same bytes."""

import itertools
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import homes
import material
from detente.node import archive
from detente.node.archive import Body
from detente.node.keylore import KeyLore
from detente.node.realm import Realm
from detente.node.sequencer import Sequencer
from detente.node.writer import BATCH, Batch
from detente.trust import envelope, record
from detente.trust.envelope import Envelope
from detente.trust.record import Leaf, Record
from row import Aim, Row, Scale, race

HALF = Aim("ratio", least=0.5)

Entry = tuple[Record, Envelope, Leaf, Body]


def append(scale: Scale) -> Iterator[Row]:
    """Durable alone; then durable, under a signed checkpoint, and published as tiles."""
    entries = list(entries_of(scale.of(20 * BATCH, 2 * BATCH)))
    count, raw = len(entries), "raw sqlite3 inserts of the same bytes"
    with tempfile.TemporaryDirectory() as folder:
        fresh = (Path(folder) / str(number) for number in itertools.count())
        least = partial(_insert, entries, fresh)
        durable, reference = race(
            partial(_home, _keep, entries, fresh), least, scale.rounds, time.perf_counter
        )
        yield Row("records made durable, in 256s", count / durable, "/s", count / reference, raw, HALF)
        shown, reference = race(
            partial(_home, _table, entries, fresh), least, scale.rounds, time.perf_counter
        )
        what = "records made durable, signed for and published, in 256s"
        yield Row(what, count / shown, "/s", count / reference, raw)


def fill(realm: Realm, entries: list[Entry]) -> None:
    """Append entries to the own log of a realm, each batch signed for and published."""
    own = Sequencer(realm, KeyLore(dict(realm.keyrings), realm.keyrings))
    own.open()

    def act(batch: Batch, one: Entry) -> None:
        own.append(batch, one[0], one[1])

    _wait(realm, entries, act)
    realm.writer.settle(own.ask)


def _home(work: Callable[[Realm, list[Entry]], None], entries: list[Entry], fresh: Iterator[Path]) -> None:
    realm = homes.opened(next(fresh), "us")
    work(realm, entries)
    homes.close(realm)


def _keep(realm: Realm, entries: list[Entry]) -> None:
    log = realm.log("us")

    def act(batch: Batch, one: Entry) -> None:
        archive.add(batch.conn, log, one[2], one[3])

    _wait(realm, entries, act)


def _table(realm: Realm, entries: list[Entry]) -> None:
    fill(realm, entries)


def _wait(realm: Realm, entries: list[Entry], act: Callable[[Batch, Entry], None]) -> None:
    for start in range(0, len(entries), BATCH):
        asked = [
            realm.writer.submit(lambda batch, one=one: act(batch, one))  # type: ignore[misc]
            for one in entries[start : start + BATCH]
        ]
        for future in asked:
            future.result()


def _insert(entries: list[Entry], fresh: Iterator[Path]) -> None:
    conn = sqlite3.connect(next(fresh), isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE body (id BLOB PRIMARY KEY, kind TEXT NOT NULL, envelope BLOB NOT NULL)")
    for start in range(0, len(entries), BATCH):
        conn.execute("BEGIN IMMEDIATE")
        for _, _, leaf, body in entries[start : start + BATCH]:
            row = (bytes.fromhex(leaf.id), body.kind, body.envelope)
            conn.execute("INSERT INTO body (id, kind, envelope) VALUES (?, ?, ?)", row)
        conn.execute("COMMIT")
    conn.close()


def entries_of(count: int) -> Iterator[Entry]:
    """Yield signed records of `us`, each with its leaf and its body."""
    for number in range(count):
        made = material.made(number)
        signed = record.seal(made, material.KEY)
        leaf = record.leaf(made)
        yield made, signed, leaf, Body(leaf.id, made.kind, made.at, envelope.dump(signed))
