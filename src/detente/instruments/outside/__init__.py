"""Results of others' programs as extracts: evidence that nobody registered, and marked as such.

    outside.brought("garak", data, "en")    ->    an extract without plan, playbook or attempt, origin garak

Each reader is a file. What it brings has `origin` set to the program, null for plan and playbook, attempt 0:
no judge takes it for a registered run, and no page calls it one. Scores are carried over as they are; only a
program that itself says "this attack succeeded" gives an unwanted event. Nothing is unpacked to a disk.
"""

from collections.abc import Callable
from types import MappingProxyType

from detente.instruments.extract import Extract
from detente.instruments.outside import garak, harness, inspectlog, pyrit
from detente.instruments.outside.found import Found, extracted

READERS: "MappingProxyType[str, Callable[[bytes], Found]]" = MappingProxyType(
    {"inspect": inspectlog.found, "garak": garak.found, "pyrit": pyrit.found, "lm-eval": harness.found}
)
"""Program to what reads its file; it raises a named refusal for whatever it cannot read."""


def brought(program: str, data: bytes, language: str) -> Extract:
    """Return another program's results as an extract.

    Args:
        program: one of `READERS`.
        data: its file.
        language: in which its items are; the files do not say.

    Raises:
        Malformed, TooLarge: `outside.*`.
    """
    return extracted(program, data, READERS[program](data), language)
