"""Closed cases that are told in public: by whom, in whose words, and what every reader can check of them."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "node"))
sys.path.insert(0, str(Path(__file__).parent))

from accounts import PUBLIC, TELLING, TEXT, TITLE, closed, end, reopen, reveal, sign, tell, written

from detente.faces.cli import main
from detente.faces.cli import site as command
from detente.faces.pillars import installed
from detente.faces.site import account, manifest, pages, voucher
from detente.faces.site.account import words
from detente.faces.site.figures import ALL, TOTAL, Figures
from detente.faces.site.suppression import Sum, bounds, guarded
from detente.node.draft import Draft
from detente.node.node import Node
from detente.node.roster import Roster
from detente.node.window import Window
from detente.trust.errors import DetenteError, Malformed, WrongContext
from homes import REPORT, START, World

DAY_MS, SHOWN = 86_400_000, "2026-09.en.html"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which us closed a case and told it."""
    made = World(tmp_path_factory.mktemp("told"), accord=TELLING).found()
    with made.nodes() as nodes:
        tell(made, nodes["us"], closed(nodes["us"]))
        made.settle(nodes)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """The same, to go on with."""
    made = founded.copy(tmp_path / "homes")
    made.accord = founded.accord
    return made


@contextmanager
def going(world: World) -> Iterator[Mapping[str, Node]]:
    """Nodes that have what was done at any of them once it is left."""
    with world.nodes() as nodes:
        yield nodes
        world.settle(nodes)


def built(world: World, to: Path, party: str = "neutral") -> Path:
    assert main(["site", "build", "--to", str(to), "--home", str(world.home(party))]) == 0
    return to


def verify(world: World, site: Path, party: str = "cn") -> int:
    return main(["site", "verify", str(site), "--home", str(world.home(party))])


def check(world: World, site: Path) -> int:
    accord = world.home("cn") / "accord" / "1.json"
    return main(["site", "check", str(site), "--accord", str(accord)])


def told(site: Path) -> Figures:
    return msgspec.json.decode((site / "data.json").read_bytes(), type=Figures)


def states(site: Path) -> list[str]:
    return [one.state for one in told(site).accounts]


def test_a_closed_case_is_told_in_both_languages_and_whoever_has_the_accord_alone_checks_its_words(
    world: World, tmp_path: Path
) -> None:
    site = built(world, tmp_path / "site")
    for number, (page, feed) in enumerate(((SHOWN, "atom.xml"), ("2026-09.zh.html", "atom.zh.xml"))):
        shown, fed = (site / page).read_text(encoding="utf-8"), (site / feed).read_text(encoding="utf-8")
        for line in (TITLE[number], *TEXT[number].split("\n")):
            assert line in shown
            assert line in fed
    assert "Closed cases" in (site / "index.en.html").read_text(encoding="utf-8")
    assert verify(world, site) == 0
    assert check(world, site) == 0
    shutil.rmtree(world.home("cn") / "public")
    assert check(world, site) == 0


def resigned(world: World, site: Path, change: Callable[[Figures], Figures], to: Path) -> Path:
    """The site of a publisher who signs other words: pages and data agree, the vouchers stay."""
    bent = change(told(site))
    files = {one.name: one.read_bytes() for one in site.iterdir() if one.name.endswith(".voucher.json")}
    with Window.open(world.home("neutral"), installed()) as window:
        key = command._key(window)  # noqa: SLF001 (the publisher's own key, with which it lies)
    manifest.write(to, files | pages.files(bent, "neutral"), ("neutral", bent.genesis), key)
    return to


def reworded(found: Figures) -> Figures:
    (one,) = found.accounts
    lines = ((one.text[0][0].replace("outside", "a rival"), one.text[0][1]), *one.text[1:])
    return msgspec.structs.replace(found, accounts=(msgspec.structs.replace(one, text=lines),))


def test_attack_a_publisher_changes_one_word_and_signs_the_site_anew(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = resigned(world, built(world, tmp_path / "a"), reworded, tmp_path / "b")
    assert "from a rival" in (site / SHOWN).read_text(encoding="utf-8")
    assert check(world, site) == 66
    assert "voucher.6" in capsys.readouterr().err
    assert verify(world, site) == 66
    assert "site.10" in capsys.readouterr().err


def test_attack_a_word_of_one_page_is_changed_and_the_data_are_not(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pages.files

    def bent(found: Figures, party: str) -> dict[str, bytes]:
        files = made(found, party)
        return files | {SHOWN: files[SHOWN].replace(b"no login", b"a login")}

    with monkeypatch.context() as patched:
        patched.setattr(pages, "files", bent)
        site = built(world, tmp_path / "site")
    assert check(world, site) == 66
    assert "site.10" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["gone", "another", "more"])
def test_attack_a_voucher_is_taken_away_or_exchanged_or_added(
    world: World, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with going(world) as nodes:
        tell(world, nodes["cn"], closed(nodes["cn"]))
    site = built(world, tmp_path / "a")
    first, second = sorted(site.glob("*.voucher.json"))
    if what == "gone":
        first.unlink()
    elif what == "another":
        first.write_bytes(second.read_bytes())
    else:
        (site / f"{'ab' * 32}.voucher.json").write_bytes(first.read_bytes())
    again = resigned(world, site, lambda found: found, tmp_path / "b")
    assert check(world, again) == 66
    assert capsys.readouterr().err.count("site.12" if what != "another" else "voucher.") == 1
    assert verify(world, again) == 66


@pytest.mark.parametrize(
    ("bend", "step"),
    [
        (lambda parts: {"v": 2, "records": parts}, "voucher.2"),
        (lambda parts: {"v": 1, "records": parts[:3]}, "voucher.2"),
        (lambda parts: {"v": 1, "records": [{**parts[0], "proof": "=="}, *parts[1:]]}, "voucher.2"),
        (lambda parts: {"v": 1, "records": [parts[0], parts[2], parts[2], parts[3]]}, "account.7"),
        (lambda parts: {"v": 1, "records": [parts[0], *parts[1:3], parts[1]]}, "voucher.5"),
        (
            lambda parts: {"v": 1, "records": [{**parts[0], "proof": parts[1]["proof"]}, *parts[1:]]},
            "inclusion",
        ),
    ],
)
def test_attack_a_voucher_of_other_parts_shows_nothing(
    world: World, tmp_path: Path, bend: Callable[[list[dict[str, str]]], dict[str, object]], step: str
) -> None:
    site = built(world, tmp_path / "site")
    (one,) = told(site).accounts
    data = (site / voucher.name_of(one)).read_bytes()
    with Window.open(world.home("cn"), installed()) as window:
        pane = window.panes["live"]
        roster = Roster.of(pane.terms.newest.accord, "live", pane.rings)
        voucher.verify(data, one, roster)
        bent = msgspec.json.encode(bend(json.loads(data)["records"]), order="sorted")
        with pytest.raises(DetenteError) as caught:
            voucher.verify(bent, one, roster)
        assert caught.value.step.startswith(step)
        for party, check_ in (("xx", "voucher.7"), ("cn", "voucher.3")):
            with pytest.raises(WrongContext) as other:
                voucher.verify(data, msgspec.structs.replace(one, party=party), roster)
            assert other.value.step == check_


def test_attack_a_publisher_leaves_a_case_out(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(found: Figures) -> Figures:
        return msgspec.structs.replace(found, accounts=())

    site = built(world, tmp_path / "a")
    for one in site.glob("*.voucher.json"):
        one.unlink()
    again = resigned(world, site, silent, tmp_path / "b")
    assert verify(world, again) == 66
    assert "site.10" in capsys.readouterr().err


def test_nothing_is_told_that_is_unsigned_or_signed_by_one_or_not_opened_or_not_marked_for_the_public(
    world: World, tmp_path: Path
) -> None:
    with going(world) as nodes:
        us = nodes["us"]
        report = closed(us)
        unsigned = written(us, report)
        reveal(us, unsigned)
        sealed = written(us, report)
        sign(world, us, sealed)
        half = written(us, report)
        sign(world, us, half)
        reveal(us, half, ("title",))
        for says in ({"tlp": "green"}, {"audience": "operators"}):
            tell(world, us, report, **says)
    assert len(told(built(world, tmp_path / "site")).accounts) == 1


def test_nobody_tells_a_case_that_is_open_or_anothers(world: World, tmp_path: Path) -> None:
    with going(world) as nodes:
        world.settle(nodes)
        us, cn = nodes["us"], nodes["cn"]
        theirs = closed(us)
        open_ = us.table(Draft.new("incidents.report", dict(REPORT), {})).id
        world.settle(nodes)
        tell(world, us, open_)
        tell(world, cn, theirs)
    assert len(told(built(world, tmp_path / "site")).accounts) == 1


def test_an_accord_that_does_not_let_the_words_go_to_all_lets_nothing_be_told(tmp_path: Path) -> None:
    narrow = "\n".join(one for one in TELLING.split("\n") if "told-to-neutral" not in one)
    assert narrow != TELLING
    world = World(tmp_path / "homes", accord=narrow).found()
    with going(world) as nodes:
        tell(world, nodes["us"], closed(nodes["us"]))
    assert told(built(world, tmp_path / "site")).accounts == ()


def test_a_correction_replaces_an_account_and_the_page_and_the_feed_say_so(
    world: World, tmp_path: Path
) -> None:
    first = told(built(world, tmp_path / "a")).accounts[0].record
    right = [one.replace("cluster", "queue").replace("集群", "队列") for one in TEXT]
    with going(world) as nodes:
        us = nodes["us"]
        case = str(us.record(us.record(first).thread or "").open["about"])
        world.clock.advance(40 * DAY_MS)
        second = tell(world, us, case, {"title": TITLE, "text": right}, replaces=first)
    site = built(world, tmp_path / "b")
    assert states(site) == ["corrected", "told"]
    before, after = (site / SHOWN).read_text(), (site / "2026-10.en.html").read_text()
    assert "was corrected by its author in 2026-10" in before
    assert f"2026-10.en.html#{second}" in before
    assert "sent to a cluster" not in before
    assert "sent to a queue" in after
    assert "It corrects an account of 2026-09." in after
    assert "已由讲述方于 2026-10 更正" in (site / "2026-09.zh.html").read_text(encoding="utf-8")
    assert "sent to a cluster" not in (site / "atom.xml").read_text()
    assert "No report began in this month." in after
    assert verify(world, site) == check(world, site) == 0


@pytest.mark.parametrize("way", ["replaced", "reopened"])
def test_an_account_is_taken_down_by_one_hand_or_when_its_case_goes_on(
    world: World, tmp_path: Path, way: str
) -> None:
    name = told(built(world, tmp_path / "a")).accounts[0].record
    with going(world) as nodes:
        us = nodes["us"]
        root = us.record(name).thread or ""
        if way == "replaced":
            us.table(
                Draft.new("response.advisory", {**PUBLIC, "tlp": "red", "replaces": name}).answering(root)
            )
        else:
            case = str(us.record(root).open["about"])
            (close,) = us.records("live", "incidents.close")
            reopen(us, case, close.id)
    site = built(world, tmp_path / "b")
    assert states(site) == ["withdrawn"]
    assert "was withdrawn in 2026-09" in (site / SHOWN).read_text()
    assert "已于 2026-09 撤下" in (site / "2026-09.zh.html").read_text(encoding="utf-8")
    for file in site.iterdir():
        assert b"sent to a cluster" not in file.read_bytes(), file
        assert not file.name.endswith(".voucher.json")
    assert verify(world, site) == check(world, site) == 0


def test_a_case_that_is_closed_again_is_told_again(world: World, tmp_path: Path) -> None:
    with going(world) as nodes:
        us = nodes["us"]
        (report,) = us.records("live", "incidents.report")
        (close,) = us.records("live", "incidents.close")
        end(us, report.id, last=reopen(us, report.id, close.id))
    assert states(built(world, tmp_path / "site")) == ["told"]


HOSTILE = '<script>alert(1)</script> & "quotes" ]]> {party} {0}'


def test_attack_markup_in_an_account_is_shown_as_text_in_page_and_feed(world: World, tmp_path: Path) -> None:
    text = f"{HOSTILE}\n</section></body>\n--><x onload=1>\n&lt;b&gt;"
    with going(world) as nodes:
        tell(world, nodes["cn"], closed(nodes["cn"]), {"title": [HOSTILE] * 2, "text": [text] * 2})
    site = built(world, tmp_path / "site")
    page = (site / SHOWN).read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert page.count("</section>") == 2
    for name in ("atom.xml", "atom.zh.xml"):
        root = ET.fromstring((site / name).read_text(encoding="utf-8"))  # noqa: S314 (our own)
        assert HOSTILE in [one.text for one in root.iter("{http://www.w3.org/2005/Atom}title")]
    assert check(world, site) == 0


@pytest.mark.parametrize(
    ("bad", "step"),
    [
        ("\u202edetrever", "account.8"),
        ("a\x00b", "account.8"),
        ("a\u200bb", "account.8"),
        ("on 2026-03-28 it began", "account.9"),
        ("On March 28 it began", "account.9"),
        ("on 28th of March", "account.9"),
        ("3月28日发现", "account.9"),
        ("3 月 28 号", "account.9"),
        ("one\nmore", "account.7"),
    ],
)
def test_attack_an_account_hides_characters_or_names_a_day(bad: str, step: str) -> None:
    words(TITLE, TEXT)
    lines = [f"{bad}\n{TEXT[0].partition(chr(10))[2]}", TEXT[1]]
    with pytest.raises(Malformed) as caught:
        words(TITLE, lines)
    assert caught.value.step == step
    with pytest.raises(Malformed, match="has a title"):
        words([TITLE[0], " "], TEXT)
    words(
        TITLE,
        [TEXT[0].replace("outside", "outside in March 2024"), TEXT[1].replace("外部", "外部（2024年3月）")],
    )


def test_a_month_in_which_nothing_is_told_says_so_in_words(world: World, tmp_path: Path) -> None:
    with going(world) as nodes:
        world.clock.advance(40 * DAY_MS)
        nodes["us"].table(Draft.new("incidents.report", dict(REPORT), {}))
    site = built(world, tmp_path / "site")
    assert "No closed case is told in this month." in (site / "2026-10.en.html").read_text()
    assert "本月没有讲述已结案例。" in (site / "2026-10.zh.html").read_text(encoding="utf-8")


def test_what_is_told_gives_no_small_count_of_the_others_away(world: World, tmp_path: Path) -> None:
    """Five reports are enough to be shown; three that are not told, beside two that are, are not."""
    with going(world) as nodes:
        us = nodes["us"]
        for _ in range(4):
            us.table(Draft.new("incidents.report", dict(REPORT), {}))
    counts = told(built(world, tmp_path / "a")).counts
    assert counts[ALL][TOTAL] is None  # 5, of which 4 are untold
    with going(world) as nodes:
        nodes["us"].table(Draft.new("incidents.report", dict(REPORT), {}))
    counts = told(built(world, tmp_path / "b")).counts
    assert counts[ALL][TOTAL] == 6


def test_a_reader_who_takes_the_told_ones_away_bounds_no_small_count() -> None:
    cells = {"a x": 6, "a y": 7, "b x": 8, "b y": 9, "a": 13, "b": 17, "x": 14, "y": 16, "all": 30}
    rest = cells | {"a x": 2, "a": 9, "x": 10, "all": 26}
    sums = [Sum("a", ("a x", "a y")), Sum("b", ("b x", "b y")), Sum("x", ("a x", "b x"))]
    sums += [Sum("y", ("a y", "b y")), Sum("all", ("a", "b")), Sum("all", ("x", "y"))]
    hidden = guarded(cells, rest, sums, 5)
    _, high = bounds(rest, sums, hidden)
    assert "a x" in hidden
    assert high["a x"] >= 5


def test_attack_a_time_beyond_the_calendar_stops_no_site() -> None:
    assert account.month_of(2**53 - 1) == "9999-01"
    assert account.month_of(START) == "2026-09"


def test_its_party_sees_an_account_and_what_is_missing_before_it_opens_it(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    home = str(world.home("us"))
    with going(world) as nodes:
        us = nodes["us"]
        name = written(us, closed(us))
        theirs = written(nodes["cn"], closed(nodes["cn"]))
    tells = ["site", "tell", name[:16], "--home", home]
    assert main(tells) == 0
    shown = capsys.readouterr().out
    assert "起作用的措施：" in shown
    assert "[account.6]" in shown
    assert main([*tells, "--open"]) == 66
    assert "account.6" in capsys.readouterr().err
    with going(world) as nodes:
        sign(world, nodes["us"], name)
    assert main([*tells, "--open", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == []
    assert main([*tells, "--open"]) == 0
    assert "before" in capsys.readouterr().out
    assert main(["site", "tell", theirs, "--home", home]) == 68
    with going(world) as nodes:
        world.settle(nodes)
        assert len(nodes["us"].records("live", "accord.opening")) == 4
    assert states(built(world, tmp_path / "site")) == ["told", "told"]
