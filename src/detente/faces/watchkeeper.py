"""The watchkeeper: the thread of a serving node that brings alarms to officers.

Each turn it asks the node which calls are to be made, makes them all at once, and tells the node what came of
each. What fails is told on standard error, seen in status, doctor and desk, and the next officer is called.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from detente.faces import errand, pillars, telegram
from detente.faces.errand import Errand
from detente.faces.speech import Text
from detente.faces.turns import Turns
from detente.node import rota as rotas
from detente.node.node import Node
from detente.node.rota import Rota
from detente.node.wake import Call, Wake
from detente.trust.errors import DetenteError
from detente.trust.record import Domain

AT_ONCE = 8
NO_DESK = "No desk was open that could show it."
SHOWN_SECONDS = 30.0
"""So long a notice may wait for a desk that is open; then nobody saw it there."""


class Watchkeeper(Turns):
    """Makes calls.

    Args:
        node: whose.
        tell: where to say what happened.
    """

    def __init__(self, node: Node, tell: Callable[..., None]) -> None:
        super().__init__("detente-watchkeeper", node.home.settings.poll_ms / 1000, tell)
        self._node = node
        self._shown: dict[Call, float] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="detente-call")

    def close(self) -> None:
        """Finish the calls under way, and make no other."""
        super().close()
        self._pool.shutdown()

    def turn(self) -> None:
        """Make every call that is due now; what the thread does again and again."""
        for domain in self._node.home.settings.domains:
            try:
                self._node.test_line(domain)
                calls = self._node.ring(domain)
                rota = rotas.load(self._node.home)
                if calls and rota is not None:
                    self._make(calls, rota)
                self._look(domain)
                self._said.pop(f"{domain} channel", None)
            except DetenteError as error:
                self._say_once(f"{domain} channel", error)

    def _make(self, calls: Sequence[Call], rota: Rota) -> None:
        alarms = {(one.record, one.why): one for one in self._node.alarms(calls[0].domain)}
        last = time.monotonic() + SHOWN_SECONDS
        self._shown |= {call: last for call in calls if call.way == "desk"}
        made = [
            self._pool.submit(self._call, call, alarms[call.record, call.why], rota)
            for call in calls
            if (call.record, call.why) in alarms and call.way != "desk"
        ]
        for one in made:
            one.result()

    def _look(self, domain: Domain) -> None:
        """Close what waits for a desk: an open desk says itself that it has shown it."""
        for call, last in tuple(self._shown.items()):
            kept = self._node.calls(domain, call.record) if call.domain == domain else ()
            done = next((one for one in kept if one.outcome != "begun" and _same(one, call)), None)
            if done is None and call.domain == domain and time.monotonic() > last:
                done = msgspec.structs.replace(call, outcome="failed", what=NO_DESK)
                self._node.called(done)
            if done is not None:
                del self._shown[call]
                self._told(done)

    def _call(self, call: Call, alarm: Wake, rota: Rota) -> None:
        try:
            self._deliver(call, alarm, rota)
            done = msgspec.structs.replace(call, outcome="delivered")
        except DetenteError as error:
            done = msgspec.structs.replace(call, outcome="failed", what=error.what)
        self._node.called(done)
        self._told(done)

    def _told(self, call: Call) -> None:
        self._tell(
            "called" if call.outcome == "delivered" else "call-failed",
            domain=call.domain,
            record=call.record,
            officer=call.officer,
            way=call.way,
            what=call.what,
        )

    def _deliver(self, call: Call, alarm: Wake, rota: Rota) -> None:
        officer = next(one for one in rota.officers if one.name == call.officer)
        told = _errand(self._node.party, alarm, call.officer)
        if call.way == "mail" and officer.mail and rota.server:
            errand.mail(told, officer.mail, rota.server, rotas.password(self._node.home))
        if call.way == "webhook" and officer.webhook:
            errand.post(told, officer.webhook, rotas.secret(self._node.home))


def _same(one: Call, other: Call) -> bool:
    return (one.record, one.why, one.officer, one.way) == (
        other.record,
        other.why,
        other.officer,
        other.way,
    )


def _errand(party: str, alarm: Wake, officer: str) -> Errand:
    edition = pillars.editions()["notices"]
    precedence = telegram.value_word(edition, alarm.kind, "precedence", alarm.precedence)
    return Errand(alarm, telegram.kind_word(edition, alarm.kind), Text(*precedence), party, officer)
