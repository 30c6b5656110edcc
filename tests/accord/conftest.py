"""Puts this folder on the path: tests share `toy.py` (small terms and real records) and `simulation.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
