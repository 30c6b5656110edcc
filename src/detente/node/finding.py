"""A finding: one thing that is wrong with a node's home, as data; the faces have the words for it.

    doctor.11 below-second-place trouble {"log": "live/us", "held": "4", "signed": "7"}

Numbers and names are fixed, so that a script can wait for one of them. `trouble` wants a person now; a
`notice` is what an operator should know and may leave as it is.
"""

from typing import Literal, TypeAlias, get_args

import msgspec

Symptom: TypeAlias = Literal[
    "open-to-others",
    "wrong-owner",
    "settings-unreadable",
    "no-answer",
    "disk-short",
    "read-only",
    "leftover",
    "journal-not-its-own",
    "database-broken",
    "accord-unusable",
    "below-second-place",
    "second-place-missing",
    "tree-differs",
    "keys-not-the-accords",
    "key-lapsed",
    "key-lapses",
    "no-key-to-seal-to",
    "clock-behind",
    "clock-ahead",
    "peer-away",
    "peer-lost",
    "refusals-kept",
    "log-forked",
    "bodies-missing",
    "duty-overdue",
    "duty-near",
    "recovering",
    "tls-unfit",
    "tls-ended",
    "tls-ends",
    "sunset-near",
    "sunset-past",
    "officer-unreached",
    "call-failed",
    "desk-broken",
    "report-waits",
    "identity-overdue",
    "identity-held",
    "card-ends",
    "decision-waits",
    "decision-lapsed",
    "dispute-waits",
    "dispute-unresolved",
]
"""What can be found, in the order of its number: a new one goes to the end."""

NOTICES: frozenset[Symptom] = frozenset(
    [
        "leftover",
        "key-lapses",
        "peer-away",
        "refusals-kept",
        "bodies-missing",
        "duty-near",
        "tls-ends",
        "sunset-near",
        "identity-held",
        "card-ends",
        "decision-waits",
        "dispute-waits",
        "dispute-unresolved",
    ]
)


class Finding(msgspec.Struct, frozen=True):
    """One finding.

    Attributes:
        step: `doctor.N`.
        symptom: its name.
        weight: `trouble` or `notice`.
        facts: what was seen, by name: paths, parties, numbers and times (milliseconds) as text.
    """

    step: str
    symptom: Symptom
    weight: Literal["trouble", "notice"]
    facts: dict[str, str]


def found(symptom: Symptom, **facts: object) -> Finding:
    """Return a finding of this name."""
    number = get_args(Symptom).index(symptom) + 1
    weight: Literal["trouble", "notice"] = "notice" if symptom in NOTICES else "trouble"
    return Finding(f"doctor.{number}", symptom, weight, {name: str(value) for name, value in facts.items()})
