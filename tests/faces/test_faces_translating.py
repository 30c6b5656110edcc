"""`detente evaluate translation`: officers of a party sign off what was translated."""

from pathlib import Path

import msgspec
import pytest

from detente.faces import founding
from detente.faces.cli import main
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from homes import World

SUITE = "manipulation"


def test_one_officer_alone_signs_off_nothing_and_a_forged_act_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path / "world").found()
    accord = world.home("us") / "accord" / "1.json"
    act = tmp_path / "act"
    assert main(["evaluate", "translation", "act", SUITE, "--party", "cn", "--to", str(act)]) == 0
    both = [world.officer(f"cn-{one}").sign(ACT_TYPE, act.read_bytes()) for one in ("first", "second")]
    check = ["evaluate", "translation", "check", SUITE, str(tmp_path / "signed"), "--accord", str(accord)]

    def checked(signed: envelope.Envelope) -> int:
        (tmp_path / "signed").write_bytes(envelope.dump(signed) + b"\n")
        return main(check)

    assert checked(founding.joined(both)) == 0
    assert "signed off" in capsys.readouterr().out
    assert checked(both[0]) != 0
    assert "charter.12" in capsys.readouterr().err
    forged = act.read_bytes().replace(b"manipulation-", b"manipulatiom-", 1)
    assert forged != act.read_bytes()
    assert checked(msgspec.structs.replace(founding.joined(both), payload=forged)) != 0
    assert "envelope.7" in capsys.readouterr().err
