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
from detente.trust import envelope
from detente.trust.errors import DetenteError
from detente.trust.key import PrivateKey
from detente.trust.recipient import OpeningKey

NOW = 1_804_000_000_000
GENESIS = "9e" * 32
OPENS = OpeningKey.from_seed("neutral", b"\5" * 32, NOW + 10_000_000)
SIGNS = PrivateKey.from_seed("ed25519", b"\6" * 32)


def brought(name: str = "jailbreak") -> SealedSuite:
    """A package of harmless stand-ins; the salts of a test are fixed."""
    made = suite.shipped(name)
    return sealedsuite.covered(made, [hashlib.sha256(bytes([n])).digest() for n in range(len(made.items))])


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
    assert [one["act"] for one in place.facility.acts()] == ["begun", "destroyed"]


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
    # Run a second time under the same plan, the better of both reported: the facility's count says so.
    later = facilityreport.verified(envelope.dump(place.run()[0]), SIGNS.public, "neutral")
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
    assert sealedsuite.covered(made, salts).root() != brought("market").root()
    with pytest.raises(DetenteError) as caught:
        sealedsuite.covered(made, salts[:-1])
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
