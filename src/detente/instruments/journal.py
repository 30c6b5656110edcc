"""The journal of a run: each finished sample at once on the disk, so that a run that was ended goes on.

One line per sample, as in the extract, appended and synced. A line that was torn by a crash is dropped when
the journal is opened again, and its sample is made anew; nothing else is.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from detente.instruments import extract
from detente.instruments.extract import Sample
from detente.trust import canonical
from detente.trust.errors import DetenteError, Malformed

FILE = "samples.jsonl"


class Journal:
    """What is finished of a run."""

    def __init__(self, folder: Path) -> None:
        """Open the journal of a run, and drop what was torn off at its end.

        Raises:
            Malformed: `journal.1`: a line within it is no sample. TooLarge: `extract.1`.
        """
        self._path = folder / FILE
        self.done = {one.place: one for one in self._read()}
        self._file = self._path.open("ab")

    def add(self, sample: Sample) -> None:
        """Keep a finished sample.

        Raises:
            OSError: the disk is full, say; what was kept stays, and the run can go on later.
        """
        self._file.write(extract.line(sample) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done[sample.place] = sample

    def close(self) -> None:
        """Close the file; a line that the disk could not take is dropped at the next opening."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> list[Sample]:
        if not self._path.exists():
            return []
        size = self._path.stat().st_size
        if size > extract.MOST_BYTES:
            raise extract.too_large(size)
        whole, _, torn = self._path.read_bytes().rpartition(b"\n")
        if torn:
            with self._path.open("r+b") as file:
                file.truncate(len(whole) + 1 if whole else 0)
        return [_sample(line, number) for number, line in enumerate(whole.split(b"\n"), 1) if line]


def _sample(line: bytes, number: int) -> Sample:
    # 1. What stands before the end was written by us, whole.
    try:
        return msgspec.convert(canonical.decode(line, extract.MOST_LINE), Sample)
    except (msgspec.ValidationError, DetenteError) as error:
        what = f"Line {number} of the run's journal is no sample: {error}."
        raise Malformed("journal.1", what, "Keep the folder as it is; begin the attempt anew.") from error
