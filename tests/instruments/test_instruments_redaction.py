"""Redaction: names go wherever they stand, pseudonyms hold within a thread and not beyond an audience."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.instruments import crowd
from detente.instruments.pseudonym import Pseudonyms
from detente.instruments.redaction import Mark, left, redact

OURS = Pseudonyms(b"1" * 32, "accord")
PERSON = Mark(name="Wang Wei", sort="person", treatment="pseudonym")
CHINESE = Mark(name="王伟", sort="person", treatment="pseudonym", same_as="Wang Wei")


def test_one_person_has_one_pseudonym_in_both_languages_and_all_spellings() -> None:
    en = redact("wang-wei saw it; WANG WEI said so.", "en", [PERSON, CHINESE], OURS).text
    zh = redact("王伟看到了。王 伟这样说。", "zh", [PERSON, CHINESE], OURS).text
    code = OURS.of("person", "Wang Wei").en.split()[1].rstrip("]")
    assert en == f"[Person {code}] saw it; [Person {code}] said so."
    assert zh == f"〔人员 {code}〕看到了。〔人员 {code}〕这样说。"


def test_another_audience_or_thread_has_another_pseudonym() -> None:
    others = (Pseudonyms(b"1" * 32, "public"), Pseudonyms(b"2" * 32, "accord"))
    assert len({one.of("person", "Wang Wei") for one in (OURS, *others)}) == 3


def test_who_is_not_said_to_be_the_same_is_not_made_the_same() -> None:
    apart = Mark(name="王伟", sort="person", treatment="pseudonym")
    codes = {redact(text, "en", [PERSON, apart], OURS).text for text in ("王伟", "Wang Wei")}
    assert len(codes) == 2


@pytest.mark.parametrize(
    ("name", "sort", "en", "zh"),
    [
        ("2025年5月3日", "date", "May 2025", "2025年5月"),
        ("3 May 2025", "date", "May 2025", "2025年5月"),
        ("2025-05-03T10:00", "date", "May 2025", "2025年5月"),
        ("5月3日", "date", "[date withheld]", "〔日期：不予公开〕"),
        ("上海市", "place", "Eastern Asia", "东亚"),
        ("palo alto", "place", "Northern America", "美洲北部"),
        ("Nowhere", "place", "[place withheld]", "〔地点：不予公开〕"),
    ],
)
def test_dates_become_months_and_places_regions_and_the_rest_is_withheld(
    name: str, sort: str, en: str, zh: str
) -> None:
    mark = Mark(name=name, sort="date" if sort == "date" else "place", treatment="coarse")
    assert redact(f"<{name}>", "en", [mark], OURS).text == f"<{en}>"
    assert redact(f"<{name}>", "zh", [mark], OURS).text == f"<{zh}>"


def test_withheld_is_told_from_unknown() -> None:
    held = Mark(name="Ada", sort="person", treatment="withhold")
    gone = Mark(name="Bob", sort="person", treatment="unknown")
    assert redact("Ada, Bob", "en", [held, gone], OURS).text == "[person withheld], [unknown]"
    assert redact("Ada、Bob", "zh", [held, gone], OURS).text == "〔人员：不予公开〕、〔不详〕"


def test_of_two_names_that_overlap_nothing_is_left() -> None:
    marks = [
        Mark(name=one, sort="organisation", treatment="withhold")
        for one in ("Acme Labs", "Labs Europe", "Acme")
    ]
    found = redact("Acme Labs Europe and Acme", "en", marks, OURS)
    assert left([found.text], marks) == ()
    assert "Europe" not in found.text


def test_a_name_in_its_own_token_is_reported() -> None:
    mark = Mark(name="person", sort="person", treatment="pseudonym")
    assert left([redact("a person", "en", [mark], OURS).text], [mark]) == ("person",)


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_no_text_keeps_a_marked_name_but_in_a_token(text: str, names: list[str]) -> None:
    marks = [Mark(name=one, sort="person", treatment="unknown") for one in names]
    found = redact(text, "zh", marks, OURS)
    kept = "\n".join(found.text.split("〔不详〕"))
    assert left(kept.split("\n"), marks) == ()
    restored, at = "", 0
    for one in found.changes:
        assert text[one.start : one.end] == one.before
        restored += text[at : one.start] + one.after
        at = one.end
    assert restored + text[at:] == found.text


CORPUS = [
    {"month": "2026-01", "domain": "bio"},
    {"month": "2026-01", "domain": "cyber"},
    {"month": None, "domain": "bio"},
    {"month": "2026-02", "domain": "other"},
]


def test_a_crowd_is_counted_as_exact_and_as_possible() -> None:
    found = crowd.estimate({"month": "2026-01", "domain": "bio"}, CORPUS, ("month", "domain"))
    assert (found.of, found.exact, found.possible) == (4, 2, 3)
    assert found.without == {"month": 3, "domain": 4}
    assert found.few
    assert crowd.estimate({}, CORPUS * 3, ("month",)).possible == 13


def test_an_empty_house_is_no_crowd() -> None:
    assert crowd.estimate({"month": "2026-01"}, [], ("month",)).possible == 1


def test_a_copy_that_retells_a_public_record_is_named() -> None:
    public = {
        "a": "A chatbot promised a refund that its airline did not have to give, and a court said so.",
        "b": "x" * 90,
    }
    text = "We saw that a chatbot promised a refund that its airline did not have to give. [Organisation X]"
    assert list(crowd.near(text, public)) == ["a"]
    assert crowd.near("", public) == {}


def test_codes_collide_no_more_than_chance() -> None:
    codes = Counter(OURS.of("person", f"name {number}").en for number in range(3000))
    assert max(codes.values()) == 1
