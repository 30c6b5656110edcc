"""Who gets into the desk: other pages, other names, other users of this machine, and what is no form."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser import SITE, Browser

from detente.faces.desk.gatehouse import MAX_BODY
from detente.faces.desk.session import COOKIE, MOST, Sessions
from homes import World


def language(us: Browser, headers: dict[str, str], **form: str) -> int:
    """Try the one act that every page offers."""
    path = f"/{us.desk.sessions.place}/language"
    return us.client.post(path, data={"to": "zh", **form}, headers=headers).status_code


def token(us: Browser) -> str:
    return us.get("/").fields["_token"]


def test_attack_dns_rebinding_another_name_for_this_machine_gets_nothing(us: Browser) -> None:
    for host in (
        "evil.example:8643",
        "localhost",
        "localhost:1",
        "localhost.evil.example:8643",
        "[::1]:8643",
    ):
        assert us.client.get(us.base + "/", headers={"Host": host}).status_code == 421
    assert us.client.get(us.base + "/", headers={"Host": "127.0.0.1:8643"}).status_code == 200


def test_attack_another_page_sends_a_form_with_the_browsers_cookie(us: Browser) -> None:
    good = {"_token": token(us)}
    assert language(us, {"Origin": SITE}, **good) == 200
    assert language(us, {}, **good) == 403
    assert language(us, {"Origin": "null"}, **good) == 403
    assert language(us, {"Origin": "http://localhost:9999"}, **good) == 403
    assert language(us, {"Origin": SITE, "Sec-Fetch-Site": "same-site"}, **good) == 403
    assert language(us, {"Origin": SITE}) == 403
    assert language(us, {"Origin": SITE}, _token="0" * 64) == 403


def test_attack_a_stranger_has_the_secret_path_and_no_cookie(us: Browser) -> None:
    us.client.cookies.clear()
    for path in ("/", "/duties", "/pillar/incidents", "/events"):
        answer = us.client.get(us.base + path)
        assert (answer.status_code, "detente desk --link" in answer.text) == (403, True)


def test_attack_the_entrance_is_used_a_second_time(us: Browser) -> None:
    """The address was printed, and may stand in a terminal's history: it lets nobody else in."""
    sessions = us.desk.sessions
    once = sessions.entrance
    us.client.cookies.clear()
    assert us.client.get(once).status_code == 200
    assert us.client.get(once).status_code == 403
    assert us.client.get(sessions.entrance.rpartition("=")[0] + "=").status_code == 403


def test_the_cookie_goes_to_the_secret_path_alone_and_no_script_reads_it(us: Browser) -> None:
    """Browsers send cookies of localhost to every port of it, so its path must be one that nobody knows."""
    said = us.client.get(us.desk.sessions.entrance).headers["set-cookie"]
    assert f"Path=/{us.desk.sessions.place}" in said
    assert "HttpOnly" in said
    assert "SameSite=strict" in said
    assert len(us.desk.sessions.place) >= 16
    assert us.client.get("/").status_code == 403


def test_a_forgotten_browser_is_put_out_and_one_that_left_stays_out() -> None:
    sessions = Sessions()
    names = [sessions.enter(sessions.entrance.rpartition("=")[2]) or "" for _ in range(MOST + 1)]
    assert not sessions.knows(names[0])
    assert sessions.knows(names[1])
    sessions.leave(names[1])
    assert not sessions.knows(names[1])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"x" * MAX_BODY, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=%d" % one for one in range(600)), "application/x-www-form-urlencoded", 400),
        (b"a=%ED%A0%80", "application/x-www-form-urlencoded", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        ("a=\u4e2d".encode(), "application/x-www-form-urlencoded", 400),
        (b"no form", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 400),
        (b"--x", "multipart/form-data; boundary=x", 400),
    ],
    ids=["too long", "too many", "surrogate", "no utf-8", "raw", "no pairs", "json", "multipart"],
)
def test_what_is_no_form_or_too_much_is_turned_away(us: Browser, body: bytes, kind: str, status: int) -> None:
    path = f"/{us.desk.sessions.place}/language"
    answer = us.client.post(path, content=body, headers={"Origin": SITE, "Content-Type": kind})
    assert answer.status_code == status


def test_no_answer_may_be_framed_cached_or_run_a_script_that_is_not_the_desks(us: Browser) -> None:
    paths = [us.base + "/", us.base + "/nonesuch", "/", f"/{us.desk.sessions.place}/static/desk.js"]
    for path in paths:
        headers = us.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] in ("no-store", "private, max-age=3600")


def test_no_page_has_a_script_or_a_style_of_its_own(us: Browser) -> None:
    for path in ("/", "/pillar/incidents", "/duties", "/links"):
        page = us.get(path)
        for tag, attributes in page.tags:
            assert "style" not in attributes
            assert not any(name.startswith(("on", "hx-on")) for name in attributes)
            assert tag != "style"
            assert tag != "script" or attributes.get("src")


def test_attack_the_way_back_from_a_choice_of_language_leads_elsewhere(us: Browser) -> None:
    place = us.desk.sessions.place
    for back in ("https://evil.example/", "//evil.example/", f"/{place}/..\\evil", f"/{place}x/", ""):
        path = f"/{place}/language"
        answer = us.client.post(
            path, data={"_token": token(us), "to": "en", "back": back}, headers={"Origin": SITE}
        )
        assert str(answer.url).startswith(f"{SITE}/{place}/live/")


@pytest.mark.slow
def test_the_program_prints_where_it_is_lets_one_browser_in_and_ends_in_order(world: World) -> None:
    words = [sys.executable, "-m", "detente.faces.desk", "--home", str(world.home("us")), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = json.loads(process.stdout.readline() if process.stdout else "")
            assert said["party"] == "us"
            with urllib.request.urlopen(said["desk"]) as answer:  # noqa: S310 (our own process)
                assert COOKIE in answer.headers["set-cookie"]
            again = [sys.executable, "-m", "detente", "desk", "--link", "--json", "--home", words[4]]
            other = subprocess.run(again, capture_output=True, text=True, check=True)
            assert json.loads(other.stdout)["desk"] != said["desk"]
            entrance = Path(words[4]) / "desk" / "entrance"
            assert entrance.stat().st_mode & 0o077 == 0
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(said["desk"])  # noqa: S310 (as above)
            port = said["desk"].split(":")[2].partition("/")[0]
            busy = subprocess.run([*words[:-1], port], capture_output=True, text=True, check=False)
            assert (busy.returncode, "desk.2" in busy.stderr) == (69, True)
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
    assert not entrance.exists()


def test_a_page_is_escaped_whatever_a_title_says(us: Browser) -> None:
    page = us.get("/pillar/incidents?words=%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE")
    assert [tag for tag, attributes in page.tags if tag == "script" and "src" not in attributes] == []
    assert "\u202e" not in page.html
