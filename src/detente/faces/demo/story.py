"""The story: the scenes in order, the audit, and what the last line says with `--json`."""

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Protocol

import msgspec

from detente.faces.demo import ceremony
from detente.faces.demo.audit import Audit, Outcome
from detente.faces.demo.cases import Case, cases
from detente.faces.demo.cast import Cast, until
from detente.faces.demo.caught import Caught
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import programs
from detente.faces.demo.contingency import Contingency
from detente.faces.demo.frozen import Frozen
from detente.faces.demo.keyboard import Skipped
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import Scenes
from detente.faces.demo.stage import Stage, ports
from detente.faces.demo.withheld import Withheld
from detente.faces.speech import Text
from detente.faces.verdict import VERDICTS

SCENES = ("frozen", "withheld", "contingency", "caught")
FIRST = "coding-assistant-wiper"
INCIDENT = "agent-deletes-live-database"
GRAVE = "meeting-of-forged-colleagues"
BEFORE = (
    "open-log-database",
    "forged-surrender-address",
    "tay",
    "face-search-code-exposed",
    "translation-leads-to-arrest",
    "robotaxi-drags-pedestrian",
)
MEANWHILE = ("chat-titles-shown-to-strangers", "locker-opened-by-a-photo", "care-hours-cut-by-formula")
AFTER = ("order-system-floods-market", "averaged-debts", "patrol-robot-in-the-fountain", "shadowray")
HELD_BACK = frozenset(
    {
        "virustotal-poisoning",
        "stolen-model-access",
        "models-that-open-a-shell",
        "account-opening-deepfake-kit",
        "self-harm-videos-recommended",
        "flight-control-pushes-down",
    }
)
"""Grave ones: each would make its party owe a notice, and the demonstration gives one notice, not seven."""
VICTIM = "neutral"
UNTOLD = "models-that-open-a-shell"
"""What cn would report, were the pillar not suspended."""
UNLAWFUL = "tax-face-camera-hijack"
"""A grave report of cn's, whose deployer the law is said to withhold."""


class Scene(Protocol):
    """What can be skipped: a scene that ends in a check."""

    title: ClassVar[Text]

    def play(self) -> dict[str, object]:
        """Play it, and return what was measured; `held` says whether all was as promised."""


def play(stage: Stage, narrator: Narrator, base_port: int, skip: Collection[str] = ()) -> Outcome:
    """Play every scene but those to be skipped, and return what the audit found."""
    chosen = dict(zip(PARTIES, ports(base_port, len(PARTIES)), strict=True))
    cast = _found(stage, narrator, chosen)
    scenes, known = Scenes(cast, narrator), cases()
    _ordinary(scenes, known)
    played: dict[str, dict[str, object]] = {}
    frozen = Frozen(scenes, known[UNTOLD])
    played["frozen"] = _skippable(narrator, frozen, skipped="frozen" in skip)
    if frozen.rests:
        frozen.thaw()
    withheld = Withheld(scenes, known[UNLAWFUL])
    played["withheld"] = _skippable(narrator, withheld, skipped="withheld" in skip)
    cast.sure(PARTIES)
    until("all nodes hold everything", lambda: scenes.level() or None)
    narrator.scene("The audit, by separate commands", "由独立命令进行的审计")
    outcome = Audit(cast, narrator).run()
    # What follows is played in worlds of their own; desks find these nodes running again.
    cast.rest()
    contingency = Contingency(stage.folder / "contingency", narrator, known[UNTOLD])
    played["contingency"] = _skippable(narrator, contingency, skipped="contingency" in skip)
    played["caught"] = _skippable(
        narrator, Caught(stage, narrator, known[INCIDENT]), skipped="caught" in skip
    )
    held = all(one.get("held", True) for one in played.values())
    outcome = msgspec.structs.replace(outcome, scenes=played, verified=outcome.verified and held)
    _close(narrator, outcome)
    return outcome


def _ordinary(scenes: Scenes, known: Mapping[str, Case]) -> None:
    """What happens on ordinary days: reports, the gate, a duty, a node that fails."""
    narrator = scenes.narrator
    narrator.scene("One record's way", "一条记录的路程")
    near_miss = scenes.follow(known[FIRST])
    narrator.scene("The others report too", "其他各方也提交记录")
    incident = scenes.report(known[INCIDENT])
    for name in BEFORE:
        scenes.report(known[name])
    narrator.scene("What leaves, and what does not", "什么离开，什么不离开")
    scenes.disclose((known[FIRST], near_miss.id), (known[INCIDENT], incident.id))
    scenes.refuse(known[FIRST])
    narrator.scene("A duty arises, and is kept", "义务产生，并得到履行")
    scenes.notify(known[GRAVE])
    narrator.scene("A node is killed", "一个节点被强行终止")
    scenes.crash(VICTIM, [known[name] for name in MEANWHILE])
    for name in (*AFTER, *_others(known)):
        scenes.report(known[name])
    until("all nodes hold everything", lambda: scenes.level() or None)
    scenes.notify_all()


def _skippable(narrator: Narrator, scene: Scene, *, skipped: bool) -> dict[str, object]:
    """Play a scene to its end, or until whoever watches skips it."""
    key = narrator.keys.hears and not skipped
    narrator.scene(
        f"{scene.title.en}{' (press s to skip)' if key else ''}",
        f"{scene.title.zh}{'（按 s 跳过）' if key else ''}",
    )
    if skipped:
        narrator.tell("skipped, as asked with --skip", "已按 --skip 跳过")
        return {"played": False}
    narrator.keys.arm()
    try:
        return {"played": True} | scene.play()
    except Skipped:
        narrator.tell("skipped; nothing of what was recorded is undone", "已跳过；已记录的内容均予保留")
        return {"played": False}
    finally:
        narrator.keys.armed = False


def _others(known: Iterable[str]) -> list[str]:
    """Return the cases that no scene names, but those held back: with them, at least forty are told."""
    named = {FIRST, INCIDENT, GRAVE, UNLAWFUL, *BEFORE, *MEANWHILE, *AFTER}
    return [name for name in known if name not in named | HELD_BACK]


def _found(stage: Stage, narrator: Narrator, chosen: dict[str, int]) -> Cast:
    """Found the accord, and start the nodes."""
    narrator.scene(
        "DEMONSTRATION. The incidents are real and public; that a party reports them is played.",
        "演示。事件真实且公开；由某方报告则是演示中的安排。",
    )
    narrator.tell(
        "No record is any government's statement. Clocks are shortened: an hour passes in each second.",
        "任何记录都不是任何政府的声明。时钟已缩短：每秒相当于一小时。",
    )
    narrator.say(f"Where `detente` stands below: {programs()}", f"下文中的 `detente` 位于：{programs()}")
    made = ceremony.homes(stage.folder, chosen, narrator.pace)
    appointed = ceremony.appoint(stage)
    accord = ceremony.found(stage, made, appointed, narrator.pace)
    narrator.tell(
        f"6 officers, each a process with keys of its own, signed accord {accord.genesis[:16]}",
        f"6 名官员（各为独立进程，持有自己的密钥）签署了协议 {accord.genesis[:16]}",
    )
    cast = Cast(stage, made)
    cast.start_all(PARTIES)
    for party in PARTIES:
        narrator.tell(
            f"{party}: a node of its own, process {stage.running[f'node-{party}'].pid}, port {chosen[party]}",
            f"{party}：独立节点，进程 {stage.running[f'node-{party}'].pid}，端口 {chosen[party]}",
        )
    return cast


def _close(narrator: Narrator, outcome: Outcome) -> None:
    held = ", ".join(f"{party} {count}" for party, count in outcome.records.held.items())
    said = {name: narrator.voice.choose(VERDICTS[name]) for name in outcome.duties}
    duties = ", ".join(f"{said[name]} {count}" for name, count in outcome.duties.items())
    narrator.tell(
        f"{outcome.records.tabled} records tabled; held: {held}; duties: {duties}",
        f"共提交 {outcome.records.tabled} 条记录；持有：{held}；义务：{duties}",
    )
    if outcome.verified:
        narrator.tell(
            "every byte holds, and all sides compute the same standing",
            "每个字节均成立，各方算得的履约状况相同",
        )
    else:
        narrator.tell("SOMETHING DOES NOT HOLD: see above", "有不成立之处：见上文")
