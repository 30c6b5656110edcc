"""The layers: what bytes hold once they are unpacked, decoded and unescaped, as far as it goes.

    for layer in layers(data): layer.way, layer.data      "zip:a/b.txt > gzip > base64", b"…"

Whoever looks for something in bytes has to look below these: gzip, zlib, raw deflate in a zip, bzip2, xz,
zip and tar and their members' names; base64 in both alphabets, with lines or without, base32, hexadecimal,
quoted-printable; percent, JSON and HTML escapes; UTF-16. Bytes that cannot be unpacked are left as they
are: nothing is raised. What is encrypted stays closed. Bounded: depth, bytes of one layer, and how many
layers; `Limit` is yielded where one was reached, so that nobody takes a search that stopped for one that
found nothing.
"""

import base64
import binascii
import bz2
import html
import io
import lzma
import quopri
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

DEPTH = 6
SIZE_LIMIT = 64 * 1024 * 1024
COUNT_LIMIT = 20_000
TWICE = 2
"""How often one escape is taken back along one way: `%2525` is a percent sign twice escaped."""

WIDE = ("utf-16-le", "utf-16-be")
"""Read one upon the other at most twice: a database's zeros are UTF-16 of other zeros, without end."""

UNESCAPED = frozenset({"escapes", "percent", "quoted-printable", "html"})

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_WRAPPED = re.compile(rb"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{16,}+[ \t]*\r?\n[ \t]*)+[A-Za-z0-9+/_-]*")
_BASE32 = re.compile(rb"[A-Z2-7]{16,}={0,6}")
_TEXT = re.compile(rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){12,}")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_EDGE = 3
"""Bytes of a character that a cut leaves, at most."""

_PACKED = 18
"""Bytes below which nothing is compressed, or in an encoding other than UTF-8: words decode to such."""

_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf/\"\\]))")
_BREAKS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b" ", b"f": b" "}
_BLANK = re.compile(rb"\s+")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_MAGIC: dict[str, bytes] = {"gzip": b"\x1f\x8b\x08", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}


class Layer(NamedTuple):
    """Bytes, and the way to them from the outside; the outermost way is empty."""

    way: tuple[str, ...]
    data: bytes


class Limit(NamedTuple):
    """A search stopped here, and what lies below was not seen."""

    way: tuple[str, ...]
    why: str


def layers(data: bytes, way: tuple[str, ...] = ()) -> Iterator[Layer | Limit]:
    """Return a layer for the bytes as they are and for each that they hold, the outermost first."""
    seen: set[bytes] = set()
    todo = [Layer(way, data)]
    count = 0
    while todo:
        layer = todo.pop(0)
        if layer.data in seen:
            continue
        seen.add(layer.data)
        count += 1
        yield layer
        if count >= COUNT_LIMIT:
            yield Limit(layer.way, f"more than {COUNT_LIMIT} layers")
            return
        deeper = len(layer.way) - len(way) < DEPTH
        for name, found in _inside(layer.data):
            if _enough(layer.way, name):
                continue
            below = (*layer.way, name)
            if found is None or not deeper:
                yield Limit(below, "too large, or too deep")
            else:
                todo.append(Layer(below, found))


def _enough(way: tuple[str, ...], name: str) -> bool:
    """Tell whether what can be read so again and again was read so often enough along this way."""
    if name in WIDE:
        return len(way) >= TWICE and all(one in WIDE for one in way[-TWICE:])
    return name in UNESCAPED and way.count(name) >= TWICE


def _inside(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    yield from _packed(data)
    yield from _archived(data)
    yield from _encoded(data)
    yield from _written(data)


def _packed(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    openers: dict[str, Callable[[], Callable[[bytes, int], bytes]]] = {
        "gzip": lambda: zlib.decompressobj(wbits=31).decompress,
        "bzip2": lambda: bz2.BZ2Decompressor().decompress,
        "xz": lambda: lzma.LZMADecompressor().decompress,
    }
    for name, magic in _MAGIC.items():
        for found in re.finditer(re.escape(magic), data):
            yield from _opened(name, openers[name](), data[found.start() :])
    for found in _ZLIB.finditer(data):
        yield from _opened("zlib", zlib.decompressobj().decompress, data[found.start() :])


def _opened(
    name: str, opener: Callable[[bytes, int], bytes], data: bytes
) -> Iterator[tuple[str, bytes | None]]:
    try:
        out = opener(data, SIZE_LIMIT + 1)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return
    if out:
        yield name, out if len(out) <= SIZE_LIMIT else None


def _archived(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    if b"PK\x03\x04" in data:
        yield from _members(data)
    if data[257:262] == b"ustar":
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                for one in archive:
                    yield "tar", one.name.encode("utf-8", "replace")
                    file = archive.extractfile(one)
                    if file is not None:
                        yield f"tar:{one.name}", file.read(SIZE_LIMIT) if one.size <= SIZE_LIMIT else None
        except (tarfile.TarError, OSError, EOFError, ValueError):
            return


def _members(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.infolist():
                yield "zip", one.filename.encode("utf-8", "replace") + b"\n" + one.comment
                large = one.file_size > SIZE_LIMIT
                yield f"zip:{one.filename}", None if large else archive.read(one)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return


def _encoded(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    for pattern in (_BASE64, _WRAPPED):
        for found in pattern.finditer(data):
            yield from _base64(found[0])
    for found in _BASE32.finditer(data):
        run = found[0].rstrip(b"=")
        try:
            yield "base32", base64.b32decode(run + b"=" * (-len(run) % 8))
        except binascii.Error:
            continue
    for found in _HEX.finditer(data):
        yield "hex", bytes.fromhex(found[0].decode("ascii"))


def _written(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    if noise(data):
        # Among bytes that are no text stands text: runs as long as no chance makes them.
        yield "text", b"\n".join(_TEXT.findall(data))
    else:
        yield from _unescaped(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(0) * 8 > len(data):
        for name in WIDE:
            yield name, data.decode(name, "ignore").encode("utf-8", "ignore")


def noise(data: bytes) -> bool:
    """Tell whether bytes are no text in UTF-8, but for a few of them."""
    return data.decode("utf-8", "replace").count("\ufffd") * 20 > len(data)


def _base64(run: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Decode a run from each of the four places where a group may begin: it may touch other letters."""
    whole = _BLANK.sub(b"", run).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    for first in range(4):
        part = whole[first:]
        part = part[:-1] if len(part) % 4 == 1 else part
        found = base64.b64decode(part + b"=" * (-len(part) % 4))
        if _texty(found) or (first == 0 and len(found) >= _PACKED):
            yield "base64", found


def _texty(data: bytes) -> bool:
    """Tell whether a decoding is worth a look: UTF-8 but for its edges, without control characters."""
    text = data.decode("utf-8", "ignore")
    return len(text.encode()) + 2 * _EDGE > len(data) and not _CONTROL.search(text)


def _unescaped(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    if b"\\" in data:
        yield "escapes", _ESCAPE.sub(_character, _pairs(data))
    if b"%" in data:
        yield "percent", unquote_to_bytes(data)
    if b"=" in data and re.search(rb"=[0-9A-F]{2}|=\r?\n", data):
        yield "quoted-printable", quopri.decodestring(data)
    if b"&" in data and b";" in data:
        yield (
            "html",
            html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"),
        )


def _pairs(data: bytes) -> bytes:
    r"""Join the halves of `\ud83d\ude00` into one character."""

    def whole(found: "re.Match[bytes]") -> bytes:
        units = bytes.fromhex((found[1] + found[2]).decode("ascii"))
        return units.decode("utf-16-be", "replace").encode()

    return re.sub(rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})", whole, data)


def _character(found: "re.Match[bytes]") -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode("utf-8", "replace")
    return bytes([int(found[2], 16)]) if found[2] else _BREAKS.get(found[3], found[3])
