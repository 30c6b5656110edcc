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
    ("text", "address"),
    [
        ("请联系a.b@c.example或致电", "a.b@c.example"),
        ("邮箱：a.b@c.example，或致电", "a.b@c.example"),
        ("（a.b@c.example）", "a.b@c.example"),
        ("「a.b+c@d-e.example」。", "a.b+c@d-e.example"),
        ("请联系ａ．ｂ＠ｃ．ｅｘａｍｐｌｅ或致电", "ａ．ｂ＠ｃ．ｅｘａｍｐｌｅ"),
        ("请写信a@例子.中国或致电", "a@例子.中国"),
        ("张三@例子.中国", "张三@例子.中国"),
        ("a@c.example.请回复", "a@c.example"),
        ("josé@exámple.org", "josé@exámple.org"),
        ("Write to_x@y.example.", "to_x@y.example"),
    ],
)
def test_of_an_address_in_chinese_text_the_address_alone_is_marked(text: str, address: str) -> None:
    assert [one.text for one in spot(text) if one.sort == "contact"] == [address]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("某某科技有限公司", "某某科技有限公司"),
        ("由北京某某科技有限公司提供", "北京某某科技有限公司"),
        ("向某某大学报告", "某某大学"),
        ("在某医院就诊", None),
        ("上海蓝鹭机器人有限公司", "上海蓝鹭机器人有限公司"),
        ("由上海蓝鹭机器人有限公司提供", "上海蓝鹭机器人有限公司"),
        ("由成都蓝鹭机器人有限公司提供", "成都蓝鹭机器人有限公司"),
        ("会上蓝鹭机器人有限公司表示", "蓝鹭机器人有限公司"),
        ("该某某", None),
    ],
)
def test_a_firm_whose_name_is_left_out_is_marked_whole(text: str, name: str | None) -> None:
    assert [one.text for one in spot(text) if one.sort == "organisation"] == ([name] if name else [])


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("用通义千问Qwen2.5-72B测试", ["通义千问", "Qwen2.5-72B"]),
        ("通义千问2.5失效", ["通义千问2.5"]),
        ("Llama 3.1 70B instruct", ["Llama 3.1 70B instruct"]),
        ("Qwendolyn", []),
    ],
)
def test_a_model_is_marked_with_its_size_and_a_chinese_name_may_touch_a_latin_one(
    text: str, models: list[str]
) -> None:
    assert [one.text for one in spot(text) if one.sort == "model"] == models


@pytest.mark.parametrize(
    ("text", "sort", "part"),
    [
        ("访问密钥AKIAABCDEFGHIJKLMNOP泄露", "secret", "AKIAABCDEFGHIJKLMNOP"),
        ("漏洞CVE-2024-12345已修复", "identifier", "CVE-2024-12345"),
        ("请访问https://x.example/a。", "contact", "https://x.example/a"),
        ("电话+1 650-555-0100", "contact", "+1 650-555-0100"),
        ("加微信@abc_1吧", "contact", "@abc_1"),
        ("升级到v2.3后", "version", "v2.3"),
        ("使用OpenAI的接口", "organisation", "OpenAI"),
        ("见Acme Robotics Inc的报告", "organisation", "Acme Robotics Inc"),
        ("由University of Oxford确认", "organisation", "University of Oxford"),
        ("在Shanghai的办公室", "place", "Shanghai"),
        ("据Dr Jane Miller说", "person", "Jane Miller"),
    ],
)
def test_what_touches_chinese_on_both_sides_is_seen(text: str, sort: str, part: str) -> None:
    assert told(text) == {(sort, part)}


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
