"""The drafts: what was typed and not signed yet, kept below the home for its owner alone.

    H/desk/drafts/0f….json      one form as it was typed, by its nonce

A draft is kept with every change, and goes when it was tabled. What was discarded can be taken back until the
next one is discarded.
"""

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from detente.node import durable
from detente.node.errors import Exceeded, NoSuchThing
from detente.trust.record import Domain

NONCE = re.compile(r"[0-9a-f]{32}")
MOST = 200
GONE = ".gone"


class Draft(Struct, frozen=True, kw_only=True):
    """One form as it was typed.

    Attributes:
        nonce: 32 hexadecimal digits: that of the record it may become.
        kind: `pillar.name`.
        domain: `live` or `exercise`.
        thread: root of the thread that it answers, or None.
        at: when it was changed last, in milliseconds.
        fields: names of the form to answers.
    """

    nonce: str
    kind: str
    domain: Domain
    thread: str | None
    at: int
    fields: dict[str, list[str]]


@dataclass
class Drafts:
    """The drafts of a home."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new(self, kind: str, domain: Domain, thread: str | None, at: int) -> Draft:
        """Return an empty draft; it is kept once something was typed."""
        return Draft(nonce=os.urandom(16).hex(), kind=kind, domain=domain, thread=thread, at=at, fields={})

    def keep(self, draft: Draft) -> None:
        """Keep a draft as it is now.

        Raises:
            Exceeded: `desk.5`. DiskFailed: `disk.1`.
        """
        path = self._path(draft.nonce)
        with self._lock:
            # 5. There is room: nobody has so many reports in hand.
            if not path.exists() and len(self._paths()) >= MOST:
                raise Exceeded("desk.5", f"There are {MOST} drafts.", "Table or discard some of them first.")
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.place(path, msgspec.json.encode(draft), 0o600)

    def get(self, nonce: str) -> Draft:
        """Return a draft. Raises NoSuchThing: `desk.6`."""
        data = durable.read(self._path(nonce)) if NONCE.fullmatch(nonce) else None
        # 6. It is there, and can be read.
        try:
            if data is not None:
                return msgspec.json.decode(data, type=Draft)
        except msgspec.DecodeError:
            pass
        raise NoSuchThing("desk.6", "There is no such draft.", "It was tabled or discarded: see the drafts.")

    def all(self) -> list[Draft]:
        """Return all drafts, the one that was changed last first."""
        found = []
        for path in self._paths():
            try:
                found.append(self.get(path.stem))
            except NoSuchThing:
                continue
        return sorted(found, key=lambda one: one.at, reverse=True)

    def discard(self, nonce: str) -> None:
        """Put a draft away; the one that was put away before is gone for good."""
        path = self._path(self.get(nonce).nonce)
        with self._lock:
            for old in self.folder.glob(f"*{GONE}"):
                old.unlink(missing_ok=True)
            path.rename(path.with_suffix(GONE))

    def restore(self, nonce: str) -> None:
        """Take back what was put away last. Raises NoSuchThing: `desk.6`."""
        path = self._path(nonce)
        with self._lock:
            if NONCE.fullmatch(nonce) and path.with_suffix(GONE).exists():
                path.with_suffix(GONE).rename(path)
        self.get(nonce)

    def done(self, nonce: str) -> None:
        """Remove a draft that was tabled."""
        self._path(nonce).unlink(missing_ok=True)

    def _path(self, nonce: str) -> Path:
        return self.folder / f"{nonce}.json"

    def _paths(self) -> list[Path]:
        return list(self.folder.glob("*.json"))


def typed(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the answers of a form by name, leaving out the house's own fields."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if not name.startswith("_"):
            found.setdefault(name, []).append(value)
    return found


def filled(fields: Mapping[str, list[str]]) -> bool:
    """Tell whether anything was typed or chosen."""
    return any(one.strip() for answers in fields.values() for one in answers)
