"""A laboratory's signature at the desk: its own word is taken there, and is never shown as its party's."""

import html
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from browser import Browser, at

from detente.accord.acts import ATTEST
from detente.faces.cli import main
from detente.node.clock import SetClock
from detente.node.draft import Draft
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from homes import ACCORD, DAY, HOUR, World

pytestmark = pytest.mark.slow

LABS = "{lab: {en: A laboratory, zh: 实验室}, other: {en: Another laboratory, zh: 另一实验室}}"


def _world(folder: Path, *named: str) -> World:
    """Us sponsors two laboratories, some of which its charter names; it pauses.

    What is logged through the desk bears the real time, so the world's is an hour before it.
    """
    accord = ACCORD.replace("charters: {}", f"charters: {{}}\n    laboratories: {LABS}", 1)
    clock = SetClock(time.time_ns() // 1_000_000 - HOUR)
    world = World(folder, clock=clock, accord=accord, laboratories={"us": named}).found()
    with world.nodes() as nodes:
        world.settle(nodes)
        said = {"binds": "us", "about": None, "activity": "training_run", "grounds": "precaution"}
        times = {"until": world.clock.now() + 3 * DAY, "respond_by": None, "precedence": "immediate"}
        nodes["us"].table(Draft.new("notices.pause", said | times))
        world.settle(nodes)
    return world


def _where(us: Browser) -> str:
    """The address of the attestation, from the home page."""
    (found,) = {one for one in us.get("/").links if "/act/attest?" in one}
    return html.unescape(found).removeprefix(us.base)


def _form(us: Browser, where: str, **said: str) -> tuple[dict[str, str], bytes, str]:
    """The form as answered, the bytes that are signed, and the page."""
    query = "&".join(f"{name}={value}" for name, value in said.items())
    page = us.get(f"{where}&{query}")
    hidden = {
        name: page.html.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("digest", "_nonce")
    }
    file = us.client.get(f"{us.base}{where.replace('/attest?', '/attest/file?')}&{query}").content
    return {**dict(parse_qsl(urlsplit(where).query)), **said, **hidden}, file, page.text


def _signed(world: World, act: bytes, who: str) -> str:
    return envelope.dump(world.officer(f"us-{who}").sign(ACT_TYPE, act)).decode()


def _record(us: Browser) -> str:
    us.watch.follow()
    return next(one.id for one in us.watch.indexes["live"].newest(9) if one.kind == ATTEST)


def test_a_laboratory_signs_on_its_own_machine_and_every_page_says_that_it_is_its_own_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = _world(tmp_path, "lab", "other")
    with at(world, "us") as us:
        where = _where(us)
        form, act, page = _form(us, where, laboratory="lab", claim="done", by="laboratory")
        assert "What the laboratory signs" in page
        assert "detente officer sign attest.act" in page
        assert "the laboratory did not sign" not in page
        assert "declaring.1" in us.post("/act/attest/log", status=422, **form).text
        wrong = {
            "of another laboratory": (_signed(world, act, "other"), "solemn.4"),
            "of an officer": (_signed(world, act, "first"), "charter.10"),
            "of another act": (_signed(world, act.replace(b'"done"', b'"not-done"'), "lab"), "solemn.3"),
        }
        for signature, step in wrong.values():
            refused = us.post("/act/attest/log", status=422, **form, signatures=signature)
            assert step in refused.text
        us.post("/act/attest/log", **form, signatures=_signed(world, act, "lab"))
        name = _record(us)
        assert "lab: it rests, signed with its own key" in us.get("/").text
        assert "the laboratory's own word, signed with its own key" in us.get(f"/thread/{name}").text
        assert "lab: it rests, signed with its own key" in us.get(where).text
        us.speak("zh")
        assert "lab：已停止，以其自有密钥签字" in us.get("/").text
        assert "实验室自己的说明，以其自有密钥签字" in us.get(f"/thread/{name}").text
    assert main(["record", "show", name, "--home", str(world.home("us"))]) == 0
    assert "whose word" in (said := capsys.readouterr().out)
    assert "the laboratory's own word, signed with its own key" in said
    world.clock.advance(2 * HOUR)
    with world.nodes() as nodes:
        world.settle(nodes)
        (seen,) = nodes["cn"].status().domains["live"].pauses
        assert (seen.attested, seen.vouched) == (("lab",), ("lab",))


def test_what_a_party_says_for_a_laboratory_is_called_its_word_before_and_after_it_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = _world(tmp_path, "other")
    with at(world, "us") as us:
        where = _where(us)
        form, _, page = _form(us, where, laboratory="lab", claim="done", by="word")
        assert "Everybody will see that this is the word of us" in page
        assert "What the laboratory signs" not in page
        us.post("/act/attest/log", **form)
        name = _record(us)
        assert "lab: it rests (the party's word, not the laboratory's)" in us.get("/").text
        assert "the party's word: the laboratory did not sign" in us.get(f"/thread/{name}").text
        # Its party's charter names no key of it: nothing that it signs would stand.
        form, act, _ = _form(us, where, laboratory="lab", claim="done", by="laboratory")
        refused = us.post("/act/attest/log", status=422, **form, signatures=_signed(world, act, "lab"))
        assert "charter.10" in refused.text
    world.clock.advance(2 * HOUR)
    with world.nodes() as nodes:
        world.settle(nodes)
    with at(world, "cn") as cn:
        assert "lab: it rests (the party's word, not the laboratory's)" in cn.get("/").text
    assert main(["record", "show", name, "--home", str(world.home("us")), "--lang", "zh"]) == 0
    assert "系其所属方之言：实验室并未签字" in capsys.readouterr().out


def test_where_no_laboratory_has_a_key_its_signature_is_not_asked_for(tmp_path: Path) -> None:
    with at(_world(tmp_path), "us") as us:
        page = us.get(_where(us))
        assert 'value="word"' in page.html
        assert 'value="laboratory"' not in page.html
        us.speak("zh")
        assert "仅由本方节点签署：属本方之言" in us.get(_where(us)).text
