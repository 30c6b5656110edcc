"""Leaks: planted in every layer they are found, and nothing is found where nothing was planted."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import random
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from detente.instruments import layer, leak
from detente.instruments.leak import Names, search

NAMES = Names(["Air Canada", "王伟", "Tay"])
PLANTED = "The report of 王伟 on air_canada's bot, not unlike TAY, is here.".encode()


def zipped(data: bytes, name: str = "a.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def database(data: bytes) -> bytes:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE t (a BLOB)")
    conn.executemany("INSERT INTO t VALUES (?)", [(random.Random(4).randbytes(4000),), (data,)])  # noqa: S311 (not for keys)
    conn.commit()
    return conn.serialize()


LAYERS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "tar": tarred,
    "base64": base64.b64encode,
    "base64 of the web": base64.urlsafe_b64encode,
    "base64 in lines": base64.encodebytes,
    "base64 in JSON, in lines": lambda one: json.dumps(base64.encodebytes(one).decode()).encode(),
    "base64 behind other letters": lambda one: b"data:abcde" + base64.b64encode(one),
    "base32": base64.b32encode,
    "hexadecimal": lambda one: one.hex().encode(),
    "hexadecimal capitals": lambda one: one.hex().upper().encode(),
    "percent": lambda one: quote(one).encode(),
    "quoted-printable": quopri.encodestring,
    "JSON's escapes": lambda one: json.dumps(one.decode()).encode(),
    "HTML's numbers": lambda one: html.escape(one.decode()).encode("ascii", "xmlcharrefreplace"),
    "UTF-16": lambda one: one.decode().encode("utf-16"),
    "UTF-16 without its mark": lambda one: one.decode().encode("utf-16-be"),
    "GB 18030": lambda one: one.decode().encode("gb18030"),
    "full width": lambda one: one.decode().translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}).encode(),
    "a database": database,
    "gzip behind noise": lambda one: random.Random(1).randbytes(200) + gzip.compress(one),  # noqa: S311 (not for keys)
    "zip in base64 in gzip": lambda one: gzip.compress(base64.b64encode(zipped(one))),
    "JSON in base64 in JSON": lambda one: json.dumps(
        {"payload": base64.b64encode(json.dumps(one.decode()).encode()).decode()}
    ).encode(),
}


@pytest.mark.parametrize("way", LAYERS)
def test_a_leak_that_was_planted_is_found_in_every_layer(way: str) -> None:
    found = search({"out": LAYERS[way](PLANTED)}, NAMES)
    assert {one.name for one in found.leaks} == {"Air Canada", "王伟", "Tay"}


@pytest.mark.parametrize("way", LAYERS)
def test_nothing_is_found_where_nothing_was_planted(way: str) -> None:
    harmless = "The report of 王 某 on an airline's bot, which had to be in Canada: 国王伟大。".encode()
    assert search({"out": LAYERS[way](harmless)}, Names(["Air Canada", "Tay"])).nothing


def test_a_name_in_the_name_of_a_file_or_of_a_member_is_a_leak() -> None:
    inside = zipped(b"nothing", "reports/王伟.txt")
    found = search({"air-canada/1.json": b"{}", "b.zip": inside}, NAMES)
    assert {(one.name, one.file) for one in found.leaks} == {
        ("Air Canada", "air-canada/1.json"),
        ("王伟", "b.zip"),
    }


def test_random_bytes_accuse_nobody() -> None:
    noise = random.Random(7).randbytes(20_000)  # noqa: S311 (not for keys)
    text = base64.b64encode(noise) + noise.hex().encode()
    assert search({"a": noise, "b": text}, Names(["Tay", "IBM", "Meta", "王伟"])).leaks == ()


def test_a_search_that_stopped_is_none_that_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = PLANTED
    for _ in range(layer.DEPTH + 2):
        deep = base64.b64encode(deep)
    found = search({"deep": deep}, NAMES)
    assert found.leaks == ()
    assert not found.nothing
    monkeypatch.setattr(layer, "SIZE_LIMIT", 1_000)
    bomb = search({"bomb": gzip.compress(bytes(100_000) + PLANTED)}, NAMES)
    assert [stopped.way for _, stopped in bomb.unseen] == [("gzip",)]


def test_pages_of_zeros_are_not_read_as_utf_16_of_utf_16_without_end() -> None:
    page = bytes(3_000) + b"\x05 a row, and another" + bytes(1_000)
    ways = [one.way for one in layer.layers(page * 3)]
    assert max(len(one) for one in ways) == layer.TWICE
    assert len(ways) <= 1 + 2 + 4


def test_a_folder_is_searched_whole_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.bin").write_bytes(gzip.compress(PLANTED))
    (tmp_path / "link").symlink_to("/etc/hostname")
    files = leak.below(tmp_path)
    assert list(files) == ["a/b/c.bin"]
    assert {one.file for one in search(files, NAMES).leaks} == {"a/b/c.bin"}
