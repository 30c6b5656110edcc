"""Judging a record under a version: its form, its place, what its pillar says, what an act proves.

    judge(record, thread, version)  ->  Judged(stands=True, facts=Statement(...))

The facts handed to standing are the typed statement with the facts in it, so that rules need not read it
again.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from detente.accord import acts, change, decision, opening, receipt, switch
from detente.accord.duty import Finding, Judged, Precedent
from detente.accord.edition import filled, named
from detente.accord.pillar import KindSpec, NoFacts, Statement
from detente.accord.version import Version
from detente.trust import checkpoint, disclosure, fork, note
from detente.trust.errors import DetenteError, Malformed
from detente.trust.exhibit import origin
from detente.trust.key import PublicKey
from detente.trust.keyring import Keyring
from detente.trust.record import RECEIPT_KIND, Record, record_id

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def references(record: Record, version: Version | None) -> tuple[str, ...]:
    """The ids that a record names, sorted; of a receipt, or of what cannot be read, none but its thread."""
    found = {record.thread} - {None}
    spec = version.spec(record.kind) if version else None
    if spec is not None:
        with suppress(Malformed):
            found |= set(named(filled(record.open, spec.open, "judging.1")))
    return tuple(sorted(str(one) for one in found))


def judge(record: Record, thread: Mapping[str, Precedent], version: Version, name: str = "") -> Judged:
    """Judge one record on its open view.

    Refusal codes of the house: accord-other, party-unknown, kind-unknown, pillar-not-in-force,
    open-malformed, sealed-paths; else those of the pillar, of the record's place (`edition.STRUCTURAL`), or
    of the act.
    """
    spec = version.spec(record.kind)
    code = _formal(record, spec, version)
    if code:
        return Judged(stands=False, refusals=(code,))
    if record.kind == RECEIPT_KIND or spec is None:
        said = receipt.heads(record, record.party) is not None
        return Judged(stands=said, refusals=() if said else ("receipt-malformed",))
    statement = stated(record, spec, name)
    edition = version.edition_of(record.kind)
    if edition is None:
        code = _act(record, statement, thread, version)
        return Judged(stands=not code, refusals=(code,) if code else (), facts=statement)
    judgement = edition.judge(statement, _statements(thread), version.grounds)
    codes = tuple(refusal.code for refusal in judgement.refusals)
    facts = msgspec.structs.replace(statement, facts=judgement.facts)
    return Judged(stands=judgement.stands, refusals=codes, facts=facts)


def withholds(spec: KindSpec) -> bool:
    """Whether records of a kind say what cannot lawfully be released: they have both fields of `withheld`."""
    return {"withheld", "legal_basis"} <= set(spec.open.__struct_fields__)


def withheld(record: Record) -> tuple[str, ...]:
    """The sealed paths of which a record says that they cannot lawfully be released; none of any other kind.

    As with `period`, the field's name says what it is: `withheld`, beside the `legal_basis`.
    """
    named = record.open.get("withheld")
    if not isinstance(named, list | tuple) or not isinstance(record.open.get("legal_basis"), str):
        return ()
    return tuple(one for one in named if isinstance(one, str))


def stated(record: Record, spec: KindSpec, name: str = "") -> Statement:
    """The record as a pillar sees it; without its name, that is taken from its bytes.

    Raises:
        Malformed: `gate.6` its open fields are not on the floor of its kind.
    """
    return Statement(
        id=name or record_id(record),
        kind=record.kind,
        party=record.party,
        at=record.at,
        thread=record.thread,
        open=filled(record.open, spec.open, "gate.6"),
        facts=NoFacts(),
    )


def findings(record: Record, thread: Mapping[str, Precedent], version: Version) -> tuple[Finding, ...]:
    """Where an opened value disagrees with what its author declared in the open, as its pillar sees it."""
    if record.kind != opening.KIND:
        return ()
    opened = acts.Opening(**record.open)
    before = thread.get(opened.record)
    edition = version.edition_of(before.record.kind) if before else None
    contradicts = edition.pillar.rules.contradicts if edition else None
    if before is None or contradicts is None or not isinstance(before.facts, Statement):
        return ()
    path, value = disclosure.open_with(before.record, opened.disclosure)
    if not contradicts(before.facts, path, value):
        return ()
    return (Finding(before.record.party, before.id, path),)


def forker(record: Record, ring: Keyring) -> str | None:
    """The party of a keyring, if the record proves its fork: each head by the log keys of its position.

    Expiries are compared with the time that a head itself states, as everywhere (docs/adr/0038).
    """
    party = ring.charter(0).party
    name = origin(record.accord.genesis, record.domain, party)
    try:
        evidence = fork.parse(_bytes(str(record.open.get("evidence"))))
        larger, smaller = (_log_keys(ring, name, head) for head in (evidence.larger, evidence.smaller))
        fork.verify(evidence, name, larger, smaller_keys=smaller)
    except DetenteError:
        return None
    return party


def _log_keys(ring: Keyring, name: str, head: bytes) -> tuple[PublicKey, ...]:
    """The keys that sign a head of its size, by the acts in the log before it."""
    position = max(checkpoint.parse_text(note.parse(head).text).size - 1, 0)
    at = checkpoint.signed_at(head, name, ring.charter(position).public_keys("log"))
    return ring.keys("log", position, at)


def month_start(text: str) -> int:
    """The first instant of a month `2026-11`, in milliseconds."""
    year, month = text.split("-")
    return int(datetime(int(year) or 1, int(month), 1, tzinfo=UTC).timestamp()) * 1000


def _formal(record: Record, spec: KindSpec | None, version: Version) -> str:
    """The first refusal about form, or nothing."""
    pillar = record.kind.partition(".")[0]
    receipted = record.kind == RECEIPT_KIND
    paths = frozenset(spec.paths) if spec else frozenset[str]()
    core = pillar == "accord"
    checks = (
        ("accord-other", record.accord.genesis != version.genesis),
        ("party-unknown", record.party not in version.accord.parties),
        ("kind-unknown", spec is None and not receipted),
        ("pillar-not-in-force", not core and not version.runs(pillar, record.at)),
        ("sealed-paths", frozenset(record.sealed) != paths),
        ("open-malformed", spec is not None and not _fits(record, spec)),
    )
    return next((code for code, fails in checks if fails), "")


def _fits(record: Record, spec: KindSpec) -> bool:
    try:
        filled(record.open, spec.open, "judging.1")
    except Malformed:
        return False
    return True


def _act(record: Record, statement: Statement, thread: Mapping[str, Precedent], version: Version) -> str:
    """Why an act does not stand, or nothing. What officers signed is checked with the keyring."""
    match statement.open:
        case acts.Release() as act:
            return "not-your-record" if _author(act.record, thread) != record.party else ""
        case acts.Opening() as act:
            return _opening(act, record, thread)
        case acts.Erase() | acts.Dispute() as act:
            return "record-unknown" if act.record not in thread else ""
        case acts.Exercise() | acts.NoDuff() as act:
            return _drill(act, record, thread)
        case acts.Switch() as act:
            return switch.refusal(act, record, thread)
    return change.refusal(statement, thread, version) or decision.refusal(statement, thread, version)


def _drill(act: acts.Exercise | acts.NoDuff, record: Record, thread: Mapping[str, Precedent]) -> str:
    """Why an exercise does not begin or end here: not in earnest, and only one that was opened."""
    if record.domain != "exercise":
        return "not-in-an-exercise"
    if isinstance(act, acts.Exercise) or act.exercise is None:
        return ""
    opened = thread.get(act.exercise)
    return "" if opened is not None and opened.record.kind == acts.EXERCISE else "no-exercise"


def _opening(act: acts.Opening, record: Record, thread: Mapping[str, Precedent]) -> str:
    before = thread.get(act.record)
    if before is None or before.record.party != record.party:
        return "not-your-record"
    try:
        opening.require_true((before.record, record))
    except DetenteError:
        return "opening-false"
    return ""


def _author(name: str, thread: Mapping[str, Precedent]) -> str:
    return thread[name].record.party if name in thread else ""


def _statements(thread: Mapping[str, Precedent]) -> dict[str, Statement]:
    return {name: one.facts for name, one in thread.items() if isinstance(one.facts, Statement)}


def _bytes(text: str) -> bytes:
    """Base64url without padding. Raises `judging.2`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(
            "judging.2", "The evidence is not base64url.", "Encode it without padding."
        ) from error
