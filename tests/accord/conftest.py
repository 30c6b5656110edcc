"""Puts this folder and trust's on the path: tests share `toy.py`, `treaty.py`, `founding.py` and more."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "trust")]
