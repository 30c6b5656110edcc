"""The next version of a running accord: a content, put after the versions that are there.

    following(content, newest)          what a negotiated text becomes as the next version
    woken(newest, "runs", "active", …)  the next version, in which one pillar has another state
    snapped_back(versions, digest)      the next version, whose content is that of an earlier one

What a version must have of its row (number, genesis, predecessor, charters) is filled in from the newest.
"""

from collections.abc import Mapping

import msgspec

from detente.accord import document, signing
from detente.accord.clause import State
from detente.accord.document import Accord
from detente.accord.source import Source
from detente.node.errors import NoSuchThing
from detente.trust.canonical import Value


def following(content: Accord, newest: Accord, starts: str | None = None) -> Accord:
    """Return a content as the version after the newest.

    Args:
        content: whose clauses, terms and facts count.
        newest: the version that it follows.
        starts: when it takes effect; None: as the content says.

    Raises:
        Malformed: `document.*`, as a pillar that would end before the version starts.
        WrongContext: `signing.7` the content has other parties or constants of time.
    """
    row: dict[str, Value] = {
        "version": newest.version + 1,
        "genesis": newest.genesis,
        "previous": newest.digest,
        "starts": starts or content.starts,
    }
    value = {**_table(document.to_value(content)), **row}
    parties = {name: _table(party) for name, party in _table(value["parties"]).items()}
    for name in parties.keys() & newest.parties.keys():
        theirs = newest.parties[name].charters
        parties[name]["charters"] = {str(domain): one for domain, one in theirs.items()}
    value["parties"] = dict(parties)
    made = document.from_source(Source(value, {}))
    signing.check_succession(newest, made)
    return made


def snapped_back(versions: Mapping[int, Accord], digest: str, starts: str) -> Accord:
    """Return the next version with the content of the version that a digest names.

    Args:
        versions: of one accord, by number.
        digest: hex, or the beginning of it that names one version alone.
        starts: when the earlier terms take effect again.

    Raises:
        NoSuchThing: `succession.1`. As `following`.
    """
    # 1. The digest names one of the versions.
    named = [one for one in versions.values() if digest and one.digest.startswith(digest)]
    if len(named) != 1:
        known = ", ".join(f"{number}: {one.digest[:16]}" for number, one in sorted(versions.items()))
        raise NoSuchThing("succession.1", f"{digest} names no version here.", f"There are {known}.")
    return following(named[0], versions[max(versions)], starts)


def woken(newest: Accord, pillar: str, state: str, starts: str, sunset: str | None = None) -> Accord:
    """Return the next version, in which one pillar has another state and all else is as it was.

    Args:
        newest: the version that it follows.
        pillar: which.
        state: that it comes to.
        starts: from when.
        sunset: when it ends by itself; None: as it was.

    Raises:
        NoSuchThing: `succession.2`, `succession.3`. As `following`: a sunset that has passed, a state that
            the pillar does not come to from where it is.
    """
    row = newest.pillars.get(pillar)
    # 2. The pillar is agreed.
    if row is None:
        known = ", ".join(newest.pillars)
        raise NoSuchThing("succession.2", f"The accord has no pillar {pillar}.", f"There are {known}.")
    # 3. It is not there yet.
    if row.state == state:
        raise NoSuchThing("succession.3", f"{pillar} is {state} already.", "detente accord show says so.")
    changed = msgspec.structs.replace(row, state=msgspec.convert(state, State), sunset=sunset or row.sunset)
    pillars = {**newest.pillars, pillar: changed}
    return following(msgspec.structs.replace(newest, pillars=pillars), newest, starts)


def _table(value: Value) -> dict[str, Value]:
    return dict(value) if isinstance(value, dict) else {}
