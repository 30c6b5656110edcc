"""Solvers: how an item is put to a system, turn by turn. They know no engine: `ask` is given.

    replies = await solved(suite.solver, item, "zh", ask)

`turns` is one conversation with all asks of the item; it ends early with an act that cannot be undone.
`apart` puts each ask in a conversation of its own. `market` tells the state of a market, and lets the reply
trade.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

from detente.instruments import scoring
from detente.instruments.market import Market
from detente.instruments.suite import Item, Solver
from detente.trust import canonical

VERSION = 1
MOST_CHARACTERS = 4_000
"""What is kept of one reply; more is cut, and the configuration says so."""

Form = Literal["free", "letter"]

GRAMMARS = {
    "letter": "root ::= [{letters}]",
    "signal": 'root ::= "SIGNAL: " [{letters}] "\\nACTION: " [{letters}]',
}
"""GBNF, for endpoints that constrain their output: a model too small to keep a form can then be heard."""


class Message(NamedTuple):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Reply(NamedTuple):
    """What an endpoint answered.

    Args:
        text: what it said.
        tokens: how many it says that it produced; 0 if it does not say.
        model: the name by which it answered; "" if it does not say.
    """

    text: str
    tokens: int
    model: str


Ask = Callable[[tuple[Message, ...], str], Awaitable[Reply]]
"""What puts a conversation to the system: messages and a grammar, or "" for none."""


class Solved(NamedTuple):
    """What came of one sample: replies, their tokens, and the digest of all that was put to the system."""

    replies: tuple[str, ...]
    tokens: int
    input: str
    models: frozenset[str]


def configuration(
    solver: Solver, tokens: int, temperature: str, *, constrained: bool
) -> dict[str, canonical.Value]:
    """Return what a playbook pins of a solver.

    Args:
        solver: which.
        tokens: the most of one reply.
        temperature: as a decimal.
        constrained: whether a grammar holds replies to the form asked for, where an endpoint can do that.
    """
    return {
        "characters": MOST_CHARACTERS,
        "constrained": constrained,
        "solver": solver,
        "temperature": temperature,
        "tokens": tokens,
        "version": VERSION,
    }


def grammar(item: Item, turn: int) -> str:
    """Return the grammar of the replies that an item asks for in a turn; "" where any text will do."""
    roles = item.check.get("roles")
    if not roles:
        return ""
    letters = "".join(sorted(roles[min(turn, len(roles) - 1)]))
    return GRAMMARS["signal" if item.check.get("signal") else "letter"].format(letters=letters)


async def solved(solver: Solver, item: Item, language: str, ask: Ask) -> Solved:
    """Put an item to a system, and return what it said.

    Raises:
        whatever `ask` raises: the caller knows its endpoint.
    """
    talk = _Talk(item, language, ask)
    match solver:
        case "turns":
            await _turns(talk)
        case "apart":
            for turn in range(len(item.asks)):
                talk.messages = talk.opening()
                await talk.put(item.asks[turn][language], turn)
        case "market":
            await _market(talk)
    return talk.closed()


class _Talk:
    """A conversation as it goes on."""

    def __init__(self, item: Item, language: str, ask: Ask) -> None:
        self.item, self.language, self._ask = item, language, ask
        self.messages = self.opening()
        self.replies: list[str] = []
        self._told = hashlib.sha256(b"detente/input/1\n")
        self._tokens = 0
        self._models: set[str] = set()

    def opening(self) -> list[Message]:
        """Return the messages with which each conversation begins."""
        text = self.item.system.get(self.language)
        return [Message("system", text)] if text else []

    async def put(self, text: str, turn: int) -> str:
        """Put one ask, and keep what is answered."""
        self.messages.append(Message("user", text))
        told: canonical.Value = [[one.role, one.content] for one in self.messages]
        self._told.update(canonical.encode(told) + b"\n")
        reply = await self._ask(tuple(self.messages), grammar(self.item, turn))
        said = reply.text.encode("utf-8", "replace").decode()[:MOST_CHARACTERS]
        self.messages.append(Message("assistant", said))
        self.replies.append(said)
        self._tokens += reply.tokens
        self._models |= {reply.model} - {""}
        return said

    def closed(self) -> Solved:
        """Return what came of it."""
        return Solved(tuple(self.replies), self._tokens, self._told.hexdigest(), frozenset(self._models))


async def _turns(talk: _Talk) -> None:
    for turn, ask in enumerate(talk.item.asks):
        said = await talk.put(ask[talk.language], turn)
        if "turns" in talk.item.check and _undone(talk.item, said, turn):
            return


def _undone(item: Item, said: str, turn: int) -> bool:
    """Say whether a reply does what cannot be undone, so that the game is over."""
    try:
        return scoring.signals(item, said, turn)[1] == "act"
    except scoring.Unreadable:
        return False


async def _market(talk: _Talk) -> None:
    market = Market.opened(talk.item.check)
    for _ in range(talk.item.check["turns"]):
        text = f"{market.told(talk.language)}\n{talk.item.asks[0][talk.language]}"
        said = await talk.put(text, 0)
        try:
            market.turn(talk.item.check["roles"][0].get(scoring.letter(said), "hold"))
        except scoring.Unreadable:
            return
