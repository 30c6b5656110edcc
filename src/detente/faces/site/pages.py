"""The pages: HTML in two languages, Atom, JSON and CSV, made from the figures alone.

They work from a folder (`file://`), without scripts, and load nothing from elsewhere: the policy in each page
forbids it. English and Chinese are pages of their own with the same content.
"""

import csv
import io
from collections.abc import Callable
from html import escape

import msgspec

from detente.faces import pillars
from detente.faces.site.chart import bars
from detente.faces.site.figures import ALL, DIMENSIONS, PILLAR, TOTAL, Figures
from detente.faces.speech import Text

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
"""
LANGUAGES = ("en", "zh")
TITLE = Text("AI incidents and near misses: {party}", "人工智能事件与险情：{party}")
SAID = {
    "withheld": Text("withheld", "不公布"),
    "month": Text("month", "月份"),
    "all": Text("all months", "合计"),
    TOTAL: Text("reports", "报告数"),
    "hours": Text("median hours from report to close", "从报告到结案的小时数（中位数）"),
    "domain": Text("by domain", "按领域"),
    "level": Text("by severity (0-7)", "按严重级别（0-7）"),
    "category": Text("by category", "按类别"),
    "rule": Text(
        "A count above nothing and below {least} is withheld, and so is every count that would give it away.",
        "大于零而小于 {least} 的计数不公布；可据以推算出该数的其他计数亦不公布。",
    ),
    "check": Text("Check these figures", "核对这些数字"),
    "data": Text("The figures as data", "数据文件"),
    "how": Text(
        "Every file is listed with its SHA-256 in the file manifest, which the node has signed. The figures"
        " follow from the accord's logs below the cut in data.json. Every node of the accord gets the same:",
        "每个文件及其 SHA-256 均列于 manifest 文件，并由节点签名。"
        "各项数字由协议日志在 data.json 所列截点之前的内容得出。协议的任一节点均可得出同样的数字：",
    ),
    "hand": Text("Without our program, by hand, the files:", "不用本程序，亦可手工核对文件："),
    "none": Text("Nothing was reported yet.", "尚无报告。"),
    "digest": Text("month by month", "逐月摘要"),
}


def files(figures: Figures, party: str) -> dict[str, bytes]:
    """Return every file of the site but its manifest, by name."""
    found: dict[str, str] = {"style.css": STYLE, "data.csv": _csv(figures), "atom.xml": _atom(figures, party)}
    for number, language in enumerate(LANGUAGES):
        say = _speaker(number)
        found[f"index.{language}.html"] = _index(figures, party, say, number)
        found[f"check.{language}.html"] = _check(party, say, number)
        for month in figures.months:
            found[f"{month}.{language}.html"] = _month(figures, month, say, number)
    found["index.html"] = found["index.en.html"]
    return {name: text.encode() for name, text in found.items()} | {"data.json": data(figures)}


def data(figures: Figures) -> bytes:
    """Return the figures as JSON, keys in order."""
    return msgspec.json.encode(figures, order="sorted") + b"\n"


Say = Callable[..., str]


def _speaker(number: int) -> Say:
    def say(name: str, **holes: object) -> str:
        return SAID[name][number].format(**holes)

    return say


def _page(title: str, body: str, number: int, other: str) -> str:
    language, there = (("en", "中文"), ("zh-Hans", "English"))[number]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY, quote=True)}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        '<link rel="stylesheet" href="style.css">'
        '<link rel="alternate" type="application/atom+xml" href="atom.xml">'
        f'</head><body><p><a href="{other}">{there}</a></p><h1>{escape(title)}</h1>{body}</body></html>\n'
    )


def _index(figures: Figures, party: str, say: Say, number: int) -> str:
    language, other = LANGUAGES[number], LANGUAGES[1 - number]
    if not figures.months:
        body = f"<p>{say('none')}</p>"
    else:
        rows = [(month, figures.counts[month][TOTAL]) for month in figures.months]
        head = "".join(f"<th>{say(one)}</th>" for one in ("month", TOTAL, "hours"))
        lines = "".join(_line(figures, month, say, language) for month in (*figures.months, ALL))
        body = f"<p>{say('rule', least=figures.least)}</p>{bars(say(TOTAL), rows, say('withheld'))}"
        body += f"<h2>{say('digest')}</h2><table><tr>{head}</tr>{lines}</table>"
        body += _dimensions(figures, ALL, say, number)
    named = {"data.json": "data.json", "data.csv": "data.csv", "atom.xml": "Atom"}
    given = ", ".join(f'<a href="{name}">{text}</a>' for name, text in named.items())
    links = f'<p><a href="check.{language}.html">{say("check")}</a></p><p>{say("data")}: {given}</p>'
    return _page(TITLE[number].format(party=party), body + links, number, f"index.{other}.html")


def _line(figures: Figures, month: str, say: Say, language: str) -> str:
    shown = say("all") if month == ALL else f'<a href="{month}.{language}.html">{month}</a>'
    cells = (figures.counts[month][TOTAL], figures.hours.get(month))
    return f"<tr><td>{shown}</td>" + "".join(f"<td>{_number(one, say)}</td>" for one in cells) + "</tr>"


def _month(figures: Figures, month: str, say: Say, number: int) -> str:
    total = _number(figures.counts[month][TOTAL], say)
    hours = _number(figures.hours[month], say)
    body = f"<p>{say(TOTAL)}: {total}</p><p>{say('hours')}: {hours}</p>" + _dimensions(
        figures, month, say, number
    )
    back = f'<p><a href="index.{LANGUAGES[number]}.html">{say("digest")}</a></p>'
    return _page(month, body + back, number, f"{month}.{LANGUAGES[1 - number]}.html")


def _dimensions(figures: Figures, row: str, say: Say, number: int) -> str:
    body = ""
    for one in DIMENSIONS:
        rows = [
            (_word(one, label.partition(".")[2], number), count)
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


def _number(count: int | None, say: Say) -> str:
    return say("withheld") if count is None else str(count)


def _check(party: str, say: Say, number: int) -> str:
    ways = (("how", "detente site verify . --home HOME"), ("hand", "sha256sum -c SHA256SUMS"))
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


def _atom(figures: Figures, party: str) -> str:
    """Atom (RFC 4287): an entry a month, whose time is the end of that month's name: no clock is asked."""
    entries = "".join(
        f"<entry><id>urn:detente:{figures.genesis[:16]}:{month}</id><title>{month}</title>"
        f'<updated>{month}-01T00:00:00Z</updated><link href="{month}.en.html"/>'
        f"<summary>{SAID[TOTAL].en}: {_number(figures.counts[month][TOTAL], _speaker(0))}</summary></entry>"
        for month in reversed(figures.months)
    )
    updated = f"{figures.months[-1]}-01T00:00:00Z" if figures.months else "1970-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>urn:detente:{figures.genesis[:16]}</id><title>{escape(TITLE.en.format(party=party))}</title>"
        f"<author><name>{escape(party)}</name></author><updated>{updated}</updated>{entries}</feed>\n"
    )
