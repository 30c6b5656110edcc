"""The composition root of what is exchanged: finds the installed pillars and attaches their folders' texts.

    detente/pillars/incidents/                            the newest edition: what `edition: installed` pins
    detente/pillars/incidents/editions/e9f03c51ab7d2/     one that an accord still pins, as it was
    detente/accord/scales/severity.yaml                   the newest; beside it `editions/` with older ones

Nothing is listed here: a folder in `detente/pillars` is installed by being there, and so is an older edition
in its folder. An accord finds its editions and scales among all of them by their digests.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from detente import pillars
from detente.accord import edition, scale, source
from detente.accord.document import Accord
from detente.accord.edition import Edition
from detente.accord.pillar import Pillar
from detente.accord.scale import Scale
from detente.node.agreement import Installed
from detente.trust.errors import Misuse

SUFFIXES = (".py", ".toml", ".json")
EDITIONS, CACHE = "editions", "__pycache__"
NAMED = 12
"""How many digits of its digest name the folder of an older edition, after an `e`."""
SCALES = files("detente.accord") / "scales"


def names() -> tuple[str, ...]:
    """Return the installed pillars' names, sorted, without importing them."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(pillars.__path__) if one.ispkg))


@cache
def editions() -> Mapping[str, Edition]:
    """Return the newest edition of each installed pillar, by name.

    Raises:
        Misuse: `pillars.1` a folder without `pillar: Pillar`, or of another name; `field.*`.
        Malformed: `edition.1`, `words.*`, `ceiling.*`, `example.*` a text is missing or wrong.
    """
    return {name: _edition(name) for name in names()}


@cache
def scales() -> Mapping[str, Scale]:
    """Return the newest scales that come with the house, by name; an accord pins those it uses by digest.

    Raises:
        Malformed: `source.*`, `scale.*`.
    """
    found = sorted(one.name for one in SCALES.iterdir() if one.name.endswith(".yaml"))
    return dict(zip((name.removesuffix(".yaml") for name in found), _scales(SCALES), strict=True))


@cache
def installed() -> Installed:
    """Return all that is installed, older editions and scales too, as a node and an audit take it.

    Raises:
        Misuse: `pillars.3` an older edition is not what its name says. As the two above.
    """
    before = [one for name in names() for one in _before(name)]
    return Installed((*editions().values(), *before), (*scales().values(), *_scales(SCALES / EDITIONS)))


def texts(path: str) -> dict[str, str]:
    """Return the texts of a pillar's folder, or of an older edition's: `incidents.editions.e9f03c51ab7d2`."""
    return dict(_texts(files(f"{pillars.__name__}.{path}")))


def edition_in(accord: Accord | None, name: str) -> Edition | None:
    """Return the installed edition of a pillar that an accord pins; the newest if it pins none that is here.

    For showing and asking: whether a record stands is decided by the node, under its own terms.
    """
    terms = accord.pillars.get(name) if accord else None
    pinned = (
        one for one in installed().editions if terms and (one.name, one.digest) == (name, terms.edition)
    )
    return next(pinned, editions().get(name))


def _before(name: str) -> Iterator[Edition]:
    folder = files(f"{pillars.__name__}.{name}") / EDITIONS
    found = sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    for kept in (one for one in found if one != CACHE):
        one = _edition(f"{name}.{EDITIONS}.{kept}")
        # 3. Not a character of it has changed since it was put there.
        if kept != f"e{one.digest[:NAMED]}":
            what = f"The older edition {kept} of {name} has the digest {one.digest}."
            raise Misuse(
                "pillars.3", what, "Put its texts back as they were, or name a new one by its digest."
            )
        yield one


def _edition(path: str) -> Edition:
    name = path.partition(".")[0]
    pillar = getattr(importlib.import_module(f"{pillars.__name__}.{path}"), "pillar", None)
    # 1. The folder says what it is.
    if not isinstance(pillar, Pillar) or pillar.name != name:
        raise Misuse(
            "pillars.1", f"The folder {path} is no pillar.", "Say `pillar: Pillar = …` in its __init__."
        )
    return edition.attach(pillar, texts(path))


def _texts(folder: Traversable, below: str = "") -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir() and one.name not in (CACHE, EDITIONS):
            yield from _texts(one, f"{below}{one.name}/")
        elif one.name.endswith(SUFFIXES):
            yield f"{below}{one.name}", one.read_text(encoding="utf-8")


def _scales(folder: Traversable) -> Iterator[Scale]:
    """Every scale in a folder, sorted by its file's name."""
    found = [one for one in folder.iterdir() if one.name.endswith(".yaml")] if folder.is_dir() else []
    for one in sorted(found, key=lambda file: file.name):
        yield scale.parse(source.read(one.read_text(encoding="utf-8")).data)
