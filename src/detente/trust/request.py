"""The signed request: who asks, whom, for what and when, under the asker's record key (RFC 9421, RFC 9530).

    detente-to: cn
    content-digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:
    signature-input: detente=("@method" "@path" "content-digest" "detente-to");created=1790000000;
        keyid="detente/5d1c…/live/us/9f86…";alg="ed25519";nonce="…";tag="detente-1"          (in one line)
    signature: detente=:wqcAqb…:

One fixed profile of HTTP Message Signatures, with one spelling: any library of RFC 9421 makes and verifies
it, and nothing else that RFC 9421 allows is read here. What is signed begins with `"@method"`, so it is never
a record, a note or an act. Pure: time and nonce are arguments, and whether a nonce came before is for the
caller to know.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from detente.trust.errors import BadSignature, Malformed, Unproven, WrongContext, WrongKey
from detente.trust.key import PrivateKey, PublicKey

WINDOW = 300
"""How many seconds the asker's clock and ours may differ; as long, nonces are remembered on either side."""

TAG = "detente-1"
TO = "detente-to"
COMPONENTS = ("@method", "@path", "content-digest", TO)
FIELDS = ("content-digest", TO, "signature-input", "signature")
"""The header fields of a signed request."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_KEYID = re.compile(r"[a-z0-9/-]{1,160}/[0-9a-f]{8,64}")
_INPUT = re.compile(
    r'detente=\("@method" "@path" "content-digest" "detente-to"\)'
    r';created=(0|[1-9][0-9]{0,14});keyid="([^"]{1,256})";alg="(ed25519|sm2)";nonce="([^"]{1,64})";tag="detente-1"'
)
_SIGNATURE = re.compile(r"detente=:([A-Za-z0-9+/]{86}==):")


@dataclass(frozen=True)
class Request:
    """What is asked: method, path with its slash and no query, the addressee, and the body."""

    method: str
    path: str
    to: str
    body: bytes = b""


@dataclass(frozen=True)
class Stamp:
    """When (seconds since the epoch), under which key, and a nonce of 128 bits in base64url.

    The key is named by the asker's log origin, a slash, and the key's id: it says accord, domain and party.
    """

    created: int
    keyid: str
    nonce: str

    @property
    def origin(self) -> str:
        """The log origin of the asker."""
        return self.keyid.rpartition("/")[0]


@dataclass(frozen=True)
class Signed:
    """The stamp of a request, and the signature over both."""

    stamp: Stamp
    signature: bytes


def keyid(origin: str, key: PublicKey) -> str:
    """Return how a request names a key."""
    return f"{origin}/{key.keyid}"


def sign(request: Request, stamp: Stamp, key: PrivateKey) -> dict[str, str]:
    """Return the header fields of a signed request."""
    return {
        "content-digest": digest(request.body),
        TO: request.to,
        "signature-input": f"detente={_parameters(stamp, key.public)}",
        "signature": f"detente=:{base64.b64encode(key.sign(_base(request, stamp, key.public))).decode()}:",
    }


def read(fields: Mapping[str, str]) -> Signed:
    """Read the stamp and signature from header fields, names in lower case; nothing is verified yet.

    Raises:
        Unproven: `request.1`; Malformed: `request.2`.
    """
    # 1. It is signed.
    if "signature-input" not in fields or "signature" not in fields:
        raise Unproven("request.1", "The request is not signed.", "Sign it with a key of a party.")
    stated = _INPUT.fullmatch(fields["signature-input"])
    signature = _SIGNATURE.fullmatch(fields["signature"])
    # 2. In the one spelling of this profile.
    if (
        stated is None
        or signature is None
        or not _KEYID.fullmatch(stated[2])
        or not _NONCE.fullmatch(stated[4])
    ):
        raise Malformed("request.2", "Another profile of RFC 9421 than ours.", "Sign as section 7.10 says.")
    raw = base64.b64decode(signature[1])
    if base64.b64encode(raw).decode() != signature[1]:
        raise Malformed("request.2", "The signature has another spelling.", "Sign as section 7.10 says.")
    return Signed(Stamp(int(stated[1]), stated[2], stated[4]), raw)


def verify(
    request: Request, signed: Signed, fields: Mapping[str, str], keys: Iterable[PublicKey], now: int
) -> None:
    """Return if a party signed exactly this request, now.

    Args:
        request: what was asked; `to` is the verifier's own party.
        signed: what `read` returned.
        fields: the header fields, names in lower case.
        keys: the record keys of the party that the stamp names.
        now: seconds since the epoch.

    Raises:
        WrongContext: `request.3`, `request.4`; BadSignature: `request.5`, `request.7`; WrongKey: `request.6`.
    """
    # 3. It is fresh.
    if abs(now - signed.stamp.created) > WINDOW:
        what = f"Signed {now - signed.stamp.created} seconds ago by our clock."
        raise WrongContext("request.3", what, "Set both clocks right, and ask again.")
    # 4. It is for this node.
    if fields.get(TO) != request.to:
        raise WrongContext("request.4", f"A request to {fields.get(TO, '')[:33]!a}.", "Ask the right party.")
    # 5. Its body is the one that was signed.
    if fields.get("content-digest") != digest(request.body):
        raise BadSignature("request.5", "The body is not the one signed.", "Ask again.")
    # 6. The key is one of that party's.
    known = {keyid(signed.stamp.origin, one): one for one in keys}
    if signed.stamp.keyid not in known:
        raise WrongKey("request.6", f"No key of a party: {signed.stamp.keyid[:80]!a}.", "Use the record key.")
    # 7. And it signed all of this.
    key = known[signed.stamp.keyid]
    key.verify(_base(request, signed.stamp, key), signed.signature, "request.7")


def digest(body: bytes) -> str:
    """Return the field `content-digest` of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _base(request: Request, stamp: Stamp, key: PublicKey) -> bytes:
    values = (request.method, request.path, digest(request.body), request.to)
    return signature_base(tuple(zip(COMPONENTS, values, strict=True)), _parameters(stamp, key))


def signature_base(components: Iterable[tuple[str, str]], parameters: str) -> bytes:
    """Return the signature base of RFC 9421, 2.5, over components without parameters of their own."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join((*lines, f'"@signature-params": {parameters}')).encode("ascii")


def _parameters(stamp: Stamp, key: PublicKey) -> str:
    # The algorithm is the key's own: whoever states another has signed something else.
    covered = " ".join(f'"{one}"' for one in COMPONENTS)
    return (
        f'({covered});created={stamp.created};keyid="{stamp.keyid}";alg="{key.algorithm}"'
        f';nonce="{stamp.nonce}";tag="{TAG}"'
    )
