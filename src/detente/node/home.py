"""The home: the folder of one node, and the lock that keeps a second process out of it.

    H/node.json              settings, see `Settings`
    H/keys/live/…            private keys, 0600, see `identity`
    H/accord/1.json          the accord, each version signed, as published
    H/accord/lineage.json    who signed them, as handed to whoever acceded, see `lineage`
    H/node.db                everything the node knows, see `store`
    H/signed/live/us         the newest checkpoint signed or cosigned, by log: the second place, see `anchor`
    H/standing/live          standing as it was reckoned last, for a quick start, see `snapshot`
    H/spool/                 pages of long backlogs that came and are not taken yet, see `spool`
    H/public/                the static tree that others read, see `publication`
    H/cache/                 what a face keeps for speed; it is made again from the database
    H/desk/                  drafts of reports, see `faces.desk`
    H/channel/               whom to wake, see `rota`
    H/respond/               ticks of checklists, see `faces.cli.respond`
    H/lock                   held by the process that works here; it dies with the process

All but `public` is for the owner alone (0700).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec

from detente.node import durable
from detente.node.draft import Clearance
from detente.node.errors import HomeInUse, HomeMissing, HomeUnsafe
from detente.trust.errors import Malformed
from detente.trust.record import PARTY, Domain

SETTINGS = "node.json"
LINEAGE = "lineage.json"
STORE = "store:"
"""How a place begins that is a store at another party's node: `store:PARTY:ADDRESS`."""

CACHE = "cache"
"""What faces make of the store for their own speed; any of it may be gone, and an erasure empties it."""

FOLDERS = ("keys", "accord", "signed", "public")


class PeerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one party's static tree is read.

    Attributes:
        source: `http://127.0.0.1:9001/`, `dir:/path/of/a/tree`, `zip:/path/of/a/bundle`, or
            `store:neutral:http://127.0.0.1:9001/`: in the store at that party's node.
        doorbell: the address of its add-checkpoint, or None if nobody can ring there.
        certificates: its TLS certificates that are pinned, base64 of DER (`node.fence`); two during a change.
    """

    source: str
    doorbell: str | None = None
    certificates: tuple[str, ...] = ()


class Quota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much one party may ask of the peer endpoint in a minute: requests, and bytes of answers and bodies.

    Whoever asks unsigned shares one such quota with everybody else who does.
    """

    requests: int = 12_000
    bytes: int = 536_870_912


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an operator decides, kept in `node.json`.

    Attributes:
        party: whose node this is.
        domains: the domains it takes part in.
        peers: party to where its tree is read.
        listen: address and port of the peer endpoint; port 0 takes any.
        tls: whether the peer endpoint is served over TLS, with the key in `keys/tls` (`node.fence`).
        unsigned: whether the peer endpoint answers requests that no party of the accord has signed.
        quota: how much one party may ask of it.
        store: how many bytes each party may keep in the store at this node's endpoint; 0: there is none.
        publish_to: folders that get a copy of the static tree, and stores that get it over HTTP:
            `store:neutral:http://127.0.0.1:9001/`, the party at whose node the store is and its address.
        time_scale: how much faster than real the accord's time runs; 1 but in demonstrations.
        time_anchor: real milliseconds from which it runs faster.
        poll_ms: real milliseconds between two rounds of pulling.
        clearance: legal basis and classification of sealed values whose draft names none; None: they wait.
        key_life: how long an announced key to seal to lives, in the accord's milliseconds.
    """

    party: str
    domains: tuple[Domain, ...] = ("live",)
    peers: dict[str, PeerSettings] = {}
    listen: str = "127.0.0.1:0"
    tls: bool = False
    unsigned: bool = False
    quota: Quota = Quota()
    store: int = 0
    publish_to: tuple[str, ...] = ()
    time_scale: int = 1
    time_anchor: int = 0
    poll_ms: int = 1000
    clearance: Clearance | None = None
    key_life: int = 7 * 86_400_000


@dataclass(frozen=True)
class Home:
    """A node's folder and its settings."""

    path: Path
    settings: Settings

    @classmethod
    def create(cls, path: Path, settings: Settings) -> "Home":
        """Make the folders and write the settings.

        Raises:
            HomeMissing: `home.1`: there is a home already.
            Malformed: `home.2`. DiskFailed: `disk.1`.
        """
        # 1. Nothing is overwritten.
        if (path / SETTINGS).exists():
            raise HomeMissing("home.1", f"{path} is a home already.", "Choose an empty folder.")
        _check(settings)
        try:
            for folder in (path, *(path / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        except OSError as error:
            raise durable.failed(path, error) from error
        home = cls(path.absolute(), settings)
        home.save()
        return home

    @classmethod
    def at(cls, path: Path) -> "Home":
        """Return the home at a path.

        Raises:
            HomeMissing: `home.3`. Malformed: `home.2`. HomeUnsafe: `home.4`.
        """
        home = cls.read(path)
        # 4. It belongs to its owner alone.
        if path.stat().st_mode & 0o077:
            raise HomeUnsafe("home.4", f"Others can look into {path}.", f"Run: chmod 700 {path}")
        return home

    @classmethod
    def read(cls, path: Path) -> "Home":
        """Return the home at a path, whoever can look into it: for those who only look themselves.

        Raises:
            HomeMissing: `home.3`. Malformed: `home.2`.
        """
        # 3. There is one.
        data = durable.read(path / SETTINGS)
        if data is None:
            raise HomeMissing(
                "home.3", f"No node lives at {path}.", "Make a home first, or name the right one."
            )
        # 2. Its settings can be read.
        try:
            settings = msgspec.json.decode(data, type=Settings)
        except msgspec.DecodeError as error:
            raise Malformed("home.2", f"{path / SETTINGS}: {error}.", "Mend that file.") from error
        _check(settings)
        return cls(path.absolute(), settings)

    def change(self, settings: Settings) -> "Home":
        """Write other settings, if a node can live with them, and return the home with them.

        Raises:
            Malformed: `home.2`. DiskFailed: `disk.1`.
        """
        _check(settings)
        changed = Home(self.path, settings)
        changed.save()
        return changed

    def save(self) -> None:
        """Write the settings. Raises DiskFailed: `disk.1`."""
        durable.write(self.path / SETTINGS, msgspec.json.format(msgspec.json.encode(self.settings)) + b"\n")

    def install(self, version: int, envelope: bytes) -> None:
        """Keep a version of the accord, which `enactment` has verified. Raises DiskFailed: `disk.1`."""
        durable.write(self.path / "accord" / f"{version}.json", envelope)

    def accords(self) -> dict[int, bytes]:
        """Return the accord's envelopes by version, ascending. Raises DiskFailed: `disk.1`."""
        names = sorted(int(one.stem) for one in (self.path / "accord").glob("*.json") if one.stem.isdigit())
        found = {version: durable.read(self.path / "accord" / f"{version}.json") for version in names}
        return {version: data for version, data in found.items() if data is not None}

    def hand(self, lineage: bytes) -> None:
        """Keep the lineage of the accord, which `enactment` has verified. Raises DiskFailed: `disk.1`."""
        durable.write(self.path / "accord" / LINEAGE, lineage)

    def lineage(self) -> bytes | None:
        """Return the lineage that was handed to this home, if any. Raises DiskFailed: `disk.1`."""
        return durable.read(self.path / "accord" / LINEAGE)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process out for as long as this context lasts.

        Raises:
            HomeInUse: `home.5`. DiskFailed: `disk.1`.
        """
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise durable.failed(self.path / "lock", error) from error
        try:
            self._take(handle)
            yield
        finally:
            os.close(handle)

    def holder(self) -> str | None:
        """Return which process works here, as it says itself, or None; nothing is kept out by asking."""
        try:
            handle = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
        finally:
            os.close(handle)
        return None

    def _take(self, handle: int) -> None:
        # 5. Nobody else works here. The kernel drops the lock when its process ends, however it ends.
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise HomeInUse(
                "home.5",
                f"Process {owner} works on {self.path}.",
                "Stop that process, or speak to it instead of opening its home.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


def _check(settings: Settings) -> None:
    # 2. Names are names, and there is something to take part in.
    names = (settings.party, *settings.peers)
    if not all(PARTY.fullmatch(name) for name in names) or settings.party in settings.peers:
        raise Malformed(
            "home.2", f"Parties ill named: {', '.join(names)[:200]}.", "Name each other party once."
        )
    places = (*settings.publish_to, *(one.source for one in settings.peers.values()))
    for parts in (one.split(":", 2) for one in places if one.startswith(STORE)):
        if len(parts) < 3 or parts[1] not in settings.peers:  # noqa: PLR2004 (store, party, address)
            raise Malformed("home.2", f"No store: {':'.join(parts)[:80]!a}.", "Write store:PARTY:ADDRESS.")
    if not settings.domains or not set(settings.domains) <= set(get_args(Domain)):
        raise Malformed("home.2", "No domain to take part in.", "Name live, exercise or both.")
    if min(settings.time_scale, settings.poll_ms, settings.quota.requests, settings.quota.bytes) < 1:
        raise Malformed("home.2", "Time scale, poll period and quota are at least 1.", "Mend the settings.")
