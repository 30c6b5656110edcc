"""Exhibits in the mutation table: statements and forks, signed again by the party that is to be framed."""

import base64
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mutation
from founding import AT, Party
from mutation import Fault, Mutant, Row, steps

from detente.trust import canonical, checkpoint, cosignature, envelope, exhibit, fork, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import WrongContext
from detente.trust.exhibit import Exhibit
from detente.trust.fork import Fork
from detente.trust.record import PAYLOAD_TYPES

Fields = dict[str, Any]
Change = Callable[[Random, Fields], Fields]
CN, STRANGER = Party("cn", seed=1), Party("us", seed=2)
FOUNDING = CN.charter()
ACCORD = envelope.sign(ACCORD_TYPE, b'{"version":1}', STRANGER.held("node", role="record"))
GENESIS = Exhibit(ACCORD, "live", "cn", (), None, ()).genesis
PAYLOAD: Fields = {
    "accord": {"genesis": GENESIS, "version": 1},
    "at": AT,
    "domain": "live",
    "key": CN.held("node", role="record")[0].public.keyid,
    "kind": "incidents.report",
    "nonce": "0f" * 16,
    "open": {},
    "party": "cn",
    "sealed": {},
    "thread": None,
    "v": 1,
}


def _signed(payload: bytes, party: Party = CN) -> str:
    made = envelope.sign(PAYLOAD_TYPES["live"], payload, party.held("node", role="record"))
    return base64.b64encode(envelope.dump(made)).decode()


def _exhibit(statement: Fields, party: Party = CN) -> bytes:
    return canonical.encode(
        {
            "accord": base64.b64encode(envelope.dump(ACCORD)).decode(),
            "charters": [],
            "domain": "live",
            "fork": None,
            "misdated": None,
            "officers": {},
            "party": "cn",
            "statements": [_signed(canonical.encode(statement), party)],
            "step": "record.8",
            "v": 1,
            "versions": [],
        }
    )


GENUINE = _exhibit(PAYLOAD | {"at": -1})


def _some(rng: Random, **changes: object) -> Fields:
    return PAYLOAD | {"nonce": f"{rng.getrandbits(128):032x}"} | changes


def _some_exhibit(rng: Random) -> bytes:
    return _exhibit(_some(rng, at=-1 - rng.getrandbits(40)))


def _json(change: Change) -> Fault:
    return lambda rng, data: canonical.encode(change(rng, json.loads(data)))


def _bad_form(rng: Random, fields: Fields) -> Fields:
    name = rng.choice(list(fields))
    bent = [
        {key: value for key, value in fields.items() if key != name},
        fields | {f"x{rng.randrange(10**6)}": 1},
        fields | {"v": 2 + rng.getrandbits(50)},
        fields | {"party": rng.choice(["", "CN", "-a", "a" * 33])},
    ]
    return rng.choice(bent)


def _acceded_since(rng: Random, fields: Fields) -> Fields:
    """The same statement, said of a party that acceded by a version after the one that it names."""
    return fields | {"versions": [fields["accord"]] * rng.randint(1, 60)}


def _neither(rng: Random, fields: Fields) -> Fields:
    absent = {"statements": [], "charters": [{"at": rng.getrandbits(50), "charter": ""}]}
    bent: list[Fields] = [absent, {"fork": {}}, {"step": None}, {"step": f"{rng.random()}"}]
    return fields | rng.choice(bent)


def _loose(rng: Random, fields: Fields) -> Fields:
    (text,) = fields["statements"]
    at = rng.randrange(len(text) - 4)
    return fields | {"statements": [text[:at] + rng.choice("*-_ ") + text[at + 1 :]]}


def _other_accord(rng: Random, fields: Fields) -> Fields:
    keys = STRANGER.held("node", role="record")
    other = envelope.sign(ACCORD_TYPE, b'{"version":%d}' % rng.getrandbits(50), keys)
    return fields | {"accord": base64.b64encode(envelope.dump(other)).decode()}


def _head(root: bytes, party: Party) -> bytes:
    head = Checkpoint(exhibit.origin(GENESIS, "live", "cn"), 3, root)
    return note.dump(checkpoint.sign(head, party.held("node", role="log"), AT // 1000))


OWN_HEAD = _head(b"\x01" * 32, CN)


def _by_a_stranger(rng: Random, fields: Fields) -> Fields:
    framed = fork.dump(Fork(_head(rng.randbytes(32), STRANGER), OWN_HEAD, ()))
    return fields | {"fork": json.loads(framed), "statements": [], "step": None}


LOG, WITNESS = exhibit.origin(GENESIS, "live", "us"), exhibit.witness(GENESIS, "live", "cn")


def _cosigned(size: int, root: bytes, party: Party) -> str:
    head = Checkpoint(LOG, size, root)
    keys = party.held("node", role="witness")
    lines = tuple(cosignature.sign(head, WITNESS, key, AT // 1000 - size) for key in keys)
    return note.dump(note.Note(head.text, lines)).decode()


SMALLER = _cosigned(3, b"\x03" * 32, CN)


def _dated_by_a_stranger(rng: Random, fields: Fields) -> Fields:
    framed = {"of": "us", "larger": _cosigned(5, rng.randbytes(32), STRANGER), "smaller": SMALLER}
    return fields | {"misdated": framed, "statements": [], "step": None}


def _no_pair(rng: Random, fields: Fields) -> Fields:
    pair: Fields = {"of": "us", "larger": "", "smaller": ""}
    odd = f"x{rng.randrange(10**9)}"
    bent: list[Fields] = [pair | {odd: ""}, pair | {"of": odd.upper()}, {"of": odd}]
    return fields | {"misdated": rng.choice(bent), "statements": [], "step": None}


FAULTS: dict[str, Fault] = {
    "exhibit.1": _json(_other_accord),
    "exhibit.3": lambda rng, _: _exhibit(_some(rng)),
    "exhibit.3 at another check": lambda rng, _: _exhibit(_some(rng, party="US")),
    "exhibit.3 in another name": lambda rng, _: _exhibit(_some(rng, party="us")),
    "exhibit.4": _json(_bad_form),
    "exhibit.5": _json(lambda _, fields: fields | {"statements": fields["statements"] * 17}),
    "exhibit.5 of versions": _json(lambda _, fields: fields | {"versions": [fields["accord"]] * 65}),
    "exhibit.6": _json(_neither),
    "exhibit.7": _json(_loose),
    "exhibit.9": _json(_by_a_stranger),
    "exhibit.11": _json(_acceded_since),
    "exhibit.10": _json(_dated_by_a_stranger),
    "misdated.5": _json(_no_pair),
    "envelope.8": lambda rng, _: _exhibit(_some(rng, at=-1), STRANGER),
}


def _mutants(rng: Random) -> Iterator[Mutant]:
    yield from (Mutant(data, remade=True) for data in mutation.faults(rng, FAULTS, _some_exhibit))
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, GENUINE, 4_000))
    for _ in range(mutation.SPARE):
        fields: Fields = json.loads(_some_exhibit(rng))
        moved: Fields = json.loads(base64.b64decode(fields["statements"][0]))
        moved["payload"] = base64.b64encode(canonical.encode(_some(rng, at=-1))).decode()
        statement = base64.b64encode(canonical.encode(moved)).decode()
        yield Mutant(canonical.encode(fields | {"statements": [statement]}), remade=False)


def _verify(data: bytes) -> None:
    shown = exhibit.parse(data)
    told = exhibit.verify(shown, GENESIS, FOUNDING)
    if exhibit.dump(shown) != GENUINE:
        raise WrongContext("statement.id", f"Another exhibit: {told}", "Present it elsewhere.")


EXHIBIT_ROW = Row(
    "exhibit",
    GENUINE,
    _mutants,
    _verify,
    (
        "exhibit.1",
        *steps("exhibit", 3, 7),
        "exhibit.9",
        "exhibit.10",
        "exhibit.11",
        "misdated.5",
        "envelope.7",
        "envelope.8",
    ),
)
