"""`detente triage rate|find|advice`: the axes, by two people apart; other scales and clocks, as advice.

Nothing is averaged: what two people say differently stands side by side until a third finds.
"""

import argparse
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from detente.accord.field import fields
from detente.faces import fact
from detente.faces.cli.desking import case_data, edition_of, opened, signed, told
from detente.faces.cli.drafting import given_of
from detente.faces.cli.facts import GRADES, STATES, clock_lines, clocks_at, sourced
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node.casework.case import Case
from detente.trust.errors import Malformed

AXES = ("near_miss", "harm", "potential", "control", "spread", "layers", "repeat")
LETTERS = {"H": "harm", "P": "potential", "C": "control", "S": "spread", "D": "layers"}
MAPPINGS = "severity_scale/mappings/"
ANSWERS = {"yes": Text("yes", "是"), "no": Text("no", "否"), "unknown": Text("unknown", "未知")}
TEST = re.compile(r"([HPCSD]) (>=|==|in) ([0-9]+)(?:\.\.([0-9]+))?")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Rate, find, or show what other scales say.

    Raises:
        As `desking.signed`; Malformed: `triage.12`, `triage.13`, `sheet.1`.
    """
    with opened(arguments) as (register, party):
        case = register.case(arguments.case)
        if arguments.act == "advice":
            return _advice(case, arguments, voice)
        if not arguments.values:
            return _questions(case, voice)
        axes = _axes(case, arguments)
        # 12. There is a reason.
        if not arguments.why:
            raise Malformed("triage.12", "No reason was given.", "Say --why TEXT.")
        data = {"axes": axes, "why": arguments.why}
        if arguments.act == "find":
            return told(
                signed(register, party, arguments, "casework.find", ("found", case.name, data)), voice
            )
        return told(signed(register, party, arguments, "casework.rate", ("rated", case.name, data)), voice)


def _axes(case: Case, arguments: argparse.Namespace) -> dict[str, Any]:
    axes, values = given_of(case.kind, {}, edition_of(case), arguments.values)
    known = [one.name for one in fields(edition_of(case).pillar.kinds[case.kind.partition(".")[2]].open)]
    wanted = [name for name in AXES if name in known]
    # 13. All axes are stated, if only as unknown, and nothing else.
    if values or sorted(axes) != sorted(wanted):
        raise Malformed("triage.13", "A rating states each axis once.", f"State: {', '.join(wanted)}.")
    return axes


def _questions(case: Case, voice: Voice) -> int:
    edition = edition_of(case)
    data = [{"axis": name, **_question(name, edition.words.fields[name])} for name in AXES]
    lines = [f"  {one['axis']}: {voice.choose(Text(one['en'], one['zh']))}" for one in data]
    known = fact.known()
    rungs = [one for one in known.values() if one.id.startswith("severity_scale/axes/")]
    told_ = [f"  {one.id}" for one in rungs]
    voice.result(
        data,
        [
            *lines,
            voice.choose(Text("the tests of each rung: detente facts show", "各级判据：detente facts show")),
            *told_,
        ],
    )
    return KEPT


def _question(name: str, word: Any) -> dict[str, str]:  # noqa: ANN401 (a word of a pillar)
    del name
    return {"en": word.en, "zh": word.zh}


def _advice(case: Case, arguments: argparse.Namespace, voice: Voice) -> int:
    on = date.fromisoformat(arguments.as_of) if arguments.as_of else datetime.now(UTC).date()
    axes = case.settled
    rows = list(_mapped(axes, on))
    clocks = clocks_at(arguments.since, on) if arguments.since else []
    note = Text(
        "Advice: nothing follows from it; each whole: detente facts show.",
        "仅供参考，不据此产生任何效力；全文见 detente facts show。",
    )
    voice.result(
        {"case": case_data(case), "axes": axes, "mappings": rows, "clocks": clocks},
        [
            *_mapping_lines(rows, voice),
            *clock_lines(clocks, voice),
            voice.choose(note),
        ],
    )
    return KEPT


def _mapping_lines(rows: list[dict[str, Any]], voice: Voice) -> Iterator[str]:
    """Each scale once, with how sure its mapping is and where it is from; below it what the case comes to."""
    scale = ""
    for one in rows:
        if one["scale"] != scale:
            scale = one["scale"]
            state = "" if one["state"] == "as_checked" else f"  {voice.choose(STATES[one['state']])}"
            yield f"  {scale}  {voice.choose(GRADES[one['grade']])}{state}"
            yield sourced(one["source"], one["checked_on"], one["valid_to"], voice)
            if voice.language == "zh" and one["chinese"]:
                yield f"      {one['chinese']}"
        answer = ANSWERS.get(one["answer"])
        yield f"    {one['name'] or '-'}  {voice.choose(answer) if answer else one['answer']}"


def _mapped(axes: dict[str, Any], on: date) -> Iterator[dict[str, Any]]:
    for one in fact.known().values():
        if one.id.startswith(MAPPINGS):
            value = one.value if isinstance(one.value, dict) else {"": one.value}
            for name, test in value.items():
                yield {
                    "scale": one.id.removeprefix(MAPPINGS),
                    "name": str(name),
                    "test": str(test),
                    "answer": answered(str(test), axes),
                    "state": one.state(on),
                    "grade": one.grade,
                    "source": one.source,
                    "checked_on": one.checked_on,
                    "valid_to": one.valid_to,
                    "chinese": one.chinese,
                }


def answered(test: str, axes: dict[str, Any]) -> str:
    """Return what a mapping comes to: yes, no, unknown, or its words where a person has to read them."""
    parts = test.split(" and ")
    found = [TEST.fullmatch(one) for one in parts]
    if not all(found):
        return f"? {test}"
    said = [_holds(one, axes) for one in found if one is not None]
    return "no" if False in said else "unknown" if None in said else "yes"


def _holds(found: "re.Match[str]", axes: dict[str, Any]) -> bool | None:
    value = axes.get(LETTERS[found[1]])
    if value is None:
        return None
    low, high = int(found[3]), int(found[4] or found[3])
    return bool(value >= low if found[2] == ">=" else low <= value <= high)
