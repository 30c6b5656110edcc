"""The tenor: all that an accord says, clause by clause, as its officers read it before they sign.

    "  duty answer-test: every other party owes notices.acknowledge after notices.test, within PT1H"

Kinds, fields, rules and terms stand as they are signed, and every field of every clause stands; between them
are the words that say how they hang together. Whole sentences are in `detente accord explain`, which needs
the pillars' editions: an officer signs where they may not be installed.
"""

from collections.abc import Iterable, Iterator

from detente.accord.clause import Duty, Party, PillarTerms, Release, Trigger
from detente.accord.document import Accord
from detente.faces.prose.names import ROLES, STATES
from detente.faces.speech import Text
from detente.trust import charter
from detente.trust.charter import Charter

OWES = {
    "author": Text("its author", "提交方"),
    "all": Text("every party", "各方"),
    "others": Text("every other party", "其他各方"),
}
BY = {
    "officer": Text("signed by officers each time", "每次均须官员签字"),
    "node": Text("without an officer", "无须官员签字"),
}
PREVAILS = {
    "en": Text("English", "英文"),
    "zh": Text("Chinese", "中文"),
    "both": Text("both languages are equally authentic", "中英文本同等作准"),
}


def lines(accord: Accord) -> Iterator[Text]:
    """Everything that is signed, in the order of the document; of charters, who signs for a party."""
    yield Text(accord.title.en, accord.title.zh)
    yield Text(f"  genesis: {accord.genesis}", f"  创始摘要：{accord.genesis}")
    before = accord.previous or "-"
    yield Text(
        f"  version {accord.version}, in force from {accord.starts}; follows {before}",
        f"  第 {accord.version} 版，自 {accord.starts} 起生效；前一版 {before}",
    )
    prevails = PREVAILS[accord.prevails]
    yield Text(f"  prevails: {prevails.en}", f"  作准文本：{prevails.zh}")
    for name, party in accord.parties.items():
        yield from _party(name, party)
    for name, terms in accord.pillars.items():
        yield from _pillar(name, terms)
    for name, digest in accord.scales.items():
        yield Text(f"  scale {name}: {digest}", f"  量表 {name}：{digest}")
    yield from map(_duty, accord.duties)
    yield from map(_release, accord.release)
    yield from map(_trigger, accord.triggers)
    yield from _bounds(accord)
    yield from _facts(accord)


def _party(name: str, party: Party) -> Iterator[Text]:
    roles = [ROLES[one] for one in party.roles]
    en = f" ({', '.join(one.en for one in roles)})" if roles else ""
    zh = f"（{'、'.join(one.zh for one in roles)}）" if roles else ""
    yield Text(f"  party {name}: {party.names.en}{en}", f"  一方 {name}：{party.names.zh}{zh}")
    for domain, value in party.charters.items():
        made = charter.from_value(value)
        role, people = made.roles.get("officer"), _holders(made)
        needed = role.threshold if role else 0
        yield Text(
            f"    officers ({domain}): {needed} of {', '.join(people)}",
            f"    官员（{domain}）：{'、'.join(people)} 中至少 {needed} 人",
        )
    law, towards = party.lawful, "".join(f", {to}: {top}" for to, top in party.lawful.towards.items())
    yield Text(
        f"    its law: bases {', '.join(law.bases)}; of the classes {', '.join(law.classes)} at most "
        f"{law.ceiling} leaves{towards}",
        f"    本国法：依据 {'、'.join(law.bases)}；密级 {'、'.join(law.classes)}，"
        f"至多送出 {law.ceiling}{towards}",
    )
    for lab, word in party.laboratories.items():
        yield Text(f"    laboratory {lab}: {word.en}", f"    实验室 {lab}：{word.zh}")


def _holders(made: Charter) -> list[str]:
    role = made.roles.get("officer")
    return sorted({made.keys[keyid].holder for keyid in role.keys}) if role else []


def _pillar(name: str, terms: PillarTerms) -> Iterator[Text]:
    state = STATES[terms.state]
    yield Text(
        f"  pillar {name}: {state.en}, until {terms.sunset}, edition {terms.edition}",
        f"  领域 {name}：{state.zh}，至 {terms.sunset}，版次 {terms.edition}",
    )
    if terms.scope:
        yield Text(f"    scope: {terms.scope.en}", f"    范围：{terms.scope.zh}")
    if terms.activation:
        yield Text(f"    awaits: {terms.activation.en}", f"    启用条件：{terms.activation.zh}")


def _ending(when: str | None, excuse: Iterable[str]) -> Text:
    """What every clause may have: its rule, and what stops its clock."""
    en, zh = (f", when {when}", f"，条件 {when}") if when else ("", "")
    kinds = [*excuse]
    if kinds:
        en += f"; excused by {' or '.join(kinds)}"
        zh += f"；提交 {' 或 '.join(kinds)} 的，时限停止计算"
    return Text(en, zh)


def _duty(one: Duty) -> Text:
    kinds = (one.what,) if isinstance(one.what, str) else one.what
    who, end = OWES.get(one.owes, Text(one.owes, f"{one.owes} 一方")), _ending(one.when, one.excuse)
    if one.every:
        base = Text(f" every {one.every}", f"每 {one.every}，")
        late = Text(f", within {one.within} of its end", f"在期末后 {one.within} 内")
    else:
        base = Text(f" after {one.on}", f"{one.on} 之后，")
        late = Text(f", within {one.within}", f"在 {one.within} 内")
    late = late if one.within else Text("", "")
    return Text(
        f"  duty {one.id}: {who.en} owes {' or '.join(kinds)}{base.en}{late.en}{end.en}",
        f"  义务 {one.id}：{base.zh}{who.zh}须{late.zh}提交 {' 或 '.join(kinds)}{end.zh}",
    )


def _release(one: Release) -> Text:
    by, end = BY[one.by], _ending(one.when, one.excuse)
    late_en, late_zh = (
        (f", owed within {one.within}", f"，须在 {one.within} 内开示") if one.within else ("", "")
    )
    return Text(
        f"  release {one.id}: {', '.join(one.fields)} of {one.kind} to {one.to}, {by.en}{late_en}{end.en}",
        f"  开示 {one.id}：{one.kind} 的 {'、'.join(one.fields)} → {one.to}，{by.zh}{late_zh}{end.zh}",
    )


def _trigger(one: Trigger) -> Text:
    asked = [f"{verb} {about}" for verb, about in one.propose.items()]
    return Text(
        f"  trigger {one.id}: after {one.on}, when {one.when}, people decide within {one.decide} on "
        f"{', '.join(asked)}",
        f"  触发 {one.id}：{one.on} 之后，条件 {one.when}，提请人员在 {one.decide} 内决定 {'、'.join(asked)}",
    )


def _bounds(accord: Accord) -> Iterator[Text]:
    time, flow, witness = accord.time, accord.outflow, accord.witness
    per = "".join(f", {party}: {most}" for party, most in flow.per.items())
    yield Text(
        f"  outflow: {flow.bytes} bytes in {flow.period} to each party{per}",
        f"  流出预算：每 {flow.period} 向每一方至多 {flow.bytes} 字节{per}",
    )
    always_en = f", always {', '.join(witness.always)}" if witness.always else ""
    always_zh = f"，其中必须有 {'、'.join(witness.always)}" if witness.always else ""
    yield Text(
        f"  witnesses: {witness.quorum} of the others{always_en}",
        f"  联署：其他各方中的 {witness.quorum} 方{always_zh}",
    )
    told = (
        f"k {time.k}, receipt_every {time.receipt_every}, transit {time.transit}, skew {time.skew}, "
        f"hand_over {time.hand_over}, reading {time.reading or '-'}"
    )
    yield Text(f"  time: {told}", f"  时间常数：{told}")
    then_en = f", then {ROLES[accord.dispute.then].en}" if accord.dispute.then else ""
    then_zh = f"，其后由{ROLES[accord.dispute.then].zh}调解" if accord.dispute.then else ""
    yield Text(
        f"  dispute: talk {accord.dispute.talk}{then_en}", f"  争议：磋商 {accord.dispute.talk}{then_zh}"
    )
    leave, stay = accord.withdrawal, accord.withdrawal.surviving
    yield Text(
        f"  withdrawal: notice {leave.notice}, disposal {leave.disposal}; "
        f"surviving: {', '.join(stay) or '-'}",
        f"  退出：通知期 {leave.notice}，处置期 {leave.disposal}；继续有效：{'、'.join(stay) or '-'}",
    )


def _facts(accord: Accord) -> Iterator[Text]:
    for one in accord.facts:
        yield Text(
            f"  fact {one.id}: {one.value}, from {one.valid_from} until {one.valid_to}, checked "
            f"{one.checked_on}, {one.confidence}; {one.source}",
            f"  事实 {one.id}：{one.value}，自 {one.valid_from} 至 {one.valid_to}，核对于 {one.checked_on}，"
            f"置信度 {one.confidence}；{one.source}",
        )
