"""Proofs of logging: one entry, off line, under a policy."""

from dataclasses import replace
from pathlib import Path

import ledger
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.trust import proof, tree
from detente.trust.errors import BadProof, BelowThreshold, DetenteError, Malformed, Misuse, TooLarge
from detente.trust.proof import Proof

EXAMPLE = (Path(__file__).parent / "vectors" / "c2sp-tlog-proof.txt").read_bytes()
SIZE = 40
TRUST = ledger.trust()
NOTE = ledger.cosign(ledger.signed(SIZE), ["us", "neutral"])
PROOF = Proof(7, tuple(ledger.tree(SIZE).inclusion(7, SIZE)), NOTE)
DUMPED = proof.dump(PROOF)


def test_the_example_of_the_specification_reads_and_writes_back() -> None:
    read = proof.parse(EXAMPLE)
    assert (read.index, len(read.hashes)) == (73_894, 5)
    assert read.extra is not None
    assert read.extra.startswith(b"age-v1.2.1-darwin-arm64.tar.gz")
    assert read.note.startswith(b"example.com/fancylog\n109482\n")
    assert proof.dump(read) == EXAMPLE


def test_a_proof_shows_its_entry_and_no_other() -> None:
    assert proof.verify(proof.parse(DUMPED), ledger.entry(7), TRUST) == ledger.head(SIZE)
    for other in (ledger.entry(8), b"", ledger.entry(7) + b"\n"):
        with pytest.raises(BadProof, match=r"inclusion\.4"):
            proof.verify(PROOF, other, TRUST)


def test_a_proof_does_not_serve_another_place_or_tree() -> None:
    for odd in (replace(PROOF, index=8), replace(PROOF, index=SIZE), replace(PROOF, hashes=PROOF.hashes[1:])):
        with pytest.raises(BadProof, match=r"inclusion\.[134]"):
            proof.verify(odd, ledger.entry(7), TRUST)
    other = ledger.cosign(ledger.signed(SIZE, 3), ["us", "neutral"])
    with pytest.raises(BadProof, match=r"inclusion\.4"):
        proof.verify(replace(PROOF, note=other), ledger.entry(7), TRUST)


def test_a_proof_needs_the_quorum_of_its_policy() -> None:
    with pytest.raises(BelowThreshold, match=r"policy\.3"):
        proof.verify(replace(PROOF, note=ledger.signed(SIZE)), ledger.entry(7), TRUST)


def test_extra_data_changes_nothing() -> None:
    for extra in (b"\x00", b"anything"):
        read = proof.parse(proof.dump(replace(PROOF, extra=extra)))
        assert read.extra == extra
        assert proof.verify(read, ledger.entry(7), TRUST) == ledger.head(SIZE)


@given(
    st.integers(0, tree.MAX_SIZE - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.one_of(st.none(), st.binary(min_size=1, max_size=99)),
)
def test_a_proof_reads_back(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    one = Proof(index, tuple(hashes), NOTE, extra)
    assert proof.parse(proof.dump(one)) == one


LINE = tree.dump_hash(bytes(32))
TOP = proof.HEADER


@pytest.mark.parametrize(
    ("data", "error", "step"),
    [
        ("", Malformed, "proof.2"),
        (f"{TOP}\nindex 7\n", Malformed, "proof.2"),
        (f"{TOP} \nindex 7\n\nx", Malformed, "proof.2"),
        (f"{TOP[:-1]}2\nindex 7\n\nx", Malformed, "proof.2"),
        (f"\n{TOP}\nindex 7\n\nx", Malformed, "proof.2"),
        (f"{TOP}\nextra \nindex 7\n\nx", Malformed, "proof.3"),
        (f"{TOP}\nextra AB==\nindex 7\n\nx", Malformed, "proof.3"),
        (f"{TOP}\nextra é\nindex 7\n\nx", Malformed, "proof.3"),
        (f"{TOP}\nextra {'A' * 99_996}\nindex 7\n\nx", TooLarge, "proof.3"),
        (f"{TOP}\nextra AAAA\nextra AAAA\nindex 7\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nextra\nindex 7\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex 7\nextra AAAA\n\nx", Malformed, "proof.6"),
        (f"{TOP}\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nextra AAAA\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex 07\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex -7\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex 7 \n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex {2**63}\n\nx", Malformed, "proof.4"),
        (f"{TOP}\nindex 7\n{f'{LINE}{chr(10)}' * 64}\nx", TooLarge, "proof.5"),
        (f"{TOP}\nindex 7\nAAAA\n\nx", Malformed, "proof.6"),
        (f"{TOP}\nindex 7\n{LINE[:-2]}B=\n\nx", Malformed, "proof.6"),
        (f"{TOP}\r\nindex 7\r\n\r\nx", Malformed, "proof.2"),
    ],
)
def test_another_form_of_a_proof_is_refused(data: str, error: type[DetenteError], step: str) -> None:
    with pytest.raises(error) as raised:
        proof.parse(data.encode())
    assert raised.value.step == step


def test_a_proof_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match=r"proof\.1"):
        proof.parse(DUMPED + b"\n" * proof.MAX_BYTES)


def test_what_would_not_read_back_is_not_written() -> None:
    for odd in (replace(PROOF, extra=b""), replace(PROOF, hashes=(b"short",)), replace(PROOF, index=-1)):
        with pytest.raises((Malformed, Misuse)):
            proof.dump(odd)


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_parser_down(data: bytes) -> None:
    for bytes_ in (data, TOP.encode() + b"\n" + data, TOP.encode() + b"\nindex 7\n" + data):
        try:
            read = proof.parse(bytes_)
        except Malformed:
            continue
        assert proof.dump(read) == bytes_
