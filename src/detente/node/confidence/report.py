"""The report: what a reporter says, in words of their own, before it is sealed.

    Report(title="…", account="…", language="zh", use="learning_only", reply=…).dump()

Identity is not in it: it goes into a part of its own, to other readers. `use` also stands outside, in the
letter's header and on the receipt, so that the promise under which a report was given is signed. Pure.
"""

import base64
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from detente.node.confidence.code import FOREVER, REPORTER, Code
from detente.trust import canonical
from detente.trust.errors import Malformed, TooLarge
from detente.trust.key import PublicKey
from detente.trust.recipient import Recipient

Use: TypeAlias = Literal["learning_only", "defence_only", "not_against_reporter", "any_lawful"]
"""How a report may be used, from the narrowest to the widest: to learn and to warn alone; to protect as well
(find, block, contain, mend), both never to blame or punish; in any lawful way but against whoever reported;
in any lawful way. The same words as the open field `use` of `incidents.report`."""

USES: tuple[Use, ...] = get_args(Use)

VERSION = 1
MAX_TITLE = 200
MAX_ACCOUNT = 200_000
MAX_IDENTITY = 4_000
MAX_BYTES = 1_000_000


class Attached(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a report: the name that it had, which is shown and never used, and its digest."""

    name: str
    sha256: str
    bytes: int


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to answer: the public keys that follow from the follow-up code, in base64."""

    opens: str
    signs: str

    @classmethod
    def to(cls, code: Code) -> "Reply":
        """Return the public halves of a code's keys."""
        opens, signs = code.opener().recipient.public, code.signer().public.raw
        return cls(base64.b64encode(opens).decode(), base64.b64encode(signs).decode())

    def recipient(self) -> Recipient:
        """Return the key to seal answers to. Raises Malformed: `recipient.*`."""
        return Recipient(REPORTER, _raw(self.opens), FOREVER)

    def verifier(self) -> PublicKey:
        """Return the key that signs what the reporter adds. Raises Malformed: `key.*`."""
        return PublicKey("ed25519", _raw(self.signs))


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happened. Texts may be empty but for title and account; an empty one says: not told.

    Attributes:
        v: the version of this format, 1.
        language: in which it is written.
        title: one line.
        account: what happened, and what stopped it.
        system: which AI system, and whose.
        place: where and when, as exactly as the reporter cares to say.
        harm: who was harmed or might have been, and how.
        advice: what others should look for or change.
        ongoing: whether it still goes on; None: not known.
        use: how it may be used.
        reply: how to answer.
        attached: its files, in the letter's order.
    """

    v: int = VERSION
    language: Literal["en", "zh"]
    title: str
    account: str
    system: str = ""
    place: str = ""
    harm: str = ""
    advice: str = ""
    ongoing: bool | None = None
    use: Use = "learning_only"
    reply: Reply
    attached: tuple[Attached, ...] = ()

    def dump(self) -> bytes:
        """Return the canonical JSON of it. Raises Malformed, TooLarge: `report.1` to `report.3`."""
        _check(self)
        value: canonical.Value = msgspec.json.decode(msgspec.json.encode(self))
        return canonical.encode(value)


def parse(data: bytes) -> Report:
    """Read a report that was opened.

    Raises:
        Malformed: `report.1`, `report.2`, `canonical.*`. TooLarge: `report.3`.
    """
    # 1. Canonical JSON with exactly the fields of a report.
    try:
        found = msgspec.convert(canonical.decode(data, MAX_BYTES), Report)
    except msgspec.ValidationError as error:
        raise Malformed(
            "report.1", f"No report: {error}.", "Mark it as unreadable, and ask the reporter."
        ) from error
    _check(found)
    return found


def wider(one: Any, than: str) -> bool:  # noqa: ANN401 (an open value is any JSON)
    """Tell whether a use is wider than what was allowed; to state none is wider than any limit."""
    return bool(than) and (one not in USES or USES.index(one) > USES.index(allowed(than)))


def allowed(said: Any) -> Use:  # noqa: ANN401 (as above)
    """Return the use that a confidential report allows; one that says nothing readable: the narrowest."""
    return next((one for one in USES if one == said), USES[0])


def _check(report: Report) -> None:
    # 2. A known version; it says something.
    if report.v != VERSION or not report.title.strip() or not report.account.strip():
        raise Malformed(
            "report.2", "A report needs a title and an account.", "Say in a few words what happened."
        )
    limits = {"title": MAX_TITLE, "account": MAX_ACCOUNT}
    for name in ("title", "account", "system", "place", "harm", "advice"):
        most = limits.get(name, MAX_ACCOUNT // 10)
        # 3. Each text is within its limit.
        if len(getattr(report, name)) > most:
            raise TooLarge(
                "report.3",
                f"The field {name} is too long.",
                f"Keep it to {most} characters, or attach a text file.",
            )


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
