"""Puts this folder on the path: tests share `toy.py` (small terms, real records) and `simulation.py`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "trust")]
