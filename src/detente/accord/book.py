"""The book: what the docket remembers of duties, as one value that a snapshot can hold. Pure."""

from msgspec import Struct, field


class Item(Struct):
    """One duty that arose: `base` is the id of a record, or "" for a period that begins at `start`.

    `final` is "" until the verdict cannot change: `kept`, `missed`, `excused`, or `superseded` (by a later
    version).
    """

    spec: str
    version: int
    debtor: str
    base: str = ""
    base_party: str = ""
    base_index: int = 0
    start: int = 0
    final: str = ""


class Left(Struct):
    """A party that leaves: by which entry of its log, from when, and by when all have finished with it."""

    entry: str
    index: int
    effective: int
    closes: int


class Book(Struct):
    """What the docket remembers, as one value that a snapshot can hold.

    Args:
        items: in the order in which they arose.
        performances: who, what for, kind, and of a duty with parts party and part, to the indices in its log.
        periods: version, clause and debtor to the next period not yet on the docket.
        versions: how many versions have their adoption on the docket.
        open: indices of items that are not final, or missed and not performed.
        tally: debtor, pillar and verdict to how many are final and closed.
        reliefs: debtor and duty to the indices in its log that gave it more time, and until when; 0: let go.
        left: parties that leave.
        finished: who has finished, and with whom, to the index in its log.
        forked: parties whose fork is proven by a record that stands.
    """

    items: list[Item] = field(default_factory=list)
    performances: dict[str, list[int]] = field(default_factory=dict)
    periods: dict[str, int] = field(default_factory=dict)
    versions: int = 1
    open: list[int] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    reliefs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    left: dict[str, Left] = field(default_factory=dict)
    finished: dict[str, int] = field(default_factory=dict)
    forked: set[str] = field(default_factory=set)
