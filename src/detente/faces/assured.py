"""What a statement, certificate or declaration comes to today, from the records of its thread alone.

    assured.state(of, thread, now)    ->    holds, unsigned, suspended, revoked, lapsed, or void

Pure over records as `detente record show ID --json` prints them. A statement says that tests were made; only
a certificate says that criteria were met, and only a standards body gives one. Both end by themselves; a
suspension ends by itself too, unless it is followed by a revocation. A certificate and a declaration bind the
name of their author: they hold only if its officers stand behind exactly that record (`accord.affirm`). Of a
statement it is said whether they do.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal, NamedTuple

from detente.faces import affirmed
from detente.faces.cards.card import day, named, word
from detente.faces.cards.sheet import STYLE
from detente.faces.cli.showing import Record
from detente.faces.speech import Text

State = Literal["holds", "unsigned", "suspended", "revoked", "lapsed", "void"]
STATES: dict[State, Text] = {
    "holds": Text("HOLDS", "有效"),
    "unsigned": Text("NOT SIGNED BY OFFICERS", "未经官员签字"),
    "suspended": Text("SUSPENDED", "已中止"),
    "revoked": Text("REVOKED", "已撤销"),
    "lapsed": Text("LAPSED", "已失效"),
    "void": Text("NEVER STOOD", "自始不成立"),
}
MEANS = {
    "assurance.statement": Text(
        "A statement of testing: these tests were made. It is no finding that the system is safe.",
        "测试声明：仅表明进行过这些测试，不构成对系统安全的认定。",
    ),
    "assurance.certificate": Text(
        "A certificate: a standards body found these criteria met, for this scope and these domains alone.",
        "证书：标准机构认定系统在所列范围和领域内符合所列准则，仅此而已。",
    ),
    "assurance.declaration": Text(
        "A declaration of policy: what its author says of its own conduct. It lapses unless it is renewed.",
        "政策声明：声明方对自身行为的表述。不续期即失效。",
    ),
}
TITLES = {
    "assurance.statement": Text("Statement of testing", "测试声明"),
    "assurance.certificate": Text("Certificate", "证书"),
    "assurance.declaration": Text("Declaration", "政策声明"),
}
OFFICIAL = frozenset({"assurance.certificate", "assurance.declaration"})
"""Kinds that do not hold unless officers of their author stand behind them."""

SIGNED = {
    True: Text(
        "Officers of its author stand behind exactly this record.",
        "出具方官员已签字确认，内容与此记录完全一致。",
    ),
    False: Text(
        "No officers of its author stand behind it: it is the word of a node's key.",
        "出具方官员未签字确认：仅由节点密钥签署。",
    ),
}
DUE = {
    "another-system": Text(
        "A later card of this thread is of another system: what is said here is not about that one.",
        "本案此后的安全卡针对另一系统：此处所述与该系统无关。",
    ),
    "failed-replication": Text(
        "A replication of its evidence differs: a suspension is due.", "对其依据的复现结果不一致：应予中止。"
    ),
    "incident": Text(
        "An incident names it or its card: a suspension is due.", "有事件报告涉及本文件或其安全卡：应予中止。"
    ),
}

TELLING = ("incidents.", "notices.notice", "notices.correction", "response.opened")
"""Kinds that tell of an event, and may name what they concern."""


class Standing(NamedTuple):
    """What it comes to.

    Args:
        state: today.
        because: the cause that a suspension or revocation states; empty otherwise.
        by: the record that ended it; empty if nothing did.
        until: the end of the suspension, or of it itself, in milliseconds.
        due: codes of `DUE`: what calls for a suspension that nobody has made.
        officers: whether officers of its author stand behind it.
    """

    state: State
    because: str
    by: str
    until: int
    due: tuple[str, ...]
    officers: bool


def state(of: Record, others: Sequence[Record], now: int) -> Standing:
    """Return what a statement, certificate or declaration comes to.

    Args:
        of: the record.
        others: records that may be about it: of its thread, replications, incidents; in any order.
        now: in milliseconds.
    """
    until, officers = int(of.open.get("valid_until", 0)), bool(affirmed.about(of, others))
    found, ended = _state(of, others, now, officers=officers)
    said = ended or Record(open={})
    ends = int(said.open["until"]) if found == "suspended" else until
    because = str(said.open.get("because", ""))
    return Standing(found, because, said.id, ends, tuple(_due(of, others)) if of.stands else (), officers)


def _state(of: Record, others: Sequence[Record], now: int, *, officers: bool) -> tuple[State, Record | None]:
    """Return the state, and the record that ended it."""
    if not of.stands:
        return "void", None
    ending = [one for one in others if one.stands and one.open.get("of") == of.id]
    revoked = next((one for one in ending if one.kind == "assurance.revocation"), None)
    if revoked is not None:
        return "revoked", revoked
    if int(of.open.get("valid_until", 0)) <= now:
        return "lapsed", None
    lifted = {one.open.get("of") for one in others if one.kind == "assurance.revocation" and one.stands}
    suspended = [one for one in ending if one.kind == "assurance.suspension" and one.id not in lifted]
    resting = [one for one in suspended if int(one.open["until"]) > now]
    if resting:
        return "suspended", max(resting, key=lambda one: int(one.open["until"]))
    return ("holds" if officers or of.kind not in OFFICIAL else "unsigned"), None


def _due(of: Record, others: Iterable[Record]) -> Iterable[str]:
    found = set()
    cards = {of.thread, of.id}
    evidence = set(of.open.get("evidence", ()))
    for one in others:
        if not one.stands:
            continue
        if one.kind == "assurance.card" and one.at > of.at and one.open.get("model") != of.open.get("model"):
            found.add("another-system")
        if one.kind == "evaluations.replication" and one.facts.get("agreement") == "differ":
            found |= {"failed-replication"} if one.open.get("of") in evidence or not evidence else set()
        if one.kind.startswith(TELLING) and cards & _named(one.open):
            found.add("incident")
    return sorted(found)


def _named(value: object) -> set[str]:
    """Every text in an open view: what a record of any kind may name another by."""
    if isinstance(value, str):
        return {value}
    members: Iterable[object] = ()
    if isinstance(value, dict):
        members = value.values()
    elif isinstance(value, list | tuple):
        members = value
    return set().union(*map(_named, members))


def page(of: Record, found: Standing, now: int) -> str:
    """Return a page for the public: what is said, by whom, until when, and what it does not mean."""
    rows = [
        _row(Text("State", "状态"), f"<strong>{_both(STATES[found.state])}</strong>"),
        _row(Text("As of", "截至"), escape(day(now))),
        _row(Text("By", "出具方"), escape(of.party)),
        _row(Text("Record", "记录"), f"<code>{escape(of.id)}</code>"),
    ]
    rows.append(_row(Text("Officers", "官员"), _both(SIGNED[found.officers])))
    if found.because:
        rows.append(_row(named("because"), _both(word("because", found.because))))
    if found.by:
        rows.append(_row(Text("Ended by", "所据记录"), f"<code>{escape(found.by)}</code>"))
    rows += [_row(named(name), _value(name, value)) for name, value in of.open.items() if name != "renews"]
    due = "".join(f"<li>{_both(DUE[one])}</li>" for one in found.due)
    texts = "".join(_text(name, value) for name, value in of.values.items() if value)
    title, means, verb = TITLES[of.kind], MEANS[of.kind], of.kind.rpartition(".")[2]
    verify = Text(
        f"Verify the logs off-line: detente verify EXPORT. Then: detente {verb} check FILE…",
        f"离线核对日志：detente verify 导出文件；再执行：detente {verb} check 文件……",
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title.en)} · {escape(title.zh)}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{_both(title)}</h1>\n<table>{''.join(rows)}</table>\n<ul>{due}</ul>{texts}\n"
        f'<div class="limit"><p>{_both(means)}</p><p>{_both(verify)}</p></div></main></body></html>\n'
    )


def _row(name: Text, value: str) -> str:
    return f"<tr><th>{_both(name)}</th><td>{value}</td></tr>\n"


def _value(name: str, value: object) -> str:
    if name.endswith("until"):
        return escape(day(int(str(value))))
    values = value if isinstance(value, list | tuple) else [value]
    field = "tested" if name == "domains" else name
    return "<br>".join(
        _both(word(field, str(one))) if _worded(field, one) else escape(str(one)) for one in values
    )


def _worded(field: str, value: object) -> bool:
    found = word(field, str(value))
    return found.en != str(value)


def _text(name: str, value: object) -> str:
    pair = value if isinstance(value, list | tuple) else (value, value)
    cells = "".join(f"<p>{escape(str(one))}</p>" for one in pair)
    return f'<h2>{_both(named(name))}</h2>\n<div class="pair">{cells}</div>\n'


def _both(text: Text) -> str:
    return f'{escape(text.en)} <span lang="zh-CN">{escape(text.zh)}</span>'
