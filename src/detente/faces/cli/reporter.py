"""The reporter of a case that came in confidence: `detente triage` reads the report, and tells what follows.

A case of the source `intake:7` is report 7 of the confidential desk of this home. Whoever returns or declines
it does so with an intake officer's keys, and the reporter reads why behind their follow-up code: no report
disappears from a queue. Nothing of the report is written to a file on the way.
"""

import argparse
import json
from typing import Any

import msgspec

from detente.faces import secrecy
from detente.faces.cli.place import home_of
from detente.faces.intake import opened
from detente.faces.intake.desk import Desk
from detente.faces.intake.officers import Officers
from detente.faces.openingfile import OpeningFile
from detente.faces.speech import Voice
from detente.node.casework.case import Case
from detente.node.clock import SystemClock
from detente.node.confidence.message import Outcome
from detente.node.errors import Refused
from detente.trust.errors import Malformed

SOURCE = "intake:"
OUTCOMES: dict[str, Outcome] = {
    "out-of-scope": "not_taken",
    "duplicate": "known_already",
    "no-incident": "could_not_confirm",
    "cannot-take": "not_taken",
    "unusable": "unreadable",
}
"""The reason for which a case is declined, and what its reporter reads of it."""


def number_of(case: Case) -> int | None:
    """Return the number of the confidential report that a case is of; None if it came otherwise."""
    return int(case.source.removeprefix(SOURCE)) if case.source.startswith(SOURCE) else None


def read(arguments: argparse.Namespace, voice: Voice) -> dict[str, Any]:
    """Return the report that was named, as `intake open --json` gives it. As `officers`, `Officers.open`."""
    found = officers(arguments, voice).open(_number(arguments.report), None)
    value: dict[str, Any] = json.loads(msgspec.json.encode(opened.value(found)))
    return value


def officers(arguments: argparse.Namespace, voice: Voice) -> Officers:
    """Return the officer whose keys were named, at the desk of this home.

    Raises:
        Refused: `triage.17`. Malformed: `triage.18`. As `OpeningFile.unlock`.
    """
    # 17. The reporter's letters are opened and written with keys.
    if arguments.key is None:
        raise Refused(
            "triage.17",
            "This report came in confidence, and its reporter has to be told.",
            "Say --key FILE, an intake officer's keys.",
        )
    fd = arguments.passphrase_fd
    opener = OpeningFile.read(arguments.key).unlock(secrecy.known(voice, None if fd is None else _number(fd)))
    return Officers(Desk(home_of(arguments), SystemClock()), opener)


def _number(text: str) -> int:
    # 18. It is a number.
    if not str(text).isascii() or not str(text).isdecimal():
        raise Malformed("triage.18", f"{str(text)[:40]!a} is no number.", "See: detente intake list")
    return int(text)
