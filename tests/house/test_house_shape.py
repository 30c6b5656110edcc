"""The manners of the house: one noun per file, short functions, no rooms for things without a name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FILE_LINES = 400
FUNCTION_LINES = 35
NAMELESS = re.compile(r"(^|[_/])(utils?|common|helpers?|managers?|misc)([_./]|$)|(Utils?|Helper|Manager)$")


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Length without docstring, and place, of each function in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = node.body[0] if ast.get_docstring(node) is not None else None
            words = (said.end_lineno or 0) - said.lineno + 1 if said else 0
            yield (node.end_lineno or 0) - node.lineno + 1 - words, f"{path.name}:{node.lineno} {node.name}"


def test_every_file_is_below_400_lines() -> None:
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in SOURCES}
    assert {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n >= FILE_LINES} == {}


def test_95_of_100_functions_have_at_most_35_lines() -> None:
    rows = sorted((row for path in SOURCES for row in functions(path)), reverse=True)
    assert rows[len(rows) // 20][0] <= FUNCTION_LINES, rows[:5]


def test_nothing_is_named_for_having_no_name() -> None:
    found = [str(p.relative_to(ROOT)) for p in SOURCES if NAMELESS.search(str(p.relative_to(ROOT / "src")))]
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ClassDef) and NAMELESS.search(node.name)), f"{path}: {node.name}"
    assert found == []


def test_every_public_function_and_class_of_the_deciding_rooms_says_what_it_does() -> None:
    silent = []
    for path in SOURCES:
        if path.relative_to(ROOT / "src" / "detente").parts[0] in ("trust", "accord"):
            silent += [
                f"{path.name}: {node.name}"
                for node in ast.parse(path.read_text(encoding="utf-8")).body
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ]
    assert silent == []


def test_test_files_are_named_for_their_room() -> None:
    strays = [
        str(p.relative_to(ROOT))
        for p in (ROOT / "tests").rglob("test_*.py")
        if not p.name.startswith(f"test_{p.relative_to(ROOT / 'tests').parts[0].removesuffix('.py')}")
    ]
    assert strays == []
