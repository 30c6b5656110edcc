"""The page: a view in a template, in one language. All escaping happens here, and cannot be forgotten.

What is put into a template is escaped, and characters that steer a screen stand as escapes, whoever wrote
them. Templates have no logic but loops and choices; what they show was made before, in plain structures.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from detente.faces.desk.tongue import Language, Tongue, inert
from detente.trust.record import Domain


class Frame(Struct, frozen=True, kw_only=True):
    """What every page has around its content.

    Attributes:
        tongue: the language.
        party: whose desk it is.
        domain: of what is shown.
        domains: that the home takes part in.
        base: what every address begins with, `/PLACE/live`.
        root: `/PLACE`.
        here: address of this page, without language.
        pillars: name and words of each pillar in force, for the way around.
        token: what each form carries.
        cut: the position of the logs, where live updates go on from.
        now: the node's clock, in milliseconds.
        genesis: names the accord.
        notice: a sentence of the catalogue to say once, or empty.
    """

    tongue: Tongue
    party: str
    domain: Domain
    domains: tuple[Domain, ...]
    base: str
    root: str
    here: str
    pillars: tuple[tuple[str, str], ...]
    token: str
    cut: str
    now: int
    genesis: str
    notice: str = ""


def render(name: str, frame: Frame, **views: Any) -> str:  # noqa: ANN401 (a view is any structure)
    """Return a template filled in."""
    return _templates().get_template(f"{name}.html").render(frame=frame, t=frame.tongue, **views)


def tongue(language: Language) -> Tongue:
    """Return a language by name."""
    return Tongue(language)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _finalized(value: object) -> object:
    """What goes into a page: text made inert, None as nothing; markup that templates made stays."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return inert(value)
    return "" if value is None else value
