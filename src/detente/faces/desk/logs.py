"""The logs page: each party's log as it is here, who cosigned it, and what was refused."""

from msgspec import Struct

from detente.faces.desk.ground import SHORT, Ground
from detente.faces.desk.tongue import Instant

EVIDENCE = 50


class Line(Struct, frozen=True, kw_only=True):
    """One log.

    Attributes:
        party: whose; `ours` if it is this party's.
        size: entries here; `signed` under its newest head, which came at `at`.
        root: of that head.
        cosigned: witness, size and time of each newest cosignature.
        missing: ranges of bodies not held, in words.
        forked: digest of the evidence, or empty.
        waiting: since when signed entries were not shown.
    """

    party: str
    ours: bool
    size: int
    signed: int
    at: Instant | None
    root: str
    cosigned: tuple[tuple[str, int, Instant], ...]
    missing: str
    forked: str
    waiting: Instant | None


class Refusal(Struct, frozen=True, kw_only=True):
    """One refusal that is kept."""

    digest: str
    party: str
    via: str
    kind: str
    what: str
    remedy: str
    step: str
    at: Instant
    alarm: bool


class Logs(Struct, frozen=True, kw_only=True):
    """The page."""

    lines: tuple[Line, ...]
    evidence: tuple[Refusal, ...]
    cut: tuple[tuple[str, int], ...]


def make(ground: Ground) -> Logs:
    """Return the page's view."""
    parties = (ground.pane.party, *ground.pane.others)
    standing = ground.picture.standing
    heads = standing.cut.heads.items() if standing else ()
    return Logs(
        lines=tuple(_line(ground, party) for party in parties),
        evidence=tuple(_refusals(ground)),
        cut=tuple(sorted((party, head.size) for party, head in heads)),
    )


def _line(ground: Ground, party: str) -> Line:
    log, when = ground.pane.log_of(party), ground.tongue.when
    ranges = [f"{first}" if first == last else f"{first}–{last}" for first, last in log.missing]
    return Line(
        party=party,
        ours=party == ground.pane.party,
        size=log.size,
        signed=log.signed,
        at=when(log.signed_at) if log.signed_at else None,
        root=log.root,
        cosigned=tuple((witness, size, when(at)) for witness, (size, at) in sorted(log.cosigned.items())),
        missing=ground.tongue.say("value.comma").join(ranges[:20]),
        forked=log.forked or "",
        waiting=None if log.waiting_since is None else when(log.waiting_since),
    )


def _refusals(ground: Ground) -> list[Refusal]:
    tongue = ground.tongue
    return [
        Refusal(
            digest=one.digest[:SHORT],
            party=one.party,
            via=one.via,
            kind=one.kind,
            what=tongue.refused(one.step, one.what),
            remedy=tongue.refused(one.step, one.remedy),
            step=one.step,
            at=tongue.when(one.at),
            alarm=one.error == "Disagreement",
        )
        for one in ground.pane.evidence(EVIDENCE)
    ]
