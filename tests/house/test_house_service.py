"""The unit for systemd: it is one, it starts what there is, and it hardens what it says."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from detente.faces import cli, exits
from detente.node.errors import Behind, DiskFailed, HomeInUse

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging/detente.service"


class Unit(configparser.RawConfigParser):
    """The sections of a unit; names keep their letters, and the last of a name that comes twice is kept."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def unit() -> Unit:
    made = Unit(strict=False, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
    made.read(UNIT, encoding="utf-8")
    return made


def test_it_starts_the_program_with_words_that_the_program_has(unit: Unit) -> None:
    program, *words = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "detente"
    parsed = cli.parser("en", words[0]).parse_args(words)
    assert str(parsed.home).startswith("/var/lib/" + unit["Service"]["StateDirectory"])
    assert parsed.operator.startswith("127.0.0.1:")
    assert parsed.syslog == "unix:/dev/log"


def test_it_runs_as_a_plain_account_that_can_become_no_other(unit: Unit) -> None:
    service = unit["Service"]
    assert service["User"] == service["Group"] == "detente"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["UMask"] == "0077"
    assert service["StateDirectoryMode"] == "0700"
    assert "AF_PACKET" not in service["RestrictAddressFamilies"]


def test_it_starts_again_but_not_what_wants_a_person(unit: Unit) -> None:
    held = {int(one) for one in unit["Service"]["RestartPreventExitStatus"].split()}
    assert held == {exits.of(Behind("x.1", "What.", "Remedy.")).code}
    assert not held & {exits.of(kind("x.1", "", "")).code for kind in (HomeInUse, DiskFailed)}
    assert unit["Service"]["Restart"] == "on-failure"


@pytest.mark.external
def test_systemd_itself_takes_it(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    # Where the program is installed differs; all else is taken as it stands.
    program = shutil.which("true") or "/bin/true"
    said = re.sub(
        r"^ExecStart=\S+", f"ExecStart={program}", UNIT.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    said = said.replace("Documentation=file:/usr/share/doc/detente/operating.md\n", "")
    made = tmp_path / "detente.service"
    made.write_text(said, encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(made)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    about = [line for line in result.stderr.splitlines() if "detente.service" in line]
    assert about == []
