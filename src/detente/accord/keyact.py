"""The key act: what a record in a party's own log does to that party's keys, from the next position on.

    accord.key-change at 12   the charter in it, signed by the old officers and the new, rules from 13 on
    accord.revoke at 15       an officers' act that names exactly this key; it signs nothing from 16 on
    accord.disavow at 17      shown beside what it names, undoing nothing

`LogKeys` is what standing asks: whether a record's key was valid at its position, by the key acts before it.
An act that its party's officers did not sign, or that does not follow, changes no key. Pure.
"""

import base64
import binascii

import msgspec
from msgspec import Struct

from detente.accord import solemn
from detente.accord.acts import Disavow, KeyChange, Revoke
from detente.trust import canonical, charter, envelope
from detente.trust.charter import Charter
from detente.trust.envelope import ACT_TYPE, Envelope
from detente.trust.errors import DetenteError, Malformed, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.record import Record

OPEN = {"accord.key-change": KeyChange, "accord.revoke": Revoke, "accord.disavow": Disavow}
KINDS = frozenset(OPEN)


class KeyAct(Struct, frozen=True, forbid_unknown_fields=True):
    """What officers sign to revoke or disavow a key: the act, the accord, whose key, and which.

    {"act":"accord.revoke","domain":"live","first":null,"genesis":"5d…","keyid":"9f…","last":null,"party":"us","v":1}
    """

    v: int
    act: str
    genesis: str
    domain: str
    party: str
    keyid: str
    first: int | None
    last: int | None


class LogKeys(Struct, frozen=True):
    """A party's keys as the acts in its log have left them; no keyring: it takes no part in this domain."""

    ring: Keyring | None

    def sign(self, entry: Record, index: int) -> bool:
        """Tell whether the key that a record names was a record key valid at its position and its time."""
        if self.ring is None:
            return False
        try:
            self.ring.require("record", entry.key, index, entry.at)
        except DetenteError:
            return False
        return True

    def officers(self, entry: Record, index: int) -> bool:
        """Tell whether officers, or a laboratory, signed what they have to of a record at its position."""
        if self.ring is None:
            return False
        try:
            solemn.verify(entry, self.ring, index)
        except DetenteError:
            return False
        return True

    def after(self, entry: Record, index: int) -> "LogKeys | None":
        """Return the keys after a key act of this log; None if it has no effect."""
        if self.ring is None:
            return None
        try:
            return LogKeys(applied(self.ring, index, entry))
        except DetenteError:
            return None


def applied(ring: Keyring, index: int, entry: Record) -> Keyring:
    """Return the keyring after one key act of its party's log.

    Args:
        ring: as the acts before it have left it.
        index: where the act stands.
        entry: the act, a record of one of `KINDS`.

    Raises:
        Malformed: `keyact.1`, `keyact.2`, `keyact.4`. WrongContext: `keyact.3`, `keyact.5`. As
        `Keyring.change`, `Keyring.verify`, `Keyring.revoke`, `Keyring.disavow`, `envelope.parse`.
    """
    act = _opened(entry)
    if isinstance(act, KeyChange):
        return ring.change(index, _envelope(act.charter), entry.at)
    signed = _envelope(act.approval)
    ring.verify(signed, ACT_TYPE, "officer", index, entry.at)
    said = parse(signed.payload)
    # 3. The officers signed exactly this.
    if said != asked(entry):
        raise WrongContext("keyact.3", "The officers signed another act.", "Have exactly this act signed.")
    if isinstance(act, Revoke):
        return ring.revoke(index, act.keyid)
    return ring.disavow(index, act.keyid, act.first, act.last)


def asked(entry: Record) -> KeyAct:
    """Return what officers must have signed for a record that revokes or disavows a key."""
    return KeyAct(
        1,
        entry.kind,
        entry.accord.genesis,
        entry.domain,
        entry.party,
        str(entry.open["keyid"]),
        entry.open.get("first"),
        entry.open.get("last"),
    )


def dump(act: KeyAct) -> bytes:
    """Return the canonical JSON that officers sign under `ACT_TYPE`."""
    return canonical.encode(msgspec.structs.asdict(act))


def parse(payload: bytes) -> KeyAct:
    """Read an act about a key from a payload whose signatures were verified.

    Raises:
        Malformed, NotCanonical: `canonical.*`, `keyact.2`.
    """
    # 2. It is an act about a key.
    try:
        return msgspec.convert(canonical.decode(payload), KeyAct)
    except msgspec.ValidationError as error:
        raise Malformed(
            "keyact.2", f"No act about a key: {error}.", "Sign what the node hands out."
        ) from error


def carried(entry: Record) -> Envelope:
    """Return the envelope of the charter in an `accord.key-change`.

    Raises:
        Malformed: `keyact.1`. As `envelope.parse`.
    """
    return _envelope(str(entry.open.get("charter")))


def charter_in(entry: Record) -> Charter | None:
    """Return the charter that a record carries, whoever signed it; None if it carries none that is sound.

    From it the public halves of keys are known, and nothing else follows.
    """
    if entry.kind != "accord.key-change":
        return None
    try:
        found = charter.parse(carried(entry).payload)
    except DetenteError:
        return None
    return found if (found.party, found.domain) == (entry.party, entry.domain) else None


def _opened(entry: Record) -> KeyChange | Revoke | Disavow:
    # 4. It has the open fields of its kind.
    try:
        act: KeyChange | Revoke | Disavow = msgspec.convert(entry.open, OPEN[entry.kind])
    except msgspec.ValidationError as error:
        raise Malformed("keyact.4", f"Not {entry.kind}: {error}.", "Send the fields of its kind.") from error
    # 5. It stands alone: what a thread comes to cannot decide on a key.
    if entry.thread is not None:
        raise WrongContext("keyact.5", "It answers a thread.", "Log it by itself.")
    return act


def _envelope(text: str) -> Envelope:
    # 1. It is base64url of an envelope (checks `envelope.*`).
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("keyact.1", "Not base64url.", "Encode the envelope without padding.") from error
    return envelope.parse(data)
