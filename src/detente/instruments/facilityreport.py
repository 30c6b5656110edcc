"""A facility's report, as anybody checks it: who signed it, and are extract and result those it names.

    found = facilityreport.verified(data, key, "neutral")
    facilityreport.covers(found, extract_bytes)
    facilityreport.agrees(found, result)

It speaks for what ran in this facility under one ledger: which suite, system and software, and how many
attempts were begun at the suite. That the ledger is the facility's only one, no report can show.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from detente.instruments.extract import Counts, Digest, Item, Language, Line, Whole
from detente.instruments.facility import PAYLOAD
from detente.trust import canonical, envelope
from detente.trust.errors import BadProof, Malformed, WrongContext
from detente.trust.key import PublicKey

ATTEMPTED = ("plan", "playbook", "model", "solver", "scorer")
"""What a result states under the same name, but for the plan, which is its thread."""


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a facility signs of one attempt.

    Args:
        attempt: its number under the plan.
        attempts: how many were begun here at this suite up to this one, those that broke off too.
        canary_seen: items in whose output a canary of the suite stood, ascending.
        counts: by language.
        destroyed: name and digest of each file that was removed.
        ended: by the facility's clock.
        extract: digest of the extract that went out.
        facility: the party that runs it.
        format: of these fields.
        given_up: whether the attempt broke off, and was given up: what was not run is unscored.
        model: digest of the system that ran.
        network: `none` if the run had no network but loopback; else `open`.
        plan: under which it was registered.
        playbook: by which it went.
        scorer: digest of the scorer's configuration.
        software: what ran, by name.
        solver: digest of the solver's configuration.
        started: by the facility's clock.
        suite: the root over its items.
        why: of `network`.
    """

    attempt: Whole
    attempts: Whole
    canary_seen: tuple[Item, ...]
    counts: dict[Language, Counts]
    destroyed: tuple[dict[str, str], ...]
    ended: Whole
    extract: Digest
    facility: Line
    format: Literal["detente-facility-report-1"]
    given_up: bool
    model: Digest
    network: Literal["none", "open"]
    plan: Digest | None
    playbook: Digest | None
    scorer: Digest
    software: dict[str, Line]
    solver: Digest
    started: Whole
    suite: Digest
    why: Line


def verified(data: bytes, key: PublicKey, facility: str) -> Report:
    """Return what a report says, if this facility signed it.

    Raises:
        As `envelope.parse` and `envelope.verify`. Malformed: `facilityreport.1`.
        WrongContext: `facilityreport.2`: another facility's.
    """
    signed = envelope.parse(data)
    envelope.verify(signed, [key], 1, PAYLOAD)
    # 1. It has this form.
    try:
        found = msgspec.convert(canonical.decode(signed.payload), Report)
    except msgspec.ValidationError as error:
        what = f"This is no facility's report: {error}."
        raise Malformed("facilityreport.1", what, "Ask the facility for what its run wrote.") from error
    # 2. It speaks for the facility whose key it is.
    if found.facility != facility:
        what = f"The report is of {found.facility}, the key of {facility}."
        raise WrongContext("facilityreport.2", what, "Name the keys that this facility handed out.")
    return found


def covers(report: Report, data: bytes) -> None:
    """See that the bytes of an extract are those that left the facility.

    Raises:
        BadProof: `facilityreport.3`.
    """
    # 3. Not a byte of it was changed since.
    if hashlib.sha256(data).hexdigest() != report.extract:
        what = "The extract is not the one that left the facility."
        raise BadProof("facilityreport.3", what, "Ask the facility for it again; keep both.")


def agrees(report: Report, thread: str | None, stated: Mapping[str, Any]) -> None:
    """See that a result, by its thread and open fields, is of the attempt that the facility reports.

    Raises:
        BadProof: `facilityreport.4`, naming the first field that differs.
        WrongContext: `facilityreport.5`: more attempts were begun than the result counts.
    """
    # 4. The result says of the run what the facility says.
    counts = [report.counts[one] for one in sorted(report.counts)]
    told = {
        "plan": thread,
        "tasks": stated.get("tasks"),
        **{name: stated.get(name) for name in ATTEMPTED[1:]},
        **{name: list(stated.get(name, ())) for name in Counts.__struct_fields__},
    }
    said = {
        "plan": report.plan,
        "tasks": report.suite,
        **{name: getattr(report, name) for name in ATTEMPTED[1:]},
        **{name: [getattr(one, name) for one in counts] for name in Counts.__struct_fields__},
    }
    for name, value in said.items():
        if told[name] != value:
            what = f"The result's {name} is not what the facility reports."
            raise BadProof("facilityreport.4", what, "Keep both: one of them was changed.")
    # 5. No attempt was begun here that the results do not count.
    if report.attempts > report.attempt:
        what = f"{report.attempts} attempts at this suite were begun; the result is of {report.attempt}."
        raise WrongContext("facilityreport.5", what, "An attempt was kept back: ask for its result.")
