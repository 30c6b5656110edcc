"""Decisions: what may be released, under sixty clauses, against evaluating the clauses' rules alone."""

from collections.abc import Iterator

import treaties
from detente.accord import gate
from detente.accord.gate import Clearance, Request
from detente.accord.pillar import Statement
from detente.accord.standing import COUNTS
from row import Aim, Row, Scale, rates

QUICK_ENOUGH = Aim("figure", most=60)


def release(scale: Scale) -> Iterator[Row]:
    """One decision about one record for one party, all of its paths."""
    count = scale.of(5_000, 20)
    terms = treaties.treaty()
    record = treaties.report(1, treaties.START + treaties.HOUR)
    said = terms.judge(record, {}).facts
    version = terms.in_force(record.at)
    if not isinstance(said, Statement):
        raise TypeError("the report of the bench does not stand")
    zeros = {pillar: dict.fromkeys(COUNTS, 0) for pillar in version.world.pillars}
    request = Request(
        record=record,
        said=said,
        audience="cn",
        standing=version.world.encode_standing(dict.fromkeys(treaties.PARTIES, zeros), "5d" * 32),
        at=record.at,
        sizes=dict.fromkeys(record.sealed, 500),
        clearance=Clearance("safety-cooperation", "official"),
    )
    if not gate.may_release(request, terms).allowed:
        raise ValueError("the request of the bench is refused")
    bank = version.grants[record.kind, "cn"].bank
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    variables |= {"audience": "cn", "standing": request.standing.parties}

    def ours() -> None:
        for _ in range(count):
            gate.may_release(request, terms)

    def least() -> None:
        for _ in range(count):
            bank.granting(variables)

    decided, evaluated = rates(ours, least, count, scale)
    what = f"release decided under {treaties.CLAUSES} clauses"
    yield Row(what, 1e6 / decided, "µs", 1e6 / evaluated, "their rules alone", QUICK_ENOUGH)
