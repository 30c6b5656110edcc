"""The opening of drawn samples: what an author hands over, and what anybody checks without his program.

    opening.check(opening.parse(data), claim, drawn)    ->    the samples, each proven under the result's root

One canonical JSON value: the header of the extract, and for each drawn leaf its number, salt, line and the
hashes beside its way to the root. `check` needs the standard library and this package, no network and no
evaluation framework. It says of each sample that does not hold which check it failed; it does not stop at
the first, because how many there are is what the statistics are about. Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from detente.instruments import commitment, extract
from detente.instruments.commitment import Committed
from detente.instruments.extract import Counts, Extract, Header, Sample
from detente.trust import canonical, tree
from detente.trust.errors import BadOpening, BadProof, DetenteError, Malformed, WrongContext

FORMAT: Literal["detente-opening-1"] = "detente-opening-1"
MOST_BYTES = 32 * 1024 * 1024
"""The most bytes of an opening: 64 samples with long outputs, and their proofs."""
MOST_SAMPLES = 1_024

Rescore = Callable[[Sample], tuple[str, str | None]]
"""The score and the error that a sample should have, computed from suite and output again."""


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One drawn leaf.

    Args:
        leaf: its number, from 0.
        salt: hex.
        sample: the line's value.
        proof: base64 of the hashes beside its way, from the bottom up.
    """

    leaf: Annotated[int, Meta(ge=0, le=extract.MOST_SAMPLES)]
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    sample: Sample
    proof: Annotated[tuple[str, ...], Meta(max_length=tree.MAX_PROOF)]


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an author hands over."""

    format: Literal["detente-opening-1"] = FORMAT
    header: Header
    samples: Annotated[tuple[Opened, ...], Meta(max_length=MOST_SAMPLES)]


class Claim(NamedTuple):
    """What the result says, under its author's signature.

    Args:
        root: its commitment.
        committed: how many leaves.
        counts: by language.
        named: digests that the header has to repeat, by field; those that are not known are left out.
    """

    root: str
    committed: int
    counts: dict[str, Counts]
    named: dict[str, str | None]


class Fault(NamedTuple):
    """A drawn sample that does not hold: its leaf, and why."""

    leaf: int
    error: DetenteError


class Held(NamedTuple):
    """What came of an opening.

    Args:
        samples: of the leaves that hold.
        faults: of those that do not.
        rescored: how many scores were computed again; the others' output is sealed, or their suite is not
            here.
    """

    samples: tuple[Sample, ...]
    faults: tuple[Fault, ...]
    rescored: int


def opened(made: Extract, committed: Committed, drawn: Iterable[int]) -> Opening:
    """Open exactly the leaves drawn."""
    size = len(committed.tree)
    samples = tuple(
        Opened(
            leaf=one,
            salt=committed.salt(one).hex(),
            sample=made.samples[committed.order[one]],
            proof=tuple(map(tree.dump_hash, committed.tree.inclusion(one, size))),
        )
        for one in drawn
    )
    return Opening(header=made.header, samples=samples)


def dump(one: Opening) -> bytes:
    """Return an opening's canonical bytes; their SHA-256 is what `evaluations.opening` names."""
    plain: canonical.Value = msgspec.json.decode(msgspec.json.encode(one))
    return canonical.encode(plain)


def parse(data: bytes) -> Opening:
    """Read an opening.

    Raises:
        TooLarge, Malformed, NotCanonical: `canonical.*`; Malformed: `opening.1`.
    """
    # 1. It has the form of one.
    try:
        return msgspec.convert(canonical.decode(data, MOST_BYTES), Opening)
    except msgspec.ValidationError as error:
        what = f"This is no opening of {FORMAT}: {error}."
        raise Malformed("opening.1", what, "Ask the result's author for one.") from error


def check(one: Opening, claim: Claim, drawn: Sequence[int], rescore: Rescore | None = None) -> Held:
    """Return which of the drawn samples hold.

    Args:
        one: the opening.
        claim: what the result says.
        drawn: the leaves that had to be opened; everybody computes them alike.
        rescore: computes a sample's score again, if its suite is at hand; raises what it cannot.

    Raises:
        WrongContext: `opening.2`: its header is of another run; `opening.3`: its counts are not the result's.
        BadOpening: `opening.4`: not exactly the leaves drawn.
    """
    # 2. The header is that of the run that the result is of.
    for field, value in claim.named.items():
        if value != (one.header.model.digest if field == "model" else getattr(one.header, field)):
            what = f"The opening's {field} is not that of the result."
            raise WrongContext("opening.2", what, "Ask for the opening of this result; keep this one.")
    # 3. Its counts are those stated in the open.
    if one.header.counts != claim.counts:
        what = "The opening counts otherwise than the result."
        raise WrongContext("opening.3", what, "Keep both: one of them was changed.")
    # 4. What was drawn is there, all of it and nothing else.
    if [each.leaf for each in one.samples] != list(drawn):
        what = f"{len(one.samples)} samples were opened, not exactly the {len(drawn)} drawn."
        raise BadOpening("opening.4", what, "Ask for all that was drawn; what stays closed counts as false.")
    return _held(one, claim, rescore)


def _held(one: Opening, claim: Claim, rescore: Rescore | None) -> Held:
    header = sha256(extract.line(one.header)).digest()
    twins = claim.committed - sum(counts.samples for counts in claim.counts.values())
    first_twin = claim.committed - twins if twins >= 0 else claim.committed
    samples, faults, rescored = [], [], 0
    for each in one.samples:
        try:
            _proven(each, header, claim)
            _sound(each, twin=each.leaf >= first_twin)
            rescored += _scored(each, rescore)
        except DetenteError as error:
            faults.append(Fault(each.leaf, error))
        else:
            samples.append(each.sample)
    return Held(tuple(samples), tuple(faults), rescored)


def _proven(each: Opened, header: bytes, claim: Claim) -> None:
    # 5. The leaf lies under the root: no salt, sample or header but those committed to lead there.
    leaf = commitment.leaf(header, bytes.fromhex(each.salt), extract.line(each.sample))
    proof = [tree.parse_hash(one, "opening.5") for one in each.proof]
    try:
        tree.verify_inclusion(each.leaf, claim.committed, leaf, proof, bytes.fromhex(claim.root))
    except BadProof as error:
        what = f"Sample {each.leaf} is not what the result committed to."
        raise BadOpening("opening.5", what, "Keep it: the author signed the root.") from error


def _sound(each: Opened, *, twin: bool) -> None:
    sample = each.sample
    # 6. The output is that of its digest.
    if sample.output is not None and extract.digest_of(sample.output) != sample.digest:
        what = f"The output of sample {each.leaf} does not have the digest stated."
        raise BadOpening("opening.6", what, "Keep it: both are under the root.")
    # 7. Harmless twins come last, as many as were counted.
    if sample.twin != twin:
        what = f"Sample {each.leaf} is counted as another kind than it is."
        raise BadOpening("opening.7", what, "Keep it: the result counted twins and samples apart.")


def _scored(each: Opened, rescore: Rescore | None) -> bool:
    """Whether the score could be computed again."""
    sample = each.sample
    if rescore is None or sample.output is None:
        return False
    # 8. The score is what the agreed scorer says of this output.
    score, error = rescore(sample)
    if error != sample.error or (error is None and score != sample.score):
        what = f"Sample {each.leaf} was scored {sample.error or sample.score}; it is {error or score}."
        raise BadOpening("opening.8", what, "Keep it: the score was changed, or another scorer was used.")
    return True
