"""Forks: two signed histories convince anybody; nobody can frame an honest log."""

from collections.abc import Callable
from dataclasses import replace

import ledger
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import LOG, ORIGIN, publics

from detente.trust import fork, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, DetenteError, Malformed, NotCanonical, TooLarge
from detente.trust.fork import Fork
from detente.trust.tile import TiledTree

KEYS = publics(LOG)
SIZE = 30
BRANCH = 9


def signed(size: int, *, branch: bool = False) -> bytes:
    """A head on the main history, or on the one that has another entry at 9."""
    whole = ledger.tree(SIZE, BRANCH if branch else None)
    return ledger.sign(Checkpoint(ORIGIN, size, whole.root(size)))


HEADS = {(size, branch): signed(size, branch=branch) for size in range(SIZE + 1) for branch in (False, True)}
LARGER, SMALLER = HEADS[SIZE, False], HEADS[12, True]
PROOF = fork.prove(LARGER, SMALLER, ledger.tree(SIZE).node)
assert PROOF is not None
SAME_SIZE = fork.prove(HEADS[12, False], HEADS[12, True], ledger.tree(SIZE).node)
assert SAME_SIZE is not None


HEAD_ON_A_BRANCH = st.sampled_from(sorted(HEADS))


@settings(deadline=None, max_examples=60)
@given(HEAD_ON_A_BRANCH, HEAD_ON_A_BRANCH)
def test_two_heads_prove_a_fork_if_and_only_if_they_are_on_two_branches(
    first: tuple[int, bool], second: tuple[int, bool]
) -> None:
    larger = max(first, second, key=lambda one: one[0])
    node = ledger.tree(SIZE, BRANCH if larger[1] else None).node
    proof = fork.prove(HEADS[first], HEADS[second], node)
    assert (proof is not None) == (first[1] != second[1] and min(first[0], second[0]) > BRANCH)
    if proof is not None:
        heads = fork.verify(fork.parse(fork.dump(proof)), ORIGIN, KEYS)
        assert [one.size for one in heads] == sorted((first[0], second[0]), reverse=True)


def test_a_fork_has_one_spelling_whoever_finds_it() -> None:
    node = ledger.tree(SIZE).node
    for first, second in ((LARGER, SMALLER), (HEADS[12, False], HEADS[12, True])):
        proofs = [fork.prove(first, second, node), fork.prove(second, first, node)]
        assert proofs[0] == proofs[1]


def test_a_fork_is_proved_from_the_tiles_of_the_larger_history() -> None:
    whole = ledger.tree(SIZE)
    tiled = TiledTree(SIZE, whole.root(), ledger.files(ledger.entries(SIZE)).get)
    assert fork.prove(LARGER, SMALLER, tiled.node) == PROOF


def bent(change: Callable[[Fork], Fork], proof: Fork | None = PROOF) -> Fork:
    assert proof is not None
    return change(proof)


@pytest.mark.parametrize(
    ("framed", "step"),
    [
        (bent(lambda one: replace(one, larger=one.smaller, smaller=one.larger)), "fork.3"),
        (bent(lambda one: replace(one, larger=one.smaller, smaller=one.larger), SAME_SIZE), "fork.3"),
        (bent(lambda one: replace(one, smaller=one.larger), SAME_SIZE), "fork.4"),
        (bent(lambda one: replace(one, path=(bytes(32),)), SAME_SIZE), "fork.4"),
        (bent(lambda one: replace(one, path=(*one.path[:-1], bytes(32)))), "fork.5"),
        (bent(lambda one: replace(one, path=(bytes(32), *one.path[1:]))), "fork.5"),
        (bent(lambda one: replace(one, path=(b"short", *one.path[1:]))), "fork.5"),
        (bent(lambda one: replace(one, smaller=HEADS[0, False], path=())), "fork.5"),
        (bent(lambda one: replace(one, path=one.path[1:])), "consistency.3"),
        (bent(lambda one: replace(one, path=(*one.path, bytes(32)))), "consistency.3"),
        (bent(lambda one: replace(one, path=())), "consistency.3"),
        (bent(lambda one: replace(one, smaller=HEADS[12, False])), "fork.6"),
    ],
)
def test_what_proves_nothing_is_refused(framed: Fork, step: str) -> None:
    with pytest.raises(DetenteError) as raised:
        fork.verify(framed, ORIGIN, KEYS)
    assert raised.value.step == step


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=6, max_size=6))
def test_an_honest_log_is_not_framed_by_hashes_that_lead_nowhere(path: list[bytes]) -> None:
    framed = Fork(LARGER, HEADS[12, False], tuple(path))
    with pytest.raises(BadProof):
        fork.verify(framed, ORIGIN, KEYS)


def test_a_head_that_the_log_did_not_sign_is_no_evidence() -> None:
    forged = ledger.sign(Checkpoint(ORIGIN, 12, bytes(32)), ledger.STRANGER)
    half = ledger.sign(Checkpoint(ORIGIN, 12, bytes(32)), LOG[:1])
    elsewhere = ledger.sign(Checkpoint(ledger.EXERCISE_ORIGIN, 12, bytes(32)))
    for data, step in ((forged, "checkpoint.9"), (half, "checkpoint.9"), (elsewhere, "checkpoint.7")):
        for accused in (Fork(LARGER, data, PROOF.path if PROOF else ()), Fork(data, SMALLER, ())):
            with pytest.raises(DetenteError) as raised:
                fork.verify(accused, ORIGIN, KEYS)
            assert raised.value.step == step


DUMPED = fork.dump(bent(lambda one: one))


@pytest.mark.parametrize(
    ("data", "error", "step"),
    [
        (b"", Malformed, "canonical.2"),
        (DUMPED + b"\n", NotCanonical, "canonical.5"),
        (b"{}", Malformed, "fork.7"),
        (b"[]", Malformed, "fork.7"),
        (DUMPED.replace(b'"v":1', b'"v":2'), Malformed, "fork.7"),
        (DUMPED.replace(b'"v":1', b'"v":1,"w":1'), Malformed, "fork.7"),
        (DUMPED.replace(b'"path":["', b'"path":["g'), Malformed, "fork.8"),
        (DUMPED.replace(b'"path":["', b'"path":["ab"],"path":["'), NotCanonical, "canonical.5"),
        (DUMPED.replace(b'"path":["', b'"path":["ABAB","'), Malformed, "fork.8"),
        (DUMPED.replace(b'"path":[', b'"path":["%b",' % (b"AB" * 32)), Malformed, "fork.8"),
        (DUMPED.replace(b'"path":[', b'"path":[' + b'"00",' * 65), Malformed, "fork.7"),
        (b" " * fork.MAX_BYTES + DUMPED, TooLarge, "canonical.1"),
    ],
)
def test_another_form_of_evidence_is_refused(data: bytes, error: type[DetenteError], step: str) -> None:
    with pytest.raises(error) as raised:
        fork.parse(data)
    assert raised.value.step == step


def test_the_path_of_a_million_leaves_is_short() -> None:
    assert len(tree.walk(777_777, 1_000_000, lambda _level, _index: bytes(32))) <= 22
