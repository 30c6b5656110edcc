"""A real Chromium with an authenticator: from the first passkey to a release that officers let go."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from chromium import Chromium, Look, Sitting, launched, served
from playwright.sync_api import CDPSession, Page

from detente.faces import door, founding
from detente.faces.officer import Public
from detente.node.clock import SetClock
from detente.trust import charter, envelope
from detente.trust.charter import Charter
from detente.trust.envelope import CHARTER_TYPE
from homes import HOUR, World, draft

pytestmark = [
    pytest.mark.external,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chromium"),
]

HOLDERS = ("first", "second")
# The page of another program of this machine: browsers give it the same host, and another origin.
ELSEWHERE = "http://localhost:9/"
ASK = """([challenge, allow]) => {
  const bytes = text => Uint8Array.from(
    atob(text.replaceAll('-', '+').replaceAll('_', '/')), one => one.charCodeAt(0));
  const text = data => btoa(String.fromCharCode(...new Uint8Array(data)))
    .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return navigator.credentials.get({publicKey: {challenge: bytes(challenge), rpId: 'localhost',
    userVerification: 'required',
    allowCredentials: allow.split(' ').map(id => ({type: 'public-key', id: bytes(id)}))}})
  .then(made => ({credential: text(made.rawId), authenticator: text(made.response.authenticatorData),
    client: text(made.response.clientDataJSON), signature: text(made.response.signature)}));
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes whose officers have key files; a release of us waits for them. As of just now."""
    clock = SetClock(time.time_ns() // 1_000_000 - HOUR)
    made = World(tmp_path_factory.mktemp("authenticator"), clock=clock).found()
    with made.nodes() as nodes:
        nodes["us"].table(draft())
        made.settle(nodes)
        nodes["us"].release_due()
    return made


@pytest.fixture(scope="module")
def chromium(world: World, shots: Path) -> Iterator[Chromium]:
    with served(world.home("us")) as entrance, launched() as browser:
        yield Chromium(browser, entrance, shots)


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Plug one in that knows its person."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, str(made["authenticatorId"])


def registered(sitting: Sitting, holder: str) -> Public:
    page = sitting.visit("/officers")
    page.fill("#holder", holder)
    page.click("form[data-passkey] button")
    page.wait_for_selector(f"#keys ~ ul .line:has-text('{holder}')")
    shown = page.locator(f"li:has(.line:has-text('{holder}')) pre").text_content()
    return msgspec.json.decode(shown or "", type=Public)


def signed(sitting: Sitting) -> None:
    """Let everybody sign the statement that is shown."""
    page = sitting.page
    for number in range(1, len(HOLDERS) + 1):
        page.click("form[data-passkey] button")
        page.wait_for_function(
            "n => document.getElementById('count').textContent.includes(n)", arg=f"{number} "
        )


def charter_of(world: World, people: list[Public]) -> bytes:
    with door.reach(world.home("us")) as node:
        node.draw_keys()
        proposed = msgspec.json.decode(node.next_charter(), type=Charter)
    return charter.dump(founding.with_officers(proposed, people, len(people)))


def test_officers_register_passkeys_take_office_and_let_a_release_go(
    world: World, chromium: Chromium
) -> None:
    with chromium.sit() as sitting:
        session, device = authenticator(sitting.page)
        take_office(sitting, world)
        sitting.page.click("button[name=to]")
        sitting.page.wait_for_selector("html[lang=zh-Hans]")
        sitting.visit("/officers")
        sitting.page.click("form[action$='/release'] button")
        sitting.page.wait_for_selector("#statement")
        assert sitting.faults(Look("zh")) == []
        refused_unverified(sitting, session, device)
        refused_from_elsewhere(sitting)
        signed(sitting)
        sitting.page.click("#let")
        sitting.page.wait_for_url("**/thread/**")
        # Chromium wishes for RSA too, which no suite has.
        assert [one for one in sitting.complaints if "pubKeyCredParams" not in one] == []
    with door.reach(world.home("us")) as node:
        assert [one.step for one in node.evidence() if one.kind == "approval"] == ["assertion.2"]
        record = node.records(kind="incidents.report")[0].id
        assert "officer" not in {row.code for row in node.release(record, "cn")}


def take_office(sitting: Sitting, world: World) -> None:
    """A charter names the passkeys: officers before sign it by their key files, those after on the page."""
    page = sitting.page
    made = charter_of(world, [registered(sitting, one) for one in HOLDERS])
    page.fill("#text", made.decode())
    page.click("form[action$='/bring'] button")
    page.wait_for_selector("#statement")
    assert "webauthn-es256" in page.inner_text("#statement")
    assert sitting.faults(Look()) == []
    signed(sitting)
    saved = page.evaluate("() => fetch(document.querySelector('a[download]').href).then(one => one.text())")
    before = [world.officer(f"us-{one}").sign(CHARTER_TYPE, made) for one in HOLDERS]
    whole = founding.joined([*before, envelope.parse(saved.strip().encode())])
    with door.reach(world.home("us")) as node:
        node.change_keys(envelope.dump(whole))


def refused_unverified(sitting: Sitting, session: CDPSession, device: str) -> None:
    """An authenticator that does not know its person gives no answer at all, and the page says so."""
    page = sitting.page
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("form[data-passkey] button")
    page.wait_for_selector("[data-trouble]:not([hidden])")
    assert "NotAllowedError" in page.inner_text("[data-trouble]")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})


def refused_from_elsewhere(sitting: Sitting) -> None:
    """A page at another port gets an assertion for this very act, and it is refused by name."""
    page, here = sitting.page, sitting.page.url
    form = page.locator("form[data-passkey]")
    asked = [form.get_attribute("data-challenge"), form.get_attribute("data-allow")]
    page.route(ELSEWHERE, lambda route: route.fulfill(body="<p>Prize!</p>", content_type="text/html"))
    page.goto(ELSEWHERE)
    answer = page.evaluate(ASK, asked)
    assert ELSEWHERE.rstrip("/") in base64.urlsafe_b64decode(answer["client"] + "==").decode()
    page.goto(here)
    for name, value in answer.items():
        page.eval_on_selector(f"form[data-passkey] [name={name}]", "(one, value) => one.value = value", value)
    page.eval_on_selector("form[data-passkey]", "form => form.submit()")
    page.wait_for_selector("[role=alert]:has-text('assertion.2')")
    assert ELSEWHERE.rstrip("/") in page.inner_text("[role=alert]")
    # The refusal is an answer to a form: a browser notes its status.
    sitting.complaints[:] = [one for one in sitting.complaints if ELSEWHERE not in one and "422" not in one]
    page.goto(here)
