"""The log under mutation: each check that bytes from outside can reach refuses a thousand."""

import re
from pathlib import Path

import mutation
import mutation_log
import mutation_note
import mutation_tile
import pytest
from mutation import Row

from detente.trust import tree

pytestmark = pytest.mark.slow

ROWS = (*mutation_note.ROWS, *mutation_log.ROWS, *mutation_tile.ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_mutant_is_accepted_and_each_check_refuses_a_thousand(row: Row) -> None:
    mutation.hold(row, seed=20_261_123)


def test_no_other_spelling_of_a_path_is_accepted() -> None:
    row = mutation_tile.PATH_ROW
    tally = mutation.run(row, seed=20_261_123)
    print(mutation.report(row, tally))  # noqa: T201 (the counts are asked for)
    assert not tally.accepted
    assert all(tally.refused[step] >= mutation.ENOUGH for step in row.steps)


ELSEWHERE = {
    "audit.1": "a file that changes between two reads (test_trust_tile)",
    "bundle.2": "an entry too long to be written (test_trust_tile)",
    "checkpoint.5": "a root of another length has another base64 first; the constructor alone",
    "cosignature.1": "a key of the caller's (test_trust_cosignature)",
    "vkey.2": "a key and a type of the caller's (test_trust_note)",
    "policy.2": "named for the reader: the checks are `cosignature.*`",
}
"""Checks that no bytes from outside reach by this room's readers."""


def test_every_numbered_check_of_the_log_is_in_the_table() -> None:
    room = Path(tree.__file__).parent
    ours = ("note", "checkpoint", "cosignature", "witness", "tile", "tree", "proof", "policy", "fork")
    raised = set()
    for name in ours:
        text = (room / f"{name}.py").read_text(encoding="utf-8")
        misuse = set(re.findall(r'Misuse\(\s*"([a-z]+\.\d+)"', text))
        raised |= set(re.findall(r'"([a-z]+\.\d+)"', text)) - misuse
    rows = (*ROWS, mutation_tile.PATH_ROW)
    covered = {step for row in rows for step in row.steps}
    assert raised - covered - ELSEWHERE.keys() == set()
    assert not covered & ELSEWHERE.keys()
