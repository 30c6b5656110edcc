"""An officer who is asked to sign an accord reads all of it: each clause with its rule, and each bound."""

import msgspec
import pytest

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import founding, statement, template, tenor
from detente.faces.speech import Text


@pytest.fixture(scope="module", params=["starter", "bilateral", "network"])
def accord(request: pytest.FixtureRequest) -> Accord:
    return founding.provisional(template.text(request.param))


def _lines(accord: Accord) -> dict[str, Text]:
    """Clause to the line that tells it."""
    told = {one.en.split(":")[0].split()[-1]: one for one in tenor.lines(accord) if one.en.startswith("  ")}
    return {one.id: told[one.id] for one in (*accord.duties, *accord.release, *accord.triggers)}


def test_every_field_of_every_clause_is_told_in_both_languages(accord: Accord) -> None:
    lines = _lines(accord)
    for clause in (*accord.duties, *accord.release, *accord.triggers):
        said = msgspec.to_builtins(clause)
        said |= {"owes": ""} if said.get("owes") in tenor.OWES else {}
        said |= {"by": ""} if "by" in said else {}
        values = [one for value in said.values() for one in _leaves(value)]
        for language in (0, 1):
            assert [one for one in values if one not in lines[clause.id][language]] == []


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [one for pair in value.items() for one in pair]
    if isinstance(value, list | tuple):
        return [*value]
    return [] if value is None else [str(value)]


def test_two_accords_that_differ_in_one_bound_are_told_differently(accord: Accord) -> None:
    """Whatever is changed below the clauses shows."""
    said = [*tenor.lines(accord)]
    replace = msgspec.structs.replace
    others = (
        replace(accord, time=replace(accord.time, reading="PT3H")),
        replace(accord, outflow=replace(accord.outflow, per={"cn": 7})),
        replace(accord, witness=replace(accord.witness, always=())),
        replace(accord, dispute=replace(accord.dispute, talk="P3D")),
        replace(accord, withdrawal=replace(accord.withdrawal, disposal="P9D")),
        replace(accord, prevails="zh"),
    )
    for other in others:
        assert [*tenor.lines(other)] != said


def test_what_is_signed_is_told_by_its_tenor(accord: Accord) -> None:
    told = statement.read(document.dump(accord))
    assert told.kind == "accord"
    signed = document.parse(document.dump(accord))
    assert told.lines == tuple(tenor.lines(signed))
    assert not [one for one in told.lines if "('" in one.en or "('" in one.zh], "no value of a program"
