"""`detente evaluate playbook new|check|explain|table|changes|coverage`: tests that are agreed beforehand.

A playbook is a file of one's own until it is tabled; another party adopts it by tabling the same with
`--adopts`. `changes` says what each later version changed, and `coverage` which domains are planned, in
which languages, by whom.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec

from detente.faces import door
from detente.faces.cli import drafting
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.instruments import playbook as playbooks
from detente.instruments import suite as shelf
from detente.instruments.playbook import DOMAINS, Playbook
from detente.node import durable
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.record import Domain

DOMAINS_OF_LOGS: tuple[Domain, ...] = get_args(Domain)
KIND, PLAN = "evaluations.playbook", "evaluations.plan"


class Covered(msgspec.Struct, frozen=True):
    """One line of coverage: who plans a domain in a language, and who only has a playbook for it."""

    domain: str
    language: str
    playbooks: tuple[str, ...]
    plans: tuple[str, ...]


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Each step of a playbook's life."""
    acts.add_parser("suites", help="what is shipped, and what each suite cannot tell")
    own = acts.add_parser("playbook", help="write, check and agree on a test").add_subparsers(
        dest="step", metavar="STEP", required=True
    )
    one = own.add_parser("new", help="a playbook to begin with")
    one.add_argument("subject", choices=tuple(DOMAINS), metavar="DOMAIN", help="what is tested for")
    one.add_argument("--to", type=Path, help="a file that is not there yet (standard output)")
    for name, said in (("check", "see that a playbook can be run"), ("explain", "a playbook in words")):
        own.add_parser(name, help=said).add_argument("file", type=Path, help="the playbook")
    one = own.add_parser("table", help="table a playbook, or adopt another party's")
    one.add_argument("file", type=Path, help="the playbook")
    one.add_argument("--adopts", metavar="ID", help="the playbook of another party that says the same")
    one.add_argument("--previous", metavar="ID", help="the version that this one replaces")
    declare_home(one)
    declare_domain(one)
    one = own.add_parser("changes", help="what later versions of playbooks changed")
    one.add_argument("--since", type=int, default=1, metavar="NUMBER", help="the version to begin after (1)")
    declare_home(one)
    declare_domain(one)
    one = own.add_parser("coverage", help="which domains are tested in which languages, and by whom")
    declare_home(one)
    declare_domain(one)


def suites(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the suites that are shipped."""
    del arguments
    found = []
    lines = []
    for name in shelf.names():
        one = shelf.shipped(name)
        twins = sum(item.twin for item in one.items)
        told = {"items": len(one.items) - twins, "twins": twins, "root": one.root(), "limits": one.limits}
        found.append({"name": name, "domain": one.domain, "languages": one.languages, **told})
        lines += [
            f"{name}  {voice.choose(Text(one.title['en'], one.title['zh']))}",
            f"  {told['items']} + {twins}  {' '.join(one.languages)}  {told['root']}",
            f"  {voice.choose(Text(one.limits['en'], one.limits['zh']))}",
        ]
    voice.result(found, lines)
    return KEPT


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        Malformed, TooLarge: `playbook.*`, `suite.*`. NoSuchThing: `evaluate.1`. FileExists: `durable.*`.
    """
    steps: dict[str, Callable[[argparse.Namespace, Voice], int]] = {
        "new": _new,
        "check": _check,
        "explain": _explain,
        "table": _table,
        "changes": _changes,
        "coverage": _coverage,
    }
    return steps[arguments.step](arguments, voice)


def _new(arguments: argparse.Namespace, voice: Voice) -> int:
    text = playbooks.template(arguments.subject)
    if arguments.to is None:
        voice.exact(text, end="")
        return KEPT
    # 2. Nothing is overwritten.
    if arguments.to.exists():
        raise NoSuchThing("evaluate.2", f"{arguments.to} is there already.", "Name a file that is not.")
    durable.write(arguments.to, text.encode())
    voice.result({"file": str(arguments.to)}, [str(arguments.to)])
    return KEPT


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    agreed = playbooks.parse(file_of(arguments.file)).agreed()
    rows = [[f"  {name}", str(value)] for name, value in agreed.items()]
    voice.result(
        agreed, [voice.choose(Text("It can be run. What is agreed:", "可以运行。约定内容：")), *table(rows)]
    )
    return KEPT


def _explain(arguments: argparse.Namespace, voice: Voice) -> int:
    made = playbooks.parse(file_of(arguments.file))
    voice.result(made.agreed(), explained(made, voice))
    return KEPT


def explained(made: Playbook, voice: Voice) -> list[str]:
    """Return what a playbook says, for a person."""
    suite = made.tasks()
    items = made.agreed()["items"]
    both = [Text(one["en"], one["zh"]) for one in (made.title, made.method, made.threat)]
    lines = [voice.choose(both[0]), f"  {voice.choose(both[1])}", f"  {voice.choose(both[2])}"]
    rate = Text(
        f"  {items} items. Yellow from {_percent(made.yellow)}, red from {_percent(made.red)},"
        f" with {_percent(made.confidence)} confidence.",
        f"  题目 {items} 个。黄线 {_percent(made.yellow)}，红线 {_percent(made.red)}，"
        f"置信度 {_percent(made.confidence)}。",
    )
    gate = Text(
        f"  Invalid if more than {_percent(made.unscored_limit)} stays unscored,"
        f" or less than {_percent(made.utility_floor)} of the harmless twins is done.",
        f"  未评分超过 {_percent(made.unscored_limit)}，"
        f"或无害孪生题完成不足 {_percent(made.utility_floor)}，即为无效。",
    )
    lines += [voice.choose(rate), voice.choose(gate)]
    if suite is not None:
        limits = Text(f"  Limits: {suite.limits['en']}", f"  局限：{suite.limits['zh']}")
        origin = Text(f"  Origin: {suite.provenance['origin']}", f"  来源：{suite.provenance['origin']}")
        lines += [voice.choose(limits), voice.choose(origin)]
    return lines


def _percent(rate: int) -> str:
    return f"{rate // 100}.{rate % 100:02} %" if rate % 100 else f"{rate // 100} %"


def _table(arguments: argparse.Namespace, voice: Voice) -> int:
    data = file_of(arguments.file)
    made = playbooks.parse(data)
    with door.reach(home_of(arguments)) as node:
        adopts, previous = (
            shown_of(node, digits, KIND) if digits else None
            for digits in (arguments.adopts, arguments.previous)
        )
        links = {"adopts": adopts.id if adopts else None, "previous": previous.id if previous else None}
        if adopts is not None:
            links["previous"] = adopts.open["previous"]
        told = {} if adopts else made.told()
        draft = Draft.new(KIND, made.agreed() | links, told).within(arguments.domain)
        root = adopts or previous
        if root is not None:
            draft = draft.answering(root.thread or root.id)
        tabled = node.table(draft)
    durable.write(kept(home_of(arguments), tabled.id), data)
    voice.result(tabled, marked(tabled.domain, drafting.told(tabled, voice)))
    return KEPT


def kept(home: Path, playbook: str) -> Path:
    """Return where the text of a playbook stays that was tabled from this home."""
    folder = home / "evaluations"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{playbook}.toml"


def shown_of(node: Node, digits: str, kind: str) -> Shown:
    """Return the record of a kind whose id begins with these digits.

    Raises:
        NoSuchThing: `evaluate.1`.
    """
    known = node.status().domains
    found = {
        one.id
        for domain in DOMAINS_OF_LOGS
        if domain in known
        for one in node.records(domain, kind)
        if one.id.startswith(digits)
    }
    # 1. The digits name one record of this kind.
    if len(found) != 1:
        what = f"{digits[:64]!a} names {len(found)} records of the kind {kind}."
        raise NoSuchThing("evaluate.1", what, "Give more digits; detente record list has them all.")
    return node.record(found.pop())


def _changes(arguments: argparse.Namespace, voice: Voice) -> int:
    found: list[dict[str, Any]] = []
    with door.reach(home_of(arguments)) as node:
        shown = {one.id: node.record(one.id) for one in node.records(arguments.domain, KIND)}
    for one in shown.values():
        before = shown.get(one.open["previous"] or "")
        if before is None or one.open["number"] <= arguments.since:
            continue
        changed = {
            name: [before.open[name], value]
            for name, value in one.open.items()
            if name not in ("previous", "adopts", "number") and before.open[name] != value
        }
        found.append({"id": one.id, "party": one.party, "number": one.open["number"], "changed": changed})
    lines = [
        f"{one['party']} {one['number']} {one['id'][:12]}  {name}: {old} → {new}"
        for one in found
        for name, (old, new) in one["changed"].items()
    ]
    nothing = voice.choose(Text("No later version.", "没有更新的版本。"))
    voice.result(found, marked(arguments.domain, lines or [nothing]))
    return KEPT


def _coverage(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        books = [node.record(one.id) for one in node.records(arguments.domain, KIND)]
        plans = [node.record(one.id) for one in node.records(arguments.domain, PLAN)]
    domains = {one.id: one.open["domain"] for one in books}
    having = [
        (one.open["domain"], language, one.party, "") for one in books for language in one.open["languages"]
    ]
    having += [
        (domains.get(one.open["playbook"], "?"), language, "", f"{one.party}>{one.open['runner']}")
        for one in plans
        for language in one.open["languages"]
    ]
    languages = sorted({language for _, language, _, _ in having}) or ["en", "zh"]
    covered = [
        Covered(
            domain=domain,
            language=language,
            playbooks=tuple(
                sorted({who for at, said, who, _ in having if (at, said) == (domain, language) and who})
            ),
            plans=tuple(
                sorted({who for at, said, _, who in having if (at, said) == (domain, language) and who})
            ),
        )
        for domain in DOMAINS
        for language in languages
    ]
    gap = voice.choose(Text("nobody", "无人"))
    rows = [
        [one.domain, one.language, ",".join(one.playbooks) or gap, ",".join(one.plans) or gap]
        for one in covered
    ]
    head = Text(
        "domain, language, who has a playbook, who plans>runs it", "领域、语言、谁有规程、谁计划>谁运行"
    )
    voice.result(covered, marked(arguments.domain, [voice.choose(head), *table(rows)]))
    return KEPT
