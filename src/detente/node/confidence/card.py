r"""The intake card: what a party publishes, and all that a reporter needs to seal a report.

    detente-intake-card/v1
    {"at":…,"days":180,"keepers":[{"name":"k1","opens":"…"}],"officers":[{"name":"o1","opens":"…","signs":"…"}],…}

    — us/intake …

A signed note (`trust.note`): a line that names the format, one line of canonical JSON, and the stamp's
signature. Reports are sealed to the officers, identities to the keepers, and those are other keys. The stamp
also signs receipts. A reporter checks the stamp's fingerprint against what the party prints elsewhere; a
card whose stamp is new bears the old stamp's signature too. Pure.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from detente.trust import canonical, note
from detente.trust.errors import Malformed, NotCanonical, NotValidThen, WrongKey
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.note import NoteKey
from detente.trust.recipient import Recipient
from detente.trust.record import HEX_DIGEST, PARTY

HEADING = "detente-intake-card/v1"
VERSION = 1
MAX_BYTES = 65_536
MAX_OFFICERS = 16
MAX_LIFE = 400 * 86_400_000
"""The longest that a card is valid, in milliseconds: its keys are to be rotated."""

MAX_DAYS = 3_650
_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


class Officer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An intake officer or a keeper of identities: a short name, no person's, and public keys in base64.

    Attributes:
        name: unique on the card.
        opens: X-Wing, 1,216 bytes.
        signs: Ed25519, 32 bytes; empty for a keeper, who writes to nobody.
    """

    name: str
    opens: str
    signs: str = ""

    def recipient(self, until: int) -> Recipient:
        """Return the key to seal to. Raises Malformed: `card.4`, `recipient.*`."""
        return Recipient(self.name, _bytes(self.opens), until)

    def verifier(self) -> PublicKey:
        """Return the key that signed what the officer wrote. Raises Malformed: `card.4`, `key.*`."""
        return PublicKey("ed25519", _bytes(self.signs))


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the note says.

    Attributes:
        v: the version of this format, 1.
        party: whose desk it is.
        serial: counts the desk's cards from 1.
        at: when it was made, milliseconds since the Unix epoch.
        until: from when nothing is sealed by it.
        officers: who read reports, in ascending order of name.
        keepers: who read identities, in ascending order of name.
        days: after how many days an identity is destroyed.
        stamp: the vkey that signs the card and each receipt.
        url: where reports are taken, or empty.
    """

    v: int
    party: str
    serial: int
    at: int
    until: int
    officers: tuple[Officer, ...]
    keepers: tuple[Officer, ...]
    days: int
    stamp: str
    url: str = ""


@dataclass(frozen=True)
class Signed:
    """A card whose stamp verified.

    Attributes:
        card: what it says.
        data: the note, as it was published.
        digest: hexadecimal SHA-256 of the signed text: what letters name.
    """

    card: Card
    data: bytes
    digest: str

    @property
    def stamp(self) -> NoteKey:
        """Who stamps receipts."""
        return note.parse_vkey(self.card.stamp)

    @property
    def fingerprint(self) -> str:
        """What a reporter compares: 32 hexadecimal digits of the stamp's SHA-256, in groups of four."""
        digits = hashlib.sha256(self.card.stamp.encode()).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))

    def readers(self) -> tuple[Recipient, ...]:
        """Return to whom a report is sealed."""
        return tuple(one.recipient(self.card.until) for one in self.card.officers)

    def keepers(self) -> tuple[Recipient, ...]:
        """Return to whom an identity is sealed."""
        return tuple(one.recipient(self.card.until) for one in self.card.keepers)

    def check_alive(self, at: int) -> None:
        """Return if something may be sealed by this card. Raises NotValidThen: `card.6`."""
        # 6. It has not ended.
        if at >= self.card.until:
            raise NotValidThen("card.6", "This intake card has ended.", "Fetch the desk's new card.")

    def check_follows(self, before: "Signed") -> None:
        """Return if this card follows another. Raises WrongKey: `card.7`; as `note.verify`."""
        # 7. The same party's, a later one, under the stamp that is known.
        if self.card.party != before.card.party or self.card.serial <= before.card.serial:
            raise WrongKey(
                "card.7", "This card does not follow the one that is known.", "Ask the desk which is newest."
            )
        note.verify(note.parse(self.data), [before.stamp])


def sign(card: Card, stamps: tuple[PrivateKey, ...]) -> bytes:
    """Return a card as it is published: signed by its stamp, and by the stamp before if that is another.

    Raises:
        As `parse`.
    """
    value: canonical.Value = msgspec.json.decode(msgspec.json.encode(card))
    text = HEADING.encode() + b"\n" + canonical.encode(value) + b"\n"
    lines = tuple(note.sign(text, stamp_name(card.party), one) for one in stamps)
    data = note.dump(note.Note(text, lines))
    parse(data)
    return data


def stamp_name(party: str) -> str:
    """Return the name of a desk's stamp in notes."""
    return f"{party}/intake"


def parse(data: bytes) -> Signed:
    """Return a card whose own stamp verified; whether it is that of the right desk, its fingerprint says.

    Raises:
        Malformed, NotCanonical: `card.1` to `card.5`, `canonical.*`, `note.*`, `vkey.*`, `recipient.*`.
        BadSignature, WrongKey: `note.8`, `note.9`. TooLarge: `note.1`, `canonical.1`.
    """
    found = note.parse(data)
    heading, _, rest = found.text.partition(b"\n")
    # 1. A heading, and one line of canonical JSON.
    if heading != HEADING.encode() or rest.count(b"\n") != 1:
        raise Malformed("card.1", "This is no intake card.", "Take the card from the desk that publishes it.")
    try:
        card = msgspec.convert(canonical.decode(rest[:-1], MAX_BYTES), Card)
    except msgspec.ValidationError as error:
        raise Malformed("card.1", f"No intake card: {error}.", "Take the card from its desk.") from error
    _check(card)
    signed = Signed(card, data, hashlib.sha256(found.text).hexdigest())
    # 5. Its own stamp has signed it, under the desk's name.
    if signed.stamp.name != stamp_name(card.party):
        raise Malformed("card.5", "The stamp is not named for the desk.", "Take the card from its desk.")
    note.verify(found, [signed.stamp])
    return signed


def _check(card: Card) -> None:
    # 2. Known version, a named party, a life that ends.
    if card.v != VERSION or not PARTY.fullmatch(card.party) or card.serial < 1:
        raise Malformed("card.2", "An intake card of another version, or of nobody.", "Update this program.")
    if not card.at < card.until <= card.at + MAX_LIFE or not 1 <= card.days <= MAX_DAYS:
        raise Malformed("card.2", "The card's times are not sound.", "Take the card from its desk.")
    for row in (card.officers, card.keepers):
        _check_row(row)
    # 4. Each key is one, and none serves reports and identities.
    if {one.opens for one in card.officers} & {one.opens for one in card.keepers}:
        raise Malformed("card.4", "A key opens reports and identities.", "Draw the keepers' keys apart.")
    for one in (*card.officers, *card.keepers):
        one.recipient(card.until)
    for one in card.officers:
        one.verifier()


def _check_row(row: tuple[Officer, ...]) -> None:
    # 3. Between one and MAX_OFFICERS, well named, in strictly ascending order.
    if not 1 <= len(row) <= MAX_OFFICERS or not all(_NAME.fullmatch(one.name) for one in row):
        raise Malformed(
            "card.3", "The card names nobody, too many, or badly.", "Take the card from its desk."
        )
    if any(first.name >= second.name for first, second in pairwise(row)):
        raise NotCanonical("card.3", "The names repeat or are out of order.", "Take the card from its desk.")


def _bytes(text: str) -> bytes:
    # 4. Keys are base64.
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("card.4", f"Not base64: {error}.", "Take the card from its desk.") from error


def is_digest(text: str) -> bool:
    """Tell whether a text is a digest as this house writes them."""
    return HEX_DIGEST.fullmatch(text) is not None
