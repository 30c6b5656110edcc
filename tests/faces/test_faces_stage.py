"""The demonstration's place: what cannot be used is said, with what to do."""

from pathlib import Path

import pytest

from detente.faces.demo import stage
from detente.faces.demo.__main__ import main


@pytest.mark.parametrize("base", [65_535, -1, 10**9])
def test_a_port_that_does_not_exist_is_refused_with_a_remedy(base: int) -> None:
    with pytest.raises(stage.PortTaken, match="There is no port") as refused:
        stage.ports(base, 3)
    assert "--base-port" in refused.value.remedy


def test_a_folder_under_a_file_is_refused_and_nothing_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_text("mine", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["demo", "--exit", "--lang", "zh", "--dir", str(file / "b")])
    assert main() == 69
    said = capsys.readouterr().err
    assert "请指明您有写入权限的新文件夹或空文件夹" in said
    assert "不是文件夹" in said
    assert file.read_text(encoding="utf-8") == "mine"
