"""Long trials: `./run soak [TRIAL…] [--kills N] [--minutes N] [--rounds N] [--cases N] [--worlds N] …`.

With no TRIAL all are played in turn. Each prints what it does while it does it, and its counts. The exit code
is 0 if everything held, 1 if something did not, 2 for a word that is no trial.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

import crash
import fuzz
import load
import mutants
import outage
import prove
import refusals
import worlds
from trial import Options, Trial, say

TRIALS: dict[str, Trial] = {
    "crash": crash.run,
    "load": load.run,
    "network": outage.run,
    "prove": prove.run,
    "mutants": mutants.run,
    "refusals": refusals.run,
    "worlds": worlds.run,
    "fuzz": fuzz.run,
}


def main() -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(prog="./run soak", description="Long trials, counted.")
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"of {', '.join(TRIALS)}; none: all")
    parser.add_argument("--kills", type=int, default=1_000, help="of the crash trial (1000)")
    parser.add_argument("--minutes", type=float, default=60, help="of the load trial (60)")
    parser.add_argument("--rounds", type=int, default=100, help="of the network trial (100)")
    parser.add_argument("--pairs", type=int, default=20_000, help="of the prove trial (20000)")
    parser.add_argument("--worlds", type=int, default=400, help="of the worlds trial (400)")
    parser.add_argument("--cases", type=int, default=2_000, help="of the fuzz trial, each way (2000)")
    parser.add_argument("--seed", type=int, help="what is drawn; printed, so that a run can be played again")
    asked = parser.parse_args()
    unknown = set(asked.trials) - TRIALS.keys()
    if unknown:
        parser.error(f"there is no trial {', '.join(sorted(unknown))}; there are {', '.join(TRIALS)}")
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(2**32)
    options = Options(seed, asked.kills, asked.minutes, asked.rounds, asked.pairs, asked.cases, asked.worlds)
    failed = [name for name in asked.trials or TRIALS if not _play(name, options)]
    say(f"did not hold: {', '.join(failed)}" if failed else "everything held")
    return int(bool(failed))


def _play(name: str, options: Options) -> bool:
    say(f"{name}: begins, --seed {options.seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"detente-soak-{name}-") as folder:
        try:
            TRIALS[name](Path(folder), options)
        except Exception:  # noqa: BLE001 (whatever it is, the trial did not hold, and the others are still played)
            say(traceback.format_exc())
            say(f"{name}: DID NOT HOLD, after {time.monotonic() - began:.0f} s")
            return False
    say(f"{name}: held, in {time.monotonic() - began:.0f} s")
    return True


if __name__ == "__main__":
    sys.exit(main())
