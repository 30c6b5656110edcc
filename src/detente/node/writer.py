"""The writer: the one thread through which everything is written, many waiting acts to one commit.

    writer.do(lambda batch: batch.conn.execute("INSERT …"))      durable when it returns

Acts queue; the thread takes what waits, up to `BATCH`, into one transaction, each act in a savepoint of its
own: one that raises undoes itself and nobody else. Results are handed out after the commit and never before.
What must follow a commit (signing, publishing) is asked for by the act with `batch.later`, runs once however
many acts asked, and is waited for by `settle` alone.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from detente.node import store
from detente.node.errors import HomeInUse
from detente.node.fault import point
from detente.trust.errors import DetenteError

BATCH = 256
"""The most acts in one commit, but for those that were queued together."""

T = TypeVar("T")
After = Callable[[sqlite3.Connection], None]


@dataclass
class Batch:
    """What an act works with: the transaction, and a list of what must follow its commit."""

    conn: sqlite3.Connection
    follow: dict[str, After] = field(default_factory=dict)

    def later(self, name: str, after: After) -> None:
        """Run `after` once the batch is durable; asked for twice under one name, it runs once."""
        self.follow[name] = after


Act = Callable[[Batch], T]


@dataclass
class _Job(Generic[T]):
    act: Act[T]
    settled: bool
    future: Future[T]


class Writer:
    """The thread and its queue. Close it; what was queued before is still done."""

    def __init__(self, path: Path) -> None:
        self._conn = store.open_writing(path)
        self._jobs: queue.SimpleQueue[list[_Job[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self.trouble: DetenteError | None = None
        self._thread = threading.Thread(target=self._run, name="detente-writer", daemon=True)
        self._thread.start()

    def submit(self, act: Act[T], *, settled: bool = False) -> Future[T]:
        """Queue an act; the future has its result when that is durable.

        Args:
            act: what to do inside the transaction; it may be run on this writer's thread only.
            settled: whether the result waits for what follows the commit as well, and shares its errors.

        Raises:
            HomeInUse: `writer.1`.
        """
        job = _Job(act, settled, Future())
        self._queue([job])
        return job.future

    def together(self, acts: Iterable[Act[T]]) -> list[Future[T]]:
        """Queue acts that go into one commit and are settled, each still in a savepoint of its own.

        Raises:
            HomeInUse: `writer.1`.
        """
        jobs = [_Job(act, settled=True, future=Future()) for act in acts]
        if jobs:
            self._queue(jobs)
        return [job.future for job in jobs]

    def do(self, act: Act[T]) -> T:
        """Queue an act, wait until it is durable, and return its result or raise what it raised."""
        return self.submit(act).result()

    def settle(self, act: Act[T]) -> T:
        """As `do`, and wait for what follows the commit: signing and publishing."""
        return self.submit(act, settled=True).result()

    def finish(self) -> None:
        """Do what is queued, and end the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()

    def close(self) -> None:
        """Finish, and close the file; whoever closes it last leaves no journal beside it."""
        self.finish()
        self._conn.close()

    def _queue(self, jobs: list[_Job[T]]) -> None:
        # 1. The writer is open.
        if self._closed:
            raise HomeInUse("writer.1", "This node is closing.", "Open it again.")
        self._jobs.put(jobs)

    def _run(self) -> None:
        while (jobs := self._jobs.get()) is not None:
            last = False
            while len(jobs) < BATCH and not self._jobs.empty():
                more = self._jobs.get()
                if more is None:
                    last = True
                    break
                jobs += more
            self._commit(jobs)
            if last:
                return

    def _commit(self, jobs: list[_Job[Any]]) -> None:
        batch = Batch(self._conn)
        try:
            self._conn.execute("BEGIN IMMEDIATE")
            point("writer.begun")
            done = [(job, *_attempt(job, batch)) for job in jobs]
            point("writer.written")
            self._conn.execute("COMMIT")
        except sqlite3.Error as error:
            _undo(self._conn)
            for job in jobs:
                job.future.set_exception(store.failed(error))
            return
        point("writer.committed")
        for job, result, raised in done:
            if not job.settled or raised is not None:
                _answer(job, result, raised)
        trouble = self._follow(batch)
        for job, result, raised in done:
            if job.settled and raised is None:
                _answer(job, result, trouble)

    def _follow(self, batch: Batch) -> BaseException | None:
        trouble: BaseException | None = None
        for after in batch.follow.values():
            try:
                after(self._conn)
            except DetenteError as error:
                self.trouble = trouble = error
            except (sqlite3.Error, OSError) as error:
                self.trouble = trouble = store.failed(error)
            if self._conn.in_transaction:
                _undo(self._conn)
        if trouble is None and batch.follow:
            self.trouble = None
        return trouble


def _attempt(job: _Job[object], batch: Batch) -> tuple[object, BaseException | None]:
    """Run one act in a savepoint. An error of the disk ends the whole batch; any other is the act's own."""
    asked = dict(batch.follow)
    batch.conn.execute("SAVEPOINT act")
    try:
        result = job.act(batch)
    except sqlite3.OperationalError:
        raise
    except BaseException as error:  # noqa: BLE001 (handed to whoever asked)
        batch.conn.execute("ROLLBACK TO act")
        batch.follow = asked
        return None, error
    finally:
        if batch.conn.in_transaction:
            batch.conn.execute("RELEASE act")
    return result, None


def _answer(job: _Job[object], result: object, error: BaseException | None) -> None:
    if error is None:
        job.future.set_result(result)
    else:
        job.future.set_exception(error)


def _undo(conn: sqlite3.Connection) -> None:
    if conn.in_transaction:
        conn.execute("ROLLBACK")
