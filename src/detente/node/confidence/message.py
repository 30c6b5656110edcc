"""The message: a question, an answer or the outcome, on the way between a desk and a reporter without a name.

    from an officer     signed with the officer's key of the card
    from the reporter   signed with the follow-up code's key

Both are sealed to the card's officers and to the reporter's key, so that each side can read the thread again.
What is sealed is a DSSE envelope (`trust.envelope`) around canonical JSON. `after` is the SHA-256 of the
newest package of the thread that the writer had seen: one that is withheld in between is missed. Pure but
for the randomness of sealing.
"""

import hashlib
import os
from typing import Literal, TypeAlias

import msgspec

from detente.node.confidence.code import REPORTER
from detente.trust import canonical, envelope, sealing
from detente.trust.errors import Malformed, TooLarge, WrongContext
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.recipient import OpeningKey, Recipient

TYPE = "application/vnd.detente.confide+json"
VERSION = 1
DESK = "intake"
MAX_TEXT = 20_000
MAX_BYTES = 320_000
"""The longest package of a message: two texts of 20,000 characters, in an envelope, with 17 wraps."""

Act: TypeAlias = Literal["question", "answer", "note", "closed"]
Outcome: TypeAlias = Literal[
    "none", "acted_on", "passed_on", "known_already", "not_taken", "could_not_confirm", "unreadable"
]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said.

    Attributes:
        v: the version of this format, 1.
        lookup: to which report it belongs.
        at: milliseconds, by the writer's clock.
        writer: an officer's name on the card, or `reporter`.
        act: what it is; only an officer closes.
        text: in the writer's words.
        outcome: what became of the report, with `closed`; else `none`.
        lesson: what was learned from it, with `closed`; may be empty.
        after: SHA-256 of the newest package that the writer had seen, or empty.
    """

    v: int = VERSION
    lookup: str
    at: int
    writer: str
    act: Act
    text: str
    outcome: Outcome = "none"
    lesson: str = ""
    after: str = ""


def seal(message: Message, signer: PrivateKey, readers: tuple[Recipient, ...], card: str, at: int) -> bytes:
    """Return a message as a package.

    Raises:
        Malformed, TooLarge: `message.1`, `message.2`. NotValidThen: `sealing.10`.
    """
    _check(message)
    value: canonical.Value = msgspec.json.decode(msgspec.json.encode(message))
    signed = envelope.dump(envelope.sign(TYPE, canonical.encode(value), [signer]))
    author = REPORTER if message.writer == REPORTER else DESK
    made = _context(card, message.lookup, author, tuple(one.party for one in readers))
    return sealing.seal(signed, readers, made, os.urandom(32), at)


def opened(
    package: bytes, lookup: str, by: tuple[str, dict[str, OpeningKey]], signers: dict[str, PublicKey], at: int
) -> Message:
    """Return what a message says.

    Args:
        package: the message as received.
        lookup: of the thread that it was found in.
        by: who opens it, and the keys that they hold.
        signers: writer to the key that signs for them.
        at: when it was sealed, or before the keys ended, in milliseconds.

    Raises:
        WrongContext: `message.3`, `message.4`. Malformed: `message.5`. As `sealing.open_package`,
        `envelope.verify`.
    """
    stated = sealing.parse(package).header
    made = _context(stated.genesis, lookup, stated.author, tuple(one.party for one in stated.recipients))
    # 3. It was made for this thread, by one of its two sides.
    if stated.author not in (REPORTER, DESK):
        raise WrongContext(
            "message.3", "It is of neither side of this thread.", "Keep it, and tell the desk."
        )
    digest = hashlib.sha256(package).hexdigest()
    signed = envelope.parse(sealing.open_package(package, digest, made, by[0], by[1], at))
    by_key = envelope.verify(signed, signers.values(), 1, TYPE)
    message = _read(signed.payload)
    # 4. Its writer signed it, is of the side that sealed it, and wrote it in this thread.
    signer = signers.get(message.writer)
    side = REPORTER if message.writer == REPORTER else DESK
    if signer is None or signer.keyid not in by_key or (side, message.lookup) != (stated.author, lookup):
        raise WrongContext(
            "message.4", "Its writer is not one of this thread.", "Keep it, and tell the desk."
        )
    return message


def check_package(package: bytes, lookup: str, author: str) -> None:
    """Return if a package may be put into a thread by this side, unread.

    Raises:
        TooLarge: `message.6`. WrongContext: `message.7`. As `sealing.parse`.
    """
    # 6. It is no longer than a message can be.
    if len(package) > MAX_BYTES:
        raise TooLarge("message.6", "The message is too long.", f"Send at most {MAX_BYTES} bytes.")
    stated = sealing.parse(package).header
    # 7. It was made for this thread, by this side.
    if (stated.author, stated.record) != (author, _context("", lookup, author, ()).record):
        raise WrongContext(
            "message.7", "The message was made for another thread.", "Write it again, in its own."
        )


def _context(card: str, lookup: str, author: str, recipients: tuple[str, ...]) -> sealing.Context:
    record = hashlib.sha256(f"detente/v1 message\n{lookup}\n{author}\n".encode()).hexdigest()
    return sealing.Context(genesis=card, domain="live", author=author, record=record, recipients=recipients)


def _read(data: bytes) -> Message:
    # 5. Canonical JSON with exactly the fields of a message.
    try:
        found = msgspec.convert(canonical.decode(data, MAX_BYTES), Message)
    except msgspec.ValidationError as error:
        raise Malformed("message.5", f"No message: {error}.", "Keep it, and tell the desk.") from error
    _check(found)
    return found


def _check(message: Message) -> None:
    # 1. It says something, and only an officer closes.
    closing = message.act == "closed"
    if message.v != VERSION or not (message.text.strip() or closing):
        raise Malformed("message.1", "The message says nothing.", "Write a line.")
    if closing != (message.outcome != "none") or (closing and message.writer == REPORTER):
        raise Malformed(
            "message.1",
            "A message that closes has an outcome, and is an officer's.",
            "Say what became of it.",
        )
    # 2. It is within its limits.
    if len(message.text) > MAX_TEXT or len(message.lesson) > MAX_TEXT:
        raise TooLarge("message.2", "The message is too long.", f"Keep it to {MAX_TEXT} characters.")
