"""Rows of the mutation table for tiles, raw proofs, proofs of logging and policies."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import ledger
from ledger import LOG, ORIGIN, WITNESSES
from mutation import Fault
from mutation_note import b64, other, row, word

from detente.trust import note, policy, proof, tile, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, Malformed
from detente.trust.key import PrivateKey
from detente.trust.note import NoteKey
from detente.trust.proof import Proof
from detente.trust.tile import Tile

# The path of a tile.

PATH = Tile(1, 1_234_067, 17).path.encode()
BAD_PATHS = (
    "tile/1/{}/",
    "tile/01/{}",
    "/tile/1/{}",
    "tile/1/{}.p/0",
    "tile/1/{}.p/01",
    "tile/../{}",
    "tile/data/{}",
    "tile/1/{}/x",
)


def digits(rng: Random) -> str:
    return f"x{rng.randrange(1_000):03}/{rng.randrange(1_000):03}"


PATH_FAULTS: dict[str, Fault] = {
    "tile.2": lambda rng, _: rng.choice(BAD_PATHS).format(digits(rng)).encode(),
    "tile.2/digits": lambda rng, _: f"tile/1/{rng.randrange(10**4, 10**9)}".encode(),
    "tile.3": lambda rng, _: f"tile/{rng.randrange(8, 100)}/{digits(rng)}".encode(),
    "tile.3/width": lambda rng, _: f"tile/1/{digits(rng)}.p/{rng.randrange(256, 1_000)}".encode(),
    "tile.3/zeroes": lambda rng, _: f"tile/1/x000/{digits(rng)}".encode(),
}


def verify_path(data: bytes) -> None:
    if tile.parse_path(data.decode("latin-1")) != tile.parse_path(PATH.decode()):
        raise other()


# The files of a log under a root that is known: one full tile, partial ones, and one above.

SIZE = 260
ENTRIES = ledger.entries(SIZE)
FILES = {path: data.hex() for path, data in ledger.files(ENTRIES).items()}
LOG_FILES = json.dumps(FILES).encode()
ROOT = ledger.tree(SIZE).root()


def altered(**files: bytes) -> bytes:
    """Return the files with some of them replaced; `_` stands for a slash and `P` for `.p/`."""
    named = {name.replace("_", "/").replace("P", ".p/"): data.hex() for name, data in files.items()}
    assert named.keys() <= FILES.keys()
    return json.dumps(FILES | named).encode()


def without(rng: Random, _: bytes) -> bytes:
    """A file missing, and another altered, so that no two mutants are alike."""
    gone = rng.choice(list(FILES))
    left = {path: data for path, data in FILES.items() if path != gone}
    return json.dumps(left | {f"tile/0/{word(rng)}": ""}).encode()


def forged(rng: Random) -> list[bytes]:
    held = list(ENTRIES)
    held[rng.randrange(256)] = word(rng).encode()
    return held


def forged_in_step(rng: Random, _: bytes) -> bytes:
    """An entry and its leaf tile, forged alike; the tile above says otherwise."""
    files = ledger.files(forged(rng))
    return altered(tile_entries_000=files["tile/entries/000"], tile_0_000=files["tile/0/000"])


def forged_history(rng: Random, _: bytes) -> bytes:
    """All files of another history, right among themselves."""
    return json.dumps({path: data.hex() for path, data in ledger.files(forged(rng)).items()}).encode()


def cut_bundle(rng: Random, _: bytes) -> bytes:
    data = bytes.fromhex(FILES["tile/entries/000"])
    return altered(tile_entries_000=data[: rng.randrange(1, len(data))])


FILE_FAULTS: dict[str, Fault] = {
    "tiles.1": without,
    "tiles.2": lambda rng, _: altered(tile_0_001P4=rng.randbytes(rng.choice([96, 127, 160]))),
    "tiles.3": forged_history,
    "tiles.4": forged_in_step,
    "bundle.3": cut_bundle,
    "bundle.4": lambda rng, _: altered(
        tile_entries_001P4=bytes.fromhex(FILES["tile/entries/001.p/4"]) + rng.randbytes(4)
    ),
    "bundle.5": lambda rng, _: altered(tile_entries_000=tile.dump_bundle(forged(rng)[:256])),
}


def verify_files(data: bytes) -> None:
    """Audit; JSON that was bent itself is no matter of the log, and refused here."""
    try:
        files = {path: bytes.fromhex(text) for path, text in json.loads(data).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise Malformed("files", "Not the files of a log.", "") from error
    if json.dumps({path: text.hex() for path, text in files.items()}).encode() != data:
        raise Malformed("files", "Another spelling.", "")
    if tile.audit(SIZE, ROOT, files.get) != ENTRIES:
        raise other()
    changed = [path for path in FILES if files.get(path) != bytes.fromhex(FILES[path])]
    if changed:
        raise AssertionError(changed)
    if files.keys() - FILES.keys():
        raise other()


# Raw proofs, as fields.

TREE = ledger.tree(SIZE)


def fields(**changes: Any) -> bytes:  # noqa: ANN401 (altered fields of any form)
    start: dict[str, Any] = {
        "first": 77,
        "size": SIZE,
        "hash": TREE.node(0, 77).hex(),
        "proof": [one.hex() for one in TREE.inclusion(77, SIZE)],
        "root": ROOT.hex(),
    }
    return json.dumps(start | changes).encode()


def consistency_fields(**changes: Any) -> bytes:  # noqa: ANN401 (altered fields of any form)
    proof_ = [one.hex() for one in TREE.consistency(77, SIZE)]
    return fields(**({"hash": TREE.root(77).hex(), "proof": proof_} | changes))


def rehashed(rng: Random, make: Callable[..., bytes], **root: str) -> bytes:
    """A proof that leads to its root, all of it made up; with `root`, to another."""
    first, size = sorted(rng.sample(range(1, 2**40), 2))
    leaves = (first, first + 1) if make is fields else (0, first)
    turns = [rng.randbytes(32) for _ in range(turns_of(leaves, size))]
    below, above = tree.implied_roots(leaves, size, turns)
    whole = make is fields or not first & (first - 1)
    changes = {"first": first, "size": size, "hash": below.hex(), "root": above.hex()}
    return make(**(changes | {"proof": [one.hex() for one in turns[whole:]]} | root))


def turns_of(leaves: tuple[int, int], size: int) -> int:
    """How many hashes `tree.implied_roots` takes: tried, since only it knows."""
    for many in range(1, 66):
        try:
            tree.implied_roots(leaves, size, [bytes(32)] * many)
        except BadProof:
            continue
        return many
    raise AssertionError(leaves, size)


def one_hash_wrong(rng: Random, make: Callable[..., bytes]) -> bytes:
    hashes: list[str] = json.loads(make())["proof"]
    hashes[rng.randrange(len(hashes))] = rng.randbytes(32).hex()
    return make(proof=hashes)


def one_hash_more(rng: Random, make: Callable[..., bytes]) -> bytes:
    return make(proof=[*json.loads(make())["proof"], rng.randbytes(32).hex()])


def proof_faults(name: str, make: Callable[..., bytes]) -> dict[str, Fault]:
    short = (20, 31, 33)
    return {
        f"{name}.1": lambda rng, _: make(
            first=rng.choice([-1 - rng.getrandbits(40), SIZE + 1 + rng.getrandbits(40)])
        ),
        f"{name}.1/size": lambda rng, _: make(size=2**63 + rng.getrandbits(40)),
        f"{name}.2": lambda rng, _: make(hash=rng.randbytes(rng.choice(short)).hex()),
        f"{name}.2/root": lambda rng, _: make(root=rng.randbytes(rng.choice(short)).hex()),
        f"{name}.3": lambda rng, _: one_hash_more(rng, make),
        f"{name}.4": lambda rng, _: one_hash_wrong(rng, make),
        f"{name}.4/rehashed": lambda rng, _: rehashed(rng, make, root=rng.randbytes(32).hex()),
        "statement.id": lambda rng, _: rehashed(rng, make),
    }


def read_fields(data: bytes) -> tuple[int, int, bytes, list[bytes], bytes]:
    try:
        held = json.loads(data)
        hashes = [bytes.fromhex(one) for one in held["proof"]]
        first, size = int(held["first"]), int(held["size"])
        read = first, size, bytes.fromhex(held["hash"]), hashes, bytes.fromhex(held["root"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise Malformed("fields", "Not the fields of a proof.", "") from error
    if json.dumps(held).encode() != data or data != data.lower() or len(held) > len(json.loads(fields())):
        raise Malformed("fields", "Another spelling.", "")
    return read


def verify_inclusion(data: bytes) -> None:
    read = read_fields(data)
    tree.verify_inclusion(*read)
    if read != read_fields(fields()):
        raise other()


def verify_consistency(data: bytes) -> None:
    first, size, older, hashes, newer = read_fields(data)
    tree.verify_consistency(first, size, hashes, older, newer)
    if read_fields(data) != read_fields(consistency_fields()):
        raise other()


# A proof of logging, under a policy.

TRUST = ledger.trust()
NOTES = {size: ledger.cosign(ledger.signed(size), ["us", "eu"]) for size in range(40, 60)}
PROOF = proof.dump(Proof(7, tuple(ledger.tree(40).inclusion(7, 40)), NOTES[40]))


def some_proof(rng: Random, data: bytes | None = None) -> Proof:
    size = rng.choice(list(NOTES))
    index = rng.randrange(size)
    return Proof(
        index, tuple(ledger.tree(size).inclusion(index, size)), data or NOTES[size], rng.randbytes(9)
    )


def unlisted(rng: Random) -> bytes:
    """A note by a log of another name, or of this one without a witness, with the log's Ed25519 line."""
    head = Checkpoint(ORIGIN + word(rng), 40, rng.randbytes(32))
    return head.text + b"\n" + str(note.sign(head.text, head.origin, LOG[0])).encode()


def without_quorum(rng: Random) -> bytes:
    size = rng.choice(list(NOTES))
    return rng.choice(
        [ledger.signed(size), ledger.cosign(ledger.signed(size), [rng.choice(list(WITNESSES))])]
    )


PROOF_FAULTS: dict[str, Fault] = {
    "proof.1": lambda rng, data: data + b"x" * proof.MAX_BYTES + word(rng).encode(),
    "proof.2": lambda rng, data: data.replace(b"proof@v1", f"proof@v{word(rng)}".encode()),
    "proof.3": lambda rng, data: data.replace(b"index", f"extra {word(rng)}=\nindex".encode()),
    "proof.4": lambda rng, data: data.replace(b"index 7", f"index {rng.choice('0-+ x')}{word(rng)}".encode()),
    "proof.5": lambda rng, data: data.replace(
        b"index 7\n", b"index 7\n" + b"".join(b64(rng.randbytes(32)).encode() + b"\n" for _ in range(63))
    ),
    "proof.6": lambda rng, data: data.replace(b"index 7\n", f"index 7\n{b64(rng.randbytes(31))}\n".encode()),
    "policy.1": lambda rng, _: proof.dump(some_proof(rng, unlisted(rng))),
    "policy.3": lambda rng, _: proof.dump(some_proof(rng, without_quorum(rng))),
    "inclusion.4": lambda rng, _: proof.dump(some_proof(rng)),
}


def verify_proof(data: bytes) -> None:
    """The entry asked for is that at 7, which a right proof of another entry does not show."""
    read = proof.parse(data)
    head = proof.verify(read, ledger.entry(7), TRUST)
    if (read.index, head, read.extra) != (7, ledger.head(40), None):
        raise other()


# A policy: two of three witnesses, each with two keys.

POLICY = policy.dump(TRUST)
US_LINE = next(line for line in POLICY.splitlines(keepends=True) if line.startswith(b"witness us/ed25519"))
BAD_LINES = (
    "log",
    "logs {0}",
    "quorum",
    "quorum {0} {0}",
    "witness {0}",
    "group {0} any",
    "Group {0} any us",
)


def some_vkey(rng: Random, kind: int) -> str:
    key = PrivateKey.from_seed("ed25519", rng.randbytes(32))
    return NoteKey("a", kind, key.public).vkey


def key_of_another_use(rng: Random, data: bytes) -> bytes:
    known = NoteKey(word(rng), 4, WITNESSES["us"][0].public).vkey
    line = rng.choice([f"log {some_vkey(rng, 4)}", f"witness {word(rng)} {some_vkey(rng, 1)}"])
    return rng.choice([line.encode() + b"\n" + data, f"witness {word(rng)} {known}\n".encode() + data])


def bad_group(rng: Random, data: bytes) -> bytes:
    name = word(rng)
    line = rng.choice([f"group {name} any us", f"group {name} any x{name}", f"group {name} any {name}"])
    needed = rng.choice(["0", "4", "-", "x", "00"]) + name
    bent = data.replace(b"/quorum 2", f"/quorum {needed}".encode())
    return rng.choice([data.replace(b"quorum /", f"{line}\nquorum /".encode()), bent])


POLICY_FAULTS: dict[str, Fault] = {
    "policy.4": lambda rng, data: b"#" * policy.MAX_BYTES + word(rng).encode() + b"\n" + data,
    "policy.5": lambda rng, data: (
        data + word(rng).encode() + bytes([rng.choice([0, 8, 11, 13, 31, 127])]) + b"\n"
    ),
    "policy.5/end": lambda rng, data: data + b"# " + word(rng).encode(),
    "policy.6": lambda rng, data: data + f"{word(rng)}\n".encode() * policy.MAX_LINES,
    "policy.7": lambda rng, data: (
        rng.choice(BAD_LINES).format(word(rng)).encode() + b"\n#" + word(rng).encode() + b"\n" + data
    ),
    "policy.8": key_of_another_use,
    "policy.9": lambda rng, data: data.replace(
        US_LINE, US_LINE + f"witness us/ed25519 {some_vkey(rng, 4)}\n".encode()
    ),
    "policy.10": bad_group,
    "policy.11": lambda rng, data: (
        data + f"quorum {rng.choice(['none', word(rng)])}\n#{word(rng)}\n".encode()
    ),
    "vkey.5": lambda rng, data: data.replace(b"/witness+", f"/witness{word(rng)}+".encode(), 1),
    "statement.id": lambda rng, data: data + f"witness {word(rng)} {some_vkey(rng, 4)}\n".encode(),
}


def verify_policy(data: bytes) -> None:
    """Spaces, comments and `all` for a number say nothing: what is read must be the policy, not the bytes."""
    read = policy.parse(data)
    if read != TRUST or policy.dump(read) != data:
        raise other()


PATH_ROW = row("path of a tile", PATH, PATH_FAULTS, set(), verify_path)
"""A path is signed by nobody, so none of its mutants is remade."""

ROWS = (
    row("files of a log", LOG_FILES, FILE_FAULTS, {"tiles.3", "tiles.4"}, verify_files),
    row(
        "inclusion proof",
        fields(),
        proof_faults("inclusion", fields),
        {"inclusion.4/rehashed", "statement.id"},
        verify_inclusion,
    ),
    row(
        "consistency proof",
        consistency_fields(),
        proof_faults("consistency", consistency_fields),
        {"consistency.4/rehashed", "statement.id"},
        verify_consistency,
    ),
    row("proof of logging", PROOF, PROOF_FAULTS, {"policy.1", "policy.3", "inclusion.4"}, verify_proof),
    row("policy", POLICY, POLICY_FAULTS, {"policy.8", "policy.9", "statement.id"}, verify_policy),
)
