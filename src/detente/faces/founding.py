"""The founding of an accord: from what people write and what nodes and officers hand out, to what is signed.

    charter_of(identity, "us", officers, threshold=2)           a party's first charter
    assembled(text, charters, starts=…)                         the accord, ready to be signed
    provisional(text)                                           to be read and proven, never signed
    joined(signed)                                              one envelope with everybody's signatures

In what people write, `edition: installed` and `severity: installed` stand for the digests of what is
installed here, and `charters: {}` for the charters that were handed in; what is signed has all of it.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from detente.accord import document, scale, source
from detente.accord.document import Accord
from detente.accord.source import Source
from detente.faces import pillars
from detente.faces.officer import SUITE, Public
from detente.node.identity import NODE_ROLES, Identity
from detente.trust import charter
from detente.trust.canonical import Value
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.envelope import Envelope, Signature
from detente.trust.errors import Malformed, WrongContext
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.suite import Role, row

INSTALLED = "installed"
NODE = "node"


def charter_of(
    identity: Identity, party: str, officers: Iterable[Public], threshold: int, expires: int | None = None
) -> Charter:
    """Return a party's first charter in the identity's domain.

    Raises:
        WrongContext: `founding.1` an officer of another party.
        Malformed: `charter.*` the threshold cannot be reached, a holder twice.
    """
    people = tuple(officers)
    # 1. Officers sign for their own party.
    if strangers := [one.holder for one in people if one.party != party]:
        raise WrongContext(
            "founding.1", f"Not officers of {party}: {', '.join(strangers)}.", "Hand in its own."
        )
    keys = {
        key.public.keyid: CharterKey(
            key.public.algorithm, base64.b64encode(key.public.raw).decode(), NODE, expires
        )
        for role in NODE_ROLES
        for key in identity.keys[role]
    }
    roles: dict[Role, CharterRole] = {
        role: CharterRole(tuple(sorted(key.public.keyid for key in identity.keys[role])), 1)
        for role in NODE_ROLES
    }
    theirs = {keyid: entry for one in people for keyid, entry in one.entries(expires).items()}
    roles["officer"] = CharterRole(tuple(sorted(theirs)), threshold)
    made = Charter(
        v=charter.VERSION,
        party=party,
        domain=identity.domain,
        version=1,
        previous=None,
        suite=SUITE,
        keys=keys | theirs,
        roles=roles,
        next=None,
    )
    charter.check(made)
    return made


def assembled(text: str, charters: Iterable[Charter], changes: Mapping[str, Value] | None = None) -> Accord:
    """Return the accord that people wrote, with charters and digests filled in.

    Args:
        text: YAML.
        charters: first charters of the parties, in any order.
        changes: top-level fields that replace what is written (`starts`, say).

    Raises:
        Malformed: `source.*`, `document.*`, `charter.*`; `founding.2` a pillar or scale is not installed.
    """
    written = source.read(text)
    data = msgspec.convert(written.data, dict[str, object]) | dict(changes or {})
    data["pillars"] = _pinned(
        data.get("pillars"), {one.name: one.digest for one in pillars.editions().values()}
    )
    data["scales"] = _scales(data.get("scales"))
    parties = msgspec.convert(data.get("parties"), dict[str, dict[str, object]])
    for one in charters:
        if one.party in parties:
            theirs = msgspec.convert(parties[one.party].get("charters") or {}, dict[str, object])
            parties[one.party]["charters"] = theirs | {one.domain: charter.to_value(one)}
    data["parties"] = parties
    value: Value = msgspec.to_builtins(data)
    return document.from_source(Source(value, written.places))


def provisional(text: str) -> Accord:
    """Return an accord as `assembled` does, with charters that bind nobody for parties that have none.

    For reading and proving before anybody has keys. Their private keys are as public as this code: what
    comes of it is never signed.

    Raises:
        Malformed: as `assembled`.
    """
    written = msgspec.convert(source.read(text).data, dict[str, object])
    # 4. There are parties to stand in for.
    try:
        parties = msgspec.convert(written.get("parties"), dict[str, dict[str, object]])
    except msgspec.ValidationError as error:
        raise Malformed(
            "founding.4", f"The parties cannot be read: {error}.", "Mend the document there."
        ) from error
    lacking = [name for name, party in parties.items() if not party.get("charters")]
    return assembled(text, [_stand_in(name) for name in lacking])


def _stand_in(party: str) -> Charter:
    keys: dict[Role, list[PublicKey]] = {
        role: [
            PrivateKey.from_seed(
                algorithm, hashlib.sha256(f"provisional {party} {role}".encode()).digest()
            ).public
            for algorithm in row(SUITE, role)
        ]
        for role in (*NODE_ROLES, "officer")
    }
    return Charter(
        v=charter.VERSION,
        party=party,
        domain="live",
        version=1,
        previous=None,
        suite=SUITE,
        keys={
            key.keyid: CharterKey(
                key.algorithm,
                base64.b64encode(key.raw).decode(),
                NODE if role in NODE_ROLES else "officer",
                None,
            )
            for role, some in keys.items()
            for key in some
        },
        roles={role: CharterRole(tuple(sorted(key.keyid for key in some)), 1) for role, some in keys.items()},
        next=None,
    )


def joined(signed: Sequence[Envelope]) -> Envelope:
    """Return one envelope with the signatures of all those given: at least one, over the same statement.

    Raises:
        WrongContext: `founding.3` one of them is over something else.
    """
    signatures: dict[str, Signature] = {}
    for one in signed:
        # 3. All signed the same bytes, as the same kind of statement.
        if (one.payload_type, one.payload) != (signed[0].payload_type, signed[0].payload):
            raise WrongContext(
                "founding.3", "A signature is over another text.", "Let all sign the same file."
            )
        signatures |= {each.keyid: each for each in one.signatures}
    return Envelope(
        signed[0].payload_type, signed[0].payload, tuple(signatures[keyid] for keyid in sorted(signatures))
    )


def _pinned(written: object, digests: Mapping[str, str]) -> dict[str, object]:
    found = msgspec.convert(written, dict[str, dict[str, object]])
    for name, terms in found.items():
        if terms.get("edition") == INSTALLED:
            terms["edition"] = _installed(name, digests)
    return dict(found)


def _scales(written: object) -> dict[str, object]:
    digests = {name: scale.digest(one) for name, one in pillars.scales().items()}
    found = msgspec.convert(written, dict[str, object])
    return {name: _installed(name, digests) if one == INSTALLED else one for name, one in found.items()}


def _installed(name: str, digests: Mapping[str, str]) -> str:
    # 2. What is to be pinned is here.
    if name not in digests:
        raise Malformed("founding.2", f"{name} is not installed.", f"Installed are: {', '.join(digests)}.")
    return digests[name]
