"""The tongue: one language of the desk, and everything that a page says in it.

    Tongue("zh").say("home.due", count=3)
    Tongue("en").kind("incidents.report")        the pillar's own words
    Tongue("en").when(1_790_000_000_000)         local time beside UTC

A kind that is not installed here is called by its own name: nothing is hidden because it has no words.
"""

import re
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from detente.accord import rebuff
from detente.accord.edition import Edition
from detente.accord.words import Word
from detente.faces import blank, pillars, sentence
from detente.faces.desk import catalogue
from detente.faces.speech import Text, as_json, plain

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TAGS = {"en": "en", "zh": "zh-Hans"}
"""How HTML names them (BCP 47)."""

PAIR = 2
_RANGE = re.compile(r"([A-Za-z*]{1,8})(?:-[A-Za-z0-9-]+)?(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")
MAX_ACCEPT = 256


class Instant(NamedTuple):
    """A moment as people read it: for the machine, in local time, and in UTC."""

    iso: str
    local: str
    utc: str


class Tongue(NamedTuple):
    """A language, and what is said in it."""

    language: Language

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return TAGS[self.language]

    @property
    def other(self) -> Language:
        """The other language."""
        return "en" if self.language == "zh" else "zh"

    def choose(self, text: Text | Word) -> str:
        """Return a sentence in this language."""
        return text.zh if self.language == "zh" else text.en

    def say(self, name: str, **holes: object) -> str:
        """Return a sentence of the catalogue with its holes filled."""
        return self.choose(catalogue.text(name)).format(**holes)

    def pillar(self, name: str) -> str:
        """Return a pillar's name."""
        edition = pillars.editions().get(name)
        return self.choose(Text(edition.words.pillar.en, edition.words.pillar.zh)) if edition else name

    def kind(self, kind: str) -> str:
        """Return a kind's name."""
        edition, short = _edition(kind)
        word = edition.words.kinds.get(short) if edition else None
        if word is None and f"kind.{short.replace('-', '_')}" in catalogue.texts():
            return self.say(f"kind.{short.replace('-', '_')}")
        return self.choose(word) if word else kind

    def field(self, kind: str, name: str) -> str:
        """Return a field's name."""
        edition, _ = _edition(kind)
        word = edition.words.fields.get(name) if edition else None
        return self.choose(word) if word else name

    def value(self, kind: str, field: str, value: Any) -> str:  # noqa: ANN401 (an open value is any JSON)
        """Return an open value or a fact in words."""
        if isinstance(value, bool):
            return self.say("value.yes" if value else "value.no")
        if value is None:
            return self.choose(blank.named(_edition(kind)[0], kind, field))
        if isinstance(value, list | tuple):
            return self.say("value.comma").join(self.value(kind, field, one) for one in value) or "–"
        edition, _ = _edition(kind)
        word = edition.words.values.get(field, {}).get(str(value)) if edition else None
        if word:
            return self.choose(word)
        return value if isinstance(value, str) else as_json(value)

    def refusal(self, kind: str, code: str) -> str:
        """Return why a record does not stand."""
        edition, _ = _edition(kind)
        word = rebuff.word(code, edition)
        return self.choose(word) if word else code

    def why(self, why: str) -> str:
        """Return a reason that the node keeps in English."""
        return sentence.reason(why) if self.language == "zh" else why

    def refused(self, step: str, what: str) -> str:
        """Return a sentence of an error."""
        return sentence.chinese(step, what) if self.language == "zh" else what

    def when(self, at: int) -> Instant:
        """Return a moment, in milliseconds since the epoch."""
        moment = datetime.fromtimestamp(min(max(at, 0), _LAST) / 1000, UTC)
        local = moment.astimezone()
        return Instant(
            moment.isoformat(timespec="seconds"),
            f"{local:%Y-%m-%d %H:%M}",
            f"{moment:%Y-%m-%d %H:%M}Z",
        )

    def moment(self, at: int) -> str:
        """Return a moment as one text: local time, and UTC."""
        found = self.when(at)
        return f"{found.local} ({found.utc})"

    def within(self, milliseconds: int) -> str:
        """Return a length of time, rounded to what matters: `3 d 4 h`, `12 min`."""
        minutes = abs(milliseconds) // 60_000
        days, hours = minutes // 1440, minutes % 1440 // 60
        if days:
            return self.say("time.days", days=days, hours=hours)
        return self.say("time.hours", hours=hours, minutes=minutes % 60)


_LAST = 253_402_300_799_000


def asked(accept: str) -> Language:
    """Return the language that a browser asks for by `Accept-Language` (RFC 9110, section 12.5.4)."""
    best: tuple[float, Language] = (0.0, "en")
    for part in accept[:MAX_ACCEPT].split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            continue
        name, weight = found[1].lower(), float(found[2] or 1)
        known: Language | None = next((one for one in LANGUAGES if one == name), None)
        if known is not None and weight > best[0]:
            best = (weight, known)
    return best[1]


def inert(text: str) -> str:
    """Return a text whose control and format characters stand as escapes; line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(plain, line.split("\t"))) for line in text.split("\n"))


def is_pair(value: object) -> bool:
    """Tell whether a sealed value is one text in two languages."""
    return isinstance(value, list | tuple) and len(value) == PAIR and all(isinstance(v, str) for v in value)


def _edition(kind: str) -> tuple[Edition | None, str]:
    name, _, short = kind.partition(".")
    return pillars.editions().get(name), short
