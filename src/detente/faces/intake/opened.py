"""An opened report in words, for its officer: what was said, its files, and the thread."""

import hashlib

from detente.faces.intake.officers import Opened
from detente.faces.intake.pages import words
from detente.faces.speech import Text, Voice, clock

FIELDS = ("system", "place", "harm", "advice")
ONGOING = {True: "yes", False: "no", None: "unknown"}


def value(found: Opened) -> object:
    """Return it as JSON has it, without the bytes of its files; `receipt` is the SHA-256 of its receipt."""
    return {
        "number": found.entry.number,
        "receipt": hashlib.sha256(found.entry.receipt).hexdigest(),
        "state": found.entry.state,
        "via": found.entry.via,
        "report": found.report,
        "files": [
            {"name": one.name, "kind": one.kind, "refusal": one.refusal, "bytes": len(one.data), "path": path}
            for one, path in found.files
        ],
        "thread": [message for _, message in found.thread],
    }


def lines(found: Opened, voice: Voice) -> list[str]:
    """Return it as people read it."""
    report = found.report
    said = [
        f"{found.entry.number}  {report.title}",
        f"{_say(voice, 'f_use')} {_say(voice, f'use_{report.use}')}",
        f"{_say(voice, 'f_ongoing')} {_say(voice, ONGOING[report.ongoing])}",
        *(f"  {line}" for line in report.account.splitlines()),
    ]
    for name in FIELDS:
        text = getattr(report, name)
        said += [f"{_say(voice, f'f_{name}')}:", *(f"  {line}" for line in text.splitlines())] if text else []
    for one, path in found.files:
        said.append(f"{one.index}  {one.name}  {one.kind or one.refusal}  {len(one.data)} B  {path}")
    for _, message in found.thread:
        writer = "from_reporter" if message.writer == "reporter" else "from_intake"
        head = _say(voice, writer, name=message.writer)
        said.append(f"{clock(message.at)}  {head} {_say(voice, f'act_{message.act}')}:")
        said += [f"  {line}" for line in (message.text or message.lesson or message.outcome).splitlines()]
    return said


def _say(voice: Voice, name: str, /, **holes: object) -> str:
    said = words()[name]
    return voice.choose(Text(said["en"].format(**holes), said["zh"].format(**holes)))
