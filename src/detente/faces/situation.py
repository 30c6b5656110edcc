"""A case in words: in which state, and what follows by which clauses.

situation(case, version)            us tables “Report” (incidents.report), with “Level” 3:
outcome(effect, case, version)      “Title” may be shown to cn (lessons-to-peers).
"""

from collections.abc import Callable, Mapping

import msgspec

from detente.accord.proofs.case import Case, Content
from detente.accord.proofs.effect import FAMILIES, Effect, Family
from detente.accord.version import Version
from detente.accord.words import Word
from detente.faces.speech import Text

Said = tuple[Text, Text]
"""What an effect says, and what its absence says."""


def together(effects: tuple[Effect, ...]) -> Effect | None:
    """Effects of the same clauses as one: of a release, all its fields."""
    if not effects or effects[0].family not in FAMILIES["release"]:
        return effects[0] if effects else None
    return msgspec.structs.replace(effects[0], what=tuple(path for one in effects for path in one.what))


def situation(case: Case, version: Version) -> Text:
    """In which state."""
    if not case.kind:
        return Text("By the calendar:", "按日历周期：")
    word = kind_word(case.kind, version)
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
    said = _phrases(effect, case, version)[0 if does else 1]
    return Text(f"{said.en}{by_en}.", f"{said.zh}{by_zh}。")


def _phrases(effect: Effect, case: Case, version: Version) -> Said:
    """What the effect says, and what its absence says."""
    return PHRASES[effect.family](effect, case, version)


def _may(effect: Effect, case: Case, version: Version) -> Said:
    what, who = shown(effect, version), case.other
    return (
        Text(f"“{what.en}” may be shown to {who}", f"可向 {who} 开示“{what.zh}”"),
        Text(f"“{what.en}” may not be shown to {who}", f"不得向 {who} 开示“{what.zh}”"),
    )


def _by_node(effect: Effect, case: Case, version: Version) -> Said:
    what, who = shown(effect, version), case.other
    return (
        Text(f"“{what.en}” goes to {who} without an officer", f"无须官员批准即向 {who} 开示“{what.zh}”"),
        Text(
            f"“{what.en}” does not go to {who} without an officer",
            f"未经官员批准不向 {who} 开示“{what.zh}”",
        ),
    )


def _owed(effect: Effect, case: Case, version: Version) -> Said:
    what, who, author, within = shown(effect, version), case.other, case.author, term(effect)
    return (
        Text(
            f"{author} owes {who} “{what.en}” within {within.en}",
            f"{author} 须在 {within.zh}内向 {who} 开示“{what.zh}”",
        ),
        Text(
            f"{author} does not owe {who} “{what.en}” within {within.en}",
            f"{author} 没有义务在 {within.zh}内向 {who} 开示“{what.zh}”",
        ),
    )


def _duty(effect: Effect, case: Case, _version: Version) -> Said:
    en, zh, who, within = ", ".join(effect.what), "、".join(effect.what), case.other, term(effect)
    return (
        Text(f"{who} owes {en} within {within.en}", f"{who} 须在 {within.zh}内提交 {zh}"),
        Text(f"{who} does not owe {en} within {within.en}", f"{who} 没有义务在 {within.zh}内提交 {zh}"),
    )


def _calendar(effect: Effect, case: Case, _version: Version) -> Said:
    en, zh, who, every = ", ".join(effect.what), "、".join(effect.what), case.other, effect.every
    return (
        Text(f"{who} owes {en} every {every}", f"{who} 每 {every} 须提交 {zh}"),
        Text(f"{who} does not owe {en} every {every}", f"{who} 没有义务每 {every} 提交 {zh}"),
    )


def _proposed(effect: Effect, case: Case, _version: Version) -> Said:
    what = f"{effect.what[0]}: {case.other or effect.what[1]}"
    return (
        Text(f"{what} is proposed", f"提出动议：{what}"),
        Text(f"{what} is not proposed", f"不提出动议：{what}"),
    )


PHRASES: Mapping[Family, Callable[[Effect, Case, Version], Said]] = {
    "may": _may,
    "node": _by_node,
    "owed": _owed,
    "duty": _duty,
    "calendar": _calendar,
    "trigger": _proposed,
}


def shown(effect: Effect, version: Version) -> Text:
    """The fields that an effect of a release is about, by their names."""
    words = [field(effect.kind, path, version) for path in effect.what]
    return Text(", ".join(one.en for one in words), "、".join(one.zh for one in words))


def term(effect: Effect) -> Text:
    """Within which time."""
    minutes = effect.within // 60_000
    if minutes % 60:
        return Text(f"{minutes} minutes", f"{minutes} 分钟")
    hours, three_days = minutes // 60, 72
    if hours <= three_days:
        return Text(f"{hours} hours", f"{hours} 小时")
    return Text(f"{hours / 24:g} days", f"{hours / 24:g} 天")


def _counts(case: Case, version: Version) -> list[Text]:
    """The counts that are not 0, and that the others are."""
    rows = [
        (party, pillar, name, number)
        for party, pillars in case.standing.items()
        for pillar, row in pillars.items()
        for name, number in row.items()
    ]
    found = [_count(row, version) for row in rows if row[3]]
    zero = [Text(f"every {'other ' if found else ''}count 0", f"{'其余' if found else '各项'}计数均为 0")]
    return found + (zero if len(found) < len(rows) else [])


def _count(row: tuple[str, str, str, int], version: Version) -> Text:
    party, pillar, name, number = row
    edition = version.editions.get(pillar)
    en, zh = (edition.words.pillar.en, edition.words.pillar.zh) if edition else (pillar, pillar)
    return Text(f"{party} “{name}” {number} in {en}", f"{party} 在{zh}中 {name} 为 {number}")


def _told(values: Mapping[str, Content], kind: str, version: Version) -> list[Text]:
    return [_one(name, value, kind, version) for name, value in values.items()]


def _one(name: str, value: Content, kind: str, version: Version) -> Text:
    word = field(kind, name, version)
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


def kind_word(kind: str, version: Version) -> Word:
    """What a kind is called."""
    edition = version.edition_of(kind)
    return edition.words.kinds[kind.partition(".")[2]] if edition else Word(kind, kind)


def field(kind: str, name: str, version: Version) -> Word:
    """What a field is called."""
    edition = version.edition_of(kind)
    return (edition.words.fields.get(name) if edition else None) or Word(name, name)
