"""Signed accords in the mutation table: altered and signed again by everybody, or signed by too few.

Two rows: the first version, which carries the charters that verify it, and a later one, which those in force
verify and which must follow the first. One officer of hub binds hub; us takes two.
"""

import base64
import json
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import mutation
from founding import with_key
from mutation import Mutant, Row
from treaty import AT, accord, data, party

from detente.accord import document, signing
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.trust import canonical, charter, envelope
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import WrongContext
from detente.trust.key import PrivateKey

Fields = dict[str, Any]
Change = Callable[[Random, Fields], object]

US, HUB = party("us"), party("hub")
SIGNERS = (*US.held("officer-1", "officer-2"), *HUB.held("officer-1"))
STRANGER = party("cn").held("officer-1")
IN_FORCE = {"us": US.charter(2), "hub": HUB.charter(1)}


def _parties(**charters: charter.Charter) -> Fields:
    whole: Fields = data()["parties"]
    return {
        name: whole[name] | {"charters": {"live": charter.to_value(one)}} for name, one in charters.items()
    }


FIRST = accord(parties=_parties(**IN_FORCE))
START = moment(FIRST.starts, "$.starts")
SECOND = document.parse(
    canonical.encode(
        json.loads(document.dump(FIRST)) | {"version": 2, "genesis": FIRST.digest, "previous": FIRST.digest}
    )
)


def _sealed(payload: bytes, keys: tuple[PrivateKey, ...] = SIGNERS, kind: str = ACCORD_TYPE) -> bytes:
    return envelope.dump(envelope.sign(kind, payload, keys))


def _some(rng: Random, base: Accord) -> Fields:
    """A sound accord, another one each time."""
    fields: Fields = json.loads(document.dump(base))
    fields["outflow"]["bytes"] = rng.randrange(2**53)
    return fields


def _again(rng: Random, base: Accord, change: Change) -> Mutant:
    """An accord with a change, signed again by everybody."""
    fields = _some(rng, base)
    change(rng, fields)
    return Mutant(_sealed(canonical.encode(fields)), remade=True)


def _nothing(_: Random, fields: Fields) -> None:
    """Leave it as it is: another accord, well signed."""
    assert fields


def _lapsed(rng: Random, fields: Fields) -> None:
    """The keys of an officer who signed had expired when the accord starts."""
    name, holder = rng.choice([("us", "officer-1"), ("us", "officer-2"), ("hub", "officer-1")])
    made = IN_FORCE[name]
    for key in party(name).held(holder):
        made = with_key(made, key.public.keyid, expires=rng.randrange(1, START))
    fields["parties"][name]["charters"]["live"] = charter.to_value(made)


def _shape(rng: Random, fields: Fields) -> None:
    fields[f"x{rng.randrange(10**9)}"] = 1


def _too_few(rng: Random) -> tuple[PrivateKey, ...]:
    """All but one signature of an officer whose word is needed."""
    left_out = rng.choice(SIGNERS)
    return tuple(key for key in SIGNERS if key is not left_out)


def _wrong_signature(rng: Random, payload: bytes) -> bytes:
    """One signature is that over another accord: genuine, by the right key, of the right form."""
    fields: Fields = json.loads(_sealed(payload))
    other: Fields = json.loads(GENUINE)
    one = rng.randrange(len(fields["signatures"]))
    fields["signatures"][one] = other["signatures"][one]
    return canonical.encode(fields)


def _form(rng: Random, sealed: bytes) -> Iterator[bytes]:
    """Envelopes that are refused before any signature is looked at."""
    fields: Fields = json.loads(sealed)
    signatures = fields["signatures"]
    word = f"{rng.getrandbits(64):x}"
    yield canonical.encode(fields | {word: 1})
    yield canonical.encode(fields | {"payloadType": f"not a type {word}"})
    yield canonical.encode(fields | {"payload": base64.b64encode(word.encode()).decode().rstrip("=") + "!"})
    yield canonical.encode(fields | {"signatures": [{"keyid": word, "sig": signatures[0]["sig"]}]})
    yield canonical.encode(fields | {"signatures": rng.sample(signatures, len(signatures)) + signatures[:1]})


def _payload(rng: Random, base: Accord = FIRST) -> bytes:
    return canonical.encode(_some(rng, base))


def _first_mutants(rng: Random, enough: int) -> Iterator[Mutant]:
    sound = [_sealed(_payload(rng)) for _ in range(16)]
    for _ in range(mutation.spare(enough)):
        yield Mutant(_sealed(_payload(rng), kind=rng.choice([ACT_TYPE, CHARTER_TYPE])), remade=True)
        for change in (_nothing, _lapsed, _shape):
            yield _again(rng, FIRST, change)
        yield Mutant(_sealed(_payload(rng), _too_few(rng)), remade=True)
        missing = rng.choice([US.held("officer-1", "officer-2"), HUB.held("officer-1")])
        yield Mutant(_sealed(_payload(rng), (*missing, *STRANGER)), remade=True)
        yield Mutant(_wrong_signature(rng, _payload(rng)), remade=True)
        yield from (Mutant(one, remade=False) for one in _form(rng, rng.choice(sound)))
    yield from (Mutant(one, remade=False) for one in mutation.scattered(rng, GENUINE, enough))


def _known(found: Accord, wanted: Accord) -> None:
    # The last check: it is the accord that was asked for, by its digest.
    if found.digest != wanted.digest:
        raise WrongContext("digest.1", f"This is accord {found.digest[:16]}.", "Ask for the right one.")


def _verify_first(data: bytes) -> None:
    _known(signing.verify(envelope.parse(data), START), FIRST)


GENUINE = _sealed(document.dump(FIRST))


def signed_row(enough: int) -> Row:
    """Return the row of first versions, each check of which is to refuse so many."""
    steps = (
        *mutation.steps("envelope", 1, 5),
        "envelope.7",
        "signing.1",
        "document.1",
        *mutation.steps("charter", 10, 12),
        "digest.1",
    )
    mutants = partial(_first_mutants, enough=enough)
    return Row("signed accord", GENUINE, mutants, _verify_first, steps, enough)


def _newcomer(_: Random, fields: Fields) -> None:
    """A party joins with a charter that is not its first."""
    live = {"live": charter.to_value(party("cn").charter()) | {"version": 2, "previous": "5d" * 32}}
    fields["parties"]["cn"] = fields["parties"]["us"] | {"charters": live}


def _rival_first(_: Random, fields: Fields) -> None:
    """A second text of the first version."""
    fields.update(version=1, genesis=None, previous=None)


def _out_of_row(rng: Random, fields: Fields) -> None:
    """Of another accord, or after another text of the version before."""
    fields[rng.choice(["genesis", "previous"])] = f"{rng.getrandbits(256):064x}"


def _other_time(rng: Random, fields: Fields) -> None:
    """Constants by which standing was computed so far."""
    fields["time"]["skew"] = f"PT{rng.randrange(1, 9)}S"


def _backdated(rng: Random, fields: Fields) -> None:
    """Starts before the version that it follows, when keys that have expired since were good."""
    fields["starts"] = f"20{rng.randrange(10, 20)}-{rng.randrange(1, 13):02}-01T00:00:00Z"


def _suspended_newcomer(rng: Random, fields: Fields) -> None:
    """A pillar that was never in force is suspended from the first day."""
    name = "".join(rng.choices("abcdefgh", k=8))
    fields["pillars"][name] = fields["pillars"]["toy"] | {"state": "suspended"}


CHANGES = (_nothing, _newcomer, _rival_first, _out_of_row, _other_time, _suspended_newcomer, _backdated)


def _later_mutants(rng: Random, enough: int) -> Iterator[Mutant]:
    for _ in range(mutation.spare(enough)):
        for change in CHANGES:
            yield _again(rng, SECOND, change)
    yield from (Mutant(one, remade=False) for one in mutation.scattered(rng, LATER, enough))


def _verify_later(data: bytes) -> None:
    found = signing.verify(envelope.parse(data), AT, IN_FORCE)
    signing.check_succession(FIRST, found)
    _known(found, SECOND)


LATER = _sealed(document.dump(SECOND))


def later_row(enough: int) -> Row:
    """Return the row of later versions, each check of which is to refuse so many."""
    steps = ("signing.3", "signing.5", "signing.6", "signing.7", "signing.8", "signing.9", "digest.1")
    return Row("later accord", LATER, partial(_later_mutants, enough=enough), _verify_later, steps, enough)
