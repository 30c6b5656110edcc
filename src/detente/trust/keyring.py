"""The keyring: which keys acted for a party at each position of its log.

    found(charter 1) · revoke(7, "9f…") · change(12, envelope of charter 2) · disavow(15, "9f…", 3, 6)
    keys("record", 5, at)   the keys of charter 1, the later revoked one too: what it signed before binds
    keys("record", 9, at)   the keys of charter 1 without it
    keys("record", 13, at)  the keys of charter 2

Positions are indices of the party's own log, so validity rests on what others have cosigned and not on a
claimed time. An act at position p rules the positions after p; the entry that carries it, and a checkpoint
that ends with it, are still signed under the rule before. A checkpoint of size n is signed at position n − 1.
Revocation looks forward only; a disavowal is shown beside what it names and undoes nothing. Expiries are
compared with a time that the caller gives: for a record its own `at`. Immutable and pure.
"""

from bisect import bisect_right
from collections.abc import Collection
from typing import Self

import msgspec

from detente.trust import charter as charters
from detente.trust import succession
from detente.trust.charter import Charter
from detente.trust.envelope import Envelope
from detente.trust.errors import DetenteError, Malformed, NotValidThen, WrongContext, WrongKey
from detente.trust.key import PublicKey
from detente.trust.machine import Event, Moment, step
from detente.trust.rotation import ROTATION
from detente.trust.suite import Role, row


class Span(msgspec.Struct, frozen=True):
    """What rules from position `first` until the next span: a charter, and which of its keys are revoked."""

    first: int
    charter: Charter
    revoked: frozenset[str]


class Disavowal(msgspec.Struct, frozen=True):
    """A party's statement at `position` that it does not own what a key signed at `first` to `last`."""

    position: int
    keyid: str
    first: int
    last: int


class Keyring(msgspec.Struct, frozen=True):
    """The fold of one party's charters, revocations and disavowals in one domain, by log position.

    Attributes:
        spans: in ascending order of `first`; the first span starts at 0.
        disavowals: in the order in which they were logged.
        upto: the position of the newest act, or -1.
    """

    spans: tuple[Span, ...]
    disavowals: tuple[Disavowal, ...] = ()
    upto: int = -1

    @classmethod
    def found(cls, charter: Charter) -> Self:
        """Return the keyring of a party whose first charter stands in the accord.

        Raises:
            WrongContext: `keyring.1`: a later charter cannot found a keyring.
            As `charter.check`.
        """
        charters.check(charter)
        # 1. It is a first charter.
        if charter.version != 1:
            raise WrongContext(
                "keyring.1", f"Version {charter.version} founds no keyring.", "Begin with version 1."
            )
        return cls((Span(0, charter, frozenset()),))

    def change(self, position: int, signed: Envelope, at: int) -> Self:
        """Return the keyring after a new charter, logged at `position` by a record of time `at`.

        Raises:
            Malformed: `keyring.2`. As `succession.succeed`.
        """
        self._check_after(position)
        span = self.spans[-1]
        new = succession.succeed(span.charter, signed, at, self._ever_revoked())
        return self._with_span(position, Span(position + 1, new, frozenset()))

    def revoke(self, position: int, keyid: str) -> Self:
        """Return the keyring after a revocation, logged at `position`; officers' approval was checked.

        Raises:
            Malformed: `keyring.2`. WrongKey: `keyring.3`, `keyring.4`.
        """
        self._check_after(position)
        span = self.spans[-1]
        # 3. The key is in the charter in force.
        if keyid not in span.charter.keys:
            raise WrongKey("keyring.3", f"{keyid[:16]!a} is no key in force.", "Name a key of the charter.")
        # 4. It was not revoked before.
        if step(ROTATION, {}, Moment(self._state(keyid), {}), Event("revoke", said={"officers": 1})).refusal:
            raise WrongKey("keyring.4", f"{keyid[:16]} was revoked before.", "Nothing is left to do.")
        return self._with_span(position, Span(position + 1, span.charter, span.revoked | {keyid}))

    def disavow(self, position: int, keyid: str, first: int, last: int) -> Self:
        """Return the keyring after a disavowal, logged at `position`, of what a key signed in a range.

        Raises:
            Malformed: `keyring.2`, `keyring.5`. WrongKey: `keyring.6`.
        """
        self._check_after(position)
        # 5. The range lies in the past.
        if not 0 <= first <= last < position:
            raise Malformed("keyring.5", f"No past range: {first} to {last}.", "Name what was logged before.")
        # 6. The key was in force somewhere in it and no longer is: nobody disavows a key and uses it on.
        acted = any(keyid in span.charter.keys for span in self._spans_of(first, last))
        said = {"officers": 1, "past": 1, "acted": int(acted)}
        if step(ROTATION, {}, Moment(self._state(keyid), {}), Event("disavow", said=said)).refusal:
            raise WrongKey(
                "keyring.6", f"{keyid[:16]!a} was not in force then, or still is.", "Revoke the key first."
            )
        entry = Disavowal(position, keyid, first, last)
        return type(self)(self.spans, (*self.disavowals, entry), position)

    def charter(self, position: int) -> Charter:
        """Return the charter in force at a position."""
        return self._span(position).charter

    def revoked(self, position: int) -> frozenset[str]:
        """Return which keys of the charter in force at a position were revoked before it."""
        return self._span(position).revoked

    def keys(self, role: Role, position: int, at: int) -> tuple[PublicKey, ...]:
        """Return the keys that acted in a role at a position, as of time `at`, in ascending order of keyid.

        Raises:
            NotValidThen: `keyring.8`: of some algorithm of the suite, all had expired or were revoked.
        """
        span = self._span(position)
        keys = tuple(
            span.charter.public_key(keyid)
            for keyid in span.charter.role(role).keys
            if charters.is_valid(span.charter, keyid, at, span.revoked)
        )
        # 8. Of each algorithm of the suite, a key of the role was valid: nothing less signs for it.
        if {key.algorithm for key in keys} != set(row(span.charter.suite, role)):
            raise NotValidThen(
                "keyring.8",
                f"The {role} keys of {span.charter.party} were not all valid at position {position}.",
                "The party must log a new charter.",
            )
        return keys

    def require(self, role: Role, keyid: str, position: int, at: int) -> PublicKey:
        """Return the key of this name, if it acted in a role at a position, as of time `at`.

        Raises:
            NotValidThen: `keyring.9`: not yet or no longer in force, revoked, or expired.
            WrongKey: `keyring.10`: a key of another role; `keyring.11`: not this party's at any time.
        """
        span = self._span(position)
        if keyid in span.charter.role(role).keys and charters.is_valid(span.charter, keyid, at, span.revoked):
            return span.charter.public_key(keyid)
        raise self._why_not(role, keyid, position)

    def verify(
        self, signed: Envelope, payload_type: str, role: Role, position: int, at: int
    ) -> frozenset[str]:
        """Return the holders of a role who signed, if they reach its threshold at a position.

        Raises:
            As `charter.verify`.
        """
        span = self._span(position)
        return charters.verify(
            signed, span.charter, role, at, payload_type=payload_type, revoked=span.revoked
        )

    def disavowed(self, position: int, keyid: str) -> tuple[Disavowal, ...]:
        """Return the disavowals that name what a key signed at a position; it binds all the same."""
        return tuple(
            one for one in self.disavowals if one.keyid == keyid and one.first <= position <= one.last
        )

    def _span(self, position: int) -> Span:
        # 7. The position is one that a log can have.
        if position < 0:
            raise Malformed("keyring.7", f"No position: {position}.", "Count from 0.")
        return self.spans[bisect_right(self.spans, position, key=lambda span: span.first) - 1]

    def _spans_of(self, first: int, last: int) -> tuple[Span, ...]:
        low = bisect_right(self.spans, first, key=lambda span: span.first) - 1
        return tuple(span for span in self.spans[low:] if span.first <= last)

    def _check_after(self, position: int) -> None:
        # 2. Acts are folded in the order of the log, each once.
        if position <= self.upto:
            raise Malformed(
                "keyring.2", f"Position {position} comes after {self.upto}.", "Fold in the log's order."
            )

    def _state(self, keyid: str) -> str:
        """Where a key is in the table `rotation.ROTATION`, by the acts so far."""
        span = self.spans[-1]
        if keyid in span.charter.keys:
            return "revoked" if keyid in span.revoked else "in-force"
        return "replaced" if any(keyid in old.charter.keys for old in self.spans) else "unknown"

    def _ever_revoked(self) -> Collection[str]:
        return frozenset().union(*(span.revoked for span in self.spans))

    def _with_span(self, position: int, span: Span) -> Self:
        return type(self)((*self.spans, span), self.disavowals, position)

    def _why_not(self, role: Role, keyid: str, position: int) -> DetenteError:
        ever = {name for span in self.spans for name in span.charter.role(role).keys}
        party = self.spans[0].charter.party
        # 9. A key of the role, at another position or time.
        if keyid in ever:
            return NotValidThen(
                "keyring.9",
                f"Key {keyid[:16]} was no valid {role} key of {party} at position {position}.",
                "Check the party's charters and revocations up to there.",
            )
        # 10. A key of the party, for something else.
        if any(keyid in span.charter.keys for span in self.spans):
            return WrongKey("keyring.10", f"Key {keyid[:16]} is no {role} key.", "Sign with the role's key.")
        # 11. Nobody's that this keyring knows.
        return WrongKey("keyring.11", f"{keyid[:16]!a} is no key of {party}.", "Ask whose key it is.")
