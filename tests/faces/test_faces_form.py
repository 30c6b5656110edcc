"""A form takes what fits its field and asks again for what does not, in the words of the pillar."""

from collections.abc import Callable

import pytest

from detente.accord.edition import filled
from detente.accord.field import Field, fields
from detente.faces import pillars
from detente.faces.form import Form, Unfit, read
from detente.faces.speech import Voice

REPORT = {
    "near_miss": "y",
    "harm": "0",
    "potential": "4",
    "control": "",
    "spread": "4",
    "layers": "9, no",
    "repeat": "n",
    "ongoing": "否",
    "techniques": "AML.T0055, AML.T0010.001",
    "domain": "cyber",
    "system_class": "1",
    "internal_use": "",
    "clock_start": "awareness",
    "month": "2025-07",
}


def person(form: Form, answers: dict[str, str], asked: list[str]) -> Callable[[str], str]:
    """Somebody who answers by the field that a question is about, and mends the one wrong answer."""
    questions = {form.label(one): one.name for one in _fields(form)}

    def answer(question: str) -> str:
        asked.append(question)
        name = next(
            (
                questions[text]
                for text in sorted(questions, key=len, reverse=True)
                if question.startswith(text)
            ),
            "",
        )
        given = answers.get(name, "")
        answers[name] = given.partition(", no")[2] or ("0" if ", no" in given else given)
        return given

    return answer


def _fields(form: Form) -> tuple[Field, ...]:
    return fields(form.edition.pillar.kinds[form.short].open)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_can_be_filled_in_by_answering(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    form = Form(pillars.editions()["incidents"], "report", Voice(language))  # type: ignore[arg-type]  # a parameter
    asked: list[str] = []
    result = form.fill(person(form, dict(REPORT), asked))
    report = filled(result.open, form.edition.pillar.kinds["report"].open, "test.1")
    assert report.layers == 0  # type: ignore[attr-defined]  # the pillar's own struct
    assert report.techniques == ("AML.T0010.001", "AML.T0055")  # type: ignore[attr-defined]
    assert report.control is None  # type: ignore[attr-defined]
    assert result.sealed == {}
    assert "0 … 4" in capsys.readouterr().err
    assert len([q for q in asked if "剩余" in q or "Independent" in q or "layers" in q]) == 2


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        (Field(name="a", type="int", low=0, high=4), "5"),
        (Field(name="a", type="int", low=0, high=4), "many"),
        (Field(name="a", type="int", low=0, high=4), ""),
        (Field(name="a", type="bool"), "perhaps"),
        (Field(name="a", type="enum", values=("x", "y")), "3"),
        (Field(name="a", type="enum", values=("x", "y")), "z"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(field: Field, answer: str) -> None:
    with pytest.raises(Unfit):
        read(field, answer)


def test_an_enumeration_takes_its_value_or_its_number() -> None:
    field = Field(name="a", type="enum", values=("x", "y"))
    assert read(field, "2") == read(field, "y") == "y"


def test_an_empty_answer_is_unknown_only_where_the_field_may_be() -> None:
    assert read(Field(name="a", type="int", low=0, high=4, nullable=True), " ") is None
