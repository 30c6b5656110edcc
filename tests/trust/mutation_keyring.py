"""Keyrings in the mutation table: acts by log position, and a question about one key, as data."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mutation
from founding import AT, Party
from mutation import Mutant, Row, steps

from detente.trust import canonical
from detente.trust.errors import WrongContext
from detente.trust.keyring import Keyring

Fields = dict[str, Any]
US, STRANGER = Party(seed=1), Party(seed=2)
FIRST = US.charter()
KEY = US.held("node", role="record")[0].public.keyid
LOG_KEYS = FIRST.roles["log"].keys
FOREIGN = STRANGER.held("node", role="record")[0].public.keyid
STORY: Fields = {
    "ask": {"all": False, "keyid": KEY, "position": 7},
    "disavow": {"first": 3, "keyid": KEY, "last": 6, "position": 15},
    "revoke": {"keyid": KEY, "position": 7},
    "version": 1,
}


def _bent(part: str, **changes: object) -> Fields:
    return STORY | {part: STORY[part] | changes}


def _far(rng: Random) -> int:
    return rng.randrange(16, 10**9)


FAULTS: dict[str, Callable[[Random], Fields]] = {
    "keyring.1": lambda rng: STORY | {"version": _far(rng)},
    "keyring.2": lambda rng: _bent("revoke", position=_far(rng)),
    "keyring.3": lambda rng: _bent("revoke", keyid=f"{rng.getrandbits(256):064x}"),
    "keyring.4": lambda rng: STORY | {"again": 8 + rng.randrange(10**9)},
    "keyring.5": lambda rng: _bent("disavow", first=_far(rng)),
    "keyring.6": lambda rng: _bent("disavow", keyid=rng.choice(LOG_KEYS), position=_far(rng)),
    "keyring.7": lambda rng: _bent("ask", position=-_far(rng)),
    "keyring.8": lambda rng: _bent("ask", all=True, position=_far(rng)),
    "keyring.9": lambda rng: _bent("ask", position=_far(rng)),
    "keyring.10": lambda rng: _bent("ask", keyid=rng.choice(LOG_KEYS), position=_far(rng)),
    "keyring.11": lambda rng: _bent("ask", keyid=rng.choice([FOREIGN, "5d" * 32]), position=_far(rng)),
}


def _mutants(rng: Random) -> Iterator[Mutant]:
    for make in FAULTS.values():
        for _ in range(mutation.SPARE):
            yield Mutant(canonical.encode(make(rng)), remade=True)


def _verify(data: bytes) -> None:
    story: Fields = json.loads(data)
    version: int = story["version"]
    founding = FIRST if version == 1 else US.charter(version=version, previous="5d" * 32)
    ring = Keyring.found(founding).revoke(story["revoke"]["position"], story["revoke"]["keyid"])
    if "again" in story:
        ring = ring.revoke(story["again"], story["revoke"]["keyid"])
    act = story["disavow"]
    ring = ring.disavow(act["position"], act["keyid"], act["first"], act["last"])
    ask = story["ask"]
    if ask["all"]:
        ring.keys("record", ask["position"], AT)
    if ring.require("record", ask["keyid"], ask["position"], AT).keyid != KEY:
        raise WrongContext("statement.id", "Another key.", "Present it elsewhere.")


KEYRING_ROW = Row("keyring", canonical.encode(STORY), _mutants, _verify, steps("keyring", 1, 11))
