"""The scenes, in the order in which they are played."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from msgspec import Struct

from detente.faces import founding, pillars
from detente.faces.demo import officers
from detente.faces.demo.cases import KIND, Case
from detente.faces.demo.cast import Cast, until
from detente.faces.demo.ceremony import HOLDERS, PARTIES, desk
from detente.faces.demo.narrator import Narrator
from detente.faces.sentence import chinese
from detente.node.delivery import Delivery
from detente.node.draft import Draft, Tabled
from detente.node.errors import Refused
from detente.trust import canonical, envelope
from detente.trust.canonical import Value

OUT = frozenset({"sent", "held"})
NOTICE: dict[str, Value] = {
    "template": "event",
    "precedence": "priority",
    "subject": "incident",
    "level": None,
    "ongoing": False,
    "internal_use": None,
    "seen_at": None,
    "actions": ["authority_told", "investigating"],
    "wish": "read_back",
    "respond_by": None,
    "tlp": "amber",
}


class Scenes(Struct, frozen=True):
    """The play.

    Args:
        cast: the nodes.
        narrator: who tells it.
    """

    cast: Cast
    narrator: Narrator

    def report(self, case: Case) -> Tabled:
        """A party tables a case."""
        with self.cast.node(case.party) as node:
            tabled = node.table(Draft.new(KIND, case.open, case.sealed))
        english, chinese = case.title
        self.narrator.tell(
            f"{case.party} tabled {tabled.id[:12]}: {english}",
            f"{case.party} 提交 {tabled.id[:12]}：{chinese}",
        )
        return tabled

    def follow(self, case: Case) -> Tabled:
        """One record's way: draft, tabled, logged, cosigned by the others, held by the others."""
        tell, others = self.narrator.tell, sorted(set(PARTIES) - {case.party})
        english, chinese = case.title
        tell(f"draft, private to {case.party}: {english}", f"草稿，仅 {case.party} 可见：{chinese}")
        tabled = self.report(case)
        tell(
            f"logged: entry {tabled.index} of {case.party}, durable",
            f"已入日志：{case.party} 第 {tabled.index} 条，已落盘",
        )
        until("cosigned", lambda: self._cosigned(case.party, tabled.id, others))
        tell(f"cosigned by {' and '.join(others)}", f"已由 {' 和 '.join(others)} 联署")
        until("held", lambda: self.held(case.party, tabled.id, others))
        tell("held: their own logs say that they have its body", "已持有：他方自己的日志写明持有其正文")
        return tabled

    def disclose(self, near_miss: tuple[Case, str], incident: tuple[Case, str]) -> None:
        """The gate shows sealed fields to one, once officers agree, and refuses them to another, by rule."""
        case, name = near_miss
        other = _peer(case.party)
        waiting = until("waiting for officers", lambda: self.row(case.party, name, other, "waiting"))
        self.narrator.tell(
            f"gate: {other} may see some of {name[:12]} by {waiting.rule}, once officers agree",
            f"闸门：依 {waiting.rule}，官员同意后 {other} 可见 {name[:12]} 的部分内容",
        )
        paths = self.approve(case.party, name, other)
        sent = until("released", lambda: self.row(case.party, name, other, *OUT))
        self.narrator.tell(
            f"gate: {', '.join(paths)} disclosed to {other} by {sent.rule}; logged, sealed to its key",
            f"闸门：依 {sent.rule} 已向 {other} 开示 {'、'.join(paths)}；已入日志，并以其密钥密封",
        )
        other_case, other_name = incident
        peer = _peer(other_case.party)
        given = until("released", lambda: self.row(other_case.party, other_name, "neutral", *OUT))
        refused = until("refused", lambda: self.row(other_case.party, other_name, peer, "not-eligible"))
        self.narrator.tell(
            f"gate: {other_name[:12]} disclosed to neutral by {given.rule}",
            f"闸门：{other_name[:12]} 依 {given.rule} 已向 neutral 开示",
        )
        check = refused.why.rpartition("[")[2].rstrip("]")
        self.narrator.tell(
            f"gate: the same, refused to {peer} by {refused.rule or 'default'}: {refused.why}",
            f"闸门：同一记录，依 {refused.rule} 拒绝向 {peer} 开示，因其条件不成立 [{check}]",
        )

    def refuse(self, case: Case) -> str:
        """The gate does not let into the log what contradicts itself; returns the check's name."""
        wrong = dict(case.open) | {"near_miss": True, "harm": 2}
        try:
            with self.cast.node(case.party) as node:
                node.table(Draft.new(KIND, wrong, case.sealed))
        except Refused as error:
            self.narrator.tell(
                f"gate: {case.party} may not table a near miss that did harm: {error.what} [{error.step}]",
                f"闸门：{case.party} 不得提交已造成损害的“未遂事件”：{in_chinese(error)} [{error.step}]",
            )
            return error.step
        return ""

    def notify(self, case: Case) -> None:
        """A grave report makes its author owe a notice, and the notice makes the others owe an answer."""
        tell = self.narrator.tell
        tabled = self.report(case)
        tell(f"{case.party} now owes a notice (notify-grave)", f"{case.party} 因此须发出通报（notify-grave）")
        with self.cast.node(case.party) as node:
            notice = node.table(Draft.new("notices.notice", NOTICE | {"about": tabled.id}))
        tell(
            f"{case.party} gave notice {notice.id[:12]}; the others owe an acknowledgement",
            f"{case.party} 发出通报 {notice.id[:12]}；其他各方须予确认",
        )
        others = sorted(set(PARTIES) - {case.party})
        for party in others:
            until(f"{party} has the notice", partial(self.has, party, notice.id))
            self.acknowledge(party, notice.id, by_officer=party == others[-1])
        for party in others:
            until(
                f"{party}'s duty is kept",
                partial(self.kept, case.party, "acknowledge-notice", party, notice.id),
            )
        until("the notice is kept", lambda: self.kept(others[0], "notify-grave", case.party, tabled.id))
        tell(
            "kept, by the others' receipts: notify-grave, and acknowledge-notice twice",
            "依他方回执已履行：notify-grave 一项，acknowledge-notice 两项",
        )

    def notify_all(self) -> None:
        """Each party gives notice of what else it reported that was grave, and the others acknowledge."""
        for party in PARTIES:
            with self.cast.node(party) as node:
                owed = [
                    one.base
                    for one in node.standing().duties
                    if (one.spec, one.debtor, one.verdict) == ("notify-grave", party, "owed")
                ]
                notices = [
                    node.table(Draft.new("notices.notice", NOTICE | {"about": one})).id for one in owed
                ]
            for notice in notices:
                self.narrator.tell(
                    f"{party} gives notice of another grave report: {notice[:12]}",
                    f"{party} 就另一起严重事件发出通报：{notice[:12]}",
                )
                for other in sorted(set(PARTIES) - {party}):
                    until(f"{other} has the notice", partial(self.has, other, notice))
                    self.acknowledge(other, notice, by_officer=False)

    def crash(self, party: str, meanwhile: Sequence[Case]) -> None:
        """A node is killed as by a power cut, the others go on, and it catches up."""
        tell = self.narrator.tell
        with self.cast.node(party) as node:
            before = node.status().domains["live"].own.size
        pid = self.cast.stage.kill(f"node-{party}")
        tell(f"kill -9 {pid}: the node of {party} is gone", f"kill -9 {pid}：{party} 的节点被强行终止")
        for case in meanwhile:
            self.report(case)
        self.cast.start(party)
        with self.cast.node(party) as node:
            after = node.status().domains["live"].own.size
        tell(
            f"{party} is back with {after} entries of its own; it had acknowledged {before}",
            f"{party} 已恢复，自有 {after} 条；此前已确认 {before} 条",
        )
        until(f"{party} catches up", lambda: self.level() or None)
        tell(f"{party} has caught up: nothing is missing", f"{party} 已追上：无一缺失")

    def level(self) -> dict[str, int]:
        """Return party to records held if every node has every record and body of every log; else nothing."""
        held: dict[str, int] = {}
        sizes: dict[str, dict[str, int]] = {}
        for party in PARTIES:
            with self.cast.node(party) as node:
                domain = node.status().domains["live"]
                held[party] = sum(1 for one in node.records() if one.kind)
            if any(log.missing for log in domain.others.values()):
                return {}
            sizes[party] = {other: log.here for other, log in domain.others.items()} | {
                party: domain.own.size
            }
        return held if len(set(held.values())) == 1 else {}

    def until_nothing_rests(self) -> None:
        """Wait until every node knows that no pillar rests."""

        def awake() -> bool | None:
            for party in PARTIES:
                with self.cast.node(party) as node:
                    if node.status().domains["live"].suspended:
                        return None
            return True

        until("no pillar rests", awake)

    def approve(self, party: str, name: str, audience: str) -> tuple[str, ...]:
        """Two officers of a party sign what waits for them towards one other party; return the paths."""
        with self.cast.node(party) as node:
            rows = [one for one in node.deliveries(record=name) if _waits(one, audience)]
            paths = tuple(sorted(path for one in rows for path in one.paths))
            act = node.act(name, audience, paths)
        signed = officers.ask(desk(self.cast.stage, party), f"{name[:12]}-{audience}.act", act, HOLDERS)
        with self.cast.node(party) as node:
            node.approve(name, audience, envelope.dump(founding.joined(signed)))
        self.narrator.tell(
            f"{len(signed)} officers of {party}, each in a process of their own, signed exactly this act",
            f"{party} 的 {len(signed)} 名官员（各自独立的进程）签署了这一行为",
        )
        return paths

    def acknowledge(self, party: str, notice: str, *, by_officer: bool, thread: str = "") -> str:
        """A party says that a message arrived; an officer reads it back. Returns the acknowledgement's id."""
        with self.cast.node(party) as node:
            shown = node.record(notice)
            read = read_back(shown.kind, shown.open)
            said: dict[str, Value] = {"of": notice, "read_back": read} if by_officer else {"of": notice}
            kind = "notices.acknowledge" if by_officer else "notices.receipt"
            answer = node.table(Draft.new(kind, said).answering(thread or notice))
        self.narrator.tell(
            f"{party} acknowledged: {answer.id[:12]}{', read back by an officer' if by_officer else ''}",
            f"{party} 已确认：{answer.id[:12]}{'，由官员复诵' if by_officer else ''}",
        )
        return answer.id

    def _cosigned(self, party: str, name: str, others: Sequence[str]) -> bool | None:
        with self.cast.node(party) as node:
            return set(others) <= set(node.record(name).cosigned) or None

    def held(self, party: str, name: str, others: Sequence[str]) -> bool | None:
        """Whether others have logged that they hold a record, as one node knows."""
        with self.cast.node(party) as node:
            receipts = node.record(name).receipts
        return all(receipts.get(other) == "held" for other in others) or None

    def has(self, party: str, name: str) -> bool | None:
        """Whether a party's node holds a record that stands."""
        with self.cast.node(party) as node:
            return node.record(name).stands or None

    def row(self, party: str, name: str, audience: str, *states: str) -> Delivery | None:
        """The row of a party's delivery ledger about a record and a party, in one of these states."""
        with self.cast.node(party) as node:
            rows = [
                one
                for one in node.deliveries(record=name)
                if one.audience == audience and one.state in states
            ]
        return max(rows, key=lambda one: (bool(one.rule), one.paths), default=None)

    def kept(self, asked: str, spec: str, debtor: str, base: str) -> bool | None:
        """Whether a duty is kept, as one node computes it."""
        with self.cast.node(asked) as node:
            duties = node.standing().duties
        found = [one for one in duties if (one.spec, one.debtor, one.base) == (spec, debtor, base)]
        return (bool(found) and found[0].verdict == "kept") or None


def read_back(kind: str, fields: dict[str, Value]) -> str:
    """The digest of a message's operative fields, as its reader saw them."""
    return sha256(canonical.encode({"kind": kind, "open": fields})).hexdigest()


def _peer(party: str) -> str:
    return next(one for one in PARTIES if one not in (party, "neutral"))


def in_chinese(error: Refused) -> str:
    """A refusal in Chinese: a pillar's by the code with which it begins, else as its check has it."""
    code = error.what.partition(":")[0]
    for edition in pillars.editions().values():
        if code in edition.words.refusals:
            return edition.words.refusals[code].zh
    return chinese(error.step, error.what)


def _waits(one: Delivery, audience: str) -> bool:
    return one.audience == audience and one.state == "waiting" and bool(one.rule)
