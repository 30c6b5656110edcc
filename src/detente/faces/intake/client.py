"""The client: a desk's intake as a reporter's own machine asks it, believing nothing that is not signed.

client.card("http://127.0.0.1:8644/")            the card's bytes
client.fetched(place, code, card).messages       a thread, opened here
"""

import base64
from dataclasses import dataclass

import httpx
import msgspec

from detente.faces.intake.pages import words
from detente.faces.speech import Text, Voice, clock
from detente.node.confidence import card as cards
from detente.node.confidence import stamp, thread
from detente.node.confidence.card import Signed
from detente.node.confidence.code import Code
from detente.node.confidence.stamp import Receipt
from detente.node.confidence.thread import Read
from detente.node.errors import PeerAway
from detente.trust.errors import Malformed, WrongContext

SCHEMES = ("http://", "https://")
SECONDS = 60.0
MOST = 64 * 1024 * 1024


class _Posted(msgspec.Struct, frozen=True):
    n: int
    at: int
    package: bytes


class _Thread(msgspec.Struct, frozen=True):
    number: int
    state: str
    cards: tuple[str, ...]
    messages: tuple[_Posted, ...]
    receipt: str


@dataclass(frozen=True)
class Fetched:
    """A thread, opened on the reporter's machine.

    Attributes:
        state: as the desk says.
        receipt: checked against the stamp that is known.
        messages: in the desk's order.
    """

    state: str
    receipt: Receipt
    messages: list[Read]

    def value(self) -> object:
        """Return it as JSON has it."""
        return {
            "number": self.receipt.number,
            "received": self.receipt.received,
            "state": self.state,
            "messages": [
                {"digest": one.digest, "message": one.message, "refusal": one.refusal, "gap": one.gap}
                for one in self.messages
            ],
        }

    def lines(self, voice: Voice) -> list[str]:
        """Return it as people read it."""
        head = _say(voice, "number", number=self.receipt.number, at=self.receipt.received)
        lines = [f"{head} {_say(voice, f'state_{self.state}')}"]
        for one in self.messages:
            lines += _shown(voice, one)
        return lines


def card(place: str) -> bytes:
    """Return the desk's card, unverified. Raises PeerAway: `client.1`, `client.2`."""
    return _ask("GET", place, "card", b"", "")


def send(place: str, letter: bytes) -> bytes:
    """Hand a sealed report in, and return the receipt, unverified. Raises as `card`."""
    return _ask("POST", place, "api/v1/letters", letter, "application/octet-stream")


def add(place: str, code: Code, package: bytes) -> None:
    """Put a sealed message into the thread of a code. Raises as `card`."""
    value = {"lookup": code.lookup, "package": base64.b64encode(package).decode()}
    _ask("POST", place, "api/v1/messages", msgspec.json.encode(value), "application/json")


def fetched(place: str, code: Code, known: Signed) -> Fetched:
    """Return the thread of a code.

    Raises:
        PeerAway: `client.1`, `client.2`. Malformed: `client.3`. WrongContext: `client.4`.
        As `stamp.check`, `card.parse`.
    """
    asked = msgspec.json.encode({"lookup": code.lookup})
    data = _ask("POST", place, "api/v1/threads", asked, "application/json")
    # 3. It is a thread.
    try:
        found = msgspec.json.decode(data, type=_Thread)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("client.3", f"No thread: {error}.", "Check the desk's address.") from error
    receipt = stamp.check(found.receipt.encode(), known.stamp)
    # 4. The receipt is for this code.
    if receipt.lookup != code.lookup or found.state not in ("arrived", "opened", "closed"):
        raise WrongContext(
            "client.4", "The desk answers for another report.", "Ask again, and tell its party."
        )
    by_digest = {known.digest: known}
    for text in found.cards:
        one = same_stamp(cards.parse(text.encode()), known)
        by_digest[one.digest] = one

    def card_of(digest: str) -> Signed:
        if digest not in by_digest:
            raise WrongContext(
                "client.5", "The card that it names was not shown.", "Ask the desk for the card."
            )
        return by_digest[digest]

    return Fetched(found.state, receipt, thread.read([one.package for one in found.messages], code, card_of))


def same_stamp(one: Signed, known: Signed) -> Signed:
    """Return a card if it bears the stamp that is known. Raises WrongContext: `client.6`."""
    # 6. It is of the desk whose fingerprint was compared.
    if one.card.stamp != known.card.stamp:
        raise WrongContext(
            "client.6",
            "The desk shows a card with another stamp.",
            "Fetch the card, compare its fingerprint, and ask the party why.",
        )
    return one


def _ask(method: str, place: str, path: str, body: bytes, kind: str) -> bytes:
    headers = {"content-type": kind} if kind else {}
    # 1. The desk answers.
    try:
        answer = httpx.request(
            method, place.rstrip("/") + "/" + path, content=body, headers=headers, timeout=SECONDS
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PeerAway(
            "client.1",
            f"The desk at {place} does not answer: {error}.",
            "Check the address; nothing was lost.",
        ) from error
    # 2. It takes what is asked.
    if not answer.is_success or len(answer.content) > MOST:
        raise PeerAway("client.2", f"The desk refused: {_refusal(answer)}", "Do as it says, and try again.")
    return answer.content


def _refusal(answer: httpx.Response) -> str:
    try:
        said = answer.json()
        return f"{said['what']} [{said['step']}] {said['remedy']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


def _say(voice: Voice, name: str, /, **holes: object) -> str:
    said = words()[name]
    return voice.choose(Text(said["en"].format(**holes), said["zh"].format(**holes)))


def _shown(voice: Voice, one: Read) -> list[str]:
    if one.message is None:
        return [_say(voice, "unproven", why=one.refusal)]
    said = one.message
    writer = "from_reporter" if said.writer == "reporter" else "from_intake"
    lines = [
        f"{clock(said.at)}  {_say(voice, writer, name=said.writer)} {_say(voice, f'act_{said.act}')}:",
        *(f"  {line}" for line in said.text.splitlines()),
    ]
    if said.act == "closed":
        lines.append(f"  {_say(voice, 'outcome')}: {_say(voice, f'outcome_{said.outcome}')}")
        lines += [f"  {_say(voice, 'lesson')}: {line}" for line in said.lesson.splitlines()]
    return [*lines, _say(voice, "gap")] if one.gap else lines
