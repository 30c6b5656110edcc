"""The facility: runs a sealed suite where neither side looks on, lets out little, destroys the rest.

    facility = Facility(folder, opening_key, signing_key)
    report, extract = facility.run(package, bound, assignment, now, told)

Its folder keeps two ledgers, each line bound to the one before by its digest: which items are spent, and
what was done. An item is spent when it may have been shown to a system, so before the first sample; it
never tests another plan. What leaves is the extract without outputs, and a signed report: which suite,
system and software ran, in which isolation, how many attempts were made at this suite, in which outputs a
canary stood, and what was destroyed. An attempt that broke off is not begun again under its number:
`give_up` counts it, as a logged act, with what was not run as unscored. The digest of a short output can be
guessed, so an accord that lets extracts out lets out about as much as the scores say.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from detente.instruments import assignment as assignments
from detente.instruments import canary, executor, extract, isolation, laboratory, sealedsuite
from detente.instruments.assignment import Assignment
from detente.instruments.executor import Local, Told
from detente.instruments.extract import Extract
from detente.instruments.sealedsuite import SealedSuite
from detente.trust import canonical, envelope
from detente.trust.envelope import Envelope
from detente.trust.errors import DetenteError, Malformed, WrongContext
from detente.trust.key import PrivateKey
from detente.trust.recipient import OpeningKey
from detente.trust.sealing import Context

PAYLOAD = "application/vnd.detente.facility-report+json"
FORMAT = "detente-facility-report-1"
SPENT, ACTS = "spent.jsonl", "acts.jsonl"
KEPT = frozenset({assignments.FILE, laboratory.BEGUN})
"""What of a run stays in the facility; everything else is destroyed."""
CLOSED = frozenset({"reported", "given-up"})
"""Acts with which an attempt has come to an end that counts."""


class _Ended(NamedTuple):
    """What came of an attempt: the extract that goes out, and what the report says beside it."""

    out: Extract
    seen: tuple[str, ...]
    number: int
    given_up: bool


class Facility:
    """One facility's folder, and its keys.

    Args:
        folder: with its ledgers and its runs; made if it is not there.
        opens: the key to which packages are sealed.
        signs: the key of its reports.
        python: that runs laboratories; None: as `executor.laboratory_python`.
    """

    def __init__(self, folder: Path, opens: OpeningKey, signs: PrivateKey, python: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._opens, self._signs = folder, opens, signs
        self._python = python or executor.laboratory_python()

    def run(
        self,
        package: bytes,
        bound: Context,
        assignment: Assignment,
        now: Callable[[], int],
        told: Told,
    ) -> tuple[Envelope, Extract]:
        """Run a registered attempt on a sealed suite; return the signed report and the extract that goes out.

        Raises:
            As `sealedsuite.opened`: the package is not for this, or not what was registered.
            WrongContext: `facility.1` another root than registered; `facility.2` items are spent.
            WrongContext: `assignment.7`: too early or too late; nothing is spent, and it is no attempt.
            WrongContext: `facility.7`: this attempt was begun here before.
            DetenteError: other `assignment.*`, `executor.*`: as the executor says; the attempt counts.
        """
        suite = self._opened(package, bound, assignment, now())
        assignments.timely(assignment, now())  # a run that is too early spends nothing
        # 7. It is begun here for the first time: a second run under one number could be chosen from.
        if self._number(assignment) is not None:
            what = f"Attempt {assignment.attempt} at this plan was begun here before."
            remedy = "If it broke off: detente evaluate facility abandon; then make the next attempt."
            raise WrongContext("facility.7", what, remedy)
        self._spend(suite, assignment, now())
        number = self.attempts(assignment.tasks)
        folder = self._place(assignment, number)
        folder.mkdir(mode=0o700)
        where = self._isolation(assignment)
        try:
            self._laid_out(folder, suite, assignment)
            whole = Local(self._python, where.before).run(folder, told)
            ended = self._let_out(folder, suite, whole, number, given_up=False)
        except DetenteError as error:
            self._act({"act": "broken-off", "plan": assignment.plan, "step": error.step}, now())
            raise
        finally:
            destroyed = self._destroy(folder, assignment, now())
        return self._signed(assignment, ended, where, destroyed, now())

    def give_up(
        self, package: bytes, bound: Context, assignment: Assignment, now: Callable[[], int]
    ) -> tuple[Envelope, Extract]:
        """Give up an attempt that broke off here; return the report and the extract that count it.

        Raises:
            As `sealedsuite.opened`; WrongContext: `facility.1`. WrongContext: `facility.8`: none is open.
            As `laboratory.aborted`.
        """
        suite = self._opened(package, bound, assignment, now())
        number = self._number(assignment)
        done = {(one["plan"], one["attempt"]) for one in self._lines(ACTS) if one["act"] in CLOSED}
        # 8. It was begun here, and has not come to an end.
        if number is None or (assignment.plan, assignment.attempt) in done:
            what = f"Attempt {assignment.attempt} at this plan is not open here."
            raise WrongContext("facility.8", what, "There is nothing to give up.")
        folder = self._place(assignment, number)
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            self._laid_out(folder, suite, assignment)
            ended = self._let_out(folder, suite, laboratory.aborted(folder, now), number, given_up=True)
        finally:
            destroyed = self._destroy(folder, assignment, now())
        return self._signed(assignment, ended, self._isolation(assignment), destroyed, now())

    def attempts(self, root: str) -> int:
        """Return how many attempts were begun here at a suite, those that broke off too."""
        return sum(one.get("root") == root for one in self._lines(ACTS))

    def acts(self) -> list[dict[str, Any]]:
        """Return what was done here, in order.

        Raises:
            Malformed: `facility.3`: a line was changed or taken out.
        """
        return self._lines(ACTS)

    def _spend(self, suite: SealedSuite, assignment: Assignment, now: int) -> None:
        """Burn the items, before any of them is shown."""
        leaves = {one.leaf().hex() for one in suite.items}
        spent = {one["leaf"]: one["plan"] for one in self._lines(SPENT)}
        others = sum(spent.get(one, assignment.plan) != assignment.plan for one in leaves)
        # 2. No item was shown under another plan.
        if others:
            what = f"{others} items of this package are spent: another plan has shown them."
            raise WrongContext("facility.2", what, "Bring items that no system has seen.")
        for one in sorted(leaves - spent.keys()):
            self._line(SPENT, {"at": now, "leaf": one, "plan": assignment.plan})
        act = {
            "act": "begun",
            "attempt": assignment.attempt,
            "plan": assignment.plan,
            "root": assignment.tasks,
        }
        self._act(act, now)

    def _opened(self, package: bytes, bound: Context, assignment: Assignment, now: int) -> SealedSuite:
        # 1. What was registered is what was brought.
        if assignment.tasks != bound.record:
            what = "The package is bound to another root than was registered."
            raise WrongContext("facility.1", what, "Bring the package of this playbook.")
        return sealedsuite.opened(package, bound, self._opens, now)

    def _number(self, assignment: Assignment) -> int | None:
        """Return the how many-th attempt at the suite this one was; None if it was not begun here."""
        begun = [one for one in self._lines(ACTS) if one.get("root") == assignment.tasks]
        plans = [(one["plan"], one["attempt"]) for one in begun]
        wanted = (assignment.plan, assignment.attempt)
        return plans.index(wanted) + 1 if wanted in plans else None

    def _place(self, assignment: Assignment, number: int) -> Path:
        return self._folder / f"{assignment.tasks[:16]}-{number:03}"

    def _isolation(self, assignment: Assignment) -> isolation.Isolation:
        endpoint = assignments.form(assignment.system.name) == "endpoint"
        return isolation.found(self._python, endpoint=endpoint)

    def _laid_out(self, folder: Path, suite: SealedSuite, assignment: Assignment) -> None:
        path = folder / f"suite{assignments.SEALED}"
        value: Any = msgspec.json.decode(msgspec.json.encode(suite))
        path.write_bytes(canonical.encode(value))
        assignments.write(folder, msgspec.structs.replace(assignment, suite=str(path)))

    def _let_out(
        self, folder: Path, suite: SealedSuite, whole: Extract, number: int, *, given_up: bool
    ) -> _Ended:
        """Look for canaries while outputs are here, and write the extract without them."""
        seen = canary.seen(suite.canaries(), whole.samples)
        closed = [msgspec.structs.replace(one, output=None) for one in whole.samples]
        out = extract.write(self._folder / f"{folder.name}.jsonl", whole.header, closed)
        return _Ended(out, seen, number, given_up)

    def _destroy(self, folder: Path, assignment: Assignment, now: int) -> list[dict[str, str]]:
        """Overwrite and remove what was made, and log that it was, with the digest of each file."""
        destroyed = []
        for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.name not in KEPT):
            data = path.read_bytes()
            with path.open("r+b") as file:
                file.write(bytes(len(data)))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            destroyed.append({"digest": hashlib.sha256(data).hexdigest(), "file": path.name})
        self._act({"act": "destroyed", "files": destroyed, "plan": assignment.plan}, now)
        return destroyed

    def _signed(
        self,
        assignment: Assignment,
        ended: _Ended,
        where: isolation.Isolation,
        destroyed: list[dict[str, str]],
        now: int,
    ) -> tuple[Envelope, Extract]:
        said = self._report(ended, where, destroyed)
        act = "given-up" if ended.given_up else "reported"
        of = {"attempt": assignment.attempt, "plan": assignment.plan, "extract": said["extract"]}
        self._act({"act": act, **of}, now)
        return envelope.sign(PAYLOAD, canonical.encode(said), [self._signs]), ended.out

    def _report(
        self, ended: _Ended, where: isolation.Isolation, destroyed: list[dict[str, str]]
    ) -> dict[str, canonical.Value]:
        out = ended.out
        header = out.header
        said: tuple[extract.Header | extract.Sample, ...] = (header, *out.samples)
        lines = b"".join(extract.line(one) + b"\n" for one in said)
        counts: Any = msgspec.to_builtins(header.counts)
        files: list[canonical.Value] = [dict(one) for one in destroyed]
        return {
            "attempt": header.attempt,
            "attempts": ended.number,
            "canary_seen": list(ended.seen),
            "counts": counts,
            "destroyed": files,
            "ended": header.ended,
            "extract": hashlib.sha256(lines).hexdigest(),
            "facility": self._opens.recipient.party,
            "format": FORMAT,
            "given_up": ended.given_up,
            "model": header.model.digest,
            "network": where.network,
            "plan": header.plan,
            "playbook": header.playbook,
            "scorer": header.scorer,
            "software": dict(header.software),
            "solver": header.solver,
            "started": header.started,
            "suite": header.suite,
            "why": where.why,
        }

    def _act(self, said: dict[str, Any], now: int) -> None:
        self._line(ACTS, {"at": now, **said})

    def _line(self, name: str, said: dict[str, Any]) -> None:
        path = self._folder / name
        before = path.read_bytes().splitlines()[-1:] if path.exists() else []
        previous = hashlib.sha256(before[0]).hexdigest() if before else None
        with path.open("ab") as file:
            file.write(canonical.encode({"previous": previous, **said}) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self._folder / name
        found: list[dict[str, Any]] = []
        previous = None
        for data in path.read_bytes().splitlines() if path.exists() else []:
            value = canonical.decode(data)
            # 3. Each line names the one before it.
            if not isinstance(value, dict) or value.get("previous") != previous:
                what = f"The ledger {name} was changed after line {len(found)}."
                raise Malformed("facility.3", what, "Keep it as evidence; begin a new folder.")
            found.append(value)
            previous = hashlib.sha256(data).hexdigest()
        return found
