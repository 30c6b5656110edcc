"""What a text is expected to do, found beside it, and what of it does not hold, in words.

beside(path)          NAME.expected.toml beside NAME.yaml, if there is one
lines(cases, unmet)   how many hold; of the others what is missing and what is beyond
"""

from collections.abc import Iterator
from pathlib import Path

from detente.accord import expectation
from detente.accord.expectation import Expected, Unmet
from detente.faces.cli.place import file_of
from detente.faces.speech import Text
from detente.trust.errors import Malformed

SUFFIX = ".expected.toml"
HELD = Text("expected", "符合预期")
BROKEN = Text("unexpected", "不合预期")


def beside(path: Path) -> Path | None:
    """Return where the expectations of a text are, if they are beside it."""
    found = path.with_name(path.stem + SUFFIX)
    return found if found.is_file() else None


def read(path: Path | None) -> tuple[Expected, ...]:
    """Return the cases of a file; none if there is no file.

    Raises:
        Malformed: `expecting.1` it is no text; `expectation.1`.
    """
    if path is None:
        return ()
    # 1. The file is text.
    try:
        text = file_of(path).decode()
    except UnicodeDecodeError as error:
        raise Malformed("expecting.1", f"{path} is no text: {error}.", "Save it as UTF-8.") from error
    return expectation.parse(text)


def lines(cases: tuple[Expected, ...], unmet: tuple[Unmet, ...]) -> Iterator[tuple[Text, Text]]:
    """What is told of each line: its label, and its words; none where nothing is expected."""
    nothing = Text("", "")
    for one in unmet:
        yield BROKEN, Text(one.case.en, one.case.zh)
        yield from ((nothing, Text(f"missing: {line}", f"缺少：{line}")) for line in one.lacking)
        yield from ((nothing, Text(f"beyond: {line}", f"多出：{line}")) for line in one.beyond)
    if cases:
        held = len(cases) - len(unmet)
        yield (
            HELD,
            Text(
                f"{held} of {len(cases)} stated cases come out as they say",
                f"所列 {len(cases)} 种情形中，{held} 种结果相符",
            ),
        )
