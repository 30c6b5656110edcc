"""The redline: a document as DOCX, what differs in it being tracked changes for a word processor.

Against an older text what went is `w:del` and what came is `w:ins`: to reject all changes gives the old
sentences, to accept all the new. What is open is inserted once for each variant, its parties as the author.
No change has a date: the file depends on the texts alone. The format is ECMA-376, part 1, 17.13.5.
"""

from collections.abc import Iterator
from io import BytesIO
from itertools import count
from typing import Any, NamedTuple

import docx
from docx.document import Document as File
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from detente.faces.paper.cover import COMMENTS, FRAME, LEFT_OUT
from detente.faces.paper.document import Document
from detente.faces.paper.paragraph import Part, Row
from detente.faces.paper.span import Fate, spans
from detente.faces.speech import Text

LATIN, EAST = "Georgia", "SimSun"
WIDTHS = (Mm(22), Mm(76), Mm(76))
MARKS = {"gone": "w:del", "new": "w:ins"}


class Piece(NamedTuple):
    """Some text of a paragraph, what became of it, and by whom."""

    fate: Fate
    text: str
    by: str


class Pen(NamedTuple):
    """Writes into one file.

    Args:
        file: of python-docx.
        author: of changes that no party is named for.
        numbers: of the changes; each has its own.
    """

    file: File
    author: str
    numbers: "count[int]"

    def heading(self, text: Text, level: int) -> None:
        """Write a heading in both languages."""
        self.file.add_heading(f"{text.en}\n{text.zh}", level)

    def part(self, number: int, part: Part, *, compared: bool) -> None:
        """Write a part as a table of number, English, Chinese."""
        self.heading(Text(f"{number}. {part.heading.en}", part.heading.zh), 1)
        table = self.file.add_table(0, 3, style="Table Grid")
        for one in part.rows:
            row = table.add_row()
            for cell, width in zip(row.cells, WIDTHS, strict=True):
                cell.width = width
            row.cells[0].text = f"{one.number}\n{one.clause}".rstrip()
            sides = [[*pieces(one, language, self.author, compared=compared)] for language in (0, 1)]
            if sides[0] == sides[1]:
                self.write(row.cells[1].merge(row.cells[2]).paragraphs[0], sides[0])
            else:
                for cell, side in zip(row.cells[1:], sides, strict=True):
                    self.write(cell.paragraphs[0], side)
            if len(one.new) == 1:
                self._tracked(row, {piece.fate for piece in sides[0]})

    def write(self, paragraph: Any, told: list[Piece]) -> None:  # noqa: ANN401 (python-docx's own paragraph)
        """Write what stands in a paragraph, and what became of it, at its end."""
        for piece in told:
            run = paragraph.add_run(piece.text)
            if piece.fate == "same":
                continue
            if piece.fate == "gone":
                for text in run._r.findall(qn("w:t")):  # noqa: SLF001 (python-docx has no tracked changes; its elements do)
                    text.tag = qn("w:delText")
            mark = self._mark(MARKS[piece.fate], piece.by)
            run._r.addprevious(mark)  # noqa: SLF001 (as above)
            mark.append(run._r)  # noqa: SLF001 (as above)

    def _tracked(self, row: Any, fates: set[Fate]) -> None:  # noqa: ANN401 (python-docx's own row)
        """A row that only came, or only went, is itself a change: settled, it leaves no empty line."""
        if len(fates) == 1 and fates != {"same"}:
            row._tr.get_or_add_trPr().append(self._mark(MARKS[fates.pop()], self.author))  # noqa: SLF001 (as above)

    def _mark(self, tag: str, by: str) -> Any:  # noqa: ANN401 (an lxml element, which has no types)
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(next(self.numbers)))
        mark.set(qn("w:author"), by)
        return mark


def redline(document: Document, author: str) -> bytes:
    """Return the file.

    Args:
        document: what is written.
        author: who is named for changes against the older text.
    """
    pen = Pen(_blank(document), author, count(1))
    pen.heading(document.cover.title, 0)
    for one in document.cover.lines:
        pen.file.add_paragraph(f"{one.en}\n{one.zh}")
    for number, part in enumerate(document.parts, 1):
        pen.part(number, part, compared=document.compared)
    _after(document, pen)
    data = BytesIO()
    pen.file.save(data)
    return data.getvalue()


def pieces(row: Row, language: int, author: str, *, compared: bool) -> Iterator[Piece]:
    """Return what stands in a paragraph in one language, 0 for English, and what became of it."""
    old = row.old[language] if row.old else ""
    if len(row.new) > 1:
        if old:
            yield Piece("gone", old, author)
        for one in row.new:
            who = ", ".join(one.parties)
            yield Piece("new", f"[{who}: {(one.text or LEFT_OUT)[language]}] ", who)
        return
    new = row.new[0].text[language] if row.new[0].text else ""
    if not compared:
        yield Piece("same", new, author)
        return
    for fate, text in spans(old, new):
        yield Piece(fate, text, author)


def _blank(document: Document) -> File:
    file = docx.Document()
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    style: Any = file.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(10)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), EAST)
    said = file.core_properties
    said.title, said.author, said.comments = document.cover.title.en, "", ""
    page = OxmlElement("w:fldSimple")
    page.set(qn("w:instr"), "PAGE")
    section.footer.paragraphs[0]._p.append(page)  # noqa: SLF001 (python-docx has no fields; its elements do)
    return file


def _after(document: Document, pen: Pen) -> None:
    if document.differing:
        pen.heading(FRAME, 1)
        for path, before, after in document.differing:
            told = [Piece("gone", before, pen.author), Piece("new", after, pen.author)]
            pen.write(pen.file.add_paragraph(f"{path}: "), told)
    if document.comments:
        pen.heading(COMMENTS, 1)
        for one in document.comments:
            pen.file.add_paragraph(one)
