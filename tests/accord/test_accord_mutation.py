"""Accords under mutation: no check gives way, and every numbered check is in the table."""

import re
from pathlib import Path

import mutation
import pytest
from mutation_accord import ACCORD_ROW

from detente.accord import document

ROOM = Path(document.__file__).parent


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_mutant_of_an_accord_is_accepted_and_each_check_refuses_a_thousand() -> None:
    mutation.hold(ACCORD_ROW, seed=20_261_123)


def test_every_numbered_check_of_the_document_is_in_the_table() -> None:
    text = "".join((ROOM / f"{name}.py").read_text() for name in ("document", "soundness", "duration"))
    raised = set(re.findall(r'"((?:document|duration)\.\d+)"', text))
    raised |= {f"document.{number}" for number in re.findall(r'_wrong\(\s*source,\s*"(\d+)"', text)}
    assert raised == {step for step in ACCORD_ROW.steps if step.startswith(("document", "duration"))}
