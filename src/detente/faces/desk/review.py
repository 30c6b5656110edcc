"""The review: what is about to be signed, word for word, and for each party exactly what it will get."""

import base64
import hashlib
import json
from typing import Any

from msgspec import Struct

from detente.faces.desk.ground import Ground
from detente.faces.desk.report import Reports, digest_text
from detente.node.draft import Draft
from detente.node.rehearsal import Rehearsed
from detente.node.release import Would

INDENT = 2


class Stays(Struct, frozen=True):
    """Values that one party does not get, and why."""

    fields: tuple[str, ...]
    state: str
    why: str
    rule: str


class Audience(Struct, frozen=True, kw_only=True):
    """What one party gets.

    Attributes:
        party: its name.
        fields: names of the sealed fields that go to it now.
        content: what would be sealed for it, as it is spelt; empty if nothing goes.
        values: what is in it, spelt out: salt, name and value of each disclosure.
        bytes: length of the sealed package.
        stays: what does not go.
    """

    party: str
    fields: tuple[str, ...]
    content: str
    values: tuple[str, ...]
    bytes: int
    stays: tuple[Stays, ...]


class Review(Struct, frozen=True, kw_only=True):
    """The page."""

    kind: str
    kind_words: str
    pillar: tuple[str, str]
    nonce: str
    seen: str
    open: tuple[tuple[str, str], ...]
    sealed: tuple[tuple[str, str], ...]
    record: str
    bytes: int
    audiences: tuple[Audience, ...]
    waits: tuple[str, ...]


def make(ground: Ground, reports: Reports, draft: Draft, rehearsed: Rehearsed) -> Review:
    """Return the page's view."""
    tongue, kind = ground.tongue, draft.kind
    pillar = kind.partition(".")[0]
    return Review(
        kind=kind,
        kind_words=tongue.kind(kind),
        pillar=(pillar, tongue.pillar(pillar)),
        nonce=draft.nonce,
        seen=seen(draft),
        open=tuple(
            (tongue.field(kind, name), tongue.value(kind, name, draft.open[name]))
            for name in reports.spec.open.__struct_fields__
        ),
        sealed=tuple(_sealed(ground, draft, path) for path in reports.spec.sealed.__struct_fields__),
        record=rehearsed.record,
        bytes=rehearsed.bytes,
        audiences=tuple(_audience(ground, kind, one) for one in rehearsed.would),
        waits=tuple(
            one.audience for one in rehearsed.would if any(row.code == "officer" for row in one.stays)
        ),
    )


def seen(draft: Draft) -> str:
    """Return the digest of a draft: what is signed has to be what was shown."""
    return hashlib.sha256(digest_text(draft).encode()).hexdigest()


def _sealed(ground: Ground, draft: Draft, path: str) -> tuple[str, str]:
    label = ground.tongue.field(draft.kind, path)
    if path in draft.values:
        return label, _spelt(draft.values[path])
    return label, ground.tongue.say("sealed.unknown") if path in draft.unknown else ""


def _spelt(value: Any) -> str:  # noqa: ANN401 (a sealed value is any JSON)
    if isinstance(value, list):
        return "\n".join(str(one) for one in value if one)
    return str(value)


def _audience(ground: Ground, kind: str, one: Would) -> Audience:
    tongue = ground.tongue
    disclosures = json.loads(one.content)["disclosures"] if one.content else []
    return Audience(
        party=one.audience,
        fields=tuple(tongue.field(kind, path) for path in one.paths),
        content=one.content,
        values=tuple(map(_decoded, disclosures)),
        bytes=one.bytes,
        stays=tuple(
            Stays(
                tuple(tongue.field(kind, path) for path in row.paths),
                tongue.say(f"state.{row.state.replace('-', '_')}"),
                tongue.why(row.why),
                row.rule,
            )
            for row in one.stays
        ),
    )


def _decoded(encoded: str) -> str:
    """A disclosure as it is spelt inside its base64url: RFC 9901, salt, claim name and value."""
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
