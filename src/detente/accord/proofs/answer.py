"""What a proof answers: proven, refuted with cases as data, or undecided with the reason.

Answer("reciprocity", "refuted", (Witness(...),))
Answer("can-apply", "undecided", (), "$.duties[0].when, column 3: ...")
"""

from typing import Literal

from msgspec import Struct

from detente.accord.proofs.case import Case
from detente.accord.proofs.effect import Effect

Verdict = Literal["proven", "refuted", "undecided"]


class Witness(Struct, frozen=True, kw_only=True):
    """What refutes a property.

    Args:
        clause: that fails, or "" if no single one does.
        about: a code of this property that says how it fails, `dead` or `budget` say.
        names: what it is about, beside the clause: parties, pillars, fields.
        effects: which effects.
        case: a state in which it shows; replayed.
        mirror: the state after an exchange of parties; replayed.
        exchange: the two parties that were exchanged.
    """

    about: str
    clause: str = ""
    names: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    case: Case | None = None
    mirror: Case | None = None
    exchange: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """The answer to one property.

    Args:
        property: its name.
        verdict: proven holds in every state; refuted has witnesses; undecided says why.
        witnesses: at least one if refuted.
        why: if undecided.
    """

    property: str
    verdict: Verdict
    witnesses: tuple[Witness, ...] = ()
    why: str = ""


class Flag(Struct, frozen=True):
    """No failure, but to be known: `roles` one neutral has several; `lopsided` a clause is not even.

    Args:
        code: of the flag.
        clause: it is about, or "".
        names: parties, roles; of a lopsided clause, pairs `us>cn` to which it alone adds something.
    """

    code: str
    clause: str = ""
    names: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """All answers, in a fixed order, and what is flagged."""

    answers: tuple[Answer, ...]
    flags: tuple[Flag, ...]
