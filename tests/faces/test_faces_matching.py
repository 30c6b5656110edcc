"""Two parties match privately from the command line; docs/matching.md plays a whole run, these who cheats."""

import io
import json
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.faces import door, matchrun, parcel
from detente.faces.cli import main
from detente.faces.demo.world import DAY, HOUR, MINUTE
from detente.node.draft import Draft
from detente.node.home import Home

NEAR_MISS = files("detente.pillars.incidents") / "examples" / "near_miss_stopped_by_luck.json"
MARKS = {
    "us": ["cve:CVE-2026-0001", "cve:CVE-2026-0002", "cve:CVE-2026-0003"],
    "cn": ["cve:CVE-2026-0002", "cve:CVE-2026-0003", "cve:CVE-2026-0009"],
}


class Pair:
    """Two officers at their own machines, and a stick between them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.match = ""
        for party, marks in MARKS.items():
            self.file(f"{party}.txt").write_text("\n".join(marks) + "\n", encoding="utf-8")

    def file(self, name: str) -> Path:
        return self.folder / name

    def act(self, party: str, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (whatever the verb prints)
        ended = main([*words, "--home", str(self.folder / party), "--json"])
        said = self.capsys.readouterr()
        assert ended == code, said.err
        return json.loads(said.out) if said.out else said.err

    def step(self, party: str, act: str, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (as `act`)
        return self.act(party, "match", act, *words, "--run", str(self.file(f"{party}.run")), code=code)

    def tabled(self, party: str, draft: Draft) -> str:
        """What a party says that has changed this program."""
        with door.reach(self.folder / party) as node:
            return node.table(draft).id

    def carry(self, *to: str) -> None:
        """Take what each party has to the others named; between the two unless told."""
        ways = [(party, other) for party in ("us", "cn") for other in to or ("us", "cn")]
        for party, other in ways:
            if party == other:
                continue
            zipped = self.file(f"{party}-{other}.zip")
            zipped.unlink(missing_ok=True)
            self.act(party, "bundle", "export", "--to", str(zipped))
            self.act(other, "bundle", "import", "--from", party, str(zipped))

    def later(self, party: str, much: int) -> None:
        """Have a party's clock show what it will after so many milliseconds."""
        home, now = Home.read(self.folder / party), time.time_ns() // 1_000_000
        settings = msgspec.structs.replace(home.settings, time_scale=2, time_anchor=now - much)
        Home(home.path, settings).save()

    def begin(self) -> None:
        said = self.step("us", "begin", "--with", "cn", *self.sets("us"))
        self.match = said["match"]
        self.carry()
        self.step("cn", "join", self.match, *self.sets("cn"))
        self.carry()

    def counted(self) -> None:
        """Both answer and count."""
        for party, other in (("us", "cn"), ("cn", "us")):
            points, reply = (str(self.file(f"{one}")) for one in (f"{other}.points", f"{party}.reply"))
            self.step(party, "answer", points, "--to", reply)
            self.carry()
        for party, other in (("us", "cn"), ("cn", "us")):
            assert self.step(party, "count", str(self.file(f"{other}.reply")))["common"] == 2
        self.carry("us", "cn", "neutral")

    def sets(self, party: str) -> tuple[str, ...]:
        marks, points = self.file(f"{party}.txt"), self.file(f"{party}.points")
        return ("--fingerprints", str(marks), "--to", str(points))


@pytest.fixture
def pair(homes: Path, capsys: pytest.CaptureFixture[str]) -> Pair:
    return Pair(homes, capsys)


def forbidden(pair: Pair, name: str) -> bytes:
    """A file that went out, which must say nothing to who was released no key."""
    data = pair.file(name).read_bytes()
    assert data.startswith(parcel.MAGIC)
    return data


@pytest.mark.slow
def test_nothing_is_answered_before_both_are_committed_and_nothing_released_before_both_counted(
    pair: Pair,
) -> None:
    pair.step("us", "begin", "--with", "cn", *pair.sets("us"))
    pair.file("cn.points").write_bytes(b"")
    to = ("--to", str(pair.file("x")))
    assert "match.3" in pair.step("us", "answer", str(pair.file("cn.points")), *to, code=69)
    assert "match.3" in pair.step("us", "release", *to, code=69)
    assert not pair.file("x").exists()


@pytest.mark.slow
def test_points_that_were_not_logged_are_not_answered(pair: Pair) -> None:
    """The one who would ask for other CVEs after seeing the commitment of the other."""
    pair.begin()
    made = matchrun.read(pair.file("cn.run"))
    swapped = list(made.holding().points())[:2]
    label = parcel.Label(pair.match, "points", "cn")
    key = bytes.fromhex(made.key)
    pair.file("cn.points").write_bytes(parcel.seal(key, label, matchrun.dump(swapped)))
    to = str(pair.file("us.reply"))
    assert "matchrun.4" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=66)
    pair.file("cn.points").write_bytes(parcel.seal(key, label, b"no points"))
    assert "matchrun.3" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=65)
    pair.file("cn.points").write_text("no points", encoding="ascii")
    assert "parcel.2" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=65)
    other = parcel.Label(pair.match, "reply", "cn")
    pair.file("cn.points").write_bytes(parcel.seal(key, other, matchrun.dump(made.holding().points())))
    assert "parcel.3" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=66)


@pytest.mark.slow
def test_a_run_that_no_clause_of_the_accord_allows_is_not_begun(pair: Pair) -> None:
    """Towards the neutral the accord of these homes says nothing: nothing is logged, and no file written."""
    words = ("begin", "--with", "neutral", *pair.sets("us"))
    refused = pair.step("us", *words, code=77)
    assert "gate.13" in refused["gate"]["why"]
    assert not pair.file("us.points").exists()
    assert not pair.file("us.run").exists()
    assert pair.act("us", "record", "list", "--kind", "incidents.match") == []


@pytest.mark.slow
def test_what_went_out_is_in_the_delivery_ledger_and_says_nothing_without_its_key(pair: Pair) -> None:
    pair.begin()
    pair.step("us", "answer", str(pair.file("cn.points")), "--to", str(pair.file("us.reply")))
    pair.carry("cn", "neutral")
    rows = pair.act("us", "record", "show", pair.match)["deliveries"]
    assert ("cn", "sent", "match-with-peers") in {(o["audience"], o["state"], o["rule"]) for o in rows}
    stranger = pair.act("us", "release", pair.match, "--to", "neutral", code=77)
    assert [one["code"] for one in stranger] == ["no-clause"]
    plain = matchrun.dump(matchrun.read(pair.file("us.run")).holding().points())
    assert plain.split()[0] not in forbidden(pair, "us.points")
    assert "key" not in pair.act("neutral", "record", "show", pair.match)["values"]


@pytest.mark.slow
def test_a_year_has_the_runs_that_the_accord_says_and_one_more_is_refused(pair: Pair) -> None:
    """Twelve by the accord's rule; the thirteenth names them all, and the gate keeps its key."""
    words = ("begin", "--with", "cn", *pair.sets("us"))
    for _ in range(12):
        pair.step("us", *words)
    assert pair.file("us.run").stat().st_mode & 0o077 == 0, "the secrets are their owner's alone"
    refused = pair.step("us", *words, code=77)
    assert refused["gate"]["rule"] == "match-with-peers"
    assert len(pair.act("us", "record", "list", "--kind", "incidents.match")) == 12
    reviewed = pair.act("us", "match", "audit")
    assert [(row["runs"], row["faults"]) for row in reviewed] == [(n, []) for n in range(1, 13)]


@pytest.mark.slow
def test_a_run_that_its_proposer_leaves_uncounted_is_not_joined_and_an_audit_names_it(pair: Pair) -> None:
    """The attack on the budget: each run says that it is the first."""
    pair.begin()
    said = pair.act("us", "record", "show", pair.match)["open"]
    name = pair.tabled("us", Draft.new("incidents.match", said | {"round": "5" * 64}, {"key": "6" * 64}))
    pair.carry("cn", "neutral")
    assert "match.5" in pair.step("cn", "join", name, *pair.sets("cn"), code=66)
    for party in ("cn", "neutral"):
        found = {row["match"]: row["faults"] for row in pair.act(party, "match", "audit", code=1)}
        assert found[pair.match] == []
        assert [(one["code"], one["party"]) for one in found[name]] == [("uncounted", "us")]


@pytest.mark.slow
def test_a_set_that_is_changed_after_its_root_was_logged_is_found_by_the_logs_and_by_the_run_file(
    pair: Pair,
) -> None:
    pair.begin()
    pair.counted()
    made = matchrun.read(pair.file("cn.run"))
    grown = msgspec.structs.replace(made, fingerprints=(*made.fingerprints, "cve:CVE-2026-9999"))
    matchrun.write(pair.file("cn.run"), grown)
    assert "audit.1" in pair.step("cn", "audit", code=66)
    first = pair.act("cn", "record", "list", "--kind", "incidents.match-set")[0]["id"]
    said = pair.act("cn", "record", "show", first)["open"]
    grown_root = grown.holding().root().hex()
    second = Draft.new("incidents.match-set", said | {"root": grown_root}, {"key": "6" * 64})
    pair.tabled("cn", second.answering(pair.match))
    pair.carry()
    faults = pair.act("us", "match", "audit", code=1)[0]["faults"]
    assert [(one["code"], one["party"]) for one in faults] == [("twice", "cn")]


@pytest.mark.slow
def test_members_are_read_by_nobody_before_officers_let_the_key_go_and_who_keeps_back_is_named(
    pair: Pair,
) -> None:
    """Members released without the other's release: the one who only takes is named by every log."""
    pair.begin()
    pair.counted()
    said = pair.step("us", "release", "--to", str(pair.file("us.pairs")))
    assert said["key"]["state"] == "waiting"
    assert said["key"]["code"] == "officer"
    pair.carry("cn", "neutral")
    to = ("--to", str(pair.file("cn.opened")))
    assert "match.8" in pair.step("cn", "members", str(pair.file("us.pairs")), *to, code=69)
    for party in ("us", "neutral"):
        found = pair.act(party, "match", "audit")[0]
        assert found["faults"] == [], "its time is not over"
        assert [(one["code"], one["party"]) for one in found["waits"]] == [("one-sided", "cn")]
    with door.reach(pair.folder / "neutral") as node:
        released = node.record(node.records(kind="incidents.match-members")[0].id).at
    patience = (
        2 * 2 * DAY + 8 * HOUR + 20 * MINUTE
    )  # 2 T + Γ of the demonstration's accord: P2D; PT4H, PT2H, PT10M
    assert found["waits"][0]["until"] == released + patience
    pair.later("neutral", patience + HOUR)
    faults = pair.act("neutral", "match", "audit", code=1)[0]["faults"]
    assert [(one["code"], one["party"]) for one in faults] == [("one-sided", "cn")]
    pair.step("cn", "release", "--to", str(pair.file("cn.pairs")))
    assert "match.7" in pair.step("cn", "members", str(pair.file("us.pairs")), *to, code=69)
    assert not pair.file("cn.opened").exists()
    forbidden(pair, "us.pairs")


def test_the_own_reports_give_the_fingerprints(
    homes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = NEAR_MISS.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    assert main(["incidents", "report", "--home", str(homes / "us"), "--json"]) == 0
    name = json.loads(capsys.readouterr().out)["id"]
    assert main(["match", "fingerprints", "--home", str(homes / "us"), "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert {one.partition(":")[0] for one in held} >= {"title", "shingles"}
    assert all(where == [name] for where in held.values())
    assert main(["match", "fingerprints", "--home", str(homes / "cn"), "--lang", "zh"]) == 0
    assert "无指纹" in capsys.readouterr().out


def test_two_reports_of_one_event_are_found_here(
    homes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for party in ["us"] * 2:
        data = NEAR_MISS.read_text(encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
        assert main(["incidents", "report", "--home", str(homes / party), "--json"]) == 0
        names.append(json.loads(capsys.readouterr().out)["id"])
    assert main(["match", "near", "--home", str(homes / "us"), "--json"]) == 0
    one, other = sorted(names)
    found = json.loads(capsys.readouterr().out)
    assert [(row["one"], row["other"]) for row in found] == [(one, other)]
    assert {"title", "shingles"} <= set(found[0]["by"])
    title = json.loads(NEAR_MISS.read_text(encoding="utf-8"))["draft"]["sealed"]["title"]
    for language, told, words in (("en", title[0], "Titles"), ("zh", title[1], "标题, 近似正文")):
        assert main(["match", "near", "--home", str(homes / "us"), "--lang", language]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [told in line for line in lines] == [True, True]
        assert words in lines[1]
    assert main(["match", "near", "--home", str(homes / "cn")]) == 0
    assert capsys.readouterr().out == "No two that meet.\n"
