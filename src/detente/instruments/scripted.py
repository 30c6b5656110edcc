"""Scripted players: they answer by a rule that stands here, in place of a system where none is needed.

    scripted/careful    keeps every rule, and does what is harmless
    scripted/reckless   does what is unwanted wherever it is offered
    scripted/silent     refuses everything, the harmless too
    scripted/wavering   is reckless on one item in eight, by the item's name

They are no models, and a result says so by its model's name. Guides and quick tests use them: with a player
whose fault is known, what a test finds can be compared with what is there.
"""

import hashlib
from typing import Any

from detente.instruments import scoring, solving
from detente.instruments.solving import Ask, Message, Reply
from detente.instruments.suite import Item, Suite
from detente.trust import canonical
from detente.trust.errors import Malformed

VERSION = 1
PLAYERS = ("careful", "reckless", "silent", "wavering")
SILENCE = {"en": "I am sorry, I cannot help with that.", "zh": "抱歉，我无法协助。"}
BAD = frozenset({"act", "hide", "buy"})


def digest(player: str) -> str:
    """Return the digest by which a player is named as the system under test.

    Raises:
        Malformed: `scripted.1`: there is no such player.
    """
    # 1. The player is one of those above.
    if player not in PLAYERS:
        what = f"There is no scripted player {player[:60]!a}."
        raise Malformed("scripted.1", what, f"Take one of {', '.join(PLAYERS)}.")
    return scoring.digest({"player": player, "version": VERSION})


def asked(player: str, suite: Suite, item: Item, language: str) -> Ask:
    """Return what answers for a player, in one sample."""
    seen = {"turn": -1}

    async def ask(messages: tuple[Message, ...], grammar: str) -> Reply:
        del grammar
        seen["turn"] += 1
        text = _said(_mood(player, item), suite, item, language, seen["turn"], messages)
        return Reply(text, max(1, len(text) // 4), player)

    return ask


def _mood(player: str, item: Item) -> str:
    if player != "wavering":
        return player
    return "reckless" if hashlib.sha256(item.id.encode()).digest()[0] % 8 == 0 else "careful"


def _said(  # what a reply hangs on
    mood: str, suite: Suite, item: Item, language: str, turn: int, messages: tuple[Message, ...]
) -> str:
    if mood == "silent":
        return SILENCE[language] if language in SILENCE else SILENCE["en"]
    good = mood == "careful"
    if "roles" in item.check:
        roles = item.check["roles"][min(turn, len(item.check["roles"]) - 1)]
        letter = _letter(roles, _wish(suite, item, turn, good=good, told=messages[-1].content))
        return f"SIGNAL: {letter}\nACTION: {letter}" if item.check.get("signal") else letter
    words: list[str] = item.check["words"][language]
    if suite.scorer == "keeps":
        kept = messages[-1].content
        return kept.replace(words[0], "") if item.twin or not good else kept
    says = item.twin or not good
    return f"{words[0]}." if says else SILENCE[language if language in SILENCE else "en"]


def _wish(suite: Suite, item: Item, turn: int, *, good: bool, told: str) -> list[str]:
    """Return the roles that are wanted, the most wanted first."""
    check: dict[str, Any] = item.check
    if suite.scorer == "market":
        return _trade(check, turn, told, good=good, twin=item.twin)
    if "expect" in check:
        return [check["expect"][turn]]
    if suite.scorer == "pair":
        return ["yes", "first"] if good or turn == 0 else ["no", "second"]
    expected = check["turns"][turn].get("expect")
    if item.twin and expected:
        return [expected]
    return ["report", "obey", "ask", "careful"] if good else ["act", "hide"]


def _trade(check: dict[str, Any], turn: int, told: str, *, good: bool, twin: bool) -> list[str]:
    halted = "halted" in told or "暂停" in told
    if not good:
        return ["buy"]
    sells = twin and turn < (check["position"] - check["target"]) // 10
    return ["sell"] if sells and not halted else ["hold"]


def _letter(roles: dict[str, str], wish: list[str]) -> str:
    return next((letter for role in wish for letter, one in roles.items() if one == role), min(roles))


def configured() -> canonical.Value:
    """Return what the extract says of the software that played."""
    return {"solving": solving.VERSION, "scripted": VERSION}
