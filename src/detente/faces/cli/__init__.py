"""The command line: one table of verbs, and the one place that imports a verb's module when it is called.

Imports by name stand here and nowhere else, and only for the sake of starting at once: the help of a program
that shells complete from must not load cryptography (docs/adr/0008). A verb's module has two functions:
`declare(parser)` says its arguments, `run(arguments, voice)` acts and returns an exit code. Every installed
pillar is a verb too: `detente incidents report` tables a record of a kind that this file has never heard of.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

import detente
from detente.faces import exits
from detente.faces.cli import usage
from detente.faces.speech import LANGUAGES, Language, Text, Voice, preferred
from detente.node.errors import DiskFailed
from detente.pillars import __path__ as installed
from detente.trust.errors import DetenteError

ABOUT = Text(
    "Cooperation on AI safety between parties that do not trust each other.",
    "供互不信任的各方在人工智能安全上开展合作。",
)
INTERRUPTED = Text("detente: interrupted.", "detente：已中断。")
EVERYWHERE = Text(
    "Everywhere: --json prints the result as one JSON value; --lang en|zh|both chooses the language.",
    "各命令通用：--json 以一个 JSON 值输出结果；--lang en|zh|both 选择语言。",
)


class Verb(NamedTuple):
    """One verb: where it lives and its line of help in both languages."""

    module: str
    en: str
    zh: str


VERBS: dict[str, Verb] = {
    "init": Verb("init", "make a home for a node, with keys of its own", "建立节点的主目录及其密钥"),
    "officer": Verb(
        "officer",
        "an officer's own keys and signatures, never on a node",
        "官员自己的密钥与签名，从不放在节点上",
    ),
    "keys": Verb(
        "keys", "a party's keys; change or revoke them with its officers", "一方的密钥；经其官员更换或吊销"
    ),
    "tls": Verb(
        "tls",
        "this node's TLS certificate, and those of the others that it pins",
        "本节点的 TLS 证书及其固定的各方证书",
    ),
    "accord": Verb("accord", "check, assemble and install an accord", "检查、汇集并安装协议"),
    "link": Verb(
        "link",
        "where a node reads the others, and where it lets itself be read",
        "节点在何处读取其他各方、在何处供其读取",
    ),
    "serve": Verb("serve", "run a node until it is told to stop", "运行节点，直到要求停止"),
    "desk": Verb("desk", "the node in a browser on this machine", "在本机浏览器中使用节点"),
    "bundle": Verb(
        "bundle", "a tree in one file for a stick, and the guard", "装入单个文件随身携带的日志树及其卡口检查"
    ),
    "status": Verb("status", "what a node has, and what it waits for", "节点拥有什么、等待什么"),
    "doctor": Verb(
        "doctor", "what is wrong with a node's home, and what to do", "节点主目录有何问题，该怎么做"
    ),
    "backup": Verb(
        "backup", "a node's home in one file, while it runs", "在运行中把节点主目录备份为一个文件"
    ),
    "restore": Verb(
        "restore",
        "a new home from a backup; it signs nothing too early",
        "由备份建立新的主目录，且不会过早签名",
    ),
    "channel": Verb(
        "channel",
        "the technical safety channel: what rings, what to say, whom to wake",
        "技术安全通道：有何呼叫、如何措辞、呼叫何人",
    ),
    "respond": Verb(
        "respond",
        "both sides handle an incident: states, requests, indicators, lessons",
        "双方处置事件：状态、请求、威胁指标、经验教训",
    ),
    "playbook": Verb(
        "playbook", "what to do first in an incident, step by step", "事件发生时先做什么：应急预案"
    ),
    "record": Verb(
        "record",
        "show, list or erase records, or preview a release",
        "显示、列出记录，预览开示，或销毁其密封内容",
    ),
    "release": Verb(
        "release",
        "open a record's sealed fields to one party, if the gate allows it",
        "经闸门允许，向一方开示记录的密封字段",
    ),
    "abort": Verb(
        "abort",
        "one officer stops what was laid before them, before it goes",
        "一名官员即可在执行之前中止待签的行为",
    ),
    "card": Verb(
        "card",
        "a safety card: from results, before a release, on paper",
        "安全卡：由结果编制、发布前核对、打印",
    ),
    "statement": Verb("attesting", "what a statement of testing comes to today", "测试声明目前是否有效"),
    "certificate": Verb("attesting", "what a certificate comes to today", "证书目前是否有效"),
    "declaration": Verb("attesting", "what a declaration comes to today", "政策声明目前是否有效"),
    "crosswalk": Verb(
        "crosswalk", "what is mapped between frameworks, and the gaps; OSCAL", "框架之间的对照与空缺；OSCAL"
    ),
    "evaluate": Verb(
        "evaluate",
        "a run before it is made, and what of it can be believed",
        "测试：运行之前的准备与结果的可信核查",
    ),
    "exercise": Verb(
        "exercise", "open an exercise, or stop it with a NO-DUFF", "开始演习，或以 NO-DUFF 中止演习"
    ),
    "standing": Verb("standing", "who has kept to the accord", "谁遵守了协议"),
    "why": Verb(
        "why", "the rule behind an outcome, and what would change it", "结果依据哪条规则，怎样才会改变"
    ),
    "pillars": Verb("pillars", "what is exchanged, and in which words", "交换什么，用什么词"),
    "conformance": Verb(
        "conformance",
        "cases for any implementation, and what this one says",
        "供任何实现对照的用例及本程序的判定",
    ),
    "triage": Verb(
        "triage",
        "a report on its way from intake to a draft that names nobody",
        "报告从受理到去标识化草稿的办理",
    ),
    "facts": Verb(
        "facts", "dated facts with source and confidence, to look up", "查阅带日期、出处和可信度的事实资料"
    ),
    "match": Verb(
        "matching",
        "find with one other party what both hold, and nothing else",
        "与另一方比对双方共有的内容，除此之外互不知晓",
    ),
    "site": Verb(
        "site",
        "the public site of a clearinghouse: counts and closed cases, and their check",
        "信息交换机构的公开网站：统计数字、已结案例及其核对",
    ),
    "taxii": Verb(
        "taxii",
        "what may be shown, to tools that speak TAXII; what they push becomes drafts",
        "向使用 TAXII 的工具提供可显示的内容；其推送内容成为草稿",
    ),
    "log": Verb(
        "log", "export a log as plain files that others' programs read", "把日志导出为他人程序可读的普通文件"
    ),
    "evidence": Verb(
        "evidence", "what was refused, and what of it convinces a stranger", "拒绝了什么，哪些可使第三方信服"
    ),
    "confide": Verb(
        "confide", "report in confidence, and follow the report with its code", "保密报告，并凭跟进码跟进"
    ),
    "intake": Verb(
        "intake", "the confidential desk: its keys, reports and answers", "保密受理处：密钥、报告与答复"
    ),
    "verify": Verb("verify", "check an export, a bundle or a home, off-line", "离线核对导出、包或主目录"),
}


class Module(Protocol):
    """What a verb's module has."""

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments the verb takes."""

    def run(self, arguments: argparse.Namespace, voice: Voice) -> int:
        """Act, and return an exit code."""


def verbs() -> dict[str, Verb]:
    """Return every verb: those of the table, and one for each installed pillar."""
    # `pkgutil` would say the same, and loads `inspect`: a third of the time of a help page.
    rows = (row for path in installed for row in os.scandir(path))
    found = {row.name for row in rows if Path(row.path, "__init__.py").exists()}
    tabling = {
        name: Verb("tabling", f"table a record of the pillar {name}", f"提交 {name} 类的记录")
        for name in sorted(found)
    }
    return VERBS | tabling


def parser(language: Language, called: str | None = None) -> argparse.ArgumentParser:
    """Return the parser, with the arguments of one verb filled in."""
    voice = Voice(language)
    top = usage.speaking(language)(
        "detente", description=voice.choose(ABOUT), epilog=voice.choose(EVERYWHERE)
    )
    top.add_argument(
        "--version",
        action="version",
        version=detente.__version__,
        help="show program's version number and exit",
    )
    groups = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in verbs().items():
        line = voice.choose(Text(verb.en, verb.zh))
        one = groups.add_parser(name, help=line, description=line)
        one.set_defaults(name=name)
        if name == called:
            load(verb).declare(one)
    return top


def load(verb: Verb) -> Module:
    """Import a verb's module."""
    return cast("Module", importlib.import_module(f"{__name__}.{verb.module}"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; refusals become words on stderr and an exit code from the one table."""
    everywhere, words = _everywhere().parse_known_args(argv)
    voice = Voice(everywhere.lang or preferred(), json=everywhere.json)
    called = next((word for word in words if not word.startswith("-")), None)
    arguments = parser(voice.language, called).parse_args(words)
    try:
        code = load(verbs()[arguments.name]).run(arguments, voice)
        if sys.stdout is not None:
            sys.stdout.flush()
    except DetenteError as error:
        voice.refusal(error)
        return exits.of(error).code
    except KeyboardInterrupt:
        voice.note(INTERRUPTED)
        return exits.INTERRUPTED
    except BrokenPipeError:
        _let_go()
        return exits.KEPT
    except OSError as error:
        _let_go()
        refusal = DiskFailed(
            "system.1", f"The system refused: {error}.", "See what it names; then try again."
        )
        voice.refusal(refusal)
        return exits.of(refusal).code
    return code


def _let_go() -> None:
    """Write nothing more to standard output: what is still in its buffer could not be written either."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _everywhere() -> argparse.ArgumentParser:
    """Return the parser of what every verb takes, wherever it stands in the line."""
    every = usage.speaking(preferred())("detente", add_help=False)
    every.add_argument("--json", action="store_true")
    every.add_argument("--lang", choices=LANGUAGES)
    return every
