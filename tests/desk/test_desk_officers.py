"""The officers' pages: a passkey signs what is shown, on this page alone, and what is not so is kept."""

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from authenticator import Authenticator
from browser import SITE, Browser, Page, at

from detente.faces import door, founding
from detente.faces.officer import Officer
from detente.trust import charter, envelope, passkey, registration
from detente.trust.charter import Charter
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import BadSignature
from homes import World, draft


@cache
def key_of(holder: str) -> Authenticator:
    """The passkey of an officer; `holder` may be `first again`, a second one of the same person."""
    assert holder
    return Authenticator(page=SITE, origin=SITE)


class Passkeys(World):
    """The officers of us have passkeys of their desk's page, those of the others key files."""

    def officer(self, name: str) -> Officer:
        """The same keys whenever a test asks."""
        if not name.startswith("us-"):
            return super().officer(name)
        holder = name.rpartition("-")[2]
        return Officer("us", holder, (key_of(holder),))  # type: ignore[arg-type]  # it signs as a key does


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which a release of us waits for its officers."""
    world = Passkeys(tmp_path_factory.mktemp("passkeys")).found()
    with world.nodes() as nodes:
        nodes["us"].table(draft())
        world.settle(nodes)
        nodes["us"].release_due()
    return world


@pytest.fixture
def desk(founded: World, tmp_path: Path) -> Iterator[Browser]:
    """The desk of us, where both officers have registered their passkeys."""
    with at(founded.copy(tmp_path), "us") as browser:
        for holder in ("first", "second"):
            register(browser, holder)
        yield browser


@pytest.fixture(scope="module")
def stood(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The same desk, for attacks that leave nothing but evidence."""
    with at(founded.copy(tmp_path_factory.mktemp("stood")), "us") as browser:
        for holder in ("first", "second"):
            register(browser, holder)
        yield browser


@pytest.fixture(scope="module")
def asked(stood: Browser) -> tuple[str, bytes]:
    """The statement that waits there: its page, and what a signature is over."""
    return waiting(stood)


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def attribute(page: Page, tag: str, name: str) -> str:
    return next(str(attrs[name]) for one, attrs in page.tags if one == tag and attrs.get(name))


def register(browser: Browser, holder: str, one: Authenticator | None = None, status: int = 200) -> str:
    """Register a passkey as the script does; return what the page says then."""
    question = attribute(browser.get("/officers"), "form", "data-challenge")
    data, client = (one or key_of(holder)).register(question)
    form = {"question": question, "authenticator": text(data), "client": text(client)}
    return browser.post("/officers/register", status, holder=holder, **form).text


def waiting(browser: Browser) -> tuple[str, bytes]:
    """Take the release that waits; return its page, and what a signature is over."""
    page = browser.get("/officers")
    form = {"record": page.fields["record"], "to": page.fields["to"]}
    browser.post("/officers/release", **form)
    path = next(one for one in browser.get("/officers").links if "/officers/act/" in one)
    path = path.removeprefix(browser.base)
    kept = browser.client.get(f"{browser.base}{path}/signed").content
    payload = base64.b64decode(json.loads(kept)["payload"])
    return path, envelope.pae(ACT_TYPE, payload)


def credential(one: Authenticator) -> str:
    """What the authenticator calls its key."""
    return text(one.register("")[0][55:87])


def sign(browser: Browser, path: str, message: bytes, one: Authenticator, status: int = 200) -> str:
    """Sign as the script does with what the authenticator answered; return what the page says then."""
    data, client, signature = one.parts(message)
    form = {"credential": credential(one), "authenticator": text(data), "client": text(client)}
    return browser.post(f"{path}/sign", status, signature=text(signature), **form).text


def edited(holder: str, **fields: object) -> Authenticator:
    made = Authenticator(page=SITE, origin=SITE, private=key_of(holder).private, counter=7)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def kept(browser: Browser) -> list[str]:
    """At which checks officers' signatures were refused, as the node's evidence has it."""
    with door.reach(browser.watch.window.home.path) as node:
        return [one.step for one in node.evidence() if one.kind == "approval"]


def test_two_officers_sign_what_is_shown_and_the_release_goes(desk: Browser) -> None:
    path, message = waiting(desk)
    shown = desk.get(path)
    assert passkey.challenge(message) == attribute(shown, "form", "data-challenge")
    assert hashlib.sha256(message.partition(b"json ")[2].partition(b" ")[2]).hexdigest() in shown.text
    for field in json.loads(message[message.index(b"{") :]).values():
        assert isinstance(field, dict | list) or str(field) in shown.text
    assert "1 of 2" in sign(desk, path, message, edited("first"))
    said = sign(desk, path, message, edited("second"))
    assert "2 of 2" in said
    assert "Let it go" in said
    desk.post(f"{path}/let")
    assert not [one for one in desk.get("/officers").links if "/officers/act/" in one]
    record = json.loads(message[message.index(b"{") :])["record"]
    with door.reach(desk.watch.window.home.path) as node:
        rows = node.release(record, json.loads(message[message.index(b"{") :])["to"])
        assert "officer" not in {one.code for one in rows}
    assert kept(desk) == []


def stopping(browser: Browser) -> tuple[str, bytes]:
    """Begin the abort of what lies before the officers; return its page, and what a signature is over."""
    fields = browser.get("/officers").fields
    page = browser.post("/officers/abort", act=fields["act"], reason="doubt")
    forms = [str(attrs.get("action")) for tag, attrs in page.tags if tag == "form"]
    path = (
        next(one for one in forms if one.endswith("/sign")).removeprefix(browser.base).removesuffix("/sign")
    )
    payload = base64.b64decode(
        json.loads(browser.client.get(f"{browser.base}{path}/signed").content)["payload"]
    )
    return path, envelope.pae(ACT_TYPE, payload)


def test_one_officer_aborts_what_two_have_signed_and_it_does_not_go(desk: Browser) -> None:
    path, message = waiting(desk)
    for holder in ("first", "second"):
        sign(desk, path, message, edited(holder))
    stop, over = stopping(desk)
    assert "0 of 1" in desk.get(stop).text
    assert "Abort the act" in sign(desk, stop, over, edited("second", counter=9))
    desk.post(f"{stop}/let")
    assert "Abort it" not in desk.get("/officers").text, "nothing lies before them any more"
    assert "approval.6" in desk.post(f"{path}/let", 422).text
    act = json.loads(message[message.index(b"{") :])
    with door.reach(desk.watch.window.home.path) as node:
        rows = node.release(act["record"], act["to"])
    assert "sent" not in {one.state for one in rows}
    assert kept(desk) == ["approval.6"]


def test_an_abort_without_a_reason_or_of_nothing_is_refused_on_the_page(desk: Browser) -> None:
    waiting(desk)
    act = desk.get("/officers").fields["act"]
    assert "officery.6" in desk.post("/officers/abort", 422, act=act, reason="spite").text
    assert "laid.2" in desk.post("/officers/abort", 422, act="5d" * 32, reason="doubt").text
    assert "laid.1" in desk.post("/officers/abort", 422, act="zz", reason="doubt").text


ATTACKS: dict[str, tuple[dict[str, object], str]] = {
    "on another page": ({"origin": "http://localhost:7788"}, "assertion.2"),
    "on a page whose name goes on": ({"origin": f"{SITE}.evil.example"}, "assertion.2"),
    "for another act": ({"challenge": passkey.challenge(b"another act")}, "assertion.3"),
    "nobody verified": ({"flags": 0x01}, "assertion.4"),
    "in a frame": ({"more": ',"crossOrigin":true'}, "assertion.5"),
    "for another host": ({"host": "evil.example"}, "assertion.5"),
    "by a copy that counts from before": ({"counter": 1}, "assertion.7"),
    "by one that no longer counts": ({"counter": 0}, "assertion.7"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_assertion_that_was_made_otherwise_is_refused_by_name_and_kept(
    stood: Browser, asked: tuple[str, bytes], attack: str
) -> None:
    fields, step = ATTACKS[attack]
    path, message = asked
    before = kept(stood)
    assert step in sign(stood, path, message, edited("first", **fields), 422)
    assert sorted(kept(stood)) == sorted([*before, step])
    assert "0 of 2" in stood.get(path).text


def test_an_assertion_by_another_key_under_an_officers_name_is_refused_and_kept(
    stood: Browser, asked: tuple[str, bytes]
) -> None:
    path, message = asked
    before = kept(stood)
    data, client, _ = edited("first").parts(message)
    _, _, other = edited("second").parts(message)
    form = {"authenticator": text(data), "client": text(client), "signature": text(other)}
    said = stood.post(f"{path}/sign", 422, credential=credential(key_of("first")), **form).text
    assert "assertion.6" in said
    assert sorted(kept(stood)) == sorted([*before, "assertion.6"])


def test_the_page_it_was_signed_on_is_named_in_both_languages(
    stood: Browser, asked: tuple[str, bytes]
) -> None:
    path, message = asked
    elsewhere = edited("first", origin="http://localhost:7788")
    assert f"on the page http://localhost:7788, not on {SITE}" in sign(stood, path, message, elsewhere, 422)
    stood.speak("zh")
    assert "签名是在页面 http://localhost:7788 上作出的" in sign(stood, path, message, elsewhere, 422)
    stood.speak("en")


def test_a_passkey_that_the_charter_does_not_name_signs_nothing_and_is_kept(desk: Browser) -> None:
    register(desk, "first", edited("third", counter=1))
    path, message = waiting(desk)
    assert "keyring.11" in sign(desk, path, message, edited("third"), 422)
    assert kept(desk) == ["keyring.11"]
    assert "officery.4" in sign(desk, path, message, edited("fourth"), 422)


def test_one_person_with_two_passkeys_counts_once_and_the_attempt_is_kept(desk: Browser) -> None:
    again = edited("first again", counter=1)
    register(desk, "first", again)
    people = [Officer("us", one, (key_of(one),)) for one in ("first", "second")]  # type: ignore[arg-type]  # as above
    with door.reach(desk.watch.window.home.path) as node:
        node.draw_keys()
        proposed = msgspec.json.decode(node.next_charter(), type=Charter)
        named = [*(one.public for one in people), Officer("us", "first", (again,)).public]  # type: ignore[arg-type]  # as above
        made = charter.dump(founding.with_officers(proposed, named, 2))
        node.change_keys(envelope.dump(founding.joined([one.sign(CHARTER_TYPE, made) for one in people])))
    desk.watch.follow()
    path, message = waiting(desk)
    assert "1 of 2" in sign(desk, path, message, edited("first"))
    said = sign(desk, path, message, edited("first again", counter=8))
    assert "1 of 2" in said
    assert "Let it go" not in said
    assert "charter.12" in desk.post(f"{path}/let", 422).text
    assert kept(desk) == ["charter.12"]


def test_one_officer_stops_what_waits_here(desk: Browser) -> None:
    path, message = waiting(desk)
    sign(desk, path, message, edited("first"))
    desk.post(f"{path}/drop")
    assert desk.client.get(f"{desk.base}{path}").status_code == 404


REGISTRATIONS: dict[str, tuple[dict[str, object], str]] = {
    "on another page": ({"origin": "http://localhost:7788"}, "registration.1"),
    "in a frame": ({"more": ',"crossOrigin":true'}, "registration.1"),
    "an assertion": ({"kind": "webauthn.gets"}, "registration.1"),
    "for another host": ({"host": "evil.example"}, "registration.2"),
    "nobody verified": ({"flags": 0x01}, "registration.3"),
}


@pytest.mark.parametrize("attack", REGISTRATIONS)
def test_a_passkey_that_was_registered_otherwise_is_not_taken(stood: Browser, attack: str) -> None:
    fields, step = REGISTRATIONS[attack]
    assert step in register(stood, "third", edited("third", **fields), 422)


def test_a_question_is_answered_once_and_only_by_who_has_a_name(stood: Browser) -> None:
    question = attribute(stood.get("/officers"), "form", "data-challenge")
    data, client = edited("third").register(question)
    form = {"question": question, "authenticator": text(data), "client": text(client)}
    assert "officery.2" in stood.post("/officers/register", 422, holder="Third Person", **form).text
    assert "officery.1" in stood.post("/officers/register", 422, holder="third", **form).text


@pytest.mark.parametrize("cut", [0, 37, 54, 60, -1, -33])
def test_what_is_no_registration_never_crashes(cut: int) -> None:
    data, client = edited("third").register("AAAA")
    with pytest.raises(BadSignature, match=r"registration\.[234]"):
        registration.read(data[:cut], client, "AAAA", SITE)


@pytest.mark.parametrize("words", ["", "{}", "not json", '{"act":1}', '{"act":"x"}x'])
def test_what_is_no_statement_of_officers_is_not_shown_to_be_signed(stood: Browser, words: str) -> None:
    assert "[" in stood.post("/officers/bring", 422, text=words).text


def test_at_an_address_by_number_it_is_said_that_passkeys_do_not_work_there(stood: Browser) -> None:
    answer = stood.client.get(f"{stood.base}/officers", headers={"Host": "127.0.0.1:8643"})
    assert "localhost only" in answer.text
