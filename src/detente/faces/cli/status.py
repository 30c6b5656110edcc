"""`detente status`: what a node has, how far the others are, and what it waits for."""

import argparse
from collections.abc import Mapping

from detente.faces import door, testimony
from detente.faces.cli.place import declare_home, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.machine import STATES
from detente.faces.sentence import reason
from detente.faces.speech import Text, Voice, clock, table
from detente.node.delivery import Alarm
from detente.node.pauses import Paused
from detente.node.status import DomainStatus, Status

PROPOSED = {
    "pause": "暂停",
    "notify": "通知",
    "activate": "启用",
    "suspend": "中止",
    "subject": "记录所涉对象",
    "all": "各方",
}
"""What is proposed, and about what, in Chinese; a pillar and a party keep their names."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Whose status."""
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the status.

    Raises:
        HomeMissing: `home.3`, `place.1`.
    """
    with door.reach(home_of(arguments)) as node:
        status = node.status()
    voice.result(status, _lines(status, voice))
    return KEPT


def _lines(status: Status, voice: Voice) -> list[str]:
    lines = [
        voice.choose(Text(f"{status.party}, {clock(status.now)}", f"{status.party}，{clock(status.now)}")),
        voice.choose(
            Text(
                f"accord {status.genesis}, version {status.version}",
                f"协议 {status.genesis}，第 {status.version} 版",
            )
        ),
    ]
    for name, domain in status.domains.items():
        lines += [
            *_named(name, domain, voice),
            *(f"  {line}" for line in _domain(domain, status, voice)),
        ]
    if status.trouble:
        lines.append(voice.choose(Text(f"trouble: {status.trouble}", f"故障：{reason(status.trouble)}")))
    return lines


def _named(name: str, domain: DomainStatus, voice: Voice) -> list[str]:
    if name != "exercise":
        return [name]
    stopped = Text(
        f"  NO-DUFF: this exercise was stopped, by {domain.stopped}; act on what is real.",
        f"  NO-DUFF：本次演习已中止，见 {domain.stopped}；请处置真实情况。",
    )
    return marked(name, [voice.choose(stopped)] if domain.stopped else [])


def _differences(domain: DomainStatus, voice: Voice) -> list[str]:
    label = voice.choose(Text("ALARM, standing differs", "警报，履约状况不一致"))
    return [f"{label}: {what}" for what in domain.differences]


def _suspended(domain: DomainStatus, voice: Voice) -> list[str]:
    label = voice.choose(Text("suspended", "已中止"))
    return [f"{label}: {pillar} ({name[:16]})" for pillar, name in sorted(domain.suspended.items())]


def _pauses(domain: DomainStatus, voice: Voice) -> list[str]:
    label = voice.choose(Text("pause", "暂停"))

    return [
        f"{label}: {one.asker} → {one.who}: {voice.choose(STATES[one.state])}, {one.activity}, "
        f"{clock(one.until)} ({one.id[:16]}){_attested(one, voice)}"
        for one in domain.pauses
    ]


def _attested(one: Paused, voice: Voice) -> str:
    """Which laboratories say that it rests, by their own key or in their party's word."""
    return "".join(voice.choose(Text(f"; {said.en}", f"；{said.zh}")) for said in testimony.told(one))


def _wakes(domain: DomainStatus, voice: Voice) -> list[str]:
    """How many messages want an officer, and about how many nobody could be reached."""
    alone = sum(one.state == "voice" for one in domain.wakes)
    said = Text(
        f"messages that want an officer: {len(domain.wakes)}; nobody reached about: {alone}",
        f"待官员处理的电文：{len(domain.wakes)}；其中无人应答：{alone}",
    )
    return [voice.choose(said)] if domain.wakes else []


def _proposals(domain: DomainStatus, party: str, voice: Voice) -> list[str]:
    label = voice.choose(Text("to decide", "待决定"))
    return [
        f"{label}: {_listed(one.propose, voice)}, "
        f"{voice.choose(STATES[one.states[party]])}, {clock(one.until)} ({one.clause}, {one.record})"
        for one in domain.proposals
    ]


def _listed(propose: Mapping[str, str], voice: Voice) -> str:
    rows = sorted(propose.items())
    en = ", ".join(f"{verb} {about}" for verb, about in rows)
    zh = "、".join(PROPOSED[verb] + PROPOSED.get(about, about) for verb, about in rows)
    return voice.choose(Text(en, zh))


def _disputes(domain: DomainStatus, voice: Voice) -> list[str]:
    label = voice.choose(Text("dispute", "争议"))
    return [
        f"{label}: {one.raiser}, {one.about}, {one.record[:16]}: {voice.choose(STATES[one.state])}, "
        f"{clock(one.until)} ({one.id[:16]})"
        for one in domain.disputes
    ]


def _ending(domain: DomainStatus, now: int, voice: Voice) -> list[str]:
    """The pillars that end by themselves soon, or have ended."""
    said = {True: Text("ended", "已终止"), False: Text("ends", "即将终止")}
    return [
        f"{voice.choose(said[end <= now])}: {pillar}, {clock(end)}"
        for pillar, end in sorted(domain.ending.items())
    ]


def _leaving(domain: DomainStatus, voice: Voice) -> list[str]:
    return [
        f"{party}: {voice.choose(STATES[state])}, {clock(when)} ({name[:16]})"
        for party, (name, state, when) in sorted(domain.leaving.items())
    ]


def _domain(domain: DomainStatus, status: Status, voice: Voice) -> list[str]:
    own = domain.own
    head = [voice.choose(Text(*pair)) for pair in (("log", "日志"), ("leaves", "条目"), ("state", "状态"))]
    cosigned = ", ".join(f"{name} {size}" for name, size in sorted(own.cosigned.items()))
    mine = voice.choose(
        Text(f"signed {own.signed}; cosigned {cosigned}", f"已签 {own.signed}；已联署 {cosigned}")
    )
    forked = voice.choose(Text("FORKED", "日志分叉"))
    rows = [head, [voice.choose(Text("own", "本方")), str(own.size), mine]]
    for other, log in sorted(domain.others.items()):
        lacking = sum(last - first + 1 for first, last in log.missing)
        state = voice.choose(
            Text(f"seen {log.seen}; bodies not held {lacking}", f"已见 {log.seen}；未持有正文 {lacking}")
        )
        if log.waiting_since is not None:
            since = clock(log.waiting_since)
            state += voice.choose(
                Text(
                    f"; signed but not shown {log.seen - log.here}, since {since}",
                    f"；已签发而未出示 {log.seen - log.here} 条，始于 {since}",
                )
            )
        rows.append([other, str(log.here), f"{state} {forked if log.forked else ''}".rstrip()])
    return [
        *_differences(domain, voice),
        *_suspended(domain, voice),
        *_wakes(domain, voice),
        *_pauses(domain, voice),
        *_proposals(domain, status.party, voice),
        *_disputes(domain, voice),
        *_leaving(domain, voice),
        *_ending(domain, status.now, voice),
        *table(rows),
        *(_alarm(one, voice) for one in domain.alarms),
    ]


def _alarm(one: Alarm, voice: Voice) -> str:
    """A clause that could not be decided: it granted nothing, and somebody has to look."""
    words = {
        "unknown": Text("reads what is unknown", "所读之值未知"),
        "error": Text("could not be evaluated", "无法求值"),
    }
    what = voice.choose(words[one.truth])
    return voice.choose(
        Text(
            f"ALARM: {one.clause} {what}, about {one.record[:12]} to {one.audience}: grants nothing",
            f"警报：条款 {one.clause} {what}（记录 {one.record[:12]}，对 {one.audience}）；未予授权",
        )
    )
