"""The guard: what may pass between two sides on a stick. Names, sizes and forms, and no side's keys.

    check("live/us/checkpoint", data)       returns, or says what is wrong
    pass_through(Packed(Path("in.zip")), Path("out.zip"))

It runs on neither node, in either direction. Each file must be one that a tree has, of exactly its form, with
nothing before, between or after; what passes is packed again, so that nothing of the zip file but the files
themselves goes on. Whether what it says is true is for the nodes: the guard knows no accord.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from detente.node import bundle, exchange
from detente.node.packed import require_small
from detente.trust import checkpoint, envelope, note, policy, record, sealing, tile
from detente.trust.errors import BadProof, Malformed
from detente.trust.record import parse_leaf

_PARTY = r"[a-z][a-z0-9-]{0,31}"
_LOG = rf"(?:live|exercise)/{_PARTY}"


def check(path: str, data: bytes) -> str:
    """Return of which kind a file is, if its name, size and form are those of a tree.

    Raises:
        Malformed: `guard.1`, `guard.3`; BadProof: `guard.2`; TooLarge: `exchange.3`.
        As the parsers of each form.
    """
    require_small(path, len(data))
    for kind, pattern, form in _FORMS:
        match = pattern.fullmatch(path)
        if match is not None:
            form(match[1] if match.groups() else path, data)
            return kind
    # 1. It is a file that a tree has.
    raise Malformed("guard.1", f"No file of a tree: {path[:80]!a}.", "Leave it out.")


def pass_through(files: Mapping[str, bytes], to: Path | None = None) -> Counter[str]:
    """Check every file, pack those files again if `to` is given, and return how many there are of each kind.

    Raises:
        As `check`: then nothing is packed. DiskFailed: `disk.1`.
    """
    counts = Counter(check(path, files[path]) for path in sorted(files))
    if to is not None:
        exchange.write_zip(files, to)
    return counts


def _accord(_: str, data: bytes) -> None:
    envelope.parse(data)


def _head(_: str, data: bytes) -> None:
    checkpoint.parse_text(note.parse(data).text)


def _tile(name: str, data: bytes) -> None:
    part = tile.parse_path(name)
    if part.level is None:
        for one in tile.parse_bundle(data, part.width):
            parse_leaf(one)
    # 3. A tile has a hash for each leaf below it.
    elif len(data) != part.width * 32:
        raise Malformed("guard.3", f"{name} has {len(data)} bytes.", f"Exactly {part.width * 32}.")


def _bodies(name: str, data: bytes) -> None:
    for one in bundle.parse(data, tile.parse_path(f"tile/entries/{name}").width):
        if one is not None:
            signed = envelope.parse(one, bundle.MAX_BODY)
            record.parse(signed.payload_type, signed.payload)


def _package(digest: str, data: bytes) -> None:
    # 2. A package bears the name of its bytes.
    if hashlib.sha256(data).hexdigest() != digest:
        raise BadProof("guard.2", "Not the package that bears this name.", "Leave it out.")
    sealing.parse(data)


def _vkeys(_: str, data: bytes) -> None:
    for line in data.decode("utf-8", "replace").splitlines():
        note.parse_vkey(line)


def _policy(_: str, data: bytes) -> None:
    policy.parse(data)


Form = Callable[[str, bytes], None]
_FORMS: tuple[tuple[str, re.Pattern[str], Form], ...] = (
    ("accord", re.compile(r"accord/[1-9][0-9]{0,5}\.json"), _accord),
    ("checkpoints", re.compile(rf"{_LOG}/checkpoint"), _head),
    ("cosigned", re.compile(rf"{_LOG}/cosigned/{_PARTY}"), _head),
    ("standing", re.compile(rf"{_LOG}/standing"), _accord),
    ("tiles", re.compile(rf"{_LOG}/(tile/.+)"), _tile),
    ("bodies", re.compile(rf"{_LOG}/bodies/(.+)"), _bodies),
    ("packages", re.compile(rf"{_LOG}/blob/([0-9a-f]{{64}})"), _package),
    ("vkeys", re.compile("vkeys"), _vkeys),
    ("policy", re.compile("policy"), _policy),
)
