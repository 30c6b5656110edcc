"""A form for any kind: asks a person for each field, in the words of its pillar, and takes what fits.

An empty answer is null where a field may be unknown, and *absent* for a sealed path. Answers to enumerations
are their values or their numbers. Lists are separated by commas. A text in two languages is asked twice.
"""

from collections.abc import Callable

from msgspec import Struct

from detente.accord.edition import Edition, sealed_value
from detente.accord.field import Field, fields
from detente.accord.words import Word
from detente.faces import blank
from detente.faces.sentence import chinese
from detente.faces.speech import Text, Voice
from detente.trust.canonical import Value
from detente.trust.errors import DetenteError

Ask = Callable[[str], str]
PAIR = 2
YES, NO = frozenset({"y", "yes", "true", "是"}), frozenset({"n", "no", "false", "否"})


class Unfit(ValueError):
    """An answer that does not fit its field; the question is asked again."""


class Filled(Struct, frozen=True):
    """A form that was filled in: open fields and sealed values by name."""

    open: dict[str, Value]
    sealed: dict[str, Value]


class Form(Struct, frozen=True):
    """The form of one kind.

    Args:
        edition: of the pillar.
        short: kind without the pillar's name.
        voice: language of the questions.
    """

    edition: Edition
    short: str
    voice: Voice

    def fill(self, ask: Ask) -> Filled:
        """Ask for every open field and every sealed path, each until its answer fits."""
        spec = self.edition.pillar.kinds[self.short]
        opened = {one.name: self.answer(one, ask) for one in fields(spec.open)}
        answers = {one.name: self._sealed(one, ask) for one in fields(spec.sealed, text=True)}
        return Filled(opened, {path: value for path, value in answers.items() if value is not None})

    def answer(self, field: Field, ask: Ask) -> Value:
        """Ask for one open field until the answer fits."""
        while True:
            try:
                return read(field, ask(self.question(field)))
            except Unfit as error:
                self.voice.note(Text(f"  {error}", f"  {error}"))

    def _sealed(self, field: Field, ask: Ask) -> Value:
        """Ask for a sealed value; None is absent."""
        while True:
            try:
                value = self._asked(field, ask)
                if value is not None:
                    sealed_value(self.edition.pillar.kinds[self.short], field.name, value, "form.1")
            except Unfit as error:
                self.voice.note(Text(f"  {error}", f"  {error}"))
            except DetenteError as error:
                self.voice.note(Text(f"  {error.what}", f"  {chinese(error.step, error.what)}"))
            else:
                return value

    def _asked(self, field: Field, ask: Ask) -> Value:
        name = self.label(field)
        if field.item is not None and (field.low, field.high) == (PAIR, PAIR):
            pair = (ask(f"{name} [en]: ").strip(), ask(f"{name} [zh]: ").strip())
            return list(pair) if any(pair) else None
        answer = ask(f"{name}: ").strip()
        if not answer:
            return None
        return [one.strip() for one in answer.split(",")] if field.item is not None else read(field, answer)

    def question(self, field: Field) -> str:
        """Return the question for an open field, with its choices numbered."""
        values = (field.item or field).values
        words = self.edition.words.values.get(field.name, {})
        choices = [f"\n  {n} {value}: {self._say(words[value])}" for n, value in enumerate(values, 1)]
        bounds = f" ({field.low}-{field.high})" if field.type == "int" and not field.values else ""
        hint = {"bool": self.voice.choose(Text(" (y/n)", " (是/否)"))}.get(field.type, bounds)
        empty = blank.of(field)
        null = (
            self.voice.choose(Text(f", empty: {empty.en}", f"，留空表示{empty.zh}")) if field.nullable else ""
        )
        return f"{self.label(field)}{hint}{null}{''.join(choices)}: "

    def label(self, field: Field) -> str:
        """Return a field's name in its pillar's words."""
        return self._say(self.edition.words.fields[field.name])

    def _say(self, word: Word) -> str:
        return self.voice.choose(Text(word.en, word.zh))


def read(field: Field, answer: str) -> Value:
    """Return what an answer says.

    Raises:
        Unfit: it does not fit the field.
    """
    answer = answer.strip()
    if not answer and field.nullable:
        return None
    match field.type:
        case "list":
            item = field.item or field
            return sorted(read(item, one) for one in answer.split(",") if one.strip())  # type: ignore[type-var]  # items are strings or integers of one type
        case "int":
            return _integer(field, answer)
        case "bool":
            return _truth(answer)
        case "enum":
            return _choice(field, answer)
    return answer


def _integer(field: Field, answer: str) -> int:
    low, high = field.low or 0, field.high or 0
    try:
        number = int(answer)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise Unfit(f"{low} … {high}")
    return number


def _truth(answer: str) -> bool:
    if answer.lower() not in YES | NO:
        raise Unfit("y / n")
    return answer.lower() in YES


def _choice(field: Field, answer: str) -> str:
    by_number = {str(n): value for n, value in enumerate(field.values, 1)}
    chosen = by_number.get(answer, answer)
    if chosen not in field.values:
        raise Unfit(" / ".join(field.values))
    return chosen
