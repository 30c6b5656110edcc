"""A safety card as one page that needs nothing else, in both languages, and prints on one or two sheets.

What was not tested stands in the same table as what was, and in words, so that nobody has to notice a gap.
"""

from html import escape

from detente.faces.cards.card import DOMAINS, NOT_TESTED, Card, day, named, word
from detente.faces.speech import Text

TITLE = Text("Safety card", "安全卡")
LIMIT = Text(
    "This card says which tests were made and how they went. It is no finding that the system is safe.",
    "本卡载明进行了哪些测试及其结果，不构成对系统安全的认定。",
)
DRAFT = Text("DRAFT, not signed", "草稿，尚未签署")
EMPTY = Text("not stated", "未载明")
STYLE = """
@page { size: A4; margin: 16mm; }
body { font: 10.5pt/1.45 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #000; }
body { margin: 2em auto; max-width: 56em; }
h1 { font-size: 18pt; margin: 0; } h2 { font-size: 12pt; margin: 1.2em 0 .3em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .25em .6em; border-top: .5pt solid #888; }
th { font-weight: normal; width: 50%; } .not, .fail, .invalid { font-weight: bold; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.2em; }
.pair p { margin: 0; white-space: pre-wrap; }
code { font: 8.5pt Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.limit { border: 1.5pt solid #000; padding: .6em .9em; margin-top: 1.4em; }
@media print { body { margin: 0; max-width: none; } }
"""


def page(card: Card) -> str:
    """Return the whole file."""
    fields = card.fields
    system = card.text("system")
    facts = [
        (named("system"), system.en or EMPTY.en),
        (named("developer"), card.text("developer").en or EMPTY.en),
        (named("model"), fields.model),
        (named("number"), str(fields.number)),
        (named("valid_until"), day(fields.valid_until)),
        (named("access"), _line(word("access", fields.access))),
    ]
    rows = "".join(f"<tr><th>{_both(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    domains = "".join(_domain(card, one) for one in DOMAINS)
    mitigations = "".join(f"<li>{_both(word('mitigations', one))}</li>" for one in fields.mitigations)
    texts = "".join(_pair(card, one) for one in ("summary", "risks", "limits", "safeguards"))
    evidence = "".join(f"<li><code>{escape(one)}</code></li>" for one in fields.evidence)
    signed = f"<p>{escape(card.party)} · <code>{escape(card.id)}</code></p>" if card.id else _said(DRAFT)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(TITLE.en)} · {escape(TITLE.zh)} · {escape(system.en)}</title>"
        f"<style>{STYLE}</style></head>\n<body><main><h1>{_both(TITLE)}</h1>{signed}\n<table>{rows}</table>\n"
        f"<h2>{_both(named('tested'))} · {_both(named('untested'))}</h2>\n<table>{domains}</table>\n"
        f"<h2>{_both(named('mitigations'))}</h2>\n<ul>{mitigations or f'<li>{_both(EMPTY)}</li>'}</ul>\n"
        f"{texts}<h2>{_both(named('evidence'))}</h2>\n<ul>{evidence}</ul>\n"
        f'<div class="limit">{_said(LIMIT)}</div></main></body></html>\n'
    )


def _domain(card: Card, domain: str) -> str:
    outcome = card.outcome(domain)
    said = word("outcomes", outcome) if outcome else NOT_TESTED
    name, count = _both(word("tested", domain)), card.attempts(domain)
    if count > 1:
        said = Text(f"{said.en} ({count} attempts)", f"{said.zh}（共 {count} 次运行）")
    return f'<tr><th>{name}</th><td class="{outcome or "not"}">{_both(said)}</td></tr>\n'


def _pair(card: Card, name: str) -> str:
    text = card.text(name)
    text = text if text.en else EMPTY
    return (
        f'<h2>{_both(named(name))}</h2>\n<div class="pair"><p>{escape(text.en)}</p>'
        f'<p lang="zh-CN">{escape(text.zh)}</p></div>\n'
    )


def _both(text: Text) -> str:
    return f'{escape(text.en)} <span lang="zh-CN">{escape(text.zh)}</span>'


def _said(text: Text) -> str:
    return f'<p>{escape(text.en)}</p><p lang="zh-CN">{escape(text.zh)}</p>'


def _line(text: Text) -> str:
    return f"{text.en} · {text.zh}"
