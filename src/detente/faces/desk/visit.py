"""The visit: one request, with what its page is made from and what stands around it."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from detente.faces.desk.ground import Ground
from detente.faces.desk.page import Frame, render

MAX_NUMBER = 15
MAX_QUERY = 200


class Visit(NamedTuple):
    """One request; `serving` tells whether a node runs at this home."""

    request: Request
    ground: Ground
    frame: Frame
    serving: bool

    def query(self, name: str) -> str:
        """Return a parameter of the address, at most `MAX_QUERY` characters of it."""
        return self.request.query_params.get(name, "")[:MAX_QUERY]

    def number(self, name: str) -> int:
        """Return a parameter as a whole number; 0 for anything else."""
        text = self.query(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER else 0

    @property
    def form(self) -> dict[str, str]:
        """The form that was sent, the last answer to each name."""
        found: dict[str, str] = self.request.scope["desk.form"]
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The form that was sent, every answer."""
        found: list[tuple[str, str]] = self.request.scope["desk.pairs"]
        return found

    def show(self, name: str, status: int = 200, **views: object) -> Response:
        """Return a page."""
        return HTMLResponse(render(name, self.frame, **views), status)
