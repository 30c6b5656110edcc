"""A sealed suite: items that neither side shows, committed to one by one and brought to a facility encrypted.

    made = covered(suite, salts, canaries)     the party that brings it
    opened(package, ...)                       the facility, which alone can

Each item has a salt and a canary of its own. The root is over SHA-256 of salt, canary and item, so it can
be stated in a playbook before anybody sees an item, and no item can be guessed from it; a leaf opened later
proves that one item was in it, and which canary lay beside it. The package is sealed to the facility's key
as releases are (trust/sealing.py), and bound to the root.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detente.instruments.canary import BYTES as CANARY_BYTES
from detente.instruments.canary import Canary
from detente.instruments.suite import Item, Suite, root_of
from detente.trust import canonical, sealing
from detente.trust.errors import BadOpening, Malformed, Misuse
from detente.trust.recipient import OpeningKey, Recipient
from detente.trust.sealing import Context

SALT_BYTES = 32
MOST_BYTES = 16 * 1024 * 1024

Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Covered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item, its salt, and its canary, which no system is shown."""

    salt: Salt
    canary: Canary
    item: Item

    def leaf(self) -> bytes:
        """Return what the root is over: it shows nothing of the item, and binds to it."""
        beside = bytes.fromhex(self.salt) + bytes.fromhex(self.canary)
        return hashlib.sha256(b"detente/sealed-item/1\n" + beside + self.item.canonical()).digest()


class SealedSuite(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a package holds, for the facility alone."""

    format: Literal["detente-sealed-suite-1"] = "detente-sealed-suite-1"
    suite: dict[str, Any]
    items: tuple[Covered, ...]

    def root(self) -> str:
        """Return the digest by which a playbook names the suite."""
        return root_of([one.leaf() for one in self.items])

    def canaries(self) -> tuple[str, ...]:
        """Return the canaries, in the items' order."""
        return tuple(one.canary for one in self.items)

    def plain(self) -> Suite:
        """Return the suite to run.

        Raises:
            Malformed: `sealedsuite.2`.
        """
        try:
            whole = self.suite | {"items": [msgspec.to_builtins(one.item) for one in self.items]}
            return msgspec.convert(whole, Suite)
        except msgspec.ValidationError as error:
            raise _no_suite(str(error)) from error


def covered(suite: Suite, salts: Sequence[bytes], canaries: Sequence[bytes]) -> SealedSuite:
    """Return a suite with a salt and a canary for each item.

    Raises:
        Misuse: `sealedsuite.1`: not one salt of 32 bytes and one canary of 16 for each item.
    """
    # 1. Each item has a salt and a canary, and no two the same.
    for drawn, length in ((salts, SALT_BYTES), (canaries, CANARY_BYTES)):
        if len(set(drawn)) != len(suite.items) or any(len(one) != length for one in drawn):
            what = f"Not one string of {length} bytes for each item."
            raise Misuse("sealedsuite.1", what, "Draw them anew.")
    about: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(suite))
    about.pop("items")
    beside = zip(salts, canaries, suite.items, strict=True)
    items = tuple(Covered(salt.hex(), canary.hex(), item) for salt, canary, item in beside)
    return SealedSuite(suite=about, items=items)


def context(genesis: str, root: str, author: str, facility: str) -> Context:
    """Return what a package is made for: this accord, this root, this facility and nobody else."""
    return Context(genesis=genesis, domain="live", author=author, record=root, recipients=(facility,))


def packed(made: SealedSuite, to: Recipient, bound: Context, randomness: bytes, at: int) -> bytes:
    """Return the encrypted package.

    Raises:
        As `sealing.seal`.
    """
    value: Any = msgspec.json.decode(msgspec.json.encode(made))
    return sealing.seal(canonical.encode(value), (to,), bound, randomness, at)


def opened(package: bytes, bound: Context, key: OpeningKey, at: int) -> SealedSuite:
    """Return what a package holds, if it is what its root says.

    Raises:
        As `sealing.open_package`. Malformed: `sealedsuite.2`. BadOpening: `sealedsuite.3`: other items.
    """
    digest = hashlib.sha256(package).hexdigest()
    plain = sealing.open_package(package, digest, bound, key.recipient.party, {key.recipient.keyid: key}, at)
    try:
        made = msgspec.convert(canonical.decode(plain, MOST_BYTES), SealedSuite)
    except msgspec.ValidationError as error:
        raise _no_suite(str(error)) from error
    # 3. The items are those that the root commits to, one by one.
    if made.root() != bound.record:
        what = "The items in the package are not those of the root that was registered."
        raise BadOpening("sealedsuite.3", what, "Run nothing; tell the party that brought it.")
    return made


def _no_suite(why: str) -> Malformed:
    # 2. It has this form.
    return Malformed("sealedsuite.2", f"The package holds no suite: {why}.", "Ask its author for another.")
