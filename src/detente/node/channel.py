"""The channel: the part of a node that brings messages to officers, and watches over its own.

node.ring()            the machine receives what has come; alarms see the time; returns the calls to make
node.called(call)      what came of a call
node.take(id, name)    an officer takes an alarm: the next one is not woken, until it is late
"""

import hmac
from abc import abstractmethod
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from detente.node import absence, wake
from detente.node import rota as rotas
from detente.node.branch import Branch
from detente.node.draft import Draft
from detente.node.drawer import Drawer
from detente.node.errors import NoSuchThing
from detente.node.hearing import RECEIPT, TEST, Hearing
from detente.node.home import Home
from detente.node.rota import Rota
from detente.node.wake import SECOND, Call, Wake, Why
from detente.node.writer import Batch
from detente.trust.errors import DetenteError
from detente.trust.record import Domain, Record

STOPPED = "The node stopped while it was calling."
DAY, WEEK = 86_400_000, 604_800_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The way to one party: when its newest record came to be, when it last read a test back; 0 is never."""

    party: str
    heard: int
    tested: int
    away: bool


class Channel(Drawer):
    """The part of a node that wakes people."""

    home: Home

    def __init__(self) -> None:
        self._hearings: dict[Domain, Hearing] = {}
        self._calling: set[Call] = set()
        self._refused: set[str] = set()
        self._tested: set[tuple[Domain, str]] = set()
        self._rung_for: set[str] = set()

    @property
    @abstractmethod
    def party(self) -> str:
        """Whose node this is."""

    @abstractmethod
    def _branch(self, domain: Domain) -> Branch:
        """Return a domain of this node."""

    def ring(self, domain: Domain = "live") -> tuple[Call, ...]:
        """Take in what has come, let the alarms see the time, and return the calls to be made now.

        A home without a rota wakes nobody, and its machine receives nothing in an officer's stead.

        Raises:
            Malformed: `rota.*`. DiskFailed.
        """
        rota = rotas.load(self.home)
        if rota is None:
            return ()
        hearing, now = self._heard(domain), self.clock.now()
        self._receive(domain, hearing)
        found = self._writer.do(lambda batch: self._rung(batch, domain, hearing, (rota, now)))
        self._rung_for |= hearing.messages.keys()
        return found

    def called(self, call: Call) -> None:
        """Keep the outcome of a call. Raises DiskFailed."""
        self._calling = {one for one in self._calling if _key(one) != _key(call)}
        self._writer.do(lambda batch: wake.note(batch.conn, call))

    def take(self, record: str, officer: str, domain: Domain = "live") -> tuple[Wake, ...]:
        """Let an officer take the alarms about a record. Raises NoSuchThing: `channel.1`."""
        open_ = [one for one in self.alarms(domain) if one.record == record]
        # 1. Something rings about it.
        if not open_:
            what = f"Nothing rings about {record[:16]}."
            raise NoSuchThing("channel.1", what, "See detente channel status.")
        return self._writer.do(
            lambda batch: tuple(wake.turn(batch.conn, one, "take", officer) for one in open_)
        )

    def alarms(self, domain: Domain = "live", *, ended: bool = False) -> tuple[Wake, ...]:
        """Return the alarms that are not over, or all, oldest first."""
        return wake.read(self._readers.conn, domain, ended=ended)

    def calls(self, domain: Domain = "live", record: str = "") -> tuple[Call, ...]:
        """Return who was called about a record, or about all, and what came of it, oldest first."""
        return wake.calls(self._readers.conn, domain, record)

    def lines(self, domain: Domain = "live") -> tuple[Line, ...]:
        """Return how the way to each other party is."""
        hearing, branch, conn = self._heard(domain), self._branch(domain), self._readers.conn
        gone = {one.party for one in absence.read(conn, domain)}
        times = dict(conn.execute("SELECT party, last_at FROM log WHERE domain = ?", (domain,)))
        mine = [
            name for name, one in hearing.messages.items() if one.kind == TEST and one.party == self.party
        ]
        return tuple(
            Line(
                party=party,
                heard=int(times.get(party, 0)),
                tested=max((hearing.when.get((name, party), 0) for name in mine), default=0),
                away=party in gone,
            )
            for party in branch.realm.others
        )

    def test_line(self, domain: Domain = "live") -> None:
        """Table the tests that are due by the rota; each once, whatever is restarted. Raises as `table`."""
        rota = rotas.load(self.home)
        if rota is None or rota.tests is None:
            return
        key, now = rotas.secret(self.home), self.clock.now()
        day, week = now // DAY, now // WEEK
        # Nobody but this home can tell the hour of a week's test beforehand; a day is left to hold it in.
        drawn = int.from_bytes(hmac.digest(key, f"{domain} {week}".encode(), "sha256")[:8])
        hidden = drawn % (WEEK - DAY)
        due = [("daily", day, True, "routine")] if rota.tests.daily else []
        if rota.tests.weekly and hidden <= now % WEEK < hidden + DAY:
            due.append(("weekly", week, False, rota.tests.precedence))
        for name, number, announced, precedence in due:
            nonce = hmac.digest(key, f"{domain} {name} {number}".encode(), "sha256").hex()[:32]
            said = {"announced": announced, "precedence": precedence, "route": "link"}
            if (domain, nonce) not in self._tested:
                self.table(Draft(kind=TEST, open=said, nonce=nonce, domain=domain))
                self._tested.add((domain, nonce))

    def _heard(self, domain: Domain) -> Hearing:
        branch = self._branch(domain)
        hearing = self._hearings.setdefault(domain, Hearing(branch.realm, branch.judge))
        hearing.listen(self._readers.conn)
        return hearing

    def _receive(self, domain: Domain, hearing: Hearing) -> None:
        """Say of each message of others that it has arrived, once: the nonce is made from its id."""
        version = self._branch(domain).terms.in_force(self.clock.now())
        for name, entry in hearing.messages.items():
            mine = entry.party == self.party
            done = mine or hearing.reached(name, self.party) or name in self._refused
            if done or version.spec(RECEIPT) is None:
                continue
            nonce = sha256(f"receipt of {name}".encode()).hexdigest()[:32]
            draft = Draft(kind=RECEIPT, open={"of": name}, nonce=nonce, domain=domain)
            try:
                self.table(draft.answering(entry.thread or name))
            except DetenteError:
                # What does not stand gets no receipt from the gate; a person looks at it all the same.
                self._refused.add(name)
        hearing.listen(self._readers.conn)

    def _rung(
        self, batch: Batch, domain: Domain, hearing: Hearing, given: tuple[Rota, int]
    ) -> tuple[Call, ...]:
        rota, now = given
        self._forget(batch, domain)
        for name in hearing.messages.keys() - self._rung_for:
            for fresh in self._new(name, hearing.messages[name], given):
                if not wake.known(batch.conn, domain, name, fresh.why):
                    wake.put(batch.conn, fresh)
        found: list[Call] = []
        for one in wake.read(batch.conn, domain):
            lacking = self._lacking(hearing, one)
            if not lacking:
                wake.turn(batch.conn, one, "settle")
                continue
            seen = msgspec.structs.replace(one, lacking=lacking)
            if seen != one:
                wake.put(batch.conn, seen)
            # An own message rings only when the others' time is over.
            if seen.why == "arrived" or now >= seen.due:
                found += wake.tick(batch.conn, seen, rota, now)[1]
        self._calling |= set(found)
        return tuple(found)

    def _forget(self, batch: Batch, domain: Domain) -> None:
        """Close the calls that an earlier process began: whether they got through, nobody knows."""
        mine = {_key(one) for one in self._calling}
        for call in wake.calls(batch.conn, domain):
            if call.outcome == "begun" and _key(call) not in mine:
                wake.note(batch.conn, msgspec.structs.replace(call, outcome="unknown", what=STOPPED))

    def _new(self, name: str, entry: Record, given: tuple[Rota, int]) -> Iterable[Wake]:
        rota, now = given
        precedence = str(entry.open["precedence"])
        clocks = rota.clocks_of(precedence)
        mine = entry.party == self.party
        elsewhere = entry.kind == "notices.query" and entry.open["to"] != self.party
        terms: dict[Why, int] = (
            {"unheard": clocks.receipt, "unread": clocks.read_back}
            if mine
            else {}
            if elsewhere
            else {"arrived": clocks.read_back}
        )
        return [
            Wake(
                domain=entry.domain,
                record=name,
                why=why,
                kind=entry.kind,
                party=entry.party,
                precedence=precedence,
                since=now,
                due=now + term * SECOND,
            )
            for why, term in terms.items()
        ]

    def _lacking(self, hearing: Hearing, one: Wake) -> tuple[str, ...]:
        """Return who has not come as far with a message as this alarm asks."""
        entry = hearing.messages.get(one.record)
        if entry is None:
            return ()
        if one.why == "arrived":
            return () if hearing.reached(one.record, self.party) == "read" else (self.party,)
        asked = (str(entry.open["to"]),) if entry.kind == "notices.query" else hearing.realm.others
        enough = {"read"} if one.why == "unread" else {"read", "received"}
        return tuple(party for party in asked if hearing.reached(one.record, party) not in enough)


def _key(call: Call) -> tuple[str, ...]:
    return (call.domain, call.record, call.why, call.officer, call.way)
