"""The starter template and its mutants, compiled against the pillars as they are installed."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from treaty import Party

from detente.accord import document, terms
from detente.accord.version import Version
from detente.faces import founding, pillars
from detente.trust.canonical import Value

TEXT = (Path(document.__file__).parent / "templates" / "starter.yaml").read_text(encoding="utf-8")
NAMES = ("us", "cn", "neutral")


@cache
def _charters() -> tuple[object, ...]:
    return tuple(Party(name, "live", seed=n + 1).charter() for n, name in enumerate(NAMES))


def built(text: str = TEXT, changes: Mapping[str, Value] | None = None) -> Version:
    """The only version of an accord that is written so."""
    accord = founding.assembled(text, _charters(), changes)  # type: ignore[arg-type]  # cached as objects
    return terms.build([accord], pillars.editions().values(), pillars.scales().values()).versions[1]


@cache
def starter() -> Version:
    """The template as it is."""
    return built()
