"""All that is wrong with a text at once: shape, sense and rules, each fault at its line and column.

    survey(source, editions, scales)
    ->  (Fault(Malformed("rule.1", "$.duties[1].when, column 6: undefined …"), (23, 60), "level"),)

The checks are those that refuse an accord anyway (`schema`, `soundness`, `version`), made for each clause by
itself: a clause that one check refuses is left out of the later ones. Three are made only here, since what
they find can be signed and is hardly ever meant: triggers that propose in a circle, duties that others owe
on what performs them, and bands that overlap.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec
from msgspec import Struct

from detente.accord import band, circle, schema, soundness
from detente.accord.acts import CORE
from detente.accord.ceiling import AUDIENCES
from detente.accord.document import Accord
from detente.accord.edition import Edition
from detente.accord.field import fields
from detente.accord.scale import Scale
from detente.accord.schema import nearest
from detente.accord.source import Fault, Source
from detente.accord.standing import COUNTS
from detente.accord.version import Version, compile_version
from detente.trust.canonical import Value
from detente.trust.errors import DetenteError

CLAUSES = ("duties", "release", "triggers")
FRAME = frozenset(f"document.{number}" for number in range(2, 9))
"""Checks of what every clause leans on: where one of them fails, no clause is compiled."""
PATH = re.compile(r"\$[A-Za-z0-9_.\[\]-]*[A-Za-z0-9_\]-]|\$")
COLUMN = re.compile(r", column ([0-9]+): ")
CLAUSE = re.compile(r"\$\.(duties|release|triggers)\[([0-9]+)\]")
ODD = {
    "rule.1": re.compile(r": (?:undefined field|undeclared reference to) '([^']+)'"),
    "rule.8": re.compile(r", column [0-9]+: (\S+), which is none of"),
    "terms.3": re.compile(r"there is no kind (\S+)\."),
    "terms.4": re.compile(r"has no sealed path (\S+)\."),
    "terms.5": re.compile(r": (\S+) is above the ceiling"),
    "document.10": re.compile(r": (\S+) belongs to no pillar"),
    "document.12": re.compile(r": (\S+) is no debtor"),
    "document.13": re.compile(r": (\S+) is no audience"),
    "document.15": re.compile(r": (\S+?)(?:,.*)? is not in this accord"),
}
"""Step to the word in its sentence that is no known name."""


class Thinned(Struct, frozen=True):
    """A document without some of its clauses, and where those that stay stood before.

    Args:
        source: with the clauses that stay, counted anew.
        before: section to the earlier number of each clause that stays.
    """

    source: Source
    before: Mapping[str, tuple[int, ...]]

    def back(self, text: str) -> str:
        """A text with every path in it as it was in the whole document."""
        return CLAUSE.sub(
            lambda found: (
                f"$.{found[1]}[{self.before[found[1]][int(found[2])]}]"
                if int(found[2]) < len(self.before[found[1]])
                else found[0]
            ),
            text,
        )


def survey(source: Source, editions: Iterable[Edition], scales: Iterable[Scale]) -> tuple[Fault, ...]:
    """Every fault of a document, in the order of the text; none if a version compiles.

    Args:
        source: with charters and digests filled in.
        editions: installed.
        scales: installed.
    """
    misshapen = schema.survey(source, Accord)
    thinned = _without(source, {_clause(fault) for fault in misshapen})
    if None in {_clause(fault) for fault in misshapen}:
        return _ordered(misshapen)
    accord = msgspec.convert(thinned.source.data, Accord)
    pair = (tuple(editions), tuple(scales))
    tried = _tried(soundness.checks(accord, thinned.source))
    senseless = [thinned_fault(error, thinned, source, pair[0]) for error in tried]
    if misshapen:  # what survives may be a clause that was left out
        senseless = [one for one in senseless if not one.error.what.startswith("$.withdrawal.surviving")]
    if FRAME & {fault.error.step for fault in senseless}:
        return _ordered((*misshapen, *senseless))
    faulty = {_clause(fault) for fault in (*misshapen, *senseless)}
    rest = _without(source, faulty)
    unruly = _unruly(msgspec.convert(rest.source.data, Accord), rest, source, pair)
    return _ordered((*misshapen, *senseless, *unruly))


def _unruly(
    accord: Accord, rest: Thinned, source: Source, pair: tuple[tuple[Edition, ...], tuple[Scale, ...]]
) -> Iterator[Fault]:
    """What the pillars do not bear, clause by clause; then what holds between clauses."""
    editions = pair[0]
    try:
        version = compile_version(accord, *pair)
    except DetenteError:
        for error in _tried(_alone(accord, pair)):
            yield thinned_fault(error, rest, source, editions)
        return
    for error in (*circle.find(version), *circle.endless(version), *band.find(version)):
        yield thinned_fault(error, rest, source, editions)


def _alone(
    accord: Accord, pair: tuple[tuple[Edition, ...], tuple[Scale, ...]]
) -> Iterator[Callable[[], Version]]:
    """The compilation of every clause by itself; of nothing but the frame, first."""
    bare = msgspec.structs.replace(accord, duties=(), release=(), triggers=())
    yield partial(compile_version, bare, *pair)
    for section in CLAUSES:
        for n, clause in enumerate(getattr(accord, section)):
            one = msgspec.structs.replace(bare, **{section: (clause,)})
            yield partial(_at_place, one, pair, f"$.{section}[0]", f"$.{section}[{n}]")


def _at_place(
    accord: Accord, pair: tuple[tuple[Edition, ...], tuple[Scale, ...]], here: str, there: str
) -> Version:
    try:
        return compile_version(accord, *pair)
    except DetenteError as error:
        raise type(error)(error.step, error.what.replace(here, there), error.remedy) from error


def _tried(checks: Iterable[Callable[[], object]]) -> Iterator[DetenteError]:
    """What each check refuses, the same refusal once."""
    seen: set[tuple[str, str]] = set()
    for one in checks:
        try:
            one()
        except DetenteError as error:
            if (error.step, error.what) not in seen:
                seen.add((error.step, error.what))
                yield error


def thinned_fault(
    error: DetenteError, thinned: Thinned, source: Source, editions: tuple[Edition, ...]
) -> Fault:
    """A refusal as a fault: its path, and the column in a rule, become line and column of the document."""
    said = type(error)(error.step, thinned.back(error.what), error.remedy)
    found = PATH.match(said.what)
    path = found[0] if found else "$"
    column = COLUMN.match(said.what, found.end() if found else 0)
    odd = ODD[said.step].search(said.what) if said.step in ODD else None
    word = odd[1] if odd else ""
    near = nearest(word, _vocabulary(said, source, editions)) if word else ""
    if column is not None:
        return Fault(said, source.inside(path, int(column[1])), near)
    return Fault(said, _narrowed(source, path, word), near)


def _narrowed(source: Source, path: str, word: str) -> tuple[int, int]:
    """The place of a word below a path, or of the path itself."""
    below = [one for one in source.spans if word and one.startswith(path)]
    exact = (one for one in below if source.text[slice(*source.spans[one])].strip("'\"") == word)
    return source.at(next(exact, path))


def _vocabulary(error: DetenteError, source: Source, editions: tuple[Edition, ...]) -> set[str]:
    """The names that might have been meant, by the step that missed one."""
    specs = {f"{one.name}.{short}": spec for one in editions for short, spec in one.pillar.kinds.items()}
    if error.step == "rule.1":
        names = {field.name for spec in specs.values() for field in (*fields(spec.open), *fields(spec.facts))}
        return names | {*COUNTS, "facts", "open", "party", "parties", "roles", "audience", "standing"}
    if error.step == "rule.8":
        return set(error.what.partition("none of ")[2].partition(" is outside")[0].split(", "))
    if error.step in ("terms.3", "document.10"):
        return {*specs, *CORE}
    if error.step == "terms.5":
        return set()  # it is spelt as it is meant, and is too much
    if error.step == "terms.4":
        said = {kind: spec for kind, spec in specs.items() if kind in error.what.split()}
        return {path for spec in (said or specs).values() for path in spec.paths}
    given = source.data if isinstance(source.data, dict) else {}
    return {*AUDIENCES, *soundness.OWES, *_names(given.get("parties")), *_ids(given)}


def _names(value: Value) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _ids(given: Mapping[str, Value]) -> set[str]:
    clauses = [one for section in CLAUSES for one in _listed(given.get(section))]
    return {str(one["id"]) for one in clauses if isinstance(one, dict) and "id" in one}


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _clause(fault: Fault) -> tuple[str, int] | None:
    found = CLAUSE.match(fault.error.what)
    return (found[1], int(found[2])) if found else None


def _without(source: Source, clauses: set[tuple[str, int] | None]) -> Thinned:
    """The document without these clauses."""
    if not isinstance(source.data, dict):
        return Thinned(source, dict.fromkeys(CLAUSES, ()))
    data, places, before = dict(source.data), dict(source.places), {}
    for section in CLAUSES:
        whole = _listed(data.get(section))
        stay = tuple(n for n in range(len(whole)) if (section, n) not in clauses)
        before[section] = stay
        if len(stay) < len(whole):
            data[section] = [whole[n] for n in stay]
            places |= _moved(source, section, stay)
    return Thinned(Source(data, places, source.keys, source.spans, source.text), before)


def _moved(source: Source, section: str, stay: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    return {
        f"$.{section}[{new}]{path.removeprefix(f'$.{section}[{old}]')}": place
        for new, old in enumerate(stay)
        for path, place in source.places.items()
        if path.startswith(f"$.{section}[{old}]")
    }


def _ordered(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """In the order of the text; what two checks say alike, once."""
    once = {(fault.place, fault.error.step, fault.error.what): fault for fault in faults}
    return tuple(once[key] for key in sorted(once))
