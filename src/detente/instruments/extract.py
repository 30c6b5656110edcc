"""The canonical extract: what one attempt at a plan was, line by line, so that a stranger can count it again.

    {"attempt":1,"counts":{"en":{"benign":1,…}},"format":"detente-extract-1","plan":"41…",…}
    {"digest":"9f…","epoch":1,"error":null,"input":"03…","item":"oversight-014","language":"en",…}

A file of lines, each the canonical JSON of one value and a line feed: first the header, then one line per
sample, ascending by item, language and epoch, no key twice. A result commits to the bytes of the sample
lines, one leaf each, in this order (docs/protocol.md, "Evaluations"). Nothing in it needs the program that
ran the evaluation, or this one. An output that is sealed is null, and its digest stands.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from detente.trust import canonical
from detente.trust.errors import BadProof, Malformed, NotCanonical, TooLarge

FORMAT: Literal["detente-extract-1"] = "detente-extract-1"
MOST_SAMPLES = 200_000
"""The most sample lines: samples, twins and epochs in every language."""
MOST_LINE = 262_144
"""The most bytes of one line."""
MOST_BYTES = 512 * 1024 * 1024
"""The most bytes of one extract."""

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Item = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}\Z")]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z")]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,59}\Z")]
Score = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_]{0,39}|-?[0-9]{1,15}(\.[0-9]{1,15})?)\Z")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Whole = Annotated[int, Meta(ge=0, le=canonical.MAX_INTEGER)]

EVENT, NONE, DONE, UNDONE = "event", "none", "done", "undone"
"""The categories that our scorers give: the unwanted event or not, and of a harmless twin, done or not."""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was tested.

    Args:
        name: as the run addressed it.
        digest: of its weights, or of the descriptor of its endpoint.
        form: which of the two.
    """

    name: Line
    digest: Digest
    form: Literal["weights", "endpoint", "whole_system"]


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened in one language; the fields of `evaluations.result`."""

    samples: Whole
    events: Whole
    unscored: Whole
    benign: Whole
    benign_done: Whole


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first line.

    Args:
        format: which format these lines have.
        origin: the program whose run this is: `detente`, or that of which it was imported.
        plan: id of the record that registered the run; null: it was never registered.
        playbook: digest of the playbook's agreed content; null: it goes by none.
        attempt: the number that the log gave this attempt; 0 without a plan.
        suite: digest of the suite: the root over its items.
        model: what was tested.
        solver: digest of the solver's configuration.
        scorer: digest of the scorer's configuration.
        judge: digest of the configuration of a model that grades; null if none does.
        software: what ran, by name: a version or a digest.
        started: in milliseconds since 1970, by the runner's clock, and so `ended`.
        ended: when the last sample was scored.
        counts: by language, what the lines below say in sum.
    """

    format: Literal["detente-extract-1"] = FORMAT
    origin: Code = "detente"
    plan: Digest | None
    playbook: Digest | None
    attempt: Annotated[int, Meta(ge=0, le=20)]
    suite: Digest
    model: Model
    solver: Digest
    scorer: Digest
    judge: Digest | None
    software: dict[Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}\Z")], Line]
    started: Whole
    ended: Whole
    counts: dict[Language, Counts]


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sample, one line.

    Args:
        item: its name in the suite.
        language: in which it was asked.
        stratum: the part of the suite that it belongs to.
        twin: whether it is a harmless twin, on which a useful system acts.
        epoch: how many-th time it was asked, from 1.
        input: hex SHA-256 of the canonical JSON of what the model was given.
        output: what the model said; null where it is sealed, or where there is none.
        digest: hex SHA-256 of the output in UTF-8, sealed or not.
        score: a category, or a decimal written as a string.
        refused: whether the model declined.
        error: what broke this sample, as a code; null: it was scored.
        tokens: how many the model produced, as the endpoint counts; 0 where it does not say.
        marks: further measures that the scorer took of it, by name.
    """

    item: Item
    language: Language
    stratum: Code
    twin: bool
    epoch: Annotated[int, Meta(ge=1, le=1_000)]
    input: Digest
    output: Annotated[str, Meta(max_length=60_000)] | None
    digest: Digest
    score: Score
    refused: bool
    error: Code | None
    tokens: Whole
    marks: dict[Code, bool | Whole | Score] | UnsetType = UNSET

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it stands among the lines."""
        return self.item, self.language, self.epoch


_Kind = TypeVar("_Kind", Header, Sample)


class Extract(msgspec.Struct, frozen=True):
    """An extract as it was read: its header, and its samples in their order."""

    header: Header
    samples: tuple[Sample, ...]

    def leaves(self) -> Iterator[bytes]:
        """Return the bytes of each sample's line, without the line feed: what a result commits to."""
        return (line(one) for one in self.samples)


def digest_of(text: str) -> str:
    """Return the digest of an output.

    Raises:
        UnicodeEncodeError: a lone surrogate; the runner replaces those.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def line(value: Header | Sample) -> bytes:
    """Return a header's or sample's canonical bytes, without the line feed."""
    plain: canonical.Value = msgspec.to_builtins(value)
    return canonical.encode(plain)


def counted(samples: Iterable[Sample]) -> dict[str, Counts]:
    """Count samples by language, as `evaluations.result` counts them: epochs and all."""
    sums: dict[str, dict[str, int]] = {}
    for one in samples:
        sum_ = sums.setdefault(one.language, dict.fromkeys(Counts.__struct_fields__, 0))
        if one.twin:
            sum_["benign"] += 1
            sum_["benign_done"] += one.error is None and one.score == DONE
        else:
            sum_["samples"] += 1
            sum_["events"] += one.error is None and one.score == EVENT
            sum_["unscored"] += one.error is not None
    return {language: Counts(**sums[language]) for language in sorted(sums)}


def write(path: Path, header: Header, samples: Iterable[Sample]) -> Extract:
    """Write an extract, whole or not at all, and return it as it would be read.

    Args:
        path: the file; it is replaced.
        header: its `counts` are computed here.
        samples: in any order.

    Raises:
        Malformed, TooLarge, BadProof: as `parse`; nothing is then written.
    """
    ordered = sorted(samples, key=lambda one: one.place)
    header = msgspec.structs.replace(header, counts=counted(ordered))
    lines: tuple[Header | Sample, ...] = (header, *ordered)
    data = b"".join(line(one) + b"\n" for one in lines)
    extract = parse(data)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
    return extract


def read(path: Path) -> Extract:
    """Read an extract from a file.

    Raises:
        TooLarge, Malformed, NotCanonical, BadProof: as `parse`.
    """
    # 1. The file is within the limit, before it is read.
    if path.stat().st_size > MOST_BYTES:
        raise too_large(path.stat().st_size)
    return parse(path.read_bytes())


def parse(data: bytes) -> Extract:
    """Read an extract from its bytes.

    Raises:
        TooLarge: `extract.1`: more bytes or lines than named limits.
        Malformed: `extract.2` a line that is not whole; `extract.3` no header, or a sample, of this format.
        NotCanonical: `extract.4`: samples out of order, or one twice; `canonical.5`: another spelling.
        BadProof: `extract.5`: an output that is not that of its digest; `extract.6`: counts that the lines
            do not add up to.
    """
    # 1. Bytes and lines are within the limits.
    if len(data) > MOST_BYTES:
        raise too_large(len(data))
    if data.count(b"\n") > MOST_SAMPLES + 1:
        what = f"An extract of more than {MOST_SAMPLES} samples."
        raise TooLarge("extract.1", what, "Split the plan into several.")
    # 2. Each line is whole: a file that was cut off ends without a line feed.
    if not data.endswith(b"\n"):
        raise Malformed("extract.2", "The extract ends within a line.", "Get the whole file again.")
    lines = data[:-1].split(b"\n")
    # 3. Each line says what its place asks for.
    header = _line(lines[0], Header, 1)
    samples = tuple(_line(one, Sample, number) for number, one in enumerate(lines[1:], 2))
    _consistent(header, samples)
    return Extract(header=header, samples=samples)


def _consistent(header: Header, samples: tuple[Sample, ...]) -> None:
    # 4. The order leaves nothing to choose.
    for number, (one, two) in enumerate(pairwise(samples), 3):
        if one.place >= two.place:
            what = f"Line {number} does not come after the one before it."
            raise NotCanonical("extract.4", what, "Order samples by item, language and epoch, each once.")
    # 5. What an output is said to be, it is.
    for number, one in enumerate(samples, 2):
        if one.output is not None and digest_of(one.output) != one.digest:
            what = f"The output on line {number} does not have the digest stated."
            raise BadProof("extract.5", what, "Do not use it: it was changed after it was written.")
    # 6. The counts are those of the lines.
    if header.counts != counted(samples):
        what = "The counts in the header are not those of the samples."
        raise BadProof("extract.6", what, "Do not use it: it was changed after it was written.")


def _line(data: bytes, kind: type[_Kind], number: int) -> _Kind:
    value: Any = canonical.decode(data, MOST_LINE)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what = f"Line {number} of the extract is no {kind.__name__} of {FORMAT}: {error}."
        raise Malformed("extract.3", what, "Ask its author for an extract of this format.") from error


def too_large(size: int) -> TooLarge:
    """Return the refusal of what has more bytes than an extract may have."""
    return TooLarge("extract.1", f"{size} bytes are more than {MOST_BYTES}.", "Split the plan into several.")
