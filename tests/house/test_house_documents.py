"""Pages are true: decisions are short, errors are drawn, named tests exist, and sessions run."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from session import agrees, play, steps

from detente.trust import errors

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHOWN_ONLY = {
    "CONTRIBUTING.md": 1,  # remaking the locks asks a registry
    # A desk stays up until Ctrl-C.
    **dict.fromkeys(("README.md", "README.zh.md", "desk.md", "desk.zh.md"), 1),
    # A closed case is told in public by officers of a party: the clearing house's demonstration plays it.
    **dict.fromkeys(("analyst.md", "analyst.zh.md"), 1),
    # A change of suite needs officers with keys of the new one, and an attestation a pause: tests play them.
    **dict.fromkeys(("officers.md", "officers.zh.md"), 3),
}
SKIPPED = [  # played elsewhere
    word for name in ("withheld", "contingency", "caught") for word in ("--skip", name)
]
SLOW = {"README.md", "README.zh.md"}  # they start three nodes
GUIDES = {
    "reporting.md",
    "operating.md",
    "operating.zh.md",
    "importing.md",
    "officers.md",
    "matching.md",
    "responding.md",
    "evaluating.md",
}  # they found an accord, and more
PACKED = {"installing.md"}  # they begin with the archive that ./run pack makes
# `test_house_guides.py` plays the guides, and compares the Chinese pages that have the same commands.
ELSEWHERE = {
    "installing.zh.md",
    "officers.zh.md",
    "reporting.zh.md",
    "importing.zh.md",
    "matching.zh.md",
    "responding.zh.md",
    "evaluating.zh.md",
    "facts.zh.md",
    "believing.zh.md",
    *(path.name for path in (ROOT / "docs" / "guides").glob("*.md")),
}


def said(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.stem)
def test_a_decision_has_25_to_80_lines_and_the_four_parts(page: Path) -> None:
    text = said(page)
    assert 25 <= len(text.splitlines()) <= 80
    assert text.startswith(f"# {page.stem[:4]} ")
    for part in ("## Context", "## Decision", "## Options refused", "## Consequences"):
        assert part in text, f"{page.name} has no '{part}'"


def test_no_two_decisions_have_one_number() -> None:
    numbers = [p.stem[:4] for p in (ROOT / "docs" / "adr").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_every_error_of_trust_is_drawn_in_the_tree_below_its_parent() -> None:
    drawn: dict[str, str | None] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^((?:│   |    )*(?:[├└]── )?)([A-Z][A-Za-z]+)(?:\s{2,}|$)", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            drawn[found[2]] = path[depth - 1] if depth else None
    real = {name: thing for name, thing in vars(errors).items() if isinstance(thing, type)}
    assert drawn == {
        name: kind.__base__.__name__ if kind is not errors.DetenteError and kind.__base__ else None
        for name, kind in real.items()
    }


def test_errors_of_other_rooms_stand_below_the_drawn_ones() -> None:
    found = {}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.parse(said(path)).body:
            if isinstance(node, ast.ClassDef) and path.name != "errors.py" and node.bases:
                found[node.name] = [ast.unparse(base).split(".")[-1] for base in node.bases]
    direct = [
        name for name, bases in found.items() if set(bases) & {"DetenteError"} and not name.startswith("_")
    ]
    assert direct == [], "these derive from DetenteError itself; put them below one of its branches"


def test_each_attack_of_the_threat_model_names_a_test_that_exists() -> None:
    text = said(ROOT / "docs" / "threat-model.md")
    table = text.partition("## Attacks")[2].partition("| attack |")[2].partition("\n\n")[0].splitlines()[2:]
    wrong = []
    for row in table:
        path = ""
        named = re.findall(
            r"`(?:(tests/[^`:]+))?(?:::)?(test_[^`]+)?`", row.rstrip("| ").rpartition(" | ")[2]
        )
        for file, test in named:
            path = file or path
            there = path and (ROOT / path).exists() and (not test or f"def {test}(" in said(ROOT / path))
            wrong += [] if there else [f"{path}::{test}"]
        wrong += [] if named else [row]
    assert wrong == []
    assert len(table) > 150
    assert text.partition("## What logs cannot show")[2].partition("\n## ")[0].count("\n- **") >= 9


def test_every_complaint_of_other_platforms_users_has_a_row_with_its_test() -> None:
    """Threads by number, as the survey of peers lists them (beside the repository where that is built)."""
    section = said(ROOT / "docs" / "threat-model.md").split("## What users of sharing platforms")[1]
    rows = [row for row in section.split("\n## ")[0].splitlines() if row.startswith("| ")][1:]
    assert all("`tests/" in row for row in rows)
    survey = ROOT.parent / "shared" / "peers" / "README.md"
    if not survey.exists():
        pytest.skip("the survey of peers is not here")
    complaints = said(survey).split("complain about")[1].split("\n## ")[0]
    named = set(re.findall(r"\b\d{4,5}\b", " ".join(re.findall(r"\([^)]*\)", complaints))))
    assert {one for one in named if not any(one in row for row in rows)} == set()
    assert len(named) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", said(page)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_both_readmes_make_the_same_promises_and_show_the_same_house() -> None:
    english, chinese = said(ROOT / "README.md"), said(ROOT / "README.zh.md")
    for pattern in (r"^\| (P\d) \|", r"^  ([a-z]+/) ", r"^\$ (\S+ \S+)"):
        assert set(re.findall(pattern, chinese, re.MULTILINE)) <= set(
            re.findall(pattern, english, re.MULTILINE)
        )
    assert re.findall(r"^\| (P\d) \|", chinese, re.MULTILINE) == [f"P{n}" for n in range(1, 9)]


def test_verbs_that_pages_give_to_run_exist() -> None:
    known = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    verbs = set(re.findall(r"^  ([a-z]+) ", known, re.MULTILINE))
    used = {verb for page in PAGES for verb in re.findall(r"\./run ([a-z]+)\b", said(page))}
    assert used <= verbs, used - verbs


def test_run_refuses_an_unknown_verb_and_says_what_to_do() -> None:
    result = subprocess.run([ROOT / "run", "dance"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert "there is no verb 'dance'" in result.stderr
    assert "./run help" in result.stderr


def test_the_reader_of_sessions_tells_true_from_false() -> None:
    assert agrees("a …c\n…\nend\n", "a b c\nx\ny\nend\n")
    assert not agrees("a\n", "a\nb\n")
    assert steps("```console exit=65\n$ x\ny\n$ z\n```\n```console no-run\n$ q\n```\n") == [
        ("x", "y\n", 65),
        ("z", "", 65),
    ]


def marks(name: str) -> list[pytest.MarkDecorator]:
    """How a page is run."""
    long = [pytest.mark.slow, pytest.mark.timeout(900)] if name in SLOW | GUIDES | PACKED else []
    return [*long, pytest.mark.external, pytest.mark.xdist_group("pack")] if name in PACKED else long


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=marks(p.name)) for p in PAGES if steps(said(p)) and p.name not in ELSEWHERE],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_the_session_on_a_page_prints_what_the_page_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One page is one session: same directory, same variables, in order; the README's is the clone itself."""
    (tmp_path / "home").mkdir()
    place = ROOT if page.name in SLOW else tmp_path
    state = tmp_path / "state"
    state.write_text(f"cd {place}\n", encoding="utf-8")
    kept = {name: os.environ[name] for name in os.environ if name.startswith("PIP_") or name == "CI"}
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environment = {**kept, "PATH": path, "HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT / "src")}
    if page.name in PACKED:
        archive: Path = request.getfixturevalue("archive")
        shutil.copy2(archive, place)
        del environment["PYTHONPATH"]  # what is installed runs, not the clone
    try:
        play(page, state, environment)
    finally:
        for left in place.glob("*.pid") if place == tmp_path else ():
            with suppress(ProcessLookupError):  # the page has ended it
                os.kill(int(left.read_text()), signal.SIGKILL)


def test_sessions_that_are_only_shown_are_counted() -> None:
    shown = {p.name: len(re.findall(r"^```console[^\n]*no-run", said(p), re.MULTILINE)) for p in PAGES}
    assert {name: count for name, count in shown.items() if count} == SHOWN_ONLY


@pytest.mark.slow
@pytest.mark.external
@pytest.mark.timeout(600)
def test_the_demonstration_plays_in_a_fresh_copy_with_an_empty_home(tmp_path: Path) -> None:
    copy, home = tmp_path / "copy", tmp_path / "home"
    home.mkdir()
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run", "pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        shutil.copy2(ROOT / name, copy / name)
    kept = {n: v for n, v in os.environ.items() if n.startswith("PIP_") or n.lower().endswith("_proxy")}
    result = subprocess.run(
        [copy / "run", "demo", "--exit", "--json", "--base-port", "0", "--lang", "zh", *SKIPPED],
        env={
            **kept,
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "DETENTE_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert '"verified":true' in result.stdout.splitlines()[-1].replace(" ", "")
    shown = next(
        out for command, out, _ in steps(said(ROOT / "README.zh.md")) if command.startswith("./run demo")
    )
    scene = shown.split("── ")[1]  # the first of three, in pieces as the page leaves words out
    pieces = [piece.strip() for line in scene.splitlines() for piece in line.split("…") if piece.strip()]
    assert [piece for piece in pieces if piece not in result.stdout] == []
    assert len(pieces) >= 4
