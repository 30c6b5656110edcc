"""`detente incidents list` and `detente incidents draft …`: drafts, as people work on them.

A draft is private and unsigned. It shows of each field what is stated, from where, and what the source says
that may help to state it. A person states the rest, and a person tables it: nothing else does.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any, cast, get_args

from detente.accord import edition as editions
from detente.accord.edition import Edition
from detente.accord.field import Field, fields
from detente.accord.pillar import Grounds, Statement
from detente.faces import blank, door, pillars
from detente.faces.cli.asking import ask
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT
from detente.faces.form import PAIR, Form, Unfit, read
from detente.faces.speech import Text, Voice, as_json, clock, table
from detente.node.draft import Tabled
from detente.node.sheet import Listed, Nature, Sheet
from detente.node.status import Place
from detente.trust.errors import Malformed

SHORT = 8
NATURES: dict[str, Text] = {
    "incident": Text("incident", "事件"),
    "vulnerability": Text("vulnerability", "漏洞"),
    "evaluation": Text("evaluation", "测评结果"),
    "exercise": Text("exercise, staged by researchers", "研究演示，非实际事件"),
    "proceeding": Text("proceeding", "司法或行政程序"),
    "unknown": Text("not said", "未说明"),
}
STATES: dict[str, Text] = {
    "kept": Text("draft", "草稿"),
    "tabled": Text("tabled", "已提交"),
    "discarded": Text("discarded", "已弃用"),
}
ACTS = {
    "show": Text(
        "what it states, from where, and what is still to be stated", "已填内容及其出处，以及尚待填写的字段"
    ),
    "edit": Text("state fields of it", "填写其中的字段"),
    "rate": Text(
        "be asked for each open field that is not stated or unknown", "逐项询问尚未填写或未知的公开字段"
    ),
    "table": Text("sign it into the log, as a person decides", "由人决定，签入日志"),
    "discard": Text("take it out of work, and keep it from being imported again", "弃用，且不再从来源库引入"),
}


def declare(kinds: Any) -> None:  # noqa: ANN401 (argparse's own type of acts is private)
    """Add the acts to those of a pillar."""
    one = kinds.add_parser("list", help="drafts of this pillar, and records held, told apart")
    one.add_argument("--only", choices=("drafts", "records"), help="one of both")
    one.add_argument("--search", default="", metavar="TEXT", help="only drafts whose text or source has this")
    one.add_argument("--nature", choices=get_args(Nature), help="only drafts that their source calls so")
    one.add_argument("--all", action="store_true", help="also drafts that were tabled or discarded")
    declare_domain(one)
    declare_home(one)
    draft = kinds.add_parser("draft", help="show, fill in, table or discard one draft")
    acts = draft.add_subparsers(dest="act", metavar="show|edit|rate|table|discard", required=True)
    for name, text in ACTS.items():
        one = acts.add_parser(name, help=worded(draft, text))
        one.add_argument("draft", help="name, source or id of the draft; a beginning of the name will do")
        declare_home(one)
        if name == "edit":
            one.add_argument(
                "--set",
                action="append",
                required=True,
                metavar="FIELD=VALUE",
                help="nothing after = is unknown or absent; title.en=… and title.zh=… are the two languages",
            )
        if name == "table":
            declare_domain(one)


def listed(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the drafts and the records of a pillar."""
    edition = pillars.editions()[arguments.name]
    drafts: tuple[Listed, ...] = ()
    records: tuple[Place, ...] = ()
    with door.reach(home_of(arguments)) as node:
        if arguments.only != "records":
            drafts = tuple(
                one
                for one in node.sheets(edition.name, arguments.search)
                if (arguments.all or one.state == "kept") and arguments.nature in (None, one.nature)
            )
        if arguments.only != "drafts":
            kinds = [f"{edition.name}.{short}" for short in edition.pillar.kinds]
            records = tuple(one for kind in kinds for one in node.records(arguments.domain, kind))
    lines = [voice.choose(Text(f"{len(drafts)} drafts, private", f"草稿 {len(drafts)} 份，不对外"))]
    lines += table([_row(one, voice) for one in drafts])
    lines += [voice.choose(Text(f"{len(records)} records held", f"持有记录 {len(records)} 条"))]
    lines += table([[f"  {one.party}", str(one.index), one.id, one.kind] for one in records])
    voice.result({"drafts": drafts, "records": records}, marked(arguments.domain, lines))
    return KEPT


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Act on one draft.

    Raises:
        NoSuchThing: `drawer.1`, `drawer.2`. Refused: `drawer.3`, and as the gate says.
        Malformed: `sheet.1` what was given fits no field; `sheet.2` something is not stated yet.
    """
    with door.reach(home_of(arguments)) as node:
        sheet = node.sheet(arguments.draft)
        edition = pillars.editions()[sheet.kind.partition(".")[0]]
        if arguments.act == "table":
            _complete(sheet, edition)
            tabled = node.table_sheet(sheet.name, arguments.domain)
            voice.result(tabled, marked(tabled.domain, told(tabled, voice)))
            return KEPT
        if arguments.act == "discard":
            sheet = node.discard(sheet.name)
        elif arguments.act == "edit":
            opened, values, nature = _given(sheet, edition, arguments.set)
            sheet = node.amend(sheet.name, opened, values, nature)
        elif arguments.act == "rate":
            sheet = node.amend(sheet.name, _asked(sheet, edition, voice), {}, None)
        facts, refusals = _judged(sheet, edition, node.party)
    voice.result(
        {"draft": sheet, "facts": facts, "refusals": refusals},
        list(_shown(sheet, edition, voice, facts, refusals)),
    )
    return KEPT


def told(tabled: Tabled, voice: Voice) -> list[str]:
    """Say that something was tabled, and where it stands."""
    again = Text(" (it had been tabled before)", "（此前已提交）") if tabled.again else Text("", "")
    at = clock(tabled.at)
    return [
        voice.choose(Text(f"Tabled: {tabled.id}", f"已提交：{tabled.id}")) + voice.choose(again),
        voice.choose(Text(f"  entry {tabled.index}, {at}", f"  第 {tabled.index} 条，{at}")),
    ]


def _row(one: Listed, voice: Voice) -> list[str]:
    said = [voice.choose(STATES[one.state]), voice.choose(NATURES[one.nature])]
    return [f"  {one.name[:SHORT]}", one.source, *said, _plain(list(one.title), voice)[:100]]


def _unstated(sheet: Sheet, edition: Edition) -> list[Field]:
    spec = edition.pillar.kinds[sheet.kind.partition(".")[2]]
    return [one for one in fields(spec.open) if not one.optional and one.name not in sheet.open]


def _complete(sheet: Sheet, edition: Edition) -> None:
    lacking = ", ".join(one.name for one in _unstated(sheet, edition))
    # 2. Everything open is stated, if only as unknown where the kind allows it.
    if lacking and sheet.state == "kept":
        what = f"The draft does not state: {lacking}."
        raise Malformed("sheet.2", what, "State it: draft edit NAME --set FIELD=VALUE, or draft rate NAME.")


def given_of(
    kind: str, before: dict[str, Any], edition: Edition, said: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the open fields and sealed values that words such as `title.en=…` state. Raises: `sheet.1`."""
    states, values, _ = _given(Sheet(name="", kind=kind, values=before), edition, said)
    return states, values


def _given(
    sheet: Sheet, edition: Edition, said: list[str]
) -> tuple[dict[str, Any], dict[str, Any], Nature | None]:
    spec = edition.pillar.kinds[sheet.kind.partition(".")[2]]
    opened = {one.name: one for one in fields(spec.open)}
    sealed = {one.name: one for one in fields(spec.sealed, text=True)}
    states: dict[str, Any] = {}
    values: dict[str, Any] = {}
    nature: Nature | None = None
    for word in said:
        name, given, value = word.partition("=")
        path, _, language = name.partition(".")
        if given and name == "nature" and value in get_args(Nature):
            nature = cast("Nature", value)
        elif given and name in opened:
            states[name] = _fitting(opened[name], value)
        elif given and path in sealed:
            before = values.get(path, sheet.values.get(path))
            values[path] = _sealed(sealed[path], language, value, before)
            if values[path] is not None:
                editions.sealed_value(spec, path, values[path], "sheet.1")
        else:
            names = ", ".join((*opened, *sealed, "nature"))
            raise Malformed(
                "sheet.1", f"{word[:80]!a} fits no field.", f"Write FIELD=VALUE; fields: {names}."
            )
    return states, values, nature


def _fitting(field: Field, value: str) -> Any:  # noqa: ANN401 (an open value is any JSON)
    # 1. The value is one that the field can have.
    try:
        return read(field, "" if field.nullable and value == "unknown" else value)
    except Unfit as error:
        raise Malformed(
            "sheet.1", f"{value[:80]!a} is no {field.name}: {error}.", "Give a value that it can have."
        ) from error


def _sealed(field: Field, language: str, value: str, before: Any) -> Any:  # noqa: ANN401 (a sealed value is any JSON)
    if not value and not language:
        return None
    if field.item is not None and (field.low, field.high) == (PAIR, PAIR):
        pair = list(before) if before else ["", ""]
        pair[1 if language == "zh" else 0] = value
        return pair if any(pair) else None
    return [one.strip() for one in value.split(",")] if field.item is not None else _fitting(field, value)


def _asked(sheet: Sheet, edition: Edition, voice: Voice) -> dict[str, Any]:
    # 1. There is a person to ask.
    if sys.stdin is None or not sys.stdin.isatty():
        raise Malformed(
            "sheet.1", "There is no terminal to ask at.", "Use draft edit NAME --set FIELD=VALUE."
        )
    short = sheet.kind.partition(".")[2]
    form = Form(edition, short, voice)
    # What may be left out is for whoever reported to say, and not for who rates.
    every = [one for one in fields(edition.pillar.kinds[short].open) if not one.optional]
    asked = [one for one in every if sheet.open.get(one.name) is None]
    states: dict[str, Any] = {}
    for one in asked:
        if one.name in sheet.hints:
            voice.note(Text(f"  ? {sheet.hints[one.name]}", f"  ? {sheet.hints[one.name]}"))
        states[one.name] = form.answer(one, ask)
    return states


def _judged(sheet: Sheet, edition: Edition, party: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What would follow if it were tabled as it is; nothing of an answer, nor while it is half filled."""
    if _unstated(sheet, edition) or sheet.thread:
        return {}, []
    spec = edition.pillar.kinds[sheet.kind.partition(".")[2]]
    stated = editions.filled(sheet.open, spec.open, "sheet.1")
    grounds = Grounds(parties={party: frozenset()}, laboratories={}, scales=pillars.scales())
    said = Statement("0" * 64, sheet.kind, party, sheet.at, None, stated)
    judgement = edition.judge(said, {}, grounds)
    facts = {one: getattr(judgement.facts, one) for one in judgement.facts.__struct_fields__}
    return facts, [{"code": one.code, "en": one.en, "zh": one.zh} for one in judgement.refusals]


def _shown(
    sheet: Sheet, edition: Edition, voice: Voice, facts: dict[str, Any], refusals: list[dict[str, str]]
) -> Iterator[str]:
    say = voice.choose
    yield f"{sheet.name[:SHORT]}  {sheet.source}  {say(STATES[sheet.state])}, {say(NATURES[sheet.nature])}"
    if sheet.register:
        yield f"  {sheet.register}, {sheet.licence}"
    spec = edition.pillar.kinds[sheet.kind.partition(".")[2]]
    rows = [_stated(one, sheet, edition, voice) for one in fields(spec.open)]
    for path in spec.paths:
        value = _plain(sheet.values[path], voice) if path in sheet.values else say(Text("absent", "无"))
        rows.append([f"  ▪ {_field(path, edition, voice)}", sheet.origins.get(path, ""), value])
    yield from table(rows)
    yield from (f"  ? {name}: {text}" for name, text in sorted(sheet.hints.items()))
    if sheet.left:
        yield f"  {say(Text('carried by no field', '无对应字段'))}: {', '.join(sheet.left)}"
    yield from table(
        [
            [f"  → {_field(name, edition, voice)}", _word(name, value, edition, voice)]
            for name, value in facts.items()
        ]
    )
    yield from (f"  ! {one['code']}: {say(Text(one['en'], one['zh']))}" for one in refusals)
    lacking = ", ".join(one.name for one in _unstated(sheet, edition))
    if lacking:
        yield f"  {say(Text('to be stated before it can be tabled', '提交前须填写'))}: {lacking}"


def _stated(field: Field, sheet: Sheet, edition: Edition, voice: Voice) -> list[str]:
    value = "…"
    if field.name in sheet.open:
        said = sheet.open[field.name]
        value = voice.choose(blank.of(field)) if said is None else _word(field.name, said, edition, voice)
    return [f"  {_field(field.name, edition, voice)}", sheet.origins.get(field.name, ""), value]


def _field(name: str, edition: Edition, voice: Voice) -> str:
    word = edition.words.fields[name]
    return voice.choose(Text(word.en, word.zh)).partition(": ")[0].partition("：")[0]


def _word(name: str, value: Any, edition: Edition, voice: Voice) -> str:  # noqa: ANN401 (any JSON)
    if value is None:
        return voice.choose(blank.UNKNOWN)
    word = edition.words.values.get(name, {}).get(str(value))
    return (
        voice.choose(Text(word.en, word.zh)) if word else value if isinstance(value, str) else as_json(value)
    )


def _plain(value: Any, voice: Voice) -> str:  # noqa: ANN401 (a sealed value is any JSON)
    if isinstance(value, list) and len(value) == PAIR and all(isinstance(one, str) for one in value):
        return voice.choose(Text(value[0] or value[1], value[1] or value[0]))
    return value if isinstance(value, str) else as_json(value)
