r"""What programs are answered: the card, a receipt, a thread; JSON, and a sealed report as it is.

POST /api/v1/reports   Authorization: Bearer TOKEN
{"screened":"none","language":"en","title":"…","account":"…","files":[{"name":"log.txt","base64":"…"}]}
-> 201 {"code":"7K2M-…","receipt":"detente-receipt/v1\n…"}
"""

import base64
from typing import Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from detente.faces.intake.desk import Desk, Told
from detente.node.confidence.report import Attached, Reply, Report, Use
from detente.trust.errors import Malformed, WrongKey

TEXT = "text/plain; charset=utf-8"
T = TypeVar("T")


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attachment in JSON."""

    name: str
    base64: bytes


class Spoken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report in JSON, as `node.confidence.report.Report`; `screened` says that nothing hinders it."""

    screened: Literal["none"]
    language: Literal["en", "zh"]
    title: str
    account: str
    system: str = ""
    place: str = ""
    harm: str = ""
    advice: str = ""
    ongoing: bool | None = None
    use: Use = "learning_only"
    identity: str = ""
    files: tuple[File, ...] = ()


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which thread."""

    lookup: str


class Addition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed message for a thread; msgspec reads bytes from base64."""

    lookup: str
    package: bytes


def card(desk: Desk, _: Request, __: bytes) -> Response:
    """Return the card by which reports are sealed now."""
    return Response(desk.card().data, media_type=TEXT)


def card_of(desk: Desk, request: Request, _: bytes) -> Response:
    """Return a card that the desk has published."""
    with desk.open() as counter:
        return Response(counter.card_of(request.path_params["digest"]).data, media_type=TEXT)


def letters(desk: Desk, _: Request, body: bytes) -> Response:
    """Keep a sealed report."""
    return Response(desk.take(body), 201, media_type=TEXT)


def reports(desk: Desk, request: Request, body: bytes) -> Response:
    """Seal and keep a report of a laboratory's program."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # 1. It says by which channel it comes.
    if scheme.lower() != "bearer":
        raise WrongKey(
            "programs.1", "There is no token.", "Ask the desk for one, and send: Authorization: Bearer TOKEN"
        )
    channel = desk.channel(token.strip())
    code, receipt = desk.hand_in(_told(_decoded(body, Spoken)), f"api:{channel}")
    return JSONResponse({"code": code.text, "receipt": receipt.decode()}, 201)


def threads(desk: Desk, _: Request, body: bytes) -> Response:
    """Return a thread, sealed, with the cards that its messages name."""
    entry, messages, cards = desk.posted(_decoded(body, Lookup).lookup)
    value = {
        "number": entry.number,
        "state": entry.state,
        "cards": [one.data.decode() for one in cards],
        "messages": [
            {"n": one.n, "at": one.at, "package": base64.b64encode(one.package).decode()} for one in messages
        ],
        "receipt": entry.receipt.decode(),
    }
    return JSONResponse(value)


def messages(desk: Desk, _: Request, body: bytes) -> Response:
    """Put a reporter's sealed message into its thread."""
    given = _decoded(body, Addition)
    return JSONResponse({"n": desk.post(given.lookup, given.package)}, 201)


def _told(given: Spoken) -> Told:
    def write(reply: Reply, listed: tuple[Attached, ...]) -> Report:
        return Report(
            language=given.language,
            title=given.title,
            account=given.account,
            system=given.system,
            place=given.place,
            harm=given.harm,
            advice=given.advice,
            ongoing=given.ongoing,
            use=given.use,
            reply=reply,
            attached=listed,
        )

    return Told(write, given.identity, tuple((one.name, one.base64) for one in given.files))


def _decoded(body: bytes, kind: type[T]) -> T:
    # 2. It is JSON with exactly the fields that are asked for.
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(
            "programs.2", f"Not what this address takes: {error}.", "See the fields in /openapi.json."
        ) from error
