"""The person: who signed an act of the casework, by a key of their own that no node holds.

    dump(Signed(act="casework.confirm", case="3f9c…", digest="9f…", party="us", at=…, v=1))
    who(envelope, signed, roll)  ->  "ben"

People stand on the roll with the public keys that `detente officer new` made. As with officers of an
accord, people are counted and never keys: whoever signs has to sign with each algorithm of their keys.
Pure.
"""

import base64
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.envelope import ACT_TYPE, Envelope, verify
from detente.trust.errors import WrongContext, WrongKey
from detente.trust.key import Algorithm, PublicKey

Act = Literal[
    "casework.submit",
    "casework.confirm",
    "casework.rate",
    "casework.find",
    "casework.handover",
    "casework.takeover",
]

Roll = Mapping[str, Mapping[Algorithm, str]]
"""Name to public keys by algorithm, in base64."""


class Signed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person signs.

    Args:
        v: 1.
        act: which act; a signature for one is never one for another.
        party: at whose desk.
        case: on which case, or empty.
        digest: SHA-256 of the canonical JSON of what the act says.
    """

    v: Literal[1] = 1
    act: Act
    party: str
    case: str
    digest: str


def dump(signed: Signed) -> bytes:
    """Return the canonical JSON that the person signs under `ACT_TYPE`."""
    value: Value = msgspec.json.decode(msgspec.json.encode(signed))
    return canonical.encode(value)


def who(found: Envelope, signed: Signed, roll: Roll) -> str:
    """Return the one person who signed exactly this.

    Raises:
        WrongContext: `person.1`. WrongKey: `person.2`. As `envelope.verify`.
    """
    # 1. Exactly what is asked was signed.
    if found.payload != dump(signed):
        raise WrongContext("person.1", "Another act was signed.", "Have exactly this file signed.")
    for name, keys in roll.items():
        public = [PublicKey(kind, base64.b64decode(text)) for kind, text in keys.items()]
        names = {one.keyid for one in public}
        if names and names == {one.keyid for one in found.signatures}:
            verify(found, public, len(public), ACT_TYPE)
            return name
    # 2. Somebody on the roll signed, alone, and with each of their keys.
    raise WrongKey(
        "person.2", "Nobody on the roll signed this.", "Add the person first: detente triage person FILE"
    )
