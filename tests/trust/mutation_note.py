"""Rows of the mutation table for notes, their keys, checkpoints and cosignatures.

Signed heads come from a pool, since ML-DSA-44 signs a thousand a second: what is remade is genuinely signed,
by the log, by a witness or by a stranger, and wrong in one respect.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from random import Random

import ledger
import mutation
from ledger import LOG, ORIGIN, SECONDS, STRANGER, WITNESSES, publics, witness_name
from mutation import Fault, Mutant, Row

from detente.trust import checkpoint, cosignature, note, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import Malformed, WrongContext
from detente.trust.key import PublicKey
from detente.trust.note import ED25519, Note, NoteKey, NoteSignature

SIZE = 60
BRANCH = 9
KEYS = publics(LOG)
US = witness_name("us")
US_KEYS = WITNESSES["us"]
TREES = {branch: ledger.tree(SIZE, BRANCH if branch else None) for branch in (False, True)}
HEADS = {
    (size, branch): Checkpoint(ORIGIN, size, whole.root(size))
    for branch, whole in TREES.items()
    for size in range(1, SIZE + 1)
}
SIGNED = {place: ledger.sign(head) for place, head in HEADS.items()}
NEWEST = HEADS[SIZE, False]


def _mutants(
    table: Mapping[str, Fault], remade: frozenset[str], genuine: bytes, rng: Random
) -> Iterator[Mutant]:
    for step, fault in table.items():
        for _ in range(mutation.SPARE):
            yield Mutant(fault(rng, genuine), remade=step in remade)
    yield from (Mutant(data, remade=False) for data in mutation.scattered(rng, genuine, 2_000))


def row(
    name: str, genuine: bytes, table: Mapping[str, Fault], remade: set[str], verify: Callable[[bytes], None]
) -> Row:
    """Return a row whose steps are those of its table; a slash tells two faults of one step apart."""
    reached = tuple(dict.fromkeys(step.split("/")[0] for step in table))
    return Row(name, genuine, partial(_mutants, table, frozenset(remade), genuine), verify, reached)


def other() -> WrongContext:
    """Genuine, and not what was asked for."""
    return WrongContext("statement.id", "Another statement.", "Present it elsewhere.")


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def word(rng: Random) -> str:
    return f"{rng.getrandbits(40):010x}"


# A note, signed by one key over its text.

NAME = "example.com/log"
NOTE_KEY = NoteKey(NAME, ED25519, LOG[0].public)
TEXT = b"one line\n\nanother\n"


def sign_text(text: bytes) -> bytes:
    return text + b"\n" + str(note.sign(text, NAME, LOG[0])).encode()


NOTE = sign_text(TEXT)
LINE = NOTE.splitlines(keepends=True)[-1]


def bad_character(rng: Random, _: bytes) -> bytes:
    at = rng.randrange(len(TEXT))
    bad = rng.choice([bytes([rng.randrange(10)]), b"\xff", b"\xc0\x80", bytes([rng.randrange(11, 32)])])
    return sign_text(TEXT[:at] + bad + word(rng).encode() + TEXT[at:])


def without_lines(rng: Random, _: bytes) -> bytes:
    text = word(rng).encode() + TEXT
    return rng.choice([text, text + b"\n", text.replace(b"\n", b" "), (text + b"\n" + LINE)[:-1]])


BAD_LINES = (
    "- {} AAAAAAAA",
    "—{} AAAAAAAA",
    "— {}",
    "— {} ",
    "— {}+ AAAAAAAA",
    "— {}\u00a0x AAAAAAAA",
    "— {} AAAA",
    "— {} AAAAAAAA=",
    "— {} AAAAAAB=",
    "— {} AA-AAAAA",
)


def bad_line(rng: Random, data: bytes) -> bytes:
    bad = rng.choice(BAD_LINES).format(word(rng))
    return data + bad.encode() + b"\n"


def crowd(rng: Random, data: bytes) -> bytes:
    return data + b"".join(f"— {word(rng)} AAAAAAAA\n".encode() for _ in range(note.MAX_SIGNATURES))


def other_text(rng: Random, _: bytes) -> bytes:
    return word(rng).encode() + TEXT + b"\n" + LINE


def by_a_stranger(rng: Random, _: bytes) -> bytes:
    text = word(rng).encode() + TEXT
    return text + b"\n" + str(note.sign(text, NAME, STRANGER[0])).encode()


NOTE_FAULTS: dict[str, Fault] = {
    "note.1": lambda rng, data: b"x" * note.MAX_BYTES + word(rng).encode() + data,
    "note.2": bad_character,
    "note.3": without_lines,
    "note.4": crowd,
    "note.5": bad_line,
    "note.6": lambda rng, data: data + f"— {word(rng)} AAAAAAAA\n".encode() * 2,
    "note.8": other_text,
    "note.9": by_a_stranger,
    "statement.id": lambda rng, _: sign_text(word(rng).encode() + TEXT),
}


def verify_note(data: bytes) -> None:
    read = note.parse(data)
    note.verify(read, [NOTE_KEY])
    if read.text != TEXT:
        raise other()


# A vkey.

VKEY = NOTE_KEY.vkey.encode()


def vkey(material: bytes, name: str = NAME) -> bytes:
    """A vkey with the right key id for whatever it holds."""
    keyid = sha256(name.encode() + b"\n" + material).digest()[:4]
    return f"{name}+{keyid.hex()}+{b64(material)}".encode()


def off_the_curve(rng: Random) -> bytes:
    while True:
        raw = rng.randbytes(32)
        try:
            NoteKey(NAME, ED25519, PublicKey("ed25519", raw))
        except Malformed:
            return raw


VKEY_FAULTS: dict[str, Fault] = {
    "vkey.1": lambda rng, _: vkey(
        b"\x01" + KEYS[0].raw, word(rng) + rng.choice([" ", "\n", "\u2003", "\x00"])
    ),
    "vkey.3": lambda rng, data: data + rng.choice(["", "=", "\n", "-"]).encode() + word(rng).encode() + b"!",
    "vkey.4": lambda rng, _: vkey(bytes([rng.choice([0, 2, 3, 5, 7, 255])]) + rng.randbytes(32)),
    "vkey.5": lambda rng, data: data.replace(NOTE_KEY.keyid.hex().encode(), word(rng)[:8].encode()),
    "key.2": lambda rng, _: vkey(b"\x01" + rng.randbytes(rng.choice([5, 31, 33, 64]))),
    "key.3": lambda rng, _: vkey(b"\x01" + off_the_curve(rng)),
    "statement.id": lambda rng, _: vkey(b"\x01" + KEYS[0].raw, word(rng)),
}


def verify_vkey(data: bytes) -> None:
    if note.parse_vkey(data.decode(errors="surrogateescape")) != NOTE_KEY:
        raise other()


# A checkpoint, signed by its log and cosigned by one witness.

CHECKPOINT = ledger.cosign(SIGNED[SIZE, False], ["us"])
READ = note.parse(CHECKPOINT)


def resigned(text: bytes) -> bytes:
    """A text that is no checkpoint, with the log's Ed25519 line: ML-DSA-44 has no message for it."""
    return text + b"\n" + str(note.sign(text, ORIGIN, LOG[0])).encode()


def some_head(rng: Random) -> Checkpoint:
    return Checkpoint(ORIGIN, rng.randrange(1, 2**40), rng.randbytes(32))


def head_text(rng: Random, **lines: str) -> bytes:
    head = some_head(rng)
    parts = {
        "origin": head.origin,
        "size": str(head.size),
        "root": tree.dump_hash(head.root),
        "more": "",
    } | lines
    return f"{parts['origin']}\n{parts['size']}\n{parts['root']}\n{parts['more']}".encode()


def lines_of(*signatures: NoteSignature, text: bytes = READ.text) -> bytes:
    return note.dump(Note(text, signatures))


def flipped(rng: Random, one: NoteSignature, first: int = 0) -> NoteSignature:
    raw = bytearray(one.raw)
    raw[rng.randrange(first, len(raw))] ^= 1 << rng.randrange(8)
    return NoteSignature(one.name, one.keyid, bytes(raw))


def random_line(rng: Random) -> NoteSignature:
    """The log's Ed25519 line with another signature in it: random, or that over another head."""
    raw = rng.choice([rng.randbytes(64), LOG[0].sign(some_head(rng).text)])
    return NoteSignature(ORIGIN, READ.signatures[0].keyid, raw)


def replaced(at: int, one: NoteSignature) -> bytes:
    return lines_of(*READ.signatures[:at], one, *READ.signatures[at + 1 :])


def half_signed(rng: Random, _: bytes) -> bytes:
    """One of the log's lines, over some head, and perhaps a stranger's."""
    head = some_head(rng)
    lines = [note.sign(head.text, ORIGIN, LOG[0])]
    if rng.random() < 0.5:
        lines.append(note.sign(head.text, ORIGIN, STRANGER[0]))
    return lines_of(*lines, text=head.text)


def short_line(rng: Random, _: bytes) -> bytes:
    one = READ.signatures[rng.choice([1, 2, 3])]
    at = READ.signatures.index(one)
    return replaced(at, NoteSignature(one.name, one.keyid, rng.randbytes(rng.randrange(1, 9))))


def bad_time(rng: Random, _: bytes) -> bytes:
    at = rng.choice([1, 2, 3])
    one = READ.signatures[at]
    seconds = rng.choice([0, rng.randrange(2**63, 2**64)])
    return replaced(at, NoteSignature(one.name, one.keyid, seconds.to_bytes(8, "big") + rng.randbytes(64)))


def moved_time(rng: Random, _: bytes) -> bytes:
    at = rng.choice([1, 2, 3])
    one = READ.signatures[at]
    seconds = rng.randrange(1, 2**63)
    bent = NoteSignature(one.name, one.keyid, seconds.to_bytes(8, "big") + one.raw[8:])
    return replaced(at, rng.choice([bent, flipped(rng, one, 8)]))


def half_cosigned(rng: Random, _: bytes) -> bytes:
    """A head with the log's lines, and a witness's Ed25519 line alone, or a stranger's under its name."""
    place = (rng.randrange(1, SIZE + 1), rng.random() < 0.5)
    line = cosignature.sign(HEADS[place], US, rng.choice([US_KEYS[0], STRANGER[0]]), rng.randrange(1, 2**40))
    return SIGNED[place] + str(line).encode()


def other_log(rng: Random, _: bytes) -> bytes:
    origin = rng.choice([ledger.EXERCISE_ORIGIN, ORIGIN + word(rng), "detente/00/live/cn"])
    head = Checkpoint(origin, rng.randrange(1, 2**40), rng.randbytes(32))
    return lines_of(note.sign(head.text, origin, LOG[0]), text=head.text)


BAD_ENDS = (" x", "+", "\u2003", "é" * 128)
CHECKPOINT_FAULTS: dict[str, Fault] = {
    "checkpoint.1": lambda rng, _: resigned(head_text(rng, more=f"{word(rng)}\n")),
    "checkpoint.2/size": lambda rng, _: resigned(head_text(rng, size=rng.choice("0+- x") + word(rng))),
    "checkpoint.2/root": lambda rng, _: resigned(
        head_text(rng, root=b64(rng.randbytes(rng.choice([31, 33]))))
    ),
    "checkpoint.3": lambda rng, _: resigned(head_text(rng, origin=word(rng) + rng.choice(BAD_ENDS))),
    "checkpoint.4": lambda rng, _: resigned(head_text(rng, size=str(rng.randrange(2**63, 10**19)))),
    "checkpoint.6": lambda rng, _: resigned(head_text(rng, size="0")),
    "checkpoint.7": other_log,
    "checkpoint.8": lambda rng, _: replaced(0, random_line(rng)),
    "checkpoint.9": half_signed,
    "cosignature.3": short_line,
    "cosignature.4": bad_time,
    "cosignature.5": moved_time,
    "cosignature.6": half_cosigned,
}


def verify_checkpoint(data: bytes) -> None:
    head = checkpoint.verify(data, ORIGIN, KEYS)
    cosignature.verify_all(note.parse(data), head, US, publics(US_KEYS))
    if head != NEWEST:
        raise other()


# One line of a cosigner, as it stands in a witness's answer.

COSIGNER = cosignature.key(US, US_KEYS[0].public)
ANSWER = str(cosignature.sign(NEWEST, US, US_KEYS[0], SECONDS)).encode()


def answer(name: str, seconds: int, head: Checkpoint = NEWEST, seed: int = 33) -> bytes:
    """A line genuinely signed, by this cosigner unless told otherwise."""
    key = ledger.pair(seed)[0]
    named = cosignature.key(name, key.public)
    raw = seconds.to_bytes(8, "big") + key.sign(cosignature.message(head, named, seconds))
    return str(NoteSignature(name, named.keyid, raw)).encode()


LINE_FAULTS: dict[str, Fault] = {
    "cosignature.2": lambda rng, _: answer(US + word(rng), SECONDS, seed=rng.choice([33, 36])),
    "cosignature.3": lambda rng, _: str(
        NoteSignature(US, COSIGNER.keyid, rng.randbytes(rng.randrange(2, 9)))
    ).encode(),
    "cosignature.4": lambda rng, _: answer(US, rng.randrange(2**63, 2**64)),
    "cosignature.5": lambda rng, _: answer(US, rng.randrange(1, 2**63), some_head(rng)),
}


def verify_line(data: bytes) -> None:
    lines = note.parse_lines(data)
    if len(lines) != 1 or cosignature.verify(NEWEST, lines[0], COSIGNER) != SECONDS:
        raise other()


ROWS = (
    row("note", NOTE, NOTE_FAULTS, {"note.2", "note.9", "statement.id"}, verify_note),
    row("vkey", VKEY, VKEY_FAULTS, {"vkey.1", "vkey.4", "key.2", "key.3", "statement.id"}, verify_vkey),
    row(
        "checkpoint and cosignatures",
        CHECKPOINT,
        CHECKPOINT_FAULTS,
        {step for step in CHECKPOINT_FAULTS if step.startswith("checkpoint.")} | {"cosignature.6"},
        verify_checkpoint,
    ),
    row("cosignature line", ANSWER, LINE_FAULTS, {f"cosignature.{n}" for n in (2, 4, 5)}, verify_line),
)
