"""Imports: reports of a register mapped and kept as drafts, against reading and inserting their lines."""

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from detente.faces.cli import importing
from detente.faces.registers import REGISTERS
from detente.faces.registers.event import Event
from detente.node.clock import SetClock
from detente.node.draft import Draft, Tabled
from detente.node.drawer import Drawer
from detente.node.store import Readers
from detente.node.writer import Writer
from row import Aim, Row, Scale, race

FAST = Aim("figure", least=1_000)
CITED = 6


class Shelf(Drawer):
    """A drawer by itself."""

    def __init__(self, path: Path) -> None:
        self._writer, self._readers, self.clock = Writer(path), Readers(path), SetClock(1_790_000_000_000)

    def table(self, draft: Draft) -> Tabled:
        """Table nothing: an import never asks for it."""
        raise NotImplementedError(draft.kind)  # the bench tables nothing

    def close(self) -> None:
        """Let go of the file."""
        self._readers.close()
        self._writer.close()


def bring(scale: Scale) -> Iterator[Row]:
    """From a file of a register to durable drafts."""
    count = scale.of(4_096, 200)
    with tempfile.TemporaryDirectory() as folder:
        file, numbers = Path(folder) / "reports.jsonl", iter(range(2 * scale.rounds))
        file.write_text("".join(f"{json.dumps(_report(n))}\n" for n in range(count)), encoding="utf-8")

        def ours() -> None:
            shelf = Shelf(Path(folder) / f"{next(numbers)}.db")
            found = [one for one in REGISTERS["incidents"]["avid"].read(file) if isinstance(one, Event)]
            sheets = [importing.sheet(one, "incidents", "avid") for one in found]
            kept = [one for some in importing.portions(sheets) for one in shelf.keep(some)]
            shelf.close()
            if len(kept) != count:
                raise RuntimeError("the bench did not keep all drafts")

        def least() -> None:
            raw = sqlite3.connect(Path(folder) / f"{next(numbers)}.db")
            raw.execute("CREATE TABLE sheet (name TEXT UNIQUE, data TEXT)")
            with raw, file.open(encoding="utf-8") as lines:
                rows = [(json.loads(line)["metadata"]["report_id"], line) for line in lines]
                raw.executemany("INSERT INTO sheet VALUES (?, ?)", rows)
            raw.close()

        mine, bare = race(ours, least, scale.rounds, time.process_time)
    yield Row(
        "reports imported as drafts", count / mine, "/s", count / bare, "read and inserted, unmapped", FAST
    )


def _report(number: int) -> dict[str, object]:
    """A report as long as those of the register are: 2 kB."""
    return {
        "data_type": "AVID",
        "metadata": {"report_id": f"AVID-2099-R{number:04}"},
        "affects": {"developer": ["d"], "deployer": ["e"], "artifacts": [{"type": "System", "name": "s"}]},
        "problemtype": {"classof": "CVE Entry", "description": {"lang": "eng", "value": "A weakness " * 6}},
        "references": [{"label": "a page", "url": f"https://example.org/{n}/{number}"} for n in range(CITED)],
        "description": {"lang": "eng", "value": "What can be done with it. " * 24},
        "impact": {"avid": {"risk_domain": ["Security"], "sep_view": ["S0100: Software Vulnerability"]}},
        "reported_date": "2025-02-03",
    }
