"""Two cosignatures that contradict each other convict their witness, and no others do."""

import json
from typing import Any

import pytest
from founding import AT, Party, signed

from detente.trust import canonical, cosignature, envelope, exhibit, misdated, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import BadProof, DetenteError, Malformed, NotCanonical, WrongContext, WrongKey
from detente.trust.exhibit import Change, Exhibit
from detente.trust.misdated import Misdated
from detente.trust.note import Note

CN, NEXT, US = Party("cn", seed=1), Party("cn", seed=2), Party("us", seed=3)
ACCORD = envelope.sign(ACCORD_TYPE, b'{"version":1}', US.held("officer-1"))
GENESIS = Exhibit(ACCORD, "live", "cn", (), None, ()).genesis
LOG, NAME = exhibit.origin(GENESIS, "live", "us"), exhibit.witness(GENESIS, "live", "cn")
SECOND = AT // 1000


def _note(size: int, seconds: int, party: Party = CN, log: str = LOG) -> bytes:
    head = Checkpoint(log, size, bytes([size]) * 32)
    keys = party.held("node", role="witness")
    return note.dump(Note(head.text, tuple(cosignature.sign(head, NAME, key, seconds) for key in keys)))


def _exhibit(matter: Misdated, *charters: Change) -> Exhibit:
    return Exhibit(ACCORD, "live", "cn", charters, None, matter)


LATER = Misdated("us", _note(5, SECOND), _note(3, SECOND + 1))
OFFICERS = [key for party in (CN, NEXT) for key in party.held("officer-1", "officer-2")]
CHANGE = Change(AT, signed(NEXT.after(CN.charter()), *OFFICERS))


def _show(shown: Exhibit) -> str:
    return exhibit.verify(exhibit.parse(exhibit.dump(shown)), GENESIS, CN.charter())


def test_a_larger_head_at_an_earlier_second_convinces_a_stranger() -> None:
    told = _show(_exhibit(LATER))
    assert told.startswith(f"cn cosigned 5 leaves of {LOG} at second {SECOND}")
    assert misdated.parse(misdated.dump(LATER)) == LATER


@pytest.mark.parametrize(
    ("matter", "error", "step"),
    [
        (Misdated("us", _note(5, SECOND), _note(3, SECOND)), BadProof, "misdated.4"),
        (Misdated("us", _note(5, SECOND + 1), _note(3, SECOND)), BadProof, "misdated.4"),
        (Misdated("us", _note(3, SECOND), _note(5, SECOND + 1)), NotCanonical, "misdated.3"),
        (Misdated("us", _note(5, SECOND), _note(5, SECOND + 1)), NotCanonical, "misdated.3"),
        (Misdated("neutral", _note(5, SECOND), _note(3, SECOND + 1)), WrongContext, "misdated.1"),
        (Misdated("us", _note(5, SECOND, US), _note(3, SECOND + 1)), WrongKey, "exhibit.10"),
    ],
    ids=["one second", "in order", "small first", "one size", "another log", "another's keys"],
)
def test_whoever_dated_in_order_cannot_be_framed(
    matter: Misdated, error: type[DetenteError], step: str
) -> None:
    with pytest.raises(error) as refusal:
        _show(_exhibit(matter))
    assert refusal.value.step == step


@pytest.mark.parametrize(("older", "newer"), [(5, 3), (3, 5)])
def test_whoever_holds_witness_keys_that_were_given_up_frames_nobody(older: int, newer: int) -> None:
    notes = {older: CN, newer: NEXT}
    mixed = Misdated("us", _note(5, SECOND, notes[5]), _note(3, SECOND + 1, notes[3]))
    with pytest.raises(WrongKey, match=r"exhibit\.10"):
        _show(_exhibit(mixed, CHANGE))


def test_a_party_is_convicted_under_a_later_charter_too() -> None:
    later = Misdated("us", _note(5, SECOND, NEXT), _note(3, SECOND + 1, NEXT))
    assert _show(_exhibit(later, CHANGE))
    with pytest.raises(WrongKey, match=r"exhibit\.10"):
        _show(_exhibit(later))


@pytest.mark.parametrize(
    "change",
    [{"of": "US"}, {"of": 1}, {"larger": None}, {"note": ""}],
    ids=["no party", "no text", "no note", "a field too many"],
)
def test_what_is_no_pair_of_cosignatures_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"misdated\.5"):
        misdated.parse(canonical.encode(json.loads(misdated.dump(LATER)) | change))


def test_a_pair_with_any_byte_altered_shows_nothing_else() -> None:
    data, genuine = exhibit.dump(_exhibit(LATER)), _show(_exhibit(LATER))
    for at in range(0, len(data), 7):
        bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            told = exhibit.verify(exhibit.parse(bent), GENESIS, CN.charter())
        except DetenteError:
            continue
        assert told == genuine, at
