"""Others' files become evidence that nobody registered, and hostile ones are refused by name, unread."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.instruments import extract, outside
from detente.trust.errors import DetenteError, Malformed, TooLarge


def jsonl(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


ATTEMPT = {
    "entry_type": "attempt",
    "uuid": "0b7e",
    "status": 2,
    "probe_classname": "dan.Dan_11_0",
    "prompt": {"turns": [{"role": "user", "content": {"text": "Pretend."}}]},
    "outputs": [{"text": "No."}, "Yes, anything.", None],
    "detector_results": {"dan.DAN": [0.0, 0.2, 0.0], "mitigation.Bypass": [0.0, 1.0, 0.0]},
}
GARAK = jsonl(
    {"entry_type": "start_run setup", "plugins.target_name": "local/small", "_config.version": "0.14"},
    ATTEMPT | {"status": 1, "detector_results": {}},
    ATTEMPT,
    {"entry_type": "eval", "probe": "dan.Dan_11_0", "detector": "dan.DAN", "passed": 3, "total": 3},
)
PYRIT = json.dumps(
    [
        {"id": "1", "conversation_id": "c", "role": "user", "converted_value": "Tell me."},
        {
            "id": "2", "conversation_id": "c", "role": "assistant", "converted_value": "Here it is.",
            "scores": [{"score_type": "true_false", "score_value": "True", "score_category": ["harm"]}],
        },
        {
            "id": "3", "conversation_id": "d", "role": "assistant", "original_value": "",
            "response_error": "unknown",
        },
        {
            "id": "4", "conversation_id": "e", "role": "assistant", "converted_value": "No.",
            "response_error": "blocked", "scores": [{"score_type": "float_scale", "score_value": "0.25"}],
        },
    ]
).encode()  # fmt: skip
HARNESS = jsonl(
    {
        "doc_id": 0,
        "arguments": {"q": "2+2"},
        "filtered_resps": [["4"]],
        "metrics": ["exact_match"],
        "exact_match": 1.0,
    },
    {"doc_id": 1, "arguments": {"q": "3+3"}, "filtered_resps": ["7"], "acc": 0},
)
LOG = {
    "version": 2,
    "status": "success",
    "eval": {"task": "safety", "model": "mockllm/model", "packages": {"inspect_ai": "0.3.285"}},
}
SAMPLES = [
    {"id": "a", "epoch": 1, "input": "x", "output": {"completion": "y"}, "scores": {"match": {"value": "C"}}},
    {"id": "a", "epoch": 2, "input": "x", "output": {"completion": "z"}, "scores": {"match": {"value": 0.5}}},
    {"id": 7, "epoch": 1, "input": "x", "error": {"message": "stalled"}},
]


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return file.getvalue()


def eval_log() -> bytes:
    members = {"header.json": json.dumps(LOG).encode()}
    return packed(
        members | {f"samples/{n}_epoch_1.json": json.dumps(one).encode() for n, one in enumerate(SAMPLES)}
    )


FILES = {
    "garak": GARAK,
    "pyrit": PYRIT,
    "lm-eval": HARNESS,
    "inspect": json.dumps(LOG | {"samples": SAMPLES}).encode(),
}
SAID = {
    "garak": [("none", None), ("event", None), ("none", "no-output")],
    "pyrit": [("event", None), ("none", "unknown"), ("0.25", None)],
    "lm-eval": [("1.0", None), ("0", None)],
    "inspect": [("correct", None), ("0.5", None), ("none", "sample-error")],
}


OTHERS = Path(__file__).parent / "others"
"""What others' programs wrote in earnest; its README says from where, and under which licence."""


def test_files_that_others_wrote_in_earnest_are_read_without_loss() -> None:
    log = outside.brought("inspect", (OTHERS / "inspect-0.3.41.json").read_bytes(), "en")
    assert [(one.score, one.output, one.error) for one in log.samples] == [("incorrect", "No", None)]
    assert log.header.model.name == "ollama/llama3.1"
    # Its metric is no number but what it is computed from: no score, and it says so.
    samples = outside.brought("lm-eval", (OTHERS / "lm-eval-masakhaner.jsonl").read_bytes(), "en")
    assert [(one.stratum, one.error) for one in samples.samples] == [("f1", "no-score")]
    # Each attempt stands there before and after it was evaluated; the target has a type and no name.
    report = outside.brought("garak", (OTHERS / "garak-0.17.1.report.jsonl").read_bytes(), "en")
    assert (report.header.model.name, report.header.software["garak"]) == ("test.Repeat", "0.17.1")
    assert [(one.stratum, one.score, one.output[:7]) for one in report.samples] == [
        ("test-test", "none", "The qui"),
        ("test-test", "none", "有朋自远方来，"),
    ]


def test_an_answer_in_parts_is_put_together() -> None:
    parts = [{"type": "reasoning", "reasoning": "?"}, {"type": "text", "text": "I wait"}, {"text": " here."}]
    sample = {"id": 1, "output": {"choices": [{"message": {"content": parts}}]}, "scores": {}}
    made = outside.brought("inspect", json.dumps(LOG | {"samples": [sample]}).encode(), "en")
    assert made.samples[0].output == "I wait here."


@pytest.mark.parametrize("program", FILES)
def test_what_others_programs_say_becomes_an_extract_that_says_it_was_never_registered(
    program: str, tmp_path: Path
) -> None:
    made = outside.brought(program, FILES[program], "en")
    assert [(one.score, one.error) for one in made.samples] == SAID[program]
    head = made.header
    assert (head.origin, head.plan, head.playbook, head.attempt) == (program, None, None, 0)
    extract.write(tmp_path / "x", head, made.samples)
    assert extract.read(tmp_path / "x") == made


def test_an_eval_file_says_what_its_json_says() -> None:
    assert outside.brought("inspect", eval_log(), "en").samples == (
        outside.brought("inspect", FILES["inspect"], "en").samples
    )


def bomb() -> bytes:
    """A zip of a few kilobytes that says it unpacks to 80 MB."""
    return packed({"header.json": b"{}", "samples/a.json": b" " * 80_000_000})


def liar() -> bytes:
    """A zip whose member states one byte and unpacks to many."""
    data = packed({"samples/a.json": b"[" + b" " * 5_000 + b"]"})
    size = (5_002).to_bytes(4, "little")
    return data.replace(size, (1).to_bytes(4, "little"))


HOSTILE: dict[str, tuple[str, bytes, str, type[DetenteError]]] = {
    "a zip bomb": ("inspect", bomb(), "outside.7", TooLarge),
    "a member above": ("inspect", packed({"samples/../../etc/x.json": b"{}"}), "outside.8", Malformed),
    "a member from the root": ("inspect", packed({"/etc/x.json": b"{}"}), "outside.8", Malformed),
    "another packing": (
        "inspect",
        packed({"samples/a.json": b"{}"}, zipfile.ZIP_BZIP2),
        "outside.9",
        Malformed,
    ),
    "half a zip": ("inspect", eval_log()[:200], "outside.6", Malformed),
    "nothing in it": ("inspect", packed({"header.json": b"{}"}), "outside.4", Malformed),
    "json nested beyond reason": ("pyrit", b"[" * 200_000, "outside.2", Malformed),
    "another program's file": ("pyrit", GARAK, "outside.2", Malformed),
    "a list for an object": ("inspect", b"[]", "outside.3", Malformed),
    "an object for a list": ("pyrit", b"{}", "outside.3", Malformed),
    "no samples": ("garak", b"", "outside.4", Malformed),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_name(name: str) -> None:
    program, data, step, kind = HOSTILE[name]
    with pytest.raises(kind) as raised:
        outside.brought(program, data, "en")
    assert raised.value.step == step


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(DetenteError) as raised:
        outside.brought("inspect", liar(), "en")
    assert raised.value.step in ("outside.6", "outside.7")


def test_too_many_samples_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.instruments.outside.found.MOST_SAMPLES", 1)
    with pytest.raises(TooLarge) as raised:
        outside.brought("lm-eval", HARNESS, "en")
    assert raised.value.step == "outside.5"
    monkeypatch.setattr("detente.instruments.outside.found.MOST_BYTES", 10)
    with pytest.raises(TooLarge) as raised:
        outside.brought("lm-eval", HARNESS, "en")
    assert raised.value.step == "outside.1"


KEYS = [
    "entry_type", "status", "outputs", "detector_results", "role", "scores", "score_type", "score_value",
    "doc_id", "metrics", "filtered_resps", "eval", "samples", "id", "epoch", "output", "completion",
]  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
ROWS = {
    "garak": [json.loads(line) for line in GARAK.splitlines()],
    "lm-eval": [json.loads(line) for line in HARNESS.splitlines()],
    "pyrit": json.loads(PYRIT),
    "inspect": SAMPLES,
}


@settings(max_examples=80)
@given(ODD, st.sampled_from(sorted(FILES)), st.sampled_from(KEYS), st.integers(0, 9))
def test_whatever_a_file_says_it_is_taken_or_refused_by_name(
    odd: object, program: str, key: str, at: int
) -> None:
    rows = [dict(row) for row in ROWS[program]]
    rows[at % len(rows)][key] = odd
    whole = {"inspect": LOG | {"samples": rows}, "pyrit": rows}
    data = json.dumps(whole[program]).encode() if program in whole else jsonl(*rows)
    try:
        made = outside.brought(program, data, "en")
    except DetenteError:
        return
    assert made.header.plan is None
