"""A row of the delivery ledger as people read it: its state, the clauses, and why it was not sent."""

from detente.faces.sentence import reason
from detente.faces.speech import Text, Voice
from detente.node.delivery import Delivery

STATES = {
    "sent": Text("sent", "已发送"),
    "held": Text("held", "对方已持有"),
    "refused": Text("refused", "被拒绝"),
    "not-eligible": Text("not-eligible", "不符合开示条件"),
    "waiting": Text("waiting", "待处理"),
    "withheld": Text("withheld", "不予开示"),
}


RECEIPTS = {
    "held": Text("held", "已持有"),
    "seen": Text("seen", "已见"),
    "unseen": Text("unseen", "未见"),
}


def delivered(one: Delivery, voice: Voice) -> list[str]:
    """Return state, clauses and reason."""
    return [stated(one.state, voice), one.rule, voice.choose(Text(one.why, reason(one.why)))]


def stated(state: str, voice: Voice) -> str:
    """Return the state of a row in words."""
    return voice.choose(STATES.get(state, Text(state, state)))


def receipt(said: str, voice: Voice) -> str:
    """Return how far another party has said that it has a record."""
    return voice.choose(RECEIPTS.get(said, Text(said, said)))
