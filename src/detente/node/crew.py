"""The crew: bodies checked against their leaves, by this process alone or by several.

    with crew.of(len(parts), 2) as checked:
        for part in checked(place, parts):      a list of records for each part, None where a body falls
            …

A signature takes nearly all of the time that a body takes, and needs nothing but the body and its author's
keys: so a worker gets these, and answers with the records. Whether a kind has its form is not asked here: the
accord's rules do not travel between processes. Workers start anew and hold nothing of the process that asks.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

from detente.node.body import Place, check
from detente.node.errors import Unready
from detente.trust.errors import DetenteError
from detente.trust.record import Leaf, Record

Part: TypeAlias = Sequence[tuple[bytes, Leaf] | None]
"""Bodies with their leaves; None where no body is held."""

WORTH = 8
"""So many parts are worth a process of their own: it takes as long to start as some two thousand bodies."""

Checked: TypeAlias = Callable[[Place, Sequence[Part]], Iterator[list[Record | None]]]


def alone(place: Place, parts: Sequence[Part]) -> Iterator[list[Record | None]]:
    """Check parts in this process."""
    return map(partial(_part, place), parts)


@contextmanager
def of(parts: int, cores: int) -> Iterator[Checked]:
    """Yield what checks so many parts, in their order: on so many cores, or in this process if they are few.

    Raises:
        Unready: `crew.1`: a worker was ended from outside.
    """
    hands = min(cores, parts // WORTH)
    if hands <= 1:
        yield alone
        return
    with ProcessPoolExecutor(hands, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield partial(_answers, pool)
        except BrokenProcessPool as error:
            # 1. Every worker answers.
            raise Unready(
                "crew.1",
                "A process that checked signatures was ended from outside.",
                "Give it memory, or check with less at once: --cores 1.",
            ) from error


def _answers(pool: ProcessPoolExecutor, place: Place, parts: Sequence[Part]) -> Iterator[list[Record | None]]:
    """As `pool.map`, which however cancels what a broken pool is just settling in another thread."""
    futures = [pool.submit(_part, place, part) for part in parts]
    try:
        for one in futures:
            yield one.result()
    except GeneratorExit:
        for one in futures:
            one.cancel()
        raise


def _part(place: Place, part: Part) -> list[Record | None]:
    return [None if one is None else _record(place, *one) for one in part]


def _record(place: Place, data: bytes, leaf: Leaf) -> Record | None:
    try:
        return check(data, leaf, place, _any_form)[0]
    except DetenteError:
        return None  # whoever asked looks again, in its own process, and hears why


def _any_form(_: Record) -> None:
    """Every form is let through."""
