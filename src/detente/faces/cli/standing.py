"""`detente standing`: who has kept to the accord, as a node computes it, or recounted from exported logs.

At one cut and one `--as-of` every node, and the recount from any of their exports, gives the same digest.
"""

import argparse
from pathlib import Path

import msgspec

from detente.accord import cut as cuts
from detente.accord.cut import Cut
from detente.accord.standing import Duty, Standing
from detente.faces import door, recount
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, clock, table
from detente.faces.verdict import VERDICTS
from detente.trust.errors import Malformed

LAST_MOMENT = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Where from, up to where, and at what time."""
    declare_home(parser)
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="recount from exported logs instead of asking a node"
    )
    parser.add_argument(
        "--cut", type=Path, metavar="FILE", help="up to where to read each log (all that is here)"
    )
    parser.add_argument(
        "--as-of", type=int, metavar="MS", help="the reader's time (now, by the node's clock)"
    )
    declare_domain(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print standing.

    Raises:
        Incomplete: `standing.2` bodies that count are not here. BadProof: `standing.1`, `recount.1`.
        Malformed: `standing.3` a recount needs a time; `standing.4` it is none.
        HomeMissing: `place.2` no such cut.
    """
    # 4. The time is one that a calendar has.
    if arguments.as_of is not None and not 0 <= arguments.as_of <= LAST_MOMENT:
        what = f"{arguments.as_of} is no time."
        raise Malformed("standing.4", what, "Say milliseconds since 1970, before the year 10000.")
    cut = None if arguments.cut is None else cuts.parse(file_of(arguments.cut).strip())
    found = _recounted(arguments, cut) if arguments.export else _asked(arguments, cut)
    whole = msgspec.json.decode(found.dump())
    voice.result({"digest": found.digest, "standing": whole}, marked(arguments.domain, lines(found, voice)))
    return KEPT


def _asked(arguments: argparse.Namespace, cut: Cut | None) -> Standing:
    with door.reach(home_of(arguments)) as node:
        return node.standing(cut, arguments.as_of, arguments.domain)


def _recounted(arguments: argparse.Namespace, cut: Cut | None) -> Standing:
    # 3. Nobody's clock is asked: the reader says the time.
    if arguments.as_of is None:
        raise Malformed("standing.3", "A recount has no clock.", "Say --as-of MILLISECONDS.")
    return recount.standing(arguments.export, arguments.as_of, cut, arguments.domain)


def lines(found: Standing, voice: Voice) -> list[str]:
    """Return standing as people read it: counts, every duty, and the digest."""
    sizes = ", ".join(f"{party} {head.size}" for party, head in sorted(found.cut.heads.items()))
    told = [
        voice.choose(
            Text(
                f"As of {clock(found.as_of)}, at the cut {sizes}:",
                f"截至 {clock(found.as_of)}，切面 {sizes}：",
            )
        ),
    ]
    for party, rows in sorted(found.counts.items()):
        for pillar, counts in sorted(rows.items()):
            said = ", ".join(f"{voice.choose(VERDICTS[name])} {n}" for name, n in counts.items() if n)
            told.append(f"  {party} {pillar}: {said or '-'}")
    told += table([_duty(one, voice) for one in found.duties])
    told += [voice.choose(Text(f"  forked: {party}", f"  日志分叉：{party}")) for party in found.forked]
    return [*told, f"digest {found.digest}"]


def _duty(one: Duty, voice: Voice) -> list[str]:
    lags = f"({', '.join(one.lags)})" if one.lags else ""
    return [f"    {one.spec}", one.debtor, voice.choose(VERDICTS[one.verdict]), one.base[:16], lags]
