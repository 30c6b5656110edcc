"""`detente triage person`, `take`, `list`, `show`, `accept`…: what a report says, and what has to go."""

import argparse
import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from detente.accord.edition import Edition
from detente.faces import door, pillars
from detente.faces.cli import reporter, weighing
from detente.faces.cli.drafting import given_of
from detente.faces.cli.place import file_of, home_of
from detente.faces.dossier import Offer, offers, texts
from detente.faces.exits import KEPT
from detente.faces.officer import Public
from detente.faces.speech import Text, Voice, clock, table
from detente.instruments.pseudonym import SORT_WORDS
from detente.instruments.redaction import USUAL, Treatment
from detente.instruments.spelling import squashed
from detente.instruments.suggestion import SORTS, Sort
from detente.node import durable
from detente.node.casework import person
from detente.node.casework.case import Case
from detente.node.casework.entry import SHIFT, Entry, What
from detente.node.casework.person import Act, Signed
from detente.node.casework.register import Register
from detente.node.clock import SystemClock
from detente.node.confidence.report import allowed
from detente.node.errors import NoSuchThing
from detente.node.home import Home
from detente.trust import canonical, envelope
from detente.trust.errors import Malformed

SHORT = 8
CONFIDENTIAL = {"title": "title", "account": "summary", "harm": "affected", "advice": "pattern"}
"""Fields of a confidential report, and the bilingual path that each becomes."""
PLACE = Text("Where and when: ", "地点与时间：")
TREATMENTS: tuple[Treatment, ...] = ("pseudonym", "coarse", "withhold", "unknown")
TREATED = {
    "pseudonym": Text("pseudonym", "化名"),
    "coarse": Text("coarse", "概括"),
    "withhold": Text("withhold", "不予公开"),
    "unknown": Text("unknown", "未知"),
}
STATES = {
    "open": Text("open", "处理中"),
    "submitted": Text("waits for a second reader", "待复核"),
    "confirmed": Text("confirmed", "已确认"),
    "returned": Text("returned to the reporter", "已退回报告人"),
    "declined": Text("declined", "不予受理"),
    "drafted": Text("a draft", "已转草稿"),
}


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[tuple[Register, str]]:
    """Give the register of the home that was named, and whose home it is."""
    home = Home.read(home_of(arguments))
    settings = home.settings
    register = Register.open(home.path, SystemClock(settings.time_scale, settings.time_anchor))
    try:
        yield register, settings.party
    finally:
        register.close()


def edition_of(case: Case) -> Edition:
    """Return the edition of the pillar that a case belongs to."""
    return pillars.editions()[case.kind.partition(".")[0]]


def done(register: Register, arguments: argparse.Namespace, what: What, data: dict[str, Any]) -> Case:
    """Keep an act that needs no signature, by who says that they do it."""
    case = register.case(arguments.case)
    return _kept(register, Entry(case=case.name, what=what, by=by_of(arguments), data=data))


def by_of(arguments: argparse.Namespace) -> str:
    """Return who acts, as they say. Raises Malformed: `triage.1`."""
    found = arguments.by or os.environ.get("DETENTE_PERSON", "")
    # 1. Somebody does it.
    if not found:
        raise Malformed("triage.1", "Nobody was named.", "Say --by NAME, or set DETENTE_PERSON.")
    return str(found)


def asked(party: str, act: Act, said: tuple[What, str, dict[str, Any]]) -> Signed:
    """Return what a person signs for an act: its name, its case, and the digest of what it says."""
    _, case, data = said
    plain: canonical.Value = msgspec.json.decode(msgspec.json.encode(data))
    digest = data.get("digest") or hashlib.sha256(canonical.encode(plain)).hexdigest()
    return Signed(act=act, party=party, case=case, digest=str(digest))


def signed(
    register: Register,
    party: str,
    arguments: argparse.Namespace,
    act: Act,
    said: tuple[What, str, dict[str, Any]],
) -> Case | Path | None:
    """Write what a person signs, or keep the act with their signature.

    Returns:
        The file that was written; the case after the act; None for an act on no case.

    Raises:
        As `person.who`, `envelope.parse`, `Register.do`.
    """
    what, case, data = said
    wanted = asked(party, act, said)
    if arguments.approval is None:
        path: Path = arguments.file or Path(f"{act}.act")
        durable.write(path, person.dump(wanted))
        return path
    raw = file_of(arguments.approval).strip()
    by = person.who(envelope.parse(raw), wanted, register.roll)
    text = base64.b64encode(raw).decode()
    return register.do(Entry(case=case, what=what, by=by, data=data, approval=text))


def told(result: Case | Path | None, voice: Voice) -> int:
    """Say what became of an act."""
    if isinstance(result, Path):
        text = Text(
            f"To be signed: {result}: detente officer sign --as act",
            f"待签：{result}：detente officer sign --as act",
        )
        voice.result({"act": str(result)}, [voice.choose(text)])
    elif result is None:
        voice.result({}, [voice.choose(Text("Recorded.", "已登记。"))])
    else:
        voice.result(case_data(result), [" ".join(row_of(result, voice))])
    return KEPT


def case_data(case: Case) -> dict[str, Any]:
    """Return a case as data: without its secret, and ratings only once they may be seen."""
    data: dict[str, Any] = msgspec.to_builtins(case)
    del data["secret"]
    return {
        **data,
        "ratings": msgspec.to_builtins(case.shown),
        "rated": len(case.ratings),
        "disputed": case.disputed,
    }


def row_of(case: Case, voice: Voice) -> list[str]:
    """Return the line of a case."""
    state = voice.choose(STATES[case.state])
    return [case.name[:SHORT], state, case.source, case.note]


def desk(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one of the acts of this file.

    Raises:
        As `Register.do`; Malformed: `triage.*`, `officer.1`, `sheet.1`.
    """
    with opened(arguments) as (register, _):
        if arguments.act == "list":
            return _listed(register, voice)
        if arguments.act == "person":
            public = Public.read(arguments.keys)
            register.do(Entry(case=SHIFT, what="person", by=public.holder, data={"keys": public.keys}))
            return told(None, voice)
        if arguments.act == "take":
            case = _kept(register, _take(register, arguments, voice))
        elif arguments.act == "show":
            case = register.case(arguments.case)
        else:
            case = _changed(register, arguments)
    found = offers(case, edition_of(case))
    voice.result({"case": case_data(case), "suggestions": found}, list(_shown(case, found, voice)))
    return KEPT


def _kept(register: Register, entry: Entry) -> Case:
    case = register.do(entry)
    return case if case is not None else register.case(entry.case)


def _listed(register: Register, voice: Voice) -> int:
    cases = [one for one in register.cases.values() if one.state not in ("declined", "drafted")]
    now = register.clock.now()
    rows = [[*row_of(one, voice), ", ".join(one.waits(now)), clock(one.at)] for one in cases]
    voice.result([{**case_data(one), "waits": one.waits(now)} for one in cases], table(rows))
    return KEPT


def _take(register: Register, arguments: argparse.Namespace, voice: Voice) -> Entry:
    beside = getattr(arguments, "with")
    secret = register.case(beside).secret if beside else os.urandom(32).hex()
    # 2. There is one source.
    if [arguments.draft, arguments.file, arguments.report].count(None) != 2:  # noqa: PLR2004 (all but one)
        raise Malformed("triage.2", "Name one source.", "Say --draft NAME, --report NUMBER, or --file FILE.")
    receipt = ""
    if arguments.draft is not None:
        with door.reach(home_of(arguments)) as node:
            sheet = node.sheet(arguments.draft)
        source, kind, opened_, values = f"draft:{sheet.name}", sheet.kind, sheet.open, sheet.values
    elif arguments.report is not None:
        told = reporter.read(arguments, voice)
        source, kind = f"{reporter.SOURCE}{told['number']}", "incidents.report"
        opened_, values, receipt = _from_file(json.dumps(told).encode())
    else:
        raw = file_of(arguments.file)
        source, kind = f"file:{hashlib.sha256(raw).hexdigest()}", "incidents.report"
        opened_, values, receipt = _from_file(raw)
    data = {
        "source": source,
        "receipt": receipt,
        "kind": kind,
        "secret": secret,
        "open": opened_,
        "values": values,
    }
    return Entry(case=os.urandom(8).hex(), what="taken", by=by_of(arguments), data=data)


def _from_file(raw: bytes) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return its open and sealed fields, and of a confidential report the digest of its receipt."""
    # 3. It is a draft, or a confidential report as an officer reads it.
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _no_report(str(error)) from error
    found = read.get("report", read.get("draft", read)) if isinstance(read, dict) else {}
    whole: dict[str, Any] = found if isinstance(found, dict) else {}
    receipt = str(read.get("receipt", "")) if isinstance(read, dict) else ""
    if isinstance(whole.get("account"), str):
        zh = whole.get("language") == "zh"
        if isinstance(whole.get("place"), str) and whole["place"]:
            # A report has no field for it: what of it may stay is for whoever takes names out to say.
            said = (PLACE.zh if zh else PLACE.en) + whole["place"]
            whole = {**whole, "account": f"{whole['account']}\n\n{said}"}
        values: dict[str, Any] = {
            path: ["", whole[name]] if zh else [whole[name], ""]
            for name, path in CONFIDENTIAL.items()
            if isinstance(whole.get(name), str) and whole[name]
        }
        if whole.get("system"):
            values["system"] = str(whole["system"])
        ongoing = whole.get("ongoing")
        stated_ = {"ongoing": ongoing} if isinstance(ongoing, bool) else {}
        return {**stated_, "use": allowed(whole.get("use"))}, values, receipt
    stated, sealed = whole.get("open"), whole.get("sealed", whole.get("values"))
    if not isinstance(stated, dict) or not isinstance(sealed, dict):
        raise _no_report("it has no open and sealed fields, and no account")
    return stated, sealed, receipt


def _no_report(why: str) -> Malformed:
    return Malformed(
        "triage.3", f"The file is no report: {why}.", "Give a draft's JSON, or a report that was opened."
    )


def _changed(register: Register, arguments: argparse.Namespace) -> Case:
    case = register.case(arguments.case)
    if arguments.act == "accept":
        chosen = _chosen(offers(case, edition_of(case)), arguments.numbers)
        marks = [_mark(one.name, one.sort, arguments, case) for one in chosen]
        return done(register, arguments, "marked", {"marks": marks})
    if arguments.act == "reject":
        named = [one for one in arguments.numbers if one in case.marks]
        numbers = [one for one in arguments.numbers if one not in case.marks]
        chosen = _chosen(offers(case, edition_of(case)), numbers)
        return done(register, arguments, "rejected", {"names": [*named, *(one.name for one in chosen)]})
    if arguments.act == "mark":
        sort: Sort = next((one for one in SORTS if one == arguments.sort), "organisation")
        return done(register, arguments, "marked", {"marks": [_mark(arguments.text, sort, arguments, case)]})
    if arguments.act == "field":
        return done(register, arguments, "treated", {"paths": {_path(case, arguments): _how(arguments.how)}})
    states, values = given_of(case.kind, case.values, edition_of(case), arguments.values)
    return done(register, arguments, "stated", {"open": states, "values": values})


def _mark(name: str, sort: Sort, arguments: argparse.Namespace, case: Case) -> dict[str, str]:
    treatment = getattr(arguments, "as") or USUAL[sort]
    # 4. It is something that can be done, and the other name is marked.
    if treatment not in TREATMENTS or not squashed(name):
        raise Malformed(
            "triage.4", f"{treatment[:40]!a} is no treatment.", f"Say one of {', '.join(TREATMENTS)}."
        )
    same = arguments.same_as or ""
    if same and same not in case.marks:
        raise NoSuchThing("triage.5", f"{same[:80]!a} is not marked.", "Mark that name first.")
    return {"name": name, "sort": sort, "treatment": treatment, "same_as": same}


def _path(case: Case, arguments: argparse.Namespace) -> str:
    # 6. The field is there.
    if arguments.path not in case.values:
        raise NoSuchThing(
            "triage.6", f"{arguments.path[:40]!a} is not in the report.", f"See: {', '.join(case.values)}."
        )
    return str(arguments.path)


def _how(how: str) -> str:
    # 7. It is something that can be done with a field.
    if how not in ("keep", "withhold", "unknown"):
        raise Malformed(
            "triage.7", f"{how[:40]!a} is nothing that is done.", "Say keep, withhold or unknown."
        )
    return how


def _chosen(found: tuple[Offer, ...], numbers: list[str]) -> list[Offer]:
    if numbers == ["all"]:
        return list(found)
    wanted: set[int] = set()
    for word in numbers:
        first, _, last = word.partition("-")
        # 8. The numbers are suggestions'.
        if not first.isdecimal() or not (last or first).isdecimal() or int(last or first) > len(found):
            raise NoSuchThing("triage.8", f"No suggestion {word[:40]!a}.", "See: detente triage show")
        wanted.update(range(int(first), int(last or first) + 1))
    return [one for one in found if one.number in wanted]


def _shown(case: Case, found: tuple[Offer, ...], voice: Voice) -> Iterator[str]:
    say = voice.choose
    yield "  ".join(row_of(case, voice))
    yield from table(
        [
            [f"  {path}", language, text]
            for path, language, text in texts(case.values, edition_of(case), case.kind)
        ]
    )
    yield from _limited(case, voice)
    rows = [
        [f"  {one.number}", say(Text(*SORT_WORDS[one.sort])), one.name, f"×{one.times}", one.path, one.why]
        for one in found
    ]
    yield say(
        Text(
            f"suggested, and nothing follows until a person accepts: {len(found)}",
            f"提示（须由人采纳方生效）：{len(found)}",
        )
    )
    yield from table(rows)
    marks = [
        [
            f"  ▪ {one['name']}",
            say(Text(*SORT_WORDS[one["sort"]])) if one["sort"] in SORT_WORDS else one["sort"],
            say(TREATED[one["treatment"]]),
            one["same_as"],
        ]
        for one in case.marks.values()
    ]
    yield from table(marks)
    yield from (f"  {path}: {how}" for path, how in case.treated.items())
    yield from weighing.lines(case, voice)


def _limited(case: Case, voice: Voice) -> Iterator[str]:
    """What it may be used for, and what whoever reported allows at most."""
    words = edition_of(case).words
    for name, use in (("use", case.open.get("use")), ("limit", case.promise)):
        if use and "use" in words.fields and (name == "use" or case.open.get("use") != use):
            word = words.values["use"].get(use)
            label = Text("use", "用途") if name == "use" else Text("the reporter allows", "报告人允许")
            yield f"  {voice.choose(label)}: {voice.choose(Text(word.en, word.zh)) if word else use}"
