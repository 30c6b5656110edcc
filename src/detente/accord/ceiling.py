"""Ceilings: the most that each audience could ever be shown of a kind, as a table that proofs can read.

    [report]
    narrative = ["clearinghouse"]      # a party with that neutral role
    pattern = ["peer", "clearinghouse"]
    evidence = []                      # nobody, ever

An accord's release rules grant below this line and never above it. A path that is not in the table is for
nobody.
"""

import tomllib
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from detente.accord.pillar import Pillar
from detente.trust.errors import Malformed

# A peer is a party without a neutral role; the other audiences are the neutral roles themselves.
NeutralRole: TypeAlias = Literal["witness", "clearinghouse", "testing", "standards"]
Audience: TypeAlias = Literal["peer", "witness", "clearinghouse", "testing", "standards"]
NEUTRAL_ROLES: frozenset[str] = frozenset(get_args(NeutralRole))
AUDIENCES: frozenset[str] = frozenset(get_args(Audience))

Ceilings: TypeAlias = Mapping[str, Mapping[str, frozenset[Audience]]]
REMEDY = "Mend ceilings.toml in the pillar's folder."


def audiences(roles: frozenset[str]) -> frozenset[str]:
    """The audiences that a party with these roles belongs to."""
    return roles & NEUTRAL_ROLES or frozenset({"peer"})


def parse(text: str, pillar: Pillar) -> Ceilings:
    """Read ceilings.toml and check that it speaks of exactly the pillar's sealed paths.

    Raises:
        Malformed: `ceiling.1` not TOML, `ceiling.2` shape or audience, `ceiling.3` a path missing or left
            over.
    """
    # 1. It is TOML; 2. kind to path to a list of known audiences.
    try:
        table = msgspec.convert(tomllib.loads(text), dict[str, dict[str, frozenset[Audience]]])
    except tomllib.TOMLDecodeError as error:
        raise Malformed(
            "ceiling.1", f"ceilings.toml of {pillar.name} is not TOML: {error}.", REMEDY
        ) from error
    except msgspec.ValidationError as error:
        raise Malformed("ceiling.2", f"ceilings.toml of {pillar.name}: {error}.", REMEDY) from error
    # 3. Every sealed path of every kind, and no other.
    wanted = {f"{kind}.{path}" for kind, spec in pillar.kinds.items() for path in spec.paths}
    given = {f"{kind}.{path}" for kind, row in table.items() for path in row}
    if wanted != given:
        odd = ", ".join(sorted(wanted ^ given))
        raise Malformed("ceiling.3", f"ceilings.toml of {pillar.name} and its kinds differ in {odd}.", REMEDY)
    return table
