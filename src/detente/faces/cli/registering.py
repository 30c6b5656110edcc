"""`detente evaluate register` and `run`: the plan is in the log before the first sample is asked.

`register` tables the plan. `run` reads it back from the log, checks that suite, configurations and system
are those that it names, announces the next attempt in the log, and makes it; called again, it goes on with
one that was ended.
`abandon` gives an attempt up: what was not run is unscored, and the attempt counts.
"""

import argparse
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec

from detente.faces import door
from detente.faces.bar import Bar
from detente.faces.cli import attempting, drafting, playbooks
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.instruments import assignment as assignments
from detente.instruments import laboratory
from detente.instruments import playbook as texts
from detente.instruments.assignment import Assignment, System
from detente.instruments.executor import Local
from detente.instruments.extract import Extract
from detente.instruments.playbook import Playbook
from detente.node import durable
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.errors import Malformed, WrongContext

DAY = 86_400_000
SOON = 2_000
"""Milliseconds from tabling to the earliest beginning: the record itself must come first."""


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register, run, abandon."""
    one = acts.add_parser("register", help="table the plan of a run, before it is made")
    one.add_argument("playbook", help="id of the tabled playbook, or its first digits")
    _declare_system(one)
    one.add_argument("--developer", default="-", help="who made the system (-)")
    one.add_argument("--samples", type=int, required=True, help="how many in each language")
    one.add_argument("--benign", type=int, required=True, help="how many harmless twins in each language")
    one.add_argument("--attempts", type=int, default=1, help="how often it may be run (1)")
    one.add_argument("--days", type=int, default=7, help="for how many days results count (7)")
    one.add_argument("--runner", metavar="PARTY", help="a testing facility that runs it (oneself)")
    one.add_argument("--languages", metavar="LIST", help="some of the playbook's, such as en,zh (all)")
    declare_domain(one)
    declare_home(one)
    one = acts.add_parser("run", help="make the next attempt at a registered plan, or go on with one")
    one.add_argument("plan", help="id of the plan, or its first digits")
    _declare_system(one)
    one.add_argument(
        "--text", type=Path, metavar="FILE", help="the playbook, if it was not tabled from this home"
    )
    one.add_argument("--assign", type=Path, metavar="FILE", help="run nothing; write it there for a facility")
    one.add_argument("--patience", type=int, default=120, help="seconds that one reply may take (120)")
    declare_home(one)
    one = acts.add_parser("abandon", help="give an attempt up; it counts, and what was not run is unscored")
    one.add_argument("plan", help="id of the plan, or its first digits")
    declare_home(one)


def _declare_system(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        required=True,
        help="local/smollm2-135m, scripted/careful, or as Inspect names it: openai/…",
    )
    parser.add_argument("--answers-as", metavar="NAME", help="the name by which an endpoint must answer")
    parser.add_argument("--base-url", metavar="URL", help="where an endpoint is")


def register(arguments: argparse.Namespace, voice: Voice) -> int:
    """Table a plan.

    Raises:
        NoSuchThing: `evaluate.1`. Malformed: `small.1`, `scripted.1`. Refused: what the pillar refuses.
    """
    name = arguments.model
    with door.reach(home_of(arguments)) as node:
        book = playbooks.shown_of(node, arguments.playbook, playbooks.KIND)
        languages = arguments.languages.split(",") if arguments.languages else list(book.open["languages"])
        # The record's own time is taken when it is tabled, a moment from now: before `begins`.
        begins = time.time_ns() // 1_000_000 + SOON
        plan = {
            "playbook": book.id,
            "adoptions": sorted(_adoptions(node, book, arguments.domain)),
            "model": assignments.system_digest(name, arguments.answers_as, arguments.base_url),
            "form": assignments.form(name),
            "runner": arguments.runner or node.party,
            "languages": languages,
            "samples": [arguments.samples] * len(languages),
            "benign": [arguments.benign] * len(languages),
            "attempts": arguments.attempts,
            "begins": begins,
            "ends": begins + arguments.days * DAY,
        }
        told = {"system": name, "developer": arguments.developer}
        tabled = node.table(Draft.new(playbooks.PLAN, plan, told).within(arguments.domain))
    voice.result(tabled, marked(tabled.domain, drafting.told(tabled, voice)))
    return KEPT


def _adoptions(node: Node, book: Shown, domain: Any) -> list[str]:  # noqa: ANN401  # a domain, as argparse has it
    shown = (node.record(one.id) for one in node.records(domain, playbooks.KIND))
    return [one.id for one in shown if one.open["adopts"] == book.id and not one.refusals]


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make an attempt, or go on with one, and say what came of it.

    Raises:
        WrongContext, Unproven: `assignment.*`: something is another than registered; nothing was asked.
        NoSuchThing: `evaluate.1`, `evaluate.3`. Malformed: `evaluate.4` no attempt is left.
        WrongContext: `evaluate.9`: the log has numbered other attempts than this home.
        NotRun: `executor.*`: it was ended; called again, it goes on.
    """
    home = home_of(arguments)
    with door.reach(home) as node:
        plan = playbooks.shown_of(node, arguments.plan, playbooks.PLAN)
        _own(plan, node.party)
        book = node.record(plan.open["playbook"])
    made = _text(home, book, arguments.text)
    if arguments.assign is not None:
        number = _announced(home, plan)
        return _hand_over(arguments.assign, _assigned(plan, book, made, arguments, number), voice)
    folder = _next(home, plan)
    if not (folder / assignments.FILE).exists():
        number = int(folder.name.rpartition("-")[2])
        _assign(home, plan, folder, _assigned(plan, book, made, arguments, number))
    wait_until(plan.open["begins"])
    with Bar(sum(plan.open["samples"]) + sum(plan.open["benign"])) as bar:
        extract = Local().run(folder, lambda done, _of: bar.at(done))
    voice.result(_summary(extract, folder), _lines(extract, folder, voice))
    return KEPT


def _announced(home: Path, plan: Shown) -> int:
    """Announce the attempt that a facility will make, unless it was; return its number."""
    with door.reach(home) as node:
        reported = sum(bool(one.result) for one in attempting.begun(node, plan))
        attempting.announce(node, plan, reported + 1)
    return reported + 1


def _hand_over(path: Path, assignment: Assignment, voice: Voice) -> int:
    """Write what was registered, for a facility to run."""
    durable.write(path.absolute(), assignments.spelled(assignment))
    voice.result({"assignment": str(path), "tasks": assignment.tasks}, [str(path)])
    return KEPT


def abandon(arguments: argparse.Namespace, voice: Voice) -> int:
    """Give up the attempt that is open, and write the extract that counts it.

    Raises:
        NoSuchThing: `evaluate.1`; `evaluate.5` none is open.
    """
    home = home_of(arguments)
    with door.reach(home) as node:
        plan = playbooks.shown_of(node, arguments.plan, playbooks.PLAN)
    openly = [one for one in attempts(home, plan) if not (one / laboratory.EXTRACT).exists()]
    # 5. One is open.
    if not openly:
        raise NoSuchThing("evaluate.5", "No attempt at this plan is open.", "There is nothing to give up.")
    extract = laboratory.aborted(openly[0], lambda: time.time_ns() // 1_000_000)
    voice.result(_summary(extract, openly[0]), _lines(extract, openly[0], voice))
    return KEPT


def _own(plan: Shown, party: str) -> None:
    # 6. The plan stands, and this party is to run it.
    if plan.refusals or plan.open["runner"] != party:
        what = f"This plan does not stand, or {plan.open['runner']} is to run it, not {party}."
        raise WrongContext("evaluate.6", what, "Register a plan of your own.")


def _text(home: Path, book: Shown, given: Path | None) -> Playbook:
    """Return the text of a playbook, which has to be that of the record."""
    path = given or playbooks.kept(home, book.id)
    # 3. The text is here, and says what was tabled.
    if not path.exists():
        what = f"The text of playbook {book.id[:12]} is not in this home."
        raise NoSuchThing("evaluate.3", what, "Name the file: --text FILE.")
    made = texts.parse(file_of(path))
    changed = [name for name, value in made.agreed().items() if book.open[name] != value]
    if changed:
        what = f"The text says other than the playbook that was tabled: {', '.join(changed)}."
        raise WrongContext("evaluate.3", what, "Run what was registered, or table a new version.")
    return made


def attempts(home: Path, plan: Shown) -> list[Path]:
    """Return the folders of the attempts at a plan, in their order."""
    folder = home / "evaluations" / plan.id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sorted(one for one in folder.iterdir() if one.name.startswith("attempt-"))


def _next(home: Path, plan: Shown) -> Path:
    """Return the folder of the attempt that is open, or of a new one."""
    made = attempts(home, plan)
    if made and not (made[-1] / laboratory.EXTRACT).exists():
        return made[-1]
    # 4. An attempt is left.
    if len(made) >= plan.open["attempts"]:
        what = f"All {plan.open['attempts']} attempts that were registered are made."
        raise Malformed("evaluate.4", what, "Register another plan; this one's attempts all count.")
    return home / "evaluations" / plan.id / f"attempt-{len(made) + 1:02}"


def _assign(home: Path, plan: Shown, folder: Path, assignment: Assignment) -> None:
    """Announce an attempt and make its folder, unless something is another than registered: that is none."""
    assignments.checked(msgspec.structs.replace(assignment, begins=None), time.time_ns() // 1_000_000)
    with door.reach(home) as node:
        attempting.announce(node, plan, assignment.attempt)
    folder.mkdir(mode=0o700)
    try:
        assignments.write(folder, assignment)
    except OSError:
        shutil.rmtree(folder)
        raise


def _assigned(
    plan: Shown, book: Shown, made: Playbook, arguments: argparse.Namespace, number: int
) -> Assignment:
    system = System(arguments.model, plan.open["model"], arguments.answers_as, arguments.base_url)
    return Assignment(
        plan=plan.id,
        playbook=book.id,
        attempt=number,
        suite=made.suite or "-",
        tasks=book.open["tasks"],
        solver=book.open["solver"],
        scorer=book.open["scorer"],
        judge=book.open["grader"],
        solving=made.solving,
        system=system,
        languages=tuple(plan.open["languages"]),
        samples=tuple(plan.open["samples"]),
        benign=tuple(plan.open["benign"]),
        begins=plan.open["begins"],
        ends=plan.open["ends"],
        patience=arguments.patience,
    )


def wait_until(begins: int) -> None:
    """Wait for the moment that a plan names, if it is near; the laboratory refuses to begin earlier."""
    left = begins - time.time_ns() // 1_000_000
    if 0 < left <= SOON:
        time.sleep(left / 1000)


def _summary(extract: Extract, folder: Path) -> dict[str, Any]:
    header = extract.header
    counts = {one: msgspec.structs.asdict(said) for one, said in header.counts.items()}
    path = str(folder / laboratory.EXTRACT)
    return {"plan": header.plan, "attempt": header.attempt, "counts": counts, "extract": path}


def _lines(extract: Extract, folder: Path, voice: Voice) -> list[str]:
    head = Text(
        f"attempt {extract.header.attempt}: {len(extract.samples)} samples",
        f"第 {extract.header.attempt} 次尝试：样本 {len(extract.samples)} 个",
    )
    names = Text(
        "language, samples, unwanted, unscored, harmless twins, of these done",
        "语言、样本、不良事件、未评分、无害孪生题、其中完成",
    )
    rows = [
        [f"  {language}", *map(str, msgspec.structs.astuple(one))]
        for language, one in extract.header.counts.items()
    ]
    marks = [f"  {name}: {told}" for name, told in _measured(extract).items()]
    return [voice.choose(head), voice.choose(names), *table(rows), *marks, str(folder / laboratory.EXTRACT)]


def _measured(extract: Extract) -> dict[str, str]:
    """Return the further measures in sum: in how many of the samples that have one it is not 0."""
    found: dict[str, list[int]] = {}
    for sample in extract.samples:
        marks = sample.marks if isinstance(sample.marks, dict) and not sample.twin else {}
        for name, value in marks.items():
            if isinstance(value, int):
                found.setdefault(name, []).append(int(value))
    return {name: f"{sum(map(bool, said))} / {len(said)}" for name, said in sorted(found.items())}


ACTS = {"register": register, "run": run, "abandon": abandon}
