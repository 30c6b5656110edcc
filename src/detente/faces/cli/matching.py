"""`detente match`: find out with one other party how much both hold, and by mutual release what, and no more.

    begin, join      commit to a set of fingerprints in the log, before anything is answered
    answer, count    exchange files of points; each side logs how many both hold
    release, members, confirm      let go, both, which they are; each side sees its own and the other's proof
    near             locally: which reports and drafts here may tell of one event
    audit            play one side again from its run file: for an auditor to whom the party shows it

Files go by whatever carries them; each is checked against what its party has logged.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from detente.faces import door, matchrun
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.exits import KEPT
from detente.faces.holdings import found, near
from detente.faces.matchrun import Run
from detente.faces.speech import Text, Voice, table
from detente.instruments import group, matching
from detente.node import durable
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Unready
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.errors import BadProof

SUBJECTS = ("incidents", "plans")
SCHEME = "ristretto255-1"
MATCH, SET, COUNT, MEMBERS = (f"incidents.match{one}" for one in ("", "-set", "-count", "-members"))
BUDGET = 12
YEAR_MS = 365 * 86_400_000


def declare(parser: argparse.ArgumentParser) -> None:
    """Every step of a run is an act of its own."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    one = acts.add_parser("fingerprints", help="what of this node's own records would be matched")
    one.add_argument("--of", choices=SUBJECTS, default="incidents", help="what the fingerprints are of")
    declare_home(one)
    one = acts.add_parser("near", help="reports and drafts here that may tell of one event")
    declare_home(one)
    one = acts.add_parser("begin", help="propose a match, and commit to the own set")
    one.add_argument("--with", required=True, dest="other", metavar="PARTY", help="with whom")
    _sets(one)
    one = acts.add_parser("join", help="commit to the own set of a match that another party proposed")
    one.add_argument("match", help="id of the proposal")
    _sets(one)
    for name, told, given in (
        ("answer", "answer to the other's points", "the other's points"),
        ("count", "count what both hold, and log it", "the other's answer"),
        ("members", "which of the own set match, and the proof for the other", "what the other released"),
        ("confirm", "check the other's proof", "the other's proof"),
    ):
        one = acts.add_parser(name, help=told)
        one.add_argument("file", type=Path, help=given)
        _keeping(one, writes=name in ("answer", "members"))
    _keeping(acts.add_parser("release", help="let the other know which of its set match"), writes=True)
    one = acts.add_parser("audit", help="play one side again from its run file, against the logs")
    _keeping(one, writes=False)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Take a step.

    Raises:
        NoSuchThing: `match.1`, `match.2`. Unready: `match.3`, `match.4`, `match.5`. BadProof: `match.6`;
        as `matchrun`, `matching`. Misuse: `group.1`. As `Node.table`.
    """
    with door.reach(home_of(arguments)) as node:
        steps = {
            "fingerprints": _fingerprints,
            "near": _near,
            "begin": _begin,
            "join": _join,
            "answer": _answer,
            "count": _count,
            "release": _release,
            "members": _members,
            "confirm": _confirm,
            "audit": _audit,
        }
        steps[arguments.act](node, arguments, voice)
    return KEPT


def _sets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--of", choices=SUBJECTS, default="incidents", help="what the fingerprints are of")
    parser.add_argument(
        "--fingerprints", type=Path, metavar="FILE", help="one a line, in place of those of the own records"
    )
    parser.add_argument(
        "--budget", type=int, default=BUDGET, metavar="N", help="runs a year with one party, all told"
    )
    _keeping(parser, writes=True)


def _keeping(parser: argparse.ArgumentParser, *, writes: bool) -> None:
    parser.add_argument("--run", type=Path, required=True, metavar="FILE", help="of this run; keep it secret")
    if writes:
        parser.add_argument(
            "--to", type=Path, required=True, metavar="FILE", help="where to write what the other gets"
        )
    declare_home(parser)


def _fingerprints(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    held = found(node, arguments.of)
    voice.result({one: list(where) for one, where in held.items()}, list(held) or [voice.choose(_NOTHING)])


_NOTHING = Text(
    "No fingerprint: no own record says anything to match.", "无指纹：本方记录中没有可供比对的内容。"
)


def _near(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    del arguments
    pairs = near(node)
    nothing = Text("No two that meet.", "未发现相近的报告。")
    rows = [[one, other, ", ".join(families)] for one, other, families in pairs]
    found_here = [{"one": one, "other": other, "by": list(families)} for one, other, families in pairs]
    voice.result(found_here, table(rows) if rows else [voice.choose(nothing)])


def _begin(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    _require_budget(node, arguments.other, arguments.budget - 1)
    made = _drawn(node, arguments, arguments.other, arguments.of, os.urandom(32).hex())
    draft = Draft.new(
        MATCH,
        {
            "counterpart": made.other,
            "subject": made.subject,
            "scheme": SCHEME,
            "round": made.round,
            **_committed(made),
        },
    )
    _keep(node, arguments, voice, made, draft)


def _join(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    asked = node.record(arguments.match)
    # 1. It is a match, proposed to this party.
    if asked.kind != MATCH or asked.open["counterpart"] != node.party:
        raise NoSuchThing(
            "match.1", f"{arguments.match[:16]} proposes no match to {node.party}.", "Name the proposal's id."
        )
    _require_budget(node, asked.party, arguments.budget)
    made = _drawn(node, arguments, asked.party, asked.open["subject"], asked.open["round"])
    draft = Draft.new(SET, _committed(made)).answering(asked.id)
    _keep(node, arguments, voice, made, draft)


def _drawn(node: Node, arguments: argparse.Namespace, other: str, subject: Any, number: str) -> Run:  # noqa: ANN401 (one of SUBJECTS, by the parser or the record's kind)
    given = arguments.fingerprints
    held = sorted(set(file_of(given).decode().split("\n")) - {""}) if given else list(found(node, subject))
    return Run(
        match="",
        genesis=node.status().genesis,
        subject=subject,
        round=number,
        party=node.party,
        other=other,
        secret=group.scalar(os.urandom(64)).hex(),
        seed=os.urandom(32).hex(),
        fingerprints=tuple(held),
    )


def _committed(made: Run) -> dict[str, Any]:
    held = made.holding()
    return {"size": held.size, "root": held.root().hex(), "points": matching.digest(held.points())}


def _keep(node: Node, arguments: argparse.Namespace, voice: Voice, made: Run, draft: Draft) -> None:
    """Keep the secrets first: a commitment in the log whose secrets are lost is of no use to anybody."""
    matchrun.write(arguments.run, made)
    durable.place(arguments.to, matchrun.dump(made.holding().points()))
    tabled = node.table(draft)
    matchrun.write(arguments.run, _with(made, match=draft.thread or tabled.id))
    told = Text(
        f"{len(made.fingerprints)} fingerprints, committed to in {tabled.id}. "
        f"Hand {arguments.to} to {made.other}.",
        f"{len(made.fingerprints)} 个指纹，承诺见 {tabled.id}。请将 {arguments.to} 交给 {made.other}。",
    )
    voice.result({"match": draft.thread or tabled.id, "size": len(made.fingerprints)}, [voice.choose(told)])


def _with(made: Run, **changed: Any) -> Run:  # noqa: ANN401 (fields of Run)
    return Run(**{**{name: getattr(made, name) for name in made.__struct_fields__}, **changed})


def _require_budget(node: Node, other: str, budget: int) -> None:
    """Each run lets both ask what the other holds: a year has so many of them, whoever proposed."""
    now = node.status().now
    recent = [node.record(one.id) for one in node.records(kind=MATCH)]
    pair = {node.party, other}
    count = sum(
        1 for one in recent if one.at > now - YEAR_MS and {one.party, one.open["counterpart"]} == pair
    )
    # 5. There is a run left.
    if count > budget:
        raise Unready(
            "match.5",
            f"{count} runs with {other} in a year, and no more are allowed.",
            "Wait, or agree on more: --budget.",
        )


def _sides(node: Node, made: Run) -> tuple[Shown, Shown]:
    """The two commitments of a run: its own, then the other's."""
    asked = node.record(made.match)
    answers = [node.record(one.id) for one in node.records(kind=SET)]
    sets = [one for one in answers if one.thread == made.match and one.stands]
    # 3. Both are logged: before that, nothing is answered.
    if asked.kind != MATCH or not sets:
        raise Unready(
            "match.3", "Not both sets are logged.", "Wait until the other has: detente record list."
        )
    mine, other = (asked, sets[0]) if asked.party == made.party else (sets[0], asked)
    return mine, other


def _answer(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    _, other = _sides(node, made)
    theirs = matchrun.parse(file_of(arguments.file), other.open["points"])
    # 6. As many as it committed to.
    if len(theirs) != other.open["size"]:
        raise BadProof("match.6", f"{len(theirs)} points of a set of {other.open['size']}.", "Keep the file.")
    given = made.holding().answer(theirs)
    matchrun.write(arguments.run, _with(made, theirs=matchrun.hexed(theirs), given=matchrun.hexed(given)))
    durable.place(arguments.to, matchrun.dump(given))
    told = Text(f"Hand {arguments.to} to {made.other}.", f"请将 {arguments.to} 交给 {made.other}。")
    voice.result({"file": str(arguments.to), "points": len(given)}, [voice.choose(told)])


def _count(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    mine, other = _sides(node, made)
    # 4. The other was answered: counting goes both ways, or not at all.
    if not made.given:
        raise Unready("match.4", "The other has no answer yet.", "Answer first: detente match answer.")
    reply = matchrun.parse(file_of(arguments.file), None)
    kept = _with(made, reply=matchrun.hexed(reply))
    common = len(kept.common())
    matchrun.write(arguments.run, kept)
    said = {
        "set": mine.id if mine.kind == SET else other.id,
        "reply": matching.digest(matchrun.raw(made.given)),
        "common": common,
    }
    tabled = node.table(Draft.new(COUNT, said).answering(made.match))
    told = Text(f"{common} in common.", f"双方共有 {common} 个。")
    voice.result({"common": common, "count": tabled.id}, [voice.choose(told)])


def _counts(node: Node, made: Run) -> tuple[Shown, Shown]:
    shown = [node.record(one.id) for one in node.records(kind=COUNT)]
    here = {one.party: one for one in shown if one.thread == made.match and one.stands}
    # 3. Both have counted.
    if {made.party, made.other} - here.keys():
        raise Unready("match.3", "Not both have counted.", "Wait until the other has.")
    return here[made.party], here[made.other]


def _release(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    mine, other = _counts(node, made)
    pairs = made.holding().pairs(matchrun.raw(made.theirs), made.common())
    durable.place(arguments.to, matchrun.dump(pairs))
    said = {"mine": mine.id, "theirs": other.id, "pairs": matching.digest(pairs)}
    tabled = node.table(Draft.new(MEMBERS, said).answering(made.match))
    told = Text(f"Hand {arguments.to} to {made.other}.", f"请将 {arguments.to} 交给 {made.other}。")
    voice.result({"file": str(arguments.to), "released": tabled.id}, [voice.choose(told)])


def _known(node: Node, made: Run, data: bytes) -> tuple[str, ...]:
    """Our fingerprints that the other let us know."""
    shown = [node.record(one.id) for one in node.records(kind=MEMBERS)]
    theirs = [one for one in shown if one.thread == made.match and one.party == made.other and one.stands]
    # 2. The other has let them go.
    if not theirs:
        raise NoSuchThing("match.2", f"{made.other} has released nothing.", "Ask for detente match release.")
    pairs = matchrun.parse(data, theirs[-1].open["pairs"])
    return made.holding().members(pairs, len(made.common()))


def _members(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    known = _known(node, made, file_of(arguments.file))
    durable.place(arguments.to, matchrun.dump_opened(made.holding().open(known)))
    held = found(node, made.subject)
    rows = [f"{one}  {' '.join(held.get(one, ()))}".rstrip() for one in known]
    voice.result({one: list(held.get(one, ())) for one in known}, rows)


def _confirm(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    _, other = _sides(node, made)
    opened = matchrun.parse_opened(file_of(arguments.file))
    mine = set(made.fingerprints)
    expected = [one.fingerprint for one in opened if one.fingerprint in mine]
    count = len(made.common())
    # 6. As many as were counted, all of them ours.
    if len(opened) != count or len(set(expected)) != count:
        raise BadProof("match.6", f"{len(set(expected))} openings of {count} in common.", "Keep the file.")
    matching.require_members(opened, expected, bytes.fromhex(other.open["root"]), other.open["size"])
    told = Text(
        f"{made.other} committed to all {count} before the run.",
        f"{made.other} 在比对前已对全部 {count} 个作出承诺。",
    )
    voice.result({"confirmed": sorted(expected)}, [voice.choose(told)])


def _audit(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    made = matchrun.read(arguments.run)
    mine, _ = _sides(node, made)
    logged = (mine.open["size"], mine.open["root"], mine.open["points"])
    matching.audit(made.holding(), logged, matchrun.raw(made.theirs), matchrun.raw(made.given))
    counted, _ = _counts(node, made)
    # 6. The answer is the one that was logged, and the count follows from the files.
    if counted.open["reply"] != matching.digest(matchrun.raw(made.given)) or counted.open["common"] != len(
        made.common()
    ):
        raise BadProof("match.6", f"{made.party} counted or answered otherwise.", "Tell both parties.")
    told = Text(
        f"{made.party} held what it committed to, answered honestly, and counted right.",
        f"{made.party} 所持集合与承诺一致，应答如实，计数无误。",
    )
    voice.result({"party": made.party, "size": mine.open["size"]}, [voice.choose(told)])
