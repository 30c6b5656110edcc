"""The terms: all versions of one accord, compiled, as the gate and standing ask them. Satisfies `duty.Pact`.

    terms = build([accord], editions, scales)
    terms.genesis, terms.in_force(at).accord.version
    terms.assumption()   ->  the row of STANDING.md that applies: n, k, b, c, and what it says

Everything is pure: equal arguments give equal answers at every node.
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from detente.accord import change, judging
from detente.accord.acts import Release
from detente.accord.assumption import Assumption, assume
from detente.accord.clause import Duty
from detente.accord.document import Accord
from detente.accord.duration import milliseconds
from detente.accord.duty import Change, DutySpec, Finding, Judged, Keys, Part, Precedent, Tempo
from detente.accord.edition import Edition
from detente.accord.judging import MONTH, month_start
from detente.accord.keyact import LogKeys
from detente.accord.pillar import Statement
from detente.accord.scale import Scale
from detente.accord.standing import COUNTS, Standing
from detente.accord.version import RELEASE_KIND, Obligation, Version, compile_version
from detente.accord.world import View
from detente.trust import charter as charters
from detente.trust.errors import Misuse, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Record


class Terms(Struct, frozen=True):
    """All versions known here, by number; version 1 is always among them.

    `domain` is that of the logs: each domain has its own keys (`within`).
    """

    versions: Mapping[int, Version]
    domain: Domain = "live"

    @property
    def genesis(self) -> str:
        """The accord's name."""
        return self.versions[1].genesis

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties of the newest version, sorted: parties are added, and never taken away."""
        return self.newest.world.parties

    @property
    def newest(self) -> Version:
        """The newest version, whether it has started or not."""
        return self.versions[max(self.versions)]

    def joined(self, party: str) -> int:
        """The version by which a party takes part: 1, or that by which it acceded."""
        return self.newest.joined[party]

    @property
    def tempo(self) -> Tempo:
        """The time constants of version 1."""
        time = self.versions[1].accord.time
        names = ("receipt_every", "transit", "skew", "hand_over")
        return Tempo(time.k, *(milliseconds(getattr(time, name), f"$.time.{name}") for name in names))

    def in_force(self, at: int) -> Version:
        """The newest version that has started by a time; version 1 before that."""
        started = [number for number, version in self.versions.items() if version.starts <= at]
        return self.versions[max(started, default=1)]

    def assumption(self) -> Assumption:
        """Which row of the table of assumptions applies: n, m, k, b, c and Γ among those of version 1."""
        return assume(self.tempo, len(self.versions[1].world.parties))

    def view(self, standing: Standing, version: Version) -> View:
        """A standing as rules of a version read it: one encoding serves every decision at that cut.

        A pillar in which a party had no duty counts nothing: that is what standing leaves out; so is a party
        that acceded and did nothing yet. One of version 1 left out is refused (`world.1`).
        """
        zeros = dict.fromkeys(COUNTS, 0)
        pillars = version.world.pillars
        absent: dict[str, Mapping[str, Mapping[str, int]]] = {
            party: {} for party in version.world.parties if self.joined(party) > 1
        }
        rows = {
            party: {pillar: counts.get(pillar, zeros) for pillar in pillars}
            for party, counts in {**absent, **standing.counts}.items()
        }
        return version.world.encode_standing(rows, standing.digest)

    def effective(self, version: int) -> int | None:
        """From when a version may be used; None if it is not known here."""
        known = self.versions.get(version)
        return known.starts if known else None

    def duties(self, version: int) -> tuple[DutySpec, ...]:
        """The duties of a version."""
        return self._version(version).duties

    def refs(self, record: Record) -> tuple[str, ...]:
        """The ids that a record names: the root of its thread, and those in its open fields."""
        version = self.versions.get(record.accord.version)
        return judging.references(record, version)

    def judge(self, record: Record, thread: Mapping[str, Precedent], name: str = "") -> Judged:
        """Judge a record under the version that it names; its facts are the typed statement.

        Its id is taken from its bytes, unless whoever asks has it.
        """
        return judging.judge(record, thread, self._version(record.accord.version), name)

    def owes(self, spec: DutySpec, record: Record, facts: object) -> tuple[str, ...]:
        """Who owes a duty to which this record gives rise; nobody unless its rule is exactly true."""
        version = self._version(record.accord.version)
        found = version.obligations[spec.id]
        if spec.on != record.kind or not isinstance(facts, Statement):
            return ()
        return debtors_of(found, version, facts) if self.arises(found, version, facts) else ()

    def arises(self, found: Obligation, version: Version, said: Statement) -> bool:
        """Whether a statement gives rise to a duty: its rule is exactly true of it."""
        if found.rule is None:
            return False
        variables = version.world.encode(said.kind, said.party, said.open, said.facts, found.rule.reads)
        return found.rule.grants(variables | nobody(found, version))

    def parts(self, record: Record) -> tuple[Part, ...]:
        """Of a release, its paths towards its party; of what cannot lawfully be sent, the paths withheld."""
        if record.kind == RELEASE_KIND:
            act = Release(**record.open)
            return tuple(Part(act.to, path) for path in act.paths)
        return tuple(Part("", path) for path in judging.withheld(record))

    def debtors(self, spec: DutySpec) -> tuple[str, ...]:
        """Who owes a duty of the calendar, in the newest version that has it."""
        for number in sorted(self.versions, reverse=True) if spec.every else ():
            found = self.versions[number].obligations.get(spec.id)
            if found is not None and found.spec == spec and isinstance(found.clause, Duty):
                return (
                    self.versions[number].world.parties
                    if found.clause.owes == "all"
                    else (found.clause.owes,)
                )
        return ()

    def period(self, record: Record) -> int | None:
        """An instant in the period that a record names in its field `period`; None if it names none."""
        named = record.open.get("period")
        if isinstance(named, str) and MONTH.fullmatch(named):
            return month_start(named)
        return named if type(named) is int else None

    def keys(self, party: str) -> LogKeys:
        """A party's keys as its first version founds them; none if it takes no part in this domain."""
        value = self.newest.accord.parties[party].charters.get(self.domain)
        return LogKeys(None if value is None else Keyring.found(charters.from_value(value)))

    def within(self, domain: Domain) -> "Terms":
        """The same terms, asked about the logs of a domain."""
        return msgspec.structs.replace(self, domain=domain)

    def forker(self, record: Record, keys: Mapping[str, Keys]) -> str | None:
        """The party whose fork an `accord.fork` proves, by its log keys at the size of each head."""
        accused = keys.get(str(record.open.get("of")))
        ring = accused.ring if isinstance(accused, LogKeys) else None
        return judging.forker(record, ring) if ring is not None else None

    def changes(self, record: Record) -> Change | None:
        """What a record that stands does to duties."""
        return change.of(record, self._version(record.accord.version))

    def survives(self, spec: DutySpec, version: int) -> bool:
        """Whether a duty is named among those that survive a withdrawal."""
        return spec.id.partition("@")[0] in self._version(version).accord.withdrawal.surviving

    def findings(self, record: Record, thread: Mapping[str, Precedent]) -> tuple[Finding, ...]:
        """What an opening contradicts."""
        return judging.findings(record, thread, self._version(record.accord.version))

    def _version(self, number: int) -> Version:
        if number not in self.versions:
            what = f"Version {number} of the accord is not known here."
            raise Misuse("terms.7", what, "Ask effective() first, and fetch the version.")
        return self.versions[number]


def build(accords: Iterable[Accord], editions: Iterable[Edition], scales: Iterable[Scale]) -> Terms:
    """Compile all versions of an accord.

    Raises:
        WrongContext: `terms.8` version 1 is not among them, or they are of different accords or not in a row;
            `terms.1`, `terms.2` an edition or scale differs.
        Malformed: as `version.compile_version`.
    """
    installed, known = tuple(editions), tuple(scales)
    ordered = sorted(accords, key=lambda accord: accord.version)
    # 8. Versions 1, 2, 3 of one accord, each naming the one before.
    for number, accord in enumerate(ordered, start=1):
        before = ordered[number - 2].digest if number > 1 else None
        if (accord.version, accord.previous) != (number, before) or accord.genesis != ordered[0].digest:
            what = f"Version {accord.version} does not follow in the row of accord {ordered[0].genesis[:16]}."
            raise WrongContext("terms.8", what, "Give every version from 1 on, of one accord.")
    if not ordered:
        raise WrongContext("terms.8", "There is no accord.", "Give version 1.")
    joined = {party: accord.version for accord in reversed(ordered) for party in accord.parties}
    made = (compile_version(accord, installed, known) for accord in ordered)
    return Terms({one.accord.version: msgspec.structs.replace(one, joined=joined) for one in made})


def nobody(found: Obligation, version: Version) -> dict[str, object]:
    """The variables that only a release rule has, for a rule that was checked not to read them."""
    if isinstance(found.clause, Duty):
        return {}
    return {
        "audience": "",
        "standing": dict.fromkeys(version.world.parties, version.world.messages["Standing"]()),
    }


def debtors_of(found: Obligation, version: Version, said: Statement) -> tuple[str, ...]:
    """Who owes a duty that arose from a statement."""
    clause, parties = found.clause, version.world.parties
    if not isinstance(clause, Duty):
        return (said.party,) if found.spec.to != said.party else ()
    if clause.owes.startswith("facts."):
        named = getattr(said.facts, clause.owes.removeprefix("facts."))
        several = named if isinstance(named, tuple) else (named,)
        return tuple(sorted({name for name in several if name in parties}))
    groups = {"author": (said.party,), "all": parties, "others": tuple(p for p in parties if p != said.party)}
    return groups.get(clause.owes, (clause.owes,))
