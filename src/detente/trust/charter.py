"""The charter: which keys act for a party, in which role, held by whom, and how many holders it takes.

    {"domain":"live","keys":{"9f…":{"algorithm":"ed25519","expires":null,"holder":"node","public":"…"}},
     "next":"5d…","party":"us","previous":null,"roles":{"record":{"keys":["9f…"],"threshold":1},…},
     "suite":"nist-1","v":1,"version":1}

Thresholds count holders, never keys: a holder counts when, for every algorithm of the role's suite row, one
of their valid keys signed. The first charter of a party stands in the accord, under the accord's signatures;
each later one follows by `succession`. Pure: time is an argument.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from functools import lru_cache

import msgspec

from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.envelope import CHARTER_TYPE, Envelope
from detente.trust.envelope import verify as verify_envelope
from detente.trust.errors import (
    BelowThreshold,
    DetenteError,
    Malformed,
    NotCanonical,
    NotValidThen,
    TooLarge,
    WrongKey,
)
from detente.trust.key import Algorithm, PublicKey
from detente.trust.record import HEX_DIGEST, PARTY, Domain
from detente.trust.suite import LABORATORY, ROLES, Role, row

VERSION = 1
MAX_BYTES = 65_536
"""The longest charter, as canonical JSON."""

MAX_KEYS = 64
"""The most keys in one charter."""

HOLDER = re.compile(r"[a-z][a-z0-9-]{0,31}")

_NODE_ROLES: tuple[Role, ...] = ("record", "log", "witness")


class CharterKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key of a charter.

    Attributes:
        algorithm: what it verifies with.
        public: the raw public key in standard base64.
        holder: who holds it, a short name that is unique within the party.
        expires: milliseconds since the Unix epoch from which it no longer signs, or None.
    """

    algorithm: Algorithm
    public: str
    holder: str
    expires: int | None


class CharterRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may act in a role: keyids in ascending order, and how many holders it takes."""

    keys: tuple[str, ...]
    threshold: int


_NOBODY = CharterRole((), 1)


class Charter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys of one party in one domain, at one version; `check` says what makes it sound.

    Attributes:
        v: the version of this format, 1.
        party: whose charter it is.
        domain: `live` or `exercise`; the two share no key.
        version: 1, 2, 3…
        previous: the digest of the charter before, or None for version 1.
        suite: which algorithms must all sign, per role.
        keys: keyid to key.
        roles: each of the four roles to its keys and threshold; a fifth, `laboratory`, if laboratories that
            the party sponsors sign for themselves: a holder is a laboratory, by its name in the accord.
        next: `succession.commitment` of the officers to come, or None for no commitment.
    """

    v: int
    party: str
    domain: Domain
    version: int
    previous: str | None
    suite: str
    keys: dict[str, CharterKey]
    roles: dict[Role, CharterRole]
    next: str | None

    @property
    def digest(self) -> str:
        """The name of this charter: hexadecimal SHA-256 of its canonical JSON."""
        return hashlib.sha256(dump(self)).hexdigest()

    def public_keys(self, role: Role) -> tuple[PublicKey, ...]:
        """Return the keys of a role, in ascending order of keyid."""
        return tuple(self.public_key(keyid) for keyid in self.role(role).keys)

    def role(self, role: Role) -> CharterRole:
        """Return who may act in a role: nobody, in one that the charter has not got."""
        return self.roles.get(role, _NOBODY)

    def public_key(self, keyid: str) -> PublicKey:
        """Return one key of the charter, ready to verify with."""
        entry = self.keys[keyid]
        return _public(entry.algorithm, entry.public)


def parse(payload: bytes) -> Charter:
    """Read a charter from the payload of an envelope, or from wherever its signatures were verified.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.1` to `canonical.5`, else as `from_value`.
    """
    return from_value(canonical.decode(payload, MAX_BYTES))


def from_value(value: Value) -> Charter:
    """Read a charter from a value that stands in a larger document, such as the accord.

    Raises:
        Malformed, NotCanonical, TooLarge, WrongKey: `charter.1` to `charter.9`.
    """
    # 1. Exactly the fields of a charter, each of its type.
    try:
        charter = msgspec.convert(value, Charter)
    except msgspec.ValidationError as error:
        raise Malformed("charter.1", f"Not a charter: {error}.", "Send exactly its fields.") from error
    check(charter)
    return charter


def dump(charter: Charter) -> bytes:
    """Return the canonical JSON of a charter."""
    return canonical.encode(to_value(charter))


def to_value(charter: Charter) -> Value:
    """Return the charter as a value that can stand in a larger document."""
    value: Value = msgspec.json.decode(msgspec.json.encode(charter))
    return value


def check(charter: Charter) -> None:
    """Return if the charter is sound in itself; who signed it is asked elsewhere.

    Raises:
        Malformed, NotCanonical, TooLarge, WrongKey: `charter.2` to `charter.9`.
    """
    _check_head(charter)
    _check_keys(charter)
    roles = roles_of(charter)
    for role in roles:
        _check_role(charter, role)
    _check_apart(charter)
    for role in roles:
        _check_threshold(charter, role)


def roles_of(charter: Charter) -> tuple[Role, ...]:
    """Return the roles of a charter: the four, and that of laboratories if it has it."""
    return (*ROLES, LABORATORY) if LABORATORY in charter.roles else ROLES


def holders(charter: Charter, role: Role, signed: Collection[str]) -> frozenset[str]:
    """Return the holders whose keys among `signed` cover every algorithm of the role's suite row."""
    algorithms: dict[str, set[Algorithm]] = {}
    for keyid in charter.role(role).keys:
        if keyid in signed:
            entry = charter.keys[keyid]
            algorithms.setdefault(entry.holder, set()).add(entry.algorithm)
    needed = set(row(charter.suite, role))
    return frozenset(holder for holder, have in algorithms.items() if needed <= have)


def verify(
    signed: Envelope,
    charter: Charter,
    role: Role,
    at: int,
    *,
    payload_type: str = CHARTER_TYPE,
    revoked: Collection[str] = (),
) -> frozenset[str]:
    """Return the holders of a role who signed, if they reach its threshold.

    A signature by a key that has expired or is revoked counts for nothing and harms nothing.

    Args:
        signed: the envelope as received; nothing in it was verified.
        charter: the charter in force.
        role: the role that must have signed.
        at: the time to compare expiries with, milliseconds since the Unix epoch.
        payload_type: what kind of statement it must be.
        revoked: keyids that no longer sign.

    Raises:
        WrongContext: `envelope.6`. BadSignature: `envelope.7`.
        WrongKey: `charter.10`: no key of the role signed.
        NotValidThen: `charter.11`: too few, for some who signed no longer could.
        BelowThreshold: `charter.12`.
    """
    present = {one.keyid for one in signed.signatures}
    named = present.intersection(charter.role(role).keys)
    # 10. A key of this role signed.
    if not named:
        raise WrongKey(
            "charter.10",
            f"No {role} of {charter.party} signed this.",
            "Let those sign whom the charter names for it.",
        )
    valid = {keyid for keyid in named if is_valid(charter, keyid, at, revoked)}
    keys = [charter.public_key(keyid) for keyid in sorted(valid)]
    counted = verify_envelope(signed, keys, 1, payload_type) if keys else frozenset[str]()
    who = holders(charter, role, counted)
    # 11. and 12. Enough distinct holders signed with keys that were valid.
    if len(who) < charter.roles[role].threshold:
        raise _too_few(charter, role, len(who), lapsed=len(named) > len(valid))
    return who


def is_valid(charter: Charter, keyid: str, at: int, revoked: Collection[str]) -> bool:
    """Return whether a key of the charter neither has expired by `at` nor is revoked."""
    expires = charter.keys[keyid].expires
    return keyid not in revoked and (expires is None or at < expires)


def _too_few(charter: Charter, role: Role, count: int, *, lapsed: bool) -> DetenteError:
    what = f"{count} of {charter.roles[role].threshold} holders for {role} of {charter.party} signed"
    if lapsed:
        return NotValidThen(
            "charter.11", f"{what}; some who did had keys expired or revoked.", "Sign with keys valid now."
        )
    algorithms = " and ".join(row(charter.suite, role))
    return BelowThreshold("charter.12", f"{what}, each with {algorithms}.", "Gather the others.")


def _check_head(charter: Charter) -> None:
    # 2. The format is known; party, version, previous and next have their forms; the suite is in the table.
    if charter.v != VERSION:
        raise Malformed("charter.2", f"Version {charter.v} of the format is not known.", "Update this.")
    if not PARTY.fullmatch(charter.party):
        raise Malformed("charter.2", f"No party: {charter.party[:33]!a}.", "Name the party.")
    if charter.version < 1 or (charter.version == 1) != (charter.previous is None):
        raise Malformed(
            "charter.2", "Versions count from 1, which alone has none before it.", "Name the one before."
        )
    if not all(HEX_DIGEST.fullmatch(one) for one in (charter.previous, charter.next) if one is not None):
        raise Malformed("charter.2", "`previous` or `next` is no digest.", "Give 64 hexadecimal digits.")
    row(charter.suite, "officer")


def _check_keys(charter: Charter) -> None:
    # 3. Few keys.
    if len(charter.keys) > MAX_KEYS:
        raise TooLarge("charter.3", f"{len(charter.keys)} keys.", f"Name at most {MAX_KEYS}.")
    # 4. Each has the name its bytes give it, a named holder, an expiry in range.
    for keyid, entry in charter.keys.items():
        if _public(entry.algorithm, entry.public).keyid != keyid:
            raise Malformed("charter.4", f"{keyid[:16]!a} is not that key's name.", "Name keys by digest.")
        if not HOLDER.fullmatch(entry.holder):
            raise Malformed("charter.4", f"No holder: {entry.holder[:33]!a}.", "Name who holds the key.")
        if entry.expires is not None and not 0 < entry.expires <= canonical.MAX_INTEGER:
            raise Malformed("charter.4", f"No expiry: {entry.expires}.", "Give milliseconds since 1970.")


@lru_cache(maxsize=4096)
def _public(algorithm: Algorithm, public: str) -> PublicKey:
    # 4. The key is base64 in its one spelling, and a sound key (checks `key.1` to `key.3`).
    try:
        raw = base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("charter.4", f"Not base64: {error}.", "Use the standard alphabet.") from error
    if base64.b64encode(raw).decode() != public:
        raise NotCanonical("charter.4", "The base64 has another spelling.", "Encode the key again.")
    return PublicKey(algorithm, raw)


def _check_role(charter: Charter, role: Role) -> None:
    # 5. The role is there; its keys are in ascending order, each once, and each in the charter.
    if role not in charter.roles:
        raise Malformed("charter.5", f"The role {role} is missing.", "Name keys for all four roles.")
    keys = charter.roles[role].keys
    if list(keys) != sorted(set(keys)):
        raise NotCanonical("charter.5", f"The keys of {role} repeat or are out of order.", "Sort them.")
    if not charter.keys.keys() >= set(keys):
        raise Malformed("charter.5", f"A key of {role} is not in the charter.", "Put the key in.")
    # 6. Each key's algorithm is one that the suite has for the role.
    algorithms = row(charter.suite, role)
    if any(charter.keys[keyid].algorithm not in algorithms for keyid in keys):
        raise WrongKey(
            "charter.6", f"A key of {role} is not {' or '.join(algorithms)}.", "Use the suite's algorithms."
        )


def _check_apart(charter: Charter) -> None:
    # 7. Roles are exclusive: each key serves exactly one.
    served = [keyid for role in roles_of(charter) for keyid in charter.roles[role].keys]
    if sorted(served) != sorted(charter.keys):
        raise WrongKey("charter.7", "A key serves no role, or more than one.", "Make a key for each role.")
    # 8. Officers are people: none of them holds a key that a node works with; and a laboratory is neither.
    people, labs = _holders_of(charter, "officer"), _holders_of(charter, LABORATORY)
    nodes = _holders_of(charter, *_NODE_ROLES)
    if people & nodes:
        names = ", ".join(sorted(people & nodes))
        raise WrongKey("charter.8", f"Officer and node at once: {names}.", "Keep people and nodes apart.")
    if labs & (people | nodes):
        names = ", ".join(sorted(labs & (people | nodes)))
        raise WrongKey(
            "charter.8", f"Laboratory and officer or node at once: {names}.", "Let each have its own name."
        )


def _holders_of(charter: Charter, *roles: Role) -> set[str]:
    return {charter.keys[keyid].holder for role in roles for keyid in charter.role(role).keys}


def _check_threshold(charter: Charter, role: Role) -> None:
    # 9. The threshold can be reached; a node's role takes one holder, and a log or witness has just one key
    #    of each algorithm, for a checkpoint is signed by its log and by nobody else. Each laboratory speaks
    #    for itself, with all its keys.
    entry = charter.roles[role]
    able = len(holders(charter, role, entry.keys))
    if not 1 <= entry.threshold <= able:
        raise Malformed(
            "charter.9",
            f"The role {role} asks for {entry.threshold} holders and has {able} with all the suite's keys.",
            "Name more holders or lower the threshold.",
        )
    if role in _NODE_ROLES and entry.threshold != 1:
        raise Malformed("charter.9", f"The role {role} takes one holder.", "Set its threshold to 1.")
    if role == LABORATORY and (entry.threshold != 1 or able != len(_holders_of(charter, role))):
        raise Malformed(
            "charter.9",
            "A laboratory signs alone, with a key of each of the suite's algorithms.",
            "Set the threshold to 1, and name all keys of each.",
        )
    if role in ("log", "witness") and len(entry.keys) != len(row(charter.suite, role)):
        raise Malformed("charter.9", f"The role {role} has spare keys.", "Name one of each algorithm.")
