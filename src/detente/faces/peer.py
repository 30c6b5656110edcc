"""The peer endpoint: what other nodes meet. It serves the static tree, and has one doorbell.

    GET  /live/us/checkpoint        any file of the tree
    POST /add-checkpoint            C2SP tlog-witness: a head and its proof in, our cosignature lines out
    GET  /health                    200 {"ok":true}, or 503 {"ok":false}; why is for its operator alone
    GET  /openapi.json              these, as OpenAPI 3.1 has it

It listens on loopback unless told otherwise. Nothing that is sent here is believed: the doorbell's answer is
what `trust.witness` decides. Answers follow tlog-witness: 200 with lines, 400 what cannot be read, 403 a key
that is not the log's, 404 a log that is not known, 409 with the size that is known, 422 a proof that does not
compute.
"""

import json
from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from detente.faces import exits, openapi
from detente.node.errors import Unready
from detente.node.source import Source, check_path
from detente.trust import checkpoint, note, witness
from detente.trust.errors import DetenteError, Malformed

SIZE_TYPE = "text/x.tlog.size"
BINARY = "application/octet-stream"


class Witnessing(Protocol):
    """What the endpoint asks of a node."""

    @property
    def tree(self) -> Source:
        """The static tree."""
        ...

    def submit(self, origin: str, submission: witness.Submission) -> bytes | int:
        """Return our signature lines on a head, or the size that is known if the request is stale."""
        ...


def application(
    node: Witnessing, rung: Callable[[], None] = lambda: None, well: Callable[[], bool] = lambda: True
) -> Starlette:
    """Return the ASGI application of a node.

    Args:
        node: what is asked.
        rung: called after each accepted head, so that the node pulls at once.
        well: tells whether the node does its work.
    """

    async def file(request: Request) -> Response:
        data = await run_in_threadpool(_file, node.tree, request.path_params["path"])
        return PlainTextResponse("not found\n", 404) if data is None else _served(request.url.path, data)

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large\n", 413)
        answer = await run_in_threadpool(_answer, node, body)
        if answer.status_code == 200:  # noqa: PLR2004 (HTTP)
            rung()
        return answer

    async def health(_: Request) -> Response:
        ok = well()
        return Response(json.dumps({"ok": ok}), 200 if ok else 503, media_type="application/json")

    async def described(_: Request) -> Response:
        return Response(openapi.dump(openapi.PEER), media_type="application/json")

    return Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/openapi.json", described, methods=["GET"]),
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{path:path}", file, methods=["GET"]),
        ]
    )


def _file(tree: Source, path: str) -> bytes | None:
    try:
        return tree.get(check_path(path))
    except (Malformed, Unready):
        return None


def _served(path: str, data: bytes) -> Response:
    moving = path.endswith("/checkpoint") or "/cosigned/" in path or "/bodies/" in path
    cache = "no-cache" if moving else "public, max-age=31536000, immutable"
    return Response(
        data, media_type=BINARY, headers={"cache-control": cache, "x-content-type-options": "nosniff"}
    )


async def _body(request: Request) -> bytes | None:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > witness.MAX_BYTES:
            return None
    return bytes(data)


def _answer(node: Witnessing, body: bytes) -> Response:
    try:
        submission = witness.parse(body)
        origin = checkpoint.parse_text(note.parse(submission.note).text).origin
        answer = node.submit(origin, submission)
    except DetenteError as error:
        return PlainTextResponse(f"{error}\n", exits.of(error).status)
    if isinstance(answer, int):
        return Response(f"{answer}\n", 409, headers={"content-type": SIZE_TYPE})
    return Response(answer, media_type="text/plain")
