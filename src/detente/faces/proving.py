"""What a proof answers, in words that a diplomat reads: the same sentences from the same data, twice.

PROPERTIES[answer.property]     what is proven
lines(witness, version)         what a witness shows, a sentence for each step
"""

from collections.abc import Iterator, Mapping

import msgspec

from detente.accord.proofs.answer import Flag, Verdict, Witness
from detente.accord.proofs.case import Case, Content
from detente.accord.proofs.effect import FAMILIES, Effect
from detente.accord.version import Version
from detente.accord.words import Word
from detente.faces.sentence import chinese
from detente.faces.speech import Text

VERDICTS: Mapping[Verdict, Text] = {
    "proven": Text("proven", "已证明"),
    "refuted": Text("refuted", "已证伪"),
    "undecided": Text("undecided", "未决"),
}
INTENDED = Text("intended", "有意如此")
FLAGGED = Text("note", "提示")
LIMITS = (
    Text(
        "What this does not show: equal rules can weigh unequally. Who has more incidents, more laboratories "
        "or stricter law at home bears more of them.",
        "以上未能说明的：规则相同，负担未必相同。事件更多、实验室更多或国内法更严的一方，承担的也更多。",
    ),
    Text(
        "It leans on each pillar's judge treating parties alike, and does not ask whether a report is true.",
        "以上还以各领域的判定规则对各方一视同仁为前提，且不涉及报告是否属实。",
    ),
)
PROPERTIES: Mapping[str, Text] = {
    "reciprocity": Text(
        "what one party may see or owes, each party with the same roles may see or owes in the mirrored case",
        "一方可见之物、应尽之义务，角色相同的各方在镜像情形下同样可见、同样应尽",
    ),
    "even-terms": Text(
        "budgets and required witnesses are the same for parties with the same roles",
        "角色相同的各方，流出预算相同，须由其见证的要求也相同",
    ),
    "ceiling": Text(
        "nothing is shown to anybody above the pillar's ceiling", "对任何一方的开示都不超过该领域的上限"
    ),
    "can-apply": Text("every clause can apply in some case", "每一条款都有可适用的情形"),
    "adds": Text("no clause is covered by the others", "没有任何条款被其他条款完全覆盖"),
    "decided": Text(
        "every rule comes to a decision, whatever is left unstated", "无论哪些内容未写明，每条规则都有定论"
    ),
    "performable": Text(
        "every duty can be performed as long as it can arise", "凡可能产生的义务，届时均可履行"
    ),
    "owed": Text(
        "a release with a term is a duty, whatever anybody's standing",
        "凡规定期限的开示均为义务，不取决于任何一方的履约状况",
    ),
    "channel": Text(
        "no other pillar is in force without the channel", "没有安全通道时，其他任何领域均不生效"
    ),
}


def undecided(why: str) -> Text:
    """Why a property is not decided: a refusal of the translation, or the prover's own word."""
    return Text(f"Not decided: {why}", f"未能判定：{chinese('translation.1', why)}")


def flagged(flag: Flag) -> Text:
    """One line for what is flagged."""
    if flag.code == "roles":
        name, roles = flag.names[0], flag.names[1:]
        return Text(
            f"{name} alone holds the roles {', '.join(roles)}: if it errs or leaves, all of them go with it.",
            f"{name} 一方兼任 {'、'.join(roles)} 等角色：一旦其失误或退出，这些角色将一并落空。",
        )
    given = [pair.partition(">") for pair in flag.names]
    en = "; ".join(f"from {one} to {other}" if other else f"from {one}" for one, _, other in given)
    zh = "；".join(f"由 {one} 对 {other}" if other else f"由 {one}" for one, _, other in given)
    if not given:
        return Text(
            f"Clause {flag.clause} is lopsided by itself; beside the others it changes nothing.",
            f"条款 {flag.clause} 单独看并不对等；与其他条款并存时，它不改变任何结果。",
        )
    return Text(
        f"Clause {flag.clause} is lopsided by itself. It alone adds something {en}.",
        f"条款 {flag.clause} 单独看并不对等。仅由它带来的效果：{zh}。",
    )


def lines(witness: Witness, version: Version) -> Iterator[Text]:
    """What a witness shows, a sentence for each step."""
    clause, names = witness.clause, witness.names
    told = {
        "dead": Text(
            f"Clause {clause} can never apply: no case meets it.",
            f"条款 {clause} 永不适用：没有任何情形满足其条件。",
        ),
        "covered": Text(
            f"Clause {clause} adds nothing: {', '.join(names)} already does all of it.",
            f"条款 {clause} 没有增添任何内容：{'、'.join(names)} 已全部涵盖。",
        ),
        "unstated": Text(
            f"Clause {clause} reads {', '.join(names)}, which may be left unstated: then it does not apply, "
            "and raises an alarm.",
            f"条款 {clause} 读取 {'、'.join(names)}，而该项可以不写明；此时该条款不适用，并发出警报。",
        ),
        "above": Text(
            f"This is above the ceiling for {', '.join(names)}.", f"这超出了对 {'、'.join(names)} 的上限。"
        ),
        "stranded": Text(
            f"The duty {clause} can arise while no pillar with {', '.join(names)} is in force.",
            f"义务 {clause} 可能产生，而届时含有 {'、'.join(names)} 的领域均未生效。",
        ),
        "waits": Text(
            f"Clause {clause} has a term and asks for audience or standing: so it is no duty, and its term "
            "binds nobody.",
            f"条款 {clause} 规定了期限，却以开示对象或履约状况为条件："
            "因此不构成义务，其期限对任何一方都无约束力。",
        ),
        "barred": Text("This is owed and may not be shown.", "应予开示，却不得开示。"),
        "without-channel": Text(
            f"{', '.join(names)} is in force while the channel is not.",
            f"{'、'.join(names)} 生效时，安全通道并未生效。",
        ),
        "uneven": Text(
            f"Exchange {' and '.join(witness.exchange)}, with all that names them and their standing:",
            f"将 {' 与 '.join(witness.exchange)} 互换，凡指称两者之处及其履约状况一并互换：",
        ),
    }
    if witness.about == "budget":
        one, other, less, more = names
        yield Text(
            f"{one} may be sent {less} bytes, {other} {more}.",
            f"可向 {one} 发送 {less} 字节，向 {other} 则为 {more} 字节。",
        )
    elif witness.about == "witness":
        one, other = names
        yield Text(
            f"One of {one} and {other} must always cosign, the other need not.",
            f"{one} 与 {other} 中，一方须始终参与联署，另一方则不必。",
        )
    else:
        yield told[witness.about]
    effect = _together(witness.effects)
    for case in (witness.case, witness.mirror):
        if case is not None:
            yield situation(case, version)
            yield outcome(effect, case, version)


def _together(effects: tuple[Effect, ...]) -> Effect | None:
    """Effects of the same clauses as one: of a release, all its fields."""
    if not effects or effects[0].family not in FAMILIES["release"]:
        return effects[0] if effects else None
    return msgspec.structs.replace(effects[0], what=tuple(path for one in effects for path in one.what))


def situation(case: Case, version: Version) -> Text:
    """In which state."""
    if not case.kind:
        return Text("By the calendar:", "按日历周期：")
    word = _kind(case.kind, version)
    facts = [*_told(case.facts, case.kind, version), *_told(case.open, case.kind, version)]
    facts += _counts(case, version)
    en = f"{case.author} tables “{word.en}” ({case.kind})"
    zh = f"{case.author} 提交“{word.zh}”（{case.kind}）"
    if not facts:
        return Text(f"{en}:", f"{zh}：")
    return Text(
        f"{en}, with {', '.join(one.en for one in facts)}:",
        f"{zh}，其中{'，'.join(one.zh for one in facts)}：",
    )


def outcome(effect: Effect | None, case: Case, version: Version) -> Text:
    """What follows, by which clauses."""
    if effect is None:
        return Text("the rule is not decided.", "规则没有定论。")
    does = bool(case.clauses)
    by_en, by_zh = (f" ({', '.join(case.clauses)})", f"（{'、'.join(case.clauses)}）") if does else ("", "")
    en, zh = _phrases(effect, case, version)[0 if does else 1]
    return Text(f"{en}{by_en}.", f"{zh}{by_zh}。")


def _phrases(effect: Effect, case: Case, version: Version) -> tuple[tuple[str, str], tuple[str, str]]:
    """What the effect says, and what its absence says."""
    what_en, what_zh = ", ".join(effect.what), "、".join(effect.what)
    who, author, term = case.other, case.author, _term(effect)
    if effect.family in ("may", "node", "owed"):
        fields = [_field(effect.kind, path, version) for path in effect.what]
        what_en, what_zh = ", ".join(one.en for one in fields), "、".join(one.zh for one in fields)
    return {
        "may": (
            (f"“{what_en}” may be shown to {who}", f"可向 {who} 开示“{what_zh}”"),
            (f"“{what_en}” may not be shown to {who}", f"不得向 {who} 开示“{what_zh}”"),
        ),
        "node": (
            (f"“{what_en}” goes to {who} without an officer", f"无须官员批准即向 {who} 开示“{what_zh}”"),
            (
                f"“{what_en}” does not go to {who} without an officer",
                f"未经官员批准不向 {who} 开示“{what_zh}”",
            ),
        ),
        "owed": (
            (
                f"{author} owes {who} “{what_en}” within {term.en}",
                f"{author} 须在 {term.zh} 内向 {who} 开示“{what_zh}”",
            ),
            (
                f"{author} does not owe {who} “{what_en}” within {term.en}",
                f"{author} 没有义务在 {term.zh} 内向 {who} 开示“{what_zh}”",
            ),
        ),
        "duty": (
            (f"{who} owes {what_en} within {term.en}", f"{who} 须在 {term.zh} 内提交 {what_zh}"),
            (
                f"{who} does not owe {what_en} within {term.en}",
                f"{who} 没有义务在 {term.zh} 内提交 {what_zh}",
            ),
        ),
        "calendar": (
            (f"{who} owes {what_en} every {effect.every}", f"{who} 每 {effect.every} 须提交 {what_zh}"),
            (
                f"{who} does not owe {what_en} every {effect.every}",
                f"{who} 没有义务每 {effect.every} 提交 {what_zh}",
            ),
        ),
        "trigger": (
            (f"{_proposal(effect, case)} is proposed", f"提出动议：{_proposal(effect, case)}"),
            (f"{_proposal(effect, case)} is not proposed", f"不提出动议：{_proposal(effect, case)}"),
        ),
    }[effect.family]


def _proposal(effect: Effect, case: Case) -> str:
    return f"{effect.what[0]}: {case.other or effect.what[1]}"


def _term(effect: Effect) -> Text:
    minutes = effect.within // 60_000
    if minutes % 60:
        return Text(f"{minutes} minutes", f"{minutes} 分钟")
    hours, three_days = minutes // 60, 72
    if hours <= three_days:
        return Text(f"{hours} hours", f"{hours} 小时")
    return Text(f"{hours / 24:g} days", f"{hours / 24:g} 天")


def _counts(case: Case, version: Version) -> list[Text]:
    found = []
    for party, pillars in case.standing.items():
        for pillar, row in pillars.items():
            edition = version.editions.get(pillar)
            en, zh = (edition.words.pillar.en, edition.words.pillar.zh) if edition else (pillar, pillar)
            found += [
                Text(f"{party} “{name}” {number} in {en}", f"{party} 在{zh}中 {name} 为 {number}")
                for name, number in row.items()
            ]
    return found


def _told(values: Mapping[str, Content], kind: str, version: Version) -> list[Text]:
    return [_one(name, value, kind, version) for name, value in values.items()]


def _one(name: str, value: Content, kind: str, version: Version) -> Text:
    word = _field(kind, name, version)
    if value is None:
        return Text(f"“{word.en}” unstated", f"“{word.zh}”未写明")
    edition = version.edition_of(kind)
    rows: Mapping[str, Word] = edition.words.values.get(name, {}) if edition else {}
    several = value if isinstance(value, tuple) else (value,)
    said = [_value(one, rows) for one in several]
    return Text(
        f"“{word.en}” {', '.join(one.en for one in said) or 'empty'}",
        f"“{word.zh}”为{'、'.join(one.zh for one in said) or '空'}",
    )


def _value(value: bool | int | str, rows: Mapping[str, Word]) -> Word:  # noqa: FBT001 (a value as it was found)
    if isinstance(value, bool):
        return Word("yes", "是") if value else Word("no", "否")
    return rows.get(str(value)) or Word(str(value), f" {value} ")


def _kind(kind: str, version: Version) -> Word:
    edition = version.edition_of(kind)
    return edition.words.kinds[kind.partition(".")[2]] if edition else Word(kind, kind)


def _field(kind: str, name: str, version: Version) -> Word:
    edition = version.edition_of(kind)
    return (edition.words.fields.get(name) if edition else None) or Word(name, name)
