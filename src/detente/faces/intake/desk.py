"""What the intake does with what was handed in: seal, keep, give a receipt; show a thread, take an answer.

It has no key that opens a report. What comes over the form or a program's token is sealed here, at once, in
memory; what was typed is in no file and no log. Every handler opens the cabinet for itself, so that the
officers' commands work beside it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detente.node.clock import Clock
from detente.node.confidence import attachment, letter, message, thread, token
from detente.node.confidence.cabinet import Cabinet
from detente.node.confidence.card import Signed
from detente.node.confidence.code import BYTES, REPORTER, Code
from detente.node.confidence.counter import Counter
from detente.node.confidence.entry import Entry, Posted
from detente.node.confidence.report import Attached, Reply, Report
from detente.node.confidence.thread import Read
from detente.trust import sealing
from detente.trust.errors import Malformed, TooLarge


@dataclass(frozen=True)
class Told:
    """What a reporter has said, in the open, on its way to be sealed.

    Attributes:
        write: makes the report of the reply keys and the list of files.
        identity: who they are, or empty.
        files: names and bytes.
    """

    write: Callable[[Reply, tuple[Attached, ...]], Report]
    identity: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Followed:
    """A thread as its reporter sees it."""

    entry: Entry
    messages: list[Read]


@dataclass(frozen=True)
class Desk:
    """The intake of one home."""

    home: Path
    clock: Clock

    @contextmanager
    def open(self) -> Iterator[Counter]:
        """Open the cabinet, with its counter. Raises as `Cabinet.open`, `Counter.at`."""
        cabinet = Cabinet.open(self.home, self.clock)
        try:
            yield Counter.at(cabinet)
        finally:
            cabinet.close()

    def card(self) -> Signed:
        """Return the card by which reports are sealed now. Raises as `Counter.current`."""
        with self.open() as counter:
            return counter.current()

    def hand_in(self, told: Told, via: str) -> tuple[Code, bytes]:
        """Seal what was said, keep it, and return a new code and the receipt.

        Raises:
            Malformed, TooLarge: `reception.1`, `attachment.*`, `report.*`. As `Counter.take`.
        """
        code = Code(os.urandom(BYTES))
        report, files = composed(told, code)
        with self.open() as counter:
            card = counter.current()
            sealed = letter.seal(report, told.identity, files, code, (card, self.clock.now()))
            return code, counter.take(sealed, via)

    def take(self, sealed: bytes) -> bytes:
        """Keep a letter that was sealed elsewhere, and return the receipt. Raises as `Counter.take`."""
        with self.open() as counter:
            return counter.take(sealed, "sealed")

    def channel(self, given: str) -> str:
        """Return the channel of a token. Raises WrongKey: `token.2`."""
        with self.open() as counter:
            return token.label_of(counter.cabinet, given)

    def posted(self, lookup: str) -> tuple[Entry, list[Posted], list[Signed]]:
        """Return a thread as it lies here, and the cards that its messages name. Raises `cabinet.6`."""
        with self.open() as counter:
            entry = counter.cabinet.find(lookup)
            found = counter.cabinet.thread(entry.number)
            digests = {sealing.parse(one.package).header.genesis for one in found}
            return entry, found, [counter.card_of(one) for one in sorted(digests)]

    def post(self, lookup: str, package: bytes) -> int:
        """Put a reporter's sealed message into its thread. Raises as `message.check_package`, `cabinet.6`."""
        message.check_package(package, lookup, REPORTER)
        with self.open() as counter:
            entry = counter.cabinet.find(lookup)
            return counter.cabinet.post(entry.number, REPORTER, package, "answered", REPORTER)

    def follow(self, code: Code) -> Followed:
        """Return a thread, opened with the code that was typed. Raises NoSuchThing: `cabinet.6`."""
        with self.open() as counter:
            entry = counter.cabinet.find(code.lookup)
            packages = [one.package for one in counter.cabinet.thread(entry.number)]
            return Followed(entry, thread.read(packages, code, counter.card_of))

    def answer(self, code: Code, text: str) -> None:
        """Seal a reporter's answer, and keep it. Raises as `thread.answer`, `cabinet.6`."""
        with self.open() as counter:
            entry, card = counter.cabinet.find(code.lookup), counter.current()
            last = [one.digest for one in counter.cabinet.thread(entry.number)][-1:]
            package = thread.answer(code, card, text, "".join(last), self.clock.now())
            counter.cabinet.post(entry.number, REPORTER, package, "answered", REPORTER)


def composed(told: Told, code: Code) -> tuple[Report, tuple[bytes, ...]]:
    """Return a report with its files listed, each of a kind that is taken.

    Raises:
        Malformed: `reception.2`, `attachment.*`, `report.2`. TooLarge: `reception.1`, `report.3`.
    """
    # 1. Not too many files.
    if len(told.files) > attachment.MAX_FILES:
        raise TooLarge("reception.1", f"{len(told.files)} files.", f"Attach at most {attachment.MAX_FILES}.")
    for name, data in told.files:
        attachment.kind(data, attachment.shown_name(name))
    listed = tuple(
        Attached(attachment.shown_name(name), sha256(data).hexdigest(), len(data))
        for name, data in told.files
    )
    report = told.write(Reply.to(code), listed)
    # 2. What no file can hold is not in it: lone surrogates are no text.
    try:
        report.dump()
    except UnicodeEncodeError as error:
        raise Malformed("reception.2", "Some of it is no text.", "Type it again.") from error
    return report, tuple(data for _, data in told.files)
