"""What an officer with keys does at the desk: open, ask, close; and a keeper: read an identity.

Attachments are written into a quarantine folder, under their number and the ending of what they are by
content, read-only; what is of no kind that is taken ends in `.refused`. Nothing is unpacked, and nothing
started.
"""

from dataclasses import dataclass
from pathlib import Path

from detente.faces.intake.desk import Desk
from detente.node import durable
from detente.node.confidence import message, reading
from detente.node.confidence.attachment import ENDINGS
from detente.node.confidence.counter import Counter
from detente.node.confidence.entry import Act as Logged
from detente.node.confidence.entry import Entry
from detente.node.confidence.message import Act, Message, Outcome
from detente.node.confidence.officer import Opener
from detente.node.confidence.reading import Filed
from detente.node.confidence.report import Report

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Opened:
    """A report as its officer sees it: its thread as digests and messages, and where its files were put."""

    entry: Entry
    report: Report
    files: list[tuple[Filed, str]]
    thread: list[tuple[str, Message]]


@dataclass(frozen=True)
class Officers:
    """One officer at one desk."""

    desk: Desk
    opener: Opener

    def open(self, number: int, to: Path | None) -> Opened:
        """Open a report; with a folder, put its files into quarantine there.

        Raises:
            NoSuchThing: `cabinet.5`. DiskFailed: `disk.1`. As `reading.report`.
        """
        with self.desk.open() as counter:
            cabinet, entry = counter.cabinet, counter.cabinet.entry(number)
            report = reading.report(cabinet, entry, self.opener)
            found = reading.files(cabinet, entry, self.opener, report)
            places = [_put(to, one) if to else "" for one in found]
            thread = reading.thread(cabinet, entry, self.opener, (report, counter.current()))
            return Opened(cabinet.entry(number), report, list(zip(found, places, strict=True)), thread)

    def write(self, number: int, act: Act, text: str, outcome: Outcome = "none", lesson: str = "") -> int:
        """Seal and sign a message to the reporter, and put it into the thread; return its number there.

        Raises:
            NoSuchThing: `cabinet.5`. As `message.seal`, `reading.report`.
        """
        with self.desk.open() as counter:
            entry, now = counter.cabinet.entry(number), self.desk.clock.now()
            report = reading.report(counter.cabinet, entry, self.opener)
            last = [one.digest for one in counter.cabinet.thread(number)][-1:]
            made = Message(
                lookup=entry.lookup,
                at=now,
                writer=self.opener.name,
                act=act,
                text=text,
                outcome=outcome,
                lesson=lesson,
                after="".join(last),
            )
            return self._post(counter, entry, made, report)

    def identity(self, number: int, why: str) -> str:
        """Read who reported, with a keeper's keys; it is logged first. Raises as `reading.identity`."""
        with self.desk.open() as counter:
            return reading.identity(counter.cabinet, counter.cabinet.entry(number), self.opener, why)

    def _post(self, counter: Counter, entry: Entry, made: Message, report: Report) -> int:
        card = counter.current()
        readers = (*card.readers(), report.reply.recipient())
        package = message.seal(made, self.opener.signer, readers, card.digest, made.at)
        logged: Logged = "closed" if made.act == "closed" else "asked"
        return counter.cabinet.post(entry.number, message.DESK, package, logged, self.opener.name)


def _put(to: Path, one: Filed) -> str:
    folder = to / QUARANTINE
    ending = ENDINGS[one.kind] if one.kind else ".refused"
    path = folder / f"{one.index}{ending}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise durable.failed(folder, error) from error
    durable.write(path, one.data, 0o400)
    return str(path)
