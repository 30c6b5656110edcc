"""The agreement: the accord in a home, verified, with the editions and scales that it pins.

    terms_of(home, Installed(editions, scales)).genesis == "5d1c…"

Version 1 is signed by the officers it names itself; its digest is what the parties compared when they
founded it. Later versions are signed by the officers in force (see `tenure`). A node whose installed edition
differs from the pinned one, by a character, does not open: both digests are in the sentence.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from detente.accord import document, signing, terms
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.accord.edition import Edition
from detente.accord.scale import Scale
from detente.accord.terms import Terms
from detente.node import tenure
from detente.node.errors import HomeMissing
from detente.node.home import Home
from detente.node.tenure import Act
from detente.trust import envelope, lineage
from detente.trust.errors import WrongContext
from detente.trust.keyring import Keyring

VERSION = re.compile(r"accord/([1-9][0-9]{0,5})\.json")
"""Where a static tree has a version of the accord."""

Rings: TypeAlias = Callable[[Accord], Mapping[str, Keyring]]
"""Gives the keys of a version's parties, by position."""


@dataclass(frozen=True)
class Installed:
    """What is installed here: pillars' editions, and scales. The composition root hands it in."""

    editions: tuple[Edition, ...]
    scales: tuple[Scale, ...]


def terms_of(home: Home, installed: Installed) -> Terms:
    """Return the terms of a home's accord.

    Raises:
        HomeMissing: `agreement.1`, `agreement.3`. As `verified`, as `terms.build`.
    """
    files, party = home.accords(), home.settings.party
    # 1. There is an accord.
    if 1 not in files:
        raise HomeMissing(
            "agreement.1", f"{home.path} has no accord.", "Install the envelope that all officers signed."
        )
    row = in_row(files, rings_beside(home, files))
    built = terms.build(row, installed.editions, installed.scales)
    # 3. This party is one of its parties, by version 1 or by a later one.
    if party not in built.parties:
        what = f"{party} is no party of version {built.newest.accord.version}, the newest that is here."
        raise HomeMissing("agreement.3", what, "Install the version by which it accedes.")
    return built


def rings_beside(home: Home, files: Mapping[int, bytes]) -> Rings:
    """Return what gives the keys of a version's parties as a home knows them: by its logs, and by a lineage.

    Nothing is looked for where version 1 is alone.

    Raises:
        DiskFailed: `store.1`. As `lineage.parse`.
    """
    if not files.keys() - {1}:
        return partial(tenure.rings, acts=())
    handed = home.lineage()
    officers = {} if handed is None else lineage.parse(handed).officers
    return partial(tenure.rings, acts=tenure.acts_in(home), handed=officers)


def written(home: Home) -> dict[int, Accord]:
    """Return the versions in a home by number, unverified: to show by and to ask by, never to decide.

    Raises:
        As `envelope.parse`, `document.parse`.
    """
    found = (document.parse(envelope.parse(data).payload) for data in home.accords().values())
    return {accord.version: accord for accord in found}


def newest_parties(home: Home) -> frozenset[str]:
    """Return the parties of the newest version in a home, unverified; none if there is no version.

    Raises:
        As `written`.
    """
    known = written(home)
    return frozenset(known[max(known)].parties) if known else frozenset()


def shown(files: Mapping[str, bytes]) -> dict[int, bytes]:
    """Return the envelopes of the accord in a static tree, by version, ascending."""
    named = ((VERSION.fullmatch(path), data) for path, data in files.items())
    return dict(sorted((int(name[1]), data) for name, data in named if name))


def verified(
    files: Mapping[int, bytes], acts: Collection[Act] = (), arriving: int | None = None
) -> tuple[Accord, ...]:
    """Return the versions of an accord, each signed by the officers of all parties, each following the last.

    Args:
        files: version to envelope.
        acts: by which the logs have changed the keys that each party brought with it.
        arriving: the version that is not here yet: officers in force now have signed it. Others may have been
            signed by officers who were replaced since, but by none from before those of the version before.

    Raises:
        WrongContext: `agreement.2`. As `envelope.parse`, `signing.verify`, `tenure.signed`,
            `signing.check_succession`.
    """
    return in_row(files, partial(tenure.rings, acts=acts), arriving)


def in_row(
    files: Mapping[int, bytes],
    rings: Rings,
    arriving: int | None = None,
) -> tuple[Accord, ...]:
    """Return the versions of an accord, as `verified` does, by keys that somebody else knows.

    Args:
        files: version to envelope.
        rings: each party's keys, of the version that it is given.
        arriving: the version that is not here yet, if any.

    Raises:
        As `verified`.
    """
    found: list[Accord] = []
    since: Mapping[str, int] = {}
    # 2. The row begins with version 1, whose charters say who signs.
    if min(files, default=1) != 1:
        what = f"Version {min(files)} comes without version 1."
        raise WrongContext("agreement.2", what, "Install the versions in order, from 1 on.")
    for number in sorted(files):
        signed = envelope.parse(files[number])
        start = moment(document.parse(signed.payload).starts, "$.starts")
        charters = None
        if found:
            known = rings(found[-1])
            since = tenure.signed(signed, start, known, tenure.newest(known) if number == arriving else since)
            charters = tenure.charters_of(known, since)
        accord = signing.verify(signed, start, charters)
        if found:
            signing.check_succession(found[-1], accord)
        found.append(accord)
    return tuple(found)
