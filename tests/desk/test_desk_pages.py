"""The desk's pages, over a real home: what people find there, in both languages."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest
from browser import Browser, Page, at

from detente.faces import telegram
from detente.faces.desk import catalogue
from detente.faces.desk.index import Row
from detente.node.draft import Draft
from detente.node.home import Home
from detente.node.rota import Officer, Rota, keep
from homes import World, draft, notice

DESK = Path(str(__import__("detente.faces.desk", fromlist=["x"]).__file__)).parent
PATHS = [
    *("/", "/pillar/incidents", "/pillar/notices", "/duties", "/links", "/logs", "/drafts", "/triage"),
    *("/new/incidents.report", "/channel"),
]
CHINESE = re.compile("[一-鿿]")


def test_the_home_page_says_what_is_due_what_changed_how_the_links_are_and_who_is_behind(us: Browser) -> None:
    text = us.get("/").text
    assert "acknowledge" in text
    assert "An agent opened a link" in text
    assert "cn" in text
    assert "in step" in text
    assert "By the logs, no party is behind." in text


@pytest.mark.parametrize("hours", [29, 72])
def test_a_duty_that_is_over_its_term_is_shown_as_over_and_nobody_is_called_even(
    world: World, hours: int
) -> None:
    with at(world, "us") as browser:
        world.clock.advance(hours * 3_600_000)
        browser.watch.follow()
        text = browser.get("/").text
    assert "over" in text
    assert "By the logs, no party is behind." not in text


def test_the_shelf_finds_words_of_two_characters_in_chinese_and_beginnings_in_english(us: Browser) -> None:
    assert "被锁的门" not in us.get("/pillar/incidents?words=链接").text
    assert "An agent opened a link" in us.get("/pillar/incidents?words=链接").text
    assert "An agent opened a link" in us.get("/pillar/incidents?words=链").text
    assert "An agent opened a link" in us.get("/pillar/incidents?words=open+lin").text
    assert "Nothing was found" in us.get("/pillar/incidents?words=接链").text


def test_what_is_sealed_to_us_is_not_found(us: Browser) -> None:
    """Cn sealed the name of its system: whoever searches for it at us finds nothing."""
    assert "Nothing was found" in us.get("/pillar/incidents?words=XYZ-9").text


def test_the_author_finds_what_it_sealed(world: World) -> None:
    with at(world, "cn") as browser:
        assert "A locked door" in browser.get("/pillar/incidents?words=XYZ-9").text


def test_a_record_is_found_by_the_first_digits_of_its_id(us: Browser) -> None:
    name = us.watch.indexes["live"].newest(1)[0].id
    answer = us.client.get(f"{us.base}/pillar/incidents?words={name[:8]}", follow_redirects=False)
    assert answer.headers["location"].endswith(f"/thread/{us.watch.indexes['live'].root_of(name)}")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/pillar/incidents",
        "/pillar/notices",
        "/duties",
        "/links",
        "/logs",
        "/drafts",
        "/new/incidents.report",
        "/officers",
        "/triage",
    ],
)
def test_every_page_is_whole_in_both_languages(us: Browser, path: str) -> None:
    english, chinese = us.get(path), us.get(path, **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert ("html", {"lang": "en"}) in english.tags
    assert ("html", {"lang": "zh-Hans"}) in chinese.tags
    assert len(english.tags) == len(chinese.tags)
    ours = {text.en for text in catalogue.texts().values() if " " in text.en and "{" not in text.en}
    assert [one for one in ours if one in chinese.text and one != "Skip to the content"] == []


def test_the_language_is_kept_once_it_was_chosen(us: Browser) -> None:
    us.speak("zh")
    assert ("html", {"lang": "zh-Hans"}) in us.get("/", **{"Accept-Language": "en"}).tags
    us.speak("en")
    assert ("html", {"lang": "en"}) in us.get("/", **{"Accept-Language": "zh"}).tags


def test_every_word_of_the_catalogue_is_said_somewhere_and_every_word_said_is_there() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*DESK.rglob("*.py"), *(DESK / "templates").glob("*.html")]
    )
    said = set(re.findall(r"""["']((?:[a-z]+)\.(?:[a-z_]+))["']""", sources))
    texts = catalogue.texts()
    # A name that is put together at run time ends where its beginning is written: "state." ~ state.
    begun = set(re.findall(r"""["']([a-z]+\.(?:[a-z]+_)?)["'{]""", sources)) | set(
        re.findall(r"""f"([a-z]+\.)\{""", sources)
    )
    vain = {name for name in texts if name not in said and not any(name.startswith(one) for one in begun)}
    assert vain == set()
    assert all(CHINESE.search(text.zh) for text in texts.values() if text.en != ", ")
    holes = re.compile(r"\{(\w+)\}")
    assert all(sorted(holes.findall(text.en)) == sorted(holes.findall(text.zh)) for text in texts.values())


def test_no_template_names_a_pillar_or_a_kind() -> None:
    templates = "\n".join(one.read_text(encoding="utf-8") for one in (DESK / "templates").glob("*.html"))
    assert not re.search(r"incidents|notices|near_miss|harm", templates)


def test_what_comes_while_the_desk_is_open_is_read_and_what_is_lost_is_made_again(world: World) -> None:
    with at(world, "us") as browser:
        with world.open("us") as node:
            tabled = node.table(draft(9, values={"title": ["A new thing", "新事物"]}))
        browser.watch.follow()
        assert "A new thing" in browser.get("/pillar/incidents?words=事物").text
        browser.watch.indexes["live"].path.unlink()
        browser.watch.follow()
        assert "A new thing" in browser.get("/pillar/incidents?words=事物").text
        with world.open("us") as node:
            node.erase(tabled.id, ("title",), "law")
        browser.watch.follow()
        assert "Nothing was found" in browser.get("/pillar/incidents?words=事物").text


def test_a_released_value_is_found_once_it_was_opened_to_us(world: World) -> None:
    with world.nodes() as nodes:
        name = next(one.id for one in nodes["us"].records("live", "incidents.report") if one.party == "us")
        with at(world, "cn") as browser:
            assert "An agent opened a link" not in browser.get("/pillar/incidents").text
            world.approve(nodes["us"], name, "cn")
            nodes["us"].release(name, "cn")
            world.settle(nodes)
            browser.watch.follow()
            assert "An agent opened a link" in browser.get("/pillar/incidents?words=链接").text


def test_a_list_of_many_goes_on_from_page_to_page(world: World) -> None:
    with world.open("us") as node:
        for number in range(100, 160):
            node.table(notice(number))
    with at(world, "us") as browser:
        first = browser.get("/pillar/notices")
        older = next(one for one in first.links if "before=" in one)
        second = Page(browser.client.get(older).text)
        threads = [{one for one in page.links if "/thread/" in one} for page in (first, second)]
        assert (len(threads[0]), len(threads[0] & threads[1])) == (50, 0)
        assert len(threads[0] | threads[1]) == 61


def test_the_index_forgets_the_oldest_and_stays_bounded(world: World) -> None:
    with at(world, "us") as browser:
        index = browser.watch.indexes["live"]
        index.most = 2
        with world.open("us") as node:
            node.table(notice(200))
        browser.watch.follow()
        assert index.count() == 2


def test_a_home_that_was_made_for_another_accord_or_program_gets_a_new_index(world: World) -> None:
    with at(world, "us") as browser:
        path = browser.watch.indexes["live"].path
        count = browser.watch.indexes["live"].count()
    path.write_bytes(b"no database")
    with at(world, "us") as browser:
        assert browser.watch.indexes["live"].count() == count


def test_a_page_that_is_not_there_says_so_and_leads_home(us: Browser) -> None:
    answer = us.client.get(f"{us.base}/pillar/nonesuch")
    assert answer.status_code == 404
    assert "Choose one that is listed." in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    lost = us.client.get(f"/{us.desk.sessions.place}/nowhere/", follow_redirects=False)
    assert lost.status_code == 303


def test_whoever_listens_is_told_with_the_position_of_the_logs_and_a_latecomer_at_once(world: World) -> None:
    async def listen(browser: Browser) -> list[str]:
        feed = browser.desk.feed
        known = browser.watch.pictures["live"].cut
        lines = feed.follow("live", known)
        heard = [await anext(lines)]
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0)
        with world.open("us") as node:
            node.table(draft(20))
        await asyncio.to_thread(browser.watch.follow)
        heard.append(await asyncio.wait_for(waiting, 20))
        await lines.aclose()
        late = feed.follow("live", known)
        heard += [await anext(late), await anext(late)]
        await late.aclose()
        return heard

    with at(world, "us") as browser:
        heard = asyncio.run(listen(browser))
        cut = browser.watch.pictures["live"].cut
    assert heard == ["retry: 1000\n\n", f"id: {cut}\nevent: news\ndata: {{}}\n\n"] * 2
    assert re.fullmatch(r"cn\.\d+-neutral\.\d+-us\.\d+", cut)


def test_an_index_made_anew_shows_what_happened_last_first_and_not_log_by_log(us: Browser) -> None:
    found = us.watch.indexes["live"].newest(50)
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert {one.party for one in found} > {"cn", "us"}
    assert [one.seq for one in found] != sorted((one.seq for one in found), reverse=True)


def test_what_comes_while_somebody_follows_is_shown_first_whatever_its_author_says(us: Browser) -> None:
    index = us.watch.indexes["live"]
    old = index.newest(50)[-1]
    index.add("cn", index.fed()["cn"], [_row("0" * 64, old.at - 1, came=us.watch.window.clock.now())], (), ())
    assert index.newest(1)[0].id == "0" * 64


def _row(name: str, at: int, came: int) -> Row:
    """A notice that its author dates so."""
    said = {"kind": "notices.notice", "party": "cn", "index": 99, "root": name, "stands": True, "words": ""}
    rest = {"level": None, "level_low": None, "title": ("", ""), "released": (), "about": ""}
    return msgspec.convert({"id": name, "at": at, "came": came} | said | rest, Row)


def test_a_thread_shows_both_lanes_who_holds_it_and_what_is_sealed(us: Browser) -> None:
    names = {one.party: one for one in us.watch.indexes["live"].newest(9) if one.kind == "incidents.report"}
    ours = us.get(f"/thread/{names['us'].root}")
    assert "An agent opened a link" in ours.text
    assert "cosigned by" in ours.text
    assert "held by cn, by its own log" in ours.text
    assert "Level" in ours.text
    theirs = us.get(f"/thread/{names['cn'].root}")
    assert "sealed: not shown to us" in theirs.text
    assert "XYZ-9" not in theirs.html


def test_as_they_see_it_hides_what_was_not_shown_to_them_and_shows_what_was(world: World) -> None:
    with world.nodes() as nodes:
        name = next(one.id for one in nodes["us"].records("live", "incidents.report") if one.party == "us")
        world.approve(nodes["us"], name, "cn")
        nodes["us"].release(name, "cn")
        world.settle(nodes)
    with at(world, "us") as browser:
        whole = browser.get(f"/thread/{name}").text
        as_cn = browser.get(f"/thread/{name}?as=cn").text
    assert "It stopped at a barrier." in whole
    assert "shown to cn" in whole
    assert "It stopped at a barrier." not in as_cn
    assert "Text that asks to be obeyed" in as_cn
    assert "This is what cn can see" in as_cn
    assert "sealed: not shown to them" in as_cn


def test_a_thread_that_is_not_here_is_said_to_be_missing(us: Browser) -> None:
    for name in ("0" * 64, "nonesuch", "0" * 63 + "g"):
        assert us.client.get(f"{us.base}/thread/{name}").status_code == 404


def test_a_message_is_read_back_at_the_desk_by_the_digits_below_it(world: World) -> None:
    """The same words as on the command line, and the same refusal of who has not read."""
    with world.nodes() as nodes:
        sent = next(one.id for one in nodes["us"].records(kind="notices.notice"))
        shown = nodes["us"].record(sent)
    with at(world, "us") as browser:
        assert "OPERATIVE / 具实质效力" in browser.get(f"/channel/{sent}").text
        browser.post(f"/channel/{sent}/read", 422, digits="00000000")
        digits = telegram.digest(shown.kind, shown.open)[:16]
        browser.watch.start()
        browser.post(f"/channel/{sent}/read", digits=digits)
    with world.nodes() as nodes:
        assert nodes["us"].records(kind="notices.acknowledge")


def test_what_rings_at_the_desk_is_shown_there_and_told_to_whoever_listens(world: World) -> None:
    officer = Officer(name="first", telephone="+86 10 0000 0000", languages=("zh",), desk=True)
    keep(Home.at(world.home("us")), Rota(officers=(officer,)))
    with world.nodes() as nodes:
        calls = nodes["us"].ring()
        assert [one.way for one in calls] == ["desk"]
    with at(world, "us") as browser:
        browser.watch.follow()
        assert browser.watch.pictures["live"].ringing == calls
        assert "On duty: first" in browser.get("/channel").text
        sent = calls[0].record
        assert "No officer" in browser.post(f"/channel/{sent}/take", 404, officer="nobody").text
        assert "taken by" in browser.post(f"/channel/{sent}/take", officer="first").text
    with world.nodes() as nodes:
        assert [one.state for one in nodes["us"].alarms()] == ["taken"]


def test_the_home_page_says_what_waits_for_people_in_both_languages(world: World) -> None:
    with at(world, "us") as browser:
        assert "What waits for people" not in browser.get("/").text
    with world.nodes() as nodes:
        report = nodes["us"].records(kind="incidents.report")[0].id
        nodes["us"].table(Draft.new("accord.dispute", {"record": report, "about": "facts", "clause": None}))
    world.clock.advance(1_170 * 86_400_000)
    with at(world, "us") as browser:
        page, chinese = browser.get("/").text, browser.get("/", **{"Accept-Language": "zh"}).text
    assert "us disputes what a record says" in page
    assert "Incidents ends by itself" in page
    assert "us 对一条记录的内容提出争议" in chinese
    assert "将自动终止" in chinese
