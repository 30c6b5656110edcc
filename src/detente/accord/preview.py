"""The preview: exactly the bytes that an audience would get, before anything leaves.

    dry_run([request to cn, request to hub], disclosures, terms)
    ->  {"cn": Preview(decision, b'{"disclosures":[...],...}'), "hub": ...}

The node seals what `show` returns for the same request, and nothing else: a dry run and a release are one
computation.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from detente.accord import content
from detente.accord.gate import Decision, Request, may_release
from detente.accord.terms import Terms


class Preview(Struct, frozen=True):
    """What one audience would get.

    Args:
        decision: of the gate.
        content: the bytes that would be sealed for it; empty if nothing may leave.
    """

    decision: Decision
    content: bytes


def show(request: Request, disclosures: Mapping[str, str], terms: Terms) -> Preview:
    """The gate's decision on one request and exactly the bytes that its audience would get.

    Args:
        request: the question.
        disclosures: path to encoded disclosure, of all that the author can open.
        terms: of the accord.

    Raises:
        As `content.dump`.
    """
    decision = may_release(request, terms)
    granted = {path: disclosures[path] for path in decision.granted}
    would = content.dump(request.record, request.audience, granted) if decision.allowed else b""
    return Preview(decision, would)


def dry_run(requests: Iterable[Request], disclosures: Mapping[str, str], terms: Terms) -> dict[str, Preview]:
    """`show` for each request, by audience. Raises as `content.dump`."""
    return {request.audience: show(request, disclosures, terms) for request in requests}
