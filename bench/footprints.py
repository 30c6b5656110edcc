"""Footprints: what a home with many records takes on disk, and its log in memory."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import appends
import homes
import material
from row import Aim, Row, Scale

DISK = Aim("figure", most=3.0)
MEMORY = Aim("figure", most=200.0)
CHUNK = 5_120

_OPEN = r"""
import re, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
import appends, homes
from detente.node.library import Library
if sys.argv[2]:
    realm = homes.opened(Path(sys.argv[2]), "us")
    library = Library(realm.readers, realm.domain)
    for row in realm.readers.conn.execute("SELECT id FROM body LIMIT 5000").fetchall():
        library[row[0].hex()]
status = Path("/proc/self/status").read_text()  # getrusage would count what its parent had
print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 / 1e6)
if sys.argv[2]:
    homes.close(realm)
"""


def footprint(scale: Scale) -> Iterator[Row]:
    """Kilobytes a record, database and static tree; megabytes resident, tree and newest bodies."""
    count = scale.of(100_000, 600)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "us"
        realm = homes.opened(path, "us")
        entries = appends.entries_of(count)
        bare = 0
        while chunk := list(islice(entries, CHUNK)):
            bare += sum(len(body.envelope) for _, _, _, body in chunk)
            appends.fill(realm, chunk)
        homes.close(realm)
        disk = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
        yield Row(
            f"{count:,} records on disk, database and static tree",
            disk / count / 1000,
            "kB a record",
            bare / count / 1000,
            "their envelopes",
            DISK,
        )
        yield Row(
            f"{count:,} records, one log open: resident",
            _resident(str(path)),
            "MB",
            _resident(""),
            "the same program without a home",
            MEMORY,
        )


def _resident(path: str) -> float:
    here = str(Path(material.__file__).parent)
    command = [sys.executable, "-c", _OPEN, here, path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (this program)
    return float(done.stdout)
