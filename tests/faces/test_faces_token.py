"""An officer's Ed25519 key on a token: made there, kept there, and asked for a signature at a time.

The token is SoftHSM, another author's program, initialised here in a folder of its own. It never locks a PIN;
what a token that does would answer is played at the one place where a session is opened.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.accord import approval
from detente.accord.approval import ReleaseAct
from detente.faces import keyfile, token
from detente.faces.cli import main
from detente.faces.keyfile import KeyFile
from detente.node.errors import Unready
from detente.trust import envelope
from detente.trust.key import PublicKey
from detente.trust.record import AccordRef

pkcs11 = pytest.importorskip("pkcs11")
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
SENTENCE, PIN, WRONG = "a kettle, two herons, rain", "471147", "999999"
ACT = approval.dump(
    ReleaseAct(
        v=1,
        act="accord.release",
        accord=AccordRef("5d" * 32, 3),
        domain="live",
        party="us",
        record="9f" * 32,
        to="cn",
        paths=("mitigation",),
        at=1_790_000_000_000,
        expires=1_790_000_900_000,
        nonce="0f" * 16,
    )
)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tokens: one called ada, one without a key, two called twin."""
    if shutil.which("softhsm2-util") is None or not MODULE.exists():
        pytest.skip("there is no SoftHSM here: sudo apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(conf))
        for label in ("ada", "bare", "twin", "twin"):
            words = ["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "88888888"]
            subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
        yield folder
    pkcs11.unload(str(MODULE))


@pytest.fixture(scope="module")
def kept(softhsm: Path) -> Path:
    """The key file of an officer whose Ed25519 key lies on the token ada."""
    path = softhsm / "ada.key"
    words = ["officer", "new", "--party", "us", "--holder", "ada", "--to", str(path), "--token", "ada"]
    assert main([*words, "--module", str(MODULE), *_lines(SENTENCE, PIN)]) == 0
    return path


def _lines(*lines: str) -> list[str]:
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        pipe.write("".join(f"{line}\n" for line in lines))
    return ["--passphrase-fd", str(read), "--pin-fd", str(read)]


def _sign(kept: Path, folder: Path, pin: str = PIN, *more: str) -> int:
    (folder / "act").write_bytes(ACT)
    digest = subprocess.run(["sha256sum", folder / "act"], check=True, capture_output=True, text=True)
    words = ["officer", "sign", str(folder / "act"), "--key", str(kept), "--digest", digest.stdout.split()[0]]
    return main([*words, *more, *_lines(SENTENCE, pin)])


def test_what_is_signed_with_a_token_verifies_as_any_officers_signature(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _sign(kept, tmp_path) == 0
    signed = envelope.parse(capsys.readouterr().out.strip().encode())
    public = KeyFile.read(kept).public
    assert set(public.keys) == {"ed25519", "ml-dsa-65"}
    keys = [PublicKey(one, base64.b64decode(raw)) for one, raw in public.keys.items()]
    assert len(envelope.verify(signed, keys, 2, envelope.ACT_TYPE)) == len(keys)


def test_the_key_does_not_lie_in_the_file_and_the_token_does_not_give_it_out(kept: Path) -> None:
    fields = json.loads(kept.read_bytes())
    assert fields["token"]["label"] == "ada"
    assert KeyFile.read(kept)._seeds(SENTENCE).keys() == {"ml-dsa-65"}  # noqa: SLF001 (what it would open)
    found = next(one for one in pkcs11.lib(str(MODULE)).get_tokens() if one.label == "ada")
    with found.open(user_pin=PIN) as session:
        key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=bytes.fromhex(fields["token"]["id"]))
        assert (key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.EXTRACTABLE]) == (True, False)


def test_the_pin_is_shown_nowhere(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _sign(kept, tmp_path) == 0
    assert _sign(kept, tmp_path, WRONG) == 66
    said = capsys.readouterr()
    assert PIN not in said.out + said.err
    assert WRONG not in said.out + said.err
    assert PIN not in kept.read_text()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "not the PIN of the token ada"), ("zh", "不是令牌 ada 的 PIN")]
)
def test_a_wrong_pin_signs_nothing(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    assert _sign(kept, tmp_path, WRONG, "--lang", language) == 66
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "token.5" in said.err


def _edited(kept: Path, folder: Path, **fields: str) -> Path:
    """The same keys, as their owner would have to write them down for another token."""
    found = KeyFile.read(kept)
    assert found.token is not None
    seeds = found._seeds(SENTENCE)  # noqa: SLF001 (its owner has the passphrase)
    where = token.Holding(**{**json.loads(kept.read_bytes())["token"], **fields})
    path = folder / "edited.key"
    keyfile._written(path, keyfile._locked(found.public, seeds, SENTENCE, where))  # noqa: SLF001 (as above)
    path.chmod(0o600)
    return path


def test_a_token_that_is_not_plugged_in_is_named_and_what_is_there_too(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _sign(_edited(kept, tmp_path, label="eve"), tmp_path) == 68
    said = capsys.readouterr().err
    assert "token.3" in said
    assert "bare" in said


def test_a_key_that_is_not_on_its_token_signs_nothing(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _sign(_edited(kept, tmp_path, id="00" * 16), tmp_path) == 69
    assert "token.9" in capsys.readouterr().err


def test_a_key_that_lies_on_a_token_under_the_right_name_and_is_another_is_found_out(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, _ = token.draw(str(MODULE), "bare", None, PIN)
    swapped = _edited(kept, tmp_path, label=other.label, serial=other.serial, id=other.id)
    assert _sign(swapped, tmp_path) == 66
    said = capsys.readouterr()
    assert "token.10" in said.err
    assert said.out == ""


def test_of_two_tokens_with_one_label_none_is_guessed(
    softhsm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["officer", "new", "--party", "us", "--holder", "bo", "--to", str(softhsm / "bo.key")]
    words += ["--token", "twin", "--module", str(MODULE)]
    assert main([*words, *_lines(SENTENCE, PIN)]) == 68
    assert "token.4" in capsys.readouterr().err
    assert not (softhsm / "bo.key").exists()
    serial = next(one.serial for one in token.tokens(str(MODULE)) if one.label == "twin")
    assert main([*words, "--serial", serial, *_lines(SENTENCE, PIN)]) == 0
    held = KeyFile.read(softhsm / "bo.key").token
    assert held is not None
    assert held.serial == serial


def test_what_each_token_can_do_is_asked_and_said(softhsm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert softhsm.exists()
    assert main(["officer", "tokens", "--module", str(MODULE), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(one["label"] for one in found) == ["ada", "bare", "twin", "twin"]
    assert {tuple(one["signs"]) for one in found} == {("ed25519",)}
    # A token remembers the wrong PIN that another test here may have given it last.
    pins = {one["label"]: one["pin"] for one in found}
    assert pins.pop("ada") in {"set", "wrong before"}
    assert set(pins.values()) == {"set"}


ANSWERS = {
    "PinLocked": "token.6",
    "UserPinNotInitialized": "token.7",
    "PinExpired": "token.7",
    "DeviceRemoved": "token.11",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_a_token_answers_becomes_a_refusal_by_name(softhsm: Path, answer: str) -> None:
    assert softhsm.exists()
    with pytest.raises(Unready, match=ANSWERS[answer].replace(".", r"\.")), token._answers("ada"):  # noqa: SLF001 (the one place where a token's answers become refusals)
        raise getattr(pkcs11, answer)


def test_a_token_without_ed25519_is_refused_before_its_pin_is_used(
    softhsm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert softhsm.exists()
    monkeypatch.setattr(token, "_signs", lambda _: ())
    with pytest.raises(Unready, match=r"token\.8"):
        token.draw(str(MODULE), "ada", None, WRONG)


@pytest.mark.parametrize("module", ["/nowhere/token.so", __file__, "/dev/null"])
def test_what_is_no_library_of_a_token_is_refused(module: str) -> None:
    with pytest.raises(Unready, match=r"token\.2"):
        token.tokens(module)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(Unready, match=r"token\.1.*requirements-token\.lock"):
        token.tokens(str(MODULE))


@pytest.mark.parametrize(
    "more", [["--suite", "sm-1", "--module", str(MODULE)], []], ids=["a suite without Ed25519", "no library"]
)
def test_what_no_token_can_do_is_refused_before_a_key_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    words = ["officer", "new", "--party", "us", "--holder", "bo", "--to", str(tmp_path / "bo.key")]
    assert main([*words, "--token", "ada", *more, *_lines(SENTENCE, PIN)]) == 65
    assert "signature.3" in capsys.readouterr().err


def test_a_file_whose_library_somebody_changed_does_not_open_and_nothing_is_loaded(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = tmp_path / "edited.key"
    edited.write_bytes(kept.read_bytes().replace(str(MODULE).encode(), b"/tmp/evil.so"))
    edited.chmod(0o600)
    assert _sign(edited, tmp_path) == 66
    assert "passphrase.5" in capsys.readouterr().err
