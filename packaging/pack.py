"""`./run pack`: everything that a machine without a network needs, in one folder and one archive.

    NAME/  install.sh check.py PLATFORM  how it is installed, and where
           wheels/                       ours and every dependency of the core lock, each checked by its hash
           requirements.lock detente.lock requirements-tests.lock
           bom.cdx.json                  the bill of materials
           README.md docs/ packaging/ …  what to read
           SHA256SUMS                    the digest of each file above
    NAME.tar.gz                          the folder, the same bytes each time it is made from the same things

The network is asked only for the wheels of the lock, by pip, from whichever index the machine is set up for;
`--wheels FOLDER` asks nobody.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import bill
import check

ROOT = Path(__file__).resolve().parents[1]
LOCK = "requirements.lock"
READ = ("README.md", "README.zh.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE")
BEGINNING = 315_532_800  # 1980-01-01, the earliest time that a wheel can bear
ENVIRONMENT = 60_000_000
"""Bytes of an empty environment with pip."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the pack; print the archive's digest and that of its SHA256SUMS."""
    parser = argparse.ArgumentParser(prog="./run pack", description="A pack for a network without internet.")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="the folder that it is made in (dist)")
    parser.add_argument("--wheels", type=Path, help="take dependencies from this folder, and ask no network")
    chosen = parser.parse_args(arguments)
    epoch = made_at()
    with tempfile.TemporaryDirectory() as scratch:
        wheels = gathered(Path(scratch), chosen.wheels, epoch)
        own = next(one for one in wheels if one.name.startswith("detente-"))
        traits = {**check.here(), "glibc": oldest(wheels), "bytes": str(ENVIRONMENT + weight(wheels))}
        machine = traits["machine"].lower().replace(" ", "-")
        name = f"detente-{own.name.split('-')[1]}-python{traits['python']}-{machine}"
        folder = chosen.to / name
        shutil.rmtree(folder, ignore_errors=True)
        fill(folder, wheels)
    say(folder / "PLATFORM", "".join(f"{key} {value}\n" for key, value in traits.items()))
    packed = sorted((folder / "wheels").iterdir())
    say(folder / "bom.cdx.json", bill.bill(packed, "detente", commit(), epoch))
    say(folder / check.SUMS, sums(folder))
    archive = shut(folder, epoch)
    for path in (archive, folder / check.SUMS):
        print(f"{digest(path)}  {path.relative_to(chosen.to)}")
    return 0


def made_at() -> int:
    """Return the time that the pack bears: SOURCE_DATE_EPOCH, else the commit's, else the beginning."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or BEGINNING)


def commit() -> str:
    """Return what is packed, as git names it; "" outside a repository."""
    return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def git(*words: str) -> str:
    """Ask git; "" if there is none, or this is no repository of its."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return ""
    asked = ["git", "-C", str(ROOT), *words]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def gathered(scratch: Path, source: Path | None, epoch: int) -> list[Path]:
    """Return the wheels: dependencies as the lock has them, by hash, and ours built from this clone."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    where = ["--no-index", "--find-links", str(source.resolve())] if source else []
    whole = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", str(ROOT / LOCK)]
    told = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    if source:
        told = {k: v for k, v in told.items() if not k.startswith("PIP_")} | {"PIP_CONFIG_FILE": os.devnull}
    build = [
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--wheel-dir",
        str(scratch),
        str(ROOT),
    ]
    for words in (["download", *whole, *where, "--dest", str(scratch)], build):
        done = subprocess.run([*pip, *words], env=told, stdout=sys.stderr, check=False)
        if done.returncode:
            sys.exit("pack: pip could not give every wheel of the lock (above).")
    return sorted(scratch.glob("*.whl"))


def oldest(wheels: Sequence[Path]) -> str:
    """Return the oldest glibc on which every wheel runs: of each its lowest tag, of those the highest."""
    old = {"1": (2, 5), "2010": (2, 12), "2014": (2, 17)}
    lowest = [(0, 0)]
    for wheel in wheels:
        tags = re.findall(r"manylinux(?:_(\d+)_(\d+)|(1|2010|2014))_", wheel.name)
        if tags:
            lowest.append(min(old[year] if year else (int(major), int(minor)) for major, minor, year in tags))
    return "{}.{}".format(*max(lowest))


def weight(wheels: Sequence[Path]) -> int:
    """Return how many bytes the wheels take once they are unpacked and compiled, with room to spare."""
    return 2 * sum(sum(item.file_size for item in zipfile.ZipFile(one).infolist()) for one in wheels)


def fill(folder: Path, wheels: Sequence[Path]) -> None:
    """Put everything but what is computed into the folder."""
    (folder / "wheels").mkdir(parents=True)
    for wheel in wheels:
        shutil.copyfile(wheel, folder / "wheels" / wheel.name)
        if wheel.name.startswith("detente-"):
            version = wheel.name.split("-")[1]
            say(folder / "detente.lock", f"detente=={version} \\\n    --hash=sha256:{digest(wheel)}\n")
    here = ("install.sh", "check.py")
    for name in here:
        shutil.copyfile(ROOT / "packaging" / name, folder / name)
    locks = [path.name for path in ROOT.glob("requirements*.lock")]
    services = [f"packaging/{path.name}" for path in (ROOT / "packaging").glob("*.service")]
    pages = [str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*") if path.is_file()]
    for name in (*READ, *locks, *services, *pages):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)


def sums(folder: Path) -> str:
    """Return the digests of everything in the folder, as `sha256sum -c` reads them."""
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return "".join(f"{digest(folder / name)}  {name}\n" for name in files)


def shut(folder: Path, epoch: int) -> Path:
    """Pack the folder into an archive that depends on its content alone."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = epoch
        entry.mode = 0o755 if entry.isdir() or entry.name.endswith(".sh") else 0o644
        return entry

    archive = folder.with_name(folder.name + ".tar.gz")
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", mtime=epoch, fileobj=raw, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        tar.add(folder, folder.name, recursive=False, filter=plain)
        for path in sorted(folder.rglob("*")):
            tar.add(path, f"{folder.name}/{path.relative_to(folder)}", recursive=False, filter=plain)
    return archive


def say(path: Path, text: str) -> None:
    """Write a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def digest(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
