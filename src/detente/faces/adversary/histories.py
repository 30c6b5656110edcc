"""Attacks on history: two of them, an older one, one that was restored."""

from detente.faces.adversary.ground import Attack, Ground, Told
from detente.faces.speech import Text
from detente.trust import witness
from detente.trust.witness import Submission


def _equivocate(ground: Ground) -> Told:
    """Show the first victim one history and the others another."""
    seat = ground.seat
    one, other = seat.history(), seat.history()
    seat.log(one, seat.nil())
    seat.log(other, seat.nil())
    names = list(ground.victims)
    for name in names:
        ground.show(one if name == names[0] else other, to=name)
    for name in names:
        ground.await_looked(to=name)
    return {"sizes": [len(one.leaves), len(other.leaves)], "shown": names}


def _second_history(ground: Ground) -> Told:
    """Let a victim take one history from the tree, then ring at its door with another of the same size."""
    seat, past = ground.seat, ground.seat.history()
    one, other = seat.log(past.copy(), seat.nil()), seat.log(past.copy(), seat.nil())
    ground.show(one)
    ground.await_taken(one)
    size = len(one.leaves)
    status = ground.first.ring(Submission(size, (), other.head(seat.now() // 1000)))
    return {"size": size, "status": status}


def _roll_back(ground: Ground) -> Told:
    """Show more, then less again, in the tree and at the door."""
    seat, old = ground.seat, ground.seat.history()
    new = seat.log(old.copy(), seat.nil())
    ground.show(new)
    ground.await_taken(new)
    ground.keep(new)
    ground.show(old)
    ground.await_looked()
    status = ground.first.ring(Submission(0, (), old.head(seat.now() // 1000)))
    return {"sizes": [len(new.leaves), len(old.leaves)], "status": status}


def _yesterday(ground: Ground) -> Told:
    """Restore yesterday's database and go on from there, past what was signed since."""
    seat, backup = ground.seat, ground.seat.history()
    signed = seat.log(backup.copy(), seat.nil())
    ground.show(signed)
    ground.await_taken(signed)
    ground.await_looked()
    restored = backup
    for _ in range(3):
        seat.log(restored, seat.nil())
    ground.show(restored)
    ground.await_looked()
    return {"sizes": [len(signed.leaves), len(restored.leaves)]}


def _garbage_proof(ground: Ground) -> Told:
    """Ring with a genuine head of another party and a proof of noise, to have its author accused."""
    victim = ground.first
    party = next(name for name in (*ground.victims, "") if name != victim.party)
    data = ground.victims[party].get(f"live/{party}/checkpoint") or b""
    known = victim.head(f"live/{party}")
    size = known.size if known else 0
    statuses = [victim.ring(Submission(size, (bytes([n]) * 32,), data)) for n in range(3)]
    return {"against": party, "statuses": statuses}


def _flood(ground: Ground) -> Told:
    """Ring again and again with noise, and with a genuine head under false proofs."""
    victim, seat = ground.first, ground.seat
    head = seat.log(seat.history(), seat.nil()).head(seat.now() // 1000)
    known = victim.head(f"live/{seat.party}")
    size = known.size if known else 0
    told: dict[int, int] = {}
    for n in range(FLOOD):
        false = witness.dump(Submission(size, (n.to_bytes(32, "big"),), head))
        body = (b"noise %d" % n, false, b"\0" * 300_000)[n % 3 if n % 30 == 2 else n % 2]  # noqa: PLR2004 (sizes)
        status = victim.knock(body)
        told[status] = told.get(status, 0) + 1
    return {"rung": FLOOD, "statuses": {str(status): count for status, count in sorted(told.items())}}


FLOOD = 240
"""How often a flood rings."""

ATTACKS = (
    Attack(
        "equivocate", Text("show two histories of one log", "对不同方出示同一日志的两段历史"), _equivocate
    ),
    Attack(
        "second-history",
        Text("ring a witness's doorbell with a second history", "以第二段历史叩见证方之门"),
        _second_history,
    ),
    Attack("roll-back", Text("present an older head as the newest", "以旧检查点冒充最新检查点"), _roll_back),
    Attack(
        "yesterday", Text("restore yesterday's database and go on", "恢复昨日数据库后继续书写"), _yesterday
    ),
    Attack(
        "garbage-proof",
        Text("send another's genuine head with a garbage proof", "以真检查点附伪证明，嫁祸其作者"),
        _garbage_proof,
    ),
    Attack("flood", Text("ring again and again with noise", "以噪声反复叩门"), _flood),
)
