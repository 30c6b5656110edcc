"""Charters, succession, keyrings, packages and announced keys under mutation: no check gives way."""

import re
from pathlib import Path

import mutation
import pytest
from mutation import Row
from mutation_charter import CHARTER_ROW, SUCCESSION_ROW
from mutation_exhibit import EXHIBIT_ROW
from mutation_keyring import KEYRING_ROW
from mutation_sealing import ANNOUNCEMENT_ROW, PACKAGE_ROW

from detente.trust import charter

pytestmark = pytest.mark.slow

ROWS = (CHARTER_ROW, SUCCESSION_ROW, KEYRING_ROW, PACKAGE_ROW, ANNOUNCEMENT_ROW, EXHIBIT_ROW)

NOT_BY_BYTES = {"recipient.3", "succession.5", "recipient.6", "sealing.8", "exhibit.2", "exhibit.8"}
"""Asked of arguments: a seed, two charters, no key at all, a reader, a charter; and what an exhibit shows."""


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_mutant_is_accepted_and_each_check_refuses_a_thousand(row: Row) -> None:
    mutation.hold(row, seed=20_261_123)


def test_every_numbered_check_of_charters_and_packages_is_in_the_table() -> None:
    room = Path(charter.__file__).parent
    names = ("charter", "succession", "keyring", "sealing", "recipient", "exhibit")
    raised = {
        step for name in names for step in re.findall(rf'"({name}\.\d+)"', (room / f"{name}.py").read_text())
    }
    reached = {step for row in ROWS for step in row.steps}
    assert raised - reached == NOT_BY_BYTES
