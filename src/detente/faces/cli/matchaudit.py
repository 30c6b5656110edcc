"""`detente match audit`: whether private matches kept to the accord, by the logs alone or by a run file."""

import argparse

from detente.faces import matchrun, matchtrail
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.matchside import Side
from detente.faces.matchtrail import ANSWER, COUNT
from detente.faces.speech import Text, Voice, table
from detente.instruments import matching
from detente.node.node import Node
from detente.trust.errors import BadProof


def run(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    """Review every run by the logs; with a run file, play its side again.

    Raises:
        Malformed: `matchrun.1`. Unready: `match.3`. BadProof: `match.6`, `audit.1` to `audit.3`.
    """
    return _replay(node, arguments, voice) if arguments.run else _review(node, voice)


def _review(node: Node, voice: Voice) -> int:
    """Every run in the logs here, and what of it was not as agreed."""
    every, released = matchtrail.trails(node), matchtrail.releases(node)
    judged = [(one, matchtrail.faults(one, every, released)) for one in every]
    kept, none = Text("as agreed", "符合约定"), Text("No match in the logs here.", "此处日志中没有比对。")
    rows = [
        [trail.match.id[:16], "-".join(sorted(trail.pair)), f"{one.party} {voice.choose(one.why)}".strip()]
        for trail, faults in judged
        for one in faults
    ] + [
        [trail.match.id[:16], "-".join(sorted(trail.pair)), voice.choose(kept)]
        for trail, faults in judged
        if not faults
    ]
    value = [
        {"match": trail.match.id, "between": sorted(trail.pair), "runs": trail.match.facts["runs"]}
        | {"faults": [{"code": o.code, "party": o.party, "en": o.why.en, "zh": o.why.zh} for o in faults]}
        for trail, faults in judged
    ]
    voice.result(value, table(rows) if rows else [voice.choose(none)])
    return UNSOUND if any(faults for _, faults in judged) else KEPT


def _replay(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    mine, _, _ = side.sides()
    logged = (mine.open["size"], mine.open["root"], mine.open["points"])
    matching.audit(made.holding(), logged, matchrun.raw(made.theirs), matchrun.raw(made.given))
    answered = side.trail().of(ANSWER, made.party)
    counted, _ = side.steps(COUNT, "Not both have counted.")
    # 6. Families and answer are those that were logged, and the count follows from the files.
    told_alike = made.families() == list(mine.open["families"])
    replied = [one.open["reply"] for one in answered] == [matching.digest(matchrun.raw(made.given))]
    if not told_alike or not replied or counted.open["common"] != len(made.common()):
        raise BadProof("match.6", f"{made.party} counted or answered otherwise.", "Tell both parties.")
    told = Text(
        f"{made.party} held what it committed to, answered honestly, and counted right.",
        f"{made.party} 所持集合与承诺一致，应答如实，计数无误。",
    )
    voice.result({"party": made.party, "size": mine.open["size"]}, [voice.choose(told)])
    return KEPT
