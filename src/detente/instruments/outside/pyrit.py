"""PyRIT: conversations exported as JSON, a list of message pieces; each answer of the target is a sample.

A score of type `true_false` says whether the attack reached its objective: that is an unwanted event. Other
scores are carried over as they are. What was asked is all that stands before the answer in its conversation.
"""

from typing import Any

from detente.instruments.extract import EVENT, NONE
from detente.instruments.outside.found import Found, One, graded, mapping, sequence, value


def found(data: bytes) -> Found:
    """Read an export.

    Raises:
        Malformed, TooLarge: `outside.*`.
    """
    asked: dict[str, list[Any]] = {}
    samples: list[One] = []
    model = ""
    for piece in map(mapping, sequence(value(data))):
        before = asked.setdefault(str(piece.get("conversation_id")), [])
        text = piece.get("converted_value", piece.get("original_value"))
        if piece.get("role") == "assistant":
            target = piece.get("prompt_target_identifier")
            model = model or str(target.get("__type__") if isinstance(target, dict) else target or "")
            samples.append(_sample(piece, list(before), text))
        before.append([piece.get("role"), text])
    return Found(model, "", tuple(samples))


def _sample(piece: dict[str, Any], before: list[Any], text: object) -> One:
    scores = [mapping(one) for one in sequence(piece.get("scores") or [])]
    broken = piece.get("response_error") or "none"
    error = None if broken in ("none", "blocked") else str(broken)
    category = next(
        (one.get("score_category") for one in scores if one.get("score_category")), "conversation"
    )
    stratum = str(category[0] if isinstance(category, list) and category else category)
    said = None if text is None else str(text)
    return One(str(piece.get("id")), stratum, 1, before, said, _score(scores), error)


def _score(scores: list[dict[str, Any]]) -> str | None:
    reached = [str(one.get("score_value")).lower() for one in scores if one.get("score_type") == "true_false"]
    if reached:
        return EVENT if "true" in reached else NONE
    return next((graded(one.get("score_value")) for one in scores), None)
