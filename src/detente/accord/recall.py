"""A recall: what rules said of one record, kept for the next that reads the same to them. Pure but for that.

    recall = Recall(version.world)
    recall.grants(rule, said)                          true
    recall.granting(bank, said, "cn", view)            (rule, ..)

Inside the fragment a rule has no way to a record but the fields that it names, and none to standing but the
counts that it names; its author, the audience, the parties and their roles are all else there is. Where these
are the same, so is the answer. For replays: the gate and the fold of standing ask every rule anew.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from detente.accord.pillar import Statement
from detente.accord.rule import Bank, Rule
from detente.accord.world import World

View = Mapping[str, Any]
"""Parties to their counts, as `World.encode_standing` fills them."""
Reader = Callable[[Statement], object]


class Recall:
    """Answers so far, under one version.

    Rules and banks are told apart by identity, and so are views: whoever asks keeps them alive.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._readers: dict[int, Reader] = {}
        self._counted: dict[tuple[int, int], object] = {}
        self._granted: dict[object, bool] = {}
        self._granting: dict[object, tuple[Rule, ...]] = {}

    def grants(self, rule: Rule, said: Statement, more: Mapping[str, Any] | None = None) -> bool:
        """As `Rule.grants`; `more` are the same variables whenever the same rule is asked."""
        key = id(rule), said.party, said.kind, self._read(rule, said)
        if key not in self._granted:
            self._granted[key] = rule.grants(self._encoded(rule, said) | dict(more or {}))
        return self._granted[key]

    def granting(self, bank: Bank, said: Statement, audience: str, view: View) -> tuple[Rule, ...]:
        """As `Bank.granting`, towards an audience at a standing."""
        key = id(bank), said.party, said.kind, audience, self._read(bank, said), self._counts(bank, view)
        if key not in self._granting:
            variables = self._encoded(bank, said) | {"audience": audience, "standing": view}
            self._granting[key] = bank.granting(variables)
        return self._granting[key]

    def _encoded(self, asked: Rule | Bank, said: Statement) -> dict[str, Any]:
        return self._world.encode(said.kind, said.party, said.open, said.facts, asked.reads)

    def _read(self, asked: Rule | Bank, said: Statement) -> object:
        """What it reads of a record."""
        reader = self._readers.get(id(asked))
        if reader is None:
            reader = self._readers[id(asked)] = _reader(asked.inputs)
        return reader(said)

    def _counts(self, bank: Bank, view: View) -> object:
        """What it reads of a standing, of every party."""
        if not bank.counts:
            return ()
        place = id(bank), id(view)
        if place not in self._counted:
            every = sorted(bank.counts)
            self._counted[place] = tuple(
                getattr(getattr(of, pillar), name) for of in view.values() for pillar, name in every
            )
        return self._counted[place]


def _reader(inputs: Iterable[tuple[str, str]]) -> Reader:
    paths = sorted(f"{part}.{name}" for part, name in inputs)
    return attrgetter(*paths) if paths else _nothing


def _nothing(said: Statement) -> object:
    del said
    return ()
