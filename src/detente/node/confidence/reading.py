"""Reading: what an officer with keys sees of a report, on the officer's machine.

reading.report(cabinet, entry, opener)      the report, in words
reading.files(…)                            its attachments, each judged anew by its content
reading.thread(…)                           questions and answers
reading.identity(…)                         who reported, if that was told; a keeper's keys, and it is logged
"""

from dataclasses import dataclass

from detente.node.confidence import attachment, letter, message
from detente.node.confidence import report as reports
from detente.node.confidence.attachment import Kind
from detente.node.confidence.cabinet import Cabinet
from detente.node.confidence.card import Signed
from detente.node.confidence.code import REPORTER
from detente.node.confidence.counter import Counter
from detente.node.confidence.entry import Entry
from detente.node.confidence.message import Message
from detente.node.confidence.officer import Opener
from detente.node.confidence.report import Report
from detente.trust import sealing
from detente.trust.errors import DetenteError, WrongContext


@dataclass(frozen=True)
class Filed:
    """One attachment, opened.

    Attributes:
        index: its place among the attachments, from 1.
        name: as it may be shown.
        data: its bytes.
        kind: what it is by its content, or None.
        refusal: why it is of no kind that is taken, or empty.
    """

    index: int
    name: str
    data: bytes
    kind: Kind | None
    refusal: str


def report(cabinet: Cabinet, entry: Entry, opener: Opener) -> Report:
    """Open a report, and log that it was opened.

    Raises:
        WrongContext: `reading.1`. As `letter.opened`, `report.parse`.
    """
    found = reports.parse(_opened(cabinet, entry, 0, opener))
    # 1. What was promised outside is what was asked for inside.
    if found.use != entry.header.use:
        raise WrongContext(
            "reading.1", "Inside, the report asks for another use.", "Keep to the narrower one."
        )
    cabinet.mark_opened(entry.number, opener.name)
    return found


def files(cabinet: Cabinet, entry: Entry, opener: Opener, found: Report) -> list[Filed]:
    """Open the attachments; what is of no kind that is taken is marked. Raises as `letter.opened`."""
    indexes = [n for n, part in enumerate(entry.header.parts) if part.role == "attachment"]
    names = [one.name for one in found.attached]
    opened = []
    for place, index in enumerate(indexes):
        data = _opened(cabinet, entry, index, opener)
        name = attachment.shown_name(names[place]) if place < len(names) else "file"
        try:
            opened.append(Filed(place + 1, name, data, attachment.kind(data, name), ""))
        except DetenteError as error:
            opened.append(Filed(place + 1, name, data, None, f"{error.what} [{error.step}]"))
    return opened


def thread(
    cabinet: Cabinet, entry: Entry, opener: Opener, to: tuple[Report, Signed]
) -> list[tuple[str, Message]]:
    """Open the messages of a report: digest of the package, and what it says.

    Args:
        cabinet: the desk.
        entry: which report.
        opener: whose keys.
        to: the report, for the reporter's key, and the card, for the officers'.

    Raises:
        As `message.opened`.
    """
    (found, newest), counter = to, Counter.at(cabinet)
    opened = []
    for one in cabinet.thread(entry.number):
        digest = sealing.parse(one.package).header.genesis
        card = newest if digest == newest.digest else counter.card_of(digest)
        signers = {row.name: row.verifier() for row in card.card.officers}
        signers[REPORTER] = found.reply.verifier()
        by = (opener.name, opener.keys)
        opened.append((one.digest, message.opened(one.package, entry.lookup, by, signers, one.at)))
    return opened


def identity(cabinet: Cabinet, entry: Entry, keeper: Opener, why: str) -> str:
    """Open an identity, and log who did and why, before it is shown.

    Raises:
        NoSuchThing: `safe.1`. As `letter.opened`. DiskFailed: `store.1`.
    """
    index = [one.role for one in entry.header.parts].index("identity") if _told(entry) else -1
    package = cabinet.safe.take(entry.number)
    text = letter.opened(entry.header, index, package, (keeper.name, keeper.keys), entry.received)
    cabinet.log(entry.number, "identity-read", keeper.name, why)
    return text.decode("utf-8", "replace")


def _told(entry: Entry) -> bool:
    return any(one.role == "identity" for one in entry.header.parts)


def _opened(cabinet: Cabinet, entry: Entry, index: int, opener: Opener) -> bytes:
    package = cabinet.package(entry.number, index)
    return letter.opened(entry.header, index, package, (opener.name, opener.keys), entry.received)
