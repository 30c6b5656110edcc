"""Sealed packages in the mutation table: each behind the digest that its release names."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mutation
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from mutation import Fault, Mutant, Row, steps

from detente.trust import canonical, recipient, sealing
from detente.trust.errors import WrongContext
from detente.trust.recipient import OpeningKey
from detente.trust.sealing import Context

Fields = dict[str, Any]
AT = 1_790_000_000_000
CN = OpeningKey.from_seed("cn", b"\x01" * 32, AT + 1000)
EXPIRED = OpeningKey.from_seed("cn", b"\x02" * 32, AT)
HELD = {key.recipient.keyid: key for key in (CN, EXPIRED)}
CONTEXT = Context(genesis="5d" * 32, domain="live", author="us", record="ab" * 32, recipients=("cn",))
TEXT = b"what was sealed"
HEADER: Fields = {
    "author": "us",
    "commitment": "",
    "domain": "live",
    "genesis": CONTEXT.genesis,
    "recipients": [{"keyid": CN.recipient.keyid, "party": "cn"}],
    "record": CONTEXT.record,
    "v": 1,
}
Part = Callable[[Random, bytes], bytes]


def _same(_: Random, data: bytes) -> bytes:
    return data


def _package(
    rng: Random, *, spell: Part = _same, wrap: Part = _same, padded: Part = _same, body: Part = _same
) -> bytes:
    """Return a package that is sound but for what the given parts make of it."""
    key = rng.randbytes(32)
    spelled = spell(rng, canonical.encode(HEADER | {"commitment": sealing.commitment(key)}))
    wrapped = sealing.HPKE.encrypt(key, CN.recipient.load(), info=sealing.info("cn", spelled))
    prefix = b"".join([sealing.MAGIC, len(spelled).to_bytes(4), spelled, wrap(rng, wrapped)])
    text = padded(rng, sealing.pad(rng.randbytes(rng.randrange(8, 900))))
    return prefix + body(rng, AESGCM(key).encrypt(bytes(12), text, prefix))


def _header(change: Callable[[Random, Fields], Fields]) -> Callable[[Random], bytes]:
    return lambda rng: _package(rng, spell=lambda r, data: canonical.encode(change(r, json.loads(data))))


def _nearly_json(fault: Fault) -> Callable[[Random], bytes]:
    return lambda rng: _package(rng, spell=fault)


def _flipped(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _bad_start(rng: Random) -> bytes:
    start = len(sealing.MAGIC)
    data = _package(rng)
    size = rng.choice([0, sealing.MAX_HEADER + 1 + rng.getrandbits(30), len(data) + rng.getrandbits(20)])
    return rng.choice(
        [_flipped(rng, data[:start]) + data[start:], data[:start] + size.to_bytes(4) + data[start + 4 :]]
    )


def _bad_fields(rng: Random, fields: Fields) -> Fields:
    digits = f"{rng.getrandbits(200):050x}"
    bent: list[Fields] = [
        {"v": 2 + rng.getrandbits(50)},
        {rng.choice(["record", "genesis", "commitment"]): digits},
        {"author": rng.choice(["", "US", "-a", "a" * 33])},
        {"domain": digits},
        {f"x{digits}": 1},
    ]
    return fields | rng.choice(bent)


def _bad_recipients(rng: Random, fields: Fields) -> Fields:
    several = [_someone(rng, f"p{number:03d}") for number in range(17)]
    bent = [[], several, several[:3][::-1], [several[0], several[0]], fields["recipients"] * 2]
    return fields | {"recipients": rng.choice(bent)}


def _someone(rng: Random, party: str) -> dict[str, str]:
    return {"keyid": f"{rng.getrandbits(256):064x}", "party": party}


def _elsewhere(rng: Random, fields: Fields) -> Fields:
    digest = f"{rng.getrandbits(256):064x}"
    bent: list[Fields] = [
        {"genesis": digest},
        {"record": digest},
        {"domain": "exercise"},
        {"author": f"p{rng.randrange(99)}"},
        {"recipients": [_someone(rng, "sg")]},
    ]
    return fields | rng.choice(bent)


def _bad_padding(rng: Random, padded: bytes) -> bytes:
    size = int.from_bytes(padded[:4])
    at = rng.randrange(4 + size, len(padded))
    larger = padded + bytes(len(padded))
    longer = (len(padded) + rng.getrandbits(30)).to_bytes(4) + padded[4:]
    return rng.choice([padded[:at] + b"\x01" + padded[at + 1 :], larger, longer])


def _other_key(rng: Random) -> bytes:
    return _header(lambda r, fields: fields | {"commitment": f"{r.getrandbits(256):064x}"})(rng)


JSON_FAULTS = {step: fault for step, fault in mutation.canonical_faults(0).items() if step != "canonical.1"}
PACKAGE_FAULTS: dict[str, Callable[[Random], bytes]] = {
    **{step: _nearly_json(fault) for step, fault in JSON_FAULTS.items()},
    "sealing.1": lambda rng: _package(rng) + rng.randbytes(8).ljust(sealing.MAX_PACKAGE),
    "sealing.3": _bad_start,
    "sealing.4": _header(_bad_fields),
    "sealing.5": _header(_bad_recipients),
    "sealing.6": lambda rng: _package(rng, body=lambda r, data: data[: r.randrange(1040)]),
    "sealing.7": _header(_elsewhere),
    "sealing.9": _header(lambda rng, fields: fields | {"recipients": [_someone(rng, "cn")]}),
    "sealing.10": _header(
        lambda _, fields: fields | {"recipients": [{"keyid": EXPIRED.recipient.keyid, "party": "cn"}]}
    ),
    "sealing.11": lambda rng: _package(rng, wrap=_flipped),
    "sealing.12": _other_key,
    "sealing.13": lambda rng: _package(rng, body=_flipped),
    "sealing.14": lambda rng: _package(rng, padded=_bad_padding),
    "statement.text": _package,
}


def _named(package: bytes) -> bytes:
    return hashlib.sha256(package).digest() + package


GENUINE = _named(sealing.seal(TEXT, [CN.recipient], CONTEXT, b"\x09" * 32, AT))


def _package_mutants(rng: Random) -> Iterator[Mutant]:
    for make in PACKAGE_FAULTS.values():
        for _ in range(mutation.SPARE):
            yield Mutant(_named(make(rng)), remade=True)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, GENUINE, 3_000))
    yield from (Mutant(_named(data), remade=True) for data in mutation.scattered(rng, GENUINE[32:], 3_000))


def _verify_package(data: bytes) -> None:
    text = sealing.open_package(data[32:], data[:32].hex(), CONTEXT, "cn", HELD, AT)
    if text != TEXT:
        raise WrongContext("statement.text", "Another text.", "Present it elsewhere.")


PACKAGE_ROW = Row(
    "package",
    GENUINE,
    _package_mutants,
    _verify_package,
    (
        *steps("canonical", 2, 5),
        *steps("sealing", 1, 7),
        *steps("sealing", 9, 14),
        "statement.text",
    ),
)

# Announcements of recipients' keys: party, time, expiry and key, as the fields of a record give them.

SPELLED = base64.b64encode(CN.recipient.public).decode()
ANNOUNCED = canonical.encode([SPELLED, AT + 1000])


def _announcement_mutants(rng: Random) -> Iterator[Mutant]:
    for _ in range(mutation.SPARE):
        at = rng.randrange(len(SPELLED) - 4)
        raw = CN.recipient.public
        unreduced = b"\xff" * rng.randrange(3, 99)
        for public, life in (
            (base64.b64encode(rng.randbytes(rng.randrange(1216))).decode(), 1000),
            (base64.b64encode(unreduced + raw[len(unreduced) :]).decode(), 1 + rng.getrandbits(30)),
            (SPELLED[:at] + rng.choice("*-_ é") + SPELLED[at + 1 :], 1000 + rng.getrandbits(20)),
            (SPELLED, rng.choice([-rng.getrandbits(30), recipient.MAX_LIFE + 1 + rng.getrandbits(30)])),
            (base64.b64encode(raw[:1184] + rng.randbytes(32)).decode(), 1000),
        ):
            yield Mutant(canonical.encode([public, AT + life]), remade=True)


def _verify_announcement(data: bytes) -> None:
    match canonical.decode(data):
        case [str(public), int(expires)]:
            made = recipient.announced("cn", public, AT, expires)
        case _:
            raise WrongContext("statement.form", "No announcement.", "Send a key and its expiry.")
    if made != CN.recipient:
        raise WrongContext("statement.id", "Another key.", "Present it elsewhere.")


ANNOUNCEMENT_ROW = Row(
    "announcement",
    ANNOUNCED,
    _announcement_mutants,
    _verify_announcement,
    ("recipient.1", "recipient.2", "recipient.4", "recipient.5", "statement.id"),
)
