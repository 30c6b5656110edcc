"""`detente verify PATH`: an export, a bundle, a home or evidence; off-line; 0 only if every byte holds."""

import argparse
import os
from pathlib import Path

import msgspec

from detente.faces import pillars
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice, both, refused
from detente.node import auditor
from detente.node.report import Fault, Report


def declare(parser: argparse.ArgumentParser) -> None:
    """What to check, and against which accord."""
    parser.add_argument("path", type=Path, help="a folder that was exported, a bundle, a home, or evidence")
    parser.add_argument(
        "--genesis", help="the accord that it must belong to, as you know it; else as it says itself"
    )
    parser.add_argument(
        "--cores", type=int, metavar="N", help="on how many cores to check many records; all, unless you say"
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check every byte, and say what does not hold.

    Raises:
        DetenteError: nothing there can be checked at all.
    """
    report = auditor.verify(
        arguments.path,
        genesis=arguments.genesis,
        installed=pillars.installed(),
        cores=arguments.cores or os.cpu_count() or 1,
    )
    voice.result(_value(report), _lines(arguments.path, report, voice))
    return KEPT if report.ok else UNSOUND


COUNTED = {
    "bodies": "正文",
    "bodies not held": "未持有的正文",
    "bodies under unknown terms": "所据条款未知的正文",
    "checkpoints": "检查点",
    "cosignatures": "联署",
    "entries": "条目",
    "kinds not checked: no pillars were given": "未提供合作领域，未核对种类",
    "packages": "密封包",
    "releases not reviewed: logs or bodies are not here": "缺少日志或正文，未能复核的开示",
    "releases reviewed": "已复核的开示",
    "signatures": "签名",
    "standing": "履约状况",
    "stored bodies": "库存正文",
    "stored entries": "库存条目",
    "tiles": "瓦片",
}


def _value(report: Report) -> dict[str, object]:
    whole: dict[str, object] = msgspec.to_builtins(report)
    faults = [_both(one) for one in report.faults]
    return whole | {"faults": faults}


def _both(fault: Fault) -> dict[str, object]:
    told = refused(fault.step, fault.what, fault.remedy)
    return {"error": fault.error, "path": fault.path, "step": fault.step, **both(*told)}


def _counted(name: str, voice: Voice) -> str:
    return voice.choose(Text(name, COUNTED.get(name, name)))


def _lines(path: Path, report: Report, voice: Voice) -> list[str]:
    looked = ", ".join(f"{count} {_counted(name, voice)}" for name, count in report.counts.items())
    holds = Text(f"Every byte holds: {path} ({report.kind}).", f"每个字节均成立：{path}（{report.kind}）。")
    fails = Text(
        f"{len(report.faults)} things do not hold: {path} ({report.kind}).",
        f"有 {len(report.faults)} 处不成立：{path}（{report.kind}）。",
    )
    lines = [voice.choose(holds if report.ok else fails)]
    lines.append(voice.choose(Text(f"  accord {report.genesis}", f"  协议 {report.genesis}")))
    lines.append(voice.choose(Text(f"  looked at: {looked}", f"  已核对：{looked}")))
    for fault in report.faults:
        what, remedy = refused(fault.step, fault.what, fault.remedy)
        lines.append(f"  {fault.path}: {voice.choose(what)} [{fault.step}, {fault.error}]")
        lines.append(f"    {voice.choose(remedy)}")
    return lines
