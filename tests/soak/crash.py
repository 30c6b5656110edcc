"""The crash trial, long: `kill -9` at every named point and at random times, a thousand of them."""

from collections import Counter
from pathlib import Path
from random import Random

from killing import ANYWHERE, Killing
from trial import Options, counted, say

from detente.node.fault import POINTS

LIVES = 25
"""So many kills before three new homes are founded: a long history makes each look at it slow."""

NEARLY_A_TILE = 235


def run(folder: Path, options: Options) -> None:
    """Kill `options.kills` times; every eighth world begins short of a full tile."""
    rng = Random(options.seed)  # noqa: S311 (repeatable, not secret)
    kills: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for number in range(-(-options.kills // LIVES)):
        padding = NEARLY_A_TILE if number % 8 == 7 else 0
        with Killing.begin(folder / str(number), seed=rng.randrange(2**32), padding=padding) as killing:
            killing.run(min(LIVES, options.kills - kills.total()))
        kills += killing.kills
        looked += killing.looked
        say(f"crash: {kills.total():,} of {options.kills:,} kills")
    counted("crash: kills -9 survived, by point", kills)
    counted("crash: looked at", looked)
    never = {*POINTS, ANYWHERE} - kills.keys()
    assert options.kills < len(POINTS) * 2 or not never, f"no life ever came by {never}"
