"""The node: one home, opened by one process. Everything that a face does goes through here.

    with Node.open(Path("H"), installed) as node:
        node.table(Draft.new("notices.nil", {…}))
        node.sync(); node.heartbeat(); node.release_due()
        node.standing().digest

Results are plain structures. Refusals are named errors; a peer's fault is never one, it is evidence. Methods
may be called from any thread; everything that writes goes through the one writer.
"""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from detente.accord.acts import AbortReason
from detente.accord.cut import Cut
from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.node import (
    accusation,
    agreement,
    archive,
    deadline,
    durable,
    enactment,
    evidence,
    exchange,
    ledger,
    lineage,
    status,
)
from detente.node.accusation import Grounds
from detente.node.agreement import Installed
from detente.node.anchor import Anchor
from detente.node.assertion import Shown as Asserted
from detente.node.blotter import Blotter
from detente.node.branch import Branch, Step, Synced, nothing
from detente.node.catalogue import Catalogue
from detente.node.channel import Channel
from detente.node.clock import Clock, SystemClock
from detente.node.deadline import Deadline
from detente.node.delivery import Delivery
from detente.node.draft import Draft, Tabled
from detente.node.enactment import Enacted
from detente.node.erasure import Erased, Reason
from detente.node.errors import NoSuchThing
from detente.node.home import Home
from detente.node.identity import Identity
from detente.node.meeting import Meeting
from detente.node.publication import Publication
from detente.node.realm import Asker, Realm, keyrings
from detente.node.rehearsal import Rehearsal, Rehearsed
from detente.node.release import Explained, Going, Would
from detente.node.roster import Roster
from detente.node.rotation import KeyReason
from detente.node.source import FolderSource, Source, ZipSource
from detente.node.status import Shown, Status
from detente.node.store import Readers
from detente.node.writer import Writer
from detente.trust import exhibit, witness
from detente.trust.record import Domain


class Node(Catalogue, Channel):
    """A running node. Use `open`, and close it."""

    def __init__(
        self, home: Home, terms: Terms, clock: Clock, sources: Mapping[str, Source] | None = None
    ) -> None:
        super().__init__()
        self.home = home
        self.terms = terms
        self.clock = clock
        self.tree = FolderSource(home.path / "public")
        self._meeting = Meeting(home)
        self._sources = self._meeting.sources if sources is None else dict(sources)
        self._writer = Writer(home.path / "node.db")
        self._readers = Readers(home.path / "node.db")
        self.blotter = Blotter(self._writer, self._readers, clock.now)
        self._round = threading.RLock()
        self._stack = ExitStack()
        self._installed = Installed((), ())
        self.branches: dict[Domain, Branch] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        installed: Installed,
        *,
        clock: Clock | None = None,
        sources: Mapping[str, Source] | None = None,
    ) -> Self:
        """Open a home: take its lock, check what was signed, mend what a crash left.

        Args:
            path: of the home.
            installed: pillars and scales, from the composition root.
            clock: the time; None for the one that the settings describe.
            sources: party to where its tree is read; None for those of the settings.

        Raises:
            HomeMissing, HomeInUse, HomeUnsafe, Behind, DiskFailed; as `agreement.terms_of`.
        """
        home = Home.at(path)
        with ExitStack() as stack:
            stack.enter_context(home.lock())
            durable.sweep(home.path)
            terms = agreement.terms_of(home, installed)
            settings = home.settings
            told = clock or SystemClock(settings.time_scale, settings.time_anchor)
            node = cls(home, terms, told, sources)
            node._installed = installed
            stack.callback(node._shut)
            node._start()
            node._stack = stack.pop_all()
            return node

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish what was asked, and give the home free."""
        self._stack.close()

    @property
    def party(self) -> str:
        """Whose node this is."""
        return self.home.settings.party

    def table(self, draft: Draft) -> Tabled:
        """Sign a draft into the own log; durable when this returns. Raises as `Tabling.table`."""
        return self._branch(draft.domain).tabling.table(draft)

    def publish(self) -> None:
        """Sign and publish everything that is durable; returns when it is. Raises Behind, DiskFailed."""
        for branch in self.branches.values():
            self._writer.settle(branch.sequencer.ask)

    def sync(self, domain: Domain | None = None, first: Step = nothing) -> tuple[Synced, ...]:
        """Take a round: pull, witness, fetch, open, collect. A peer's fault is evidence, never raised.

        Between any two steps `first` is called, which may `hasten`.
        """
        with self._round:
            taken = tuple(
                branch.sync(self._sources, self._bells, first)
                for name, branch in self.branches.items()
                if domain in (None, name)
            )
            trouble = self._meeting.publish()
            return tuple(msgspec.structs.replace(one, away=one.away | trouble) for one in taken)

    def hasten(self) -> None:
        """Tell of own new heads, and take what others have told of; nothing else. Raises DiskFailed."""
        with self._round:
            for branch in self.branches.values():
                branch.hasten(self._sources, self._bells)

    def bring(self, path: Path, party: str) -> tuple[Synced, ...]:
        """Take a round over a file or folder of a party's tree. Raises NoSuchThing: `realm.1`."""
        source: Source = FolderSource(path) if path.is_dir() else ZipSource(path)
        for branch in self.branches.values():
            branch.realm.log(party)
        with self._round:
            return tuple(branch.sync({party: source}, {}) for branch in self.branches.values())

    def heartbeat(self, domain: Domain = "live") -> str | None:
        """Log what is due: a key to seal to, proof of a fork, a receipt; show standing; return its id."""
        return self._branch(domain).speak()

    def act(self, record: str, audience: str, paths: tuple[str, ...] = (), domain: Domain = "live") -> bytes:
        """Lay an act before officers; return exactly what they sign. Raises as `Releasing.act`."""
        return self._branch(domain).releasing.act(record, audience, paths)

    def approve(self, record: str, audience: str, act: bytes, domain: Domain = "live") -> None:
        """Keep officers' signatures on an act, if they count. Raises as `Releasing.approve`."""
        self._branch(domain).releasing.approve(record, audience, act)

    def abort_act(self, target: str, reason: AbortReason, domain: Domain = "live") -> bytes:
        """Return what one officer signs to abort an act laid before them. Raises as `Aborting.act`."""
        return self._branch(domain).aborting.act(target, reason)

    def abort(self, signed: bytes, domain: Domain = "live") -> Tabled:
        """Log the abort of an act, which one officer signed. Raises as `Aborting.abort`."""
        return self._branch(domain).aborting.abort(signed)

    def assertion(self, shown: Asserted, domain: Domain = "live") -> None:
        """Return if an officer's passkey signed it; keep it if none did. Raises as `Assertions.check`."""
        self._branch(domain).assertions.check(shown)

    def release(
        self, record: str, audience: str, domain: Domain = "live", only: tuple[str, ...] = ()
    ) -> tuple[Delivery, ...]:
        """Decide on one own record, or some paths of it, towards one party; return the rows about both."""
        branch = self._branch(domain)
        rows = branch.releasing.release(record, audience, only)
        return ledger.with_held(branch, self._readers.conn, rows)

    def preview(self, record: str | Draft, domain: Domain = "live") -> tuple[Would, ...]:
        """Return for each other party exactly what it would get now, of a record or of a draft. As both."""
        branch = self._branch(domain)
        return branch.releasing.preview(record) if isinstance(record, str) else branch.sketch.would(record)

    def rehearse(self, draft: Draft) -> Rehearsed:
        """Return what tabling a draft would sign, and what each party would get. As `Rehearsal.of`."""
        return Rehearsal(self._branch(draft.domain)).of(draft)

    def why(self, record: str, audience: str, domain: Domain = "live") -> tuple[Explained, ...]:
        """Explain, leaf by leaf, each clause about an own record and a party. Raises as `preview`."""
        return self._branch(domain).releasing.why(record, audience)

    def erase(self, record: str, paths: tuple[str, ...], reason: Reason, domain: Domain = "live") -> Erased:
        """Destroy sealed values of a record that are held here, and log it. Raises as `Erasure.erase`."""
        return self._branch(domain).erasure.erase(record, paths, reason)

    def release_due(self, domain: Domain = "live", going: Going = lambda: True) -> tuple[Delivery, ...]:
        """Decide on every own record towards every party, while `going`; return what was sent now."""
        return self._branch(domain).releasing.release_due(going)

    def draw_keys(self, domain: Domain = "live", suite: str | None = None) -> None:
        """Draw new keys of this node, for the next charter. Raises DiskFailed; Malformed: `suite.1`."""
        self._branch(domain).rotation.draw(self.home, suite)

    def next_charter(self, expires: int | None = None, domain: Domain = "live") -> bytes:
        """Return the charter that names the keys drawn last: what officers sign. Raises as `Rotation`."""
        return self._branch(domain).rotation.charter(expires)

    def change_keys(self, signed: bytes, domain: Domain = "live") -> Tabled:
        """Log a charter that the officers signed; its keys sign from the next index on. As `Rotation`."""
        return self._branch(domain).rotation.change(signed)

    def key_act(self, keyid: str, only: tuple[int, int] | None = None, domain: Domain = "live") -> bytes:
        """Return what officers sign to revoke a key, or to disavow what it signed at a range of indices."""
        return self._branch(domain).rotation.act(keyid, only)

    def revoke_key(self, keyid: str, reason: KeyReason, signed: bytes, domain: Domain = "live") -> Tabled:
        """Log the revocation of a key, which the officers signed. Raises as `Rotation.revoke`."""
        return self._branch(domain).rotation.revoke(keyid, reason, signed)

    def disavow(self, keyid: str, only: tuple[int, int], signed: bytes, domain: Domain = "live") -> Tabled:
        """Log that this party disowns what a key signed at some indices. Raises as `Rotation.disavow`."""
        return self._branch(domain).rotation.disavow(keyid, only, signed)

    def cut(self, domain: Domain = "live") -> Cut:
        """Return the newest cut that this node can read."""
        return self._branch(domain).reckoning.cut()

    def standing(self, cut: Cut | None = None, as_of: int | None = None, domain: Domain = "live") -> Standing:
        """Return standing, at the newest cut and now unless told otherwise. Raises BadProof, Incomplete."""
        at = self.clock.now() if as_of is None else as_of
        return self._branch(domain).reckoning.at(at, cut)

    def tick(self, domain: Domain = "live") -> tuple[Deadline, ...]:
        """Bring the deadlines up to date, and return those that have newly to be warned of or are over."""
        now = self.clock.now()
        standing = self._branch(domain).reckoning.at(now)
        return self._writer.do(lambda batch: deadline.tick(batch.conn, domain, standing, now))

    def record(self, name: str) -> Shown:
        """Return what this node knows of one record. Raises NoSuchThing: `status.1`."""
        known = {one.domain for one in archive.find(self._readers.conn, name)}
        named = sorted(self.branches.items(), key=lambda one: one[0] not in known)
        return status.of_record(named[0][1], self._readers.conn, name)

    def evidence_data(self, digest: str) -> bytes:
        """Return the bytes that were refused. Raises NoSuchThing: `node.2`."""
        found = evidence.data(self._readers.conn, digest)
        # 2. It is there.
        if found is None:
            raise NoSuchThing("node.2", f"No evidence {digest[:16]}.", "List the evidence first.")
        return found

    def exhibit(self, digest: str) -> bytes:
        """Return a refusal for a stranger. NoSuchThing: `node.2`, `node.4`; as `accusation.shown`."""
        data = self.evidence_data(digest)
        found = next(one for one in self.evidence() if one.digest == digest)
        branch = next((one for name, one in self.branches.items() if name == found.domain), None)
        # 4. It is laid to a party of a version that is here.
        if branch is None or found.party not in self.terms.newest.joined:
            raise NoSuchThing("node.4", f"Refusal {digest[:16]} is laid to no party.", "Keep it.")
        joined, live = self.terms.joined(found.party), self.branches.get("live", branch).lore
        line = lineage.carried(self.home.accords(), joined, live)
        grounds = Grounds.of(line, branch.realm.domain, branch.lore, found.party)
        return exhibit.dump(accusation.shown(found, data, grounds))

    def enact(self, signed: bytes) -> Enacted:
        """Take a version of the accord into the home; it rules from the next start. As `enactment.enact`."""
        keep = next(iter(self.branches.values())).realm.refuse
        return enactment.enact(self.home, signed, self._installed, keep)

    @property
    def trouble(self) -> str:
        """Why this node could not sign or publish at the last attempt; empty if it could."""
        return str(self._writer.trouble or "")

    def status(self) -> Status:
        """Return what this node can say about itself."""
        now = self.clock.now()
        return Status(
            party=self.party,
            genesis=self.terms.genesis,
            version=self.terms.in_force(now).accord.version,
            now=now,
            trouble=self.trouble,
            domains={name: status.of_domain(one, self._readers.conn) for name, one in self.branches.items()},
        )

    def export_log(self, to: Path, domain: Domain = "live") -> Path:
        """Write the static tree of a domain, with `vkeys` and `policy`, into a folder. Raises DiskFailed."""
        return exchange.write_folder(self._files(domain), to)

    def export_bundle(self, to: Path, domain: Domain = "live") -> Path:
        """Write the same tree into one file. Raises DiskFailed."""
        return exchange.write_zip(self._files(domain), to)

    def askers(self) -> dict[str, Asker]:
        """Return log origin to who may ask this node in its name: every other party of each domain."""
        realms = [branch.realm for branch in self.branches.values()]
        return {realm.origin(party): realm.asker(party) for realm in realms for party in realm.others}

    def submit(self, origin: str, submission: witness.Submission, heard: Step = nothing) -> bytes | int:
        """Answer the doorbell: our signature lines on a head, or the size that is known if it is stale.

        As soon as a head is durable, and before it is cosigned, `heard` is called.

        Raises:
            NoSuchThing: `node.3`. As `Replica.submit`; Contradiction, BadProof: as `witness.decide`.
        """
        for branch in self.branches.values():
            for party in branch.realm.others:
                if branch.realm.origin(party) == origin:
                    return branch.answer(party, submission, heard)
        # 3. The log is one that this node witnesses.
        raise NoSuchThing("node.3", f"The log {origin[:80]!a} is not witnessed here.", "Name another log.")

    @property
    def _bells(self) -> dict[str, str]:
        return {name: one.doorbell for name, one in self.home.settings.peers.items() if one.doorbell}

    def _branch(self, domain: Domain) -> Branch:
        # 1. The node takes part in the domain.
        if domain not in self.branches:
            raise NoSuchThing("node.1", f"This node takes no part in {domain}.", "Name one of its domains.")
        return self.branches[domain]

    def _files(self, domain: Domain) -> dict[str, bytes]:
        roster = self._roster(domain)
        # Read on the writer's thread, so that no file changes in between.
        files = self._writer.do(lambda _: exchange.read_folder(self.home.path / "public"))
        wanted = {path: data for path, data in files.items() if path.startswith((f"{domain}/", "accord/"))}
        # What this node computes of standing changes with its clock, and is no part of a log.
        wanted.pop(f"{domain}/{self.party}/standing", None)
        return wanted | {"vkeys": roster.vkeys(), "policy": roster.policy(self.party)}

    def _roster(self, domain: Domain) -> Roster:
        return Roster.of(self.terms.versions[1].accord, domain, self._branch(domain).realm.keyrings)

    def _start(self) -> None:
        publication = Publication(self.home.path / "public")
        for version, data in self.home.accords().items():
            publication.accord(version, data)
        for domain in self.home.settings.domains:
            realm = Realm(
                domain=domain,
                party=self.party,
                genesis=self.terms.genesis,
                identity=Identity.at(self.home, domain),
                keyrings=keyrings(self.terms.newest.accord, domain),
                writer=self._writer,
                readers=self._readers,
                publication=publication,
                anchor=Anchor(self.home.path / "signed"),
                clock=self.clock,
            )
            self._meeting.voices[domain] = realm.voice
            self.branches[domain] = Branch.of(realm, self.terms, self.home.settings, self._meeting.bells())
            self.branches[domain].open()
            self.branches[domain].rotation.retire(self.home)

    def _shut(self) -> None:
        self._writer.finish()
        for branch in self.branches.values():
            branch.close()
        self._meeting.close()
        self._readers.close()
        self._writer.close()
