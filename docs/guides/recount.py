"""Recompute standing from two exports, by docs/protocol.md.

    python3 recount.py EXPORT EXPORT --as-of MS [--genesis DIGEST] [--cut FILE]

Nothing of Detente is imported: the standard library and `cryptography` do. Numbers such as 4.4 are sections
of the protocol, names such as `pull.1` its checks. Exit 0: everything that was read holds; standard output is
the answer of 4.11, as canonical JSON, and standard error has its digest. Exit 1: something does not hold, or
cannot be judged here, and standard error says what.

What it does not do, and says when it meets it: later versions of the accord, changes of keys, kinds that are
not in `KINDS`, rules beyond `&& || ! == != < <= > >= in`. What it leaves out: it does not compare open fields
with the enumerations of an edition, and it reads the severity scale that 6.3 prints,
whichever the accord pins.
"""

import argparse
import ast
import base64
import calendar
import hashlib
import json
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey

INF, TOP = 2**62, 2**53 - 1
PUBLIC = {"ed25519": Ed25519PublicKey, "ml-dsa-44": MLDSA44PublicKey, "ml-dsa-65": MLDSA65PublicKey}
SUITE = {"record": ["ed25519"], "log": ["ed25519", "ml-dsa-44"], "officer": ["ed25519", "ml-dsa-65"]}
NAMES = ("kept", "excused", "owed", "overdue", "missed", "disputed", "unobservable", "forked")
MESSAGE = ("notices.notice", "notices.query", "notices.pause", "notices.test")
# 5.7, 6.3, 6.4: kind -> (open fields that name records, kinds that its thread begins with, may it start one)
KINDS = {
    "incidents.report": ((), (), True),
    "notices.notice": (("about",), (), True),
    "notices.correction": (("about", "of"), ("notices.notice",), False),
    "notices.receipt": (("of",), MESSAGE, False),
    "notices.acknowledge": (("of",), MESSAGE, False),
    "notices.counter-reading": (("of",), ("notices.notice",), False),
    "notices.query": (("about",), ("notices.notice",), True),
    "notices.nil": ((), (), True),
    "notices.test": ((), (), True),
    "accord.release": (("record",), (), True),
    "accord.announce": ((), (), True),
    "accord.approve": ((), (), True),
}


class No(Exception):
    """Something does not hold, or is beyond this program."""


def need(holds: object, why: str) -> None:
    """Stop unless it holds."""
    if not holds:
        raise No(why)


# --- 1. Bytes -----------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """1.1"""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(data: bytes) -> dict:
    """1.1: `canonical.5` refuses whatever has another spelling, a key given twice among it."""
    value = json.loads(data.decode())
    need(canonical(value) == data, "canonical.5")
    return value


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def verifies(algorithm: str, key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        PUBLIC[algorithm].from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def opened(data: bytes, kind: str, keys: dict) -> tuple[bytes, str, set]:
    """1.3: the payload, its id, and which of the keys {keyid: (algorithm, raw)} signed it, each rightly."""
    envelope = parsed(data)
    need(envelope["payloadType"] == kind, "envelope.6")
    payload = base64.b64decode(envelope["payload"], validate=True)
    pae = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    signed = [one["keyid"] for one in envelope["signatures"]]
    need(signed == sorted(set(signed)), "envelope.5")
    for one in envelope["signatures"]:
        if one["keyid"] in keys:
            need(verifies(*keys[one["keyid"]], base64.b64decode(one["sig"]), pae), "envelope.7")
    need(set(signed) & keys.keys(), "envelope.8")
    return payload, sha(pae), set(signed)


def role(charter: dict, name: str) -> dict:
    """3.1: the keys of a role, each under the keyid that it has (1.2)."""
    found = {}
    for keyid in charter["roles"][name]["keys"]:
        key = charter["keys"][keyid]
        raw = base64.b64decode(key["public"])
        need(sha(key["algorithm"].encode() + b"\n" + raw) == keyid, "charter.4")
        need(key["algorithm"] in SUITE.get(name, [key["algorithm"]]), "charter.6")
        found[keyid] = (key["algorithm"], raw)
    return found


# --- 5.1 The accord -----------------------------------------------------------------------------------------


def accord_of(files: dict) -> tuple[str, dict]:
    """The genesis, and the accord that officers of every party signed to their thresholds."""
    need("accord/2.json" not in files, "the accord was amended: this program reads version 1 alone")
    payload = base64.b64decode(json.loads(files["accord/1.json"])["payload"])
    accord = parsed(payload)
    for name, party in accord["parties"].items():
        charter = party["charters"]["live"]
        keys = role(charter, "officer")
        _, _, signed = opened(files["accord/1.json"], "application/vnd.detente.accord+json", keys)
        by = defaultdict(set)
        for keyid in signed & keys.keys():
            by[charter["keys"][keyid]["holder"]].add(keys[keyid][0])
        enough = sum(algorithms == set(SUITE["officer"]) for algorithms in by.values())
        need(enough >= charter["roles"]["officer"]["threshold"], f"charter.12: {name}")
    return sha(payload), accord


def milliseconds(text: str) -> int:
    """A duration (5.1)."""
    weeks, days, hours, minutes, seconds = (
        int(part or 0)
        for part in re.fullmatch(
            r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text
        ).groups()
    )
    return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000


def moment(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) * 1000


# --- 2. One log ---------------------------------------------------------------------------------------------


class Log:
    """A party's log: its entries, and the bodies that either export has."""

    def __init__(self, party: str, genesis: str, charter: dict) -> None:
        self.party, self.genesis, self.charter = party, genesis, charter
        self.origin = f"detente/{genesis[:16]}/live/{party}"
        self.entries: list[bytes] = []
        self.bodies: dict[str, dict] = {}
        self.root = cache(self.root)

    def root(self, size: int) -> bytes:
        """2.1"""

        def over(low: int, high: int) -> bytes:
            if high - low == 1:
                return hashlib.sha256(b"\0" + self.entries[low]).digest()
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            return hashlib.sha256(b"\1" + over(low, middle) + over(middle, high)).digest()

        return over(0, size) if size else hashlib.sha256(b"").digest()

    def read(self, files: dict) -> int:
        """2.3 to 2.5, 7.2: take in one export, and return its size; what it shows must be of one history."""
        here = f"live/{self.party}/"
        if here + "checkpoint" not in files:
            return 0
        size, root = self.head(files[here + "checkpoint"])
        entries = self.pieces(files, here + "tile/entries/", size, 2)
        longer, shorter = sorted((entries, self.entries), key=len, reverse=True)
        need(longer[: len(shorter)] == shorter, f"pull.1: {self.party} shows two histories, a fork")
        self.entries = longer
        self.root.cache_clear()
        need(self.root(size) == root, f"bundle.5: {self.party}'s entries do not give its signed root")
        for entry, body in zip(entries, self.pieces(files, here + "bodies/", size, 4), strict=True):
            if body:
                self.hold(entry, body)
        return size

    def head(self, note: bytes) -> tuple[int, bytes]:
        """2.4, 2.5: both of the log's signatures verify over these three lines."""
        text, _, lines = note.rpartition(b"\n\n")
        text += b"\n"
        origin, size, root = text.decode().splitlines()
        need(origin == self.origin, "checkpoint.7")
        signed = set()
        for algorithm, raw in role(self.charter, "log").values():
            kind, ed = (b"\1", True) if algorithm == "ed25519" else (b"\6", False)
            keyid = hashlib.sha256(origin.encode() + b"\n" + kind + raw).digest()[:4]
            for line in lines.decode().splitlines():
                dash, name, value = line.split(" ")
                content = base64.b64decode(value, validate=True)
                if (dash, name, content[:4]) == ("—", origin, keyid):
                    time, signature = (b"", content[4:]) if ed else (content[4:12], content[12:])
                    message = text if ed else self.cosigned(time, int(size), base64.b64decode(root))
                    need(verifies(algorithm, raw, signature, message), "checkpoint.8")
                    signed.add(algorithm)
        need(signed == set(SUITE["log"]), "checkpoint.9")
        return int(size), base64.b64decode(root)

    def cosigned(self, time: bytes, size: int, root: bytes) -> bytes:
        """2.6: a cosigned_message of tlog-cosignature; on its own checkpoint the log is the cosigner."""
        name = bytes([len(self.origin)]) + self.origin.encode()
        return b"subtree/v1\n\0" + name + time + name + bytes(8) + size.to_bytes(8, "big") + root

    def pieces(self, files: dict, folder: str, size: int, width: int) -> list[bytes]:
        """2.3, 7.2: files of 256 items, each after its length; the last one may be partial."""
        found = []
        for start in range(0, size, 256):
            count = min(256, size - start)
            number = f"{start // 256:03d}"
            need(start < 256_000, "more than 256,000 entries")
            data = files.get(f"{folder}{number}") if count == 256 else None
            data = files[f"{folder}{number}.p/{count}"] if data is None else data
            for _ in range(count):
                length = int.from_bytes(data[:width], "big")
                found.append(data[width : width + length])
                data = data[width + length :]
            need(not data, "bundle.4, bodies.3")
        return found

    def hold(self, entry: bytes, body: bytes) -> None:
        """1.4, 1.5, 7.2: the body is of this leaf, of this party, and signed by the key that it names."""
        kind = "application/vnd.detente.record+json"
        keys = role(self.charter, "record")
        payload, name, signed = opened(body, kind, keys)
        record = parsed(payload)
        cls = "receipt" if record["kind"] == "accord.receipt" else "record"
        need(entry == f"detente/v1 {cls} {name}".encode(), "leaf.2")
        need(signed == {record["key"]}, "record.12")
        need((record["v"], record["domain"], record["party"]) == (1, "live", self.party), "body.4")
        need(record["accord"] == {"genesis": self.genesis, "version": 1}, "body.5, or another version")
        self.bodies[name] = record


# --- 4.2 to 4.4 What logs say of one another ----------------------------------------------------------------


def moving(record: dict | None) -> dict | None:
    """4.2: the heads of a receipt in exactly its form, else None."""
    try:
        need(record["kind"] == "accord.receipt" and record["thread"] is None and not record["sealed"], "4.2")
        need(record["open"].keys() == {"heads"}, "4.2")
        for head in record["open"]["heads"].values():
            need(head.keys() == {"size", "root", "missing"}, "4.2")
            flat = [end for pair in head["missing"] for end in pair]
            need(type(head["size"]) is int and head["size"] >= 0 and len(head["root"]) == 64, "4.2")
            need(all(len(pair) == 2 and pair[0] <= pair[1] for pair in head["missing"]), "4.2")
            need(all(a + 1 < b for a, b in zip(flat[1::2], flat[2::2], strict=False)), "4.2")
            need(all(0 <= end < head["size"] for end in flat), "4.2")
    except (No, KeyError, TypeError, AttributeError):
        return None
    return record["open"]["heads"]


class Votes:
    """4.4: what the log of one says about that of another."""

    def __init__(self, world: "World", witness: str, party: str) -> None:
        self.clock, self.seen, self.held, self.stopped, self.T = -1, {}, {}, "", world.T
        covered = 0
        for record in world.receipts(witness):
            head = moving(record).get(party)
            if head and head["size"] > world.size[party]:
                break
            at = record["at"]
            if at < self.clock:
                self.stopped = "back"
            elif head and world.logs[party].root(head["size"]).hex() != head["root"]:
                self.stopped = "fork"
            elif head and head["size"] < covered:
                self.stopped = "shrank"
            if self.stopped:
                break
            if head:
                lacks = {i for first, last in head["missing"] for i in range(first, last + 1)}
                for i in range(covered):
                    if i not in self.held and i not in lacks:
                        self.held[i] = INF if at > self.seen[i] + self.T else at
                for i in range(covered, head["size"]):
                    self.seen[i] = at
                    if i not in lacks:
                        self.held[i] = at
                covered = head["size"]
            self.clock = at
            for i in range(covered):
                if i not in self.held and at > self.seen[i] + self.T:
                    self.held[i] = INF

    def low(self, i: int) -> int:
        return self.held.get(i, self.clock)

    def heldat(self, i: int) -> int:
        return self.held.get(i, INF)

    def since(self, i: int) -> int:
        return self.seen.get(i, self.clock)

    def seenby(self, i: int) -> int:
        return self.seen.get(i, INF)


def smallest(values: list, j: int) -> int:
    """4.1"""
    return -1 if j < 1 else sorted(values)[j - 1] if j <= len(values) else INF


# --- 4.5 to 4.8 Standing ------------------------------------------------------------------------------------


class World:
    """The logs up to a cut."""

    def __init__(self, accord: dict, logs: dict, sizes: dict) -> None:
        self.accord, self.logs, self.size = accord, logs, dict(sizes)
        time = accord["time"]
        delta, transit, skew, self.T = (
            milliseconds(time[name]) for name in ("receipt_every", "transit", "skew", "hand_over")
        )
        self.k, self.gamma = time["k"], delta + 2 * transit + 2 * skew
        self.b = self.fewest(len(logs) - 1)
        for party in logs:  # 4.3: a cut ends before the first receipt that is not here
            lacking = [
                i
                for i in range(self.size[party])
                if self.leaf(party, i)[0] == "receipt" and not self.body(party, i)
            ]
            self.size[party] = min([self.size[party], *lacking])
        self.votes = {w: {p: Votes(self, w, p) for p in logs if p != w} for w in logs}
        self.state: dict = {}
        self.codes: dict = {}
        self.facts: dict = {}
        for party in logs:
            self.admit(party)
        while any([self.judge(*place) for place, state in list(self.state.items()) if state == "admitted"]):  # noqa: C419 (each is asked in each round)
            pass

    def fewest(self, witnesses: int) -> int:
        return min(self.k, max(0, witnesses - self.k))

    def leaf(self, party: str, i: int) -> list[str]:
        return self.logs[party].entries[i].decode().split(" ")[1:]

    def body(self, party: str, i: int) -> dict | None:
        return self.logs[party].bodies.get(self.leaf(party, i)[1])

    def receipts(self, party: str) -> list[dict]:
        """Those that move, in order."""
        return [one for i in range(self.size[party]) if (one := self.receipt(party, i))]

    def receipt(self, party: str, i: int) -> dict | None:
        cls = self.leaf(party, i)[0] == "receipt"
        return self.body(party, i) if cls and moving(self.body(party, i)) is not None else None

    def about(self, party: str, but: str = "") -> list[Votes]:
        """W: all parties but this one, and but another unless nobody is left."""
        rows = {w: rows[party] for w, rows in self.votes.items() if w != party}
        return [votes for w, votes in rows.items() if w != but] or list(rows.values())

    def counted(self, party: str, i: int) -> bool:
        return smallest([v.heldat(i) for v in self.about(party)], self.k) < INF

    def own(self, party: str, i: int) -> int:
        clock = max(
            [one["at"] for j in range(min(i, self.size[party])) if (one := self.receipt(party, j))],
            default=-1,
        )
        return (
            max(clock, self.body(party, i)["at"])
            if i < self.size[party] and self.counted(party, i)
            else clock
        )

    def performed(self, party: str, i: int) -> tuple[int, int]:
        """4.6, as a performance."""
        votes, own = self.about(party), self.own(party, i)
        low = smallest([v.low(i) for v in votes], self.b)
        return max(own, low), max(own, smallest([v.heldat(i) for v in votes], self.k))

    def witnessed(self, party: str, i: int, debtor: str = "") -> tuple[int, int]:
        """4.6: base_low and base_held alone (NB and NA of 4.5)."""
        votes = self.about(party, debtor)
        spans = [
            (v.seen[i] + self.T, v.seen[i] + self.T + self.gamma)
            if v.low(i) == INF
            else (v.low(i), v.heldat(i))
            for v in votes
        ]
        timely = smallest([v.heldat(i) for v in votes], self.k) < INF
        high = smallest([span[1] for span in spans], self.k) if timely else INF
        return smallest([span[0] for span in spans], self.b), high

    def base(self, party: str, i: int, debtor: str) -> tuple[int, int]:
        """4.6, as a base."""
        votes, early = self.about(party, debtor), self.own(party, i)
        late, h = early, self.fewest(len(votes))
        if h:
            early = min(early, sorted(v.since(i) for v in votes)[-h])
            late = min(late, sorted(v.seenby(i) for v in votes)[-h])
        low, high = self.witnessed(party, i, debtor)
        return max(early, low), max(late, high)

    def admit(self, party: str) -> None:
        """4.5: counted, void or pending; then in order, as far as the prefix is decided."""
        latest, before, open_ended = -1, set(), False
        for i in range(self.size[party]):
            cls, name = self.leaf(party, i)
            if cls == "receipt":
                if not open_ended and self.receipt(party, i):
                    latest = max(latest, self.body(party, i)["at"])
                continue
            lows = [v.low(i) for v in self.about(party)]
            self.state[party, i] = "pending"
            if self.counted(party, i):
                need(
                    self.body(party, i), f"standing.2: incomplete, {party}/{i} {name} counts and is not here"
                )
                self.state[party, i] = "counted"
            elif self.b and smallest(lows, self.b) == INF:
                self.state[party, i] = "void"
            open_ended = open_ended or self.state[party, i] == "pending"
            if self.state[party, i] == "counted" and not open_ended:
                record = self.body(party, i)
                code = self.unfit(record, name in before, latest, self.own(party, i))
                self.state[party, i] = "refused" if code else "admitted"
                if code:
                    self.codes[party, i] = [code]
                else:
                    latest = max(latest, record["at"])
            before.add(name)

    def unfit(self, record: dict, repeated: bool, latest: int, own: int) -> str:
        """4.5, checks 1, 3, 4, 5 and 7; 2 was made when the body was held, 6 needs a second version."""
        need(
            record["kind"] in KINDS or record["kind"] == "accord.receipt",
            f"this program does not judge {record['kind']}",
        )
        expires = self.logs[record["party"]].charter["keys"][record["key"]]["expires"]
        faults = {
            "receipt-in-a-record's-leaf": record["kind"] == "accord.receipt",
            "repeated": repeated,
            "key-not-valid-here": expires is not None and expires <= record["at"],
            "clock-went-back": record["at"] < latest,
            "version-not-in-force": moment(self.accord["starts"]) > own,
        }
        return next((code for code, wrong in faults.items() if wrong), "")

    def resolve(self, name: str, party: str, i: int) -> str:
        """4.5: what a record names is there, not there, or not decided yet."""
        early, late = self.performed(party, i)
        gone = True
        for other, log in self.logs.items():
            ids = [entry.decode().split(" ")[2] for entry in log.entries[: self.size[other]]]
            place = ids.index(name) if name in ids else len(ids)
            state = self.state.get((other, place), "pending")
            if other == party:
                if name in ids:
                    return state if place < i else "not there"
                continue
            low, high = self.witnessed(other, place)
            after = low > late + self.gamma
            if state in ("stands", "refused"):
                return state if high <= early + self.gamma else "not there" if after else "pending"
            gone = gone and (after or state == "void")
        return "not there" if gone else "pending"

    def judge(self, party: str, i: int) -> bool:
        """4.5: decide one admitted record, if all that it names is decided."""
        record = self.body(party, i)
        named = {record["open"][field] for field in KINDS[record["kind"]][0]} | {record["thread"]}
        found = {name: self.resolve(name, party, i) for name in named - {None}}
        if any(state in ("pending", "counted", "admitted") for state in found.values()):
            return False
        codes = ["names-what-was-not-there"] if {"not there", "void"} & set(found.values()) else []
        if not codes:
            thread = {name: self.find(name) for name, state in found.items() if state == "stands"}
            codes, self.facts[party, i] = judged(self.accord, record, thread)
        self.state[party, i] = "refused" if codes else "stands"
        if codes:
            self.codes[party, i] = codes
        return True

    def find(self, name: str) -> dict:
        return next(log.bodies[name] | {"id": name} for log in self.logs.values() if name in log.bodies)

    def standing(self) -> list[tuple[str, int, dict]]:
        """Every record that stands, with its place."""
        return [(*place, self.body(*place)) for place, state in self.state.items() if state == "stands"]


# --- 6. What the two pillars ask of a record ----------------------------------------------------------------


def judged(accord: dict, record: dict, thread: dict) -> tuple[list[str], dict]:
    """5.5, 6.2: codes of refusal, and facts."""
    kind, said = record["kind"], record["open"]
    pillar, root = kind.split(".")[0], thread.get(record["thread"])
    _, answers, starts = KINDS[kind]
    terms = accord["pillars"].get(pillar)
    if terms and (terms["state"] not in ("pilot", "active") or record["at"] >= moment(terms["sunset"])):
        return ["pillar-not-in-force"], {}
    if "to" in said and said["to"] not in accord["parties"]:
        return ["party-unknown"], {}
    if record["thread"] is None and not starts:
        return ["thread-missing"], {}
    if record["thread"] is not None:
        if not answers:
            return ["thread-unwanted"], {}
        if root is None or root["thread"] is not None:
            return ["thread-unknown"], {}
        if root["kind"] not in answers:
            return ["thread-kind"], {}
    if kind == "accord.release":
        owner = thread.get(said["record"], {}).get("party")
        return ([] if owner == record["party"] else ["not-your-record"]), {}
    if pillar == "accord":
        return [], {}
    return incident(record, said) if pillar == "incidents" else notice(record, said, thread)


def notice(record: dict, said: dict, thread: dict) -> tuple[list[str], dict]:
    """6.4"""
    kind, at, faults, facts = record["kind"], record["at"], {}, {}
    of = thread.get(said.get("of"), {})
    here = record["thread"] in (of.get("id"), of.get("thread"))
    if kind in ("notices.notice", "notices.correction"):
        speed = ("routine", "priority", "immediate", "flash").index
        if kind == "notices.correction":
            yours = of.get("kind") in ("notices.notice", kind) and of["party"] == record["party"]
            slow = yours and here and speed(said["precedence"]) < speed(of["open"]["precedence"])
            faults = {
                "not-your-notice": not yours,
                "not-in-this-thread": yours and not here,
                "slower-than-corrected": slow,
            }
        faults |= {
            "seen-after-sent": (said["seen_at"] or 0) > at,
            "respond-by-passed": said["respond_by"] is not None and said["respond_by"] < at,
            "actions-order": said["actions"] != sorted(set(said["actions"])),
        }
        level = 7 if said["level"] is None else said["level"]
        facts = {
            "precedence": said["precedence"],
            "template": said["template"],
            "level": level,
            "ongoing": said["ongoing"] is not False,
        }
    elif kind in ("notices.receipt", "notices.acknowledge"):
        if of.get("kind") not in (*MESSAGE, "notices.correction", "notices.counter-reading"):
            return ["not-a-message"], {}
        faults = {"not-in-this-thread": not here, "own-message": of["party"] == record["party"]}
        if kind == "notices.acknowledge":
            told = sha(canonical({"kind": of["kind"], "open": of["open"]}))
            faults["read-back-differs"] = said["read_back"] != told
        facts = {"precedence": of["open"]["precedence"]}
    elif kind == "notices.counter-reading":
        if of.get("kind") not in ("notices.notice", "notices.correction"):
            return ["not-a-notice"], {}
        alike = all(said[one] == of["open"][one] for one in ("subject", "level", "ongoing"))
        faults = {"not-in-this-thread": not here, "own-message": of["party"] == record["party"]}
        faults["same-reading"] = alike
        facts = {"precedence": said["precedence"], "level": 7 if said["level"] is None else said["level"]}
    elif kind == "notices.query":
        late = said["respond_by"] is not None and said["respond_by"] < at
        faults = {"asks-itself": said["to"] == record["party"], "respond-by-passed": late}
        facts = {"to": said["to"], "precedence": said["precedence"]}
    elif kind == "notices.nil":
        faults = {"period-not-begun": said["period"] > at + 86_400_000}
    return [code for code, wrong in faults.items() if wrong], facts


CONTROL = (
    (4, 7, 6),
    (4, 5, 5),
    (4, 3, 4),
    (4, 0, 3),
    (3, 5, 4),
    (3, 3, 3),
    (3, 0, 2),
    (2, 5, 2),
    (2, 0, 1),
    (1, 5, 1),
)
LAYERS = ((3, 3, 5, 1), (2, 2, 5, 2), (2, 2, 3, 1), (0, 1, 5, 3), (0, 1, 3, 2), (0, 1, 1, 1))


def level(h: int, p: int, c: int, s: int, d: int, repeat: bool) -> tuple[int, str, bool]:
    """6.3: level, class and flag of one combination of the axes."""
    control = next((n for at, low, n in CONTROL if c == at and p >= low), 0)
    near = next((n for low, high, at, n in LAYERS if low <= d <= high and p >= at), 0)
    near = max(near, min(near + 1, 3)) if repeat and near >= 1 else near
    base = max(h, control, near)
    flag = s >= 3 and base >= 1
    grade = max(base, min(base + 1, 7)) if s >= 4 and base >= 3 else base
    if grade == 0:
        return 0, "deviation", flag
    if h == 0 and c <= 2:
        return min(grade, 3), "near_miss", flag
    return grade, "accident" if grade >= 4 else "incident", flag


def incident(record: dict, said: dict) -> tuple[list[str], dict]:
    """6.3: a report."""
    near, h, p, c = said["near_miss"], said["harm"], said["potential"], said["control"]
    later = datetime.fromtimestamp((record["at"] + 86_400_000) / 1000, UTC)
    faults = {
        "month-not-yet": said["month"] is not None and said["month"] > f"{later:%Y-%m}",
        "near-miss-with-harm": near and (h or 0) > 0,
        "near-miss-beyond-barriers": near and (c or 0) > 2,
        "potential-below-harm": p is not None and p < (h or 0),
        "techniques-order": said["techniques"] != sorted(set(said["techniques"])),
    }
    codes = [code for code, wrong in faults.items() if wrong]
    if codes:
        return codes, {}
    harms = [0] if near else range(8) if h is None else [h]
    potentials = range(min(harms), 8) if p is None else [p]
    controls = (range(3) if near else range(5)) if c is None else [c]
    spreads, layers = (range(5) if said[n] is None else [said[n]] for n in ("spread", "layers"))
    repeats = [False, True] if said["repeat"] is None else [said["repeat"]]
    axes = product(harms, potentials, controls, spreads, layers, repeats)
    points = {level(*one) for one in axes if one[1] >= one[0]}
    classes, flags = {one[1] for one in points}, {one[2] for one in points}
    if not near and classes == {"near_miss"}:
        return ["near-miss-unsaid"], {}
    levels = [one[0] for one in points]
    return [], {
        "level": max(levels),
        "level_low": min(levels),
        "category": max(classes, key=("deviation", "near_miss", "incident", "accident").index),
        "settled": len(set(levels)) == 1 and len(classes) == 1,
        "near_miss": near,
        "cross_border": flags != {False},
        "harm_high": min(max(harms), max(potentials)),
        "potential_high": max(potentials),
        "control_high": max(controls),
        "domain": said["domain"],
        "ongoing": said["ongoing"],
    }


# --- 5.4 Rules ----------------------------------------------------------------------------------------------


def grants(rule: str | None, facts: dict, said: dict) -> bool:
    """Whether a rule is exactly true; what reads an unknown never is."""
    if rule is None:
        return True
    words = {"&&": " and ", "||": " or ", "!": " not ", "true": "True", "false": "False"}
    text = re.sub(
        r"('[^']*'|\"[^\"]*\")|&&|\|\||!(?!=)|\btrue\b|\bfalse\b", lambda m: m[1] or words[m[0]], rule
    )
    tree = ast.parse(text.strip(), mode="eval")
    allowed = (
        ast.Expression,
        ast.BoolOp,
        ast.And,
        ast.Or,
        ast.UnaryOp,
        ast.Not,
        ast.Compare,
        ast.Attribute,
        ast.Name,
        ast.Load,
        ast.Constant,
        ast.List,
        ast.Eq,
        ast.NotEq,
        ast.Lt,
        ast.LtE,
        ast.Gt,
        ast.GtE,
        ast.In,
    )
    need(
        all(isinstance(node, allowed) for node in ast.walk(tree)),
        f"this program does not read the rule {rule}",
    )
    reads = {(n.value.id, n.attr) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    known = {"facts": facts, "open": said}
    if any(known[where][name] is None for where, name in reads):
        return False
    names = {where: type("Fields", (), fields) for where, fields in known.items()}
    code = compile(tree, "rule", "eval")
    return eval(code, {"__builtins__": {}}, names) is True  # noqa: S307 (the tree was checked above)


# --- 4.8 Duties ---------------------------------------------------------------------------------------------


def clauses(accord: dict) -> list[dict]:
    """The duties of an accord, those to release among them, one for each party (5.3)."""
    found = []
    for one in accord["duties"]:
        what = [one["what"]] if isinstance(one["what"], str) else one["what"]
        found.append(
            one | {"what": what, "to": "", "parts": [""], "pillar": (one["on"] or what[0]).split(".")[0]}
        )
    for one in accord["release"]:
        if one["within"] and not re.search(r"\b(standing|audience)\b", one["when"] or ""):
            for party, terms in accord["parties"].items():
                if one["to"] in (party, *(terms["roles"] or ["peer"])):
                    found.append(
                        {
                            "id": f"{one['id']}@{party}",
                            "on": one["kind"],
                            "when": one["when"],
                            "owes": "author",
                            "what": ["accord.release"],
                            "within": one["within"],
                            "every": None,
                            "excuse": one["excuse"],
                            "to": party,
                            "parts": one["fields"],
                            "pillar": one["kind"].split(".")[0],
                        }
                    )
    return found


def period(text: str, at: int) -> tuple[int, int]:
    """4.8: the calendar period that holds an instant, and the instant after it."""
    count, unit = re.fullmatch(r"PT?(\d+)([YMWDH])", text).groups()
    if unit in "YM" and "T" not in text:
        months = int(count) * (12 if unit == "Y" else 1)
        day = datetime.fromtimestamp(at / 1000, UTC)
        begin = (day.year * 12 + day.month - 1) // months * months
        ends = [calendar.timegm((n // 12, n % 12 + 1, 1, 0, 0, 0)) * 1000 for n in (begin, begin + months)]
        return ends[0], ends[1]
    length = milliseconds(text)
    shift = -3 * 86_400_000 if unit == "W" else 0  # 1970 began on a Thursday
    begin = (at - shift) // length * length + shift
    return begin, begin + length


def parties_of(owes: str, world: World, record: dict, facts: dict) -> list[str]:
    """5.3"""
    if owes.startswith("facts."):
        named = facts[owes[6:]]
        return [named] if isinstance(named, str) else named
    named = {
        "author": [record["party"]],
        "all": list(world.logs),
        "others": [p for p in world.logs if p != record["party"]],
    }
    return named.get(owes, [owes])


def duties(world: World, as_of: int) -> list[dict]:
    """4.8: every duty that binds at the cut, with its verdict."""
    found = []
    for spec in clauses(world.accord):
        if spec["every"]:
            begin = period(spec["every"], moment(world.accord["starts"]))
            begin = begin if begin[0] == moment(world.accord["starts"]) else period(spec["every"], begin[1])
            while begin[0] <= as_of:
                end = begin[1] + milliseconds(spec["within"])
                for debtor in parties_of(spec["owes"], world, {"party": ""}, {}):
                    found.append(verdict(world, spec, debtor, None, begin[0], (end, end), as_of))
                begin = period(spec["every"], begin[1])
            continue
        for party, i, record in world.standing():
            facts = world.facts[party, i]
            if (
                record["kind"] == spec["on"]
                and spec["to"] != party
                and grants(spec["when"], facts, record["open"])
            ):
                for debtor in parties_of(spec["owes"], world, record, facts):
                    low, high = world.base(party, i, debtor)
                    if high < INF:
                        term = milliseconds(spec["within"])
                        name = world.leaf(party, i)[1]
                        found.append(
                            verdict(world, spec, debtor, name, None, (low + term, high + term), as_of)
                        )
    return sorted(
        found,
        key=lambda d: (d["debtor"], d["pillar"], d["spec"], d["version"], d["base"] or "", d["start"] or 0),
    )


def performances(world: World, spec: dict, debtor: str, base: str | None, start: int | None) -> dict:
    """4.8: part -> kind of the record -> indices in the debtor's log of what does, or excuses, it."""
    found: dict = {part: defaultdict(list) for part in spec["parts"]}
    for party, i, record in world.standing():
        if party != debtor or record["kind"] not in (*spec["what"], *spec["excuse"]):
            continue
        said = record["open"]
        if base is None:
            at = said.get("period", record["at"])
            fits = period(spec["every"], at)[0] == start <= record["at"]
        else:
            fits = base in {record["thread"], *(said[field] for field in KINDS[record["kind"]][0])}
        for part in spec["parts"]:
            towards = not part or (
                record["kind"] == "accord.release" and said["to"] == spec["to"] and part in said["paths"]
            )
            if fits and (towards or part in said.get("withheld", ())):
                found[part][record["kind"]].append(i)
    return found


def verdict(
    world: World, spec: dict, debtor: str, base: str | None, start: int | None, due: tuple, as_of: int
) -> dict:
    """4.8: the verdict, the first that applies."""
    done = performances(world, spec, debtor, base, start)
    what = [[i for kind in spec["what"] for i in part[kind]] for part in done.values()]
    either = [[i for kinds in part.values() for i in kinds] for part in done.values()]
    first, last = (one + world.gamma for one in due)
    span = {i: world.performed(debtor, i) for part in either for i in part}
    log = [
        i
        for (p, i), state in world.state.items()
        if p == debtor and state not in ("stands", "refused", "void")
    ]
    floor = min(world.performed(debtor, i)[0] for i in [*log, world.size[debtor]])
    lags = sorted(w for w, rows in world.votes.items() if debtor in rows and rows[debtor].clock <= last)

    def timely(parts: list) -> bool:
        return all(any(span[i][1] <= first for i in part) for part in parts)

    if timely(what):
        name = "kept"
    elif timely(either):
        name = "excused"
    elif floor > last and any(all(span[i][0] > last for i in part) for part in either):
        name = "missed"
    elif as_of <= last:
        name = "owed"
    else:
        name = "unobservable" if lags else "disputed"
    chosen = what if all(what) else either
    best = [min(part, key=lambda i: (span[i][1], i)) for part in chosen if part]
    by = max(best, key=lambda i: (span[i][1], i)) if len(best) == len(chosen) else None
    return {
        "debtor": debtor,
        "pillar": spec["pillar"],
        "spec": spec["id"],
        "version": 1,
        "base": base,
        "start": start,
        "verdict": name,
        "overdue": name == "missed" and not all(what),
        "due": [min(one, TOP) for one in due],
        "performed": None if by is None else [min(one, TOP) for one in span[by]],
        "by": None if by is None else world.leaf(debtor, by)[1],
        "lags": lags if name == "unobservable" else [],
    }


def answer(world: World, as_of: int) -> dict:
    """4.11"""
    listed = duties(world, as_of)
    counts: dict = {party: {} for party in world.logs}
    for one in listed:
        row = counts[one["debtor"]].setdefault(one["pillar"], dict.fromkeys(NAMES, 0))
        row[one["verdict"]] += 1
        row["overdue"] += one["overdue"]
    refused = [
        {"party": p, "index": i, "id": world.leaf(p, i)[1], "codes": codes}
        for (p, i), codes in sorted(world.codes.items())
    ]
    return {
        "v": 1,
        "as_of": as_of,
        "cut": cut_of(world),
        "counts": counts,
        "duties": listed,
        "void": {p: voided(world, p) for p in world.logs},
        "forked": [],
        "findings": [],
        "refused": refused,
        "stopped": {
            w: {p: v.stopped for p, v in rows.items() if v.stopped} for w, rows in world.votes.items()
        },
    }


def voided(world: World, party: str) -> list[int]:
    return sorted(i for (p, i), state in world.state.items() if (p, state) == (party, "void"))


def cut_of(world: World) -> dict:
    """4.3"""
    return {p: {"size": n, "root": world.logs[p].root(n).hex()} for p, n in world.size.items()}


# --- 7.1 Two exports ----------------------------------------------------------------------------------------


def files_of(folder: Path) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def main() -> int:
    """Read two exports, compare their histories, recompute standing at the cut that both reach."""
    parser = argparse.ArgumentParser(description="Standing from two exports, by the protocol's text.")
    parser.add_argument("exports", nargs=2, type=Path)
    parser.add_argument("--as-of", type=int, required=True, metavar="MS")
    parser.add_argument("--genesis", help="the accord as you know it; else as the first export says")
    parser.add_argument("--cut", type=Path, help="write the cut to this file")
    asked = parser.parse_args()
    try:
        both = [files_of(folder) for folder in asked.exports]
        genesis, accord = accord_of(both[0])
        need(asked.genesis in (None, genesis), "the accord is another than the one you named")
        need(both[0]["accord/1.json"] == both[1]["accord/1.json"], "the exports are of two accords")
        logs = {
            p: Log(p, genesis, terms["charters"]["live"]) for p, terms in sorted(accord["parties"].items())
        }
        sizes = {p: min(log.read(files) for files in both) for p, log in logs.items()}
        world = World(accord, logs, sizes)
        found = canonical(answer(world, asked.as_of))
    except No as why:
        print(f"does not hold: {why}", file=sys.stderr)
        return 1
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        print(f"cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if asked.cut:
        asked.cut.write_bytes(canonical(cut_of(world)))
    print(found.decode())
    print(f"digest {sha(found)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
