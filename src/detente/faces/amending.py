"""What an amendment widens and narrows, in words: the same effect between several parties is told once.

for one in told(amendment, old, new):
    one.shift, one.headline, one.steps     steps say in which case it shows, before and after
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from detente.accord.proofs.amendment import Amendment, Difference, Shift
from detente.accord.proofs.answer import Witness
from detente.accord.proofs.bound import Bound
from detente.accord.proofs.effect import FAMILIES, Effect, Family
from detente.accord.version import RUNNING, Version
from detente.faces.proving import undecided
from detente.faces.situation import kind_word, outcome, shown, situation, term, together
from detente.faces.speech import Text

SHIFTS: Mapping[Shift, Text] = {
    "widened": Text("widened", "扩大"),
    "narrowed": Text("narrowed", "收窄"),
    "both": Text("both ways", "有扩有缩"),
    "unchanged": Text("unchanged", "未变"),
    "undecided": Text("undecided", "未决"),
}
BEFORE = Text("before:", "修订前：")
AFTER = Text("after:", "修订后：")
NEVER = Text("no such record could be made.", "此类记录无从产生。")


class Told(Struct, frozen=True):
    """One change in words."""

    shift: Shift
    headline: Text
    steps: tuple[Text, ...]


def told(amendment: Amendment, old: Version, new: Version) -> Iterator[Told]:
    """Every change, effects first, then bounds."""
    groups: dict[tuple[tuple[Effect, ...], Shift], list[Difference]] = {}
    for one in amendment.changed:
        groups.setdefault((one.effects, one.shift), []).append(one)
    for (effects, shift), alike in groups.items():
        versions = (old, new)
        steps = [step for witness in _witnesses(alike) for step in _steps(witness, versions)]
        if shift == "undecided":
            steps.append(undecided(alike[0].why))
        yield Told(shift, _headline(effects, alike, versions), tuple(steps))
    for bound in amendment.bounds:
        yield Told(bound.shift, BOUNDS[bound.about](bound), ())


def summary(amendment: Amendment) -> Text:
    """How much of what is asked is as it was."""
    every = len(amendment.differences)
    same = every - len(amendment.changed)
    return Text(
        f"{same} of {every} effects between parties are as they were.",
        f"各方之间的 {every} 项效果中，{same} 项未变。",
    )


def _witnesses(alike: list[Difference]) -> Iterator[Witness]:
    """The first case of each sort: others between the same roles look alike."""
    for found in ([one.widened for one in alike], [one.narrowed for one in alike]):
        yield from [one for one in found if one is not None][:1]


def _headline(
    effects: tuple[Effect, ...], alike: list[Difference], versions: tuple[Version, Version]
) -> Text:
    effect = together(effects) or effects[0]
    version = next(one for one in reversed(versions) if not effect.kind or effect.kind in one.world.specs)
    what = HEADLINES[effect.family](effect, version)
    between = [_between(effect.family, one) for one in alike]
    asleep = _asleep(effect, versions[1])
    return Text(
        f"{what.en}: {'; '.join(one.en for one in between)}{asleep.en}",
        f"{what.zh}：{'；'.join(one.zh for one in between)}{asleep.zh}",
    )


def _asleep(effect: Effect, version: Version) -> Text:
    """That a pillar is not in force, so that nothing of it happens yet."""
    name = effect.kind.partition(".")[0]
    terms = version.accord.pillars.get(name)
    if terms is None or terms.state in RUNNING:
        return Text("", "")
    return Text(f" (once {name} is in force)", f"（待 {name} 生效后）")


def _between(family: Family, one: Difference) -> Text:
    author, other = one.author, one.other
    if family in FAMILIES["release"]:
        return Text(f"from {author} to {other}", f"{author} 对 {other}")
    if family == "calendar":
        return Text(f"by {other}", f"由 {other}")
    if family == "duty":
        return Text(f"by {other}, after a record of {author}", f"由 {other}，因 {author} 的记录")
    about = (f", about {other}", f"，针对 {other}") if other else ("", "")
    return Text(f"after a record of {author}{about[0]}", f"因 {author} 的记录{about[1]}")


def _released(verb: Text) -> Callable[[Effect, Version], Text]:
    def said(effect: Effect, version: Version) -> Text:
        word, what, within = kind_word(effect.kind, version), shown(effect, version), term(effect)
        given = (f" within {within.en}", f"（限 {within.zh}）") if effect.within else ("", "")
        return Text(
            f"{verb.en}{given[0]}: “{what.en}” of “{word.en}” ({effect.kind})",
            f"{verb.zh}{given[1]}：“{word.zh}”（{effect.kind}）的“{what.zh}”",
        )

    return said


def _duty(effect: Effect, version: Version) -> Text:
    word, within = kind_word(effect.kind, version), term(effect)
    return Text(
        f"to be done within {within.en} of “{word.en}” ({effect.kind}): {', '.join(effect.what)}",
        f"“{word.zh}”（{effect.kind}）之后须在 {within.zh}内提交：{'、'.join(effect.what)}",
    )


def _calendar(effect: Effect, _version: Version) -> Text:
    return Text(
        f"to be done every {effect.every}: {', '.join(effect.what)}",
        f"每 {effect.every} 须提交：{'、'.join(effect.what)}",
    )


def _proposed(effect: Effect, version: Version) -> Text:
    word = kind_word(effect.kind, version)
    return Text(
        f"proposed after “{word.en}” ({effect.kind}): {': '.join(effect.what)}",
        f"“{word.zh}”（{effect.kind}）之后提出动议：{'：'.join(effect.what)}",
    )


HEADLINES: Mapping[Family, Callable[[Effect, Version], Text]] = {
    "may": _released(Text("may be shown", "可开示")),
    "node": _released(Text("goes without an officer", "无须官员批准即开示")),
    "owed": _released(Text("owed", "应予开示")),
    "duty": _duty,
    "calendar": _calendar,
    "trigger": _proposed,
}


def _steps(witness: Witness, versions: tuple[Version, Version]) -> Iterator[Text]:
    """The state, and what follows from it before and after."""
    effect = together(witness.effects)
    first = witness.case or witness.mirror
    if first is None:
        return
    yield situation(first, versions[1] if witness.case else versions[0])
    for name, case, version in (
        (BEFORE, witness.mirror, versions[0]),
        (AFTER, witness.case, versions[1]),
    ):
        follows = NEVER if case is None else outcome(effect, case, version)
        yield Text(f"{name.en} {follows.en}", f"{name.zh}{follows.zh}")


def _outflow(bound: Bound) -> Text:
    (party,), (less, short), (more, long) = bound.names, bound.before, bound.after
    hours = [int(one) / 3_600_000 for one in (short, long)]
    return Text(
        f"bytes that may go to {party}: {less} every {hours[0]:g} hours, now {more} every {hours[1]:g} hours",
        f"可流向 {party} 的字节数：原为每 {hours[0]:g} 小时 {less}，现为每 {hours[1]:g} 小时 {more}",
    )


def _classified(bound: Bound) -> Text:
    author, party = bound.names
    before, after = bound.before[0], bound.after[0]
    return Text(
        f"the highest class of {author} that may go to {party}: {before}, now {after}",
        f"{author} 可流向 {party} 的最高密级：原为 {before}，现为 {after}",
    )


def _runs(bound: Bound) -> Text:
    before, after = (_until(int(one[0])) for one in (bound.before, bound.after))
    return Text(
        f"pillar {bound.names[0]} in force: {before.en}, now {after.en}",
        f"领域 {bound.names[0]} 的效力：原为{before.zh}，现为{after.zh}",
    )


def _until(at: int) -> Text:
    if not at:
        return Text("not at all", "未生效")
    day = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return Text(f"until {day}", f"至 {day}")


BOUNDS: Mapping[str, Callable[[Bound], Text]] = {
    "outflow": _outflow,
    "classified": _classified,
    "runs": _runs,
}
