"""What is installed: locks with hashes and no host, and each dependency with its reason."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
# Fragments are joined here, so that this file does not name what it looks for.
HOSTS = re.compile(
    "|".join(
        a + r"\." + b
        for a, b in [
            ("py" + "pi", "org"),
            ("python" + "hosted", "org"),
            ("registry\\.npm" + "js", "org"),
            ("npm" + "js", "com"),
            ("deb" + "ian", "org"),
            ("proxy\\.go" + "lang", "org"),
            ("sum\\.go" + "lang", "org"),
            ("cr" + "ates", "io"),
            ("anacon" + "da", "(com|org)"),
        ]
    )
)


def tracked() -> list[Path]:
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name.decode() for name in listed.split(b"\0") if name and (ROOT / name.decode()).is_file()]


def pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def normal(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    named = {str(p.relative_to(ROOT)) for p in tracked() if HOSTS.search(p.read_text("utf-8", "replace"))}
    assert named == set()


def test_no_lock_records_hosts() -> None:
    assert [p.name for p in tracked() if p.name == "uv.lock" or p.name.startswith("pylock")] == []
    for lock in LOCKS:
        assert "://" not in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=[a-z])", lock.read_text(encoding="utf-8").strip())
    assert [e.splitlines()[0] for e in entries if "--hash=sha256:" not in e] == []


def test_the_tests_lock_holds_the_core_lock_unchanged() -> None:
    core, tests = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-tests.lock")
    assert {name: tests.get(name) for name in core} == core


def test_every_dependency_of_the_project_is_pinned() -> None:
    core, tests = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-tests.lock")
    assert {normal(d) for d in PROJECT["dependencies"]} <= core.keys()
    assert {normal(d) for d in PROJECT["optional-dependencies"]["tests"]} <= tests.keys()
    assert "flit-core" in core


@pytest.mark.parametrize(("extra", "brought"), [("prove", set()), ("sm", set()), ("print", {"lxml"})])
def test_the_lock_of_an_extra_is_the_core_lock_and_the_extra(extra: str, brought: set[str]) -> None:
    core, more = pins(ROOT / "requirements.lock"), pins(ROOT / f"requirements-{extra}.lock")
    assert {name: more.get(name) for name in core} == core
    assert more.keys() - core.keys() == brought | {normal(d) for d in PROJECT["optional-dependencies"][extra]}


def test_what_only_tests_need_is_not_in_the_core_lock() -> None:
    extra = {normal(d) for one in PROJECT["optional-dependencies"].values() for d in one}
    assert extra & pins(ROOT / "requirements.lock").keys() == set()


def test_the_page_of_dependencies_lists_exactly_these_with_reason_and_licence() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Za-z0-9-]+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    listed = [normal(name) for name, _, _ in rows if name != "package"]
    declared = PROJECT["dependencies"] + [d for e in PROJECT["optional-dependencies"].values() for d in e]
    assert listed == [normal(d) for d in declared]
    assert [name for name, why, licence in rows if name != "package" and (len(why) < 10 or not licence)] == []
