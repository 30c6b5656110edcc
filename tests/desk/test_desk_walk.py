"""A real Chromium walks the desk in both languages, by keyboard, wide and narrow; axe-core finds nothing.

Screenshots go to the folder named by DETENTE_SHOTS, if it is set.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from homes import World, draft

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}
PATHS = (
    "/",
    "/pillar/incidents",
    "/pillar/notices",
    "/duties",
    "/logs",
    "/links",
    "/drafts",
    "/new/incidents.report",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
TAGS = {"en": "en", "zh": "zh-Hans"}

pytestmark = [pytest.mark.slow, pytest.mark.external]


@dataclass
class Walk:
    """A page in a browser, what it complained of, and where the desk is."""

    page: Page
    base: str
    complaints: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("load")

    def shoot(self, name: str) -> None:
        folder = os.environ.get("DETENTE_SHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def examined(self) -> list[str]:
        self.page.evaluate(AXE)
        found = self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
        return [
            f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"][:3]
        ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(world: World, party: str = "us") -> Iterator[str]:
    """Run a desk in a process of its own, and give its entrance."""
    words = [sys.executable, "-m", "detente.faces.desk", "--home", str(world.home(party)), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "")["desk"]
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(30)


@contextmanager
def walking(chromium: Chromium, entrance: str, language: str, size: str = "wide") -> Iterator[Walk]:
    width, height = SIZES[size]
    context = chromium.new_context(
        locale=LOCALES[language],
        viewport={"width": width, "height": height},
        timezone_id="Asia/Shanghai" if language == "zh" else "Europe/London",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(entrance)
    page.wait_for_selector("main")
    yield Walk(page, page.url.rstrip("/"), complaints)
    context.close()


def another(entrance: str, world: World) -> str:
    """The address for one more browser."""
    del entrance
    return (world.home("us") / "desk" / "entrance").read_text(encoding="ascii").strip()


@pytest.mark.timeout(600)
def test_every_page_is_clean_for_axe_fits_its_window_and_breaks_no_policy(
    world: World, chromium: Chromium
) -> None:
    wrong: list[tuple[str, str, str]] = []
    with served(world) as entrance:
        for language, size in product(LOCALES, SIZES):
            with walking(chromium, another(entrance, world), language, size) as walk:
                walk.go("/pillar/incidents")
                thread = walk.page.get_attribute("#live a", "href") or ""
                for path in (*PATHS, "/thread/" + thread.rpartition("/")[2]):
                    walk.go(path)
                    walk.shoot(f"{language}-{size}-{path.strip('/').replace('/', '-')[:24] or 'home'}")
                    where = f"{language} {size} {path}"
                    wrong += [(where, "axe", one) for one in walk.examined()]
                    wide = walk.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                    wrong += [(where, "too wide", f"{wide} px")] if wide > 0 else []
                    lang = walk.page.get_attribute("html", "lang")
                    wrong += [] if lang == TAGS[language] else [(where, "lang", str(lang))]
                wrong += [(where, "console", one) for one in walk.complaints]
    assert wrong == []


@pytest.mark.timeout(300)
def test_a_report_is_written_checked_and_signed_by_keyboard_alone_in_both_languages(
    world: World, chromium: Chromium
) -> None:
    with served(world) as entrance:
        for language, words in (("en", ("Level", "Before you sign")), ("zh", ("级", "签署前核对"))):
            with walking(chromium, another(entrance, world), language) as walk:
                keys = walk.page.keyboard
                keys.press("Tab")
                assert walk.page.evaluate("document.activeElement.className") == "skip"
                keys.press("Enter")
                assert walk.page.evaluate("document.activeElement.id") == "main"
                walk.go("/new/incidents.report")
                _answer(walk.page, {"near_miss": "yes", "harm": "0", "potential": "4", "control": "1"})
                walk.page.wait_for_selector("#follows .level")
                assert words[0] in (walk.page.text_content("#follows .level") or "")
                _answer(walk.page, {"spread": "2", "layers": "1", "repeat": "no", "ongoing": "no"})
                _choose(walk.page, "open-domain", "cyber")
                _choose(walk.page, "open-system_class", "agent")
                _answer(walk.page, {"clock_start": "awareness"})
                walk.page.focus("[name='sealed.title.en']")
                keys.type(f"Typed in {language}")
                walk.shoot(f"{language}-form-filled")
                walk.page.focus("button.main")
                keys.press("Enter")
                walk.page.wait_for_selector("h1")
                assert words[1] in (walk.page.text_content("h1") or "")
                assert walk.examined() == []
                walk.shoot(f"{language}-review")
                walk.page.focus("button.main")
                keys.press("Enter")
                walk.page.wait_for_selector(".card")
                assert f"Typed in {language}" in (walk.page.text_content("h1") or "")
                walk.shoot(f"{language}-signed")
                assert walk.complaints == []


@pytest.mark.timeout(120)
def test_tab_goes_through_a_whole_page_and_out_again(world: World, chromium: Chromium) -> None:
    with served(world) as entrance, walking(chromium, entrance, "en") as walk:
        for path in ("/", "/new/incidents.report"):
            walk.go(path)
            seen: list[str] = []
            for _ in range(250):
                walk.page.keyboard.press("Tab")
                at = walk.page.evaluate(
                    "(e => e === document.body ? '' : e.outerHTML.slice(0, 200))(document.activeElement)"
                )
                if not at or at in seen[:1]:
                    break
                seen.append(at)
                shown = walk.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert shown != "none", at
            assert 5 < len(seen) < 250


@pytest.mark.timeout(120)
def test_what_comes_appears_by_itself_and_not_under_the_hands_of_who_reads(
    world: World, chromium: Chromium
) -> None:
    with served(world) as entrance, walking(chromium, entrance, "en") as walk:
        walk.page.wait_for_timeout(500)
        with world.open("us") as node:
            node.table(draft(30, values={"title": ["It came by itself", "自行出现"]}))
        walk.page.get_by_text("It came by itself").first.wait_for()
        walk.page.focus("#live a")
        with world.open("us") as node:
            node.table(draft(31, values={"title": ["And another", "另一份"]}))
        walk.page.get_by_text("Something new has come.").wait_for()
        assert walk.page.get_by_text("And another").count() == 0
        walk.page.get_by_role("link", name="Show it").click()
        walk.page.get_by_text("And another").first.wait_for()


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
