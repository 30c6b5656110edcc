"""An accord is founded by commands alone, each leaving a file; nobody signs what they have not compared."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import detente.faces.demo
from detente.accord import document, signing
from detente.accord.version import compile_version
from detente.faces import founding, pillars
from detente.faces.cli import main
from detente.faces.keyfile import KeyFile
from detente.faces.officer import Officer
from detente.trust import canonical, envelope
from detente.trust.envelope import ACCORD_TYPE

TEXT = Path(detente.faces.demo.__file__).parent / "accord.yaml"
PARTIES = ("us", "cn", "neutral")
AT = 1_795_392_000_000
SENTENCE = "a kettle, two herons, rain"

People = dict[str, tuple[Path, Officer]]


class Ceremony:
    """Three parties with two officers each, in one folder."""

    def __init__(self, place: Path, people: People, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.people, self.capsys, self.open = place, people, capsys, ExitStack()
        for party in PARTIES:
            self.run(None, "init", "--home", f"{place}/{party}", "--party", party)
            for holder in ("first", "second"):
                name = f"{party}-{holder}"
                shutil.copy(people[name][0], place / f"{name}.key")
                self.run(f"{name}.pub", "officer", "show", f"{place}/{name}.key")
            officers = [
                word
                for holder in ("first", "second")
                for word in ("--officer", f"{place}/{party}-{holder}.pub")
            ]
            self.run(f"{party}.charter", "accord", "charter", "--home", f"{place}/{party}", *officers)
        charters = [word for party in PARTIES for word in ("--charter", f"{place}/{party}.charter")]
        self.run("accord.json", "accord", "assemble", str(TEXT), *charters)

    def passphrase(self, *lines: str) -> list[str]:
        """The words that hand over a passphrase: a descriptor of its own, with a line each."""
        read, write = os.pipe()
        self.open.enter_context(os.fdopen(read))
        with os.fdopen(write, "w", encoding="utf-8") as pipe:
            pipe.write("".join(f"{line}\n" for line in lines or (SENTENCE,)))
        return ["--passphrase-fd", str(read)]

    def run(self, to: str | None, *words: str, code: int = 0) -> str:
        """Run one command; keep what it prints in a file."""
        result = main(words)
        printed = self.capsys.readouterr()
        assert result == code, printed.err
        if to is not None:
            (self.place / to).write_text(printed.out, encoding="utf-8")
        return printed.out + printed.err

    def digest(self) -> str:
        return sha256((self.place / "accord.json").read_bytes()).hexdigest()

    def sign(self, who: str) -> str:
        name = f"{self.place}/{who}.sig"
        key = f"{self.place}/{who}.key"
        words = ["officer", "sign", "--key", key, "--digest", self.digest(), f"{self.place}/accord.json"]
        self.run(f"{who}.sig", *words, *self.passphrase())
        return name

    def signed(self) -> list[str]:
        """The same of all six, without typing six passphrases."""
        payload = (self.place / "accord.json").read_bytes()
        for who, (_, officer) in self.people.items():
            (self.place / f"{who}.sig").write_bytes(envelope.dump(officer.sign(ACCORD_TYPE, payload)))
        return [f"{self.place}/{who}.sig" for who in self.people]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Six officers, each with a file, and opened once: a lock takes its time."""
    folder = tmp_path_factory.mktemp("people")
    found = {}
    for party in PARTIES:
        for holder in ("first", "second"):
            path = folder / f"{party}-{holder}.key"
            found[path.stem] = path, KeyFile.create(path, party, holder, SENTENCE).unlock(SENTENCE)
    return found


@pytest.fixture
def ceremony(tmp_path: Path, people: People, capsys: pytest.CaptureFixture[str]) -> Iterator[Ceremony]:
    made = Ceremony(tmp_path, people, capsys)
    with made.open:
        yield made


def test_six_officers_found_an_accord_that_every_node_installs(ceremony: Ceremony) -> None:
    place = ceremony.place
    signed = [ceremony.sign(f"{party}-{holder}") for party in PARTIES for holder in ("first", "second")]
    ceremony.run("1.json", "accord", "join", *signed)
    accord = signing.verify(envelope.parse((place / "1.json").read_bytes().strip()), AT)
    assert tuple(sorted(accord.parties)) == tuple(sorted(PARTIES))
    for party in PARTIES:
        ceremony.run(None, "accord", "install", "--home", f"{place}/{party}", f"{place}/1.json")
        assert (place / party / "accord" / "1.json").exists()
    assert accord.genesis in ceremony.run(None, "accord", "show", f"{place}/1.json", "--lang", "zh")


def test_the_rules_of_the_demonstration_compile_against_what_is_installed(ceremony: Ceremony) -> None:
    accord = document.parse((ceremony.place / "accord.json").read_bytes())
    compiled = compile_version(accord, pillars.editions().values(), pillars.scales().values())
    assert [one.id for one in compiled.duties][:2] == ["notify-grave", "acknowledge-notice"]


def test_one_officer_short_of_the_threshold_founds_nothing(ceremony: Ceremony) -> None:
    signed = [ceremony.sign(f"{party}-first") for party in PARTIES] + [ceremony.sign("us-second")]
    refused = ceremony.run(None, "accord", "join", *signed, code=66)
    assert "charter.12" in refused


def test_an_officer_does_not_sign_a_file_that_was_changed_after_it_was_compared(ceremony: Ceremony) -> None:
    compared = ceremony.digest()
    path = ceremony.place / "accord.json"
    path.write_bytes(path.read_bytes().replace(b'"P7D"', b'"P8D"'))
    words = ["officer", "sign", "--key", f"{ceremony.place}/us-first.key", "--digest", compared, str(path)]
    assert "signature.1" in ceremony.run(None, *words, code=66)


def test_signatures_over_two_texts_are_not_joined(ceremony: Ceremony) -> None:
    signed = [ceremony.sign("us-first")]
    path = ceremony.place / "accord.json"
    path.write_bytes(path.read_bytes().replace(b'"P7D"', b'"P8D"'))
    assert "founding.3" in ceremony.run(None, "accord", "join", *signed, ceremony.sign("cn-first"), code=66)


def test_an_officer_of_another_party_gets_into_no_charter(ceremony: Ceremony) -> None:
    place = ceremony.place
    words = ["accord", "charter", "--home", f"{place}/us", "--officer", f"{place}/cn-first.pub"]
    assert "founding.1" in ceremony.run(None, *words, code=66)


def test_private_keys_that_others_can_read_are_not_used(ceremony: Ceremony) -> None:
    key = ceremony.place / "us-first.key"
    key.chmod(0o644)
    words = [
        "officer",
        "sign",
        "--key",
        str(key),
        "--digest",
        ceremony.digest(),
        f"{ceremony.place}/accord.json",
    ]
    refused = ceremony.run(None, *words, code=69)
    assert "keyfile.3" in refused
    assert "chmod 600" in refused


def test_no_key_and_no_home_is_ever_overwritten(ceremony: Ceremony) -> None:
    place = ceremony.place
    keys = ["officer", "new", "--party", "us", "--holder", "first", "--to", f"{place}/us-first.key"]
    assert "keyfile.2" in ceremony.run(None, *keys, *ceremony.passphrase(), code=69)
    assert "home.1" in ceremony.run(None, "init", "--home", f"{place}/us", "--party", "us", code=69)


# Keys are changed and revoked by commands alone: the node proposes, people sign elsewhere, the node logs.


@pytest.fixture
def founded(ceremony: Ceremony) -> Ceremony:
    """The same, with the accord in force at us."""
    place = ceremony.place
    ceremony.run("1.json", "accord", "join", *ceremony.signed())
    ceremony.run(None, "accord", "install", "--home", f"{place}/us", f"{place}/1.json")
    return ceremony


def test_a_second_version_gets_into_a_home_only_when_all_officers_signed_it(founded: Ceremony) -> None:
    place, home = founded.place, ["--home", f"{founded.place}/us"]
    first = json.loads((place / "accord.json").read_bytes())
    named = {"version": 2, "genesis": founded.digest(), "previous": founded.digest()}
    (place / "accord.json").write_bytes(canonical.encode(first | named))
    signed = founded.signed()
    few = [envelope.parse(Path(one).read_bytes().strip()) for one in signed[::2]]
    (place / "few.json").write_bytes(envelope.dump(founding.joined(few)))
    assert "charter.12" in founded.run(None, "accord", "install", *home, f"{place}/few.json", code=66)
    assert not (place / "us" / "accord" / "2.json").exists()
    assert "charter.12" in founded.run(None, "evidence", "list", *home, "--kind", "accord")
    founded.run("2.json", "accord", "join", *signed)
    said = founded.run(None, "accord", "install", *home, f"{place}/2.json", "--lang", "zh")
    assert "第 2 版" in said
    assert "停止" not in said, "no node runs here that would have to start again"
    assert json.loads(founded.run(None, "status", *home, "--json"))["version"] in (1, 2)


def _sign(founded: Ceremony, file: str, kind: str, *holders: str) -> list[str]:
    place = founded.place
    digest = sha256((place / file).read_bytes()).hexdigest()
    for one in holders:
        words = ["officer", "sign", f"{place}/{file}", "--as", kind, "--digest", digest]
        founded.run(f"{file}.{one}", *words, "--key", f"{place}/us-{one}.key", *founded.passphrase())
    return [f"{place}/{file}.{one}" for one in holders]


def _keys(founded: Ceremony, role: str) -> list[dict[str, Any]]:
    found = json.loads(founded.run(None, "keys", "list", "--home", f"{founded.place}/us", "--json"))
    return [one for one in found if (one["party"], one["role"]) == ("us", role)]


def test_two_officers_put_new_keys_of_their_node_into_force(founded: Ceremony) -> None:
    home = ["--home", f"{founded.place}/us"]
    before = _keys(founded, "record")
    founded.run(None, "keys", "new", "--to", f"{founded.place}/next", *home)
    assert _keys(founded, "record") == before, "drawn, and not in force yet"
    signed = _sign(founded, "next", "charter", "first", "second")
    assert "序号 0" in founded.run(None, "keys", "install", *signed, *home, "--lang", "zh")
    assert [one["state"] for one in _keys(founded, "record")] == ["replaced", "in force"]
    assert "已更换" in founded.run(None, "keys", "list", *home, "--lang", "zh")


def test_one_officer_alone_puts_no_keys_into_force(founded: Ceremony) -> None:
    home = ["--home", f"{founded.place}/us"]
    founded.run(None, "keys", "new", "--to", f"{founded.place}/next", *home)
    signed = _sign(founded, "next", "charter", "first")
    assert "charter.12" in founded.run(None, "keys", "install", *signed, *home, code=66)
    assert len(_keys(founded, "record")) == 1


def test_officers_of_another_party_are_named_in_no_charter(founded: Ceremony) -> None:
    place = founded.place
    words = ["keys", "new", "--officer", f"{place}/cn-first.pub", "--officer", f"{place}/us-first.pub"]
    assert "founding.1" in founded.run(
        None, *words, "--to", f"{place}/next", "--home", f"{place}/us", code=66
    )


def test_other_officers_are_named_and_both_lists_have_to_sign(founded: Ceremony) -> None:
    place, home = founded.place, ["--home", f"{founded.place}/us"]
    shutil.copy(place / "cn-first.key", place / "us-third.key")
    third = json.loads((place / "cn-first.pub").read_text()) | {"party": "us", "holder": "third"}
    (place / "third.pub").write_text(json.dumps(third))
    named = [word for one in ("us-first", "third") for word in ("--officer", f"{place}/{one}.pub")]
    founded.run(None, "keys", "new", *named, "--to", f"{place}/next", *home)
    old = _sign(founded, "next", "charter", "first", "second")
    assert "charter.12" in founded.run(None, "keys", "install", *old, *home, code=66), (
        "the new one is missing"
    )
    both = _sign(founded, "next", "charter", "first", "second", "third")
    assert "index" in founded.run(None, "keys", "install", *both, *home)
    states = {one["holder"]: one["state"] for one in _keys(founded, "officer")}
    assert states == {"first": "in force", "second": "replaced", "third": "in force"}


def test_officers_disavow_what_a_key_that_was_replaced_signed_and_a_reader_sees_it(founded: Ceremony) -> None:
    home = ["--home", f"{founded.place}/us"]
    old = _keys(founded, "record")[0]["keyid"]
    where = ["keys", "disavow", old, "--first", "0", "--last", "0"]

    def disavow(code: int) -> str:
        founded.run(None, *where, "--to", f"{founded.place}/act", *home)
        signed = _sign(founded, "act", "act", "first", "second")
        return founded.run(
            None, *where, *(w for one in signed for w in ("--approval", one)), *home, code=code
        )

    assert "keyring.5" in disavow(65), "nothing is logged there yet"
    founded.run(None, "keys", "new", "--to", f"{founded.place}/next", *home)
    signed = _sign(founded, "next", "charter", "first", "second")
    change = json.loads(founded.run(None, "keys", "install", *signed, *home, "--json"))["index"]
    where[where.index("--first") + 1] = where[where.index("--last") + 1] = str(change)
    assert "index" in disavow(0)
    listed = founded.run(None, "record", "list", *home, "--kind", "accord.key-change", "--json")
    shown = founded.run(None, "record", "show", json.loads(listed)[0]["id"], *home, "--lang", "zh")
    assert "声明不认" in shown
    assert "不成立" not in shown, "it binds all the same"


def test_officers_revoke_a_key_and_the_only_record_key_is_not_revoked(founded: Ceremony) -> None:
    home = ["--home", f"{founded.place}/us"]
    lost = next(one["keyid"] for one in _keys(founded, "officer") if one["holder"] == "second")
    only = _keys(founded, "record")[0]["keyid"]
    for keyid, code in ((only, 66), (lost, 0)):
        founded.run(None, "keys", "revoke", keyid, "--to", f"{founded.place}/act", *home)
        signed = _sign(founded, "act", "act", "first", "second")
        approvals = [word for one in signed for word in ("--approval", one)]
        said = founded.run(None, "keys", "revoke", keyid, "--reason", "lost", *approvals, *home, code=code)
        assert ("rotation.3" in said) == bool(code)
    assert {one["state"] for one in _keys(founded, "officer") if one["keyid"] == lost} == {"revoked"}
