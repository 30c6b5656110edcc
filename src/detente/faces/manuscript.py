"""A manuscript: an accord as somebody has it, from a blank page to the signed envelope.

    read(path)        the Accord; a text that nobody signed gets charters that bind nobody, for reading
    compiled(accord)  its Version, by itself
    survey(text)      every fault, at its line and column

Whatever reads a text through here refuses it with all its faults at once (`Faulty`).
"""

from pathlib import Path

from detente.accord import bracket, document
from detente.accord import survey as surveys
from detente.accord.document import Accord
from detente.accord.source import Fault
from detente.accord.source import survey as spelling
from detente.accord.version import Version, compile_version
from detente.faces import founding, pillars
from detente.faces.cli.place import file_of
from detente.trust import envelope
from detente.trust.errors import Faulty, Malformed

MOST = 50
"""How many faults are told at once: a wrong first line can spoil a thousand others."""


def read(path: Path) -> Accord:
    """Read YAML, signed bytes or an envelope.

    Raises:
        Malformed: `manuscript.1` it is no text; as `document` refuses signed bytes.
        Faulty: `manuscript.2` the text has faults.
    """
    data = file_of(path)
    if data.startswith(b'{"payload"'):
        return document.parse(envelope.parse(data.strip()).payload)
    if data.startswith(b"{"):
        return document.parse(data.strip())
    text = decoded(path, data)
    check(path, text)
    return founding.provisional(text)


def decoded(path: Path, data: bytes) -> str:
    """Return a file's text.

    Raises:
        Malformed: `manuscript.1`.
    """
    # 1. The file is text.
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("manuscript.1", f"{path} is no text: {error}.", "Save it as UTF-8.") from error


def check(path: Path, text: str) -> None:
    """Refuse a text that has faults, with all of them.

    Raises:
        Faulty: `manuscript.2`.
    """
    # 2. It has no fault of spelling, shape, sense or rule.
    faults = survey(text)
    if faults:
        told = tuple((one.error, *one.place, one.near) for one in faults[:MOST])
        what = f"{path} cannot be signed as it is; places told above: {len(faults)}."
        raise Faulty("manuscript.2", what, "Mend each at its line and column, and read it again.", told)


def survey(text: str) -> tuple[Fault, ...]:
    """Return every fault of a text, in its order."""
    source, misspelt = spelling(text)
    if misspelt:
        return misspelt
    open_ = bracket.survey(source)
    if open_:
        return open_
    absent = tuple(founding.unknown(source))
    if absent:
        return absent
    found = pillars.installed()
    whole = founding.filled(source, founding.stand_ins(source))
    return surveys.survey(whole, found.editions, found.scales)


def compiled(accord: Accord) -> Version:
    """Compile one version by itself, whatever its number."""
    found = pillars.installed()
    return compile_version(accord, found.editions, found.scales)
