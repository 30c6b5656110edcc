"""Keys raise, bind their holder, and do not show themselves if private; beside them the table of suites."""

import hashlib
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from detente.trust import key, suite
from detente.trust.errors import BadSignature, Malformed, Misuse
from detente.trust.key import SIZES, PrivateKey, PublicKey

SEED = bytes(range(32))
ALGORITHMS: list[Any] = list(SIZES)
PRIME = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, PRIME) % PRIME


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_verifies_what_its_owner_signed_and_nothing_else(algorithm: key.Algorithm) -> None:
    private = PrivateKey.from_seed(algorithm, SEED)
    signature = private.sign(b"as agreed")
    assert len(signature) == SIZES[algorithm].signature
    private.public.verify(b"as agreed", signature, "case.1")
    for message, forged in [
        (b"as agreee", signature),
        (b"as agreed", signature[:-1]),
        (b"as agreed", signature + b"\0"),
        (b"as agreed", b""),
        (b"as agreed", bytes([signature[0] ^ 1]) + signature[1:]),
    ]:
        with pytest.raises(BadSignature, match=r"case\.1"):
            private.public.verify(message, forged, "case.1")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_seed_gives_one_key(algorithm: key.Algorithm) -> None:
    assert PrivateKey.from_seed(algorithm, SEED).public == PrivateKey.from_seed(algorithm, SEED).public


def test_an_ed25519_key_is_that_of_rfc_8032() -> None:
    # RFC 8032, section 7.1, test 1: SECRET KEY, PUBLIC KEY, MESSAGE (empty), SIGNATURE.
    private = PrivateKey.from_seed(
        "ed25519", bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert private.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert private.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )


def test_an_ed25519_signature_shifted_by_the_group_order_is_refused() -> None:
    private = PrivateKey.from_seed("ed25519", SEED)
    signature = private.sign(b"as agreed")
    shifted = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    with pytest.raises(BadSignature, match=r"case\.1"):
        private.public.verify(b"as agreed", signature[:32] + shifted.to_bytes(32, "little"), "case.1")


def test_a_keyid_is_the_digest_of_algorithm_and_key() -> None:
    public = PrivateKey.from_seed("ed25519", SEED).public
    assert public.keyid == hashlib.sha256(b"ed25519\n" + public.raw).hexdigest()


def test_a_private_key_does_not_show_its_seed() -> None:
    private = PrivateKey.from_seed("ed25519", SEED)
    assert repr(SEED)[2:-1] not in repr(private)
    assert SEED.hex() not in repr(private)


def test_an_unknown_algorithm_is_refused() -> None:
    name: Any = "ed448"
    with pytest.raises(Malformed, match=r"key\.1"):
        PublicKey(name, b"\x01" * 32)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("change", [-1, 1])
def test_a_key_of_another_length_is_refused(algorithm: key.Algorithm, change: int) -> None:
    with pytest.raises(Malformed, match=r"key\.2"):
        PublicKey(algorithm, b"\x09" * (SIZES[algorithm].public + change))


def test_a_seed_of_another_length_is_our_own_fault() -> None:
    with pytest.raises(Misuse, match=r"key\.4"):
        PrivateKey.from_seed("ed25519", SEED[:-1])


def _double_y(y: int) -> int:
    """Return the y coordinate of twice a point of -x² + y² = 1 + d·x²·y² (RFC 8032, section 5.1)."""
    x_squared = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, PRIME) % PRIME
    return (y * y + x_squared) * pow(1 - CURVE_D * x_squared * y * y, -1, PRIME) % PRIME


@pytest.mark.parametrize("sign_bit", [0, 1 << 255])
@pytest.mark.parametrize("y", sorted(key._SMALL_ORDER_Y))  # noqa: SLF001 (the constants are what is tested)
def test_a_key_of_small_order_under_which_anyone_can_sign_is_refused(y: int, sign_bit: int) -> None:
    eightfold = _double_y(_double_y(_double_y(y)))
    assert eightfold == 1, "eight times the point is the neutral element, so the constant is right"
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("ed25519", (y | sign_bit).to_bytes(32, "little"))


def test_the_library_alone_lets_anyone_sign_under_the_neutral_element_and_we_do_not() -> None:
    neutral = (1).to_bytes(32, "little")
    forged_by_anyone = neutral + bytes(32)
    library = Ed25519PublicKey.from_public_bytes(neutral)
    library.verify(forged_by_anyone, b"we accept")
    library.verify(forged_by_anyone, b"we refuse")
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("ed25519", neutral)


@pytest.mark.parametrize("y", [PRIME, PRIME + 1, PRIME + 4, 2**255 - 1])
def test_an_ed25519_key_in_another_spelling_is_refused(y: int) -> None:
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("ed25519", y.to_bytes(32, "little"))


def test_an_ed25519_key_beside_the_curve_is_refused() -> None:
    beside = [y for y in range(2, 40) if not key._on_curve(y)]  # noqa: SLF001 (the equation is what is tested)
    assert beside
    for y in beside:
        with pytest.raises(Malformed, match=r"key\.3"):
            PublicKey("ed25519", y.to_bytes(32, "little"))


@pytest.mark.parametrize(
    ("role", "algorithms"),
    [
        ("record", ("ed25519",)),
        ("log", ("ed25519", "ml-dsa-44")),
        ("witness", ("ed25519", "ml-dsa-44")),
        ("officer", ("ed25519", "ml-dsa-65")),
    ],
)
def test_the_first_suite_signs_with_these(role: str, algorithms: tuple[str, ...]) -> None:
    assert suite.row("nist-1", role) == algorithms


def test_every_suite_has_a_row_for_every_role_of_known_algorithms() -> None:
    for name, roles in suite.SUITES.items():
        assert set(roles) == {*suite.ROLES, suite.LABORATORY}
        for role in roles:
            algorithms = suite.row(name, role)
            assert algorithms
            assert set(algorithms) <= set(get_args(key.Algorithm))


@pytest.mark.parametrize(
    ("name", "role", "step"), [("nist-0", "log", "suite.1"), ("nist-1", "king", "suite.2")]
)
def test_an_unknown_suite_or_role_is_refused(name: str, role: str, step: str) -> None:
    with pytest.raises(Malformed) as refusal:
        suite.row(name, role)
    assert refusal.value.step == step
