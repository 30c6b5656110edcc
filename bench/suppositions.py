"""Suppositions: a history of reports and receipts replayed under another text, against folding it alone."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

import treaties
from detente.accord import supposition
from detente.accord.fold import Fold
from detente.accord.receipt import Seen
from detente.accord.standing import Log
from detente.accord.supposition import History
from detente.trust import record
from detente.trust.record import Leaf, Record, leaf_bytes
from detente.trust.tree import Tree, leaf_hash
from row import Aim, Row, Scale, rates

ENOUGH = Aim("figure", least=5_000)
EACH = 20
"""Reports for each receipt of each party."""


def replay(scale: Scale) -> Iterator[Row]:
    """Records of all sorts a second, receipts left out, with sixty clauses towards two audiences."""
    count = scale.of(6_000, 40)
    logs = _history(count)
    terms = treaties.treaty()
    history = History(logs)
    end = treaties.START + count * treaties.HOUR

    def ours() -> None:
        supposition.replay(supposition.suppose(terms.versions[1], terms), history, end)

    def least() -> None:
        bodies = {name: body for log in logs.values() for name, body in log.bodies.items()}
        fold = Fold(terms, bodies)
        for party, log in logs.items():
            for leaf in log.leaves:
                fold.append(party, leaf)
        fold.at(end)

    replayed, folded = rates(ours, least, count, scale)
    what = f"{count:,} records replayed under another text"
    yield Row(what, replayed, "/s", folded, "standing of the same history alone", ENOUGH)


def _rating(number: int) -> dict[str, object]:
    """The axes of a near miss, spread over all that they can be, that rules are asked of more than one."""
    drawn = sha256(b"%d" % number).digest()
    return {
        "potential": drawn[0] % 8,
        "control": drawn[1] % 3,
        "spread": drawn[2] % 5,
        "layers": drawn[3] % 5,
        "repeat": drawn[4] % 2 == 1,
        "domain": ("bio", "cyber", "loss_of_control", "finance")[drawn[5] % 4],
    }


def _history(count: int) -> dict[str, Log]:
    trees = {party: Tree() for party in treaties.PARTIES}
    leaves: dict[str, list[Leaf]] = {party: [] for party in treaties.PARTIES}
    bodies: dict[str, Record] = {}
    signing = {party: treaties.homes.charter(party).roles["record"] for party in treaties.PARTIES}
    keys = {party: role.keys[0] for party, role in signing.items()}

    def say(party: str, unsigned: Record) -> None:
        entry = msgspec.structs.replace(unsigned, key=keys[party])
        leaf = record.leaf(entry)
        bodies[leaf.id] = entry
        trees[party].append(leaf_hash(leaf_bytes(leaf)))
        leaves[party].append(leaf)

    for number in range(1, count + 1):
        at = treaties.START + number * treaties.HOUR // EACH
        entry = treaties.report(number, at)
        say("us", msgspec.structs.replace(entry, open=dict(entry.open) | _rating(number)))
        if number % EACH:
            continue
        for party in treaties.PARTIES:
            heads = {
                other: Seen(len(tree), tree.root().hex())
                for other, tree in trees.items()
                if other != party and len(tree)
            }
            say(party, treaties.receipt(party, number, at + 60_000, heads))
    return {party: Log(tuple(some), bodies) for party, some in leaves.items()}
