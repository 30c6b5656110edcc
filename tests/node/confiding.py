"""A confidential desk for tests: two officers, one keeper, and a reporter who holds nothing but a code."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detente.node.clock import SetClock
from detente.node.confidence import letter
from detente.node.confidence.cabinet import DAY, Cabinet
from detente.node.confidence.card import VERSION, Card, Signed
from detente.node.confidence.code import Code
from detente.node.confidence.counter import Counter
from detente.node.confidence.officer import Opener
from detente.node.confidence.report import Attached, Reply, Report

NOW = 1_795_000_000_000


def opener(name: str) -> Opener:
    """Return an officer whose keys follow from the name."""
    seeds = [sha256(f"{use} {name}".encode()).digest() for use in ("open", "sign")]
    return Opener(name, ((seeds[0], seeds[1]),))


ADA, BO, KEEPER = opener("duty-1"), opener("duty-2"), opener("keeper-1")


@dataclass
class Desk:
    """A desk at a path, with its card published."""

    cabinet: Cabinet
    clock: SetClock
    card: Signed

    @property
    def counter(self) -> Counter:
        """Its counter, as a process that starts finds it."""
        return Counter.at(self.cabinet)


def founded(home: Path) -> Desk:
    """Return a new desk."""
    clock = SetClock(NOW)
    cabinet = Cabinet.create(home, clock)
    counter = Counter.at(cabinet)
    card = counter.publish(
        Card(
            v=VERSION,
            party="neutral",
            serial=1,
            at=NOW,
            until=NOW + 90 * DAY,
            officers=(ADA.public, BO.public),
            keepers=(KEEPER.keeper,),
            days=180,
            stamp=counter.vkey("neutral"),
        )
    )
    return Desk(cabinet, clock, card)


def code(number: int) -> Code:
    """Return a code; another number, another code."""
    return Code(sha256(number.to_bytes(16)).digest()[:16])


def sealed(
    desk: Desk,
    number: int = 1,
    *,
    identity: str = "",
    files: dict[str, bytes] | None = None,
    account: str = "",
) -> bytes:
    """Return a letter to a desk."""
    some = files or {}
    report = Report(
        language="zh",
        title="模型绕过了关停指令",
        account=account or "测试中，代理两次改写了监控脚本。第二次由人工发现。",
        reply=Reply.to(code(number)),
        attached=tuple(Attached(name, sha256(data).hexdigest(), len(data)) for name, data in some.items()),
    )
    return letter.seal(report, identity, tuple(some.values()), code(number), (desk.card, desk.clock.now()))
