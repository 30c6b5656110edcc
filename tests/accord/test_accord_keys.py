"""Keys by log position in standing: whose signature counts is decided by what stands before it."""

import base64
from itertools import permutations
from typing import Any

import msgspec
import pytest
from toy import Book, H, make
from treaty import AT, agreed, party, report

from detente.accord import keyact
from detente.accord.fold import Fold
from detente.accord.keyact import KeyAct, LogKeys
from detente.accord.ledger import KEY_ACT, NO_KEY
from detente.accord.standing import Incomplete, Standing
from detente.node.keylore import KeyLore
from detente.trust import charter, checkpoint, envelope, fork, note
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE, Envelope
from detente.trust.errors import DetenteError, Malformed, NotValidThen, WrongContext
from detente.trust.key import PrivateKey
from detente.trust.keyring import Keyring
from detente.trust.record import Record

TRIO = ("cn", "hub", "us")
US = party("us")
TWO = US.held("officer-1", "officer-2")
OLD = US.held("node", role="record")[0]
NEW = PrivateKey.from_seed("ed25519", b"\x77" * 32)
STRANGER = PrivateKey.from_seed("ed25519", b"\x79" * 32)
FIRST = US.charter()
Fields = dict[str, Any]


def _both(expires: int | None = None, **changes: object) -> Charter:
    """The charter that has the new record key beside the old one."""
    entry = CharterKey("ed25519", base64.b64encode(NEW.public.raw).decode(), "node", expires)
    both = CharterRole(tuple(sorted((OLD.public.keyid, NEW.public.keyid))), 1)
    made = US.after(FIRST, keys=FIRST.keys | {NEW.public.keyid: entry}, roles=FIRST.roles | {"record": both})
    return msgspec.structs.replace(made, **changes)


def _third() -> Charter:
    """The charter after it, in which the old record key is gone."""
    new = CharterRole((NEW.public.keyid,), 1)
    both = _both()
    keys = {keyid: entry for keyid, entry in both.keys.items() if keyid != OLD.public.keyid}
    return US.after(both, keys=keys, roles=both.roles | {"record": new})


def _text(signed: Envelope) -> str:
    return base64.urlsafe_b64encode(envelope.dump(signed)).decode().rstrip("=")


def _say(kind: str, at: int, key: PrivateKey = OLD, thread: str | None = None, **fields: object) -> Record:
    return msgspec.structs.replace(
        report(),
        kind=kind,
        at=at,
        nonce=f"{at:032x}",
        key=key.public.keyid,
        open=fields,
        sealed={},
        thread=thread,
    )


def _change(at: int, made: Charter | None = None, officers: list[PrivateKey] = TWO, **more: Any) -> Record:  # noqa: ANN401 (fields)
    signed = envelope.sign(CHARTER_TYPE, charter.dump(made or _both()), officers)
    return _say("accord.key-change", at, charter=_text(signed), **more)


def _revoke(
    at: int, keyid: str = OLD.public.keyid, officers: list[PrivateKey] = TWO, **changes: object
) -> Record:
    act = KeyAct(1, "accord.revoke", agreed().genesis, "live", "us", keyid, None, None)
    payload = keyact.dump(msgspec.structs.replace(act, **changes))
    approval = _text(envelope.sign(ACT_TYPE, payload, officers))
    return _say("accord.revoke", at, keyid=keyid, reason="stolen", approval=approval)


def _report(number: int, key: PrivateKey = OLD) -> Record:
    at, nonce = AT + number * H, f"{number:032x}"
    return msgspec.structs.replace(report(), at=at, nonce=nonce, key=key.public.keyid)


def _book(*records: Record) -> Book:
    book = Book(agreed())  # type: ignore[arg-type]  # real terms in place of the toy
    for record in records:
        book.log("us", record)
    for hour in range(40, 44, 2):
        book.all_receipts(AT + hour * H)
    return book


def _codes(result: Standing) -> dict[int, tuple[str, ...]]:
    return {one.index: one.codes for one in result.refused if one.party == "us"}


def test_a_record_stands_by_the_keys_that_were_valid_where_it_stands() -> None:
    book = _book(
        _report(1),
        _report(2, NEW),
        _change(AT + 3 * H),
        _report(4),
        _report(5, NEW),
        _revoke(AT + 6 * H),
        _report(7),
        _report(8, NEW),
    )
    assert _codes(book.standing(AT + 50 * H)) == {1: (NO_KEY,), 6: (NO_KEY,)}


def test_in_whatever_order_bodies_come_a_revoked_key_has_one_fate() -> None:
    """Issue 2, P3: who meets the record before its revocation, and who meets it after, say the same."""
    made = [_change(AT + H), _revoke(AT + 2 * H), _report(3), _report(4, NEW)]
    whole = _book(*made)
    batch = whole.standing(AT + 50 * H).dump()
    ids = [leaf.id for leaf in whole.logs["us"][:4]]
    for order in permutations(ids):
        bodies = {name: body for name, body in whole.bodies.items() if name not in ids}
        fold = Fold(agreed(), bodies)
        for name, leaves in whole.logs.items():
            for leaf in leaves:
                fold.append(name, leaf)
        for entry in order:
            with pytest.raises(Incomplete):
                fold.at(AT + 50 * H)
            bodies[entry] = whole.bodies[entry]
        assert fold.at(AT + 50 * H).dump() == batch
    assert _codes(whole.standing(AT + 50 * H)) == {2: (NO_KEY,)}


def test_a_snapshot_remembers_which_keys_are_valid() -> None:
    book = _book(_change(AT + H), _revoke(AT + 2 * H))
    fold = Fold.load(_settled(book).dump(), agreed(), book.bodies)
    for record in (_report(45), _report(46, NEW)):
        book.log("us", record)
        fold.append("us", book.logs["us"][-1])
    for name in TRIO:
        book.receipt(name, AT + 48 * H)
        fold.append(name, book.logs[name][-1])
    result = fold.at(AT + 50 * H)
    assert result.dump() == book.standing(AT + 50 * H).dump()
    assert set(_codes(result).values()) == {(NO_KEY,)}


def _settled(book: Book) -> Fold:
    fold = book.fold()
    fold.at(AT + 50 * H)
    return fold


ALONE = US.held("officer-1")
OTHERS = party("cn").held("officer-1", "officer-2")
WITHOUT_EFFECT = {
    "one officer alone": _revoke(AT + 2 * H, officers=ALONE),
    "officers of another party": _revoke(AT + 2 * H, officers=OTHERS),
    "the act of another domain": _revoke(AT + 2 * H, domain="exercise"),
    "the act of another accord": _revoke(AT + 2 * H, genesis="00" * 32),
    "another key than was signed": msgspec.structs.replace(
        _revoke(AT + 2 * H), open=_revoke(AT + 2 * H).open | {"keyid": NEW.public.keyid}
    ),
    "a key that nobody has": _revoke(AT + 2 * H, keyid="00" * 32),
    "a charter that skips a version": _change(AT + 2 * H, _both(version=4)),
    "a charter that one officer signed": _change(AT + 2 * H, _both(version=3), officers=ALONE),
    "an act in a thread": msgspec.structs.replace(_revoke(AT + 2 * H), thread="00" * 32),
    "an approval that is no envelope": _say(
        "accord.revoke", AT + 2 * H, keyid=OLD.public.keyid, reason="lost", approval="AAAA"
    ),
    "an act without its fields": _say("accord.revoke", AT + 2 * H, keyid=OLD.public.keyid),
    "a disavowal of a key in force": _say(
        "accord.disavow", AT + 2 * H, keyid=OLD.public.keyid, first=0, last=0, approval="AAAA"
    ),
}


@pytest.mark.parametrize("record", WITHOUT_EFFECT.values(), ids=WITHOUT_EFFECT)
def test_a_key_act_that_its_officers_did_not_sign_changes_no_key_and_does_not_stand(record: Record) -> None:
    result = _book(_change(AT + H), record, _report(3), _report(4, NEW)).standing(AT + 50 * H)
    assert _codes(result) == {1: (KEY_ACT,)}


AGREEING = {
    **WITHOUT_EFFECT,
    "a charter logged under a key that was revoked": _change(AT + 4 * H, _third()),
    "a charter logged under a key that was never named": _change(AT + 4 * H, _third(), key=STRANGER),
    "a charter that follows": _change(AT + 4 * H, _third(), key=NEW),
}


@pytest.mark.parametrize("record", AGREEING.values(), ids=AGREEING)
def test_a_nodes_keyring_and_standing_follow_the_same_acts(record: Record) -> None:
    """What standing refuses for its keys or its officers changes no key by which a node verifies heads."""
    acts = [_change(AT + H), _revoke(AT + 3 * H), msgspec.structs.replace(record, at=AT + 4 * H)]
    refused = _codes(_book(*acts).standing(AT + 50 * H))
    founded = Keyring.found(FIRST)
    lore = KeyLore({"us": founded}, {"us": founded})
    standing = founded
    for index, act in enumerate(acts):
        lore.learn("us", index, act)
        standing = standing if index in refused else keyact.applied(standing, index, act)
    assert lore.keyrings["us"].spans == standing.spans


def test_a_key_that_has_expired_by_a_records_own_time_signs_it_no_more() -> None:
    book = _book(_change(AT + H, _both(expires=AT + 5 * H)), _report(4, NEW), _report(5, NEW))
    assert _codes(book.standing(AT + 50 * H)) == {2: (NO_KEY,)}


OLD_LOG = US.held("node", role="log")
NEW_LOG = [PrivateKey.from_seed(key.public.algorithm, b"\x78" * 32) for key in OLD_LOG]
ORIGIN = f"detente/{agreed().genesis[:16]}/live/us"


def _relogged() -> Charter:
    """The charter in which new keys sign the log."""
    entries = {
        key.public.keyid: CharterKey(
            key.public.algorithm, base64.b64encode(key.public.raw).decode(), "node", None
        )
        for key in NEW_LOG
    }
    old = {key.public.keyid for key in OLD_LOG}
    keys = {keyid: entry for keyid, entry in FIRST.keys.items() if keyid not in old} | entries
    return US.after(FIRST, keys=keys, roles=FIRST.roles | {"log": CharterRole(tuple(sorted(entries)), 1)})


def _two_heads(size: int, keys: list[PrivateKey]) -> Record:
    """The accusation of cn: us signed two roots at one size."""
    notes = [
        note.dump(checkpoint.sign(Checkpoint(ORIGIN, size, bytes([n]) * 32), keys, AT // 1000))
        for n in (2, 1)
    ]
    proof = base64.urlsafe_b64encode(fork.dump(fork.Fork(notes[0], notes[1], ()))).decode().rstrip("=")
    said = _say("accord.fork", AT + 2 * H, of="us", evidence=proof)
    return msgspec.structs.replace(
        said, party="cn", key=party("cn").held("node", role="record")[0].public.keyid
    )


@pytest.mark.parametrize(
    ("size", "keys", "forked"),
    [
        (3, NEW_LOG, ("us",)),
        (3, OLD_LOG, ()),
        (1, OLD_LOG, ("us",)),
        (1, NEW_LOG, ()),
    ],
    ids=["by new keys", "by keys given up", "by the old, in their time", "by the new, before their time"],
)
def test_a_fork_counts_by_the_log_keys_of_its_position(
    size: int, keys: list[PrivateKey], forked: tuple[str, ...]
) -> None:
    """Keys change at index 0, in the entry that a head of size 1 still ends with under the keys before."""
    book = Book(agreed())  # type: ignore[arg-type]  # real terms in place of the toy
    for record in (_change(AT + H, _relogged()), _report(3), _report(4)):
        book.log("us", record)
    book.log("cn", _two_heads(size, keys))
    for hour in range(40, 44, 2):
        book.all_receipts(AT + hour * H)
    result = book.standing(AT + 50 * H)
    assert _codes(result) == {}
    assert result.forked == forked


def test_an_accusation_that_stands_before_the_key_change_is_known_is_heard_again() -> None:
    """The log of the accuser is read first: what it proves follows from the cut, not from that order."""
    book = Book(agreed())  # type: ignore[arg-type]  # real terms in place of the toy
    book.log("cn", _two_heads(3, NEW_LOG))
    book.all_receipts(AT + 40 * H)
    fold = book.fold()
    assert fold.at(AT + 41 * H).forked == ()
    fold = Fold.load(fold.dump(), agreed(), book.bodies)
    sizes = {name: len(leaves) for name, leaves in book.logs.items()}
    for record in (_change(AT + 41 * H, _relogged()), _report(42), _report(43)):
        book.log("us", record)
    book.all_receipts(AT + 45 * H)
    for name, leaves in book.logs.items():
        for leaf in leaves[sizes[name] :]:
            fold.append(name, leaf)
    result = fold.at(AT + 50 * H)
    assert result.forked == ("us",)
    assert result.dump() == book.standing(AT + 50 * H).dump()


def test_keys_of_the_live_domain_sign_nothing_in_an_exercise() -> None:
    assert agreed().keys("us").sign(_report(1), 0)
    assert not agreed().within("exercise").keys("us").sign(_report(1), 0)
    assert agreed().within("exercise").keys("us").after(_change(AT), 0) is None


def test_a_record_signed_by_a_key_of_another_role_does_not_stand() -> None:
    witness = next(key for key in US.held("node", role="witness") if key.public.algorithm == "ed25519")
    assert _codes(_book(_report(1, witness)).standing(AT + 50 * H)) == {0: (NO_KEY,)}


def test_a_revoked_officer_approves_no_further_key_act() -> None:
    officer = US.held("officer-1")[0].public.keyid
    book = _book(_revoke(AT + H, keyid=officer), _revoke(AT + 2 * H), _report(3))
    assert _codes(book.standing(AT + 50 * H)) == {1: (KEY_ACT,)}


def test_a_receipt_moves_clocks_whatever_key_signed_it() -> None:
    """Clocks decide what is admitted, and what is admitted decides on keys: asking here would be a circle."""
    book = _book(_change(AT + H), _revoke(AT + 2 * H))
    by_revoked = make("accord.receipt", "us", AT + 60 * H, 999, heads={}, key="revoked")
    before = book.standing(AT + 50 * H).stopped
    book.log("us", by_revoked)
    result = book.standing(AT + 70 * H)
    assert _codes(result) == {}
    assert result.stopped == before


@pytest.mark.parametrize(
    ("record", "step", "error"),
    [
        (_say("accord.revoke", AT, keyid="00" * 32, reason="lost", approval="A"), "keyact.1", Malformed),
        (
            _say(
                "accord.revoke",
                AT,
                keyid="00" * 32,
                reason="lost",
                approval=_text(envelope.sign(ACT_TYPE, b'{"v":1}', TWO)),
            ),
            "keyact.2",
            Malformed,
        ),
        (_revoke(AT, v=2), "keyact.3", WrongContext),
        (_say("accord.key-change", AT, charter=7), "keyact.4", Malformed),
        (msgspec.structs.replace(_change(AT), thread="00" * 32), "keyact.5", WrongContext),
        (_revoke(AT, officers=ALONE), "charter.12", DetenteError),
    ],
)
def test_each_fault_of_a_key_act_has_its_number(record: Record, step: str, error: type[DetenteError]) -> None:
    with pytest.raises(error) as found:
        keyact.applied(Keyring.found(FIRST), 3, record)
    assert found.value.step == step


def test_the_bytes_that_officers_sign_are_those_of_the_protocol_page() -> None:
    # docs/protocol.md, 3.3: officers of any party compare with these.
    act = KeyAct(1, "accord.revoke", "5d" * 32, "live", "us", "9f" * 32, None, None)
    assert keyact.dump(act) == (
        b'{"act":"accord.revoke","domain":"live","first":null,"genesis":"' + b"5d" * 32 + b'","keyid":"'
        + b"9f" * 32 + b'","last":null,"party":"us","v":1}'
    )  # fmt: skip
    assert keyact.parse(keyact.dump(act)) == act
    assert envelope.statement_id(ACT_TYPE, keyact.dump(act)) == (
        "d5a8caa556767324e7a911d0b317d006e23328556872ea84078acf1cdb16d1fc"
    )


def test_a_disavowal_takes_effect_and_takes_nothing_back() -> None:
    act = KeyAct(1, "accord.disavow", agreed().genesis, "live", "us", OLD.public.keyid, 1, 1)
    approval = _text(envelope.sign(ACT_TYPE, keyact.dump(act), TWO))
    disavowal = _say(
        "accord.disavow", AT + 4 * H, NEW, keyid=OLD.public.keyid, first=1, last=1, approval=approval
    )
    book = _book(_change(AT + H), _report(2), _revoke(AT + 3 * H), disavowal)
    assert _codes(book.standing(AT + 50 * H)) == {}
    ring = Keyring.found(FIRST)
    for index in (0, 2, 3):
        ring = keyact.applied(ring, index, book.bodies[book.logs["us"][index].id])
    assert ring.disavowed(1, OLD.public.keyid)
    assert LogKeys(ring).sign(book.bodies[book.logs["us"][1].id], 1)


def test_only_what_is_sound_and_the_partys_own_names_keys() -> None:
    found = keyact.charter_in(_change(AT, officers=[NEW]))
    assert found is not None, "whoever signed it, a keyid certifies its key"
    assert NEW.public.keyid in found.keys
    assert keyact.charter_in(_revoke(AT)) is None
    assert keyact.charter_in(_change(AT, _both(party="cn"))) is None
    assert keyact.charter_in(_say("accord.key-change", AT, charter="AAAA")) is None


def test_all_keys_of_a_role_may_run_out() -> None:
    spent = Keyring.found(FIRST).revoke(0, OLD.public.keyid)
    with pytest.raises(NotValidThen, match=r"keyring\.8"):
        spent.keys("record", 1, AT)
    assert not LogKeys(spent).sign(_report(1), 1)
