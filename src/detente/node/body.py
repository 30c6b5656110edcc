"""The body: a record's envelope, checked against the leaf that committed to it and the keys of its position.

    check(data, Leaf("record", "9f…"), Place(genesis, "live", "cn", keyring, 17), floor)

Who handed it over is of no matter: author, mirror, or a file on a stick.
"""

from collections.abc import Callable
from dataclasses import dataclass

from detente.node import bundle
from detente.node.errors import Unready
from detente.trust import envelope, record
from detente.trust.envelope import Envelope
from detente.trust.errors import TooLarge, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Leaf, Record

Floor = Callable[[Record], None]
"""Raises if a record is not of the form that its kind has in the accord."""


class UnknownTerms(Unready):
    """The record names a version of the accord that this node has not got yet: wait, and refuse nothing."""


@dataclass(frozen=True)
class Place:
    """Where a body should belong: accord, domain, the party whose log it is with its keys, and the index."""

    genesis: str
    domain: Domain
    party: str
    keyring: Keyring
    index: int


def check(data: bytes, leaf: Leaf, place: Place, floor: Floor) -> tuple[Record, Envelope]:
    """Return the record in a body, if it is what this leaf of this log commits to and its party signed it.

    Args:
        data: the envelope as received.
        leaf: the entry that it should be the body of.
        place: where it should belong.
        floor: what the accord says of its kind.

    Raises:
        TooLarge: `body.1`. As `envelope.parse`, `record.parse`, `record.require_signed`.
        WrongContext: `leaf.2`, `body.4`, `body.5`. NotValidThen: as `Keyring.keys`. As `floor`.
    """
    # 1. The size is within the limit; 2. it is an envelope with a record of this domain (`record.*`).
    if len(data) > bundle.MAX_BODY:
        raise TooLarge("body.1", f"A body of {len(data)} bytes.", f"Records have at most {bundle.MAX_BODY}.")
    signed = envelope.parse(data)
    claimed = record.parse(signed.payload_type, signed.payload)
    # 3. It is this leaf's body (`leaf.2`).
    record.require_leaf(leaf, claimed, signed)
    # 4. It is the statement of the party whose log this is.
    if claimed.party != place.party:
        raise WrongContext(
            "body.4", f"A record of {claimed.party} in the log of {place.party}.", "Ask that party why."
        )
    # 5. It is made under this accord.
    if claimed.accord.genesis != place.genesis:
        raise WrongContext("body.5", f"Made under accord {claimed.accord.genesis[:16]}.", "Present it there.")
    # 6. It is signed by a record key of the party that was valid at this position (`envelope.*`).
    keys = place.keyring.keys("record", place.index, claimed.at)
    record.require_signed(signed, keys, place.domain)
    # 7. Its open fields and sealed paths are those of its kind.
    floor(claimed)
    return claimed, signed
