"""The explanation of an accord: sections of sentences, and which of them concern which reader.

    explanation(version, "minister")     Section(heading, (Told("", Text(en, zh)), …)), …

Everything told is read from the compiled version: a clause that the evaluator does not run is not told.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, get_args

from detente.accord.ceiling import audiences
from detente.accord.duration import milliseconds
from detente.accord.version import Version
from detente.faces.prose import clauses, reading
from detente.faces.prose.clauses import Told, frame
from detente.faces.prose.names import ROLES, STATES, Names, listed, term
from detente.faces.prose.states import ASKS
from detente.faces.speech import Text

Reader = Literal["everybody", "minister", "legislator", "laboratory", "officer"]
READERS: tuple[Reader, ...] = get_args(Reader)
PREVAILS: Mapping[str, Text] = {
    "en": Text("Where the languages differ, English prevails.", "两种文本有出入时，以英文本为准。"),
    "zh": Text("Where the languages differ, Chinese prevails.", "两种文本有出入时，以中文本为准。"),
    "both": Text("Both languages are equally authentic.", "中英文本同等作准。"),
}


class Section(NamedTuple):
    """A heading and the sentences below it."""

    heading: Text
    lines: tuple[Told, ...]


def explanation(version: Version, reader: Reader = "everybody") -> tuple[Section, ...]:
    """What an accord says, for a reader."""
    made = (Section(HEADINGS[part], tuple(PARTS[part](version))) for part in CONCERNS[reader])
    return tuple(one for one in made if one.lines)


def _parties(version: Version) -> Iterator[Told]:
    accord, names = version.accord, Names(version)
    for name, one in accord.parties.items():
        who = names.party(name)
        roles = listed(ROLES[role] for role in one.roles) if one.roles else Text("a peer", "对等方")
        yield frame(f"{who.en} ({name}): {roles.en}.", f"{who.zh}（{name}）：{roles.zh}。")
    yield frame(
        f"Version {accord.version} takes effect on {accord.starts}.",
        f"第 {accord.version} 版自 {accord.starts} 起生效。",
    )
    yield Told("", PREVAILS[accord.prevails])


def _pillars(version: Version) -> Iterator[Told]:
    names = Names(version)
    for name, one in version.accord.pillars.items():
        of, state = names.pillar(name), STATES[one.state]
        yield frame(
            f"{of.en}: {state.en}, until {one.sunset}.", f"{of.zh}：{state.zh}，至 {one.sunset} 为止。"
        )
        if one.scope is not None:
            yield frame(f"{of.en} covers: {one.scope.en}", f"{of.zh}的范围：{one.scope.zh}")
        if one.activation is not None:
            yield frame(
                f"What switches on {of.en}: {one.activation.en}", f"{of.zh}的启用条件：{one.activation.zh}"
            )


def _asked(version: Version) -> Iterator[Told]:
    """What each state asks that a pillar of this accord is in."""
    for state in dict.fromkeys(one.state for one in version.accord.pillars.values()):
        yield Told("", ASKS[state])


def _states(version: Version) -> Iterator[Told]:
    """The pillars by their state: what is in force, and what waits."""
    names, rows = Names(version), version.accord.pillars.items()
    for state in dict.fromkeys(one.state for _, one in rows):
        word, of = STATES[state], listed(names.pillar(name) for name, one in rows if one.state == state)
        yield frame(f"{_capital(word.en)}: {of.en}.", f"{word.zh}：{of.zh}。")


def _decided(version: Version) -> Iterator[Told]:
    """How many triggers there are, and the shortest clock to decide."""
    every = version.accord.triggers
    yield frame(
        f"After {len(every)} sorts of events people are asked to decide. The shortest clock:",
        f"共有 {len(every)} 类情形须提请人员决定。时限最短者：",
    )
    if every:
        yield clauses.trigger(min(every, key=lambda one: milliseconds(one.decide, one.id)), version)


def _owed(version: Version) -> Iterator[Told]:
    for one in version.accord.duties:
        yield clauses.duty(one, version)


def _clocks(version: Version) -> Iterator[Told]:
    """Duties by their term, the shortest first: what an officer watches."""
    timed = [one for one in version.accord.duties if one.within is not None and one.on is not None]
    for one in sorted(timed, key=lambda each: milliseconds(each.within or "", each.id)):
        yield clauses.duty(one, version)
    for one in version.accord.duties:
        if one not in timed:
            yield clauses.duty(one, version)


def _fastest(version: Version) -> Iterator[Told]:
    """How many duties there are, and the shortest clock."""
    timed = [one for one in version.accord.duties if one.within is not None and one.on is not None]
    number = len(version.accord.duties)
    yield frame(f"There are {number} duties. The shortest clock:", f"共有 {number} 项义务。时限最短者：")
    if timed:
        yield clauses.duty(min(timed, key=lambda one: milliseconds(one.within or "", one.id)), version)


def _shown(version: Version) -> Iterator[Told]:
    for one in version.accord.release:
        yield clauses.release(one, version)


def _signed(version: Version) -> Iterator[Told]:
    """The releases that wait for an officer."""
    for one in version.accord.release:
        if one.by == "officer":
            yield clauses.release(one, version)


def _unsigned(version: Version) -> Iterator[Told]:
    """The releases that no officer sees."""
    for one in version.accord.release:
        if one.by == "node":
            yield clauses.release(one, version)


def _triggered(version: Version) -> Iterator[Told]:
    for one in version.accord.triggers:
        yield clauses.trigger(one, version)


def _sealed(version: Version) -> Iterator[Told]:
    """Of each kind, what no clause ever shows to a peer."""
    names = Names(version)
    for kind, shown in sorted(_granted(version).items()):
        paths = version.world.specs[kind].paths
        kept = [path for path in paths if path not in shown]
        if kept:
            of, fields = names.kind(kind), listed(names.field(kind, path) for path in kept)
            yield frame(
                f"Of {of.en}, no clause shows {fields.en} to a peer.",
                f"{of.zh}中的{fields.zh}，没有任何条款允许向对等方开示。",
            )


def _granted(version: Version) -> dict[str, set[str]]:
    """Kind with sealed paths to those that some clause shows to some peer."""
    kinds = {kind for kind, spec in version.world.specs.items() if spec.paths and kind in _running(version)}
    found: dict[str, set[str]] = {kind: set() for kind in kinds}
    rows = version.accord.parties.items()
    peers = {name for name, one in rows if audiences(frozenset(one.roles)) == {"peer"}}
    for clause in version.accord.release:
        if clause.to == "peer" or clause.to in peers:
            found.setdefault(clause.kind, set()).update(clause.fields)
    return found


def _running(version: Version) -> set[str]:
    return {
        f"{pillar}.{short}" for pillar, edition in version.editions.items() for short in edition.pillar.kinds
    }


def _bars(version: Version) -> Iterator[Told]:
    """What cannot be done, whoever wants it."""
    names = Names(version)
    yield frame(
        "What no clause grants is not shown, and the gate refuses it by name.",
        "凡无条款许可者一律不得开示，由闸门指明理由予以拒绝。",
    )
    yield frame(
        "Rules propose and never act: a pause, a notice or a suspension is always decided by people.",
        "规则只提动议，不作决定：暂停、通知或中止均由人员决定。",
    )
    most = [
        Text(
            f"{names.party(name).en} `{one.lawful.ceiling}`",
            f"{names.party(name).zh} `{one.lawful.ceiling}` ",
        )
        for name, one in version.accord.parties.items()
    ]
    highest = listed(most)
    yield frame(
        f"Nothing leaves a party that its own law classes higher than: {highest.en}.",
        f"各方依本国法所定密级高于下列者，一律不得外送：{highest.zh}。",
    )
    out = version.accord.outflow
    period = term(out.period)
    yield frame(
        f"No party sends another more than {out.bytes:,} bytes of sealed values in {period.en}.",
        f"任何一方在 {period.zh}内向另一方送出的密封内容不超过 {out.bytes:,} 字节。",
    )
    for name, size in out.per.items():
        who = names.party(name)
        yield frame(f"To {who.en} it is {size:,} bytes.", f"送往{who.zh}的上限为 {size:,} 字节。")


def _powers(version: Version) -> Iterator[Told]:
    names = Names(version)
    yield frame(
        "Every version, and switching a suspended pillar on again, needs the officers of every party; "
        "suspending a pillar needs those of one.",
        "协议每一版以及重新启用已中止的领域，均须各方官员签字；中止一个领域只须一方官员签字。",
    )
    for name, one in version.accord.parties.items():
        who, bases = names.party(name), one.lawful.bases
        yield frame(
            f"{who.en} may rely on these legal bases: {', '.join(bases)}.",
            f"{who.zh}可援引的法律依据：{'、'.join(bases)}。",
        )
    node = [one.id for one in version.accord.release if one.by == "node"]
    if node:
        yield frame(
            f"Without an officer's signature go only: {', '.join(node)}.",
            f"无须官员签字即可送出的仅有：{'、'.join(node)}。",
        )


def _oversight(version: Version) -> Iterator[Told]:
    names, accord = Names(version), version.accord
    always = listed(names.party(one) for one in accord.witness.always)
    beside = (
        Text(f", {always.en} always among them", f"，其中必须包括{always.zh}")
        if accord.witness.always
        else Text("", "")
    )
    yield frame(
        f"Each party keeps a log that cannot be rewritten unseen: {accord.witness.quorum} of the others "
        f"cosign it{beside.en}.",
        f"各方均须保存日志，并由其他各方中的 {accord.witness.quorum} 方联署{beside.zh}，任何改写均会被发现。",
    )
    every = term(accord.time.receipt_every)
    yield frame(
        f"Every {every.en} each party signs what it has seen of the others; from that everybody computes who "
        "kept, owes or missed what, with the same result.",
        f"各方每 {every.zh}签署一次所见他方日志的情况；各方据此计算何方已履行、待履行或未履行，结果一致。",
    )
    yield frame(
        "All parties see the open fields of every record; nothing in this accord publishes anything to "
        "others.",
        "每条记录的公开项对各方可见；本协议没有任何条款规定向各方以外公布。",
    )
    talk = term(accord.dispute.talk)
    then = names.audience(accord.dispute.then) if accord.dispute.then else None
    after = Text(f", then {then.en} mediates", f"，其后由{then.zh}调解") if then else Text("", "")
    yield frame(
        f"In a dispute the parties talk for {talk.en}{after.en}.",
        f"发生争议时，各方先磋商 {talk.zh}{after.zh}。",
    )


def _ends(version: Version) -> Iterator[Told]:
    names, accord = Names(version), version.accord
    for end in dict.fromkeys(one.sunset for one in accord.pillars.values()):
        of = listed(names.pillar(name) for name, one in accord.pillars.items() if one.sunset == end)
        yield frame(
            f"On {end} end by themselves, unless all sign a later version: {of.en}.",
            f"下列领域于 {end} 自动终止，除非各方签署新版：{of.zh}。",
        )
    notice, surviving = term(accord.withdrawal.notice), accord.withdrawal.surviving
    after = (
        Text(
            f" These duties survive it: {', '.join(surviving)}.",
            f"下列义务继续有效：{'、'.join(surviving)}。",
        )
        if surviving
        else Text(" No duty survives it.", "此后不存续任何义务。")
    )
    yield frame(
        f"A party may leave by itself, with notice of {notice.en}.{after.en}",
        f"任何一方均可单方退出，须提前 {notice.zh}通知。{after.zh}",
    )


def _laboratories(version: Version) -> Iterator[Told]:
    names = Names(version)
    for name, one in version.accord.parties.items():
        who = names.party(name)
        labs = listed(Text(lab.en, lab.zh) for lab in one.laboratories.values())
        if one.laboratories:
            yield frame(f"{who.en} sponsors {labs.en}.", f"{who.zh}的担保实验室：{labs.zh}。")
    yield frame(
        "A laboratory signs nothing here and owes the other side nothing: its party reports, and asks it for "
        "what the report holds.",
        "实验室不签署本协议，对他方不承担义务：由其所属一方提交报告，并向其索取报告所需内容。",
    )


def _given(version: Version) -> Iterator[Told]:
    """What a laboratory is asked for: the sealed fields of what its party must table."""
    names = Names(version)
    bases = dict.fromkeys(one.on for one in version.accord.duties if one.on and version.spec(one.on))
    for kind in bases:
        spec = version.spec(kind or "")
        if spec is not None and spec.paths:
            of, fields = names.kind(kind or ""), listed(names.field(kind or "", path) for path in spec.paths)
            yield frame(
                f"For {of.en}: {fields.en}. Each may be said to be absent or unknown.",
                f"{of.zh}所需：{fields.zh}。各项均可注明“无”或“不详”。",
            )


def _objections(version: Version) -> Iterator[Told]:
    excuses = dict.fromkeys(kind for one in version.accord.duties for kind in one.excuse)
    names = Names(version)
    yield frame(
        "The accord gives a laboratory no veto. It objects to its own party, before an officer signs.",
        "本协议未赋予实验室否决权。实验室如有异议，应在官员签字前向所属一方提出。",
    )
    if excuses:
        said = listed(names.kind(one) for one in excuses)
        yield frame(
            f"Its party can answer with {said.en}, naming the legal basis: that stops the clock without "
            "fault.",
            f"所属一方可提交{said.zh}并写明法律依据，时限即停止计算，不构成过失。",
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


PARTS: Mapping[str, Callable[[Version], Iterator[Told]]] = {
    "parties": _parties,
    "pillars": _pillars,
    "states": _states,
    "asked": _asked,
    "decided": _decided,
    "fastest": _fastest,
    "owed": _owed,
    "clocks": _clocks,
    "shown": _shown,
    "signed": _signed,
    "unsigned": _unsigned,
    "read": reading.told,
    "triggered": _triggered,
    "sealed": _sealed,
    "bars": _bars,
    "powers": _powers,
    "oversight": _oversight,
    "laboratories": _laboratories,
    "given": _given,
    "objections": _objections,
    "ends": _ends,
}
HEADINGS: Mapping[str, Text] = {
    "parties": Text("Who agrees", "缔约方"),
    "pillars": Text("What is exchanged", "交换内容"),
    "states": Text("What is exchanged", "交换内容"),
    "asked": Text("What each state asks", "各状态的含义"),
    "decided": Text("What triggers what", "触发机制"),
    "fastest": Text("What is owed", "义务"),
    "owed": Text("What is owed, and by when", "义务及期限"),
    "clocks": Text("The clocks, the shortest first", "时限（由短到长）"),
    "shown": Text("What is shown, and to whom", "开示内容与对象"),
    "signed": Text("What an officer signs", "须官员签字的开示"),
    "unsigned": Text("What goes without an officer", "无须官员签字的开示"),
    "read": Text("Time to read, and who stops it", "阅签时间与中止"),
    "triggered": Text("What triggers what", "触发机制"),
    "sealed": Text("What stays sealed", "始终密封的内容"),
    "bars": Text("What cannot be done", "不得为之事"),
    "powers": Text("Powers", "权限"),
    "oversight": Text("Oversight and publication", "监督与公布"),
    "laboratories": Text("Laboratories", "实验室"),
    "given": Text("What is asked of a laboratory", "须由实验室提供的内容"),
    "objections": Text("Objections", "异议"),
    "ends": Text("How it ends", "终止与退出"),
}
CONCERNS: Mapping[Reader, tuple[str, ...]] = {
    "everybody": (
        "parties",
        "pillars",
        "asked",
        "owed",
        "shown",
        "read",
        "triggered",
        "sealed",
        "bars",
        "oversight",
        "ends",
    ),
    "minister": ("parties", "states", "fastest", "decided", "bars", "ends"),
    "legislator": ("parties", "powers", "unsigned", "read", "oversight", "sealed", "bars", "ends"),
    "laboratory": ("laboratories", "given", "shown", "sealed", "objections"),
    "officer": ("clocks", "signed", "read", "unsigned", "triggered", "ends"),
}
