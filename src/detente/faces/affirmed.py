"""Whether officers stand behind a record: what a print of their act proves, by the accord alone.

    prove(of, affirmations, accord)      those that hold; the first that does not is refused by name

A node checks the same as it reads the logs, by the keys at the act's place. Here there is no log: the
officers are those of the party's first charter, which stands in the accord. Of a party that has changed its
officers since, ask a node (`show`), or verify an export.
"""

from collections.abc import Sequence

from detente.accord import decision, solemn
from detente.accord.acts import AFFIRM
from detente.accord.document import Accord
from detente.accord.solemn import Seat, SolemnAct
from detente.faces.cli.showing import Record
from detente.trust import charter as charters
from detente.trust.errors import WrongContext
from detente.trust.keyring import Keyring


def about(of: Record, others: Sequence[Record]) -> list[Record]:
    """Return the acts by which the officers of a record's party say that they stand behind it."""
    acts = [one for one in others if one.kind == AFFIRM and one.stands and one.party == of.party]
    return [one for one in acts if one.open.get("record") == of.id]


def prove(of: Record, others: Sequence[Record], accord: Accord) -> None:
    """Check every act about a record by the accord.

    Raises:
        WrongContext: `affirmed.1`, `affirmed.2`. As `solemn.require`, `charter.from_value`.
    """
    for act in about(of, others):
        party = accord.parties.get(of.party)
        # 1. The accord has officers of that party.
        if party is None or "live" not in party.charters:
            what = f"The accord names no officers of {of.party[:32]}."
            raise WrongContext("affirmed.1", what, "Give the accord as all officers signed it.")
        ring = Keyring.found(charters.from_value(party.charters["live"]))
        says = {name: value for name, value in act.open.items() if name != "approval"}
        wanted = SolemnAct(1, AFFIRM, accord.genesis, "live", of.party, says)
        solemn.require(str(act.open.get("approval")), wanted, Seat(ring, 0, act.at))
        # 2. What they signed is what this print of the record says.
        if (says.get("kind"), says.get("digest")) != (of.kind, decision.digest_of(of.open)):
            what = f"The officers of {of.party} stand behind another text than this print of {of.id[:16]}."
            raise WrongContext("affirmed.2", what, "Believe neither: ask a node for the record.")
