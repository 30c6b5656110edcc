"""The view: what one audience may have of one record. Every neighbour's format is written from views alone.

    seen(pane, name, "cn", acts, parties(pane))  ->  View(id="9f…", open={…}, values={"pattern": …})

Only a party of the accord in force is an audience; anybody else, and nobody, sees nothing. A party sees the
open fields of every record, as the accord has it. Of sealed values it sees those that the author's log says
were released to it, or opened to all: our own records' alone, since what another party released to us is not
ours to hand on. Our own party sees all that can be opened here.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct

from detente.accord.acts import WITHDRAW
from detente.accord.pillar import Facts, Statement
from detente.node import archive
from detente.node.window import Opened, Pane
from detente.trust.record import Record

RELEASE, OPENING, ERASE = "accord.release", "accord.opening", "accord.erase"
EVERYBODY = "*"


class Act(Struct, frozen=True):
    """One line of a log about the sealed values of a record.

    Args:
        kind: `accord.release`, `accord.opening` or `accord.erase`.
        by: whose log says it.
        record: the id of the record that it is about.
        to: the party, or `*`.
        paths: the sealed paths.
        at: its author's clock, in milliseconds.
    """

    kind: str
    by: str
    record: str
    to: str
    paths: tuple[str, ...]
    at: int


class View(Struct, frozen=True, kw_only=True):
    """What one audience may have of one record.

    Attributes:
        id: of the record, 64 hexadecimal digits.
        domain: `live` or `exercise`.
        party: its author.
        kind: `pillar.name`.
        at: the author's clock, in milliseconds.
        changed: when the newest thing in it was said, in milliseconds.
        root: id of the record that starts its thread.
        version: of the accord that it names.
        open: the open fields.
        facts: what follows from it, by name.
        values: sealed path to value.
        shown: how far its sealed values are known to this audience: `open` none of them, `some` of them,
            `all` to everybody.
    """

    id: str
    domain: str
    party: str
    kind: str
    at: int
    changed: int
    root: str
    version: int
    open: dict[str, Any]
    facts: dict[str, Any]
    values: dict[str, Any]
    shown: Literal["open", "some", "all"]


def parties(pane: Pane) -> tuple[str, ...]:
    """Return who can be an audience now: the parties of the accord in force that have not left it, sorted."""
    now = pane.clock.now()
    known = pane.terms.in_force(now).accord.parties.keys()
    return tuple(sorted(known - {party for party, since in _leaving(pane) if since <= now}))


def _leaving(pane: Pane) -> Iterator[tuple[str, int]]:
    """Who has logged that it leaves, and from when on it is gone."""
    for party, _, name in archive.of_kinds(pane.readers.conn, pane.domain, (WITHDRAW,)):
        if pane.judge.said(name).stands:
            yield party, int(pane.library[name].open["effective"])


def act_of(entry: Record) -> Act | None:
    """Return what a record says about the sealed values of another, or None."""
    if entry.kind not in (RELEASE, OPENING, ERASE):
        return None
    paths = (entry.open["path"],) if entry.kind == OPENING else tuple(map(str, entry.open["paths"]))
    to = str(entry.open["to"]) if entry.kind == RELEASE else EVERYBODY
    return Act(entry.kind, entry.party, str(entry.open["record"]), to, paths, entry.at)


def seen(pane: Pane, name: str, audience: str, acts: Iterable[Act], among: Collection[str]) -> View | None:
    """Return what an audience may have of a record; None if nothing.

    Args:
        pane: of the node.
        name: id of the record.
        audience: a party's name; anything else is nobody.
        acts: what the logs say about its sealed values.
        among: who can be an audience, as `parties` says.
    """
    entry = pane.library.get(name)
    # 1. The audience is a party that has not left: an unknown or empty one is nobody.
    if entry is None or audience not in among:
        return None
    judged = pane.judge.said(name)
    # 2. The record stands: what does not stand is evidence, and is handed to nobody.
    if not judged.stands:
        return None
    opened = pane.opened(name, entry)
    told = [one for one in acts if one.by == entry.party and one.to in (audience, EVERYBODY)]
    known = [one for one in told if one.kind == ERASE or _readable(one, opened)]
    to_all = {path for one in known if one.kind == OPENING for path in one.paths}
    # 3. Of sealed values it gets its own, ours that were released to it, and those opened to all.
    values = {
        path: opened.values[path] for path in _allowed(pane, entry, audience, known) & opened.values.keys()
    }
    facts = judged.facts.facts if isinstance(judged.facts, Statement) else None
    return View(
        id=name,
        domain=pane.domain,
        party=entry.party,
        kind=entry.kind,
        at=entry.at,
        changed=max((entry.at, *(one.at for one in known))),
        root=entry.thread or name,
        version=entry.accord.version,
        open=dict(entry.open),
        facts=_plain(facts),
        values=values,
        shown="open" if not values else "all" if values.keys() <= to_all else "some",
    )


def _allowed(pane: Pane, entry: Record, audience: str, known: list[Act]) -> frozenset[str]:
    if audience == pane.party:
        return frozenset(entry.sealed)
    wanted = (RELEASE, OPENING) if entry.party == pane.party else (OPENING,)
    return frozenset(path for one in known if one.kind in wanted for path in one.paths)


def _readable(one: Act, opened: Opened) -> bool:
    """Whether what was shown is here: until its package has come, a release has changed nothing."""
    return set(one.paths) <= opened.values.keys() | opened.missing.keys()


def _plain(facts: Facts | None) -> dict[str, Any]:
    return {} if facts is None else {name: getattr(facts, name) for name in facts.__struct_fields__}
