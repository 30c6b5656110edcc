"""The lineage: who signed the versions of an accord, for somebody who has no logs to read it from.

    lineage.carried(files, 3, lore)       versions 1 to 3, and the charters by which officers signed them
    lineage.founding(shown)               the first charter of whom an exhibit accuses, if all of that holds
    lineage.known(home)                   every version in a home, for whoever is to accede
    lineage.verified(line, genesis)       the versions, if each was signed by officers that the lineage shows

A stranger knows the digest of version 1. Each later version is signed by officers of all who were parties of
the one before, each under one of the charters that are carried, in their order, and by whoever accedes. What
is not shown, and is not asked, is whether a key was revoked before it signed: whoever hands this over could
leave it out (docs/adr/0234, docs/adr/0228).
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from detente.accord import document
from detente.accord.document import Accord
from detente.node import agreement, tenure
from detente.node.home import Home
from detente.node.keylore import KeyLore
from detente.node.realm import keyrings
from detente.trust import envelope
from detente.trust.charter import Charter
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    DetenteError,
    NotValidThen,
    WrongContext,
    WrongKey,
)
from detente.trust.exhibit import Change, Exhibit
from detente.trust.keyring import Keyring
from detente.trust.lineage import Lineage, Officers

AGAIN = "Nothing was taken. Have a party make it again, now: detente accord lineage --home HOME"


def carried(files: Mapping[int, bytes], joined: int, lore: KeyLore) -> Lineage:
    """Return the lineage of whoever takes part from a version on.

    Args:
        files: version to envelope, from a home, where all were verified.
        joined: the version by which it does; 1 for a founder, whose lineage is version 1 alone.
        lore: the keys of the live domain.
    """
    row = tuple(envelope.parse(files[number]) for number in range(1, joined + 1))
    # Whoever accedes signs by its first charter, which the version has.
    signed = document.parse(row[-2].payload).parties if joined > 1 else {}
    return Lineage(row, _changed(lore, signed))


def known(home: Home) -> Lineage:
    """Return the lineage of every version in a home, with all charters that the logs in it hold.

    Raises:
        As `agreement.in_row`, and as `verified`: what is not whole here is not handed on.
    """
    files = home.accords()
    accord = agreement.in_row(files, agreement.rings_beside(home, files))[-1]
    founded = keyrings(accord, "live")
    lore = KeyLore(founded, dict(founded))
    for party, index, entry in tenure.acts_in(home):
        if party in founded:
            lore.learn(party, index, entry)
    line = Lineage(tuple(envelope.parse(files[number]) for number in sorted(files)), _changed(lore, founded))
    verified(line, accord.genesis)
    return line


def verified(line: Lineage, genesis: str) -> tuple[Accord, ...]:
    """Return the versions of a lineage, each signed by officers that it shows, from the digest of the first.

    Raises:
        WrongContext: `lineage.1`, `lineage.7`, `lineage.8`, as `signing.check_succession`.
        BelowThreshold: `lineage.9`.
    """
    first, files = line.versions[0], dict(enumerate(map(envelope.dump, line.versions), 1))
    start = document.parse(first.payload)
    # 1. The row begins with version 1; 7. it is the one whose digest the reader knows.
    if start.version != 1:
        raise WrongContext("lineage.1", f"It begins with version {start.version}.", "Show them from 1 on.")
    if start.genesis != genesis:
        what = f"It is of accord {start.genesis[:16]}, and not of {genesis[:16]}."
        raise WrongContext("lineage.7", what, "Ask a party of that accord for its own.")
    # 8. Charters are those of parties of the newest version, each following the one before.
    _check_charters(line)
    try:
        return agreement.in_row(files, partial(_rings, line.officers))
    except (BadSignature, WrongKey, NotValidThen, BelowThreshold) as error:
        # 9. Every version is signed by officers whom it shows, in their order.
        what = f"A version is not signed by officers whom this shows: {error.what}"
        raise BelowThreshold("lineage.9", what, AGAIN) from error


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


def _check_charters(line: Lineage) -> None:
    newest = document.parse(line.versions[-1].payload)
    strangers = sorted(line.officers.keys() - newest.parties.keys())
    if strangers:
        what = f"Charters of those who are no parties: {', '.join(strangers)}."
        raise WrongContext("lineage.8", what, AGAIN)
    try:
        _rings(line.officers, newest)
    except DetenteError as error:
        what = f"Charters do not follow each other: {error.what}"
        raise WrongContext("lineage.8", what, AGAIN) from error


def _changed(lore: KeyLore, parties: Iterable[str]) -> dict[str, tuple[Change, ...]]:
    """The charters that had an effect, of each party that has such."""
    found = {party: _followed(lore, party) for party in sorted(parties)}
    return {party: some for party, some in found.items() if some}


def _followed(lore: KeyLore, party: str) -> tuple[Change, ...]:
    """The charters of a party's log that had an effect."""
    ring, found = lore.founded[party], []
    for position, change in enumerate(lore.changes(party)):
        with suppress(DetenteError):
            ring = ring.change(position, change.charter, change.at)
            found.append(change)
    return tuple(found)
