"""Suites: which algorithms sign for which role. A row of a table, never a class.

    row("nist-1", "log") == ("ed25519", "ml-dsa-44")

Every algorithm of a row must sign: a row is a conjunction, so what it signs stands while any one of them
does. A record carries one signature because its checkpoint, signed by all, covers it. Every suite's log signs
with Ed25519 and ML-DSA-44 at least, and every witness with both: that is what C2SP's readers verify, and what
makes a head outlast quantum computers (docs/adr/0161).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from detente.trust.errors import Malformed
from detente.trust.key import Algorithm

Role: TypeAlias = Literal["record", "log", "witness", "officer", "laboratory"]
"""What a key signs: records, checkpoints of its own log, cosignatures on others', a person's acts, and what a
laboratory that the party sponsors says."""

ROLES: tuple[Role, ...] = ("record", "log", "witness", "officer")
"""The roles that every charter has."""

LABORATORY: Role = "laboratory"
"""The role that a charter has if laboratories of the party sign for themselves."""

SUITES: MappingProxyType[str, MappingProxyType[Role, tuple[Algorithm, ...]]] = MappingProxyType(
    {
        "nist-1": MappingProxyType(
            {
                "record": ("ed25519",),
                "log": ("ed25519", "ml-dsa-44"),
                "witness": ("ed25519", "ml-dsa-44"),
                "officer": ("ed25519", "ml-dsa-65"),
                "laboratory": ("ed25519", "ml-dsa-65"),
            }
        ),
        "sm-1": MappingProxyType(
            {
                "record": ("sm2",),
                "log": ("ed25519", "ml-dsa-44", "sm2"),
                "witness": ("ed25519", "ml-dsa-44"),
                "officer": ("sm2",),
                "laboratory": ("sm2",),
            }
        ),
        "dual-1": MappingProxyType(
            {
                "record": ("ed25519",),
                "log": ("ed25519", "ml-dsa-44", "sm2"),
                "witness": ("ed25519", "ml-dsa-44"),
                "officer": ("ed25519", "ml-dsa-65", "sm2"),
                "laboratory": ("ed25519", "ml-dsa-65", "sm2"),
            }
        ),
        "webauthn-es256": MappingProxyType(
            {
                "record": ("ed25519",),
                "log": ("ed25519", "ml-dsa-44"),
                "witness": ("ed25519", "ml-dsa-44"),
                "officer": ("webauthn-es256",),
                "laboratory": ("ed25519", "ml-dsa-65"),
            }
        ),
    }
)
"""Suite, then role, then the algorithms that must all sign, in this order."""


def fitting(have: Mapping[Role, Collection[str]]) -> str | None:
    """Return the suite that keys with these algorithms in each role make together; None if none does.

    The role of laboratories may be missing.
    """
    found = (
        suite
        for suite, rows in SUITES.items()
        if all(set(have[role]) == set(rows[role]) for role in {*ROLES, *have})
    )
    return next(found, None)


def row(suite: str, role: str) -> tuple[Algorithm, ...]:
    """Return the algorithms that must all sign for a role.

    Raises:
        Malformed: `suite.1`: no such suite; `suite.2`: no such role.
    """
    # 1. The suite is in the table.
    if suite not in SUITES:
        raise Malformed("suite.1", f"The suite {suite!a} is not known.", f"Use one of: {', '.join(SUITES)}.")
    # 2. The role is one of the table.
    for known, algorithms in SUITES[suite].items():
        if known == role:
            return algorithms
    raise Malformed("suite.2", f"The role {role!a} is not known.", f"Use one of: {', '.join(SUITES[suite])}.")
