r"""The letter: a sealed report; nobody between the reporter's machine and an officer can open it.

    detente-confide/v1\n
    <length of header: 4 bytes> <header: canonical JSON>
    <each part: a package of `trust.sealing`, in the header's order>

Header: `{"card","lookup","parts":[{"bytes","role","sha256"}…],"use","v":1}`. The first part is the report;
then perhaps one identity, sealed to the keepers; then the attachments. Packages are padded to a power of two,
so a desk sees how many files there are and roughly how large. Each is made for this card, this lookup, this
place in the letter and this use: moved elsewhere, it does not open. Pure but for the randomness of `seal`.
"""

import hashlib
import os
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from detente.node.confidence.attachment import MAX_FILES
from detente.node.confidence.card import Signed
from detente.node.confidence.code import REPORTER, Code
from detente.node.confidence.report import MAX_IDENTITY, Report, Use
from detente.trust import canonical, sealing
from detente.trust.errors import Malformed, TooLarge, WrongContext
from detente.trust.recipient import OpeningKey, Recipient
from detente.trust.record import HEX_DIGEST

MAGIC = b"detente-confide/v1\n"
VERSION = 1
MAX_HEADER = 4_096
MAX_BYTES = 26 * 1024 * 1024
MAX_PARTS = MAX_FILES + 2

Role: TypeAlias = Literal["report", "identity", "attachment"]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One package of a letter, as the header has it."""

    bytes: int
    role: Role
    sha256: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The readable part.

    Attributes:
        v: the version of this format, 1.
        card: digest of the intake card to whose keys it is sealed.
        lookup: under what the follow-up code finds it.
        use: how the report may be used: the desk's receipt says it again, signed.
        parts: what follows.
    """

    v: int
    card: str
    lookup: str
    use: Use
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Letter:
    """A letter taken apart; nothing in it was opened.

    Attributes:
        header: the readable part.
        packages: the sealed parts, in its order.
        digest: hexadecimal SHA-256 of the whole.
        size: of the whole, in bytes.
    """

    header: Header
    packages: tuple[bytes, ...]
    digest: str
    size: int


def seal(
    report: Report, identity: str, files: tuple[bytes, ...], code: Code, to: tuple[Signed, int]
) -> bytes:
    """Return a letter.

    Args:
        report: what is said; its `attached` lists exactly these files.
        identity: who says it and how to reach them; empty: not told.
        files: the attachments.
        code: what the reporter keeps.
        to: the card, and now in milliseconds: nothing is sealed by a card that has ended.

    Raises:
        NotValidThen: `card.6`. TooLarge: `letter.1`, `letter.8`, `sealing.1`. As `Report.dump`.
    """
    card, at = to
    card.check_alive(at)
    # 8. An identity is a name and how to reach it, no second report.
    if len(identity) > MAX_IDENTITY:
        raise TooLarge("letter.8", "The identity is too long.", f"Keep it to {MAX_IDENTITY} characters.")
    plain: list[tuple[Role, bytes]] = [("report", report.dump())]
    plain += [("identity", identity.encode())] if identity.strip() else []
    plain += [("attachment", one) for one in files]
    parts, packages = [], []
    for index, (role, data) in enumerate(plain):
        readers = card.keepers() if role == "identity" else card.readers()
        made = context(card.digest, code.lookup, (role, index, report.use), readers)
        package = sealing.seal(data, readers, made, os.urandom(32), at)
        packages.append(package)
        parts.append(Part(len(package), role, hashlib.sha256(package).hexdigest()))
    header = Header(v=VERSION, card=card.digest, lookup=code.lookup, use=report.use, parts=tuple(parts))
    value: canonical.Value = msgspec.json.decode(msgspec.json.encode(header))
    spelled = canonical.encode(value)
    whole = b"".join([MAGIC, len(spelled).to_bytes(4), spelled, *packages])
    parse(whole)
    return whole


def context(
    card: str, lookup: str, place: tuple[Role, int, Use], readers: tuple[Recipient, ...]
) -> sealing.Context:
    """Return what a part is made for: its card, its letter, its place and use, and its readers."""
    role, index, use = place
    record = hashlib.sha256(f"detente/v1 letter\n{lookup}\n{role} {index}\n{use}\n".encode()).hexdigest()
    return sealing.Context(
        genesis=card,
        domain="live",
        author=REPORTER,
        record=record,
        recipients=tuple(one.party for one in readers),
    )


def parse(data: bytes) -> Letter:
    """Take a letter apart.

    Raises:
        TooLarge: `letter.1`. Malformed: `letter.2` to `letter.5`. WrongContext: `letter.6`, `letter.7`.
        As `sealing.parse`.
    """
    # 1. The size is within the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge("letter.1", f"A letter of {len(data)} bytes.", f"Send at most {MAX_BYTES}.")
    # 2. It begins as a letter does, and holds the header it announces.
    start = len(MAGIC) + 4
    end = start + int.from_bytes(data[len(MAGIC) : start])
    if not data.startswith(MAGIC) or not start < end <= min(len(data), start + MAX_HEADER):
        raise Malformed("letter.2", "This is no sealed report.", "Seal it with `detente confide report`.")
    # 3. The header is canonical JSON with exactly its fields.
    try:
        header = msgspec.convert(canonical.decode(data[start:end], MAX_HEADER), Header)
    except msgspec.ValidationError as error:
        raise Malformed("letter.3", f"No header: {error}.", "Seal the report again.") from error
    _check(header)
    # 5. Exactly the parts that it lists follow.
    packages, at = [], end
    for part in header.parts:
        packages.append(data[at : at + part.bytes])
        at += part.bytes
    if at != len(data):
        raise Malformed("letter.5", "The letter is cut off, or longer than it says.", "Send it again, whole.")
    for index, (part, package) in enumerate(zip(header.parts, packages, strict=True)):
        _check_package(header, index, part, package)
    return Letter(header, tuple(packages), hashlib.sha256(data).hexdigest(), len(data))


def check_card(letter: Letter, card: Signed) -> None:
    """Return if each part is sealed to exactly the readers whom the card names for it.

    Raises:
        WrongContext: `letter.9`.
    """
    for part, package in zip(letter.header.parts, letter.packages, strict=True):
        readers = card.keepers() if part.role == "identity" else card.readers()
        found = [(one.party, one.keyid) for one in sealing.parse(package).header.recipients]
        # 9. Nobody can be left out, and nobody else reads along.
        if letter.header.card != card.digest or found != [(one.party, one.keyid) for one in readers]:
            raise WrongContext(
                "letter.9", "It is sealed to others than the card's readers.", "Seal it by the card."
            )


def opened(
    letter: Header, index: int, package: bytes, by: tuple[str, dict[str, OpeningKey]], at: int
) -> bytes:
    """Return the plaintext of one part.

    Args:
        letter: the header.
        index: which part.
        package: that part.
        by: the officer's or keeper's name on the card, and the keys that they hold.
        at: when the letter was received, milliseconds.

    Raises:
        As `sealing.open_package`.
    """
    part, (name, keys) = letter.parts[index], by
    stated = sealing.parse(package).header
    record = context(letter.card, letter.lookup, (part.role, index, letter.use), ()).record
    made = sealing.Context(
        genesis=letter.card,
        domain="live",
        author=REPORTER,
        record=record,
        recipients=tuple(one.party for one in stated.recipients),
    )
    return sealing.open_package(package, part.sha256, made, name, keys, at)


def _check(header: Header) -> None:
    roles = [one.role for one in header.parts]
    plain = [one for one in roles if one == "attachment"]
    ordered = ["report", *(["identity"] if "identity" in roles else []), *plain]
    # 4. Known version, digests where they belong, parts in their order and number.
    if header.v != VERSION or not all(map(HEX_DIGEST.fullmatch, (header.card, header.lookup))):
        raise Malformed("letter.4", "A letter of another version.", "Update this program, or its sender.")
    if roles != ordered or len(plain) > MAX_FILES or any(one.bytes < 1 for one in header.parts):
        raise Malformed("letter.4", "The parts are out of order, or too many.", "Seal the report again.")


def _check_package(header: Header, index: int, part: Part, package: bytes) -> None:
    # 6. Each part is the one that the header names.
    if hashlib.sha256(package).hexdigest() != part.sha256:
        raise WrongContext(
            "letter.6", "A part is not the one that the header names.", "Send the letter again."
        )
    stated = sealing.parse(package).header
    made = context(header.card, header.lookup, (part.role, index, header.use), ())
    # 7. It was made for this place in this letter.
    if (stated.genesis, stated.domain, stated.author, stated.record) != (
        made.genesis,
        made.domain,
        made.author,
        made.record,
    ):
        raise WrongContext("letter.7", "A part was made for another letter.", "Seal the report again.")
