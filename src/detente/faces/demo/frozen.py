"""Three in the morning, relations frozen: what is still said, by a store, over the channel, and on record.

One side suspends the pillar; a flash notice in Chinese is read back; a pause is declared, another requested
and declined; a wrong figure is corrected. Nothing connects the rivals.
"""

from shlex import quote
from typing import ClassVar

from msgspec import Struct

from detente.accord import switch
from detente.accord.switch import ACTIVATE, SUSPEND
from detente.faces import founding
from detente.faces.cli import switching
from detente.faces.demo import officers, way
from detente.faces.demo.cases import KIND, Case
from detente.faces.demo.ceremony import HOLDERS, PARTIES, desk
from detente.faces.demo.checked import Checked, check
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import Scenes, in_chinese, read_back
from detente.faces.demo.stage import run
from detente.faces.speech import Text
from detente.node.draft import Draft, Tabled
from detente.node.errors import Refused
from detente.trust import envelope
from detente.trust.canonical import Value

HOUR = 3_600_000
PILLAR = "incidents"
WRONG, RIGHT = 6, 4
NOTICE: dict[str, Value] = {
    "template": "event",
    "precedence": "flash",
    "about": None,
    "subject": "loss_of_control",
    "level": WRONG,
    "ongoing": True,
    "internal_use": True,
    "seen_at": None,
    "actions": ["access_limited", "investigating"],
    "wish": "read_back",
    "respond_by": None,
    "tlp": "amber",
}
REMARK: dict[str, Value] = {
    "remark": ["", "演示：凌晨三时，一智能体越出沙箱。已切断外网，原因不明。"],
    "contact": "值班室，内线〔演示〕",
}


class Frozen(Struct, frozen=True):
    """The scene.

    Args:
        scenes: the nodes, the narrator, and what scenes have in common.
        case: what would be reported if the pillar did not rest.
    """

    scenes: Scenes
    case: Case
    title: ClassVar[Text] = Text("Three in the morning, relations frozen", "凌晨三时，双方关系冻结")

    def play(self) -> dict[str, object]:
        """Play it, and return what was measured."""
        tell = self._narrator.tell
        self._narrator.say(
            "Played: the notice below reports nothing that happened. us and cn no longer reach each other.",
            "以下通知系演示，并未发生。us 与 cn 之间已无连接。",
        )
        ports = way.by_store(self.scenes.cast)
        tell(
            "us and cn now call out to a store at the neutral, and hold no address of each other",
            "us 与 cn 现仅各自连往中立方的存储，均不持有对方地址",
        )
        refused = self._suspend()
        notice, correction, wrong = self._notify()
        pauses = self._pause(notice)
        touching = way.touching(ports.values())
        self._wait_for_all()
        tell(
            f"connections to either rival since then: {'not told here' if touching is None else touching}",
            f"此后与任一对立方建立的连接数：{'本系统无法得知' if touching is None else touching}",
        )
        checked = self._check()
        return {
            "connections": touching,
            "refused": [refused, wrong],
            "notice": notice,
            "correction": correction,
            "pauses": pauses,
            "check": checked,
            "held": checked.holds and not touching and bool(refused and wrong),
        }

    def thaw(self) -> None:
        """Let the pillar go on, whatever of the scene was played: every party's officers sign."""
        for party in PARTIES:
            self._switch(party, ACTIVATE)
        self.scenes.until_nothing_rests()
        self._narrator.tell(
            f"{PILLAR} goes on: officers of all three parties have activated it again",
            f"{PILLAR} 已恢复：三方官员均已签署",
        )

    @property
    def rests(self) -> bool:
        """Whether some node knows the pillar to rest."""
        resting = []
        for party in PARTIES:
            with self.scenes.cast.node(party) as node:
                resting.append(node.status().domains["live"].suspended)
        return any(resting)

    @property
    def _narrator(self) -> Narrator:
        return self.scenes.narrator

    def _switch(self, party: str, kind: str) -> Tabled:
        with self.scenes.cast.node(party) as node:
            said = switching.act(node, kind, PILLAR)
        act = switch.dump(said)
        name = f"{kind}-{(said.of or 'new')[:12]}.act"
        signed = officers.ask(desk(self.scenes.cast.stage, party), name, act, HOLDERS)
        with self.scenes.cast.node(party) as node:
            return node.table(switching.draft(envelope.dump(founding.joined(signed)), said))

    def _suspend(self) -> str:
        """Us suspends the pillar; cn's report is refused; return the check."""
        done = self._switch("us", SUSPEND)
        self._narrator.tell(
            f"us suspends {PILLAR}: two officers of us signed {done.id[:12]}; one side is enough to stop",
            f"us 中止 {PILLAR}：us 两名官员签署了 {done.id[:12]}；中止只需一方",
        )
        party = self.case.party
        self._narrator.wait("the suspension is known", lambda: self.scenes.has(party, done.id))
        step = self._refused(party, Draft.new(KIND, self.case.open, self.case.sealed))
        self._narrator.say(
            "The channel for safety notices stays open: no suspension touches it.",
            "技术安全通道保持开放：任何中止均不及于此通道。",
        )
        return step

    def _notify(self) -> tuple[str, str, str]:
        """Cn gives a flash notice; us misreads it, reads it back; cn corrects it; us reads that back."""
        seen = self._narrator.pace.now() - HOUR // 4
        with self.scenes.cast.node("cn") as node:
            notice = node.table(Draft.new("notices.notice", NOTICE | {"seen_at": seen}, dict(REMARK)))
        self._narrator.tell(
            f"cn gives a flash notice {notice.id[:12]}; its remark is Chinese, sealed, and binds nobody",
            f"cn 发出特提通知 {notice.id[:12]}；其备注为中文，已密封，不具约束力",
        )
        self._narrator.wait("us has the notice", lambda: self.scenes.has("us", notice.id))
        self._show("us", notice.id)
        wrong = self._misread(notice.id)
        self.scenes.acknowledge("us", notice.id, by_officer=True)
        self._narrator.wait("neutral has the notice", lambda: self.scenes.has("neutral", notice.id))
        self.scenes.acknowledge("neutral", notice.id, by_officer=False)
        with self.scenes.cast.node("cn") as node:
            stated = NOTICE | {"seen_at": seen, "level": RIGHT, "of": notice.id}
            mended = node.table(Draft.new("notices.correction", stated).answering(notice.id))
        self._narrator.tell(
            f"cn corrects a wrong figure: level {RIGHT}, not {WRONG}; both statements stay on record",
            f"cn 更正错误数字：级别应为 {RIGHT}，而非 {WRONG}；两份陈述均留存在案",
        )
        self._narrator.wait("us has the correction", lambda: self.scenes.has("us", mended.id))
        self.scenes.acknowledge("us", mended.id, by_officer=True, thread=notice.id)
        return notice.id, mended.id, wrong

    def _misread(self, notice: str) -> str:
        """An officer who read another level does not read it back: refused by the gate; return the code."""
        with self.scenes.cast.node("us") as node:
            shown = node.record(notice)
        misread = read_back(shown.kind, shown.open | {"level": RIGHT + 1})
        said: dict[str, Value] = {"of": notice, "read_back": misread}
        return self._refused("us", Draft.new("notices.acknowledge", said).answering(notice))

    def _pause(self, notice: str) -> dict[str, str]:
        """Cn pauses by itself; us asks for another pause; cn declines, with a reason."""
        now = self._narrator.pace.now()
        own = self._table("cn", "pause", _pause("cn", "agents_with_tools", now + 72 * HOUR), notice)
        self._narrator.tell(
            f"cn pauses its own agents that act through tools, for 72 hours: {own[:12]}; it binds cn at once",
            f"cn 暂停本方可调用工具的智能体 72 小时：{own[:12]}；对 cn 即刻生效",
        )
        asked = self._table("us", "pause", _pause("cn", "training_run", now + 72 * HOUR), notice)
        self._narrator.tell(
            f"us asks cn to pause a training run too: {asked[:12]}; a request binds nobody",
            f"us 请 cn 一并暂停训练任务：{asked[:12]}；请求不约束任何一方",
        )
        self._narrator.wait("cn has the request", lambda: self.scenes.has("cn", asked))
        said: dict[str, Value] = {
            "of": asked,
            "reply": "declined",
            "level": None,
            "reason": "no_such_activity",
        }
        no = self._table("cn", "answer", said, notice)
        self._narrator.tell(
            f"cn declines, and says why: “We do nothing of the kind”; {no[:12]} is on record",
            f"cn 不予照办，并说明理由：“本方无此活动”；{no[:12]} 留存在案",
        )
        self._narrator.wait(
            "the request is answered", lambda: self.scenes.kept("us", "answer-pause", "cn", asked)
        )
        return {"own": own, "requested": asked, "declined": no}

    def _table(self, party: str, kind: str, said: dict[str, Value], thread: str) -> str:
        with self.scenes.cast.node(party) as node:
            return node.table(Draft.new(f"notices.{kind}", said).answering(thread)).id

    def _refused(self, party: str, draft: Draft) -> str:
        """Try to table what must not be, tell of the refusal, and return its check; "" if it was let in."""
        try:
            with self.scenes.cast.node(party) as node:
                node.table(draft)
        except Refused as error:
            self._narrator.tell(
                f"{party} is refused: {error.what} [{error.step}]",
                f"{party} 被拒绝：{in_chinese(error)} [{error.step}]",
            )
            return error.step
        self._narrator.tell(f"NOT REFUSED: {draft.kind}", f"未被拒绝：{draft.kind}")
        return ""

    def _show(self, party: str, name: str) -> None:
        """Show a record as a party's officer sees it, in both languages from the one record."""
        home = str(self.scenes.cast.homes[party].path)
        said = run(
            "record", "show", name, "--home", home, "--lang", "both" if self._narrator.unicode else "en"
        )
        self._narrator.show(f"$ detente record show {name[:12]} --home {home} --lang both")
        self._narrator.show(*(line for line in said.stdout.splitlines()[1:] if "→" not in line))

    def _wait_for_all(self) -> None:
        self._narrator.wait("all hold everything", lambda: self.scenes.level() or None)

    def _check(self) -> Checked:
        folder = self.scenes.cast.stage.folder
        us, cn = (
            f"detente record list --home {quote(str(folder / one))} | grep -v accord." for one in ("us", "cn")
        )
        return check(
            self._narrator,
            # What one node logged just now reaches the other a moment later, so it is looked at again; what a
            # node logs by itself (keys announced, releases) may be under way when the play ends: left out,
            # and so is the width of the columns, which one of them more would change.
            f"for n in 1 2 3 4 5; do d=$(diff -b <({us}) <({cn})) && break; sleep 2; done;"
            ' echo "${d:-same}"; test -z "$d"',
            Text(
                "both rivals have the same records of every pillar in the same places of all logs:"
                " nothing said is lost.",
                "双方在相同日志的相同位置持有各领域的相同记录：所言无一遗失。",
            ),
            Text(
                "that anything was in fact paused: that takes inspection, not logs.",
                "任何事项是否确已暂停：此须实地核查，日志无法证明。",
            ),
        )


def _pause(binds: str, activity: str, until: int) -> dict[str, Value]:
    return {
        "binds": binds,
        "about": None,
        "activity": activity,
        "grounds": "loss_of_control",
        "until": until,
        "precedence": "flash",
        "respond_by": None,
    }
