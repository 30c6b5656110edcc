"""What an empty open field says: a use that was left out is not stated; nobody calls that unknown."""

import pytest

from detente.accord.field import fields
from detente.faces import blank, pillars, telegram
from detente.faces.cli import main
from detente.faces.desk.tongue import Tongue
from detente.faces.form import Form
from detente.faces.speech import Text, Voice

REPORT, CLOSE = "incidents.report", "incidents.close"


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (REPORT, "use", Text("not stated", "未填写")),
        (CLOSE, "successors", Text("not stated", "未填写")),
        (CLOSE, "duplicate_of", Text("none", "无")),
        (REPORT, "harm", Text("unknown", "未知")),
        (REPORT, "nothing_of_the_kind", Text("unknown", "未知")),
    ],
)
def test_an_empty_field_says_what_is_so(kind: str, name: str, said: Text) -> None:
    edition = pillars.editions()["incidents"]
    assert blank.named(edition, kind, name) == said
    assert telegram.value_word(edition, kind, name, None) == said
    assert Tongue("en").value(kind, name, None) == said.en
    assert Tongue("zh").value(kind, name, None) == said.zh


def test_a_pillar_that_is_not_installed_knows_nothing_of_its_fields() -> None:
    assert blank.named(None, "strange.thing", "use") == blank.UNKNOWN


def test_the_question_for_a_use_does_not_ask_for_what_is_unknown() -> None:
    edition = pillars.editions()["incidents"]
    form = Form(edition, "report", Voice("both"))
    asked = {
        one.name: form.question(one).splitlines()[0] for one in fields(edition.pillar.kinds["report"].open)
    }
    assert "empty: not stated" in asked["use"]
    assert "留空表示未填写" in asked["use"]
    assert "empty: unknown" in asked["harm"]


def test_the_list_of_a_pillars_fields_says_which_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--lang", "zh", "pillars", "incidents"])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("use:")]
    assert lines
    assert all("或未填写" in line and "未知" not in line for line in lines)
