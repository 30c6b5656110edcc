"""An accord on paper: the document says what the text says, and settling its changes gives either text."""

import sys
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from detente.faces import manuscript, template
from detente.faces.cli import main
from detente.faces.paper import document, page, redline
from detente.faces.paper.document import Document
from detente.faces.paper.paragraph import parts
from detente.faces.paper.reading import Reading
from detente.faces.paper.span import spans
from detente.faces.workingtext import commented, proposed

STARTER = template.text("starter")
TERM = "duties.notify-incident.within"
CHANGED = (
    STARTER.replace("within: PT72H", "within: PT48H")
    .replace(
        "  - {id: sources-to-peers, kind: incidents.report, fields: [sources], to: peer, by: node}\n", ""
    )
    .replace("skew: PT1M", "skew: PT2M")
    .replace(
        "triggers:\n",
        "triggers:\n  - {id: flash, on: notices.notice, when: facts.precedence == 'flash', "
        "propose: {pause: subject}, decide: PT15M}\n",
    )
)


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Document:
    folder = tmp_path_factory.mktemp("compared")
    old, new = _file(folder, "old.yaml", STARTER), _file(folder, "new.yaml", CHANGED)
    return document.made(new, old)


def _alone(text: str, folder: Path) -> list[str]:
    """Every sentence of a text, in both languages, in their order."""
    version = manuscript.compiled(manuscript.read(_file(folder, "alone.yaml", text)))
    rows = [row for part in parts([Reading((), version)]) for row in part.rows]
    return [one for row in rows for one in dict.fromkeys(row.new[0].text or ())]


def _settled(data: bytes, drop: str) -> list[str]:
    """What a word processor leaves when every change of one sort is dropped."""
    file = docx.Document(BytesIO(data))
    found = []
    for table in file.tables:
        for row in table._tbl.tr_lst:  # noqa: SLF001 (python-docx has no tracked changes; its elements do)
            if row.findall(f"{qn('w:trPr')}/{qn(drop)}"):
                continue
            told = []
            for cell in dict.fromkeys(row.tc_lst[1:]):
                inside = (one for one in cell.iter(qn("w:t"), qn("w:delText")))
                told.append(
                    "".join(
                        one.text or ""
                        for one in inside
                        if qn(drop) not in {up.tag for up in one.iterancestors()}
                    )
                )
            found += told
    return found


def test_to_reject_every_change_gives_the_old_text_and_to_accept_them_the_new(
    compared: Document, tmp_path: Path
) -> None:
    data = redline.redline(compared, "new.yaml")
    assert _settled(data, "w:ins") == _alone(STARTER, tmp_path)
    assert _settled(data, "w:del") == _alone(CHANGED, tmp_path)


def test_changes_are_real_ones_each_with_its_number_and_whose_it_is(compared: Document) -> None:
    body = docx.Document(BytesIO(redline.redline(compared, "new.yaml"))).element.body
    marks = [*body.iter(qn("w:ins"), qn("w:del"))]
    assert len({one.get(qn("w:id")) for one in marks}) == len(marks) > 0
    assert {one.get(qn("w:author")) for one in marks} == {"new.yaml"}
    assert not [one for one in body.iter(qn("w:t")) if qn("w:del") in {up.tag for up in one.iterancestors()}]


@given(st.text(alphabet="ab 1天时，.", max_size=30), st.text(alphabet="ab 1天时，.", max_size=30))
def test_the_spans_of_two_sentences_are_those_sentences(old: str, new: str) -> None:
    told = [*spans(old, new)]
    assert "".join(text for fate, text in told if fate != "new") == old
    assert "".join(text for fate, text in told if fate != "gone") == new


def test_a_number_and_a_moment_change_as_a_whole() -> None:
    assert [
        *spans(
            "at most 262,144 bytes until 2029-01-01T00:00:00Z.",
            "at most 524,288 bytes until 2030-01-01T00:00:00Z.",
        )
    ] == [
        ("same", "at most "),
        ("gone", "262,144"),
        ("new", "524,288"),
        ("same", " bytes until "),
        ("gone", "2029-01-01T00:00:00Z"),
        ("new", "2030-01-01T00:00:00Z"),
        ("same", "."),
    ]


def test_what_is_open_stands_once_for_each_variant_with_whose_it_is_and_comments_last(tmp_path: Path) -> None:
    text = proposed(proposed(STARTER, TERM, "us", "PT48H"), "release.sources-to-peers", "cn", None)
    text = commented(text, TERM, "cn", "一天半", "2026-12-01T10:00:00Z")
    made = document.made(_file(tmp_path, "open.yaml", text), None)
    rows = {row.clause: row for part in made.parts[:-1] for row in part.rows if row.clause}
    term, gone = rows["notify-incident"].new, rows["sources-to-peers"].new
    assert [(one.parties, "48 hours" in str(one.text)) for one in term] == [
        (("us",), True),
        (("cn", "neutral"), False),
    ]
    assert [(one.parties, one.text is None) for one in gone] == [(("us", "neutral"), False), (("cn",), True)]
    assert all(
        len(row.new) == 1
        for row in rows.values()
        if row.clause not in {"notify-incident", "sources-to-peers"}
    )
    told = page.page(made)
    assert '[<span class="whose">cn:</span> (left out)]' in told
    assert told.index("一天半") > told.index("notify-incident")
    marks = docx.Document(BytesIO(redline.redline(made, "open.yaml"))).element.body.iter(qn("w:ins"))
    assert {one.get(qn("w:author")) for one in marks} == {"us", "cn, neutral", "us, neutral", "cn"}


def test_values_that_no_sentence_tells_are_listed_where_they_differ(compared: Document) -> None:
    assert compared.differing == (("$.time.skew", '"PT1M"', '"PT2M"'),)
    assert "<del>&quot;PT1M&quot;</del>" in page.page(compared)


def test_a_page_needs_nothing_else_and_runs_nothing_that_somebody_wrote_into_the_text(tmp_path: Path) -> None:
    text = STARTER.replace("en: Accord on", "en: <script>alert(1)</script> Accord on")
    told = page.page(document.made(_file(tmp_path, "hostile.yaml", text), None))
    assert "<script" not in told
    assert "&lt;script&gt;" in told
    assert not any(one in told for one in ("src=", "href=", "url(", "@import"))


def test_a_document_is_written_once_by_the_name_it_has_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = str(_file(tmp_path, "text.yaml", STARTER))
    to = tmp_path / "text.html"
    assert main(["accord", "print", text, "--to", str(to)]) == 0
    assert to.read_text(encoding="utf-8").count("<h2>") == 12
    assert main(["accord", "print", text, "--to", str(to)]) == 69
    assert main(["accord", "print", text, "--to", str(tmp_path / "text.pdf")]) == 65
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.delitem(sys.modules, "detente.faces.paper.redline", raising=False)
    assert main(["accord", "print", text, "--to", str(tmp_path / "text.docx")]) == 69
    assert "requirements-print.lock" in capsys.readouterr().err
    assert not (tmp_path / "text.docx").exists()


def test_a_clause_that_only_moved_is_no_change(tmp_path: Path) -> None:
    line = next(one for one in STARTER.splitlines() if "{id: answer-query," in one)
    moved = STARTER.replace(f"{line}\n", "").replace("duties:\n", f"duties:\n{line}\n")
    old, new = _file(tmp_path, "old.yaml", STARTER), _file(tmp_path, "new.yaml", moved)
    made = document.made(new, old)
    rows = [row for part in made.parts for row in part.rows]
    assert [row.clause for row in rows].count("answer-query") == 2, "once as a sentence, once in the annex"
    assert [row for row in rows if row.new[0].text != row.old] == []
