"""What a new text changes of an old one, in words: clause by clause, and for each party and field.

rows, by = shifts(old, new)       by: "prover" or "text", which of both decided
"""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

import msgspec

from detente.accord import comparison
from detente.accord.comparison import Change, Row, Shift
from detente.accord.proofs.effect import FAMILIES, PARTY, Effect
from detente.accord.version import Version
from detente.faces.prose import clauses
from detente.faces.prose.clauses import Told
from detente.faces.prose.condition import OR
from detente.faces.prose.explanation import HEADINGS, explanation
from detente.faces.prose.names import Names, every, listed, milliseconds_told
from detente.faces.speech import Text
from detente.trust.canonical import Value

SHIFTS: Mapping[Shift, Text] = {
    "widened": Text("widened", "扩大"),
    "narrowed": Text("narrowed", "收窄"),
    "both": Text("both ways", "有扩有缩"),
    "unchanged": Text("unchanged", "未变"),
    "undecided": Text("undecided", "未决"),
}
DECIDED: Mapping[str, Text] = {
    "prover": Text(
        "Decided by the prover: what the rules do, however they are written.",
        "由证明器判定：依据规则的实际效果，不论其写法。",
    ),
    "text": Text(
        "Decided by the text of the rules: two wordings of one rule count as a change. The prover (the extra "
        "`prove`) would say what they do.",
        "依据规则的文字判定：同一规则的两种写法视为变更。安装证明器（可选组件 prove）可判定其实际效果。",
    ),
}


class Edit(NamedTuple):
    """A clause before and after, each as a sentence; None where it is not there."""

    section: str
    id: str
    old: Text | None
    new: Text | None


def edits(old: Version, new: Version) -> Iterator[Edit]:
    """The clauses that came, went or changed, told."""
    for one in comparison.clauses(old.accord, new.accord):
        yield Edit(one.section, one.id, _told(one, one.old, old), _told(one, one.new, new))


def frame(old: Version, new: Version) -> Iterator[tuple[str, Value, Value]]:
    """What differs outside the clauses."""
    return comparison.frame(old.accord, new.accord)


def bounds(old: Version, new: Version) -> Iterator[Edit]:
    """What differs outside the clauses, as sentences; what no clause shows follows from the clauses."""
    before, after = _sentences(old), _sentences(new)
    for heading in dict.fromkeys((*before, *after)):
        was, now = before.get(heading, ()), after.get(heading, ())
        gone, came = [one for one in was if one not in now], [one for one in now if one not in was]
        yield from (Edit("", "", one, other) for one, other in zip_longest(gone, came))


def _sentences(version: Version) -> dict[Text, tuple[Text, ...]]:
    return {
        part.heading: tuple(one.text for one in part.lines if not one.clause)
        for part in explanation(version)
        if part.heading != HEADINGS["sealed"]
    }


def shifts(old: Version, new: Version) -> tuple[tuple[Row, ...], Literal["prover", "text"]]:
    """For each party and effect what became of it, and who decided."""
    try:
        amendment = importlib.import_module("detente.accord.proofs.amendment")
    except ImportError:
        return comparison.compare(old, new), "text"
    found: dict[tuple[str, Effect], set[Shift]] = {}
    for one in amendment.compare(old, new).differences:
        for effect in one.effects:
            found.setdefault((one.other, effect), set()).add(one.shift)
    # Between other authors the same effect is one row: a party's share is what any author brings it.
    return tuple(
        Row(party, effect, _together(several)) for (party, effect), several in found.items()
    ), "prover"


def _together(several: set[Shift]) -> Shift:
    changed = several - {"unchanged"}
    if not changed:
        return "unchanged"
    if "undecided" in changed:
        return "undecided"
    return next(iter(changed)) if len(changed) == 1 else "both"


def gathered(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with all fields of a kind that went the same way for the same party as one."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for one in rows:
        effect = one.effect
        alone = () if effect.family in FAMILIES["release"] else effect.what
        key = (one.party, one.shift, effect.family, effect.kind, effect.within, effect.every, alone)
        found.setdefault(key, []).append(one)
    for several in found.values():
        what = tuple(dict.fromkeys(path for one in several for path in one.effect.what))
        effect = msgspec.structs.replace(several[0].effect, what=what)
        yield Row(several[0].party, effect, several[0].shift)


def share(row: Row, old: Version, new: Version) -> Text:
    """What a row is about: what a party sees, or owes."""
    effect, version = row.effect, new if not row.effect.kind or row.effect.kind in new.world.specs else old
    names = Names(version)
    who = names.party(row.party) if row.party else Text("everybody", "各方")
    kind = names.kind(effect.kind) if effect.kind else Text("", "")
    fields = listed(names.field(effect.kind, path) for path in effect.what)
    kinds = listed((names.kind(one) for one in effect.what), OR)
    by = milliseconds_told(effect.within)
    period = every(effect.every) if effect.every else Text("", "")
    what = effect.what[0]
    about = listed([who]) if effect.what[-1] == PARTY else Text(effect.what[-1], effect.what[-1])
    return {
        "may": lambda: Text(f"{who.en} sees {fields.en} of {kind.en}", f"{who.zh}可见{kind.zh}的{fields.zh}"),
        "node": lambda: Text(
            f"{who.en} gets {fields.en} of {kind.en} without an officer",
            f"{who.zh}无须官员签字即得到{kind.zh}的{fields.zh}",
        ),
        "owed": lambda: Text(
            f"{who.en} is owed {fields.en} of {kind.en} within {by.en}",
            f"{who.zh}应在 {by.zh}内得到{kind.zh}的{fields.zh}",
        ),
        "duty": lambda: Text(
            f"{who.en} owes {kinds.en} within {by.en} after {kind.en}",
            f"{who.zh}须在{kind.zh}后 {by.zh}内提交{kinds.zh}",
        ),
        "calendar": lambda: Text(
            f"{who.en} owes {kinds.en} {period.en}", f"{who.zh}{period.zh}须提交{kinds.zh}"
        ),
        "trigger": lambda: Text(
            f"people decide within {by.en} after {kind.en} on {what}: {about.en}",
            f"{kind.zh}后 {by.zh}内须就 {what}（{about.zh}）作出决定",
        ),
    }[effect.family]()


def _told(change: Change, number: int | None, version: Version) -> Text | None:
    if number is None:
        return None
    clause = getattr(version.accord, change.section)[number]
    return TELL[change.section](clause, version).text


TELL: Mapping[str, Callable[[Any, Version], Told]] = {
    "duties": clauses.duty,
    "release": clauses.release,
    "triggers": clauses.trigger,
}
