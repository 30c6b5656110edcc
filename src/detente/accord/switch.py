"""The switch: what officers sign so that a pillar rests, and so that it goes on again.

    accord.suspend            one party, its officers: the pillar rests for everybody who holds this
    accord.activate           in the suspension's thread, by every party: it goes on

Down needs one, up needs all. The channel (`notices`) is excepted: no suspension touches it. The table is
`machines.pillar.PILLAR`. Pure.
"""

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from detente.accord.acts import Switch
from detente.accord.duty import Precedent
from detente.accord.machines.pillar import PILLAR
from detente.trust import canonical, envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import Malformed, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.machine import Cells, Event, Moment, fold, step
from detente.trust.record import Record

SUSPEND, ACTIVATE = "accord.suspend", "accord.activate"
KINDS = frozenset({SUSPEND, ACTIVATE})
CHANNEL = "notices"
"""The technical safety channel, which no suspension touches."""


class SwitchAct(Struct, frozen=True, forbid_unknown_fields=True):
    """What officers sign: the act, the accord, whose officers, which pillar, and which suspension it ends.

    {"act":"accord.suspend","domain":"live","genesis":"5d…","of":null,"party":"us","pillar":"incidents","v":1}
    """

    v: Literal[1]
    act: Literal["accord.suspend", "accord.activate"]
    genesis: str
    domain: str
    party: str
    pillar: str
    of: str | None


def dump(act: SwitchAct) -> bytes:
    """Return the canonical JSON that officers sign under `ACT_TYPE`."""
    return canonical.encode(msgspec.structs.asdict(act))


def refusal(act: Switch, record: Record, thread: Mapping[str, Precedent]) -> str:
    """Return why a switch does not stand, or nothing; what officers signed is checked with the keyring.

    Codes: `channel-stays`, `nothing-suspended`.
    """
    if record.kind == SUSPEND:
        return step(PILLAR, _terms(act.pillar, (record.party,)), _RUNS, _event(record)).refusal
    if act.pillar == CHANNEL:
        return "channel-stays"
    before = thread.get(record.thread or "")
    ends = before is not None and before.record.kind == SUSPEND and before.record.open["pillar"] == act.pillar
    return "" if ends else "nothing-suspended"


def rests(suspension: Record, activations: Iterable[Record], parties: Collection[str]) -> bool:
    """Tell whether a pillar rests by a suspension, as far as the activations that answer it go.

    Each suspension is played by itself, from a pillar that runs: the order in which parties answer plays no
    part, and nobody's old activation ends another suspension.
    """
    terms = _terms(str(suspension.open["pillar"]), parties)
    events = map(_event, (suspension, *activations))
    return fold(PILLAR, terms, events, _RUNS).state == "suspended"


def verify(entry: Record, ring: Keyring, position: int) -> None:
    """Check that the officers of a record's party signed exactly this switch.

    Args:
        entry: a record of one of `KINDS` that stands.
        ring: its party's keys.
        position: where it stands in its party's log.

    Raises:
        Malformed: `switch.1`, `switch.2`; as `envelope.parse`. WrongContext: `switch.3`.
        As `Keyring.verify`: too few of the officers signed, or others.
    """
    # 1. It carries an envelope.
    text = str(entry.open["approval"])
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("switch.1", "Not base64url.", "Encode the envelope without padding.") from error
    signed = envelope.parse(data)
    ring.verify(signed, ACT_TYPE, "officer", position, entry.at)
    # 2. What they signed is a switch.
    try:
        act = msgspec.convert(canonical.decode(signed.payload), SwitchAct)
    except msgspec.ValidationError as error:
        raise Malformed("switch.2", f"No switch: {error}.", "Sign what `detente accord` writes.") from error
    # 3. It is exactly this one.
    if act != asked(entry):
        raise WrongContext("switch.3", "The officers signed another act.", "Have exactly this act signed.")


def asked(entry: Record) -> SwitchAct:
    """Return what officers must have signed for a record that switches a pillar."""
    return msgspec.convert(
        {
            "v": 1,
            "act": entry.kind,
            "genesis": entry.accord.genesis,
            "domain": entry.domain,
            "party": entry.party,
            "pillar": str(entry.open["pillar"]),
            "of": entry.thread,
        },
        SwitchAct,
    )


_RUNS = Moment("active", PILLAR.cells)


def _terms(pillar: str, parties: Collection[str]) -> Cells:
    return {"parties": frozenset(parties), "channel": int(pillar == CHANNEL), "nobody": frozenset()}


def _event(record: Record) -> Event:
    return Event(record.kind.partition(".")[2], record.at, record.party)
