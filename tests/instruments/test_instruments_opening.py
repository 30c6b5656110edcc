"""A spot check: every way to cheat at a drawn sample is caught by name, and what was not drawn is not."""

from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256

import msgspec
import pytest
from attempts import SEED, attempt, data, whole

from detente.instruments import commitment, extract, opening, pairing, spotcheck, weighing
from detente.instruments.extract import Extract, Sample
from detente.instruments.opening import Claim, Opening
from detente.trust.errors import BadOpening, Malformed, Misuse, WrongContext

MADE = attempt(events=frozenset({3}))
DRAWN = (0, 7, 19, 150, 199, 200, 219)


def claim(made: Extract = MADE, **named: str | None) -> Claim:
    committed = commitment.of(made, SEED)
    header = made.header
    digests = {
        "suite": header.suite,
        "scorer": header.scorer,
        "judge": header.judge,
        "model": header.model.digest,
    }
    return Claim(committed.root, len(committed.tree), header.counts, digests | named)


def handed(made: Extract = MADE, drawn: tuple[int, ...] = DRAWN) -> Opening:
    one = opening.opened(made, commitment.of(made, SEED), drawn)
    return opening.parse(opening.dump(one))


def changed(one: Opening, at: int, **fields: object) -> Opening:
    samples = list(one.samples)
    samples[at] = msgspec.structs.replace(samples[at], **fields)
    return msgspec.structs.replace(one, samples=tuple(samples))


def sampled(one: Opening, at: int, **fields: object) -> Opening:
    return changed(one, at, sample=msgspec.structs.replace(one.samples[at].sample, **fields))


def test_what_was_drawn_is_opened_and_holds_under_the_root_of_the_result() -> None:
    held = opening.check(handed(), claim(), DRAWN)
    assert (held.faults, len(held.samples), held.rescored) == ((), len(DRAWN), 0)
    assert [one.twin for one in held.samples] == [False] * 5 + [True] * 2


def test_the_leaf_is_plain_hashing_that_a_stranger_repeats() -> None:
    committed = commitment.of(MADE, SEED)
    lines = data(MADE).splitlines()
    header, first = sha256(lines[0]).digest(), next(line for line in lines[1:] if b'"twin":false' in line)
    salt = committed.salt(0)
    stranger = sha256(b"\x00detente/sample/1\n" + header + salt + first).digest()
    assert committed.tree.node(0, 0) == stranger
    assert len({committed.salt(one) for one in range(220)}) == 220
    other = msgspec.structs.replace(MADE, header=msgspec.structs.replace(MADE.header, attempt=2))
    assert commitment.of(other, SEED).salt(0) != salt


def test_a_seed_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(Misuse) as raised:
        commitment.of(MADE, b"short")
    assert raised.value.step == "commitment.1"


Change = Callable[[Opening], Opening]
FAULTS: dict[str, tuple[str, Change]] = {
    "an edited score": ("opening.5", lambda one: sampled(one, 1, score="none")),
    "an edited output with its digest": (
        "opening.5",
        lambda one: sampled(one, 1, output="I ask.", digest=extract.digest_of("I ask.")),
    ),
    "another salt": ("opening.5", lambda one: changed(one, 1, salt="00" * 16)),
    "a proof cut short": ("opening.5", lambda one: changed(one, 1, proof=one.samples[1].proof[1:])),
    "a proof that is no base64": ("opening.5", lambda one: changed(one, 1, proof=("x",))),
    "a swapped sample": (
        "opening.5",
        lambda one: changed(one, 1, sample=one.samples[2].sample, salt=one.samples[2].salt),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_changed_sample_is_caught_by_name(name: str) -> None:
    step, change = FAULTS[name]
    held = opening.check(change(handed()), claim(), DRAWN)
    assert [(fault.leaf, fault.error.step) for fault in held.faults] == [(7, step)]
    assert len(held.samples) == len(DRAWN) - 1


def replaced(at: int, **fields: object) -> Extract:
    """A run whose author changed a sample before he committed."""
    samples = list(MADE.samples)
    samples[at] = msgspec.structs.replace(samples[at], **fields)
    return whole(samples)


def test_an_output_that_is_not_that_of_its_digest_is_caught_under_the_root() -> None:
    lying = replaced(7, output="another", digest=MADE.samples[7].digest)
    held = opening.check(handed(lying), claim(lying), DRAWN)
    assert [(one.leaf, one.error.step) for one in held.faults] == [(7, "opening.6")]


def test_a_sample_passed_off_as_a_twin_is_caught() -> None:
    """The result counts one twin fewer than lie under the root."""
    lying = claim()
    counts = dict(lying.counts)
    counts["en"] = msgspec.structs.replace(counts["en"], samples=101, benign=9)
    header = msgspec.structs.replace(MADE.header, counts=counts)
    made = msgspec.structs.replace(MADE, header=header)
    held = opening.check(handed(made), claim(made), DRAWN)
    assert [(one.leaf, one.error.step) for one in held.faults] == [(200, "opening.7")]


def scorer(sample: Sample) -> tuple[str, str | None]:
    return ("event" if "I act." in str(sample.output) else "none"), None


def test_a_score_that_was_edited_before_the_commitment_is_caught_by_scoring_again() -> None:
    at = next(n for n, one in enumerate(MADE.samples) if one.score == "event")
    lying = replaced(at, score="none")
    drawn = (at, at + 40)
    held = opening.check(handed(lying, drawn), claim(lying), drawn, scorer)
    assert [(one.leaf, one.error.step) for one in held.faults] == [(at, "opening.8")]
    assert held.rescored == 1
    honest = opening.check(handed(MADE, drawn), claim(), drawn, scorer)
    assert (honest.faults, honest.rescored) == ((), 2)


def test_a_sealed_output_is_not_scored_again_and_nobody_says_that_it_was() -> None:
    sealed = replaced(7, output=None)
    held = opening.check(handed(sealed, (0, 7)), claim(sealed), (0, 7), scorer)
    assert (held.faults, held.rescored) == ((), 1)


WRONG = {
    "another judge": ("opening.2", WrongContext, {"judge": "ff" * 32}, DRAWN),
    "another suite": ("opening.2", WrongContext, {"suite": "ff" * 32}, DRAWN),
    "another model": ("opening.2", WrongContext, {"model": "ff" * 32}, DRAWN),
    "another plan": ("opening.2", WrongContext, {"plan": "ff" * 32}, DRAWN),
    "a sample kept closed": ("opening.4", BadOpening, {}, (*DRAWN, 218)),
    "samples that were not drawn": ("opening.4", BadOpening, {}, DRAWN[:-1]),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_opening_of_another_run_or_of_other_samples_is_refused(name: str) -> None:
    step, kind, named, drawn = WRONG[name]
    with pytest.raises(kind) as raised:
        opening.check(handed(), claim(**named), drawn)  # type: ignore[arg-type]  # a table of many types
    assert raised.value.step == step


def test_counts_that_were_changed_after_the_commitment_are_refused() -> None:
    said = claim()
    counts = said.counts | {"en": msgspec.structs.replace(said.counts["en"], events=0)}
    with pytest.raises(WrongContext) as raised:
        opening.check(handed(), said._replace(counts=counts), DRAWN)
    assert raised.value.step == "opening.3"


@pytest.mark.parametrize("data_", [b"", b"[]", b'{"format":"detente-opening-1"}', b'{"a":1}'])
def test_what_is_no_opening_is_refused(data_: bytes) -> None:
    with pytest.raises(Malformed):
        opening.parse(data_)


def test_cheating_at_many_samples_is_met_as_often_as_it_is_said_to_be() -> None:
    """30 of 200 samples are edited; the draws that miss all of them are as many as the chance says."""
    false = set(range(30))
    missed = sum(
        false.isdisjoint(sorted(range(200), key=lambda n: sha256(b"%d %d" % (turn, n)).digest())[:10])
        for turn in range(2_000)
    )
    assert abs(missed / 2_000 - (1 - float(spotcheck.chance_met(10, 200, 30)))) < 0.03


def test_runs_that_agree_are_shown_to_and_those_that_differ_are_not() -> None:
    again = attempt(events=frozenset({3, 50}))
    found = pairing.paired(MADE, again)
    assert found[:5] == (2, 0, 2, 196, 0)
    margin = doubt = Fraction(5, 100)
    assert pairing.compared(found, margin, doubt).agree
    worse = pairing.paired(MADE, attempt(events=frozenset(range(12))))
    assert not pairing.compared(worse, margin, doubt).agree
    few = pairing.paired(attempt(items=10), attempt(items=9))
    assert (few.unpaired, pairing.compared(few, margin, doubt).agree) == (2, False)


def test_runs_of_two_suites_are_not_compared() -> None:
    other = msgspec.structs.replace(MADE, header=msgspec.structs.replace(MADE.header, suite="ff" * 32))
    with pytest.raises(WrongContext) as raised:
        pairing.paired(MADE, other)
    assert raised.value.step == "pairing.1"


def test_epochs_of_one_item_are_one_pair_and_one_cluster() -> None:
    thrice = attempt(items=40, epochs=3)
    assert len(pairing.paired(thrice, thrice).differences) == 80
    assert [(one.name, one.samples, one.effect) for one in weighing.parts(thrice)] == [
        ("en", 120, 3),
        ("zh", 120, 3),
    ]
    assert {one.name for one in weighing.strata(thrice)} == {
        f"{a}/part-{n}" for a in ("en", "zh") for n in range(3)
    }


def test_every_proof_of_every_leaf_holds() -> None:
    made = attempt(items=20, twins=3)
    size = len(made.samples)
    one = handed(made, tuple(range(size)))
    assert opening.check(one, claim(made), tuple(range(size))).faults == ()
