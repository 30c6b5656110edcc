"""The chancery: acts about the accord, from the desk: shown in words as they would be signed, then logged.

/PLACE/live/act/decide?record=9f…&clause=…             what is asked; with answers, what would be signed
/PLACE/live/act/decide/file?record=…&answer=take       exactly the bytes that officers sign
/PLACE/live/act/decide                                 logged: officers' signatures come back with the form

What officers must sign they sign on their own machines (`detente officer sign`): no officer's key is ever in
a browser or at a node. A laboratory signs in the same way, with its own key and its own machine. What nobody
else signs is signed by the node, as every record of the desk is.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from msgspec import Struct, structs
from starlette.responses import RedirectResponse, Response

from detente.faces import declaring, door, statement
from detente.faces.desk import petition
from detente.faces.desk.ground import SHORT, Title
from detente.faces.desk.petition import Petition, Question
from detente.faces.desk.visit import Visit
from detente.faces.speech import Text
from detente.node.draft import Draft
from detente.trust.errors import DetenteError

UNFIT = 422
SIGNATURES, NONCE = "signatures", "_nonce"
HEX = re.compile(r"[0-9a-f]{32}")


class Act(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        name: of the act; `words` and `lead` say what it does.
        href, title: of the record that it is about.
        rows: what is known.
        questions: what is asked; `given` and `said` are parameters and answers.
        says: what would be signed, in both languages; empty until all is answered.
        digest: of the bytes that officers sign; `query` asks for the file, and `text` is what it says.
        nonce: of the record that it may become: sent twice, it is logged once.
        signers: whose programs sign it: `officers`, `laboratory`, or nobody's, and then the node does alone.
        word: whether it is this party's word for somebody who does not sign.
        signatures: what was pasted.
        trouble: why it was not logged.
    """

    name: str
    words: str
    lead: str
    href: str
    title: Title
    rows: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]
    given: tuple[tuple[str, str], ...]
    said: dict[str, str]
    says: tuple[Text, ...]
    digest: str
    query: str
    text: str
    nonce: str
    signers: str
    word: bool
    signatures: str
    trouble: tuple[str, ...]


class Chancery:
    """Acts at one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def pages(self) -> tuple[tuple[str, Callable[[Visit], Response], tuple[str, ...]], ...]:
        """Return address, handler and methods of each page."""
        return (
            ("/act/{name}", self.show, ("GET",)),
            ("/act/{name}/file", self.file, ("GET",)),
            ("/act/{name}/log", self.log, ("POST",)),
        )

    def show(self, visit: Visit) -> Response:
        """Show what is asked, and once it is answered, what would be signed."""
        said = dict(visit.request.query_params)
        return visit.show("act", view=_act(visit, _petition(visit, said), said))

    def file(self, visit: Visit) -> Response:
        """Hand out exactly the bytes that officers sign."""
        said = dict(visit.request.query_params)
        made = _draft(visit, _petition(visit, said), said)
        if made is None:
            return self.show(visit)
        named = f'attachment; filename="{visit.request.path_params["name"]}.act"'
        return Response(
            _payload(visit, made), headers={"Content-Disposition": named}, media_type="application/json"
        )

    def log(self, visit: Visit) -> Response:
        """Log the act, with its officers' signatures if it needs them."""
        said = visit.form
        found = _petition(visit, said)
        made, pasted = _draft(visit, found, said), said.get(SIGNATURES, "")
        if made is None or said.get("digest") != _digest(visit, made):
            return visit.show("act", UNFIT, view=_act(visit, found, said))
        try:
            if found.signers(said):
                made = declaring.signed(made, [one.encode() for one in pasted.splitlines() if one.strip()])
            with door.reach(self.home) as node:
                node.table(made)
        except DetenteError as error:
            tongue = visit.frame.tongue
            told = (
                f"{tongue.refused(error.step, error.what)} [{error.step}]",
                tongue.refused(error.step, error.remedy),
            )
            return visit.show("act", UNFIT, view=_act(visit, found, said, told))
        root = visit.ground.index.root_of(found.record) or found.record
        return RedirectResponse(f"{visit.ground.link(root)}?done=1#{found.record[:SHORT]}", 303)


def _petition(visit: Visit, said: dict[str, str]) -> Petition:
    return petition.find(visit.request.path_params["name"], visit.ground, said)


def _draft(visit: Visit, found: Petition, said: dict[str, str]) -> Draft | None:
    if not found.complete(said):
        return None
    nonce = said.get(NONCE, "")
    made = structs.replace(found.draft(said), domain=visit.frame.domain)
    return structs.replace(made, nonce=nonce) if HEX.fullmatch(nonce) else made


def _payload(visit: Visit, made: Draft) -> bytes:
    return declaring.payload(made, visit.frame.genesis, visit.frame.party)


def _digest(visit: Visit, made: Draft) -> str:
    return sha256(_payload(visit, made)).hexdigest()


def _act(visit: Visit, found: Petition, said: dict[str, str], trouble: tuple[str, ...] = ()) -> Act:
    made, ground, name = _draft(visit, found, said), visit.ground, visit.request.path_params["name"]
    root, tongue = ground.index.root_of(found.record) or found.record, ground.tongue
    answers = {one.name: said.get(one.name, "") for one in found.questions}
    return Act(
        name=name,
        words=tongue.kind(found.kind),
        lead=tongue.choose(statement.ACTS[found.kind]),
        href=f"{ground.link(root)}#{found.record[:SHORT]}",
        title=ground.title_of(found.record),
        rows=found.rows,
        questions=found.questions,
        given=found.given,
        said=answers,
        says=statement.read(_payload(visit, made)).lines if made else (),
        digest=_digest(visit, made) if made else "",
        query=urlencode([*found.given, *answers.items()]),
        text=_payload(visit, made).decode() if made else "",
        nonce=made.nonce if made else "",
        signers=found.signers(said),
        word=answers.get(petition.BY) == "word",
        signatures=said.get(SIGNATURES, ""),
        trouble=trouble,
    )
