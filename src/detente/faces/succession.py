"""The next version of a running accord: a content, put after the versions that are there.

    following(content, newest)          what a negotiated text becomes as the next version
    snapped_back(versions, digest)      the next version, whose content is that of an earlier one

What a version must have of its row (number, genesis, predecessor, charters) is filled in from the newest.
"""

from collections.abc import Mapping

from detente.accord import document, signing
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


def _table(value: Value) -> dict[str, Value]:
    return dict(value) if isinstance(value, dict) else {}
