"""A browser without a window: asks a desk for pages, follows its forms, and reads them as a person would."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import httpx

from detente.faces.desk.application import Desk
from detente.faces.desk.session import Sessions
from detente.faces.desk.watch import Watch
from detente.node.window import Window
from homes import World, installed

PORT = 8643
SITE = f"http://localhost:{PORT}"


class Page(HTMLParser):
    """What a page says: its words, its links, its forms' fields, and every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.words: list[str] = []
        self.links: list[str] = []
        self.fields: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "input" and found.get("name"):
            self.fields[str(found["name"])] = str(found.get("value") or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class Client:
    """Asks the application itself, without a socket, and keeps its cookies."""

    def __init__(self, desk: Desk) -> None:
        transport = httpx.ASGITransport(desk.app)
        self._inner = httpx.AsyncClient(transport=transport, base_url=SITE)
        self._runner = asyncio.Runner()

    def get(
        self, path: str, headers: dict[str, str] | None = None, *, follow_redirects: bool = True
    ) -> httpx.Response:
        asked = self._inner.get(path, headers=headers, follow_redirects=follow_redirects)
        return self._runner.run(asked)

    def post(
        self,
        path: str,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        sent = self._inner.post(path, data=data, content=content, headers=headers, follow_redirects=True)
        return self._runner.run(sent)

    @property
    def cookies(self) -> httpx.Cookies:
        return self._inner.cookies

    def close(self) -> None:
        self._runner.run(self._inner.aclose())
        self._runner.close()


class Browser:
    """A client with a cookie, and the desk behind it."""

    def __init__(self, watch: Watch, desk: Desk, client: Client) -> None:
        self.watch = watch
        self.desk = desk
        self.client = client
        self.base = f"/{desk.sessions.place}/live"

    def get(self, path: str, **headers: str) -> Page:
        answer = self.client.get(self.base + path, headers=headers)
        assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
        return Page(answer.text)

    def post(self, path: str, status: int = 200, **form: str) -> Page:
        token = Page(self.client.get(self.base + "/").text).fields["_token"]
        answer = self.client.post(self.base + path, data={"_token": token, **form}, headers={"Origin": SITE})
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        return Page(answer.text)

    def speak(self, language: str) -> None:
        token = Page(self.client.get(self.base + "/").text).fields["_token"]
        self.client.post(
            f"/{self.desk.sessions.place}/language",
            data={"_token": token, "to": language, "back": self.base + "/"},
            headers={"Origin": SITE},
        )


@contextmanager
def at(world: World, party: str) -> Iterator[Browser]:
    """Let a browser in at a party's desk; the desk reads on when it is told to (`watch.follow`)."""
    with Window.open(world.home(party), installed(), clock=world.clock) as window:
        watch, sessions = Watch(window), Sessions()
        watch.follow()
        desk = Desk(watch, sessions, lambda: PORT)
        client = Client(desk)
        try:
            client.get(sessions.entrance)
            yield Browser(watch, desk, client)
        finally:
            client.close()
            watch.close()
