"""Accords under mutation: no check gives way, and every numbered check is in the table.

What is played here is a sample: of every check and every sort of fault `SAMPLE` mutants, not a thousand. The
thousand take six minutes, most of it in signing: `./run soak refusals` plays them all.
"""

import re
from pathlib import Path

import mutation
import pytest
from mutation import SAMPLE, Row
from mutation_accord import accord_row
from mutation_signing import later_row, signed_row

from detente.accord import document

ROOM = Path(document.__file__).parent


ROWS = (accord_row(SAMPLE), signed_row(SAMPLE), later_row(SAMPLE))
DOCUMENT, *SIGNINGS = ROWS


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_mutant_of_an_accord_is_accepted_and_each_check_refuses_its_sample(row: Row) -> None:
    mutation.hold(row, seed=20_261_123)


def test_every_numbered_check_of_signing_is_in_the_table() -> None:
    """2 and 4 raise as the document and the charters do: those checks are in the rows by their own names."""
    raised = set(re.findall(r'"(signing\.\d+)"', (ROOM / "signing.py").read_text(encoding="utf-8")))
    assert raised == {step for row in SIGNINGS for step in row.steps if "signing" in step}


def test_every_numbered_check_of_the_document_is_in_the_table() -> None:
    text = "".join((ROOM / f"{name}.py").read_text() for name in ("document", "soundness", "duration"))
    raised = set(re.findall(r'"((?:document|duration)\.\d+)"', text))
    raised |= {f"document.{number}" for number in re.findall(r'_wrong\(\s*source,\s*"(\d+)"', text)}
    assert raised == {step for step in DOCUMENT.steps if step.startswith(("document", "duration"))}
