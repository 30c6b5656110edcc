"""An opening opens what its author sealed, or is refused by what two signed statements show."""

from typing import Any

import msgspec
import pytest

from detente.accord import opening
from detente.trust import disclosure, record
from detente.trust.errors import BadOpening, DetenteError, WrongContext
from detente.trust.record import AccordRef, Record

NONCE = "0f" * 16
TRUE = disclosure.commit("cn", NONCE, "title", ["a", "b"], b"\1" * 16)
OTHER = disclosure.commit("cn", NONCE, "title", ["c", "d"], b"\1" * 16)
SUMMARY = disclosure.commit("cn", NONCE, "summary", ["a", "b"], b"\2" * 16)
FOREIGN = disclosure.commit("us", NONCE, "title", ["a", "b"], b"\1" * 16)


def _record(**changes: Any) -> Record:  # noqa: ANN401 (fields of a record)
    plain = Record(
        v=1,
        domain="live",
        kind="incidents.report",
        party="cn",
        accord=AccordRef("5d" * 32, 1),
        thread=None,
        at=1,
        nonce=NONCE,
        key="5d" * 32,
        open={},
        sealed={"title": TRUE.digest, "summary": SUMMARY.digest},
    )
    return msgspec.structs.replace(plain, **changes)


SEALED = _record()


def _opening(encoded: str, path: str = "title") -> Record:
    fields = {"record": record.record_id(SEALED), "path": path, "disclosure": encoded}
    return _record(kind=opening.KIND, open=fields, sealed={}, nonce="0e" * 16)


def test_a_true_opening_stands() -> None:
    opening.require_true([SEALED, _opening(TRUE.encoded)])
    opening.require_true([_opening(TRUE.encoded)])


@pytest.mark.parametrize(
    ("opened", "error", "step"),
    [
        (_opening(OTHER.encoded), BadOpening, "disclosure.9"),
        (_opening(FOREIGN.encoded), WrongContext, "disclosure.7"),
        (_opening(SUMMARY.encoded), BadOpening, "opening.1"),
    ],
    ids=["another value", "another party's", "another path"],
)
def test_an_opening_to_something_else_is_refused(
    opened: Record, error: type[DetenteError], step: str
) -> None:
    with pytest.raises(error) as refusal:
        opening.require_true([opened, SEALED])
    assert refusal.value.step == step
