"""Puts this folder on the path: tests share `sample.py` (a genuine record) and `mutation.py` (attacks)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
