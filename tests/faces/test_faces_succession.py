"""The next version: a settled text behind the version in force, and the way back to earlier terms."""

import pytest

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import founding, template
from detente.faces.succession import following, snapped_back
from detente.node.errors import NoSuchThing
from detente.trust.errors import DetenteError, Malformed, WrongContext

STARTER = template.text("starter")
ROW = ("version", "genesis", "previous", "starts")


@pytest.fixture(scope="module")
def first() -> Accord:
    return founding.provisional(STARTER)


@pytest.fixture(scope="module")
def second(first: Accord) -> Accord:
    text = STARTER.replace("when: facts.level >= 1, excuse", "when: facts.level >= 2, excuse")
    return following(founding.provisional(text), first, "2027-02-01T00:00:00Z")


def _content(accord: Accord) -> dict[str, object]:
    value = document.to_value(accord)
    assert isinstance(value, dict)
    return {name: one for name, one in value.items() if name not in ROW}


def test_a_settled_text_follows_the_version_in_force(first: Accord, second: Accord) -> None:
    assert (second.version, second.first, second.previous) == (2, first.digest, first.digest)
    assert second.genesis == first.genesis
    changed = [one.id for one, other in zip(second.release, first.release, strict=True) if one != other]
    assert changed == ["lessons-to-peers"]


def test_what_only_a_new_accord_can_change_does_not_follow(first: Accord) -> None:
    with pytest.raises(WrongContext, match=r"signing\.7"):
        following(founding.provisional(STARTER.replace("transit: PT2M", "transit: PT3M")), first)


def test_earlier_terms_come_back_whole_as_a_new_version(first: Accord, second: Accord) -> None:
    third = snapped_back({1: first, 2: second}, first.digest, "2027-03-01T00:00:00Z")
    assert _content(third) == _content(first) != _content(second)
    assert (third.version, third.previous, third.starts) == (3, second.digest, "2027-03-01T00:00:00Z")
    assert document.parse(document.dump(third)) == third
    assert snapped_back({1: first, 2: second}, first.digest[:12], "2027-03-01T00:00:00Z") == third


@pytest.mark.parametrize(
    ("digest", "starts", "error", "step"),
    [
        ("0" * 64, "2027-03-01T00:00:00Z", NoSuchThing, "succession.1"),
        ("", "2027-03-01T00:00:00Z", NoSuchThing, "succession.1"),
        ("FIRST", "2029-06-01T00:00:00Z", Malformed, "document.8"),
        ("FIRST", "tomorrow", Malformed, "duration.2"),
        ("FIRST", "2026-12-31T23:59:59Z", WrongContext, "signing.9"),
    ],
)
def test_terms_that_are_not_there_or_have_ended_do_not_come_back(
    digest: str, starts: str, error: type[DetenteError], step: str, first: Accord, second: Accord
) -> None:
    wanted = first.digest if digest == "FIRST" else digest
    with pytest.raises(error) as refused:
        snapped_back({1: first, 2: second}, wanted, starts)
    assert refused.value.step == step
