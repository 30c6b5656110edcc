"""`detente evaluate commit|challenge|open|check`: a result believed without trusting its author.

commit     the root over an extract's samples, for the result; its secret seed stays with the author
challenge  which samples are opened, from checkpoints that others cosigned after the result
open       exactly those, in one file
check      that file, off-line: what it shows, and what it does not

RESULT and CHALLENGE are what `detente record show ID --json` prints; a challenge may be the draft as well.
"""

import argparse
import os
from hashlib import sha256
from pathlib import Path

import msgspec

from detente.faces.believed import Told, claim_of, drawn_of, heads_in, heads_of, told_of
from detente.faces.cli.place import file_of
from detente.faces.cli.showing import shown
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.rescoring import rescoring
from detente.faces.speech import Text, Voice
from detente.instruments import commitment, extract, opening
from detente.instruments.commitment import Committed
from detente.instruments.extract import Extract
from detente.node import durable
from detente.node.errors import HomeMissing
from detente.pillars.evaluations.draw import drawn
from detente.pillars.evaluations.kinds import MOST_DRAWN
from detente.trust.errors import WrongContext

COUNT = 20


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Four acts, in the order in which two parties do them."""
    one = acts.add_parser("commit", help="the root over an extract's samples, for the result to state")
    one.add_argument("extract", type=Path, help="what a run wrote")
    one.add_argument("--seed", type=Path, required=True, help="made there if there is none; keep it secret")
    one = acts.add_parser("challenge", help="which samples of a result are opened; a draft to table")
    one.add_argument("result", type=Path, help="what `detente record show ID --json` printed of it")
    heads = one.add_mutually_exclusive_group(required=True)
    heads.add_argument("--checkpoint", type=Path, action="append", help="cosigned after the result")
    heads.add_argument("--home", type=Path, help="of a node: all heads in its tree that will do")
    one.add_argument("--count", type=int, default=COUNT, help="how many samples (20, at most 64)")
    one = acts.add_parser("open", help="open exactly the samples that were drawn")
    one.add_argument("extract", type=Path, help="what a run wrote")
    one.add_argument("--seed", type=Path, required=True, help="of its commitment")
    one.add_argument("--challenge", type=Path, required=True, help="the record, or its draft")
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to hand over")
    one = acts.add_parser("check", help="check an opening off-line: what it shows, and what it does not")
    one.add_argument("opening", type=Path, help="what the author handed over")
    one.add_argument(
        "--result", type=Path, required=True, help="what `detente record show ID --json` printed of it"
    )
    one.add_argument("--challenge", type=Path, required=True, help="the record, or its draft")
    one.add_argument("--suite", help="to compute scores again: a suite that is shipped, or its file")


def commit(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print what a result states of its samples.

    Raises:
        As `extract.read`. HomeMissing: `place.2`. DiskFailed: `disk.1`.
    """
    made = extract_at(arguments.extract)
    committed = committed_of(made, arguments.seed)
    counts = made.header.counts.values()
    listed = {name: [getattr(one, name) for one in counts] for name in extract.Counts.__struct_fields__}
    size = len(committed.tree)
    value = {"commitment": committed.root, "committed": size, "languages": list(made.header.counts), **listed}
    kept = Text(
        f"Keep {arguments.seed} secret and safe: without it nothing can be opened.",
        f"请妥善保密并保存 {arguments.seed}：没有它就无法开示任何样本。",
    )
    lines = [f"commitment {committed.root}", f"committed  {size}", voice.choose(kept)]
    voice.result(value, lines)
    return KEPT


def committed_of(made: Extract, seed: Path) -> Committed:
    """Commit to an extract by a seed, which is made in its file if there is none.

    Raises:
        DiskFailed: `disk.1`.
    """
    if not seed.exists():
        durable.write(seed.absolute(), os.urandom(commitment.SEED_BYTES), 0o600)
    return commitment.of(made, file_of(seed))


def challenge(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the draft of a challenge.

    Raises:
        Malformed: `showing.1`, `note.*`, `checkpoint.*`. WrongContext: `challenge.1` to `challenge.3`.
    """
    result = shown(arguments.result)
    if arguments.home is not None:
        heads = heads_in([file_of(one) for one in _tree(arguments.home)], result)
    else:
        heads = heads_of([file_of(one) for one in arguments.checkpoint], result)
    total = int(result.open.get("committed", 0))
    # 3. There is something to open.
    if not total:
        what = "The result commits to no samples."
        raise WrongContext("challenge.3", what, "Nobody can check it; say so.")
    leaves = drawn(result.id, heads, min(max(1, arguments.count), MOST_DRAWN), total)
    draft = {"thread": result.thread, "open": {"result": result.id, "heads": heads, "drawn": leaves}}
    voice.exact(msgspec.json.encode(draft, order="sorted").decode())
    return KEPT


def _tree(home: Path) -> list[Path]:
    """Every head in a node's tree: of its own log and the others', as it and they cosigned them."""
    logs = home / "public" / "live"
    return sorted([*logs.glob("*/checkpoint"), *logs.glob("*/cosigned/*")])


def open_(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write the opening of what was drawn.

    Raises:
        As `extract.read`; Malformed: `showing.1`; WrongContext: `challenge.4`. DiskFailed: `disk.1`.
    """
    made = extract_at(arguments.extract)
    leaves = drawn_of(shown(arguments.challenge))
    # 4. The leaves are there.
    if max(leaves, default=0) >= len(made.samples):
        what = f"Leaf {max(leaves)} was drawn; the extract has {len(made.samples)}."
        raise WrongContext("challenge.4", what, "Name the extract that the result is of.")
    committed = commitment.of(made, file_of(arguments.seed))
    data = opening.dump(opening.opened(made, committed, leaves))
    durable.write(arguments.to.absolute(), data)
    digest = sha256(data).hexdigest()
    said = Text(
        f"{len(leaves)} samples opened: {arguments.to}", f"已开示 {len(leaves)} 个样本：{arguments.to}"
    )
    value = {"extract": digest, "opened": leaves, "root": committed.root}
    voice.result(value, [voice.choose(said), f"extract {digest}"])
    return KEPT


def check(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check an opening; 1 if a drawn sample does not hold.

    Raises:
        Malformed: `showing.1`, `opening.1`; WrongContext: `opening.2`, `opening.3`, `challenge.5`;
        BadOpening: `opening.4`.
    """
    result, asked = shown(arguments.result), shown(arguments.challenge)
    one = opening.parse(file_of(arguments.opening))
    leaves = drawn_of(asked)
    total = int(result.open.get("committed", 0))
    heads = tuple(map(str, asked.open.get("heads", ())))
    # 5. The leaves are those that follow from the result and the checkpoints, for everybody alike.
    if asked.open.get("result") != result.id or drawn(result.id, heads, len(leaves), total) != leaves:
        what = "These samples do not follow from the result and the checkpoints."
        raise WrongContext("challenge.5", what, "Somebody chose them: show nothing by them.")
    rescore = rescoring(arguments.suite, one.header) if arguments.suite else None
    held = opening.check(one, claim_of(result, one), leaves, rescore)
    told = told_of(held, len(leaves), total)
    voice.result(told, _lines(told, voice))
    return UNSOUND if told.faults else KEPT


def extract_at(path: Path) -> Extract:
    """Read an extract. Raises: HomeMissing: `place.2`; as `extract.read`."""
    if not path.is_file():
        raise HomeMissing("place.2", f"There is no file {path} to read.", "Name one that is there.")
    return extract.read(path)


def _lines(told: Told, voice: Voice) -> list[str]:
    say = voice.choose
    lines = [f"{one['leaf']}: {say(Text(one['what'], one['zh']))} [{one['step']}]" for one in told.faults]
    lines += [say(Text("What this shows", "已证明的")), *(f"  {say(one)}" for one in told.shown)]
    lines += [say(Text("What it does not", "未证明的")), *(f"  {say(one)}" for one in told.open)]
    return lines


ACTS = {"commit": commit, "challenge": challenge, "open": open_, "check": check}
