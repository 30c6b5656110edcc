"""The refusals trial: each numbered check of accords and of their signing refuses a thousand mutants.

The tests play a sample of them: each check and each sort of fault, fewer times.
"""

from pathlib import Path

import mutation
from mutation_accord import accord_row
from mutation_signing import later_row, signed_row
from trial import Options, counted


def run(_folder: Path, options: Options) -> None:
    """Attack each of the three rows whole."""
    for make in (accord_row, signed_row, later_row):
        row = make(mutation.ENOUGH)
        counted(f"refused: {row.name}", mutation.hold(row, options.seed).refused)
