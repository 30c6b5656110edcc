"""The push: an envelope of a client, kept as it came, and a draft for each thing that happened. Nothing else.

A draft is private, unsigned and worked on by people: a push tables nothing, and shows nothing to anybody but
the client that sent it. An object that was sent before is a success. The status says of each object what
became of it, and it is said only once it is durable.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from detente.accord.field import fields
from detente.faces import pillars
from detente.faces.cli import importing
from detente.faces.neighbours.stix import stamp
from detente.faces.registers import stix
from detente.faces.registers.event import Aside, Event
from detente.faces.taxii import belonging
from detente.faces.taxii.belonging import Look
from detente.faces.taxii.book import Book
from detente.faces.taxii.issued import writing
from detente.node.sheet import Kept, Sheet
from detente.trust.errors import DetenteError, Malformed, TooLarge

MAX_BYTES, MAX_KEPT = 8 * 1024 * 1024, 200_000
MAX_ANY, LEAST = 2_000, 64
"""So many objects of any size; more if they have at least so many bytes each, as those of STIX do."""
MAX_RELATED = 2_000
Keep = Callable[[tuple[Sheet, ...]], tuple[Kept, ...]]
Told = dict[str, str]
FATES = {
    "new": "a draft was made",
    "updated": "the draft follows",
    "same": "known already",
    "edited": "kept; a person has edited the draft",
    "discarded": "kept; the draft was discarded",
    "tabled": "kept; it was tabled already",
}


def parse(body: bytes) -> list[Any]:
    """Return the objects of an envelope.

    Raises:
        TooLarge: `push.1`. Malformed: `push.2` no envelope.
    """
    # 1. It is of a size that can be looked through.
    if len(body) > MAX_BYTES:
        raise TooLarge(
            "push.1", f"The envelope has more than {MAX_BYTES} bytes.", "Send its objects in several."
        )
    # 2. It is an envelope of TAXII 2.1.
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("push.2", f"No envelope: {error}.", 'Send {"objects": […]}.') from error
    found = whole.get("objects", []) if isinstance(whole, dict) else None
    if not isinstance(found, list):
        raise Malformed("push.2", "No envelope: it has no list of objects.", 'Send {"objects": […]}.')
    # Clients fill an envelope up to the bytes that are announced; each scrap costs a line of the status.
    if len(found) > max(MAX_ANY, len(body) // LEAST):
        what = f"The envelope has {len(found)} objects, most of them too small to be STIX."
        raise TooLarge("push.1", what, "Send its objects in several.")
    return found


def take(book: Book, client: str, found: list[Any], keep: Keep, look: Look) -> bytes:
    """Keep what a client sent, make drafts of it, and return the status as TAXII has it.

    What happened is a draft of a report, and an indicator or sighting that belongs to a response which the
    client is shown is a draft in its thread; `look` finds what that client is shown.

    Raises:
        TooLarge: `push.3` the client has sent as much as is kept for one. As `keep`: no draft could be kept.
    """
    began = stamp(time.time_ns() // 1_000_000)
    good: dict[str, dict[str, Any]] = {}
    failures: list[Told] = []
    for one in found:
        try:
            checked = stix.checked(one)
            good[checked["id"]] = checked
        except DetenteError as error:
            failures.append(_failed(one, f"{error.what} [{error.step}]"))
    held = _held(book, client)
    # 3. There is room for it.
    if held + len(good) > MAX_KEPT:
        raise TooLarge(
            "push.3",
            f"The client {client} has sent {held} objects.",
            "Work on the drafts before more are sent.",
        )
    before = _before(book, client, list(good.values()))
    events, refused = _events(list(good.values()), before)
    answers = belonging.said(list(good.values()), before, look)
    refused += answers.refused
    failures += [
        _failed(good.pop(aside.id), f"{aside.error.what} [{aside.error.step}]")
        for aside in refused
        if aside.error is not None and aside.id in good
    ]
    sheets = [importing.sheet(one, "incidents", "stix") for one in events]
    sheets += [importing.sheet(one, "response", "stix", root) for one, root in answers.events]
    lacking = {one.id: _lacking(one) for one, _ in answers.events}
    fates = {one.source.partition(":")[2]: one for some in importing.portions(sheets) for one in keep(some)}
    told = {name: FATES[one.fate] + lacking.get(name, "") for name, one in fates.items()}
    status = _status(began, [_told(one, {**answers.told, **told}) for one in good.values()], failures)
    data = msgspec.json.encode(status)
    _write(book, client, list(good.values()), fates, (status["id"], data))
    return data


def _before(book: Book, client: str, good: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the client sent before that these objects speak of."""
    refs = {ref for one in good for ref in stix.refs(one)} - {one["id"] for one in good}
    related = []
    for ref in sorted(refs)[:MAX_RELATED]:
        row = book.conn.execute(
            "SELECT data FROM pushed WHERE client = ? AND id = ?", (client, ref)
        ).fetchone()
        related += [msgspec.json.decode(row[0])] if row else []
    return related


def _events(good: list[dict[str, Any]], before: list[dict[str, Any]]) -> tuple[list[Event], list[Aside]]:
    """What happened."""
    made = list(stix.taken(good, before))
    return [one for one in made if isinstance(one, Event)], [one for one in made if isinstance(one, Aside)]


def _held(book: Book, client: str) -> int:
    """How many objects a client has sent; they are counted once, and then as they come."""
    row = book.conn.execute("SELECT objects FROM held WHERE client = ?", (client,)).fetchone()
    if row is None:
        row = book.conn.execute("SELECT count(*) FROM pushed WHERE client = ?", (client,)).fetchone()
        book.conn.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (client, row[0]))
    return int(row[0])


def _lacking(event: Event) -> str:
    """What a person has to state of a draft in a response before it can be tabled."""
    spec = pillars.editions()["response"].pillar.kinds[event.kind]
    names = [one.name for one in fields(spec.open) if not one.optional and one.name not in event.open]
    return f"; to be stated: {', '.join(names)}" if names else ""


def _told(one: dict[str, Any], messages: Told) -> Told:
    message = messages.get(one["id"], "kept with what it is related to; by itself it makes no draft")
    return {"id": one["id"], "version": version(one), "message": message}


def _failed(one: object, message: str) -> Told:
    named = one.get("id") if isinstance(one, dict) else ""
    return {"id": str(named)[:100], "version": stamp(0), "message": message}


def version(one: dict[str, Any]) -> str:
    """Return the version of an object, as TAXII counts them."""
    found = one.get("modified", one.get("created"))
    return found if isinstance(found, str) else stamp(0)


def _status(at: str, successes: list[Told], failures: list[Told]) -> dict[str, Any]:
    return {
        "id": str(UUID(bytes=secrets.token_bytes(16), version=4)),
        "status": "complete",
        "request_timestamp": at,
        "total_count": len(successes) + len(failures),
        "success_count": len(successes),
        "successes": successes,
        "failure_count": len(failures),
        "failures": failures,
        "pending_count": 0,
        "pendings": [],
    }


def _write(
    book: Book, client: str, good: list[dict[str, Any]], fates: dict[str, Kept], status: tuple[str, bytes]
) -> None:
    with writing(book.conn) as conn:
        last = int(conn.execute("SELECT coalesce(max(added), 0) FROM pushed").fetchone()[0])
        added = max(time.time_ns() // 1000, last + 1)
        rows = [
            (
                added + n,
                client,
                one["id"],
                one["type"],
                version(one),
                fates[one["id"]].name if one["id"] in fates else "",
                msgspec.json.encode(one),
            )
            for n, one in enumerate(good)
        ]
        sent = "SELECT count(*) FROM pushed WHERE client = ? AND id = ?"
        fresh = sum(not conn.execute(sent, (client, one["id"])).fetchone()[0] for one in good)
        conn.execute("UPDATE held SET objects = objects + ? WHERE client = ?", (fresh, client))
        conn.executemany(
            "INSERT INTO pushed VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client, id) DO UPDATE SET added ="
            " excluded.added, version = excluded.version, draft = excluded.draft, data = excluded.data"
            " WHERE excluded.version > version",
            rows,
        )
        conn.execute("INSERT INTO status VALUES (?, ?, ?)", (status[0], client, status[1]))
