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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

import msgspec

from detente.accord import document, scale, source
from detente.accord.bracket import COMMENTS
from detente.accord.document import Accord
from detente.accord.schema import nearest
from detente.accord.source import Fault, Source
from detente.faces import pillars
from detente.faces.officer import SUITE, Public
from detente.node.identity import NODE_ROLES, Identity
from detente.trust import charter
from detente.trust.canonical import Value
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.envelope import Envelope, Signature
from detente.trust.errors import Malformed, WrongContext
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.suite import LABORATORY, Role, fitting, row

INSTALLED = "installed"
NODE = "node"


def charter_of(
    identity: Identity, party: str, officers: Iterable[Public], threshold: int, expires: int | None = None
) -> Charter:
    """Return a party's first charter in the identity's domain.

    Raises:
        WrongContext: `founding.1` an officer of another party.
        Malformed: `charter.*` the threshold cannot be reached, a holder twice; `founding.5` the keys of node
            and officers are of no suite together.
    """
    people = tuple(officers)
    _require_own(people, party)
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
        suite=_suite(identity, people),
        keys=keys | theirs,
        roles=roles,
        next=None,
    )
    charter.check(made)
    return made


def with_officers(
    proposed: Charter, people: Iterable[Public], threshold: int, laboratories: Iterable[Public] = ()
) -> Charter:
    """Return a charter that a node proposed, with these officers in place of those who are in it.

    The suite is the one that their keys and the node's make together; no officers, or no laboratories: those
    in it stay.

    Raises:
        WrongContext: `founding.1`. Malformed: `founding.5`. Malformed, WrongKey: as `charter.check`.
    """
    found, labs = tuple(people), tuple(laboratories)
    _require_own((*found, *labs), proposed.party)
    nodes = {keyid: entry for keyid, entry in proposed.keys.items() if entry.holder == NODE}
    theirs, ours = _entries(found, proposed, "officer"), _entries(labs, proposed, LABORATORY)
    threshold = threshold if found else proposed.roles["officer"].threshold
    roles = proposed.roles | {"officer": CharterRole(tuple(sorted(theirs)), threshold)}
    if ours:
        roles[LABORATORY] = CharterRole(tuple(sorted(ours)), 1)
    keys = nodes | theirs | ours
    have: dict[Role, set[str]] = {
        role: {keys[keyid].algorithm for keyid in entry.keys} for role, entry in roles.items()
    }
    made = msgspec.structs.replace(proposed, keys=keys, roles=roles, suite=_one_suite(have))
    charter.check(made)
    return made


def _entries(named: Sequence[Public], proposed: Charter, role: Role) -> dict[str, CharterKey]:
    """The keys of those who are named for a role; of those in the charter, if nobody is."""
    if named:
        return {keyid: entry for one in named for keyid, entry in one.entries(None).items()}
    return {keyid: proposed.keys[keyid] for keyid in proposed.role(role).keys}


def _require_own(people: Iterable[Public], party: str) -> None:
    # 1. Officers sign for their own party.
    if strangers := [one.holder for one in people if one.party != party]:
        raise WrongContext(
            "founding.1", f"Not officers of {party}: {', '.join(strangers)}.", "Hand in its own."
        )


def _suite(identity: Identity, people: Iterable[Public]) -> str:
    have: dict[Role, set[str]] = {
        role: {key.public.algorithm for key in identity.keys[role]} for role in NODE_ROLES
    }
    have["officer"] = {algorithm for one in people for algorithm in one.keys}
    return _one_suite(have)


def _one_suite(have: Mapping[Role, Collection[str]]) -> str:
    fits = fitting(have)
    # 5. Node and officers have the keys of one suite.
    if fits is None:
        raise Malformed(
            "founding.5",
            f"Of no suite: the node has {_all(have, *NODE_ROLES)}, officers {_all(have, 'officer')}.",
            "Make both with the same --suite.",
        )
    return fits


def _all(have: Mapping[Role, Iterable[str]], *roles: Role) -> str:
    return ", ".join(sorted({algorithm for role in roles for algorithm in have[role]}))


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
    for fault in unknown(written):
        raise fault.error
    return document.from_source(filled(written, charters, changes))


def filled(
    written: Source, charters: Iterable[Charter], changes: Mapping[str, Value] | None = None
) -> Source:
    """Return what people wrote with charters and digests filled in, wherever it has the shape for them.

    What is misshapen stays as it is: the document's own checks refuse it by name and place. Comments are no
    part of an accord.
    """
    data = {**_table(written.data), **(changes or {})}
    data.pop(COMMENTS, None)
    pinned = {name: one.digest for name, one in pillars.editions().items()}
    scales = {name: scale.digest(one) for name, one in pillars.scales().items()}
    if isinstance(data.get("pillars"), dict):
        rows = _table(data["pillars"])
        data["pillars"] = {name: _with_edition(row, pinned.get(name)) for name, row in rows.items()}
    if isinstance(data.get("scales"), dict):
        rows = _table(data["scales"])
        data["scales"] = {name: scales.get(name) if one == INSTALLED else one for name, one in rows.items()}
    for one in charters:
        data["parties"] = _with_charter(data.get("parties"), one)
    value = data if isinstance(written.data, dict) else written.data
    return msgspec.structs.replace(written, data=msgspec.to_builtins(value))


def unknown(written: Source) -> Iterator[Fault]:
    """Return a fault for each pillar or scale that is to be pinned as installed, and is not here."""
    data = _table(written.data)
    wanted = [
        (f"$.pillars.{name}.edition", name, pillars.names())
        for name, row in _table(data.get("pillars")).items()
        if _table(row).get("edition") == INSTALLED
    ]
    wanted += [
        (f"$.scales.{name}", name, tuple(pillars.scales()))
        for name, one in _table(data.get("scales")).items()
        if one == INSTALLED
    ]
    # 2. What is to be pinned is here.
    for path, name, here in wanted:
        if name not in here:
            error = Malformed(
                "founding.2", f"{path}: {name} is not installed.", f"Installed are: {', '.join(here)}."
            )
            yield Fault(error, written.at(path), nearest(name, here))


def provisional(text: str, charters: Iterable[Charter] = ()) -> Accord:
    """Return an accord as `assembled` does, with charters that bind nobody for parties that have none.

    For reading and proving before anybody has keys. Their private keys are as public as this code: what
    comes of it is never signed.

    Raises:
        Malformed: as `assembled`.
    """
    written = source.read(text)
    return assembled(text, (*stand_ins(written), *charters))


def stand_ins(written: Source) -> tuple[Charter, ...]:
    """Return charters that bind nobody for the parties that have none."""
    parties = _table(_table(written.data).get("parties"))
    lacking = (name for name, party in parties.items() if not _table(party).get("charters"))
    return tuple(_stand_in(name) for name in lacking)


@cache
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


def _table(value: Value) -> dict[str, Value]:
    """A table as it is; nothing for anything else."""
    return dict(value) if isinstance(value, dict) else {}


def _with_edition(row: Value, digest: str | None) -> Value:
    return {**row, "edition": digest} if isinstance(row, dict) and row.get("edition") == INSTALLED else row


def _with_charter(parties: Value, one: Charter) -> Value:
    party = _table(parties).get(one.party)
    if not isinstance(party, dict):
        return parties
    theirs = {**_table(party.get("charters")), one.domain: charter.to_value(one)}
    return {**_table(parties), one.party: {**party, "charters": theirs}}
