"""What a process of its own does until it is killed: `crasher.py FOLDER table|release|sync FIRST NOW`."""

import sys
from pathlib import Path

from detente.node.clock import SetClock
from homes import World, draft


def main() -> None:
    """Do the task, and say what was acknowledged as soon as it was."""
    folder, task, first, now = sys.argv[1:]
    world = World(Path(folder), clock=SetClock(int(now)))
    with world.open("cn" if task == "sync" else "us") as node:
        if task == "sync":
            node.sync()
            return
        node.sync()
        for number in range(3):
            _say(f"done {node.table(draft(int(first) + number)).id}")
        if task == "release":
            node.publish()
            for row in node.release_due():
                _say(f"sent {row.release}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
