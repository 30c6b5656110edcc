"""Rows of the mutation table for requests to cosign and for evidence of forks."""

from random import Random

import mutation
from ledger import LOG, ORIGIN, STRANGER, publics
from mutation import Fault
from mutation_note import HEADS, NEWEST, SIGNED, SIZE, TREES, b64, lines_of, other, row, some_head, word

from detente.trust import checkpoint, fork, note, tree, witness
from detente.trust.fork import Fork
from detente.trust.witness import Refuse, Submission

KEYS = publics(LOG)
KNOWN = HEADS[12, False]

# A request to cosign: the whole path of a witness that knows the head at 12.

REQUEST = witness.dump(Submission(12, tuple(TREES[False].consistency(12, SIZE)), SIGNED[SIZE, False]))


def request(rng: Random, old: int, place: tuple[int, bool], proof: list[bytes] | None = None) -> bytes:
    noise = [rng.randbytes(32) for _ in range(rng.randrange(1, 8))]
    return witness.dump(Submission(old, tuple(noise if proof is None else proof), SIGNED[place]))


def with_proof(data: bytes, *hashes: bytes) -> bytes:
    """The request with more lines of proof."""
    return data.replace(b"\n", b"\n" + b"".join(b64(one).encode() + b"\n" for one in hashes), 1)


def some_place(rng: Random) -> tuple[int, bool]:
    return rng.randrange(13, SIZE + 1), rng.random() < 0.5


def forged_proof(rng: Random, _: bytes) -> bytes:
    new = rng.randrange(13, SIZE + 1)
    branch = rng.random() < 0.5
    proof = TREES[branch].consistency(12, new)
    proof[rng.randrange(len(proof))] = rng.randbytes(32)
    return request(rng, 12, (new, branch), proof)


def long_proof(rng: Random, _: bytes) -> bytes:
    new = rng.randrange(13, SIZE + 1)
    return request(rng, 12, (new, False), [*TREES[False].consistency(12, new), rng.randbytes(32)])


REQUEST_FAULTS: dict[str, Fault] = {
    "witness.1": lambda rng, data: data + b"x" * witness.MAX_BYTES + word(rng).encode(),
    "witness.2": lambda rng, data: data.replace(b"12", f"{rng.choice('0+-x ')}{word(rng)}".encode(), 1),
    "witness.3": lambda rng, data: with_proof(data, *(rng.randbytes(32) for _ in range(64))),
    "witness.4": lambda rng, data: with_proof(data, rng.randbytes(rng.choice([31, 33]))),
    "witness.6": lambda rng, _: request(rng, rng.randrange(20), (12, True)),
    "witness.7": lambda rng, _: request(rng, rng.randrange(SIZE + 1, 2**40), some_place(rng)),
    "witness.8": lambda rng, _: request(rng, rng.randrange(12), some_place(rng)),
    "consistency.3": long_proof,
    "consistency.4": forged_proof,
}


def verify_request(data: bytes) -> None:
    read = witness.parse(data)
    head = checkpoint.verify(read.note, ORIGIN, KEYS)
    decision = witness.decide(KNOWN, head, read.old_size, read.proof)
    if isinstance(decision, Refuse):
        raise decision.error
    if head != NEWEST:
        raise other()


# Evidence of a fork.

FORK = fork.prove(SIGNED[SIZE, False], SIGNED[12, True], TREES[False].node)
assert FORK is not None
EVIDENCE = fork.dump(FORK)


def evidence(larger: bytes, smaller: bytes, path: list[bytes]) -> bytes:
    return fork.dump(Fork(larger, smaller, tuple(path)))


def honest_pair(rng: Random) -> tuple[int, int, bool]:
    smaller, larger = sorted(rng.sample(range(1, SIZE + 1), 2))
    return larger, smaller, rng.random() < 0.5


def framed(rng: Random, _: bytes) -> bytes:
    """Two honest heads, and the very path between them."""
    larger, smaller, branch = honest_pair(rng)
    return evidence(
        SIGNED[larger, branch], SIGNED[smaller, branch], tree.walk(smaller, larger, TREES[branch].node)
    )


def noise_path(rng: Random, _: bytes) -> bytes:
    larger, smaller, branch = honest_pair(rng)
    path = tree.walk(smaller, larger, TREES[branch].node)
    path[rng.randrange(len(path))] = rng.randbytes(32)
    return evidence(SIGNED[larger, branch], SIGNED[smaller, branch], path)


def backwards(rng: Random, _: bytes) -> bytes:
    larger, smaller, branch = honest_pair(rng)
    return evidence(SIGNED[smaller, branch], SIGNED[larger, branch], [rng.randbytes(32)])


def agreeing(rng: Random, _: bytes) -> bytes:
    size, branch = rng.randrange(1, SIZE + 1), rng.random() < 0.5
    return evidence(SIGNED[size, branch], SIGNED[size, branch], [rng.randbytes(32)])


def wrong_length(rng: Random, _: bytes) -> bytes:
    larger, smaller, branch = honest_pair(rng)
    path = tree.walk(smaller, larger, TREES[branch].node)
    return evidence(SIGNED[larger, branch], SIGNED[smaller, branch], [*path, rng.randbytes(32)])


def of_a_stranger(rng: Random, _: bytes) -> bytes:
    head = some_head(rng)
    lines = (note.sign(head.text, ORIGIN, key) for key in (STRANGER[0], LOG[0]))
    return evidence(lines_of(*lines, text=head.text), SIGNED[12, True], [])


def bad_hexadecimal(rng: Random, data: bytes) -> bytes:
    odd = rng.choice(
        [
            rng.randbytes(31).hex(),
            rng.randbytes(33).hex(),
            rng.randbytes(32).hex().upper() + "A",
            "g" + word(rng),
        ]
    )
    return data.replace(b'"path":["', f'"path":["{odd}","'.encode())


BAD_VERSIONS = ('"v":2{}', '"v":"{}"', '"v":1,"w":{}')


def on_some_evidence(fault: Fault) -> Fault:
    return lambda rng, data: fault(rng, framed(rng, data))


EVIDENCE_FAULTS: dict[str, Fault] = {
    **{step: on_some_evidence(one) for step, one in mutation.canonical_faults(fork.MAX_BYTES).items()},
    "fork.6/again": framed,
    "fork.3": backwards,
    "fork.4": agreeing,
    "fork.5": noise_path,
    "fork.6": framed,
    "fork.7": lambda rng, data: data.replace(
        b'"v":1', rng.choice(BAD_VERSIONS).format(rng.getrandbits(40)).encode()
    ),
    "fork.8": bad_hexadecimal,
    "consistency.3": wrong_length,
    "checkpoint.9": of_a_stranger,
}


def verify_evidence(data: bytes) -> None:
    above, below = fork.verify(fork.parse(data), ORIGIN, KEYS)
    if (above, below) != (NEWEST, HEADS[12, True]):
        raise other()


ROWS = (
    row(
        "request to cosign",
        REQUEST,
        REQUEST_FAULTS,
        {"witness.6", "witness.7", "witness.8", "consistency.3", "consistency.4"},
        verify_request,
    ),
    row(
        "evidence of a fork",
        EVIDENCE,
        EVIDENCE_FAULTS,
        {"fork.3", "fork.4", "fork.5", "fork.6", "fork.6/again", "consistency.3", "checkpoint.9"},
        verify_evidence,
    ),
)
