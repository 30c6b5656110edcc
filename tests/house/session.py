"""A page's session: the commands of its console blocks, and playing them in one bash after the other."""

import re
import subprocess
from pathlib import Path

BLOCK = re.compile(r"^```console(?P<how>[^\n]*)\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)
# What a session keeps from one command to the next: its variables and its place.
KEEP = "{ declare -p | grep -v -- '^declare -[a-zA-Z]*r'; pwd | sed 's/^/cd /'; }"


def steps(text: str) -> list[tuple[str, str, int]]:
    """(command, what it prints, exit code) of each command in a page's console blocks."""
    found = []
    for block in BLOCK.finditer(text):
        if "no-run" in block["how"]:
            continue
        code = int(next(iter(re.findall(r"exit=(\d+)", block["how"])), "0"))
        for part in re.split(r"^\$ ", block["lines"], flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output, code))
    return found


def agrees(shown: str, printed: str) -> bool:
    """Whether a page's lines stand for what was printed: `…` is anything, alone on a line any lines."""
    if not shown.strip():
        return True
    lines = printed.rstrip("\n").split("\n")
    blocks: list[list[str]] = [[]]
    for line in shown.strip("\n").split("\n"):
        if line.strip() == "…":
            blocks.append([])
        else:
            blocks[-1].append("[^\n]*".join(map(re.escape, line.split("…"))))
    first, *others = blocks
    if not others:
        return len(lines) == len(first) and _stands(first, lines, 0)
    at = len(first) if _stands(first, lines, 0) else len(lines) + 1
    for block in others[:-1]:
        # Where it stands first leaves most room for what follows.
        at = next((n for n in range(at, len(lines)) if _stands(block, lines, n)), len(lines)) + len(block)
    end = len(lines) - len(others[-1])
    return at <= end and _stands(others[-1], lines, end)


def _stands(block: list[str], lines: list[str], at: int) -> bool:
    found = lines[at : at + len(block)]
    return len(found) == len(block) and all(map(re.fullmatch, block, found))


def play(page: Path, state: Path, environment: dict[str, str]) -> None:
    """Run every command of a page; `state` is a script that brings back what the last one left."""
    for command, shown, code in steps(page.read_text(encoding="utf-8")):
        if command.startswith("./run test"):
            continue  # this is that run
        if command.startswith("./run demo --exit"):
            continue  # tests/faces/test_faces_demo.py plays it, and compares what the page shows in English
        script = f"source {state}\n{command}\nrc=$?\n{KEEP} >{state}\nexit $rc"
        result = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=500, check=False
        )
        assert result.returncode == code, f"$ {command}\n{result.stdout}{result.stderr}{tails(state.parent)}"
        assert agrees(shown, result.stdout), (
            f"$ {command}\nprinted:\n{result.stdout}\nthe page says:\n{shown}{tails(state.parent)}"
        )


def tails(place: Path) -> str:
    """What the page's own logs ended with: a page that fails on another machine shows why."""
    ends = {one.name: one.read_text(errors="replace")[-600:] for one in sorted(place.glob("*.log"))}
    return "".join(f"\n--- {name}\n{end}" for name, end in ends.items())
