"""`detente accord diff`: what a new text changes of an old one, in words, and for each party and field."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from detente.accord.comparison import Row
from detente.accord.version import Version
from detente.faces import manuscript
from detente.faces.exits import KEPT
from detente.faces.prose import changes
from detente.faces.prose.changes import DECIDED, SHIFTS, Edit
from detente.faces.speech import Text, Voice, as_json
from detente.trust.canonical import Value

ADDED, REMOVED, CHANGED = Text("new", "新增"), Text("gone", "删去"), Text("changed", "修改")
BEFORE, AFTER = Text("before", "原文"), Text("after", "新文")
SAME = Text("Nothing differs.", "两份文本没有差别。")


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("diff", help="what a new text changes of an old one, clause by clause and by party")
    one.add_argument("old", type=Path, help="YAML, signed bytes or an envelope")
    one.add_argument("new", type=Path, help="YAML, signed bytes or an envelope")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Compare two texts.

    Raises:
        DetenteError: as `manuscript` refuses.
    """
    old, new = (manuscript.compiled(manuscript.read(path)) for path in (arguments.old, arguments.new))
    edits, frame = [*changes.edits(old, new)], [*changes.frame(old, new)]
    bounds = [*changes.bounds(old, new)]
    rows, by = changes.shifts(old, new)
    value = {
        "clauses": [_plain(one) for one in edits],
        "bounds": [_plain(one) for one in bounds],
        "frame": [{"path": path, "old": before, "new": after} for path, before, after in frame],
        "decided": by,
        "shares": [
            {
                "party": row.party,
                "effect": row.effect,
                "shift": row.shift,
                **changes.share(row, old, new)._asdict(),
            }
            for row in rows
        ],
    }
    lines = [*_clauses([*edits, *bounds], voice), *_frame(frame)]
    lines = (
        [*lines, *_shares(rows, (old, new), voice), voice.choose(DECIDED[by])]
        if lines
        else [voice.choose(SAME)]
    )
    voice.result(value, lines)
    return KEPT


def _plain(one: Edit) -> dict[str, object]:
    return {
        "section": one.section,
        "id": one.id,
        "old": one.old._asdict() if one.old else None,
        "new": one.new._asdict() if one.new else None,
    }


def _clauses(edits: list[Edit], voice: Voice) -> Iterator[str]:
    for one in edits:
        name = f" [{one.id}]" if one.id else ""
        if one.old is None and one.new is not None:
            yield f"{voice.choose(ADDED)}{name} {voice.choose(one.new)}"
        elif one.new is None and one.old is not None:
            yield f"{voice.choose(REMOVED)}{name} {voice.choose(one.old)}"
        elif one.old is not None and one.new is not None:
            yield f"{voice.choose(CHANGED)}{name}"
            yield f"  {voice.choose(BEFORE)}: {voice.choose(one.old)}"
            yield f"  {voice.choose(AFTER)}: {voice.choose(one.new)}"


def _frame(frame: list[tuple[str, Value, Value]]) -> Iterator[str]:
    for path, before, after in frame:
        yield f"{path}: {as_json(before)} → {as_json(after)}"


def _shares(rows: tuple[Row, ...], versions: tuple[Version, Version], voice: Voice) -> Iterator[str]:
    changed = [row for row in rows if row.shift != "unchanged"]
    for row in changes.gathered(sorted(changed, key=lambda one: one.party)):
        yield f"{voice.choose(SHIFTS[row.shift])}: {voice.choose(changes.share(row, *versions))}"
    told = Text(
        f"{len(rows) - len(changed)} of {len(rows)} shares are unchanged.",
        f"共 {len(rows)} 项权益与义务，其中 {len(rows) - len(changed)} 项未变。",
    )
    yield voice.choose(told)
