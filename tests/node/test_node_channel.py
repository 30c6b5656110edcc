"""The channel wakes people: the right ones, in order, once; and what does not get through is seen."""

import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from receivers import LOOPBACK, Hook, Mailbox, certificate, hooking, mailing

from detente.faces.errand import SIGNATURE
from detente.faces.telegram import digest
from detente.faces.watchkeeper import Watchkeeper
from detente.node import doctor
from detente.node import rota as rotas
from detente.node.draft import Draft
from detente.node.home import Home
from detente.node.node import Node
from detente.node.rota import MailServer, Officer, Rota, Tests
from homes import HOUR, MINUTE, World, draft, installed, notice

SEALED = "the sandbox at the northern site"
NUMBER = "+86 10 0000 0000"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("channel"), domains=("live", "exercise")).found()


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    found = founded.copy(tmp_path)
    found.domains = ("live",)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("server"))


def officer(name: str, **ways: object) -> Officer:
    return Officer(name=name, telephone=NUMBER, languages=("zh", "en"), **ways)  # type: ignore[arg-type]  # a test names them


def give(world: World, party: str, *officers: Officer, **more: object) -> None:
    rotas.keep(Home.at(world.home(party)), Rota(officers=officers, **more))  # type: ignore[arg-type]  # as above


def smtp(box: Mailbox, server: Path) -> MailServer:
    return MailServer(
        host=LOOPBACK, port=box.port, security="tls", sender="node@example.org", trust=str(server)
    )


def flash(number: int) -> Draft:
    made = notice(number)
    said = {"remark": [SEALED, "北部站点的沙箱"], "contact": "the northern desk"}
    return draft(number, kind="notices.notice", open=made.open | {"precedence": "flash"}, values=said)


def read_back(node: Node, name: str) -> None:
    shown = node.record(name)
    said = {"of": name, "read_back": digest(shown.kind, shown.open)}
    node.table(Draft.new("notices.acknowledge", said).within(shown.domain).answering(shown.thread or name))


@contextmanager
def keeping(node: Node) -> Iterator[Watchkeeper]:
    keeper = Watchkeeper(node, lambda *_, **__: None)
    try:
        yield keeper
    finally:
        keeper.close()


def rung(node: Node, turns: int = 1) -> None:
    with keeping(node) as keeper:
        for _ in range(turns):
            keeper.turn()


def outcomes(node: Node) -> list[tuple[str, str, str]]:
    return [(one.officer, one.way, one.outcome) for one in node.calls()]


def kinds(node: Node) -> list[str]:
    return [one.kind for one in node.records() if one.party == node.party and one.kind.startswith("notices.")]


def test_a_message_reaches_the_mailbox_and_carries_nothing_of_what_it_says(
    world: World, server: Path
) -> None:
    with world.nodes() as nodes, mailing(server) as box, hooking() as hook:
        give(
            world,
            "cn",
            officer("night desk", mail="night@example.org", webhook=hook.address),
            server=smtp(box, server),
        )
        sent = nodes["us"].table(flash(1)).id
        world.settle(nodes, 2)
        rung(nodes["cn"], 2)
        assert outcomes(nodes["cn"]) == [
            ("night desk", "mail", "delivered"),
            ("night desk", "webhook", "delivered"),
        ]
        said = box.mails[0].as_string() + hook.taken[0][1].decode()
        assert sent[:16] in said
        assert "特提" in str(box.mails[0]["Subject"])
        for hidden in (SEALED, "northern", "北部", "loss_of_control", "失控"):
            assert hidden not in said
            assert hidden not in box.mails[0].get_content()
        _signed(world, hook)


def _signed(world: World, hook: Hook) -> None:
    headers, body = hook.taken[0]
    key = rotas.secret(Home.at(world.home("cn")))
    assert headers[SIGNATURE] == f"sha256={hmac.digest(key, body, 'sha256').hex()}"
    assert json.loads(body)["officer"] == "night desk"


def test_a_call_that_fails_is_seen_everywhere_and_the_next_officer_is_called_at_once(
    world: World, server: Path
) -> None:
    """MISP 2601, 5322, 3431, 9755, OpenCTI 8920: pushes that silently sent nothing."""
    with world.nodes() as nodes, mailing(server) as box, hooking() as hook:
        box.answer, hook.status = "535 5.7.8 wrong credentials", 302
        people = (
            officer("first", mail="first@example.org"),
            officer("second", webhook=hook.address),
            officer("third", mail="third@example.org"),
        )
        give(world, "cn", *people, server=smtp(box, server))
        nodes["us"].table(flash(1))
        world.settle(nodes, 2)
        rung(nodes["cn"], 3)
        assert outcomes(nodes["cn"]) == [
            ("first", "mail", "failed"),
            ("second", "webhook", "failed"),
            ("third", "mail", "failed"),
        ]
        assert "wrong credentials" in nodes["cn"].calls()[0].what
        assert "302" in nodes["cn"].calls()[1].what
        rung(nodes["cn"])
        assert [one.state for one in nodes["cn"].alarms()] == ["voice"]
        found = {one.symptom: one for one in doctor.examine(world.home("cn"), installed(), clock=world.clock)}
        assert found["officer-unreached"].weight == "trouble"
        assert found["call-failed"].facts["count"] == "3"
        assert len(nodes["cn"].status().domains["live"].wakes) == 1


def test_mail_is_not_handed_to_a_server_whose_certificate_is_not_believed(world: World, server: Path) -> None:
    with world.nodes() as nodes, mailing(server) as box:
        plain = MailServer(host=LOOPBACK, port=box.port, security="tls", sender="node@example.org")
        give(world, "cn", officer("first", mail="first@example.org"), server=plain)
        nodes["us"].table(flash(1))
        world.settle(nodes, 2)
        rung(nodes["cn"])
        assert "CERTIFICATE_VERIFY_FAILED" in nodes["cn"].calls()[0].what
        assert box.mails == []


def test_the_next_is_woken_when_the_first_is_silent_and_nobody_after_it_was_taken(world: World) -> None:
    with world.nodes() as nodes, hooking() as hook:
        people = [officer(name, webhook=hook.address) for name in ("first", "second", "third")]
        give(world, "cn", *people)
        sent = nodes["us"].table(flash(1)).id
        world.settle(nodes, 2)
        rung(nodes["cn"], 2)
        assert [one.officer for one in nodes["cn"].calls()] == ["first"]
        world.clock.advance(4 * MINUTE)
        rung(nodes["cn"], 2)
        assert [one.officer for one in nodes["cn"].calls()] == ["first", "second"]
        nodes["cn"].take(sent, "second")
        world.clock.advance(8 * MINUTE)
        rung(nodes["cn"], 2)
        assert len(hook.taken) == 2
        world.clock.advance(15 * MINUTE)
        rung(nodes["cn"], 2)
        assert [one.officer for one in nodes["cn"].calls()] == ["first", "second", "third"]
        read_back(nodes["cn"], sent)
        rung(nodes["cn"])
        assert nodes["cn"].alarms() == ()
        world.clock.advance(HOUR)
        rung(nodes["cn"], 2)
        assert len(hook.taken) == 3


def test_a_routine_message_waits_for_office_hours_and_a_flash_does_not(world: World) -> None:
    with world.nodes() as nodes, hooking() as hook:
        day = officer("day", webhook=hook.address, hours=("daily 00:00-01:00",), zone="+08:00")
        give(world, "cn", day)
        assert not day.on_duty(world.clock.now())
        made = notice(1)
        nodes["us"].table(
            draft(1, kind="notices.notice", open=made.open | {"precedence": "routine"}, values={})
        )
        world.settle(nodes, 2)
        rung(nodes["cn"], 2)
        assert (hook.taken, [one.state for one in nodes["cn"].alarms()]) == ([], [""])
        nodes["us"].table(flash(2))
        world.settle(nodes, 2)
        rung(nodes["cn"], 2)
        assert len(hook.taken) == 1
        while not day.on_duty(world.clock.now()):
            world.clock.advance(HOUR // 2)
        rung(nodes["cn"])
        assert len(hook.taken) == 2


def test_a_restart_loses_no_alarm_and_wakes_nobody_twice(world: World) -> None:
    with hooking() as hook:
        with world.nodes() as nodes:
            give(world, "cn", *(officer(name, webhook=hook.address) for name in ("first", "second")))
            nodes["us"].table(flash(1))
            world.settle(nodes, 2)
            # Killed after the call was written down: nobody knows whether it was made.
            assert [one.officer for one in nodes["cn"].ring()] == ["first"]
        with world.nodes() as nodes:
            rung(nodes["cn"], 3)
            assert outcomes(nodes["cn"]) == [
                ("first", "webhook", "unknown"),
                ("second", "webhook", "delivered"),
            ]
        for _ in range(2):
            with world.nodes() as nodes:
                rung(nodes["cn"], 2)
        assert [json.loads(body)["officer"] for _, body in hook.taken] == ["second"]


def test_a_machine_says_that_it_received_and_performs_no_officers_duty(world: World) -> None:
    """The receipt is said once; the duty to read back stays owed until an officer does."""
    with world.nodes() as nodes, hooking() as hook:
        give(world, "cn", officer("first", webhook=hook.address))
        sent = nodes["us"].table(flash(1)).id
        world.settle(nodes, 2)
        rung(nodes["cn"], 3)
        assert kinds(nodes["cn"]) == ["notices.receipt"]
        assert nodes["cn"].record(sent).stands
        world.settle(nodes, 2)
        rung(nodes["us"])
        assert [one.why for one in nodes["cn"].alarms()] == ["arrived"]


def test_silence_of_the_other_side_wakes_our_own_officer_and_says_whose(world: World) -> None:
    with world.nodes() as nodes, hooking() as hook:
        give(world, "us", officer("ours", webhook=hook.address))
        sent = nodes["us"].table(flash(1)).id
        rung(nodes["us"])
        assert hook.taken == []
        world.clock.advance(3 * MINUTE)
        rung(nodes["us"])
        told = [json.loads(body) for _, body in hook.taken]
        assert [(one["why"], one["lacking"]) for one in told] == [("unheard", ["cn", "neutral"])]
        world.settle(nodes, 2)
        for party in ("cn", "neutral"):
            read_back(nodes[party], sent)
        world.settle(nodes, 2)
        rung(nodes["us"])
        assert nodes["us"].alarms() == ()


def test_who_was_not_asked_is_not_woken(world: World) -> None:
    """MISP 1721, 4200: a query to cn wakes nobody at neutral; no rota, no receipt in an officer's stead."""
    with world.nodes() as nodes, hooking() as hook:
        give(world, "neutral", officer("neutral's", webhook=hook.address))
        asked = {"to": "cn", "about": None, "asks": "status", "precedence": "flash", "respond_by": None}
        nodes["us"].table(Draft.new("notices.query", asked))
        world.settle(nodes, 2)
        rung(nodes["neutral"], 2)
        assert (hook.taken, nodes["neutral"].alarms(), kinds(nodes["cn"])) == ([], (), [])


def test_a_correction_wakes_as_fast_as_what_it_corrects_and_stands_in_its_place(world: World) -> None:
    """MISP 4784: the stale copy. Whoever had been woken for the first is woken for the second."""
    with world.nodes() as nodes, hooking() as hook:
        give(world, "cn", officer("first", webhook=hook.address))
        first = flash(1)
        sent = nodes["us"].table(first).id
        world.settle(nodes, 2)
        rung(nodes["cn"])
        fixed = first.open | {"template": "sent_in_error", "of": sent}
        nodes["us"].table(Draft.new("notices.correction", fixed).answering(sent))
        world.settle(nodes, 2)
        rung(nodes["cn"])
        told = [(json.loads(body)["kind"], json.loads(body)["precedence"]) for _, body in hook.taken]
        assert told == [("notices.notice", "flash"), ("notices.correction", "flash")]


def test_an_exercise_says_so_before_anything_else(world: World, server: Path) -> None:
    world.domains = ("exercise",)
    with world.nodes() as nodes, mailing(server) as box:
        give(world, "cn", officer("first", mail="first@example.org"), server=smtp(box, server))
        nodes["us"].table(flash(1).within("exercise"))
        world.settle(nodes, 2)
        rung(nodes["cn"])
        assert str(box.mails[0]["Subject"]).startswith("EXERCISE 演习 EXERCISE")
        assert box.mails[0].get_content().startswith("*** EXERCISE / 演习 ***")


def test_the_line_is_tested_each_day_and_once_a_week_unannounced_whatever_is_restarted(
    world: World,
) -> None:
    give(world, "us", officer("ours", desk=True), tests=Tests())
    for _ in range(14):  # one week of these is whole, wherever they begin
        with world.open("us") as node:
            for _ in range(4):
                world.clock.advance(6 * HOUR)
                node.test_line()
    with world.open("us") as node:
        tests = [node.record(one.id).open for one in node.records(kind="notices.test")]
    announced = [one for one in tests if one["announced"]]
    hidden = [one for one in tests if not one["announced"]]
    assert len(announced) in (14, 15)
    assert len(hidden) in (1, 2, 3)
    assert {one["precedence"] for one in hidden} == {"priority"}


def test_the_rota_is_in_nothing_that_leaves_the_home(world: World, tmp_path: Path) -> None:
    give(world, "us", officer("ours", webhook="https://pager.example.org/very-secret"))
    with world.nodes() as nodes:
        nodes["us"].publish()
        nodes["us"].export_log(tmp_path / "export")
        nodes["us"].export_bundle(tmp_path / "bundle.zip")
    backup = tmp_path / "us.backup"
    from detente.node import backup as backups  # noqa: PLC0415 (its name is that of the file)

    backups.write(Home.at(world.home("us")), backup, world.clock.now(), keys=True)
    inside = [path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file()]
    public = [path.read_bytes() for path in (world.home("us") / "public").rglob("*") if path.is_file()]
    for data in (*inside, *public, (tmp_path / "bundle.zip").read_bytes(), backup.read_bytes()):
        assert b"very-secret" not in data
        assert b"rota.json" not in data
    modes = {path.stat().st_mode & 0o777 for path in (world.home("us") / "channel").iterdir()}
    assert modes == {0o600}


REFUSED: Mapping[str, tuple[str, dict[str, object]]] = {
    "nobody": ("rota.2", {"officers": []}),
    "the same name twice": ("rota.2", {"officers": [{}, {}]}),
    "no way but the telephone": ("rota.3", {"officers": [{"desk": False}]}),
    "a number without its country": ("rota.3", {"officers": [{"telephone": "010 0000"}]}),
    "a line break in an address": ("rota.3", {"officers": [{"mail": "a@example.org\nBcc: b@example.org"}]}),
    "a line break in a name": ("rota.3", {"officers": [{"name": "first\nBcc: b@example.org"}]}),
    "a webhook in the clear": ("rota.3", {"officers": [{"webhook": "http://pager.example.org/"}]}),
    "a webhook with a password": ("rota.3", {"officers": [{"webhook": "https://a:b@pager.example.org/"}]}),
    "hours of no day": ("rota.3", {"officers": [{"hours": ["noday 08:00-20:00"]}]}),
    "a zone of no place": ("rota.3", {"officers": [{"zone": "Mars/Base"}]}),
    "a zone that is a path": ("rota.3", {"officers": [{"zone": "../../etc/passwd"}]}),
    "mail and no server": ("rota.4", {"officers": [{"mail": "a@example.org"}]}),
    "mail in the clear": (
        "rota.4",
        {
            "officers": [{}],
            "server": {"host": "mail.example.org", "port": 25, "security": "none", "sender": "a@example.org"},
        },
    ),
    "a clock that stands still": (
        "rota.5",
        {"officers": [{}], "clocks": {"flash": {"receipt": 0, "read_back": 1, "patience": 1}}},
    ),
    "an unknown key": ("rota.1", {"officers": [{}], "colour": "red"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_rota_that_would_wake_nobody_or_the_wrong_one_is_refused(case: str) -> None:
    from detente.trust.errors import Malformed  # noqa: PLC0415 (one test names it)

    step, made = REFUSED[case]
    base = {"name": "first", "telephone": NUMBER, "languages": ["zh"], "desk": True}
    people = made["officers"]
    assert isinstance(people, list)
    whole = made | {"officers": [base | one for one in people]}
    with pytest.raises(Malformed) as refused:
        rotas.parse(json.dumps(whole).encode())
    assert refused.value.step == step


@pytest.mark.parametrize(
    ("span", "zone", "hour", "on"),
    [
        ("daily 08:00-20:00", "UTC", 8, True),
        ("daily 08:00-20:00", "UTC", 20, False),
        ("daily 20:00-08:00", "UTC", 3, True),
        ("daily 20:00-08:00", "UTC", 12, False),
        ("daily 08:00-20:00", "+08:00", 0, True),
        ("daily 08:00-20:00", "-05:00", 8, False),
        ("mon 22:00-06:00", "UTC", 23, True),
        ("tue 22:00-06:00", "UTC", 3, False),
        ("sun-mon 20:00-02:00", "UTC", 1, True),
    ],
)
def test_who_is_on_duty_follows_the_officers_own_clock(span: str, zone: str, hour: int, on: bool) -> None:  # noqa: FBT001 (a case)
    monday = 1_789_948_800_000
    assert officer("one", desk=True, hours=(span,), zone=zone).on_duty(monday + hour * HOUR) is on
