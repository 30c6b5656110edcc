"""Disclosures in the mutation table: each beside its record, which commits to the altered one if remade."""

import base64
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mutation
from mutation import Fault, Mutant, Row, steps
from sample import DISCLOSURES, KEY, LIVE, NONCE, RECORD, sealed_bytes

from detente.trust import canonical, disclosure, envelope, record

PAYLOAD = json.loads(record.dump(RECORD))
GENUINE = DISCLOSURES["evidence"].encoded
OPENED = b"\n".join([sealed_bytes(), GENUINE.encode()])


def _plain(rng: Random) -> bytes:
    salt = base64.urlsafe_b64encode(rng.randbytes(16)).decode().rstrip("=")
    return canonical.encode([salt, f"us/{NONCE}/evidence", {"value": rng.getrandbits(50)}])


def _list(change: Callable[[Random, list[Any]], Any]) -> Fault:
    return lambda rng, data: canonical.encode(change(rng, json.loads(data)))


def _nearly_json(rng: Random, data: bytes) -> bytes:
    # The faults of canonical form are made for objects: wrap one, then take the list out again.
    return b"[" + data + b"," + rng.choice(list(JSON_FAULTS.values()))(rng, b'{"a":"b"}') + b"]"


JSON_FAULTS = {step: fault for step, fault in mutation.canonical_faults(0).items() if step != "canonical.1"}
BAD_NAMES = (
    "",
    "evidence",
    f"us/{NONCE}",
    f"US/{NONCE}/a",
    f"us/{NONCE}/a/b",
    f"us/{NONCE[1:]}/a",
    f"us/{NONCE}/a\n",
)
BAD_SALTS = ("", "A" * 21, "A" * 23, "A" * 21 + "B", "=" * 22, "+" * 21 + "A")
DISCLOSURE_FAULTS: dict[str, Fault] = {
    "canonical": _nearly_json,
    "disclosure.3": _list(
        lambda rng, it: rng.choice([it[:2], [*it, 1], [it[0], it[1], it[2]["value"]], it[2], it[1:]])
    ),
    "disclosure.4": _list(lambda rng, it: [rng.choice(BAD_SALTS), *it[1:]]),
    "disclosure.5": _list(lambda rng, it: [it[0], rng.choice(BAD_NAMES), it[2]]),
    "disclosure.6": _list(
        lambda rng, it: [
            *it[:2],
            rng.choice([{}, {"absent": 1}, it[2] | {"unknown": True}, {"value": {"_sd": []}}]),
        ]
    ),
    "disclosure.7": _list(
        lambda rng, it: [
            it[0],
            rng.choice([f"cn/{NONCE}/evidence", f"us/{rng.getrandbits(128):032x}/evidence"]),
            it[2],
        ]
    ),
    "disclosure.8": _list(lambda rng, it: [it[0], f"us/{NONCE}/x{rng.randrange(10**6)}", it[2]]),
    "leaf.2": lambda _, data: data,
}


def _committed(encoded: str) -> bytes:
    """Return the record, committed to this disclosure and signed again, with the disclosure."""
    digest = disclosure.commitment(encoded)
    payload = canonical.encode(PAYLOAD | {"sealed": PAYLOAD["sealed"] | {"evidence": digest}})
    return b"\n".join([envelope.dump(envelope.sign(LIVE, payload, [KEY])), encoded.encode()])


def _bad_base64url(rng: Random) -> str:
    at = rng.randrange(len(GENUINE))
    return GENUINE[:at] + rng.choice(["=", "+", "/", " ", "\t", "é", "%"]) + GENUINE[at:]


def _disclosure_mutants(rng: Random) -> Iterator[Mutant]:
    for plain in mutation.faults(rng, DISCLOSURE_FAULTS, _plain):
        yield Mutant(_committed(base64.urlsafe_b64encode(plain).decode().rstrip("=")), remade=True)
    for number in range(4 * mutation.SPARE):
        yield (
            Mutant(_committed("A" * (disclosure.MAX_ENCODED + 1 + number)), remade=True)
            if number % 4 == 0
            else (Mutant(_committed(_bad_base64url(rng)), remade=True))
        )
        forged = base64.urlsafe_b64encode(_plain(rng)).rstrip(b"=")
        yield Mutant(b"\n".join([sealed_bytes(), forged]), remade=False)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, OPENED, 4_000))


def _verify_disclosure(data: bytes) -> None:
    sealed, _, encoded = data.partition(b"\n")
    held = record.verify(envelope.parse(sealed), [KEY.public], "live")
    disclosure.open_with(held, encoded.decode("latin-1"))
    record.require_leaf(record.leaf(RECORD), held)


ROW = Row(
    "disclosure", OPENED, _disclosure_mutants, _verify_disclosure, (*steps("disclosure", 1, 9), "leaf.2")
)
