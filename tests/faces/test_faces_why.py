"""`detente why`: each outcome is traced to its rule, its conditions and the records behind them."""

import json

import pytest
from living import Lived, World

from detente.accord.reason import Reason
from detente.faces import because
from detente.faces.cli import main
from detente.faces.why import Because, Why
from detente.node import archive
from detente.node.evidence import Refusal
from detente.trust.errors import BadProof


def asked(lived: Lived, name: str, capsys: pytest.CaptureFixture[str], lang: str = "en") -> str:
    assert main(["--lang", lang, "why", name, "--home", str(lived.world.home("us"))]) == 0
    return capsys.readouterr().out


def test_a_release_that_is_refused_names_its_rule_the_count_and_the_record_behind_it(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(lived, lived.report, capsys)
    assert f"to-peers: cn may not be shown title, pattern of {lived.report[:16]}" in told
    assert "facts.near_miss: true (facts.near_miss = true)" in told
    count = "(standing[audience].notices.overdue == 0)"
    assert f"{count}: false (" in told
    assert f"standing[audience].notices.overdue = 1), from {lived.notice[:16]}" in told
    assert f"it would hold if {count} were true" in told
    assert "cn: pattern, title: not-eligible to-peers" in told
    chinese = asked(lived, lived.report[:12], capsys, "zh")
    assert "to-peers：不得向 cn 开示" in chinese
    assert f"如 {count} 成立，则适用" in chinese


def test_two_conditions_that_both_fail_must_both_turn(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(lived, lived.other, capsys)
    assert "it would hold if facts.near_miss were true and (standing[audience]" in told


def test_a_release_is_explained_at_the_standing_of_its_own_cut(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(lived, lived.release, capsys)
    assert "accord.release by us, stands" in told
    assert f"to-clearinghouse: neutral may be shown title, summary of {lived.report[:16]}" in told
    assert "to-peers" not in told


def test_a_duty_names_what_it_arose_from_its_verdict_and_what_would_clear_it(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(lived, "acknowledge", capsys)
    owed = "notices.receipt, notices.acknowledge"
    assert f"acknowledge: cn, neutral owes {owed}, from {lived.notice[:16]}" in told
    assert "overdue" in told
    assert "what performs it clears overdue; missed stays" in told
    assert asked(lived, f"acknowledge/{lived.notice[:8]}", capsys).count("by cn, due") == 1


def test_what_binds_nobody_says_so_by_name() -> None:
    """A release that is owed to each peer is owed to its author by nobody."""
    grant = Reason(
        clause="lessons-to-peers@cn",
        effect="duty",
        to=(),
        what=("title",),
        rule="true",
        holds=True,
        leaves=(),
        turns=(),
    )
    why = Why(sort="record", id="9f", clauses=(Because(reason=grant, record="9f" * 32, named=()),))
    (told,) = [one for one in because.lines(why) if "lessons-to-peers" in one.en]
    assert told.en == f"  lessons-to-peers@cn: nobody owes title from {'9f' * 8}"
    assert told.zh == f"  lessons-to-peers@cn：{'9f' * 8} 不产生义务：title"


def test_the_same_answer_is_there_as_data(lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "why", lived.report, "--home", str(lived.world.home("us"))]) == 0
    found = json.loads(capsys.readouterr().out)
    clause = next(one for one in found["clauses"] if one["reason"]["clause"] == "to-peers")
    assert (found["sort"], found["stands"], clause["reason"]["holds"]) == ("record", True, False)
    assert clause["behind"][0]["records"] == [lived.notice]
    assert clause["reason"]["turns"][0]["wanted"][0]["truth"] is True


@pytest.mark.parametrize("name", ["0000000000", "no-such-clause", "acknowledge/ffffffff"])
def test_what_names_nothing_is_refused_with_where_to_look(
    lived: Lived, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", name, "--home", str(lived.world.home("us"))]) == 68
    assert "why.1" in capsys.readouterr().err


def test_a_refusal_is_told_with_its_check_and_remedy(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    home = lived.world.copy(lived.world.folder / "refusing")
    node = home.open("us")
    try:
        error = BadProof("review.4", "It is granted by to-peers.", "Ask its author; dispute the release.")
        data = archive.body(node.branches["live"].realm.readers.conn, lived.release) or b""
        node.branches["live"].realm.refuse(Refusal("live", "cn", "cn", "release", data), error)
    finally:
        node.close()
    digest = evidence_of(home, capsys)
    assert main(["why", digest[:16], "--home", str(home.home("us"))]) == 0
    told = capsys.readouterr().out
    assert "refused at review.4: It is granted by to-peers." in told
    assert "what would change it: Ask its author; dispute the release." in told
    assert "to-clearinghouse: neutral may be shown title, summary" in told


def evidence_of(world: World, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["--json", "evidence", "list", "--kind", "release", "--home", str(world.home("us"))]) == 0
    digest: str = json.loads(capsys.readouterr().out)[0]["digest"]
    return digest
