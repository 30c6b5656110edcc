"""The case: the views of one thread as one thing, and the acts that a home's logs hold about its records.

Case.of(views)  ->  Case(root=…, answers=(…)); case.rating["harm"], case.value("mitigation")
"""

from collections.abc import Iterable
from typing import Any, Self

from msgspec import Struct

from detente.faces.neighbours.view import View

REPORT, UPDATE, CLOSE = "incidents.report", "incidents.update", "incidents.close"
SHORT = 8


class Case(Struct, frozen=True):
    """One thread, as one audience may have it.

    Attributes:
        root: the record that starts it.
        answers: the others, in the order of their authors' clocks.
    """

    root: View
    answers: tuple[View, ...] = ()

    @classmethod
    def of(cls, views: Iterable[View]) -> Self | None:
        """Return the case of these views; None if the root is not among them."""
        known = sorted(views, key=lambda one: (one.at, one.id))
        root = next((one for one in known if one.id == one.root), None)
        return None if root is None else cls(root, tuple(one for one in known if one.id != one.root))

    @property
    def incident(self) -> bool:
        """Whether it is an incident."""
        return self.root.kind == REPORT

    @property
    def rated(self) -> tuple[View, ...]:
        """The report and its updates, oldest first."""
        return (self.root, *(one for one in self.answers if one.kind == UPDATE))

    @property
    def close(self) -> View | None:
        """The end of its handling: what ended it first, unless it was reopened."""
        ended: View | None = None
        for one in self.answers:
            if one.kind == CLOSE:
                ended = ended or one
            elif one.kind == UPDATE and one.open.get("change") == "reopened":
                ended = None
        return ended

    @property
    def rating(self) -> dict[str, Any]:
        """The open fields of the report, as the newest update states them."""
        known = self.root.open.keys()
        found = dict(self.root.open)
        for one in self.rated[1:]:
            found |= {name: value for name, value in one.open.items() if name in known}
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """What follows from the newest rating."""
        return self.rated[-1].facts

    @property
    def views(self) -> tuple[View, ...]:
        """All views."""
        return (self.root, *self.answers)

    @property
    def changed(self) -> int:
        """When the newest thing in it was said, in milliseconds."""
        return max(one.changed for one in self.views)

    @property
    def name(self) -> str:
        """What it is called where its title is not known: by the beginning of its id."""
        return f"AI incident {self.root.id[:SHORT]}"

    def value(self, path: str) -> Any:  # noqa: ANN401 (a sealed value is any JSON)
        """Return the newest value of a sealed path that is known; None if none is."""
        found = (one.values[path] for one in reversed(self.views) if path in one.values)
        return next(found, None)

    def text(self, path: str, language: int = 0) -> str:
        """Return a value as text, of two languages the English (0) or the Chinese (1)."""
        value = self.value(path)
        if isinstance(value, str):
            return value if language == 0 else ""
        return str(value[language]) if isinstance(value, list | tuple) and len(value) == 2 else ""  # noqa: PLR2004 (two languages)
