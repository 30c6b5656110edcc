"""The body: a record's envelope, checked against the leaf that committed to it and the key that it names.

    check(data, Leaf("record", "9f…"), Place(genesis, "live", "cn", record_keys), floor)

Who handed it over is of no matter: author, mirror, or a file on a stick. Nor is it asked here whether the key
was valid at the leaf's index: acts that decide on it may come later, and standing reads them in the log's
order. So a body that is held is held by whoever has the same bytes, in whatever order bodies came.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from detente.node import bundle
from detente.node.errors import Unready
from detente.trust import envelope, record
from detente.trust.envelope import Envelope
from detente.trust.errors import TooLarge, WrongContext, WrongKey
from detente.trust.key import PublicKey
from detente.trust.record import Domain, Leaf, Record

UNKNOWN_KEY = "body.6"
"""The check at which a body waits while a charter that names its key may still be on its way."""

Floor = Callable[[Record], None]
"""Raises if a record is not of the form that its kind has in the accord."""


class UnknownTerms(Unready):
    """The record names a version of the accord that this node has not got yet: wait, and refuse nothing."""


@dataclass(frozen=True)
class Place:
    """Where a body should belong: accord, domain, and the party whose log it is.

    `keys` are its record keys by keyid, of every charter known of it, in force or not.
    """

    genesis: str
    domain: Domain
    party: str
    keys: Mapping[str, PublicKey]


def check(data: bytes, leaf: Leaf, place: Place, floor: Floor) -> tuple[Record, Envelope]:
    """Return the record in a body, if it is what this leaf of this log commits to and its party signed it.

    Args:
        data: the envelope as received.
        leaf: the entry that it should be the body of.
        place: where it should belong.
        floor: what the accord says of its kind.

    Raises:
        TooLarge: `body.1`. As `envelope.parse`, `record.parse`, `record.require_signed`.
        WrongContext: `leaf.2`, `body.4`, `body.5`. WrongKey: `body.6`, `record.12`. As `floor`.
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
    # 6. The key that it names is a record key of the party, at whatever position, and signed it
    #    (`envelope.*`, `record.12`).
    if claimed.domain == place.domain and claimed.key not in place.keys:
        raise WrongKey(
            UNKNOWN_KEY,
            f"No charter known here of {place.party} names the record key {claimed.key[:16]}.",
            "Fetch the party's key changes, then this again.",
        )
    record.require_signer(claimed, record.require_signed(signed, place.keys.values(), place.domain))
    # 7. Its open fields and sealed paths are those of its kind.
    floor(claimed)
    return claimed, signed
