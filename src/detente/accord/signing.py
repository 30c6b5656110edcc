"""Signing: when an accord binds, namely when the officers of every party have signed its canonical bytes.

verify(envelope, at=...)  ->  Accord
"""

from collections.abc import Mapping

from detente.accord import document
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.accord.machines.pillar import PILLAR, RISES
from detente.trust import charter as charters
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE, Envelope
from detente.trust.errors import Fork, WrongContext
from detente.trust.machine import Cells, Event, Moment, step


def verify(signed: Envelope, at: int, in_force: Mapping[str, Charter] | None = None) -> Accord:
    """Return the accord, if the officers of every party have signed it, each to their party's threshold.

    Args:
        signed: the envelope as received.
        at: the time to compare expiries of keys with; for version 1, when it starts.
        in_force: the charters in force, by party; None for version 1, whose charters it carries itself. A
            party that is not among them signs by its charter in this version.

    Raises:
        WrongContext: `signing.1` the envelope holds something else; `signing.3` a party accedes with a later
            charter than its first.
        Malformed, NotCanonical: as `document.parse`.
        BadSignature, WrongKey, NotValidThen, BelowThreshold: as `charter.verify`, for the first party that
        falls short.
    """
    # 1. The payload is an accord.
    if signed.payload_type != ACCORD_TYPE:
        raise WrongContext("signing.1", f"This is {signed.payload_type}.", "Present an accord.")
    # 2. It parses from exactly the signed bytes (checks `document.*`).
    accord = document.parse(signed.payload)
    # Whoever accedes in this very version signs by the charter that it brings.
    by_party = {**own_charters(accord), **(in_force or {})}
    for party in sorted(accord.parties):
        # 3. The charter that a party brings is its first.
        if by_party[party].version != 1 and party not in (in_force or by_party):
            raise WrongContext("signing.3", f"{party} accedes with a later charter.", "Bring its first.")
        # 4. Its officers reached their threshold: holders are counted, never keys (`charter.10` to
        # `charter.12`).
        charters.verify(signed, by_party[party], "officer", at, payload_type=ACCORD_TYPE)
    return accord


def own_charters(accord: Accord) -> dict[str, Charter]:
    """The charters of the live domain that an accord carries, by party."""
    return {name: charters.from_value(party.charters["live"]) for name, party in accord.parties.items()}


def check_succession(old: Accord, new: Accord) -> None:
    """Check that one version follows another of the same accord.

    Raises:
        Fork: `signing.5` two texts under one version: keep both.
        WrongContext: `signing.6` another accord, a version left out, or a different predecessor; `signing.7`
            it changes what only a new accord can change; `signing.8` a pillar cannot come to its state from
            the one before; `signing.9` it starts before that one does.
    """
    # 5. One version has one text.
    if (old.genesis, old.version) == (new.genesis, new.version) or old.version == new.version == 1:
        if old.digest != new.digest:
            what = f"Version {new.version} has two signed texts: {old.digest[:16]} and {new.digest[:16]}."
            raise Fork(
                "signing.5", what, "Keep both envelopes: they are evidence against whoever signed both."
            )
        return
    # 6. The same genesis, the next number, and the digest of the one before.
    if (new.first, new.version, new.previous) != (old.genesis, old.version + 1, old.digest):
        what = f"Version {new.version} does not follow version {old.version} of {old.genesis[:16]}."
        raise WrongContext("signing.6", what, "Present the versions in order.")
    # 7. Every party stays, with its first charters; others may accede. The constants of time stay.
    kept = {name: new.parties[name].charters for name in old.parties if name in new.parties}
    if (kept, new.time) != ({name: one.charters for name, one in old.parties.items()}, old.time):
        what = f"Version {new.version} drops a party, or changes first charters or the constants of time."
        raise WrongContext("signing.7", what, "Found a new accord that names the old one.")
    for name in sorted(new.pillars):
        # 8. Every pillar goes from its state to one that all parties together may bring it to.
        before = old.pillars[name].state if name in old.pillars else PILLAR.start
        refusal = changed(before, new.pillars[name].state, tuple(new.parties))
        if refusal:
            what = (
                f"Version {new.version} takes {name} from {before} to {new.pillars[name].state}: {refusal}."
            )
            raise WrongContext("signing.8", what, "What is retired stays so; give a pillar another name.")
    # 9. It starts no earlier: else keys that have expired since could sign it (`at`).
    if moment(new.starts, "$.starts") < moment(old.starts, "$.starts"):
        what = f"Version {new.version} starts {new.starts}, before version {old.version} does: {old.starts}."
        raise WrongContext("signing.9", what, "Let it start with that version or later, and sign it anew.")


def changed(before: str, after: str, parties: tuple[str, ...]) -> str:
    """Return why a version all parties signed cannot change a pillar's state so, or "", by its table.

    Sunsets are the document's matter: each pillar has one, and it lies after the version begins.
    """
    names = {"suspended": "suspend", "dormant": "rest", "retired": "retire"}
    names |= {to: event for event, (to, _) in RISES.items()}
    terms: Cells = {"parties": frozenset(parties), "channel": 0, "nobody": frozenset()}
    moment = Moment(before, {**PILLAR.cells, "from": after})
    refusal = ""
    for party in parties if before != after else ():
        made = step(PILLAR, terms, moment, Event(names[after], 0, party, {"sunset": 1}))
        moment, refusal = made.moment, made.refusal
        if moment.state == after:
            return ""
    return refusal
