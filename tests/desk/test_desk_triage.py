"""The triage page: cases are taken in, returned and declined, several at once; shifts go by signatures."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import SITE, Browser, Page

from detente.faces import door
from detente.faces.officer import Officer
from detente.node.casework.entry import SHIFT, Entry
from detente.node.casework.register import FOLDER, Register
from detente.node.sheet import Sheet
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE

PEOPLE = {name: Officer.draw("us", name) for name in ("ada", "ben")}


class Bench:
    """The triage page of us, and the register beside it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.home: Path = browser.watch.window.home.path
        self.register = Register.open(self.home, browser.watch.window.clock)
        for name, officer in PEOPLE.items():
            self.register.do(Entry(case=SHIFT, what="person", by=name, data={"keys": officer.public.keys}))

    def taken(self, source: str, title: str) -> str:
        data = {
            "source": source,
            "kind": "incidents.report",
            "secret": "00" * 32,
            "open": {"use": "learning_only"},
            "values": {"title": [title, ""]},
        }
        made = self.register.do(
            Entry(case=source.encode().hex()[:16].ljust(16, "0"), what="taken", by="ada", data=data)
        )
        assert made is not None
        return made.name

    def states(self) -> list[tuple[str, str]]:
        return [(one.state, one.note) for one in self.register.cases.values()]

    def move(self, act: str, *cases: str, status: int = 200, **form: str) -> Page:
        """Send the form of the work list, with several cases ticked."""
        token = Page(self.browser.client.get(self.browser.base + "/").text).fields["_token"]
        pairs = [("_token", token), ("act", act), *form.items(), *(("case", one) for one in cases)]
        headers = {"Origin": SITE, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(pairs).encode()
        answer = self.browser.client.post(f"{self.browser.base}/triage/move", headers=headers, content=body)
        assert answer.status_code == status, answer.text[:2000]
        return Page(answer.text)


@pytest.fixture
def bench(us: Browser) -> Iterator[Bench]:
    made = Bench(us)
    yield made
    made.register.close()


def test_who_only_looks_writes_nothing(us: Browser) -> None:
    home: Path = us.watch.window.home.path
    assert "No case is open." in us.get("/triage").text
    assert not (home / FOLDER).exists()


def test_cases_are_listed_with_what_they_wait_for_and_may_be_used_for_in_both_languages(bench: Bench) -> None:
    bench.taken("file:a", "An agent <wrote> it")
    page = bench.browser.get("/triage")
    assert "An agent <wrote> it" in page.text
    assert "To learn and to warn alone; never to blame or punish anybody" in page.text
    bench.browser.speak("zh")
    assert "仅用于吸取教训和预警，不得用于追责或处罚任何人" in bench.browser.get("/triage").text


def test_several_cases_are_declined_with_one_reason_all_or_none(bench: Bench) -> None:
    one, two = bench.taken("file:a", "One"), bench.taken("file:b", "Two")
    page = bench.move("decline", one, two, status=422, by="ada", why="Seen before")
    assert "[triage.14]" in page.text
    assert "Seen before" in page.text
    assert "[triage.1]" in bench.move("decline", one, two, status=422, reason="duplicate").text
    assert "[casework.3]" in bench.move("decline", one, "ff", status=422, by="ada", reason="duplicate").text
    assert bench.states() == [("open", ""), ("open", "")]
    bench.move("decline", one, two, by="ada", reason="duplicate", why="Seen before")
    assert bench.states() == [("declined", "duplicate: Seen before")] * 2
    assert "[triage.20]" in bench.move("decline", status=422, by="ada", reason="duplicate").text


def test_a_case_is_returned_with_a_question_and_resumed(bench: Bench) -> None:
    one = bench.taken("file:a", "One")
    assert "[triage.12]" in bench.move("return", one, status=422, by="ada").text
    bench.move("return", one, by="ada", why="Which version?")
    assert bench.states() == [("returned", "Which version?")]
    bench.move("resume", one, by="ben", why="It was the second")
    assert bench.states() == [("open", "It was the second")]


def test_whoever_reported_in_confidence_is_not_left_untold_by_a_page_without_keys(bench: Bench) -> None:
    plain, secret = bench.taken("file:a", "One"), bench.taken("intake:7", "Two")
    for act in ("return", "decline"):
        form = {"by": "ada", "why": "Why?", "reason": "duplicate"}
        page = bench.move(act, plain, secret, status=422, **form)
        assert "[triage.21]" in page.text
        assert secret[:8] in page.text
    assert bench.states() == [("open", ""), ("open", "")]
    assert "detente triage return" in bench.browser.get("/triage").text


def test_a_draft_of_this_home_is_taken_in_once(bench: Bench) -> None:
    with door.reach(bench.home) as node:
        node.keep((Sheet(name="0a" * 16, kind="incidents.report", values={"title": ["A draft", ""]}),))
    bench.browser.post("/triage/take", draft="0a" * 16, by="ada")
    assert "A draft" in bench.browser.get("/triage").text
    again = bench.browser.post("/triage/take", status=422, draft="0a" * 16, by="ada")
    assert "[casework.4]" in again.text
    assert "[drawer.1]" in bench.browser.post("/triage/take", status=422, draft="nothing", by="ada").text
    assert len(bench.register.cases) == 1


def test_a_shift_is_handed_over_and_taken_over_by_signatures_of_the_right_people(bench: Bench) -> None:
    bench.taken("file:a", "One")

    def signed(by: str, page: Page) -> str:
        found = re.search(r'id="text" readonly>([^<]*)<', page.html)
        assert found
        text = found[1].replace("&#34;", '"')
        return envelope.dump(PEOPLE[by].sign(ACT_TYPE, text.encode())).decode()

    # A browser sends line breaks as CR and LF, and what steers a screen stands as an escape.
    form = {"act": "handover", "to": "ben", "why": "Mind the first\r\nand the \u202esecond"}
    page = bench.browser.post("/triage/shift", **form)
    form["why"] = page.fields["why"].replace("\n", "\r\n")
    approval = signed("ada", page)
    wrong = bench.browser.post(
        "/triage/shift", status=422, **form | {"why": "Something else"}, approval=approval
    )
    assert "[person.1]" in wrong.text
    bench.browser.post("/triage/shift", **form, approval=approval)
    assert "handed to ben" in bench.browser.get("/triage").text
    page = bench.browser.post("/triage/shift", act="takeover")
    other = bench.browser.post("/triage/shift", status=422, act="takeover", approval=signed("ada", page))
    assert "[casework.5]" in other.text
    bench.browser.post("/triage/shift", act="takeover", approval=signed("ben", page))
    kept = [one for one in bench.register.entries() if one.what in ("handed-over", "taken-over")]
    assert [(one.what, one.by) for one in kept] == [("handed-over", "ada"), ("taken-over", "ben")]
    assert kept[0].data["why"] == "Mind the first\nand the \\u202esecond"
    assert base64.b64decode(kept[0].approval)
    assert "handed to ben" not in bench.browser.get("/triage").text
