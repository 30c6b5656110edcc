"""The pages about the pillars say what the folders say."""

import re
from pathlib import Path

import pytest

from detente.faces.cli.reference import rewritten
from detente.faces.pillars import editions, names
from detente.faces.speech import Language, Voice

DOCS = Path(__file__).parents[2] / "docs"
PAGES: tuple[tuple[str, Language], ...] = (("pillars.md", "en"), ("pillars.zh.md", "zh"))
each_page = pytest.mark.parametrize(("page", "language"), PAGES)


@each_page
def test_a_page_is_what_the_pillars_say_and_none_is_left_out(page: str, language: Language) -> None:
    said = (DOCS / page).read_text(encoding="utf-8")
    remake = "remake it: python -m detente.faces.cli.reference docs/pillars.md docs/pillars.zh.md"
    assert rewritten(said, Voice(language)) == said, remake
    marks = re.findall(r"^<!-- (/?)([a-z]+) -->$", said, re.MULTILINE)
    assert sorted(marks) == sorted((end, name) for name in names() for end in ("", "/"))


@each_page
def test_what_somebody_wrote_over_is_made_again(page: str, language: Language) -> None:
    said = (DOCS / page).read_text(encoding="utf-8")
    assert rewritten(re.sub(r"`[a-z_]+`", "`x`", said), Voice(language)).count("`open_weights`") >= 1


@each_page
def test_every_kind_field_and_refusal_is_on_the_page(page: str, language: Language) -> None:
    said = (DOCS / page).read_text(encoding="utf-8")
    for name, edition in editions().items():
        part = said[said.index(f"<!-- {name} -->") : said.index(f"<!-- /{name} -->")]
        paths = {path for spec in edition.pillar.kinds.values() for path in spec.paths}
        for word in (*edition.words.refusals, *paths, *edition.words.fields):
            assert f"| `{word}` |" in part, (name, word, language)
        assert all(f"`{name}.{short}`" in part for short in edition.pillar.kinds)
