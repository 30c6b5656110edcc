"""What an opening shows of a result and what it does not, in both languages; and what it is held against."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from hashlib import sha256
from typing import Any

import msgspec

from detente.faces.cli.showing import Record
from detente.faces.speech import Text, refused
from detente.instruments import extract, spotcheck
from detente.instruments.opening import Claim, Held, Opening
from detente.trust import checkpoint, cosignature, note
from detente.trust.errors import Malformed, WrongContext

DOUBT = Fraction(5, 100)
MOST_HEADS = 16
"""The most heads of a challenge, as its kind has it."""
_WITNESS = "/witness"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a checked opening comes to.

    Args:
        drawn: how many samples were drawn.
        committed: out of how many.
        rescored: how many scores were computed again.
        faults: what does not hold, by leaf.
        false_at_most: so many of all are false at most, with 95 %.
        share: the same in ten-thousandths, rounded up.
        one_met: the chance, in ten-thousandths, that a single false sample would have been drawn.
        shown: in words.
        open: what is not shown, in words.
    """

    drawn: int
    committed: int
    rescored: int
    faults: tuple[dict[str, Any], ...]
    false_at_most: int
    share: int
    one_met: int
    shown: tuple[Text, ...]
    open: tuple[Text, ...]


def heads_of(notes: Sequence[bytes], result: Record) -> tuple[str, ...]:
    """Return the heads of a challenge: SHA-256 of each checkpoint's text, ascending.

    Signatures are not verified here: the challenger's node did before it kept a head, and `detente verify`
    does with the logs.

    Raises:
        Malformed: `note.*`, `checkpoint.*`. WrongContext: `challenge.1`, `challenge.2`.
    """
    heads = set()
    for data in notes:
        signed = note.parse(data)
        head = checkpoint.parse_text(signed.text)
        # 1. It is not a head of the author's own log, which he could have made to his liking.
        if head.origin.rsplit("/", 1)[-1] == result.party:
            what = f"The checkpoint is of {result.party}'s own log."
            raise WrongContext("challenge.1", what, "Take heads of other parties' logs.")
        # 2. Another than the log's owner cosigned it later than the result was made.
        times = [
            cosignature.stated(one)
            for one in signed.signatures
            if one.name.endswith(_WITNESS) and one.name != f"{head.origin}{_WITNESS}"
        ]
        if max(times, default=0) * 1000 <= result.at:
            what = f"Nobody cosigned this head of {head.origin} after the result."
            raise WrongContext("challenge.2", what, "Wait for a later checkpoint, and take that.")
        heads.add(sha256(signed.text).hexdigest())
    return tuple(sorted(heads))


def heads_in(notes: Iterable[bytes], result: Record) -> tuple[str, ...]:
    """Return the heads of a challenge among all that a node has: those that `heads_of` takes.

    Raises:
        Malformed: `note.*`, `checkpoint.*`. WrongContext: `challenge.10`.
    """
    found: set[str] = set()
    for one in notes:
        with suppress(WrongContext):
            found |= set(heads_of([one], result))
    # 10. One will do.
    if not found:
        what = "No head here was cosigned after the result."
        raise WrongContext("challenge.10", what, "Try again when others have cosigned.")
    return tuple(sorted(found)[:MOST_HEADS])


def drawn_of(challenge: Record) -> tuple[int, ...]:
    """Return the leaves that a challenge asks for.

    Raises:
        Malformed: `challenge.6`.
    """
    # 6. It is a challenge.
    try:
        return msgspec.convert(challenge.open["drawn"], tuple[int, ...])
    except (KeyError, msgspec.ValidationError) as error:
        what = "The challenge names no samples."
        raise Malformed("challenge.6", what, "Give the challenge, not the result.") from error


def claim_of(result: Record, one: Opening) -> Claim:
    """Return what a result says, by the languages of the opening's header: they are the plan's, ascending.

    Raises:
        Malformed: `challenge.7`.
    """
    # 7. It is a result with counts.
    fields = extract.Counts.__struct_fields__
    try:
        said = msgspec.convert({name: result.open[name] for name in fields}, dict[str, list[int]])
        root, committed = str(result.open["commitment"]), int(result.open["committed"])
        pairs = {
            "suite": "tasks",
            "solver": "solver",
            "scorer": "scorer",
            "judge": "grader",
            "model": "model",
        }
        named = {field: result.open[name] for field, name in pairs.items()}
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        what = f"This is no result: {error}."
        raise Malformed("challenge.7", what, "Print it: detente record show ID --json") from error
    rows = zip(*said.values(), strict=False)
    counts = dict(zip(one.header.counts, (extract.Counts(*row) for row in rows), strict=False))
    named |= {"plan": result.thread} if result.thread else {}
    named |= {"attempt": result.facts["attempt"]} if "attempt" in result.facts else {}
    return Claim(root, committed, counts, named)


def told_of(held: Held, drawn: int, total: int) -> Told:
    """Return what a checked opening comes to."""
    found = len(held.faults)
    most = spotcheck.most_false(drawn, total, found, DOUBT)
    share = -(-most * 10_000 // total)
    met = spotcheck.chance_met(drawn, total, 1)
    faults = []
    for fault in held.faults:
        what, _ = refused(fault.error.step, fault.error.what, fault.error.remedy)
        faults.append({"leaf": fault.leaf, "step": fault.error.step, "what": what.en, "zh": what.zh})
    return Told(
        drawn=drawn,
        committed=total,
        rescored=held.rescored,
        faults=tuple(faults),
        false_at_most=most,
        share=share,
        one_met=int(met * 10_000),
        shown=_shown(held, drawn, (most, total)),
        open=_open(held, drawn, met),
    )


def _shown(held: Held, drawn: int, most: tuple[int, int]) -> tuple[Text, ...]:
    false, total = most
    share = f"{-(-false * 1_000 // total) / 10:.1f}"
    return (
        Text(
            f"{len(held.samples)} of {drawn} drawn samples are those that the result committed to, and hold.",
            f"抽取的 {drawn} 个样本中，{len(held.samples)} 个与结果所承诺的一致，且核对成立。",
        ),
        Text(
            f"{held.rescored} scores were computed again from the output, and are what was stated.",
            f"有 {held.rescored} 个评分由输出重新算出，与所述一致。",
        ),
        Text(
            f"At 95 %, at most {share} % of the samples ({false} of {total}) are false.",
            f"在 95 % 置信水平下，至多 {share} % 的样本（{total} 个中的 {false} 个）不实。",
        ),
    )


def _open(held: Held, drawn: int, met: Fraction) -> tuple[Text, ...]:
    chance = f"{float(met) * 100:.1f}"
    closed = drawn - held.rescored - len(held.faults)
    return (
        Text(
            f"A single edited sample: it would have been met with a chance of {chance} % alone.",
            f"仅改动一个样本的情形：被抽中的概率只有 {chance} %。",
        ),
        Text(
            f"The scores of {closed} samples, whose output is sealed or whose suite was not given.",
            f"有 {closed} 个样本的评分未能复核：其输出被密封，或未提供题集。",
        ),
        Text(
            "That these outputs came from this model, and that no attempt was made elsewhere: only a facility"
            " or inspectors see that.",
            "这些输出确由该模型给出，且别处没有另行试测：只有设施或现场检查员才能看到。",
        ),
    )
