"""The statement: in words, exactly what an officer is about to sign.

    read(payload)  ->  Statement("act", lines)

What a file is, it says itself: an accord, a charter, or an act; so that nobody signs one as another. Of an
act each field stands, also one that this program has no word for. Of a charter each key stands by its name.
Of an accord stands each clause with each field (`tenor`), and its digest names all of it.
"""

from typing import Literal, NamedTuple

from detente.accord import document
from detente.faces import pillars, tenor
from detente.faces.speech import Text, clock
from detente.trust import canonical, charter
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import Malformed
from detente.trust.suite import LABORATORY

Kind = Literal["accord", "act", "charter"]

TYPES: dict[Kind, str] = {"accord": ACCORD_TYPE, "act": ACT_TYPE, "charter": CHARTER_TYPE}

ACTS = {
    "accord.release": Text("Open sealed values of one record to one party", "向一方开示一条记录的密封内容"),
    "accord.abort": Text(
        "Abort an act that lies before the officers: it is executed no more, and one signature is enough",
        "中止一项待官员签署的行为：此后不再执行，一人签署即可",
    ),
    "accord.revoke": Text(
        "Revoke a key: it signs nothing from now on", "吊销一枚密钥：自此以后其签名一概无效"
    ),
    "accord.disavow": Text(
        "Disavow what a key signed: shown beside it, and undoing nothing",
        "否认一枚密钥此前的签名：在其旁标注，但不撤销其效力",
    ),
    "accord.suspend": Text(
        "Suspend a pillar: nothing more of it leaves any node", "中止一个领域：各节点不再送出该领域的任何内容"
    ),
    "accord.activate": Text(
        "Activate a suspended pillar again, as far as this party is concerned",
        "恢复被中止的领域（仅代表本方同意）",
    ),
    "accord.withdraw": Text(
        "Leave the accord: this party is bound until its notice is over, and by what survives after it",
        "退出协议：通知期满前本方仍受约束，此后存续义务继续有效",
    ),
    "accord.consent": Text(
        "Give another party more time for a duty that it owes to this party, or let it go",
        "同意他方就其对本方所负义务延期或免除",
    ),
    "accord.decide": Text(
        "Decide on what a trigger of the accord proposes: by itself this does nothing",
        "就协议触发条款的动议作出决定：此决定本身不产生任何动作",
    ),
    "accord.dispute": Text(
        "Dispute a record, or a verdict about a duty from it: standing stays as the evidence has it",
        "对一条记录，或对由其产生的义务的履行认定，提出争议：履约状况仍以证据为准",
    ),
    "accord.attest": Text(
        "Say, as a laboratory or for one, whether what its party paused rests",
        "由实验室（或代实验室）说明其所属方所暂停的活动是否已经停止",
    ),
    "accord.affirm": Text(
        "Stand behind this record in the name of this party, as exactly it was tabled",
        "以本方名义确认此记录，内容与所提交的完全一致",
    ),
    "accord.resolve": Text(
        "Say what became of a dispute: standing stays as the evidence has it",
        "就争议的处理结果表态：履约状况仍以证据为准",
    ),
    "evaluations.translation": Text(
        "Sign off a translation: both texts of each item were read, and ask the same",
        "认可译文：所列各题的两种文本均已审读，所问一致",
    ),
    "casework.submit": Text(
        "Submit the copy of a report, without its names, for a second reader",
        "提交已去标识化的报告副本供复核",
    ),
    "casework.confirm": Text(
        "Confirm, as a second reader, that this copy may change hands", "以复核人身份确认该副本可以交出"
    ),
    "casework.rate": Text("Rate a report by the axes of the scale", "按分级量表各轴评定报告"),
    "casework.find": Text("Settle what two people rated differently", "对两人评级分歧作出认定"),
    "casework.handover": Text("Hand over the shift with all that is open", "交班并移交全部未结事项"),
    "casework.takeover": Text("Take over the shift with all that is open", "接班并接手全部未结事项"),
}
"""What the acts do, by name."""

FIELDS = {
    "case": Text("case", "工单"),
    "digest": Text("digest of what it says", "内容摘要"),
    "about": Text("what is disputed", "争议事项"),
    "aborts": Text("act that is aborted", "所中止的行为"),
    "accord": Text("accord", "协议"),
    "act": Text("act", "行为"),
    "activity": Text("what was paused", "所暂停的活动"),
    "at": Text("drafted at", "起草时间"),
    "domain": Text("domain", "域"),
    "answer": Text("answer", "答复"),
    "base": Text("duty that arose from record", "义务所由产生的记录"),
    "claim": Text("what it says", "证明内容"),
    "clause": Text("clause", "条款"),
    "debtor": Text("owed by", "义务方"),
    "dispute": Text("dispute", "争议"),
    "document": Text("digest of the paper behind it", "所据文件的摘要"),
    "effective": Text("leaves at", "退出时间"),
    "ends": Text("the pause ends at", "暂停至"),
    "expires": Text("counts until", "有效期至"),
    "finding": Text("finding", "结论"),
    "first": Text("from index", "起始序号"),
    "genesis": Text("accord (genesis)", "协议（创始摘要）"),
    "keyid": Text("key", "密钥"),
    "kind": Text("kind of the record", "记录类型"),
    "laboratory": Text("laboratory", "实验室"),
    "language": Text("language that was read beside English", "对照英文审读的语言"),
    "last": Text("to index", "终止序号"),
    "of": Text("in answer to", "所答复的记录"),
    "party": Text("in the name of", "代表"),
    "pause": Text("pause", "暂停"),
    "paths": Text("sealed fields", "密封字段"),
    "pillar": Text("pillar", "领域"),
    "record": Text("record", "记录"),
    "nonce": Text("random number", "随机数"),
    "number": Text("its version", "版本号"),
    "reason": Text("reason", "理由"),
    "start": Text("duty of the period from", "义务所属期间起于"),
    "suite": Text("suite", "题集"),
    "to": Text("to", "对方"),
    "until": Text("new end of its term", "新的期限"),
    "v": Text("format", "格式版本"),
    "version": Text("accord version", "协议版本"),
}
TIMES = frozenset({"at", "effective", "ends", "expires", "start", "until"})

VALUES = {
    ("answer", "take"): Text("do what is proposed", "采纳动议"),
    ("answer", "refuse"): Text("do not do what is proposed", "不采纳动议"),
    ("answer", "settle"): Text("agreed: the dispute is over", "同意争议已经和解"),
    ("answer", "drop"): Text("the dispute is taken back", "撤回争议"),
    ("answer", "find"): Text("the neutral has a finding", "由中立方作出结论"),
    ("finding", "raiser"): Text("for the party that raised it", "支持提出争议的一方"),
    ("finding", "other"): Text("for the other party", "支持对方"),
    ("finding", "neither"): Text("for neither party", "双方均不支持"),
    ("reason", "mistake"): Text("it is not what was meant", "并非本意"),
    ("reason", "unlawful"): Text("the law forbids it", "法律所不许"),
    ("reason", "doubt"): Text("it is doubted", "存有疑问"),
    ("reason", "other"): Text("something else", "其他"),
    ("about", "standing"): Text("the verdict about a duty", "义务的履行认定"),
    ("about", "facts"): Text("what the record says", "记录的内容"),
    ("about", "release"): Text("a release of its sealed values", "对其密封内容的开示"),
    ("about", "authenticity"): Text("whose record it is", "记录是否出自其所称作者"),
    ("claim", "done"): Text("what was paused rests", "所暂停的活动已经停止"),
    ("claim", "not-done"): Text("what was paused does not rest", "所暂停的活动未停止"),
    ("domain", "live"): Text("live: this is real", "真实情况"),
    ("domain", "exercise"): Text("EXERCISE: nothing of this is real", "演习：均非真实情况"),
}
"""What a value comes to, by field; the value itself stands beside it."""

LABORATORIES = Text(
    "  laboratories, each of which signs for itself:", "  实验室（laboratory），各以自有密钥签字："
)


class Statement(NamedTuple):
    """What a file is, and what it says to whoever signs it."""

    kind: Kind
    lines: tuple[Text, ...]


def read(payload: bytes) -> Statement:
    """Return what is signed with these bytes, in both languages.

    Raises:
        Malformed: `statement.1`: nothing that officers sign.
        Malformed, NotCanonical, TooLarge, WrongKey: as `canonical.decode`, `document.parse`, `charter.parse`.
    """
    value = canonical.decode(payload, document.MAX_BYTES)
    if isinstance(value, dict) and isinstance(value.get("act"), str):
        return Statement("act", _act(value))
    if isinstance(value, dict) and "suite" in value:
        return Statement("charter", _charter(charter.parse(payload)))
    # 1. It is one of the three things that officers sign.
    if not (isinstance(value, dict) and "pillars" in value):
        raise Malformed(
            "statement.1",
            "It is no accord, no charter and no act.",
            "Name the file that you were asked to sign.",
        )
    return Statement("accord", tuple(tenor.lines(document.parse(payload))))


def _act(value: dict[str, Value]) -> tuple[Text, ...]:
    name = str(value["act"])
    unknown = Text(
        "This program has no words for this act; each field stands as it is",
        "本程序没有描述此行为的词语；以下逐一列出各字段原文",
    )
    return (ACTS.get(name, unknown), *_fields(value))


def _fields(value: dict[str, Value], above: str = "") -> tuple[Text, ...]:
    found: list[Text] = []
    for name, one in value.items():
        if isinstance(one, dict):
            found += _fields(one, f"{above}{name}.")
        else:
            label, said = FIELDS.get(name, Text(above + name, above + name)), _said(name, one)
            found.append(Text(f"  {label.en}: {said.en}", f"  {label.zh}：{said.zh}"))
    return tuple(found)


def _said(name: str, value: Value) -> Text:
    if value is None:
        return Text("none", "无")
    if name in TIMES and isinstance(value, int):
        told = f"{_moment(value)} [{value}]"
        return Text(told, told)
    told = value if isinstance(value, str) else canonical.encode(value).decode()
    word = _word(name, told)
    return Text(f"{word.en} [{told}]", f"{word.zh} [{told}]") if word else Text(told, told)


def _word(name: str, told: str) -> Text | None:
    """The words of a value: the house's own, or a pillar's name."""
    edition = pillars.editions().get(told) if name == "pillar" else None
    if edition is not None:
        return Text(edition.words.pillar.en, edition.words.pillar.zh)
    if name == "activity":
        activities = pillars.editions()["notices"].words.values.get(name, {})
        return Text(activities[told].en, activities[told].zh) if told in activities else None
    return VALUES.get((name, told))


def _moment(at: int) -> str:
    try:
        return clock(at)
    except (ValueError, OverflowError):
        return "?"


def _charter(made: Charter) -> tuple[Text, ...]:
    live = Text(
        f"The keys of {made.party} ({made.domain}), version {made.version}, suite {made.suite}",
        f"{made.party} 的密钥章程（{made.domain}），第 {made.version} 版，套件 {made.suite}",
    )
    before, after = made.previous or "-", made.next or "-"
    found = [live, Text(f"  follows: {before}", f"  前一版：{before}")]
    for role in charter.roles_of(made):
        needed = made.roles[role].threshold
        head = Text(f"  {role}, {needed} of:", f"  {role}，至少 {needed} 人：")
        found.append(LABORATORIES if role == LABORATORY else head)
        for keyid in made.roles[role].keys:
            one = made.keys[keyid]
            ends = "-" if one.expires is None else _moment(one.expires)
            said = f"    {one.holder}  {one.algorithm}  {keyid}"
            found.append(Text(f"{said}  until {ends}", f"{said}  有效期至 {ends}"))
    found.append(Text(f"  next officers committed to: {after}", f"  预先承诺的继任官员：{after}"))
    return tuple(found)
