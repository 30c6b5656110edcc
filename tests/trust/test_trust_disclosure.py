"""Disclosures: SD-JWT software opens them, presence says nothing, and a commitment opens one way only."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from jwcrypto.jws import JWS  # type: ignore[import-untyped]
from sample import DISCLOSURES, NONCE, PATHS, RECORD, SALTS, VALUES, altered
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from detente.trust import canonical, disclosure
from detente.trust.disclosure import ABSENT, UNKNOWN, Sealed
from detente.trust.errors import (
    BadOpening,
    DetenteError,
    Malformed,
    Misuse,
    NotCanonical,
    TooLarge,
    WrongContext,
)

EVIDENCE = DISCLOSURES["evidence"]
SALT = base64.urlsafe_b64encode(SALTS["evidence"]).decode().rstrip("=")
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=9)
SEALED = (
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner))
    | st.just(ABSENT)
    | st.just(UNKNOWN)
)


def _encoded(plain: object) -> str:
    return base64.urlsafe_b64encode(canonical.encode(plain)).decode().rstrip("=")  # type: ignore[arg-type]


def test_sd_jwt_software_finds_our_digests_and_opens_our_disclosures() -> None:
    key = JWK.generate(kty="EC", crv="P-256")
    digests = sorted(one.digest for one in DISCLOSURES.values())
    token = JWS(json.dumps({"_sd": digests, "_sd_alg": "sha-256"}))
    token.add_signature(key, alg="ES256", protected=json.dumps({"alg": "ES256", "typ": "example+sd-jwt"}))
    presented = "~".join([token.serialize(compact=True), *(one.encoded for one in DISCLOSURES.values()), ""])
    opened = SDJWTVerifier(presented, lambda *_: key).get_verified_payload()
    assert opened == {
        f"us/{NONCE}/evidence": {"value": VALUES["evidence"]},
        f"us/{NONCE}/logs.samples": {"absent": True},
        f"us/{NONCE}/reporter": {"unknown": True},
    }


def test_the_digest_is_that_of_the_text_that_travels() -> None:
    digest = hashlib.sha256(EVIDENCE.encoded.encode("ascii")).digest()
    assert base64.urlsafe_b64encode(digest) == EVIDENCE.digest.encode() + b"="


@given(SEALED, st.binary(min_size=16, max_size=16))
def test_what_was_committed_opens_to_itself(value: Sealed, salt: bytes) -> None:
    one = disclosure.commit("us", NONCE, "evidence", value, salt)
    record = altered(sealed={"evidence": one.digest})
    path, opened = disclosure.open_with(record, disclosure.dump(one))
    assert path == "evidence"
    assert (type(opened), opened) == (type(value), value)
    assert disclosure.parse(one.encoded) == one


def test_all_paths_are_sealed_whatever_is_known_so_presence_says_nothing() -> None:
    nothing = disclosure.commit_all(("us", NONCE), PATHS, {}, SALTS)
    assert nothing.keys() == DISCLOSURES.keys() == set(PATHS)
    assert {one.value for one in nothing.values()} == {ABSENT}
    assert {len(one.digest) for one in (*nothing.values(), *DISCLOSURES.values())} == {43}


def test_absent_unknown_null_and_words_that_look_like_them_are_all_different() -> None:
    values: list[Sealed] = [
        ABSENT,
        UNKNOWN,
        None,
        False,
        "absent",
        "unknown",
        {"absent": True},
        {"value": 1},
        [],
    ]
    digests = {disclosure.commit("us", NONCE, "evidence", value, b"\7" * 16).digest for value in values}
    assert len(digests) == len(values)


def test_a_list_is_sealed_whole() -> None:
    one = disclosure.commit("us", NONCE, "evidence", ["a", "b", "c"], b"\7" * 16)
    assert disclosure.parse(one.encoded).value == ["a", "b", "c"]


def test_a_commitment_copied_into_a_rivals_record_never_opens_there() -> None:
    stolen = altered(party="cn")
    with pytest.raises(WrongContext, match=r"disclosure\.7"):
        disclosure.open_with(stolen, EVIDENCE.encoded)


def test_a_commitment_copied_into_another_record_of_its_author_never_opens_there() -> None:
    later = altered(nonce="10" * 16)
    with pytest.raises(WrongContext, match=r"disclosure\.7"):
        disclosure.open_with(later, EVIDENCE.encoded)


def test_a_commitment_moved_under_another_path_never_opens_there() -> None:
    moved = altered(sealed={"reporter": EVIDENCE.digest})
    with pytest.raises(BadOpening, match=r"disclosure\.8"):
        disclosure.open_with(moved, EVIDENCE.encoded)
    swapped = altered(sealed={"reporter": EVIDENCE.digest, "evidence": DISCLOSURES["reporter"].digest})
    with pytest.raises(BadOpening, match=r"disclosure\.9"):
        disclosure.open_with(swapped, EVIDENCE.encoded)


@pytest.mark.parametrize(
    ("value", "salt"),
    [("another story", SALTS["evidence"]), (VALUES["evidence"], b"\x63" * 16), (ABSENT, b"\1" * 16)],
)
def test_another_value_or_another_salt_does_not_open_what_was_sealed(value: Sealed, salt: bytes) -> None:
    forged = disclosure.commit("us", NONCE, "evidence", value, salt)
    with pytest.raises(BadOpening, match=r"disclosure\.9"):
        disclosure.open_with(RECORD, forged.encoded)


NAME = f"us/{NONCE}/evidence"
PLAIN = {"value": 1}


@pytest.mark.parametrize(
    ("encoded", "step", "error"),
    [
        ("A" * (disclosure.MAX_ENCODED + 1), "disclosure.1", TooLarge),
        ("é", "disclosure.2", Malformed),
        ("W10=", "disclosure.2", Malformed),
        ("W1", "disclosure.2", NotCanonical),
        ("W", "disclosure.2", Malformed),
        ("W1 0", "disclosure.2", Malformed),
        ("W10\n", "disclosure.2", Malformed),
        ("__+_", "disclosure.2", Malformed),
        ("", "canonical.2", Malformed),
        (base64.urlsafe_b64encode(b'["a"').decode().rstrip("="), "canonical.2", Malformed),
        (base64.urlsafe_b64encode(b'["a", 1]').decode().rstrip("="), "canonical.5", NotCanonical),
        (base64.urlsafe_b64encode(b'{"v":1,"v":1}').decode().rstrip("="), "canonical.5", NotCanonical),
        (_encoded({}), "disclosure.3", Malformed),
        (_encoded([SALT, PLAIN]), "disclosure.3", Malformed),
        (_encoded([SALT, NAME, PLAIN, 1]), "disclosure.3", Malformed),
        (_encoded([SALT, NAME, "bare value"]), "disclosure.3", Malformed),
        (_encoded([1, NAME, PLAIN]), "disclosure.3", Malformed),
        (_encoded(["", NAME, PLAIN]), "disclosure.4", Malformed),
        (_encoded([SALT[:-2], NAME, PLAIN]), "disclosure.4", Malformed),
        (_encoded([SALT + "AA", NAME, PLAIN]), "disclosure.4", Malformed),
        (_encoded([SALT[:-1] + "R", NAME, PLAIN]), "disclosure.4", Malformed),
        (_encoded([SALT, "evidence", PLAIN]), "disclosure.5", Malformed),
        (_encoded([SALT, NAME + "/more", PLAIN]), "disclosure.5", Malformed),
        (_encoded([SALT, NAME.upper(), PLAIN]), "disclosure.5", Malformed),
        (_encoded([SALT, NAME + "\n", PLAIN]), "disclosure.5", Malformed),
        (_encoded([SALT, NAME, {}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"absent": False}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"absent": 1}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"unknown": None}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"absent": True, "value": 1}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"hidden": True}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"value": {"_sd": []}}]), "disclosure.6", Malformed),
        (_encoded([SALT, NAME, {"value": [[{"...": "x"}]]}]), "disclosure.6", Malformed),
    ],
)
def test_a_malformed_disclosure_is_refused_at_its_check(
    encoded: str, step: str, error: type[DetenteError]
) -> None:
    with pytest.raises(error) as refusal:
        disclosure.open_with(RECORD, encoded)
    assert refusal.value.step == step


def test_a_value_that_nobody_could_read_cannot_be_sealed() -> None:
    for value in ("x" * disclosure.MAX_ENCODED, {"_sd": 1}, {"...": 1}):
        bad: Any = value
        with pytest.raises(Malformed):
            disclosure.commit("us", NONCE, "evidence", bad, b"\1" * 16)


def test_a_short_or_repeated_or_missing_salt_is_our_own_fault() -> None:
    with pytest.raises(Misuse, match=r"disclosure\.4"):
        disclosure.commit("us", NONCE, "evidence", 1, b"\1" * 15)
    for salts in (dict.fromkeys(PATHS, b"\x01" * 16), {"evidence": b"\1" * 16}):
        with pytest.raises(Misuse, match=r"disclosure\.4"):
            disclosure.commit_all(("us", NONCE), PATHS, {}, salts)


def test_a_value_for_a_path_that_the_kind_does_not_seal_is_refused() -> None:
    with pytest.raises(Malformed, match=r"disclosure\.8"):
        disclosure.commit_all(("us", NONCE), PATHS, {"witnesses": 1}, SALTS)
