"""The agreement: the accord in a home, verified, with the editions and scales that it pins.

    terms_of(home, Installed(editions, scales)).genesis == "5d1c…"

Version 1 is signed by the officers it names itself; its digest is what the parties compared when they
founded it. A node whose installed edition differs from the pinned one, by a character, does not open: both
digests are in the sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from detente.accord import document, signing, terms
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.accord.edition import Edition
from detente.accord.scale import Scale
from detente.accord.terms import Terms
from detente.node.errors import HomeMissing
from detente.node.home import Home
from detente.trust import envelope
from detente.trust.charter import Charter


@dataclass(frozen=True)
class Installed:
    """What is installed here: pillars' editions, and scales. The composition root hands it in."""

    editions: tuple[Edition, ...]
    scales: tuple[Scale, ...]


def terms_of(home: Home, installed: Installed) -> Terms:
    """Return the terms of a home's accord.

    Raises:
        HomeMissing: `agreement.1`. As `verified`, as `terms.build`.
    """
    files = home.accords()
    # 1. There is an accord.
    if 1 not in files:
        raise HomeMissing(
            "agreement.1", f"{home.path} has no accord.", "Install the envelope that all officers signed."
        )
    return terms.build(verified(files), installed.editions, installed.scales)


def verified(files: Mapping[int, bytes], in_force: Mapping[str, Charter] | None = None) -> tuple[Accord, ...]:
    """Return the versions of an accord, each signed by the officers of all parties, each following the last.

    Args:
        files: version to envelope.
        in_force: the charters that sign later versions; None for those that version 1 carries.

    Raises:
        As `envelope.parse`, `signing.verify`, `signing.check_succession`.
    """
    found: list[Accord] = []
    for number in sorted(files):
        signed = envelope.parse(files[number])
        start = moment(document.parse(signed.payload).starts, "$.starts")
        charters = in_force or (signing.own_charters(found[0]) if found else None)
        accord = signing.verify(signed, start, charters)
        if found:
            signing.check_succession(found[-1], accord)
        found.append(accord)
    return tuple(found)
