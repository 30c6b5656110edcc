"""What a statement or certificate comes to: an end is seen at once, and what calls for one is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detente.faces import assured
from detente.faces.cli import main
from detente.faces.cli.showing import Record

NOW, DAY = 1_804_345_600_000, 86_400_000
MODEL = "d9" * 32
CARD = "c0" * 32
RESULT = "e0" * 32


def record(name: str, kind: str, **fields: Any) -> Record:  # noqa: ANN401  # fields of a record
    facts, at, stands = fields.pop("facts", {}), fields.pop("at", NOW - DAY), fields.pop("stands", True)
    return Record(
        open=fields, id=name * 32, thread=CARD, party="neutral", kind=kind, at=at, facts=facts, stands=stands
    )


STATEMENT = record(
    "01", "assurance.statement", model=MODEL, domains=["oversight"], basis="replicated", evidence=[RESULT],
    valid_until=NOW + 90 * DAY,
)  # fmt: skip
SUSPENSION = record("02", "assurance.suspension", of="01" * 32, because="incident", until=NOW + 9 * DAY)
REVOCATION = record("03", "assurance.revocation", of="01" * 32, because="failed_replication")


@pytest.mark.parametrize(
    ("others", "now", "state"),
    [
        ([], NOW, "holds"),
        ([], NOW + 91 * DAY, "lapsed"),
        ([SUSPENSION], NOW, "suspended"),
        ([SUSPENSION], NOW + 10 * DAY, "holds"),
        ([SUSPENSION, record("04", "assurance.revocation", of="02" * 32, because="resolved")], NOW, "holds"),
        ([REVOCATION], NOW, "revoked"),
        ([REVOCATION, SUSPENSION], NOW + 91 * DAY, "revoked"),
        (
            [record("05", "assurance.suspension", of="99" * 32, because="incident", until=NOW + DAY)],
            NOW,
            "holds",
        ),
        (
            [record("06", "assurance.revocation", of="01" * 32, because="incident", stands=False)],
            NOW,
            "holds",
        ),
    ],
)
def test_an_end_is_seen_at_once_and_ends_by_itself_where_it_should(
    others: list[Record], now: int, state: str
) -> None:
    assert assured.state(STATEMENT, others, now).state == state


def test_what_never_stood_never_holds() -> None:
    void = record("07", "assurance.certificate", valid_until=NOW + DAY, stands=False)
    assert assured.state(void, [], NOW).state == "void"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (record("08", "assurance.card", model="ff" * 32, at=NOW), "another-system"),
        (
            record("09", "evaluations.replication", of=RESULT, facts={"agreement": "differ"}),
            "failed-replication",
        ),
        (record("0a", "incidents.report", related=[CARD]), "incident"),
    ],
)
def test_what_calls_for_a_suspension_is_named_before_anybody_makes_it(other: Record, code: str) -> None:
    found = assured.state(STATEMENT, [other], NOW)
    assert (found.state, found.due) == ("holds", (code,))


@pytest.mark.parametrize(
    "other",
    [
        record("08", "assurance.card", model=MODEL, at=NOW),
        record("09", "evaluations.replication", of=RESULT, facts={"agreement": "agree"}),
        record("09", "evaluations.replication", of="aa" * 32, facts={"agreement": "differ"}),
        record("0a", "incidents.report", related=["bb" * 32]),
        record("0a", "incidents.report", related=[CARD], stands=False),
    ],
)
def test_what_is_about_something_else_calls_for_nothing(other: Record) -> None:
    assert assured.state(STATEMENT, [other], NOW).due == ()


Say = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, one in (("statement", STATEMENT), ("suspension", SUSPENSION)):
        said = {field: getattr(one, field) for field in Record.__struct_fields__}
        (tmp_path / name).write_text(json.dumps(said | {"values": {"text": ["<i>Tested</i>", "已测试"]}}))
    return tmp_path


def test_a_page_for_the_public_says_the_state_and_what_it_does_not_mean(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "statement",
        "check",
        f"{folder}/statement",
        f"{folder}/suspension",
        "--at",
        "2027-03-06T00:00:00Z",
    ]
    assert main([*words, "--page", f"{folder}/page.html", "--lang", "zh"]) == 1
    assert capsys.readouterr().out.splitlines()[0].startswith("已中止")
    page = (folder / "page.html").read_text()
    assert all(
        one in page for one in ("SUSPENDED", "已中止", "no finding", "不构成对系统安全的认定", "&lt;i&gt;")
    )
    assert "失控与人类监督" in page
    assert main(["statement", "check", f"{folder}/statement", "--at", "2027-03-06T00:00:00Z"]) == 0


def test_a_statement_is_never_taken_for_a_certificate(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificate", "check", f"{folder}/statement", "--json"]) == 65
    assert json.loads(capsys.readouterr().err)["step"] == "attesting.2"
