"""`detente triage return|resume|decline|handover|takeover`: to the reporter, out, and to the next shift."""

import argparse
from itertools import product
from typing import Any

from detente.faces.cli import reporter
from detente.faces.cli.desking import SHORT, STATES, by_of, done, opened, signed, told
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.node.casework.case import Case
from detente.node.casework.entry import SHIFT, Entry
from detente.node.casework.register import Register
from detente.node.errors import NoSuchThing, Refused
from detente.trust.errors import Malformed

REASONS = {
    "out-of-scope": Text("out of scope", "不属受理范围"),
    "duplicate": Text("a duplicate", "重复"),
    "no-incident": Text("no incident", "并非事件"),
    "cannot-take": Text(
        "what this desk does not take: a crime, an accident under inquiry, classified",
        "本台不受理：犯罪、调查中的事故、涉密内容",
    ),
    "unusable": Text("cannot be used", "无法使用"),
}


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one of the acts of this file.

    Raises:
        As `Register.do`, `desking.signed`; Malformed: `triage.12`, `triage.14`. Refused: `triage.15`.
        NoSuchThing: `triage.16`.
    """
    with opened(arguments) as (register, party):
        if arguments.act == "decline":
            return _declined(register, arguments, voice)
        if arguments.act == "handover":
            data = note(register, arguments.to, arguments.why or "")
            made = signed(register, party, arguments, "casework.handover", ("handed-over", SHIFT, data))
            return _told(data, made is None, voice)
        if arguments.act == "takeover":
            return _taken_over(register, party, arguments, voice)
        # 12. There is a reason.
        if not arguments.why:
            raise Malformed("triage.12", "No reason was given.", "Say --why TEXT.")
        if arguments.act == "resume":
            return told(done(register, arguments, "resumed", {"why": arguments.why}), voice)
        return told(_returned(register, arguments, voice), voice)


def _returned(register: Register, arguments: argparse.Namespace, voice: Voice) -> Case:
    """The question goes to whoever reported; keys that do not open change nothing."""
    number = reporter.number_of(register.case(arguments.case))
    officers = reporter.officers(arguments, voice) if number is not None else None
    made = done(register, arguments, "returned", {"why": arguments.why})
    if officers is not None and number is not None:
        officers.write(number, "question", str(arguments.why))
    return made


def _declined(register: Register, arguments: argparse.Namespace, voice: Voice) -> int:
    # 14. The reason is one of those that are counted.
    if arguments.reason not in REASONS:
        raise Malformed(
            "triage.14", f"{arguments.reason!a} is no reason.", f"Say one of {', '.join(REASONS)}."
        )
    cases = [register.case(one) for one in arguments.cases]
    names = [one.name for one in cases]
    numbers = [n for one in cases if (n := reporter.number_of(one)) is not None]
    desk = [reporter.officers(arguments, voice)] if numbers else []
    why = f"{arguments.reason}: {arguments.why}" if arguments.why else arguments.reason
    made = register.together(
        [Entry(case=one, what="declined", by=by_of(arguments), data={"why": why}) for one in names]
    )
    for number, officers in product(numbers, desk):
        officers.write(number, "closed", arguments.why or "", reporter.OUTCOMES[arguments.reason])
    said = voice.choose(REASONS[arguments.reason])
    voice.result([one.name for one in made], [f"{one.name[:SHORT]}  {said}" for one in made])
    return KEPT


def note(register: Register, to: str | None, why: str) -> dict[str, Any]:
    """Return what a handover says: to whom, why, and what is open. Raises NoSuchThing: `triage.16`."""
    # 16. Whoever takes over is on the roll.
    if to not in register.roll:
        raise NoSuchThing(
            "triage.16", f"{to!a} is not on the roll.", "Add the person: detente triage person FILE"
        )
    now = register.clock.now()
    still = [one for one in register.cases.values() if one.state not in ("declined", "drafted")]
    return {
        "to": to,
        "why": why,
        "open": [
            {"case": one.name, "state": one.state, "waits": list(one.waits(now)), "note": one.note}
            for one in still
        ],
    }


def _told(data: dict[str, Any], kept: bool, voice: Voice) -> int:  # noqa: FBT001 (whether it was recorded)
    rows = [
        [f"  {one['case'][:SHORT]}", voice.choose(STATES[one["state"]]), ", ".join(one["waits"]), one["note"]]
        for one in data["open"]
    ]
    head = (
        Text("Handed over:", "已交班：")
        if kept
        else Text("To be signed, casework.handover.act names:", "待签，casework.handover.act 列明：")
    )
    voice.result({**data, "recorded": kept}, [voice.choose(head), *table(rows)])
    return KEPT


def _taken_over(register: Register, party: str, arguments: argparse.Namespace, voice: Voice) -> int:
    data = takeover(register)
    made = signed(register, party, arguments, "casework.takeover", ("taken-over", SHIFT, data))
    return told(made, voice)


def last_shift(register: Register) -> Entry | None:
    """Return the last handover or takeover."""
    shifts = (one for one in reversed(register.entries()) if one.what in ("handed-over", "taken-over"))
    return next(shifts, None)


def takeover(register: Register) -> dict[str, Any]:
    """Return what a takeover says: of which handover, by whom. Raises Refused: `triage.15`."""
    last = last_shift(register)
    # 15. A shift waits to be taken over, by whoever was named.
    if last is None or last.what != "handed-over":
        raise Refused(
            "triage.15", "No shift waits to be taken over.", "Hand over first: detente triage handover"
        )
    return {"handover": last.n, "to": last.data["to"]}
