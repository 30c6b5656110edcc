"""Records: what is signed, how it is named, and every way in which one can be wrong."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from sample import DISCLOSURES, EXERCISE, KEY, LIVE, OTHER_KEY, PATHS, RECORD, altered, sealed_bytes

from detente.trust import canonical, envelope, record
from detente.trust.errors import (
    BadSignature,
    DetenteError,
    Malformed,
    Misuse,
    NotCanonical,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.record import AccordRef, Leaf

Fields = dict[str, Any]
PAYLOAD = record.dump(RECORD)


def test_what_was_dumped_parses_to_itself() -> None:
    assert record.parse(LIVE, PAYLOAD) == RECORD


def test_a_record_is_named_by_the_digest_of_what_is_signed() -> None:
    encoded = b"DSSEv1 %d %b %d %b" % (len(LIVE), LIVE.encode(), len(PAYLOAD), PAYLOAD)
    assert record.record_id(RECORD) == hashlib.sha256(encoded).hexdigest()


def test_the_example_of_the_protocol_page_is_what_this_code_writes() -> None:
    # docs/protocol.md, 1.7: a reader who implements the page compares with these.
    reporter = DISCLOSURES["reporter"]
    example = altered(open={"level": 3}, sealed={"reporter": reporter.digest})
    assert KEY.public.keyid == "04df8dbe745eae0759687510c19cf5686decf66a1f378ac4b508f22be89f2ee4"
    assert reporter.digest == "XFQuMrG9K3t1M1VbOPaKZP62ZWltrIqrmLNFw3jzF28"
    assert record.leaf_bytes(record.leaf(example)) == (
        b"detente/v1 record d950483f4d4b8186ddbb47f216bdb2906a43a6245b1df86d9bed5786925d00d0"
    )
    assert base64.b64encode(record.seal(example, KEY).signatures[0].sig) == (
        b"ge2BT0uskwToJgMvMEnAycBMcTWVnb5Uv27OySy7umXvJqdvP4c6w46yP+zAUQGNfUnJ8YqyhmdMYv2k1i/vBw=="
    )


def test_the_same_statement_in_the_other_domain_has_another_name() -> None:
    assert record.record_id(RECORD) != record.record_id(altered(domain="exercise"))


def test_its_party_seals_it_and_the_keys_of_its_party_verify_it() -> None:
    received = envelope.parse(sealed_bytes())
    assert record.verify(received, [KEY.public, OTHER_KEY.public], "live") == RECORD


def test_sealing_twice_gives_the_same_bytes_so_that_retrying_is_success() -> None:
    assert sealed_bytes() == sealed_bytes()


def test_an_exercise_record_never_verifies_as_a_live_one() -> None:
    drill = record.seal(altered(domain="exercise"), KEY)
    assert record.verify(drill, [KEY.public], "exercise").domain == "exercise"
    with pytest.raises(WrongContext, match=r"envelope\.6"):
        record.verify(drill, [KEY.public], "live")


def test_a_record_signed_under_the_type_of_the_other_domain_is_refused() -> None:
    redomained = envelope.sign(EXERCISE, PAYLOAD, [KEY])
    with pytest.raises(WrongContext, match=r"record\.5"):
        record.verify(redomained, [KEY.public], "exercise")


def test_a_record_signed_by_another_party_is_refused() -> None:
    with pytest.raises(WrongKey, match=r"envelope\.8"):
        record.verify(record.seal(RECORD, OTHER_KEY), [KEY.public], "live")


def test_a_record_whose_signature_is_of_other_bytes_is_refused() -> None:
    signed = record.seal(RECORD, KEY)
    other = record.dump(altered(at=RECORD.at + 1))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        record.verify(envelope.Envelope(LIVE, other, signed.signatures), [KEY.public], "live")


def test_a_second_signature_by_a_stranger_is_refused_so_that_an_id_has_one_envelope() -> None:
    with pytest.raises(WrongKey, match=r"envelope\.10"):
        record.verify(envelope.sign(LIVE, PAYLOAD, [KEY, OTHER_KEY]), [KEY.public], "live")


def test_a_record_signed_by_another_key_of_its_party_than_it_names_is_refused() -> None:
    # Otherwise one party is shown the envelope of a revoked key, and the other that of a valid one.
    with pytest.raises(WrongKey, match=r"record\.12"):
        record.verify(envelope.sign(LIVE, PAYLOAD, [OTHER_KEY]), [KEY.public, OTHER_KEY.public], "live")


def test_a_record_signed_by_two_keys_of_its_party_is_refused() -> None:
    with pytest.raises(WrongKey, match=r"record\.12"):
        record.verify(envelope.sign(LIVE, PAYLOAD, [KEY, OTHER_KEY]), [KEY.public, OTHER_KEY.public], "live")


def _with(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: fields | changes


def _accord(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: fields | {"accord": fields["accord"] | changes}


def _without(name: str) -> Callable[[Fields], Fields]:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def _sealed(many: int) -> dict[str, str]:
    return {f"p{number}": f"{number:042d}A" for number in range(many)}


DIGEST = DISCLOSURES["evidence"].digest
CASES: list[tuple[Callable[[Fields], Any], str, type[DetenteError]]] = [
    *[(_without(name), "record.3", Malformed) for name in sorted(json.loads(PAYLOAD))],
    (lambda _: [1], "record.3", Malformed),
    (lambda _: None, "record.3", Malformed),
    (_with(comment="x"), "record.3", Malformed),
    (_accord(comment="x"), "record.3", Malformed),
    (_with(domain="real"), "record.3", Malformed),
    (_with(domain=None), "record.3", Malformed),
    (_with(v="1"), "record.3", Malformed),
    (_with(v=True), "record.3", Malformed),
    (_with(at="1790000000000"), "record.3", Malformed),
    (_with(at=None), "record.3", Malformed),
    (_with(kind=7), "record.3", Malformed),
    (_with(open=[]), "record.3", Malformed),
    (_with(sealed={"evidence": None}), "record.3", Malformed),
    (_with(sealed=[DIGEST]), "record.3", Malformed),
    (_with(v=0), "record.4", Malformed),
    (_with(v=2), "record.4", Malformed),
    (_with(domain="exercise"), "record.5", WrongContext),
    (_with(kind="incidents"), "record.6", Malformed),
    (_with(kind="Incidents.report"), "record.6", Malformed),
    (_with(kind="incidents.report.more"), "record.6", Malformed),
    (_with(kind="incidents.report\n"), "record.6", Malformed),
    (_with(kind="a." + "b" * 33), "record.6", Malformed),
    (_with(party=""), "record.6", Malformed),
    (_with(party="US"), "record.6", Malformed),
    (_with(party="us/cn"), "record.6", Malformed),
    (_with(party="us\n"), "record.6", Malformed),
    (_with(party="u" * 33), "record.6", Malformed),
    (_accord(genesis="5D" * 32), "record.7", Malformed),
    (_accord(genesis="5d" * 31), "record.7", Malformed),
    (_accord(version=0), "record.7", Malformed),
    (_accord(version=-1), "record.7", Malformed),
    (_with(thread=""), "record.8", Malformed),
    (_with(thread="5D" * 32), "record.8", Malformed),
    (_with(at=-1), "record.8", Malformed),
    (_with(nonce="0f" * 15), "record.8", Malformed),
    (_with(key="0F" * 32), "record.8", Malformed),
    (_with(key=""), "record.8", Malformed),
    (_with(nonce="0F" * 16), "record.8", Malformed),
    (_with(nonce="0f" * 16 + "\n"), "record.8", Malformed),
    (_with(sealed=_sealed(record.MAX_SEALED + 1)), "record.9", TooLarge),
    (_with(sealed={"Evidence": DIGEST}), "record.9", Malformed),
    (_with(sealed={"evidence.": DIGEST}), "record.9", Malformed),
    (_with(sealed={"us/evidence": DIGEST}), "record.9", Malformed),
    (_with(sealed={"e" * 65: DIGEST}), "record.9", Malformed),
    (_with(sealed={"evidence": DIGEST + "="}), "record.9", Malformed),
    (_with(sealed={"evidence": DIGEST[:-1]}), "record.9", Malformed),
    (_with(sealed={"evidence": "A" * 42 + "B"}), "record.9", Malformed),
    (_with(sealed={"evidence": "+" * 42 + "A"}), "record.9", Malformed),
    (_with(sealed={"evidence": DIGEST, "reporter": DIGEST}), "record.9", NotCanonical),
    (_with(open={"Level": 3}), "record.10", Malformed),
    (_with(open={"": 3}), "record.10", Malformed),
    (_with(open={"evidence": 3}), "record.10", Malformed),
]


@pytest.mark.parametrize(("change", "step", "error"), CASES)
def test_a_wrong_record_is_refused_at_its_check_though_rightly_signed(
    change: Callable[[Fields], Any], step: str, error: type[DetenteError]
) -> None:
    payload = canonical.encode(change(json.loads(PAYLOAD)))
    signed = envelope.sign(LIVE, payload, [KEY])
    with pytest.raises(error) as refusal:
        record.verify(signed, [KEY.public], "live")
    assert refusal.value.step == step


@pytest.mark.parametrize(
    ("payload", "step", "error"),
    [
        (PAYLOAD.replace(b'"v":1', b'"v":1,"v":1'), "canonical.5", NotCanonical),
        (PAYLOAD.replace(b'"v":1', b'"v":1.0'), "canonical.4", Malformed),
        (PAYLOAD.replace(b'"level":3', b'"level":3e0'), "canonical.4", Malformed),
        (PAYLOAD.replace(b"aml.t0051", b"\\ud83d lone"), "canonical.2", Malformed),
        (PAYLOAD + b"\n", "canonical.5", NotCanonical),
        (PAYLOAD[:-1], "canonical.2", Malformed),
        (b'{"open":' + b"[" * 40 + b"]" * 40 + b"}", "canonical.3", TooLarge),
        (b" " * (record.MAX_BYTES + 1), "canonical.1", TooLarge),
    ],
)
def test_a_record_in_another_spelling_is_refused_though_rightly_signed(
    payload: bytes, step: str, error: type[DetenteError]
) -> None:
    with pytest.raises(error) as refusal:
        record.verify(envelope.sign(LIVE, payload, [KEY]), [KEY.public], "live")
    assert refusal.value.step == step


@pytest.mark.parametrize("payload_type", ["", "application/json", envelope.ACT_TYPE, LIVE + " "])
def test_what_is_no_record_by_its_type_is_not_read_as_one(payload_type: str) -> None:
    with pytest.raises(WrongContext, match=r"record\.1"):
        record.parse(payload_type, PAYLOAD)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"party": "US"},
        {"accord": AccordRef(genesis="", version=1)},
        {"at": 2**53},
        {"nonce": ""},
        {"open": {"level": 3.5}},
        {"open": {"text": "x" * record.MAX_BYTES}},
        {"sealed": {"evidence": ""}},
    ],
)
def test_what_could_not_be_read_cannot_be_written(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        record.dump(altered(**changes))


def test_the_largest_record_is_read() -> None:
    empty = len(record.dump(altered(open={"text": ""})))
    largest = altered(open={"text": "x" * (record.MAX_BYTES - empty)})
    assert record.verify(record.seal(largest, KEY), [KEY.public], "live") == largest


def test_a_record_seals_exactly_the_paths_of_its_kind() -> None:
    record.require_sealed(RECORD, PATHS)
    for paths in (PATHS[:-1], (*PATHS, "witnesses"), ()):
        with pytest.raises(Malformed, match=r"record\.11"):
            record.require_sealed(RECORD, paths)


def test_a_leaf_names_class_and_id_and_nothing_more() -> None:
    entry = record.leaf(RECORD)
    assert record.leaf_bytes(entry) == b"detente/v1 record " + record.record_id(RECORD).encode()
    assert record.parse_leaf(record.leaf_bytes(entry)) == entry
    receipt = record.leaf(altered(kind="accord.receipt"))
    assert record.leaf_bytes(receipt).startswith(b"detente/v1 receipt ")
    assert record.parse_leaf(record.leaf_bytes(receipt)) == receipt


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"detente/v1 record",
        b"detente/v1 record " + b"0f" * 31,
        b"detente/v1 record " + b"0F" * 32,
        b"detente/v1 record " + b"0f" * 32 + b"\n",
        b"detente/v1 record  " + b"0f" * 32,
        b"detente/v1 opening " + b"0f" * 32,
        b"detente/v2 record " + b"0f" * 32,
        b"detente/v1 record " + "٠".encode() * 32,
        b"\0" * 65_535,
    ],
)
def test_an_entry_of_another_form_is_no_leaf(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"leaf\.1"):
        record.parse_leaf(data)


def test_a_leaf_of_another_form_is_our_own_fault() -> None:
    other: Any = "opening"
    for entry in (Leaf(other, "0f" * 32), Leaf("record", "0f")):
        with pytest.raises(Misuse, match=r"leaf\.1"):
            record.leaf_bytes(entry)


def test_a_receipt_logged_as_a_record_and_a_body_of_another_entry_are_refused() -> None:
    receipt = altered(kind="accord.receipt")
    record.require_leaf(record.leaf(receipt), receipt)
    for entry in (Leaf("record", record.record_id(receipt)), record.leaf(RECORD)):
        with pytest.raises(WrongContext, match=r"leaf\.2"):
            record.require_leaf(entry, receipt)
