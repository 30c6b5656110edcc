"""The adversary plays each of its attacks against nodes that run; their evidence says what became of it.

One table is printed at the end, the one of docs/threat-model.md: attack, refused as, evidence, provable.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import arena
import pytest
from arena import HONEST, Arena, Founded

from detente.faces.adversary.__main__ import ATTACKS
from detente.faces.adversary.fate import FATES
from homes import NOTICE

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("adversary")]

Told = dict[str, Any]


class Refused(NamedTuple):
    """One refusal: whose it claims to be, what it was, the check, and whether it convinces a stranger."""

    party: str
    kind: str
    step: str
    error: str
    provable: bool = False


class Row(NamedTuple):
    """What becomes of an attack: refusals at the nodes, codes in standing, or what is promised instead."""

    refused: tuple[Refused, ...] = ()
    standing: tuple[str, ...] = ()
    instead: str = ""
    domain: str = "live"

    def line(self, name: str) -> str:
        """The row of the table."""
        said = [f"`{one.step}` {one.error}" for one in self.refused] + [
            f"standing: {one}" for one in self.standing
        ]
        kinds = sorted({one.kind for one in self.refused} | ({"standing"} if self.standing else set()))
        proofs = {one.provable for one in self.refused}
        proof = "in part" if len(proofs) > 1 else "yes" if True in proofs else "no"
        return f"| {name} | {'; '.join(said) or self.instead} | {', '.join(kinds) or 'none'} | {proof} |"


FORK = Refused("cn", "fork", "pull.1", "Fork", provable=True)
FORKING = {
    "equivocate": Row((FORK,)),
    "second-history": Row((Refused("cn", "fork", "witness.6", "Fork", provable=True),)),
    "yesterday": Row((FORK,)),
}
"""Each in a world of its own: a log that forked is refused from there on."""

ENDURED = {
    "copy-commitment": Row(
        (Refused("cn", "opening", "disclosure.7", "WrongContext", provable=True),), ("opening-false",)
    ),
    "false-opening": Row(
        (Refused("cn", "opening", "disclosure.9", "BadOpening", provable=True),), ("opening-false",)
    ),
    "frame": Row(instead="the false proof stands for nothing: nobody is forked"),
    "misdate": Row((Refused("cn", "misdated", "cosigned.4", "Contradiction", provable=True),)),
    "false-standing": Row((Refused("cn", "standing", "compare.5", "Disagreement"),)),
    "roll-back": Row((Refused("cn", "request", "witness.8", "Rollback"),)),
    "garbage-proof": Row((Refused("neutral", "request", "consistency.3", "BadProof"),)),
    "impostor": Row((Refused("neutral", "request", "checkpoint.9", "WrongKey"),)),
    "forge-mirror": Row((Refused("us", "checkpoint", "checkpoint.9", "WrongKey"),)),
    "withhold-receipts": Row(instead="owed by the silent party; binds nobody whom it alone could witness"),
    "back-date": Row(standing=("clock-went-back", "stopped: back")),
    "replay": Row((Refused("cn", "record", "body.4", "WrongContext"),), ("repeated",)),
    "exercise-as-real": Row(
        (
            Refused("cn", "record", "envelope.6", "WrongContext"),
            Refused("cn", "record", "record.5", "WrongContext", provable=True),
        )
    ),
    "real-as-exercise": Row(
        (
            Refused("cn", "record", "envelope.6", "WrongContext"),
            Refused("cn", "record", "record.5", "WrongContext", provable=True),
        ),
        domain="exercise",
    ),
    "forge": Row(
        (
            Refused("cn", "record", "body.4", "WrongContext", provable=True),
            Refused("cn", "record", "envelope.8", "WrongKey"),
        )
    ),
    "amend-out-of-order": Row(instead="waits for that version, neither held nor refused"),
    "withhold-bodies": Row(instead="missing: it counts for nothing, and is void in the end"),
    "flood": Row((Refused("cn", "request", "consistency.3", "BadProof"),)),
}
"""In one world, in this order: what stops a log from being read further stands last."""


@pytest.fixture(scope="module")
def endured(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """One world in which all attacks that fork nothing are played, one after the other."""
    folder = tmp_path_factory.mktemp("endured")
    for party in arena.PARTIES:
        shutil.copytree(founded.folder / party, folder / party)
    with Arena(folder, founded) as made:
        made.start()
        yield made


def _new(ring: Arena, before: dict[str, set[str]]) -> dict[str, list[Told]]:
    return {
        party: [one for one in ring.evidence(party) if one["digest"] not in before[party]] for party in HONEST
    }


def _refusals(found: dict[str, list[Told]], ring: Arena) -> set[Refused]:
    """The refusals at both nodes; of many alike, one is asked what it proves."""
    named: dict[tuple[str, ...], tuple[str, Told]] = {}
    for party, rows in found.items():
        for one in rows:
            named.setdefault((one["party"], one["kind"], one["step"], one["error"]), (party, one))
    return {Refused(*key, ring.proves(party, one["digest"])) for key, (party, one) in named.items()}


def _played(ring: Arena, name: str, row: Row) -> tuple[Told, Told, Told]:
    """Play an attack, and hold the nodes to what must be true after any: return standing before and after."""
    ring.settled()
    before = {party: {one["digest"] for one in ring.evidence(party)} for party in HONEST}
    standing = ring.standing()
    exercise = ring.standing("exercise")
    told = ring.attack(name)
    try:
        wanted = set(row.refused)
        ring.until(
            f"{name}: {row}",
            lambda: wanted <= _refusals(_new(ring, before), ring) if wanted else True,
        )
        assert _refusals(_new(ring, before), ring) == wanted, "refused by these names and no others"
        heads = {"cn": standing["cut"]["cn"]} if name in FORKING else {}
        after = ring.standing(**heads)
        for codes in row.standing:
            after = ring.until(f"{name}: {codes}", lambda code=codes: _shows(ring.standing(**heads), code))
        for party in HONEST:
            assert after["counts"][party] == standing["counts"][party], "an honest party's standing moved"
        assert set(after["forked"]) <= {"cn"}
        if row.domain == "live":
            assert ring.standing("exercise")["counts"] == exercise["counts"], "it reached the other domain"
        return told, standing, after
    finally:
        ring.stage.stop("adversary")


def _shows(standing: Told, code: str) -> Told | None:
    if code == "stopped: back":
        return standing if standing["stopped"]["cn"] == {"neutral": "back", "us": "back"} else None
    codes = [one["codes"] for one in standing["refused"] if one["party"] == "cn"]
    return standing if [code] in codes else None


def _held(ring: Arena, party: str, domain: str = "live") -> dict[str, str]:
    """Record to kind in cn's log, as a node holds it; empty where it does not."""
    rows = ring.cli(party, "record", "list", "--domain", domain)
    return {one["id"]: one["kind"] for one in rows if one["party"] == "cn"}


@pytest.mark.parametrize("name", FORKING)
def test_two_histories_are_refused_by_name_and_convince_a_stranger(
    name: str, ring: Arena, record_property: Callable[[str, object], None]
) -> None:
    told, before, _ = _played(ring, name, FORKING[name])
    for party in HONEST:
        known = ring.cli(party, "status")["domains"]["live"]["others"]["cn"]
        assert known["here"] <= before["cut"]["cn"]["size"] + 1, "nothing of a second history is stored"
    if name == "second-history":
        assert told["status"] == 409
    record_property("attack", FORKING[name].line(name))


@pytest.mark.parametrize("name", ENDURED)
def test_an_attack_is_refused_by_name_and_changes_nothing_for_others(
    name: str, endured: Arena, record_property: Callable[[str, object], None]
) -> None:
    row = ENDURED[name]
    told, before, after = _played(endured, name, row)
    CHECKS.get(name, lambda *_: None)(endured, told, before, after)
    record_property("attack", row.line(name))


def _nothing_held(names: Callable[[Told], list[str]], domain: str = "live") -> Callable[..., None]:
    def check(ring: Arena, told: Told, *_: Told) -> None:
        for party in HONEST:
            held = _held(ring, party, domain)
            assert {held.get(name) for name in names(told)} == {""}, "its leaf is there, its body is not"

    return check


def _alarmed(ring: Arena, told: Told, *_: Told) -> None:
    """Both values and the first duty that differs, by the name of who lies; at both nodes."""
    for party in HONEST:
        (what,) = ring.cli(party, "status")["domains"]["live"]["differences"]
        assert f"cn computes {told['digest']}, we compute " in what
        assert f"First duty that differs: {told['duty']} of {told['of']}" in what
        assert "they say missed" in what
        assert f"we say {told['was']}" in what


def _nobody_forked(_ring: Arena, told: Told, _before: Told, after: Told) -> None:
    assert told["against"] == "us"
    assert after["forked"] == []


def _stays_ahead(ring: Arena, told: Told, *_: Told) -> None:
    assert told["status"] == 409
    for party in HONEST:
        assert ring.cli(party, "status")["domains"]["live"]["others"]["cn"]["seen"] == told["sizes"][0]


def _not_cosigned(ring: Arena, told: Told, *_: Told) -> None:
    assert told["statuses"] == [422, 422, 422]
    for party in HONEST:
        others = ring.cli(party, "status")["domains"]["live"]["others"]
        assert [one["forked"] for one in others.values()] == [None, None]


def _answered(_ring: Arena, told: Told, *_: Told) -> None:
    assert told["statuses"] == [403, 404]


def _binds_no_third(ring: Arena, _told: Told, before: Told, _after: Told) -> None:
    """A duty that only the silent party could witness binds nobody, at both nodes alike."""
    words = [
        sys.executable,
        "-m",
        "detente",
        "notices",
        "notice",
        "--home",
        str(ring.folder / "us"),
        "--json",
    ]
    given = json.dumps({"open": NOTICE})
    said = subprocess.run(words, input=given, capture_output=True, text=True, check=True)
    base = json.loads(said.stdout)["id"]

    def owed() -> list[tuple[str, str]]:
        rows = [one for one in ring.standing()["duties"] if one["base"] == base]
        return [(one["debtor"], one["verdict"]) for one in rows]

    assert ring.until("the notice binds", owed) == [("cn", "owed")]
    later = Arena.standing
    ring.as_of += 30 * arena.DAY
    try:
        assert owed() == [("cn", "unobservable")], "undecided, and said so: nobody is condemned by silence"
        assert later(ring)["counts"]["neutral"] == before["counts"]["neutral"]
    finally:
        ring.as_of -= 30 * arena.DAY


def _waits(ring: Arena, told: Told, *_: Told) -> None:
    for party in HONEST:
        assert _held(ring, party)[told["record"]] == ""


def _still_serves(ring: Arena, told: Told, *_: Told) -> None:
    assert sum(told["statuses"].values()) == told["rung"]
    assert {"400", "413", "422"} <= set(told["statuses"]) <= {"400", "413", "422", "429"}
    assert len(ring.evidence("us", "--kind", "request")) < 4_096


CHECKS: dict[str, Callable[..., None]] = {
    "false-standing": _alarmed,
    "frame": _nobody_forked,
    "roll-back": _stays_ahead,
    "garbage-proof": _not_cosigned,
    "impostor": _answered,
    "withhold-receipts": _binds_no_third,
    "exercise-as-real": _nothing_held(lambda told: told["records"]),
    "real-as-exercise": _nothing_held(lambda told: told["records"], "exercise"),
    "forge": _nothing_held(lambda told: [told["posed"], told["hired"]]),
    "replay": _nothing_held(lambda told: [told["stolen"]]),
    "amend-out-of-order": _waits,
    "withhold-bodies": _waits,
    "flood": _still_serves,
}


def test_every_attack_of_the_program_is_played_and_stands_in_the_threat_model() -> None:
    rows = FORKING | ENDURED
    assert set(rows) == set(ATTACKS)
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert [row.line(name) for name, row in rows.items() if row.line(name) not in page] == []


def test_the_fate_that_the_demonstration_foretells_is_the_one_that_is_seen_here() -> None:
    for name, row in (FORKING | ENDURED).items():
        fate = FATES[name]
        assert set(fate.steps) == {one.step for one in row.refused}, name
        assert bool(fate.instead.en) == bool(row.instead), name
        assert not fate.standing or fate.standing in row.standing, name


def test_the_adversary_lists_its_attacks_in_both_languages() -> None:
    words = [sys.executable, "-m", "detente.faces.adversary", "--list"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    for one in ATTACKS.values():
        assert one.name in said
        assert one.tries.en in said
        assert one.tries.zh in said
