"""Signed requests: others' libraries agree, one spelling, and each check refuses alone."""

import base64
from dataclasses import replace

import pytest
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from http_message_signatures.exceptions import InvalidSignature

from detente.trust import request as requests
from detente.trust.errors import BadSignature, DetenteError, Malformed, Unproven, WrongContext, WrongKey
from detente.trust.key import PrivateKey
from detente.trust.request import Request, Stamp, read, sign, signature_base, verify

KEY = PrivateKey.from_seed("ed25519", bytes(range(32)))
ORIGIN = "detente/0123456789abcdef/live/us"
STAMP = Stamp(1_790_000_000, requests.keyid(ORIGIN, KEY.public), "AAAAAAAAAAAAAAAAAAAAAA")
ASKED = Request("POST", "/add-checkpoint", "cn", b"old 0\n\nhead")


class _Message:
    """What the library calls a message."""

    def __init__(self, asked: Request, fields: dict[str, str]) -> None:
        self.method = asked.method
        self.url = f"http://127.0.0.1:9001{asked.path}"
        self.headers = dict(fields)


class _Keys(HTTPSignatureKeyResolver):  # type: ignore[misc]  # the library has no types for its callers
    def resolve_public_key(self, key_id: str) -> object:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  (the library's form)
            Ed25519PublicKey,
        )

        assert key_id == STAMP.keyid
        return Ed25519PublicKey.from_public_bytes(KEY.public.raw)

    def resolve_private_key(self, key_id: str) -> object:
        raise NotImplementedError(key_id)


def test_the_signature_of_the_standard_itself_comes_out() -> None:
    """RFC 9421, B.2.6, with the key of B.1.4: test-key-ed25519. Ed25519 is deterministic."""
    der = base64.b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF")
    key = PrivateKey.from_seed("ed25519", der[-32:])
    components = (
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("@method", "POST"),
        ("@path", "/foo"),
        ("@authority", "example.com"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    )
    names = " ".join(f'"{name}"' for name, _ in components)
    base = signature_base(components, f'({names});created=1618884473;keyid="test-key-ed25519"')
    assert base64.b64encode(key.sign(base)).decode() == (
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )


@pytest.mark.parametrize("asked", [ASKED, Request("GET", "/live/us/checkpoint", "cn")])
def test_a_library_of_the_standard_verifies_what_we_sign_and_refuses_it_altered(asked: Request) -> None:
    fields = sign(asked, STAMP, KEY)
    judge = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys())
    judge.validate_created_and_expires = lambda *_, **__: None  # its clock is not the test's
    (found,) = judge.verify(_Message(asked, fields))
    assert set(found.covered_components) >= {f'"{one}"' for one in requests.COMPONENTS}
    with pytest.raises(InvalidSignature):
        judge.verify(_Message(replace(asked, path="/live/us/other"), fields))


def _check(asked: Request, fields: dict[str, str], now: int = STAMP.created) -> None:
    verify(asked, read(fields), fields, [KEY.public], now)


def test_what_was_signed_verifies_within_its_window_and_not_beyond() -> None:
    fields = sign(ASKED, STAMP, KEY)
    for shift in (-requests.WINDOW, 0, requests.WINDOW):
        _check(ASKED, fields, STAMP.created + shift)
    for shift in (-requests.WINDOW - 1, requests.WINDOW + 1):
        with pytest.raises(WrongContext) as caught:
            _check(ASKED, fields, STAMP.created + shift)
        assert caught.value.step == "request.3"


@pytest.mark.parametrize(
    ("asked", "error", "step"),
    [
        (replace(ASKED, method="PUT"), BadSignature, "request.7"),
        (replace(ASKED, path="/live/us/checkpoint"), BadSignature, "request.7"),
        (replace(ASKED, path="/add-checkpoint?x=1"), BadSignature, "request.7"),
        (replace(ASKED, to="neutral"), WrongContext, "request.4"),
        (replace(ASKED, body=b"old 0\n\nhea"), BadSignature, "request.5"),
    ],
)
def test_a_signature_for_another_request_is_refused(
    asked: Request, error: type[DetenteError], step: str
) -> None:
    with pytest.raises(error) as caught:
        _check(asked, sign(ASKED, STAMP, KEY))
    assert caught.value.step == step


def test_a_key_of_nobody_is_refused() -> None:
    stranger = PrivateKey.from_seed("ed25519", bytes(32))
    stamp = replace(STAMP, keyid=requests.keyid(ORIGIN, stranger.public))
    with pytest.raises(WrongKey) as caught:
        _check(ASKED, sign(ASKED, stamp, stranger))
    assert caught.value.step == "request.6"
    with pytest.raises(BadSignature) as forged:
        _check(ASKED, sign(ASKED, STAMP, stranger))
    assert forged.value.step == "request.7"


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("signature-input", "detente=", "sig1="),
        ("signature-input", '"@method" ', ""),
        ("signature-input", ';tag="detente-1"', ""),
        ("signature-input", 'alg="ed25519"', 'alg="hmac-sha256"'),
        ("signature-input", "created=", "created=0"),
        ("signature-input", 'nonce="A', 'nonce="'),
        ("signature-input", "/live/us/", "/LIVE/us/"),
        ("signature", "=:", "=: "),
        ("signature", "detente=:", "detente=:A"),
    ],
)
def test_another_spelling_is_not_read(field: str, old: str, new: str) -> None:
    fields = sign(ASKED, STAMP, KEY)
    assert old in fields[field]
    fields[field] = fields[field].replace(old, new, 1)
    with pytest.raises(Malformed) as caught:
        read(fields)
    assert caught.value.step == "request.2"


def test_an_unsigned_request_is_called_so() -> None:
    with pytest.raises(Unproven) as caught:
        read({})
    assert caught.value.step == "request.1"
