"""Each clause of an accord as one sentence, in both languages."""

import re
from typing import NamedTuple

from detente.accord.clause import Duty, Release, Trigger
from detente.accord.rule import Rule
from detente.accord.soundness import whats
from detente.accord.version import STANDING_READS, Version
from detente.faces.prose.condition import OR, condition
from detente.faces.prose.names import Names, every, listed, term
from detente.faces.speech import Text


class Told(NamedTuple):
    """A sentence, and the clause that it is of ("" for the frame)."""

    clause: str
    text: Text


def told(clause: str, en: str, zh: str) -> Told:
    """A sentence; in Chinese no space stands before a full stop or a comma."""
    return Told(clause, Text(en, re.sub(r" (?=[，。；、）])", "", zh)))


def frame(en: str, zh: str) -> Told:
    """One sentence that no clause of its own stands for."""
    return told("", en, zh)


def duty(clause: Duty, version: Version) -> Told:
    """What is owed by whom, after what, by when."""
    names = Names(version)
    what = listed((names.kind(one) for one in whats(clause.what)), OR)
    who = _debtor(clause, names)
    stop = _excuse(clause.excuse, names)
    if clause.on is None:
        period = every(clause.every or "")
        late = _grace(clause.within)
        return told(
            clause.id,
            f"{_capital(period.en)}, {who.en} owes {what.en}{late.en}.{stop.en}",
            f"{period.zh}，{who.zh}须提交{what.zh}{late.zh}。{stop.zh}",
        )
    base, by = names.kind(clause.on), term(clause.within or "")
    asked = condition(version.obligations[clause.id].rule, clause.on, names)
    where = Text(f" in which {asked.en}", f"，且{asked.zh}") if asked else Text("", "")
    return told(
        clause.id,
        f"After {base.en}{where.en}, {who.en} owes {what.en} within {by.en}.{stop.en}",
        f"提交{base.zh}{where.zh}的，{who.zh}须在 {by.zh}内提交{what.zh}。{stop.zh}",
    )


def release(clause: Release, version: Version) -> Told:
    """What is shown to whom, and who must sign."""
    names = Names(version)
    kind, to = names.kind(clause.kind), names.audience(clause.to)
    fields = listed(names.field(clause.kind, path) for path in clause.fields)
    asked = condition(_rule(clause, version), clause.kind, names)
    where = Text(f", if {asked.en}", f"，条件是{asked.zh}") if asked else Text("", "")
    by = (
        Text("An officer signs each time.", "每次均须官员签字。")
        if clause.by == "officer"
        else Text("It goes at once, without an officer.", "即时送出，无须官员签字。")
    )
    owed = _owed(clause, version, names)
    return told(
        clause.id,
        f"Of {kind.en}, {fields.en} may be shown to {to.en}{where.en}. {by.en}{owed.en}",
        f"{kind.zh}中的{fields.zh}可向{to.zh}开示{where.zh}。{by.zh}{owed.zh}",
    )


def trigger(clause: Trigger, version: Version) -> Told:
    """What a record proposes to people, who then decide."""
    names = Names(version)
    base, by = names.kind(clause.on), term(clause.decide)
    asked = condition(version.triggers[clause.id][1], clause.on, names)
    where = Text(f" in which {asked.en}", f"，且{asked.zh}") if asked else Text("", "")
    what = listed(_proposal(verb, to, names) for verb, to in clause.propose.items())
    return told(
        clause.id,
        f"After {base.en}{where.en}, people are asked to decide within {by.en} on {what.en}; "
        "nothing happens by itself.",
        f"提交{base.zh}{where.zh}的，提请人员在 {by.zh}内就{what.zh}作出决定；不自动执行。",
    )


def _grace(within: str | None) -> Text:
    """How long after the end of a period."""
    if within is None:
        return Text("", "")
    length = term(within)
    return Text(f", at the latest {length.en} after its end", f"，最迟不晚于期末后 {length.zh}")


def _debtor(clause: Duty, names: Names) -> Text:
    words = {
        "author": Text("its author", "提交方"),
        "all": Text("every party", "各方"),
        "others": Text("every other party", "其他各方"),
    }
    if clause.owes.startswith("facts."):
        named = names.field(clause.on or "", clause.owes.removeprefix("facts."))
        return Text(f"who is named in {named.en}", f"{named.zh}所指的一方")
    return words.get(clause.owes) or names.party(clause.owes)


def _excuse(kinds: tuple[str, ...], names: Names) -> Text:
    if not kinds:
        return Text("", "")
    said = listed((names.kind(one) for one in kinds), OR)
    return Text(f" {said.en} stops the clock without fault.", f"提交{said.zh}的，时限停止计算，不构成过失。")


def _rule(clause: Release, version: Version) -> Rule | None:
    rules = (
        rule
        for granted in version.grants.values()
        for rule in granted.bank.rules
        if granted.clauses[rule.place.path].id == clause.id
    )
    return next(rules, None)


def _owed(clause: Release, version: Version, names: Names) -> Text:
    if clause.within is None:
        return Text("", "")
    by, stop = term(clause.within), _excuse(clause.excuse, names)
    rule = _rule(clause, version)
    reads = {node.name for node in rule.node.walk() if node.op == "variable"} if rule else set()
    if reads & STANDING_READS:
        return Text(
            f" Its term of {by.en} binds nobody, since it asks for the recipient or for standing.",
            f"所定 {by.zh}期限对任何一方均无约束力，因其以接收方或履约状况为条件。",
        )
    return Text(f" It is owed within {by.en}.{stop.en}", f"须在 {by.zh}内开示。{stop.zh}")


SUSPENDED = Text("suspending the statements and certificates about it", "中止与之有关的测试声明和证书")


def _proposal(verb: str, to: str, names: Names) -> Text:
    about = {"subject": Text("what the record is about", "记录所涉对象"), "all": Text("all parties", "各方")}
    what = about.get(to) or (names.pillar(to) if to in names.version.editions else names.party(to))
    return {
        "pause": Text(f"a pause of {what.en}", f"暂停{what.zh}"),
        "notify": Text(f"a notice to {what.en}", f"通知{what.zh}"),
        "activate": Text(f"switching on {what.en}", f"启用{what.zh}"),
        "suspend": SUSPENDED if to == "subject" else Text(f"suspending {what.en}", f"中止{what.zh}"),
    }[verb]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
