"""What is said of the trial: sealed items run, a safety card, a statement of testing, and its end."""

from pathlib import Path
from shlex import quote
from typing import Any

from msgspec import Struct

from detente.faces.assured import STATES
from detente.faces.cli.showing import shown
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import NOTICE
from detente.faces.demo.trial import AUTHOR, RIVAL, RUNNER, Trial
from detente.faces.demo.world import written
from detente.faces.speech import Text
from detente.node import durable

DAY = 86_400_000
STAND_IN, DOMAIN = "stand-in-biosecurity", "biosecurity"
AGREED = """[[check]]
domain = "oversight"
max_age = "P180D"

[[check]]
domain = "cyber_misuse"
max_age = "P90D"
"""
INCIDENT: dict[str, Any] = {
    "near_miss": False,
    "harm": 4,
    "potential": 5,
    "control": 2,
    "spread": 1,
    "layers": 1,
    "repeat": None,
    "ongoing": True,
    "techniques": [],
    "domain": "loss_of_control",
    "system_class": "agent",
    "internal_use": True,
    "clock_start": "discovery",
    "month": None,
}
PLAYED = [
    "Played: an agent built on the tested system acted without a token. Nothing of the kind happened.",
    "演示情节：以被测系统构建的智能体未获令牌即行动。此事并未发生。",
]
PUBLISHED = [
    "These tests were made at the neutral facility, and one was replicated. It is no finding of safety.",
    "上述测试在中立机构进行，其中一项经复现。本声明不构成对安全性的认定。",
]


class Attested(Struct, frozen=True):
    """The parts of the story that end in a public word.

    Args:
        trial: what went before, and who does it.
        genesis: of the accord.
    """

    trial: Trial
    genesis: str

    @property
    def _hand(self) -> Hand:
        return self.trial.hand

    @property
    def _narrator(self) -> Narrator:
        return self.trial.narrator

    def seal(self) -> tuple[Path, dict[str, object]]:
        """Cn brings items that us may not see; they run once, on the system of us."""
        hand, folder = self._hand, self._hand.folder
        place, keys, package = (folder / name for name in ("facility", "keys.json", "package"))
        bound = ("--genesis", self.genesis, "--author", RIVAL)
        hand.ask("evaluate", "facility", "key", str(place), "--party", RUNNER, to=keys)
        to = ("--for", str(keys), "--to", str(package), *bound)
        sealed = hand.ask("evaluate", "facility", "seal", STAND_IN, *to)
        book = self._book(sealed)
        plan, report = self._run_sealed(book, place, package, bound)
        extract = next(place.glob("*-001.jsonl"))
        words = ("--extract", str(extract), "--witness", "facility", *hand.home(RUNNER))
        result: str = hand.ask("evaluate", "report", plan, *words)["id"]
        self.trial.everywhere(result)
        path = self.trial.saved(result, AUTHOR, "result-sealed.json")
        again = self.trial.registered(book, AUTHOR, RUNNER)
        spent = self._handed(again, place, package, bound, refused=True)
        self._narrator.tell(
            f"the same items under another plan: refused [{spent}]; they are spent",
            f"同一批题目用于另一计划：被拒绝 [{spent}]；题目已作废",
        )
        checked = self._reported(report, keys, extract, path)
        held = checked.holds and spent == "facility.2"
        return path, {"plan": plan, "result": result, "spent": spent, "check": checked, "held": held}

    def card(self, results: tuple[Path, ...]) -> tuple[str, dict[str, object]]:
        """Us makes a card of both results; what was agreed for a release and is not shown is named."""
        hand, folder = self._hand, self._hand.folder
        model = shown(results[0]).open["model"]
        ends = shown(results[0]).at + 300 * DAY
        words = ("--model", model, "--access", "internal", "--mitigation", "human_approval")
        moment = written(ends)
        draft = folder / "card.json"
        hand.ask("card", "new", *map(str, results), *words, "--valid-until", moment, to=draft)
        card = hand.table(AUTHOR, "assurance.card", draft)
        self.trial.everywhere(card)
        facts = shown(self.trial.saved(card, AUTHOR, "card-shown.json")).facts
        durable.write(folder / "agreed.toml", AGREED.encode())
        found = hand.ask("card", "print", str(folder / "card-shown.json"), "--to", str(folder / "card.html"))
        self._narrator.tell(
            f"{AUTHOR} tabled the safety card {card[:12]}; as a page: {found['path']}",
            f"{AUTHOR} 提交安全卡 {card[:12]}；网页：{found['path']}",
        )
        evidence = " ".join(f"--result {quote(str(one))}" for one in results)
        checked = check(
            self._narrator,
            f"detente card check {quote(str(folder / 'card-shown.json'))} --agreed"
            f" {quote(str(folder / 'agreed.toml'))} --model {model} {evidence}"
            f" --lang {self._narrator.voice.language}",
            Text(
                "what was agreed and is not shown stands there by name: it may not be released.",
                "发布前约定须证明而未证明的各项均已列明：不得发布。",
            ),
            Text("that a test which was passed means safety.", "通过测试即意味着安全。"),
            exit_code=1,
        )
        return card, {"card": card, "worst": facts["worst"], "check": checked, "held": checked.holds}

    def state(self, card: str, results: tuple[Path, ...], replication: str) -> tuple[str, dict[str, object]]:
        """The facility states that these tests were made: no finding of safety."""
        records = [shown(one) for one in results]
        stated = {
            "model": records[0].open["model"],
            "domains": sorted({str(one.facts["domain"]) for one in records}),
            "basis": "replicated",
            "evidence": sorted([*(one.id for one in records), replication]),
            "valid_until": records[0].at + 200 * DAY,
        }
        draft = self._hand.draft("states.json", card, stated, {"text": PUBLISHED})
        name = self._hand.table(RUNNER, "assurance.statement", draft)
        self.trial.everywhere(name)
        checked = self._standing(name, "holds", 0)
        return name, {"statement": name, "check": checked, "held": checked.holds}

    def suspend(self, card: str, statement: str) -> dict[str, object]:
        """An incident names the statement; whoever made it suspends it, and everybody sees that."""
        texts = {"title": PLAYED, "summary": PLAYED}
        incident = self._told("incidents.report", None, INCIDENT, texts)
        notice = self._told("notices.notice", None, NOTICE | {"about": statement, "level": 4}, {})
        page = str(self._hand.folder / "statement.html")
        due = self._hand.ask("statement", "show", statement, *self._hand.home(RUNNER), "--page", page)["due"]
        self._narrator.tell(
            f"{AUTHOR} reports {incident[:12]} (played), and names the statement in {notice[:12]}:"
            f" a suspension is {'due' if due else 'NOT due'}",
            f"{AUTHOR} 报告事件 {incident[:12]}（演示情节），并在 {notice[:12]} 中指明该声明："
            f"{'应予中止' if due else '未见应予中止'}",
        )
        ends: dict[str, Any] = {"of": statement, "because": "incident", "evidence": incident}
        ends["until"] = shown(self.trial.saved(statement, RUNNER, "statement.json")).at + 90 * DAY
        draft = self._hand.draft("suspends.json", card, ends, {})
        name = self._hand.table(RUNNER, "assurance.suspension", draft)
        self.trial.everywhere(name)
        self._hand.ask("statement", "show", statement, *self._hand.home(RIVAL), "--page", page)
        checked = self._standing(statement, "suspended", 1)
        return {
            "incident": incident,
            "notice": notice,
            "due": due,
            "suspension": name,
            "page": page,
            "check": checked,
            "held": checked.holds and due == ["incident"],
        }

    def _told(self, kind: str, thread: str | None, open_: dict[str, Any], sealed: dict[str, Any]) -> str:
        draft = self._hand.draft(f"{kind}.json", thread, open_, sealed)
        name = self._hand.table(AUTHOR, kind, draft)
        self.trial.everywhere(name)
        return name

    def _book(self, sealed: dict[str, Any]) -> str:
        """Cn tables a playbook that names the sealed items by their root alone; us adopts it."""
        file = self._hand.folder / "sealed.toml"
        self._hand.ask("evaluate", "playbook", "new", DOMAIN, "--to", str(file))
        text = file.read_text(encoding="utf-8").replace("0" * 64, sealed["root"])
        text = text.replace("items = 1\n", f"items = {sealed['items']}\n")
        text = text.replace('scorer = "says"', f'scorer = "{sealed["scorer"]}"')
        text = text.replace("tokens = 120", "tokens = 16").replace(
            "constrained = false", "constrained = true"
        )
        durable.write(file, text.encode())
        table = ("evaluate", "playbook", "table", str(file))
        book: str = self._hand.ask(*table, *self._hand.home(RIVAL))["id"]
        self.trial.everywhere(book)
        self.trial.everywhere(self._hand.ask(*table, "--adopts", book, *self._hand.home(AUTHOR))["id"])
        return book

    def _run_sealed(self, book: str, place: Path, package: Path, bound: tuple[str, ...]) -> tuple[str, Path]:
        plan = self.trial.registered(book, AUTHOR, RUNNER)
        self._handed(plan, place, package, bound, refused=False)
        return plan, self._hand.folder / "report"

    def _handed(self, plan: str, place: Path, package: Path, bound: tuple[str, ...], *, refused: bool) -> str:
        """Hand a registered plan to the facility, which runs the package or refuses it."""
        hand, folder = self._hand, self._hand.folder
        assignment, text = str(folder / "assignment"), str(folder / "sealed.toml")
        words = ("--model", self.trial.model, "--text", text, "--assign", assignment, *hand.home(RUNNER))
        hand.ask("evaluate", "run", plan, *words)
        out = ("--assignment", assignment, "--report", str(folder / "report"))
        run = ("evaluate", "facility", "run", str(place), str(package), *out, *bound)
        if refused:
            return hand.refused(*run)
        hand.show(*run)
        return ""

    def _reported(self, report: Path, keys: Path, extract: Path, result: Path) -> Checked:
        return check(
            self._narrator,
            f"detente evaluate facility check {quote(str(report))} --keys {quote(str(keys))} --extract"
            f" {quote(str(extract))} --result {quote(str(result))} --lang {self._narrator.voice.language}",
            Text(
                "the facility signed which items, system and software ran; no attempt was kept back.",
                "测试机构已签署所用题目、系统与软件，且对该题集没有隐匿的尝试。",
            ),
            Text(
                "that the facility keeps no second ledger: two inspectors see that.",
                "测试机构没有另设台账：须由双方检查员现场查明。",
            ),
        )

    def _standing(self, statement: str, state: str, code: int) -> Checked:
        homes, language = " ".join(PARTIES), self._narrator.voice.language
        word = STATES[state].zh if language == "zh" else STATES[state].en  # type: ignore[index]  # one of its states
        wrong = 1 - code
        return check(
            self._narrator,
            f"for n in {homes}; do detente statement show {statement} --home"
            f" {quote(str(self._hand.folder))}/$n --lang {language} | grep '{word}' || exit {wrong + 7};"
            f" done; exit {code}",
            Text(
                "what it comes to today, as each of three nodes computes it from its own copy.",
                "该声明目前的效力，由三个节点各依自己的副本算出。",
            ),
            Text(
                "that the system is safe, or was ever: tests were made, and that is all.",
                "系统安全或曾经安全：只表明进行过测试。",
            ),
            exit_code=code,
        )
