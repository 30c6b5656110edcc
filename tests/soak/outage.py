"""The network fails in namespaces, one way after another, and standing is equal each time it has healed."""

import time
from pathlib import Path

import network
from trial import Options, counted, say


def run(folder: Path, options: Options) -> None:
    """Play `options.rounds` rounds; the first that does not end in equal standing ends the trial."""
    assert network.possible(), "wants root and iproute2: apt-get install iproute2"
    with network.trial(folder, options.seed, lambda line: say(f"network: {line}")) as trial:
        for number in range(options.rounds):
            fault = network.FAULTS[number % len(network.FAULTS)]
            began = time.monotonic()
            trial.round(fault)
            say(
                f"network: {number + 1} of {options.rounds}, {fault}: equal, {time.monotonic() - began:.1f} s"
            )
    counted("network", trial.counts)
