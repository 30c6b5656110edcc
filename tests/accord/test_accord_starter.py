"""The starter template with the pillars as they are installed: it compiles, and names no party."""

from pathlib import Path

import pytest
from treaty import Party

from detente.accord import document, terms
from detente.accord.terms import Terms
from detente.faces import founding, pillars

TEXT = (Path(document.__file__).parent / "templates" / "starter.yaml").read_text(encoding="utf-8")
NAMES = ("us", "cn", "neutral")


@pytest.fixture(scope="module")
def starter() -> Terms:
    charters = [
        Party(name, domain, seed=n + 1).charter()
        for n, name in enumerate(NAMES)
        for domain in ("live", "exercise")
    ]
    accord = founding.assembled(TEXT, charters)
    return terms.build([accord], pillars.editions().values(), pillars.scales().values())


def test_the_starter_compiles_against_the_installed_pillars(starter: Terms) -> None:
    assert set(starter.parties) == set(NAMES)
    assert {one.id for one in starter.duties(1)} >= {
        "notify-serious",
        "read-back",
        "monthly-or-nil",
        "lessons-to-peers@cn",
        "lessons-to-peers@us",
    }


def test_between_two_parties_and_a_neutral_one_liar_decides_nothing(starter: Terms) -> None:
    row = starter.assumption()
    assert (row.parties, row.k, row.b, row.c, row.decisive) == (3, 1, 1, 1, True)


def test_the_starter_treats_the_two_parties_alike(starter: Terms) -> None:
    """No clause names a party: what one may see, the other may see under the same condition."""
    accord = starter.versions[1].accord
    assert not [one.id for one in accord.release if one.to in NAMES]
    assert not [one.id for one in accord.duties if one.owes in NAMES]
    rules = [one.when or "" for one in accord.duties] + [one.when or "" for one in accord.release]
    rules += [one.when for one in accord.triggers]
    assert not [text for text in rules for name in NAMES if name in text]
    for kind in {one.kind for one in accord.release}:
        grants = starter.versions[1].grants
        assert grants.get((kind, "us")) is grants.get((kind, "cn"))
