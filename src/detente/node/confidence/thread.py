"""The thread: what a reporter with a code reads and writes.

thread.read(packages, code, cards)       the messages, each with what is wrong about it
thread.answer(code, card, "…", after, at)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from detente.node.confidence import message
from detente.node.confidence.card import Signed
from detente.node.confidence.code import REPORTER, Code
from detente.node.confidence.message import Message
from detente.trust import sealing
from detente.trust.errors import DetenteError


@dataclass(frozen=True)
class Read:
    """One message as the reporter sees it.

    Attributes:
        digest: hexadecimal SHA-256 of its package.
        message: what it says, or None if it did not prove whose it is.
        refusal: why not, or empty.
        gap: whether it names a message before it that was not shown.
    """

    digest: str
    message: Message | None
    refusal: str
    gap: bool


def read(packages: Iterable[bytes], code: Code, cards: Callable[[str], Signed]) -> list[Read]:
    """Open a thread with its code; what does not prove whose it is stays in its place, unread.

    Args:
        packages: in the desk's order.
        code: of the report.
        cards: returns the desk's card of a digest, its stamp verified.
    """
    opener, seen, found = code.opener(), {""}, []
    by = (REPORTER, {opener.recipient.keyid: opener})
    for package in packages:
        digest = sha256(package).hexdigest()
        try:
            card = cards(sealing.parse(package).header.genesis).card
            signers = {one.name: one.verifier() for one in card.officers} | {REPORTER: code.signer().public}
            one = message.opened(package, code.lookup, by, signers, 0)
            found.append(Read(digest, one, "", one.after not in seen))
        except DetenteError as error:
            found.append(Read(digest, None, f"{error.what} [{error.step}]", gap=False))
        seen.add(digest)
    return found


def answer(code: Code, card: Signed, text: str, after: str, at: int) -> bytes:
    """Return a sealed answer of the reporter.

    Raises:
        Malformed, TooLarge: `message.1`, `message.2`. NotValidThen: `card.6`.
    """
    card.check_alive(at)
    made = Message(lookup=code.lookup, at=at, writer=REPORTER, act="answer", text=text, after=after)
    readers = (*card.readers(), code.opener().recipient)
    return message.seal(made, code.signer(), readers, card.digest, at)
