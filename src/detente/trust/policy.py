"""The policy: which logs and how many witnesses make a checkpoint worth believing (C2SP tlog-policy).

    log detente/9f…/live/cn+1c2d3e4f+AQ…
    witness us/ed25519 detente/9f…/live/us/witness+…
    witness us/ml-dsa-44 detente/9f…/live/us/witness+…
    group us all us/ed25519 us/ml-dsa-44
    group /quorum 2 us neutral eu
    quorum /quorum

Names are octets and mean nothing outside the file. Log lines of one origin are one log: each algorithm
listed for it must have signed, which is stricter than C2SP's *any*. A bad line of a listed key refuses the
note, so a quorum never fails open. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from detente.trust import checkpoint, cosignature, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BelowThreshold, Malformed, Misuse, TooLarge, WrongKey
from detente.trust.key import PublicKey
from detente.trust.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, UNASSIGNED, NoteKey

MAX_BYTES = 1_048_576
"""The longest file."""

MAX_LINES = 1_024
"""The most logs, witnesses and groups together; C2SP asks for at least 32 of each."""

NONE = "none"
"""The quorum that asks for no witness."""

_QUORUM = "/quorum"
"""The group of the parties in a policy of ours: no party has a slash in its name, as its keys do."""

_LOG_KINDS = frozenset({ED25519, COSIGNATURE_ML_DSA_44, UNASSIGNED})
_WITNESS_KINDS = frozenset({COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44})
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Group:
    """Witnesses, or groups of them, of which `threshold` must have cosigned.

    Raises:
        Malformed: `policy.10`.
    """

    threshold: int
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        # 10. The threshold can be reached, and neither by nobody nor by one member twice.
        if not 1 <= self.threshold <= len(set(self.members)):
            raise Malformed("policy.10", f"{self.threshold} of {len(self.members)} is no group.", _WRITE)


@dataclass(frozen=True)
class Policy:
    """A policy as read.

    Attributes:
        logs: keys of the logs; the key name is the origin.
        witnesses: name to key.
        groups: name to group, each after its members.
        quorum: name of a witness or group, or `NONE`.
    """

    logs: tuple[NoteKey, ...]
    witnesses: Mapping[str, NoteKey]
    groups: Mapping[str, Group]
    quorum: str


def check(policy: Policy, data: bytes) -> Checkpoint:
    """Return the checkpoint in a note, if its log is listed and the quorum cosigned it.

    Raises:
        As `checkpoint.verify`, but for `checkpoint.7`.
        WrongKey: `policy.1`; BelowThreshold: `policy.3`; as `cosignature.verify` for a listed witness.
    """
    signed = note.parse(data)
    head = checkpoint.parse_text(signed.text)
    # 1. The log is listed, and signed with every algorithm listed for it (checks `checkpoint.*`).
    keys = [one.public for one in policy.logs if one.name == head.origin]
    if not keys:
        raise WrongKey("policy.1", f"The log {head.origin} is not listed.", "Use the policy for this log.")
    checkpoint.verify(data, head.origin, keys, [one.algorithm for one in keys])
    # 2. What claims to be by a listed witness is (checks `cosignature.*`).
    cosigned = set()
    for name, key in policy.witnesses.items():
        line = note.find(signed, key)
        if line is not None:
            cosignature.verify(head, line, key)
            cosigned.add(name)
    # 3. The quorum cosigned.
    if not _reached(policy, cosigned):
        raise BelowThreshold(
            "policy.3",
            f"The quorum {policy.quorum!a} is not reached by {len(cosigned)} cosignatures.",
            "Fetch the checkpoint again when more witnesses have cosigned it.",
        )
    return head


def compose(
    origin: str,
    log: Iterable[PublicKey],
    witnesses: Mapping[str, tuple[str, Iterable[PublicKey]]],
    threshold: int,
) -> Policy:
    """Return the policy for one log of ours: so many of these witnesses, each with all its keys.

    Args:
        origin: the log's.
        log: its keys.
        witnesses: party to its cosigner name and keys.
        threshold: how many parties must have cosigned; 0 for none.

    Raises:
        Malformed: `vkey.1`, `cosignature.1`; `policy.10`: the threshold cannot be reached, or a party without
            keys; Misuse: `policy.4`: two keys of one algorithm.
    """
    keys: dict[str, NoteKey] = {}
    groups: dict[str, Group] = {}
    for party, (name, publics) in witnesses.items():
        listed = [cosignature.key(name, public) for public in publics]
        own = {f"{party}/{key.public.algorithm}": key for key in listed}
        if len(own) != len(listed):
            raise Misuse("policy.4", f"{party} has two keys of one algorithm.", "Name the keys in force.")
        keys |= own
        groups[party] = Group(len(own), tuple(own))
    logs = tuple(checkpoint.key(origin, public) for public in log)
    if threshold == 0:
        return Policy(logs, keys, groups, NONE)
    groups[_QUORUM] = Group(threshold, tuple(witnesses))
    return Policy(logs, keys, groups, _QUORUM)


def dump(policy: Policy) -> bytes:
    """Return the file of a policy, in the order logs, witnesses, groups, quorum.

    Raises:
        Malformed, TooLarge: as `parse`; Misuse: `policy.4`: what `parse` would read otherwise.
    """
    lines = [f"log {key.vkey}" for key in policy.logs]
    lines += [f"witness {name} {key.vkey}" for name, key in policy.witnesses.items()]
    for name, group in policy.groups.items():
        needed = "all" if group.threshold == len(group.members) else group.threshold
        lines.append(f"group {name} {needed} {' '.join(group.members)}")
    data = "".join(f"{line}\n" for line in [*lines, f"quorum {policy.quorum}"]).encode(
        errors="surrogateescape"
    )
    if parse(data) != policy:
        raise Misuse("policy.4", "This policy cannot be written.", "Fix the caller.")
    return data


def dump_vkeys(policy: Policy) -> bytes:
    """Return the keys of a policy, one vkey a line, logs first: what others' tools take."""
    keys = [*policy.logs, *policy.witnesses.values()]
    return "".join(f"{key.vkey}\n" for key in keys).encode()


def parse(data: bytes) -> Policy:
    """Read a policy.

    Raises:
        TooLarge: `policy.4`, `policy.6`; Malformed: `policy.5` to `policy.11`; as `note.parse_vkey`.
    """
    # 4. The size is within the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge("policy.4", f"A policy of {len(data)} bytes.", f"At most {MAX_BYTES}.")
    # 5. Lines that end, without control characters but tabs.
    if _FORBIDDEN.search(data) or not data.endswith(b"\n"):
        raise Malformed("policy.5", "A control character, or a last line that does not end.", _WRITE)
    # 6. Not too many.
    lines = list(_lines(data))
    if len(lines) > MAX_LINES:
        raise TooLarge("policy.6", f"{len(lines)} lines.", f"At most {MAX_LINES}.")
    draft = _Draft()
    for items in lines:
        draft.read(items)
    # 11. There is one quorum.
    if draft.quorum is None:
        raise Malformed("policy.11", "No quorum line.", "End with a quorum, if only `quorum none`.")
    return Policy(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorum)


class _Draft:
    """A policy while its lines are read, from the first on: names must be defined before they are used."""

    def __init__(self) -> None:
        self.logs: list[NoteKey] = []
        self.witnesses: dict[str, NoteKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._grouped: set[str] = set()

    def read(self, items: list[str]) -> None:
        # 7. The line is of one of four kinds, with as many items as it has.
        match items:
            case ["log", vkey] | ["log", vkey, _]:
                key = self._key(vkey, _LOG_KINDS, self.logs)
                self.logs.append(key)
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                key = self._key(vkey, _WITNESS_KINDS, self.witnesses.values())
                self.witnesses[self._new(name)] = key
            case ["group", name, threshold, *members] if members:
                group = self._group(threshold, members)
                self.groups[self._new(name)] = group
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise Malformed("policy.7", f"No line of a policy: {' '.join(items)[:80]!a}.", _WRITE)

    def _key(self, vkey: str, kinds: frozenset[int], others: Iterable[NoteKey]) -> NoteKey:
        key = note.parse_vkey(vkey)
        # 8. The key is of a type for its use, and listed once, under whatever name.
        if key.kind not in kinds or any(one.public == key.public for one in others):
            raise Malformed("policy.8", f"{key.name} has a key of another use, or listed twice.", _WRITE)
        return key

    def _new(self, name: str) -> str:
        # 9. A name is defined once.
        if name == NONE or name in self.witnesses or name in self.groups:
            raise Malformed("policy.9", f"The name {name[:80]!a} is taken.", _WRITE)
        return name

    def _group(self, threshold: str, members: list[str]) -> Group:
        # 10. Members were defined before, and each is in one group, once.
        odd = [name for name in members if name in self._grouped or not self._defined(name)]
        if odd or max(Counter(members).values()) > 1:
            raise Malformed(
                "policy.10", f"A group with members not defined, or grouped twice: {odd}.", _WRITE
            )
        self._grouped.update(members)
        words = {"any": 1, "all": len(members)}
        needed = words.get(threshold) or int(threshold if _NUMBER.fullmatch(threshold) else 0)
        return Group(needed, tuple(members))

    def _set_quorum(self, name: str) -> None:
        # 11. The quorum is defined before it, and there is one.
        if self.quorum is not None or not (name == NONE or self._defined(name)):
            raise Malformed("policy.11", f"The quorum {name[:80]!a} is not defined, or a second one.", _WRITE)
        self.quorum = name

    def _defined(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups


def _lines(data: bytes) -> Iterator[list[str]]:
    """Yield the lines that say something as their items; octets beyond UTF-8 stay apart."""
    for line in data.decode(errors="surrogateescape").split("\n"):
        items = _BLANKS.split(line.strip(" \t"))
        if items != [""] and not items[0].startswith("#"):
            yield items


def _reached(policy: Policy, cosigned: set[str]) -> bool:
    reached = set(cosigned)
    for name, group in policy.groups.items():
        if sum(member in reached for member in group.members) >= group.threshold:
            reached.add(name)
    return policy.quorum == NONE or policy.quorum in reached


_WRITE = "Write it as tlog-policy does."
