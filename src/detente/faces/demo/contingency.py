"""Contingency: what was agreed on quiet days is used on a bad one, and a party leaves in order.

A world of its own, on a clock that is moved by hand, since an accord gives ninety days of notice. A
trigger proposes; a party pauses, and ends its pause; a pillar that lay dormant is activated by the officers
of all, and not by those of one; a party withdraws.
"""

import base64
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import ClassVar

import msgspec
from msgspec import Struct

from detente.accord import document, solemn
from detente.accord.acts import FINISH, WITHDRAW
from detente.accord.solemn import SolemnAct
from detente.faces import pillars, succession, why
from detente.faces.demo.cases import KIND, Case
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import in_chinese
from detente.faces.demo.world import DAY, HOUR, MINUTE, World, written
from detente.faces.machine import STATES
from detente.faces.speech import Text
from detente.faces.verdict import VERDICTS
from detente.node.clock import SetClock
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.node.window import Window
from detente.trust.canonical import Value
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE
from detente.trust.errors import DetenteError

PILLAR, CLAUSE, LEAVER = "runs", "wake-runs", "cn"
NOTICE_DAYS, AGO_DAYS = 90, 100
PLAN: dict[str, Value] = {
    "compute": None,
    "total": None,
    "data_kind": "general",
    "run_kind": "pre_training",
    "use": "undecided",
    "cluster": None,
    "base": None,
    "begins": None,
    "ends": None,
}


class Contingency(Struct, frozen=True):
    """The scene.

    Args:
        folder: the world's homes.
        narrator: who tells it.
        case: the grave report with which the bad day begins.
    """

    folder: Path
    narrator: Narrator
    case: Case
    title: ClassVar[Text] = Text("Agreed on quiet days, used on a bad one", "平时所约，临事启用")

    def play(self) -> dict[str, object]:
        """Play it, and return what was measured."""
        self.narrator.say(
            "Played in a world of its own, whose clock is moved by hand: days pass between the lines.",
            "另设一组节点演示，时钟由人拨动：各行之间相隔数日。",
        )
        clock = SetClock(time.time_ns() // 1_000_000 - AGO_DAYS * DAY)
        text = (files(__package__) / "accord.yaml").read_text(encoding="utf-8")
        world = World.found(self.folder, text, clock, ("live",))
        timed = msgspec.structs.replace(self.narrator, clock=clock)
        return msgspec.structs.replace(self, narrator=timed).within(world)

    def within(self, world: World) -> dict[str, object]:
        """Play it in a world that was founded."""
        with world.nodes() as nodes:
            world.settle(nodes, MINUTE)
            report, proposed = self._trigger(world, nodes)
            pause = self._pause(world, nodes)
            refused = [self._refused(nodes["us"], Draft.new("runs.planned", PLAN))]
            second, alone = self._sign(world, nodes)
        with world.nodes() as nodes:
            plan = self._planned(world, nodes)
            left = self._withdraw(world, nodes)
            refused.append(self._refused(nodes[LEAVER], Draft.new(KIND, self.case.open, self.case.sealed)))
            closed = self._finish(world, nodes, left)
        checked = self._check(report)
        return {
            "trigger": {"record": report, "clause": CLAUSE, "proposed_at": proposed},
            "pause": pause,
            "activated": {"pillar": PILLAR, "version": second, "alone": alone, "record": plan},
            "withdrawal": {"party": LEAVER, "id": left, "state": closed},
            "refused": refused,
            "check": checked,
            "held": checked.holds
            and proposed == list(PARTIES)
            and pause["states"] == ["running", ""]
            and alone == "charter.10"
            and all(refused)
            and closed == ["closed"] * len(PARTIES),
        }

    def _trigger(self, world: World, nodes: Mapping[str, Node]) -> tuple[str, list[str]]:
        """Us reports something grave; return the report, and at whose node the accord proposes more."""
        report = nodes["us"].table(Draft.new(KIND, self.case.open, self.case.sealed)).id
        self._settle(world, nodes)
        proposed = []
        for party in PARTIES:
            with Window.open(world.folder / party, pillars.installed()) as window:
                found = why.of(window.panes["live"], report).clauses
            proposed += [party for one in found if one.reason.clause == CLAUSE and one.reason.holds]
        english, chinese = self.case.title
        self.narrator.tell(f"us reports {report[:12]}: {english}", f"us 报告 {report[:12]}：{chinese}")
        self.narrator.tell(
            f"trigger {CLAUSE}, at the nodes of {', '.join(proposed) or 'nobody'}: to activate {PILLAR},"
            " which lies dormant. It proposes; people decide",
            f"{'、'.join(proposed) or '无'} 各节点据触发条款 {CLAUSE} 动议启用休眠中的 {PILLAR}；"
            "仅为动议，由人决定",
        )
        return report, proposed

    def _pause(self, world: World, nodes: Mapping[str, Node]) -> dict[str, object]:
        """Cn pauses training runs, and ends its pause before its term; return how us saw it each time."""
        said: dict[str, Value] = {
            "binds": "cn",
            "about": None,
            "activity": "training_run",
            "grounds": "loss_of_control",
            "until": world.clock.now() + 10 * DAY,
            "precedence": "flash",
            "respond_by": None,
        }
        pause = nodes["cn"].table(Draft.new("notices.pause", said)).id
        self._settle(world, nodes)
        states = [self._paused(nodes["us"], pause)]
        word = STATES[states[0]] if states[0] else Text("-", "-")
        self.narrator.tell(
            f"cn pauses its training runs for ten days: {pause[:12]}; us sees: {word.en}",
            f"cn 暂停本方训练任务十日：{pause[:12]}；us 所见：{word.zh}",
        )
        world.clock.advance(3 * DAY)
        lift: dict[str, Value] = {"of": pause, "because": "resolved"}
        lifted = nodes["cn"].table(Draft.new("notices.lift", lift).answering(pause)).id
        self._settle(world, nodes)
        states.append(self._paused(nodes["us"], pause))
        self.narrator.tell(
            f"three days later cn ends it, the cause being gone: {lifted[:12]}; us sees no pause any more",
            f"三日后原因消除，cn 解除暂停：{lifted[:12]}；us 处已无暂停",
        )
        return {"id": pause, "lifted": lifted, "states": states}

    def _sign(self, world: World, nodes: Mapping[str, Node]) -> tuple[int, str]:
        """Officers of us alone, then of all, sign a version in which the pillar is active.

        Returns its number, and the check at which that of us alone was refused.
        """
        first = world.accord
        active = msgspec.structs.replace(first.pillars[PILLAR], state="active")
        content = msgspec.structs.replace(first, pillars={**first.pillars, PILLAR: active})
        payload = document.dump(succession.following(content, first, written(world.clock.now())))
        alone = ""
        try:
            nodes["us"].enact(world.signed(ACCORD_TYPE, payload, ("us",)))
        except DetenteError as error:
            alone = error.step
        self.narrator.tell(
            f"officers of us alone sign version 2, in which {PILLAR} is active: refused [{alone}]",
            f"仅 us 官员签署启用 {PILLAR} 的第 2 版：被拒绝 [{alone}]",
        )
        whole = world.signed(ACCORD_TYPE, payload)
        versions = {node.enact(whole).version for node in nodes.values()}
        self.narrator.tell(
            f"officers of all three sign it: in force at every node, and {PILLAR} is awake",
            f"三方官员均已签署：各节点均已生效，{PILLAR} 启用",
        )
        return max(versions), alone

    def _planned(self, world: World, nodes: Mapping[str, Node]) -> str:
        plan = nodes["us"].table(Draft.new("runs.planned", PLAN)).id
        self._settle(world, nodes)
        held = [party for party, node in nodes.items() if node.record(plan).stands]
        self.narrator.tell(
            f"us gives notice of a training run, {plan[:12]}, as the pillar asks; it stands at"
            f" {', '.join(held)}",
            f"us 依该支柱通报一项训练任务 {plan[:12]}；在 {'、'.join(held)} 均成立",
        )
        return plan

    def _withdraw(self, world: World, nodes: Mapping[str, Node]) -> str:
        """Two officers of cn give notice; return the withdrawal's id once the notice is over."""
        leaves = world.clock.now() + NOTICE_DAYS * DAY + HOUR
        act = SolemnAct(1, WITHDRAW, world.accord.digest, "live", LEAVER, {"effective": leaves})
        signed = world.signed(ACT_TYPE, solemn.dump(act), (LEAVER,))
        text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
        name = nodes[LEAVER].table(Draft.new(WITHDRAW, {"effective": leaves, "approval": text})).id
        self._settle(world, nodes)
        self.narrator.tell(
            f"{LEAVER} withdraws: two of its officers signed {name[:12]}; it stays bound for"
            f" {NOTICE_DAYS} days more",
            f"{LEAVER} 通知退出：其两名官员签署 {name[:12]}；{NOTICE_DAYS} 日通知期内仍受约束",
        )
        world.clock.advance(NOTICE_DAYS * DAY + HOUR)
        self._settle(world, nodes)
        self.narrator.tell(
            f"{NOTICE_DAYS} days later {LEAVER} has left; what was said stays in all logs",
            f"{NOTICE_DAYS} 日后 {LEAVER} 已退出；此前所言留存于各方日志",
        )
        return name

    def _finish(self, world: World, nodes: Mapping[str, Node], left: str) -> list[str]:
        """Everybody says up to where it has the leaver's log, and that what it was shown is destroyed."""
        for node in nodes.values():
            head = node.cut().heads[LEAVER]
            shown = f"{LEAVER}/{head.size}/{head.root}"
            said: dict[str, Value] = {"withdrawal": left, "head": shown, "disposal": "destroyed"}
            node.table(Draft.new(FINISH, said))
            self._settle(world, nodes)
        states = [node.status().domains["live"].leaving[LEAVER][1] for node in nodes.values()]
        kept = sum(1 for one in nodes["us"].standing().duties if (one.spec, one.verdict) == (FINISH, "kept"))
        word = VERDICTS["kept"]
        self.narrator.tell(
            f"all three say that what they were shown is destroyed, and name {LEAVER}'s last head:"
            f" {word.en} {kept}",
            f"三方均声明所获内容已销毁，并写明 {LEAVER} 日志的最后头部：{word.zh} {kept} 项",
        )
        return states

    def _refused(self, node: Node, draft: Draft) -> str:
        """Try to table what must not be; return the check that refused it, "" if none did."""
        try:
            node.table(draft)
        except Refused as error:
            self.narrator.tell(
                f"{node.party} is refused: {error.what} [{error.step}]",
                f"{node.party} 被拒绝：{in_chinese(error)} [{error.step}]",
            )
            return error.step
        self.narrator.tell(f"NOT REFUSED: {draft.kind}", f"未被拒绝：{draft.kind}")
        return ""

    def _settle(self, world: World, nodes: Mapping[str, Node]) -> None:
        self.narrator.keys.heed()
        for _ in range(2):
            world.settle(nodes, MINUTE)

    def _paused(self, node: Node, name: str) -> str:
        return next((one.state for one in node.status().domains["live"].pauses if one.id == name), "")

    def _check(self, report: str) -> Checked:
        spoken = self.narrator.voice.language
        homes = {party: quote(str(self.folder / party)) for party in PARTIES}
        told = "; ".join(
            f"detente status --home {homes[p]} --lang {spoken} | grep ' {LEAVER}: '" for p in PARTIES
        )
        return check(
            self.narrator,
            f"set -e; detente why {report[:16]} --home {homes['us']} --lang {spoken} | grep {CLAUSE}; {told}",
            Text(
                "the trigger follows from the report, by a rule that all signed; all say the same of cn.",
                "该触发由各方所签规则依报告得出；关于谁已退出，各方所述一致。",
            ),
            Text(
                "that training in fact stopped, or that anything was destroyed: that takes inspection.",
                "训练是否确已停止、内容是否确已销毁：此须实地核查。",
            ),
        )
