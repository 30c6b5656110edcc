"""Suggestions: what is seen in both languages, what checksums rule out, and that they only suggest."""

import pytest

from detente.instruments import pattern
from detente.instruments.spelling import find
from detente.instruments.spotting import spot
from detente.instruments.suggestion import SORTS

ENGLISH = (
    "On 3 May 2025 Dr. Jane Miller of Acme Robotics Inc. in Palo Alto told engineer Sam Lee (sam.lee@"
    "acme.example, +1 650-555-0100) that GPT-4o mini leaked the key AKIAABCDEFGHIJKLMNOP from 10.1.2.3. The "
    "University of Oxford confirmed that version 2.3.1 was affected (CVE-2024-12345)."
)
CHINESE = (
    "2025年5月3日，北京星河智能科技有限公司工程师王小明发现通义千问2.5在上海市某医院输出患者身份证号11010519491231002X。"
    "联系人：李雷，电话13812345678，微信号 abc_12345。清华大学人工智能研究院张伟教授表示，密码是 abc12345。"
)


def told(text: str) -> set[tuple[str, str]]:
    return {(one.sort, one.text) for one in spot(text)}


def test_english_is_seen() -> None:
    assert told(ENGLISH) == {
        ("date", "3 May 2025"),
        ("person", "Jane Miller"),
        ("organisation", "Acme Robotics Inc."),
        ("place", "Palo Alto"),
        ("person", "Sam Lee"),
        ("contact", "sam.lee@acme.example"),
        ("contact", "+1 650-555-0100"),
        ("model", "GPT-4o mini"),
        ("secret", "AKIAABCDEFGHIJKLMNOP"),
        ("contact", "10.1.2.3"),
        ("organisation", "University of Oxford"),
        ("version", "version 2.3.1"),
        ("identifier", "CVE-2024-12345"),
    }


def test_chinese_is_seen() -> None:
    assert told(CHINESE) == {
        ("date", "2025年5月3日"),
        ("organisation", "北京星河智能科技有限公司"),
        ("person", "王小明"),
        ("model", "通义千问2.5"),
        ("place", "上海市"),
        ("identifier", "11010519491231002X"),
        ("person", "李雷"),
        ("contact", "13812345678"),
        ("contact", "微信号 abc_12345"),
        ("organisation", "清华大学人工智能研究院"),
        ("person", "张伟"),
        ("secret", "密码是 abc12345"),
    }


@pytest.mark.parametrize(
    ("holds", "right", "wrong"),
    [
        (pattern.identity, "11010519491231002X", "110105194912310021"),
        (pattern.credit, "91350100M000100Y43", "91350100M000100Y44"),
        (pattern.luhn, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (pattern.iban, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
    ],
)
def test_a_number_with_a_wrong_check_digit_is_none(holds: "object", right: str, wrong: str) -> None:
    assert callable(holds)
    assert holds(right)
    assert not holds(wrong)
    assert not {sort for sort, _ in told(f"x {wrong} y")} & {"identifier"}
    assert ("identifier", right) in told(f"x {right} y")


def test_our_own_digests_and_signatures_are_no_secrets() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert told(f"record {digest}, root sha256:{digest}") == set()


def test_plain_prose_is_left_in_peace() -> None:
    plain = (
        "The system answered a harmful request after it was asked twice, and an operator stopped it in time."
    )
    zh = "该系统在两次追问后回答了有害请求，操作人员及时将其停止，高层已要求整改。"
    assert told(plain) == set()
    assert told(zh) == set()


def test_what_the_report_names_itself_is_suggested_in_any_spelling() -> None:
    found = spot("The lab-seven bot; LAB SEVEN knew.", {"Lab Seven": "organisation"})
    assert [one.text for one in found] == ["lab-seven", "LAB SEVEN"]
    assert {one.why for one in found} == {"field"}


def test_suggestions_do_not_overlap_and_are_the_text_that_they_name() -> None:
    for text in (ENGLISH, CHINESE, ENGLISH + CHINESE):
        last = 0
        for one in spot(text):
            assert one.start >= last
            assert text[one.start : one.end] == one.text
            assert one.sort in SORTS
            last = one.end


@pytest.mark.parametrize(
    ("text", "name", "there"),
    [
        ("we stay here", "Tay", False),
        ("Tay, that bot", "Tay", True),
        ("GPT3 and others", "gpt", True),
        ("pineapples", "Apple", False),
        ("metamicrosoftish", "Microsoft", True),
        ("国王伟大", "王伟", True),
        ("AIR\u200bCANADA", "Air Canada", True),
        ("Ａｉｒ　Ｃａｎａｄａ", "air canada", True),
        ("Pokemon", "Pokémon", True),
        ("anything", "", False),
    ],
)
def test_one_name_in_any_spelling(text: str, name: str, there: bool) -> None:  # noqa: FBT001 (a case of the table)
    assert bool(find(text, name)) == there
