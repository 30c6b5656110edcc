"""One genuine record with its key, envelope and disclosures, for tests to present, alter and attack."""

import msgspec

from detente.trust import disclosure, envelope, record
from detente.trust.disclosure import UNKNOWN, Disclosure, Sealed
from detente.trust.key import PrivateKey
from detente.trust.record import AccordRef, Record

KEY = PrivateKey.from_seed("ed25519", b"\x01" * 32)
OTHER_KEY = PrivateKey.from_seed("ed25519", b"\x02" * 32)
OFFICERS = tuple(PrivateKey.from_seed("ml-dsa-65", bytes([seed]) * 32) for seed in (3, 4, 5))

NONCE = "0f" * 16
PATHS = ("evidence", "logs.samples", "reporter")
VALUES: dict[str, Sealed] = {"evidence": "a prompt in 繁體 and naïve 😀", "reporter": UNKNOWN}
SALTS = {path: bytes([number]) * 16 for number, path in enumerate(PATHS, 1)}
DISCLOSURES: dict[str, Disclosure] = disclosure.commit_all(("us", NONCE), PATHS, VALUES, SALTS)

RECORD = Record(
    v=1,
    domain="live",
    kind="incidents.report",
    party="us",
    accord=AccordRef(genesis="5d" * 32, version=1),
    thread=None,
    at=1_790_000_000_000,
    nonce=NONCE,
    key=KEY.public.keyid,
    open={"cross_border": True, "level": 3, "techniques": ["aml.t0051", "aml.t0054"]},
    sealed={path: one.digest for path, one in DISCLOSURES.items()},
)
LIVE = record.PAYLOAD_TYPES["live"]
EXERCISE = record.PAYLOAD_TYPES["exercise"]


def altered(**changes: object) -> Record:
    """Return the sample record with some fields replaced."""
    return msgspec.structs.replace(RECORD, **changes)


def sealed_bytes() -> bytes:
    """Return the sample record's envelope as it travels."""
    return envelope.dump(record.seal(RECORD, KEY))
