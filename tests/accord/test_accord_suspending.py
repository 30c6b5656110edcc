"""A trigger that proposes to suspend what was certified: what it leads to, and what it needs."""

from collections.abc import Mapping
from typing import Any

import fates
import msgspec
import pytest

from detente.accord import circle, document, expectation
from detente.accord.clause import Trigger
from detente.accord.document import Accord
from detente.accord.expectation import Expected
from detente.accord.mutant import mutants
from detente.faces import founding, manuscript, template
from detente.trust import canonical
from detente.trust.errors import Malformed

NEW = ("event-about-assured", "replication-differs", "card-of-another-system")


def asking(accord: Accord, *triggers: Trigger) -> Accord:
    """The accord with these triggers alone: what else it says is compiled elsewhere."""
    rest = msgspec.structs.replace(accord.withdrawal, surviving=())
    return msgspec.structs.replace(accord, triggers=triggers, duties=(), release=(), withdrawal=rest)


def trigger(name: str, on: str, propose: Mapping[Any, str]) -> Trigger:
    return Trigger(id=name, on=on, when="true", propose=propose, decide="P1D")


def test_what_follows_a_suspension_of_the_subject_does_not_lead_back_to_it_unseen() -> None:
    accord = founding.provisional(template.text("bilateral"))
    back = trigger("back", "assurance.suspension", {"notify": "all"})
    asked = trigger("asked", "notices.notice", {"suspend": "subject"})
    pillar = trigger("pillar", "notices.notice", {"suspend": "runs"})
    steps = [
        [fault.step for fault in circle.find(manuscript.compiled(asking(accord, *ones)))]
        for ones in ((back, asked), (back, pillar), (asked,))
    ]
    assert steps == [["circle.1"], [], []]


@pytest.mark.parametrize("about", ["subject", "runs"])
def test_nothing_is_proposed_to_be_suspended_that_no_pillar_of_the_accord_could(about: str) -> None:
    accord = founding.provisional(template.text("starter"))
    assert not {"assurance", "runs"} & accord.pillars.keys()

    def read(what: str) -> Accord:
        asked = asking(accord, trigger("asked", "notices.notice", {"suspend": what}))
        return document.parse(canonical.encode(document.to_value(asked)))

    assert read("incidents").triggers[0].propose == {"suspend": "incidents"}
    with pytest.raises(Malformed) as caught:
        read(about)
    assert caught.value.step == "document.14"


def proposing(case: Expected) -> Expected:
    """A case with what it says of suspensions alone."""
    follows = tuple(one for one in case.follows if "suspend subject" in one or "P7D" in one)
    return msgspec.structs.replace(case, follows=follows)


def test_no_small_change_of_the_clauses_that_propose_a_suspension_goes_unseen() -> None:
    whole = founding.provisional(template.text("bilateral"))
    asked = [one for one in whole.triggers if one.id in NEW]
    assert len(asked) == len(NEW)
    kinds = {one.on for one in asked}
    cases = [proposing(one) for one in fates.cases("bilateral") if one.kind in kinds]
    before = manuscript.compiled(asking(whole, *asked))
    assert expectation.unmet(cases, before) == ()
    changed = list(mutants(before))
    unseen = [
        (one.clause, one.change)
        for one in changed
        if not expectation.unmet(cases, manuscript.compiled(one.accord))
    ]
    assert len(changed) > 15
    assert unseen == []
