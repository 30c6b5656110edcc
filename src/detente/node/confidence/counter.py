"""The counter: where letters are handed in. It has the stamp, and no key that opens anything.

    counter = Counter.at(cabinet)
    counter.take(letter, "form")        the receipt

H/confidence/stamp.key is the stamp's seed, H/confidence/card the newest card, H/confidence/cards/DIGEST each
that was published. A letter that was sealed by an older card of this desk is taken: it may have lain on a
stick, and the officers keep the keys as long as they want it.
"""

import os
from dataclasses import dataclass

from detente.node import durable
from detente.node.confidence import card, letter, stamp
from detente.node.confidence.cabinet import Cabinet
from detente.node.confidence.card import Card, Signed
from detente.node.confidence.letter import Letter
from detente.node.confidence.stamp import Receipt
from detente.node.errors import NoSuchThing
from detente.trust.errors import WrongContext
from detente.trust.key import SEED_BYTES, PrivateKey
from detente.trust.note import ED25519, NoteKey

STAMP = "stamp.key"
CARD = "card"
CARDS = "cards"


@dataclass(frozen=True)
class Counter:
    """A desk's counter.

    Attributes:
        cabinet: where letters are kept.
        stamp: signs receipts and cards.
        card: the newest, or None before the first.
    """

    cabinet: Cabinet
    stamp: PrivateKey
    card: Signed | None

    @classmethod
    def at(cls, cabinet: Cabinet) -> "Counter":
        """Return the counter of a desk; its stamp is drawn the first time.

        Raises:
            DiskFailed: `disk.1`. As `card.parse`, if somebody changed the card.
        """
        path = cabinet.path / STAMP
        seed = durable.read(path)
        if seed is None:
            seed = os.urandom(SEED_BYTES)
            durable.write(path, seed)
        data = durable.read(cabinet.path / CARD)
        return cls(cabinet, PrivateKey.from_seed("ed25519", seed), card.parse(data) if data else None)

    def vkey(self, party: str) -> str:
        """Return the stamp's public key as a card names it."""
        return NoteKey(card.stamp_name(party), ED25519, self.stamp.public).vkey

    def publish(self, made: Card) -> Signed:
        """Sign the next card, keep it, and return it. Raises DiskFailed: `disk.1`; as `card.sign`."""
        data = card.sign(made, (self.stamp,))
        signed = card.parse(data)
        durable.write(self.cabinet.path / CARDS / signed.digest, data)
        durable.write(self.cabinet.path / CARD, data)
        return signed

    def current(self) -> Signed:
        """Return the card by which reports are sealed now.

        Raises:
            NoSuchThing: `counter.1`. NotValidThen: `card.6`.
        """
        # 1. There is one.
        if self.card is None:
            raise NoSuchThing("counter.1", "This desk has no card yet.", "Make one: detente intake card")
        self.card.check_alive(self.cabinet.clock.now())
        return self.card

    def card_of(self, digest: str) -> Signed:
        """Return a card that this desk has published. Raises WrongContext: `counter.2`."""
        data = durable.read(self.cabinet.path / CARDS / digest) if card.is_digest(digest) else None
        # 2. The card is one of this desk's.
        if data is None:
            raise WrongContext(
                "counter.2",
                "It is sealed by a card that is not this desk's.",
                "Fetch the desk's card, and seal again.",
            )
        return card.parse(data)

    def take(self, data: bytes, via: str) -> bytes:
        """Keep a letter, and return the receipt; the same letter again gets the same receipt.

        Raises:
            As `letter.parse`, `letter.check_card`, `card_of`, `Cabinet.receive`.
        """
        found = letter.parse(data)
        sealed_by = self.card_of(found.header.card)
        letter.check_card(found, sealed_by)

        def sign(one: Letter, number: int, at: int, chain: str) -> bytes:
            receipt = Receipt(
                party=sealed_by.card.party,
                number=number,
                received=stamp.second(at),
                letter=one.digest,
                lookup=one.header.lookup,
                card=one.header.card,
                use=one.header.use,
                chain=chain,
            )
            return stamp.stamped(receipt, self.stamp)

        return self.cabinet.receive(found, via, sealed_by.card.days, sign)
