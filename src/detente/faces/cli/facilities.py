"""`detente evaluate facility key|seal|run|abandon|check`: a test of what neither side shows.

key      the facility's own keys, in its folder; their public half goes to who brings suites
seal     a suite, committed to item by item and encrypted to a facility; prints what a playbook states of it
run      the package, once, by what an assignment registered; a signed report and an extract without outputs
         come out
abandon  an attempt that broke off: it counts, and what was not run is unscored; report and extract say so
check    that report, by anybody: signature, extract, result, and whether an attempt was kept back
"""

import argparse
import base64
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from detente.faces.bar import Bar
from detente.faces.cli import registering
from detente.faces.cli.place import file_of
from detente.faces.cli.showing import shown
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.instruments import assignment as assignments
from detente.instruments import canary, facilityreport, sealedsuite
from detente.instruments import suite as suites
from detente.instruments.assignment import Assignment
from detente.instruments.extract import Extract
from detente.instruments.facility import Facility
from detente.node import durable
from detente.trust import envelope
from detente.trust.envelope import Envelope
from detente.trust.errors import Malformed
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.recipient import MAX_LIFE, OpeningKey, Recipient
from detente.trust.sealing import Context

SEED_BYTES = 32


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A facility's public half, as it hands it out."""

    party: str
    public: str
    signs: str
    expires: int


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Four steps of two parties, and one of anybody."""
    steps = acts.add_parser("facility", help="test what neither side shows, in a facility").add_subparsers(
        dest="step", metavar="STEP", required=True
    )
    one = steps.add_parser("key", help="make a facility's keys and print their public half")
    one.add_argument("folder", type=Path, help="of the facility; it holds keys and ledgers")
    one.add_argument("--party", required=True, help="who runs the facility")
    one = steps.add_parser("seal", help="encrypt a suite to a facility; prints what a playbook states of it")
    one.add_argument("suite", help="a shipped suite, or a file")
    one.add_argument(
        "--for", dest="keys", type=Path, required=True, metavar="FILE", help="what `key` printed"
    )
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help="the package to hand over")
    one.add_argument(
        "--canaries", type=Path, metavar="FILE", help="keep the canaries there, to look for them later"
    )
    _declare_bound(one)
    for name, said in (
        ("run", "run a package once; what may leave is written, the rest destroyed"),
        ("abandon", "give up an attempt that broke off here; it counts, unscored"),
    ):
        one = steps.add_parser(name, help=said)
        one.add_argument("folder", type=Path, help="of the facility")
        one.add_argument("package", type=Path, help="what was brought")
        one.add_argument("--assignment", type=Path, required=True, help="what was registered")
        one.add_argument(
            "--report", type=Path, required=True, metavar="FILE", help="where the signed report goes"
        )
        _declare_bound(one)
    one = steps.add_parser("check", help="check a facility's report; names an attempt that was kept back")
    one.add_argument("report", type=Path, help="what the facility signed")
    one.add_argument("--keys", type=Path, required=True, metavar="FILE", help="what its `key` printed")
    one.add_argument("--extract", type=Path, metavar="FILE", help="what it let out")
    one.add_argument(
        "--result", type=Path, metavar="FILE", help="what `detente record show ID --json` printed of it"
    )


def _declare_bound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--genesis", required=True, help="of the accord, 64 hexadecimal digits")
    parser.add_argument("--author", required=True, help="the party that brings the package")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        Malformed: `facility.4` no keys. As `Facility.run`, `suite.found` and `sealedsuite.packed`, and as
        `facilityreport` refuses.
    """
    steps = {"key": _key, "seal": _seal, "run": _run, "abandon": _abandon, "check": _check}
    return steps[arguments.step](arguments, voice)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _key(arguments: argparse.Namespace, voice: Voice) -> int:
    arguments.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    expires = _now() + MAX_LIFE
    seeds = {name: os.urandom(SEED_BYTES).hex() for name in ("opens", "signs")}
    kept = {"party": arguments.party, "expires": expires, **seeds}
    # 5. No key is written over: what was sealed to it could never be opened.
    path = arguments.folder / "keys.json"
    if path.exists():
        what = f"{path} is there already."
        raise Malformed("facility.5", what, "Name a new folder for new keys.")
    durable.write(path, msgspec.json.encode(kept), 0o600)
    opens, signs = _keys(arguments.folder)
    public = base64.b64encode(opens.recipient.public).decode()
    signing = base64.b64encode(signs.public.raw).decode()
    voice.exact(msgspec.json.encode(Keys(arguments.party, public, signing, expires), order="sorted").decode())
    return KEPT


def _keys(folder: Path) -> tuple[OpeningKey, PrivateKey]:
    # 4. The folder has keys.
    try:
        kept: dict[str, Any] = msgspec.json.decode(file_of(folder / "keys.json"))
        opens = OpeningKey.from_seed(kept["party"], bytes.fromhex(kept["opens"]), kept["expires"])
        return opens, PrivateKey.from_seed("ed25519", bytes.fromhex(kept["signs"]))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        what = f"The keys in {folder} cannot be read."
        raise Malformed("facility.4", what, "detente evaluate facility key makes them.") from error


def _seal(arguments: argparse.Namespace, voice: Voice) -> int:
    suite = suites.found(arguments.suite)
    salts, canaries = (
        [os.urandom(length) for _ in suite.items] for length in (sealedsuite.SALT_BYTES, canary.BYTES)
    )
    made = sealedsuite.covered(suite, salts, canaries)
    keys, to, _ = _public(arguments.keys)
    bound = sealedsuite.context(arguments.genesis, made.root(), arguments.author, keys.party)
    package = sealedsuite.packed(made, to, bound, os.urandom(SEED_BYTES), _now())
    durable.write(arguments.to.absolute(), package)
    if arguments.canaries is not None:
        kept = canary.Canaries(root=made.root(), canaries=made.canaries())
        durable.write(arguments.canaries.absolute(), canary.spelled(kept), 0o600)
    value = {"root": made.root(), "items": len(suite.items), "solver": suite.solver, "scorer": suite.scorer}
    lines = ["[sealed]", *(f"{name} = {msgspec.json.encode(said).decode()}" for name, said in value.items())]
    voice.result(value, lines)
    return KEPT


def _public(path: Path) -> tuple[Keys, Recipient, PublicKey]:
    """Return what a facility handed out: to whom one seals, and by whom its reports are signed."""
    # 6. What was printed names a facility.
    try:
        keys = msgspec.json.decode(file_of(path), type=Keys)
        to = Recipient(keys.party, base64.b64decode(keys.public, validate=True), keys.expires)
        signs = PublicKey("ed25519", base64.b64decode(keys.signs, validate=True))
    except (msgspec.MsgspecError, ValueError) as error:
        what = f"{path} holds no facility's keys."
        raise Malformed("facility.6", what, "Ask the facility for what its command printed.") from error
    return keys, to, signs


def _run(arguments: argparse.Namespace, voice: Voice) -> int:
    assignment = assignments.parse(file_of(arguments.assignment))
    facility, bound = _entered(arguments, assignment)
    registering.wait_until(assignment.begins or 0)
    with Bar(sum(assignment.samples) + sum(assignment.benign)) as bar:
        report, out = facility.run(
            file_of(arguments.package), bound, assignment, _now, lambda done, _of: bar.at(done)
        )
    return _told(arguments.report, report, out, voice)


def _abandon(arguments: argparse.Namespace, voice: Voice) -> int:
    assignment = assignments.parse(file_of(arguments.assignment))
    facility, bound = _entered(arguments, assignment)
    report, out = facility.give_up(file_of(arguments.package), bound, assignment, _now)
    return _told(arguments.report, report, out, voice)


def _entered(arguments: argparse.Namespace, assignment: Assignment) -> tuple[Facility, Context]:
    """Return the facility, and what the package has to be made for."""
    opens, signs = _keys(arguments.folder)
    party = opens.recipient.party
    bound = sealedsuite.context(arguments.genesis, assignment.tasks, arguments.author, party)
    return Facility(arguments.folder, opens, signs), bound


def _told(path: Path, report: Envelope, out: Extract, voice: Voice) -> int:
    """Write a report, and say what it says."""
    durable.write(path.absolute(), envelope.dump(report))
    said: dict[str, Any] = msgspec.json.decode(report.payload)
    network = Text(f"network: {said['network']}, {said['why']}", f"网络：{said['network']}（{said['why']}）")
    counts = [f"  {language} {one}" for language, one in said["counts"].items()]
    attempts = Text(
        f"attempts at this suite so far: {said['attempts']}; {len(out.samples)} samples",
        f"迄今对该题集的尝试：{said['attempts']} 次；样本 {len(out.samples)} 个",
    )
    lines = [voice.choose(attempts), voice.choose(network), voice.choose(_canaries(said["canary_seen"]))]
    voice.result(said, [*lines, *counts, str(path)])
    return KEPT


def _canaries(seen: Sequence[str]) -> Text:
    """Say in which outputs a canary stood."""
    if not seen:
        return Text("canaries: none seen in any output", "金丝雀串：各输出中均未发现")
    return Text(
        f"CANARY SEEN in the output on {', '.join(seen)}: the system knew the package, or a copy of it",
        f"发现金丝雀串，见下列题目的输出：{'、'.join(seen)}；该系统知悉题包或其副本",
    )


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    keys, _, signs = _public(arguments.keys)
    found = facilityreport.verified(file_of(arguments.report), signs, keys.party)
    if arguments.extract is not None:
        facilityreport.covers(found, file_of(arguments.extract))
    if arguments.result is not None:
        result = shown(arguments.result)
        facilityreport.agrees(found, result.thread, result.open)
    held = Text(
        f"{found.facility} signed this report: attempt {found.attempt} of {found.attempts} at this suite,"
        f" network {found.network}, {len(found.destroyed)} files destroyed.",
        f"本报告由 {found.facility} 签署：对该题集共 {found.attempts} 次尝试中的第 {found.attempt} 次，"
        f"网络 {found.network}，已销毁文件 {len(found.destroyed)} 个。",
    )
    limit = Text(
        "It does not show that the facility keeps no second ledger: inspectors, or another facility, do.",
        "本报告不能证明测试机构没有另设台账；须由现场检查员或另一机构查明。",
    )
    given_up = Text(
        "The attempt broke off and was given up: what was not run is unscored.",
        "该次尝试中途终止并已放弃：未运行的部分记为未评分。",
    )
    told = [held, *([given_up] if found.given_up else []), _canaries(found.canary_seen), limit]
    voice.result(found, [voice.choose(one) for one in told])
    return KEPT
