"""The intake: a reporter needs a browser without scripts, or their own machine; strangers get a plain no."""

import asyncio
import base64
import json
import os
import re
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any, get_args

import httpx
import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from detente.faces import openapi
from detente.faces.cli import main
from detente.faces.cli.intake import ACTS
from detente.faces.intake import application as addresses
from detente.faces.intake import pages, programs, serve
from detente.faces.intake.application import HEADERS, application
from detente.faces.intake.desk import Desk
from detente.faces.intake.officers import Officers
from detente.faces.intake.turnstile import Turnstile
from detente.node.clock import SetClock, SystemClock
from detente.node.confidence import attachment, letter, stamp, token
from detente.node.confidence.cabinet import DAY, Cabinet
from detente.node.confidence.card import VERSION, Card
from detente.node.confidence.code import Code
from detente.node.confidence.counter import Counter
from detente.node.confidence.entry import Act
from detente.node.confidence.officer import Opener
from detente.node.confidence.report import USES, Reply, Report
from detente.node.errors import Exceeded

NOW = 1_795_000_000_000
SAID = "XYZZY-the-one-phrase"
ADA = Opener("duty-1", ((sha256(b"a").digest(), sha256(b"b").digest()),))
KEEPER = Opener("keeper-1", ((sha256(b"c").digest(), sha256(b"d").digest()),))
WAIT_SECONDS = 60.0


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    clock = SetClock(NOW)
    cabinet = Cabinet.create(tmp_path / "home", clock)
    counter = Counter.at(cabinet)
    counter.publish(
        Card(
            v=VERSION,
            party="neutral",
            serial=1,
            at=NOW,
            until=NOW + 90 * DAY,
            officers=(ADA.public,),
            keepers=(KEEPER.keeper,),
            days=180,
            stamp=counter.vkey("neutral"),
        )
    )
    cabinet.close()
    return Desk(tmp_path / "home", clock)


class Browser:
    """Asks an application without a socket; it keeps no cookie and runs no script."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (as httpx takes them)
        return self._ask("POST", path, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (as httpx takes them)
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as one:
                return await one.request(method, path, **more)

        return asyncio.run(ask())


@pytest.fixture
def client(desk: Desk) -> Browser:
    return Browser(application(desk))


def fields(**more: str) -> dict[str, str]:
    """Return what the form sends, at the least."""
    return {"screened": "none", "title": "一次未遂", "account": SAID, **more}


def shown(text: str, name: str) -> str:
    """Return what a page shows in the element of this id."""
    found = re.search(rf'id="{name}">([^<]*)<', text)
    assert found, text
    return found[1]


def hand_in(client: Browser, language: str = "zh", **more: str) -> Code:
    """Report over the form, and return the code."""
    answer = client.post(f"/{language}/send", files=[("files", ("", b""))], data=fields(**more))
    assert answer.status_code == 200, answer.text
    return Code.parse(shown(answer.text, "code"))


@pytest.mark.parametrize("use", [*USES, "anything", ""])
def test_the_form_offers_each_use_and_stamps_the_one_that_was_chosen_or_the_narrowest(
    desk: Desk, client: Browser, use: str
) -> None:
    page = client.post("/en/report", data={"screened": "none"}).text
    assert re.findall(r'name="use" value="(\w+)"( checked)?', page) == [
        (one, " checked" if one == "learning_only" else "") for one in USES
    ]
    hand_in(client, use=use)
    chosen = use if use in USES else "learning_only"
    assert Officers(desk, ADA).open(1, None).report.use == chosen


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_a_report_by_browser_is_receipted_questioned_answered_and_closed(
    desk: Desk, client: Browser, language: str
) -> None:
    assert client.get(f"/{language}/").status_code == 200
    assert 'name="identity"' in client.post(f"/{language}/report", data={"screened": "none"}).text
    sent = client.post(
        f"/{language}/send",
        files=[("files", ("log.txt", b"line\n"))],
        data=fields(identity="a name", ongoing="no"),
    )
    code, receipt = Code.parse(shown(sent.text, "code")), shown(sent.text, "receipt")
    assert stamp.check(receipt.encode(), desk.card().stamp).use == "learning_only"
    officers = Officers(desk, ADA)
    found = officers.open(1, None)
    assert (found.report.account, found.report.ongoing, found.files[0][0].kind) == (SAID, False, "text")
    assert found.report.language == language
    officers.write(1, "question", "Which version? 哪个版本？")
    page = client.post(f"/{language}/follow", data={"code": code.text.lower()})
    assert "Which version? 哪个版本？" in page.text
    assert (
        "The second."
        in client.post(f"/{language}/answer", data={"code": code.text, "text": "The second."}).text
    )
    assert [one.text for _, one in officers.open(1, None).thread][-1] == "The second."
    officers.write(1, "closed", "", "acted_on", "Watch who may edit the monitor.")
    page = client.post(f"/{language}/follow", data={"code": code.text})
    assert "Watch who may edit the monitor." in page.text
    assert pages.words()["outcome_acted_on"][language] in page.text
    assert Officers(desk, KEEPER).identity(1, "to call back") == "a name"


@pytest.mark.parametrize("choice", pages.SCREENED[1:])
def test_what_is_not_taken_is_sent_elsewhere_before_anybody_is_asked_who_they_are(
    client: Browser, choice: str
) -> None:
    for language in pages.LANGUAGES:
        first = client.get(f"/{language}/").text
        assert pages.words()[f"screen_{choice}"][language] in first
        assert "identity" not in first
        answer = client.post(f"/{language}/report", data={"screened": choice}).text
        assert pages.words()[f"elsewhere_{choice}"][language] in unescape(answer)
        assert "identity" not in answer


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_address_that_was_kept_of_a_later_page_leads_to_where_all_begins(
    client: Browser, language: str
) -> None:
    for page in ("report", "send", "answer"):
        told = client.get(f"/{language}/{page}")
        assert (told.status_code, told.headers["location"]) == (303, f"/{language}/")
    assert client.get(f"/{language}/elsewhere").status_code == client.get("/fr/report").status_code == 404
    assert client.get(f"/{language}/follow").status_code == 200


def test_the_form_is_not_to_be_had_past_the_screening(desk: Desk, client: Browser) -> None:
    for path, data in (("report", {}), ("report", {"screened": "x"}), ("send", fields(screened="crime"))):
        assert client.post(f"/en/{path}", data=data).status_code == 400
    with desk.open() as counter:
        assert counter.cabinet.entries() == []


def test_every_answer_is_closed_to_scripts_frames_caches_and_cookies(client: Browser) -> None:
    for answer in (client.get("/"), client.get("/zh/"), client.post("/en/follow", data={"code": "x"})):
        policy = answer.headers["content-security-policy"]
        assert "script" not in policy
        assert policy.startswith("default-src 'none'")
        assert {name for name in HEADERS if name.lower() not in answer.headers} == set()
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert " on" + "click" not in answer.text


def test_both_languages_have_every_sentence_with_the_same_holes() -> None:
    for name, said in pages.words().items():
        assert said.keys() == set(pages.LANGUAGES), name
        holes = [sorted(re.findall(r"\{[a-z]+\}", said[one])) for one in pages.LANGUAGES]
        assert holes[0] == holes[1], name


@pytest.mark.parametrize(
    ("language", "whose"), [("en", "Whose desk this is: neutral."), ("zh", "所属方：neutral。")]
)
def test_a_reporter_reads_whose_desk_it_is_and_what_the_server_sees_before_typing_anything(
    client: Browser, language: str, whose: str
) -> None:
    first = unescape(client.get(f"/{language}/").text)
    form = unescape(client.post(f"/{language}/report", data={"screened": "none"}).text)
    for page in (first, form):
        assert whose in page
        assert pages.words()["limit"][language] in page
        assert "`" not in page


def test_what_was_typed_is_in_no_file_of_the_desk(desk: Desk, client: Browser) -> None:
    code = hand_in(client, identity="Nobody Inparticular")
    client.post("/en/answer", data={"code": code.text, "text": f"more {SAID}"})
    lying = b"".join(one.read_bytes() for one in desk.home.rglob("*") if one.is_file())
    assert [one for one in (SAID, "Inparticular", "一次未遂", code.text) if one.encode() in lying] == []
    assert code.lookup.encode() in lying


def test_another_code_finds_nothing_and_a_slip_is_told_from_it(client: Browser) -> None:
    code = hand_in(client)
    assert client.post("/en/follow", data={"code": Code(bytes(16)).text}).status_code == 404
    slip = ("0" if code.text[0] != "0" else "1") + code.text[1:]
    answer = client.post("/zh/follow", data={"code": slip})
    assert answer.status_code == 400
    assert "跟进码输入有误" in answer.text


def test_markup_that_a_reporter_or_an_officer_writes_is_shown_and_not_obeyed(
    desk: Desk, client: Browser
) -> None:
    code = hand_in(client)
    Officers(desk, ADA).write(1, "question", "<img src=x onerror=alert(1)>\u202e")
    page = client.post("/en/follow", data={"code": code.text}).text
    assert "&lt;img src=x" in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    ("name", "data", "step"),
    [
        ("bomb.zip", b"PK\x03\x04" + b"\0" * 100, "attachment.2"),
        ("notes.txt", b"PK\x03\x04" + b"\0" * 100, "attachment.2"),
        ("bomb.gz", b"\x1f\x8b\x08" + b"\0" * 100, "attachment.2"),
        ("picture.png", b"\x7fELF" + b"\0" * 100, "attachment.2"),
        ("picture.png", b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82 and more", "attachment.3"),
        ("big.txt", b"a" * (attachment.MAX_BYTES + 1), "attachment.1"),
        ("empty.txt", b"", "attachment.3"),
    ],
)
def test_a_hostile_file_is_refused_by_what_it_is_and_the_report_is_not_kept_without_it(
    desk: Desk, client: Browser, name: str, data: bytes, step: str
) -> None:
    answer = client.post("/en/send", files=[("files", (name, data))], data=fields())
    assert answer.status_code in (400, 413)
    assert step in answer.text
    with desk.open() as counter:
        assert counter.cabinet.entries() == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "bad.txt is a ZIP archive or an Office document; such files are not taken."),
        ("zh", "文件 bad.txt 为 ZIP 压缩包或 Office 文档，此类文件不予接收。"),
    ],
)
def test_of_several_files_the_one_that_is_not_taken_is_named(
    client: Browser, language: str, said: str
) -> None:
    sent = [("files", ("good.txt", b"a line")), ("files", ("a/b/bad.txt", b"PK\x03\x04" + b"\0" * 9))]
    assert said in client.post(f"/{language}/send", files=sent, data=fields()).text


def test_a_name_with_a_path_in_it_leads_nowhere(desk: Desk, client: Browser, tmp_path: Path) -> None:
    evil = "../../../etc/cron.d/evil\x00.txt"
    body = (
        b'--b\r\nContent-Disposition: form-data; name="screened"\r\n\r\nnone\r\n'
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nt\r\n'
        b'--b\r\nContent-Disposition: form-data; name="account"\r\n\r\na\r\n'
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="'
        + evil.encode()
        + b'"\r\n\r\nx\r\n--b--\r\n'
    )
    answer = client.post(
        "/en/send", content=body, headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 200
    found = Officers(desk, ADA).open(1, tmp_path / "out")
    assert found.files[0][0].name == "evil.txt"
    written = [one for one in tmp_path.rglob("*") if one.is_file() and "home" not in one.parts]
    assert [(str(one.relative_to(tmp_path)), one.stat().st_mode & 0o777) for one in written] == [
        ("out/quarantine/1.txt", 0o400)
    ]


def test_an_archive_that_a_hostile_reporter_has_sealed_at_home_is_marked_and_never_unpacked(
    desk: Desk, client: Browser, tmp_path: Path
) -> None:
    sealed = _letter(desk, Code(b"0123456789abcdef"), files=(b"PK\x03\x04" + b"\0" * 9,))
    assert client.post("/api/v1/letters", content=sealed).status_code == 201
    found = Officers(desk, ADA).open(1, tmp_path / "out")
    assert "ZIP archive" in found.files[0][0].refusal
    assert [one.name for one in (tmp_path / "out/quarantine").iterdir()] == ["1.refused"]


def _letter(desk: Desk, code: Code, files: tuple[bytes, ...] = ()) -> bytes:
    report = Report(language="en", title="t", account=SAID, reply=Reply.to(code))
    return letter.seal(report, "", files, code, (desk.card(), NOW))


def test_a_sealed_report_gets_the_same_receipt_twice_and_a_bent_one_none(desk: Desk, client: Browser) -> None:
    sealed = _letter(desk, Code(b"0123456789abcdef"))
    first = client.post("/api/v1/letters", content=sealed)
    again = client.post("/api/v1/letters", content=sealed)
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert stamp.check(first.content, desk.card().stamp, sha256(sealed).hexdigest()).number == 1
    told = client.post("/api/v1/letters", content=sealed[:-1])
    assert told.status_code == 400
    assert told.json()["remedy"] == "Send it again, whole."
    assert told.json()["zh"]["remedy"] == "请重新完整发送。"


def test_a_program_needs_a_token_and_is_told_what_to_do(desk: Desk, client: Browser) -> None:
    value = {"screened": "none", "language": "en", "title": "t", "account": SAID}
    value["files"] = [{"name": "a.txt", "base64": base64.b64encode(b"line").decode()}]
    assert client.post("/api/v1/reports", json=value).json()["step"] == "programs.1"
    wrong = client.post("/api/v1/reports", json=value, headers={"authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json()["step"]) == (403, "token.2")
    with desk.open() as counter:
        given = token.draw(counter.cabinet, "lab-7")
    bearer = {"authorization": f"Bearer {given}"}
    assert (
        client.post("/api/v1/reports", json={**value, "screened": "crime"}, headers=bearer).status_code == 400
    )
    unknown = client.post("/api/v1/reports", json={**value, "x": 1}, headers=bearer)
    assert (unknown.status_code, unknown.json()["step"]) == (400, "programs.2")
    made = client.post("/api/v1/reports", json=value, headers=bearer)
    assert made.status_code == 201
    with desk.open() as counter:
        assert counter.cabinet.entry(1).via == "api:lab-7"
        assert given.encode() not in b"".join(
            one.read_bytes() for one in desk.home.rglob("*") if one.is_file()
        )
        assert token.end(counter.cabinet, "lab-7") == 1
    assert client.post("/api/v1/reports", json=value, headers=bearer).status_code == 403
    assert "number 1\n" in made.json()["receipt"]


def test_the_description_names_exactly_the_addresses_for_programs(client: Browser) -> None:
    said = {(path, method) for path, item in openapi.INTAKE["paths"].items() for method in item}
    there = {
        (route.path, method.lower())
        for route in client.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith(("/api/", "/card"))
    }
    assert said == there
    assert client.get("/openapi.json").json() == openapi.INTAKE


def test_the_description_names_every_field_of_a_report_and_its_values_and_how_a_refusal_reads(
    client: Browser,
) -> None:
    page = client.get("/openapi.json").json()
    post = page["paths"]["/api/v1/reports"]["post"]
    said = post["requestBody"]["content"]["application/json"]["schema"]
    _, kinds = json.loads(msgspec.json.encode(msgspec.json.schema_components([programs.Spoken])))
    report, file = kinds["Spoken"], kinds["File"]
    assert {name: _plain(one) for name, one in said["properties"].items()} == {
        name: _plain(one) for name, one in report["properties"].items()
    }
    items = said["properties"]["files"]["items"]
    assert items["properties"] == file["properties"]
    assert (said["required"], items["required"]) == (report["required"], file["required"])
    assert post["security"] == [{"token": []}]
    assert page["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    refused = client.post("/api/v1/reports", json={}).json()
    assert post["responses"]["403"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Refusal"
    }
    schema = page["components"]["schemas"]["Refusal"]
    assert set(refused) == set(schema["properties"]) == set(schema["required"])


def _plain(field: dict[str, Any]) -> tuple[Any, ...]:
    """What a field may hold: its types or values, and what stands for it where it is left out."""
    kinds = field.get("type", [one["type"] for one in field.get("anyOf", [])])
    return (kinds, field.get("enum"), field.get("default", "needed"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"title=t"),
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nv\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n" * 100),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--',
        ),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(99))),
        ("application/x-www-form-urlencoded", b"title=%ff"),
        ("application/x-www-form-urlencoded", b"title=\xff"),
    ],
)
def test_what_is_no_form_is_refused(client: Browser, kind: str, body: bytes) -> None:
    answer = client.post("/en/send", content=body, headers={"content-type": kind})
    assert (answer.status_code, "posted." in answer.text) == (400, True)


def test_lone_surrogates_are_no_text(client: Browser) -> None:
    bent = json.dumps({"lookup": "\ud800"}).encode()
    assert client.post("/api/v1/threads", content=bent).status_code in (400, 404)


def test_too_many_in_a_minute_are_asked_to_wait_and_the_next_minute_is_theirs() -> None:
    at = [0.0]
    gate = Turnstile(all=5, per_address=2, clock=lambda: at[0])
    gate.enter("a")
    gate.enter("a")
    with pytest.raises(Exceeded, match=r"turnstile\.1"):
        gate.enter("a")
    gate.enter("b")
    gate.enter("b")
    with pytest.raises(Exceeded, match=r"turnstile\.1"):
        gate.enter("c")
    at[0] = 60.0
    gate.enter("a")
    assert "'a'" not in repr(gate)


def test_bodies_on_their_way_have_a_common_limit() -> None:
    gate = Turnstile(memory=10)
    with gate.carrying() as mine:
        mine(8)
        with pytest.raises(Exceeded, match=r"turnstile\.2"), gate.carrying() as theirs:
            theirs(8)
        mine(2)
    with gate.carrying() as later:
        later(10)


def test_a_flood_is_told_when_to_come_again(desk: Desk) -> None:
    client = Browser(application(desk, Turnstile(all=1)))
    hand_in(client)
    answer = client.post("/api/v1/letters", content=b"x")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert client.post("/zh/send", data=fields()).status_code == 429


@contextmanager
def listening(desk: Desk) -> Iterator[int]:
    """Run the intake on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = uvicorn.Server(serve._config(desk, Turnstile(all=10_000, per_address=10_000)))  # noqa: SLF001 (as it is served)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.slow
def test_reports_under_load_beside_strangers_with_half_a_request_are_all_kept_and_numbered(
    desk: Desk,
) -> None:
    with listening(desk) as port:
        halves = []
        for n in range(40):
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            line.sendall(
                b"POST /en/send HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nab"[: 1 + n * 2]
            )
            halves.append(line)
        huge = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        huge.sendall(b"POST /api/v1/letters HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
        letters = [_letter(desk, Code(n.to_bytes(16))) for n in range(1, 17)]
        receipts: list[bytes] = []

        def send(some: list[bytes]) -> None:
            for one in some:
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/api/v1/letters", content=one, timeout=WAIT_SECONDS
                )
                assert answer.status_code == 201, answer.text
                receipts.append(answer.content)

        senders = [threading.Thread(target=send, args=(letters[n::4],)) for n in range(4)]
        for one in senders:
            one.start()
        for one in senders:
            one.join()
        for line in (*halves, huge):
            line.close()
    numbers = sorted(stamp.check(one, desk.card().stamp).number for one in receipts)
    assert numbers == list(range(1, 17))
    with desk.open() as counter:
        assert counter.cabinet.broken() == ""
        assert [one.number for one in counter.cabinet.entries()] == numbers


def test_a_body_that_drips_is_cut_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "SLOW_SECONDS", 0.2)
    with listening(desk) as port, socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as line:
        line.sendall(b"POST /en/send HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nab")
        assert line.recv(4096).startswith(b"HTTP/1.1 429")


def test_due_identities_are_destroyed_by_the_intake_itself_and_a_hold_is_told(
    desk: Desk, client: Browser
) -> None:
    for _ in range(2):
        hand_in(client, identity="a name")
    with desk.open() as counter:
        counter.cabinet.hold(2, "court order 7", "duty-1")
    assert isinstance(desk.clock, SetClock)
    desk.clock.advance(180 * DAY)
    assert serve.destroy_due(desk, "intake serve") == ([1], [2])
    with desk.open() as counter:
        assert [counter.cabinet.safe.holds(n) for n in (1, 2)] == [False, True]


def test_a_desk_that_cannot_write_gives_no_receipt(
    desk: Desk, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Cabinet, "_log", full)
    answer = client.post("/en/send", data=fields())
    assert answer.status_code == 503
    assert "detente-receipt" not in answer.text
    monkeypatch.undo()
    with desk.open() as counter:
        assert counter.cabinet.entries() == []


@pytest.fixture
def typed() -> Iterator[Callable[[str], int]]:
    """Return what puts a line on a descriptor of its own."""
    opened: list[int] = []

    def line(text: str) -> int:
        ends = os.pipe()
        os.write(ends[1], text.encode() + b"\n")
        os.close(ends[1])
        opened.append(ends[0])
        return ends[0]

    yield line
    for one in opened:
        os.close(one)


PHRASE = "five words that nobody guesses"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run the command line, and return what it printed."""
    code = main([str(one) for one in words])
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def drawn(capsys: pytest.CaptureFixture[str], here: Path, typed: Callable[[str], int]) -> list[object]:
    """Make a desk in `here/home`, its keys and its card; return the arguments that name its readers."""
    run(capsys, "intake", "init", "--home", here / "home")
    for name, more in (("duty-1", []), ("keeper-1", ["--keeper"])):
        words = ["--name", name, "--to", here / f"{name}.key", *more, "--passphrase-fd", typed(PHRASE)]
        (here / f"{name}.json").write_text(run(capsys, "intake", "keys", *words))
    sides = ["--officer", here / "duty-1.json", "--keeper", here / "keeper-1.json"]
    words = ["--home", here / "home", "--party", "neutral", *sides]
    made = run(capsys, "intake", "card", *words, "--to", here / "card")
    assert made.strip().splitlines()[-1].strip() in run(capsys, "confide", "card", here / "card")
    return words


@pytest.mark.slow
def test_an_officer_and_a_reporter_work_from_the_command_line_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: Callable[[str], int]
) -> None:
    here, home = tmp_path, ["--home", tmp_path / "home"]
    words = drawn(capsys, here, typed)
    for name, text in (("account", SAID), ("me", "a name"), ("question", "Which?"), ("lesson", "Watch it.")):
        (here / f"{name}.txt").write_text(text, encoding="utf-8")
    report = ["confide", "report", "--card", here / "card", "--title", "t", "--account", here / "account.txt"]
    more = ["--identity", here / "me.txt", "--attach", here / "account.txt", "--screened", "none"]
    Code.parse(run(capsys, *report, *more, "--to", here / "letter").splitlines()[0])
    (here / "receipt").write_text(run(capsys, "intake", "take", here / "letter", *home))
    checked = ["--card", here / "card", "--letter", here / "letter"]
    assert "number 1" in run(capsys, "confide", "check", here / "receipt", *checked)
    assert "unread" in run(capsys, "intake", "list", *home)

    def key(name: str = "duty-1") -> list[object]:
        return [*home, "--key", here / f"{name}.key", "--passphrase-fd", typed(PHRASE)]

    assert SAID in run(capsys, "intake", "open", 1, *key(), "--to", here / "out")
    run(capsys, "intake", "ask", 1, *key(), "--text", here / "question.txt")
    rotated = run(capsys, "intake", "rotate", here / "duty-1.key", "--passphrase-fd", typed(PHRASE))
    (here / "duty-1.json").write_text(rotated)
    run(capsys, "intake", "card", *words)
    assert "Which?" in run(capsys, "intake", "open", 1, *key())
    run(capsys, "intake", "close", 1, *key(), "--outcome", "acted_on", "--lesson", here / "lesson.txt")
    assert run(capsys, "intake", "identity", 1, *key("keeper-1"), "--why", "to call") == "a name\n"
    _held_and_destroyed(capsys, home)
    run(capsys, "intake", "forget", here / "duty-1.key", "--passphrase-fd", typed(PHRASE))
    assert main([str(one) for one in ["intake", "open", 1, *key()]]) == 66


def _held_and_destroyed(capsys: pytest.CaptureFixture[str], home: list[object]) -> None:
    by = [*home, "--by", "duty-1"]
    run(capsys, "intake", "hold", 1, "--why", "order 7", *by)
    assert main([str(one) for one in ["intake", "destroy", 1, *by]]) == 65
    capsys.readouterr()
    run(capsys, "intake", "release", 1, *by)
    run(capsys, "intake", "destroy", 1, *by)
    acts = [one["act"] for one in json.loads(run(capsys, "intake", "log", *home, "--json"))]
    assert [one for one in acts if one not in ("opened", "arrived", "asked", "closed")] == [
        "identity-read",
        "held",
        "released",
        "identity-destroyed",
    ]
    told = run(capsys, "intake", "log", *home, "--lang", "zh")
    for word in ("收到", "文件", "查阅身份信息", "法律保全", "解除保全", "销毁身份信息", "order 7"):
        assert word in told
    for word in (*get_args(Act), " file "):
        assert word not in told
    assert "文件" in run(capsys, "intake", "list", *home, "--lang", "zh")


def test_every_act_of_a_desk_has_its_words_in_both_languages() -> None:
    assert set(ACTS) == set(get_args(Act))


@pytest.mark.slow
def test_a_reporter_follows_from_the_command_line_and_believes_only_the_stamp_that_was_compared(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: Callable[[str], int]
) -> None:
    monitored, card = Desk(desk.home, SystemClock()), tmp_path / "card"
    for name, text in (("account", SAID), ("answer", "The second.")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with listening(monitored) as port:
        place = f"http://127.0.0.1:{port}/"
        run(capsys, "confide", "card", place, "--to", card)
        report = ["--card", card, "--title", "t", "--account", tmp_path / "account", "--screened", "none"]
        sent = run(capsys, "confide", "report", *report, "--to", place, "--receipt", tmp_path / "receipt")
        code = sent.splitlines()[0]
        run(capsys, "confide", "check", tmp_path / "receipt", "--card", card)
        Officers(monitored, ADA).write(1, "question", "Which version?")
        follow = ["confide", "follow", place, "--card", card]
        said = run(capsys, *follow, "--code-fd", typed(code), "--answer", tmp_path / "answer")
        assert ("Which version?" in said, "The second." in said) == (True, True)
        (desk.home / "confidence" / "stamp.key").write_bytes(bytes(32))
        with monitored.open() as counter:
            other = Card(**{**_fields(desk.card().card), "stamp": counter.vkey("neutral"), "serial": 2})
            counter.publish(other)
        words = [*follow, "--code-fd", typed(code), "--answer", tmp_path / "answer"]
        assert main([str(one) for one in words]) == 66
        assert "client.6" in capsys.readouterr().err


def _fields(found: Card) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__struct_fields__}
