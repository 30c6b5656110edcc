"""The mutants trial: every small change of every template, each caught, equivalent, or a survivor.

It fails if one survives. A template without a file of expectations is held to proofs alone.
"""

from pathlib import Path

import fates
from trial import Options, counted


def run(_folder: Path, _options: Options) -> None:
    """Change every template in every way."""
    survivors = []
    for name in fates.templates():
        counts, alive = fates.of(name)
        counted(f"mutants of {name}", counts)
        survivors += [f"{name}: {one.clause}: {one.change}" for one in alive]
    assert survivors == [], survivors
