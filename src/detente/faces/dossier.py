"""The dossier: what a person needs to decide a case: what is suggested, and the copy that would go.

    copied(case, edition, "accord").digest     what the first person submits, and the second confirms

Composed here from what the node keeps (`node.casework`) and what the instruments see (`instruments`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord import edition as editions
from detente.accord.edition import Edition
from detente.accord.field import fields
from detente.faces.form import PAIR
from detente.instruments import crowd, redaction
from detente.instruments.crowd import Crowd
from detente.instruments.pseudonym import UNKNOWN, WITHHELD, Pseudonyms, Token
from detente.instruments.redaction import Change, Language, Mark
from detente.instruments.spelling import has_han, squashed
from detente.instruments.spotting import spot
from detente.instruments.suggestion import Sort
from detente.node.casework.case import Case
from detente.trust import canonical
from detente.trust.errors import Malformed

IDENTIFYING: dict[str, Sort | None] = {
    "system": "model",
    "developer": "organisation",
    "deployer": "organisation",
    "day": None,
    "sources": None,
    "evidence": None,
}
"""Sealed paths that are withheld unless a person keeps them, and what the names in them are."""

POINTING = ("month", "domain", "system_class", "internal_use", "near_miss", "harm")
"""Open fields by which somebody may be found, of the kinds that have them."""


class Offer(Struct, frozen=True, kw_only=True):
    """What is suggested about a name: its number, what it seems to be, how often, where first, and why."""

    number: int
    sort: Sort
    name: str
    times: int
    path: str
    why: str


class Part(Struct, frozen=True, kw_only=True):
    """One text of the copy: its path and language, before and after, and each change."""

    path: str
    language: Language
    before: str
    after: str
    changes: tuple[Change, ...]


class Copy(Struct, frozen=True, kw_only=True):
    """What would change hands.

    Args:
        digest: SHA-256 of kind, audience, open and values in canonical JSON.
        audience: for whom the pseudonyms hold.
        kind: of the record.
        open: the open fields.
        values: sealed path to what it says now.
        parts: the texts, each before and after.
        withheld: paths of which it is said that they are withheld, or that are left out.
        left: marked names that stand in it still; nothing may be submitted then.
    """

    digest: str
    audience: str
    kind: str
    open: dict[str, Any]
    values: dict[str, Any]
    parts: tuple[Part, ...]
    withheld: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def said(self) -> dict[str, Any]:
        """What is kept of it with a submission."""
        return {name: getattr(self, name) for name in ("digest", "audience", "kind", "open", "values")}


def texts(values: Mapping[str, Any], edition: Edition, kind: str) -> Iterator[tuple[str, Language, str]]:
    """Return each text of a draft, with its path and language."""
    pairs = _pairs(edition, kind)
    for path, value in values.items():
        if isinstance(value, str):
            yield path, _language(value), value
        elif path in pairs:
            yield path, "en", value[0]
            yield path, "zh", value[1]
        elif isinstance(value, list | tuple):
            yield from ((path, _language(text), text) for text in value if isinstance(text, str))


def offers(case: Case, edition: Edition) -> tuple[Offer, ...]:
    """Return what is suggested and was neither accepted nor rejected, in the order of the report."""
    names = {
        text: sort
        for path, _, text in texts(case.values, edition, case.kind)
        if (sort := IDENTIFYING.get(path)) is not None and squashed(text)
    }
    decided = {squashed(one) for one in (*case.marks, *case.rejected)}
    found: dict[tuple[Sort, str], dict[str, Any]] = {}
    for path, _, text in texts(case.values, edition, case.kind):
        for one in spot(text, names):
            letters = squashed(one.text)
            if letters in decided or not letters:
                continue
            row = found.setdefault(
                (one.sort, letters), {"name": one.text, "times": 0, "path": path, "why": one.why}
            )
            row["times"] += 1
    return tuple(
        Offer(number=number, sort=sort, **row) for number, ((sort, _), row) in enumerate(found.items(), 1)
    )


def copied(case: Case, edition: Edition, audience: str) -> Copy:
    """Return the copy for an audience. Raises Malformed: `sheet.1` as `edition.sealed_value`."""
    marks = [msgspec.convert(one, Mark) for one in case.marks.values()]
    pseudonyms = Pseudonyms(bytes.fromhex(case.secret), audience)
    spec = edition.pillar.kinds[case.kind.partition(".")[2]]
    values: dict[str, Any] = {}
    parts: list[Part] = []
    withheld: list[str] = []
    for path, value in case.values.items():
        treatment = case.treated.get(path, "withhold" if path in IDENTIFYING else "keep")
        if treatment == "keep":
            made = [_part(*one, marks, pseudonyms) for one in texts({path: value}, edition, case.kind)]
            parts += made
            values[path] = made[0].after if isinstance(value, str) else [one.after for one in made]
            continue
        withheld.append(path)
        said = _said(
            value, UNKNOWN if treatment == "unknown" else WITHHELD, path in _pairs(edition, case.kind)
        )
        try:
            editions.sealed_value(spec, path, said, "sheet.1")
        except Malformed:
            continue
        values[path] = said
    what = {"audience": audience, "kind": case.kind, "open": case.open, "values": values}
    plain = msgspec.json.decode(msgspec.json.encode(what))
    return Copy(
        digest=hashlib.sha256(canonical.encode(plain)).hexdigest(),
        audience=audience,
        kind=case.kind,
        open=case.open,
        values=values,
        parts=tuple(parts),
        withheld=tuple(withheld),
        left=redaction.left([text for _, _, text in texts(values, edition, case.kind)], marks),
    )


def crowded(copy: Copy, corpus: Mapping[str, tuple[dict[str, Any], str]]) -> Crowd:
    """Return the estimate for a copy against records of this house: name to open fields and text."""
    names = [name for name in POINTING if name in copy.open]
    found = crowd.estimate(copy.open, [opened for opened, _ in corpus.values()], names)
    whole = "\n".join(one.after for one in copy.parts)
    return msgspec.structs.replace(
        found, near=crowd.near(whole, {name: text for name, (_, text) in corpus.items()})
    )


def _part(path: str, language: Language, text: str, marks: list[Mark], pseudonyms: Pseudonyms) -> Part:
    made = redaction.redact(text, language, marks, pseudonyms)
    return Part(path=path, language=language, before=text, after=made.text, changes=made.changes)


def _said(value: Any, token: Token, pair: bool) -> Any:  # noqa: ANN401, FBT001 (a sealed value is any JSON; two shapes)
    both = f"{token.en} {token.zh}"
    return list(token) if pair else both if isinstance(value, str) else [both]


def _pairs(edition: Edition, kind: str) -> frozenset[str]:
    sealed = fields(edition.pillar.kinds[kind.partition(".")[2]].sealed, text=True)
    return frozenset(
        one.name for one in sealed if one.item is not None and (one.low, one.high) == (PAIR, PAIR)
    )


def _language(text: str) -> Language:
    return "zh" if has_han(text) else "en"
