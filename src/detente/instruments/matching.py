"""Private matching: how many fingerprints two parties both hold, then which, and nothing of the others.

    us = Holding(context, secret, seed, fingerprints)     kept by its party alone
    us.points(); us.root(); us.size                       size, root and digest logged before any answer
    reply = us.answer(points_of_cn)                       their points times our secret, sorted
    common = us.common(points_of_cn, reply_of_cn)         how many both hold: len(common)
    us.pairs(points_of_cn, common)                        by mutual release: which of *their* points
    us.members(pairs_of_cn, count)                        the fingerprints themselves
    us.open(found); require_members(…)                    the proof that they stood in the logged set

Diffie–Hellman matching over a prime-order group (Huberman, Franklin, Hogg 1999; cardinality as in De
Cristofaro, Gasti, Tsudik 2012). It shows an honest party nothing but counts; it does not stop one that lies
about what it holds (every published CVE can be put into a set). So sets are committed to before the run, runs
are counted in the logs, what matches is opened against the commitment, and an auditor can play a run again
(`audit`). Whoever is the first to send `pairs` lets the other know first: a refusal to follow is on record,
and not prevented.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise

from detente.instruments import group
from detente.trust import tree
from detente.trust.errors import BadProof, Malformed, TooLarge

MOST = 100_000
"""The most fingerprints of one run."""

SALT_BYTES = 32
LONGEST = 512
"""The most bytes of a fingerprint in UTF-8."""

Point = bytes


@dataclass(frozen=True)
class Opened:
    """One fingerprint, shown to stand in a set: its salt, its place, and the way up to the root."""

    fingerprint: str
    salt: bytes
    index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class Holding:
    """What one party holds in one run; secret, but for what its methods give.

    Args:
        context: of the run: genesis, subject and round; both parties have the same.
        secret: a scalar of `group.scalar`, for this run alone.
        seed: 32 bytes from which the salts of the commitment come.
        fingerprints: each once, ascending.

    Raises:
        Malformed: `holding.1`, `holding.3`. TooLarge: `holding.2`.
    """

    context: bytes
    secret: bytes
    seed: bytes
    fingerprints: tuple[str, ...]

    def __post_init__(self) -> None:
        # 1. Each once, ascending.
        if list(self.fingerprints) != sorted(set(self.fingerprints)):
            raise Malformed("holding.1", "Fingerprints out of order, or one twice.", "Sort them, each once.")
        # 2. No more than a run takes, none longer than one may be.
        if len(self.fingerprints) > MOST or any(len(one.encode()) > LONGEST for one in self.fingerprints):
            raise TooLarge(
                "holding.2", f"{len(self.fingerprints)} fingerprints.", f"At most {MOST}, of {LONGEST} bytes."
            )
        # 3. There is something to match.
        if not self.fingerprints:
            raise Malformed("holding.3", "No fingerprint at all.", "Match once something is held.")

    @property
    def size(self) -> int:
        """How many fingerprints."""
        return len(self.fingerprints)

    def points(self) -> tuple[Point, ...]:
        """What is handed over: each fingerprint's point times the secret, ascending, which says no order."""
        return tuple(sorted(self._mine))

    def root(self) -> bytes:
        """The commitment to the set: the root over salted leaves, ascending by hash."""
        return self._tree.root()

    def answer(self, theirs: Sequence[Point]) -> tuple[Point, ...]:
        """Their points times the secret, ascending. Raises Malformed: as `require_points`, `group.3`."""
        require_points(theirs)
        return tuple(sorted(group.multiplied(self.secret, one) for one in theirs))

    def common(self, theirs: Sequence[Point], reply: Sequence[Point]) -> frozenset[Point]:
        """The points that both sides come to; their number is how many fingerprints both hold.

        Args:
            theirs: the other's points.
            reply: what the other answered to ours.

        Raises:
            Malformed: as `require_points`, `group.3`; BadProof: `matching.3`.
        """
        require_points(reply)
        # 3. Every point was answered, and no more.
        if len(reply) != self.size:
            raise BadProof(
                "matching.3", f"{len(reply)} answers to {self.size} points.", "Ask for the reply again."
            )
        return frozenset(self.answer(theirs)) & frozenset(reply)

    def pairs(self, theirs: Sequence[Point], common: frozenset[Point]) -> tuple[Point, ...]:
        """Those of their points which are in common, ascending: with them they know which of theirs match."""
        return tuple(sorted(one for one in theirs if group.multiplied(self.secret, one) in common))

    def members(self, pairs: Sequence[Point], count: int) -> tuple[str, ...]:
        """Our fingerprints that the other says are in common.

        Args:
            pairs: what the other released.
            count: how many are in common, by both sides' logged word.

        Raises:
            BadProof: `matching.4`: other than so many points, each ours, each once.
        """
        found = sorted(self._mine[one] for one in pairs if one in self._mine)
        # 4. As many as were counted, each one of ours, each once.
        if len(set(found)) != count or len(pairs) != count:
            raise BadProof(
                "matching.4",
                f"{len(pairs)} pairs for {count} in common, {len(set(found))} of them ours.",
                "Keep the file: it is evidence. Ask for an audit of the run.",
            )
        return tuple(found)

    def open(self, found: Sequence[str]) -> tuple[Opened, ...]:
        """Show that fingerprints stand in the set that was committed to."""
        order = {one: place for place, one in enumerate(self._leaves)}
        made = []
        for one in found:
            place = order[self._leaf(one)]
            made.append(Opened(one, self._salt(one), place, tuple(self._tree.inclusion(place, self.size))))
        return tuple(made)

    @cached_property
    def _mine(self) -> Mapping[Point, str]:
        return {
            group.multiplied(self.secret, group.hashed(self.context, one.encode())): one
            for one in self.fingerprints
        }

    @cached_property
    def _leaves(self) -> list[bytes]:
        return sorted(map(self._leaf, self.fingerprints))

    @cached_property
    def _tree(self) -> tree.Tree:
        return tree.Tree(self._leaves)

    def _leaf(self, one: str) -> bytes:
        return committed(one, self._salt(one))

    def _salt(self, one: str) -> bytes:
        return hmac.digest(self.seed, self.context + b"\n" + one.encode(), "sha256")


def committed(fingerprint: str, salt: bytes) -> bytes:
    """Return the leaf of a fingerprint under its salt (32 bytes): RFC 6962 over salt and UTF-8 text."""
    return tree.leaf_hash(salt + fingerprint.encode())


def digest(points: Sequence[Point]) -> str:
    """Return the hexadecimal SHA-256 over points in their order: what is logged of a file of points."""
    return sha256(b"".join(points)).hexdigest()


def require_points(points: Sequence[Point]) -> None:
    """Refuse what is no list of points of one side.

    Raises:
        TooLarge: `matching.1`. Malformed: `matching.2`. Whether each is a point of the group shows when it is
            multiplied (`group.3`).
    """
    # 1. No more than a run takes.
    if len(points) > MOST:
        raise TooLarge("matching.1", f"{len(points)} points.", f"A run takes {MOST} at most.")
    # 2. Ascending, each once: a repetition would be found again in the answer, and so be traced.
    if any(one >= other for one, other in pairwise(points)):
        raise Malformed(
            "matching.2", "Points out of order, or one twice.", "Ask its author for the file again."
        )


def require_members(opened: Sequence[Opened], expected: Sequence[str], root: bytes, size: int) -> None:
    """Refuse openings that do not show exactly the expected fingerprints in the other's logged set.

    Args:
        opened: what the other showed.
        expected: the fingerprints in common, as they follow from the other's pairs.
        root: of the other's set, as logged before the run.
        size: of it.

    Raises:
        BadProof: `matching.5`, `matching.6`; as `tree.verify_inclusion`.
    """
    # 5. Exactly those in common, each with a salt that hides.
    if sorted(one.fingerprint for one in opened) != sorted(expected):
        raise BadProof(
            "matching.5",
            "What the other opened is not what both hold.",
            "Keep the file: it is evidence. Ask for an audit of the run.",
        )
    for one in opened:
        # 6. A salt is 32 bytes, so that salt and text cannot be divided otherwise.
        if len(one.salt) != SALT_BYTES:
            raise BadProof("matching.6", f"A salt of {len(one.salt)} bytes.", "Ask for the openings again.")
        tree.verify_inclusion(one.index, size, committed(one.fingerprint, one.salt), one.proof, root)


def audit(
    shown: Holding, logged: tuple[int, str, str], theirs: Sequence[Point], reply: Sequence[Point]
) -> None:
    """Play one side of a run again, from the secrets that its party showed the auditor.

    Args:
        shown: that side.
        logged: size, root and digest of its points (hexadecimal), as it logged them before the run.
        theirs: the other side's points.
        reply: what this side answered to them.

    Raises:
        BadProof: `audit.1`, `audit.2`, `audit.3`.
    """
    # 1. The set is the one that was committed to; 2. the points come from it; 3. the reply was honest.
    if (shown.size, shown.root().hex()) != logged[:2]:
        raise BadProof("audit.1", "Another set than was logged.", "Tell both parties: the run is void.")
    if digest(shown.points()) != logged[2]:
        raise BadProof("audit.2", "Other points than were logged.", "Tell both parties: the run is void.")
    if shown.answer(theirs) != tuple(reply):
        raise BadProof("audit.3", "A reply that was made up.", "Tell both parties: the run is void.")
