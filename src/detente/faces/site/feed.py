"""The feed: Atom (RFC 4287), one in each language: an entry a month and an entry an account.

No clock is asked: an entry's time is the beginning of its month, and of the month in which an account was
corrected or withdrawn, so that readers who have its words are told.
"""

from html import escape

from detente.faces.site import digest
from detente.faces.site.account import Account
from detente.faces.site.figures import TOTAL, Figures
from detente.faces.site.words import LANGUAGES, TITLE, Say, speaker

NAMES = ("atom.xml", "atom.zh.xml")


def atom(figures: Figures, party: str, number: int) -> str:
    """Return the feed in the language of this number."""
    say, code = speaker(number), ("en", "zh-Hans")[number]
    urn = f"urn:detente:{figures.genesis[:16]}"
    whole = urn if number == 0 else f"{urn}:zh"
    entries = [
        (_changed(one), 1, _account(one, f"{whole}:{one.record}", say, number)) for one in figures.accounts
    ]
    entries += [
        (month, 0, _month(figures, month, f"{whole}:{month}", say, number)) for month in figures.pages
    ]
    ordered = sorted(entries, key=lambda one: one[:2], reverse=True)
    newest = f"{ordered[0][0]}-01T00:00:00Z" if ordered else "1970-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{code}">'
        f"<id>{whole}</id><title>{escape(TITLE[number].format(party=party))}</title>"
        f"<author><name>{escape(party)}</name></author><updated>{newest}</updated>"
        f"{''.join(one for _, _, one in ordered)}</feed>\n"
    )


def _month(figures: Figures, month: str, name: str, say: Say, number: int) -> str:
    count = figures.counts.get(month, {}).get(TOTAL, 0)
    shown = say("withheld") if count is None else str(count)
    return _entry(
        name, month, month, f"{month}.{LANGUAGES[number]}.html", f"{say(TOTAL)}{say('colon')}{shown}"
    )


def _account(one: Account, name: str, say: Say, number: int) -> str:
    heading = digest.title(one, number) or say(one.state, since=one.since)
    link = f"{one.month}.{LANGUAGES[number]}.html#{one.record}"
    return _entry(name, heading, _changed(one), link, digest.plain(one, say, number))


def _entry(name: str, heading: str, month: str, link: str, text: str) -> str:
    return (
        f"<entry><id>{name}</id><title>{escape(heading)}</title><updated>{month}-01T00:00:00Z</updated>"
        f'<link href="{link}"/><summary>{escape(text)}</summary></entry>'
    )


def _changed(one: Account) -> str:
    return one.since or one.month
