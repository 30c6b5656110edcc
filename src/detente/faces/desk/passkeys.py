"""The officers' pages: a passkey is registered, and signs exactly what is shown.

/PLACE/live/officers                  who signs for this party, what waits for them, passkeys of this desk
/PLACE/live/officers/act/5d…          one statement in words, as its signers see it
/PLACE/live/officers/act/5d…/signed   the same with its signatures, for `--approval` and `detente accord join`

The page's question is the statement's id, so an answer is for nothing else. The node checks each answer, and
keeps what does not hold. No node and no desk holds a key: that lies in the authenticator.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec import Struct, structs
from starlette.responses import RedirectResponse, Response

from detente.faces import door, statement
from detente.faces.desk import agenda, lying
from detente.faces.desk.agenda import Waiting
from detente.faces.desk.ground import SHORT, Ground
from detente.faces.desk.lying import Lying
from detente.faces.desk.signings import Asked, Passkey, Signings, named
from detente.faces.desk.tongue import Instant
from detente.faces.desk.visit import Visit
from detente.faces.officer import Public
from detente.faces.speech import as_json
from detente.faces.statement import TYPES, Kind
from detente.node.assertion import Shown
from detente.node.errors import NoSuchThing
from detente.trust import charter as charters
from detente.trust import envelope, passkey, registration
from detente.trust.charter import HOLDER, Charter
from detente.trust.errors import DetenteError, Malformed

if TYPE_CHECKING:
    from detente.accord.acts import AbortReason

NEWEST = 50
MOST_QUESTIONS = 64
UNFIT = 422
LOCAL = "http://localhost"
BACK = re.compile(r"/act/[a-z]+\?[A-Za-z0-9_.~%+&=*-]{0,1024}")
"""A page of an act at this desk, and no other place."""


class Signer(Struct, frozen=True):
    """A passkey: whose, its first digits, what goes into the charter, and where it stands."""

    holder: str
    key: str
    public: str
    state: str
    tone: str


class Waits(Struct, frozen=True):
    """A statement in the list: where it is, what it is, and who has signed."""

    href: str
    what: str
    id: str
    signed: tuple[str, ...]


class Release(Struct, frozen=True):
    """A release that waits for officers."""

    record: str
    to: str
    href: str
    title: str
    lang: str


class Officers(Struct, frozen=True, kw_only=True):
    """The page."""

    suite: str
    threshold: int
    people: tuple[str, ...]
    keys: tuple[Signer, ...]
    waits: tuple[Waits, ...]
    releases: tuple[Release, ...]
    acts: tuple[Waiting, ...]
    laid: tuple[Lying, ...]
    reasons: tuple[str, ...]
    challenge: str
    user: str
    local: bool
    trouble: tuple[str, ...] = ()


class Statement(Struct, frozen=True, kw_only=True):
    """One statement, as its signers see it."""

    id: str
    digest: str
    lines: tuple[str, ...]
    signed: tuple[str, ...]
    threshold: int
    enough: bool
    challenge: str
    allow: str
    release: bool
    stops: bool
    brought: Instant
    thread: str
    back: str
    local: bool
    trouble: tuple[str, ...] = ()


class Officery:
    """Acts at one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.signings = Signings(home / "desk" / "officers")
        self._questions: dict[str, None] = {}

    def pages(self) -> tuple[tuple[str, Callable[[Visit], Response], tuple[str, ...]], ...]:
        """Return address, handler and methods of each page."""
        return (
            ("/officers", self.list, ("GET",)),
            ("/officers/register", self.register, ("POST",)),
            ("/officers/bring", self.bring, ("POST",)),
            ("/officers/release", self.release, ("POST",)),
            ("/officers/abort", self.abort, ("POST",)),
            ("/officers/act/{name}", self.show, ("GET",)),
            ("/officers/act/{name}/signed", self.signed, ("GET",)),
            ("/officers/act/{name}/sign", self.sign, ("POST",)),
            ("/officers/act/{name}/let", self.let, ("POST",)),
            ("/officers/act/{name}/drop", self.drop, ("POST",)),
        )

    def list(self, visit: Visit, trouble: tuple[str, ...] = ()) -> Response:
        """Show who signs, and what waits for them."""
        ground = visit.ground
        made = _charter(ground)
        waits = self.signings.asked(ground.pane.domain)
        view = Officers(
            suite=made.suite,
            threshold=made.roles["officer"].threshold,
            people=_people(made),
            keys=self._keys(ground, made),
            waits=tuple(_waits(visit, one, made) for one in waits),
            releases=_releases(ground, {(one.record, one.to) for one in waits}),
            acts=tuple(one for one in agenda.lines(ground) if any("/act/" in href for href, _ in one.acts)),
            laid=lying.lying(visit),
            reasons=lying.REASONS,
            challenge=self._question(),
            user=base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="),
            local=_origin(visit).startswith(LOCAL),
            trouble=trouble,
        )
        return visit.show("officers", UNFIT if trouble else 200, view=view)

    def register(self, visit: Visit) -> Response:
        """Keep a passkey that was made for a question of this desk."""
        form, question = visit.form, visit.form.get("question", "")
        try:
            # 1. The desk asked it, once.
            if self._questions.pop(question, "") is not None:
                raise Malformed("officery.1", "This page is of an earlier desk.", "Load it again.")
            # 2. The holder has a short name.
            if not HOLDER.fullmatch(form.get("holder", "")):
                raise Malformed(
                    "officery.2", "That is no short name.", "Take letters a to z, digits, hyphens."
                )
            found = registration.read(
                _bytes(form, "authenticator"), _bytes(form, "client"), question, _origin(visit)
            )
        except DetenteError as error:
            return self.list(visit, _told(visit, error))
        raw = base64.b64encode(found.public.raw).decode()
        public = Public(visit.frame.party, form["holder"], {"webauthn-es256": raw})
        credential = base64.urlsafe_b64encode(found.credential).decode().rstrip("=")
        self.signings.register(Passkey(found.public.keyid, credential, found.counter, public))
        return RedirectResponse(f"{visit.frame.base}/officers#keys", 303)

    def bring(self, visit: Visit) -> Response:
        """Take a file that somebody was asked to sign, or an act from its page at this desk."""
        payload, back = visit.form.get("text", "").strip().encode(), visit.form.get("back", "")
        try:
            kind = statement.read(payload).kind
        except DetenteError as error:
            return self.list(visit, _told(visit, error))
        return self._ask(visit, kind, payload, back=back if BACK.fullmatch(back) else "")

    def release(self, visit: Visit) -> Response:
        """Take the act of a release that waits for officers."""
        record, to = visit.form.get("record", ""), visit.form.get("to", "")
        with door.reach(self.home) as node:
            payload = node.act(record, to, domain=visit.frame.domain)
        return self._ask(visit, "act", payload, record=record, to=to)

    def abort(self, visit: Visit) -> Response:
        """Take the abort of an act that lies before the officers: one of them signs it."""
        form = visit.form
        try:
            # 6. The reason is one of those that others can read.
            if form.get("reason", "") not in lying.REASONS:
                raise Malformed("officery.6", "That is no reason.", "Choose one of those on the page.")
            reason = cast("AbortReason", form["reason"])
            with door.reach(self.home) as node:
                payload = node.abort_act(form.get("act", ""), reason, visit.frame.domain)
        except DetenteError as error:
            return self.list(visit, _told(visit, error))
        return self._ask(visit, "act", payload)

    def show(self, visit: Visit, trouble: tuple[str, ...] = ()) -> Response:
        """Show one statement in words."""
        one = self._one(visit)
        made, said = _charter(visit.ground), statement.read(one.payload)
        message = envelope.pae(TYPES[one.kind], one.payload)
        people, stops = charters.holders(made, "officer", one.signed), lying.stops(one.payload)
        needed = 1 if stops else made.roles["officer"].threshold
        view = Statement(
            id=one.id,
            digest=hashlib.sha256(one.payload).hexdigest(),
            lines=tuple(visit.frame.tongue.choose(line) for line in said.lines),
            signed=_signed(one, made),
            threshold=needed,
            enough=len(people) >= needed,
            challenge=passkey.challenge(message),
            allow=" ".join(key.credential for key in self.signings.passkeys() if key.keyid not in one.signed),
            release=bool(one.record),
            stops=stops,
            brought=visit.frame.tongue.when(one.at),
            thread=visit.ground.link(one.record) if one.record else "",
            back=f"{visit.frame.base}{one.back}" if one.back else "",
            local=_origin(visit).startswith(LOCAL),
            trouble=trouble,
        )
        return visit.show("signing", UNFIT if trouble else 200, view=view)

    def sign(self, visit: Visit) -> Response:
        """Put to a statement what a passkey signed, if it holds."""
        one, form = self._one(visit), visit.form
        try:
            key = self._passkey(form.get("credential", ""))
            parts = [_bytes(form, name) for name in ("authenticator", "client", "signature")]
            # 3. What was sent can be an assertion at all.
            if any(len(part) > passkey.MAX_SIGNATURE for part in parts):
                raise Malformed("officery.3", "That is too long for a signature.", "Sign here again.")
            packed = passkey.pack(*parts)
            with door.reach(self.home) as node:
                shown = Shown(TYPES[one.kind], one.payload, key.keyid, packed, key.counter)
                node.assertion(shown, visit.frame.domain)
        except DetenteError as error:
            return self.show(visit, _told(visit, error))
        self.signings.sign(one.id, key, packed, passkey.counter(packed))
        return RedirectResponse(f"{visit.frame.base}/officers/act/{one.id}", 303)

    def let(self, visit: Visit) -> Response:
        """Hand the signatures on a release or an abort to the node, which asks again whether they count."""
        one = self._one(visit)
        stops = lying.stops(one.payload)
        try:
            with door.reach(self.home) as node:
                if stops:
                    node.abort(envelope.dump(one.envelope), visit.frame.domain)
                else:
                    node.approve(one.record, one.to, envelope.dump(one.envelope), visit.frame.domain)
        except DetenteError as error:
            return self.show(visit, _told(visit, error))
        self.signings.drop(one.id)
        if stops:
            return RedirectResponse(f"{visit.frame.base}/officers", 303)
        return RedirectResponse(visit.ground.link(visit.ground.index.root_of(one.record) or one.record), 303)

    def drop(self, visit: Visit) -> Response:
        """Let a statement wait no more; one officer is enough to stop it here."""
        self.signings.drop(self._one(visit).id)
        return RedirectResponse(f"{visit.frame.base}/officers", 303)

    def signed(self, visit: Visit) -> Response:
        """Hand out a statement with its signatures."""
        one = self._one(visit)
        headers = {"Content-Disposition": f'attachment; filename="{one.id[:SHORT]}.signed"'}
        return Response(envelope.dump(one.envelope) + b"\n", headers=headers, media_type="application/json")

    def _one(self, visit: Visit) -> Asked:
        return self.signings.get(visit.request.path_params["name"])

    def _ask(self, visit: Visit, kind: Kind, payload: bytes, **about: str) -> Response:
        """Let it wait here; `about` is the record and party of a release, or the page that an act is from."""
        one = Asked(
            id=named(kind, payload),
            kind=kind,
            domain=visit.frame.domain,
            payload=payload,
            at=visit.frame.now,
        )
        one = structs.replace(one, **about)
        return RedirectResponse(f"{visit.frame.base}/officers/act/{self.signings.ask(one).id}", 303)

    def _question(self) -> str:
        """A new question, which may be answered once."""
        made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self._questions[made] = None
        while len(self._questions) > MOST_QUESTIONS:
            self._questions.pop(next(iter(self._questions)))
        return made

    def _passkey(self, credential: str) -> Passkey:
        found = next((one for one in self.signings.passkeys() if one.credential == credential), None)
        # 4. It was registered here.
        if found is None:
            raise NoSuchThing(
                "officery.4", "This passkey was not registered at this desk.", "Register it, or take another."
            )
        return found

    def _keys(self, ground: Ground, made: Charter) -> tuple[Signer, ...]:
        revoked = ground.pane.rings[ground.pane.party].spans[-1].revoked
        say = ground.tongue.say
        found = []
        for one in self.signings.passkeys():
            if one.keyid in revoked:
                state, tone = say("officers.revoked"), "bad"
            elif one.keyid in made.roles["officer"].keys:
                state, tone = say("officers.in_force"), "good"
            else:
                state, tone = say("officers.not_named"), "wait"
            found.append(Signer(one.public.holder, one.keyid[:SHORT], as_json(one.public), state, tone))
        return tuple(found)


def _charter(ground: Ground) -> Charter:
    return ground.pane.rings[ground.pane.party].spans[-1].charter


def _people(made: Charter) -> tuple[str, ...]:
    return tuple(sorted({made.keys[keyid].holder for keyid in made.roles["officer"].keys}))


def _waits(visit: Visit, one: Asked, made: Charter) -> Waits:
    what = visit.frame.tongue.choose(statement.read(one.payload).lines[0])
    return Waits(f"{visit.frame.base}/officers/act/{one.id}", what, one.id[:SHORT], _signed(one, made))


def _signed(one: Asked, made: Charter) -> tuple[str, ...]:
    """Who signed: each person once, whatever the number of their keys; those of a charter to come too."""
    known = dict(made.keys)
    if one.kind == "charter":
        known |= charters.parse(one.payload).keys
    return tuple(sorted({known[keyid].holder for keyid in one.signed if keyid in known}))


def _releases(ground: Ground, waiting: Collection[tuple[str, str]]) -> tuple[Release, ...]:
    found: dict[tuple[str, str], Release] = {}
    for row in ground.pane.ledger("waiting", NEWEST):
        where = row.record, row.audience
        if row.code == "officer" and where not in waiting:
            title = ground.title_of(row.record)
            href = ground.link(ground.index.root_of(row.record) or row.record)
            found[where] = Release(*where, href, title.text, title.lang)
    return tuple(found.values())


def _origin(visit: Visit) -> str:
    """The page's origin; the gatehouse has made sure that it is one of this desk's."""
    return f"http://{visit.request.headers['host']}"


def _bytes(form: dict[str, str], name: str) -> bytes:
    text = form.get(name, "")
    # 5. It is base64url, as the script sends it.
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("officery.5", "The browser sent no answer.", "Try again on this page.") from error


def _told(visit: Visit, error: DetenteError) -> tuple[str, ...]:
    tongue = visit.frame.tongue
    said = f"{tongue.refused(error.step, error.what)} [{error.step}]"
    return (said, tongue.refused(error.step, error.remedy))
