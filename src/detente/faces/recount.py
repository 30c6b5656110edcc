"""The recount: standing from exported logs alone, by a program that was not there when they were written.

    standing(Path("export"), cut, as_of).digest        equal to what each node says at that cut

The export is audited first: nothing is counted that does not hold.
"""

from pathlib import Path

from detente.accord import fold, terms
from detente.accord.cut import Cut
from detente.accord.keyact import KINDS
from detente.accord.standing import Log, Standing
from detente.faces import pillars
from detente.node import agreement, auditor, bundle, exchange
from detente.node.agreement import Installed
from detente.trust import checkpoint, envelope, note, record, tile
from detente.trust.errors import BadProof
from detente.trust.record import Domain, Record, parse_leaf


def standing(
    path: Path,
    as_of: int,
    cut: Cut | None = None,
    domain: Domain = "live",
    installed: Installed | None = None,
) -> Standing:
    """Return standing from an export.

    Args:
        path: a folder that `detente log export` wrote, of any node.
        as_of: the reader's time, in milliseconds.
        cut: up to where to read each log; None for all that the export has.
        domain: live or exercise.
        installed: pillars and scales; None for those of this house.

    Raises:
        BadProof: `recount.1` the export does not hold; `standing.1`. Incomplete: `standing.2`.
        WrongContext: `terms.*` other pillars are installed here than the accord pins.
    """
    pact, found = logs(path, domain, installed)
    return fold.standing(pact, found, cut or _all(pact, found), as_of)


def logs(
    path: Path, domain: Domain = "live", installed: Installed | None = None
) -> tuple[terms.Terms, dict[str, Log]]:
    """Return the terms of an export and its logs.

    Raises:
        BadProof: `recount.1` the export does not hold.
        WrongContext: `terms.*` other pillars are installed here than the accord pins.
    """
    here = installed or pillars.installed()
    report = auditor.verify(path, installed=here)
    # 1. Every byte of it holds.
    if not report.ok:
        first = report.faults[0]
        what = f"{len(report.faults)} things do not hold in {path}, such as {first.path}: {first.what}"
        raise BadProof("recount.1", what, f"See all of them: detente verify {path}")
    files = exchange.read_folder(path)
    lived = {one: _log(files, f"live/{one}") for one in _parties(files)}
    acts = tuple(
        (party, index, log.bodies[leaf.id])
        for party, log in lived.items()
        for index, leaf in enumerate(log.leaves)
        if leaf.id in log.bodies and log.bodies[leaf.id].kind in KINDS
    )
    accords = agreement.verified(agreement.shown(files), acts)
    pact = terms.build(accords, here.editions, here.scales).within(domain)
    return pact, {party: _log(files, f"{domain}/{party}") for party in pact.parties}


def _parties(files: dict[str, bytes]) -> list[str]:
    """Return whose logs of the live domain are in a tree."""
    return sorted({path.split("/")[1] for path in files if path.startswith("live/")})


def _all(pact: terms.Terms, found: dict[str, Log]) -> Cut:
    """The newest cut that these logs allow: each as far as its receipts are there."""
    bodies = {name: body for log in found.values() for name, body in log.bodies.items()}
    whole = fold.Fold(pact, bodies)
    for party, log in found.items():
        for leaf in log.leaves:
            whole.append(party, leaf)
    return whole.cut()


def _log(files: dict[str, bytes], path: str) -> Log:
    if f"{path}/checkpoint" not in files:
        return Log((), {})
    head = checkpoint.parse_text(note.parse(files[f"{path}/checkpoint"]).text)
    entries = tile.audit(head.size, head.root, lambda name: files.get(f"{path}/{name}"))
    leaves = tuple(parse_leaf(one) for one in entries)
    return Log(leaves, _bodies(files, path))


def _bodies(files: dict[str, bytes], path: str) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for name, content in files.items():
        if name.startswith(f"{path}/bodies/"):
            width = tile.parse_path(name.replace(f"{path}/bodies/", "tile/entries/")).width
            for data in bundle.parse(content, width):
                if data is not None:
                    signed = envelope.parse(data, bundle.MAX_BODY)
                    entry = record.parse(signed.payload_type, signed.payload)
                    found[record.record_id(entry)] = entry
    return found
