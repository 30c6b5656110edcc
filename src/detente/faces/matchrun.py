"""A run of private matching, as its party keeps it, and the files that the two parties hand to each other.

Files of points are ASCII: one point a line, 64 hexadecimal digits, ascending. A file of openings is JSON.
What a run file has is secret for good: with it, whoever has the other's files knows what the two sets share.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from detente.instruments import matching
from detente.instruments.fingerprint import FAMILIES
from detente.instruments.matching import Holding, Opened
from detente.node import durable
from detente.trust.errors import BadProof, Malformed, TooLarge

_LINE = 65
_POINTS = re.compile(rb"([0-9a-f]{64}\n)*")
_MOST_OPENED = 64 * 1024 * 1024
Hex = str


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one party keeps of a run: secrets, and what came and went.

    Attributes:
        match: id of the record that proposed it.
        genesis: of the accord.
        subject: `incidents` or `plans`.
        round: the random number of the run.
        party: whose file this is; `other` is the counterpart.
        secret: the scalar; `seed` that of the salts.
        key: opens this side's points and its reply; `late` its pairs and openings.
        fingerprints: of the set, ascending.
        theirs: the other's points; `given` what we answered to them; `reply` what they answered to ours.
    """

    format: Literal["detente-match-run-1"] = "detente-match-run-1"
    match: Hex
    genesis: Hex
    subject: Literal["incidents", "plans"]
    round: Hex
    party: str
    other: str
    secret: Hex
    seed: Hex
    key: Hex
    late: Hex
    fingerprints: tuple[str, ...]
    theirs: tuple[Hex, ...] = ()
    given: tuple[Hex, ...] = ()
    reply: tuple[Hex, ...] = ()

    def holding(self) -> Holding:
        """Return our side. Raises as `Holding`; Malformed: `matchrun.1`."""
        return Holding(
            f"{self.genesis}\n{self.subject}\n{self.round}".encode(),
            _bytes(self.secret),
            _bytes(self.seed),
            self.fingerprints,
        )

    def families(self) -> list[str]:
        """Return the families of the set, ascending. Raises Malformed: `matchrun.7`."""
        found = sorted({one.partition(":")[0] for one in self.fingerprints})
        # 7. Each is a sort of fingerprint that parties can agree on.
        odd = [one for one in found if one not in FAMILIES]
        if odd:
            what = f"No sort of fingerprint: {', '.join(odd)[:80]}."
            raise Malformed("matchrun.7", what, "Write one a line, as detente match fingerprints does.")
        return found

    def common(self) -> frozenset[bytes]:
        """Return what both sides come to, from the files that are in. Raises as `Holding.common`."""
        return self.holding().common(raw(self.theirs), raw(self.reply))


def read(path: Path) -> Run:
    """Return the run in a file.

    Raises:
        Malformed: `matchrun.1`. DiskFailed: `disk.1`.
    """
    data = durable.read(path)
    # 1. It is the file of a run.
    try:
        if data is not None:
            return msgspec.json.decode(data, type=Run)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    raise Malformed("matchrun.1", f"{path} is no file of a run.", "Name the file that match begin wrote.")


def write(path: Path, run: Run) -> None:
    """Keep a run for its owner alone. Raises DiskFailed: `disk.1`."""
    durable.write(path, msgspec.json.encode(run) + b"\n", 0o600)


def hexed(points: Sequence[bytes]) -> tuple[Hex, ...]:
    """Return points as they are kept."""
    return tuple(one.hex() for one in points)


def raw(points: Sequence[Hex]) -> tuple[bytes, ...]:
    """Return points as they are computed with. Raises Malformed: `matchrun.1`."""
    return tuple(map(_bytes, points))


def dump(points: Sequence[bytes]) -> bytes:
    """Return the file of points."""
    return b"".join(one.hex().encode() + b"\n" for one in points)


def parse(data: bytes, expected: str | None) -> tuple[bytes, ...]:
    """Return the points in a file, if they are those whose digest was logged; None if none was yet.

    Raises:
        TooLarge: `matchrun.2`. Malformed: `matchrun.3`; as `matching.require_points`. BadProof: `matchrun.4`.
    """
    # 2. No longer than a run's points are.
    if len(data) > _LINE * matching.MOST:
        raise TooLarge("matchrun.2", f"A file of {len(data)} bytes.", f"{_LINE * matching.MOST} at most.")
    # 3. Lines of 64 digits.
    if _POINTS.fullmatch(data) is None:
        raise Malformed("matchrun.3", "No file of points.", "Ask for the file that detente match wrote.")
    found = tuple(bytes.fromhex(line.decode()) for line in data.split())
    matching.require_points(found)
    # 4. It is what its party logged.
    if expected is not None and matching.digest(found) != expected:
        raise BadProof(
            "matchrun.4",
            "Other points than their party has logged.",
            "Keep the file: it is evidence. Ask for the right one.",
        )
    return found


def dump_opened(opened: Sequence[Opened]) -> bytes:
    """Return the file of openings."""
    rows = [
        {"fingerprint": o.fingerprint, "salt": o.salt.hex(), "index": o.index, "proof": hexed(o.proof)}
        for o in opened
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fingerprint: str
    salt: Hex
    index: int
    proof: tuple[Hex, ...]


def parse_opened(data: bytes) -> tuple[Opened, ...]:
    """Return the openings in a file. Raises TooLarge: `matchrun.5`. Malformed: `matchrun.1`, `matchrun.6`."""
    # 5. No longer than the openings of a whole set.
    if len(data) > _MOST_OPENED:
        raise TooLarge("matchrun.5", f"A file of {len(data)} bytes.", f"{_MOST_OPENED} at most.")
    # 6. A list of openings.
    try:
        rows = msgspec.json.decode(data, type=tuple[_Row, ...])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("matchrun.6", "No file of openings.", "Ask for the one of match members.") from error
    return tuple(Opened(one.fingerprint, _bytes(one.salt), one.index, raw(one.proof)) for one in rows)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Malformed("matchrun.1", "Not hexadecimal.", "The file was changed: get it again.") from error
