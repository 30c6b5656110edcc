"""Charters: whose keys act, thresholds over people, and every way in which a charter can be wrong."""

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from founding import AT, Party, signed, with_key

from detente.trust import charter, envelope
from detente.trust.charter import Charter, CharterRole
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    DetenteError,
    Malformed,
    NotCanonical,
    NotValidThen,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.key import PrivateKey
from detente.trust.suite import LABORATORY, Role, row

Fields = dict[str, Any]
US = Party("us")
CHARTER = US.charter()
OTHER = Party("cn", seed=2)


def _first(fields: Fields, role: Role) -> str:
    keyid: str = fields["roles"][role]["keys"][0]
    return keyid


def _with(fields: Fields, role: Role, **changes: object) -> Fields:
    return fields | {"roles": fields["roles"] | {role: fields["roles"][role] | changes}}


def _entry(fields: Fields, **changes: object) -> Fields:
    keyid = _first(fields, "record")
    return fields | {"keys": fields["keys"] | {keyid: fields["keys"][keyid] | changes}}


def test_what_was_dumped_parses_to_itself() -> None:
    assert charter.parse(charter.dump(CHARTER)) == CHARTER


def test_a_charter_stands_in_a_larger_document() -> None:
    assert charter.from_value(json.loads(charter.dump(CHARTER))) == CHARTER


def test_a_charter_is_named_by_its_canonical_bytes() -> None:
    assert CHARTER.digest == US.charter().digest != US.charter(threshold=1).digest


def test_the_keys_of_a_role_are_ready_to_verify_with() -> None:
    (key,) = US.held("node", role="record")
    assert CHARTER.public_keys("record") == (key.public,)


WRONG: list[tuple[str, type[DetenteError], str, Callable[[Fields], Fields]]] = [
    ("a field is missing", Malformed, "charter.1", lambda it: {k: v for k, v in it.items() if k != "next"}),
    ("a field too many", Malformed, "charter.1", lambda it: it | {"note": 1}),
    ("a role nobody knows", Malformed, "charter.1", lambda it: it | {"roles": it["roles"] | {"root": {}}}),
    ("a domain nobody knows", Malformed, "charter.1", lambda it: it | {"domain": "test"}),
    ("an algorithm nobody knows", Malformed, "charter.1", lambda it: _entry(it, algorithm="rsa")),
    ("another format", Malformed, "charter.2", lambda it: it | {"v": 2}),
    ("a party ill named", Malformed, "charter.2", lambda it: it | {"party": "US"}),
    ("version 0", Malformed, "charter.2", lambda it: it | {"version": 0, "previous": "5d" * 32}),
    ("version 1 after another", Malformed, "charter.2", lambda it: it | {"previous": "5d" * 32}),
    ("version 2 after none", Malformed, "charter.2", lambda it: it | {"version": 2}),
    ("a commitment that is no digest", Malformed, "charter.2", lambda it: it | {"next": "5D" * 32}),
    ("a suite nobody knows", Malformed, "suite.1", lambda it: it | {"suite": "none-1"}),
    (
        "too many keys",
        TooLarge,
        "charter.3",
        lambda it: it | {"keys": {f"{n:064x}": it["keys"][_first(it, "record")] for n in range(65)}},
    ),
    (
        "a key under another's name",
        Malformed,
        "charter.4",
        lambda it: it | {"keys": it["keys"] | {"5d" * 32: it["keys"][_first(it, "record")]}},
    ),
    ("a key without holder", Malformed, "charter.4", lambda it: _entry(it, holder="")),
    ("a key that expired in 1970", Malformed, "charter.4", lambda it: _entry(it, expires=0)),
    ("a key that is no base64", Malformed, "charter.4", lambda it: _entry(it, public="!" * 44)),
    ("base64 in another spelling", NotCanonical, "charter.4", lambda it: _entry(it, public="A" * 42 + "B=")),
    ("a key of another length", Malformed, "key.2", lambda it: _entry(it, public="AAAA")),
    (
        "a key under which anyone signs",
        Malformed,
        "key.3",
        lambda it: _entry(it, public=base64.b64encode(bytes([1]).ljust(32, b"\0")).decode()),
    ),
    (
        "a role missing",
        Malformed,
        "charter.5",
        lambda it: it | {"roles": {r: x for r, x in it["roles"].items() if r != "log"}},
    ),
    (
        "keys out of order",
        NotCanonical,
        "charter.5",
        lambda it: _with(it, "officer", keys=it["roles"]["officer"]["keys"][::-1]),
    ),
    (
        "a key twice",
        NotCanonical,
        "charter.5",
        lambda it: _with(it, "record", keys=it["roles"]["record"]["keys"] * 2),
    ),
    ("a key from nowhere", Malformed, "charter.5", lambda it: _with(it, "record", keys=["5d" * 32])),
    (
        "an officer's algorithm in a log",
        WrongKey,
        "charter.6",
        lambda it: _with(it, "log", keys=it["roles"]["officer"]["keys"]),
    ),
    (
        "a witness with the log's keys",
        WrongKey,
        "charter.7",
        lambda it: _with(it, "witness", keys=it["roles"]["log"]["keys"]),
    ),
    ("an officer who is the node", WrongKey, "charter.8", lambda it: _entry(it, holder="officer-1")),
    ("no threshold", Malformed, "charter.9", lambda it: _with(it, "officer", threshold=0)),
    ("a threshold out of reach", Malformed, "charter.9", lambda it: _with(it, "officer", threshold=4)),
    ("a role of nobody", WrongKey, "charter.7", lambda it: _with(it, "officer", keys=[])),
    ("two holders for a record", Malformed, "charter.9", lambda it: _with(it, "record", threshold=2)),
]


@pytest.mark.parametrize(("error", "step", "change"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_charter_that_is_wrong_is_refused(
    error: type[DetenteError], step: str, change: Callable[[Fields], Fields]
) -> None:
    bent = json.dumps(change(json.loads(charter.dump(CHARTER))), sort_keys=True, separators=(",", ":"))
    with pytest.raises(DetenteError) as refusal:
        charter.parse(bent.encode())
    assert (type(refusal.value), refusal.value.step) == (error, step)


def test_a_log_with_spare_keys_is_refused() -> None:
    spare = PrivateKey.from_seed("ed25519", b"spare".ljust(32)).public
    entry = charter.CharterKey("ed25519", base64.b64encode(spare.raw).decode(), "node", None)
    keys = tuple(sorted((*CHARTER.roles["log"].keys, spare.keyid)))
    bent = msgspec.structs.replace(
        CHARTER,
        keys={**CHARTER.keys, spare.keyid: entry},
        roles={**CHARTER.roles, "log": CharterRole(keys, 1)},
    )
    with pytest.raises(Malformed, match=r"charter\.9"):
        charter.check(bent)


def _sponsoring(*labs: str, threshold: int = 1, of: str = "us", algorithms: int = 2) -> Charter:
    """The charter with laboratories, whose keys follow from their names."""
    held = {
        name: [
            PrivateKey.from_seed(one, f"{of} {name}".encode().ljust(32))
            for one in row(CHARTER.suite, LABORATORY)[:algorithms]
        ]
        for name in labs
    }
    entries = {
        key.public.keyid: charter.CharterKey(
            key.public.algorithm, base64.b64encode(key.public.raw).decode(), name, None
        )
        for name, keys in held.items()
        for key in keys
    }
    role = CharterRole(tuple(sorted(entries)), threshold)
    return msgspec.structs.replace(
        CHARTER, keys=CHARTER.keys | entries, roles={**CHARTER.roles, LABORATORY: role}
    )


def test_a_charter_names_laboratories_that_sign_each_for_itself() -> None:
    made = charter.parse(charter.dump(_sponsoring("aurora", "borealis")))
    keys = [PrivateKey.from_seed(one, b"us aurora".ljust(32)) for one in row(CHARTER.suite, LABORATORY)]
    assert charter.verify(signed(CHARTER, *keys), made, LABORATORY, AT) == {"aurora"}
    with pytest.raises(WrongKey, match=r"charter\.10"):
        charter.verify(signed(CHARTER, *keys), made, "officer", AT)
    with pytest.raises(WrongKey, match=r"charter\.10"):
        charter.verify(signed(CHARTER, *keys), CHARTER, LABORATORY, AT)


@pytest.mark.parametrize(
    ("made", "error", "step"),
    [
        (_sponsoring("officer-1"), WrongKey, "charter.8"),
        (_sponsoring("node"), WrongKey, "charter.8"),
        (_sponsoring(), Malformed, "charter.9"),
        (_sponsoring("aurora", "borealis", threshold=2), Malformed, "charter.9"),
        (_sponsoring("aurora", algorithms=1), Malformed, "charter.9"),
    ],
    ids=["an officer", "the node", "nobody", "two together", "half of its keys"],
)
def test_a_laboratory_that_is_another_or_cannot_sign_alone_is_refused(
    made: Charter, error: type[DetenteError], step: str
) -> None:
    with pytest.raises(DetenteError) as refusal:
        charter.check(made)
    assert (type(refusal.value), refusal.value.step) == (error, step)


def test_one_laboratory_with_half_of_its_keys_is_refused_beside_one_with_all() -> None:
    whole, half = _sponsoring("aurora"), _sponsoring("borealis", algorithms=1)
    keys = tuple(sorted((*whole.roles[LABORATORY].keys, *half.roles[LABORATORY].keys)))
    made = msgspec.structs.replace(
        whole, keys=whole.keys | half.keys, roles=whole.roles | {LABORATORY: CharterRole(keys, 1)}
    )
    with pytest.raises(Malformed, match="signs alone"):
        charter.check(made)


def test_an_oversized_charter_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match=r"canonical\.1"):
        charter.parse(b"[" * (charter.MAX_BYTES + 1))


def test_another_spelling_of_a_charter_is_refused() -> None:
    with pytest.raises(NotCanonical, match=r"canonical\.5"):
        charter.parse(charter.dump(CHARTER) + b"\n")


# Who signed.


def _verify(made: Charter, *keys: PrivateKey, at: int = AT, **options: Any) -> frozenset[str]:  # noqa: ANN401
    return charter.verify(signed(CHARTER, *keys), made, "officer", at, **options)


def test_two_officers_reach_a_threshold_of_two() -> None:
    assert _verify(CHARTER, *US.held("officer-1", "officer-3")) == {"officer-1", "officer-3"}


def test_one_officer_does_not_reach_a_threshold_of_two() -> None:
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        _verify(CHARTER, *US.held("officer-1"))


def test_an_officer_counts_only_with_all_algorithms_of_the_suite() -> None:
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        _verify(CHARTER, *US.held("officer-1"), US.held("officer-2")[0])


def test_one_person_with_two_sets_of_keys_counts_once() -> None:
    made = CHARTER
    for key in US.held("officer-2"):
        made = with_key(made, key.public.keyid, holder="officer-1")
    charter.check(made)
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        _verify(made, *US.held("officer-1", "officer-2"))


def test_keys_of_one_holder_complete_each_other_across_sets() -> None:
    made = CHARTER
    for key in US.held("officer-2"):
        made = with_key(made, key.public.keyid, holder="officer-1")
    mixed = (US.held("officer-1")[0], US.held("officer-2")[1], *US.held("officer-3"))
    assert _verify(made, *mixed) == {"officer-1", "officer-3"}


def test_strangers_are_refused_and_do_not_spoil_what_officers_signed() -> None:
    strangers = OTHER.held("officer-1", "officer-2")
    with pytest.raises(WrongKey, match=r"charter\.10"):
        _verify(CHARTER, *strangers)
    assert _verify(CHARTER, *strangers, *US.held("officer-1", "officer-2")) == {"officer-1", "officer-2"}


def test_a_node_cannot_sign_as_an_officer() -> None:
    with pytest.raises(WrongKey, match=r"charter\.10"):
        _verify(CHARTER, *US.held("node", role="record"), *US.held("node", role="log"))


def test_a_key_signs_until_the_moment_it_expires_and_not_at_it() -> None:
    made = CHARTER
    for key in US.held("officer-1"):
        made = with_key(made, key.public.keyid, expires=AT + 1)
    two = US.held("officer-1", "officer-2")
    assert _verify(made, *two) == {"officer-1", "officer-2"}
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        _verify(made, *two, at=AT + 1)


def test_a_revoked_key_counts_for_nothing_and_harms_nothing() -> None:
    gone = {US.held("officer-1")[1].public.keyid}
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        _verify(CHARTER, *US.held("officer-1", "officer-2"), revoked=gone)
    three = US.held("officer-1", "officer-2", "officer-3")
    assert _verify(CHARTER, *three, revoked=gone) == {"officer-2", "officer-3"}


def test_when_every_signer_has_lapsed_the_error_says_so() -> None:
    gone = {key.public.keyid for key in US.held("officer-1", "officer-2")}
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        _verify(CHARTER, *US.held("officer-1", "officer-2"), revoked=gone)


def test_an_altered_signature_by_an_officer_refuses_all() -> None:
    made = signed(CHARTER, *US.held("officer-1", "officer-2", "officer-3"))
    bent = bytearray(made.signatures[0].sig)
    bent[7] ^= 1
    first = envelope.Signature(made.signatures[0].keyid, bytes(bent))
    spoilt = msgspec.structs.replace(made, signatures=(first, *made.signatures[1:]))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        charter.verify(spoilt, CHARTER, "officer", AT)


def test_an_act_is_not_taken_for_a_charter() -> None:
    act = envelope.sign(ACT_TYPE, charter.dump(CHARTER), US.held("officer-1", "officer-2"))
    with pytest.raises(WrongContext, match=r"envelope\.6"):
        charter.verify(act, CHARTER, "officer", AT)
    assert charter.verify(act, CHARTER, "officer", AT, payload_type=ACT_TYPE)
    assert CHARTER_TYPE != ACT_TYPE
