"""Acts about the accord from the desk: what would be signed stands in words, and officers sign elsewhere."""

import html
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Browser, at

from detente.accord.acts import DECIDE, DISPUTE, RESOLVE
from detente.accord.field import fields
from detente.faces import statement
from detente.faces.desk import sheet
from detente.pillars.notices.kinds import Pause
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from homes import ACCORD, DAY, REPORT, World, draft

TRIGGER = """triggers:
  - id: ongoing
    on: incidents.report
    when: facts.ongoing
    propose: {pause: subject, notify: all}
    decide: PT4H
outflow:"""


def _path(browser: Browser, link: str) -> str:
    return html.unescape(link).removeprefix(browser.base)


def _link(browser: Browser, words: str) -> str:
    """The address of a link of the home page that begins like this."""
    links = browser.get("/").links
    found = [one for one in links if words in one]
    assert found, links
    return _path(browser, found[0])


def _kinds(world: World, party: str) -> list[str]:
    with world.open(party) as node:
        return [one.kind for one in node.records()]


def _signatures(world: World, act: bytes, party: str = "us") -> str:
    people = [world.officer(f"{party}-{one}") for one in ("first", "second")]
    return "\n".join(envelope.dump(one.sign(ACT_TYPE, act)).decode() for one in people)


def _hidden(page_html: str, name: str) -> str:
    return page_html.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.mark.slow
def test_a_proposal_is_decided_with_the_words_that_officers_sign_and_not_without_their_signatures(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, accord=ACCORD.replace("outflow:", TRIGGER)).found()
    with world.nodes() as nodes:
        nodes["us"].table(draft(1, open=REPORT | {"ongoing": True}))
        world.settle(nodes)
    with at(world, "us") as us:
        where = _link(us, "/act/decide")
        asked = us.get(where)
        assert "pause" in asked.text
        assert "What the officers sign" not in asked.text, "nothing is to be signed before it is answered"
        answered = us.get(f"{where}&answer=take")
        answer = us.client.get(f"{us.base}{where.replace('/decide?', '/decide/file?')}&answer=take")
        assert json.loads(answer.content)["says"]["answer"] == "take"
        for line in statement.read(answer.content).lines:
            assert line.en.strip() in answered.text
            assert line.zh.strip() in answered.text
        form = {**_query(where), "answer": "take"}
        form |= {name: _hidden(answered.html, name) for name in ("digest", "_nonce")}
        none = us.post("/act/decide/log", status=422, **form)
        assert "declaring.1" in none.text
        other = answer.content.replace(b'"take"', b'"refuse"')
        wrong = us.post("/act/decide/log", status=422, **form, signatures=_signatures(world, other))
        assert "solemn.3" in wrong.text
        assert "Nothing was signed" in wrong.text
        _to_the_officers_and_back(us, answered.html, where)
        form["signatures"] = _signatures(world, answer.content)
        us.post("/act/decide/log", **form)
        us.post("/act/decide/log", **form)
    assert _kinds(world, "us").count(DECIDE) == 1, "sent twice, it is logged once"


def _to_the_officers_and_back(us: Browser, page: str, where: str) -> None:
    """From an act's page it is brought to the officers'; theirs lists it, and leads back to exactly it."""
    listed = us.get("/officers")
    assert f"{us.base}{where}" in [html.unescape(one) for one in listed.links]
    form = page.partition('/officers/bring"')[2]
    brought = {name: html.unescape(_hidden(form, name)) for name in ("text", "back")}
    away = us.post("/officers/bring", text=brought["text"], back="//elsewhere.example/act/decide?a=b")
    assert not any("elsewhere" in one for one in away.links)
    signing = us.post("/officers/bring", **brought)
    assert f"{us.base}{where}&answer=take" in [html.unescape(one) for one in signing.links]
    assert _hidden(page, "digest") in signing.html


def _query(where: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in urlsplit(where).query.split("&"))


def test_an_act_that_was_changed_after_it_was_shown_is_shown_once_more_and_not_logged(us: Browser) -> None:
    name = us.watch.indexes["live"].newest(50)[-1].id
    shown = us.get(f"/act/dispute?record={name}&about=facts")
    form = {"record": name, "digest": _hidden(shown.html, "digest"), "_nonce": _hidden(shown.html, "_nonce")}
    again = us.post("/act/dispute/log", status=422, **form, about="authenticity")
    assert "whose record it is" in again.text
    us.watch.follow()
    assert not any(one.kind == DISPUTE for one in us.watch.indexes["live"].newest(5))


def test_a_record_is_disputed_from_its_thread_and_the_raiser_can_take_it_back(
    us: Browser, world: World
) -> None:
    report = next(one for one in us.watch.indexes["live"].newest(50) if one.kind == "incidents.report")
    assert f"{us.base}/act/dispute?record={report.id}" in us.get(f"/thread/{report.root}").links
    shown = us.get(f"/act/dispute?record={report.id}&about=facts")
    assert "what the record says" in shown.text
    assert "记录的内容" in shown.text, "both languages stand there, whichever is spoken"
    form = {"record": report.id, "about": "facts", "digest": _hidden(shown.html, "digest")}
    us.post("/act/dispute/log", **form, _nonce=_hidden(shown.html, "_nonce"))
    us.watch.follow()
    where = _link(us, "/act/resolve")
    page = us.get(where)
    assert "the dispute is taken back" in page.text
    assert "the neutral has a finding" not in page.text, "that is for the neutral alone"
    act = us.client.get(f"{us.base}{where.replace('/resolve?', '/resolve/file?')}&answer=drop").content
    answered = us.get(f"{where}&answer=drop")
    form = {**_query(where), "answer": "drop"}
    form |= {name: _hidden(answered.html, name) for name in ("digest", "_nonce")}
    us.post("/act/resolve/log", **form, signatures=_signatures(world, act))
    assert not [one for one in us.get("/").links if "/act/resolve" in one]
    assert {DISPUTE, RESOLVE} <= set(_kinds(world, "us"))


@pytest.mark.parametrize(
    "where",
    [
        "/act/nonesuch?record=00",
        "/act/decide?record=00&clause=x",
        "/act/resolve?dispute=00",
        "/act/attest?pause=00",
        "/act/dispute?record=%00<script>",
    ],
)
def test_an_act_about_nothing_is_refused_in_words(us: Browser, where: str) -> None:
    answer = us.client.get(us.base + where)
    assert answer.status_code == 404
    assert "desk.10" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


@pytest.fixture
def paused(world: World) -> World:
    """Cn asks us to pause."""
    with world.nodes() as nodes:
        opened = {
            "binds": "us",
            "about": None,
            "activity": "agents_with_tools",
            "grounds": "precaution",
            "until": world.clock.now() + 2 * DAY + 7_013,
            "precedence": "priority",
            "respond_by": None,
        }
        nodes["cn"].table(draft(41, kind="notices.pause", open=opened, values={}))
        world.settle(nodes)
    return world


def test_a_requested_pause_is_answered_from_the_home_page_with_forms_that_know_it(paused: World) -> None:
    with at(paused, "us") as us:
        accept = us.get(_link(us, "/new/notices.pause?"))
        pause = next(one for one in us.watch.indexes["live"].newest(9) if one.kind == "notices.pause")
        term = us.watch.window.panes["live"].library[pause.id].open["until"]
        assert _chosen(accept.html) >= {"us", "agents_with_tools", "precaution", "priority"}
        assert accept.fields["open.until"] == sheet.moment(term)
        assert term % 60_000, "it has seconds, and they are carried over"
        decline = us.get(_link(us, "/new/notices.answer?"))
        assert _chosen(decline.html) >= {"declined", pause.id}


def _chosen(page_html: str) -> set[str]:
    parts = page_html.split(' value="')[1:]
    return {
        part.partition('"')[0] for part in parts if part.partition(">")[0].endswith((" checked", " selected"))
    }


def test_a_correction_begins_with_every_field_of_what_it_corrects(us: Browser) -> None:
    said = next(one for one in us.watch.indexes["live"].newest(50) if one.kind == "notices.notice")
    entry = us.watch.window.panes["live"].library[said.id]
    page = us.get(f"/new/notices.correction?thread={said.root}&of={said.id}")
    chosen = _chosen(page.html)
    assert said.id in chosen
    assert {
        entry.open["template"],
        entry.open["precedence"],
        entry.open["subject"],
        entry.open["tlp"],
    } <= chosen
    links = us.get(f"/thread/{said.root}").links
    assert f"{us.base}/new/notices.correction?thread={said.root}&of={said.id}" in links


def test_what_an_address_fills_in_is_checked_like_what_is_typed(us: Browser) -> None:
    hostile = "%3Cscript%3E&open.nonesuch=1&open.activity=%E2%80%AE"
    page = us.get(f"/new/notices.pause?open.binds={hostile}")
    assert "<script>" not in page.html
    assert _chosen(page.html).isdisjoint({"us", "cn", "neutral"})


@pytest.mark.parametrize(
    "at_ms", [0, 1_790_000_000_000, 1_790_000_007_013, 1_790_000_060_000, 4_102_444_799_999]
)
def test_a_moment_that_is_carried_over_is_read_as_the_same_to_the_thousandth(at_ms: int) -> None:
    field = next(one for one in fields(Pause) if one.name == "until")
    (text,) = sheet.spelt(field, at_ms)
    assert sheet._one(field, text) == at_ms  # noqa: SLF001 (reads one answer)
