"""The assertion: what an officer's passkey signed, checked where it can be kept if it does not hold.

    Assertions(realm).check(Shown(ACT_TYPE, payload, "9f…", signature, counter=7))

An assertion that was made on another page, or for another act, is the trace of somebody who showed an
officer something else: it is refused by name, and kept as evidence as it came. What counts towards a
threshold is asked again, by the charter, wherever the signatures are used.
"""

from dataclasses import dataclass

import msgspec

from detente.node.evidence import Refusal
from detente.node.realm import Realm
from detente.trust import charter, envelope, passkey
from detente.trust.envelope import CHARTER_TYPE, Envelope, Signature
from detente.trust.errors import BadSignature, DetenteError, WrongKey
from detente.trust.key import PublicKey


class Shown(msgspec.Struct, frozen=True):
    """What a page got from an authenticator.

    Attributes:
        payload_type: of the statement.
        payload: its bytes.
        keyid: of the passkey.
        signature: the assertion, as `passkey.pack` makes it.
        counter: the highest that the page has seen of this passkey, 0 if it does not count.
    """

    payload_type: str
    payload: bytes
    keyid: str
    signature: bytes
    counter: int = 0


@dataclass(frozen=True)
class Assertions:
    """The assertions of this party's officers in one realm."""

    realm: Realm

    def check(self, shown: Shown) -> None:
        """Return if it is a signature over the statement, by a passkey of this party; keep it if it is none.

        Raises:
            As `Keyring.require`: whose key it is. WrongKey: `assertion.1`.
            BadSignature: `assertion.2` to `assertion.7`.
        """
        try:
            self._check(shown)
        except DetenteError as error:
            party = self.realm.party
            signature = Signature(shown.keyid, shown.signature)
            data = envelope.dump(Envelope(shown.payload_type, shown.payload, (signature,)))
            self.realm.refuse(Refusal(self.realm.domain, party, party, "approval", data), error)
            raise

    def _check(self, shown: Shown) -> None:
        key = self._key(shown)
        # 1. It is a passkey.
        if key.algorithm != "webauthn-es256":
            raise WrongKey(
                "assertion.1", f"Key {key.keyid[:16]} is no passkey.", "Sign with it: detente officer sign."
            )
        message = envelope.pae(shown.payload_type, shown.payload)
        fault = passkey.fault(key.raw, shown.signature, message)
        if fault is not None:
            raise _refusal(fault, passkey.said_origin(shown.signature), passkey.origin(key.raw))
        counted = passkey.counter(shown.signature)
        # 7. It has counted on: two authenticators with one key do not.
        if (counted or shown.counter) and counted <= shown.counter:
            raise BadSignature(
                "assertion.7",
                f"The passkey's counter is {counted}, and was {shown.counter} before.",
                "Somebody may have a copy of it: revoke the key (docs/officers.md), and name another.",
            )

    def _key(self, shown: Shown) -> PublicKey:
        """A key of the charter in force; for a charter to come, also one that it names."""
        realm = self.realm
        ring, size = realm.keyrings[realm.party], len(realm.trees[realm.party])
        try:
            return ring.require("officer", shown.keyid, size, realm.clock.now())
        except DetenteError:
            if shown.payload_type != CHARTER_TYPE:
                raise
            made = charter.parse(shown.payload)
            if shown.keyid not in made.roles["officer"].keys:
                raise
            return made.public_key(shown.keyid)


def _refusal(fault: passkey.Fault, said: str, own: str) -> BadSignature:
    # 2. It was made on the page that the charter names.
    if fault == "origin":
        return BadSignature(
            "assertion.2",
            f"It was signed on the page {said}, not on {own}.",
            "Tell the other officers; sign only at the address that you opened yourself.",
        )
    # 3. It is for this statement.
    if fault == "act":
        return BadSignature(
            "assertion.3", "It was signed for another act than this.", "Read the act again, and sign here."
        )
    # 4. The authenticator knew the person.
    if fault == "person":
        return BadSignature(
            "assertion.4", "The authenticator did not verify the person.", "Set a PIN or a fingerprint on it."
        )
    # 5. It is an assertion in the spelling that the standard fixes, for this host and in no frame.
    if fault == "form":
        return BadSignature(
            "assertion.5", "It is no assertion for this page.", "Load the page again, or use another browser."
        )
    # 6. The key signed it.
    return BadSignature("assertion.6", "This passkey did not sign it.", "Sign again; keep what was sent.")
