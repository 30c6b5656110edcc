"""Attacks by a witness, and by somebody who is nothing in the accord."""

import hashlib
import json
from typing import Any

from detente.faces.adversary import seat as seats
from detente.faces.adversary.ground import Attack, Ground, Told
from detente.faces.adversary.history import History
from detente.faces.speech import Text
from detente.node import comparison
from detente.trust import canonical, checkpoint, cosignature, envelope, note
from detente.trust.note import Note
from detente.trust.witness import Submission

YEARS = 10 * 365 * 86_400


def _misdate(ground: Ground) -> Told:
    """Cosign a peer's head ten years ahead, and the next one today."""
    seat, victim = ground.seat, ground.first
    path = f"live/{victim.party}"
    mine = f"{path}/cosigned/{seat.party}"
    history = seat.history()
    seconds = seat.now() // 1000 + YEARS
    first = _cosigned(ground, seconds)
    ground.show(history, to=victim.party, extra={mine: first})
    ground.await_looked(to=victim.party)
    before = victim.head(path)
    ground.show(seat.log(history, seat.nil()), to=victim.party, extra={mine: first})
    after = victim.await_size(path, (before.size if before else 0) + 1)
    second = _cosigned(ground, seat.now() // 1000)
    ground.show(history, to=victim.party, extra={mine: second})
    ground.await_looked(to=victim.party)
    ground.keep(history)
    return {"sizes": [before.size if before else 0, after.size], "seconds": seconds}


def _false_standing(ground: Ground) -> Told:
    """Publish another standing than the logs give, under one's own genuine signature."""
    seat, victim = ground.seat, ground.first
    data = victim.get(f"live/{victim.party}/{comparison.FILE}") or b""
    told: dict[str, Any] = json.loads(envelope.parse(data).payload)
    duty = told["answer"]["duties"][0]
    before, duty["verdict"] = duty["verdict"], "missed"
    told |= {"party": seat.party, "digest": hashlib.sha256(canonical.encode(told["answer"])).hexdigest()}
    keys = seat.keys["live"].keys["record"]
    signed = envelope.dump(envelope.sign(comparison.STANDING_TYPE, canonical.encode(told), keys))
    ground.show(seat.history(), extra={f"live/{seat.party}/{comparison.FILE}": signed})
    ground.await_looked()
    return {"duty": duty["spec"], "of": duty["debtor"], "was": before, "digest": told["digest"]}


def _cosigned(ground: Ground, seconds: int) -> bytes:
    """Return the victim's newest head with our cosignatures of this second."""
    seat, victim = ground.seat, ground.first
    data = victim.get(f"live/{victim.party}/checkpoint") or b""
    signed = note.parse(data)
    head = checkpoint.parse_text(signed.text)
    lines = [
        cosignature.sign(head, seat.witness(), key, seconds) for key in seat.keys["live"].keys["witness"]
    ]
    theirs = tuple(one for one in signed.signatures if one.name == head.origin)
    return note.dump(Note(signed.text, (*theirs, *lines)))


def _impostor(ground: Ground) -> Told:
    """Without any key of the accord, ring in a peer's name, and in the name of a log that nobody has."""
    seat, victim = ground.seat, ground.first
    peer = next(name for name in ground.victims if name != victim.party)
    key = seats.outsider()
    posed = History(seat.origin(peer), (key,))
    strange = History("detente/0000000000000000/live/nobody", (key,))
    statuses = [
        victim.ring(Submission(0, (), seat.log(one, seat.nil()).head(seat.now() // 1000)))
        for one in (posed, strange)
    ]
    return {"as": peer, "statuses": statuses}


ATTACKS = (
    Attack("misdate", Text("cosign with dates that cannot all be true", "以相悖的日期联署"), _misdate),
    Attack(
        "false-standing",
        Text("publish another standing than the logs give", "发布与日志不符的履约状况"),
        _false_standing,
    ),
    Attack("impostor", Text("ring in a peer's name with a stranger's key", "外人冒他方之名叩门"), _impostor),
)
