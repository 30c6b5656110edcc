"""A real Chromium walks the desk: both languages, a wide and a narrow screen, light and dark, keyboard alone.

Whoever wants to see what it saw names a folder: DETENTE_SHOTS=/tmp/desk ./run test tests/desk
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium, Look, launched, served, shape
from playwright.sync_api import Browser

from detente.node.clock import SetClock
from detente.node.draft import Draft
from homes import HOUR, World, draft, installed, notice

pytestmark = [
    pytest.mark.external,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chromium"),
]

LOOKS = [
    *(Look(language, width) for language in ("en", "zh") for width in (1280, 390)),
    # Dark differs in its colours alone.
    Look("en", 1280, "dark"),
    Look("zh", 390, "dark"),
]
APART = [Look("en", 1280), Look("zh", 390)]
"""How an exercise and an empty home are looked at: what they share with the others was looked at there."""

REPORT = "/new/incidents.report"
NOTHING_FOUND = "/pillar/incidents?words=nonesuch"
NOT_THERE = "/pillar/nonesuch"

# Where the keyboard can go, in the order of the page.
STOPS = """() => {
  const one_of_its_group = radio => {
    const group = [...document.querySelectorAll(`[type=radio][name="${radio.name}"]`)];
    return radio === (group.find(one => one.checked) || group[0]);
  };
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(one => one.checkVisibility() && !one.disabled && one.type !== 'hidden' && one.tabIndex >= 0
      && (one.type !== 'radio' || one_of_its_group(one)))
    .map((one, number) => { one.dataset.stop = number; return number; });
}"""

# What is taller than what was scrolled into sight is seen where it is in sight.
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getClientRects()[0] || one.getBoundingClientRect();
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const there = document.elementFromPoint(
    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
  return {
    stop: one.dataset.stop === undefined ? null : Number(one.dataset.stop),
    outside: one === document.body || one === document.documentElement,
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && there !== null
      && (one.contains(there) || there.contains(one)),
    html: one.outerHTML.slice(0, 160),
  };
}"""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which enough happened that every part of a page has something to show; as of just now."""
    clock = SetClock(time.time_ns() // 1_000_000 - 30 * HOUR)
    world = World(tmp_path_factory.mktemp("busy"), domains=("live", "exercise"), clock=clock).found()
    with world.nodes() as nodes:
        nodes["cn"].table(notice(3))
        world.settle(nodes)
        clock.advance(29 * HOUR)
        world.settle(nodes)
        for number, (party, edition) in enumerate(
            (one.draft.party, one.draft)
            for pillar in installed().editions
            for one in pillar.examples.values()
            if one.draft.kind == "incidents.report" and one.refused is None
        ):
            made = draft(100 + number, open=dict(edition.open), values=dict(edition.sealed))
            nodes[party].table(made)
        report = nodes["us"].table(draft(1))
        nodes["us"].table(draft(1, domain="exercise"))
        nodes["us"].table(notice(5))
        world.settle(nodes)
        world.approve(nodes["us"], report.id, "cn")
        nodes["cn"].table(draft(6, kind="notices.pause", open=pause(clock.now()), values={}))
        nodes["cn"].table(
            Draft.new("accord.dispute", {"record": report.id, "about": "facts", "clause": None})
        )
        for node in nodes.values():
            node.release_due()
        world.settle(nodes)
    return world


def pause(now: int) -> dict[str, object]:
    """Cn asks us to pause for a day."""
    asked = {"binds": "us", "about": None, "activity": "agents_with_tools", "grounds": "precaution"}
    return {**asked, "until": now + 24 * HOUR, "precedence": "priority", "respond_by": None}


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    """The browser itself."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def chromium(busy: World, shots: Path, program: Browser) -> Iterator[Chromium]:
    """A browser that was let in at the desk of us."""
    with served(busy.home("us")) as entrance:
        yield Chromium(program, entrance, shots)


@pytest.fixture(scope="module")
def ways(chromium: Chromium, busy: World) -> list[str]:
    """Every page that links lead to (an answer's form among them), a report's form, a search in vain.

    And a message as an officer reads it, and an act as it would be signed, whose answers no link gives.
    """
    found = chromium.ways()
    record = next(one for one in found if one.startswith("/thread/")).removeprefix("/thread/")
    dispute = f"/act/dispute?record={record}&about=facts"
    return [*found, REPORT, NOTHING_FOUND, dispute, f"/channel/{notice_of(busy)}"]


def notice_of(world: World) -> str:
    """The id of a message that waits to be read back."""
    with world.open("us") as node:
        return next(one.id for one in node.records(kind="notices.notice") if one.party == "cn")


@pytest.mark.parametrize("look", APART, ids=str)
def test_the_exercise_is_as_sound_and_says_on_each_page_that_it_is_one(
    chromium: Chromium, look: Look
) -> None:
    with chromium.sit(look, domain="exercise") as sitting:
        wrong = []
        thread = next(one for one in chromium.ways("exercise") if one.startswith("/thread/"))
        for path in ("/", thread, REPORT):
            page = sitting.visit(path)
            sitting.shoot(path, f"exercise-{look}")
            assert page.locator(".exercise").is_visible(), path
            wrong += [f"{path}: {one}" for one in sitting.faults(look)]
        assert wrong + sitting.complaints == []


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes of an accord that was founded, in which nobody has said anything yet."""
    world = World(tmp_path_factory.mktemp("fresh")).found()
    with world.nodes():
        return world


def test_an_empty_home_says_on_every_page_what_comes_there(
    fresh: World, shots: Path, program: Browser
) -> None:
    with served(fresh.home("us")) as entrance:
        chromium = Chromium(program, entrance, shots)
        ways = chromium.ways()
        assert {shape(one) for one in ways} >= {"home", "duties", "pillar-incidents", "channel", "drafts"}
        for look in APART:
            with chromium.sit(look) as sitting:
                wrong = []
                for path in ways:
                    page = sitting.visit(path)
                    sitting.shoot(path, f"empty-{look}")
                    wrong += [f"{path}: {one}" for one in sitting.faults(look)]
                    if not path.startswith(("/logs", "/links", "/new/")):
                        assert page.locator(".empty").count(), path
                assert wrong + sitting.complaints == []


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_sound_for_axe_fits_the_screen_and_complains_of_nothing(
    chromium: Chromium, ways: list[str], look: Look
) -> None:
    with chromium.sit(look) as sitting:
        wrong = []
        for path in ways:
            sitting.visit(path)
            sitting.shoot(path, look)
            wrong += [f"{path}: {one}" for one in sitting.faults(look)]
        assert wrong + sitting.complaints == []


def test_the_walk_reaches_every_page_that_the_desk_has(ways: list[str]) -> None:
    named = {"home", "duties", "logs", "links", "drafts"}
    assert {shape(one) for one in ways} >= named | {
        "pillar-incidents",
        "pillar-notices",
        "new-one",
        "thread-id",
    }


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_alone_reaches_everything_in_order_sees_where_it_is_and_is_never_caught(
    chromium: Chromium, ways: list[str], width: int
) -> None:
    with chromium.sit(Look(width=width)) as sitting:
        for path in ways:
            page = sitting.visit(path)
            stops, been = page.evaluate(STOPS), []
            for _ in range(len(stops) + 1):
                page.keyboard.press("Tab")
                at = page.evaluate(FOCUSED)
                if at["outside"] or len(been) == len(stops):
                    break
                assert at["outlined"], (path, at)
                assert at["seen"], (path, at)
                been.append(at["stop"])
            # After the last one the browser's own frame comes, or the first one again.
            assert been == stops, path
            assert at["outside"] or at["stop"] == stops[0], (path, "caught", at)


def test_the_first_key_offers_the_way_past_the_menu_and_it_leads_there(chromium: Chromium) -> None:
    with chromium.sit() as sitting:
        for path in ("/", REPORT):
            page = sitting.visit(path)
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            assert page.evaluate(FOCUSED)["seen"]
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('header') === null"), path


def test_on_paper_there_is_black_on_white_and_no_menu_also_of_a_dark_screen(
    chromium: Chromium, ways: list[str]
) -> None:
    with chromium.sit(Look(scheme="dark")) as sitting:
        for path in ways:
            page = sitting.visit(path)
            page.emulate_media(media="print", color_scheme="dark")
            assert not page.locator("nav").first.is_visible()
            assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(0, 0, 0)"
            sitting.shoot(path, "print")
            assert sitting.violations("color-contrast") == [], path
            page.emulate_media(media="screen")


def test_a_page_that_is_not_there_is_as_sound_as_the_others(chromium: Chromium) -> None:
    with chromium.sit(Look("zh", 390)) as sitting:
        sitting.visit(NOT_THERE, 404)
        sitting.shoot("/trouble", Look("zh", 390))
        assert sitting.violations() == []


def test_without_scripts_the_search_still_finds(chromium: Chromium) -> None:
    with chromium.sit(scripts=False) as sitting:
        page = sitting.visit("/pillar/incidents")
        page.locator("#words").press_sequentially("链接")
        page.locator("#words").press("Enter")
        page.wait_for_url("**words=*")
        assert page.locator("#live .row").count() == 1


def test_the_search_answers_as_one_types_and_the_writing_goes_on(chromium: Chromium) -> None:
    with chromium.sit() as sitting:
        page = sitting.visit("/pillar/incidents")
        page.locator("#words").press_sequentially("a link", delay=20)
        page.wait_for_url("**words=a*link*")
        page.wait_for_function("document.querySelectorAll('#live .row').length === 1")
        assert page.evaluate("document.activeElement.id") == "words"
        assert sitting.complaints == []
