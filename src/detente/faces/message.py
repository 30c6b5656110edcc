"""The message: a closed template of the channel, filled in, from few words to a whole draft.

    fill(TEMPLATES["event"], {"subject": "loss_of_control", "precedence": "flash"}, …).open

What a template fixes is not asked; what the message that is answered says is carried over; what may be
unknown and was not stated is unknown. Everything else has to be stated, and the refusal says with which
values.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from detente.accord import edition as editions
from detente.accord.duration import moment
from detente.accord.edition import Edition
from detente.accord.field import MAX_SAFE, Field, fields
from detente.faces.form import PAIR, Unfit, read
from detente.faces.speech import Text
from detente.node.draft import Draft
from detente.trust.errors import Malformed
from detente.trust.record import Domain

_SPAN = re.compile(r"([+-])(\d{1,5})([mhd])\Z")
_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
UNKNOWN = frozenset({"", "unknown", "未知"})
_CARRIED = {
    "correction": None,
    "counter-reading": ("precedence",),
    "all-clear": ("subject", "tlp"),
    "sent-in-error": ("subject", "precedence", "tlp"),
    "pause": ("activity", "grounds", "until", "precedence"),
}
"""Template to the fields that it takes over from the message that it is about; None: all that there are."""


def carried(template: str) -> tuple[str, ...] | None:
    """Return the fields that a template takes over from the message that it is about; None: all of them."""
    return _CARRIED.get(template, ())


class Template(NamedTuple):
    """One template: its kind, what it fixes, and its words."""

    kind: str
    fixed: Mapping[str, Any]
    words: Text


def _notice(template: str, en: str, zh: str) -> Template:
    return Template("notice", {"template": template}, Text(en, zh))


def _answer(reply: str, en: str, zh: str) -> Template:
    return Template("answer", {"reply": reply}, Text(en, zh))


TEMPLATES: Mapping[str, Template] = {
    "advance-notice": _notice("advance_notice", "something is going to happen", "预先通知将发生的事项"),
    "event": _notice("event", "something has happened", "通知已发生的事项"),
    "all-clear": _notice("all_clear", "it is over", "解除警报"),
    "sent-in-error": Template(
        "notice",
        {"template": "sent_in_error", "wish": "read_back"},
        Text("disregard: it was sent in error", "误发，请勿理会"),
    ),
    "query": Template("query", {}, Text("ask one party", "向一方询问")),
    "confirmed": _answer("confirmed", "yes", "属实"),
    "denied": _answer("denied", "no", "不属实"),
    "clarification": _answer("clarified", "what was unclear is cleared up", "作出澄清"),
    "done": _answer("done", "what was asked has been done", "已照办"),
    "declined": _answer("declined", "what was asked is not done, and why", "不予照办并说明理由"),
    "cannot-say": _answer("cannot_say", "this party cannot say", "无法说明"),
    "cannot-lawfully-send": Template(
        "cannot-lawfully-send", {"withheld": []}, Text("the law forbids it", "依法不得提供")
    ),
    "correction": Template("correction", {}, Text("the whole notice, stated anew", "重述并更正整份通知")),
    "counter-reading": Template(
        "counter-reading", {}, Text("how this party reads the same event", "本方对同一事件的判读")
    ),
    "pause": Template("pause", {}, Text("this party pauses, or accepts to", "本方暂停，或同意暂停")),
    "pause-request": Template("pause", {}, Text("ask another party to pause", "请求另一方暂停")),
    "lift": Template("lift", {}, Text("end a pause before its term", "提前解除暂停")),
    "test": Template("test", {"route": "link"}, Text("a test of the line", "通道测试")),
}


class About(Struct, frozen=True):
    """The message that another is about: id, root of its thread, kind, author and open fields."""

    id: str
    root: str
    kind: str
    party: str
    open: dict[str, Any]


class Setting(Struct, frozen=True):
    """Where a template is filled in: by whom, when, in which domain, in which edition's words."""

    party: str
    now: int
    domain: Domain
    edition: Edition


def fill(
    name: str,
    said: Mapping[str, str],
    about: About | None,
    where: Setting,
    templates: Mapping[str, Template] = TEMPLATES,
) -> Draft:
    """Return the draft that a template and a few words make.

    Args:
        name: of the template.
        said: field to value, as they were typed; `remark.en` and `remark.zh` are one text.
        about: what it answers, or None.
        where: by whom, when, and in which edition.
        templates: those of the channel, unless a pillar brings its own.

    Raises:
        Malformed: `message.1` such a template needs a message that it is about; `message.2` a value does not
            fit; `message.3` something is still to be stated; `message.4` no such field.
    """
    template = templates[name]
    spec = where.edition.pillar.kinds[template.kind]
    opened = {one.name: one for one in fields(spec.open)}
    sealed = {one.name: one for one in fields(spec.sealed, text=True)}
    # 1. An answer answers something.
    if about is None and "of" in opened:
        raise Malformed("message.1", f"{name} is about a message.", "Say which: --of ID.")
    stated = {
        field: _read(opened[field], value, where.now) for field, value in said.items() if field in opened
    }
    values = {**template.fixed, **_own(name, where.party), **_carried(name, about, opened), **stated}
    values |= {one.name: None for one in opened.values() if one.nullable and one.name not in values}
    values |= {one.name: [] for one in opened.values() if one.type == "list" and one.name not in values}
    # 3. The rest has been stated.
    lacking = sorted(opened.keys() - values.keys())
    if lacking:
        offers = "; ".join(f"{one}: {_offer(opened[one])}" for one in lacking)
        remedy = f"Say of each --set FIELD=VALUE: {offers}."
        raise Malformed("message.3", f"Not stated: {', '.join(lacking)}.", remedy)
    kind = f"{where.edition.name}.{template.kind}"
    draft = Draft.new(kind, values, dict(_sealed(said, opened, sealed))).within(where.domain)
    for path, value in draft.values.items():
        editions.sealed_value(spec, path, value, "message.2")
    inside = about is not None and ("of" in opened or (_within(about, where) and bool(spec.answers)))
    return draft.answering(about.root) if about and inside else draft


def lacking(name: str, said: Mapping[str, str], about: About | None, where: Setting) -> list[Field]:
    """Return the fields that a person still has to state."""
    spec = where.edition.pillar.kinds[TEMPLATES[name].kind]
    opened = {one.name: one for one in fields(spec.open)}
    known = {*said, *TEMPLATES[name].fixed, *_own(name, where.party), *_carried(name, about, opened)}
    return [
        one
        for one in opened.values()
        if one.name not in known and not one.nullable and one.type != "list" and one.name != "of"
    ]


def _within(about: About, where: Setting) -> bool:
    return about.kind.partition(".")[0] == where.edition.name


def _own(name: str, party: str) -> dict[str, Any]:
    return {"binds": party} if name == "pause" else {}


def _carried(name: str, about: About | None, opened: Mapping[str, Field]) -> dict[str, Any]:
    if about is None:
        return {}
    names = carried(name)
    took = {one: about.open[one] for one in opened if one in about.open and (names is None or one in names)}
    return took | ({"of": about.id} if "of" in opened else {"about": about.id} if "about" in opened else {})


def _read(field: Field, value: str, now: int) -> Any:  # noqa: ANN401 (an open value is any JSON)
    # 2. The value is one that the field can have.
    try:
        if field.nullable and value in UNKNOWN:
            return None
        if field.type == "int" and field.high == MAX_SAFE:
            return _instant(value, now)
        return read(field, value)
    except Unfit as error:
        what = f"{value[:80]!a} is no {field.name}: {error}."
        remedy = f"Say --set {field.name}=VALUE: {_offer(field)}."
        raise Malformed("message.2", what, remedy) from error


def _instant(value: str, now: int) -> int:
    found = _SPAN.match(value)
    if found:
        span = int(found[2]) * _MS[found[3]]
        return now + span if found[1] == "+" else now - span
    return int(value) if value.isdigit() else moment(value, "time")


def _sealed(
    said: Mapping[str, str], opened: Mapping[str, Field], sealed: Mapping[str, Field]
) -> Iterator[tuple[str, Any]]:
    pairs: dict[str, list[str]] = {}
    for word, value in said.items():
        path, _, language = word.partition(".")
        # 4. There is such a field.
        if word not in opened and path not in sealed:
            names = ", ".join((*opened, *sealed))
            raise Malformed(
                "message.4", f"{word[:80]!a} is no field.", f"Write FIELD=VALUE; fields: {names}."
            )
        if path in sealed and (sealed[path].low, sealed[path].high) == (PAIR, PAIR):
            pair = pairs.setdefault(path, ["", ""])
            pair[1 if language == "zh" else 0] = value
        elif path in sealed:
            yield path, value
    yield from pairs.items()


def _offer(field: Field) -> str:
    """Return the values that a field can have."""
    if field.type == "bool":
        return "y, n"
    if field.type == "int":
        return "+2h, 2026-12-01T00:00:00Z" if field.high == MAX_SAFE else f"{field.low} … {field.high}"
    return ", ".join((field.item or field).values) or field.ref or field.type
