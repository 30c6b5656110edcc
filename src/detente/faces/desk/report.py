"""The form of any kind: made from its fields and its pillar's words, and what follows from it as one types.

`make` gives the form with what was typed and what is wrong where; `follow` says what would follow (a level,
say) or why the record would not stand; `draft_of` gives the draft that is then rehearsed and signed.
"""

import json
from typing import Any

from msgspec import Struct

from detente.accord.edition import Edition, filled
from detente.accord.field import Field, fields
from detente.accord.pillar import KindSpec, NoFacts, Statement
from detente.faces import blank
from detente.faces.desk import sheet
from detente.faces.desk.drafts import Draft
from detente.faces.desk.ground import Ground, Title
from detente.faces.desk.sheet import NO, UNKNOWN, YES, Sheet, Wrong
from detente.faces.desk.shelf import level_words
from detente.faces.desk.thread import fact_rows, level_names
from detente.node.draft import Clearance
from detente.node.draft import Draft as NodeDraft
from detente.node.errors import NoSuchThing
from detente.trust.errors import DetenteError, Malformed

FEW = 9
"""So many choices at most stand side by side; more are in a list that opens."""

REFERENCES = 100


class Choice(Struct, frozen=True):
    """One answer to choose: its value, its words, and whether it is chosen."""

    value: str
    words: str
    chosen: bool


class Input(Struct, frozen=True, kw_only=True):
    """One field of the form.

    Attributes:
        name: in the form; `id` in the page.
        label: in words.
        hint: what fits, in words; may be empty.
        shape: `radio`, `select`, `check`, `line`, `text`, `pair` or `lines`.
        choices: of those shapes that have some.
        typed: what was typed; of a pair in both languages.
        error: what is wrong, in words; empty if nothing is.
        required: whether something has to be stated.
        unknown: of a sealed field, whether it was marked as unknown; None where it cannot be.
        most: the longest text.
    """

    name: str
    id: str
    label: str
    hint: str
    shape: str
    choices: tuple[Choice, ...]
    typed: tuple[str, ...]
    error: str
    required: bool
    unknown: bool | None
    most: int


class Form(Struct, frozen=True, kw_only=True):
    """The page."""

    kind: str
    kind_words: str
    pillar: tuple[str, str]
    nonce: str
    thread: str
    thread_title: Title | None
    open: tuple[Input, ...]
    sealed: tuple[Input, ...]
    law: tuple[Input, ...]
    errors: tuple[tuple[str, str, str], ...]
    refusals: tuple[str, ...]
    follows: "Follows"
    kept: bool


class Follows(Struct, frozen=True, kw_only=True):
    """What follows from what is typed so far.

    Attributes:
        facts: name and words.
        level: the interval of levels; empty if there is none.
        level_name: of the highest.
        grave: whether even the lowest possible level is an accident.
        refusals: why it would not stand.
        lacking: fields that have to be stated still.
    """

    facts: tuple[tuple[str, str], ...] = ()
    level: str = ""
    level_name: str = ""
    grave: bool = False
    refusals: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class Reports:
    """The forms of one domain.

    Args:
        ground: what they are made from.
        kind: `pillar.name`.

    Raises:
        NoSuchThing: `desk.7`.
    """

    def __init__(self, ground: Ground, kind: str) -> None:
        self.ground = ground
        self.kind = kind
        version = ground.pane.terms.in_force(ground.pane.clock.now())
        edition, spec = version.edition_of(kind), version.spec(kind)
        # 7. It is a kind of a pillar in force.
        if edition is None or spec is None:
            raise NoSuchThing(
                "desk.7", f"There is no kind {kind[:40]!a} in force.", "Choose one that is listed."
            )
        self.version = version
        self.edition: Edition = edition
        self.spec: KindSpec = spec

    def make(self, draft: Draft, *, checked: bool = False, refusals: tuple[str, ...] = ()) -> Form:
        """Return the form with what was typed; with what is wrong if it was to be checked."""
        read, tongue = sheet.read(self.spec, draft.fields), self.ground.tongue
        errors = dict(read.errors) if checked else {}
        if checked:
            errors |= {f"open.{name}": Wrong("form.lacking") for name in read.lacking}
        opened = tuple(self._open(field, draft, errors) for field in self._fields(self.spec.open))
        sealed = tuple(self._sealed(field, draft, read, errors) for field in self._fields(self.spec.sealed))
        pillar = self.kind.partition(".")[0]
        return Form(
            kind=self.kind,
            kind_words=tongue.kind(self.kind),
            pillar=(pillar, tongue.pillar(pillar)),
            nonce=draft.nonce,
            thread=draft.thread or "",
            thread_title=self.ground.title_of(draft.thread) if draft.thread else None,
            open=opened,
            sealed=sealed,
            law=self._law(draft) if sealed else (),
            errors=tuple((one.id, one.label, one.error) for one in (*opened, *sealed) if one.error),
            refusals=refusals,
            follows=self.follow(draft, read),
            kept=bool(draft.fields),
        )

    def follow(self, draft: Draft, read: Sheet) -> Follows:
        """Return what would follow from what is typed, as the pillar judges it."""
        lacking = tuple(self.ground.tongue.field(self.kind, name) for name in read.lacking)
        stated = (
            None
            if any(one.startswith("open.") for one in read.errors)
            else sheet.provisional(self.spec, read)
        )
        if stated is None:
            return Follows(lacking=lacking)
        said = Statement(
            id=draft.nonce * 2,
            kind=self.kind,
            party=self.ground.pane.party,
            at=self.ground.pane.clock.now(),
            thread=draft.thread,
            open=stated,
            facts=NoFacts(),
        )
        try:
            judged = self.edition.judge(said, self._named(said), self.version.grounds)
        except (DetenteError, KeyError):
            return Follows(lacking=lacking)
        tongue = self.ground.tongue
        facts = judged.facts
        low, high = getattr(facts, "level_low", None), getattr(facts, "level", None)
        return Follows(
            facts=tuple(fact_rows(self.ground, self.kind, facts)) if judged.stands else (),
            level=level_words(low, high) if judged.stands else "",
            level_name=level_names(self.ground, low, high) if judged.stands else "",
            grave=isinstance(low, int) and low >= GRAVE,
            refusals=tuple(tongue.refusal(self.kind, one.code) for one in judged.refusals),
            lacking=lacking,
        )

    def draft_of(self, draft: Draft) -> NodeDraft | None:
        """Return what would be tabled; None if something is wrong or lacks."""
        read = sheet.read(self.spec, draft.fields)
        if read.errors or read.lacking:
            return None
        try:
            filled(read.open, self.spec.open, "desk.8")
        except Malformed:
            return None
        basis, classes = (_last(draft.fields, f"law.{one}") for one in ("basis", "class"))
        clearance = Clearance(basis, classes) if basis and classes and read.values else None
        return NodeDraft(
            kind=self.kind,
            open=read.open,
            nonce=draft.nonce,
            values=read.values,
            unknown=read.unknown,
            thread=draft.thread,
            domain=draft.domain,
            clearance=clearance,
        )

    def _named(self, said: Statement) -> dict[str, Statement]:
        """The records that a statement names, and its root, as they stand here."""
        pane = self.ground.pane
        names = {said.thread, *_references(said)} - {None}
        found = {}
        for name in names:
            facts = pane.judge.said(str(name)).facts if str(name) in pane.library else None
            if isinstance(facts, Statement):
                found[str(name)] = facts
        return found

    def _fields(self, struct: Any) -> list[Field]:  # noqa: ANN401 (a struct of a kind)
        """The fields in the order in which the kind has them."""
        known = {one.name: one for one in fields(struct, text=True)}
        return [known[name] for name in struct.__struct_fields__]

    def _open(self, field: Field, draft: Draft, errors: dict[str, Wrong]) -> Input:
        name = f"open.{field.name}"
        typed = tuple(draft.fields.get(name, ()))
        choices = self._choices(field, typed, draft)
        shape = "line"
        if choices:
            shape = "check" if field.type == "list" else "radio" if len(choices) <= FEW else "select"
        return self._input(field, name, shape, typed, choices, errors)

    def _sealed(self, field: Field, draft: Draft, read: Sheet, errors: dict[str, Wrong]) -> Input:
        name = f"sealed.{field.name}"
        if sheet.is_pair(field):
            typed = tuple(_last(draft.fields, f"{name}.{one}") for one in ("en", "zh"))
            shape = "pair"
        else:
            typed = tuple(draft.fields.get(name, ()))
            shape = "lines" if field.item else "text" if field.pattern is None else "line"
        made = self._input(field, name, shape, typed, (), errors)
        return Input(**{**_plain(made), "unknown": field.name in read.unknown, "required": False})

    def _input(
        self,
        field: Field,
        name: str,
        shape: str,
        typed: tuple[str, ...],
        choices: tuple[Choice, ...],
        errors: dict[str, Wrong],
    ) -> Input:
        tongue, wrong = self.ground.tongue, errors.get(name)
        item = field.item or field
        return Input(
            name=name,
            id=name.replace(".", "-"),
            label=tongue.field(self.kind, field.name),
            hint=self._hint(field, shape),
            shape=shape,
            choices=choices,
            typed=typed,
            error=tongue.say(wrong.name, **wrong.holes) if wrong else "",
            required=not field.nullable and field.type != "list",
            unknown=None,
            most=item.high if item.type == "string" and item.high else 4000,
        )

    def _hint(self, field: Field, shape: str) -> str:
        say = self.ground.tongue.say
        if shape == "lines":
            return say("form.lines")
        if field.type == "int" and shape == "line":
            return (
                say("form.moment_hint")
                if field.high == sheet.INSTANT
                else say("form.range", low=field.low, high=field.high)
            )
        if field.type == "list" and shape == "line":
            return say("form.commas") + self._example(field)
        return self._example(field) if field.pattern is not None and shape == "line" else ""

    def _example(self, field: Field) -> str:
        """An answer from the pillar's own examples: a pattern says nothing to people."""
        for example in self.edition.examples.values():
            for draft in (example.draft, *example.thread):
                value = {**draft.sealed, **draft.open}.get(field.name) if draft.kind == self.kind else None
                value = value[0] if isinstance(value, list) and value else value
                if isinstance(value, str) and not value.startswith("@") and value:
                    return self.ground.tongue.say("form.example", example=value)
        return ""

    def _choices(self, field: Field, typed: tuple[str, ...], draft: Draft) -> tuple[Choice, ...]:
        tongue, item = self.ground.tongue, field.item or field
        values: list[tuple[str, str]] = []
        if item.type == "enum":
            values = [
                (one, tongue.value(self.kind, field.name, one)) for one in self._ordered(item, field.name)
            ]
        elif item.type == "bool":
            values = [(YES, tongue.say("value.yes")), (NO, tongue.say("value.no"))]
        elif item.type == "int" and (item.high or 0) - (item.low or 0) < FEW:
            values = [(str(one), str(one)) for one in range(item.low or 0, (item.high or 0) + 1)]
        elif item.ref == "party":
            values = [(one, one) for one in self.version.world.parties]
        elif item.ref == "record":
            values = self._records(draft)
        if values and field.nullable:
            values.append(("", tongue.choose(blank.of(field if field.optional else item))))
        return tuple(
            Choice(value, words, value in typed or (value == "" and not any(typed)))
            for value, words in values
        )

    def _ordered(self, field: Field, name: str) -> list[str]:
        """Values in the order of the pillar's words: what belongs together stands together there."""
        words = list(self.edition.words.values.get(name, {}))
        return sorted(field.values, key=lambda one: words.index(one) if one in words else len(words))

    def _records(self, draft: Draft) -> list[tuple[str, str]]:
        """Records that could be meant: those of the thread, or else the newest."""
        index, tongue = self.ground.index, self.ground.tongue
        entries = index.entries(draft.thread, REFERENCES) if draft.thread else index.newest(REFERENCES // 4)
        return [
            (
                one.id,
                f"{tongue.kind(one.kind)} · {one.party} · {tongue.when(one.at).local}",
            )
            for one in reversed(entries)
            if not one.kind.startswith("accord.")
        ]

    def _law(self, draft: Draft) -> tuple[Input, ...]:
        lawful = self.version.accord.parties[self.ground.pane.party].lawful
        say = self.ground.tongue.say
        rows = (("basis", lawful.bases), ("class", lawful.classes))
        return tuple(
            Input(
                name=f"law.{name}",
                id=f"law-{name}",
                label=say(f"form.law_{name}"),
                hint=say(f"form.law_{name}_hint"),
                shape="select",
                choices=(
                    Choice("", say("form.law_none"), not _last(draft.fields, f"law.{name}")),
                    *(Choice(one, one, one == _last(draft.fields, f"law.{name}")) for one in values),
                ),
                typed=(),
                error="",
                required=False,
                unknown=None,
                most=64,
            )
            for name, values in rows
        )


GRAVE = 4


def digest_text(draft: NodeDraft) -> str:
    """Return the text by which a draft is compared with the one that was shown."""
    value = {"kind": draft.kind, "open": draft.open, "values": draft.values, "unknown": draft.unknown}
    law = [draft.clearance.basis, draft.clearance.classification] if draft.clearance else []
    whole = {**value, "thread": draft.thread, "domain": draft.domain, "nonce": draft.nonce, "law": law}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True)


def marked(field: str) -> str:
    """Return the name in the form under which a sealed field is marked as unknown."""
    return f"{UNKNOWN}{field}"


def _references(said: Statement) -> list[str]:
    found: list[str] = []
    for field in fields(type(said.open), text=True):
        value = getattr(said.open, field.name)
        if (field.item or field).ref == "record" and value is not None:
            found += list(value) if field.item else [value]
    return found


def _last(answers: dict[str, list[str]], name: str) -> str:
    found = answers.get(name) or [""]
    return found[-1]


def _plain(one: Input) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Input.__struct_fields__}
