"""Envelopes, entries, records and disclosures under mutation: every check is reached, none gives way."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import mutation
import mutation_disclosure
import pytest
from mutation import Fault, Mutant, Row, steps
from sample import EXERCISE, KEY, LIVE, OTHER_KEY, PATHS, RECORD, sealed_bytes

from detente.trust import canonical, envelope, record
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE
from detente.trust.errors import BadProof, WrongContext
from detente.trust.key import PrivateKey

pytestmark = pytest.mark.slow

Fields = dict[str, Any]
Change = Callable[[Random, Fields], Any]
SIGNERS = tuple(PrivateKey.from_seed("ed25519", bytes([seed]) * 32) for seed in (11, 12, 13))
STRANGERS = tuple(PrivateKey.from_seed("ed25519", bytes([seed]) * 32) for seed in (21, 22, 23))
ODD: tuple[Any, ...] = (None, True, 7, "", "x\n", [], {}, [1], {"a": 1}, "É", -1)
CANONICAL = steps("canonical", 1, 5)


def _dump(value: Any) -> bytes:  # noqa: ANN401 (altered JSON of any form)
    return canonical.encode(value)


def _json(change: Change) -> Fault:
    """Return the fault that alters the fields of a JSON object and spells them canonically again."""
    return lambda rng, data: _dump(change(rng, json.loads(data)))


def _one_field_wrong(rng: Random, fields: Fields) -> Fields:
    name = rng.choice(list(fields))
    match rng.randrange(3):
        case 0:
            return {key: value for key, value in fields.items() if key != name}
        case 1:
            return fields | {f"x{rng.randrange(10**6)}": 1}
        case _:
            return fields | {name: 3 if isinstance(fields[name], (str, dict, list)) else "3"}


# Envelopes: three officers sign one document.

DOCUMENT = b'{"title":"an accord","v":1}'
ACCORD = envelope.dump(envelope.sign(ACCORD_TYPE, DOCUMENT, SIGNERS))


def _some_accord(rng: Random) -> bytes:
    return envelope.dump(envelope.sign(ACCORD_TYPE, b"%d" % rng.getrandbits(64), SIGNERS))


def _signed_as(payload_type: str, *signers: PrivateKey) -> Fault:
    return lambda rng, _: envelope.dump(envelope.sign(payload_type, b"%d" % rng.getrandbits(64), signers))


def _too_few(rng: Random, _: bytes) -> bytes:
    few = rng.sample(SIGNERS, rng.randrange(1, 3))
    return envelope.dump(envelope.sign(ACCORD_TYPE, b"%d" % rng.getrandbits(64), few))


def _bad_type(rng: Random, fields: Fields) -> Fields:
    odd = rng.choice(["", "application", "A/b", "a/b\n", " a/b", "a/é", "a/" + "b" * 127])
    return fields | {"payloadType": odd}


def _bad_base64(rng: Random, fields: Fields) -> Fields:
    bent = rng.choice(["=", "A", "AA", "AB==", "AAB=", "A-_A", "AA\n==", "é", " "])
    if rng.random() < 0.5:
        return fields | {"payload": bent}
    signatures = [one | {"sig": bent} for one in fields["signatures"]]
    return fields | {"signatures": signatures}


def _bad_keyids(rng: Random, fields: Fields) -> Fields:
    many = rng.choice([0, envelope.MAX_SIGNATURES + 1 + rng.randrange(9)])
    crowd = [{"keyid": f"{number:064x}", "sig": ""} for number in range(many)]
    odd = rng.choice(["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n"])
    named = [one | {"keyid": odd} for one in fields["signatures"]]
    return fields | {"signatures": rng.choice([crowd, named])}


def _bad_order(rng: Random, fields: Fields) -> Fields:
    first, second, third = fields["signatures"]
    bent = rng.choice(
        [[second, first, third], [third, second, first], [first, first, second], [first, third, third]]
    )
    return fields | {"signatures": bent}


def _bad_signature(rng: Random, fields: Fields) -> Fields:
    sigs = [one["sig"] for one in fields["signatures"]]
    raw = bytearray(base64.b64decode(sigs[0]))
    raw[rng.randrange(64)] ^= 1 << rng.randrange(8)
    bent = rng.choice(
        [[sigs[1], sigs[0], *sigs[2:]] if len(sigs) > 1 else [""], [""], [base64.b64encode(raw).decode()]]
    )
    signatures = [
        one | {"sig": sig} for one, sig in zip(fields["signatures"], bent + sigs[len(bent) :], strict=True)
    ]
    return fields | {"signatures": signatures}


def _other_payload(rng: Random, fields: Fields) -> Fields:
    return fields | {"payload": base64.b64encode(rng.randbytes(rng.randrange(200))).decode()}


ENVELOPE_FORM: dict[str, Fault] = {
    "envelope.1": _json(_one_field_wrong),
    "envelope.2": _json(_bad_type),
    "envelope.3": _json(_bad_base64),
    "envelope.4": _json(_bad_keyids),
    "envelope.7": lambda rng, data: _json(rng.choice([_bad_signature, _other_payload]))(rng, data),
}
ENVELOPE_FAULTS: dict[str, Fault] = {
    **mutation.canonical_faults(envelope.MAX_BYTES),
    **ENVELOPE_FORM,
    "envelope.5": _json(_bad_order),
    "envelope.6": _signed_as(ACT_TYPE, *SIGNERS),
    "envelope.8": _signed_as(ACCORD_TYPE, *STRANGERS),
    "envelope.9": _too_few,
    "envelope.10": _signed_as(ACCORD_TYPE, *SIGNERS, STRANGERS[0]),
    "statement.id": _signed_as(ACCORD_TYPE, *SIGNERS),
}


def _accord_mutants(rng: Random) -> Iterator[Mutant]:
    yield from (Mutant(data, remade=True) for data in mutation.faults(rng, ENVELOPE_FAULTS, _some_accord))
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, ACCORD, 4_000))


def _verify_accord(data: bytes) -> None:
    received = envelope.parse(data)
    signed = envelope.verify(received, [key.public for key in SIGNERS], 3, ACCORD_TYPE)
    envelope.require_no_others(received, signed)
    if received.payload != DOCUMENT:
        raise WrongContext("statement.id", "Another document.", "Present it elsewhere.")


# Records: the faults of a payload, first as the body of a log entry, then signed.

PAYLOAD = record.dump(RECORD)


def _some_payload(rng: Random) -> bytes:
    changes = {"at": rng.randrange(2**52), "nonce": f"{rng.getrandbits(128):032x}"}
    return _dump(json.loads(PAYLOAD) | changes)


def _bad_name(rng: Random, fields: Fields) -> Fields:
    name = rng.choice(["kind", "party"])
    return fields | {name: rng.choice(["", "É", "us\n", "a.b.c", "A.b", ".", "x" * 33, "us/cn", "-a"])}


def _bad_accord(rng: Random, fields: Fields) -> Fields:
    bent = rng.choice([{"version": -rng.randrange(99)}, {"genesis": f"{rng.getrandbits(240):060x}"}])
    return fields | {"accord": fields["accord"] | bent}


def _bad_place(rng: Random, fields: Fields) -> Fields:
    digits = f"{rng.getrandbits(120):030x}"
    bent: list[Fields] = [
        {"nonce": digits},
        {"nonce": digits + "FF"},
        {"at": -1 - rng.getrandbits(40)},
        {"thread": digits},
        {"key": digits},
    ]
    return fields | rng.choice(bent)


def _bad_sealed(rng: Random, fields: Fields) -> Fields:
    commitment = base64.urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("=")
    bent: list[dict[str, str]] = [
        {f"p{number}": f"{number:042d}A" for number in range(record.MAX_SEALED + 1 + rng.randrange(9))},
        {rng.choice(["", "A", "a.", "a/b", "a" * 65]): commitment},
        {"a": commitment + "="},
        {"a": commitment[:-1] + "B"},
        {"a": commitment, "b": commitment},
    ]
    return fields | {"sealed": rng.choice(bent)}


def _bad_open(rng: Random, fields: Fields) -> Fields:
    name = rng.choice(["Level", "", "a.b", "a" * 65, "9", *PATHS[:1]])
    return fields | {"open": fields["open"] | {name: rng.choice(ODD)}}


def _bad_paths(rng: Random, fields: Fields) -> Fields:
    fewer = {path: fields["sealed"][path] for path in rng.sample(PATHS, rng.randrange(len(PATHS)))}
    return fields | {"sealed": rng.choice([fewer, fields["sealed"] | {f"x{rng.randrange(10**4)}": "A" * 43}])}


RECORD_FAULTS: dict[str, Fault] = {
    **mutation.canonical_faults(record.MAX_BYTES),
    "record.3": _json(_one_field_wrong),
    "record.4": _json(lambda rng, fields: fields | {"v": rng.choice([0, 2, -1, rng.getrandbits(50) + 2])}),
    "record.5": _json(lambda _, fields: fields | {"domain": "exercise"}),
    "record.6": _json(_bad_name),
    "record.7": _json(_bad_accord),
    "record.8": _json(_bad_place),
    "record.9": _json(_bad_sealed),
    "record.10": _json(_bad_open),
}


def _body(payload_type: str, payload: bytes) -> bytes:
    """Return an entry with its body: the leaf made again for exactly these bytes."""
    name = envelope.statement_id(payload_type, payload)
    return b"\n".join([f"detente/v1 record {name}".encode(), payload_type.encode(), payload])


BODY = _body(LIVE, PAYLOAD)


def _bad_entry(rng: Random) -> bytes:
    entry = bytearray(BODY[: BODY.index(b"\n")])
    entry[rng.randrange(len(entry))] = rng.choice(b"AZ /:G~")
    return bytes(entry) + BODY[BODY.index(b"\n") :]


def _entry_of_another(rng: Random) -> bytes:
    other = _some_payload(rng)
    entry = _body(LIVE, other).split(b"\n")[0]
    hidden = entry.replace(b"record", b"receipt")
    return rng.choice([entry + BODY[BODY.index(b"\n") :], b"\n".join([hidden, LIVE.encode(), other])])


def _body_mutants(rng: Random) -> Iterator[Mutant]:
    for payload in mutation.faults(rng, RECORD_FAULTS, _some_payload):
        yield Mutant(_body(LIVE, payload), remade=True)
    for number in range(mutation.SPARE):
        odd_type = rng.choice([ACT_TYPE, "application/json", f"application/x{number}"])
        yield Mutant(_body(odd_type, _some_payload(rng)), remade=True)
        yield Mutant(_body(LIVE, _some_payload(rng)), remade=True)
        yield Mutant(_entry_of_another(rng), remade=False)
    for _ in range(8 * mutation.SPARE):
        yield Mutant(_bad_entry(rng), remade=False)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, BODY, 4_000))


def _verify_body(data: bytes) -> None:
    entry, _, rest = data.partition(b"\n")
    payload_type, _, payload = rest.partition(b"\n")
    leaf = record.parse_leaf(entry)
    record.require_leaf(leaf, record.parse(payload_type.decode("latin-1"), payload))
    if leaf != record.leaf(RECORD):
        raise BadProof("log.proof", "Not the entry that is in the log.", "Present it elsewhere.")


def _sealed(payload: bytes) -> bytes:
    return envelope.dump(envelope.sign(LIVE, payload, [KEY]))


def _some_sealed(rng: Random) -> bytes:
    return _sealed(_some_payload(rng))


SEALED_FAULTS: dict[str, Fault] = {
    **ENVELOPE_FORM,
    "envelope.5": _json(lambda _, fields: fields | {"signatures": fields["signatures"] * 2}),
    "envelope.6": lambda _, data: envelope.dump(envelope.sign(EXERCISE, envelope.parse(data).payload, [KEY])),
    "envelope.8": lambda _, data: envelope.dump(
        envelope.sign(LIVE, envelope.parse(data).payload, [OTHER_KEY])
    ),
    "envelope.10": lambda _, data: envelope.dump(
        envelope.sign(LIVE, envelope.parse(data).payload, [KEY, OTHER_KEY])
    ),
    "leaf.2": lambda _, data: data,
}


def _record_mutants(rng: Random) -> Iterator[Mutant]:
    signed_only = {
        "record.11": _json(_bad_paths),
        "record.12": _json(lambda rng, fields: fields | {"key": f"{rng.getrandbits(256):064x}"}),
    }
    for payload in mutation.faults(rng, RECORD_FAULTS | signed_only, _some_payload):
        yield Mutant(_sealed(payload), remade=True)
    yield from (Mutant(data, remade=True) for data in mutation.faults(rng, SEALED_FAULTS, _some_sealed))
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, sealed_bytes(), 4_000))


def _verify_record(data: bytes) -> None:
    held = record.verify(envelope.parse(data), [KEY.public], "live")
    record.require_sealed(held, PATHS)
    record.require_leaf(record.leaf(RECORD), held)


ROWS = (
    Row(
        "envelope",
        ACCORD,
        _accord_mutants,
        _verify_accord,
        (*CANONICAL, *steps("envelope", 1, 10), "statement.id"),
    ),
    Row(
        "entry and body",
        BODY,
        _body_mutants,
        _verify_body,
        (*CANONICAL, "record.1", *steps("record", 3, 10), "leaf.1", "leaf.2", "log.proof"),
    ),
    Row(
        "record",
        sealed_bytes(),
        _record_mutants,
        _verify_record,
        (*CANONICAL, *steps("envelope", 1, 8), "envelope.10", *steps("record", 3, 12), "leaf.2"),
    ),
    mutation_disclosure.ROW,
)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_mutant_is_accepted_and_each_check_refuses_a_thousand(row: Row) -> None:
    mutation.hold(row, seed=20_261_123)


def test_every_numbered_check_of_the_codecs_is_in_the_table() -> None:
    room = Path(record.__file__).parent
    raised = {
        step
        for name in ("canonical", "envelope", "record", "disclosure")
        for step in re.findall(
            r'"((?:canonical|envelope|record|disclosure|leaf)\.\d+)"', (room / f"{name}.py").read_text()
        )
    }
    assert raised == {step for row in ROWS for step in row.steps} - {"statement.id", "log.proof"}
