"""`detente match`: find out with one other party how much both hold, and by mutual release what, and no more.

    begin, join      commit to a set of fingerprints in the log, before anything is answered
    answer, count    exchange files of points; each side logs how many both hold
    release, members, confirm      let go, both, which they are; each side sees its own and the other's proof
    near             locally: which reports and drafts here may tell of one event
    audit            whether runs kept to the accord, by the logs; with a run file, play its side again

What the other gets is a file that needs a key, and the key is a sealed field of a record: it goes through the
gate, by a rule of the accord, and stands in the delivery ledger. No rule, no match. Files go by whatever
carries them; the digest of each is logged before it is written.
"""

import argparse
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detente.faces import door, matchrun, matchtrail, pillars
from detente.faces.cli import matchaudit
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.delivered import delivered
from detente.faces.exits import EXITS, KEPT
from detente.faces.form import PAIR
from detente.faces.holdings import found, near
from detente.faces.matchrun import Run
from detente.faces.matchside import ON_ITS_WAY, Side
from detente.faces.matchtrail import ANSWER, COUNT, MATCH, MEMBERS, PROOF, SET, Trail
from detente.faces.speech import Text, Voice, table
from detente.instruments import group, matching
from detente.node.delivery import Delivery
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Refused, Unready
from detente.node.node import Node
from detente.trust.errors import BadProof

SUBJECTS = ("incidents", "plans")
SCHEME = "ristretto255-1"


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
    one = acts.add_parser("audit", help="whether each match kept to the accord, by the logs that are here")
    one.add_argument(
        "--run", type=Path, metavar="FILE", help="play one side again, from the run file that it showed"
    )
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Take a step.

    Raises:
        NoSuchThing: `match.1`, `match.2`. Unready: `match.3`, `match.4`, `match.7`, `match.8`. BadProof:
        `match.5`, `match.6`; as `matchrun`, `parcel`, `matching`. Misuse: `group.1`. As `Node.table`.
    """
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
        "audit": matchaudit.run,
    }
    with door.reach(home_of(arguments)) as node:
        return steps[arguments.act](node, arguments, voice)


def _sets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--of", choices=SUBJECTS, default="incidents", help="what the fingerprints are of")
    parser.add_argument(
        "--fingerprints", type=Path, metavar="FILE", help="one a line, in place of those of the own records"
    )
    _keeping(parser, writes=True)


def _keeping(parser: argparse.ArgumentParser, *, writes: bool) -> None:
    parser.add_argument("--run", type=Path, required=True, metavar="FILE", help="of this run; keep it secret")
    if writes:
        parser.add_argument(
            "--to", type=Path, required=True, metavar="FILE", help="where to write what the other gets"
        )
    declare_home(parser)


def _fingerprints(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    held = found(node, arguments.of)
    voice.result({one: list(where) for one, where in held.items()}, list(held) or [voice.choose(_NOTHING)])
    return KEPT


_NOTHING = Text(
    "No fingerprint: no own record says anything to match.", "无指纹：本方记录中没有可供比对的内容。"
)


def _near(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    del arguments
    pairs = near(node)
    nothing = Text("No two that meet.", "未发现相近的报告。")
    words = pillars.editions()["incidents"].words.values["families"]
    titles = _titles(node, voice)
    rows = []
    for one, other, families in pairs:
        by = ", ".join(voice.choose(Text(words[name].en, words[name].zh)) for name in families)
        rows += [[one, titles(one), ""], [f"  {other}", titles(other), by]]
    found_here = [{"one": one, "other": other, "by": list(families)} for one, other, families in pairs]
    voice.result(found_here, table(rows) if rows else [voice.choose(nothing)])
    return KEPT


def _titles(node: Node, voice: Voice) -> Callable[[str], str]:
    """Return what says a report's title, and of a draft from where it is; "-" if it is sealed to us."""
    listed = {f"draft:{one.name}": one for one in node.sheets()}

    def of(name: str) -> str:
        if name in listed:
            title = _chosen(listed[name].title, voice)
            return f"{listed[name].source}  {title}"
        return _chosen(node.record(name).values.get("title"), voice)

    return of


def _chosen(title: Any, voice: Voice) -> str:  # noqa: ANN401 (a sealed value is any JSON)
    en, zh = title if isinstance(title, list | tuple) and len(title) == PAIR else ("", "")
    return voice.choose(Text(str(en or zh), str(zh or en))) or "-"


def _begin(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = _drawn(node, arguments, arguments.other, arguments.of, os.urandom(32).hex())
    now, pair = node.status().now, frozenset({node.party, made.other})
    said = {
        "counterpart": made.other,
        "subject": made.subject,
        "scheme": SCHEME,
        "round": made.round,
        "before": list(matchtrail.before(matchtrail.trails(node), pair, node.party, now)),
        **_committed(made),
    }
    return _commit(node, arguments, voice, made, Draft.new(MATCH, said, {"key": made.key}))


def _join(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    asked = node.record(arguments.match)
    # 1. It is a match, proposed to this party.
    if asked.kind != MATCH or asked.open["counterpart"] != node.party or not asked.stands:
        raise NoSuchThing(
            "match.1", f"{arguments.match[:16]} proposes no match to {node.party}.", "Name the proposal's id."
        )
    every = matchtrail.trails(node)
    left = matchtrail.uncounted(Trail(asked, {}), every)
    # 5. It counts every run that the two had: else there would be one more than was agreed.
    if left:
        raise BadProof(
            "match.5",
            f"{asked.party} does not count {', '.join(one[:16] for one in left)}.",
            "Join nothing: ask for a proposal that names every run of the year.",
        )
    made = _drawn(node, arguments, asked.party, asked.open["subject"], asked.open["round"])
    draft = Draft.new(SET, _committed(made), {"key": made.key}).answering(asked.id)
    return _commit(node, arguments, voice, made, draft)


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
        key=os.urandom(32).hex(),
        late=os.urandom(32).hex(),
        fingerprints=tuple(held),
    )


def _committed(made: Run) -> dict[str, Any]:
    held = made.holding()
    return {
        "size": held.size,
        "families": made.families(),
        "root": held.root().hex(),
        "points": matching.digest(held.points()),
    }


def _commit(node: Node, arguments: argparse.Namespace, voice: Voice, made: Run, draft: Draft) -> int:
    """Commit, unless the accord lets no key go: such a run would be counted and lead nowhere.

    The secrets are kept first: a commitment in the log whose secrets are lost is of no use to anybody.
    """
    node.heartbeat()
    barred = Side(node, made).barred(draft)
    if barred is not None:
        return _refused(barred, voice)
    matchrun.write(arguments.run, made)
    tabled = node.table(draft)
    made = _with(made, match=draft.thread or tabled.id)
    matchrun.write(arguments.run, made)
    side = Side(node, made)
    row = side.let_go(tabled.id)
    side.write(arguments.to, "points", matchrun.dump(made.holding().points()))
    told = Text(
        f"{len(made.fingerprints)} fingerprints, committed to in {tabled.id}. "
        f"Hand {arguments.to} to {made.other}.",
        f"{len(made.fingerprints)} 个指纹，承诺见 {tabled.id}。请将 {arguments.to} 交给 {made.other}。",
    )
    said = {"match": made.match, "record": tabled.id, "size": len(made.fingerprints), "key": row}
    voice.result(said, [voice.choose(told), *_waiting(row, voice)])
    return KEPT


def _refused(barred: Delivery, voice: Voice) -> int:
    """Say what the gate says; nothing was logged and nothing written."""
    voice.result({"gate": barred}, table([["key", *delivered(barred, voice)]]))
    return EXITS[Refused].code


def _waiting(row: Delivery | None, voice: Voice) -> list[str]:
    """What the ledger says of a key that has not gone yet, and how officers let it go."""
    if row is None or row.state in ON_ITS_WAY - {"waiting"}:
        return []
    hint = Text(
        f"Until its key is released, nobody reads it: detente release {row.record} --to {row.audience}",
        f"密钥开示之前无人可读：detente release {row.record} --to {row.audience}",
    )
    return [*table([["key", *delivered(row, voice)]]), voice.choose(hint)]


def _with(made: Run, **changed: Any) -> Run:  # noqa: ANN401 (fields of Run)
    return Run(**{**{name: getattr(made, name) for name in made.__struct_fields__}, **changed})


def _answer(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    side.urge()
    _, other, agreed = side.sides()
    plain = side.read(other, "points", arguments.file)
    theirs = matchrun.parse(plain, other.open["points"])
    # 6. As many as it committed to.
    if len(theirs) != other.open["size"]:
        raise BadProof("match.6", f"{len(theirs)} points of a set of {other.open['size']}.", "Keep the file.")
    given = made.holding().answer(theirs)
    made = _with(made, theirs=matchrun.hexed(theirs), given=matchrun.hexed(given))
    matchrun.write(arguments.run, made)
    if not side.trail().of(ANSWER, made.party):
        said = {"set": agreed, "reply": matching.digest(given)}
        node.table(Draft.new(ANSWER, said).answering(made.match))
    side.write(arguments.to, "reply", matchrun.dump(given))
    told = Text(f"Hand {arguments.to} to {made.other}.", f"请将 {arguments.to} 交给 {made.other}。")
    voice.result({"file": str(arguments.to), "points": len(given)}, [voice.choose(told)])
    return KEPT


def _count(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    side.urge()
    _, other, agreed = side.sides()
    # 4. The other was answered: counting goes both ways, or not at all.
    if not made.given:
        raise Unready("match.4", "The other has no answer yet.", "Answer first: detente match answer.")
    mine, theirs = side.steps(ANSWER, "Not both have answered.")
    plain = side.read(other, "reply", arguments.file)
    made = _with(made, reply=matchrun.hexed(matchrun.parse(plain, theirs.open["reply"])))
    common = len(made.common())
    matchrun.write(arguments.run, made)
    said = {"set": agreed, "mine": mine.id, "theirs": theirs.id, "common": common}
    tabled = node.table(Draft.new(COUNT, said).answering(made.match))
    told = Text(f"{common} in common.", f"双方共有 {common} 个。")
    voice.result({"common": common, "count": tabled.id}, [voice.choose(told)])
    return KEPT


def _release(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    side.urge()
    mine, other = side.steps(COUNT, "Not both have counted.")
    pairs = made.holding().pairs(matchrun.raw(made.theirs), made.common())
    said = {"mine": mine.id, "theirs": other.id, "pairs": matching.digest(pairs)}
    draft = Draft.new(MEMBERS, said, {"key": made.late}).answering(made.match)
    barred = side.barred(draft)
    if barred is not None:
        return _refused(barred, voice)
    tabled = node.table(draft)
    row = side.let_go(tabled.id)
    side.write(arguments.to, "pairs", matchrun.dump(pairs))
    told = Text(
        f"Let go in {tabled.id}. Hand {arguments.to} to {made.other}.",
        f"开示见 {tabled.id}。请将 {arguments.to} 交给 {made.other}。",
    )
    value = {"file": str(arguments.to), "released": tabled.id, "key": row}
    voice.result(value, [voice.choose(told), *_waiting(row, voice)])
    return KEPT


def _members(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    side.urge()
    trail = side.trail()
    released = trail.of(MEMBERS, made.other)
    # 2. The other has let them go.
    if not released:
        raise NoSuchThing("match.2", f"{made.other} has released nothing.", "Ask for detente match release.")
    # 8. So has this side: who would know lets know.
    own = trail.of(MEMBERS, made.party)
    if not own:
        raise Unready("match.8", "This side has released nothing.", "Release first: detente match release.")
    plain = side.read(released[0], "pairs", arguments.file)
    pairs = matchrun.parse(plain, released[0].open["pairs"])
    known = made.holding().members(pairs, len(made.common()))
    opened = matchrun.dump_opened(made.holding().open(known))
    if not trail.of(PROOF, made.party):
        said = {
            "mine": own[0].id,
            "theirs": released[0].id,
            "openings": hashlib.sha256(opened).hexdigest(),
        }
        node.table(Draft.new(PROOF, said).answering(made.match))
    side.write(arguments.to, "openings", opened)
    held = found(node, made.subject)
    rows = [f"{one}  {' '.join(held.get(one, ()))}".rstrip() for one in known]
    voice.result({one: list(held.get(one, ())) for one in known}, rows)
    return KEPT


def _confirm(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    made = matchrun.read(arguments.run)
    side = Side(node, made)
    side.urge()
    _, other, _ = side.sides()
    proofs = side.trail().of(PROOF, made.other)
    # 2. The other has logged its proof.
    if not proofs:
        raise NoSuchThing("match.2", f"{made.other} has proven nothing.", "Ask for detente match members.")
    _, released = side.steps(MEMBERS, "Not both have released.")
    plain = side.read(released, "openings", arguments.file)
    opened = matchrun.parse_opened(plain)
    mine = set(made.fingerprints)
    expected = [one.fingerprint for one in opened if one.fingerprint in mine]
    count = len(made.common())
    # 6. It is what was logged: as many as were counted, all of them ours.
    digest = hashlib.sha256(plain).hexdigest()
    if digest != proofs[0].open["openings"] or len(opened) != count or len(set(expected)) != count:
        raise BadProof("match.6", f"{len(set(expected))} openings of {count} in common.", "Keep the file.")
    matching.require_members(opened, expected, bytes.fromhex(other.open["root"]), other.open["size"])
    told = Text(
        f"{made.other} committed to all {count} before the run.",
        f"{made.other} 在比对前已对全部 {count} 个作出承诺。",
    )
    voice.result({"confirmed": sorted(expected)}, [voice.choose(told)])
    return KEPT
