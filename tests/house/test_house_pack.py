"""The pack: what it holds, and that what is not as it was packed is refused.

That it installs and works without a network is played by its page, `docs/installing.md`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]
NO_NETWORK = ["unshare", "--map-root-user", "--net", "--mount"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.external,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("pack"),
]


@pytest.fixture
def folder(archive: Path, tmp_path: Path) -> Path:
    """A copy of the unpacked pack, to be spoiled; files are linked: replace them, never write into them."""
    name = archive.name.removesuffix(".tar.gz")
    return Path(shutil.copytree(archive.with_name(name), tmp_path / name, copy_function=os.link))


def installing(folder: Path, *words: str | Path, before: str = "", lang: str = "C") -> tuple[int, str]:
    """Run the installer without a network; return its exit code and what it said."""
    script = f'{before}\nexec sh "$@"'
    command = [*NO_NETWORK, "sh", "-c", script, "sh", folder / "install.sh", *words]
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    told = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": lang}
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_same_clone_and_wheels_give_the_same_archive_without_a_network(
    archive: Path, tmp_path: Path
) -> None:
    wheels = archive.with_name(archive.name.removesuffix(".tar.gz")) / "wheels"
    words = [sys.executable, ROOT / "packaging" / "pack.py", "--to", tmp_path, "--wheels", wheels]
    subprocess.run([*NO_NETWORK, *words], check=True, capture_output=True)
    assert hashlib.sha256((tmp_path / archive.name).read_bytes()).digest() == (
        hashlib.sha256(archive.read_bytes()).digest()
    )


def test_the_bill_of_materials_holds_by_its_schema_and_names_each_wheel_with_its_digest(folder: Path) -> None:
    text = (folder / "bom.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert (
        JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace("CycloneDX", "Cyclone")) is not None
    )
    bill = json.loads(text)
    listed = {one["properties"][0]["value"]: one["hashes"][0]["content"] for one in bill["components"]}
    wheels = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("wheels/*")}
    own = next(name for name in wheels if name.startswith("detente-"))
    assert bill["metadata"]["component"]["hashes"][0]["content"] == wheels.pop(own)
    assert listed == wheels
    assert all(one["licenses"] for one in bill["components"])
    asked = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert any(
        ref.startswith("pkg:pypi/cryptography@") for ref in asked[bill["metadata"]["component"]["bom-ref"]]
    )


def replaced(folder: Path, name: str, content: bytes) -> None:
    (folder / name).unlink()
    (folder / name).write_bytes(content)


def flipped(folder: Path) -> None:
    wheel = next(folder.glob("wheels/cryptography-*"))
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    replaced(folder, f"wheels/{wheel.name}", bytes(content))


def resummed(folder: Path) -> None:
    """A wheel is changed, and SHA256SUMS made to agree with it: the lock still knows."""
    flipped(folder)
    wheel = next(folder.glob("wheels/cryptography-*"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lines = (folder / "SHA256SUMS").read_text("ascii").splitlines()
    made = [f"{digest}  wheels/{wheel.name}" if line.endswith(wheel.name) else line for line in lines]
    replaced(folder, "SHA256SUMS", ("\n".join(made) + "\n").encode())


def platform(trait: str, value: str) -> Callable[[Path], None]:
    """The pack is for another machine, and says so."""

    def change(folder: Path) -> None:
        lines = (folder / "PLATFORM").read_text("utf-8").splitlines()
        made = [f"{trait} {value}" if line.startswith(f"{trait} ") else line for line in lines]
        replaced(folder, "PLATFORM", ("\n".join(made) + "\n").encode())
        digest = hashlib.sha256((folder / "PLATFORM").read_bytes()).hexdigest()
        sums = (folder / "SHA256SUMS").read_text("ascii").splitlines()
        told = [f"{digest}  PLATFORM" if line.endswith("  PLATFORM") else line for line in sums]
        replaced(folder, "SHA256SUMS", ("\n".join(told) + "\n").encode())

    return change


def occupied(folder: Path) -> None:
    (folder.parent / "new").mkdir()
    (folder.parent / "new" / "precious").touch()


@pytest.mark.parametrize(
    ("spoil", "code", "english", "chinese"),
    [
        (flipped, 66, "pack.1: wheels/cryptography", "已被改动"),
        (
            lambda folder: (folder / "docs/protocol.md").unlink(),
            66,
            "docs/protocol.md is missing",
            "缺少 docs/protocol.md",
        ),
        (
            lambda folder: (folder / "wheels/six-9-py3-none-any.whl").touch(),
            66,
            "was not packed",
            "不在打包之列",
        ),
        (
            lambda folder: (folder / "SHA256SUMS").unlink(),
            66,
            "SHA256SUMS cannot be read",
            "SHA256SUMS 无法读取",
        ),
        (lambda folder: (folder / "PLATFORM").unlink(), 66, "PLATFORM is missing", "缺少 PLATFORM"),
        (
            platform("python", "3.99"),
            69,
            "no Python 3.99 with venv was found",
            "没有找到带 venv 的 Python 3.99",
        ),
        (
            platform("machine", "Linux sparc64"),
            69,
            "this pack is for machine Linux sparc64",
            "此安装包适用于 machine Linux sparc64",
        ),
        (platform("glibc", "99.1"), 69, "this pack is for glibc 99.1", "此安装包适用于 glibc 99.1"),
        (platform("bytes", str(10**18)), 69, "1000000000000 MB are needed", "需要 1000000000000 MB"),
        (occupied, 69, "something lies at", "处已有内容"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_not_fit_is_refused_in_both_languages_before_anything_is_written(
    folder: Path, spoil: Callable[[Path], None], code: int, english: str, chinese: str
) -> None:
    spoil(folder)
    target = folder.parent / "new"
    before = sorted(target.rglob("*"))
    for lang, sentence in (("C", english), ("zh_CN.UTF-8", chinese)):
        answer, said = installing(folder, "--to", target, "--python", sys.executable, lang=lang)
        assert (answer, sentence in said) == (code, True), said
    assert sorted(target.rglob("*")) == before


def test_a_changed_wheel_whose_sum_was_changed_too_is_refused_by_the_lock_and_nothing_is_left(
    folder: Path,
) -> None:
    resummed(folder)
    code, said = installing(folder, "--to", folder.parent / "new", "--python", sys.executable)
    assert code == 69, said
    assert "DO NOT MATCH THE HASHES" in said
    assert "nothing was installed" in said
    assert not (folder.parent / "new").exists()


def test_a_disk_that_fills_while_installing_leaves_nothing_half_made(folder: Path) -> None:
    platform("bytes", "1")(folder)  # the pack believes that there is room
    disk = folder.parent / "disk"
    disk.mkdir()
    code, said = installing(
        folder,
        "--to",
        disk / "new",
        "--python",
        sys.executable,
        before=f"mount -t tmpfs -o size=4m none {disk}",
    )
    assert code == 69, said
    assert "nothing was installed" in said


def test_words_that_the_installer_does_not_know_are_refused(folder: Path) -> None:
    assert installing(folder, "--too", "x") == (
        2,
        "install: '--too' is not understood.\n         See sh install.sh --help.\n",
    )
    assert installing(folder, "--help")[0] == 0


def test_wheels_that_the_lock_does_not_know_are_not_packed(archive: Path, tmp_path: Path) -> None:
    source = archive.with_name(archive.name.removesuffix(".tar.gz")) / "wheels"
    wheels = Path(shutil.copytree(source, tmp_path / "wheels", copy_function=os.link))
    flipped(tmp_path)
    words = [sys.executable, ROOT / "packaging" / "pack.py", "--to", tmp_path / "out", "--wheels", wheels]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "out").exists()
