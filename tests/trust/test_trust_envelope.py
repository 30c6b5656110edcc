"""Envelopes: DSSE as others write and check it, and every way to bend one."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sample import KEY, LIVE, OFFICERS, OTHER_KEY, sealed_bytes
from securesystemslib.dsse import Envelope as OthersEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from detente.trust import canonical, envelope
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE, Envelope, Signature
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    DetenteError,
    Malformed,
    Misuse,
    NotCanonical,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.key import PrivateKey

PAYLOAD = b'{"v":1}'


def test_the_encoding_is_that_of_the_dsse_text_and_its_signature_verifies() -> None:
    # secure-systems-lab/dsse, protocol.md, "Test Vectors", commit 0110cc2e89df500345148a36c780d883922443ca.
    encoded = envelope.pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    point = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    raw = base64.b64decode(
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
    )
    signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    point.public_key().verify(signature, encoded, ec.ECDSA(hashes.SHA256()))


def test_lengths_in_the_encoding_count_bytes() -> None:
    assert envelope.pae("é", "é".encode()) == "DSSEv1 2 é 2 é".encode()


def _others_key(key: PrivateKey) -> SSlibKey:
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(key.public.raw), key.public.keyid)


def test_securesystemslib_verifies_our_envelope_and_refuses_it_altered() -> None:
    data = envelope.dump(envelope.sign(LIVE, PAYLOAD, [KEY, OTHER_KEY]))
    keys: list[Any] = [_others_key(KEY), _others_key(OTHER_KEY)]
    theirs = OthersEnvelope.from_dict(json.loads(data))
    assert set(theirs.verify(keys, 2)) == {KEY.public.keyid, OTHER_KEY.public.keyid}
    theirs.payload += b" "
    with pytest.raises(VerificationError):
        theirs.verify(keys, 1)


def test_what_was_dumped_parses_to_itself() -> None:
    signed = envelope.sign(ACCORD_TYPE, PAYLOAD, OFFICERS)
    assert envelope.parse(envelope.dump(signed)) == signed


def test_a_key_that_signs_twice_signs_once() -> None:
    assert len(envelope.sign(LIVE, PAYLOAD, [KEY, KEY]).signatures) == 1


def test_verification_names_the_keys_that_signed_and_ignores_others() -> None:
    signed = envelope.sign(LIVE, PAYLOAD, [KEY, OTHER_KEY])
    assert envelope.verify(signed, [KEY.public], 1, LIVE) == {KEY.public.keyid}


def test_the_statement_id_differs_by_type() -> None:
    assert envelope.statement_id(ACT_TYPE, PAYLOAD) != envelope.statement_id(ACCORD_TYPE, PAYLOAD)


Fields = dict[str, Any]


def _with(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: fields | changes


def _signature(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: fields | {"signatures": [fields["signatures"][0] | changes]}


def _signatures(many: int) -> Callable[[Fields], Fields]:
    return lambda fields: fields | {"signatures": [{"keyid": f"{n:064x}", "sig": ""} for n in range(many)]}


def _twice(fields: Fields) -> Fields:
    return fields | {"signatures": fields["signatures"] * 2}


def _without(name: str) -> Callable[[Fields], Fields]:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize(
    ("change", "step", "error"),
    [
        (lambda _: [], "envelope.1", Malformed),
        (_without("payload"), "envelope.1", Malformed),
        (_without("payloadType"), "envelope.1", Malformed),
        (_without("signatures"), "envelope.1", Malformed),
        (_with(extra=1), "envelope.1", Malformed),
        (_with(payload=None), "envelope.1", Malformed),
        (_with(signatures={}), "envelope.1", Malformed),
        (_signature(cert="x"), "envelope.1", Malformed),
        (_signature(sig=1), "envelope.1", Malformed),
        (_with(payloadType=""), "envelope.2", Malformed),
        (_with(payloadType="application/x\n"), "envelope.2", Malformed),
        (_with(payloadType="Application/x"), "envelope.2", Malformed),
        (_with(payloadType="a/" + "x" * 128), "envelope.2", Malformed),
        (_with(payload="e31"), "envelope.3", Malformed),
        (_with(payload="e30=="), "envelope.3", Malformed),
        (_with(payload="e 30="), "envelope.3", Malformed),
        (_with(payload="_-8="), "envelope.3", Malformed),
        (_with(payload="é30="), "envelope.3", Malformed),
        (_with(payload="e31="), "envelope.3", NotCanonical),
        (_signature(sig="e31="), "envelope.3", NotCanonical),
        (_with(signatures=[]), "envelope.4", Malformed),
        (_signature(keyid=""), "envelope.4", Malformed),
        (_signature(keyid=KEY.public.keyid.upper()), "envelope.4", Malformed),
        (_signature(keyid=KEY.public.keyid + "\n"), "envelope.4", Malformed),
        (_signatures(envelope.MAX_SIGNATURES + 1), "envelope.4", TooLarge),
        (_twice, "envelope.5", NotCanonical),
        (
            lambda fields: fields | {"signatures": _signatures(2)(fields)["signatures"][::-1]},
            "envelope.5",
            NotCanonical,
        ),
    ],
)
def test_a_malformed_envelope_is_refused_at_its_check(
    change: Callable[[Fields], Any], step: str, error: type[DetenteError]
) -> None:
    fields = json.loads(sealed_bytes())
    with pytest.raises(error) as refusal:
        envelope.parse(canonical.encode(change(fields)))
    assert refusal.value.step == step


def test_as_many_signatures_as_allowed_are_read() -> None:
    fields = _signatures(envelope.MAX_SIGNATURES)(json.loads(sealed_bytes()))
    assert len(envelope.parse(canonical.encode(fields)).signatures) == envelope.MAX_SIGNATURES


def test_another_spelling_of_an_envelope_is_refused() -> None:
    with pytest.raises(NotCanonical, match=r"canonical\.5"):
        envelope.parse(json.dumps(json.loads(sealed_bytes())).encode())


def test_an_oversized_envelope_is_refused() -> None:
    with pytest.raises(TooLarge, match=r"canonical\.1"):
        envelope.parse(b" " * (envelope.MAX_BYTES + 1))


def test_a_payload_presented_as_another_type_is_refused() -> None:
    signed = envelope.sign(LIVE, PAYLOAD, [KEY])
    with pytest.raises(WrongContext, match=r"envelope\.6"):
        envelope.verify(signed, [KEY.public], 1, ACT_TYPE)
    retyped = Envelope(ACT_TYPE, signed.payload, signed.signatures)
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        envelope.verify(retyped, [KEY.public], 1, ACT_TYPE)


def test_one_bad_signature_by_a_known_key_refuses_all_the_good_ones() -> None:
    signed = envelope.sign(ACCORD_TYPE, PAYLOAD, OFFICERS)
    spoiled = Envelope(
        ACCORD_TYPE, PAYLOAD, (*signed.signatures[:2], Signature(signed.signatures[2].keyid, bytes(3309)))
    )
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        envelope.verify(spoiled, [key.public for key in OFFICERS], 1, ACCORD_TYPE)


def test_a_signature_moved_under_another_known_key_is_refused() -> None:
    signature = KEY.sign(envelope.pae(LIVE, PAYLOAD))
    moved = Envelope(LIVE, PAYLOAD, (Signature(OTHER_KEY.public.keyid, signature),))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        envelope.verify(moved, [KEY.public, OTHER_KEY.public], 1, LIVE)


def test_an_envelope_signed_by_strangers_only_is_refused() -> None:
    with pytest.raises(WrongKey, match=r"envelope\.8"):
        envelope.verify(envelope.sign(LIVE, PAYLOAD, [OTHER_KEY]), [KEY.public], 1, LIVE)


def test_too_few_signers_are_refused_and_a_key_listed_twice_counts_once() -> None:
    signed = envelope.sign(LIVE, PAYLOAD, [KEY])
    with pytest.raises(BelowThreshold, match=r"envelope\.9"):
        envelope.verify(signed, [KEY.public, KEY.public, OTHER_KEY.public], 2, LIVE)


def test_a_signature_that_nobody_asked_for_can_be_refused() -> None:
    signed = envelope.sign(LIVE, PAYLOAD, [KEY, OTHER_KEY])
    envelope.require_no_others(signed, frozenset({KEY.public.keyid, OTHER_KEY.public.keyid}))
    with pytest.raises(WrongKey, match=r"envelope\.10"):
        envelope.require_no_others(signed, envelope.verify(signed, [KEY.public], 1, LIVE))


def test_a_threshold_that_proves_nothing_is_our_own_fault() -> None:
    with pytest.raises(Misuse):
        envelope.verify(envelope.sign(LIVE, PAYLOAD, [KEY]), [KEY.public], 0, LIVE)
