"""The application: addresses to pages. Each handler makes a view on a thread of its own, and renders it.

/PLACE/enter?key=…                     lets a browser in
/PLACE/live/                           home
/PLACE/live/pillar/incidents?words=…   threads of a pillar
/PLACE/live/thread/9f…?as=cn           one thread
/PLACE/live/duties, …/logs, …/links
/PLACE/live/new/incidents.report       a form
/PLACE/live/events                     what changes, as it does
/PLACE/language                        the other language
"""

import re
import time
from collections.abc import Callable
from importlib.resources import files
from typing import cast, get_args
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from detente.faces import exits, pillars
from detente.faces.desk import board, duties, home, links, logs, shelf, thread
from detente.faces.desk.chancery import Chancery
from detente.faces.desk.channel import Switchboard
from detente.faces.desk.clerk import Clerk
from detente.faces.desk.feed import Feed
from detente.faces.desk.gatehouse import Gatehouse, refusal
from detente.faces.desk.ground import SHORT, Ground
from detente.faces.desk.index import Wanted
from detente.faces.desk.page import Frame
from detente.faces.desk.passkeys import Officery
from detente.faces.desk.session import COOKIE, Sessions
from detente.faces.desk.tongue import LANGUAGES, Language, Tongue, asked
from detente.faces.desk.triage import Triage
from detente.faces.desk.visit import Visit
from detente.faces.desk.watch import LOOK_SECONDS, Watch
from detente.node.errors import NoSuchThing
from detente.trust.errors import DetenteError
from detente.trust.record import Domain

LANGUAGE = "detente-language"
A_YEAR = 31_536_000
ID = re.compile(r"[0-9a-f]{64}")
SOON_SECONDS = 5.0
"""How long a record that was just tabled may take to be read into the index."""
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
DOMAINS: tuple[Domain, ...] = get_args(Domain)


Handler = Callable[[Visit], Response]


class Desk:
    """The desk's application.

    Args:
        watch: what it looks at.
        sessions: who was let in.
        port: asked for each request.
        used: called after the entrance was used.
    """

    def __init__(
        self,
        watch: Watch,
        sessions: Sessions,
        port: Callable[[], int],
        used: Callable[[], None] = lambda: None,
    ) -> None:
        self.watch = watch
        self.sessions = sessions
        self.feed = Feed(watch)
        self._used = used
        base = f"/{sessions.place}"
        self.routes = [
            Route("/", _outside),
            Route(f"{base}/enter", self._enter),
            Route(f"{base}/static/{{name}}", _static),
            Route(f"{base}/", lambda _: RedirectResponse(f"{base}/{self._domains[0]}/", 303)),
            Route(f"{base}/language", self._language, methods=["POST"]),
        ]
        self._at("/", _home)
        self._at("/pillar/{pillar}", _shelf)
        self._at("/duties", _duties)
        self._at("/links", _links)
        self._at("/logs", _logs)
        self._at("/thread/{root}", _thread)
        self._at("/tabled/{name}", _tabled)
        self._at("/board/{root}", _board)
        switchboard = Switchboard(watch.window.home.path)
        self.feed.shown = switchboard.shown
        home = watch.window.home.path
        for one in (Clerk(home), switchboard, Chancery(home), Officery(home), Triage(home)):
            for path, handler, methods in one.pages():
                self._at(path, handler, methods)
        self.routes.append(Route(f"{base}/{{domain}}/events", self._events))
        self.app = Starlette(
            routes=self.routes, middleware=[Middleware(Gatehouse, sessions=sessions, port=port)]
        )

    @property
    def _domains(self) -> tuple[Domain, ...]:
        return tuple(one for one in DOMAINS if one in self.watch.window.panes)

    def _at(self, path: str, handler: Handler, methods: tuple[str, ...] = ("GET",)) -> None:
        """Add a page of each domain."""

        def endpoint(request: Request) -> Response:
            visit = self._visit(request)
            if visit is None:
                return RedirectResponse(f"/{self.sessions.place}/", 303)
            try:
                return handler(visit)
            except DetenteError as error:
                status = int(exits.of(error).status)
                return visit.show("trouble", status, error=_told(visit, error))

        self.routes.append(Route(f"/{self.sessions.place}/{{domain}}{path}", endpoint, methods=list(methods)))

    def _visit(self, request: Request) -> Visit | None:
        domain = cast("Domain", request.path_params["domain"])
        window = self.watch.window
        if domain not in window.panes:
            return None
        tongue = Tongue(_language(request))
        base = f"/{self.sessions.place}/{domain}"
        pane, picture = window.panes[domain], self.watch.pictures[domain]
        now = window.clock.now()
        names = window.terms.in_force(now).accord.pillars
        frame = Frame(
            tongue=tongue,
            party=window.party,
            domain=domain,
            domains=self._domains,
            base=base,
            root=f"/{self.sessions.place}",
            here=_here(request, base),
            pillars=tuple((one, tongue.pillar(one)) for one in pillars.names() if one in names),
            token=self.sessions.token(request.scope["desk.session"]),
            cut=picture.cut,
            now=now,
            genesis=window.terms.genesis,
            notice="review.done" if request.query_params.get("done") == "1" else "",
        )
        serving = (window.home.path / "door").exists()
        ground = Ground(pane, self.watch.indexes[domain], picture, tongue, base)
        return Visit(request, ground, frame, serving)

    async def _events(self, request: Request) -> Response:
        domain = request.path_params["domain"]
        if domain not in self.watch.pictures:
            return Response("not found\n", 404, media_type="text/plain")
        known = request.headers.get("last-event-id") or request.query_params.get("since", "")
        lines = self.feed.follow(domain, known[:200])
        return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    def _enter(self, request: Request) -> Response:
        session = self.sessions.enter(request.query_params.get("key", ""))
        if session is None:
            return refusal("session")
        self._used()
        root = f"/{self.sessions.place}"
        # A page and no redirect: a browser that follows an address from elsewhere would not send the cookie.
        answer = HTMLResponse(_ENTERED.format(root=root))
        answer.set_cookie(COOKIE, session, path=root, httponly=True, samesite="strict")
        return answer

    def _language(self, request: Request) -> Response:
        form: dict[str, str] = request.scope["desk.form"]
        root, back = f"/{self.sessions.place}", form.get("back", "")
        here = back if back.startswith(f"{root}/") and "\\" not in back else f"{root}/"
        answer = RedirectResponse(here, 303)
        if form.get("to") in LANGUAGES:
            answer.set_cookie(LANGUAGE, form["to"], A_YEAR, path=root, httponly=True, samesite="strict")
        return answer


_ENTERED = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Detente</title>'
    '<link rel="icon" href="{root}/static/mark.svg" type="image/svg+xml">'
    '<meta http-equiv="refresh" content="0;url={root}/"><p><a href="{root}/">Detente</a></p></html>'
)


def _home(visit: Visit) -> Response:
    return visit.show("home", view=home.make(visit.ground, serving=visit.serving))


def _shelf(visit: Visit) -> Response:
    pillar, words = visit.request.path_params["pillar"], visit.query("words")
    if pillar not in dict(visit.frame.pillars):
        raise NoSuchThing("desk.1", f"There is no pillar {pillar[:40]!a} here.", "Choose one that is listed.")
    root = shelf.named(visit.ground, words)
    if root:
        return RedirectResponse(visit.ground.link(root), 303)
    wanted = Wanted(pillar, words, min(visit.number("level"), shelf.TOP_LEVEL), visit.number("before"))
    view = shelf.make(visit.ground, wanted)
    query = {"words": words, "level": str(wanted.level), "before": str(view.older)}
    return visit.show("shelf", view=view, older=urlencode(query))


def _duties(visit: Visit) -> Response:
    return visit.show("duties", view=duties.make(visit.ground, visit.query("party")))


def _links(visit: Visit) -> Response:
    return visit.show("links", view=links.make(visit.ground, visit.query("state"), visit.number("before")))


def _logs(visit: Visit) -> Response:
    return visit.show("logs", view=logs.make(visit.ground))


def _thread(visit: Visit) -> Response:
    root = visit.request.path_params["root"]
    view = thread.make(visit.ground, root, visit.query("as"))
    return visit.show("thread", view=view)


def _board(visit: Visit) -> Response:
    return visit.show("board", view=board.make(visit.ground, visit.request.path_params["root"]))


def _tabled(visit: Visit) -> Response:
    """Show a record that was just tabled, once the watch has read it."""
    name = visit.request.path_params["name"]
    last = time.monotonic() + SOON_SECONDS
    while (root := _root(visit, name)) is None and time.monotonic() < last:
        time.sleep(LOOK_SECONDS)
    if root is None:
        raise NoSuchThing("desk.9", "It is signed, and not in the index yet.", "Look again in a moment.")
    return RedirectResponse(f"{visit.ground.link(root)}?done=1#{name[:SHORT]}", 303)


def _root(visit: Visit, name: str) -> str | None:
    return visit.ground.index.root_of(name) if ID.fullmatch(name) else None


def _outside(_: Request) -> Response:
    return refusal("session")


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    found = files(__package__) / "static" / name
    kind = TYPES.get(name.rpartition(".")[2])
    if kind is None or "/" in name or not found.is_file():
        return Response("not found\n", 404, media_type="text/plain")
    return Response(found.read_bytes(), media_type=kind, headers={"Cache-Control": "private, max-age=3600"})


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE)
    found: Language | None = next((one for one in LANGUAGES if one == chosen), None)
    return found or asked(request.headers.get("accept-language", ""))


def _here(request: Request, base: str) -> str:
    """The address to come back to: that of a form that was sent cannot be asked for."""
    if request.method != "GET":
        return f"{base}/drafts"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _told(visit: Visit, error: DetenteError) -> tuple[str, str, str]:
    tongue = visit.frame.tongue
    return tongue.refused(error.step, error.what), tongue.refused(error.step, error.remedy), error.step
