"""How a machine is met: its states and events in both languages, and its picture, drawn from its table.

mermaid(GRAVE, "en")      the text of a Mermaid state diagram; docs/machines.md has them all
"""

from collections.abc import Iterator, Mapping

from detente.accord.machines.amendment import AMENDMENT
from detente.accord.machines.dispute import DISPUTE
from detente.accord.machines.duty import ALARM, DUTY
from detente.accord.machines.grave import GRAVE
from detente.accord.machines.pause import PAUSE
from detente.accord.machines.pillar import PILLAR
from detente.accord.machines.proposal import PROPOSAL
from detente.accord.machines.withdrawal import WITHDRAWAL
from detente.faces.speech import Text
from detente.trust.machine import Row, Table
from detente.trust.rotation import ROTATION

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        GRAVE,
        PAUSE,
        PILLAR,
        DUTY,
        ALARM,
        ROTATION,
        AMENDMENT,
        WITHDRAWAL,
        DISPUTE,
        PROPOSAL,
    )
}

STATES: Mapping[str, Text] = {
    "": Text("quiet", "未提醒"),
    "none": Text("none", "尚无"),
    "proposed": Text("proposed", "已提出"),
    "approved": Text("approved", "已批准"),
    "executed": Text("executed", "已执行"),
    "aborted": Text("aborted", "已叫停"),
    "expired": Text("expired", "已过期"),
    "running": Text("running", "暂停中"),
    "requested": Text("requested", "已请求"),
    "unanswered": Text("unanswered", "逾期未答"),
    "accepted": Text("accepted", "已接受"),
    "mutual": Text("mutual", "双方暂停"),
    "ended": Text("ended", "到期终止"),
    "lifted": Text("lifted", "提前解除"),
    "lapsed": Text("lapsed", "已失效"),
    "withdrawn": Text("withdrawn", "请求已撤回"),
    "declined": Text("declined", "已拒绝"),
    "cannot-say": Text("cannot say", "无可奉告"),
    "cannot-send": Text("cannot lawfully send", "依法不能发送"),
    "dormant": Text("dormant", "休眠"),
    "prepared": Text("prepared", "就绪"),
    "pilot": Text("pilot", "试行"),
    "active": Text("active", "生效"),
    "suspended": Text("suspended", "中止"),
    "retired": Text("retired", "终止"),
    "owed": Text("owed", "待履行"),
    "kept": Text("kept", "已履行"),
    "replaced": Text("replaced", "由新版取代（未定）"),
    "superseded": Text("superseded", "由新版取代"),
    "excused": Text("excused", "免责（未定）"),
    "dispensed": Text("excused for good", "免责"),
    "missed": Text("missed", "未按时履行"),
    "overdue": Text("missed and overdue", "逾期未履行"),
    "forked": Text("forked", "日志分叉"),
    "unobservable": Text("unobservable", "无法观察"),
    "disputed": Text("disputed", "有争议"),
    "warned": Text("warned", "已提醒"),
    "unknown": Text("unknown", "未知"),
    "in-force": Text("in force", "有效"),
    "revoked": Text("revoked", "已吊销"),
    "binding": Text("binding", "已具约束力"),
    "adopted": Text("adopted", "已采用"),
    "member": Text("member", "成员"),
    "leaving": Text("leaving", "通知期内"),
    "left": Text("left", "已退出"),
    "closed": Text("closed", "手续完结"),
    "talking": Text("talking", "磋商"),
    "mediation": Text("mediation", "调解"),
    "found": Text("found", "已有结论"),
    "settled": Text("settled", "已和解"),
    "dropped": Text("dropped", "已撤回"),
    "unresolved": Text("unresolved", "未决"),
    "open": Text("open", "待决定"),
    "taken": Text("taken", "已采纳"),
    "refused": Text("refused", "已否决"),
}

EVENTS: Mapping[str, Text] = {
    "propose": Text("propose", "提出"),
    "approve": Text("approve", "批准"),
    "abort": Text("abort", "叫停"),
    "execute": Text("execute", "执行"),
    "tick": Text("time", "到时"),
    "pause": Text("pause", "暂停"),
    "decline": Text("decline", "拒绝"),
    "cannot-say": Text("cannot say", "无可奉告"),
    "cannot-send": Text("cannot lawfully send", "依法不能发送"),
    "lift": Text("lift", "解除"),
    "attest": Text("attest", "证明"),
    "prepare": Text("prepare", "准备"),
    "try": Text("try", "试行"),
    "activate": Text("activate", "启用"),
    "suspend": Text("suspend", "中止"),
    "rest": Text("rest", "转入休眠"),
    "retire": Text("retire", "终止"),
    "look": Text("the evidence says so", "依证据判断"),
    "charter": Text("new charter", "新章程"),
    "revoke": Text("revoke", "吊销"),
    "disavow": Text("disavow", "否认"),
    "counter": Text("counter", "反提案"),
    "sign": Text("sign", "签署"),
    "adopt": Text("adopt", "采用"),
    "withdraw": Text("withdraw", "退出"),
    "finish": Text("finish", "作结"),
    "raise": Text("raise", "提出争议"),
    "settle": Text("settle", "和解"),
    "drop": Text("drop", "撤回"),
    "find": Text("find", "作出结论"),
    "fire": Text("rule holds", "规则成立"),
    "take": Text("take", "采纳"),
    "refuse": Text("refuse", "否决"),
}


def mermaid(table: Table, lang: str) -> str:
    """Return a table's picture as the text of a Mermaid state diagram, in "en" or "zh"."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_said(STATES, one, lang)}" as {_name(one)}' for one in table.states]
    lines.append(f"    [*] --> {_name(table.start)}")
    lines += dict.fromkeys(_arrows(table, lang))
    lines += [f"    {_name(end)} --> [*]" for end in table.ends]
    return "\n".join(lines) + "\n"


def _arrows(table: Table, lang: str) -> Iterator[str]:
    for row in table.rows:
        # From every open verdict a duty may come to every other: one arrow from where it begins is enough.
        if table.name != "duty" or row.state in (table.start, "overdue"):
            yield f"    {_name(row.state)} --> {_name(row.to)}: {_label(row, lang)}"


def _label(row: Row, lang: str) -> str:
    # The codes of what has to hold, as refusals say them; the colon that Mermaid reads ends before them.
    codes = ", ".join(dict.fromkeys(one.code for one in row.when))
    return f"{_said(EVENTS, row.event, lang)}{f' [{codes}]' if codes and row.event != 'look' else ''}"


def _said(words: Mapping[str, Text], name: str, lang: str) -> str:
    return words[name].zh if lang == "zh" else words[name].en


def _name(state: str) -> str:
    return state.replace("-", "_") or "quiet"
