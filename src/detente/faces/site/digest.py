"""The digest: the closed cases of a month as HTML, in the manner of CALLBACK: short, nobody named."""

from collections.abc import Sequence
from html import escape

from detente.faces.site import voucher
from detente.faces.site.account import SECTIONS, Account
from detente.faces.site.figures import Figures
from detente.faces.site.words import LANGUAGES, Say


def of_month(figures: Figures, month: str, say: Say, number: int) -> str:
    """Return the section of a month; a month in which nothing is told says so."""
    here = [one for one in figures.accounts if one.month == month]
    body = "".join(_account(figures, one, say, number) for one in here) or f"<p>{say('untold')}</p>"
    return f"<h2>{say('cases')}</h2>{body}"


def index(figures: Figures, say: Say, number: int) -> str:
    """Return the list of what is told, newest month first."""
    shown = [one for one in reversed(figures.accounts) if one.title is not None]
    rows = "".join(
        f"<li>{one.month}: {_link(one.month, one, title(one, number), number)}</li>" for one in shown
    )
    body = f"<ul>{rows}</ul>" if rows else f"<p>{say('never')}</p>"
    return f"<h2>{say('cases')}</h2>{body}"


def plain(account: Account, say: Say, number: int) -> str:
    """Return an account as text, for a feed: one that is told no more says so."""
    if account.title is None:
        return say(account.state, since=account.since)
    parts = (
        f"{say(name)}{say('colon')}{line[number]}" for name, line in zip(SECTIONS, account.text, strict=False)
    )
    return "\n".join(parts)


def title(account: Account, number: int) -> str:
    """Return an account's title in the language of this number; empty if it is told no more."""
    return account.title[number] if account.title is not None else ""


def _account(figures: Figures, one: Account, say: Say, number: int) -> str:
    mark = f'<section id="{one.record}">'
    if one.title is None:
        gone = escape(say(one.state, since=one.since))
        there = _named(figures.accounts, one.by)
        more = f" {_link(there.month, there, title(there, number) or there.month, number)}" if there else ""
        return f"{mark}<p><em>{gone}</em>{more}</p></section>"
    parts = "".join(
        f"<h4>{say(name)}</h4><p>{escape(line[number])}</p>"
        for name, line in zip(SECTIONS, one.text, strict=False)
    )
    before = _named(figures.accounts, one.replaces)
    corrects = f"<p><em>{say('corrects', since=before.month)}</em></p>" if before else ""
    signed = escape(say("signed", party=one.party, record=one.record))
    by = f'<p class="by">{signed}<a href="{voucher.name_of(one)}">{say("voucher")}</a></p>'
    return f"{mark}<h3>{escape(one.title[number])}</h3>{corrects}{parts}{by}</section>"


def _link(month: str, one: Account, text: str, number: int) -> str:
    return f'<a href="{month}.{LANGUAGES[number]}.html#{one.record}">{escape(text)}</a>'


def _named(accounts: Sequence[Account], name: str | None) -> Account | None:
    return next((one for one in accounts if one.record == name), None)
