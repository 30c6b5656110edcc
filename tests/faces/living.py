"""Homes in which something happened: reports, a notice that cn and neutral leave unanswered, a release."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "node"))

from homes import HOUR, World, draft, notice

ACCORD_CHANGE = (
    "    when: facts.near_miss\n",
    "    when: facts.near_miss && standing[audience].notices.overdue == 0\n",
)


class Lived:
    """Homes in which us reported twice, cn owes an acknowledgement for too long, and a release went out."""

    def __init__(self, folder: Path) -> None:
        world = World(folder)
        world.accord = world.accord.replace(*ACCORD_CHANGE)
        self.world = world.found()
        with self.world.nodes() as nodes:
            self.notice = nodes["us"].table(notice(3)).id
            self.world.settle(nodes)
            for _ in range(8):
                self.world.clock.advance(8 * HOUR)
                self.world.settle(nodes)
            self.report = nodes["us"].table(draft(1)).id
            self.other = (
                nodes["us"].table(draft(2, open=dict(draft().open) | {"near_miss": False, "harm": 3})).id
            )
            self.world.settle(nodes)
            for node in nodes.values():
                node.release_due()
            self.world.settle(nodes)
            rows = nodes["us"].record(self.report).deliveries
            self.release = next(one.release for one in rows if one.release)
