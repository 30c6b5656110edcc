"""The answer to `why` in words: what was found, clause by clause, and what would change it.

lines(why)      what a person reads, both languages at once
"""

from collections.abc import Iterator, Mapping

from detente.accord.rule import Leaf
from detente.accord.standing import Duty
from detente.accord.turning import CONSTANTS, Turn
from detente.faces.delivered import STATES
from detente.faces.sentence import chinese, reason
from detente.faces.speech import Text, as_json, clock
from detente.faces.verdict import VERDICTS
from detente.faces.why import Because, Why

TRUTHS = {
    "true": Text("true", "成立"),
    "false": Text("false", "不成立"),
    "unknown": Text("unknown, so it grants nothing", "未知，故不产生效果"),
    "error": Text("failed, so it grants nothing", "出错，故不产生效果"),
}
SHORT = 16
"""How many digits of an id are shown."""


def lines(why: Why) -> Iterator[Text]:
    """Everything, from the answer to what it follows from."""
    yield _head(why)
    if why.refusal is not None:
        what, remedy, step = why.refusal.what, why.refusal.remedy, why.refusal.step
        yield Text(f"  refused at {step}: {what}", f"  在检查项 {step} 被拒绝：{chinese(step, what)}")
        yield Text(f"  what would change it: {remedy}", f"  如何改变：{chinese(step, remedy)}")
    for code in why.refusals:
        yield Text(f"  does not stand: {code}", f"  不成立：{code}")
    for duty in why.performs:
        yield Text(
            f"  it settles {_named(duty)}: {_verdict(duty).en}",
            f"  由此了结 {_named(duty)}：{_verdict(duty).zh}",
        )
    for because in why.clauses:
        yield from _clause(because)
    for duty in why.calendar:
        yield from _duty(duty)
    for row in why.deliveries:
        state, paths = STATES[row.state], ", ".join(row.paths) or "*"
        yield Text(
            f"  {row.audience}: {paths}: {state.en} {row.rule} {row.why}".rstrip(),
            f"  {row.audience}：{paths}：{state.zh} {row.rule} {reason(row.why)}".rstrip(),
        )
    for alarm in why.alarms:
        truth = TRUTHS[alarm.truth]
        yield Text(
            f"  alarm: {alarm.clause} towards {alarm.audience}: {truth.en}",
            f"  警报：{alarm.clause} 对 {alarm.audience}：{truth.zh}",
        )


def _head(why: Why) -> Text:
    if why.refusal is not None:
        return Text(
            f"{why.id}: a refusal, by {why.party or '?'}", f"{why.id}：一次拒绝，涉及 {why.party or '?'}"
        )
    if why.sort == "duty":
        when = clock(why.as_of)
        return Text(f"{why.id}: its duties as of {when}", f"{why.id}：截至 {when} 的各项义务")
    stands = Text("stands", "成立") if why.stands else Text("does not stand", "不成立")
    return Text(
        f"{why.id}: {why.kind} by {why.party}, {stands.en}",
        f"{why.id}：{why.party} 的 {why.kind}，{stands.zh}",
    )


def _clause(because: Because) -> Iterator[Text]:
    one = because.reason
    yield _outcome(because)
    yield Text(f"      rule: {one.rule}", f"      规则：{one.rule}")
    behind = {row.leaf: row.records for row in because.behind}
    for leaf in (leaf for leaf in one.leaves if leaf.text not in CONSTANTS):
        yield _leaf(leaf, behind.get(leaf.text, ()))
    if because.named and any(leaf.reads for leaf in one.leaves):
        ids = [name[:SHORT] for name in because.named]
        yield Text(f"      it also follows from {', '.join(ids)}", f"      另据 {'、'.join(ids)} 得出")
    if one.turns:
        yield _turned(one.turns, one.holds)
    for duty in because.duties:
        yield from _duty(duty)


def _outcome(because: Because) -> Text:
    one = because.reason
    what_en, what_zh = ", ".join(one.what), "、".join(one.what)
    to_en, to_zh = ", ".join(one.to), "、".join(one.to)
    about = because.record[:SHORT]
    yes, no = {
        "duty": (
            Text(f"{to_en} owes {what_en}, from {about}", f"{to_zh} 因 {about} 须履行：{what_zh}"),
            Text(f"nobody owes {what_en} from {about}", f"{about} 不产生义务：{what_zh}"),
        ),
        "release": (
            Text(f"{to_en} may be shown {what_en} of {about}", f"可向 {to_zh} 开示 {about} 的 {what_zh}"),
            Text(
                f"{to_en} may not be shown {what_en} of {about}", f"不得向 {to_zh} 开示 {about} 的 {what_zh}"
            ),
        ),
        "trigger": (
            Text(f"{about} proposes {what_en}", f"{about} 引发动议：{what_zh}"),
            Text(f"{about} does not propose {what_en}", f"{about} 不引发动议：{what_zh}"),
        ),
    }[one.effect]
    owed = one.holds and (one.effect != "duty" or bool(one.to))
    said = yes if owed else no
    return Text(f"  {one.clause}: {said.en}", f"  {one.clause}：{said.zh}")


def _leaf(leaf: Leaf, behind: tuple[str, ...]) -> Text:
    truth = TRUTHS[leaf.truth]
    reads = ", ".join(f"{name} = {as_json(value)}" for name, value in sorted(leaf.reads.items()))
    read_en, read_zh = (f" ({reads})", f"（{reads}）") if reads else ("", "")
    ids = [one[:SHORT] for one in behind]
    from_en, from_zh = (f", from {', '.join(ids)}", f"，依据 {'、'.join(ids)}") if ids else ("", "")
    return Text(
        f"      {leaf.text}: {truth.en}{read_en}{from_en}", f"      {leaf.text}：{truth.zh}{read_zh}{from_zh}"
    )


def _turned(turns: tuple[Turn, ...], holds: bool) -> Text:  # noqa: FBT001 (the answer that would turn)
    ways_en, ways_zh = [], []
    for turn in turns:
        each = [(one.text, TRUTHS["true" if one.truth else "false"]) for one in turn.wanted]
        ways_en.append(" and ".join(f"{text} were {truth.en}" for text, truth in each))
        ways_zh.append(" 且 ".join(f"{text} {truth.zh}" for text, truth in each))
    end_en, end_zh = ("not hold", "不再适用") if holds else ("hold", "适用")
    return Text(
        f"      it would {end_en} if {'; or '.join(ways_en)}", f"      如 {'；或 '.join(ways_zh)}，则{end_zh}"
    )


def _duty(duty: Duty) -> Iterator[Text]:
    verdict, (early, late) = _verdict(duty), duty.due
    by, start, end = (f", {duty.by[:SHORT]}" if duty.by else ""), clock(early), clock(late)
    yield Text(
        f"      {_named(duty)} by {duty.debtor}, due {start} to {end}: {verdict.en}{by}",
        f"      {_named(duty)}，由 {duty.debtor} 履行，期限 {start} 至 {end}：{verdict.zh}{by}",
    )
    change = CHANGES.get("overdue" if duty.overdue else duty.verdict)
    if change is not None:
        lags = ", ".join(duty.lags)
        yield Text(f"      {change.en.format(lags=lags)}", f"      {change.zh.format(lags=lags)}")


CHANGES: Mapping[str, Text] = {
    "owed": Text("what performs it, logged and held in time, settles it", "按期提交并为他方持有，即告履行"),
    "overdue": Text(
        "what performs it clears overdue; missed stays", "补交可消除“逾期未履行”，“未按时履行”的记载仍保留"
    ),
    "disputed": Text(
        "the deadline lies inside what the receipts leave open; only more receipts could settle it",
        "期限落在回执未能确定的区间内；唯有更多回执方能判定",
    ),
    "unobservable": Text(
        "it is settled when these logs have come further: {lags}", "待以下日志更新后即可判定：{lags}"
    ),
}
"""By verdict, what would change it; what is kept or missed stays so for ever."""


def _verdict(duty: Duty) -> Text:
    return VERDICTS["overdue" if duty.overdue else duty.verdict]


def _named(duty: Duty) -> str:
    return f"{duty.spec}/{duty.base[:SHORT]}" if duty.base else duty.spec
