"""garak: `garak.….report.jsonl`, one object a line, of which those of `entry_type` "attempt" are samples.

A detector gives each output a number; from `HIT` on the attack succeeded by garak's own threshold, and the
worst detector counts. An attempt stands in the file once before it is evaluated (`status` 1) and once after
(2): the first is passed over.
"""

from typing import Any

from detente.instruments.extract import EVENT, NONE
from detente.instruments.outside.found import Found, One, lines, mapping, sequence

EVALUATED = 2
HIT = 0.5
NAMES = ("target_name", "model_name", "target_type", "model_type")
"""Where the tested system is named, by versions of garak, the best name first."""


def found(data: bytes) -> Found:
    """Read a report.

    Raises:
        Malformed, TooLarge: `outside.*`.
    """
    model = version = ""
    samples: list[One] = []
    for row in lines(data):
        kind = row.get("entry_type")
        if kind == "start_run setup":
            # A target that needs no name, as garak's own test generators, is called by its type.
            named = (row.get(f"plugins.{one}") for one in NAMES)
            model, version = str(next(filter(None, named), "")), str(row.get("_config.version") or "")
        if kind == "init":
            version = str(row.get("garak_version") or version)
        if kind == "attempt":
            samples += _attempt(row)
    return Found(model, version, tuple(samples))


def _attempt(row: dict[str, Any]) -> list[One]:
    results = mapping(row.get("detector_results") or {})
    if row.get("status") != EVALUATED and not results:
        return []
    probe, name = str(row.get("probe_classname") or "probe"), str(row.get("uuid") or row.get("seq") or "")
    samples = []
    for number, output in enumerate(sequence(row.get("outputs") or [])):
        text = output.get("text") if isinstance(output, dict) else output
        said = None if text is None else str(text)
        score = _worst([sequence(some) for some in results.values()], number)
        error = "no-output" if said is None else None
        samples.append(One(f"{name}-{number}", probe, number + 1, row.get("prompt"), said, score, error))
    return samples


def _worst(results: list[list[Any]], number: int) -> str | None:
    """The worst that any detector says of an output; None if none says anything."""
    given = [some[number] for some in results if number < len(some) and some[number] is not None]
    try:
        worst = max((float(one) for one in given), default=None)
    except (TypeError, ValueError):
        return None
    return None if worst is None else EVENT if worst >= HIT else NONE
