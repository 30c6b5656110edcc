"""The intake's addresses: pages that work without JavaScript, and the same for programs.

    GET  /                     both languages
    GET  /zh/                  what the desk does not take, before anything else is asked
    POST /zh/report            1. the screening: the form, or whom to go to instead
    POST /zh/send              2. the form: a receipt and a follow-up code
    GET, POST /zh/follow       a thread, by its code
    POST /zh/answer
    GET  /card, /cards/DIGEST  the intake card, for who seals at home
    POST /api/v1/letters       a sealed report -> the receipt
    POST /api/v1/reports       JSON, with a token -> code and receipt
    POST /api/v1/threads       {"lookup"} -> the thread, sealed
    POST /api/v1/messages      {"lookup","package"} -> its number

No cookies, no session, no account, no log of who asked. A refusal to a program is JSON with what to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detente.faces import exits, openapi
from detente.faces.intake import pages, programs
from detente.faces.intake.desk import Desk
from detente.faces.intake.turnstile import Turnstile
from detente.faces.speech import both, refused
from detente.node.confidence import letter
from detente.node.errors import Exceeded
from detente.trust.errors import DetenteError, Malformed, TooLarge

MAX_FORM = 10 * 1024 * 1024
SLOW_SECONDS = 60.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

LATER = frozenset({"report", "send", "answer"})
"""Pages that only follow another."""

Page: TypeAlias = Callable[[Desk, pages.Asked], str]
Program: TypeAlias = Callable[[Desk, Request, bytes], Response]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def application(desk: Desk, turnstile: Turnstile | None = None) -> Starlette:
    """Return the intake of a desk as an ASGI application."""
    gate = turnstile or Turnstile()

    def page(path: str, answer: Page, method: str = "GET") -> Route:
        return Route(f"/{{language}}/{path}", _page(desk, gate, answer), methods=[method])

    def program(path: str, answer: Program, most: int) -> Route:
        return Route(path, _program(desk, gate, answer, most), methods=["POST" if most else "GET"])

    return Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(pages.front())),
            Route("/static/intake.css", _style),
            Route("/openapi.json", _described),
            program("/card", programs.card, 0),
            program("/cards/{digest}", programs.card_of, 0),
            program("/api/v1/letters", programs.letters, letter.MAX_BYTES),
            program("/api/v1/reports", programs.reports, MAX_FORM * 4 // 3),
            program("/api/v1/threads", programs.threads, 4_096),
            program("/api/v1/messages", programs.messages, 1_048_576),
            page("", pages.screening),
            page("report", pages.form, "POST"),
            page("send", pages.sent, "POST"),
            page("follow", pages.asking),
            page("follow", pages.thread, "POST"),
            page("answer", pages.answered, "POST"),
            Route("/{language}/{page}", _begin, methods=["GET"]),
        ],
        middleware=[Middleware(_Sealed)],
    )


def _begin(request: Request) -> Response:
    """Lead whoever comes by an address to a page that only follows another to where all begins."""
    language, page = request.path_params["language"], request.path_params["page"]
    if language not in pages.LANGUAGES or page not in LATER:
        return PlainTextResponse("not found\n", 404)
    return RedirectResponse(f"/{language}/", 303)


def _page(desk: Desk, gate: Turnstile, answer: Page) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        language = request.path_params["language"]
        if language not in pages.LANGUAGES:
            return PlainTextResponse("not found\n", 404)
        try:
            body = await _body(request, gate, MAX_FORM)
            asked = pages.Asked(language, request.headers.get("content-type", ""), body)
            return HTMLResponse(await run_in_threadpool(answer, desk, asked))
        except DetenteError as error:
            return HTMLResponse(pages.trouble(language, error), int(exits.of(error).status), _wait(error))

    return endpoint


def _program(desk: Desk, gate: Turnstile, answer: Program, most: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request, gate, most)
            return await run_in_threadpool(answer, desk, request, body)
        except DetenteError as error:
            return _told(error)

    return endpoint


async def _body(request: Request, gate: Turnstile, most: int) -> bytes:
    """Return what was sent.

    Raises:
        TooLarge: `reception.3`. Exceeded: `reception.4`, `turnstile.*`. Malformed: `reception.5`.
    """
    if request.method in ("GET", "HEAD"):
        return b""
    gate.enter(request.client.host if request.client else "")
    data = bytearray()
    try:
        with gate.carrying() as more:
            async with asyncio.timeout(SLOW_SECONDS):
                async for chunk in request.stream():
                    more(len(chunk))
                    data += chunk
                    # 3. It is within the limit.
                    if len(data) > most:
                        raise TooLarge(
                            "reception.3", "That is too much at once.", f"Send at most {most} bytes."
                        )
    except TimeoutError as error:
        # 4. It comes in time.
        raise Exceeded("reception.4", "It came too slowly.", "Try again, with fewer files.") from error
    except ClientDisconnect as error:
        # 5. It comes whole.
        raise Malformed("reception.5", "It broke off.", "Send it again.") from error
    return bytes(data)


def _told(error: DetenteError) -> Response:
    """Return a refusal as programs read it."""
    what, remedy = refused(error.step, error.what, error.remedy)
    value = {"error": type(error).__name__, "step": error.step, **both(what, remedy)}
    return JSONResponse(value, int(exits.of(error).status), _wait(error))


def _wait(error: DetenteError) -> dict[str, str]:
    return {"Retry-After": "60"} if isinstance(error, Exceeded) else {}


def _described(_: Request) -> Response:
    return Response(openapi.dump(openapi.INTAKE), media_type="application/json")


def _style(_: Request) -> Response:
    data = (files(__package__) / "static" / "intake.css").read_bytes()
    return Response(data, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


class _Sealed:
    """Sends every answer with the same headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in have
                    ),
                ]
            await send(message)

        await self._app(scope, receive, out)
