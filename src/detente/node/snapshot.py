"""The snapshot: standing as it was reckoned, kept on disk, so that a restart does not fold the whole history.

    H/standing/live      what it rests on, the digest of the fold, and the fold
    H/standing/live.cn   the same at the cut that cn showed last, once the logs are long

It is a convenience and never a source. It is taken up only if it was made by this very program, under this
very accord, from leaves that are the first of those in the store, and if its bytes have the digest that they
had. In any doubt it is left aside, and standing is reckoned from the first leaf on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import msgspec

import detente
from detente import accord, trust
from detente.accord.cut import Cut, Head
from detente.accord.fold import Fold
from detente.accord.terms import Terms
from detente.node import durable
from detente.node.errors import DiskFailed
from detente.trust.errors import DetenteError
from detente.trust.record import Record
from detente.trust.tree import EMPTY_ROOT, Tree


class Kept(msgspec.Struct, frozen=True):
    """A file.

    Attributes:
        mark: hex SHA-256 of program, domain and accord.
        heads: party to how many leaves were fed, and their root.
        digest: SHA-256 of the fold.
        fold: as `Fold.dump` returns it.
    """

    mark: str
    heads: dict[str, Head]
    digest: bytes
    fold: bytes


@dataclass(frozen=True)
class Snapshot:
    """The snapshot of one domain.

    Attributes:
        path: of the file.
        domain: of the logs.
        terms: of the accord, within the domain.
    """

    path: Path
    domain: str
    terms: Terms

    def beside(self, party: str) -> "Snapshot":
        """Return where standing is kept at the cut that a party showed last."""
        return replace(self, path=self.path.with_name(f"{self.path.name}.{party}"))

    def save(self, fold: Fold, fed: Mapping[str, int], trees: Mapping[str, Tree]) -> None:
        """Keep a fold, and what it was fed. Raises DiskFailed: `disk.1`."""
        found = {party: _head(trees.get(party), size) for party, size in fed.items()}
        heads = {party: head for party, head in found.items() if head is not None}
        if heads.keys() != found.keys():
            return  # a tree is behind what was read from the store: the next time will do
        data = fold.dump()
        kept = Kept(self._mark(), heads, hashlib.sha256(data).digest(), data)
        durable.place(self.path, msgspec.msgpack.encode(kept), 0o600)

    def load(
        self, bodies: Mapping[str, Record], trees: Mapping[str, Tree]
    ) -> tuple[Fold, dict[str, int]] | None:
        """Return the fold that was kept and what it was fed, or None if there is the least doubt."""
        try:
            data = durable.read(self.path)
            kept = msgspec.msgpack.decode(data or b"", type=Kept)
            # 1. This program and this accord made it, and it is whole.
            if kept.mark != self._mark() or hashlib.sha256(kept.fold).digest() != kept.digest:
                return None
            # 2. It was fed the first leaves of these logs, and nothing else.
            whole = kept.heads.keys() == set(self.terms.parties)
            if not whole or any(_head(trees.get(one), head.size) != head for one, head in kept.heads.items()):
                return None
            fold = Fold.load(kept.fold, self.terms, bodies)
        except (msgspec.DecodeError, DetenteError, DiskFailed, KeyError):
            return None
        # 3. And so says the fold itself.
        return (fold, {p: h.size for p, h in kept.heads.items()}) if fold.holds(Cut(kept.heads)) else None

    def _mark(self) -> str:
        versions = [one.accord.digest for _, one in sorted(self.terms.versions.items())]
        parts = [detente.__version__, program(), self.domain, *versions]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _head(tree: Tree | None, size: int) -> Head | None:
    """Return the head over the first leaves of a log, or None if it has not so many."""
    if size == 0:
        return Head(0, EMPTY_ROOT.hex())
    return Head(size, tree.root(size).hex()) if tree is not None and size <= len(tree) else None


@cache
def program() -> str:
    """Return a digest of the code from which standing follows; editions are pinned by the accord itself."""
    folders = [Path(str(one.__file__)).parent for one in (accord, trust)]
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    return hashlib.sha256(b"".join(hashlib.sha256(one.read_bytes()).digest() for one in files)).hexdigest()
