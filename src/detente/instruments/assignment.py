"""An assignment: all that one attempt at a plan may be, fixed before its first sample.

It lies in the folder of the run (`assignment.json`, canonical JSON), and holds both what was registered and
where the things are that have to have those digests. Each is checked before anything is asked; what was
changed is refused by its name, and nothing is run.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from detente.instruments import scoring, scripted, sealedsuite, smallmodel, solving
from detente.instruments import suite as suites
from detente.instruments.extract import Digest, Language, Line, Whole
from detente.instruments.sealedsuite import SealedSuite
from detente.instruments.suite import Item, Suite
from detente.trust import canonical
from detente.trust.errors import Malformed, WrongContext

FILE = "assignment.json"
SEALED = ".sealed"
"""How the file of a suite ends that came sealed."""
MOST_BYTES = 1_048_576
Count = Annotated[int, Meta(ge=0, le=10_000)]


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The system under test, and how it is reached.

    Args:
        name: `local/…`, `scripted/…`, or any name of a provider of Inspect.
        digest: as it was registered.
        answers_as: the name by which an endpoint must answer; null: it is not looked at.
        base_url: where an endpoint is; null: where its provider is.
    """

    name: Line
    digest: Digest
    answers_as: Line | None = None
    base_url: Line | None = None


class Solving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration of a solver, as a playbook states it."""

    tokens: Annotated[int, Meta(ge=1, le=8_192)]
    temperature: Annotated[str, Meta(pattern=r"^[0-2](\.[0-9]{1,3})?\Z")] = "0"
    constrained: bool = False


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was registered, for one attempt.

    Args:
        plan: id of the plan; null: it is not registered, and the extract says so.
        playbook: id of the playbook; null as above.
        attempt: as the log numbers it; 0 without a plan.
        suite: name of a shipped suite, or path of one.
        tasks: digest of the suite, and so of `solver`, `scorer` and `judge`.
        solving: what the digest of the solver is over.
        system: what is tested.
        languages: ascending.
        samples: how many in each language.
        benign: how many harmless twins in each.
        begins: not before, in milliseconds since 1970; null: at once.
        ends: not after; null: whenever.
        patience: seconds that an endpoint may take for one reply.
    """

    format: Literal["detente-assignment-1"] = "detente-assignment-1"
    plan: Digest | None
    playbook: Digest | None
    attempt: Annotated[int, Meta(ge=0, le=20)]
    suite: Line
    tasks: Digest
    solver: Digest
    scorer: Digest
    judge: Digest | None
    solving: Solving
    system: System
    languages: tuple[Language, ...]
    samples: tuple[Count, ...]
    benign: tuple[Count, ...]
    begins: Whole | None = None
    ends: Whole | None = None
    patience: Annotated[int, Meta(ge=1, le=3_600)] = 120


class Task(NamedTuple):
    """One sample to be made."""

    item: Item
    language: str
    epoch: int

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it will stand in the extract."""
        return self.item.id, self.language, self.epoch


def spelled(assignment: Assignment) -> bytes:
    """Return an assignment's canonical bytes."""
    value: Any = msgspec.json.decode(msgspec.json.encode(assignment))
    return canonical.encode(value)


def write(folder: Path, assignment: Assignment) -> None:
    """Put an assignment into the folder of its run."""
    (folder / FILE).write_bytes(spelled(assignment))


def read(folder: Path) -> Assignment:
    """Read the assignment of a run.

    Raises:
        Malformed: `assignment.1`. NotCanonical: `canonical.5`. FileNotFoundError: the folder has none.
    """
    return parse((folder / FILE).read_bytes())


def parse(data: bytes) -> Assignment:
    """Read an assignment.

    Raises:
        Malformed: `assignment.1`. NotCanonical: `canonical.5`. TooLarge: `canonical.1`.
    """
    # 1. It has this form, and as many counts as languages.
    try:
        made = msgspec.convert(canonical.decode(data, MOST_BYTES), Assignment)
    except msgspec.ValidationError as error:
        raise Malformed("assignment.1", f"This is no assignment: {error}.", "Begin the run anew.") from error
    if not len(made.languages) == len(made.samples) == len(made.benign) > 0:
        what = "This is no assignment: its counts are not one for each language."
        raise Malformed("assignment.1", what, "Begin the run anew.")
    return made


def solver_digest(suite: Suite, solving_: Solving) -> str:
    """Return the digest of a solver's configuration."""
    configured = solving.configuration(
        suite.solver, solving_.tokens, solving_.temperature, constrained=solving_.constrained
    )
    return scoring.digest(configured)


def scorer_digest(suite: Suite) -> str:
    """Return the digest of a scorer's configuration."""
    return scoring.digest(scoring.configuration(suite.scorer))


def system_digest(name: str, answers_as: str | None = None, base_url: str | None = None) -> str:
    """Return the digest by which a system is registered: of its weights, or of what describes its endpoint.

    Raises:
        Malformed: `scripted.1`, `small.1`: there is no such player or model here.
    """
    provider, _, rest = name.partition("/")
    if provider == "scripted":
        return scripted.digest(rest)
    if provider == "local":
        return smallmodel.digest(rest)
    return scoring.digest({"answers_as": answers_as, "base_url": base_url, "endpoint": name})


def form(name: str) -> Literal["weights", "endpoint", "whole_system"]:
    """Return what the digest of a system names."""
    provider = name.partition("/")[0]
    return {"scripted": "whole_system", "local": "weights"}.get(provider, "endpoint")  # type: ignore[return-value]  # three words


def checked(assignment: Assignment, now: int) -> Suite:
    """Return the suite, if everything is what was registered and the time is right.

    Raises:
        WrongContext: `assignment.2` to `assignment.7`, naming what is another than registered.
        Malformed: as `suite.found`.
    """
    suite, root = _suite(assignment.suite)
    # 2. The suite; 3. the solver; 4. the scorer; 5. the judge; 6. the system: each has its digest.
    _same("assignment.2", "The suite", assignment.tasks, root)
    _same(
        "assignment.3",
        "The solver's configuration",
        assignment.solver,
        solver_digest(suite, assignment.solving),
    )
    _same("assignment.4", "The scorer's configuration", assignment.scorer, scorer_digest(suite))
    _same("assignment.5", "The judge's configuration", assignment.judge, None)
    system = assignment.system
    found = system_digest(system.name, system.answers_as, system.base_url)
    _same("assignment.6", "The system under test", system.digest, found)
    timely(assignment, now)
    return suite


def timely(assignment: Assignment, now: int) -> None:
    """See that a run is made within its time.

    Raises:
        WrongContext: `assignment.7`.
    """
    # 7. The time is within the plan's window.
    if (assignment.begins or now) > now or (assignment.ends or now) < now:
        what = "It is not within the time for which the run was registered."
        raise WrongContext("assignment.7", what, "Register a plan for another time.")


def _suite(name: str) -> tuple[Suite, str]:
    """Return a suite and its root: of one that came sealed, the root over what it was committed to."""
    if not name.endswith(SEALED):
        found = suites.found(name)
        return found, found.root()
    try:
        data = canonical.decode(Path(name).read_bytes(), sealedsuite.MOST_BYTES)
        made = msgspec.convert(data, SealedSuite)
    except (OSError, msgspec.ValidationError) as error:
        what = f"The sealed suite cannot be read: {error}."
        raise Malformed("assignment.8", what, "Only a facility's run has one.") from error
    return made.plain(), made.root()


def _same(step: str, what: str, registered: str | None, found: str | None) -> None:
    if registered != found:
        told = (
            f"{what} is another than registered: {(found or 'none')[:12]}, not {(registered or 'none')[:12]}."
        )
        raise WrongContext(step, told, "Run what was registered, or register a new plan.")


def tasks(assignment: Assignment, suite: Suite) -> tuple[Task, ...]:
    """Return every sample of the assignment, ascending by place.

    More samples than a suite has items ask the items again, in epochs.

    Raises:
        Malformed: `suite.3`.
    """
    found: list[Task] = []
    every = {twin: sum(one.twin is twin for one in suite.items) for twin in (False, True)}
    for language, samples, benign in zip(
        assignment.languages, assignment.samples, assignment.benign, strict=True
    ):
        for twin, count in ((False, samples), (True, benign)):
            whole, rest = divmod(count, every[twin]) if every[twin] else (0, count)
            for epoch in range(whole + 1):
                some = suite.drawn(every[twin] if epoch < whole else rest, twin=twin)
                found += [Task(item, language, epoch + 1) for item in some]
    return tuple(sorted(found, key=lambda one: one.place))


def software() -> dict[str, str]:
    """Return what of ours ran: the digest over the sources of this room, so that a change of them shows."""
    told = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        told.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return {"detente-instruments": told.hexdigest()}
