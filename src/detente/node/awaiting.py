"""What awaits people at a node, as its doctor finds it: proposals to decide on, and disputes.

    awaiting.examine(pane)    ->    decision-waits, decision-lapsed, dispute-waits, dispute-unresolved

A proposal is found while this party's officers have not said anything, and for a week after its clock. A
dispute is found where this party may move it: a side that has not said that it is over, or the neutral while
it may find.
"""

from collections.abc import Iterator

from detente.accord import decision
from detente.node import disputes, proposals
from detente.node.disputes import Disputed
from detente.node.finding import Finding, found
from detente.node.window import Pane


def examine(pane: Pane) -> Iterator[Finding]:
    """Yield what waits for this party's people in one domain."""
    now = pane.clock.now()
    # 40, 41. Of what triggers propose, this party's officers have decided in time.
    for one in proposals.of(pane, pane.judge, now):
        if proposals.waits(one, pane.party):
            late = one.states[pane.party] == "lapsed"
            yield found(
                "decision-lapsed" if late else "decision-waits",
                domain=pane.domain,
                record=one.record[:16],
                clause=one.clause,
                due=one.until,
            )
    # 42, 43. No dispute waits for this party, or ended without an end.
    for each in disputes.of(pane, pane.judge, now):
        over = each.state == "unresolved"
        if over or (each.state not in disputes.OVER and _moves(pane, each)):
            yield found(
                "dispute-unresolved" if over else "dispute-waits",
                domain=pane.domain,
                dispute=each.id[:16],
                due=each.until,
            )


def _moves(pane: Pane, one: Disputed) -> bool:
    """Whether a party may move a dispute: by agreeing that it is over, or by a finding."""
    raised = pane.library[one.id]
    version = pane.terms.versions[raised.accord.version]
    if one.state == "mediation" and decision.mediator(version) == pane.party:
        return True
    sides = decision.sides(one.raiser, pane.library[one.record].party, version)
    return pane.party in sides - set(one.agreed)
