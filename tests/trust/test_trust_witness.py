"""The witness: cosigns what extends the known head, and nothing else; requests in their one spelling."""

from pathlib import Path

import ledger
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.trust import checkpoint, note, tree, witness
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import (
    BadProof,
    DetenteError,
    Fork,
    Malformed,
    Misuse,
    NotCanonical,
    Rollback,
    TooLarge,
)
from detente.trust.witness import Cosign, Refuse, Submission

VECTORS = Path(__file__).parent / "vectors"
REQUEST = (VECTORS / "c2sp-tlog-witness-request.txt").read_bytes()
RESPONSE = (VECTORS / "c2sp-tlog-witness-response.txt").read_bytes()

SIZE = 40
TREE = ledger.tree(SIZE)
KNOWN = ledger.head(12)


def head(size: int) -> Checkpoint:
    return Checkpoint(ledger.ORIGIN, size, TREE.root(size))


def refused(decision: Cosign | Refuse, reason: str, error: type[DetenteError]) -> Refuse:
    assert isinstance(decision, Refuse)
    assert decision.reason == reason
    assert isinstance(decision.error, error)
    return decision


@given(st.data())
def test_every_head_that_extends_the_known_one_is_cosigned(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, SIZE))
    old = data.draw(st.integers(0, new))
    known = head(old) if old else data.draw(st.sampled_from([None, head(0)]))
    assert witness.decide(known, head(new), old, TREE.consistency(old, new)) == Cosign(head(new))


def test_the_first_head_needs_an_empty_proof_from_nothing() -> None:
    assert witness.decide(None, head(20), 0, []) == Cosign(head(20))
    refused(witness.decide(None, head(20), 0, [bytes(32)]), "proof", BadProof)
    assert refused(witness.decide(None, head(20), 5, []), "stale", BadProof).known_size == 0


def test_the_known_head_again_is_cosigned_again() -> None:
    assert witness.decide(KNOWN, KNOWN, 12, []) == Cosign(KNOWN)
    refused(witness.decide(KNOWN, KNOWN, 12, [bytes(32)]), "proof", BadProof)


@given(st.integers(0, SIZE + 5), st.lists(st.binary(min_size=32, max_size=32), max_size=3))
def test_another_root_at_the_known_size_is_a_fork_whatever_the_request_says(
    old_size: int, proof: list[bytes]
) -> None:
    decision = witness.decide(KNOWN, ledger.head(12, branch=3), old_size, proof)
    assert refused(decision, "fork", Fork).known_size == 12


@given(st.integers(0, 20), st.lists(st.binary(min_size=32, max_size=32), max_size=6))
def test_a_larger_head_of_another_branch_is_never_cosigned(branch: int, noise: list[bytes]) -> None:
    other = ledger.tree(20, branch % 12)
    new = Checkpoint(ledger.ORIGIN, 20, other.root())
    for proof in (other.consistency(12, 20), TREE.consistency(12, 20), noise, []):
        refused(witness.decide(KNOWN, new, 12, proof), "proof", BadProof)


def test_an_older_head_is_a_rollback_and_never_cosigned() -> None:
    for old_size in (0, 5, 12):
        decision = witness.decide(KNOWN, head(5), old_size, [])
        assert isinstance(decision, Refuse)
    assert refused(witness.decide(KNOWN, head(5), 5, []), "stale", Rollback).known_size == 12


def test_a_proof_from_another_head_than_the_known_one_is_answered_with_its_size() -> None:
    decision = witness.decide(KNOWN, head(20), 10, TREE.consistency(10, 20))
    assert refused(decision, "stale", BadProof).known_size == 12


def test_a_proof_that_starts_beyond_the_head_is_refused() -> None:
    refused(witness.decide(KNOWN, head(20), 21, []), "ahead", Malformed)


@pytest.mark.parametrize("proof", [[b"short"], [b""], [bytes(33)], [bytes(32)] * 64])
def test_a_garbage_proof_is_refused_and_is_no_evidence(proof: list[bytes]) -> None:
    decision = witness.decide(KNOWN, head(20), 12, proof)
    assert isinstance(decision, Refuse)
    assert decision.reason == "proof"
    assert not isinstance(decision.error, Fork)


def test_heads_of_two_logs_are_never_compared() -> None:
    other = Checkpoint(ledger.EXERCISE_ORIGIN, 20, TREE.root(20))
    with pytest.raises(Misuse, match=r"witness\.5"):
        witness.decide(KNOWN, other, 12, TREE.consistency(12, 20))


# Requests.


def test_the_example_of_the_specification_reads_and_writes_back() -> None:
    read = witness.parse(REQUEST)
    assert (read.old_size, len(read.proof)) == (20_852_014, 4)
    assert checkpoint.parse_text(note.parse(read.note).text).size == 20_852_163
    assert witness.dump(read) == REQUEST


def test_the_example_of_an_answer_reads_and_writes_back() -> None:
    lines = note.parse_lines(RESPONSE)
    assert [one.name for one in lines] == ["witness.example/w1", "witness.example/w1", "witness.example/w2"]
    assert note.dump_lines(lines) == RESPONSE


@given(st.integers(0, tree.MAX_SIZE), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_reads_back(old_size: int, proof: list[bytes]) -> None:
    request = Submission(old_size, tuple(proof), ledger.signed(5))
    assert witness.parse(witness.dump(request)) == request


LINE = tree.dump_hash(bytes(32))


@pytest.mark.parametrize(
    ("data", "error", "step"),
    [
        ("", Malformed, "witness.2"),
        ("old 5", Malformed, "witness.2"),
        ("old 5\n", Malformed, "witness.2"),
        ("old 05\n\nx", Malformed, "witness.2"),
        ("old -1\n\nx", Malformed, "witness.2"),
        ("old  5\n\nx", Malformed, "witness.2"),
        ("old 5 \n\nx", Malformed, "witness.2"),
        ("Old 5\n\nx", Malformed, "witness.2"),
        ("5\n\nx", Malformed, "witness.2"),
        (f"old {2**63}\n\nx", Malformed, "witness.2"),
        (f"old {10**30}\n\nx", Malformed, "witness.2"),
        ("old 5\r\n\r\nx", Malformed, "witness.2"),
        ("old 5\n" + f"{LINE}\n" * 64 + "\nx", TooLarge, "witness.3"),
        ("old 5\nAAAA\n\nx", Malformed, "witness.4"),
        (f"old 5\n{LINE} \n\nx", Malformed, "witness.4"),
        (f"old 5\n {LINE}\n\nx", Malformed, "witness.4"),
        (f"old 5\n{LINE[:-2]}B=\n\nx", NotCanonical, "witness.4"),
        ("old 5\né\n\nx", Malformed, "witness.4"),
    ],
)
def test_another_form_of_a_request_is_refused(data: str, error: type[DetenteError], step: str) -> None:
    with pytest.raises(error) as raised:
        witness.parse(data.encode())
    assert raised.value.step == step


def test_a_request_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match=r"witness\.1"):
        witness.parse(REQUEST + b"\n" * witness.MAX_BYTES)


@given(st.binary(max_size=300))
def test_no_bytes_bring_the_parser_down(data: bytes) -> None:
    for bytes_ in (data, b"old 5\n" + data, b"old 5\n\n" + data):
        try:
            read = witness.parse(bytes_)
        except Malformed:
            continue
        assert witness.dump(read) == bytes_
