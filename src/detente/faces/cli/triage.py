"""`detente triage`: a report on its way from intake to a draft that names nobody.

    take, show, accept, reject, mark, field, state      what it says, and what has to go
    copy, submit, confirm, back                         what would change hands; two people
    preview, object, waive, answer                      the laboratory's time
    rate, find, advice                                  the axes, by two people; what other scales say
    return, resume, decline, draft                      where it goes
    person, list, handover, takeover                    the roll, the work list, the shift

Detectors suggest; a person accepts. Where an act needs a person's signature, the first call writes the file
that they sign (`detente officer sign --as act`), the second takes `--approval`. Drafts are tabled as any
draft.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

from detente.faces.cli import grading, readying, shifting
from detente.faces.cli.desking import desk
from detente.faces.cli.place import declare_home
from detente.faces.cli.usage import worded
from detente.faces.speech import Text, Voice
from detente.instruments.suggestion import SORTS


class Word(NamedTuple):
    """One argument: its flag or name, and what it is, in both languages."""

    name: str
    text: Text
    many: str = ""


CASE = Word("case", Text("a case, or the beginning of its name", "工单编号或其开头"))
BY = Word("--by", Text("who does it, by the name on the roll", "由谁办理（名册上的姓名）"))
WHY = Word("--why", Text("the reason, in words", "理由"))
SIGN = (
    Word("--file", Text("where to write what the person signs", "待签文件写入何处")),
    Word("--approval", Text("the person's signature; records the act", "该人员的签名；据此登记")),
)
KEYS = (
    Word(
        "--key",
        Text(
            "an intake officer's keys, for a report that came in confidence",
            "受理官员的密钥文件（保密报告须提供）",
        ),
    ),
    Word(
        "--passphrase-fd",
        Text("read their passphrase from this descriptor", "从此文件描述符读取其口令"),
    ),
)
AUDIENCE = Word("--audience", Text("for whom the pseudonyms hold (accord)", "化名对谁有效（默认 accord）"))
FILES = frozenset({"--file", "--approval", "--key", "keys"})
FILES_OF = frozenset({("preview", "--to"), ("object", "text")})
"""Words that name a file; the others are words."""

ACTS: dict[str, tuple[Text, tuple[Word, ...]]] = {
    "person": (
        Text("put a person on the roll, or their new keys", "将人员或其新密钥列入名册"),
        (Word("keys", Text("what `detente officer new` printed", "detente officer new 输出的公钥文件")), BY),
    ),
    "take": (
        Text(
            "take in a draft, a confidential report, or a report from a file",
            "接收草稿、保密报告或文件中的报告",
        ),
        (
            Word(
                "--report",
                Text("number of a report at the confidential desk here", "本处保密受理处的报告编号"),
            ),
            *KEYS,
            Word(
                "--draft",
                Text("name, source or id of a draft of this home", "本主目录中草稿的名称、来源或编号"),
            ),
            Word(
                "--file",
                Text(
                    "JSON of a draft, or a confidential report as an officer read it",
                    "草稿 JSON，或受理官员读出的保密报告",
                ),
            ),
            Word(
                "--with",
                Text("a case of the same thread, to share its pseudonyms", "同一线索的工单，共用化名"),
            ),
            BY,
        ),
    ),
    "list": (
        Text("the work list: what is open, and what each waits for", "工作清单：未结工单及其等待事项"),
        (),
    ),
    "show": (
        Text("a case: texts, suggestions, marks, ratings, state", "查看工单：文本、提示、标记、评级与状态"),
        (CASE,),
    ),
    "accept": (
        Text("accept suggestions by their numbers", "按序号采纳提示"),
        (
            CASE,
            Word("numbers", Text("such as 1 3-5, or all", "如 1 3-5，或 all"), "+"),
            Word(
                "--as",
                Text("pseudonym, coarse, withhold or unknown", "pseudonym、coarse、withhold 或 unknown"),
            ),
            Word(
                "--same-as",
                Text("the marked name that it is another name of", "与哪个已标记的名称为同一对象"),
            ),
            BY,
        ),
    ),
    "reject": (
        Text(
            "reject suggestions by their numbers, or take back a mark by its name",
            "按序号否定提示，或按名称撤销标记",
        ),
        (CASE, Word("numbers", Text("numbers, or a marked name", "序号或已标记的名称"), "+"), BY),
    ),
    "mark": (
        Text("mark a name that no detector saw", "标记未被提示的名称"),
        (
            CASE,
            Word("text", Text("the name, in one spelling", "名称（任一写法）")),
            Word("--sort", Text(f"one of {', '.join(SORTS)}", f"类别：{'、'.join(SORTS)}")),
            Word(
                "--as",
                Text("pseudonym, coarse, withhold or unknown", "pseudonym、coarse、withhold 或 unknown"),
            ),
            Word(
                "--same-as",
                Text("the marked name that it is another name of", "与哪个已标记的名称为同一对象"),
            ),
            BY,
        ),
    ),
    "field": (
        Text("keep or withhold a whole field, or say that it is unknown", "整项保留、不予公开或标为不详"),
        (
            CASE,
            Word("path", Text("of a sealed field", "密封字段")),
            Word("how", Text("keep, withhold or unknown", "keep、withhold 或 unknown")),
            BY,
        ),
    ),
    "state": (
        Text("state fields of the report", "填写报告字段"),
        (
            CASE,
            Word(
                "values",
                Text(
                    "FIELD=VALUE; title.en=… and title.zh=… are the two languages",
                    "字段=值；title.en=… 与 title.zh=… 为两种语言",
                ),
                "+",
            ),
            BY,
        ),
    ),
    "copy": (
        Text(
            "exactly what would change hands, before and after, and among how many it hides",
            "将交出的确切内容（前后对照）及可识别性估计",
        ),
        (CASE, AUDIENCE),
    ),
    "submit": (
        Text("submit the copy for a second reader; signed", "提交副本供复核；须签名"),
        (CASE, AUDIENCE, *SIGN),
    ),
    "confirm": (
        Text("confirm the submitted copy as another person; signed", "由另一人确认所提交的副本；须签名"),
        (CASE, *SIGN),
    ),
    "back": (Text("send a copy back to work", "退回副本重做"), (CASE, WHY, BY)),
    "preview": (
        Text("write the copy for a laboratory, and start its time to object", "为实验室写出副本并开始异议期"),
        (
            CASE,
            Word("lab", Text("which laboratory", "实验室")),
            Word("--hours", Text("how long it may object (72)", "异议期时长，小时（默认 72）")),
            Word("--to", Text("a new file for it", "写入的新文件")),
            BY,
        ),
    ),
    "object": (
        Text("keep a laboratory's objection", "登记实验室的异议"),
        (
            CASE,
            Word("lab", Text("which laboratory", "实验室")),
            Word("text", Text("a file with its words", "异议原文文件")),
            BY,
        ),
    ),
    "waive": (
        Text("record that a laboratory does not object", "登记实验室无异议"),
        (CASE, Word("lab", Text("which laboratory", "实验室")), BY),
    ),
    "answer": (
        Text("answer an objection by its number", "按序号答复异议"),
        (CASE, Word("number", Text("of the objection", "异议序号")), WHY, BY),
    ),
    "rate": (
        Text("rate the axes, without seeing the other's; signed", "在不见他人评级的情况下评定各轴；须签名"),
        (CASE, Word("values", Text("AXIS=VALUE, or AXIS=unknown", "轴=值，或 轴=unknown"), "*"), WHY, *SIGN),
    ),
    "find": (
        Text(
            "settle what two people rated differently; signed by a third", "对分歧评级作出认定；由第三人签名"
        ),
        (CASE, Word("values", Text("AXIS=VALUE, or AXIS=unknown", "轴=值，或 轴=unknown"), "*"), WHY, *SIGN),
    ),
    "advice": (
        Text(
            "what other scales call it, and which domestic clocks may run",
            "其他分级的对应称谓及可能适用的国内时限",
        ),
        (
            CASE,
            Word(
                "--since",
                Text(
                    "when the clocks' event was, such as 2026-11-26T03:00Z",
                    "时限起算时刻，如 2026-11-26T03:00Z",
                ),
            ),
            Word("--as-of", Text("on which day it is asked (today)", "按哪一天查询（默认今天）")),
        ),
    ),
    "return": (Text("return to the reporter with a question", "退回报告人并提问"), (CASE, WHY, *KEYS, BY)),
    "resume": (Text("go on with what the reporter answered", "收到答复后继续办理"), (CASE, WHY, BY)),
    "decline": (
        Text("decline cases with one reason, all or none", "以同一理由不予受理，全部或全不"),
        (
            Word("cases", Text("which cases", "工单"), "+"),
            Word(
                "--reason",
                Text(
                    "out-of-scope, duplicate, no-incident, cannot-take or unusable",
                    "out-of-scope、duplicate、no-incident、cannot-take 或 unusable",
                ),
            ),
            WHY,
            *KEYS,
            BY,
        ),
    ),
    "draft": (
        Text("make the confirmed copy a draft of this home", "将已确认的副本转为本主目录的草稿"),
        (CASE, BY),
    ),
    "handover": (
        Text("name what is open to who comes next; signed", "向接班人交代未结事项；须签名"),
        (Word("--to", Text("who takes over", "接班人")), WHY, *SIGN),
    ),
    "takeover": (Text("take over what was named; signed by who was named", "接班；由被指定者签名"), SIGN),
}

RUNS = {
    **dict.fromkeys(("person", "take", "list", "show", "accept", "reject", "mark", "field", "state"), desk),
    **dict.fromkeys(("copy", "submit", "confirm", "back", "draft"), readying.run),
    **dict.fromkeys(("preview", "object", "waive", "answer"), readying.run),
    **dict.fromkeys(("rate", "find", "advice"), grading.run),
    **dict.fromkeys(("return", "resume", "decline", "handover", "takeover"), shifting.run),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """Each act, with its words."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for name, (text, words) in ACTS.items():
        one = acts.add_parser(name, help=worded(parser, text))
        for word in words:
            said = worded(one, word.text)
            if word.many:
                one.add_argument(word.name, nargs=word.many, help=said)
            elif word.name in FILES or (name, word.name) in FILES_OF:
                metavar = "FILE" if word.name.startswith("-") else None
                one.add_argument(word.name, type=Path, metavar=metavar, help=said)
            else:
                one.add_argument(word.name, help=said)
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one act.

    Raises:
        As `Register.do`, `person.who`, and the acts.
    """
    return RUNS[arguments.act](arguments, voice)
