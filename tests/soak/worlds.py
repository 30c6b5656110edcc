"""The worlds trial: standing in more simulated worlds of parties that lie, are late and fall silent.

Every other batch is beyond what the accord survives, where honest nodes must still agree.
"""

from pathlib import Path
from random import Random

from test_accord_simulation import PER_BATCH, batch
from trial import Options, say


def run(_folder: Path, options: Options) -> None:
    """Play `options.worlds` worlds, in batches."""
    rng = Random(options.seed)  # noqa: S311 (repeatable, not secret)
    for number in range(-(-options.worlds // PER_BATCH)):
        total = batch(rng.randrange(100_000, 2**32), beyond=number % 2 == 1)
        say(f"worlds: {(number + 1) * PER_BATCH:,} of {options.worlds:,}: {total}")
