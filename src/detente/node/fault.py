"""Named places at which a test may kill this process, so that "between signing and publishing" is exact.

    DETENTE_FAULTS=1 DETENTE_CRASH_AT=sign.anchored:2 python -m detente.faces.serve --home H

The process then dies by SIGKILL the second time it passes there: no handler runs, no buffer is flushed.
Without `DETENTE_FAULTS=1` a point does nothing at all.
"""

import os
import signal
from collections import Counter

from detente.trust.errors import Misuse

POINTS = (
    "writer.begun",  # a transaction is open, nothing is in it
    "writer.written",  # all its rows are written, it is not committed
    "writer.committed",  # it is durable, nobody was told
    "sign.verified",  # the own tree was checked, nothing is signed
    "sign.signed",  # the signature exists in memory alone
    "sign.anchored",  # it is in the second place, not in the database
    "sign.recorded",  # it is in both, nothing is published
    "publish.begun",  # some files of the tree are written
    "publish.tiled",  # all are but the checkpoint
    "publish.done",  # the checkpoint stands
    "witness.anchored",  # what will be cosigned is in the second place
    "witness.recorded",  # the head, its entries and our cosignature are durable, not yet published
    "bodies.recorded",  # bodies of others are durable, not yet in our mirror
    "release.sealed",  # a package exists in memory alone
    "release.recorded",  # decision, record and package are durable, not yet published
)

_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here, if this run was told to.

    Raises:
        Misuse: `fault.1`: a point that is not in the list.
    """
    if os.environ.get("DETENTE_FAULTS") != "1":
        return
    # 1. The point is listed, so that a test over all points misses none.
    if name not in POINTS:
        raise Misuse("fault.1", f"No crash point {name}.", "List it in node/fault.py.")
    _passed[name] += 1
    wanted, _, count = os.environ.get("DETENTE_CRASH_AT", "").partition(":")
    if name == wanted and _passed[name] == int(count or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
