"""Accords in the mutation table: altered, encoded again canonically, and named by a digest."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from random import Random
from typing import Any

from mutation import Fault, Mutant, Row, canonical_faults, faults, scattered, spare, steps
from treaty import accord, party

from detente.accord import document
from detente.trust import canonical, charter
from detente.trust.errors import WrongContext

Fields = dict[str, Any]
Change = Callable[[Random, Fields], object]

GENUINE = document.dump(accord())
OTHER_CHARTER = charter.to_value(party("hub").charter())
SECTIONS = ("title", "parties", "time", "pillars", "duties", "release", "outflow", "witness", "dispute")


def _word(rng: Random) -> str:
    return f"x{rng.randrange(10**6)}"


def _some(rng: Random) -> bytes:
    """A sound accord, another one each time."""
    fields: Fields = json.loads(GENUINE)
    fields["outflow"]["bytes"] = rng.randrange(2**53)
    return canonical.encode(fields)


def _json(change: Change) -> Fault:
    def fault(rng: Random, data: bytes) -> bytes:
        fields: Fields = json.loads(data)
        change(rng, fields)
        return canonical.encode(fields)

    return fault


def _shape(rng: Random, fields: Fields) -> object:
    section = rng.choice(SECTIONS)
    choice = rng.randrange(6)
    if choice == 0:
        return fields.pop(section)
    if choice == 1:
        return fields.update({_word(rng): 1})
    if choice == 2:
        return fields["duties"][0].update({_word(rng): 1})
    if choice == 3:
        return fields.update({section: rng.randrange(10**6)})
    if choice == 4:
        return fields["pillars"]["toy"].update(state=_word(rng))
    return fields["parties"].update({_word(rng).upper(): fields["parties"]["us"]})


def _lineage(rng: Random, fields: Fields) -> object:
    digest = f"{rng.getrandbits(256):064x}"
    return fields.update(
        rng.choice([{"genesis": digest}, {"previous": digest}, {"version": rng.randrange(2, 10**5)}])
    )


def _parties(rng: Random, fields: Fields) -> object:
    lab = rng.choice(["us", "cn", "peer", "clearinghouse", "all", "author"])
    if rng.randrange(2):
        kept = rng.choice(["us", "cn", "hub"])
        return fields.update(parties={kept: fields["parties"][kept]})
    return fields["parties"]["us"].update(laboratories={lab: {"en": _word(rng), "zh": _word(rng)}})


def _charters(rng: Random, fields: Fields) -> object:
    name = rng.choice(["us", "cn"])
    return fields["parties"][name].update(charters=rng.choice([{}, {"live": OTHER_CHARTER}]))


def _one_person_twice(rng: Random, fields: Fields) -> object:
    """Somebody else's charter, with only the party's name changed."""
    name, other = rng.sample(["us", "cn", "hub"], 2)
    copied = json.loads(json.dumps(fields["parties"][other]["charters"]["live"])) | {"party": name}
    return fields["parties"][name].update(charters={"live": copied})


def _law(rng: Random, fields: Fields) -> object:
    law = fields["parties"][rng.choice(["us", "cn", "hub"])]["lawful"]
    return law.update(rng.choice([{"ceiling": _word(rng)}, {"bases": ["treaty", "treaty"]}]))


def _time(rng: Random, fields: Fields) -> object:
    return fields["time"].update(
        rng.choice([{"k": rng.randrange(3, 33)}, {"hand_over": f"PT{rng.randrange(1, 3900)}S"}])
    )


def _sunset(rng: Random, fields: Fields) -> object:
    if rng.randrange(2):
        return fields["pillars"].update({rng.choice(["accord", "a-b"]): fields["pillars"]["toy"]})
    return fields["pillars"]["toy"].update(sunset=f"{rng.randrange(1970, 2026)}-01-01T00:00:00Z")


def _ids(rng: Random, fields: Fields) -> object:
    one, other = rng.sample([*fields["duties"], *fields["release"], *fields["triggers"]], 2)
    return one.update(id=other["id"])


def _kinds(rng: Random, fields: Fields) -> object:
    kind = f"{_word(rng)}.report"
    place, key = rng.choice(
        [(fields["duties"][0], "on"), (fields["release"][0], "kind"), (fields["triggers"][0], "on")]
    )
    return place.update({key: kind})


def _terms(rng: Random, fields: Fields) -> object:
    bent: list[Callable[[], object]] = [
        lambda: fields["duties"][0].update(within=None),
        lambda: fields["duties"][0].update(every="P1M"),
        lambda: fields["duties"][2].update(every=_word(rng)),
        lambda: fields["duties"][2].update(what=[]),
        lambda: fields["duties"][2].update(when="true"),
    ]
    return rng.choice(bent)()


def _debtor(rng: Random, fields: Fields) -> object:
    return fields["duties"][rng.choice([0, 2])].update(owes=_word(rng))


def _audience(rng: Random, fields: Fields) -> object:
    return fields["release"][0].update(
        rng.choice([{"to": _word(rng)}, {"fields": []}, {"fields": ["pattern", "pattern"]}])
    )


def _nothing_proposed(rng: Random, fields: Fields) -> object:
    del rng
    return fields["triggers"][0].update(propose={})


def _strangers(rng: Random, fields: Fields) -> object:
    bent: list[Callable[[], object]] = [
        lambda: fields["outflow"].update(per={_word(rng): 1}),
        lambda: fields["witness"].update(always=[_word(rng)]),
        lambda: fields["witness"].update(quorum=rng.randrange(3, 64)),
        lambda: fields["withdrawal"].update(surviving=[_word(rng)]),
    ]
    return rng.choice(bent)()


def _expired(rng: Random, fields: Fields) -> object:
    fact = {"id": _word(rng), "value": True, "checked_on": "2026", "source": "none", "confidence": "recalled"}
    year = rng.randrange(1990, 2030)
    held = {"valid_from": f"{year}-01-01T00:00:00Z", "valid_to": f"{year - rng.randrange(9)}-01-01T00:00:00Z"}
    return fields.update(facts=[fact | held])


def _unwritten(rng: Random, fields: Fields) -> object:
    bent: list[Callable[[], object]] = [
        lambda: fields.pop("facts"),
        lambda: fields["duties"][0].pop("excuse"),
        lambda: fields["parties"]["us"].pop("laboratories"),
        lambda: fields["pillars"]["toy"].pop("scope"),
        lambda: fields["outflow"].pop("per"),
    ]
    return rng.choice(bent)()


def _no_duration(rng: Random, fields: Fields) -> object:
    wrong = rng.choice(
        [_word(rng), "P1M", "PT0S", "P", f"PT{rng.randrange(99)}.5S", f"-PT{rng.randrange(99)}H"]
    )
    place, key = rng.choice(
        [(fields["time"], "skew"), (fields["dispute"], "talk"), (fields["triggers"][0], "decide")]
    )
    return place.update({key: wrong})


def _no_moment(rng: Random, fields: Fields) -> object:
    wrong = [f"2026-13-{rng.randrange(10, 29)}T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01", _word(rng)]
    return fields.update(starts=rng.choice(wrong))


CHANGES: dict[str, Change] = {
    "document.1": _shape,
    "document.2": _lineage,
    "document.3": _parties,
    "document.4": _charters,
    "document.5": _one_person_twice,
    "document.6": _law,
    "document.7": _time,
    "document.8": _sunset,
    "document.9": _ids,
    "document.10": _kinds,
    "document.11": _terms,
    "document.12": _debtor,
    "document.13": _audience,
    "document.14": _nothing_proposed,
    "document.15": _strangers,
    "document.16": _expired,
    "document.17": _unwritten,
    "duration.1": _no_duration,
    "duration.2": _no_moment,
}


def _mutants(rng: Random, enough: int) -> Iterator[Mutant]:
    for data in faults(rng, {step: _json(change) for step, change in CHANGES.items()}, _some, enough):
        yield Mutant(data, remade=True)
    for data in faults(rng, canonical_faults(document.MAX_BYTES), _some, enough):
        yield Mutant(data, remade=False)
    for data in scattered(rng, GENUINE, 2 * enough):
        yield Mutant(data, remade=False)
    for _ in range(spare(enough)):
        yield Mutant(_some(rng), remade=True)


def _verify(data: bytes) -> None:
    found = document.parse(data)
    # The last check: it is the accord that was asked for, by its digest.
    if sha256(data).hexdigest() != accord().digest:
        raise WrongContext("digest.1", f"This is accord {found.digest[:16]}.", "Ask for the right one.")


STEPS = (*steps("document", 1, 17), *steps("duration", 1, 2), *steps("canonical", 1, 5), "digest.1")


def accord_row(enough: int) -> Row:
    """Return the row, each check of which is to refuse so many."""
    return Row("accord", GENUINE, partial(_mutants, enough=enough), _verify, STEPS, enough)
