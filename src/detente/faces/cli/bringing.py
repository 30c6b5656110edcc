"""`detente evaluate import --from PROGRAM FILE`: others' results as an extract, marked as unregistered.

Inspect logs, garak reports, PyRIT conversations, lm-evaluation-harness samples. What comes out can be
committed to, opened and compared like any extract; it has no plan, and nothing here or elsewhere takes it
for a registered run.
"""

import argparse
from pathlib import Path

from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.instruments import extract, outside

UNREGISTERED = Text(
    "UNREGISTERED: nobody knew of this run beforehand, nor how many others there were. It is no result.",
    "未登记：此次测试事先无人知晓，也不知另有多少次。它不构成测试结果。",
)


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Whose file, and where to."""
    one = acts.add_parser("import", help="others' results as an extract, marked as unregistered")
    one.add_argument(
        "--from", dest="program", choices=tuple(outside.READERS), required=True, help="who wrote it"
    )
    one.add_argument("file", type=Path, help="a log, report, export or file of samples")
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help="the extract to write")
    one.add_argument("--language", default="en", help="of its items, as a code (en)")


def bring(arguments: argparse.Namespace, voice: Voice) -> int:
    """Read another program's file, and write an extract.

    Raises:
        Malformed, TooLarge: `outside.*`, `extract.*`. HomeMissing: `place.2`.
    """
    made = outside.brought(arguments.program, file_of(arguments.file), arguments.language)
    extract.write(arguments.to, made.header, made.samples)
    unscored = sum(one.error is not None for one in made.samples)
    events = sum(one.error is None and one.score == extract.EVENT for one in made.samples)
    value = {"registered": False, "samples": len(made.samples), "events": events, "unscored": unscored}
    counted = Text(
        f"{len(made.samples)} samples, {events} unwanted events, {unscored} without a score: {arguments.to}",
        f"样本 {len(made.samples)} 个，不良事件 {events} 次，无评分 {unscored} 个：{arguments.to}",
    )
    voice.result(value | {"origin": arguments.program}, [voice.choose(counted), voice.choose(UNREGISTERED)])
    return KEPT


ACTS = {"import": bring}
