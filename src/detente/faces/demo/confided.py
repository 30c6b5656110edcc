"""The report in confidence: sealed at home, read by an officer, and made into a copy that names nobody.

The event is real and public (ShadowRay, CVE-2023-48022). The reporter, the firm and every name in the report
are played: `张三` and `某某` are what Chinese says for nobody in particular.
"""

import json
from pathlib import Path
from shlex import quote
from typing import Any

from msgspec import Struct

from detente.faces.demo.checked import check
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage
from detente.faces.speech import Text
from detente.node import durable

DESK, WORD = "cn", "a kettle, two herons, rain\n"
NAMES = ("张三", "某某智算", "杭州", "zhangsan@mail.example", "13812345678", "3月28日")
TITLE = "训练集群的作业接口无须登录即可使用，已被人利用"
ACCOUNT = (
    "2024年3月28日，杭州某某智算科技有限公司的工程师张三发现，公司的训练集群在互联网上无须登录即可提交作业，"
    "已有人借此盗用算力、读取密钥（CVE-2023-48022）。联系邮箱：zhangsan@mail.example，电话：13812345678。\n"
)
IDENTITY = "张三\n"
STATED = (
    "title.en=Jobs could be sent to a training cluster without a login, and were [demonstration]",
    "title.zh=训练集群的作业接口无须登录即可使用，已被人利用〔演示〕",
    "summary.en=Anybody on the internet could send jobs to the cluster, and somebody did (CVE-2023-48022).",
    "pattern.en=Jobs of unknown origin; keys used from elsewhere.",
    "pattern.zh=来历不明的作业；密钥在别处被使用。",
    "mitigation.en=Keep the job interface off the internet, and put a login in front of it.",
    "mitigation.zh=作业接口不得暴露于互联网，并须前置身份验证。",
    "domain=cyber",
    "system_class=platform",
    "ongoing=yes",
    "month=2024-03",
    "clock_start=discovery",
    "internal_use=no",
    "techniques=AML.T0049",
)
AXES = ("near_miss=no", "potential=5", "control=1", "spread=3", "layers=0", "repeat=yes")
FIRM, PUBLIC = "某某智算科技有限公司", "CVE-2023-48022"
FIRST, SECOND, THIRD = "desk-1", "desk-2", "desk-3"
LABORATORY = "laboratory"


class Confided(Struct, frozen=True):
    """The report, and what the desk of its party makes of it.

    Args:
        hand: who types.
        narrator: who tells it.
        stage: where the desk runs.
    """

    hand: Hand
    narrator: Narrator
    stage: Stage

    def report(self) -> tuple[str, dict[str, object]]:
        """Somebody reports in Chinese, sealed at home; a stamped receipt and a code come back."""
        texts = {"word": WORD, "names": "\n".join(NAMES), "account": ACCOUNT, "identity": IDENTITY}
        for name, text in texts.items():
            durable.write(self._at(name), text.encode())
        url = self._desk()
        card, receipt = self._at("reporter-card"), self._at("receipt")
        self.hand.show("confide", "card", url, "--to", str(card))
        account, identity = str(self._at("account")), str(self._at("identity"))
        words = ("--title", TITLE, "--account", account, "--ongoing", "yes", "--identity", identity)
        to = ("--screened", "none", "--to", url, "--receipt", str(receipt))
        said = self.hand.ask("confide", "report", "--card", str(card), *words, *to)
        durable.write(self._at("code"), f"{said['code']}\n".encode())
        self.narrator.tell(
            "the report was sealed on the reporter's machine; back came a stamped receipt and a code",
            "报告在报告人自己的设备上密封；取回盖有印鉴的回执与查询码",
        )
        checked = check(
            self.narrator,
            f"detente confide check {quote(str(receipt))} --card {quote(str(card))}"
            f" --lang {self.narrator.voice.language}"
            f" && {self.searched(str(self.hand.folder / DESK / 'confidence'))}"
            f" && ! gzip -c {quote(str(self._at('account')))} | base64 | {self.searched('-')}",
            Text(
                "the desk is bound by a receipt; no name of the report can be read in what it keeps, and the"
                " same search finds them all in what the reporter wrote, packed and in base64.",
                "受理处已出具回执，不得否认；其保存的任何文件中均读不到报告所涉名称，"
                "而同一检索在报告人的原文中全部查到，即使经压缩并转为 base64。",
            ),
            Text("that the officer who opens it keeps silent.", "开启报告的官员会保守秘密。"),
        )
        return url, {"receipt": said["letter"], "check": checked, "held": checked.holds}

    def triage(self) -> tuple[str, dict[str, object]]:
        """Two people make a copy that names nobody; two rate it, and a third settles what they differ on."""
        for name in (FIRST, SECOND, THIRD):
            self._person(name)
        by = ("--by", FIRST)
        key = ("--key", str(self._at("duty-1.key")), "--passphrase-fd")
        take = ("triage", "take", *self._home, *by, "--report", "1", *key)
        taken = self.hand.ask(*take, secret=self._at("word"))
        case = str(taken["case"]["name"])
        found = [str(one["name"]) for one in taken["suggestions"]]
        self.narrator.tell(
            f"detectors suggest {len(found)}: {', '.join(found)}; nothing is removed before a person accepts",
            f"检测器提示 {len(found)} 处：{'、'.join(found)}；未经人员采纳不作任何删改",
        )
        self._marked(case, found)
        self.hand.ask("triage", "state", *self._home, *by, case, *STATED)
        disputed = self._rate(case)
        self.hand.ask("triage", "state", *self._home, *by, case, *self._found(case))
        self.hand.show("triage", "copy", *self._home, case)
        self._signed(FIRST, "submit", case)
        own = self._own_reader(case)
        self._signed(SECOND, "confirm", case)
        shown = self._at("preview.json")
        self.hand.ask("triage", "preview", *self._home, *by, case, LABORATORY, "--to", str(shown))
        self.hand.ask("triage", "waive", *self._home, *by, case, LABORATORY)
        draft = str(self.hand.ask("triage", "draft", *self._home, *by, case)["note"])
        self.narrator.tell(
            f"a second reader confirmed, the laboratory (played) did not object: draft {draft[:12]}",
            f"经第二人复核，实验室（演示）无异议：草稿 {draft[:12]}",
        )
        checked = check(
            self.narrator,
            f"detente incidents draft show {draft} --json --home {quote(str(self.hand.folder))}/{DESK}"
            f" | {self.searched('-', str(shown))}",
            Text(
                "neither the draft nor what the laboratory was shown has a name that was to be removed.",
                "草稿与送实验室预览的副本中均不含应删除的名称。",
            ),
            Text("that nobody can guess whom it is about.", "无人能够推知所涉何人。"),
        )
        held = checked.holds and own == "case.3" and disputed == ["harm"]
        return draft, {
            "suggested": found,
            "disputed": disputed,
            "second_reader": own,
            "check": checked,
            "held": held,
        }

    def searched(self, *places: str) -> str:
        """The command that seeks the names of the report in files."""
        words = (str(self._at("names")), *places, "--lang", self.narrator.voice.language)
        return f"python -m detente.faces.demo.leaks {' '.join(map(quote, words))}"

    @property
    def _home(self) -> tuple[str, str]:
        return self.hand.home(DESK)

    def _desk(self) -> str:
        """The desk: an officer who opens reports, a keeper of identities, their card, and an address."""
        word = self._at("word")
        self.hand.ask("intake", "init", *self._home)
        sides = []
        for name, more in (("duty-1", ()), ("keeper-1", ("--keeper",))):
            to = ("--name", name, "--to", str(self._at(f"{name}.key")), *more, "--passphrase-fd")
            self.hand.ask("intake", "keys", *to, to=self._at(f"{name}.json"), secret=word)
            sides += ["--keeper" if more else "--officer", str(self._at(f"{name}.json"))]
        self.hand.show("intake", "card", *self._home, "--party", DESK, *sides)
        home = str(self.hand.folder / DESK)
        words = ("intake", "serve", "--home", home, "--listen", "127.0.0.1:0", "--until-eof")
        said = json.loads(self.stage.start("intake", "detente", *words))
        return str(said["intake"])

    def _person(self, name: str) -> None:
        """Put a person on the roll of the desk, with keys of their own."""
        key, public = self._at(f"{name}.key"), self._at(f"{name}.pub")
        words = ("--party", DESK, "--holder", name, "--to", str(key), "--passphrase-fd")
        self.hand.ask("officer", "new", *words, to=public, secret=self._at("word"))
        self.hand.ask("triage", "person", *self._home, str(public))

    def _marked(self, case: str, found: list[str]) -> None:
        """A person accepts what names somebody, keeps a public number, and marks what was cut short."""
        by = ("--by", FIRST)
        named = [str(n) for n, one in enumerate(found, 1) if one != PUBLIC and one not in FIRM]
        self.hand.ask("triage", "accept", *self._home, *by, case, *named)
        self.hand.ask("triage", "mark", *self._home, *by, case, FIRM, "--sort", "organisation")
        self.narrator.tell(
            f"a person accepts {len(named)}, marks the firm's whole name, and leaves {PUBLIC},"
            " which names nobody",
            f"由人员采纳 {len(named)} 处，标记企业全称，并保留 {PUBLIC}：该编号不指向任何人",
        )

    def _rate(self, case: str) -> list[str]:
        """Two people rate apart and differ on one axis; a third finds. Return the axes that differed."""
        for name, harm in ((FIRST, "2"), (SECOND, "3")):
            why = ("--why", f"rated by {name}")
            self._signed(name, "rate", case, f"harm={harm}", *AXES, *why)
        rated: list[str] = self.hand.ask("triage", "show", *self._home, case)["case"]["disputed"]
        why = ("--why", "keys were read: the higher rung holds")
        self._signed(THIRD, "find", case, "harm=3", *AXES, *why)
        self.narrator.tell(
            f"two people rated apart and differ on {', '.join(rated)}; a third finds",
            f"两人分别评级，在 {'、'.join(rated)} 上有分歧；由第三人认定",
        )
        return rated

    def _found(self, case: str) -> list[str]:
        """The axes as they were found, to be stated: the second reader sees them with the rest."""
        axes = self.hand.ask("triage", "show", *self._home, case)["case"]["finding"]["axes"]
        words = {True: "yes", False: "no"}
        return [
            f"{name}={words.get(value, value) if isinstance(value, bool) else value}"
            for name, value in axes.items()
        ]

    def _own_reader(self, case: str) -> str:
        """Whoever submitted tries to be the second reader too; return the step at which it is refused."""
        return self.hand.refused(
            "triage", "confirm", *self._home, case, *self._approval(FIRST, "confirm", case)
        )

    def _signed(self, name: str, act: str, case: str, *words: str) -> Any:  # noqa: ANN401  # any act's JSON
        """Have a person sign an act on a case, and record it."""
        approval = self._approval(name, act, case, *words)
        return self.hand.ask("triage", act, *self._home, case, *words, *approval)

    def _approval(self, name: str, act: str, case: str, *words: str) -> tuple[str, str]:
        file, signature = self._at(f"{act}-{name}.act"), self._at(f"{act}-{name}.sig")
        self.hand.ask("triage", act, *self._home, case, *words, "--file", str(file))
        durable.write(self._at("yes"), b"sign\n")
        sign = (
            "officer",
            "sign",
            str(file),
            "--as",
            "act",
            "--key",
            str(self._at(f"{name}.key")),
            "--passphrase-fd",
        )
        self.hand.ask(*sign, given=self._at("yes"), to=signature, secret=self._at("word"))
        return "--approval", str(signature)

    def _at(self, name: str) -> Path:
        return self.hand.folder / name
