"""The pictures of the machines are those of their tables, in both languages."""

import re
from itertools import product
from pathlib import Path

import pytest

from detente.faces.machine import EVENTS, STATES, TABLES, mermaid

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"<!-- machine: (\S+) -->\n```mermaid\n(.*?)```\n", re.DOTALL)


@pytest.mark.parametrize(("page", "lang"), [("machines.md", "en"), ("machines.zh.md", "zh")])
def test_every_machine_is_drawn_as_its_table_says(page: str, lang: str) -> None:
    drawn = dict(BLOCK.findall((DOCS / page).read_text(encoding="utf-8")))
    assert drawn == {name: mermaid(table, lang) for name, table in TABLES.items()}


def test_every_state_and_event_has_words_in_both_languages_and_no_word_is_idle() -> None:
    rows = [row for table in TABLES.values() for row in table.rows]
    states = {one for table in TABLES.values() for one in table.states}
    assert (states, {row.event for row in rows}) == (set(STATES), set(EVENTS))
    for table, lang in product(TABLES.values(), ("en", "zh")):
        said = [(STATES[one].zh if lang == "zh" else STATES[one].en) for one in table.states]
        assert len(set(said)) == len(said), table.name
