"""`detente incidents export --to stix|misp|avid`: what one audience may have, in the format of others.

`detente response export --to stix` does the same for responses.

Without `--audience` it is what this party itself may have; with it, what that party may have and nothing
more, so that one can see before anything is handed over who would see exactly which bytes.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from detente.faces import pillars
from detente.faces.cli.place import declare_domain, declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.neighbours import avid, misp, stix
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.view import Act, act_of, parties, seen
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.node.errors import NoSuchThing
from detente.node.window import Pane, Window
from detente.trust.record import Record

Named = Mapping[str, str]
BATCH = 500


def _stix(cases: list[Case], names: Named) -> Any:  # noqa: ANN401 (a JSON value)
    return stix.bundle([one for case in cases for one in stix.objects(case, names)])


OF = {"incidents": ("stix", "misp", "avid"), "response": ("stix",)}
"""Pillar to the formats that have words for it."""

FORMATS: dict[str, Callable[[list[Case], Named], Any]] = {
    "stix": _stix,
    "misp": misp.events,
    "avid": avid.reports,
}


def declare(parser: argparse.ArgumentParser, pillar: str) -> None:
    """Which format, for whom, and where to."""
    parser.add_argument("--to", dest="format", required=True, choices=OF[pillar], help="whose format")
    parser.add_argument("--audience", metavar="PARTY", help="as this party may have it (this node's own)")
    parser.add_argument(
        "--id", action="append", default=[], metavar="ID", help="only this thread; may be repeated"
    )
    parser.add_argument("--into", type=Path, metavar="FILE", help="write it there (standard output)")
    declare_domain(parser)
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what an audience may have.

    Raises:
        NoSuchThing: `export.1` no such party, `export.2` no such thread. As `Window.open`.
    """
    with Window.open(home_of(arguments), pillars.installed()) as window:
        pane = _pane(window, arguments.domain)
        audience = arguments.audience or pane.party
        # 1. The audience is a party of the accord.
        if audience not in parties(pane):
            what = f"{audience[:40]!a} is no party of the accord."
            raise NoSuchThing("export.1", what, f"Name one of: {', '.join(parties(pane))}.")
        cases = _wanted(gathered(pane, audience, arguments.name), arguments.id)
        known = pane.terms.in_force(pane.clock.now()).accord.parties
        data = stix.dump(
            FORMATS[arguments.format](cases, {name: one.names.en for name, one in known.items()})
        )
    if arguments.into is None:
        voice.exact(data.decode())
        return KEPT
    durable.write(arguments.into, data)
    done = Text(
        f"{len(cases)} threads, as {audience} may have them: {arguments.into}",
        f"{len(cases)} 个话题，按 {audience} 可见内容写出：{arguments.into}",
    )
    voice.result(
        {"file": str(arguments.into), "threads": len(cases), "audience": audience}, [voice.choose(done)]
    )
    return KEPT


def gathered(pane: Pane, audience: str, pillar: str) -> list[Case]:
    """Return the cases of a pillar as an audience may have them, by the time of their first record."""
    acts: dict[str, list[Act]] = defaultdict(list)
    members: list[str] = []
    for name, entry in entries(pane, pane.sizes()):
        act = act_of(entry)
        if act is not None:
            acts[act.record].append(act)
        elif entry.kind.startswith(f"{pillar}."):
            members.append(name)
    among, threads = parties(pane), defaultdict(list)
    for name in members:
        view = seen(pane, name, audience, acts[name], among)
        if view is not None:
            threads[view.root].append(view)
    cases = (Case.of(views) for views in threads.values())
    return sorted((one for one in cases if one is not None), key=lambda one: (one.root.at, one.root.id))


def entries(pane: Pane, cut: Mapping[str, int]) -> Iterator[tuple[str, Record]]:
    """Every record below a cut that is held, stands, and is its log's party's own."""
    for party, size in cut.items():
        for start in range(0, size, BATCH):
            for seat in pane.leaves(party, start, min(BATCH, size - start)):
                entry = pane.library.get(seat.id) if seat.record and seat.kind else None
                if entry and entry.party == party and not pane.refusals(seat.id, entry, seat.at):
                    yield seat.id, entry


def _wanted(cases: list[Case], names: list[str]) -> list[Case]:
    found = [one for one in cases if not names or any(one.root.id.startswith(name) for name in names)]
    # 2. Each that was named is there.
    for name in names:
        if not any(one.root.id.startswith(name) for one in found):
            what = f"{name[:64]!a} starts nothing that this audience may have."
            raise NoSuchThing("export.2", what, "Leave --id out: all that it may have is written.")
    return found


def _pane(window: Window, domain: str) -> Pane:
    found = next((one for name, one in window.panes.items() if name == domain), None)
    # 3. The node takes part in the domain.
    if found is None:
        raise NoSuchThing("export.3", f"This node takes no part in {domain}.", "Name one of its domains.")
    return found
