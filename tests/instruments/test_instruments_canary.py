"""A canary that a system says is found, however it is spelled; that none is said is not called ignorance."""

import json
from pathlib import Path

import msgspec
import pytest
from laboratory_bench import assigned, placed

from detente.faces.cli import main
from detente.instruments import canary, extract, laboratory
from detente.instruments.extract import Extract
from detente.trust.errors import DetenteError

ONE, TWO = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
KEPT = canary.Canaries(root="9e" * 32, canaries=(ONE, TWO))


def told(*outputs: str | None) -> list[extract.Sample]:
    """Samples with these outputs."""
    plain = extract.Sample(
        item="a", language="en", stratum="plain", twin=False, epoch=1, input="0" * 64, output=None,
        digest=extract.digest_of(""), score="none", refused=False, error=None, tokens=1,
    )  # fmt: skip
    return [
        msgspec.structs.replace(plain, item=f"item-{number}", output=one, digest=extract.digest_of(one or ""))
        for number, one in enumerate(outputs)
    ]


@pytest.mark.parametrize(
    "output",
    [
        ONE,
        f"It says {TWO}, I think.",
        ONE.upper(),
        " ".join(ONE),
        "-".join(ONE[at : at + 4] for at in range(0, 32, 4)),
        f"第{ONE[:16]}，{ONE[16:]}号",
        "".join(chr(ord(one) + 0xFEE0) for one in ONE),
    ],
)
def test_a_canary_is_found_however_it_is_spelled(output: str) -> None:
    assert canary.seen(KEPT.canaries, told("A", output, None)) == ("item-1",)


@pytest.mark.parametrize("output", ["", "B", ONE[:-1], ONE[1:] + "0", "a" * 400, ONE[:16] + TWO[16:]])
def test_what_is_no_canary_is_not_called_one(output: str) -> None:
    assert canary.seen(KEPT.canaries, told(output)) == ()


def test_what_is_kept_of_a_suite_is_read_back_and_nothing_else_is() -> None:
    assert canary.parse(canary.spelled(KEPT)) == KEPT
    for wrong in (b"{}", canary.spelled(KEPT).replace(b"00112233", b"0011223")):
        with pytest.raises(DetenteError) as caught:
            canary.parse(wrong)
        assert caught.value.step == "canary.1"


def test_a_command_says_whether_a_canary_was_said_in_practice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = practised(tmp_path)
    (tmp_path / "kept").write_bytes(canary.spelled(KEPT))
    words = ["evaluate", "canary", str(tmp_path / "run.jsonl"), "--canaries", str(tmp_path / "kept")]
    assert main([*words, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert f"No canary stands in {len(made.samples)} outputs; 0 are not here" in said
    assert "does not show that the items are unknown" in said
    first, *others = made.samples
    spoken = msgspec.structs.replace(first, output=TWO, digest=extract.digest_of(TWO))
    closed = [msgspec.structs.replace(one, output=None) for one in others]
    extract.write(tmp_path / "run.jsonl", made.header, (spoken, *closed))
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found == {"suite": KEPT.root, "looked": 1, "sealed": len(others), "seen": [first.item]}


def practised(folder: Path) -> Extract:
    """A run on open items by a scripted player, in `run.jsonl`."""
    made = laboratory.run(
        placed(folder / "run", assigned(begins=None, ends=None)), lambda _d, _o: None, lambda: 1
    )
    return extract.write(folder / "run.jsonl", made.header, made.samples)
