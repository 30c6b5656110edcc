"""The gatehouse: what every request passes before a page sees it, and what every answer is sent with.

    1. It asks for this desk by name: `Host` is localhost or 127.0.0.1 with this port (DNS rebinding).
    2. What changes something was sent by a page of this very desk: `Origin`, and `Sec-Fetch-Site` if given.
    3. Its body is a form within the limits.
    4. It is of a browser that was let in.
    5. Its form was made for this session.

Refusals are plain pages without any of the desk's content. ASGI, so that nothing runs before the checks.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detente.faces.desk.session import COOKIE, Sessions

MAX_BODY = 524_288
MAX_FIELDS = 512
FORM = "application/x-www-form-urlencoded"
TOKEN = "_token"  # noqa: S105 (the name of a form's field)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: a form would then be sent with the origin `null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class Away(NamedTuple):
    """A request that was turned away: status, and what to do, in both languages."""

    status: int
    en: str
    zh: str


AWAY = {
    "host": Away(421, "This desk is at http://localhost only.", "本工作台仅在 http://localhost 提供。"),
    "origin": Away(403, "Another page sent this. Nothing was done.", "该请求来自其他页面，未作任何处理。"),
    "body": Away(413, "That is too much for one form. Nothing was done.", "表单内容过多，未作任何处理。"),
    "form": Away(400, "This is no form. Nothing was done.", "这不是表单，未作任何处理。"),
    "session": Away(
        403,
        "This browser was not let in. Ask for an address: detente desk --link --home FOLDER",
        "本浏览器未获准进入。请索取网址：detente desk --link --home 文件夹",
    ),
    "token": Away(
        403,
        "This form is of an earlier session. Load the page again.",
        "该表单属于先前的会话，请重新载入页面。",
    ),
}


class Gatehouse:
    """Stands before an application.

    Args:
        app: what is guarded.
        sessions: who was let in.
        port: asked for each request, for it is known only once the desk listens.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, port: Callable[[], int]) -> None:
        self._app = app
        self._sessions = sessions
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, and hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = await self._turned(scope, receive)
        out = _sealed(send)
        if answer is not None:
            await answer(scope, receive, out)
        else:
            await self._app(scope, _again(scope, receive), out)

    async def _turned(self, scope: Scope, receive: Receive) -> Response | None:
        headers = Headers(scope=scope)
        changes = scope["method"] not in ("GET", "HEAD")
        # 1. It asks for this desk. 2. What changes something comes from a page of this desk.
        if headers.get("host", "") not in {f"localhost:{self._port()}", f"127.0.0.1:{self._port()}"}:
            return refusal("host")
        if changes and not _same(headers):
            return refusal("origin")
        # 3. A form within the limits.
        wrong = await self._form(scope, receive, headers) if changes else ""
        if wrong:
            return refusal(wrong)
        path, place = scope["path"], self._sessions.place
        if path in (f"/{place}/enter", "/") or path.startswith(f"/{place}/static/"):
            return None
        return self._stranger(scope, changes=changes)

    def _stranger(self, scope: Scope, *, changes: bool) -> Response | None:
        session = Request(scope).cookies.get(COOKIE, "")
        # 4. A browser that was let in.
        if not self._sessions.knows(session):
            return refusal("session")
        # 5. A form that was made for it.
        if changes and not self._sessions.holds(session, scope["desk.form"].get(TOKEN, "")):
            return refusal("token")
        scope["desk.session"] = session
        return None

    async def _form(self, scope: Scope, receive: Receive, headers: Headers) -> str:
        if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return "form"
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return "form"
            body += message.get("body", b"")
            if len(body) > MAX_BODY:
                return "body"
            if not message.get("more_body", False):
                break
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        except ValueError:
            # Bytes that are no UTF-8, lone surrogates among them, are no text: nobody typed them.
            return "form"
        scope["desk.form"] = dict(pairs)
        scope["desk.pairs"] = pairs
        return ""


def refusal(name: str) -> Response:
    """Return the page that turns a request away."""
    turned = AWAY[name]
    return PlainTextResponse(f"{turned.en}\n{turned.zh}\n", turned.status)


def _same(headers: Headers) -> bool:
    said = headers.get("sec-fetch-site", "same-origin")
    return said == "same-origin" and headers.get("origin", "") == f"http://{headers['host']}"


def _again(scope: Scope, receive: Receive) -> Receive:
    """The body was read; what is left to hear is that the browser went away."""
    if "desk.form" not in scope:
        return receive
    told = False

    async def said() -> Message:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        return await receive()

    return said


def _sealed(send: Send) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return out
