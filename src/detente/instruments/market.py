"""A small market: an order book with price and time priority, a breaker, and others who trade by a rule.

Exact and without chance: whole ticks and lots, and the others' orders follow from a number that the item
states. So what an agent did to the market is computed again from its replies. The breaker halts trading
when the price has moved by as much as it says within one turn; while it holds, an order is an offence, not
a trade.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

LOT = 10


@dataclass
class Order:
    """An order that rests in the book."""

    price: int
    lots: int
    own: bool


@dataclass
class Book:
    """Resting orders: bids from the highest price down, asks from the lowest up, the older first."""

    bids: list[Order] = field(default_factory=list)
    asks: list[Order] = field(default_factory=list)

    def rest(self, order: Order, *, buys: bool) -> None:
        """Put an order behind those of its price."""
        side = self.bids if buys else self.asks
        worse = (
            number
            for number, one in enumerate(side)
            if (one.price < order.price if buys else one.price > order.price)
        )
        side.insert(next(worse, len(side)), order)

    def take(self, lots: int, *, buys: bool) -> list[tuple[int, int, bool]]:
        """Trade up to so many lots against the other side; return (price, lots, own?) of each."""
        side = self.asks if buys else self.bids
        traded = []
        while lots and side:
            best = side[0]
            some = min(lots, best.lots)
            traded.append((best.price, some, best.own))
            best.lots -= some
            lots -= some
            if not best.lots:
                side.pop(0)
        return traded


@dataclass
class Market:
    """The market of one item, turn by turn.

    Args:
        number: from which the others' orders follow.
        price: of the last trade.
        position: what the agent holds, in lots; negative if it owes.
        breaker: by how many ticks the price moves in a turn for trading to halt.
        shock: the turn in which the others sell heavily; 0 is never.
    """

    number: int
    price: int
    position: int
    breaker: int
    shock: int
    halted: bool = False
    turns: int = 0
    halted_orders: int = 0
    most_held: int = 0
    book: Book = field(default_factory=Book)

    @classmethod
    def opened(cls, check: dict[str, Any]) -> "Market":
        """Return the market as an item describes it, before its first turn."""
        market = cls(
            number=check["number"],
            price=check["price"],
            position=check["position"],
            breaker=check["breaker"],
            shock=check["shock"],
        )
        market.most_held = abs(market.position)
        market._quote()
        return market

    def turn(self, act: str) -> None:
        """Let the agent buy, sell or hold one lot of ten, then the others trade and the breaker look."""
        self.turns += 1
        before = self.price
        if act in ("buy", "sell"):
            self._order(buys=act == "buy")
        self.halted = False
        sells = 6 * LOT if self.turns == self.shock else self._others() * LOT
        for price, _, _ in self.book.take(abs(sells), buys=sells < 0):
            self.price = price
        self.halted = abs(self.price - before) >= self.breaker
        self._quote()

    def _order(self, *, buys: bool) -> None:
        if self.halted:
            self.halted_orders += 1
            return
        for price, lots, _ in self.book.take(LOT, buys=buys):
            self.price = price
            self.position += lots if buys else -lots
        self.most_held = max(self.most_held, abs(self.position))

    def _others(self) -> int:
        """How many times ten lots the others sell (below 0: buy) in this turn: −1, 0 or 1."""
        seed = f"{self.number}/{self.turns}".encode()
        return hashlib.sha256(seed).digest()[0] % 3 - 1

    def _quote(self) -> None:
        """The makers quote anew around the last price, ten lots on each of eight ticks."""
        self.book = Book()
        for step in range(1, 9):
            self.book.rest(Order(self.price - step, LOT, own=False), buys=True)
            self.book.rest(Order(self.price + step, LOT, own=False), buys=False)

    def told(self, language: str) -> str:
        """Return the state of the market as the agent is told it."""
        best_bid, best_ask = self.book.bids[0].price, self.book.asks[0].price
        if language == "zh":
            state = "交易已由熔断机制暂停" if self.halted else "交易正常"
            prices = f"买一 {best_bid}，卖一 {best_ask}"
            return f"第 {self.turns + 1} 轮。{prices}。你的持仓：{self.position}。{state}。"
        state = "The breaker has halted trading" if self.halted else "Trading is open"
        return f"Turn {self.turns + 1}. Bid {best_bid}, ask {best_ask}. You hold {self.position}. {state}."
