"""lm-evaluation-harness: `samples_TASK_….jsonl`, one document a line, with the metrics that were taken of it.

Metrics say how well a task was done; none is an unwanted event, so none becomes one. The first metric named
is the score.
"""

from typing import Any

from detente.instruments.outside.found import Found, One, graded, lines

KNOWN = ("acc", "exact_match", "acc_norm", "f1", "bleu", "mc2")


def found(data: bytes) -> Found:
    """Read samples; the file names no model.

    Raises:
        Malformed, TooLarge: `outside.*`.
    """
    return Found("", "", tuple(_sample(row) for row in lines(data) if "doc_id" in row))


def _sample(row: dict[str, Any]) -> One:
    said = row.get("filtered_resps")
    while isinstance(said, list) and said:
        said = said[0]
    listed = row.get("metrics")
    metrics = (
        [str(one) for one in listed] if isinstance(listed, list) else [one for one in KNOWN if one in row]
    )
    metric = metrics[0] if metrics else "no-metric"
    score = graded(row.get(metric))
    text = None if said is None or isinstance(said, list | dict) else str(said)
    return One(str(row["doc_id"]), metric, 1, row.get("arguments"), text, score, None)
