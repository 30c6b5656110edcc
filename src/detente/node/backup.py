"""The backup: a node's home in one file, taken while its node works or not, and the home made from one.

    us-2026-11-26.backup       a zip for its owner alone (0600)
        manifest.json          whose, of which accord, when, and the digest of each file
        node.db                one consistent snapshot, no journal beside it
        node.json  accord/1.json  signed/live/us
        confidence/cabinet.db  its confidential desk, if it has one: sealed reports and cards, and no identity
        taxii.db               collections and clients of its TAXII server, if it has one
        site.spending          what its public site has spent of each month's privacy budget, if it has one
        keys/live/…            only if asked for

The second place is copied after the snapshot, so it never claims less. Private keys and the seeds of keys to
open with stay out unless asked for: a key that was destroyed must not live on in a drawer. What the node
signed after the backup is not in it; so a restored home signs nothing until its own log is back (`recovery`).
"""

import hashlib
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from detente.node import durable, store
from detente.node.anchor import Anchor
from detente.node.clock import SystemClock
from detente.node.confidence import salvage
from detente.node.confidence.salvage import Brought
from detente.node.confidence.tally import Tally
from detente.node.errors import DiskFailed, HomeMissing
from detente.node.home import FOLDERS, SETTINGS, Home
from detente.node.source import UNREADABLE
from detente.trust import checkpoint, note
from detente.trust.errors import BadProof, Malformed

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "node.db"
SPENDING = "site.spending"
BESIDE = ("confidence/cabinet.db", "taxii.db")
"""Other databases of a home, each a moment of its own, after that of the node's."""
MEMBER = re.compile(
    r"(node|taxii)\.db|node\.json|site\.spending|accord/([0-9]{1,6}|lineage)\.json"
    r"|(signed|keys)/[a-z][a-z0-9.-]*(/[a-z][a-z0-9.-]*)?"
    r"|confidence/(cabinet\.db|stamp\.key|card|cards/[0-9a-f]{64})"
)
"""The files that a backup may have: nothing else is unpacked, so nothing leaves the new home."""

MAX_MANIFEST = 1_048_576
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1_048_576


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup is.

    Attributes:
        format: of the file.
        party: whose home.
        at: when the snapshot was begun, by the node's clock, in milliseconds.
        keys: whether private keys are inside.
        files: name to hex SHA-256.
    """

    format: int
    party: str
    at: int
    keys: bool
    files: dict[str, str]


class Restored(msgspec.Struct, frozen=True):
    """What was restored: what the backup said that it was, and of its confidential desk, if it has one."""

    made: Manifest
    brought: Brought | None


def write(home: Home, to: Path, at: int, *, keys: bool = False) -> Manifest:
    """Back a home up into one new file; its node may be at work.

    Raises:
        HomeMissing: `backup.1`: there is a file already. DiskFailed: `disk.1`, `store.1`, `backup.2`.
    """
    # 1. Nothing is overwritten: the last good backup least of all.
    if to.exists():
        raise HomeMissing("backup.1", f"{to} is there already.", "Name a new file.")
    beside = to.with_name(f".{to.name}.{os.getpid()}.new")
    databases = [DATABASE, *(one for one in BESIDE if (home.path / one).is_file())]
    snapshots = {one: to.with_name(f".{to.name}.{n}.{os.getpid()}.db") for n, one in enumerate(databases)}
    try:
        for one, snapshot in snapshots.items():
            _snapshot(home.path / one, snapshot, keys=keys)
        with _private_zip(beside) as packed:
            names = snapshots | {name: home.path / name for name in _names(home, keys=keys)}
            files = {name: _put(packed, name, path) for name, path in names.items()}
            made = Manifest(format=FORMAT, party=home.settings.party, at=at, keys=keys, files=files)
            packed.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), msgspec.json.encode(made))
        _flush(beside)
        beside.replace(to)
    except OSError as error:
        raise durable.failed(to, error) from error
    finally:
        beside.unlink(missing_ok=True)
        for snapshot in snapshots.values():
            snapshot.unlink(missing_ok=True)
    return made


def restore(
    file: Path,
    to: Path,
    *,
    keys: Path | None = None,
    signed: Path | None = None,
    confidence: Path | None = None,
) -> Restored:
    """Make a new home from a backup; its node catches up its own log before it signs anything.

    Args:
        file: the backup.
        to: a folder that does not exist, or is empty: no journal of another database can lie in it.
        keys: the folder `keys` of the lost home, if the backup has none.
        signed: the folder `signed` of the lost home, if it was saved: what is newer in it leads, and an
            identity that it knows to be destroyed does not come back.
        confidence: the folder `confidence` of the lost home, if it was saved: identities are in no backup.

    Raises:
        HomeMissing: `restore.1`, `restore.2`. Malformed: `restore.3`. BadProof: `restore.4`. DiskFailed.
    """
    # 1. Nothing is overwritten, and nothing that lies there is taken for a part of the new home.
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise HomeMissing("restore.1", f"{to} is not empty.", "Name a new folder; move the old home away.")
    # 2. There is a backup.
    if not file.is_file():
        raise HomeMissing("restore.2", f"There is no file {file}.", "Name the backup.")
    beside = to.absolute().with_name(f".{to.name}.{os.getpid()}.new")
    try:
        for folder in (beside, *(beside / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, parents=True)
        made = _unpack(file, beside)
        _finish(beside, made, keys, signed)
        if signed is not None:
            Tally(beside / "signed").add(Tally(signed).read())
        brought = salvage.bring(beside, SystemClock(), confidence)
        beside.rename(to)
    except OSError as error:
        raise durable.failed(to, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Restored(made, brought)


def leave_out(home: Home, parties: Iterable[str]) -> None:
    """Name the parties that a restored node need not ask for its own log.

    Raises:
        HomeMissing: `restore.5`: it is not waiting for anybody. DiskFailed: `disk.1`.
    """
    anchor, names = Anchor(home.path / "signed"), tuple(sorted(set(parties)))
    waiting = [one for one in home.settings.domains if anchor.waiting(one) is not None]
    # 5. It was restored, and has not asked everybody yet.
    if not waiting:
        raise HomeMissing(
            "restore.5", f"{home.path} waits for nobody.", "Name a home that was just restored."
        )
    for domain in waiting:
        anchor.wait(domain, names)


def read(file: Path) -> Manifest:
    """Return what a backup says that it is. Raises Malformed: `restore.3`."""
    with _opened(file) as packed:
        return _manifest(packed)


def _snapshot(database: Path, to: Path, *, keys: bool) -> None:
    """Copy the database as it is at one moment, into one file without a journal."""
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(store.open_reading(database)) as conn, closing(sqlite3.connect(to)) as copy:
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            if not keys and database.name == DATABASE:
                copy.execute("DELETE FROM secret")
                copy.commit()
            said = str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        raise store.failed(error) from error
    # 2. What was copied is whole: a broken database is not handed on as a backup.
    if said != "ok":
        raise DiskFailed("backup.2", f"The database is not whole: {said}.", "Ask detente doctor what to do.")


def _names(home: Home, *, keys: bool) -> list[str]:
    folders = ("accord", "signed", *(("keys",) if keys else ()))
    found = [one for folder in folders for one in (home.path / folder).rglob("*") if one.is_file()]
    names = [one.relative_to(home.path).as_posix() for one in sorted(found)]
    names += salvage.files(home.path, keys=keys)
    names += [SPENDING] if (home.path / SPENDING).is_file() else []
    return [SETTINGS, *(name for name in names if MEMBER.fullmatch(name))]


@contextmanager
def _private_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        yield packed


def _put(packed: zipfile.ZipFile, name: str, path: Path) -> str:
    """Pack a file as it is read, and return the digest of what was packed."""
    digest = hashlib.sha256()
    with path.open("rb") as file, packed.open(zipfile.ZipInfo(name, _EPOCH), "w", force_zip64=True) as member:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            member.write(chunk)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as packed:
            yield packed
    except UNREADABLE as error:
        # 3. It is a backup, whole.
        raise Malformed("restore.3", f"{file}: {error}.", "Take another backup.") from error


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    names = [one.filename for one in packed.infolist()]
    sizes = {one.filename: one.file_size for one in packed.infolist()}
    # 3. It has a manifest of this format, and exactly the files that this names.
    try:
        if sizes.get(MANIFEST, MAX_MANIFEST + 1) > MAX_MANIFEST:
            raise Malformed("restore.3", "There is no manifest.", "Take another file: this is no backup.")
        made = msgspec.json.decode(packed.read(MANIFEST), type=Manifest)
    except msgspec.DecodeError as error:
        raise Malformed("restore.3", f"The manifest: {error}.", "Take another backup.") from error
    whole = sorted(names) == sorted([MANIFEST, *made.files]) and {SETTINGS, DATABASE} <= made.files.keys()
    if made.format != FORMAT or not whole or not all(MEMBER.fullmatch(name) for name in made.files):
        raise Malformed("restore.3", "It is no backup of this format.", "Take another backup.")
    return made


def _unpack(file: Path, to: Path) -> Manifest:
    with _opened(file) as packed:
        made = _manifest(packed)
        for name, wanted in made.files.items():
            digest = hashlib.sha256()
            (to / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(to / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with packed.open(name) as member, os.fdopen(handle, "wb") as target:
                while chunk := member.read(_CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            # 4. Each file is the one that was backed up.
            if digest.hexdigest() != wanted:
                raise BadProof("restore.4", f"{name} is not what was backed up.", "Take another backup.")
    return made


def _finish(beside: Path, made: Manifest, keys: Path | None, signed: Path | None) -> None:
    home = Home.read(beside)
    anchor = Anchor(beside / "signed")
    for domain in home.settings.domains:
        if signed is not None:
            _lead(anchor, signed, domain)
        if not made.keys and keys is not None and (keys / domain).is_dir():
            for one in sorted((keys / domain).glob("*.seed")):
                (beside / "keys" / domain).mkdir(mode=0o700, exist_ok=True)
                durable.write(beside / "keys" / domain / one.name, one.read_bytes())
        anchor.wait(domain)
    for one in sorted((keys / "tls").glob("*.pem")) if keys is not None and not made.keys else ():
        (beside / "keys" / "tls").mkdir(mode=0o700, exist_ok=True)
        durable.write(beside / "keys" / "tls" / one.name, one.read_bytes())


def _lead(anchor: Anchor, saved: Path, domain: str) -> None:
    """Take into the second place what a saved one knows beyond it."""
    for path in sorted(one for one in (saved / domain).glob("*") if one.is_file()):
        data = path.read_bytes()
        old = anchor.last(domain, path.name)
        if old is None or _size(data) > _size(old):
            anchor.keep(domain, path.name, data)


def _size(data: bytes) -> int:
    return checkpoint.parse_text(note.parse(data).text).size
