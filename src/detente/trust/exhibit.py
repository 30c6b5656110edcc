"""The exhibit: evidence made for somebody who was not there and has no node, only the accord's digest.

    {"accord":"<envelope>","charters":[{"at":1790000000000,"charter":"<envelope>"},…],"domain":"live",
     "fork":{…},"misdated":null,"officers":{},"party":"cn","statements":[],"step":null,"v":1,"versions":[]}
    {"accord":"<envelope>","charters":[],"domain":"live",
     "fork":null,"misdated":null,"officers":{"us":[{"at":1790000000000,"charter":"<envelope>"}]},"party":"sg",
     "statements":["<envelope>"],"step":"record.8","v":1,"versions":["<envelope>"]}

It carries the accord's first version, the charters that followed the one in it, and what a party signed: two
heads that contradict each other, two cosignatures that do, or statements that nobody may accept. Against a
party that acceded it carries the versions up to the one that names it as well, and the charters of the others
by which these were signed; who reads it verifies them (`node.lineage`). Only what
the party's own keys signed is shown against it: bytes that anyone could have made, a bad proof or a bad
signature, never are.

What is not shown: when. Which of the party's charters was in force, and whether a key was revoked before it
signed, is read from the log. Keys that were stolen sign as well as any. Pure.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detente.trust import (
    canonical,
    checkpoint,
    cosignature,
    envelope,
    fork,
    misdated,
    note,
    record,
    succession,
)
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE, Envelope
from detente.trust.errors import BadProof, DetenteError, Malformed, Misuse, TooLarge, WrongContext, WrongKey
from detente.trust.fork import Fork
from detente.trust.key import PublicKey
from detente.trust.misdated import Misdated
from detente.trust.note import Note
from detente.trust.record import PARTY, PAYLOAD_TYPES, Domain, Record
from detente.trust.suite import Role

VERSION = 1
MAX_BYTES = 16 * 1_048_576
MAX_CHARTERS = 256
MAX_VERSIONS = 64
MAX_STATEMENTS = 16

_STEP = re.compile(r"[a-z]+\.[0-9]{1,3}")

Judge = Callable[[Sequence[Record]], object]
"""Raises a `DetenteError` for records that cannot stand: by the accord, say, or because one opens another."""


class Change(msgspec.Struct, frozen=True):
    """A charter that followed another, and the time of the record that carried it, for expiries."""

    at: int
    charter: Envelope


@dataclass(frozen=True)
class Exhibit:
    """What is shown against a party.

    Attributes:
        accord: envelope of the accord's first version, unverified.
        domain: of the log or the statements.
        party: who is shown to have signed.
        charters: the party's second charter and those after it, up to the one that is needed.
        step: the numbered check at which the statements are refused; None for a fork, or for cosignatures.
        matter: the fork, the cosignatures, or the statements as the party signed them.
        versions: of the accord, from the second to the one by which the party acceded; none if it founded it.
        officers: the charters of the live domain, from the second on, of parties whose officers signed these.
    """

    accord: Envelope
    domain: Domain
    party: str
    charters: tuple[Change, ...]
    step: str | None
    matter: Fork | Misdated | tuple[Envelope, ...]
    versions: tuple[Envelope, ...] = ()
    officers: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @property
    def genesis(self) -> str:
        """The digest of the accord that it carries."""
        return hashlib.sha256(self.accord.payload).hexdigest()


class _ChangeJson(msgspec.Struct, forbid_unknown_fields=True):
    at: int
    charter: str


class _ExhibitJson(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    v: int
    accord: str
    domain: Domain
    party: str
    charters: list[_ChangeJson]
    step: str | None
    fork: dict[str, Any] | None
    misdated: dict[str, Any] | None
    statements: list[str]
    versions: list[str]
    officers: dict[str, list[_ChangeJson]]


def origin(genesis: str, domain: Domain, party: str) -> str:
    """Return the name of a party's log."""
    return f"detente/{genesis[:16]}/{domain}/{party}"


def witness(genesis: str, domain: Domain, party: str) -> str:
    """Return the name under which a party cosigns."""
    return f"{origin(genesis, domain, party)}/witness"


def verify(exhibit: Exhibit, genesis: str, founding: Charter, judge: Judge | None = None) -> str:
    """Return, as a sentence, what an exhibit shows.

    Args:
        exhibit: as read.
        genesis: the accord's digest, known beforehand: it is what the reader trusts.
        founding: the party's charter in the last of the versions that the exhibit carries; who reads it from
            there asks whether the versions were signed.
        judge: what else the statements must satisfy; their form is always asked for first.

    Raises:
        WrongContext: `exhibit.1`, `exhibit.2`, `exhibit.11`. As `succession.succeed`, `fork.verify`,
        `misdated.verify`, `envelope.verify` and `envelope.require_no_others`: then it shows nothing.
        BadProof: `exhibit.3`. WrongKey: `exhibit.9`, `exhibit.10`.
    """
    # 1. It is about the accord that the reader knows.
    if exhibit.genesis != genesis or exhibit.accord.payload_type != ACCORD_TYPE:
        raise WrongContext("exhibit.1", f"It carries the accord {exhibit.genesis[:16]}.", "Ask for that one.")
    # 2. The charter is that of the party and the domain.
    if (founding.party, founding.domain) != (exhibit.party, exhibit.domain):
        raise WrongContext(
            "exhibit.2", f"A charter of {founding.party}, {founding.domain}.", "Give the right one."
        )
    # Each charter follows the one before (checks `succession.*`, `charter.*`).
    charters = [founding]
    for change in exhibit.charters:
        charters.append(succession.succeed(charters[-1], change.charter, change.at))
    if isinstance(exhibit.matter, Fork):
        return _forked(exhibit, exhibit.matter, charters)
    if isinstance(exhibit.matter, Misdated):
        return _misdated(exhibit, exhibit.matter, charters)
    return _refused(exhibit, exhibit.matter, _keys(charters, "record"), judge)


def dump(exhibit: Exhibit) -> bytes:
    """Return the canonical JSON of an exhibit."""
    matter = exhibit.matter
    statements = matter if isinstance(matter, tuple) else ()
    return canonical.encode(
        {
            "v": VERSION,
            "accord": _spell(exhibit.accord),
            "domain": exhibit.domain,
            "party": exhibit.party,
            "charters": _changes(exhibit.charters),
            "step": exhibit.step,
            "fork": canonical.decode(fork.dump(matter)) if isinstance(matter, Fork) else None,
            "misdated": misdated.to_value(matter) if isinstance(matter, Misdated) else None,
            "statements": [_spell(one) for one in statements],
            "versions": [_spell(one) for one in exhibit.versions],
            "officers": {party: _changes(some) for party, some in exhibit.officers.items()},
        }
    )


def parse(data: bytes) -> Exhibit:
    """Read an exhibit; it shows nothing yet.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.*`, `exhibit.4` to `exhibit.7`, `envelope.*`, `fork.*`,
        `misdated.5`.
    """
    value = canonical.decode(data, MAX_BYTES)
    # 4. Exactly the fields, of a version that is known, with party and step named.
    try:
        fields = msgspec.convert(value, _ExhibitJson)
    except msgspec.ValidationError as error:
        raise Malformed("exhibit.4", f"No exhibit: {error}.", "Send the exhibit alone.") from error
    if fields.v != VERSION or not all(map(PARTY.fullmatch, (fields.party, *fields.officers))):
        raise Malformed("exhibit.4", "Another version, or no party.", "Name the party.")
    # 5. Few charters, statements and versions.
    charters = sum(map(len, fields.officers.values()), len(fields.charters))
    if (
        charters > MAX_CHARTERS
        or len(fields.statements) > MAX_STATEMENTS
        or len(fields.versions) > MAX_VERSIONS
    ):
        raise TooLarge(
            "exhibit.5", "Too many charters, statements or versions.", "Show the one that matters."
        )
    # 6. One thing: a fork, or cosignatures, or statements and the check that refuses them.
    shown = (fields.fork is not None, fields.misdated is not None, bool(fields.statements))
    if sum(shown) != 1 or bool(fields.statements) != _is_step(fields.step):
        raise Malformed(
            "exhibit.6", "No fork, no cosignatures, no statements with a check.", "Show one thing at a time."
        )
    return Exhibit(
        accord=_read(fields.accord),
        domain=fields.domain,
        party=fields.party,
        charters=_read_changes(fields.charters),
        step=fields.step,
        matter=_matter(fields),
        versions=tuple(map(_read, fields.versions)),
        officers={party: _read_changes(some) for party, some in fields.officers.items()},
    )


def _matter(fields: _ExhibitJson) -> Fork | Misdated | tuple[Envelope, ...]:
    if fields.fork is not None:
        return fork.parse(canonical.encode(fields.fork))
    if fields.misdated is not None:
        return misdated.from_value(fields.misdated)
    return tuple(_read(one) for one in fields.statements)


def refusal(exhibit: Exhibit, judge: Judge | None = None) -> DetenteError | None:
    """Return the refusal of an exhibit's statements, which its `step` has to name; None if they can stand."""
    matter = exhibit.matter if isinstance(exhibit.matter, tuple) else ()
    try:
        records = [record.parse(one.payload_type, one.payload) for one in matter]
        for one in records:
            _check_author(exhibit, one)
        if judge is not None:
            judge(records)
    except Misuse:  # our own fault is nobody's statement
        raise
    except DetenteError as refused:
        return refused
    return None


def _forked(exhibit: Exhibit, matter: Fork, charters: Sequence[Charter]) -> str:
    log = origin(exhibit.genesis, exhibit.domain, exhibit.party)
    larger, smaller = _signing(charters, log, matter)
    # Both heads are the log's, and contradict each other (checks `fork.*`, `checkpoint.*`).
    keys, earlier = (charters[number].public_keys("log") for number in (larger, smaller))
    above, below = fork.verify(matter, log, keys, smaller_keys=earlier)
    return f"{exhibit.party} signed two histories of {log}, at sizes {below.size} and {above.size}."


def _signing(charters: Sequence[Charter], log: str, matter: Fork) -> tuple[int, int]:
    """Return by which charters the larger and the smaller head claim to be signed."""
    notes = [note.parse(data) for data in (matter.larger, matter.smaller)]
    above, below = ({n for n, one in enumerate(charters) if _claims(one, log, head)} for head in notes)
    same = len({checkpoint.parse_text(one.text).size for one in notes}) == 1
    # 9. Each head is signed by the keys of one charter: the same at one size, and never an earlier one for
    #    the larger head. So nobody who holds keys that were given up sets a head of his beside a newer one.
    found = [(n, m) for n in above for m in below if n == m or (m < n and not same)]
    if not found:
        raise WrongKey(
            "exhibit.9", "The heads are not those of charters in their order.", "This shows nothing."
        )
    return max(found)


def _claims(charter: Charter, log: str, signed: Note) -> bool:
    return all(note.find(signed, checkpoint.key(log, one)) is not None for one in charter.public_keys("log"))


def _misdated(exhibit: Exhibit, matter: Misdated, charters: Sequence[Charter]) -> str:
    log = origin(exhibit.genesis, exhibit.domain, matter.of)
    name = witness(exhibit.genesis, exhibit.domain, exhibit.party)
    notes = [note.parse(data) for data in (matter.larger, matter.smaller)]
    # 10. Both are cosigned by the keys of one charter: keys that were given up date nothing.
    found = [
        keys
        for keys in (one.public_keys("witness") for one in charters)
        if all(note.find(each, cosignature.key(name, key)) is not None for each in notes for key in keys)
    ]
    if not found:
        raise WrongKey(
            "exhibit.10", f"Not cosigned by one charter of {exhibit.party}.", "This shows nothing."
        )
    # They contradict each other (checks `misdated.*`, `cosignature.*`).
    (above, first), (below, second) = misdated.verify(matter, log, name, found[-1])
    return (
        f"{exhibit.party} cosigned {above.size} leaves of {log} at second {first},"
        f" and at second {second} said that it knew no more than {below.size}."
    )


def _refused(
    exhibit: Exhibit, matter: Sequence[Envelope], keys: Sequence[PublicKey], judge: Judge | None
) -> str:
    for one in matter:
        signed = envelope.verify(one, keys, 1, PAYLOAD_TYPES[exhibit.domain])
        envelope.require_no_others(one, signed)
        _check_bound(exhibit, one)
    refused = refusal(exhibit, judge)
    # 3. The statements are refused, and at the step that the exhibit names.
    _require_step(exhibit, None if refused is None else refused.step)
    return f"{exhibit.party} signed what must be refused: {refused}"


def _check_author(exhibit: Exhibit, statement: Record) -> None:
    # 8. A party signs records of its own, under the accord that it signed.
    if (statement.party, statement.accord.genesis) != (exhibit.party, exhibit.genesis):
        raise WrongContext(
            "exhibit.8",
            f"{exhibit.party} signed a record of {statement.party} under {statement.accord.genesis[:16]}.",
            "Ask the party how its key came to sign it.",
        )


def _check_bound(exhibit: Exhibit, statement: Envelope) -> None:
    named, since = _version_in(statement.payload), len(exhibit.versions) + 1
    # 11. Whoever acceded is not shown what it signed under a version in which it was no party yet.
    if named is not None and named < since:
        raise WrongContext(
            "exhibit.11",
            f"{exhibit.party} acceded by version {since}, and what it signed names version {named}.",
            "This shows nothing: it was not bound then.",
        )


def _version_in(payload: bytes) -> int | None:
    """The version that a statement names; None if it is too malformed to name one."""
    try:
        value = canonical.decode(payload)
    except DetenteError:
        return None
    accord = value.get("accord") if isinstance(value, dict) else None
    named = accord.get("version") if isinstance(accord, dict) else None
    return named if isinstance(named, int) else None


def _is_step(text: str | None) -> bool:
    return text is not None and _STEP.fullmatch(text) is not None


def _require_step(exhibit: Exhibit, step: str | None) -> None:
    if step != exhibit.step:
        what = f"It is said to be refused at {exhibit.step}, and is {f'at {step}' if step else 'not'}."
        raise BadProof("exhibit.3", what, "This shows nothing; ask the accuser.")


def _keys(charters: Sequence[Charter], role: Role) -> tuple[PublicKey, ...]:
    return tuple({key.keyid: key for charter in charters for key in charter.public_keys(role)}.values())


def _spell(one: Envelope) -> str:
    return base64.b64encode(envelope.dump(one)).decode()


def _changes(some: Iterable[Change]) -> list[Value]:
    return [{"at": one.at, "charter": _spell(one.charter)} for one in some]


def _read_changes(some: Iterable[_ChangeJson]) -> tuple[Change, ...]:
    return tuple(Change(one.at, _read(one.charter)) for one in some)


def _read(text: str) -> Envelope:
    # 7. Each envelope is base64, and well formed (checks `envelope.*`).
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("exhibit.7", f"Not base64: {error}.", "Use the standard alphabet.") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("exhibit.7", "The base64 has another spelling.", "Encode the bytes again.")
    return envelope.parse(data)
