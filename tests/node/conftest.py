"""Puts this folder on the path: tests share `homes.py` (three homes under one accord)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
