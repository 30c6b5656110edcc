"""The intake officer: the private keys of one of the desk's readers, in memory, on the officer's own machine.

    Opener("duty-1", ((<seed to open>, <seed to sign>), …)).public      what goes onto the card

The newest pair leads; older ones stay until nothing sealed to them is wanted any more. Pure.
"""

import base64
from dataclasses import dataclass, field

from detente.node.confidence.card import Officer
from detente.node.confidence.code import FOREVER
from detente.trust.errors import Misuse
from detente.trust.key import PrivateKey
from detente.trust.recipient import OpeningKey


@dataclass(frozen=True)
class Opener:
    """An officer's or a keeper's keys; neither its `repr` nor its errors show them.

    Args:
        name: as on the card.
        seeds: pairs of 32 bytes, to open and to sign, the newest first.
    """

    name: str
    seeds: tuple[tuple[bytes, bytes], ...] = field(repr=False)

    def __post_init__(self) -> None:
        # 1. There is a pair.
        if not self.seeds:
            raise Misuse("opener.1", "An officer without keys.", "Fix the caller.")

    @property
    def public(self) -> Officer:
        """What an officer hands out for the card. A keeper hands out `keeper`."""
        signs = base64.b64encode(self.signer.public.raw).decode()
        return Officer(self.name, self.keeper.opens, signs)

    @property
    def keeper(self) -> Officer:
        """What a keeper hands out for the card."""
        opens = OpeningKey.from_seed(self.name, self.seeds[0][0], FOREVER).recipient.public
        return Officer(self.name, base64.b64encode(opens).decode())

    @property
    def signer(self) -> PrivateKey:
        """The key that signs now."""
        return PrivateKey.from_seed("ed25519", self.seeds[0][1])

    @property
    def keys(self) -> dict[str, OpeningKey]:
        """Keyid to key, all that are held."""
        held = [OpeningKey.from_seed(self.name, opens, FOREVER) for opens, _ in self.seeds]
        return {one.recipient.keyid: one for one in held}
