"""Key lore: how each party's keys follow from the records in its own log.

    accord.key-change at 12   the charter in it, signed by the old officers and the new, rules from 13 on
    accord.revoke at 15       an officers' act that names exactly this key; it signs nothing from 16 on
    accord.disavow at 17      shown beside what it names, undoing nothing

Bodies may arrive in any order; the keyring is folded anew in the order of the log whenever one of these
arrives. An act that its party's officers did not sign changes no key, and stays visible in the log.
"""

import base64
import binascii
from dataclasses import dataclass, field

import msgspec

from detente.trust import canonical, envelope
from detente.trust.envelope import ACT_TYPE, Envelope
from detente.trust.errors import DetenteError, Malformed, WrongContext
from detente.trust.exhibit import Change
from detente.trust.keyring import Keyring
from detente.trust.record import Record

KINDS = frozenset({"accord.key-change", "accord.revoke", "accord.disavow"})


class KeyAct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


@dataclass
class KeyLore:
    """What is known of the keys of all parties in one domain.

    Attributes:
        founded: each party's keys as the accord founds them.
        keyrings: each party's keys as its log has changed them; shared with whoever verifies.
    """

    founded: dict[str, Keyring]
    keyrings: dict[str, Keyring]
    _acts: dict[str, dict[int, Record]] = field(default_factory=dict)

    def learn(self, party: str, index: int, entry: Record) -> None:
        """Take a body that was verified; telling twice is telling once."""
        if entry.kind not in KINDS:
            return
        acts = self._acts.setdefault(party, {})
        if acts.setdefault(index, entry) is entry:
            self.keyrings[party] = self._fold(party, acts)

    def changes(self, party: str) -> tuple[Change, ...]:
        """Return the charters that followed a party's first one, as they were logged, for an exhibit."""
        acts = self._acts.get(party, {})
        kept = [acts[index] for index in sorted(acts) if acts[index].kind == "accord.key-change"]
        return tuple(Change(one.at, _envelope(str(one.open["charter"]))) for one in kept)

    def _fold(self, party: str, acts: dict[int, Record]) -> Keyring:
        ring = self.founded[party]
        for index in sorted(acts):
            try:
                ring = applied(ring, index, acts[index])
            except DetenteError:
                continue
        return ring


def applied(ring: Keyring, index: int, entry: Record) -> Keyring:
    """Return the keyring after one record of its party's log.

    Raises:
        Malformed: `keylore.1`, `keylore.2`. WrongContext: `keylore.3`. As `Keyring.change`, `Keyring.verify`,
        `Keyring.revoke`, `Keyring.disavow`.
    """
    if entry.kind == "accord.key-change":
        return ring.change(index, _envelope(str(entry.open["charter"])), entry.at)
    signed = _envelope(str(entry.open["approval"]))
    ring.verify(signed, ACT_TYPE, "officer", index, entry.at)
    act = _act(signed)
    asked = KeyAct(
        1,
        entry.kind,
        entry.accord.genesis,
        entry.domain,
        entry.party,
        str(entry.open["keyid"]),
        entry.open.get("first"),
        entry.open.get("last"),
    )
    # 3. The officers signed exactly this.
    if act != asked:
        raise WrongContext("keylore.3", "The officers signed another act.", "Have exactly this act signed.")
    if entry.kind == "accord.revoke":
        return ring.revoke(index, act.keyid)
    return ring.disavow(index, act.keyid, act.first or 0, act.last or 0)


def _envelope(text: str) -> Envelope:
    # 1. It is base64url of an envelope (checks `envelope.*`).
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("keylore.1", "Not base64url.", "Encode the envelope without padding.") from error
    return envelope.parse(data)


def _act(signed: Envelope) -> KeyAct:
    # 2. It is an act about a key.
    try:
        return msgspec.convert(canonical.decode(signed.payload), KeyAct)
    except msgspec.ValidationError as error:
        raise Malformed(
            "keylore.2", f"No act about a key: {error}.", "Sign what the node hands out."
        ) from error
