"""The ground: what a view is made from. Views read it and never wait, and never write.

ground.thread_of("9f…")      the thread a record belongs to, with the title by which people know it
"""

from typing import NamedTuple

from msgspec import Struct

from detente.faces.desk.index import Index, Thread
from detente.faces.desk.tongue import Instant, Tongue
from detente.faces.desk.watch import Picture
from detente.node.window import Pane

SHORT = 12
"""How many digits of an id people are shown; the whole of it is in the address and in the record's page."""


class Ground(Struct, frozen=True):
    """One domain, looked at in one language."""

    pane: Pane
    index: Index
    picture: Picture
    tongue: Tongue
    base: str

    def link(self, root: str) -> str:
        """Return the address of a thread's page."""
        return f"{self.base}/thread/{root}"

    def title(self, thread: Thread) -> "Title":
        """Return a thread's title as it is to be shown."""
        return titled(self.tongue, thread.title, thread.kind, thread.root)

    def title_of(self, record: str) -> "Title":
        """Return the title of the thread to which a record belongs."""
        root = self.index.root_of(record) or record
        thread = self.index.thread(root)
        if thread is None:
            return Title(record[:SHORT], self.tongue.tag, named=False)
        return self.title(thread)


class Title(NamedTuple):
    """A line that names something: the text, its language for HTML, and whether it is a title at all."""

    text: str
    lang: str
    named: bool


class Left(NamedTuple):
    """A term: when it ends, how long that is from now in words, and whether it is over."""

    at: Instant
    words: str
    over: bool


def titled(tongue: Tongue, title: tuple[str, str], kind: str, name: str) -> Title:
    """Return a title in a language, or the kind and the first digits where none can be read here."""
    english, chinese = title
    text = chinese if tongue.language == "zh" else english
    if text:
        # The line may have been written in one language alone, and stands for both.
        same = english == chinese
        return Title(text, _tag(text) if same else tongue.tag, named=True)
    return Title(f"{tongue.kind(kind)} {name[:SHORT]}", tongue.tag, named=False)


def left(tongue: Tongue, due: int, now: int) -> Left:
    """Return a term in words."""
    name = "time.over" if due < now else "time.left"
    return Left(tongue.when(due), tongue.say(name, time=tongue.within(due - now)), due < now)


def _tag(text: str) -> str:
    return "zh-Hans" if any("\u3400" <= one <= "\u9fff" for one in text) else "en"
