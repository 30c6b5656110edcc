"""The anchor: the newest checkpoint signed or cosigned of each log, kept outside the database.

    H/signed/live/us              a signed note, as published
    H/signed/live.recovering      the home was made from a backup: the own log is to be fetched back first

A database restored from yesterday would let a node sign a second history over the first without knowing it.
The anchor is written and flushed before a signature is shown to anybody, so whoever holds a signature of ours
holds one that the anchor covers. Nothing below it is ever signed again.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from detente.node import durable
from detente.node.errors import Behind
from detente.trust.errors import Malformed
from detente.trust.tree import EMPTY_ROOT, Tree


@dataclass(frozen=True)
class Anchor:
    """The folder of anchors, one file a log."""

    folder: Path

    def last(self, domain: str, party: str) -> bytes | None:
        """Return the note kept of a log. Raises DiskFailed: `disk.1`."""
        return durable.read(self.folder / domain / party)

    def keep(self, domain: str, party: str, note: bytes) -> None:
        """Keep a note so that it survives a power cut. Raises DiskFailed: `disk.1`."""
        try:
            (self.folder / domain).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise durable.failed(self.folder, error) from error
        durable.write(self.folder / domain / party, note)

    def waiting(self, domain: str) -> tuple[str, ...] | None:
        """Return None, or, while the own log is to be fetched back, the parties that need not be asked.

        Raises:
            Malformed: `anchor.3`. DiskFailed: `disk.1`.
        """
        data = durable.read(self.folder / f"{domain}.recovering")
        # 3. A mark that cannot be read is a mark.
        try:
            return None if data is None else msgspec.json.decode(data, type=tuple[str, ...])
        except msgspec.DecodeError as error:
            what = f"{self.folder / domain}.recovering: {error}."
            raise Malformed("anchor.3", what, "Restore the backup again.") from error

    def wait(self, domain: str, without: tuple[str, ...] = ()) -> None:
        """Let nothing be signed until the own log was asked of all others but these. Raises DiskFailed."""
        durable.write(self.folder / f"{domain}.recovering", msgspec.json.encode(without))

    def done(self, domain: str) -> None:
        """The own log is back. Raises DiskFailed: `disk.1`."""
        try:
            (self.folder / f"{domain}.recovering").unlink(missing_ok=True)
        except OSError as error:
            raise durable.failed(self.folder, error) from error


def require_above(tree: Tree, kept: tuple[int, bytes], log: str) -> None:
    """Return if a tree continues what was signed.

    Args:
        tree: the leaves that the database holds.
        kept: size and root of the newest signed checkpoint of this log.
        log: its name, for the error.

    Raises:
        Behind: `anchor.1`, `anchor.2`.
    """
    size, root = kept
    # 1. No leaf that was signed is missing.
    if len(tree) < size:
        raise Behind(
            "anchor.1",
            f"The database has {len(tree)} leaves of {log}; {size} were signed.",
            "Do not sign. Fetch the own log back from the others, or restore a newer database.",
        )
    # 2. The leaves signed are these leaves.
    if (tree.root(size) if size else EMPTY_ROOT) != root:
        raise Behind(
            "anchor.2",
            f"The first {size} leaves of {log} are not those that were signed.",
            "Do not sign. Keep this database for inquiry; fetch the own log back from the others.",
        )
