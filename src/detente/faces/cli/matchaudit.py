"""`detente match audit`: whether private matches kept to the accord, by the logs alone or by a run file."""

import argparse
from collections.abc import Iterator, Sequence

from detente.faces import matchrun, matchtrail, pillars
from detente.faces.cli.place import home_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.matchside import Side
from detente.faces.matchtrail import ANSWER, COUNT, Fault, Owing
from detente.faces.speech import Text, Voice, clock, table
from detente.instruments import matching
from detente.node.node import Node
from detente.node.window import Window
from detente.trust.errors import BadProof


def run(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    """Review every run by the logs; with a run file, play its side again.

    Raises:
        Malformed: `matchrun.1`. Unready: `match.3`. BadProof: `match.6`, `audit.1` to `audit.3`.
    """
    return _replay(node, arguments, voice) if arguments.run else _review(node, arguments, voice)


def _review(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    """Every run in the logs here: what of it was not as agreed, and what is not due yet."""
    with Window.open(home_of(arguments), pillars.installed()) as window:
        pane = window.panes["live"]
        now, patience = pane.clock.now(), matchtrail.patience(pane.terms.tempo)
    every, released = matchtrail.trails(node), matchtrail.releases(node)
    rows, value, sound = [], [], True
    for trail in every:
        owing = matchtrail.owing(trail, patience)
        late = tuple(one.fault for one in owing if one.until < now)
        faults, waits = matchtrail.faults(trail, every, released) + late, [o for o in owing if o.until >= now]
        sound = sound and not faults
        head = [trail.match.id[:16], "-".join(sorted(trail.pair))]
        rows += [[*head, one] for one in _told(faults, waits, voice)]
        value.append(
            {"match": trail.match.id, "between": sorted(trail.pair), "runs": trail.match.facts["runs"]}
            | {"faults": [_data(one) for one in faults]}
            | {"waits": [_data(one.fault) | {"until": one.until} for one in waits]}
        )
    none = Text("No match in the logs here.", "此处日志中没有比对。")
    voice.result(value, table(rows) if rows else [voice.choose(none)])
    return KEPT if sound else UNSOUND


def _told(faults: Sequence[Fault], waits: Sequence[Owing], voice: Voice) -> Iterator[str]:
    """What of a run was not as agreed, in words; or that all was so far, and what is not due yet."""
    yield from (f"{one.party} {voice.choose(one.why)}".strip() for one in faults)
    for one in waits:
        when = Text(f"; it has until {clock(one.until)}", f"；期限至 {clock(one.until)}")
        yield f"{one.fault.party} {voice.choose(one.fault.why)}{voice.choose(when)}"
    if not faults and not waits:
        yield voice.choose(Text("as agreed", "符合约定"))


def _data(fault: Fault) -> dict[str, str | int]:
    return {"code": fault.code, "party": fault.party, "en": fault.why.en, "zh": fault.why.zh}


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
