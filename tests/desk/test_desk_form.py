"""The form: what is typed is kept, what is wrong stands beside its field, and nothing is signed unseen."""

import html
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browser import SITE, Browser, Page, at

from detente.faces import pillars
from detente.faces.desk import sheet
from detente.faces.desk.drafts import MOST, Drafts
from detente.node.errors import Exceeded
from homes import ACCORD, World, draft

REPORT = {
    "open.near_miss": "yes",
    "open.harm": "0",
    "open.potential": "4",
    "open.control": "1",
    "open.spread": "2",
    "open.layers": "1",
    "open.repeat": "no",
    "open.ongoing": "no",
    "open.techniques": "AML.T0051, AML.T0010",
    "open.domain": "cyber",
    "open.system_class": "agent",
    "open.internal_use": "",
    "open.clock_start": "awareness",
    "open.month": "2026-09",
    "sealed.title.en": "A link was opened",
    "sealed.title.zh": "链接被打开",
    "sealed.summary.en": "It stopped.",
    "sealed.sources": "https://example.org/a\nhttps://example.org/b",
    "law.basis": "safety",
    "law.class": "official",
}
KIND = "/new/incidents.report"


def nonce(browser: Browser) -> str:
    return browser.get(KIND).fields["_nonce"]


def near(page: Page, field: str) -> str:
    """What stands as the error of a field."""
    found = page.html.partition(f'id="{field}-error">')[2].partition("<")[0]
    assert found, page.text[:2000]
    return found


def test_a_use_that_is_left_out_is_called_not_stated(us: Browser) -> None:
    for language, said in (("en", "not stated"), ("zh", "未填写")):
        page = us.get(KIND, **{"Accept-Language": language}).html
        _, _, empty = page.partition('name="open.use" value=""')
        assert f"<span>{said}</span>" in empty.partition("</label>")[0]


def test_the_level_is_computed_from_the_axes_as_they_are_typed(us: Browser) -> None:
    name = nonce(us)
    axes = {key: REPORT[key] for key in ("open.near_miss", "open.harm", "open.potential", "open.control")}
    some = us.post(f"{KIND}/follow", _nonce=name, **axes)
    assert "Level 0–3" in some.text or "Level 0–2" in some.text
    whole = us.post(f"{KIND}/follow", _nonce=name, **REPORT)
    assert "Level 2" in whole.text
    assert "Still to be stated" not in whole.text
    wrong = us.post(f"{KIND}/follow", _nonce=name, **{**REPORT, "open.harm": "5", "open.potential": "1"})
    assert "The worst credible harm cannot be below the harm done." in wrong.text
    us.speak("zh")
    assert "2 级" in us.post(f"{KIND}/follow", _nonce=name, **REPORT).text


def test_what_was_typed_is_kept_as_a_draft_and_can_be_discarded_and_taken_back(us: Browser) -> None:
    name = nonce(us)
    us.post(f"{KIND}/follow", _nonce=name, **{"sealed.title.en": "Half a <title>"})
    assert "Half a <title>" in us.get("/drafts").text
    assert "Half a <title>" in us.get(f"{KIND}?draft={name}").text
    gone = us.post("/drafts/discard", _nonce=name)
    assert "Half a <title>" not in gone.text
    assert us.client.get(f"{us.base}{KIND}?draft={name}").status_code == 404
    assert "Half a <title>" in us.post("/drafts/restore", _nonce=name).text


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(us: Browser) -> None:
    bad = REPORT | {
        "open.techniques": "AML.T0051, nonsense",
        "open.month": "2026-13",
        "open.domain": "",
        "sealed.title.en": "turned \u202e round",
        "sealed.system": "x" * 5_000,
        "unknown.summary": "yes",
    }
    page = us.post(f"{KIND}/check", 422, _nonce=nonce(us), **bad)
    assert near(page, "open-techniques") == "It does not have the form that is asked for."
    assert near(page, "open-month") == "It does not have the form that is asked for."
    assert near(page, "open-domain") == "This has to be stated."
    assert "U+202E" in near(page, "sealed-title")
    assert "5000 characters" in near(page, "sealed-system")
    assert "choose one" in near(page, "sealed-summary")
    assert "A link was opened" not in page.text
    assert "链接被打开" in page.text
    assert "nonsense" in page.fields["open.techniques"]
    assert "\u202e" not in page.html
    assert us.watch.indexes["live"].count() == us.watch.indexes["live"].count()


@pytest.mark.parametrize(
    "text", ["nul\0", "bell\a", "\u2066isolate", "\ufeffmark", "\u200bzero", "\x1b[31mred"]
)
def test_hostile_characters_are_refused_where_they_stand(us: Browser, text: str) -> None:
    page = us.post(f"{KIND}/check", 422, _nonce=nonce(us), **(REPORT | {"sealed.title.en": text}))
    assert "a character that nobody sees" in near(page, "sealed-title")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{7*7}}", "'\"><img src=x onerror=alert(1)>", "${7}"]
)
def test_markup_is_shown_as_what_it_is_on_every_page(us: Browser, text: str) -> None:
    review = us.post(f"{KIND}/check", _nonce=nonce(us), **(REPORT | {"sealed.title.en": text}))
    fields = {name: review.fields[name] for name in ("_nonce", "_seen")}
    us.watch.start()
    thread = us.post(f"{KIND}/table", **fields)
    for page in (review, thread, us.get("/"), us.get("/pillar/incidents")):
        assert text.split(maxsplit=1)[0] in page.text or text in page.html
        assert [
            one for tag, one in page.tags if tag == "img" or (tag == "script" and not one.get("src"))
        ] == []


def test_before_signing_each_audience_has_exactly_what_it_will_get(world: World) -> None:
    # The node that rehearses goes by the machine's clock: the keys to seal to have to live now.
    world.clock.at = time.time_ns() // 1_000_000 - 600_000
    with world.nodes() as nodes:
        world.settle(nodes)
    with at(world, "us") as us:
        page = us.post(f"{KIND}/check", _nonce=nonce(us), **REPORT)
    assert "You are about to sign this for us" in page.text
    assert "neutral will get" in page.text
    assert "cn will get Nothing of what is sealed, for now." in page.text
    told = page.html.partition('<pre class="bytes" tabindex="0">')[2].partition("</pre>")[0]
    record = json.loads(html.unescape(told))
    assert record["open"]["techniques"] == ["AML.T0010", "AML.T0051"]
    assert record["party"] == "us"
    assert '"A link was opened"' in page.text
    assert "to-peers" in page.text


def test_what_is_signed_is_what_was_shown_and_is_tabled_once(us: Browser) -> None:
    us.watch.start()
    page = us.post(f"{KIND}/check", _nonce=nonce(us), **REPORT)
    fields = {name: page.fields[name] for name in ("_nonce", "_seen")}
    changed = REPORT | {"sealed.title.en": "Something else"}
    us.post(f"{KIND}/follow", _nonce=fields["_nonce"], **changed)
    refused = us.post(f"{KIND}/table", 422, **fields)
    assert "The draft was changed after it was shown." in refused.text
    us.post(f"{KIND}/follow", _nonce=fields["_nonce"], **REPORT)
    thread = us.post(f"{KIND}/table", **fields)
    assert "A link was opened" in thread.text
    assert "Signed and tabled." in thread.text
    assert (
        us.client.post(
            f"{us.base}{KIND}/table",
            data={"_token": page.fields["_token"], **fields},
            headers={"Origin": SITE},
        ).status_code
        == 404
    )


def test_what_the_gate_refuses_is_said_with_the_form_as_it_was(us: Browser) -> None:
    page = us.post(f"{KIND}/check", 422, _nonce=nonce(us), **(REPORT | {"open.month": "2031-01"}))
    assert "The month of the event had not begun" in page.text
    assert "A link was opened" in page.text


def test_an_answer_knows_its_thread_and_offers_the_records_that_it_can_mean(us: Browser) -> None:
    root = next(
        one.root
        for one in us.watch.indexes["live"].newest(9)
        if one.kind == "incidents.report" and one.party == "us"
    )
    thread = us.get(f"/thread/{root}")
    answer = next(one for one in thread.links if "/new/incidents.update" in one)
    form = Page(us.client.get(answer).text)
    assert "An agent opened a link" in form.text
    assert ("option", {"value": root}) in form.tags or (
        "input",
        {"type": "radio", "name": "open.previous", "value": root},
    ) in form.tags


def test_a_kind_that_nobody_has_and_a_draft_that_is_gone_are_refused_in_words(us: Browser) -> None:
    assert us.client.get(f"{us.base}/new/incidents.nonesuch").status_code == 404
    assert us.client.get(f"{us.base}/new/accord.amend").status_code == 404
    assert us.client.get(f"{us.base}{KIND}?draft=../../node").status_code == 404


def test_drafts_are_for_their_owner_alone_and_bounded(world: World) -> None:
    with at(world, "us") as browser:
        name = nonce(browser)
        browser.post(f"{KIND}/follow", _nonce=name, **REPORT)
    path = world.home("us") / "desk" / "drafts" / f"{name}.json"
    assert path.stat().st_mode & 0o077 == 0
    drafts = Drafts(path.parent)
    for number in range(MOST - 1):
        path.with_name(f"{number:032x}.json").write_bytes(b"{}")
    with pytest.raises(Exceeded, match=r"desk\.5"):
        drafts.keep(drafts.new("incidents.report", "live", None, 0))
    assert [one.nonce for one in drafts.all()] == [name]


@pytest.mark.slow
def test_every_kind_of_every_pillar_has_a_form_that_can_be_shown_and_checked(tmp_path: Path) -> None:
    heading, line = "scales:", '  {}: {{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}}\n'
    more = "".join(line.format(name) for name in pillars.editions() if f"  {name}:" not in ACCORD)
    world = World(tmp_path, accord=ACCORD.replace(heading, more + heading, 1)).found()
    with world.nodes() as nodes:
        world.settle(nodes)
    with at(world, "us") as browser:
        for name, one in pillars.editions().items():
            for kind in [f"{name}.{short}" for short in one.pillar.kinds]:
                page = browser.get(f"/new/{kind}")
                browser.post(f"/new/{kind}/check", 422, _nonce=page.fields["_nonce"])


def test_unseen_finds_what_steers_and_lets_texts_of_any_language_be() -> None:
    assert sheet.unseen("a\u202eb") == "U+202E"
    assert sheet.unseen("line\nline\ttab 中文 नमस्ते\u200d") is None


@pytest.mark.slow
def test_beside_a_node_that_serves_the_desk_looks_and_signs_through_its_door(world: World) -> None:
    words = [sys.executable, "-m", "detente.faces.serve", "--home", str(world.home("us"))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert json.loads(process.stdout.readline() if process.stdout else "")["party"] == "us"
            world.clock.at = time.time_ns() // 1_000_000
            with at(world, "us") as browser:
                browser.watch.start()
                assert "The node does not run now" not in browser.get("/").text
                page = browser.post(f"{KIND}/check", _nonce=nonce(browser), **REPORT)
                fields = {name: page.fields[name] for name in ("_nonce", "_seen")}
                assert "A link was opened" in browser.post(f"{KIND}/table", **fields).text
        finally:
            process.terminate()
        assert process.wait(30) == 0
    with world.open("us") as node:
        found = [node.record(one.id).values.get("title") for one in node.records("live", "incidents.report")]
    assert ["A link was opened", "链接被打开"] in found


@pytest.mark.slow
def test_an_exercise_says_so_on_every_page_and_is_apart_from_what_is_real(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world = World(tmp_path_factory.mktemp("both"), domains=("live", "exercise")).found()
    with world.open("us") as node:
        node.table(draft(1))
        node.table(draft(2, values={"title": ["A drill", "演练一次"]}).within("exercise"))
    with at(world, "us") as browser:
        assert "EXERCISE" not in browser.get("/").text
        assert "A drill" not in browser.get("/pillar/incidents").text
        browser.base = browser.base.replace("/live", "/exercise")
        for path in ("/", "/pillar/incidents", KIND):
            assert "EXERCISE EXERCISE EXERCISE" in browser.get(path).text
        shown = browser.get("/pillar/incidents").text
        assert "A drill" in shown
        assert "An agent opened a link" not in shown
        # Reports under work are real: an exercise neither leads to them nor shows them.
        assert not [one for one in browser.get("/").links if one.endswith("/triage")]
        answer = browser.client.get(f"{browser.base}/triage")
        assert (answer.status_code, "triage.19" in answer.text) == (404, True)
