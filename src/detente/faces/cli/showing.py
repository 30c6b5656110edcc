"""A record as `detente record show ID --json` prints it, or a draft of one, read from a file."""

import json
from pathlib import Path
from typing import Any

import msgspec

from detente.faces.cli.place import file_of
from detente.trust.errors import Malformed


class Record(msgspec.Struct, frozen=True):
    """What of it is used; a draft has neither id nor author.

    Args:
        open: its open fields.
        id: of the record.
        thread: its thread's root.
        party: its author.
        kind: of the record.
        at: its author's clock, in milliseconds.
        facts: what follows from it.
        values: what is sealed and known here.
        sealed: of a draft, the sealed fields; of a record their paths.
        stands: whether it stands.
    """

    open: dict[str, Any]
    id: str = ""
    thread: str | None = None
    party: str = ""
    kind: str = ""
    at: int = 0
    facts: dict[str, Any] = {}
    values: dict[str, Any] = {}
    sealed: dict[str, Any] | list[str] = {}
    stands: bool = True


def shown(path: Path) -> Record:
    """Read a record from a file.

    Raises:
        Malformed: `showing.1`. HomeMissing: `place.2`.
    """
    # 1. It is a record as this program prints it.
    try:
        return msgspec.convert(json.loads(file_of(path)), Record)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        what = f"{path} is no record: {error}."
        raise Malformed("showing.1", what, "Print it: detente record show ID --json") from error
