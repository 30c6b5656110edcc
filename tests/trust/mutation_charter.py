"""Charters in the mutation table: named by a digest, as in the accord; then signed, to follow another."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec
import mutation
from founding import AT, Party, signed, with_key
from mutation import Fault, Mutant, Row, steps

from detente.trust import canonical, charter, envelope, succession
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import WrongContext

Fields = dict[str, Any]
Change = Callable[[Random, Fields], Fields]
US = Party(seed=1)
STRANGER = Party(seed=2)
FIRST = US.charter()
GENUINE = charter.dump(FIRST)


def _json(change: Change) -> Fault:
    return lambda rng, data: canonical.encode(change(rng, json.loads(data)))


def _some(rng: Random) -> bytes:
    fields: Fields = json.loads(GENUINE)
    for entry in fields["keys"].values():
        entry["expires"] = rng.randrange(AT, 2**50)
    return canonical.encode(fields)


def _entry(rng: Random, fields: Fields, **changes: object) -> Fields:
    keyid = rng.choice(list(fields["keys"]))
    return fields | {"keys": fields["keys"] | {keyid: fields["keys"][keyid] | changes}}


def _role(fields: Fields, role: str, **changes: object) -> Fields:
    return fields | {"roles": fields["roles"] | {role: fields["roles"][role] | changes}}


def _bad_form(rng: Random, fields: Fields) -> Fields:
    name = rng.choice(list(fields))
    return rng.choice(
        [
            {key: value for key, value in fields.items() if key != name},
            fields | {f"x{rng.randrange(10**6)}": 1},
            fields | {name: [rng.randrange(10**6)]},
            fields | {"domain": f"d{rng.randrange(10**6)}"},
            _entry(rng, fields, algorithm=f"rsa-{rng.randrange(10**6)}"),
            _entry(rng, fields, expires="never"),
            _role(fields, "log", threshold="1"),
        ]
    )


def _bad_head(rng: Random, fields: Fields) -> Fields:
    digits = f"{rng.getrandbits(200):050x}"
    bent: list[Fields] = [
        {"v": rng.choice([0, -1, rng.getrandbits(50) + 2])},
        {"party": rng.choice(["", "US", "us\n", "-a", "a" * 33])},
        {"version": -rng.randrange(99)},
        {"version": 2 + rng.randrange(99)},
        {"previous": digits.ljust(64, "0")},
        {"next": rng.choice([digits, digits + "A" * 14, ""])},
    ]
    return fields | rng.choice(bent)


def _too_many_keys(rng: Random, fields: Fields) -> Fields:
    entry = rng.choice(list(fields["keys"].values()))
    extra = {f"{rng.getrandbits(256):064x}": entry | {"public": ""} for _ in range(charter.MAX_KEYS)}
    return fields | {"keys": fields["keys"] | extra}


def _bad_key(rng: Random, fields: Fields) -> Fields:
    keyid = rng.choice(list(fields["keys"]))
    entry = fields["keys"][keyid]
    spelled: str = entry["public"]
    at = rng.randrange(len(spelled) - 4)
    return rng.choice(
        [
            fields | {"keys": fields["keys"] | {f"{rng.getrandbits(256):064x}": entry}},
            _entry(rng, fields, holder=rng.choice(["", "A", "a b", "a" * 33, "é"])),
            _entry(rng, fields, expires=-rng.randrange(10**6)),
            fields
            | {"keys": fields["keys"] | {keyid: entry | {"public": spelled[:at] + "*" + spelled[at + 1 :]}}},
        ]
    )


def _bad_length(rng: Random, fields: Fields) -> Fields:
    return _entry(rng, fields, public=base64.b64encode(rng.randbytes(rng.randrange(33, 99))).decode())


def _bad_point(rng: Random, fields: Fields) -> Fields:
    (keyid,) = fields["roles"]["record"]["keys"]
    low = (2**255 - 19 + rng.randrange(19)).to_bytes(32, "little")
    entry = fields["keys"][keyid] | {"public": base64.b64encode(low).decode()}
    return fields | {"keys": fields["keys"] | {keyid: entry}}


def _bad_list(rng: Random, fields: Fields) -> Fields:
    role = rng.choice(list(fields["roles"]))
    keys: list[str] = fields["roles"][role]["keys"]
    fewer = {name: one for name, one in fields["roles"].items() if name != role}
    return rng.choice(
        [
            fields | {"roles": fewer},
            _role(fields, role, keys=[*keys, keys[0]]),
            _role(fields, "officer", keys=rng.sample(fields["roles"]["officer"]["keys"], 5)[::-1] + keys[:1]),
            _role(fields, role, keys=sorted([*keys, f"{rng.getrandbits(256):064x}"])),
        ]
    )


def _wrong_algorithm(rng: Random, fields: Fields) -> Fields:
    officers = [key for key in fields["roles"]["officer"]["keys"] if _is_post_quantum(fields, key)]
    role = rng.choice(["record", "log", "witness"])
    return _role(fields, role, keys=sorted([*fields["roles"][role]["keys"], rng.choice(officers)]))


def _is_post_quantum(fields: Fields, keyid: str) -> bool:
    return str(fields["keys"][keyid]["algorithm"]).startswith("ml-dsa")


def _shared(rng: Random, fields: Fields) -> Fields:
    role, other = rng.choice([("log", "witness"), ("witness", "log")])
    return rng.choice(
        [
            _role(fields, role, keys=fields["roles"][other]["keys"]),
            _role(fields, role, keys=[]),
            _role(fields, "record", keys=[]),
        ]
    )


def _officer_and_node(rng: Random, fields: Fields) -> Fields:
    (record,) = fields["roles"]["record"]["keys"]
    officer = f"officer-{rng.randrange(1, 4)}"
    return fields | {"keys": fields["keys"] | {record: fields["keys"][record] | {"holder": officer}}}


def _bad_threshold(rng: Random, fields: Fields) -> Fields:
    role = rng.choice(["officer", "record", "log", "witness"])
    return _role(fields, role, threshold=rng.choice([0, -rng.randrange(10**6), 4 + rng.randrange(10**6)]))


CHARTER_FAULTS: dict[str, Fault] = {
    **mutation.canonical_faults(charter.MAX_BYTES),
    "charter.1": _json(_bad_form),
    "charter.2": _json(_bad_head),
    "suite.1": _json(lambda rng, fields: fields | {"suite": f"none-{rng.randrange(10**6)}"}),
    "charter.3": _json(_too_many_keys),
    "charter.4": _json(_bad_key),
    "key.2": _json(_bad_length),
    "key.3": _json(_bad_point),
    "charter.5": _json(_bad_list),
    "charter.6": _json(_wrong_algorithm),
    "charter.7": _json(_shared),
    "charter.8": _json(_officer_and_node),
    "charter.9": _json(_bad_threshold),
    "statement.id": lambda _, data: data,
}


def _named(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload


def _charter_mutants(rng: Random) -> Iterator[Mutant]:
    for payload in mutation.faults(rng, CHARTER_FAULTS, _some):
        yield Mutant(_named(payload), remade=True)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, _named(GENUINE), 4_000))


def _verify_charter(data: bytes) -> None:
    name, _, payload = data.partition(b"\n")
    if hashlib.sha256(payload).hexdigest().encode() != name:
        raise WrongContext("statement.digest", "Not the charter of this name.", "Fetch it.")
    _require_known(charter.parse(payload).digest, FIRST.digest)


def _require_known(digest: str, known: str) -> None:
    if digest != known:
        raise WrongContext("statement.id", "Another charter.", "Present it elsewhere.")


CHARTER_ROW = Row(
    "charter",
    _named(GENUINE),
    _charter_mutants,
    _verify_charter,
    (*steps("canonical", 1, 5), *steps("charter", 1, 9), "suite.1", "key.2", "key.3", "statement.id"),
)

# Succession: one of three officers suffices; the keys of the second have expired; others are committed to.

LAPSED = US.held("officer-2")
REVOKED = STRANGER.held("node", role="record")[0].public
OLD = US.charter(1, next=succession.commitment(STRANGER.charter()))
for _key in LAPSED:
    OLD = with_key(OLD, _key.public.keyid, expires=AT)
(RECORD_KEY,) = OLD.roles["record"].keys
FOLLOWS = msgspec.structs.replace(OLD, version=2, previous=OLD.digest)
FOLLOWING = envelope.dump(signed(FOLLOWS, *US.held("officer-1")))


def _some_next(rng: Random) -> bytes:
    return charter.dump(with_key(FOLLOWS, RECORD_KEY, expires=rng.randrange(AT, 2**50)))


def _with_revoked(_: Random, fields: Fields) -> Fields:
    entry = fields["keys"].pop(RECORD_KEY)
    entry |= {"public": base64.b64encode(REVOKED.raw).decode()}
    return _role(fields | {"keys": fields["keys"] | {REVOKED.keyid: entry}}, "record", keys=[REVOKED.keyid])


def _elsewhere(rng: Random, fields: Fields) -> Fields:
    return fields | rng.choice([{"party": f"p{rng.randrange(10**6)}"}, {"domain": "exercise"}])


def _skips(rng: Random, fields: Fields) -> Fields:
    return fields | rng.choice(
        [{"version": rng.randrange(3, 10**6)}, {"previous": f"{rng.getrandbits(256):064x}"}]
    )


NEXT_FAULTS: dict[str, Fault] = {
    "succession.1": _json(_elsewhere),
    "succession.2": _json(_skips),
    "succession.3": _json(lambda rng, fields: fields | {"next": f"{rng.getrandbits(256):064x}"}),
    "succession.4": _json(_with_revoked),
    "statement.id": lambda _, data: data,
}


def _signed_otherwise(rng: Random) -> Iterator[Mutant]:
    ed25519 = US.held("officer-1")[:1]
    for _ in range(mutation.SPARE):
        payload = _some_next(rng)
        for keys in (STRANGER.held("officer-1")[:1], LAPSED[:1], ed25519):
            yield Mutant(envelope.dump(envelope.sign(CHARTER_TYPE, payload, keys)), remade=True)
        yield Mutant(envelope.dump(envelope.sign(ACT_TYPE, payload, ed25519)), remade=True)
        swapped: Fields = json.loads(FOLLOWING) | {"payload": base64.b64encode(payload).decode()}
        yield Mutant(canonical.encode(swapped), remade=False)


def _succession_mutants(rng: Random) -> Iterator[Mutant]:
    for payload in mutation.faults(rng, NEXT_FAULTS, _some_next):
        made = envelope.sign(CHARTER_TYPE, payload, US.held("officer-1"))
        yield Mutant(envelope.dump(made), remade=True)
    yield from _signed_otherwise(rng)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, FOLLOWING, 2_000))


def _verify_succession(data: bytes) -> None:
    new = succession.succeed(OLD, envelope.parse(data), AT, (REVOKED.keyid,))
    _require_known(new.digest, FOLLOWS.digest)


SUCCESSION_ROW = Row(
    "succession",
    FOLLOWING,
    _succession_mutants,
    _verify_succession,
    (
        *("envelope.6", "envelope.7"),
        *steps("charter", 10, 12),
        *steps("succession", 1, 4),
        "statement.id",
    ),
)
