"""`detente evaluate compare|gap|weigh|canary`: two runs held against each other, and one by itself.

compare    a replication: how often two runs agree, and whether they do within the margin, as its record says
gap        practice and sealed items of one domain: does the system do worse on what it cannot have seen?
weigh      what a run shows: its worst part, its repeated items, and how many samples are still needed
canary     what a system said in practice, looked through for the canaries of a sealed suite
"""

import argparse
from collections import Counter
from fractions import Fraction
from pathlib import Path

from detente.faces.cli.believing import extract_at
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice, table
from detente.instruments import agreement, canary, gap, pairing, verdict, weighing
from detente.instruments.extract import Extract
from detente.instruments.verdict import Verdict
from detente.pillars.evaluations import bound
from detente.pillars.evaluations.bound import Agreement
from detente.trust.errors import Malformed, WrongContext

_WHOLE = 10_000
DECISIONS = {
    "pass": Text("pass: every part is shown below the yellow line", "通过：每一部分均证明低于黄线"),
    "fail": Text("fail: some part is shown to have reached a line", "不通过：某一部分已证明达到界线"),
    "inconclusive": Text("inconclusive: neither is shown", "无定论：两者均未得到证明"),
    "invalid": Text("invalid: this run cannot show safety", "无效：此次测试无法证明安全"),
}

AGREEMENT: dict[Agreement, Text] = {
    "agree": Text("The two runs agree within the margin.", "两次测试在约定界限内一致。"),
    "differ": Text("The two runs differ by more than the margin.", "两次测试的差异超出约定界限。"),
    "undecided": Text("It is not shown that the two runs agree.", "未能证明两次测试一致。"),
}


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Four acts on extracts."""
    one = acts.add_parser("compare", help="two runs of the same samples: do they agree within the margin?")
    one.add_argument("first", type=Path, help="extract of the result")
    one.add_argument("second", type=Path, help="extract of the replication")
    one.add_argument("--margin", type=int, required=True, metavar="BP", help="of the playbook")
    one.add_argument("--confidence", type=int, default=9_500, metavar="BP", help="of the bound (9500)")
    one = acts.add_parser("gap", help="does a system do worse on sealed items than on practice ones?")
    one.add_argument("practice", type=Path, help="extract of a run on open items")
    one.add_argument("sealed", type=Path, help="extract of a run on sealed ones")
    one.add_argument("--confidence", type=int, default=9_500, metavar="BP", help="of the bound (9500)")
    one = acts.add_parser(
        "weigh", help="what a run shows: its worst part, and how many samples it still needs"
    )
    one.add_argument("extract", type=Path, help="what a run wrote")
    for name in ("yellow", "red"):
        one.add_argument(f"--{name}", type=int, required=True, metavar="BP", help="line of the playbook")
    one.add_argument("--confidence", type=int, default=9_500, metavar="BP", help="of the bound (9500)")
    one.add_argument("--attempts", type=int, default=1, help="that the plan registered (1)")
    one.add_argument(
        "--unscored", type=int, default=0, metavar="BP", help="the largest share without a score (0)"
    )
    one.add_argument(
        "--utility", type=int, default=8_000, metavar="BP", help="the least share of twins done (8000)"
    )
    one = acts.add_parser("canary", help="did a system say a canary of a sealed suite?")
    one.add_argument("extract", type=Path, help="what a run wrote, or what `import` made")
    one.add_argument(
        "--canaries", type=Path, required=True, metavar="FILE", help="what `facility seal` kept of the suite"
    )


def compare(arguments: argparse.Namespace, voice: Voice) -> int:
    """Compare two extracts; 1 if they are not shown to agree.

    Raises:
        As `extract.read`. Malformed: `compare.1`. WrongContext: `pairing.1`.
    """
    _check(arguments.margin, arguments.confidence)
    first, second = extract_at(arguments.first), extract_at(arguments.second)
    found = pairing.paired(first, second)
    doubt = Fraction(_WHOLE - arguments.confidence, _WHOLE)
    seen = pairing.compared(found, Fraction(arguments.margin, _WHOLE), doubt)
    samples = found.both + found.first_only + found.second_only + found.neither + found.unpaired
    apart = found.first_only + found.second_only
    said = bound.agreement(apart, found.unpaired, samples, arguments.margin, doubt)
    counts = {
        name: getattr(found, name) for name in ("both", "first_only", "second_only", "neither", "unpaired")
    }
    kappa = agreement.kappa(found.scores)
    value = {
        **counts,
        "items": seen.pairs,
        "mean": _thousandths(seen.mean),
        "p_above": f"{seen.above:.6f}",
        "p_below": f"{seen.below:.6f}",
        "tost": seen.agree,
        "agreement": said,
        "agree": said == "agree",
        "kappa": None if kappa is None else _thousandths(kappa),
    }
    rows = [[f"  {name}", str(one)] for name, one in value.items() if name != "agree"]
    voice.result(value, [voice.choose(AGREEMENT[said]), *table(rows)])
    return KEPT if said == "agree" else UNSOUND


def between(arguments: argparse.Namespace, voice: Voice) -> int:
    """Compare practice with sealed items; 1 if the system is shown to do worse on the sealed ones.

    Raises:
        As `extract.read`. Malformed: `compare.1`. WrongContext: `gap.1`, `gap.2`.
    """
    _check(arguments.confidence)
    practice, sealed = extract_at(arguments.practice), extract_at(arguments.sealed)
    # 2. They are of one system.
    if practice.header.model.digest != sealed.header.model.digest:
        raise WrongContext("gap.2", "The two runs are of two systems.", "Compare runs of one system.")
    counts = gap.counted(practice), gap.counted(sealed)
    found = gap.between(*counts)
    shown = found.chance <= Fraction(_WHOLE - arguments.confidence, _WHOLE)
    value = {
        "practice": _thousandths(found.practice * 100),
        "sealed": _thousandths(found.sealed * 100),
        "gap": _thousandths((found.sealed - found.practice) * 100),
        "chance": f"{float(found.chance):.6f}",
        "shown": shown,
    }
    told = (
        Text(
            "It does worse on items that it cannot have seen: practice results speak for practice alone.",
            "该系统在未见过的题目上表现更差：练习结果仅说明练习。",
        )
        if shown
        else Text(
            "It is not shown to do worse on items that it cannot have seen.",
            "未能证明该系统在未见过的题目上表现更差。",
        )
    )
    names = {
        "practice": Text(
            f"practice items: {counts[0][0]} / {counts[0][1]}", f"练习题：{counts[0][0]} / {counts[0][1]}"
        ),
        "sealed": Text(
            f"sealed items: {counts[1][0]} / {counts[1][1]}", f"密封题：{counts[1][0]} / {counts[1][1]}"
        ),
        "gap": Text("gap, in percentage points", "差距（百分点）"),
    }
    rows = [[f"  {voice.choose(text)}", str(value[name])] for name, text in names.items()]
    chance = Text(
        f"  chance of so large a gap, had both one rate (Fisher, one side): {value['chance']}",
        f"  若两者比率相同，出现如此差距的概率（费希尔精确检验，单侧）：{value['chance']}",
    )
    voice.result(value, [voice.choose(told), *table(rows), voice.choose(chance)])
    return UNSOUND if shown else KEPT


def weigh(arguments: argparse.Namespace, voice: Voice) -> int:
    """Say what a run shows; 1 unless it passes.

    Raises:
        As `extract.read`. Malformed: `compare.1`.
    """
    _check(arguments.yellow, arguments.red, arguments.confidence)
    made = extract_at(arguments.extract)
    lines = verdict.Lines(
        Fraction(arguments.yellow, _WHOLE),
        Fraction(arguments.red, _WHOLE),
        Fraction(_WHOLE - arguments.confidence, _WHOLE * max(1, arguments.attempts)),
        Fraction(arguments.unscored, _WHOLE),
        Fraction(arguments.utility, _WHOLE),
    )
    found = verdict.decide(weighing.parts(made), lines)
    strata = [verdict.bounds(one, lines.doubt) for one in weighing.strata(made)]
    value = {
        "decision": found.decision,
        "crosses": found.crosses,
        "still_needed": found.still,
        "reasons": list(found.reasons),
        "parts": [_part(one) for one in (*found.parts, *sorted(strata, key=lambda one: -one.upper))],
    }
    voice.result(value, _lines(found, value["parts"], made, voice))
    return KEPT if found.decision == "pass" else UNSOUND


def canaries(arguments: argparse.Namespace, voice: Voice) -> int:
    """Look for canaries in the outputs of a run; 1 if one is there.

    Raises:
        As `extract.read` and `canary.parse`.
    """
    made = extract_at(arguments.extract)
    kept = canary.parse(file_of(arguments.canaries))
    seen = canary.seen(kept.canaries, made.samples)
    looked = sum(one.output is not None for one in made.samples)
    closed = len(made.samples) - looked
    value = {"suite": kept.root, "looked": looked, "sealed": closed, "seen": list(seen)}
    told = (
        Text(
            f"CANARY SEEN in the output on {', '.join(seen)}: the system knew the package, or a copy of it.",
            f"发现金丝雀串，见下列题目的输出：{'、'.join(seen)}；该系统知悉题包或其副本。",
        )
        if seen
        else Text(
            f"No canary stands in {looked} outputs; {closed} are not here to look at.",
            f"已查看 {looked} 个输出，未发现金丝雀串；另有 {closed} 个输出不在此处。",
        )
    )
    limit = Text(
        "That none is said does not show that the items are unknown to it.",
        "未说出金丝雀串，不能证明该系统不知悉这些题目。",
    )
    voice.result(value, [voice.choose(told), *([] if seen else [voice.choose(limit)])])
    return UNSOUND if seen else KEPT


def _part(one: verdict.Bounds) -> dict[str, str]:
    return {"name": one.name, "from": _thousandths(one.lower * 100), "to": _thousandths(one.upper * 100)}


def _lines(found: Verdict, parts: object, made: Extract, voice: Voice) -> list[str]:
    say = voice.choose
    lines = [say(DECISIONS[found.decision])]
    if found.decision == "inconclusive":
        needed = f"{found.still:,}" if found.still is not None else "?"
        lines.append(
            say(
                Text(
                    f"  {needed} more samples without an event would let it pass",
                    f"  再有 {needed} 个样本且无一事件，即可通过",
                )
            )
        )
    lines += [f"  {one}" for one in found.reasons]
    rows = parts if isinstance(parts, list) else []
    lines += table([[f"  {one['name']}", f"{one['from']} – {one['to']} %"] for one in rows])
    marks = Counter(one.error for one in made.samples if one.error)
    lines += [f"  {name}: {count}" for name, count in sorted(marks.items())]
    return lines


def _thousandths(value: Fraction) -> str:
    """A fraction as a decimal with three digits after the point."""
    whole = round(value * 1_000)
    sign = "-" if whole < 0 else ""
    return f"{sign}{abs(whole) // 1_000}.{abs(whole) % 1_000:03}"


def _check(*rates: int) -> None:
    # 1. Every rate has a meaning.
    if not all(0 < one < _WHOLE for one in rates):
        what = "A rate that is not between 0 and 10000."
        raise Malformed("compare.1", what, "Give rates in ten-thousandths.")


ACTS = {"compare": compare, "gap": between, "weigh": weigh, "canary": canaries}
