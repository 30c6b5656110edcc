"""The thread page: all that was said about one thing, by us and by them, and how far it is proven.

Each record is a card: what everybody sees, what is sealed and to whom it was shown, what follows from it, and
its way: logged, cosigned, seen and held, each by whom. The same page can be seen as another party sees it.
"""

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from detente.accord.acts import ATTEST
from detente.accord.field import fields
from detente.accord.pillar import Facts, KindSpec, Statement
from detente.faces import pillars, statement, testimony
from detente.faces.board import ROOT as BOARD
from detente.faces.desk import agenda, petition, reading
from detente.faces.desk.agenda import Waiting
from detente.faces.desk.duties import Owed, owed
from detente.faces.desk.ground import SHORT, Ground, Title
from detente.faces.desk.index import Entry
from detente.faces.desk.links import Row, row_of
from detente.faces.desk.shelf import level_words
from detente.faces.desk.tongue import TAGS, Instant, is_pair
from detente.faces.speech import Text
from detente.node.errors import NoSuchThing
from detente.node.window import Opened
from detente.trust.record import Record

MOST = 200
OF, HOUSE, SIGNED = "of", "accord.", "approval"
Kinds = tuple[tuple[str, str], ...]
LEVELS = frozenset({"level", "level_low"})


class Value(Struct, frozen=True, kw_only=True):
    """A sealed field: name, state in words, texts with languages, to whom it was shown, if it is absent."""

    field: str
    state: str
    tone: str
    texts: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    absent: bool


class Step(Struct, frozen=True):
    """One step of a record's way: what, by whom, and whether it is done."""

    words: str
    tone: str


class Card(Struct, frozen=True, kw_only=True):
    """One record."""

    id: str
    short: str
    kind: str
    party: str
    ours: bool
    at: Instant
    index: int
    version: int
    refusals: tuple[str, ...]
    open: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    sealed: tuple[Value, ...]
    way: tuple[Step, ...]
    ledger: tuple[Row, ...]
    answers: tuple[tuple[str, str], ...]
    disputable: bool


class Thread(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        root: id of the record that starts the thread.
        title: by which people know it.
        pillar: name and words of the pillar.
        level: the interval of levels, with the name of the highest; empty if it has none.
        cards: records in the order in which they came.
        more: how many there are beyond those.
        duties: that arose from it; waiting: decisions, disputes and pauses about it.
        board: whether it is a response, which has a board.
        viewer: whose eyes; `viewers` are all parties.
        answers: kinds with which we may go on, name and words; those about one record stand at its card.
    """

    root: str
    title: Title
    pillar: tuple[str, str]
    level: str
    level_name: str
    cards: tuple[Card, ...]
    more: int
    duties: tuple[Owed, ...]
    waiting: tuple[Waiting, ...]
    viewer: str
    viewers: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    board: bool


def make(ground: Ground, root: str, viewer: str = "") -> Thread:
    """Return the page's view, as a party sees it; our own eyes unless another is named.

    Raises:
        NoSuchThing: `desk.4`.
    """
    found = ground.index.thread(root) if _is_id(root) else None
    # 4. It is here, and starts a thread.
    if found is None:
        raise NoSuchThing(
            "desk.4", f"{root[:16]!a} is not held here.", "Search for it, or wait for its body."
        )
    viewers = (ground.pane.party, *ground.pane.others)
    eyes = viewer if viewer in viewers else ground.pane.party
    entries = ground.index.entries(root, MOST)
    names = {one.id for one in entries}
    standing = ground.picture.standing
    bound = [one for one in (standing.duties if standing else ()) if one.base in names]
    about, others = _answers(ground, found.kind)
    cards = (_card(ground, one, eyes, about) for one in entries)
    return Thread(
        root=root,
        title=ground.title(found),
        pillar=(found.pillar, ground.tongue.pillar(found.pillar)),
        level=level_words(found.level_low, found.level),
        level_name=level_names(ground, found.level_low, found.level),
        cards=tuple(card for card in cards if card is not None),
        more=max(0, found.count - len(entries)),
        duties=tuple(owed(ground, one) for one in bound),
        waiting=agenda.lines(ground, names),
        viewer=eyes,
        viewers=viewers,
        answers=others,
        board=found.kind == BOARD,
    )


def _card(ground: Ground, one: Entry, eyes: str, answers: Kinds) -> Card | None:
    entry = ground.pane.library.get(one.id)
    if entry is None:
        return None
    opened, tongue = ground.pane.opened(one.id, entry), ground.tongue
    codes = ground.pane.refusals(one.id, entry, one.index)
    judged = ground.pane.judge.said(one.id).facts
    return Card(
        id=one.id,
        short=one.id[:SHORT],
        kind=tongue.kind(entry.kind),
        party=one.party,
        ours=one.party == ground.pane.party,
        at=tongue.when(one.at),
        index=one.index,
        version=entry.accord.version,
        refusals=tuple(tongue.refusal(entry.kind, code) for code in codes),
        open=tuple(_open(ground, entry, codes)),
        facts=tuple(fact_rows(ground, entry.kind, judged.facts if isinstance(judged, Statement) else None)),
        sealed=tuple(_sealed(ground, one, entry, opened, eyes)),
        way=tuple(_way(ground, one)),
        ledger=tuple(row_of(ground, row) for row in _rows(ground, one, eyes)),
        answers=() if entry.kind.startswith(HOUSE) else answers,
        disputable=not entry.kind.startswith(HOUSE),
    )


def _open(ground: Ground, entry: Record, codes: Collection[str]) -> list[tuple[str, str, str]]:
    """Open fields in the order of their kind: name, words, and the page of a record that is named."""
    spec = _spec(ground, entry)
    order = spec.open.__struct_fields__ if spec else sorted(entry.open)
    if entry.kind.startswith(HOUSE):
        return [_said(ground, entry, name, codes) for name in order if name in entry.open]
    known = fields(spec.open) if spec else ()
    instants = {one.name for one in known if one.type == "int" and one.high == INSTANT}
    refs = {one.name for one in known if one.ref is not None}
    rows = []
    for name in (one for one in order if one in entry.open):
        value = entry.open[name]
        words = ground.tongue.value(entry.kind, name, value)
        if value is None and name in refs:
            words = ground.tongue.say("form.none")
        if name in instants and isinstance(value, int):
            words = _clock(ground, value)
        rows.append((ground.tongue.field(entry.kind, name), *_linked(ground, value, words)))
    return rows


def _said(ground: Ground, entry: Record, name: str, codes: Collection[str]) -> tuple[str, str, str]:
    """An open field of an act about the accord, in the words in which officers read it."""
    value, tongue = entry.open[name], ground.tongue
    if name == SIGNED and entry.kind == ATTEST:
        return tongue.say("act.whose"), tongue.choose(testimony.of(entry.open, codes)), ""
    if name == SIGNED and isinstance(value, str):
        return tongue.say("act.approval"), f"{value[:SHORT]}…", ""
    if value is None:
        return petition.label(ground, name), tongue.say("form.none"), ""
    if name in statement.TIMES and isinstance(value, int):
        return petition.label(ground, name), _clock(ground, value), ""
    words = petition.word(ground, name, value) if isinstance(value, str) else ""
    return petition.label(ground, name), *_linked(
        ground, value, words or tongue.value(entry.kind, name, value)
    )


def _linked(ground: Ground, value: Any, words: str) -> tuple[str, str]:  # noqa: ANN401 (an open value is any JSON)
    """The words of a value, and the page of the record that it names, if it names one that is here."""
    root = ground.index.root_of(str(value)) if _is_id(value) else None
    shown = words if root is None else str(value)[:SHORT]
    return shown, f"{ground.link(root)}#{shown}" if root else ""


def _clock(ground: Ground, value: int) -> str:
    moment = ground.tongue.when(value)
    return f"{moment.local} ({moment.utc})"


def _spec(ground: Ground, entry: Record) -> KindSpec | None:
    version = ground.pane.terms.versions.get(entry.accord.version)
    return version.spec(entry.kind) if version else None


INSTANT = 2**53 - 1
DIGITS = 64


def _is_id(value: Any) -> bool:  # noqa: ANN401 (an open value is any JSON)
    return isinstance(value, str) and len(value) == DIGITS and all(one in "0123456789abcdef" for one in value)


def fact_rows(ground: Ground, kind: str, facts: Facts | None) -> list[tuple[str, str]]:
    """Return what follows from a record, in words; a level with its name."""
    rows = []
    for name in facts.__struct_fields__ if facts is not None else ():
        value = getattr(facts, name)
        words = ground.tongue.value(kind, name, value)
        if name in LEVELS and isinstance(value, int):
            words = f"{value} · {level_name(ground, value)}".rstrip(" ·")
        rows.append((ground.tongue.field(kind, name), words))
    return rows


def level_names(ground: Ground, low: int | None, high: int | None) -> str:
    """Return the name of a level, or of both ends of the interval that is still possible."""
    names = [level_name(ground, one) for one in (low, high)]
    if low is None or low == high or not all(names):
        return names[1]
    return ground.tongue.say("level.between", low=names[0], high=names[1])


def level_name(ground: Ground, level: int | None) -> str:
    """Return a level's name by the scale of the accord in force; empty if it has none."""
    scales = ground.pane.terms.in_force(ground.pane.clock.now()).grounds.scales
    scale = scales.get("severity")
    if level is None or scale is None or not 0 <= level < len(scale.levels):
        return ""
    named = scale.levels[level]
    return ground.tongue.choose(Text(named.en, named.zh))


def _sealed(ground: Ground, one: Entry, entry: Record, opened: Opened, eyes: str) -> list[Value]:
    say, shown = ground.tongue.say, ground.index.released(one.id)
    everybody = shown.get(reading.EVERYBODY, frozenset())
    theirs = eyes != ground.pane.party
    seen = entry.sealed.keys() if eyes == one.party else shown.get(eyes, frozenset()) | everybody
    found = []
    for path in _ordered(ground, entry):
        to = tuple(
            sorted(party for party, paths in shown.items() if path in paths and party != reading.EVERYBODY)
        )
        state, tone = "sealed.closed", "calm"
        texts: tuple[tuple[str, str], ...] = ()
        if theirs and path not in seen:
            state = "sealed.closed_to_them"
        elif path in opened.missing:
            state = f"sealed.{opened.missing[path]}"
        elif path in opened.values:
            state, tone, texts = "sealed.open", "good", _texts(ground, opened.values[path])
        elif theirs:
            state = "sealed.open_to_them"
        found.append(
            Value(
                field=ground.tongue.field(entry.kind, path),
                state=say(state),
                tone=tone,
                texts=texts,
                shown=(say("party.everybody"),) if path in everybody else to,
                absent=state == "sealed.absent" and not to,
            )
        )
    return found


def _ordered(ground: Ground, entry: Record) -> list[str]:
    """Sealed paths in the order of their kind, as people are used to them."""
    spec = _spec(ground, entry)
    order = spec.sealed.__struct_fields__ if spec else ()
    return [path for path in order if path in entry.sealed] + sorted(entry.sealed.keys() - set(order))


def _texts(ground: Ground, value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 (a sealed value is any JSON)
    """A value as texts with their languages; of a text in two languages ours, or the one that there is."""
    if is_pair(value):
        ours, other = (value[1], value[0]) if ground.tongue.language == "zh" else (value[0], value[1])
        return ((ground.tongue.tag, ours),) if ours else ((TAGS[ground.tongue.other], other),)
    if isinstance(value, list | tuple):
        return tuple(("", str(one)) for one in value)
    return (("", str(value)),)


def _way(ground: Ground, one: Entry) -> list[Step]:
    pane, say = ground.pane, ground.tongue.say
    log = pane.log_of(one.party)
    signed = log.signed > one.index
    steps = [Step(say("way.logged", index=one.index), "good")]
    steps.append(Step(say("way.signed") if signed else say("way.unsigned"), "good" if signed else "wait"))
    cosigned = [witness for witness, (size, _) in log.cosigned.items() if size > one.index]
    names = say("value.comma").join(cosigned)
    steps.append(
        Step(say("way.cosigned", by=names), "good") if cosigned else Step(say("way.not_cosigned"), "wait")
    )
    for party in (pane.party, *pane.others):
        if party == one.party:
            continue
        seen = pane.said(party).get(one.party)
        if seen is None or seen.size <= one.index:
            steps.append(Step(say("way.unseen", party=party), "wait"))
        elif seen.lacks(one.index):
            steps.append(Step(say("way.seen", party=party), "wait"))
        else:
            steps.append(Step(say("way.held", party=party), "good"))
    return steps


def _rows(ground: Ground, one: Entry, eyes: str) -> list[Any]:
    if one.party != ground.pane.party:
        return []
    rows = ground.pane.deliveries(one.id)
    return [row for row in rows if eyes in (ground.pane.party, row.audience)]


def _answers(ground: Ground, root_kind: str) -> tuple[Kinds, Kinds]:
    """Kinds that may answer a thread of this kind: those about one record of it, and the others."""
    running = ground.pane.terms.in_force(ground.pane.clock.now()).accord.pillars
    found = [
        (OF in spec.open.__struct_fields__, (f"{name}.{short}", ground.tongue.kind(f"{name}.{short}")))
        for name, edition in pillars.editions().items()
        if name in running
        for short, spec in edition.pillar.kinds.items()
        if root_kind in spec.answers
    ]
    return tuple(one for of, one in found if of), tuple(one for of, one in found if not of)
