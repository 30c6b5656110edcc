"""Attacks by statements: records that are genuinely signed, or look so, and must not count."""

import base64
import os
from typing import Any

from detente.faces.adversary import seat as seats
from detente.faces.adversary.ground import Attack, Ground, Told
from detente.faces.adversary.history import History
from detente.faces.speech import Text
from detente.node import bundle
from detente.trust import disclosure, envelope, fork, record
from detente.trust.disclosure import SALT_BYTES
from detente.trust.record import PAYLOAD_TYPES, AccordRef, Domain, Leaf, Record

DAY = 86_400_000


def _play(ground: Ground, history: History, domain: Domain = "live") -> None:
    ground.show(history, domain)
    ground.await_taken(history, domain)
    ground.await_looked(domain)
    ground.keep(history, domain)


def _back_date(ground: Ground) -> Told:
    """Log a record, and a receipt, that are dated before what stands before them."""
    seat, history = ground.seat, ground.seat.history()
    heads: dict[str, Any] = {}
    entries = [
        seat.nil(),
        seat.nil(at=seat.now() - DAY),
        seat.receipt(heads),
        seat.receipt(heads, at=seat.now() - DAY),
    ]
    for entry in entries:
        seat.log(history, entry)
    _play(ground, history)
    return {"records": [record.record_id(entry) for entry in entries]}


def _replay(ground: Ground) -> Told:
    """Log another party's record as one's own, and one's own record twice."""
    seat, history = ground.seat, ground.seat.history()
    victim = ground.first
    theirs = History.read(_tree(ground, victim.party), f"live/{victim.party}", "", ())
    stolen = next(n for n, leaf in enumerate(theirs.leaves) if leaf.cls == "record" and theirs.bodies[n])
    own = seat.nil()
    seat.log(seat.log(history, own), own)
    history.add(theirs.leaves[stolen], theirs.bodies[stolen])
    _play(ground, history)
    return {"stolen": theirs.leaves[stolen].id, "twice": record.record_id(own)}


def _forge(ground: Ground) -> Told:
    """Sign a record in a peer's name with one's own key, and one in one's own name with a stranger's."""
    seat, history = ground.seat, ground.seat.history()
    posed = seat.nil(party=ground.first.party)
    hired = seat.nil()
    seat.log(history, posed)
    history.add(record.leaf(hired), seat.body(hired, seats.outsider()))
    _play(ground, history)
    return {"posed": record.record_id(posed), "hired": record.record_id(hired)}


def _forge_mirror(ground: Ground) -> Told:
    """Relay a peer's log to another victim under a head that a stranger signed."""
    source, target = list(ground.victims)[:2]
    files, path = _tree(ground, source), f"live/{source}"
    theirs = History.read(files, path, ground.seat.origin(source), (seats.outsider(),))
    forged = theirs.copy()
    ground.seat.log(forged, ground.seat.nil())
    ground.show(ground.seat.history(), to=target, extra=forged.files(path, ground.seat.now() // 1000))
    ground.await_looked(to=target, path=f"{path}/checkpoint")
    return {"of": source, "to": target, "record": forged.leaves[-1].id}


def _exercise_as_real(ground: Ground) -> Told:
    """Log an exercise's record in the live log, and sign one of the exercise under the live type."""
    return _cross(ground, played="exercise", shown="live")


def _real_as_exercise(ground: Ground) -> Told:
    """The reverse: a real record in the exercise's log, to have it taken for play."""
    return _cross(ground, played="live", shown="exercise")


def _cross(ground: Ground, played: Domain, shown: Domain) -> Told:
    seat, history = ground.seat, ground.seat.history(shown)
    whole = seat.nil(domain=played)
    seat.log(history, whole)
    worded = seat.nil(domain=played)
    signed = envelope.sign(PAYLOAD_TYPES[shown], record.dump(worded), seat.keys[shown].keys["record"])
    name = envelope.statement_id(signed.payload_type, signed.payload)
    history.add(Leaf("record", name), envelope.dump(signed))
    _play(ground, history, shown)
    return {"records": [record.record_id(whole), name]}


def _copy_commitment(ground: Ground) -> Told:
    """Seal what a peer sealed, by its digests, and open it with what the peer disclosed to us."""
    seat, history = ground.seat, ground.seat.history()
    theirs = History.read(_tree(ground, ground.first.party), f"live/{ground.first.party}", "", ())
    model = next(
        one for one in map(_read, theirs.bodies) if one is not None and one.kind == "incidents.report"
    )
    copied = seat.record(model.kind, model.open, sealed=model.sealed)
    shown = next(one for one in map(_read, theirs.bodies) if one is not None and one.kind == "accord.opening")
    told = _opening(ground, copied, str(shown.open["path"]), str(shown.open["disclosure"]))
    seat.log(seat.log(history, copied), told)
    _play(ground, history)
    return {"model": record.record_id(model), "copy": record.record_id(copied)}


def _false_opening(ground: Ground) -> Told:
    """Seal one thing, and open it to all as another."""
    seat, history = ground.seat, ground.seat.history()
    theirs = History.read(_tree(ground, ground.first.party), f"live/{ground.first.party}", "", ())
    model = next(
        one for one in map(_read, theirs.bodies) if one is not None and one.kind == "incidents.report"
    )
    sealed = seat.record(model.kind, model.open)
    other = disclosure.commit(
        seat.party, sealed.nonce, "title", ["Nothing happened", "无事发生"], os.urandom(SALT_BYTES)
    )
    seat.log(seat.log(history, sealed), _opening(ground, sealed, "title", other.encoded))
    _play(ground, history)
    return {"sealed": record.record_id(sealed)}


def _frame(ground: Ground) -> Told:
    """Log the proof of a fork against a peer, made with heads that the peer never signed."""
    seat, history = ground.seat, ground.seat.history()
    log = seat.origin(ground.first.party)
    heads = [seat.log(History(log, history.keys), seat.nil()).head(seat.now() // 1000) for _ in range(2)]
    made = fork.prove(heads[0], heads[1], lambda _level, _index: b"")
    data = base64.urlsafe_b64encode(fork.dump(made) if made else b"").decode().rstrip("=")
    entry = seat.record("accord.fork", {"of": ground.first.party, "evidence": data})
    _play(ground, seat.log(history, entry))
    return {"record": record.record_id(entry), "against": ground.first.party}


def _amend(ground: Ground) -> Told:
    """State things under a third version of the accord, when there is no second."""
    seat, history = ground.seat, ground.seat.history()
    entry = seat.nil(accord=AccordRef(seat.genesis, 3))
    _play(ground, seat.log(history, entry))
    return {"record": record.record_id(entry)}


def _withhold_bodies(ground: Ground) -> Told:
    """Log leaves and show nobody what they say."""
    seat, history = ground.seat, ground.seat.history()
    entry = seat.nil()
    history.add(record.leaf(entry), None)
    _play(ground, history)
    return {"record": record.record_id(entry), "index": len(history.leaves) - 1}


def _withhold_receipts(ground: Ground) -> Told:
    """Say of the others' logs nothing more, from now on."""
    history = ground.seat.history()
    ground.show(history)
    ground.await_looked()
    return {"size": len(history.leaves)}


def _opening(ground: Ground, target: Record, path: str, encoded: str) -> Record:
    fields = {"record": record.record_id(target), "path": path, "disclosure": encoded}
    return ground.seat.record("accord.opening", fields)


def _tree(ground: Ground, party: str) -> dict[str, bytes]:
    """Read a peer's log at the peer's own address, as anybody may."""
    victim, path = ground.victims[party], f"live/{party}"
    head = victim.head(path)
    size = head.size if head else 0
    names = [f"{path}/checkpoint", f"{path}/tile/entries/000.p/{size}", f"{path}/{bundle.path(0, size)}"]
    names += [f"{path}/tile/0/000.p/{size}"]
    return {name: data for name in names if (data := victim.get(name)) is not None}


def _read(data: bytes | None) -> Record | None:
    if data is None:
        return None
    signed = envelope.parse(data)
    return record.parse(signed.payload_type, signed.payload)


ATTACKS = (
    Attack(
        "back-date",
        Text("date a record and a receipt before earlier ones", "倒填记录与收讫回执的日期"),
        _back_date,
    ),
    Attack(
        "replay",
        Text("log a peer's record as one's own, and one's own twice", "将他方记录据为己有，己方记录重复入志"),
        _replay,
    ),
    Attack(
        "forge",
        Text("sign in a peer's name, or by a stranger's key", "冒他方之名签署，或以外人密钥签署"),
        _forge,
    ),
    Attack(
        "forge-mirror",
        Text("relay a peer's log under a head that a stranger signed", "转递他方日志时换上外人签署的检查点"),
        _forge_mirror,
    ),
    Attack("exercise-as-real", Text("dress an exercise as real", "以演习冒充真实"), _exercise_as_real),
    Attack("real-as-exercise", Text("dress the real as an exercise", "以真实冒充演习"), _real_as_exercise),
    Attack(
        "copy-commitment",
        Text("copy a peer's commitments and open them as one's own", "抄袭他方的承诺并当作己有开示"),
        _copy_commitment,
    ),
    Attack(
        "false-opening", Text("open a commitment to something else", "将承诺开示为另一内容"), _false_opening
    ),
    Attack("frame", Text("accuse a peer of a fork it never signed", "诬告他方日志分叉"), _frame),
    Attack(
        "amend-out-of-order",
        Text("act under a version of the accord that nobody has", "按无人持有的协议版本行事"),
        _amend,
    ),
    Attack(
        "withhold-bodies", Text("log leaves and hand over no bodies", "只入条目，不交正文"), _withhold_bodies
    ),
    Attack("withhold-receipts", Text("log no receipts any more", "不再记录收讫回执"), _withhold_receipts),
)
