"""An edition: a pillar's code with its folder's texts attached, named by one digest that an accord pins.

    {"kinds": {...}, "pillar": "incidents", "texts": {"rules.py": "9f...", "words.toml": "41..."}}

The digest covers the kinds as data and every text but the examples: one character more in a rule, a ceiling
or a word is another edition, and nodes with different editions do not deal with one another in that pillar.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256

import msgspec
from msgspec import Struct

from detente.accord import ceiling, example, words
from detente.accord.ceiling import Ceilings
from detente.accord.example import Example
from detente.accord.field import fields, plain
from detente.accord.pillar import (
    Facts,
    Grounds,
    Judgement,
    Kind,
    KindSpec,
    Pillar,
    Refusal,
    Statement,
    Thread,
)
from detente.accord.words import Word, Words
from detente.trust import canonical
from detente.trust.errors import Malformed, Misuse

REQUIRED = ("ceilings.toml", "kinds.py", "rules.py", "words.toml")
EXAMPLES = "examples/"
STRUCTURAL = {
    "thread-missing": Word(
        "This kind answers a record, and names none.", "该类记录须回应另一记录，但未指明。"
    ),
    "thread-unknown": Word("The record that it answers is not there.", "其所回应的记录不存在。"),
    "thread-kind": Word(
        "It answers a record of a kind that it cannot answer.", "其所回应的记录类别不可如此回应。"
    ),
    "thread-unwanted": Word(
        "This kind starts a thread and answers nothing.", "该类记录只能开启线程，不能回应。"
    ),
    "party-unknown": Word("It names a party that the accord does not have.", "其所指的缔约方不在协议之中。"),
    "named-refused": Word(
        "It rests on a record that does not stand: name one that does.",
        "其所依据的记录不成立：请指明一份成立的记录。",
    ),
}


class _Unseen(KeyError):
    """A judge asked for a record that the statement names and that does not stand."""


class _Shown(dict[str, Statement]):
    """What a judge is shown: asking for what is not there refuses the record, and stops nothing else."""

    def __missing__(self, name: str) -> Statement:
        raise _Unseen(name)


class Edition(Struct, frozen=True, kw_only=True):
    """One runnable edition of a pillar.

    Args:
        pillar: kinds and rules.
        digest: hex SHA-256 that an accord pins.
        ceilings: short kind to path to audiences.
        words: both languages.
        examples: file name to example.
    """

    pillar: Pillar
    digest: str
    ceilings: Ceilings
    words: Words
    examples: Mapping[str, Example]

    @property
    def name(self) -> str:
        """The pillar's name."""
        return self.pillar.name

    def spec(self, kind: str) -> KindSpec | None:
        """The KindSpec of a full kind name, if this edition has it."""
        pillar, _, short = kind.partition(".")
        return self.pillar.kinds.get(short) if pillar == self.pillar.name else None

    def judge(self, statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
        """Judge a statement on its open view: the house's own checks on its place first, then the pillar's.

        Only the root and the records that the statement itself names are shown to the pillar, so that
        nothing that is written later changes the answer. One of these that does not stand is not there: a
        record whose judge asks for it is refused (`named-refused`).

        Raises:
            Misuse: `edition.7` the pillar's judge broke its promise, or the statement is of another pillar.
        """
        spec = self.spec(statement.kind)
        if spec is None or not isinstance(statement.open, spec.open):
            raise _bug(self.name, f"was asked to judge {statement.kind}")
        placed = _place(statement, spec, thread, grounds)
        if placed:
            return self._worded(Judgement.refused(*placed))
        names = {statement.thread, *named(statement.open)}
        shown = _Shown((name, said) for name, said in thread.items() if name in names)
        try:
            judgement = self.pillar.rules.judge(statement, shown, grounds)
        except _Unseen:
            return self._worded(Judgement.refused("named-refused"))
        # 7. Facts are of the kind's own type; who stands has no refusals, and who does not has some.
        wrong = judgement.stands and not isinstance(judgement.facts, spec.facts)
        if wrong or judgement.stands == bool(judgement.refusals):
            raise _bug(self.name, f"judged {statement.kind} without keeping to its promise")
        return self._worded(judgement)

    def play(self, played: Example, grounds: Grounds) -> Judgement:
        """Judge an example: its thread must stand, record by record; the answer is about its draft.

        Raises:
            Malformed: `edition.8` a draft that its kind cannot hold, or a thread that does not stand by
                itself.
        """
        thread: dict[str, Statement] = {}
        for name, draft in played.drafts():
            spec = self.spec(draft.kind)
            if spec is None:
                raise Malformed("edition.8", f"{draft.kind} is no kind of {self.name}.", example.REMEDY)
            said = Statement(
                id=name,
                kind=draft.kind,
                party=draft.party,
                at=draft.at,
                thread=draft.root if spec.answers and draft.root else None,
                open=filled(draft.open, spec.open, "edition.8"),
            )
            for path in draft.sealed:
                sealed_value(spec, path, draft.sealed[path], "edition.8")
            judgement = self.judge(said, thread, grounds)
            if len(thread) < len(played.thread) and not judgement.stands:
                codes = ", ".join(refusal.code for refusal in judgement.refusals)
                raise Malformed(
                    "edition.8", f"A record of the thread does not stand: {codes}.", example.REMEDY
                )
            thread[name] = msgspec.structs.replace(said, facts=judgement.facts)
        return judgement

    def _worded(self, judgement: Judgement) -> Judgement:
        return msgspec.structs.replace(judgement, refusals=tuple(map(self._sentence, judgement.refusals)))

    def _sentence(self, refusal: Refusal) -> Refusal:
        word = self.words.refusals.get(refusal.code) or STRUCTURAL.get(refusal.code)
        if word is None:
            raise _bug(self.name, f"refused with the code {refusal.code}, which has no words")
        return Refusal(refusal.code, word.en, word.zh)


def attach(pillar: Pillar, texts: Mapping[str, str]) -> Edition:
    """Attach a folder's texts to its code.

    Args:
        pillar: what the folder's `__init__.py` says.
        texts: path inside the folder to text: the four required, further sources, `examples/*.json`. Line
            ends are LF.

    Raises:
        Malformed: `edition.1` a text is missing, `words.*`, `ceiling.*`, `example.*`.
        Misuse: `field.*`.
    """
    # 1. The texts are all there.
    missing = [name for name in REQUIRED if name not in texts]
    if missing:
        raise Malformed(
            "edition.1", f"The folder {pillar.name} lacks {', '.join(missing)}.", "Add what is missing."
        )
    examples = {
        name.removeprefix(EXAMPLES): text for name, text in texts.items() if name.startswith(EXAMPLES)
    }
    return Edition(
        pillar=pillar,
        digest=digest(pillar, texts),
        ceilings=ceiling.parse(texts["ceilings.toml"], pillar),
        words=words.parse(texts["words.toml"], pillar),
        examples={name: example.parse(name, text) for name, text in sorted(examples.items())},
    )


def digest(pillar: Pillar, texts: Mapping[str, str]) -> str:
    """The name of an edition: hex SHA-256 over its kinds and the digests of its texts, examples left out."""
    pinned = {
        name: sha256(text.encode()).hexdigest()
        for name, text in texts.items()
        if not name.startswith(EXAMPLES) and name.isascii()
    }
    kinds: dict[str, canonical.Value] = {short: schema(spec) for short, spec in pillar.kinds.items()}
    whole: canonical.Value = {"kinds": kinds, "pillar": pillar.name, "texts": dict(pinned)}
    return sha256(canonical.encode(whole)).hexdigest()


def schema(spec: KindSpec) -> canonical.Value:
    """A kind as plain data: open fields, sealed paths, facts and its place in a thread."""
    return {
        "open": [plain(field) for field in fields(spec.open)],
        "sealed": [plain(field) for field in fields(spec.sealed, text=True)],
        "facts": [plain(field) for field in fields(spec.facts)],
        "answers": list(spec.answers),
        "starts": spec.may_start,
    }


def filled(values: object, kind: type[Kind], step: str) -> Kind:
    """Read open fields into the kind's struct: each on the floor, and nothing that is not.

    Raises:
        Malformed: at `step`, naming the field.
    """
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        what = f"The open fields do not fit {kind.__name__}: {error}."
        raise Malformed(step, what, "Fill in exactly the open fields of this kind.") from error


def sealed_value(spec: KindSpec, path: str, value: object, step: str) -> None:
    """Check a value for a sealed path against the type that its kind declares.

    Raises:
        Malformed: at `step`, naming the path.
    """
    kinds = {field.name: field.type for field in msgspec.structs.fields(spec.sealed)}
    if path not in kinds:
        raise Malformed(
            step, f"There is no sealed path {path} in this kind.", f"It has {', '.join(kinds) or 'none'}."
        )
    try:
        msgspec.convert(value, kinds[path])
    except msgspec.ValidationError as error:
        raise Malformed(step, f"The sealed value of {path}: {error}.", "Give a value of its type.") from error


def named(open_fields: Kind | Facts) -> tuple[str, ...]:
    """The ids of the records that open fields name, sorted."""
    return tuple(sorted(set(_references(open_fields, "record"))))


def _references(struct: Kind | Facts, ref: str) -> list[str]:
    found: list[str] = []
    for name, several in _referring(type(struct), ref):
        value = getattr(struct, name)
        if value is not None:
            found += value if several else [value]
    return found


@cache
def _referring(struct: type[Struct], ref: str) -> tuple[tuple[str, bool], ...]:
    """The fields that refer to something of that sort, and whether each is a list."""
    every = fields(struct, text=True)
    return tuple((one.name, one.item is not None) for one in every if (one.item or one).ref == ref)


def _place(statement: Statement, spec: KindSpec, thread: Thread, grounds: Grounds) -> tuple[str, ...]:
    """Refusal codes about the statement's place; the first that applies."""
    parties = {statement.party, *_references(statement.open, "party")}
    if not parties <= grounds.parties.keys():
        return ("party-unknown",)
    if statement.thread is None:
        return () if spec.may_start else ("thread-missing",)
    if not spec.answers:
        return ("thread-unwanted",)
    root = thread.get(statement.thread)
    if root is None or root.thread is not None:
        return ("thread-unknown",)
    if root.kind not in spec.answers:
        return ("thread-kind",)
    return ()


def _bug(pillar: str, what: str) -> Misuse:
    return Misuse("edition.7", f"The pillar {pillar} {what}.", "Mend the pillar's rules.py or words.toml.")
