"""The accord: the document that parties sign, named by the digest of its first version.

People write YAML; what is signed is the canonical JSON of the same values with every default written out, so
that one meaning has one spelling and one digest.

    accord = from_yaml(text)
    accord.digest     "5d1c..."        of this version
    accord.genesis    "5d1c..."        of version 1: names the accord for ever
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from detente.accord import soundness
from detente.accord.clause import (
    DatedFact,
    Dispute,
    Duty,
    Hex,
    Name,
    Outflow,
    Party,
    PillarTerms,
    Release,
    Time,
    Trigger,
    Withdrawal,
    Witness,
)
from detente.accord.source import Source, read
from detente.accord.words import Word
from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.errors import Malformed, NotCanonical

FORMAT = 1
MAX_BYTES = 524_288


class Accord(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"format": "detente", "first": "genesis"},
):
    """One version of an accord.

    Args:
        format: of the document, written `detente: 1`.
        version: from 1.
        first: written `genesis`: the digest of version 1; null in version 1 itself.
        previous: the digest of the version before; null in version 1.
        title: in both languages.
        prevails: which language decides where they differ.
        starts: when this version takes effect.
        parties: by name.
        time: constants of time.
        pillars: by name.
        scales: name to digest.
        facts: dated facts.
        duties: what is owed.
        release: what may be shown.
        triggers: what is proposed.
        outflow: budget in bytes.
        witness: who must cosign.
        dispute: what happens when the sides differ.
        withdrawal: how a side leaves.
    """

    format: Literal[1]
    version: Annotated[int, Meta(ge=1, le=100_000)]
    first: Hex | None
    previous: Hex | None
    title: Word
    prevails: Literal["en", "zh", "both"]
    starts: str
    parties: Mapping[Name, Party]
    time: Time
    pillars: Mapping[Name, PillarTerms]
    scales: Mapping[Name, Hex]
    duties: tuple[Duty, ...]
    release: tuple[Release, ...]
    outflow: Outflow
    witness: Witness
    dispute: Dispute
    withdrawal: Withdrawal
    triggers: tuple[Trigger, ...] = ()
    facts: tuple[DatedFact, ...] = ()

    @property
    def digest(self) -> str:
        """Hex SHA-256 of this version's canonical JSON."""
        return sha256(dump(self)).hexdigest()

    @property
    def genesis(self) -> str:
        """The digest of version 1, which names the accord."""
        return self.first or self.digest


def from_yaml(text: str) -> Accord:
    """Read an accord as people write it; every refusal says line, column and path.

    Raises:
        Malformed: `source.*`, `document.1` to `document.16`, `duration.*`, `charter.*`.
    """
    return from_source(read(text))


def from_source(source: Source) -> Accord:
    """Read an accord from a source whose placeholders were filled in.

    Raises:
        Malformed: as `from_yaml`.
    """
    # 1. Exactly these fields, each of its type.
    try:
        accord = msgspec.convert(source.data, Accord)
    except msgspec.ValidationError as error:
        raise _misshapen(str(error), source) from error
    soundness.check(accord, source)
    return accord


def parse(payload: bytes) -> Accord:
    """Read an accord from the canonical JSON that was signed.

    Raises:
        Malformed: `canonical.*`, `document.1` to `document.16`.
        NotCanonical: `document.17` a default is left out.
    """
    value = canonical.decode(payload, limit=MAX_BYTES)
    accord = from_source(Source(value, {}))
    # 17. Every default is written out.
    if dump(accord) != payload:
        what = "The accord leaves a default unwritten."
        raise NotCanonical("document.17", what, "Sign the bytes that document.dump gives.")
    return accord


def dump(accord: Accord) -> bytes:
    """The canonical JSON that officers sign."""
    return canonical.encode(to_value(accord))


def to_value(accord: Accord) -> Value:
    """The accord as plain data, every default written out."""
    value: Value = msgspec.json.decode(msgspec.json.encode(accord))
    return value


def _misshapen(message: str, source: Source) -> Malformed:
    """Turn msgspec's message, which ends in - at `$.path`, into one that says where in the text that is."""
    what, _, tail = message.partition(" - at `")
    path = tail.rstrip("`") or "$"
    return Malformed("document.1", f"{path} ({source.place(path)}): {what}.", "Mend the document there.")
