"""The facility: what neither side shows is run once, alone, and only what may leave leaves."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from laboratory_bench import assigned

from detente.instruments import extract, facilityreport, sealedsuite, suite
from detente.instruments.assignment import Assignment
from detente.instruments.facility import PAYLOAD, Facility
from detente.instruments.sealedsuite import SealedSuite
from detente.instruments.suite import Suite
from detente.trust import envelope
from detente.trust.errors import DetenteError
from detente.trust.key import PrivateKey
from detente.trust.recipient import OpeningKey

NOW = 1_804_000_000_000
GENESIS = "9e" * 32
OPENS = OpeningKey.from_seed("neutral", b"\5" * 32, NOW + 10_000_000)
SIGNS = PrivateKey.from_seed("ed25519", b"\6" * 32)


def brought(name: str = "jailbreak") -> SealedSuite:
    """A package of harmless stand-ins; salts and canaries of a test are fixed."""
    return covered(suite.shipped(name))


def covered(made: Suite) -> SealedSuite:
    salts = [hashlib.sha256(bytes([n])).digest() for n in range(len(made.items))]
    return sealedsuite.covered(made, salts, [one[:16] for one in salts])


def sealed(made: SealedSuite) -> bytes:
    bound = sealedsuite.context(GENESIS, made.root(), "us", "neutral")
    return sealedsuite.packed(made, OPENS.recipient, bound, b"\7" * 32, NOW)


def registered(made: SealedSuite, **changed: object) -> Assignment:
    plain = assigned("jailbreak", begins=None, ends=None, count=4)
    return msgspec.structs.replace(plain, tasks=made.root(), suite="-", **changed)


class Place:
    """A facility in a folder, and what it was brought."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "facility"
        self.facility = Facility(self.folder, OPENS, SIGNS, sys.executable)
        self.suite = brought()

    def run(self, **changed: object) -> tuple[envelope.Envelope, extract.Extract]:
        bound = sealedsuite.context(GENESIS, self.suite.root(), "us", "neutral")
        assignment = registered(self.suite, **changed)
        return self.facility.run(sealed(self.suite), bound, assignment, lambda: NOW, lambda _d, _o: None)

    def give_up(self) -> tuple[envelope.Envelope, extract.Extract]:
        bound = sealedsuite.context(GENESIS, self.suite.root(), "us", "neutral")
        return self.facility.give_up(sealed(self.suite), bound, registered(self.suite), lambda: NOW)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.slow
def test_a_run_lets_out_scores_and_a_signed_report_and_destroys_the_rest(place: Place) -> None:
    signed, out = place.run()
    assert [(one.samples, one.events, one.benign_done) for one in out.header.counts.values()] == [
        (4, 0, 2)
    ] * 2
    assert {one.output for one in out.samples} == {None}
    report = json.loads(signed.payload)
    assert signed.payload_type == PAYLOAD
    told = envelope.pae(PAYLOAD, signed.payload)
    SIGNS.public.verify(told, signed.signatures[0].sig, "envelope.7")
    assert (report["suite"], report["attempts"], report["facility"]) == (place.suite.root(), 1, "neutral")
    assert report["network"] in {"none", "open"}
    assert {one["file"] for one in report["destroyed"]} >= {"suite.sealed", "samples.jsonl", "extract.jsonl"}
    secret = b"tamarind"
    left = [one for one in place.folder.rglob("*") if one.is_file() and secret in one.read_bytes()]
    assert left == []
    assert (report["canary_seen"], report["given_up"]) == ([], False)
    assert [one["act"] for one in place.facility.acts()] == ["begun", "destroyed", "reported"]


def stated(out: extract.Extract) -> dict[str, object]:
    """The open fields that a result of this extract would have."""
    header, counts = out.header, list(out.header.counts.values())
    same = {name: getattr(header, name) for name in ("playbook", "solver", "scorer")}
    columns = {name: [getattr(one, name) for one in counts] for name in extract.Counts.__struct_fields__}
    return {**same, **columns, "tasks": header.suite, "model": header.model.digest}


@pytest.mark.slow
def test_a_report_is_held_against_extract_and_result_and_an_attempt_kept_back_is_named(place: Place) -> None:
    signed, out = place.run()
    data = envelope.dump(signed)
    report = facilityreport.verified(data, SIGNS.public, "neutral")
    bytes_out = next(place.folder.glob("*-001.jsonl")).read_bytes()
    facilityreport.covers(report, bytes_out)
    facilityreport.agrees(report, out.header.plan, stated(out))
    another = PrivateKey.from_seed("ed25519", b"\x08" * 32).public
    attempts: dict[str, Callable[[], object]] = {
        "envelope.8": lambda: facilityreport.verified(data, another, "neutral"),
        "facilityreport.2": lambda: facilityreport.verified(data, SIGNS.public, "us"),
        "facilityreport.3": lambda: facilityreport.covers(report, bytes_out.replace(b'"none"', b'"done"', 1)),
        "facilityreport.4": lambda: facilityreport.agrees(
            report, out.header.plan, stated(out) | {"events": [1, 0]}
        ),
    }
    for step, attempt in attempts.items():
        with pytest.raises(DetenteError) as caught:
            attempt()
        assert caught.value.step == step
    with pytest.raises(DetenteError) as caught:
        facilityreport.agrees(report, "00" * 32, stated(out))
    assert caught.value.step == "facilityreport.4"
    # A second run under the same number could be chosen from: it is not made.
    with pytest.raises(DetenteError) as caught:
        place.run()
    assert caught.value.step == "facility.7"
    # A facility whose program makes it all the same: its count says so.
    later = msgspec.structs.replace(report, attempts=2)
    with pytest.raises(DetenteError) as caught:
        facilityreport.agrees(later, out.header.plan, stated(out))
    assert caught.value.step == "facilityreport.5"


@pytest.mark.slow
def test_items_that_one_plan_has_shown_test_no_other(place: Place) -> None:
    place.run()
    with pytest.raises(DetenteError) as caught:
        place.run(plan="bb" * 32)
    assert caught.value.step == "facility.2"
    signed, _ = place.run(attempt=2)
    assert json.loads(signed.payload)["attempts"] == 2


@pytest.mark.slow
def test_an_attempt_that_breaks_off_is_counted_and_leaves_nothing_behind(place: Place) -> None:
    with pytest.raises(DetenteError) as caught:
        place.run(scorer="00" * 32)
    assert caught.value.step == "assignment.4"
    assert [one["act"] for one in place.facility.acts()] == ["begun", "broken-off", "destroyed"]
    assert place.facility.attempts(place.suite.root()) == 1
    assert [one for one in place.folder.rglob("*.sealed")] == []  # noqa: C416  # as above


@pytest.mark.slow
def test_an_attempt_that_broke_off_is_given_up_counts_unscored_and_the_next_one_is_not_flagged(
    place: Place,
) -> None:
    place.facility._python = "/bin/false"  # noqa: SLF001  # a laboratory that ends before it has begun
    with pytest.raises(DetenteError) as caught:
        place.run()
    assert caught.value.step == "executor.1"
    place.facility._python = sys.executable  # noqa: SLF001
    with pytest.raises(DetenteError) as caught:
        place.run()
    assert caught.value.step == "facility.7"
    signed, out = place.give_up()
    assert [(one.samples, one.unscored, one.benign_done) for one in out.header.counts.values()] == [
        (4, 4, 0)
    ] * 2
    report = facilityreport.verified(envelope.dump(signed), SIGNS.public, "neutral")
    assert (report.given_up, report.attempt, report.attempts) == (True, 1, 1)
    facilityreport.agrees(report, out.header.plan, stated(out))
    assert [one for one in place.folder.rglob("*.sealed")] == []  # noqa: C416  # names, if there are any
    with pytest.raises(DetenteError) as caught:
        place.give_up()
    assert caught.value.step == "facility.8"
    signed, out = place.run(attempt=2)
    report = facilityreport.verified(envelope.dump(signed), SIGNS.public, "neutral")
    assert (report.given_up, report.attempt, report.attempts) == (False, 2, 2)
    facilityreport.agrees(report, out.header.plan, stated(out))
    acts = [one["act"] for one in place.facility.acts()]
    assert acts == [
        "begun",
        "broken-off",
        "destroyed",
        "destroyed",
        "given-up",
        "begun",
        "destroyed",
        "reported",
    ]


def test_what_was_never_begun_here_cannot_be_given_up(place: Place) -> None:
    with pytest.raises(DetenteError) as caught:
        place.give_up()
    assert caught.value.step == "facility.8"


@pytest.mark.slow
def test_a_system_that_says_a_canary_is_named_in_the_signed_report(place: Place) -> None:
    """The careful player repeats what it is asked to keep: here one item asks it with its own canary."""
    made = brought("provenance")
    # The second canary stands in the text of the item that is drawn first, spelled otherwise.
    first = suite.shipped("provenance").drawn(1, twin=False)[0]
    said = " ".join(made.items[1].canary.upper())
    asks = tuple({language: f"{text} {said}" for language, text in ask.items()} for ask in first.asks)
    items = [
        msgspec.structs.replace(one, asks=asks) if one.id == first.id else one
        for one in suite.shipped("provenance").items
    ]
    place.suite = covered(msgspec.structs.replace(suite.shipped("provenance"), items=tuple(items)))
    plain = assigned("provenance", begins=None, ends=None, count=120)
    changed = {name: getattr(plain, name) for name in ("solver", "scorer", "solving", "samples", "benign")}
    signed, out = place.run(**changed)
    report = facilityreport.verified(envelope.dump(signed), SIGNS.public, "neutral")
    assert report.canary_seen == (first.id,)
    assert {one.output for one in out.samples} == {None}


def test_a_run_that_is_too_early_spends_nothing(place: Place) -> None:
    with pytest.raises(DetenteError) as caught:
        place.run(begins=NOW + 1)
    assert caught.value.step == "assignment.7"
    assert list(place.folder.iterdir()) == []


def test_another_suite_than_registered_is_not_opened(place: Place) -> None:
    bound = sealedsuite.context(GENESIS, "00" * 32, "us", "neutral")
    package, plan = sealed(place.suite), registered(place.suite)
    with pytest.raises(DetenteError) as caught:
        place.facility.run(package, bound, plan, lambda: NOW, lambda _d, _o: None)
    assert caught.value.step == "facility.1"


def test_a_package_whose_items_were_exchanged_is_not_run() -> None:
    made = brought()
    swapped = msgspec.structs.replace(made, items=(made.items[1], made.items[0], *made.items[2:]))
    bound = sealedsuite.context(GENESIS, made.root(), "us", "neutral")
    package = sealedsuite.packed(swapped, OPENS.recipient, bound, b"\7" * 32, NOW)
    with pytest.raises(DetenteError) as caught:
        sealedsuite.opened(package, bound, OPENS, NOW)
    assert caught.value.step == "sealedsuite.3"


def test_a_package_opens_for_the_facility_alone_and_for_this_accord_alone() -> None:
    made = brought()
    package = sealed(made)
    bound = sealedsuite.context(GENESIS, made.root(), "us", "neutral")
    assert sealedsuite.opened(package, bound, OPENS, NOW).plain() == suite.shipped("jailbreak")
    other = OpeningKey.from_seed("neutral", os.urandom(32), NOW + 10_000_000)
    for wrong, key in ((bound, other), (sealedsuite.context("00" * 32, made.root(), "us", "neutral"), OPENS)):
        with pytest.raises(DetenteError):
            sealedsuite.opened(package, wrong, key, NOW)


def test_two_suites_of_the_same_items_have_different_roots_by_their_salts() -> None:
    made = suite.shipped("market")
    salts = [os.urandom(32) for _ in made.items]
    canaries = [one[:16] for one in salts]
    first = sealedsuite.covered(made, salts, canaries)
    assert first.root() != brought("market").root()
    # The canary is committed to as the salt is, and each of both is one of its own.
    others = [canaries[1], canaries[0], *canaries[2:]]
    assert sealedsuite.covered(made, salts, others).root() != first.root()
    for wrong in ((salts[:-1], canaries), (salts, [canaries[0]] * len(salts)), (canaries, canaries)):
        with pytest.raises(DetenteError) as caught:
            sealedsuite.covered(made, *wrong)
        assert caught.value.step == "sealedsuite.1"


def test_a_ledger_that_was_changed_is_found(place: Place) -> None:
    path = place.folder / "acts.jsonl"
    place.facility._act({"act": "begun", "root": "a"}, NOW)  # noqa: SLF001  # what a run writes, without a run
    place.facility._act({"act": "destroyed", "files": []}, NOW)  # noqa: SLF001
    assert len(place.facility.acts()) == 2
    path.write_bytes(path.read_bytes().replace(b'"root":"a"', b'"root":"b"'))
    with pytest.raises(DetenteError) as caught:
        place.facility.acts()
    assert caught.value.step == "facility.3"
