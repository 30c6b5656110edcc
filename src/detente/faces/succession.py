"""The next version of a running accord: a content, put after the versions that are there.

    following(content, newest)          what a negotiated text becomes as the next version
    woken(newest, "runs", "active", …)  the next version, in which one pillar has another state
    snapped_back(versions, digest)      the next version, whose content is that of an earlier one
    acceding(text, newest, charters)    a negotiated text as the next version, with whoever accedes by it

What a version must have of its row (number, genesis, predecessor, charters) is filled in from the newest.
"""

from collections.abc import Iterable, Mapping

import msgspec

from detente.accord import document, signing
from detente.accord.clause import State
from detente.accord.document import Accord
from detente.accord.source import Source
from detente.faces import founding
from detente.node.errors import NoSuchThing
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.errors import WrongContext


def following(content: Accord, newest: Accord, starts: str | None = None) -> Accord:
    """Return a content as the version after the newest.

    Args:
        content: whose clauses, terms and facts count.
        newest: the version that it follows.
        starts: when it takes effect; None: as the content says.

    Raises:
        Malformed: `document.*`, as a pillar that would end before the version starts.
        WrongContext: `signing.7` the content has other parties or constants of time; `signing.9` it
            starts before the newest does.
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
    # Whoever acceded since stays: its place is no term that could be taken back.
    newest = versions[max(versions)]
    content = msgspec.structs.replace(named[0], parties={**newest.parties, **named[0].parties})
    return following(content, newest, starts)


def acceding(text: str, newest: Accord, charters: Iterable[Charter]) -> Accord:
    """Return a negotiated text as the version after the newest, with the charters of those who accede.

    Args:
        text: YAML, as people wrote it.
        newest: the version that it follows.
        charters: the first charters of those that are no parties yet; none: nobody accedes.

    Raises:
        WrongContext: `succession.4`, `succession.5`. As `founding.assembled`, as `following`.
    """
    brought = tuple(charters)
    written = founding.provisional(text)
    # 4. Who is a party already keeps the charters that it has.
    known = sorted({one.party for one in brought} & newest.parties.keys())
    if known:
        what = f"{', '.join(known)} is a party already, and keeps its first charters."
        raise WrongContext("succession.4", what, "Give the charters of those who accede alone.")
    # 5. Who accedes brings keys of its own: nobody signs with the stand-ins of a text that is only read.
    lacking = sorted(written.parties.keys() - newest.parties.keys() - {one.party for one in brought})
    if lacking:
        what = f"{', '.join(lacking)} accedes, and brings no charter."
        raise WrongContext("succession.5", what, "Add --charter FILE for each: detente accord charter.")
    return following(founding.provisional(text, brought), newest)


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
