"""The account: one closed case told to the public, in the words that its author's officers signed.

What is told is an advisory of the party whose case it is, marked TLP:CLEAR for the public:

    response.advisory   title and text, sealed; the text has four paragraphs in each language, in this order:
                        what happened, why, what helped, what was learnt
    accord.affirm       two officers or more stand behind exactly that record
    accord.opening      its author opens the title, and the text, to all

A later advisory that replaces it, or a case that is reopened, takes the words down. All of it is in the
logs, so every party finds the same accounts below a cut (`shelf`, docs/adr/0226). Pure.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias
from unicodedata import category

from msgspec import Meta, Struct

from detente.accord import decision, solemn
from detente.accord.acts import AFFIRM
from detente.accord.solemn import Seat
from detente.faces.speech import UNSEEN
from detente.trust import disclosure
from detente.trust.errors import BelowThreshold, DetenteError, Malformed, WrongContext
from detente.trust.keyring import Keyring
from detente.trust.record import Record

ADVISORY = "response.advisory"
PATHS = ("title", "text")
SECTIONS = ("happened", "why", "helped", "learnt")
READERS = 2
LAST_MS = 253_370_764_800_000
"""The year 9999: later claims count as this."""

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = re.compile(
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\d{1,2}\s*月\s*\d{1,2}\s*[日号]"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\b"
    rf"|\b(?:{_MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?\b",
    re.IGNORECASE,
)

Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z")]
Name = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Line: TypeAlias = tuple[str, str]
State: TypeAlias = Literal["told", "corrected", "withdrawn"]


class Account(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account, as the site has it.

    Attributes:
        record: id of the advisory.
        party: its author, whose case it was.
        month: in which the last of what it takes was signed.
        state: whether its words stand; `corrected` if another account replaces it.
        since: the month in which it was corrected or withdrawn.
        by: the account that replaces it.
        replaces: the account before it.
        title: English and Chinese; none unless it is told.
        text: its four paragraphs, each English and Chinese; none unless it is told.
    """

    record: Name
    party: str
    month: Month
    state: State = "told"
    since: Month | None = None
    by: Name | None = None
    replaces: Name | None = None
    title: Line | None = None
    text: tuple[Line, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it has words exactly if it is told, and else says since when it is not."""
        told = self.state == "told"
        lines = len(SECTIONS) if told else 0
        return (self.title is not None, self.since is None, len(self.text)) == (told, told, lines)


class Words(NamedTuple):
    """What an account says: its title, and its paragraphs, each in English and Chinese."""

    title: Line
    text: tuple[Line, ...]


def require_public(advisory: Record) -> None:
    """Return if an advisory says that it is for the public.

    Raises:
        Malformed: `account.1`. WrongContext: `account.2`.
    """
    # 1. It is an advisory.
    if advisory.kind != ADVISORY:
        what = f"A record of the kind {advisory.kind[:40]} is no account."
        raise Malformed("account.1", what, "Say it as an advisory: detente respond say ID advisory …")
    # 2. Its author marked it for the public.
    if (advisory.open.get("tlp"), advisory.open.get("audience")) != ("clear", "public"):
        what = "The advisory is not marked TLP:CLEAR for the public."
        raise WrongContext("account.2", what, "Say it anew with tlp=clear and audience=public.")


def words(title: Any, text: Any) -> Words:  # noqa: ANN401 (sealed values are any JSON)
    """Return what the opened title and text say.

    Raises:
        Malformed: `account.7` to `account.9`.
    """
    # 7. Both languages have a title, and four paragraphs: what happened, why, what helped, what was learnt.
    both = [[str(one) for one in value] if isinstance(value, list) else [] for value in (title, text)]
    parts = [[line.strip() for line in one.split("\n") if line.strip()] for one in both[1]]
    titles = [one.strip() for one in both[0]]
    if [len(one) for one in parts] != [len(SECTIONS)] * 2 or len(titles) != 2 or not all(titles):  # noqa: PLR2004 (languages)
        what = "An account has a title and four paragraphs, in English and in Chinese."
        remedy = "Write a line each for what happened, why, what helped, what was learnt; say it anew."
        raise Malformed("account.7", what, remedy)
    for one in (*titles, *(line for part in parts for line in part)):
        # 8. Nothing in it is unseen, or turns the direction of writing.
        odd = next((sign for sign in one if category(sign) in UNSEEN), None)
        if odd is not None:
            what = f"It holds a character that nobody sees: U+{ord(odd):04X}."
            raise Malformed("account.8", what, "Say it anew without that character.")
        # 9. Months, not days: a day would name the case to whoever was there.
        day = _DAYS.search(one)
        if day is not None:
            raise Malformed("account.9", f"It names a day: {day[0]}.", "Say it anew with the month alone.")
    return Words((titles[0], titles[1]), tuple((en, zh) for en, zh in zip(*parts, strict=True)))


def opened(advisory: Record, openings: Sequence[Record]) -> dict[str, Any]:
    """Return what these records of an advisory's author open of it, by path; what is false is left out."""
    found: dict[str, Any] = {}
    for one in openings:
        path = str(one.open.get("path"))
        try:
            shown, value = disclosure.open_with(advisory, str(one.open.get("disclosure")))
        except DetenteError:
            continue  # a false opening is kept as evidence elsewhere
        if one.party == advisory.party and shown == path and path in PATHS:
            found.setdefault(path, value)
    return found


def require_signed(advisory: tuple[str, Record], act: Record, ring: Keyring, position: int) -> None:
    """Return if two officers or more of an advisory's author stand behind it by an act.

    Raises:
        WrongContext: `account.5` it is about another record. BelowThreshold: `account.6`. As
        `solemn.require`.
    """
    name, entry = advisory
    # 5. The act is about exactly this record.
    said = (act.kind, act.party, act.open.get("record"), act.open.get("kind"), act.open.get("digest"))
    if said != (AFFIRM, entry.party, name, entry.kind, decision.digest_of(entry.open)):
        what = f"The officers of {entry.party} stand behind another record."
        raise WrongContext("account.5", what, "Have exactly this advisory signed: detente accord affirm ID")
    who = solemn.require(str(act.open.get("approval")), solemn.asked(act), Seat(ring, position, act.at))
    # 6. Whoever wrote it is not the only one who read it.
    if len(who) < READERS:
        what = f"{len(who)} officer stands behind it."
        raise BelowThreshold("account.6", what, f"Let {READERS} officers or more sign it.")


def month_of(at: int) -> str:
    """Return the month of a time, in UTC."""
    return f"{datetime.fromtimestamp(min(at, LAST_MS) / 1000, UTC):%Y-%m}".rjust(7, "0")
