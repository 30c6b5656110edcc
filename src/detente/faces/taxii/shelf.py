"""The shelf: what clients ask of one home, decided anew for each request.

    shelf.collections(client)          those whose audiences name the client's, and its inbox
    shelf.page(client, collection, …)  of what its audience may have now; the log is followed first

Three things have to agree before an object is shown: the accord (the client's audience is a party, and the
gate let the values go to it), the collection (its audiences, pillar and TLP level), and the token.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from detente.faces.neighbours import stix, tlp
from detente.faces.neighbours.view import parties
from detente.faces.taxii import page, push
from detente.faces.taxii.belonging import Look
from detente.faces.taxii.book import INBOX, Book, Client, Collection, Refusal, id_of
from detente.faces.taxii.issued import Issued
from detente.faces.taxii.page import Asked
from detente.faces.taxii.projection import Projection
from detente.node.home import CACHE
from detente.node.window import Window
from detente.trust.record import Domain

MEDIA = "application/stix+json;version=2.1"
INBOX_GENERATION = "inbox"
RESPONSE = "response"


class Row(Struct, frozen=True):
    """One object on a page: when it was added, its id and version, and its bytes."""

    added: str
    id: str
    version: str
    data: bytes

    def manifest(self) -> bytes:
        """Return its entry in a manifest."""
        told = {"id": self.id, "date_added": self.added, "version": self.version, "media_type": MEDIA}
        return msgspec.json.encode(told)


class Shown(Struct, frozen=True):
    """One page, and the cursor of the next; empty if there is none."""

    rows: tuple[Row, ...]
    next: str


class Shelf:
    """What one home serves.

    Args:
        window: the home, looked into.
        book: its collections and clients.
        keep: puts drafts into the node's drawer.
    """

    def __init__(self, window: Window, book: Book, keep: push.Keep) -> None:
        self._window, self._book, self._keep = window, book, keep
        self._seen = -1
        self._projections = {one: self._projection(one) for one in window.panes}

    @property
    def party(self) -> str:
        """Whose node it is."""
        return self._window.party

    def now(self) -> int:
        """The node's time, in milliseconds."""
        return self._window.clock.now()

    def close(self) -> None:
        """Let go of the files."""
        for one in self._projections.values():
            one.close()

    def known(self, name: str | None, token: str) -> Client | str:
        """Return the client that has a token, or why there is none."""
        return self._book.known(name, token, self.now())

    def refuse(self, refusal: Refusal) -> None:
        """Keep that somebody was turned away."""
        self._book.refuse(refusal)

    def collections(self, client: Client) -> tuple[Collection, ...]:
        """Return the collections that there are for a client: an empty audience is nobody's."""
        found = [one for one in self._book.collections() if client.audience in one.audiences]
        inbox = Collection(name=INBOX, id=id_of(INBOX), domain="live", pillar="", level="red", audiences=())
        return (*found, *([inbox] if client.pushes else []))

    def page(self, client: Client, one: Collection, query: dict[str, str]) -> Shown:
        """Return a page of a collection, as a client may have it now. Raises Malformed: `page.*`."""
        if one.name == INBOX:
            asked = page.asked(query, INBOX_GENERATION)
            return self._paged(
                self._book.conn.execute, ("pushed", "client = ?", [client.name]), asked, INBOX_GENERATION
            )
        projection = self._projections[domain_of(one)]
        conn = projection.refresh()
        asked = page.asked(query, projection.generation)
        # The audience must still be a party, and in the collection's audiences, when it asks.
        if client.audience not in parties(projection.pane) or client.audience not in one.audiences:
            return Shown((), "")
        where = "audience = ? AND pillar = ? AND rank <= ?"
        values: list[object] = [client.audience, one.pillar, tlp.LEVELS.index(one.level)]
        shown = self._paged(conn.execute, ("object", where, values), asked, projection.generation)
        if shown.rows:
            self._book.serve(client.name, one.name, (self.now(), len(shown.rows), shown.rows[-1].added))
        return shown

    def status(self, client: Client, name: str) -> bytes | None:
        """Return what became of a push of this client, or None."""
        row = self._book.conn.execute(
            "SELECT data FROM status WHERE id = ? AND client = ?", (name, client.name)
        ).fetchone()
        return bytes(row[0]) if row else None

    def push(self, client: Client, found: list[object]) -> bytes:
        """Make drafts of what a client sent; return the status. Raises as `push.take`."""
        return push.take(self._book, client.name, found, self._keep, self._look(client))

    def _look(self, client: Client) -> Look:
        """Return what finds an object of a response that a client is shown now, by its id."""
        shown = [one for one in self.collections(client) if (one.pillar, one.domain) == (RESPONSE, "live")]
        if not shown:
            return lambda _: None
        conn = self._projections["live"].refresh()
        audience = client.audience if client.audience in parties(self._projections["live"].pane) else ""
        most = max(tlp.LEVELS.index(one.level) for one in shown)

        def look(name: str) -> tuple[str, stix.Object] | None:
            row = conn.execute(
                "SELECT root, data FROM object WHERE audience = ? AND pillar = ? AND id = ? AND rank <= ?"
                " AND root <> ''",
                (audience, RESPONSE, name, most),
            ).fetchone()
            return None if row is None else (str(row[0]), msgspec.json.decode(row[1]))

        return look

    def _paged(
        self, ask: Callable[..., object], of: tuple[str, str, list[object]], asked: Asked, generation: str
    ) -> Shown:
        table, whose, values = of
        if asked.none:
            return Shown((), "")
        where, more = asked.where()
        sql = f"SELECT added, id, version, data FROM {table} WHERE {whose} AND {where} ORDER BY added LIMIT ?"  # noqa: S608 (our own words; what clients say is bound)
        cursor = ask(sql, (*values, *more, asked.limit + 1))
        rows = cursor.fetchall()  # type: ignore[attr-defined]  # a cursor of sqlite3
        shown = tuple(
            Row(page.added(int(at)), name, version, bytes(data))
            for at, name, version, data in rows[: asked.limit]
        )
        further = page.cursor(generation, int(rows[asked.limit - 1][0])) if len(rows) > asked.limit else ""
        return Shown(shown, further)

    def _projection(self, domain: Domain) -> Projection:
        pane = self._window.panes[domain]
        named = pane.terms.in_force(pane.clock.now()).accord.parties
        names = {party: one.names.en for party, one in named.items()}
        return Projection(_path(self._window.home.path, domain), pane, names, Issued(self._book.conn))


def domain_of(one: Collection) -> Domain:
    """Return the domain of a collection."""
    return "exercise" if one.domain == "exercise" else "live"


def _path(home: Path, domain: Domain) -> Path:
    return home / CACHE / f"taxii-{domain}.db"
