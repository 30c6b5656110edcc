"""The page: what of a collection a request asks for, and where the next one goes on.

TAXII 2.1, sections 3.4 and 3.5. A cursor is the generation of the projection and the place of the last object
that was given: the server keeps nothing about it, and it opens nothing that its bearer may not see.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from detente.faces.neighbours.stix import stamp
from detente.trust.errors import Malformed

LIMIT, MOST = 100, 1_000
MICRO = 1_000_000
VERSIONS = frozenset({"first", "last", "all"})


class Asked(Struct, frozen=True, kw_only=True):
    """What a request asks for.

    Attributes:
        after: only objects added after this, in microseconds.
        limit: at most so many.
        ids: only these ids, if any.
        types: only these types, if any.
        versions: only these versions, if any.
        none: whether a filter can fit nothing that is here.
    """

    after: int = 0
    limit: int = LIMIT
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    none: bool = False

    def where(self) -> tuple[str, list[object]]:
        """Return the condition in SQL, and its values."""
        clauses, values = ["added > ?"], [self.after]
        found: list[object] = [*values]
        for column, wanted in (("id", self.ids), ("type", self.types), ("version", self.versions)):
            if wanted:
                clauses.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                found += wanted
        return " AND ".join(clauses), found


def asked(query: Mapping[str, str], generation: str) -> Asked:
    """Return what the parameters of a request ask for.

    Raises:
        Malformed: `page.1` limit, `page.2` added_after or a version, `page.3` a cursor that is not of here.
    """
    versions = _list(query, "match[version]")
    after = max(_since(query.get("added_after")), _cursor(query.get("next"), generation))
    return Asked(
        after=after,
        limit=_limit(query.get("limit")),
        ids=_list(query, "match[id]"),
        types=_list(query, "match[type]"),
        versions=() if not versions or VERSIONS & set(versions) else tuple(map(_version, versions)),
        none="match[spec_version]" in query and "2.1" not in _list(query, "match[spec_version]"),
    )


def cursor(generation: str, added: int) -> str:
    """Return where to go on."""
    return f"{generation}.{added}"


def added(micro: int) -> str:
    """Return when an object was added, as TAXII writes it."""
    return f"{datetime.fromtimestamp(micro // MICRO, UTC):%Y-%m-%dT%H:%M:%S}.{micro % MICRO:06}Z"


def _list(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in query.get(name, "").split(",") if one.strip())


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    # 1. A limit is a number, and more than nothing.
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) < 1:
        raise Malformed(
            "page.1", f"The limit {text[:20]!a} is no number above 0.", "Leave it out, or say 100."
        )
    return min(int(text[:9]), MOST)


def _since(text: str | None) -> int:
    return 0 if text is None else _micro(text)


def _version(text: str) -> str:
    micro = _micro(text)
    return stamp(micro // 1000)


def _micro(text: str) -> int:
    # 2. A moment is written as RFC 3339 has it, in UTC.
    try:
        # A moment without an offset cannot be taken from one that has it, and that is a TypeError.
        gone = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, TypeError, OverflowError) as error:
        what = f"{text[:40]!a} is no moment."
        raise Malformed("page.2", what, "Write it as 2026-11-26T10:00:00.000000Z.") from error
    return (gone.days * 86_400 + gone.seconds) * MICRO + gone.microseconds


def _cursor(text: str | None, generation: str) -> int:
    if text is None:
        return 0
    made, _, place = text.partition(".")
    # 3. The cursor was given here, and what it counts is still there.
    if made != generation or not (place.isascii() and place.isdecimal()):
        what = "The cursor in next is not of this collection as it is now."
        raise Malformed("page.3", what, "Begin again without next; added_after still holds.")
    return int(place[:18])
