"""Translations signed off: what was read is named item by item, and a word changed afterwards is seen."""

import msgspec
import pytest

from detente.instruments import suite as shelf
from detente.instruments import translation
from detente.instruments.suite import Suite
from detente.trust import canonical, tree
from detente.trust.errors import Malformed, WrongContext

SUITE = "manipulation"


def _retold(suite: Suite, number: int) -> Suite:
    """Another Chinese word in one item."""
    items = list(suite.items)
    first, *rest = items[number].asks
    items[number] = msgspec.structs.replace(items[number], asks=(first | {"zh": first["zh"] + "吗"}, *rest))
    return msgspec.structs.replace(suite, items=tuple(items))


def test_all_that_was_read_is_signed_off_and_a_word_changed_afterwards_is_seen() -> None:
    suite = shelf.shipped(SUITE)
    left = suite.items[2].id
    said = translation.parse(translation.act(suite, "zh", "cn", [left]))
    fates = translation.compare(_retold(suite, 0), said)
    assert fates.changed == (suite.items[0].id,)
    assert fates.unsigned == (left,)
    assert set(fates.signed) == {one.id for one in suite.items} - {left, suite.items[0].id}


def test_the_digests_of_all_items_give_the_root_of_the_suite() -> None:
    suite = shelf.shipped(SUITE)
    said = translation.parse(translation.act(suite, "zh", "cn"))
    assert tree.root([bytes.fromhex(said.items[one.id]) for one in suite.items]).hex() == suite.root()


@pytest.mark.parametrize(
    ("language", "but", "step"),
    [("en", (), "translation.1"), ("fr", (), "translation.1"), ("zh", ("nonesuch",), "translation.2")],
)
def test_a_sign_off_of_what_is_not_there_is_refused(language: str, but: tuple[str, ...], step: str) -> None:
    with pytest.raises((Malformed, WrongContext)) as caught:
        translation.act(shelf.shipped(SUITE), language, "cn", but)
    assert caught.value.step == step


def test_another_suites_sign_off_and_another_act_are_refused() -> None:
    other = translation.parse(translation.act(shelf.shipped("bias"), "zh", "cn"))
    with pytest.raises(WrongContext, match="bias"):
        translation.compare(shelf.shipped(SUITE), other)
    with pytest.raises(Malformed, match="another act"):
        translation.parse(
            canonical.encode(msgspec.to_builtins(msgspec.structs.replace(other, act="accord.act")))
        )
    with pytest.raises(Malformed):
        translation.parse(b'{"v":1}')
