"""Old editions stay runnable: a history over an amendment is judged by what each record was written under."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from detente.accord import edition
from detente.accord.edition import Edition
from detente.accord.pillar import Grounds, Judgement, Rules, Statement, Thread
from detente.faces import founding, pillars, recount
from detente.node import auditor
from detente.node.agreement import Installed
from detente.node.home import Home
from detente.node.node import Node
from detente.pillars.incidents.kinds import Report, ReportFacts
from detente.trust import canonical, envelope
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import WrongContext
from homes import ACCORD, DAY, PARTIES, World, draft, installed

SECOND_STARTS = "2026-09-22T00:00:00Z"
DUTY = """
  - {id: notify, on: incidents.report, when: facts.level == 7, owes: author,
     what: notices.notice, within: P1D}
release:"""


def newer() -> Edition:
    """The same pillar one edition later: every report is of the highest level, repetitions are refused."""
    old = pillars.editions()["incidents"].pillar

    def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
        judged = old.rules.judge(statement, thread, grounds)
        if isinstance(statement.open, Report) and statement.open.repeat:
            return Judgement.refused("told-before")
        if judged.stands and isinstance(judged.facts, ReportFacts):
            return Judgement.standing(msgspec.structs.replace(judged.facts, level=7))
        return judged

    changed = msgspec.structs.replace(old, rules=Rules(judge, old.rules.tally, old.rules.contradicts))
    written = pillars.texts("incidents")
    word = '\n[refusals.told-before]\nen = "It was told before."\nzh = "此前已报告。"\n'
    return edition.attach(changed, written | {"words.toml": written["words.toml"] + word})


OLDER, NEWER = pillars.editions()["incidents"], newer()
BOTH = Installed((*installed().editions, NEWER), installed().scales)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, accord=ACCORD.replace("release:", DUTY.lstrip("\n"), 1)).found()


@contextmanager
def nodes(world: World) -> Iterator[dict[str, Node]]:
    """All three, with both editions installed."""
    with ExitStack() as stack:
        yield {
            party: stack.enter_context(
                Node.open(world.home(party), BOTH, clock=world.clock, sources=world.sources(party))
            )
            for party in PARTIES
        }


def second(world: World) -> bytes:
    """Version 2, which pins the newer edition, signed by all."""
    fields = json.loads(envelope.parse(Home.at(world.home("us")).accords()[1]).payload)
    fields |= {"version": 2, "genesis": world.genesis, "previous": world.genesis, "starts": SECOND_STARTS}
    fields["pillars"]["incidents"]["edition"] = NEWER.digest
    payload = canonical.encode(fields)
    people = [world.officer(f"{one}-{who}") for one in PARTIES for who in ("first", "second")]
    return envelope.dump(founding.joined([one.sign(ACCORD_TYPE, payload) for one in people]))


@pytest.mark.slow
def test_old_records_keep_the_edition_they_were_written_under_and_a_recount_agrees(
    world: World, tmp_path: Path
) -> None:
    again = {**draft().open, "repeat": True}
    with nodes(world) as found:
        before = found["us"].table(draft(1)).id
        repeated = found["us"].table(draft(2, open=again)).id
        world.settle(found)
        amended = second(world)
        for node in found.values():
            node.enact(amended)
    world.clock.advance(DAY)
    with nodes(world) as found:
        after = found["us"].table(draft(3)).id
        with pytest.raises(Exception, match="told-before"):
            found["us"].table(draft(4, open=again))
        world.settle(found, 6)
        shown = {name: found["cn"].record(name) for name in (before, repeated, after)}
        assert [one.version for one in shown.values()] == [1, 1, 2]
        assert all(one.stands for one in shown.values()), "what stood by its own edition stands"
        assert [one.facts["level"] == 7 for one in shown.values()] == [False, False, True]
        cut, as_of = found["cn"].cut(), world.clock.now()
        said = {node.standing(cut, as_of).digest for node in found.values()}
        standing = found["cn"].standing(cut, as_of)
        assert {one.base for one in standing.duties if one.spec == "notify"} == {after}
        found["neutral"].export_log(tmp_path / "export")
    report = auditor.verify(tmp_path / "export", installed=BOTH)
    assert report.faults == ()
    assert recount.standing(tmp_path / "export", as_of, cut, installed=BOTH).digest in said
    assert len(said) == 1
    with pytest.raises(WrongContext, match=rf"{NEWER.digest}.*{OLDER.digest}"):
        recount.standing(tmp_path / "export", as_of, cut)


def test_a_node_without_the_newer_edition_keeps_the_version_outside_and_names_both_digests(
    world: World,
) -> None:
    with world.open("us") as node:
        with pytest.raises(WrongContext) as caught:
            node.enact(second(world))
        assert {NEWER.digest, OLDER.digest} <= set(re.findall("[0-9a-f]{64}", caught.value.what))
    assert list(Home.at(world.home("us")).accords()) == [1]
