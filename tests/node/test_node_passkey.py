"""Officers with passkeys: what they were shown on their own page counts, and nothing else does."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from authenticator import ORIGIN, Authenticator
from cryptography.exceptions import InvalidSignature

from detente.faces import founding
from detente.faces.officer import Officer
from detente.node.node import Node
from detente.trust import canonical, envelope, passkey
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BadSignature, Malformed, Misuse, NotValidThen, WrongContext
from detente.trust.key import PrivateKey, PublicKey
from homes import World, draft

MESSAGE = b"this act"


def _edited(**fields: Any) -> Authenticator:  # noqa: ANN401 (whatever a field holds)
    one = Authenticator(private=_person("first").private)
    for name, value in fields.items():
        setattr(one, name, value)
    return one


@cache
def _person(holder: str) -> Authenticator:
    del holder
    return Authenticator()


def test_an_assertion_on_the_own_page_by_the_known_person_is_a_signature() -> None:
    one = _person("first")
    one.public.verify(MESSAGE, one.sign(MESSAGE), "case.1")
    assert one.public.raw.endswith(ORIGIN.encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"flags": 0x1D},
        {"extension": b"\xa0", "flags": 0x85},
        {"counter": 0},
        {"more": ',"crossOrigin":false,"x":1'},
    ],
    ids=["synced", "with an extension", "that does not count", "of a newer browser"],
)
def test_an_assertion_of_any_honest_authenticator_is_one(fields: dict[str, Any]) -> None:
    one = _edited(**fields)
    one.public.verify(MESSAGE, one.sign(MESSAGE), "case.1")


EDITS: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://localhost:7789"},
    "another scheme": {"origin": "https://localhost:7788"},
    "an origin that goes on": {"origin": "http://localhost:7788.evil.example"},
    "another relying party": {"host": "evil.example"},
    "nobody present": {"flags": 0x04},
    "nobody verified": {"flags": 0x01},
    "backed up, which it cannot be": {"flags": 0x15},
    "a registration": {"kind": "webauthn.create"},
    "in a frame": {"more": ',"crossOrigin":true'},
    "not said whether in a frame": {"more": ""},
    "another act's id": {"challenge": passkey.challenge(b"another act")},
    "an attested key": {"flags": 0x45},
    "an extension without its flag": {"extension": b"\xa0"},
    "the flag without an extension": {"flags": 0x85},
    "an origin that is quoted out of": {"origin": 'http://localhost:7788","crossOrigin":true,"x":"'},
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_assertion_that_says_anything_else_is_none_however_well_signed(edit: str) -> None:
    one = _edited(**EDITS[edit])
    with pytest.raises(BadSignature):
        one.public.verify(MESSAGE, one.sign(MESSAGE), "case.1")


@pytest.mark.parametrize("edit", EDITS)
def test_a_fault_is_named_exactly_where_the_verifier_refuses(edit: str) -> None:
    one = _edited(**EDITS[edit])
    named = passkey.fault(one.public.raw, one.sign(MESSAGE), MESSAGE)
    assert named is not None
    if edit in ("another origin", "another scheme", "an origin that goes on"):
        assert named == "origin"
    good = _person("first")
    assert passkey.fault(good.public.raw, good.sign(MESSAGE), MESSAGE) is None


@pytest.mark.parametrize("at", [0, 32, 33, 36], ids=["relying party", "flags", "counter", "counter's end"])
def test_an_assertion_that_was_edited_after_signing_is_none(at: int) -> None:
    one = _person("first")
    data, client, signature = one.parts(MESSAGE)
    changed = data[:at] + bytes([data[at] ^ 0x18 if at == 32 else data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(BadSignature):
        one.public.verify(MESSAGE, passkey.pack(changed, client, signature), "case.1")
    with pytest.raises(BadSignature):
        one.public.verify(MESSAGE, passkey.pack(data, client.replace(b"}", b',"x":1}'), signature), "case.1")


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\x05", b"\xff" * 40, b"\0\0\0\0", b"x" * 4096])
def test_what_is_no_assertion_is_refused_and_never_crashes(raw: bytes) -> None:
    with pytest.raises(BadSignature):
        _person("first").public.verify(MESSAGE, raw, "case.1")


@pytest.mark.parametrize(
    "origin", ["", "localhost", "http://", "ftp://a", "http://a/", "http://a:0", "http://A", "http://ä"]
)
def test_a_key_without_an_origin_that_a_browser_has_is_no_passkey(origin: str) -> None:
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("webauthn-es256", _person("first").public.raw[:65] + origin.encode())


def test_a_point_off_the_curve_is_no_passkey_and_no_seed_makes_one() -> None:
    with pytest.raises(Malformed, match=r"key\.3"):
        PublicKey("webauthn-es256", b"\x04" + bytes(64) + ORIGIN.encode())
    with pytest.raises(Misuse, match=r"key\.4"):
        PrivateKey.from_seed("webauthn-es256", bytes(32))


# W3C, Web Authentication Level 3, 16.2: "ES256 Credential with No Attestation", the authentication. Its
# authenticator did not verify the person (flags 0x19).
W3C_KEY = bytes.fromhex(
    "04afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61"
    "930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"
)
W3C_CHALLENGE = "OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag"
W3C_CLIENT = f'{{"type":"webauthn.get","challenge":"{W3C_CHALLENGE}","origin":"https://example.org","crossOrigin":false}}'
W3C_DATA = bytes.fromhex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000")
W3C_SIGNATURE = bytes.fromhex(
    "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd38"
    "0221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87"
)


def test_the_example_of_the_standard_verifies_but_for_the_person_whom_nobody_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = passkey.Verifier(W3C_KEY + b"https://example.org")
    shown = passkey.pack(W3C_DATA, W3C_CLIENT.encode(), W3C_SIGNATURE)
    with pytest.raises(InvalidSignature):
        key.check(shown, W3C_CHALLENGE)
    # The same with presence asked for in place of verification: all the rest of the example holds.
    monkeypatch.setattr(passkey, "VERIFIED", passkey.PRESENT)
    key.check(shown, W3C_CHALLENGE)


class Passkeys(World):
    """The officers of us have passkeys, those of the others key files."""

    def officer(self, name: str) -> Officer:
        """The same passkey whenever a test asks."""
        if not name.startswith("us-"):
            return super().officer(name)
        holder = name.rpartition("-")[2]
        return Officer("us", holder, (_person(holder),))  # type: ignore[arg-type]  # it signs as a key does


@pytest.fixture
def world(tmp_path: Path) -> World:
    return Passkeys(tmp_path).found()


def test_officers_let_a_value_go_with_their_passkeys_and_every_side_accepts_it(world: World) -> None:
    with world.nodes() as nodes:
        assert nodes["us"].branches["live"].realm.keyrings["us"].charter(0).suite == "webauthn-es256"
        told = nodes["us"].table(draft()).id
        world.settle(nodes)
        world.approve(nodes["us"], told, "cn")
        assert any(one.state in ("sent", "held") for one in nodes["us"].release(told, "cn"))
        world.settle(nodes)
        assert [one for node in nodes.values() for one in node.evidence()] == []


def test_an_assertion_for_one_act_lets_no_other_go(world: World) -> None:
    with world.nodes() as nodes:
        us = nodes["us"]
        told, other = us.table(draft(1)).id, us.table(draft(2)).id
        people = [world.officer(f"us-{one}") for one in ("first", "second")]
        signed = founding.joined([one.sign(ACT_TYPE, us.act(other, "cn")) for one in people])
        swapped = envelope.Envelope(ACT_TYPE, us.act(told, "cn"), signed.signatures)
        with pytest.raises(BadSignature, match=r"envelope\.7"):
            us.approve(told, "cn", envelope.dump(swapped))


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Node, str]]:
    """A node of us, and a record of which a release waits for officers."""
    made = Passkeys(tmp_path_factory.mktemp("acted")).found()
    with made.nodes() as nodes:
        yield made, nodes["us"], nodes["us"].table(draft()).id


SLIGHTLY: dict[str, dict[str, object]] = {
    "to another party": {"to": "neutral"},
    "of another record": {"record": "9f" * 32},
    "in an exercise": {"domain": "exercise"},
    "in another's name": {"party": "cn"},
    "under another version": {"accord": {"genesis": "5d" * 32, "version": 1}},
}


@pytest.mark.parametrize("change", SLIGHTLY)
def test_an_approval_of_a_slightly_different_act_is_refused_by_name_and_kept(
    acted: tuple[World, Node, str], change: str
) -> None:
    world, us, told = acted
    before = {one.digest for one in us.evidence()}
    act = canonical.encode({**canonical.decode(us.act(told, "cn")), **SLIGHTLY[change]})  # type: ignore[dict-item]  # a table
    people = [world.officer(f"us-{one}") for one in ("first", "second")]
    signed = founding.joined([one.sign(ACT_TYPE, act) for one in people])
    with pytest.raises(WrongContext, match=r"approval\.[24]"):
        us.approve(told, "cn", envelope.dump(signed))
    (refused,) = (one for one in us.evidence() if one.digest not in before)
    assert (refused.kind, refused.step[:9], refused.party) == ("approval", "approval.", "us")
    assert us.evidence_data(refused.digest) == envelope.dump(signed)


def test_an_officer_whose_passkey_was_revoked_approves_nothing_more(world: World) -> None:
    with world.nodes() as nodes:
        us = nodes["us"]
        told = us.table(draft()).id
        people = [world.officer(f"us-{one}") for one in ("first", "second")]
        lost = people[1].keys[0].public.keyid
        act = us.key_act(lost)
        signed = founding.joined([one.sign(ACT_TYPE, act) for one in people])
        us.revoke_key(lost, "stolen", envelope.dump(signed))
        with pytest.raises(NotValidThen, match=r"charter\.11"):
            world.approve(us, told, "cn")
