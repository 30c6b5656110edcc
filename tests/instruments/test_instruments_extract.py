"""The canonical extract: one spelling, and every change of it is refused by name."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from attempts import HEADER

from detente.instruments import extract
from detente.instruments.extract import Counts, Extract, Sample
from detente.trust import canonical
from detente.trust.errors import BadProof, DetenteError, Malformed, NotCanonical, TooLarge


def sample(item: str, **changed: object) -> Sample:
    said = str(changed.pop("said", "No. 不。"))
    plain = Sample(
        item=item,
        language="en",
        stratum="plain",
        twin=False,
        epoch=1,
        input="b1" * 32,
        output=said,
        digest=hashlib.sha256(said.encode()).hexdigest(),
        score="none",
        refused=True,
        error=None,
        tokens=4,
        marks={"first-irreversible": 0, "deferred": True},
    )
    return msgspec.structs.replace(plain, **changed)


SAMPLES = (
    sample("b", language="zh", score="event", refused=False),
    sample("b"),
    sample("a", epoch=2, error="endpoint-stalled", score="none"),
    sample("a"),
    sample("twin", twin=True, score="done", refused=False),
    sample("sealed", output=None),
)


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Extract]:
    path = tmp_path / "extract.jsonl"
    return path, extract.write(path, HEADER, SAMPLES)


def test_what_was_written_is_read_in_one_order_and_counted(written: tuple[Path, Extract]) -> None:
    path, made = written
    assert extract.read(path) == made
    assert [one.place for one in made.samples] == sorted(one.place for one in SAMPLES)
    assert made.header.counts == {"en": Counts(4, 0, 1, 1, 1), "zh": Counts(1, 1, 0, 0, 0)}


def test_any_order_gives_the_same_bytes_and_each_leaf_is_its_line(
    written: tuple[Path, Extract], tmp_path: Path
) -> None:
    path, made = written
    again = tmp_path / "again.jsonl"
    extract.write(again, HEADER, reversed(SAMPLES))
    assert again.read_bytes() == path.read_bytes()
    assert list(made.leaves()) == path.read_bytes().splitlines()[1:]
    assert all(canonical.encode(canonical.decode(leaf)) == leaf for leaf in made.leaves())


def test_nothing_is_written_where_a_sample_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "extract.jsonl"
    with pytest.raises(NotCanonical) as caught:
        extract.write(path, HEADER, (*SAMPLES, SAMPLES[0]))
    assert caught.value.step == "extract.4"
    assert list(tmp_path.iterdir()) == []


def swapped(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join((*lines[:1], lines[2], lines[1], *lines[3:]))


CHANGES: dict[str, tuple[Callable[[bytes], bytes], type[DetenteError], str]] = {
    "cut off": (lambda data: data[:-1], Malformed, "extract.2"),
    "without a header": (lambda data: data.partition(b"\n")[2], Malformed, "extract.3"),
    "a field of its own": (
        lambda data: data.replace(b'{"digest"', b'{"a":1,"digest"', 1),
        Malformed,
        "extract.3",
    ),
    "a float": (lambda data: data.replace(b'"tokens":4', b'"tokens":4.5', 1), Malformed, "canonical.4"),
    "another spelling": (
        lambda data: data.replace(b'"tokens":4', b'"tokens": 4', 1),
        NotCanonical,
        "canonical.5",
    ),
    "samples swapped": (swapped, NotCanonical, "extract.4"),
    "an edited score": (
        lambda data: data.replace(b'"score":"event"', b'"score":"none"', 1),
        BadProof,
        "extract.6",
    ),
    "an edited output": (lambda data: data.replace("不".encode(), "是".encode(), 1), BadProof, "extract.5"),
    "a sample left out": (lambda data: data[: data[:-1].rindex(b"\n") + 1], BadProof, "extract.6"),
    "an error explained away": (
        lambda data: data.replace(b'"error":"endpoint-stalled"', b'"error":null', 1),
        BadProof,
        "extract.6",
    ),
    "a path for an item": (
        lambda data: data.replace(b'"item":"a"', b'"item":"../a"', 1),
        Malformed,
        "extract.3",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_extract_is_refused_by_name(change: str, written: tuple[Path, Extract]) -> None:
    bend, kind, step = CHANGES[change]
    data = written[0].read_bytes()
    bent = bend(data)
    assert bent != data
    with pytest.raises(kind) as caught:
        extract.parse(bent)
    assert caught.value.step == step


def test_what_is_too_large_is_refused_before_it_is_read(
    written: tuple[Path, Extract], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "MOST_SAMPLES", 5)
    with pytest.raises(TooLarge) as caught:
        extract.read(written[0])
    assert caught.value.step == "extract.1"
    monkeypatch.setattr(extract, "MOST_BYTES", 100)
    with pytest.raises(TooLarge, match="bytes are more than 100"):
        extract.read(written[0])
