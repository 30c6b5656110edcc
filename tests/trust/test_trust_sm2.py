"""SM2 as GB/T 32918 has it, as the system's OpenSSL has it, and as GmSSL signs it."""

import base64
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from detente.trust import checkpoint, note, sm2
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadSignature, Malformed, Misuse, WrongKey
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.suite import row

# GB/T 32918.5-2017, A.2: private key, x and y, r and s; the identity is the default one.
PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
MESSAGE = b"message digest"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What stands before x and y in a SubjectPublicKeyInfo: id-ecPublicKey (RFC 5480) with SM2's curve."""


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_the_signature_of_the_standard_verifies() -> None:
    PublicKey("sm2", PUBLIC).verify(MESSAGE, SIGNATURE, "case.1")


def test_the_private_key_of_the_standard_has_its_public_key() -> None:
    seed = _number(int(PRIVATE, 16) - 1)  # a seed counts from 0, private keys from 1
    assert PrivateKey.from_seed("sm2", seed).public.raw == PUBLIC


@pytest.mark.parametrize(
    "forged",
    [
        SIGNATURE[:32] + _number(ORDER - int.from_bytes(SIGNATURE[32:], "big")),
        _number(0) + SIGNATURE[32:],
        SIGNATURE[:32] + _number(0),
        _number(ORDER) + SIGNATURE[32:],
        SIGNATURE[:32] + _number(ORDER),
        _number(7) + _number(ORDER - 7),
        SIGNATURE[32:] + SIGNATURE[:32],
        b"\xff" * 64,
        SIGNATURE + b"\0",
        b"",
    ],
    ids=["-s", "r=0", "s=0", "r=n", "s=n", "r+s=n", "swapped", "large", "long", "empty"],
)
def test_what_is_no_signature_is_refused_and_never_crashes(forged: bytes) -> None:
    with pytest.raises(BadSignature):
        PublicKey("sm2", PUBLIC).verify(MESSAGE, forged, "case.1")


@pytest.mark.parametrize(
    "raw", [bytes(64), PUBLIC[:-1] + b"\x14", b"\xff" * 64], ids=["nowhere", "off the curve", "beyond p"]
)
def test_what_is_no_point_of_the_curve_is_no_key(raw: bytes) -> None:
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("sm2", raw)


def _openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False, timeout=60)


def _pem(folder: Path, name: str, der: bytes) -> None:
    body = base64.encodebytes(der).decode()
    (folder / name).write_text(f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n")


HOW = ("-rawin", "-digest", "sm3", "-in", "message", "-pkeyopt", "distid:1234567812345678")


@pytest.mark.external
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_openssl_verifies_what_we_sign_and_not_if_a_byte_is_changed(tmp_path: Path, size: int) -> None:
    private, message = PrivateKey.from_seed("sm2", secrets.token_bytes(32)), secrets.token_bytes(size) + b"."
    signature = private.sign(message)
    _pem(tmp_path, "key", SPKI + private.public.raw)
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "signature").write_bytes(_der(signature))
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "key", "-sigfile", "signature", *HOW)
    assert b"Verified Successfully" in _openssl(tmp_path, *verify).stdout
    (tmp_path / "message").write_bytes(message + b".")
    assert b"Verified Successfully" not in _openssl(tmp_path, *verify).stdout


@pytest.mark.external
def test_we_verify_what_openssl_signs(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(MESSAGE)
    made = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "private")
    assert _openssl(tmp_path, *made).returncode == 0
    signed = _openssl(tmp_path, "pkeyutl", "-sign", "-inkey", "private", "-out", "signature", *HOW)
    assert signed.returncode == 0, signed.stderr
    public = _openssl(tmp_path, "pkey", "-in", "private", "-pubout", "-outform", "DER").stdout
    assert public.startswith(SPKI)
    der = (tmp_path / "signature").read_bytes()
    r, s = sm2.decode_dss_signature(der)
    PublicKey("sm2", public[-64:]).verify(MESSAGE, _number(r) + _number(s), "case.1")


def _der(signature: bytes) -> bytes:
    parts = []
    for one in (signature[:32], signature[32:]):
        number = int.from_bytes(one, "big")
        data = number.to_bytes(number.bit_length() // 8 + 1, "big")
        parts.append(bytes([2, len(data)]) + data)
    body = b"".join(parts)
    return bytes([0x30, len(body)]) + body


def test_whoever_cannot_sign_with_sm2_verifies_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    PublicKey("sm2", PUBLIC).verify(MESSAGE, SIGNATURE, "case.1")
    with pytest.raises(Misuse, match=r"sm2\.1"):
        PrivateKey.from_seed("sm2", bytes(32)).sign(MESSAGE)


HEAD = Checkpoint("detente/test", 1, b"\x01" * 32)
KEYS = tuple(PrivateKey.from_seed(one, bytes(range(32))) for one in row("dual-1", "log"))


def test_a_head_of_dual_1_has_three_lines_and_stands_with_all_of_them_alone() -> None:
    public = [key.public for key in KEYS]
    signed = checkpoint.sign(HEAD, KEYS, 1_790_000_000)
    assert checkpoint.verify(note.dump(signed), HEAD.origin, public) == HEAD
    for left in signed.signatures:
        fewer = tuple(one for one in signed.signatures if one != left)
        with pytest.raises(WrongKey, match=r"checkpoint\.9"):
            checkpoint.verify(note.dump(note.Note(signed.text, fewer)), HEAD.origin, public)


def test_a_head_on_which_the_line_of_sm2_is_another_s_is_refused() -> None:
    other = PrivateKey.from_seed("sm2", bytes(32))
    line = note.sign(HEAD.text, HEAD.origin, other, note.UNASSIGNED)
    signed = checkpoint.sign(HEAD, KEYS, 1_790_000_000)
    forged = note.NoteSignature(line.name, signed.signatures[-1].keyid, line.raw)
    data = note.dump(note.Note(signed.text, (*signed.signatures[:-1], forged)))
    with pytest.raises(BadSignature, match=r"checkpoint\.8"):
        checkpoint.verify(data, HEAD.origin, [key.public for key in KEYS])


def test_a_key_of_sm2_is_written_after_the_name_of_its_type_and_read_again() -> None:
    key = checkpoint.key(HEAD.origin, KEYS[-1].public)
    assert base64.b64decode(key.vkey.split("+", 2)[2])[:16] == b"\xffdetente/sm2-sm3"
    assert note.parse_vkey(key.vkey) == key
    other = base64.b64encode(b"\xffanother/type...." + KEYS[-1].public.raw).decode()
    with pytest.raises(Malformed, match=r"vkey\.4"):
        note.parse_vkey(f"{HEAD.origin}+00000000+{other}")
