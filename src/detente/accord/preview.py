"""The preview: exactly the bytes that each audience would get, before anything leaves.

    dry_run(request, disclosures, terms)  ->  {"cn": Preview(decision, b'{"disclosures":[...],...}'),
    "neutral": ...}

The node seals exactly `package(...)` for an audience; nothing else ever travels as the content of a release.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from detente.accord.gate import Decision, Request, may_release
from detente.accord.terms import Terms
from detente.trust import canonical, disclosure
from detente.trust.canonical import Value
from detente.trust.errors import BadOpening, Malformed
from detente.trust.record import Record, record_id

FORMAT = 1


class Preview(Struct, frozen=True):
    """What one audience would get.

    Args:
        decision: of the gate.
        content: the bytes that would be sealed for it; empty if nothing may leave.
    """

    decision: Decision
    content: bytes


class Budgeted(Struct, frozen=True):
    """What differs by audience: the paths that officers approved for it, and the bytes it had before."""

    approved: frozenset[str] = frozenset()
    spent: int = 0


def dry_run(
    request: Request, disclosures: Mapping[str, str], terms: Terms, by_audience: Mapping[str, Budgeted]
) -> dict[str, Preview]:
    """For every other party, the gate's decision and exactly the bytes that it would get.

    Args:
        request: the question; its audience, approvals, sizes and spent bytes are filled in for each party.
        disclosures: path to encoded disclosure, of all that the author can open.
        terms: of the accord.
        by_audience: party to what differs; a party left out has neither approvals nor spent bytes.

    Raises:
        As `package`.
    """
    found: dict[str, Preview] = {}
    for party in terms.in_force(request.at).world.parties:
        if party == request.record.party:
            continue
        own = by_audience.get(party, Budgeted())
        asked = msgspec.structs.replace(
            request,
            audience=party,
            approved=own.approved,
            spent=own.spent,
            sizes={path: len(encoded) for path, encoded in disclosures.items()},
        )
        decision = may_release(asked, terms)
        granted = {path: disclosures[path] for path in decision.granted}
        content = package(request.record, party, granted) if decision.allowed else b""
        found[party] = Preview(decision, content)
    return found


def package(record: Record, to: str, disclosures: Mapping[str, str]) -> bytes:
    """The content of a release: the record's id, its audience, and the disclosures by order of path.

    Raises:
        BadOpening: `package.1` a disclosure that does not open this record at its path; `disclosure.*`.
    """
    for path, encoded in disclosures.items():
        # 1. Each opens this record, at the path under which it is given.
        if disclosure.open_with(record, encoded)[0] != path:
            raise BadOpening("package.1", f"This disclosure does not open {path}.", "Take the record's own.")
    ordered: list[Value] = [disclosures[path] for path in sorted(disclosures)]
    return canonical.encode({"disclosures": ordered, "record": record_id(record), "to": to, "v": FORMAT})


def open_package(content: bytes, record: Record, to: str) -> dict[str, disclosure.Sealed]:
    """Read what a release brought: path to value, each checked against the commitment under the signature.

    Raises:
        Malformed: `package.2` another form, record or audience. BadOpening: `disclosure.*`.
    """
    # 2. Of this form, for this record and this audience.
    match canonical.decode(content):
        case {"disclosures": list(encoded), "record": str(name), "to": str(audience), "v": 1, **rest} if (
            not rest
        ):
            pass
        case _:
            raise Malformed(
                "package.2", "This is no content of a release.", "Ask its author to send it again."
            )
    if (name, audience) != (record_id(record), to):
        raise Malformed("package.2", f"It opens {name[:16]} for {audience}.", "Open it with its own record.")
    return dict(disclosure.open_with(record, str(one)) for one in encoded)
