"""The attachment: what a file is, by its content. Its name decides nothing, and nothing in it is unpacked.

    kind(b"%PDF-1.7 …")     "pdf"
    kind(b"PK…")            Malformed: a ZIP archive

Taken are plain text in UTF-8, PDF, PNG, JPEG, GIF and WebP. Archives and programs are refused by what they
are: a few bytes of an archive can unpack to terabytes, and what is in one cannot be judged without opening
it. A picture or PDF that is also a ZIP archive is refused too. What is taken is still not safe: it lies in
quarantine under a number, without the right to run, until an officer opens it elsewhere. Pure.
"""

import re
import unicodedata
from typing import Literal, TypeAlias

from detente.trust.errors import Malformed, TooLarge

Kind: TypeAlias = Literal["text", "pdf", "png", "jpeg", "gif", "webp"]

MAX_BYTES = 3 * 1024 * 1024
MAX_FILES = 8
MAX_NAME = 80

ENDINGS: dict[Kind, str] = {
    "text": ".txt",
    "pdf": ".pdf",
    "png": ".png",
    "jpeg": ".jpg",
    "gif": ".gif",
    "webp": ".webp",
}

ARCHIVES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "a ZIP archive or an Office document"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"PK\x07\x08", "a ZIP archive in pieces"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    (0, b"\x04\x22\x4d\x18", "LZ4"),
    (0, b"MSCF", "a CAB archive"),
    (257, b"ustar", "a tar archive"),
    (32769, b"CD001", "a disc image"),
    (0, b"\x7fELF", "a program (ELF)"),
    (0, b"MZ", "a program (Windows)"),
    (0, b"\xfe\xed\xfa", "a program (Mach-O)"),
    (0, b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (0, b"\xca\xfe\xba\xbe", "a program (Java or Mach-O)"),
    (0, b"\x00asm", "a program (WebAssembly)"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"GGUF", "a model's weights"),
    (0, b"SQLite format 3\x00", "a database"),
)
"""Offset, bytes, and what they are, as their formats say."""

_MARKS: tuple[tuple[bytes, Kind, bytes, int], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png", b"IEND\xaeB`\x82", 8),
    (b"\xff\xd8\xff", "jpeg", b"\xff\xd9", 2),
    (b"GIF87a", "gif", b";", 1),
    (b"GIF89a", "gif", b";", 1),
    (b"%PDF-", "pdf", b"%%EOF", 1024),
)
"""How a file begins, what it is, how it ends, and within how many of its last bytes."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_TAIL = 65_557
"""A ZIP archive ends in a record of 22 bytes and a comment of up to 65,535 (APPNOTE 4.3.16)."""

SENT_INSTEAD = "Send plain text, PDF, PNG, JPEG, GIF or WebP."


def kind(data: bytes, name: str = "file") -> Kind:
    """Return what a file is.

    Args:
        data: its bytes.
        name: as it is called to whoever chose it, since they may have chosen several; as `shown_name`.

    Raises:
        TooLarge: `attachment.1`. Malformed: `attachment.2` to `attachment.4`.
    """
    # 1. It is not empty, and within the limit.
    if not data:
        raise Malformed("attachment.3", f"{name} is empty.", "Leave it out, or choose another.")
    if len(data) > MAX_BYTES:
        raise TooLarge(
            "attachment.1", f"{name} has {len(data)} bytes.", f"Attach at most {MAX_BYTES}, or an extract."
        )
    # 2. It is no archive and no program.
    for at, mark, what in ARCHIVES:
        if data[at : at + len(mark)] == mark:
            raise Malformed("attachment.2", f"{name} is {what}; such files are not taken.", SENT_INSTEAD)
    found = _marked(data)
    if found is None:
        _check_text(data, name)
        return "text"
    # 4. It is no archive besides.
    if b"PK\x05\x06" in data[-_TAIL:]:
        raise Malformed("attachment.4", f"{name} is {found} and a ZIP archive at once.", SENT_INSTEAD)
    return found


def _marked(data: bytes) -> Kind | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) == int.from_bytes(data[4:8], "little") + 8:
        return "webp"
    for begins, name, ends, within in _MARKS:
        if data.startswith(begins) and ends in data[-within:].rstrip(b"\r\n\x00" if name == "pdf" else b""):
            return name
    return None


def _check_text(data: bytes, name: str) -> None:
    # 3. Else it is text: UTF-8 without control characters.
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("attachment.3", f"{name} is of no kind that is taken.", SENT_INSTEAD) from error
    if _CONTROLS.search(text):
        raise Malformed("attachment.3", f"{name} is of no kind that is taken.", SENT_INSTEAD)


def shown_name(name: str) -> str:
    """Return a file's name as it may be shown: without folders, and without what steers or hides.

    It is never used as a path: files in quarantine are called by their number.
    """
    last = re.split(r"[\\/]", name)[-1]
    kept = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C")
    return kept.strip(" .")[:MAX_NAME] or "file"
