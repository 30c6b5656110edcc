"""The page: a document as one HTML file that needs nothing else, and prints as it reads.

English stands left and Chinese right. What went is struck through and what came is underlined, so that it is
seen without colour; what is open stands in brackets, with whose it is. Paragraphs do not break over pages.
"""

from collections.abc import Iterator
from html import escape

from detente.faces.paper.cover import COMMENTS, FRAME, LEFT_OUT
from detente.faces.paper.document import Document
from detente.faces.paper.paragraph import Part, Row
from detente.faces.paper.span import spans
from detente.faces.speech import Text

TAGS = {"gone": "del", "new": "ins"}
STYLE = """
@page { size: A4; margin: 20mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); } }
body { font: 10.5pt/1.45 Georgia, "Noto Serif CJK SC", "Songti SC", SimSun, serif; }
body { color: #000; margin: 2em auto; max-width: 60em; }
h1 { font-size: 17pt; text-align: center; } h2 { font-size: 12pt; break-after: avoid; }
h1 span, h2 span { display: block; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
col.number { width: 4em; }
td, th { vertical-align: top; text-align: left; padding: .3em .6em; border-top: .5pt solid #999; }
td, th { overflow-wrap: anywhere; }
tr { break-inside: avoid; } thead { display: table-header-group; }
.code { font: 8.5pt/1.4 Consolas, "DejaVu Sans Mono", monospace; }
del { text-decoration: line-through; color: #900; } ins { text-decoration: underline; color: #036; }
.whose { font-weight: bold; } small { display: block; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } del, ins { color: #000; } }
"""


def page(document: Document) -> str:
    """Return the whole file."""
    title = document.cover.title
    lines = "".join(
        f'<p>{escape(one.en)}<br><span lang="zh-CN">{escape(one.zh)}</span></p>\n'
        for one in document.cover.lines
    )
    body = "".join(_part(n, part, compared=document.compared) for n, part in enumerate(document.parts, 1))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title.en)} · {escape(title.zh)}</title><style>{STYLE}</style></head>"
        f"<body>\n<h1>{_both(title)}</h1>\n{lines}{body}"
        f"{''.join(_after(document))}</body></html>\n"
    )


def _part(number: int, part: Part, *, compared: bool) -> str:
    rows = "".join(_row(one, compared=compared) for one in part.rows)
    return (
        f"<h2>{number}. {_both(part.heading)}</h2>\n"
        '<table><colgroup><col class="number"><col><col></colgroup>\n'
        f"{rows}</table>\n"
    )


def _row(row: Row, *, compared: bool) -> str:
    name = f"<small>{escape(row.clause)}</small>" if row.clause else ""
    first = f'<tr id="p{row.number}"><th scope="row">{row.number}{name}</th>'
    said = [one.text for one in row.new if one.text] + ([row.old] if row.old else [])
    if all(one.en == one.zh for one in said):
        return f'{first}<td colspan="2" class="code">{_cell(row, 0, compared=compared)}</td></tr>\n'
    return (
        f'{first}<td lang="en">{_cell(row, 0, compared=compared)}</td>'
        f'<td lang="zh-CN">{_cell(row, 1, compared=compared)}</td></tr>\n'
    )


def _cell(row: Row, language: int, *, compared: bool) -> str:
    """A paragraph in one language: 0 is English, as in `Text`."""
    old = row.old[language] if row.old else ""
    if len(row.new) == 1:
        new = row.new[0].text[language] if row.new[0].text else ""
        return _marked(old, new) if compared else escape(new)
    variants = (
        f'<div>[<span class="whose">{escape(", ".join(one.parties))}:</span> '
        f"{escape((one.text or LEFT_OUT)[language])}]</div>"
        for one in row.new
    )
    return (f"<div><del>{escape(old)}</del></div>" if old else "") + "".join(variants)


def _marked(old: str, new: str) -> str:
    told = ((TAGS.get(fate), escape(text)) for fate, text in spans(old, new))
    return "".join(f"<{tag}>{text}</{tag}>" if tag else text for tag, text in told)


def _after(document: Document) -> Iterator[str]:
    if document.differing:
        rows = "".join(
            f'<tr><th scope="row">{escape(path)}</th>'
            f"<td><del>{escape(before)}</del></td><td><ins>{escape(after)}</ins></td></tr>\n"
            for path, before, after in document.differing
        )
        yield f"<h2>{_both(FRAME)}</h2>\n<table>{rows}</table>\n"
    if document.comments:
        rows = "".join(f"<p>{escape(one)}</p>\n" for one in document.comments)
        yield f"<h2>{_both(COMMENTS)}</h2>\n{rows}"


def _both(text: Text) -> str:
    return f'<span>{escape(text.en)}</span><span lang="zh-CN">{escape(text.zh)}</span>'
