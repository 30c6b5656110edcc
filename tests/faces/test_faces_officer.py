"""An officer's keys lie under a passphrase, and what an officer signs stands there in words first."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from detente.accord import approval, solemn
from detente.accord.approval import ReleaseAct
from detente.faces import secrecy, statement
from detente.faces.cli import actfile, main
from detente.faces.exits import USAGE
from detente.faces.keyfile import KeyFile
from detente.faces.speech import Language, Text, Voice
from detente.node.errors import Unready
from detente.trust import canonical, envelope
from detente.trust.errors import DetenteError, Malformed, WrongPassphrase
from detente.trust.record import AccordRef
from detente.trust.suite import row

SENTENCE, OTHER = "a kettle, two herons, rain", "seven lanterns on the ninth pier"
ACT = approval.dump(
    ReleaseAct(
        v=1,
        act="accord.release",
        accord=AccordRef("5d" * 32, 3),
        domain="live",
        party="us",
        record="9f" * 32,
        to="cn",
        paths=("mitigation", "pattern"),
        at=1_790_000_000_000,
        expires=1_790_000_900_000,
        nonce="0f" * 16,
    )
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("officer") / "ada.key"
    KeyFile.create(path, "us", "ada", SENTENCE)
    return path


def _line(*lines: str) -> list[str]:
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        pipe.write("".join(f"{line}\n" for line in lines))
    return ["--passphrase-fd", str(read)]


def _says(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{word}\n"))


def test_the_file_is_its_owners_alone_and_shows_no_private_key(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    officer = KeyFile.read(kept).unlock(SENTENCE)
    assert [key.public.algorithm for key in officer.keys] == list(row("nist-1", "officer"))
    assert set(json.loads(kept.read_bytes())) == {"v", "party", "holder", "keys", "lock", "sealed"}


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "the party": lambda one: one.update(party="cn"),
    "the holder": lambda one: one.update(holder="bo"),
    "a public key": lambda one: one["keys"].update(ed25519="AAAA" + one["keys"]["ed25519"][4:]),
    "the cost": lambda one: one["lock"]["cost"].update(passes=4),
    "the salt": lambda one: one["lock"].update(salt="AAAA" + one["lock"]["salt"][4:]),
    "what is sealed": lambda one: one.update(sealed="AAAA" + one["sealed"][4:]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_in_which_anything_was_changed_does_not_open(kept: Path, tmp_path: Path, change: str) -> None:
    fields = json.loads(kept.read_bytes())
    CHANGES[change](fields)
    edited = tmp_path / "edited.key"
    edited.write_text(json.dumps(fields))
    edited.chmod(0o600)
    with pytest.raises(WrongPassphrase, match=r"passphrase\.5"):
        KeyFile.read(edited).unlock(SENTENCE)


def test_a_file_whose_lock_somebody_weakened_is_refused_before_the_passphrase_is_used(
    kept: Path, tmp_path: Path
) -> None:
    weak = tmp_path / "weak.key"
    weak.write_bytes(kept.read_bytes().replace(b'"memory":65536', b'"memory":1024'))
    weak.chmod(0o600)
    with pytest.raises(Malformed, match=r"passphrase\.2"):
        KeyFile.read(weak).unlock(SENTENCE)


def test_the_same_keys_get_another_passphrase_and_the_old_one_opens_no_more(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ada.key"
    path.write_bytes(kept.read_bytes())
    path.chmod(0o600)
    assert main(["officer", "passphrase", str(path), *_line(SENTENCE, OTHER)]) == 0
    assert KeyFile.read(path).unlock(OTHER).public == KeyFile.read(kept).public
    with pytest.raises(WrongPassphrase):
        KeyFile.read(path).unlock(SENTENCE)
    capsys.readouterr()
    assert main(["officer", "show", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["holder"] == "ada"


def _leaves(value: canonical.Value) -> list[str]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [] if value is None else [str(value)]


UNKNOWN = canonical.encode(
    {"act": "accord.something-new", "deep": {"v": 7, "why": "because"}, "list": ["x", 3], "none": None}
)


@pytest.mark.parametrize("payload", [ACT, UNKNOWN], ids=["a release", "an act without words"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_an_act_is_signed_that_is_not_shown(payload: bytes, language: str) -> None:
    said = statement.read(payload)
    shown = "\n".join(getattr(line, language) for line in said.lines)
    assert said.kind == "act"
    assert all(leaf in shown for leaf in _leaves(canonical.decode(payload)))


@pytest.mark.parametrize(
    "payload", [b"{}", b"[]", b'{"act":1}', b"\xff", b'{"pillars":{}}', b'{"suite":"x"}']
)
def test_what_is_no_statement_of_officers_is_not_signed(payload: bytes) -> None:
    with pytest.raises(DetenteError):
        statement.read(payload)


def test_it_is_shown_in_words_and_asked_and_then_signed(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "act").write_bytes(ACT)
    words = ["officer", "sign", str(tmp_path / "act"), "--key", str(kept), "--lang", "zh"]
    _says("yes", monkeypatch)
    assert main([*words, *_line(SENTENCE)]) == USAGE
    refused = capsys.readouterr()
    assert refused.out == "", "nothing is signed by another word"
    assert "向一方开示一条记录的密封内容" in refused.err
    _says("sign", monkeypatch)
    assert main([*words, *_line(SENTENCE)]) == 0
    signed = envelope.parse(capsys.readouterr().out.strip().encode())
    assert signed.payload == ACT
    keys = [key.public for key in KeyFile.read(kept).unlock(SENTENCE).keys]
    assert len(envelope.verify(signed, keys, 2, envelope.ACT_TYPE)) == 2


def test_an_act_is_not_signed_as_an_accord(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "act").write_bytes(ACT)
    words = ["officer", "sign", str(tmp_path / "act"), "--key", str(kept), "--as", "accord"]
    assert main([*words, *_line(SENTENCE)]) == 66
    assert "signature.2" in capsys.readouterr().err


def test_a_wrong_passphrase_signs_nothing(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "act").write_bytes(ACT)
    _says("sign", monkeypatch)
    assert main(["officer", "sign", str(tmp_path / "act"), "--key", str(kept), *_line(OTHER)]) == 66
    said = capsys.readouterr()
    assert "passphrase.5" in said.err
    assert said.out == ""


@pytest.mark.parametrize("descriptor", [-1, 0, 1, 2, 999])
def test_a_passphrase_comes_from_a_descriptor_of_its_own(descriptor: int) -> None:
    with pytest.raises(Malformed, match=r"secrecy\.2"):
        secrecy.known(Voice(), descriptor)


def test_a_line_that_never_ends_is_not_read_for_ever() -> None:
    with Path("/dev/zero").open("rb") as endless, pytest.raises(Malformed, match=r"secrecy\.2"):
        secrecy.known(Voice(), endless.fileno())


def test_without_a_terminal_nobody_is_asked_for_a_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "TERMINAL", "/nowhere/tty")
    with pytest.raises(Unready, match=r"secrecy\.1"):
        secrecy.known(Voice(), None)


TYPED = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@pytest.mark.slow
def test_on_a_terminal_the_passphrase_is_typed_twice_and_not_seen(tmp_path: Path) -> None:
    words = ["officer", "new", "--party", "us", "--holder", "ada", "--to", str(tmp_path / "ada.key")]
    with subprocess.Popen(
        [sys.executable, "-c", TYPED, sys.executable, "-m", "detente", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        seen = b""
        for asked in (b"New passphrase", b"again: "):
            while asked not in seen:
                seen += os.read(process.stdout.fileno(), 4096)
            process.stdin.write(SENTENCE.encode() + b"\n")
            process.stdin.flush()
        seen += process.stdout.read()
        process.stdin.close()
        assert process.wait(60) == 0
    assert SENTENCE.encode() not in seen
    assert KeyFile.read(tmp_path / "ada.key").unlock(SENTENCE).holder == "ada"


SAYS: dict[str, dict[str, object]] = {
    "accord.affirm": {"digest": "ab" * 32, "kind": "assurance.declaration", "record": "9f" * 32},
    "accord.decide": {"answer": "take", "clause": "control-lost", "record": "9f" * 32},
    "accord.resolve": {"answer": "find", "dispute": "9f" * 32, "finding": "raiser", "record": "ab" * 32},
    "accord.withdraw": {"effective": 1_800_000_000_000},
    "accord.consent": {
        "base": "9f" * 32,
        "clause": "notify",
        "debtor": "cn",
        "start": None,
        "until": None,
        "version": 1,
    },
}


@pytest.mark.parametrize("kind", sorted(solemn.KINDS))
def test_every_act_that_officers_sign_has_words_in_both_languages_and_so_has_what_it_says(kind: str) -> None:
    act = solemn.SolemnAct(1, kind, "5d" * 32, "live", "us", SAYS[kind])
    head, *rest = statement.read(solemn.dump(act)).lines
    assert "no words" not in head.en
    assert all(not line.en.startswith("  says.") for line in rest)
    assert all(re.search("[一-鿿]", line.zh) for line in (head, *rest))


def test_what_a_decision_comes_to_is_said_and_its_code_stands_beside_it() -> None:
    act = solemn.SolemnAct(1, "accord.decide", "5d" * 32, "live", "us", SAYS["accord.decide"])
    lines = statement.read(solemn.dump(act)).lines
    assert Text("  answer: do what is proposed [take]", "  答复：采纳动议 [take]") in lines


@pytest.mark.parametrize(("language", "told"), [("en", "Sealed"), ("zh", "密封")])
def test_whoever_hands_an_act_on_reads_the_words_and_the_digest_that_its_signer_will_read(
    language: Language, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    actfile.write(tmp_path / "act", ACT, Voice(language))
    said = capsys.readouterr().out
    assert (tmp_path / "act").read_bytes() == ACT
    assert all(getattr(line, language) in said for line in statement.read(ACT).lines)
    assert sha256(ACT).hexdigest() in said
    assert told.casefold() in said.casefold()
