"""The composition root of what is exchanged: finds the installed pillars and attaches their folders' texts.

Nothing is listed here: a folder in `detente/pillars` is installed by being there.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from detente import pillars
from detente.accord import edition, scale, source
from detente.accord.edition import Edition
from detente.accord.pillar import Pillar
from detente.accord.scale import Scale
from detente.node.agreement import Installed
from detente.trust.errors import Misuse

SUFFIXES = (".py", ".toml", ".json")


def names() -> tuple[str, ...]:
    """Return the installed pillars' names, sorted, without importing them."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(pillars.__path__) if one.ispkg))


@cache
def editions() -> Mapping[str, Edition]:
    """Return the installed pillars with their texts, by name.

    Raises:
        Misuse: `pillars.1` a folder without `pillar: Pillar`, or of another name; `field.*`.
        Malformed: `edition.1`, `words.*`, `ceiling.*`, `example.*` a text is missing or wrong.
    """
    return {name: _edition(name) for name in names()}


@cache
def scales() -> Mapping[str, Scale]:
    """Return the scales that come with the house, by name; an accord pins those it uses by digest.

    Raises:
        Malformed: `source.*`, `scale.*`.
    """
    folder = files("detente.accord") / "scales"
    found = {one.name.removesuffix(".yaml"): one for one in folder.iterdir() if one.name.endswith(".yaml")}
    return {
        name: scale.parse(source.read(found[name].read_text(encoding="utf-8")).data) for name in sorted(found)
    }


@cache
def installed() -> Installed:
    """Return all that is installed, as a node and an audit take it. Raises as the two above."""
    return Installed(tuple(editions().values()), tuple(scales().values()))


def _edition(name: str) -> Edition:
    pillar = getattr(importlib.import_module(f"{pillars.__name__}.{name}"), "pillar", None)
    # 1. The folder says what it is.
    if not isinstance(pillar, Pillar) or pillar.name != name:
        raise Misuse(
            "pillars.1", f"The folder {name} is no pillar.", "Say `pillar: Pillar = …` in its __init__."
        )
    return edition.attach(pillar, dict(_texts(files(f"{pillars.__name__}.{name}"))))


def _texts(folder: Traversable, below: str = "") -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir() and one.name != "__pycache__":
            yield from _texts(one, f"{below}{one.name}/")
        elif one.name.endswith(SUFFIXES):
            yield f"{below}{one.name}", one.read_text(encoding="utf-8")
