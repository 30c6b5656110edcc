"""`detente evaluate`: what the person sees of a run before and after it is made."""

import json
from collections.abc import Callable

import pytest

from detente.faces.cli import main

Say = Callable[..., dict[str, object]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def saying(*words: str, code: int = 0) -> dict[str, object]:
        assert main([*words, "--json"]) == code
        said = capsys.readouterr()
        found: dict[str, object] = json.loads(said.err if code > 1 else said.out)
        return found

    return saying


def test_the_size_of_a_run_is_known_before_it_is_made(say: Say) -> None:
    assert say("evaluate", "power", "--line", "100") == {
        "samples": 299,
        "effective": 299,
        "events": 0,
        "power": 10_000,
    }
    twice = say("evaluate", "power", "--line", "100", "--effect", "20000", "--attempts", "2")
    assert twice["samples"] == 2 * 368
    assert say("evaluate", "power", "--line", "100", "--samples", "200", code=1)["events"] == -1
    assert say("evaluate", "power", "--line", "100", "--hoped", "100", code=1) == {"samples": None}
    assert say("evaluate", "power", "--line", "0", code=65)["step"] == "power.1"
