"""The material: signed records like those that nodes exchange, made the same in every run.

A record of about 900 bytes: six open fields, four sealed paths with commitments that no two records share.
"""

from functools import lru_cache
from hashlib import sha256

from detente.trust import envelope, record
from detente.trust.disclosure import commitment
from detente.trust.key import PrivateKey
from detente.trust.record import AccordRef, Record

KEY = PrivateKey.from_seed("ed25519", b"\x01" * 32)
LIVE = record.PAYLOAD_TYPES["live"]
PATHS = ("evidence", "mitigation", "pattern", "reporter")


def made(number: int) -> Record:
    """Return record `number` of a log of `us`."""
    return Record(
        v=1,
        domain="live",
        kind="incidents.report",
        party="us",
        accord=AccordRef(genesis="5d" * 32, version=1),
        thread=None,
        at=1_790_000_000_000 + number,
        nonce=sha256(b"nonce %d" % number).hexdigest()[:32],
        key=KEY.public.keyid,
        open={
            "axes": ["autonomy-1", "harm-2", "spread-1"],
            "cross_border": number % 3 == 0,
            "level": number % 8,
            "occurred": 1_789_990_000_000 + number,
            "sector": "health",
            "techniques": ["aml.t0051", "aml.t0054"],
        },
        sealed={path: commitment(f"{number} {path}") for path in PATHS},
    )


@lru_cache(maxsize=2)
def envelopes(count: int) -> tuple[bytes, ...]:
    """Return `count` signed records as they travel."""
    return tuple(envelope.dump(record.seal(made(number), KEY)) for number in range(count))


@lru_cache(maxsize=2)
def bare(count: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return what a bare verification needs for the same records: the signed bytes, and the signature."""
    parsed = [envelope.parse(data) for data in envelopes(count)]
    return tuple((envelope.pae(LIVE, one.payload), one.signatures[0].sig) for one in parsed)
