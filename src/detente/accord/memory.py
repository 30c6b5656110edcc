"""The memory: all that a fold of standing remembers, as one value. Pure."""

import msgspec

from detente.accord.book import Book
from detente.accord.duty import Finding
from detente.accord.interval import Votes
from detente.accord.ledger import Ledger


class Snapshot(msgspec.Struct):
    """All that a fold remembers; facts and trees are made again."""

    ledgers: dict[str, Ledger]
    votes: dict[str, dict[str, Votes]]
    book: Book
    findings: set[Finding]
    accusations: list[str]
    as_of: int
