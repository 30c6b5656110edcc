"""Whether an accord makes sense by itself, before its rules are compiled: numbered checks with their places.

What needs the pillars (kinds, fields, rules, ceilings) is checked by `terms`; what can be proven about the
rules is another matter again. A check that is not made here: whether the burden is even.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from detente.accord.ceiling import AUDIENCES
from detente.accord.clause import ASSURANCE, SUBJECT
from detente.accord.duration import milliseconds, moment
from detente.accord.period import Calendar
from detente.trust import charter as charters
from detente.trust.errors import Malformed, WrongContext, WrongKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from detente.accord.clause import DatedFact, Duty, Release, Trigger
    from detente.accord.document import Accord
    from detente.accord.source import Source

OWES = frozenset({"author", "all", "others"})
CORE = "accord"


def check(accord: Accord, source: Source) -> None:
    """Run checks 2 to 16.

    Raises:
        Malformed, WrongContext, WrongKey: naming the place.
    """
    for one in checks(accord, source):
        one()


def checks(accord: Accord, source: Source) -> Iterator[Callable[[], None]]:
    """Each check by itself, in order, and for each clause by itself: so that all that fail can be told."""
    for check_ in (_check_lineage, _check_parties, _check_charters, _check_law, _check_time, _check_pillars):
        yield partial(check_, accord, source)
    yield partial(_check_ids, accord, source)
    for path, kind in _kinds(accord):
        yield partial(_check_kind, accord, source, path, kind)
    for n, duty in enumerate(accord.duties):
        yield partial(_check_duty, duty, f"$.duties[{n}]", accord, source)
    for n, release in enumerate(accord.release):
        yield partial(_check_release, release, f"$.release[{n}]", accord, source)
    for n, trigger in enumerate(accord.triggers):
        yield partial(_check_trigger, trigger, f"$.triggers[{n}]", accord, source)
    for n, fact in enumerate(accord.facts):
        yield partial(_check_fact, fact, f"$.facts[{n}]", source)
    yield partial(_check_rest, accord, source)


def _check_lineage(accord: Accord, source: Source) -> None:
    # 2. Version 1 has no past; every other names its genesis and the version before.
    nameless = accord.first is None and accord.previous is None
    named = accord.first is not None and accord.previous is not None
    if not (nameless if accord.version == 1 else named):
        raise _wrong(
            source, "2", "$.previous", "version 1 has null genesis and previous, a later one has both"
        )
    moment(accord.starts, "$.starts")


def _check_parties(accord: Accord, source: Source) -> None:
    # 3. Two parties at least; nobody's name is an audience, a debtor word or a laboratory.
    if len(accord.parties) < 2:  # noqa: PLR2004 (one party agrees with nobody)
        raise _wrong(source, "3", "$.parties", "an accord has at least two parties")
    laboratories = [name for party in accord.parties.values() for name in party.laboratories]
    names = [*accord.parties, *laboratories]
    for name in names:
        if name in AUDIENCES | OWES or names.count(name) > 1:
            raise _wrong(source, "3", f"$.parties.{name}", f"{name} is taken, or named twice")
    for name, party in accord.parties.items():
        if len(set(party.roles)) != len(party.roles):
            raise _wrong(source, "3", f"$.parties.{name}.roles", "a role stands twice")


def _check_charters(accord: Accord, source: Source) -> None:
    seen: dict[str, str] = {}
    for name, party in accord.parties.items():
        # 4. Each party has a sound charter for the live domain, and each charter is this party's and
        # domain's.
        if "live" not in party.charters:
            raise _wrong(
                source, "4", f"$.parties.{name}.charters", "the charter for the live domain is missing"
            )
        for domain, value in party.charters.items():
            charter = charters.from_value(value)
            place = f"$.parties.{name}.charters.{domain}"
            if (charter.party, charter.domain) != (name, domain):
                what = (
                    f"{place} ({source.place(place)}): the charter is of {charter.party}, {charter.domain}."
                )
                raise WrongContext("document.4", what, "Put each charter in its own place.")
            # 5. No key stands for two holders, parties or domains: one person would count twice.
            for key in charter.keys.values():
                holder = f"{name}/{domain}/{key.holder}"
                if seen.setdefault(key.public, holder) != holder:
                    other = seen[key.public]
                    what = f"{place} ({source.place(place)}): a key of {holder} is also {other}'s."
                    raise WrongKey(
                        "document.5", what, "Give every person and every domain keys of their own."
                    )


def _check_law(accord: Accord, source: Source) -> None:
    for name, party in accord.parties.items():
        # 6. The ceiling is one of the party's own classes, and bases and classes stand once.
        law, place = party.lawful, f"$.parties.{name}.lawful"
        once = len(set(law.classes)) == len(law.classes) and len(set(law.bases)) == len(law.bases)
        if law.ceiling not in law.classes or not once:
            raise _wrong(source, "6", place, "the ceiling is not among the classes, or an entry stands twice")
        # 6. Towards an audience or another party the ceiling is a class too, and no higher.
        for audience, lower in law.towards.items():
            known = audience in AUDIENCES | accord.parties.keys() - {name}
            below = lower in law.classes and law.classes.index(lower) <= law.classes.index(law.ceiling)
            if not known or not below:
                what = f"{audience} is nobody, or {lower} is no class below {law.ceiling}"
                raise _wrong(source, "6", f"{place}.towards", what)


def _check_time(accord: Accord, source: Source) -> None:
    # 7. k liars are fewer than the parties; a body may be handed over at least as late as a receipt may come.
    terms = accord.time
    if terms.k >= len(accord.parties):
        raise _wrong(source, "7", "$.time.k", "k must be smaller than the number of parties")
    every, transit = (
        milliseconds(getattr(terms, name), f"$.time.{name}") for name in ("receipt_every", "transit")
    )
    milliseconds(terms.skew, "$.time.skew")
    if terms.reading is not None:
        milliseconds(terms.reading, "$.time.reading")
    if milliseconds(terms.hand_over, "$.time.hand_over") < every + transit:
        raise _wrong(source, "7", "$.time.hand_over", "it must cover at least receipt_every and transit")


def _check_pillars(accord: Accord, source: Source) -> None:
    starts = moment(accord.starts, "$.starts")
    for name, pillar in accord.pillars.items():
        place = f"$.pillars.{name}.sunset"
        # 8. Every pillar ends, and not before it begins; its name can stand in a rule and is not the core's.
        if name == CORE or not name.isalnum() or moment(pillar.sunset, place) <= starts:
            raise _wrong(source, "8", place, "the pillar ends before it begins, or has no plain name")


def _check_ids(accord: Accord, source: Source) -> None:
    named = [*((f"$.duties[{n}]", clause.id) for n, clause in enumerate(accord.duties))]
    named += ((f"$.release[{n}]", clause.id) for n, clause in enumerate(accord.release))
    named += ((f"$.triggers[{n}]", clause.id) for n, clause in enumerate(accord.triggers))
    named += ((f"$.facts[{n}]", fact.id) for n, fact in enumerate(accord.facts))
    seen: set[str] = set()
    for path, given in named:
        # 9. Every clause has a name of its own.
        if given in seen:
            raise _wrong(source, "9", f"{path}.id", f"{given} names two clauses")
        seen.add(given)


def _check_kind(accord: Accord, source: Source, path: str, kind: str) -> None:
    # 10. Every kind belongs to a pillar of this accord, or to its core.
    if kind.partition(".")[0] not in {*accord.pillars, CORE}:
        raise _wrong(source, "10", path, f"{kind} belongs to no pillar of this accord")


def _kinds(accord: Accord) -> Iterator[tuple[str, str]]:
    for n, duty in enumerate(accord.duties):
        for kind in (duty.on, *whats(duty.what), *duty.excuse):
            if kind is not None:
                yield f"$.duties[{n}]", kind
    for n, release in enumerate(accord.release):
        for kind in (release.kind, *release.excuse):
            yield f"$.release[{n}]", kind
    for n, trigger in enumerate(accord.triggers):
        yield f"$.triggers[{n}].on", trigger.on


def whats(what: str | tuple[str, ...]) -> tuple[str, ...]:
    """The kinds that perform a duty, however it is written."""
    return (what,) if isinstance(what, str) else what


def _check_duty(duty: Duty, place: str, accord: Accord, source: Source) -> None:
    # 11. A duty follows either a record, within a term, or the calendar; a calendar has no rule.
    after = duty.on is not None and duty.within is not None and duty.every is None
    calendar = duty.on is None and duty.when is None and duty.every is not None
    if not after and not calendar:
        raise _wrong(source, "11", place, "a duty has `on` and `within`, or `every` without `on` and `when`")
    if not whats(duty.what):
        raise _wrong(source, "11", f"{place}.what", "no kind performs it")
    if duty.every is not None:
        _check_calendar(duty.every, f"{place}.every", source)
    if duty.within is not None:
        milliseconds(duty.within, f"{place}.within")
    # 12. The debtor is a word, a party, or a fact of the base; a calendar has no author.
    fact = duty.owes.startswith("facts.") and duty.on is not None
    words = OWES if duty.on is not None else frozenset({"all"})
    if not fact and duty.owes not in words | accord.parties.keys():
        raise _wrong(source, "12", f"{place}.owes", f"{duty.owes} is no debtor")


def _check_calendar(every: str, path: str, source: Source) -> None:
    # 11. The calendar's period is one that everybody counts alike (`period.1`).
    try:
        Calendar.parse(every)
    except Malformed as error:
        raise _wrong(source, "11", path, f"{every} is no period such as P1M, P1Y or P7D") from error


def _check_release(release: Release, place: str, accord: Accord, source: Source) -> None:
    # 13. The audience exists; the fields are some, each once.
    if release.to not in AUDIENCES | accord.parties.keys():
        raise _wrong(source, "13", f"{place}.to", f"{release.to} is no audience and no party")
    if not release.fields or len(set(release.fields)) != len(release.fields):
        raise _wrong(source, "13", f"{place}.fields", "no field, or one twice")
    if release.within is None:
        return
    term, reading = milliseconds(release.within, f"{place}.within"), accord.time.reading
    # 13. What officers owe within a term they can have read before it is over.
    if reading is not None and release.by == "officer" and milliseconds(reading, "$.time.reading") >= term:
        raise _wrong(source, "13", f"{place}.within", "it is over before officers have had time.reading")


def _check_trigger(trigger: Trigger, place: str, accord: Accord, source: Source) -> None:
    # 14. A trigger proposes something, and a clock runs.
    milliseconds(trigger.decide, f"{place}.decide")
    if not trigger.propose:
        raise _wrong(source, "14", f"{place}.propose", "nothing is proposed")
    # 14. What it suspends is a pillar, or is suspended by one.
    about = trigger.propose.get("suspend")
    if about is not None and (ASSURANCE if about == SUBJECT else about) not in accord.pillars:
        raise _wrong(source, "14", f"{place}.propose", f"nothing here suspends {about}")


def _check_fact(fact: DatedFact, place: str, source: Source) -> None:
    # 16. A fact holds for a while, in this order.
    first, last = (moment(getattr(fact, name), f"{place}.{name}") for name in ("valid_from", "valid_to"))
    if first >= last:
        raise _wrong(source, "16", place, "it expires before it holds")


def _check_rest(accord: Accord, source: Source) -> None:
    # 15. Budget, quorum, dispute and withdrawal speak of parties and clauses that exist.
    milliseconds(accord.outflow.period, "$.outflow.period")
    milliseconds(accord.dispute.talk, "$.dispute.talk")
    milliseconds(accord.withdrawal.notice, "$.withdrawal.notice")
    milliseconds(accord.withdrawal.disposal, "$.withdrawal.disposal")
    _check_known(source, "$.outflow.per", accord.outflow.per, accord.parties)
    _check_known(source, "$.witness.always", accord.witness.always, accord.parties)
    duties = [*(clause.id for clause in accord.duties), *(clause.id for clause in accord.release)]
    _check_known(source, "$.withdrawal.surviving", accord.withdrawal.surviving, duties)
    if not len(accord.witness.always) <= accord.witness.quorum < len(accord.parties):
        raise _wrong(source, "15", "$.witness.quorum", "it must cover `always` and be fewer than the parties")


def _check_known(source: Source, path: str, names: Iterable[str], known: Iterable[str]) -> None:
    odd = sorted(set(names) - set(known))
    if odd:
        raise _wrong(source, "15", path, f"{', '.join(odd)} is not in this accord")


def _wrong(source: Source, number: str, path: str, what: str) -> Malformed:
    return Malformed(
        f"document.{number}", f"{path} ({source.place(path)}): {what}.", "Mend the document there."
    )
