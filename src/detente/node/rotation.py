"""The rotation: how a party's keys are changed and revoked on its own node, by its officers.

    draw()          new keys of the node, beside those in use; nothing changes yet
    charter()       the next charter, naming them: exactly the bytes that officers sign
    change(signed)  logged: from the next index on the new keys sign, here and for everybody
    act("9f…")      exactly the bytes that officers sign to revoke a key
    revoke("9f…", "stolen", signed)
    disavow("9f…", (40, 44), signed)    shown beside what a revoked key signed there; it binds all the same

What would have no effect by the log's own rules is refused here, before it is logged.
"""

import base64
from dataclasses import dataclass
from typing import Literal

import msgspec

from detente.accord import keyact
from detente.accord.keyact import KeyAct
from detente.node.draft import Draft, Tabled
from detente.node.home import Home
from detente.node.identity import NODE_ROLES, Identity
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.trust import charter as charters
from detente.trust import envelope
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import WrongContext, WrongKey
from detente.trust.key import PublicKey
from detente.trust.keyring import Keyring
from detente.trust.suite import LABORATORY, Role, fitting, row

KeyReason = Literal["lost", "stolen", "left", "replaced", "unknown"]
"""Why a key is revoked, as the others read it."""

KeyState = Literal["in force", "revoked", "replaced"]

NODE = "node"


class KeyShown(msgspec.Struct, frozen=True):
    """One key of a party as a person looks at it.

    Attributes:
        party: whose.
        keyid: its name.
        role: record, log, witness, officer or laboratory.
        algorithm: what it verifies with.
        holder: who holds it.
        first: the index from which the charter that names it first rules.
        expires: milliseconds, or None.
        state: `in force`, `revoked`, or `replaced` by a later charter.
    """

    party: str
    keyid: str
    role: str
    algorithm: str
    holder: str
    first: int
    expires: int | None
    state: KeyState


def shown(party: str, ring: Keyring) -> list[KeyShown]:
    """Return every key that a party's charters have named, in the order of charter, role and keyid."""
    found: dict[str, KeyShown] = {}
    last = ring.spans[-1]
    revoked = frozenset[str]().union(*(span.revoked for span in ring.spans))
    for span in ring.spans:
        for role in charters.roles_of(span.charter):
            for keyid in span.charter.roles[role].keys:
                one = span.charter.keys[keyid]
                state: KeyState = "in force" if keyid in last.charter.keys else "replaced"
                state = "revoked" if keyid in revoked else state
                found.setdefault(
                    keyid,
                    KeyShown(party, keyid, role, one.algorithm, one.holder, span.first, one.expires, state),
                )
    return list(found.values())


@dataclass
class Rotation:
    """Changes of keys in one realm."""

    realm: Realm
    tabling: Tabling

    def draw(self, home: Home, suite: str | None = None) -> None:
        """Draw new keys for every role of the node, of a suite, or of the same one. As `Identity.renew`."""
        self.realm.identity = Identity.renew(home, self.realm.domain, suite)

    def charter(self, expires: int | None = None) -> bytes:
        """Return the charter that follows: the node's newest keys, and the officers of the one in force.

        Its laboratories stay too, but those of whom a key was revoked. If the newest keys are of another
        suite than these officers', it stands only once it names others.

        Args:
            expires: until when the node's keys sign, milliseconds; None for no end.

        Raises:
            WrongContext: `rotation.1`: no new keys were drawn. As `charter.check`.
        """
        old, newest = self._in_force, self.realm.identity.newest
        # 1. There is something to change to.
        if all(key.public.keyid in old.keys for keys in newest.values() for key in keys):
            raise WrongContext("rotation.1", "The charter in force names the newest keys.", "Draw new keys.")
        roles: dict[Role, CharterRole] = {"officer": old.roles["officer"]}
        gone = {old.keys[one].holder for one in self._ring.spans[-1].revoked}
        labs = tuple(one for one in old.role(LABORATORY).keys if old.keys[one].holder not in gone)
        if labs:
            roles[LABORATORY] = CharterRole(labs, 1)
        keys = {keyid: old.keys[keyid] for entry in roles.values() for keyid in entry.keys}
        for role in NODE_ROLES:
            public = [key.public for key in newest[role]]
            keys |= {one.keyid: _entry(one, expires) for one in public}
            roles[role] = CharterRole(tuple(sorted(one.keyid for one in public)), 1)
        made = msgspec.structs.replace(
            old, version=old.version + 1, previous=old.digest, keys=keys, roles=roles
        )
        have = {role: {keys[one].algorithm for one in entry.keys} for role, entry in roles.items()}
        suite = fitting(have)
        if suite is not None:
            made = msgspec.structs.replace(made, suite=suite)
            charters.check(made)
        return charters.dump(made)

    def change(self, signed: bytes) -> Tabled:
        """Log a new charter that the officers signed.

        Raises:
            WrongKey: `rotation.2`: this home has not got the keys that it names. As `envelope.parse`,
            `Keyring.change`, `Tabling.table`.
        """
        received = envelope.parse(signed)
        ring = self._ring.change(self._size, received, self.realm.clock.now())
        new = ring.spans[-1].charter
        # 2. The node can sign what comes after it.
        for role in NODE_ROLES:
            here = self.realm.identity.among(role, new.roles[role].keys)
            if {key.public.algorithm for key in here} != set(row(new.suite, role)):
                what = f"This home has not got the {role} keys that the charter names."
                raise WrongKey("rotation.2", what, "Let the officers sign the charter that this node made.")
        return self._table("accord.key-change", {"charter": _text(signed)}, new.digest)

    def act(self, keyid: str, only: tuple[int, int] | None = None) -> bytes:
        """Return the very bytes that officers sign to revoke a key, or to disavow what it signed in a range.

        See docs/protocol.md, 3.3; the range names the first and the last index.
        """
        return keyact.dump(self._act(keyid, only))

    def revoke(self, keyid: str, reason: KeyReason, signed: bytes) -> Tabled:
        """Log the revocation of a key, which the officers signed.

        Raises:
            WrongContext: `keyact.3`, `rotation.3`. As `Keyring.verify`, `Keyring.revoke`, `Tabling.table`.
        """
        payload = self._approved(signed, self._act(keyid, None))
        after = self._ring.revoke(self._size, keyid).spans[-1]
        # 3. The node is not made mute: without a record key no act could follow, not even a new charter.
        for role in NODE_ROLES:
            left = set(after.charter.roles[role].keys) - after.revoked
            algorithms = {after.charter.keys[one].algorithm for one in left}
            if algorithms != set(row(after.charter.suite, role)):
                raise WrongContext(
                    "rotation.3",
                    f"Without this key nobody could sign as {role} of {self.realm.party} any more.",
                    "Log a new charter without the key: from there on it signs nothing.",
                )
        fields: dict[str, str | int] = {"keyid": keyid, "reason": reason, "approval": _text(signed)}
        return self._table("accord.revoke", fields, envelope.statement_id(ACT_TYPE, payload))

    def disavow(self, keyid: str, only: tuple[int, int], signed: bytes) -> Tabled:
        """Log that this party does not own what a key signed at these indices, first and last.

        Raises:
            WrongContext: `keyact.3`. As `Keyring.verify`, `Keyring.disavow`, `Tabling.table`.
        """
        payload = self._approved(signed, self._act(keyid, only))
        self._ring.disavow(self._size, keyid, *only)
        where: dict[str, str | int] = {"first": only[0], "last": only[1]}
        fields = where | {"keyid": keyid, "approval": _text(signed)}
        return self._table("accord.disavow", fields, envelope.statement_id(ACT_TYPE, payload))

    def retire(self, home: Home) -> None:
        """Destroy the seeds of keys that sign nothing any more, once a head beyond their last is signed."""
        kept = self.tabling.own.kept
        if kept is not None and kept.size > self._ring.spans[-1].first:
            used = self._in_force.keys.keys()
            self.realm.identity = Identity.retire(home, self.realm.domain, used)

    @property
    def _ring(self) -> Keyring:
        return self.realm.keyrings[self.realm.party]

    @property
    def _size(self) -> int:
        return len(self.realm.trees[self.realm.party])

    @property
    def _in_force(self) -> Charter:
        return self._ring.spans[-1].charter

    def _act(self, keyid: str, only: tuple[int, int] | None) -> KeyAct:
        realm = self.realm
        kind = "accord.revoke" if only is None else "accord.disavow"
        first, last = only or (None, None)
        return KeyAct(1, kind, realm.genesis, realm.domain, realm.party, keyid, first, last)

    def _approved(self, signed: bytes, act: KeyAct) -> bytes:
        """Return the payload, if the officers signed exactly this act."""
        received = envelope.parse(signed)
        self._ring.verify(received, ACT_TYPE, "officer", self._size, self.realm.clock.now())
        if keyact.parse(received.payload) != act:
            what = "The officers signed another act."
            raise WrongContext("keyact.3", what, "Have exactly this act signed.")
        return received.payload

    def _table(self, kind: str, fields: dict[str, str | int], name: str) -> Tabled:
        draft = Draft(kind=kind, open=dict(fields), nonce=name[:32], domain=self.realm.domain)
        return self.realm.writer.settle(lambda batch: self.tabling.write(batch, draft))


def _entry(public: PublicKey, expires: int | None) -> CharterKey:
    return CharterKey(public.algorithm, base64.b64encode(public.raw).decode(), NODE, expires)


def _text(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")
