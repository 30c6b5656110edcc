"""The endpoints of TAXII 2.1 (OASIS), for clients with a token. Everything is answered in TAXII's own JSON.

    GET  /taxii2/                                        discovery
    GET  /detente/                                       the API root
    GET  /detente/collections/…/objects/                 and manifest/, objects/ID/, objects/ID/versions/
    POST /detente/collections/…/objects/                 to the inbox alone: drafts
    GET  /detente/status/ID/

A token comes as the password of HTTP Basic, its client's name being the user, or as a Bearer token. What a
client may not see is not there: 404, never 403. Slashes that a client writes twice are one (MISP's push).
"""

import base64
import binascii
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from detente.faces import exits
from detente.faces.taxii import push
from detente.faces.taxii.book import INBOX, Client, Collection, Refusal
from detente.faces.taxii.shelf import Shelf, Shown
from detente.trust.errors import DetenteError

TYPE = "application/taxii+json;version=2.1"
ROOT = "detente"
ACCEPTED = frozenset({"application/taxii+json;version=2.1", "application/taxii+json", "application/*", "*/*"})
SENT = frozenset({"application/taxii+json;version=2.1", "application/taxii+json"})
_STRANGER = {"WWW-Authenticate": 'Basic realm="detente", charset="UTF-8"'}


class Away(Exception):
    """A request that is turned away: status, title, and what to do."""

    def __init__(self, status: int, title: str, description: str) -> None:
        super().__init__(title)
        self.status, self.title, self.description = status, title, description


def _unknown() -> Away:
    """Return the answer about what is not there, or not for this client: nobody learns which."""
    return Away(404, "Not found", "There is no such thing here, or it is not for this client.")


def application(shelf: Shelf, url: str) -> Starlette:
    """Return the ASGI application.

    Args:
        shelf: what is served.
        url: where clients find this server, as `https://host:port`.
    """
    # One thread does the work: the window is asked by one thread alone, and the book has one writer.
    worker = ThreadPoolExecutor(1, thread_name_prefix="detente-taxii")

    async def answer(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Away as away:
            return _error(away.status, away.title, away.description)
        future = worker.submit(_answered, shelf, url, request, body)
        return await run_in_threadpool(future.result)

    return Starlette(
        routes=[Route("/{path:path}", answer, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])]
    )


async def _body(request: Request) -> bytes:
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > push.MAX_BYTES:
            raise Away(413, "Too large", f"An envelope has at most {push.MAX_BYTES} bytes.")
    return found


def _answered(shelf: Shelf, url: str, request: Request, body: bytes) -> Response:
    client: Client | str = ""
    try:
        client = _client(shelf, request)
        return _routed(shelf, url, (request, body, client))
    except Away as away:
        if away.status in (401, 403):
            shelf.refuse(Refusal(shelf.now(), _said(request), away.title, request.url.path))
        return _error(away.status, away.title, away.description)
    except DetenteError as error:
        status = exits.of(error).status
        return _error(int(status), HTTPStatus(status).phrase, f"{error.what} {error.remedy}", error.step)


def _client(shelf: Shelf, request: Request) -> Client:
    """Return whose token it is. Raises Away: 401."""
    name, token = _credentials(request.headers.get("authorization", ""))
    client = shelf.known(name, token) if token else "no-credentials"
    if isinstance(client, str):
        raise Away(
            401, client, "Give the client's name and its token; detente taxii show says until when it holds."
        )
    return client


def _credentials(header: str) -> tuple[str | None, str]:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return None, rest.strip()
    if scheme.lower() != "basic":
        return None, ""
    try:
        name, _, token = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, ""
    return name, token


def _said(request: Request) -> str:
    """Whose name a request gives, proven or not."""
    return _credentials(request.headers.get("authorization", ""))[0] or ""


Call = tuple[Request, bytes, Client]


def _routed(shelf: Shelf, url: str, call: Call) -> Response:
    request, _, _ = call
    accepted = request.headers.get("accept", "*/*")
    if not any(_media(one) in ACCEPTED for one in accepted.split(",")):
        raise Away(406, "Not acceptable", f"This server speaks {TYPE}.")
    path = [part for part in re.split("/+", request.url.path) if part]
    match path:
        case ["taxii2"]:
            return _get(request, lambda: _json(_discovery(shelf, url)))
        case [root, *rest] if root == ROOT:
            return _within(shelf, call, rest)
    raise _unknown()


def _within(shelf: Shelf, call: Call, path: list[str]) -> Response:
    request, _, client = call
    match path:
        case []:
            return _get(request, lambda: _json(_root(shelf)))
        case ["status", name]:
            return _get(request, lambda: _raw(shelf.status(client, name)))
        case ["collections"]:
            shown = [_collection(one, client) for one in shelf.collections(client)]
            return _get(request, lambda: _json({"collections": shown} if shown else {}))
        case ["collections", name, *rest]:
            one = next((one for one in shelf.collections(client) if name in (one.id, one.name)), None)
            if one is None:
                raise _unknown()
            return _collected(shelf, call, one, rest)
    raise _unknown()


def _collected(shelf: Shelf, call: Call, one: Collection, path: list[str]) -> Response:
    request, body, client = call
    query = dict(request.query_params)
    match path:
        case []:
            return _get(request, lambda: _json(_collection(one, client)))
        case ["manifest"]:
            return _get(request, lambda: _paged(shelf.page(client, one, query), "manifest"))
        case ["objects"] if request.method == "POST":
            return _pushed(shelf, call, one, body)
        case ["objects"]:
            return _get(request, lambda: _paged(shelf.page(client, one, query), "objects"))
        case ["objects", name]:
            return _get(request, lambda: _object(shelf, client, one, (name, query), "objects"))
        case ["objects", name, "versions"]:
            return _get(request, lambda: _object(shelf, client, one, (name, query), "versions"))
    raise _unknown()


def _get(request: Request, answer: Callable[[], Response]) -> Response:
    """Answer what is only read; nothing is deleted or changed because a client says so."""
    if request.method != "GET":
        raise Away(405, "Method not allowed", "What is shown here is decided by the accord, not by a client.")
    return answer()


def _object(
    shelf: Shelf, client: Client, one: Collection, asked: tuple[str, dict[str, str]], what: str
) -> Response:
    name, query = asked
    kept = {key: value for key, value in query.items() if key not in {"match[id]", "match[type]"}}
    shown = shelf.page(client, one, kept | {"match[id]": name})
    if not shown.rows and not shelf.page(client, one, {"match[id]": name}).rows:
        raise _unknown()
    return _paged(shown, what)


def _pushed(shelf: Shelf, call: Call, one: Collection, body: bytes) -> Response:
    request, _, client = call
    if one.name != INBOX:
        raise Away(403, "Read only", f"Push to the collection {INBOX}: it makes drafts.")
    if _media(request.headers.get("content-type", "")) not in SENT:
        raise Away(415, "Unsupported media type", f"Send {TYPE}.")
    return _raw(shelf.push(client, push.parse(body)), 202)


def _media(text: str) -> str:
    """A media type without spaces and weights; its version stays."""
    kind, *rest = (part.strip().lower().replace('"', "") for part in text.split(";"))
    versions = [one.replace(" ", "") for one in rest if one.replace(" ", "").startswith("version=")]
    return ";".join((kind, *versions))


def _discovery(shelf: Shelf, url: str) -> dict[str, Any]:
    root = f"{url}/{ROOT}/"
    return {"title": f"Detente: {shelf.party}", "default": root, "api_roots": [root]}


def _root(shelf: Shelf) -> dict[str, Any]:
    return {"title": f"Detente: {shelf.party}", "versions": [TYPE], "max_content_length": push.MAX_BYTES}


def _collection(one: Collection, client: Client) -> dict[str, Any]:
    inbox = one.name == INBOX
    told = (
        f"What {client.name} sent; each push makes drafts."
        if inbox
        else f"{one.pillar}, for {client.audience}"
    )
    drill = "EXERCISE / 演习: " if one.domain == "exercise" else ""
    return {
        "id": one.id,
        "title": f"{drill}{one.name}",
        "description": told,
        "alias": one.name,
        "can_read": True,
        "can_write": inbox,
        "media_types": ["application/stix+json;version=2.1"],
    }


def _paged(shown: Shown, what: str) -> Response:
    """Write a page: objects as they are kept, byte for byte."""
    headers = {}
    if shown.rows:
        headers = {
            "X-TAXII-Date-Added-First": shown.rows[0].added,
            "X-TAXII-Date-Added-Last": shown.rows[-1].added,
        }
    more = {"more": bool(shown.next)} | ({"next": shown.next} if shown.next else {})
    if what == "versions":
        return _json(more | {"versions": [row.version for row in shown.rows]} if shown.rows else {}, headers)
    head = msgspec.json.encode(more)[:-1]
    listed = b",".join(row.data if what == "objects" else row.manifest() for row in shown.rows)
    if not shown.rows:
        return _raw(b"{}" if not shown.next else head + b"}", headers=headers)
    return _raw(b'%s,"objects":[%s]}' % (head, listed), headers=headers)


def _json(value: object, headers: dict[str, str] | None = None) -> Response:
    return _raw(msgspec.json.encode(value), headers=headers)


def _raw(data: bytes | None, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    if data is None:
        raise _unknown()
    return Response(data, status, {"Content-Type": TYPE, "Cache-Control": "no-store", **(headers or {})})


def _error(status: int, title: str, description: str, step: str = "") -> Response:
    told = {"title": title, "description": description, "http_status": str(status), "error_id": str(uuid4())}
    body = msgspec.json.encode(told | ({"error_code": step} if step else {}))
    return _raw(body, status, dict(_STRANGER) if status == 401 else None)  # noqa: PLR2004 (HTTP)
