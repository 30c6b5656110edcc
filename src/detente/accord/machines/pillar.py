"""The pillar: up needs all parties, down needs one, and every state that runs has an end.

    dormant -> prepared -> pilot -> active,  active | pilot -> suspended -> back,  retired is final

Terms: `parties`, the set of all; `channel`, 1 for the technical safety channel, which nothing
suspends; `nobody`, the empty set.
"""

from detente.trust.machine import Condition, Put, Row, Table

RUNNING = frozenset({"pilot", "active"})
RISES = {
    "prepare": ("prepared", ("dormant", "pilot", "active", "suspended")),
    "try": ("pilot", ("dormant", "prepared", "active", "suspended")),
    "activate": ("active", ("dormant", "prepared", "pilot")),
}
"""Event to the state that all parties together bring a pillar to, and from where."""

_PARTY = Condition("party-unknown", "by", "in", "terms.parties")
_FRESH = Condition("agreed-before", "by", "not in", "agreed")
_ALL = Condition("not-yet-all", "#terms.parties", "<=", "#agreed", 1)
_CHANNEL = Condition("channel-stays", "terms.channel", "==", 0)
_SUNSET = Condition("no-sunset", "now", "<", "said.sunset")
_OVER = Condition("not-yet", "sunset", "<=", "now")
_AGREED = Put("agreed", "by", join=True)
_DONE = (Put("agreed", "terms.nobody"), Put("asked", "="))


def _together(
    state: str, event: str, to: str, when: tuple[Condition, ...] = (), do: tuple[Put, ...] = ()
) -> tuple[Row, ...]:
    """All parties agree on one thing: the last brings it about; whoever asks for another begins anew."""
    same = Condition("another-is-asked", "asked", "==", f"={event}")
    other = Condition("agreed-before", "asked", "!=", f"={event}")
    return (
        Row(state, event, to, (_PARTY, *when, same, _FRESH, _ALL), (*do, *_DONE), (to,)),
        Row(state, event, state, (_PARTY, *when, same, _FRESH), (_AGREED,)),
        Row(state, event, state, (_PARTY, *when, other), (*_DONE, Put("asked", f"={event}"), _AGREED)),
    )


def _rows() -> tuple[Row, ...]:
    rows: list[Row] = []
    for event, (to, below) in RISES.items():
        ends = (Put("sunset", "said.sunset"),) if to in RUNNING else ()
        for state in below:
            rows += _together(state, event, to, (_SUNSET,) if to in RUNNING else (), ends)
    for state in sorted(RUNNING):
        came = Condition("was-another", "from", "==", f"={state}")
        rests = (*_DONE, Put("from", f"={state}"))
        rows += (
            Row(state, "suspend", "suspended", (_PARTY, _CHANNEL), rests, ("rest",)),
            Row(state, "tick", "dormant", (_OVER,), _DONE, ("rest",)),
            *_together("suspended", "activate", state, (came,)),
        )
    rows.append(Row("suspended", "tick", "dormant", (_OVER,), _DONE))
    for state in ("dormant", "prepared", *sorted(RUNNING), "suspended"):
        rows += _together(state, "retire", "retired", (_CHANNEL,))
        if state != "dormant":
            rows += _together(state, "rest", "dormant", (_CHANNEL,))
    return tuple(rows)


PILLAR = Table(
    name="pillar",
    start="dormant",
    ends=("retired",),
    cells={"agreed": frozenset(), "asked": "", "from": "", "sunset": 0},
    rows=_rows(),
)
