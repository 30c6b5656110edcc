"""The peer endpoint: what other nodes meet. It serves the static tree, and has one doorbell.

    GET  /live/us/checkpoint        any file of the tree
    GET  /store/us/live/us/checkpoint, and PUT by us: a store for parties that only call out, if there is one
    POST /add-checkpoint            C2SP tlog-witness: a head and its proof in, our cosignature lines out
    GET  /health                    200 {"ok":true}, or 503 {"ok":false}; why is for its operator alone
    GET  /openapi.json              these, as OpenAPI 3.1 has it

Requests are signed by a party of the accord (see `porter`), unless the settings let strangers ask. It listens
on loopback unless told otherwise. Nothing that is sent here is believed: the doorbell's answer is what
`trust.witness` decides. Answers follow tlog-witness: 200 with lines, 400 what cannot be read, 403 a key that
is not the log's, 404 a log that is not known, 409 with the size that is known, 422 a proof that does not
compute.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from detente.faces import exits, openapi
from detente.faces.porter import Guarded, Porter
from detente.node.blotter import Blotter
from detente.node.depot import Depot
from detente.node.errors import Exceeded, Unready
from detente.node.fence import Fence
from detente.node.home import Home
from detente.node.source import Source, check_path, limit
from detente.trust import checkpoint, note, witness
from detente.trust.errors import DetenteError, Malformed, TooLarge
from detente.trust.request import Request as Asked

SIZE_TYPE = "text/x.tlog.size"
BINARY = "application/octet-stream"


SLOW_SECONDS = 30.0
"""How long the body of a request may take."""


class Witnessing(Guarded, Protocol):
    """What the endpoint asks of a node."""

    @property
    def home(self) -> Home:
        """Its settings say who is answered, and how much."""
        ...

    @property
    def blotter(self) -> Blotter | None:
        """Keeps requests that were refused."""
        ...

    @property
    def tree(self) -> Source:
        """The static tree."""
        ...

    def submit(self, origin: str, submission: witness.Submission, heard: Callable[[], None]) -> bytes | int:
        """Return our signature lines on a head, or the size that is known; `heard` when it is durable."""
        ...


def application(
    node: Witnessing,
    rung: Callable[[], None] = lambda: None,
    well: Callable[[], bool] = lambda: True,
    fence: Fence | None = None,
) -> Starlette:
    """Return the ASGI application of a node.

    Args:
        node: what is asked.
        rung: called for each accepted head as soon as it is durable, so that the node pulls at once.
        well: tells whether the node does its work.
        fence: over TLS, whose certificates are pinned.
    """
    settings = node.home.settings
    porter = Porter(node, settings.quota, settings.unsigned, fence, node.blotter)

    depot = Depot(node.home.path / "store", settings.store)

    def file(path: str) -> Response:
        stored = path.startswith("/store/")
        tree, name = (depot, path.removeprefix("/store/")) if stored else (node.tree, path[1:])
        data = _file(tree, name)
        return PlainTextResponse("not found\n", 404) if data is None else _served(path, data)

    def add_checkpoint(_: str, body: bytes) -> Response:
        return _answer(node, body, rung)

    async def get(request: Request) -> Response:
        return await _admitted(porter, request, b"", lambda _: file(request.url.path))

    async def post(request: Request) -> Response:
        return await _received(porter, request, witness.MAX_BYTES, add_checkpoint)

    async def put(request: Request) -> Response:
        path = request.url.path.removeprefix("/store/")
        return await _received(
            porter, request, limit(path), lambda who, body: _keep(depot, who, (path, body))
        )

    return Starlette(
        routes=[
            *_open(well),
            Route("/add-checkpoint", post, methods=["POST"]),
            Route("/store/{path:path}", put, methods=["PUT"]),
            Route("/{path:path}", get, methods=["GET"]),
        ]
    )


def _open(well: Callable[[], bool]) -> list[Route]:
    """Return what anybody is told."""

    async def health(_: Request) -> Response:
        ok = well()
        return Response(json.dumps({"ok": ok}), 200 if ok else 503, media_type="application/json")

    async def described(_: Request) -> Response:
        return Response(openapi.dump(openapi.PEER), media_type="application/json")

    return [
        Route("/health", health, methods=["GET"]),
        Route("/openapi.json", described, methods=["GET"]),
    ]


async def _admitted(
    porter: Porter, request: Request, body: bytes, answer: Callable[[str], Response]
) -> Response:
    """Answer a request if the porter lets it in, and charge whoever asked; on one thread, from end to end."""
    asked = Asked(request.method, _target(request), porter.node.party, body)
    fields = [(name.lower(), value) for name, value in request.headers.items()]
    shown = getattr(request.state, "certificate", b"")
    origin = request.client.host if request.client else ""

    def given() -> Response:
        try:
            who = porter.admit(asked, fields, shown, origin)
        except DetenteError as error:
            return _refused(error)
        found = answer(who)
        porter.charge(who, len(body) + len(found.body))
        return found

    return await run_in_threadpool(given)


async def _received(
    porter: Porter, request: Request, most: int, answer: Callable[[str, bytes], Response]
) -> Response:
    """Answer a request that brings something, at most so many bytes."""
    try:
        body = await _body(request, most)
    except DetenteError as error:
        return _refused(error)
    return await _admitted(porter, request, body, lambda who: answer(who, body))


def _keep(depot: Depot, who: str, what: tuple[str, bytes]) -> Response:
    try:
        depot.put(who, *what)
    except DetenteError as error:
        return _refused(error)
    return Response(status_code=204)


def _target(request: Request) -> str:
    """Return the path as it was asked, query and all: what is signed has none."""
    query = request.url.query
    raw: bytes = request.scope.get("raw_path", b"")
    return raw.decode("latin-1") + (f"?{query}" if query else "")


def _refused(error: DetenteError) -> Response:
    return PlainTextResponse(f"{error}\n", exits.of(error).status)


def _file(tree: Source, path: str) -> bytes | None:
    try:
        return tree.get(check_path(path))
    except (Malformed, Unready):
        return None


def _served(path: str, data: bytes) -> Response:
    moving = path.endswith(("/checkpoint", "/standing")) or "/cosigned/" in path or "/bodies/" in path
    cache = "no-cache" if moving else "public, max-age=31536000, immutable"
    return Response(
        data, media_type=BINARY, headers={"cache-control": cache, "x-content-type-options": "nosniff"}
    )


async def _body(request: Request, most: int) -> bytes:
    """Return what was sent. Raises TooLarge: `peer.1`; Exceeded: `peer.2`; Malformed: `peer.3`."""
    data = bytearray()
    try:
        async with asyncio.timeout(SLOW_SECONDS):
            async for chunk in request.stream():
                data += chunk
                # 1. It is within the limit.
                if len(data) > most:
                    raise TooLarge("peer.1", "The request is too large.", f"At most {most}.")
    except TimeoutError as error:
        # 2. It comes in time.
        raise Exceeded("peer.2", "The request came too slowly.", "Send it at once.") from error
    except ClientDisconnect as error:
        # 3. It comes whole.
        raise Malformed("peer.3", "The request broke off.", "Send it at once.") from error
    return bytes(data)


def _answer(node: Witnessing, body: bytes, rung: Callable[[], None]) -> Response:
    try:
        submission = witness.parse(body)
        origin = checkpoint.parse_text(note.parse(submission.note).text).origin
        answer = node.submit(origin, submission, rung)
    except DetenteError as error:
        return _refused(error)
    if isinstance(answer, int):
        return Response(f"{answer}\n", 409, headers={"content-type": SIZE_TYPE})
    return Response(answer, media_type="text/plain")
