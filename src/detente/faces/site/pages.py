"""The pages: HTML in two languages, Atom, JSON and CSV, made from the figures and accounts alone.

They work from a folder (`file://`), without scripts, and load nothing from elsewhere: the policy in each page
forbids it. English and Chinese are pages of their own with the same content.
"""

import csv
import io
from html import escape

import msgspec

from detente.faces import pillars
from detente.faces.site import blurred, digest, feed
from detente.faces.site.chart import bars
from detente.faces.site.figures import ALL, DIMENSIONS, PILLAR, TOTAL, Figures
from detente.faces.site.words import LANGUAGES, SAID, TITLE, Say, speaker

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
STYLE = """body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto}
body{padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #bbb;padding:.2rem .6rem;text-align:right}
th:first-child,td:first-child{text-align:left}
.bars{width:100%;max-width:40rem}
.bars rect{fill:#2a5a8a}
.bars text{font-size:13px;fill:#1a1a1a}
code{background:#eee}
section{border-left:.3rem solid #2a5a8a;padding-left:1rem;margin:1.5rem 0}
h4{margin:.6rem 0 0}
section p{margin:.2rem 0}
.by{font-size:.8rem;overflow-wrap:anywhere}
"""


def files(figures: Figures, party: str) -> dict[str, bytes]:
    """Return every file of the site but its manifest and the vouchers, by name."""
    found: dict[str, str] = {"style.css": STYLE, "data.csv": _csv(figures)}
    for number, language in enumerate(LANGUAGES):
        say = speaker(number)
        found[feed.NAMES[number]] = feed.atom(figures, party, number)
        found[f"index.{language}.html"] = _index(figures, party, say, number)
        found[f"check.{language}.html"] = _check(party, say, number)
        for month in figures.pages:
            found[f"{month}.{language}.html"] = _month(figures, month, say, number)
    found["index.html"] = found["index.en.html"]
    if figures.spent:
        found[blurred.NAME] = blurred.table(figures)
    return {name: text.encode() for name, text in found.items()} | {"data.json": data(figures)}


def data(figures: Figures) -> bytes:
    """Return the figures as JSON, keys in order."""
    return msgspec.json.encode(figures, order="sorted") + b"\n"


def _page(title: str, body: str, number: int, other: str) -> str:
    language, there = (("en", "中文"), ("zh-Hans", "English"))[number]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY, quote=True)}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        '<link rel="stylesheet" href="style.css">'
        f'<link rel="alternate" type="application/atom+xml" href="{feed.NAMES[number]}">'
        f'</head><body><p><a href="{other}">{there}</a></p><h1>{escape(title)}</h1>{body}</body></html>\n'
    )


def _index(figures: Figures, party: str, say: Say, number: int) -> str:
    language, other = LANGUAGES[number], LANGUAGES[1 - number]
    if not figures.pages:
        body = f"<p>{say('none')}</p>"
    else:
        rows = [(month, _total(figures, month)) for month in figures.pages]
        head = "".join(f"<th>{say(one)}</th>" for one in ("month", TOTAL, "hours"))
        lines = "".join(_line(figures, month, say, language) for month in (*figures.pages, ALL))
        body = f"<p>{say('rule', least=figures.least)}</p>{bars(say(TOTAL), rows, say('withheld'))}"
        body += f"<h2>{say('digest')}</h2><table><tr>{head}</tr>{lines}</table>"
        body += digest.index(figures, say, number) + _dimensions(figures, ALL, say, number)
        body += blurred.index(figures, say)
    named = {"data.json": "data.json", "data.csv": "data.csv", feed.NAMES[number]: "Atom"}
    given = ", ".join(f'<a href="{name}">{text}</a>' for name, text in named.items())
    links = f'<p><a href="check.{language}.html">{say("check")}</a></p><p>{say("data")}: {given}</p>'
    return _page(TITLE[number].format(party=party), body + links, number, f"index.{other}.html")


def _line(figures: Figures, month: str, say: Say, language: str) -> str:
    shown = say("all") if month == ALL else f'<a href="{month}.{language}.html">{month}</a>'
    cells = (_total(figures, month), figures.hours.get(month))
    return f"<tr><td>{shown}</td>" + "".join(f"<td>{_number(one, say)}</td>" for one in cells) + "</tr>"


def _month(figures: Figures, month: str, say: Say, number: int) -> str:
    body = digest.of_month(figures, month, say, number)
    if month in figures.months:
        total, hours = (_number(one, say) for one in (_total(figures, month), figures.hours[month]))
        body += f"<h2>{say(TOTAL)}{say('colon')}{total}</h2><p>{say('hours')}{say('colon')}{hours}</p>"
        body += _dimensions(figures, month, say, number)
        body += blurred.of_month(figures, month, say, lambda axis, value: _word(axis, value, number))
    else:
        body += f"<p>{say('quiet')}</p>"
    back = f'<p><a href="index.{LANGUAGES[number]}.html">{say("digest")}</a></p>'
    return _page(month, body + back, number, f"{month}.{LANGUAGES[1 - number]}.html")


def _dimensions(figures: Figures, row: str, say: Say, number: int) -> str:
    body = ""
    for one in DIMENSIONS:
        rows = [
            (say(label) if label in SAID else _word(one, label.partition(".")[2], number), count)
            for label, count in figures.counts[row].items()
            if label.startswith(f"{one}.") and count != 0
        ]
        cells = "".join(
            f"<tr><td>{escape(name)}</td><td>{_number(count, say)}</td></tr>" for name, count in rows
        )
        body += f"<h2>{say(one)}</h2>{bars(say(one), rows, say('withheld'))}<table>{cells}</table>"
    return body


def _word(dimension: str, value: str, number: int) -> str:
    words = pillars.editions()[PILLAR].words.values.get(dimension, {}).get(value)
    return value if words is None else (words.en, words.zh)[number]


def _total(figures: Figures, row: str) -> int | None:
    return figures.counts.get(row, {}).get(TOTAL, 0)


def _number(count: int | None, say: Say) -> str:
    return say("withheld") if count is None else str(count)


def _check(party: str, say: Say, number: int) -> str:
    ways = (
        ("anyone", "detente site check . --accord ACCORD"),
        ("how", "detente site verify . --home HOME"),
        ("hand", "sha256sum -c SHA256SUMS"),
    )
    body = "".join(f"<p>{say(one)}</p><pre><code>{command}</code></pre>" for one, command in ways)
    return _page(f"{say('check')}: {party}", body, number, f"check.{LANGUAGES[1 - number]}.html")


def _csv(figures: Figures) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("month", "label", "count"))
    for row, found in sorted(figures.counts.items()):
        for label, count in sorted(found.items()):
            writer.writerow((row, label, "withheld" if count is None else count))
    return out.getvalue()
