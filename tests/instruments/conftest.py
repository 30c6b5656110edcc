"""Puts this folder on the path: tests share `attempts.py` (runs of an evaluation that nobody had to make)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
