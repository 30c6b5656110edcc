"""The home: its lock, its keys, its settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detente.node.errors import HomeInUse, HomeMissing, HomeUnsafe
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.trust.errors import DetenteError, Malformed

SETTINGS = Settings(party="us", peers={"cn": PeerSettings("dir:/nowhere")})


def test_a_home_is_read_as_it_was_made(tmp_path: Path) -> None:
    made = Home.create(tmp_path / "h", SETTINGS)
    assert Home.at(tmp_path / "h") == made
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_a_home_is_never_made_over_another(tmp_path: Path) -> None:
    Home.create(tmp_path / "h", SETTINGS)
    with pytest.raises(HomeMissing) as caught:
        Home.create(tmp_path / "h", SETTINGS)
    assert caught.value.step == "home.1"


def test_a_folder_without_settings_is_no_home(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing) as caught:
        Home.at(tmp_path)
    assert caught.value.step == "home.3"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"party":"US"}',
        '{"party":"us","peers":{"us":{"source":"dir:/x"}}}',
        '{"party":"us","domains":[]}',
        '{"party":"us","domains":["real"]}',
        '{"party":"us","poll_ms":0}',
        '{"party":"us","surprise":1}',
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    (home.path / "node.json").write_text(text)
    with pytest.raises(Malformed) as caught:
        Home.at(home.path)
    assert caught.value.step == "home.2"


def test_a_home_that_others_can_look_into_is_not_opened(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    home.path.chmod(0o755)
    with pytest.raises(HomeUnsafe) as caught:
        Home.at(home.path)
    assert caught.value.step == "home.4"


def test_two_processes_never_work_on_one_home(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    program = (
        "import sys; from pathlib import Path; from detente.node.home import Home\n"
        "with Home.at(Path(sys.argv[1])).lock(): print('in', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == b"in\n"
        with pytest.raises(HomeInUse) as caught, home.lock():
            pass
        assert caught.value.step == "home.5"
        assert str(holder.pid) in caught.value.what
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    with home.lock():
        assert (home.path / "lock").read_text() == f"{os.getpid()}\n"


def test_keys_lie_on_disk_for_their_owner_alone(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    made = Identity.create(home, "live")
    assert Identity.at(home, "live") == made
    assert sorted(made.keys) == ["log", "record", "witness"]
    files = [one for one in (home.path / "keys").rglob("*") if one.is_file()]
    assert len(files) == 5
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}


def test_the_two_domains_share_no_key(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    live, exercise = Identity.create(home, "live"), Identity.create(home, "exercise")
    names = [{key.public.keyid for keys in one.keys.values() for key in keys} for one in (live, exercise)]
    assert not names[0] & names[1]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    Identity.create(home, "live")
    with pytest.raises(HomeMissing) as caught:
        Identity.create(home, "live")
    assert caught.value.step == "identity.1"


def _gone(path: Path) -> None:
    path.unlink()


def _shared(path: Path) -> None:
    path.chmod(0o640)


def _cut(path: Path) -> None:
    path.write_bytes(b"short")


@pytest.mark.parametrize(("harm", "step"), [(_gone, 2), (_shared, 3), (_cut, 4)])
def test_a_harmed_key_is_not_used(tmp_path: Path, harm: object, step: int) -> None:
    home = Home.create(tmp_path / "h", SETTINGS)
    Identity.create(home, "live")
    assert callable(harm)
    harm(home.path / "keys" / "live" / "log-ml-dsa-44.seed")
    with pytest.raises(DetenteError) as caught:
        Identity.at(home, "live")
    assert caught.value.step == f"identity.{step}"
