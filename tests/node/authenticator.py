"""A software authenticator: what a browser and a security key do together, each part open to be edited."""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from detente.trust import passkey
from detente.trust.key import PublicKey

ORIGIN = "http://localhost:7788"


@dataclass
class Authenticator:
    """One passkey. It answers as its fields say, and signs whatever comes of that."""

    page: str = ORIGIN
    origin: str = ORIGIN
    host: str = "localhost"
    flags: int = 0x05
    counter: int = 1
    kind: str = "webauthn.get"
    more: str = ',"crossOrigin":false'
    extension: bytes = b""
    challenge: str | None = None
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public(self) -> PublicKey:
        """As it was registered on the desk's page, whatever its fields say now."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PublicKey("webauthn-es256", point + self.page.encode())

    def parts(self, message: bytes) -> tuple[bytes, bytes, bytes]:
        """Authenticator data, client data, signature."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(message).digest()).decode().rstrip("=")
        challenge = self.challenge or digest
        client = f'{{"type":"{self.kind}","challenge":"{challenge}","origin":"{self.origin}"{self.more}}}'
        party = hashlib.sha256(self.host.encode()).digest()
        data = party + bytes([self.flags]) + self.counter.to_bytes(4, "big") + self.extension
        signed = data + hashlib.sha256(client.encode()).digest()
        return data, client.encode(), self.private.sign(signed, ec.ECDSA(SHA256()))

    def register(self, challenge: str) -> tuple[bytes, bytes]:
        """Authenticator data and client data of a registration, the key as CTAP2 spells it."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        key = bytes.fromhex("a5010203262001215820") + point[1:33] + bytes.fromhex("225820") + point[33:]
        name = hashlib.sha256(point).digest()
        data = hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | 0x40])
        data += self.counter.to_bytes(4, "big") + bytes(16) + len(name).to_bytes(2, "big") + name + key
        kind = self.kind.replace("get", "create")
        client = f'{{"type":"{kind}","challenge":"{challenge}","origin":"{self.origin}"{self.more}}}'
        return data, client.encode()

    def sign(self, message: bytes) -> bytes:
        """The three in one, as an envelope carries them."""
        return passkey.pack(*self.parts(message))
