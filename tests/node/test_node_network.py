"""A real network that fails: partitions, one-way loss, delay, broken connections, skewed clocks."""

from collections.abc import Callable
from pathlib import Path

import network
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not network.possible(), reason="wants iproute2 and the right to make namespaces"),
]


def test_standing_is_equal_again_when_a_network_of_namespaces_has_healed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with network.trial(tmp_path, 1) as trial:
        for fault in ("partition", "one-way", "cut"):
            trial.round(fault)
    record_property("network namespaces", dict(trial.counts))
    assert sum(count for name, count in trial.counts.items() if name.startswith("equal")) == 3
