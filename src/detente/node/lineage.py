"""The lineage: the versions of an accord up to the one by which a party acceded, as an exhibit carries them.

    lineage.carried(files, 3, lore)       versions 1 to 3, and the charters by which officers signed them
    lineage.founding(shown)               the accused's first charter, if all of that holds

A stranger knows the digest of version 1. Each later version is signed by officers of all who were parties of
the one before, each under one of the charters that the exhibit carries, in their order, and by whoever
accedes. What a stranger is not shown, and is not asked, is whether a key was revoked before it signed: the
accuser could leave it out (docs/adr/0234).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from detente.accord import document
from detente.accord.document import Accord
from detente.node import agreement
from detente.node.keylore import KeyLore
from detente.node.realm import keyrings
from detente.trust import envelope
from detente.trust.charter import Charter
from detente.trust.envelope import Envelope
from detente.trust.errors import DetenteError, WrongContext
from detente.trust.exhibit import Change, Exhibit
from detente.trust.keyring import Keyring

Officers = Mapping[str, tuple[Change, ...]]
"""Party to the charters of the live domain that followed its first one."""


@dataclass(frozen=True)
class Lineage:
    """What a stranger needs of an accord: its first version, those after it, the charters of who signed."""

    accord: Envelope
    versions: tuple[Envelope, ...]
    officers: Officers


def carried(files: Mapping[int, bytes], joined: int, lore: KeyLore) -> Lineage:
    """Return the lineage of whoever takes part from a version on.

    Args:
        files: version to envelope, from a home, where all were verified.
        joined: the version by which it does; 1 for a founder, whose lineage is version 1 alone.
        lore: the keys of the live domain.
    """
    row = [envelope.parse(files[number]) for number in range(1, joined + 1)]
    # Whoever accedes signs by its first charter, which the version has.
    signed = document.parse(row[-2].payload).parties if joined > 1 else {}
    officers = {party: _followed(lore, party) for party in sorted(signed)}
    return Lineage(row[0], tuple(row[1:]), {party: some for party, some in officers.items() if some})


def founding(shown: Exhibit) -> Charter:
    """Return the charter with which the accused came in, from the last of an exhibit's versions.

    Raises:
        WrongContext: `lineage.1` to `lineage.4`. As `agreement.verified`, `succession.succeed`.
    """
    files = {number: envelope.dump(one) for number, one in enumerate((shown.accord, *shown.versions), 1)}
    row = agreement.in_row(files, partial(_rings, shown.officers))
    before = row[-2].parties if len(row) > 1 else {}
    ring = keyrings(row[-1], shown.domain).get(shown.party)
    # 1. The row begins with version 1, whose digest a stranger knows.
    if row[0].version != 1:
        raise WrongContext("lineage.1", f"It begins with version {row[0].version}.", "Show them from 1 on.")
    # 2. The last version has the accused as a party.
    if ring is None:
        raise WrongContext("lineage.2", "The accord has no such party.", "Ask who made this file.")
    # 3. It is the first that has: what came later decides nothing.
    if shown.party in before:
        what = f"{shown.party} was a party before version {len(row)}."
        raise WrongContext("lineage.3", what, "Show the versions up to the one by which it acceded.")
    # 4. Charters are shown of those alone whose officers signed before the accused was there.
    if not shown.officers.keys() <= before.keys():
        strangers = ", ".join(sorted(shown.officers.keys() - before.keys()))
        raise WrongContext("lineage.4", f"Not among those who signed: {strangers}.", "Leave them out.")
    return ring.charter(0)


def _rings(officers: Officers, accord: Accord) -> dict[str, Keyring]:
    """Each party's keys of a version, each charter following the one before (checks `succession.*`)."""
    found = keyrings(accord, "live")
    for party, changes in officers.items():
        for position, change in enumerate(changes if party in found else ()):
            found[party] = found[party].change(position, change.charter, change.at)
    return found


def _followed(lore: KeyLore, party: str) -> tuple[Change, ...]:
    """The charters of a party's log that had an effect."""
    ring, found = lore.founded[party], []
    for position, change in enumerate(lore.changes(party)):
        with suppress(DetenteError):
            ring = ring.change(position, change.charter, change.at)
            found.append(change)
    return tuple(found)
