"""Whoever reads why an act of the accord does not stand reads it in words, and not as a code alone."""

import re
from collections.abc import Callable

import pytest

from detente.accord import change, decision, rebuff, switch

CODE = re.compile("`([a-z]+(?:-[a-z]+)+)`")


@pytest.mark.parametrize("refusal", [change.refusal, decision.refusal, switch.refusal])
def test_each_code_of_an_act_has_words(refusal: Callable[..., str]) -> None:
    codes = CODE.findall(refusal.__doc__ or "")
    assert len(codes) > 1
    assert [one for one in codes if rebuff.word(one, None) is None] == []
