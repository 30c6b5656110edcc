"""The pages: plain HTML that needs no script, in two languages that say the same.

Nothing about a reporter is in an address: what they type is in the body of a form, and a code too. The server
sees what is typed here before it seals it; the first page says so, and how to seal at home instead.
"""

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from detente.faces import sentence
from detente.faces.desk.tongue import inert
from detente.faces.intake import posted
from detente.faces.intake.desk import Desk, Followed, Told
from detente.faces.speech import clock
from detente.node.confidence import attachment, stamp
from detente.node.confidence.code import Code
from detente.node.confidence.report import USES, Attached, Reply, Report, allowed
from detente.trust.errors import DetenteError, Malformed

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TAGS = {"en": "en", "zh": "zh-Hans"}
SCREENED = ("none", "danger", "crime", "inquiry", "classified", "employment")
"""What the first page asks; all but `none` are taken elsewhere."""

ONGOING = {"yes": True, "no": False}


class Asked(NamedTuple):
    """One request: its language, and what was posted."""

    language: Language
    content_type: str
    body: bytes

    def form(self) -> posted.Form:
        """Return the form. Raises Malformed: `posted.*`."""
        return posted.read(self.content_type, self.body)


def front() -> str:
    """Return the page on which the languages stand beside one another."""
    return _render("front", "en", says={one: _sayer(one) for one in LANGUAGES})


def screening(desk: Desk, asked: Asked) -> str:
    """Return the first page: what this is, and what is not taken here."""
    card = desk.card()
    return _render("screening", asked.language, card=card, choices=SCREENED)


def form(desk: Desk, asked: Asked) -> str:
    """Return the form; or whom to go to instead, before anybody was asked who they are."""
    chosen = asked.form().texts.get("screened", "")
    if chosen in SCREENED[1:]:
        return _render("elsewhere", asked.language, chosen=chosen)
    _check_screened(chosen)
    limits = (attachment.MAX_FILES, attachment.MAX_BYTES // 1024 // 1024)
    card = desk.card().card
    return _render("form", asked.language, party=card.party, days=card.days, limits=limits, uses=USES)


def sent(desk: Desk, asked: Asked) -> str:
    """Seal and keep what was written, and return its receipt and code."""
    given = asked.form()
    _check_screened(given.texts.get("screened", ""))
    code, receipt = desk.hand_in(_told(asked.language, given), "form")
    said = stamp.parse(receipt)
    return _render("receipt", asked.language, code=code.text, receipt=receipt.decode(), said=said)


def asking(_: Desk, asked: Asked) -> str:
    """Return the page that asks for a code."""
    return _render("follow", asked.language)


def thread(desk: Desk, asked: Asked) -> str:
    """Return a thread."""
    code = Code.parse(asked.form().texts.get("code", ""))
    return _thread(asked.language, code, desk.follow(code), added=False)


def answered(desk: Desk, asked: Asked) -> str:
    """Keep an answer, and return the thread with it."""
    texts = asked.form().texts
    code = Code.parse(texts.get("code", ""))
    desk.answer(code, texts.get("text", ""))
    return _thread(asked.language, code, desk.follow(code), added=True)


def trouble(language: Language, error: DetenteError) -> str:
    """Return a refusal as a page."""
    what, remedy = error.what, error.remedy
    if language == "zh":
        what, remedy = sentence.chinese(error.step, what), sentence.chinese(error.step, remedy)
    return _render("trouble", language, what=what, remedy=remedy, step=error.step)


def _thread(language: Language, code: Code, found: Followed, *, added: bool) -> str:
    rows = [(one, clock(one.message.at) if one.message else "") for one in found.messages]
    said = stamp.parse(found.entry.receipt)
    return _render("thread", language, code=code.text, found=found, rows=rows, said=said, added=added)


def _check_screened(chosen: str) -> None:
    # 1. The first page was answered.
    if chosen != "none":
        raise Malformed(
            "pages.1", "The first page was not answered.", "Go back to it: it says what is not taken here."
        )


def _told(language: Language, given: posted.Form) -> Told:
    texts = given.texts
    use = allowed(texts.get("use"))

    def write(reply: Reply, listed: tuple[Attached, ...]) -> Report:
        return Report(
            language=language,
            title=texts.get("title", "").strip(),
            account=texts.get("account", "").strip(),
            system=texts.get("system", "").strip(),
            place=texts.get("place", "").strip(),
            harm=texts.get("harm", "").strip(),
            advice=texts.get("advice", "").strip(),
            ongoing=ONGOING.get(texts.get("ongoing", "")),
            use=use,
            reply=reply,
            attached=listed,
        )

    return Told(write, texts.get("identity", "").strip(), given.files)


def _render(name: str, language: Language, **views: Any) -> str:  # noqa: ANN401 (a view is any structure)
    template = _templates().get_template(f"{name}.html")
    other: Language = "en" if language == "zh" else "zh"
    return template.render(
        say=_sayer(language),
        language=language,
        tag=TAGS[language],
        other=other,
        other_tag=TAGS[other],
        **views,
    )


def _sayer(language: Language) -> Callable[..., str]:
    def say(name: str, /, **holes: object) -> str:
        return words()[name][language].format(**holes)

    return say


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the catalogue: name to language to sentence."""
    return tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))


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
    """Make text inert, as the desk does: what steers a screen stands as an escape."""
    return inert(value) if type(value) is str else value
