"""`detente crosswalk coverage|export`: what is mapped between frameworks, where the gaps are, and as OSCAL.

coverage   how far each framework's items are mapped to another's; `--page` draws it
export     a mapping collection (OSCAL 1.2.1, JSON)

From a node (--home), or from records in files, as `detente record show ID --json` prints them.
"""

import argparse
import time
from html import escape
from pathlib import Path

import msgspec

from detente.faces import crosswalks, door
from detente.faces.cards.card import word
from detente.faces.cards.sheet import STYLE
from detente.faces.cli.showing import Record, shown
from detente.faces.crosswalks import Coverage
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.node import durable
from detente.pillars.assurance.kinds import Framework
from detente.trust import canonical

KIND = "assurance.crosswalk"
TITLE = Text("Coverage between frameworks", "框架之间的对照覆盖")
HEADS = (
    Text("agreed", "已议定"),
    Text("agreed gap", "议定无对应"),
    Text("not adopted", "未获采纳"),
    Text("nothing said", "未涉及"),
)
BARS = """
.bar { display: flex; height: 1.1em; border: .5pt solid #000; }
.bar span { overflow: hidden; font-size: 8pt; }
.mapped { background: #1b5e20; color: #fff; }
.gap { background: repeating-linear-gradient(45deg, #000 0 2px, #fff 2px 6px); }
.open { background: #ccc; } .none { background: #fff; }
"""


def declare(parser: argparse.ArgumentParser) -> None:
    """What is covered, and for others."""
    acts = parser.add_subparsers(dest="act", metavar="coverage|export", required=True)
    one = acts.add_parser("coverage", help="how far each framework is mapped to another, and where gaps are")
    _declare_records(one)
    one.add_argument("--page", type=Path, metavar="FILE", help="also draw it on a page")
    one = acts.add_parser("export", help="as a mapping collection of OSCAL 1.2.1")
    _declare_records(one)


def _declare_records(one: argparse.ArgumentParser) -> None:
    one.add_argument("record", type=Path, nargs="*", help="crosswalks, as shown")
    one.add_argument("--home", type=Path, help="of the node; then no files are needed")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Say what is covered, or print OSCAL.

    Raises:
        Malformed: `crosswalk.1`, `crosswalk.3`, `showing.1`. Contradiction: `crosswalk.2`. As `door.reach`.
    """
    found = crosswalks.relations(_records(arguments))
    if arguments.act == "export":
        voice.exact(canonical.encode(crosswalks.oscal(found, time.time_ns() // 1_000_000)).decode())
        return KEPT
    pairs = sorted({pair for one in found for pair in _both(one.fields.source, one.fields.target)})
    rows = [(source, target, crosswalks.covered(found, source, target)) for source, target in pairs]
    if arguments.page is not None:
        durable.write(arguments.page.absolute(), page(rows).encode(), 0o644)
    value = [{"source": source, "target": target, **one._asdict()} for source, target, one in rows]
    voice.result(value, _lines(rows, voice))
    return KEPT


def _both(source: Framework, target: Framework) -> set[tuple[Framework, Framework]]:
    return {(source, target), (target, source)}


def _records(arguments: argparse.Namespace) -> list[Record]:
    records = [shown(one) for one in arguments.record]
    if arguments.home is not None:
        with door.reach(arguments.home) as node:
            names = [one.id for one in node.records("live", KIND)]
            records += [msgspec.convert(msgspec.to_builtins(node.record(one)), Record) for one in names]
    return records


def _lines(rows: list[tuple[Framework, Framework, Coverage]], voice: Voice) -> list[str]:
    say = voice.choose
    heads = ["", *(say(one) for one in HEADS)]
    body = [[f"{source} → {target}", *(str(len(some)) for some in one)] for source, target, one in rows]
    nothing = [say(Text("No crosswalk is here.", "此处没有框架对照。"))]
    gaps = [f"  {source} → {target}: {' '.join(one.gaps)}" for source, target, one in rows if one.gaps]
    return table([heads, *body]) + gaps if rows else nothing


def page(rows: list[tuple[Framework, Framework, Coverage]]) -> str:
    """Return a page that draws each framework's items as a bar of four parts, as `HEADS` names them."""
    body = "".join(_row(source, target, one) for source, target, one in rows)
    legend = "".join(
        f'<tr><th>{_said(head)}</th><td><div class="bar"><span class="{name}" style="flex:1">'
        "&nbsp;</span></div></td></tr>"
        for head, name in zip(HEADS, ("mapped", "gap", "open", "none"), strict=True)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(TITLE.en)}</title>'
        f"<style>{STYLE}{BARS}</style></head><body><main><h1>{_said(TITLE)}</h1>\n<table>{legend}</table>\n"
        f"<table>{body}</table></main></body></html>\n"
    )


def _row(source: Framework, target: Framework, one: Coverage) -> str:
    parts = "".join(
        f'<span class="{name}" style="flex:{len(some)}" title="{escape(" ".join(some))}">{len(some)}</span>'
        for name, some in zip(("mapped", "gap", "open", "none"), one, strict=True)
        if some
    )
    gaps = f"<br><code>{escape(' '.join(one.gaps))}</code>" if one.gaps else ""
    ends = f"{_said(word('source', source))} → {_said(word('target', target))}"
    return f'<tr><th>{ends}</th><td><div class="bar">{parts}</div>{gaps}</td></tr>\n'


def _said(text: Text) -> str:
    return f'{escape(text.en)} <span lang="zh-CN">{escape(text.zh)}</span>'
