"""The writer: one transaction for many acts, each its own, and nothing acknowledged before it is durable."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detente.node import store
from detente.node.errors import Behind, DiskFailed, HomeInUse
from detente.node.writer import Batch, Writer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path / "node.db")
    yield made
    made.close()


def _put(name: str) -> Callable[[Batch], str]:
    def act(batch: Batch) -> str:
        batch.conn.execute(
            "INSERT INTO tabled (domain, nonce, id) VALUES ('live', ?, ?)", (name, name.encode())
        )
        return name

    return act


def _names(path: Path) -> list[str]:
    conn = store.open_reading(path)
    try:
        return [str(row[0]) for row in conn.execute("SELECT nonce FROM tabled ORDER BY nonce")]
    finally:
        conn.close()


def test_what_was_acknowledged_is_there_for_every_reader(writer: Writer, tmp_path: Path) -> None:
    assert writer.do(_put("a")) == "a"
    assert _names(tmp_path / "node.db") == ["a"]


def test_an_act_that_fails_undoes_itself_and_nobody_else(writer: Writer, tmp_path: Path) -> None:
    started, release = threading.Event(), threading.Event()

    def wait(_: Batch) -> None:
        started.set()
        release.wait(10)

    def fail(batch: Batch) -> None:
        _put("bad")(batch)
        batch.later("bad", lambda _: pytest.fail("an act that failed asked for nothing"))
        raise ValueError("no")

    first = writer.submit(wait)
    started.wait(10)
    first_ok, bad, last_ok = writer.submit(_put("a")), writer.submit(fail), writer.submit(_put("b"))
    release.set()
    first.result()
    assert first_ok.result() == "a"
    assert last_ok.result() == "b"
    with pytest.raises(ValueError, match="no"):
        bad.result()
    assert _names(tmp_path / "node.db") == ["a", "b"]


def test_waiting_acts_share_one_commit_and_one_follow_up(writer: Writer) -> None:
    started, release, runs = threading.Event(), threading.Event(), []

    def wait(_: Batch) -> None:
        started.set()
        release.wait(10)

    def ask(batch: Batch) -> None:
        batch.later("sign", lambda _: runs.append(1))

    writer.submit(wait)
    started.wait(10)
    waiting = [writer.submit(ask, settled=True) for _ in range(100)]
    release.set()
    for one in waiting:
        one.result()
    assert len(runs) == 1


def test_a_full_disk_is_named_and_nothing_is_acknowledged(writer: Writer, tmp_path: Path) -> None:
    writer.do(_put("a"))
    pages = writer.do(lambda batch: int(batch.conn.execute("PRAGMA page_count").fetchone()[0]))
    writer.do(lambda batch: batch.conn.execute(f"PRAGMA max_page_count={pages}").fetchone())

    def large(batch: Batch) -> None:
        batch.conn.execute("INSERT INTO body (id, kind, envelope) VALUES (x'00', 'k', zeroblob(1000000))")

    with pytest.raises(DiskFailed) as caught:
        writer.do(large)
    assert caught.value.step == "store.1"
    assert "full" in caught.value.what
    writer.do(lambda batch: batch.conn.execute("PRAGMA max_page_count=100000").fetchone())
    assert writer.do(_put("b")) == "b"
    assert _names(tmp_path / "node.db") == ["a", "b"]


def test_trouble_after_the_commit_reaches_who_waits_for_it_and_undoes_nothing(
    writer: Writer, tmp_path: Path
) -> None:
    def act(batch: Batch) -> None:
        _put("a")(batch)

        def sign(_: sqlite3.Connection) -> None:
            raise Behind("anchor.1", "Older than what was signed.", "Restore.")

        batch.later("sign", sign)

    writer.do(act)
    with pytest.raises(Behind):
        writer.settle(lambda batch: batch.later("sign", _raise_behind))
    assert isinstance(writer.trouble, Behind)
    assert _names(tmp_path / "node.db") == ["a"]


def _raise_behind(_: sqlite3.Connection) -> None:
    raise Behind("anchor.1", "Older than what was signed.", "Restore.")


def test_closing_finishes_what_was_asked_and_takes_no_more(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "node.db")
    waiting = [writer.submit(_put(f"{number:03}")) for number in range(300)]
    writer.close()
    assert all(one.done() for one in waiting)
    assert len(_names(tmp_path / "node.db")) == 300
    with pytest.raises(HomeInUse):
        writer.do(_put("late"))


def test_a_database_of_another_format_is_not_touched(tmp_path: Path) -> None:
    conn = sqlite3.connect(tmp_path / "node.db")
    conn.execute("PRAGMA user_version=99")
    conn.close()
    with pytest.raises(DiskFailed) as caught:
        store.open_writing(tmp_path / "node.db")
    assert caught.value.step == "store.2"


def test_a_thread_that_has_ended_leaves_no_connection_open(writer: Writer, tmp_path: Path) -> None:
    writer.do(_put("a"))
    readers = store.Readers(tmp_path / "node.db")

    def read() -> None:
        assert readers.conn.execute("SELECT count(*) FROM tabled").fetchone() == (1,)

    read()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    # One may stay: SQLite keeps it, for to close it would drop other connections' locks, and uses it again.
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    readers.close()


def test_readers_cannot_write(writer: Writer, tmp_path: Path) -> None:
    writer.do(_put("a"))
    conn = store.open_reading(tmp_path / "node.db")
    with pytest.raises(sqlite3.OperationalError):
        conn.execute("DELETE FROM tabled")
    conn.close()


def test_acts_queued_together_are_one_commit_and_each_fails_alone(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.writer.BATCH", 1)
    followed: list[str] = []

    def put(name: str) -> Callable[[Batch], str]:
        def act(batch: Batch) -> str:
            batch.later("sign", lambda _: followed.append("signed"))
            return _put(name)(batch)

        return act

    def fail(batch: Batch) -> str:
        _put("bad")(batch)
        raise ValueError("no")

    good, bad, last = writer.together([put("a"), fail, put("b")])
    assert (good.result(), last.result()) == ("a", "b")
    assert isinstance(bad.exception(), ValueError)
    assert _names(tmp_path / "node.db") == ["a", "b"]
    assert followed == ["signed"]
    assert writer.together([]) == []
