"""The petition: an act about a record that people may log from the desk: what is asked, and what it makes.

    find("decide", ground, {"record": "9f…", "clause": "control-lost"})    a decision on a proposal
    find("resolve", ground, {"dispute": "9f…"})                            what became of a dispute
    find("dispute", ground, {"record": "9f…"})                             a dispute is raised
    find("attest", ground, {"pause": "9f…"})                               a laboratory says whether it rests

The same acts as `detente accord decide|resolve|dispute|attest`, in the words that officers read
(`statement`).
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from detente.accord import decision, solemn
from detente.accord.acts import ATTEST, DECIDE, DISPUTE, RESOLVE
from detente.faces import declaring, statement, testimony
from detente.faces.desk.ground import Ground
from detente.faces.machine import STATES
from detente.faces.speech import Text
from detente.node import disputes, pauses, proposals
from detente.node.disputes import Disputed
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.trust.suite import LABORATORY

ID = re.compile(r"[0-9a-f]{64}")
ABOUT = ("standing", "facts", "release", "authenticity")
BY = "by"
Said = Mapping[str, str]


class Question(Struct, frozen=True):
    """One question: its name, its label, and its answers with their words; optional ones may stay open."""

    name: str
    label: str
    answers: tuple[tuple[str, str], ...]
    optional: bool = False


class Petition(Struct, frozen=True, kw_only=True):
    """What one act is about.

    Attributes:
        kind: of the record that it would be.
        record: that it is about, where people go on afterwards.
        rows: what is known: label, words.
        questions: what is asked.
        given: parameters that name what it is about.
        draft: what answers make.
    """

    kind: str
    record: str
    rows: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]
    given: tuple[tuple[str, str], ...]
    draft: Callable[[Said], Draft]

    def signers(self, said: Said) -> str:
        """Return whose program signs it before it is logged: `officers`, `laboratory`, or nobody's."""
        if self.kind in solemn.KINDS:
            return "officers"
        return "laboratory" if self.kind == ATTEST and said.get(BY) == "laboratory" else ""

    def complete(self, said: Said) -> bool:
        """Tell whether every question that needs an answer has one of its answers."""
        return all(
            said.get(one.name) in dict(one.answers) or (one.optional and not said.get(one.name))
            for one in self.questions
        )


def find(name: str, ground: Ground, said: Said) -> Petition:
    """Return what an act is about.

    Raises:
        NoSuchThing: `desk.10`: no such act, or nothing that it could be about.
    """
    made = _FOUND[name](ground, said) if name in _FOUND else None
    # 10. There is something that it is about.
    if made is None:
        what = "There is nothing here to which that could be said."
        raise NoSuchThing("desk.10", what, "It may have been settled meanwhile: see the home page.")
    return made


def label(ground: Ground, name: str) -> str:
    """Return what a field of an act is called."""
    return ground.tongue.choose(statement.FIELDS.get(name, Text(name, name)))


def word(ground: Ground, name: str, value: str) -> str:
    """Return what a value of an act comes to."""
    return ground.tongue.choose(statement.VALUES.get((name, value), Text(value, value)))


def _question(ground: Ground, name: str, values: tuple[str, ...], *, optional: bool = False) -> Question:
    return Question(
        name, label(ground, name), tuple((one, word(ground, name, one)) for one in values), optional
    )


def _decide(ground: Ground, said: Said) -> Petition | None:
    pane, tongue = ground.pane, ground.tongue
    wanted = (said.get("record"), said.get("clause"))
    waiting = proposals.of(pane, pane.judge, pane.clock.now(), ground.index.fired())
    one = next((two for two in waiting if (two.record, two.clause) == wanted), None)
    if one is None:
        return None
    proposed = tongue.say("value.comma").join(
        tongue.say(f"agenda.{verb}", about=about) for verb, about in sorted(one.propose.items())
    )
    states = tongue.say("value.comma").join(
        f"{party}: {tongue.choose(STATES[state])}" for party, state in sorted(one.states.items())
    )
    return Petition(
        kind=DECIDE,
        record=one.record,
        rows=(
            (tongue.say("act.proposed"), proposed),
            (label(ground, "clause"), one.clause),
            (tongue.say("act.until"), tongue.moment(one.until)),
            (tongue.say("act.states"), states),
        ),
        questions=(_question(ground, "answer", ("take", "refuse")),),
        given=(("record", one.record), ("clause", one.clause)),
        draft=lambda said: Draft.new(
            DECIDE, {"record": one.record, "clause": one.clause, "answer": said["answer"]}
        ),
    )


def _resolve(ground: Ground, said: Said) -> Petition | None:
    pane, tongue = ground.pane, ground.tongue
    every = disputes.of(pane, pane.judge, pane.clock.now())
    one = next((two for two in every if two.id == said.get("dispute")), None)
    answers = outcomes(ground, one) if one else ()
    if one is None or not answers:
        return None
    finding = _question(ground, "finding", ("raiser", "other", "neither"), optional=True)
    findings = (finding,) if "find" in answers else ()
    return Petition(
        kind=RESOLVE,
        record=one.record,
        rows=(
            (tongue.say("act.raiser"), one.raiser),
            (label(ground, "about"), word(ground, "about", one.about)),
            *(((label(ground, "clause"), one.clause),) if one.clause else ()),
            (tongue.say("act.stage"), tongue.choose(STATES[one.state])),
            (tongue.say("act.until"), tongue.moment(one.until)),
            *(
                ((tongue.say("act.agreed"), tongue.say("value.comma").join(one.agreed)),)
                if one.agreed
                else ()
            ),
        ),
        questions=(_question(ground, "answer", answers), *findings),
        given=(("dispute", one.id),),
        draft=lambda said: Draft.new(
            RESOLVE,
            {
                "dispute": one.id,
                "record": one.record,
                "answer": said["answer"],
                "finding": (said.get("finding") or None) if said["answer"] == "find" else None,
            },
        ),
    )


def outcomes(ground: Ground, one: Disputed) -> tuple[str, ...]:
    """Return what this party can say about a dispute as it stands."""
    pane = ground.pane
    version = pane.terms.versions[pane.library[one.id].accord.version]
    sides = decision.sides(one.raiser, pane.library[one.record].party, version)
    rows = (
        ("settle", pane.party in sides),
        ("drop", pane.party == one.raiser),
        ("find", pane.party == decision.mediator(version) and one.state == "mediation"),
    )
    return tuple(name for name, may in rows if may and one.state not in disputes.OVER)


def _dispute(ground: Ground, said: Said) -> Petition | None:
    name, tongue = said.get("record", ""), ground.tongue
    entry = ground.pane.library.get(name) if ID.fullmatch(name) else None
    if entry is None:
        return None
    standing = ground.picture.standing
    bound = [one.spec for one in (standing.duties if standing else ()) if one.base == name]
    clauses = tuple(dict.fromkeys(one.partition("@")[0] for one in bound))
    asked = Question("clause", label(ground, "clause"), tuple((one, one) for one in clauses), optional=True)
    return Petition(
        kind=DISPUTE,
        record=name,
        rows=((tongue.say("act.kind"), tongue.kind(entry.kind)), (tongue.say("act.author"), entry.party)),
        questions=(_question(ground, "about", ABOUT), *((asked,) if clauses else ())),
        given=(("record", name),),
        draft=lambda said: Draft.new(
            DISPUTE,
            {
                "record": name,
                "about": said["about"],
                "clause": (said.get("clause") or None) if said["about"] == "standing" else None,
            },
        ),
    )


def _attest(ground: Ground, said: Said) -> Petition | None:
    pane, tongue = ground.pane, ground.tongue
    every = pauses.of(pane, pane.judge, pane.clock.now())
    one = next(
        (two for two in every if two.id == said.get("pause") and two.who == two.asker == pane.party), None
    )
    if one is None:
        return None
    entry = pane.judge.library[one.id]
    known = tuple(pane.terms.in_force(pane.clock.now()).accord.parties[pane.party].laboratories)
    charter = pane.keyrings[pane.party].spans[-1].charter
    keyed = sorted({charter.keys[name].holder for name in charter.role(LABORATORY).keys})
    ways = (*(("laboratory",) if keyed else ()), "word")
    return Petition(
        kind=ATTEST,
        record=one.id,
        rows=(
            (
                tongue.field("notices.pause", "activity"),
                tongue.value("notices.pause", "activity", one.activity),
            ),
            (tongue.say("act.stage"), tongue.choose(STATES[one.state])),
            (tongue.say("act.until"), tongue.moment(one.until)),
            (tongue.say("act.keyed"), tongue.say("value.comma").join(keyed) or tongue.say("form.none")),
            *((tongue.say("act.rests"), tongue.choose(said)) for said in testimony.told(one)),
        ),
        questions=(
            _question(ground, "laboratory", known),
            _question(ground, "claim", ("done", "not-done")),
            Question(BY, tongue.say("act.by"), tuple((way, tongue.say(f"act.by_{way}")) for way in ways)),
        ),
        given=(("pause", one.id),),
        draft=lambda said: declaring.attestation(one.id, entry.open, said["laboratory"], said["claim"]),
    )


_FOUND: Mapping[str, Callable[[Ground, Said], Petition | None]] = {
    "attest": _attest,
    "decide": _decide,
    "dispute": _dispute,
    "resolve": _resolve,
}
