"""The feed: server-sent events that say that something changed, with the position of the logs as their id.

    id: cn.17-us.40
    event: news
    data: {}

    event: wake
    data: 9f…

A browser that was away says the id that it knows, and is told at once if that is not where the logs are now.
What changed is not told here: the page asks for itself anew, and shows it as it shows everything else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec

from detente.faces.desk.watch import Watch
from detente.node.wake import Call
from detente.trust.record import Domain

ALIVE_SECONDS = 15.0
"""After so long without news a comment says that the line is open."""

LOOK_SECONDS = 0.5
RETRY_MS = 1000


@dataclass(eq=False)
class Listener:
    """One browser that listens."""

    domain: Domain
    loop: asyncio.AbstractEventLoop
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """Tells all browsers.

    Args:
        watch: who knows what changed; it calls from its own thread.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._listeners: set[Listener] = set()
        self.ending: Callable[[], bool] = lambda: False
        self.shown: Callable[[tuple[Call, ...]], None] = lambda _: None
        watch.told = self.tell

    def tell(self, domain: Domain) -> None:
        """Wake whoever listens to a domain; from any thread."""
        for one in tuple(self._listeners):
            if one.domain == domain and not one.loop.is_closed():
                one.loop.call_soon_threadsafe(one.heard.set)

    async def follow(self, domain: Domain, known: str) -> AsyncIterator[str]:
        """Yield events from what a browser knows on, until it goes away or the desk ends."""
        listener = Listener(domain, asyncio.get_running_loop())
        self._listeners.add(listener)
        try:
            yield f"retry: {RETRY_MS}\n\n"
            if known != self._watch.pictures[domain].cut:
                listener.heard.set()
            quiet = 0.0
            while not self.ending():
                try:
                    await asyncio.wait_for(listener.heard.wait(), LOOK_SECONDS)
                except TimeoutError:
                    quiet += LOOK_SECONDS
                    if quiet >= ALIVE_SECONDS:
                        quiet = 0.0
                        yield ": here\n\n"
                    continue
                listener.heard.clear()
                yield f"id: {self._watch.pictures[domain].cut}\nevent: news\ndata: {{}}\n\n"
                ringing = self._watch.pictures[domain].ringing
                if ringing:
                    yield f"event: wake\ndata: {ringing[-1].record}\n\n"
                    done = tuple(msgspec.structs.replace(one, outcome="delivered") for one in ringing)
                    await asyncio.to_thread(self.shown, done)
        finally:
            self._listeners.discard(listener)
