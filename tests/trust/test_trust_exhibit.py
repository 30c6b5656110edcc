"""Exhibits: a stranger with nothing but the accord's digest is convinced, and nobody can be framed."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from founding import AT, Party, signed

from detente.trust import canonical, checkpoint, envelope, exhibit, fork, note, record, tree
from detente.trust.charter import Charter
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import ACCORD_TYPE, Envelope
from detente.trust.errors import (
    BadOpening,
    BadProof,
    BadSignature,
    BelowThreshold,
    DetenteError,
    Malformed,
    Misuse,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.exhibit import Change, Exhibit
from detente.trust.fork import Fork
from detente.trust.record import AccordRef, Record

CN, NEXT, FRAMER = Party("cn", seed=1), Party("cn", seed=2), Party("us", seed=3)
FIRST, SECOND = CN.charter(), NEXT.after(CN.charter())
CHANGE = Change(AT, signed(SECOND, *CN.held("officer-1", "officer-2"), *NEXT.held("officer-1", "officer-2")))
ACCORD = envelope.sign(ACCORD_TYPE, b'{"version":1}', FRAMER.held("officer-1"))
GENESIS = Exhibit(ACCORD, "live", "cn", (), None, ()).genesis
ORIGIN = exhibit.origin(GENESIS, "live", "cn")


def _grown(*leaves: str) -> tree.Tree:
    grown = tree.Tree()
    for leaf in leaves:
        grown.append(tree.leaf_hash(leaf.encode()))
    return grown


def _head(grown: tree.Tree, size: int, party: Party = CN) -> bytes:
    head = Checkpoint(ORIGIN, size, grown.root(size))
    return note.dump(checkpoint.sign(head, party.held("node", role="log"), 1_790_000_000))


ONE, OTHER = _grown("a", "b", "c"), _grown("a", "x", "c", "d")


def _fork(first: bytes = _head(ONE, 3), second: bytes = _head(OTHER, 3)) -> Fork:
    made = fork.prove(first, second, OTHER.node)
    assert made is not None
    return made


def _record(**changes: Any) -> Record:  # noqa: ANN401
    plain = Record(
        v=1,
        domain="live",
        kind="incidents.report",
        party="cn",
        accord=AccordRef(GENESIS, 1),
        thread=None,
        at=AT,
        nonce="0f" * 16,
        key=CN.held("node", role="record")[0].public.keyid,
        open={},
        sealed={},
    )
    return msgspec.structs.replace(plain, **changes)


def _signed(payload: bytes, party: Party = CN) -> Envelope:
    return envelope.sign(record.PAYLOAD_TYPES["live"], payload, party.held("node", role="record"))


def _payload(**changes: object) -> bytes:
    return canonical.encode(json.loads(record.dump(_record())) | changes)


SHOWS_FORK = Exhibit(ACCORD, "live", "cn", (), None, _fork())
SHOWS_RECORD = Exhibit(ACCORD, "live", "cn", (), "record.8", (_signed(_payload(at=-1)),))


def _show(shown: Exhibit, founding: Charter = FIRST, genesis: str = GENESIS) -> str:
    return exhibit.verify(exhibit.parse(exhibit.dump(shown)), genesis, founding)


def _but(shown: Exhibit, **changes: Any) -> Exhibit:  # noqa: ANN401
    fields = {name: getattr(shown, name) for name in Exhibit.__dataclass_fields__}
    return Exhibit(**(fields | changes))


@pytest.mark.parametrize("shown", [SHOWS_FORK, SHOWS_RECORD], ids=["fork", "record"])
def test_what_was_dumped_parses_to_itself(shown: Exhibit) -> None:
    assert exhibit.parse(exhibit.dump(shown)) == shown


def test_two_roots_at_one_size_convince_a_stranger() -> None:
    assert _show(SHOWS_FORK) == f"cn signed two histories of {ORIGIN}, at sizes 3 and 3."


def test_a_head_contradicted_by_a_larger_one_convinces_a_stranger() -> None:
    shown = _but(SHOWS_FORK, matter=_fork(_head(ONE, 2), _head(OTHER, 4)))
    assert "at sizes 2 and 4" in _show(shown)


def test_heads_by_another_partys_keys_show_nothing() -> None:
    framed = _fork(_head(ONE, 3), _head(OTHER, 3, FRAMER))
    with pytest.raises(WrongKey, match=r"exhibit\.9"):
        _show(_but(SHOWS_FORK, matter=framed))


@pytest.mark.parametrize(("newer", "older"), [((ONE, 3), (OTHER, 3)), ((ONE, 2), (OTHER, 4))])
def test_whoever_holds_log_keys_that_were_given_up_frames_nobody_at_a_size_that_is_no_smaller(
    newer: tuple[tree.Tree, int], older: tuple[tree.Tree, int]
) -> None:
    framed = _fork(_head(*newer, NEXT), _head(*older, CN))
    with pytest.raises(WrongKey, match=r"exhibit\.9"):
        _show(_but(SHOWS_FORK, matter=framed, charters=(CHANGE,)))


def test_a_head_signed_half_with_keys_that_were_given_up_shows_nothing() -> None:
    halves = [note.parse(_head(OTHER, 3, party)) for party in (CN, NEXT)]
    mixed = note.dump(note.Note(halves[0].text, (halves[0].signatures[0], halves[1].signatures[1])))
    with pytest.raises(WrongKey, match=r"exhibit\.9"):
        _show(_but(SHOWS_FORK, matter=_fork(_head(ONE, 3, NEXT), mixed), charters=(CHANGE,)))


def test_a_fork_across_a_change_of_keys_convinces_a_stranger() -> None:
    shown = _but(SHOWS_FORK, matter=_fork(_head(ONE, 2, CN), _head(OTHER, 4, NEXT)), charters=(CHANGE,))
    assert "at sizes 2 and 4" in _show(shown)


def test_heads_that_agree_show_nothing() -> None:
    head = _head(ONE, 3)
    with pytest.raises(BadProof, match=r"fork\.4"):
        _show(_but(SHOWS_FORK, matter=Fork(head, head, ())))


def test_a_signed_record_that_must_be_refused_convinces_a_stranger() -> None:
    assert _show(SHOWS_RECORD).startswith("cn signed what must be refused: ")


def test_a_sound_record_shows_nothing() -> None:
    with pytest.raises(BadProof, match=r"exhibit\.3"):
        _show(_but(SHOWS_RECORD, matter=(_signed(_payload()),)))


def test_a_record_refused_at_another_check_than_stated_shows_nothing() -> None:
    with pytest.raises(BadProof, match=r"exhibit\.3"):
        _show(_but(SHOWS_RECORD, step="record.9"))


def test_nobody_is_framed_by_bytes_that_he_did_not_sign() -> None:
    with pytest.raises(WrongKey, match=r"envelope\.8"):
        _show(_but(SHOWS_RECORD, matter=(_signed(_payload(at=-1), FRAMER),)))
    moved = msgspec.structs.replace(_signed(_payload()), payload=_payload(at=-1))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        _show(_but(SHOWS_RECORD, matter=(moved,)))


def test_a_second_signature_beside_the_partys_shows_nothing() -> None:
    keys = (*CN.held("node", role="record"), *FRAMER.held("node", role="record"))
    both = envelope.sign(record.PAYLOAD_TYPES["live"], _payload(at=-1), keys)
    with pytest.raises(WrongKey, match=r"envelope\.10"):
        _show(_but(SHOWS_RECORD, matter=(both,)))


def test_an_exercise_is_not_shown_as_real() -> None:
    played = envelope.sign(record.PAYLOAD_TYPES["exercise"], _payload(at=-1), CN.held("node", role="record"))
    with pytest.raises(WrongContext, match=r"envelope\.6"):
        _show(_but(SHOWS_RECORD, matter=(played,)))


@pytest.mark.parametrize("changes", [{"party": "us"}, {"accord": AccordRef("5d" * 32, 1)}])
def test_a_record_in_anothers_name_is_shown_as_such(changes: dict[str, Any]) -> None:
    forged = _signed(record.dump(_record(**changes)))
    assert "signed what must be refused" in _show(_but(SHOWS_RECORD, step="exhibit.8", matter=(forged,)))


def test_what_only_the_accord_refuses_is_judged_by_the_accord() -> None:
    def judge(records: Sequence[Record]) -> None:
        assert [one.party for one in records] == ["cn"]
        raise BadOpening("disclosure.9", "Not what was sealed.", "Keep it.")

    shown = _but(SHOWS_RECORD, step="disclosure.9", matter=(_signed(_payload()),))
    assert "Not what was sealed" in exhibit.verify(shown, GENESIS, FIRST, judge)
    with pytest.raises(BadProof, match=r"exhibit\.3"):
        exhibit.verify(shown, GENESIS, FIRST)


def test_a_fault_of_the_judge_is_not_shown_against_the_party() -> None:
    def judge(records: Sequence[Record]) -> None:
        raise Misuse("judge.1", f"{len(records)} records without their thread.", "Fix the caller.")

    shown = _but(SHOWS_RECORD, step="judge.1", matter=(_signed(_payload()),))
    with pytest.raises(Misuse):
        exhibit.verify(shown, GENESIS, FIRST, judge)


def test_keys_of_a_later_charter_count_when_the_charters_are_shown() -> None:
    later = _signed(_payload(at=-1), NEXT)
    with pytest.raises(WrongKey, match=r"envelope\.8"):
        _show(_but(SHOWS_RECORD, matter=(later,)))
    assert _show(_but(SHOWS_RECORD, matter=(later,), charters=(CHANGE,)))


def test_a_charter_that_the_officers_did_not_sign_shows_nothing() -> None:
    forged = Change(AT, signed(SECOND, *CN.held("officer-1"), *NEXT.held("officer-1", "officer-2")))
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        _show(_but(SHOWS_RECORD, charters=(forged,)))


def test_an_exhibit_under_another_accord_is_refused() -> None:
    with pytest.raises(WrongContext, match=r"exhibit\.1"):
        _show(SHOWS_FORK, genesis="5d" * 32)
    posing = _but(SHOWS_FORK, accord=msgspec.structs.replace(ACCORD, payload_type="application/json"))
    with pytest.raises(WrongContext, match=r"exhibit\.1"):
        _show(posing)


@pytest.mark.parametrize(
    "founding", [FRAMER.charter(), Party("cn", "exercise").charter()], ids=["party", "domain"]
)
def test_a_charter_of_another_party_or_domain_is_refused(founding: Charter) -> None:
    with pytest.raises(WrongContext, match=r"exhibit\.2"):
        _show(SHOWS_FORK, founding)


Fields = dict[str, Any]
WRONG: list[tuple[str, type[DetenteError], str, Callable[[Fields], Fields]]] = [
    ("a field missing", Malformed, "exhibit.4", lambda it: {k: v for k, v in it.items() if k != "v"}),
    ("a field too many", Malformed, "exhibit.4", lambda it: it | {"note": 1}),
    ("another version", Malformed, "exhibit.4", lambda it: it | {"v": 2}),
    ("no party", Malformed, "exhibit.4", lambda it: it | {"party": "CN"}),
    ("too many statements", TooLarge, "exhibit.5", lambda it: it | {"statements": it["statements"] * 17}),
    ("nothing", Malformed, "exhibit.6", lambda it: it | {"statements": []}),
    ("fork and statements", Malformed, "exhibit.6", lambda it: it | {"fork": {}}),
    ("no step", Malformed, "exhibit.6", lambda it: it | {"step": None}),
    ("no such step", Malformed, "exhibit.6", lambda it: it | {"step": "8"}),
    ("no base64", Malformed, "exhibit.7", lambda it: it | {"accord": "*"}),
    ("loose base64", Malformed, "exhibit.7", lambda it: it | {"accord": "AB=="}),
    ("no envelope", Malformed, "envelope.1", lambda it: it | {"accord": base64.b64encode(b"{}").decode()}),
]


@pytest.mark.parametrize(("error", "step", "change"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_an_exhibit_that_is_wrong_is_refused(
    error: type[DetenteError], step: str, change: Callable[[Fields], Fields]
) -> None:
    with pytest.raises(DetenteError) as refusal:
        exhibit.parse(canonical.encode(change(json.loads(exhibit.dump(SHOWS_RECORD)))))
    assert (type(refusal.value), refusal.value.step) == (error, step)


@pytest.mark.parametrize("shown", [SHOWS_FORK, SHOWS_RECORD], ids=["fork", "record"])
def test_an_exhibit_with_any_byte_altered_does_not_show_it(shown: Exhibit) -> None:
    data, genuine = exhibit.dump(shown), _show(shown)
    for at in range(0, len(data), 11):
        bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            told = exhibit.verify(exhibit.parse(bent), GENESIS, FIRST)
        except DetenteError:
            continue
        assert told == genuine, at
