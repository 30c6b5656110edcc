"""`detente triage copy`, `submit`, `confirm`, `preview`…: what changes hands, and who agrees to it."""

import argparse
import os
from collections.abc import Iterator
from typing import Any

import msgspec

from detente.faces import door
from detente.faces.cli.desking import case_data, done, edition_of, opened, signed, told
from detente.faces.cli.place import file_of, home_of
from detente.faces.dossier import Copy, copied, crowded, texts
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.instruments.crowd import Crowd
from detente.node import durable
from detente.node.casework.case import Case
from detente.node.casework.register import Register
from detente.node.errors import HomeMissing, Refused
from detente.node.sheet import Sheet
from detente.trust.errors import Malformed

HOUR = 3_600_000
HOURS, LONGEST = 72, 24 * 366
MOST = 2_000
"""With how many drafts of this home a copy is compared."""

FEW = Text(
    "few: it may lead to somebody; make a field unknown, or say less",
    "过少：可能指向具体对象，请将某个字段改为未知，或减少内容",
)
LIMITS = Text(
    "k counts the drafts of this home alone; an outsider may know more, and texts tell more than fields.",
    "k 仅按本主目录所存草稿计算；外部人员所知可能更多，文本透露的信息也多于字段。",
)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one of the acts of this file.

    Raises:
        As `Register.do`, `desking.signed`; Refused: `triage.9`. Malformed: `triage.10`.
        HomeMissing: `triage.11`.
    """
    with opened(arguments) as (register, party):
        case = register.case(arguments.case)
        act = arguments.act
        if act == "copy":
            return _copy(case, arguments, voice)
        if act == "submit":
            found = _ready(case, arguments.audience or "accord")
            made = signed(register, party, arguments, "casework.submit", ("submitted", case.name, found.said))
            return told(made, voice)
        if act == "confirm":
            digest = _ready(case, case.copy.get("audience", "accord")).digest
            what = {"digest": digest}
            made = signed(register, party, arguments, "casework.confirm", ("confirmed", case.name, what))
            return told(made, voice)
        return told(_more(register, case, arguments), voice)


def _more(register: Register, case: Case, arguments: argparse.Namespace) -> Case:
    act = arguments.act
    if act == "back":
        return done(register, arguments, "sent-back", {"why": arguments.why or ""})
    if act == "preview":
        return _preview(register, case, arguments)
    if act == "object":
        text = file_of(arguments.text).decode("utf-8", "replace")
        return done(register, arguments, "objected", {"lab": arguments.lab, "text": text})
    if act == "waive":
        return done(register, arguments, "waived", {"lab": arguments.lab})
    if act == "answer":
        number = int(arguments.number) if str(arguments.number).isdecimal() else 0
        return done(register, arguments, "answered", {"number": number, "answer": _why(arguments)})
    name = os.urandom(16).hex()
    made = done(register, arguments, "drafted", {"why": name})
    copy = case.copy
    sheet = Sheet(
        name=name,
        kind=copy["kind"],
        source=f"case:{case.name}",
        register="triage",
        nature="incident",
        open=copy["open"],
        values=copy["values"],
        limit=case.promise,
    )
    with door.reach(home_of(arguments)) as node:
        node.keep((sheet,))
    return made


def _preview(register: Register, case: Case, arguments: argparse.Namespace) -> Case:
    hours = int(arguments.hours) if str(arguments.hours or HOURS).isdecimal() and arguments.hours else HOURS
    # 10. The time is one.
    if not 0 < hours <= LONGEST or (arguments.hours and not str(arguments.hours).isdecimal()):
        raise Malformed("triage.10", f"{arguments.hours!a} is no number of hours.", f"Say 1 to {LONGEST}.")
    # 11. There is a new file to write to.
    if arguments.to is None or arguments.to.exists():
        raise HomeMissing(
            "triage.11", "There is no new file for the preview.", "Say --to FILE, one that is not there."
        )
    until = register.clock.now() + hours * HOUR
    made = done(register, arguments, "previewed", {"lab": arguments.lab, "until": until})
    shown = {**case.copy, "lab": arguments.lab, "until": until}
    durable.write(arguments.to, msgspec.json.format(msgspec.json.encode(shown), indent=1))
    return made


def _why(arguments: argparse.Namespace) -> str:
    # 12. There is a reason.
    if not arguments.why:
        raise Malformed("triage.12", "No reason was given.", "Say --why TEXT.")
    return str(arguments.why)


def _ready(case: Case, audience: str) -> Copy:
    found = copied(case, edition_of(case), audience)
    # 9. No marked name stands in it still.
    if found.left:
        what = f"These marked names stand in the copy still: {', '.join(found.left)}."
        raise Refused("triage.9", what, "Word the text anew, or mark a longer name.")
    return found


def _copy(case: Case, arguments: argparse.Namespace, voice: Voice) -> int:
    found = copied(case, edition_of(case), arguments.audience or case.copy.get("audience") or "accord")
    corpus = _corpus(case, arguments)
    estimate = crowded(found, corpus)
    data = {
        "case": case_data(case),
        "copy": found,
        "crowd": {**msgspec.to_builtins(estimate), "few": estimate.few},
    }
    voice.result(data, list(_shown(found, estimate, voice)))
    return KEPT


def _corpus(case: Case, arguments: argparse.Namespace) -> dict[str, tuple[dict[str, Any], str]]:
    found: dict[str, tuple[dict[str, Any], str]] = {}
    edition = edition_of(case)
    with door.reach(home_of(arguments)) as node:
        for one in node.sheets(case.kind.partition(".")[0])[:MOST]:
            own = case.source == f"draft:{one.name}" or one.source == f"case:{case.name}"
            if one.kind == case.kind and not own:
                sheet = node.sheet(one.name)
                told_ = "\n".join(text for _, _, text in texts(sheet.values, edition, case.kind))
                found[one.source or one.name] = (sheet.open, told_)
    return found


def _shown(copy: Copy, crowd: Crowd, voice: Voice) -> Iterator[str]:
    say = voice.choose
    yield f"{say(Text('digest', '摘要'))} {copy.digest}  {say(Text('for', '对象'))} {copy.audience}"
    for one in copy.parts:
        if one.changes:
            yield from (
                f"  - {one.path} {one.language}: {one.before}",
                f"  + {one.path} {one.language}: {one.after}",
            )
        else:
            yield f"    {one.path} {one.language}: {one.after}"
    yield from (f"  × {one}: {say(Text('withheld', '不予公开'))}" for one in copy.withheld)
    yield from (f"  ! {one}: {say(Text('stands in it still', '仍出现在副本中'))}" for one in copy.left)
    yield from table([[f"    {name}", str(value)] for name, value in copy.open.items()])
    yield say(
        Text(
            f"k: {crowd.possible} possible, {crowd.exact} exact, of {crowd.of} records",
            f"k：可能 {crowd.possible}，完全相同 {crowd.exact}，比对记录 {crowd.of} 条",
        )
    )
    if crowd.few:
        yield f"  ! {say(FEW)}"
    yield from (
        f"  {say(Text('without', '若不填'))} {name}: {count}" for name, count in crowd.without.items()
    )
    yield from (
        f"  ! {name}: {share:.0%} {say(Text('of the text stands there too', '的文本与之相同'))}"
        for name, share in crowd.near.items()
    )
    yield say(LIMITS)
