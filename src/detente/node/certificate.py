"""The certificate: a TLS key of one node, self-signed, in the form in which two operators hand it over.

    H/keys/tls/now.pem      the key and its certificate, 0600: what the node serves and calls with
    H/keys/tls/next.pem     drawn, shown to the others, not in use yet

A certificate is pinned whole, by every party for itself: no third party vouches for it, and its name is there
so that nobody pins the wrong file. It says which machine speaks; who asks is said by signatures.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from detente.node import durable
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.trust.errors import Malformed

MAX_BYTES = 8_192
"""The most bytes of a certificate; one of ours has some 400."""

DAYS = 730
"""How long a certificate lasts, unless told otherwise."""

EARLY = timedelta(hours=1)
"""So long before it is made a certificate is valid: the others' clocks may be behind."""

UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, binascii.Error)
"""What reading a certificate may raise, when whoever made it wishes."""


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself.

    Attributes:
        der: its bytes.
        party: whose node it is, by its own word (common name).
        since: from when it holds, in seconds since the epoch.
        until: to when.
    """

    der: bytes
    party: str
    since: float
    until: float

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over its bytes: what two operators read to each other."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def text(self) -> str:
        """As a setting holds it: base64 of its bytes."""
        return base64.b64encode(self.der).decode()

    @property
    def pem(self) -> bytes:
        """As a file holds it."""
        return x509.load_der_x509_certificate(self.der).public_bytes(Encoding.PEM)


def parse(data: bytes, party: str) -> Certificate:
    """Return the certificate of a party, in PEM, DER or base64.

    Raises:
        Malformed: `certificate.1`, `certificate.2`, `certificate.3`.
    """
    try:
        read = _read(data)
        names = [one.value for one in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        read.verify_directly_issued_by(read)
        authority = _authority(read)
    except UNREADABLE as error:
        # 1. It can be read, and signs itself.
        raise Malformed(
            "certificate.1", "No self-signed certificate.", "Ask its owner for: detente tls show."
        ) from error
    # 2. It vouches for no other: whoever holds it could let anybody in.
    if authority:
        raise Malformed("certificate.2", "It may sign other certificates.", "Ask for one that may not.")
    # 3. It names the party for which it is pinned.
    if names != [party]:
        what = f"The certificate names {', '.join(map(str, names))[:80]!a}, not {party}."
        raise Malformed("certificate.3", what, "Take the file of the right party.")
    der = read.public_bytes(Encoding.DER)
    since, until = read.not_valid_before_utc.timestamp(), read.not_valid_after_utc.timestamp()
    return Certificate(der, party, since, until)


def make(party: str, days: int = DAYS, now: datetime | None = None) -> bytes:
    """Draw a key, and return it with its certificate (PEM, the key first).

    Raises:
        Malformed: `certificate.4`.
    """
    # 4. It lasts a while, and not for ever.
    if not 1 <= days <= 36_500:  # noqa: PLR2004 (a hundred years)
        raise Malformed("certificate.4", f"A certificate of {days} days.", "Between 1 and 36500.")
    key = Ed25519PrivateKey.generate()
    at = now or datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, party)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - EARLY)
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, None)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + made.public_bytes(Encoding.PEM)


def own(path: Path, party: str) -> Certificate:
    """Return the certificate in a file that has its key too.

    Raises:
        HomeMissing: `certificate.5`. HomeUnsafe: `certificate.6`. As `parse`.
    """
    data = durable.read(path)
    # 5. It is there.
    if data is None:
        raise HomeMissing("certificate.5", f"There is no {path}.", "Run: detente tls make")
    # 6. Nobody else can read it.
    if path.stat().st_mode & 0o077:
        raise HomeUnsafe(
            "certificate.6", f"Others can read {path}.", f"Run: chmod 600 {path}, and rotate it."
        )
    return parse(data[max(data.find(b"-----BEGIN CERTIFICATE"), 0) :], party)


def _read(data: bytes) -> x509.Certificate:
    if len(data) > MAX_BYTES:
        raise ValueError
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(
        data if data[:1] == b"\x30" else base64.b64decode(data, validate=True)
    )


def _authority(read: x509.Certificate) -> bool:
    try:
        return read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return read.version == x509.Version.v1
