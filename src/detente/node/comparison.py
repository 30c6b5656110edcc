"""The comparison: each node shows what it computes, and holds the others' answers against its own.

    H/public/live/us/standing        an envelope by a record key of us, over
    {"answer":{…},"as_of":…,"cut":{…},"digest":"5d…","domain":"live","genesis":"9f…","party":"us","v":1}

At one cut and one `as_of` all answers are the same bytes. Where a peer signed another digest, the node raises
an alarm by itself: evidence of kind `standing` with both values and the first duty that differs. Nothing else
changes: standing is what the logs give, not what anybody says it is. What cannot be compared yet waits.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detente.accord import cut as cuts
from detente.accord.cut import Cut
from detente.accord.standing import Incomplete, Standing
from detente.node import evidence
from detente.node.errors import Disagreement
from detente.node.evidence import Refusal
from detente.node.realm import Realm
from detente.node.reckoning import Reckoning
from detente.node.source import Source
from detente.trust import canonical, envelope
from detente.trust.errors import BadProof, DetenteError, Malformed, WrongContext, WrongKey
from detente.trust.key import PublicKey
from detente.trust.record import Domain

STANDING_TYPE = "application/vnd.detente.standing+json"
FILE = "standing"
MAX_ANSWER = 524_288
"""The longest answer that is shown whole; of a longer one the digest alone."""

OFTEN = 4
"""How often in a receipt period a node shows its standing anew, at most."""


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a party signs of standing; `answer` is the whole of it, or null."""

    v: int
    genesis: str
    domain: Domain
    party: str
    as_of: int
    cut: dict[str, Any]
    digest: str
    answer: dict[str, Any] | None

    @property
    def where(self) -> Cut:
        """The cut. Raises Malformed: `cut.*`."""
        return cuts.parse(canonical.encode(self.cut))


def parse(data: bytes, whose: tuple[str, Domain, str], keys: Iterable[PublicKey]) -> Told:
    """Return what a party told, verified as its own word; whether it is right is another question.

    Args:
        data: the file.
        whose: genesis, domain and party.
        keys: the party's record keys.

    Raises:
        As `envelope.parse`, `envelope.verify`, `cut.parse`. Malformed: `compare.1`.
        WrongContext: `compare.2`. BadProof: `compare.3`.
    """
    signed = envelope.parse(data, 2 * MAX_ANSWER)
    envelope.require_no_others(signed, envelope.verify(signed, tuple(keys), 1, STANDING_TYPE))
    # 1. It has the form.
    try:
        told = msgspec.convert(canonical.decode(signed.payload, 2 * MAX_ANSWER), Told)
    except msgspec.ValidationError as error:
        raise Malformed("compare.1", f"No standing: {error}.", "Ask its author for another.") from error
    # 2. It is of this accord, domain and party.
    if (told.v, told.genesis, told.domain, told.party) != (1, *whose):
        raise WrongContext("compare.2", f"Standing of {told.party[:33]!a}.", "Show it where it belongs.")
    # 3. The answer that is shown is the one whose digest is signed.
    if told.answer is not None and _digest(told.answer) != told.digest:
        raise BadProof("compare.3", "The answer is not that of the digest.", "Ask its author for both.")
    cuts.parse(canonical.encode(told.cut))
    return told


@dataclass
class Comparison:
    """Shows and compares the standing of one realm.

    Attributes:
        realm: where.
        reckoning: what is computed here.
        period: Δ, the accord's receipt period.
        tolerance: Γ: who dates further ahead waits until the time has come.
    """

    realm: Realm
    reckoning: Reckoning
    period: int
    tolerance: int
    _shown: int = -1
    _looked: dict[str, tuple[bytes, tuple[int, ...]]] = field(default_factory=dict)

    def publish(self) -> bool:
        """Show our standing, if it was not shown for a while; return whether it was shown."""
        now = self.realm.clock.now()
        if self._shown >= 0 and now - self._shown < self.period // OFTEN:
            return False
        try:
            ours = self.reckoning.at(now)
        except Incomplete:
            return False
        self._shown = now
        mine = self.realm.party
        key = self.realm.own_keys("record", len(self.realm.trees[mine]))[0]
        data = envelope.dump(envelope.sign(STANDING_TYPE, self._payload(ours), [key]))
        path = f"{self.realm.path(self.realm.party)}/{FILE}"
        name = f"standing {self.realm.domain}"
        self.realm.writer.settle(
            lambda batch: batch.later(name, lambda _: self.realm.publication.standing(path, data))
        )
        return True

    def look(self, party: str, source: Source) -> None:
        """Hold what a party shows against our own answer at the same cut.

        Raises:
            PeerAway: the source cannot be asked.
        """
        data = source.get(f"{self.realm.path(party)}/{FILE}")
        state = (data or b"", tuple(len(tree) for tree in self.realm.trees.values()))
        # Once compared it is compared; what waits for leaves is looked at again when there are more.
        if data is None or self._looked.get(party) in (state, (data, ())):
            return
        self._looked[party] = state
        try:
            compared = self._compare(self._parsed(party, data))
        except DetenteError as error:
            self.realm.refuse(Refusal(self.realm.domain, party, party, "standing", data), error)
            compared = True
        if compared:
            self._looked[party] = (data, ())

    def _parsed(self, party: str, data: bytes) -> Told | None:
        """Return what a party told; None if it signed with keys that it has changed since, and will again."""
        ring = self.realm.keyrings[party]
        whose = (self.realm.genesis, self.realm.domain, party)
        try:
            keys = self.realm.keys(party, "record", len(self.realm.trees[party]))
            return parse(data, whose, keys)
        except WrongKey:
            parse(data, whose, [key for span in ring.spans for key in span.charter.public_keys("record")])
            return None

    def _compare(self, told: Told | None) -> bool:
        """Return whether it could be compared. Raises BadProof: `compare.4`. Disagreement: `compare.5`."""
        if told is None or told.as_of > self.realm.clock.now() + self.tolerance or not self._covers(told):
            return False
        try:
            ours = self.reckoning.after(told.party, told.as_of, told.where)
        except (Incomplete, BadProof):
            return False
        # 5. At one cut there is one answer.
        if ours.digest != told.digest:
            raise Disagreement(
                "compare.5",
                f"{told.party} computes {told.digest}, we compute {ours.digest}, as of {told.as_of}"
                f" at the cut {_digest(told.cut)[:16]}. {difference(ours, told.answer)}",
                "Recount from both exports (detente standing --export); standing here is unchanged.",
            )
        return True

    def _covers(self, told: Told) -> bool:
        """Return whether our logs reach the cut. Raises BadProof: `compare.4`."""
        reached = True
        for party, head in told.where.heads.items():
            if party not in self.realm.trees:
                raise BadProof("compare.4", f"The cut names {party}, who is no party.", _CUT)
            tree = self.realm.trees[party]
            forked = evidence.forked(self.realm.readers.conn, self.realm.log(party)) is not None
            reached = reached and head.size <= len(tree)
            # 4. The cut is of logs as they are; of a log that forked there are two.
            if head.size and head.size <= len(tree) and tree.root(head.size).hex() != head.root:
                if not forked:
                    raise BadProof("compare.4", f"The cut has another past of {party}.", _CUT)
                reached = False
        return reached

    def _payload(self, ours: Standing) -> bytes:
        whole = ours.dump()
        return canonical.encode(
            {
                "v": 1,
                "genesis": self.realm.genesis,
                "domain": self.realm.domain,
                "party": self.realm.party,
                "as_of": ours.as_of,
                "cut": ours.cut.value(),
                "digest": hashlib.sha256(whole).hexdigest(),
                "answer": canonical.decode(whole, MAX_ANSWER) if len(whole) <= MAX_ANSWER else None,
            }
        )


def difference(ours: Standing, theirs: dict[str, Any] | None) -> str:
    """Return, as a sentence, the first duty that differs; else the first part of the answer that does."""
    if theirs is None:
        return "They do not show their answer."
    mine: Any = canonical.decode(ours.dump(), 64 * MAX_ANSWER)
    for there, here in zip(_rows(theirs), _rows(mine), strict=False):
        if there != here:
            name = here if _name(here) <= _name(there) else there
            verdicts = [_verdict(side, name) for side in (theirs, mine)]
            base = str(name.get("base") or name.get("start"))[:16]
            return (
                f"First duty that differs: {name.get('spec')} of {name.get('debtor')}, from {base}:"
                f" they say {verdicts[0]}, we say {verdicts[1]}."
            )
    if len(_rows(theirs)) != len(_rows(mine)):
        return f"They list {len(_rows(theirs))} duties, we list {len(_rows(mine))}."
    odd = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
    return f"No duty differs; the answers differ in: {', '.join(odd)}."


def _verdict(answer: dict[str, Any], name: dict[str, Any]) -> str:
    found = next((row for row in _rows(answer) if _name(row) == _name(name)), None)
    if found is None:
        return "there is no such duty"
    return ", ".join(
        [str(found.get("verdict")), *(["overdue"] if found.get("overdue") else []), *_when(found)]
    )


def _when(row: dict[str, Any]) -> list[str]:
    return [f"{name} {row[name]}" for name in ("due", "performed") if row.get(name)]


def _rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("duties")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _name(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(row.get(name) or "") for name in ("debtor", "pillar", "spec", "version", "base", "start")
    )


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(canonical.encode(value)).hexdigest()


_CUT = "Ask its author at which logs it looked."
