"""The source: one port, and whatever lies behind it is the same tree."""

import zipfile
from pathlib import Path

import pytest

from detente.node import exchange
from detente.node.errors import PeerAway
from detente.node.source import (
    MAX_FILE,
    FolderSource,
    HttpSource,
    MemorySource,
    Source,
    ZipSource,
    check_path,
    open_source,
)
from detente.trust.errors import DetenteError, Malformed, TooLarge

FILES = {"live/us/checkpoint": b"head", "live/us/tile/0/000.p/3": b"x" * 96, "accord/1.json": b"{}"}


def _sources(folder: Path) -> list[Source]:
    exchange.write_folder(FILES, folder / "tree")
    exchange.write_zip(FILES, folder / "tree.zip")
    return [MemorySource(FILES), FolderSource(folder / "tree"), ZipSource(folder / "tree.zip")]


def test_all_ways_read_the_same_tree(tmp_path: Path) -> None:
    for source in _sources(tmp_path):
        assert {path: source.get(path) for path in FILES} == FILES
        assert source.get("live/cn/checkpoint") is None
        assert source.get("live") is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../secret",
        "live/../../x",
        "live//us",
        "live/./us",
        "Live/us",
        "a\0b",
        "a\\b",
        "x/",
    ],
)
def test_no_path_leads_out_of_the_tree(tmp_path: Path, path: str) -> None:
    for source in _sources(tmp_path):
        with pytest.raises(Malformed) as caught:
            source.get(path)
        assert caught.value.step == "source.1"


def test_a_source_that_is_not_there_is_away_and_not_empty(tmp_path: Path) -> None:
    for source in (
        FolderSource(tmp_path / "none"),
        ZipSource(tmp_path / "none.zip"),
        HttpSource("http://127.0.0.1:1/"),
    ):
        with pytest.raises(PeerAway):
            source.get("live/us/checkpoint")


def test_more_than_the_limit_is_never_read(tmp_path: Path) -> None:
    exchange.write_folder({"accord/1.json": b"x" * (MAX_FILE + 1)}, tmp_path / "t")
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("accord/1.json", b"x" * (MAX_FILE + 1))
    for source in (FolderSource(tmp_path / "t"), ZipSource(tmp_path / "t.zip")):
        with pytest.raises(PeerAway) as caught:
            source.get("accord/1.json")
        assert caught.value.step == "source.4"


def test_settings_name_sources_by_their_kind(tmp_path: Path) -> None:
    assert open_source(f"dir:{tmp_path}") == FolderSource(tmp_path)
    assert open_source(f"zip:{tmp_path}") == ZipSource(tmp_path)
    web = open_source("http://127.0.0.1:9")
    assert isinstance(web, HttpSource)
    assert web.address == "http://127.0.0.1:9/"
    with pytest.raises(Malformed) as caught:
        open_source("ftp://x")
    assert caught.value.step == "source.5"


def test_equal_trees_pack_to_equal_bytes_and_come_back(tmp_path: Path) -> None:
    first = exchange.write_zip(FILES, tmp_path / "a.zip").read_bytes()
    again = exchange.write_zip(dict(reversed(FILES.items())), tmp_path / "b.zip").read_bytes()
    assert first == again
    assert exchange.read_zip(tmp_path / "a.zip") == FILES
    assert exchange.read_folder(exchange.write_folder(FILES, tmp_path / "f")) == FILES


def test_a_bundle_with_a_way_out_a_double_or_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    cases: dict[str, list[tuple[str, bytes]]] = {
        "source.1": [("../../etc/cron.d/x", b"")],
        "exchange.2": [("live/us/checkpoint", b"a"), ("live/us/checkpoint", b"b")],
        "exchange.3": [("live/us/tile/0/000", b"\0" * 10_000)],
    }
    for step, entries in cases.items():
        with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in entries:
                if name in archive.namelist():
                    with pytest.warns(UserWarning, match="Duplicate"):
                        archive.writestr(name, data)
                else:
                    archive.writestr(name, data)
        with pytest.raises(DetenteError) as caught:
            exchange.read_zip(tmp_path / "bad.zip")
        assert caught.value.step == step
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(Malformed) as caught_cut:
        exchange.read_zip(tmp_path / "cut.zip")
    assert caught_cut.value.step == "exchange.4"


def test_a_folder_with_a_link_in_it_is_refused(tmp_path: Path) -> None:
    exchange.write_folder(FILES, tmp_path / "f")
    (tmp_path / "f" / "live" / "link").symlink_to("/etc/passwd")
    with pytest.raises(Malformed) as caught:
        exchange.read_folder(tmp_path / "f")
    assert caught.value.step == "exchange.2"
    with pytest.raises(TooLarge):
        exchange.read_folder(exchange.write_folder({"live/us/tile/0/000": b"x" * 9000}, tmp_path / "g"))


def test_a_path_is_returned_as_it_is() -> None:
    assert check_path("live/us/tile/0/x001/000.p/17") == "live/us/tile/0/x001/000.p/17"
