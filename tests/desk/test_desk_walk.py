"""A real Chromium works at the desk: a report by keyboard alone, and what comes while somebody reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium, Look, launched, served
from playwright.sync_api import Browser, Page

from homes import World, draft

pytestmark = [pytest.mark.slow, pytest.mark.external, pytest.mark.xdist_group("chromium")]


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    """The browser itself."""
    with launched() as browser:
        yield browser


@pytest.fixture
def chromium(program: Browser, world: World, shots: Path) -> Iterator[Chromium]:
    """A browser that was let in at the desk of us, in a world that the test may change."""
    with served(world.home("us")) as entrance:
        yield Chromium(program, entrance, shots)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("language", "level", "before"), [("en", "Level", "Before you sign"), ("zh", "级", "签署前核对")]
)
def test_a_report_is_written_checked_and_signed_by_keyboard_alone(
    chromium: Chromium, language: str, level: str, before: str
) -> None:
    look = Look(language, 1280 if language == "en" else 390)
    with chromium.sit(look) as sitting:
        page = sitting.visit("/new/incidents.report")
        _answer(page, {"near_miss": "yes", "harm": "0", "potential": "4", "control": "1"})
        page.wait_for_selector("#follows .level")
        assert level in (page.text_content("#follows .level") or "")
        _answer(page, {"spread": "2", "layers": "1", "repeat": "no", "ongoing": "no"})
        _choose(page, "open-domain", "cyber")
        _choose(page, "open-system_class", "agent")
        _answer(page, {"clock_start": "awareness"})
        page.focus("[name='sealed.title.en']")
        page.keyboard.type(f"Typed in {language}")
        sitting.shoot("/filled", look)
        page.focus("button.main")
        page.keyboard.press("Enter")
        page.wait_for_function("words => document.querySelector('h1').innerText.includes(words)", arg=before)
        assert sitting.faults(look) == []
        sitting.shoot("/review", look)
        page.focus("button.main")
        page.keyboard.press("Enter")
        page.wait_for_selector(".card")
        assert f"Typed in {language}" in (page.text_content("h1") or "")
        assert sitting.faults(look) == []
        sitting.shoot("/signed", look)
        assert sitting.complaints == []


@pytest.mark.timeout(120)
def test_what_comes_appears_by_itself_and_not_under_the_hands_of_who_reads(
    chromium: Chromium, world: World
) -> None:
    with chromium.sit() as sitting:
        page = sitting.visit("/")
        page.evaluate("window.same = true")
        with world.open("us") as node:
            node.table(draft(30, values={"title": ["It came by itself", "自行出现"]}))
        page.get_by_text("It came by itself").first.wait_for()
        page.focus("#live a")
        with world.open("us") as node:
            node.table(draft(31, values={"title": ["And another", "另一份"]}))
        page.get_by_text("Something new has come.").wait_for()
        assert page.get_by_text("And another").count() == 0
        assert page.evaluate("window.same")
        page.get_by_role("link", name="Show it").click()
        page.get_by_text("And another").first.wait_for()
        assert sitting.complaints == []


def _answer(page: Page, answers: dict[str, str]) -> None:
    """Choose by keyboard: into the group, and along it with the arrows."""
    for name, value in answers.items():
        radios = page.locator(f"[name='open.{name}']")
        radios.first.focus()
        page.keyboard.press("Space")
        for _ in range(radios.count()):
            if page.evaluate("document.activeElement.value") == value:
                break
            page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.checked")
        assert page.evaluate("document.activeElement.value") == value


def _choose(page: Page, name: str, value: str) -> None:
    page.focus(f"#{name}")
    page.select_option(f"#{name}", value)
