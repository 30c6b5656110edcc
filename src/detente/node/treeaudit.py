"""The audit of a static tree: every file is recomputed or verified; one that nobody can explain is a fault.

Nothing of the tree is believed but the accord, and that only by its officers' signatures; the caller says
which genesis it expects, or reads it in the report.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, get_args

import msgspec

from detente.accord import document, duration, keyact, signing, terms
from detente.accord.document import Accord
from detente.accord.keyact import KINDS
from detente.accord.standing import Log
from detente.accord.terms import Terms
from detente.node import agreement, body, bundle, comparison, crew, tenure
from detente.node.agreement import Installed
from detente.node.body import Floor, Place, UnknownTerms
from detente.node.crew import Checked, Part
from detente.node.floor import TermsFloor
from detente.node.keylore import KeyLore
from detente.node.realm import head_of, keyrings
from detente.node.releaseaudit import ReleaseAudit
from detente.node.report import Findings
from detente.node.roster import Roster
from detente.node.tenure import Act
from detente.trust import envelope, note, record, tile
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import BadProof, DetenteError, Malformed, WrongContext, WrongKey
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Leaf, Record, parse_leaf
from detente.trust.tile import WIDTH
from detente.trust.tree import EMPTY_ROOT, Tree, leaf_hash

T = TypeVar("T")


def _no_floor(_: Record) -> None:
    """Every form is let through."""


@dataclass
class TreeAudit:
    """An audit under way.

    Attributes:
        files: path to content, of everything in the tree.
        installed: pillars and scales, to check each kind's form; None: forms are not checked, and counted.
        found: what was looked at, and what does not hold.
        checked: what checks bodies, in this process or in several.
    """

    files: Mapping[str, bytes]
    installed: Installed | None = None
    found: Findings = field(default_factory=Findings)
    explained: set[str] = field(default_factory=set)
    floor: Floor = _no_floor
    checked: Checked = crew.alone
    terms: Terms | None = None
    logs: dict[tuple[str, str], tuple[list[Leaf], dict[str, Record]]] = field(default_factory=dict)

    def run(self, genesis: str | None = None) -> str:
        """Audit the tree, and return the accord's genesis; empty if it has no accord that holds.

        Args:
            genesis: what it should be, if the caller knows.
        """
        accords = self._accords(genesis)
        if not accords:
            return ""
        accord = accords[0]
        self._set_floor(accords)
        domains: tuple[Domain, ...] = get_args(Domain)
        for domain in domains:
            self._domain(accord, domain, keyrings(accords[-1], domain))
        for path in sorted(self.files.keys() - self.explained):
            error = WrongContext("audit.9", "Nothing explains this file.", "Remove it, or export again.")
            self.found.fault(path, error)
        return accord.genesis

    def _set_floor(self, accords: list[Accord]) -> None:
        try:
            if self.installed is not None:
                self.terms = terms.build(accords, self.installed.editions, self.installed.scales)
                self.floor = TermsFloor(self.terms)
                return
        except (
            WrongContext
        ) as error:  # another edition is installed here: signatures and roots hold all the same
            self.found.counts[f"kinds not checked: {error.what}"] += 1
            return
        self.found.counts["kinds not checked: no pillars were given"] += 1

    def _accords(self, genesis: str | None) -> list[Accord]:
        """Return the versions from 1 on, up to the first that does not hold."""
        found: list[Accord] = []
        acts: tuple[Act, ...] = ()
        for number in sorted({1, *agreement.shown(self.files)}):
            path = f"accord/{number}.json"
            if len(found) == 1:
                acts = tuple(one for one in self._entries(found[0].genesis, "live") if one[2].kind in KINDS)
            accord = self._guard(path, partial(self._accord, path, tuple(found), acts, genesis))
            if accord is None:
                break
            found.append(accord)
        return found

    def _accord(
        self, path: str, before: tuple[Accord, ...], acts: tuple[Act, ...], genesis: str | None
    ) -> Accord:
        signed = envelope.parse(self._file(path))
        if before:
            row = {one.version: self._file(f"accord/{one.version}.json") for one in before}
            accord = agreement.verified(row | {len(row) + 1: self._file(path)}, acts)[-1]
        else:
            accord = signing.verify(signed, _start(signed.payload))
        # 1. It is the accord that was asked for.
        if genesis is not None and accord.genesis != genesis:
            raise WrongContext("audit.1", f"The accord is {accord.genesis[:16]}.", "Name the right genesis.")
        # 2. Nobody else signed it: no byte is left unread.
        rings = tenure.rings(accord, acts)
        every = [span.charter for ring in rings.values() for span in ring.spans]
        officers = {keyid: one.public_key(keyid) for one in every for keyid in one.roles["officer"].keys}
        if not {one.keyid for one in signed.signatures} <= officers.keys():
            raise WrongKey("audit.2", "Somebody signed the accord who is no officer.", "Fetch it again.")
        envelope.verify(signed, list(officers.values()), len(signed.signatures), ACCORD_TYPE)
        self._explain(path)
        self.found.counts["signatures"] += len(signed.signatures)
        return accord

    def _domain(self, accord: Accord, domain: Domain, founded: dict[str, Keyring]) -> None:
        rings = dict(founded)
        self._lore = KeyLore(founded, rings)
        self._learn(accord.genesis, domain)
        roster = Roster.of(accord, domain, rings)
        logs = {path.split("/")[1] for path in self.files if path.startswith(f"{domain}/")}
        for party in sorted(logs & rings.keys()):
            self._guard(f"{domain}/{party}", partial(self._log, roster, party))
        self._releases(roster, rings)
        if logs:
            self._guard("vkeys", lambda: self._same("vkeys", {roster.vkeys()}))
            self._guard("policy", lambda: self._same("policy", set(map(roster.policy, rings))))

    def _learn(self, genesis: str, domain: Domain) -> None:
        """Read the key acts before anything is verified by the keys that follow from them.

        What is read here is not believed: each body is checked against its leaf below, and one that is false
        is a fault there.
        """
        for party, index, entry in self._entries(genesis, domain):
            self._lore.learn(party, index, entry)

    def _entries(self, genesis: str, domain: Domain) -> Iterator[Act]:
        """Yield party, index and record of all bodies that say that they are of this accord and domain."""
        for path in sorted(self.files):
            place = _bundle_of(path, domain)
            if place is None:
                continue
            party, part = place
            for index, entry in _records(self.files[path], part):
                if (entry.party, entry.domain, entry.accord.genesis) == (party, domain, genesis):
                    yield party, index, entry

    def _releases(self, roster: Roster, rings: dict[str, Keyring]) -> None:
        """Decide every release again, where the pillars are here that the accord pins."""
        if self.terms is None:
            return
        known = {party: self.logs.get((roster.domain, party), ([], {})) for party in self.terms.parties}
        blobs = {
            path.rpartition("/")[2]: len(data)
            for path, data in self.files.items()
            if path.startswith(f"{roster.domain}/") and "/blob/" in path
        }
        logs = {party: Log(tuple(leaves), bodies) for party, (leaves, bodies) in known.items()}
        audit = ReleaseAudit(self.terms.within(roster.domain), roster.domain, rings, logs, blobs, self.found)
        self._guard(f"{roster.domain} releases", audit.run)

    def _same(self, path: str, expected: set[bytes]) -> None:
        if path not in self.files:
            return
        self._explain(path)
        # 3. The keys listed are those of the accord.
        if self.files[path] not in expected:
            raise WrongContext("audit.3", "It does not say what the accord says.", "Export again.")

    def _log(self, roster: Roster, party: str) -> None:
        path = f"{roster.domain}/{party}"
        self._cosigned_only(roster, party)
        if f"{path}/checkpoint" not in self.files:
            return
        head = self._head(roster, f"{path}/checkpoint", party)
        entries = tile.audit(head.size, head.root, lambda name: self.files.get(f"{path}/{name}"))
        grown = Tree(leaf_hash(one) for one in entries)
        leaves = [parse_leaf(one) for one in entries]
        self.found.counts["entries"] += len(entries)
        self.logs[roster.domain, party] = (leaves, {})
        for name in sorted(self.files):
            if name.startswith(f"{path}/"):
                self._guard(name, partial(self._part, name, name.removeprefix(f"{path}/"), grown, entries))
        self._bodies(roster, party, leaves)
        if (name := f"{path}/{comparison.FILE}") in self.files:
            self._guard(name, partial(self._standing, roster, party))
        self._cosignatures(roster, party, grown)

    def _head(self, roster: Roster, path: str, party: str) -> Checkpoint:
        data = self._file(path)
        head = head_of(data, roster.origin(party), roster.keyrings[party])
        witnesses = roster.require_known(note.parse(data), party)
        self._explain(path)
        self.found.counts["checkpoints"] += 1
        self.found.counts["cosignatures"] += len(witnesses)
        return head

    def _part(self, path: str, name: str, grown: Tree, entries: list[bytes]) -> None:
        if name.startswith("tile/"):
            part = tile.parse_path(name)
            # 4. Every tile, of whatever width, is what the entries give.
            if self._file(path) != _tile(part, grown, entries):
                raise BadProof(
                    "audit.4", "Not what the entries give.", "Fetch it again, or from another mirror."
                )
            self._explain(path)
            self.found.counts["tiles"] += 1
        elif name.startswith("blob/"):
            # 5. A package bears the name of its bytes.
            if hashlib.sha256(self._file(path)).hexdigest() != name.removeprefix("blob/"):
                raise BadProof("audit.5", "Not the package that bears this name.", "Fetch it again.")
            self._explain(path)
            self.found.counts["packages"] += 1

    def _bodies(self, roster: Roster, party: str, leaves: list[Leaf]) -> None:
        prefix = f"{roster.domain}/{party}/"
        done: set[int] = set()
        names = [name for name in self.files if name.startswith(f"{prefix}bodies/")]
        ordered = sorted(names, key=lambda name: ("/" not in name.partition("bodies/")[2], name))
        read = {name: self._guard(name, partial(self._bundle, prefix, name, leaves)) for name in ordered}
        place = Place(roster.genesis, roster.domain, party, self._lore.record_keys(party))
        parts = {name: part for name, part in read.items() if part is not None}
        checked = self.checked(place, [held for _, held in parts.values()])
        for (name, (first, held)), entries in zip(parts.items(), checked, strict=True):
            for index, (one, entry) in enumerate(zip(held, entries, strict=True), first):
                sound = None if one is None else self._body(f"{name}#{index}", one, entry, place)
                if sound is not None:
                    done.add(index)
                    self.logs[roster.domain, party][1][leaves[index].id] = sound
        self.found.counts["bodies"] += len(done)
        self.found.counts["bodies not held"] += len(leaves) - len(done)

    def _bundle(self, prefix: str, path: str, leaves: list[Leaf]) -> tuple[int, Part]:
        """Return the index of a file's first body, and its bodies with their leaves."""
        named = tile.parse_path(path.replace(f"{prefix}bodies/", "tile/entries/"))
        first = named.index * WIDTH
        # 6. It is as wide as its name says, and the log has come so far.
        if first + named.width > len(leaves):
            raise Malformed("audit.6", f"The log has {len(leaves)} leaves.", "Remove the file.")
        self._explain(path)
        held = bundle.parse(self._file(path), named.width)
        return first, [
            None if data is None else (data, leaf) for data, leaf in zip(held, leaves[first:], strict=False)
        ]

    def _body(self, path: str, held: tuple[bytes, Leaf], entry: Record | None, place: Place) -> Record | None:
        """Return the record of a body, of which `entry` passed all but its form; None if it does not hold."""
        try:
            if entry is None:  # it fell: here is why
                return body.check(*held, place, self.floor)[0]
            self.floor(entry)
        except UnknownTerms:
            self.found.counts["bodies under unknown terms"] += 1
            return None
        except DetenteError as error:
            self.found.fault(path, error)
            return None
        return entry

    def _standing(self, roster: Roster, party: str) -> None:
        """What a party says of standing is its own word: it is signed, and nothing here rests on it."""
        path = f"{roster.domain}/{party}/{comparison.FILE}"
        spans = roster.keyrings[party].spans
        keys = [key for span in spans for key in span.charter.public_keys("record")]
        comparison.parse(self._file(path), (roster.genesis, roster.domain, party), keys)
        self._explain(path)
        self.found.counts["standing"] += 1

    def _cosignatures(self, roster: Roster, party: str, grown: Tree) -> None:
        prefix = f"{roster.domain}/{party}/cosigned/"
        for path in sorted(name for name in self.files if name.startswith(prefix)):
            self._guard(path, partial(self._cosigned, roster, path, party, grown))

    def _cosigned(self, roster: Roster, path: str, party: str, grown: Tree) -> None:
        head = self._head(roster, path, party)
        # 7. What was cosigned is a head that this log has had; one ahead of it proves nothing yet.
        known = (
            EMPTY_ROOT if head.size == 0 else grown.root(head.size) if head.size <= len(grown) else head.root
        )
        if known != head.root:
            raise BadProof("audit.7", f"Another head at {head.size} than the log's.", "Keep both: a fork.")

    def _cosigned_only(self, roster: Roster, party: str) -> None:
        """A head that was cosigned before the mirror had its leaves stands alone, and must hold alone."""
        prefix = f"{roster.domain}/{party}/"
        if f"{prefix}checkpoint" not in self.files:
            for path in sorted(name for name in self.files if name.startswith(f"{prefix}cosigned/")):
                self._guard(path, partial(self._head, roster, path, party))

    def _guard(self, path: str, check: Callable[[], T]) -> T | None:
        try:
            return check()
        except DetenteError as error:
            self._explain(path)
            self.found.fault(path, error)
            return None

    def _file(self, path: str) -> bytes:
        # 8. The file is there.
        if path not in self.files:
            raise Malformed("audit.8", f"{path} is missing.", "Export again.")
        return self.files[path]

    def _explain(self, path: str) -> None:
        self.explained.add(path)


def _bundle_of(path: str, domain: Domain) -> tuple[str, tile.Tile] | None:
    """Return the party and the place of a file of bodies; None for another file."""
    where, _, name = path.partition("/bodies/")
    if not name or where.rpartition("/")[0] != domain:
        return None
    try:
        return where.rpartition("/")[2], tile.parse_path(f"tile/entries/{name}")
    except DetenteError:
        return None


def _records(data: bytes, part: tile.Tile) -> Iterator[tuple[int, Record]]:
    """Yield index and record of what can be read in a file of bodies and may change keys."""
    try:
        held = bundle.parse(data, part.width)
    except DetenteError:
        return
    for index, one in enumerate(held, part.index * WIDTH):
        with suppress(DetenteError):
            if one is not None and _may_change_keys(one):
                signed = envelope.parse(one, bundle.MAX_BODY)
                yield index, record.parse(signed.payload_type, signed.payload)


def _may_change_keys(data: bytes) -> bool:
    """Whether a body may be a key act: its canonical payload then says so in these very bytes."""
    with suppress(msgspec.DecodeError, ValueError):  # bytes that are no UTF-8, no JSON or no base64
        payload = base64.b64decode(msgspec.json.decode(data, type=_Payload).payload)
        return any(f'"kind":"{kind}"'.encode() in payload for kind in keyact.KINDS)
    return False


class _Payload(msgspec.Struct):
    payload: str


def _tile(part: tile.Tile, grown: Tree, entries: list[bytes]) -> bytes | None:
    if part.level is None:
        start = part.index * WIDTH
        some = entries[start : start + part.width]
        return tile.dump_bundle(some) if len(some) == part.width else None
    try:
        return tile.tile_bytes(grown, part)
    except DetenteError:
        return None


def _start(payload: bytes) -> int:
    return duration.moment(document.parse(payload).starts, "$.starts")
