"""The way between two rivals whom nothing connects: each writes to, and reads from, a store at the neutral.

ports = by_store(cast)       us and cn call out to the neutral alone; nobody is told their new addresses
touching(ports)              0: no connection to or from either, since then
"""

import json
from collections.abc import Collection
from pathlib import Path

import msgspec

from detente.faces.demo.cast import Cast
from detente.node.home import Home, PeerSettings

NEUTRAL = "neutral"
STORE_BYTES = 50_000_000
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTENS = "0A"


def by_store(cast: Cast) -> dict[str, int]:
    """Have the rivals meet at a store of the neutral's from now on; return where each of them now listens.

    They listen where nobody knows, and their settings hold no address of each other.
    """
    rivals = sorted(set(cast.homes) - {NEUTRAL})
    address = f"http://{cast.homes[NEUTRAL].settings.listen}/"
    there = cast.homes[NEUTRAL].path / "store"
    cast.rest()
    for party in rivals:
        (there / party).mkdir(parents=True, exist_ok=True)
        store = f"store:{NEUTRAL}:{address}"
        others = {other: PeerSettings(store) for other in rivals if other != party}
        _save(
            cast.homes[party],
            peers=others | {NEUTRAL: PeerSettings(address)},
            publish_to=(store,),
            listen="127.0.0.1:0",
        )
    inward = {party: PeerSettings(f"dir:{there / party}") for party in rivals}
    _save(cast.homes[NEUTRAL], peers=inward, store=STORE_BYTES)
    said = cast.start_all((NEUTRAL, *rivals))
    return {party: int(json.loads(said[party])["listening"].rpartition(":")[2]) for party in rivals}


def touching(ports: Collection[int]) -> int | None:
    """Return how many connections this machine has, or had in its last minute, to or from any of these ports.

    None where the system does not say.
    """
    found, tables = 0, [Path(one) for one in TABLES if Path(one).exists()]
    if not tables:
        return None
    for table in tables:
        for row in table.read_text(encoding="ascii").splitlines()[1:]:
            _, local, remote, state, *_ = row.split()
            ends = {int(end.rpartition(":")[2], 16) for end in (local, remote)}
            found += state != LISTENS and not ends.isdisjoint(ports)
    return found


def _save(home: Home, **changes: object) -> None:
    Home(home.path, msgspec.structs.replace(home.settings, **changes)).save()
