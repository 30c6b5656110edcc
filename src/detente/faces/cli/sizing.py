"""`detente evaluate power`: how many samples a run needs to show a system below a line, before it is made.

    detente evaluate power --line 100 --hoped 0        ->  299 samples, and it passes with no event

Exact (`instruments.power`). Rates are in ten-thousandths, as a playbook has them: 100 is 1 %.
"""

import argparse
from fractions import Fraction

from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.instruments import power
from detente.instruments.power import Size
from detente.trust.errors import Malformed

_WHOLE = 10_000
_FEW = 20


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The line, the hope, and how sure to be."""
    one = acts.add_parser("power", help="how many samples a run needs, before it is registered")
    one.add_argument(
        "--line",
        type=int,
        required=True,
        metavar="BP",
        help="to be shown below this rate, in ten-thousandths (100 is one in a hundred)",
    )
    one.add_argument(
        "--hoped",
        type=int,
        default=0,
        metavar="BP",
        help="the rate hoped for, in ten-thousandths (0)",
    )
    one.add_argument("--confidence", type=int, default=9_500, metavar="BP", help="of the bound (9500)")
    one.add_argument(
        "--attempts", type=int, default=1, help="how often the run may be made; shares the doubt (1)"
    )
    one.add_argument(
        "--power", type=int, default=8_000, metavar="BP", help="the chance wanted that it passes (8000)"
    )
    one.add_argument(
        "--effect",
        type=int,
        default=_WHOLE,
        metavar="BP",
        help="design effect expected of epochs (10000: none)",
    )
    one.add_argument("--samples", type=int, help="instead: what a run of this size can show")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Say the size, or what a size can show; 1 if no run can.

    Raises:
        Malformed: `power.1`.
    """
    _check(arguments)
    line, hoped = Fraction(arguments.line, _WHOLE), Fraction(arguments.hoped, _WHOLE)
    doubt = Fraction(_WHOLE - arguments.confidence, _WHOLE * arguments.attempts)
    effect = Fraction(arguments.effect, _WHOLE)
    if arguments.samples is None:
        size = power.samples_needed(line, hoped, doubt, Fraction(arguments.power, _WHOLE))
    else:
        size = power.power_of(int(arguments.samples / effect), line, hoped, doubt)
    if size is None:
        voice.result({"samples": None}, [voice.choose(_NONE)])
        return UNSOUND
    asked = -int(-(size.samples * effect) // 1)
    chance = int(size.power * _WHOLE)
    value = {"samples": asked, "effective": size.samples, "events": size.events, "power": chance}
    voice.result(value, _lines(size, asked, chance, voice))
    return KEPT if size.events >= 0 else UNSOUND


_NONE = Text(
    f"No run of up to {power.MOST:,} samples passes with that chance.",
    f"在 {power.MOST:,} 个样本以内，没有任何规模的测试能以该概率通过。",
)


def _lines(size: Size, asked: int, chance: int, voice: Voice) -> list[str]:
    if size.events < 0:
        return [
            voice.choose(
                Text(
                    f"{asked} samples cannot pass, even without an event.",
                    f"{asked} 个样本即使一次事件也没有，也无法通过。",
                )
            )
        ]
    share = f"{chance / 100:.2f} %"
    return [
        voice.choose(
            Text(
                f"{asked} samples in each language; it passes with at most {size.events} events.",
                f"每种语言 {asked} 个样本；事件不超过 {size.events} 次即通过。",
            )
        ),
        voice.choose(
            Text(
                f"A system at the rate hoped for passes with a chance of {share}.",
                f"若系统确为所期望的事件率，通过的概率为 {share}。",
            )
        ),
    ]


def _check(arguments: argparse.Namespace) -> None:
    # 1. Every number has a meaning.
    between = (arguments.line, arguments.confidence, arguments.power)
    sound = all(0 < one < _WHOLE for one in between) and 0 <= arguments.hoped < _WHOLE
    sizes = arguments.samples is None or 1 <= arguments.samples <= power.MOST
    if not (sound and sizes and 1 <= arguments.attempts <= _FEW and arguments.effect >= _WHOLE):
        raise Malformed(
            "power.1",
            "A rate or chance that is not between 0 and 10000, or a size, effect or number out of range.",
            "Give rates in ten-thousandths; attempts from 1 to 20; an effect of at least 10000.",
        )
