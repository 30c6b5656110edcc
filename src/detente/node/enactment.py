"""The enactment: how a signed version of the accord comes into a home, or stays outside.

    enact(home, data, installed)                Enacted(genesis="5d1c…", version=2, again=False)
    introduce(home, data, genesis, installed)   Introduced(genesis="5d1c…", versions=(1, 2), officers=("us",))

Nothing is written before the version is signed by the officers of all parties, follows the versions that are
here, and runs with what is installed: whatever is refused, the home opens as before. Two texts under one
version, and a text that its officers did not sign, are evidence; that an edition is not installed is not.

A home whose party is yet to accede has no logs, which would say who the officers of the others have become:
it is introduced by a lineage.
"""

from collections.abc import Callable

import msgspec

from detente.accord import band, circle, document, signing, terms
from detente.accord.document import Accord
from detente.node import agreement, lineage
from detente.node.agreement import Installed
from detente.node.errors import HomeMissing
from detente.node.evidence import Refusal
from detente.node.home import Home
from detente.trust import envelope
from detente.trust import lineage as handed
from detente.trust.errors import (
    BelowThreshold,
    Contradiction,
    DetenteError,
    Malformed,
    NotValidThen,
    Unproven,
    WrongContext,
    WrongKey,
)
from detente.trust.lineage import Lineage

Keep = Callable[[Refusal, DetenteError], object]
"""Keeps a refusal as evidence."""

ASK = "Let a party make a lineage now, detente accord lineage, and give it: install --lineage FILE."


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


class Introduced(msgspec.Struct, frozen=True):
    """What a lineage brought into a home.

    Attributes:
        genesis: names the accord.
        versions: that are in the home now.
        officers: parties whose charters have changed since they came, with how often.
    """

    genesis: str
    versions: tuple[int, ...]
    officers: dict[str, int]


def enact(home: Home, data: bytes, installed: Installed, keep: Keep | None = None) -> Enacted:
    """Write a version into a home, if it binds, follows and runs.

    Args:
        home: whose; its lock is held.
        data: the envelope as received.
        installed: pillars and scales.
        keep: called with what is refused for its own sake, before it is raised; None: nothing is kept.

    Raises:
        Fork: `signing.5`: another text stands under this number here. As `agreement.in_row`; BelowThreshold:
            `enactment.1`, where the home's own party is yet to accede.
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


def introduce(home: Home, data: bytes, genesis: str | None, installed: Installed) -> Introduced:
    """Write a lineage and its versions into the home of a party that is yet to accede.

    Args:
        home: whose; its lock is held.
        data: the lineage as received.
        genesis: the digest of version 1; None if the home has that version.
        installed: pillars and scales.

    Raises:
        WrongContext, HomeMissing: `enactment.2` to `enactment.4`, `lineage.7`. Fork: `signing.5`. As
            `lineage.parse`, `lineage.verified`, `terms.build`. DiskFailed: `disk.1`.
    """
    line, here = handed.parse(data), home.accords()
    # 2. Whoever is a party already reads in the logs who signs.
    if here and is_party(home):
        what = f"{home.settings.party} is a party of what is installed here, and its logs say who signs."
        raise WrongContext("enactment.2", what, "Install the version itself.")
    row = lineage.verified(line, _meant(home, here, genesis))
    _check_newer(home, line)
    for accord in row:
        if accord.version in here:
            signing.check_succession(document.parse(envelope.parse(here[accord.version]).payload), accord)
    terms.build(row, installed.editions, installed.scales)
    home.hand(data)
    for accord, signed in zip(row, line.versions, strict=True):
        if accord.version not in here:
            home.install(accord.version, envelope.dump(signed))
    changed = {party: len(some) for party, some in sorted(line.officers.items())}
    return Introduced(row[0].genesis, tuple(home.accords()), changed)


def is_party(home: Home) -> bool:
    """Tell whether the newest version in a home names its party."""
    return home.settings.party in agreement.newest_parties(home)


def _meant(home: Home, here: dict[int, bytes], genesis: str | None) -> str:
    found = document.parse(envelope.parse(here[1]).payload).genesis if 1 in here else genesis
    # 3. Something that was not handed over with it says which accord it has to be.
    if found is None:
        what = f"{home.path} has no version 1, and nothing says which accord is meant."
        raise HomeMissing("enactment.3", what, "Name the digest of version 1: --genesis DIGEST.")
    if genesis not in {None, found}:
        what = f"The home has accord {found[:16]}, and not {genesis}."
        raise WrongContext("enactment.3", what, "Name the accord of this home, or take another home.")
    return found


def _check_newer(home: Home, line: Lineage) -> None:
    kept = home.lineage()
    for party, some in () if kept is None else handed.parse(kept).officers.items():
        # 4. It has every charter that the one before has: an older one would take knowledge away.
        if line.officers.get(party, ())[: len(some)] != some:
            what = f"The lineage that is here knows charters of {party} which this one lacks."
            raise WrongContext("enactment.4", what, "Keep the one that is here, or have a newer one made.")


def _following(home: Home, here: dict[int, bytes], data: bytes) -> tuple[Accord, ...]:
    """Return the versions up to this one, verified: this one by the officers in force now if it is new."""
    number = document.parse(envelope.parse(data).payload).version
    files = {version: old for version, old in here.items() if version < number} | {number: data}
    rings, newcomer = agreement.rings_beside(home, files), not is_party(home)
    try:
        # To a newcomer it is no news that arrives: officers may have changed since they signed.
        row = agreement.in_row(files, rings, None if newcomer else number)
    except (WrongKey, NotValidThen, BelowThreshold) as error:
        # 1. Whoever has no logs is told that they, or a lineage, might say more.
        if not newcomer or number == 1:
            raise
        if home.lineage() is None:
            what = f"{error.what} Or its officers have changed since version 1."
            raise BelowThreshold("enactment.1", what, ASK) from error
        what = f"{error.what} Or its officers have changed since the lineage that is here was made."
        raise BelowThreshold("enactment.1", what, ASK) from error
    if number in here:
        signing.check_succession(document.parse(envelope.parse(here[number]).payload), row[-1])
    return row


def _same_number(here: dict[int, bytes], data: bytes) -> bytes | None:
    return here.get(document.parse(envelope.parse(data).payload).version)
