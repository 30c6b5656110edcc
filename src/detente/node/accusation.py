"""The accusation: a refusal made into an exhibit, if the party's own keys signed what was refused.

    shown(refused, data, grounds).step == "record.8"

A fork, a false opening, two cosignatures that contradict each other, and a record that its party signed and
nobody may accept convince a stranger. What anybody could have made (a bad proof, a bad signature, noise) does
not, and is never shown as if it did.
"""

from dataclasses import dataclass, replace

from detente.accord import opening
from detente.node.errors import NoSuchThing
from detente.node.evidence import Evidence
from detente.node.keylore import KeyLore
from detente.trust import envelope, exhibit, fork, misdated
from detente.trust.charter import Charter
from detente.trust.envelope import Envelope
from detente.trust.errors import BadProof, DetenteError
from detente.trust.exhibit import Change, Exhibit
from detente.trust.fork import Fork
from detente.trust.lineage import Lineage
from detente.trust.misdated import Misdated
from detente.trust.record import Domain

JUDGE = opening.require_true
"""What a stranger asks of statements beside their form; `auditor` asks the same."""


@dataclass(frozen=True)
class Grounds:
    """What an exhibit stands on: the versions of the accord, the domain, and all charters of the accused."""

    lineage: Lineage
    domain: Domain
    founding: Charter
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, lineage: Lineage, domain: Domain, lore: KeyLore, party: str) -> "Grounds":
        """Return what is known of a party's keys under an accord."""
        return cls(lineage, domain, lore.founded[party].charter(0), lore.changes(party))


def shown(refused: Evidence, data: bytes, grounds: Grounds) -> Exhibit:
    """Return the exhibit of a refusal, verified as a stranger would verify it.

    Raises:
        NoSuchThing: `accusation.1`: it would convince nobody.
    """
    try:
        made = _made(refused, data, grounds)
        exhibit.verify(made, made.genesis, grounds.founding, JUDGE)
    except DetenteError as error:
        # 1. The party's own keys signed what cannot be true.
        raise NoSuchThing(
            "accusation.1",
            f"Refusal {refused.digest[:16]} proves nothing to a stranger: {error.what}",
            "Keep it for your own inquiry; `--raw` writes the bytes.",
        ) from error
    return made


def _made(refused: Evidence, data: bytes, grounds: Grounds) -> Exhibit:
    matter, line = _matter(refused, data), grounds.lineage
    bare = Exhibit(
        accord=line.versions[0],
        domain=grounds.domain,
        party=refused.party,
        charters=grounds.changes,
        step=None,
        matter=matter,
        versions=line.versions[1:],
        officers=line.officers,
    )
    if not isinstance(matter, tuple):
        return bare
    found = exhibit.refusal(bare, JUDGE)
    if found is None:
        raise BadProof("accusation.1", "The statement itself can stand elsewhere.", "Keep it.")
    return replace(bare, step=found.step)


def _matter(refused: Evidence, data: bytes) -> Fork | Misdated | tuple[Envelope, ...]:
    match refused.kind:
        case "fork":
            return fork.parse(data)
        case "misdated":
            return misdated.parse(data)
        case "opening" | "record":
            # Canonical JSON has no line end: each envelope is a line.
            return tuple(envelope.parse(line) for line in data.split(b"\n"))
    raise NoSuchThing(
        "accusation.1", f"What was refused ({refused.kind}) is no signed statement.", "Keep it."
    )
