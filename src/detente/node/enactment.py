"""The enactment: how a signed version of the accord comes into a home, or stays outside.

    enact(home, data, installed)     Enacted(genesis="5d1c…", version=2, again=False)

Nothing is written before the version is signed by the officers of all parties, follows the versions that are
here, and runs with what is installed: whatever is refused, the home opens as before. Two texts under one
version, and a text that its officers did not sign, are evidence; that an edition is not installed is not.
"""

from collections.abc import Callable

import msgspec

from detente.accord import band, circle, document, signing, terms
from detente.accord.document import Accord
from detente.node.agreement import Installed, acts_beside, verified
from detente.node.evidence import Refusal
from detente.node.home import Home
from detente.trust import envelope
from detente.trust.errors import Contradiction, DetenteError, Malformed, Unproven

Keep = Callable[[Refusal, DetenteError], object]
"""Keeps a refusal as evidence."""


class Enacted(msgspec.Struct, frozen=True):
    """A version that is in the home now.

    Attributes:
        genesis: names the accord.
        version: its number.
        again: whether it was there before.
    """

    genesis: str
    version: int
    again: bool


def enact(home: Home, data: bytes, installed: Installed, keep: Keep | None = None) -> Enacted:
    """Write a version into a home, if it binds, follows and runs.

    Args:
        home: whose; its lock is held.
        data: the envelope as received.
        installed: pillars and scales.
        keep: called with what is refused for its own sake, before it is raised; None: nothing is kept.

    Raises:
        Fork: `signing.5`: another text stands under this number here. As `agreement.verified`.
        WrongContext, Malformed: as `terms.build`: it cannot run here; `circle.1`, `band.1`. DiskFailed:
            `disk.1`.
    """
    here = home.accords()
    try:
        row = _following(home, here, data)
    except (Malformed, Unproven, Contradiction) as error:
        if keep is not None:
            # A contradiction is shown by both texts: canonical JSON has no line end, each is a line.
            old = _same_number(here, data) if isinstance(error, Contradiction) else None
            shown = data if old is None else old + b"\n" + data
            keep(Refusal("live", home.settings.party, home.settings.party, "accord", shown), error)
        raise
    new = row[-1]
    again = new.version in here
    if not again:
        built = terms.build(row, installed.editions, installed.scales)
        # Whoever wrote it without the survey is told here what can be signed and is hardly ever meant.
        for doubt in (*circle.find(built.versions[new.version]), *band.find(built.versions[new.version])):
            raise doubt
        home.install(new.version, data)
    return Enacted(new.genesis, new.version, again)


def _following(home: Home, here: dict[int, bytes], data: bytes) -> tuple[Accord, ...]:
    """Return the versions up to this one, verified: this one by the officers in force now if it is new."""
    number = document.parse(envelope.parse(data).payload).version
    files = {version: old for version, old in here.items() if version < number} | {number: data}
    row = verified(files, acts_beside(home, files), number)
    if number in here:
        signing.check_succession(document.parse(envelope.parse(here[number]).payload), row[-1])
    return row


def _same_number(here: dict[int, bytes], data: bytes) -> bytes | None:
    return here.get(document.parse(envelope.parse(data).payload).version)
