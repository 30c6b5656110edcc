"""The leak search of the demonstration: no name of a list stands in files, in any layer that can be opened.

    python -m detente.faces.demo.leaks names us neutral cn/public [--lang zh]

Names stand one a line. Folders are searched with all that is below them, `-` is standard input. A database is
searched value by value, and its pages for plain text, where what was deleted may stand still. Nodes may run
meanwhile: what is renamed while it is read is read again. What is found is printed with its file and the
layers around it (base64, gzip). Exit code 0: nothing found, down to the sixth layer; 1: something found; 2: a
layer above that was too large to be searched to its end, which is no "nothing".
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from detente.faces.speech import LANGUAGES, Text, Voice
from detente.instruments.layer import DEPTH
from detente.instruments.leak import Leak, Names, below, search

CLEAN, FOUND, UNSEEN = 0, 1, 2
MOST_LINES = 6
ROUNDS, PAUSE_SECONDS = 50, 0.1
SUM = Text(
    "{0} names sought in {1} files and values, {2} bytes: {3} found",
    "在 {1} 个文件与数据项（{2} 字节）中检索 {0} 个名称：发现 {3} 处",
)
DATABASE = b"SQLite format 3\0"


def main(words: Sequence[str]) -> int:
    """Search, print, and return an exit code."""
    parser = argparse.ArgumentParser(prog="leaks")
    parser.add_argument("names", type=Path)
    parser.add_argument("places", nargs="+")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    arguments = parser.parse_args(words)
    say = Voice(arguments.lang).choose
    names = Names(arguments.names.read_text(encoding="utf-8").split())
    whole = {name: data for place in arguments.places for name, data in _read(place).items()}
    pages = {name: data for name, data in whole.items() if ".db" in Path(name).suffix and ":" not in name}
    found = search({name: data for name, data in whole.items() if name not in pages}, names)
    leaks = [*found.leaks, *(one for name, data in pages.items() for one in _lying(name, data, names))]
    for one in leaks[:MOST_LINES]:
        print("  ".join((one.name, one.file, " > ".join(one.way))).rstrip())
    stopped = [one for one in found.unseen if len(one[1].way) <= DEPTH]
    for file, limit in stopped[:MOST_LINES]:
        print(say(Text("not searched to the end", "未能检索到底")), file, limit.why)
    print(say(SUM).format(len(names.sought), len(whole), sum(map(len, whole.values())), len(leaks)))
    if leaks:
        return FOUND
    return UNSEEN if stopped else CLEAN


def _read(place: str) -> dict[str, bytes]:
    if place == "-":
        return {"-": sys.stdin.buffer.read()}
    path = Path(place)
    files = {place: path.read_bytes()} if path.is_file() else _below(path)
    for name, data in list(files.items()):
        if data.startswith(DATABASE):
            file = path if path.is_file() else path / name
            files |= {f"{name}:{at}": value for at, value in enumerate(_values(file))}
    return files if path.is_file() else {f"{place}/{name}": data for name, data in files.items()}


def _lying(name: str, data: bytes, names: Names) -> Iterator[Leak]:
    """Return what lies in the pages of a database, its journal or its index, as plain text."""
    for one, near in names.inside(data.decode("utf-8", "replace"), certain=True):
        yield Leak(one, name, (), near)


def _below(path: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by their path in it, each once it stays where it is."""
    for _ in range(ROUNDS):
        with suppress(FileNotFoundError):
            return below(path)
        time.sleep(PAUSE_SECONDS)
    return below(path)


def _values(path: Path) -> Iterator[bytes]:
    """Return every text and every run of bytes in a database, which may be in use."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in base.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 (a name from the database itself)
                yield from (
                    one.encode() if isinstance(one, str) else one
                    for one in row
                    if isinstance(one, str | bytes)
                )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
