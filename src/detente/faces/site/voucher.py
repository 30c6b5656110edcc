"""The voucher: shows whoever has the accord, and no node, that an account's words were signed and logged.

    {"records":[{"envelope":"<base64>","proof":"<base64>"},…],"v":1}

Four records in this order: the advisory, the opening of its title, that of its text, and the officers' act;
each as its author signed it, with its proof of logging (C2SP tlog-proof) below a head that others cosigned.
They say nothing else of the case: neither field, nor severity, nor day.
"""

import base64
import binascii
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from detente.accord import opening
from detente.accord.acts import AFFIRM
from detente.faces.site.account import ADVISORY, PATHS, Account, opened, require_public, require_signed, words
from detente.node import archive
from detente.node.errors import Unready
from detente.node.realm import head_of
from detente.node.roster import Roster
from detente.node.sequencer import merge
from detente.node.window import Pane
from detente.trust import canonical, checkpoint, envelope, note, proof, record, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, BelowThreshold, DetenteError, Malformed, WrongContext
from detente.trust.record import PAYLOAD_TYPES, Leaf, Record, leaf_bytes

ENDING = ".voucher.json"
MAX_BYTES = 4 * 1_048_576
DOMAIN: record.Domain = "live"
KINDS = (ADVISORY, opening.KIND, opening.KIND, AFFIRM)


class _Part(Struct, forbid_unknown_fields=True, frozen=True):
    envelope: str
    proof: str


class _Voucher(Struct, forbid_unknown_fields=True, frozen=True):
    v: Literal[1]
    records: list[_Part]


class Shown(NamedTuple):
    """One record of a voucher that is proven: its id, what it says, and its place in its author's log."""

    name: str
    entry: Record
    place: int


def name_of(account: Account) -> str:
    """Return the name of an account's file."""
    return f"{account.record}{ENDING}"


def make(pane: Pane, parts: tuple[str, ...]) -> bytes:
    """Return the voucher of an account from the logs that are here.

    Args:
        pane: of the home.
        parts: the ids of its four records.

    Raises:
        Unready: `voucher.1`.
    """
    places = [pane.place(name) for name in parts]
    party = pane.library[parts[0]].party
    least = max(one.index if one else -1 for one in places) + 1
    head, data = _head(pane, party, least)
    leaves = archive.leaves(pane.readers.conn, pane.log(party), 0, head.size)
    grown = tree.Tree(tree.leaf_hash(leaf_bytes(one)) for one in leaves)
    made: list[canonical.Value] = []
    for name, place in zip(parts, places, strict=True):
        index = place.index if place else 0
        shown = proof.Proof(index, tuple(grown.inclusion(index, head.size)), data)
        signed = envelope.dump(pane.library.envelope(name))
        made.append({"envelope": _spelled(signed), "proof": _spelled(proof.dump(shown))})
    return canonical.encode({"v": 1, "records": made})


def verify(data: bytes, account: Account, roster: Roster) -> None:
    """Return if a voucher shows that an account's words are those that were signed, logged and opened.

    Args:
        data: the voucher.
        account: as the site tells it.
        roster: who signs in the accord.

    Raises:
        Malformed: `voucher.2`. WrongContext: `voucher.3`, `voucher.5`, `voucher.7`. BelowThreshold:
        `voucher.4`. BadProof: `voucher.6`. As `envelope.verify`, `head_of`, `tree.verify_inclusion`,
        `account.require_public`, `account.require_signed`, `account.words`.
    """
    parts = _read(data)
    # 7. Its author is a party of the accord.
    if account.party not in roster.keyrings:
        what = f"{account.party[:32]!a} is no party of the accord."
        raise WrongContext("voucher.7", what, "Give the accord that the site is of.")
    shown = [_shown(one, account.party, roster) for one in parts]
    advisory, *openings, act = shown
    # 5. They are the four records, of this account.
    kinds = tuple(one.entry.kind for one in shown)
    about = {str(one.entry.open.get("record")) for one in openings}
    if kinds != KINDS or advisory.name != account.record or about != {account.record}:
        what = f"The voucher is not of the account {account.record[:16]}."
        raise WrongContext("voucher.5", what, _FETCH)
    require_public(advisory.entry)
    ring = roster.keyrings[account.party]
    require_signed((advisory.name, advisory.entry), act.entry, ring, act.place)
    # 6. The words are those that the records open.
    values = opened(advisory.entry, [one.entry for one in openings])
    said = words(*(values.get(path) for path in PATHS))
    if (said.title, said.text) != (account.title, account.text):
        what = f"The words of the account {account.record[:16]} are not those that were signed."
        raise BadProof("voucher.6", what, "Keep the site: it is signed evidence. Ask its publisher.")


def _read(data: bytes) -> list[_Part]:
    # 2. It is a voucher.
    try:
        found = msgspec.convert(canonical.decode(data, MAX_BYTES), _Voucher)
    except msgspec.ValidationError as error:
        raise Malformed("voucher.2", f"No voucher: {error}.", _FETCH) from error
    if len(found.records) != len(KINDS):
        raise Malformed("voucher.2", f"A voucher of {len(found.records)} records.", _FETCH)
    return found.records


def _shown(part: _Part, party: str, roster: Roster) -> Shown:
    """Return one record, if its author's key signed it and it stands in its author's log."""
    signed, logged = envelope.parse(_bytes(part.envelope)), proof.parse(_bytes(part.proof))
    entry = record.parse(signed.payload_type, signed.payload)
    # 3. It is a record of this accord and party.
    if (entry.accord.genesis, entry.domain, entry.party) != (roster.genesis, DOMAIN, party):
        what = f"The voucher holds a record of {entry.party}, and the account is told by {party[:32]!a}."
        raise WrongContext("voucher.3", what, _FETCH)
    ring = roster.keyrings[party]
    keys = ring.keys("record", logged.index, entry.at)
    known = envelope.verify(signed, keys, 1, PAYLOAD_TYPES[DOMAIN])
    envelope.require_no_others(signed, known)
    head = head_of(logged.note, roster.origin(party), ring)
    _require_cosigned(logged.note, party, roster)
    name = record.record_id(entry)
    leaf = tree.leaf_hash(leaf_bytes(Leaf("record", name)))
    tree.verify_inclusion(logged.index, head.size, leaf, logged.hashes, head.root)
    return Shown(name, entry, logged.index)


def _require_cosigned(data: bytes, party: str, roster: Roster) -> None:
    # 4. Others saw the log as it is shown.
    by = roster.require_known(note.parse(data), party)
    if len(by) < roster.quorum:
        what = f"{len(by)} others cosigned the log, and the accord asks for {roster.quorum}."
        raise BelowThreshold("voucher.4", what, _FETCH)


def _head(pane: Pane, party: str, least: int) -> tuple[Checkpoint, bytes]:
    """Return the largest head of a log, of so many leaves or more, that enough others cosigned."""
    conn, log = pane.readers.conn, pane.log(party)
    newest = archive.head(conn, log)
    kept = (archive.cosignature(conn, log, one) for one in archive.cosigned(conn, log))
    notes = [one.note for one in (newest, *kept) if one is not None]
    accord = pane.terms.newest.accord
    roster = Roster.of(accord, DOMAIN, pane.rings)
    found = []
    for data in notes:
        whole = merge(data, [one for one in notes if one is not data])
        head = checkpoint.parse_text(note.parse(whole).text)
        if head.size < least:
            continue
        try:
            head_of(whole, roster.origin(party), pane.rings[party])
            _require_cosigned(whole, party, roster)
        except DetenteError:
            continue
        found.append((head, whole))
    # 1. Others have cosigned what was told.
    if not found:
        what = f"Too few have cosigned {party}'s log since a case was told."
        raise Unready("voucher.1", what, "Let the node run for a minute, and build the site again.")
    return max(found, key=lambda one: one[0].size)


def _spelled(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("voucher.2", f"Not base64: {error}.", _FETCH) from error


_FETCH = "Fetch the site again; if it stays so, tell its publisher."
