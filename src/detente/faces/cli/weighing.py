"""The weighing: what laboratories and raters said of a case, in lines; axes stand as they are typed.

objection 1 blue-heron: the date tells our client
  → kept to the month
ada: near_miss=no harm=3 layers=unknown  as told
rated differently: harm
"""

from collections.abc import Iterator, Mapping
from typing import Any

from detente.faces.speech import Text, Voice
from detente.node.casework.case import Case

VALUES = {True: Text("yes", "是"), False: Text("no", "否"), None: Text("unknown", "未知")}
MOST = 200


def lines(case: Case, voice: Voice) -> Iterator[str]:
    """Return what laboratories and raters said, and what was found."""
    say = voice.choose
    for number, one in enumerate(case.objections, 1):
        late = say(Text(" (late)", "（逾期）")) if one.late else ""
        text = " ".join(one.text.split())[:MOST]
        yield f"  {say(Text('objection', '异议'))} {number} {one.lab}{late}: {text}"
        yield f"    → {one.answer or '…'}"
    hidden = len(case.ratings) - len(case.shown)
    if hidden:
        yield say(
            Text(
                f"  {hidden} rating, not shown before there are two",
                f"  已有 {hidden} 份评级，满两份前不显示",
            )
        )
    yield from (f"  {one.by}: {axes(one.axes, voice)}  {one.why}" for one in case.shown.values())
    if case.disputed:
        named = ", ".join(case.disputed)
        yield say(Text(f"  rated differently: {named}", f"  评级不一致：{named}"))
    if case.finding:
        by, found = case.finding.by, f"{axes(case.finding.axes, voice)}  {case.finding.why}"
        yield say(Text(f"  found by {by}: {found}", f"  由 {by} 认定：{found}"))


def axes(said: Mapping[str, Any], voice: Voice) -> str:
    """Return axes as they are typed: `near_miss=no harm=3`."""
    return " ".join(f"{name}={_value(value, voice)}" for name, value in said.items())


def _value(value: object, voice: Voice) -> str:
    return voice.choose(VALUES[value]) if value is None or isinstance(value, bool) else str(value)
