"""Declaring: what a party says about the accord itself, as bytes that are read and signed, and as a draft.

payload(draft, genesis, "us")       what officers sign, and what is shown in words before anything is logged
signed(draft, [b"{…}", b"{…}"])     the same draft with its officers' signatures
"""

import base64
from collections.abc import Sequence

from msgspec import structs

from detente.accord import solemn
from detente.accord.solemn import SolemnAct
from detente.faces.founding import joined
from detente.node.draft import Draft
from detente.trust import envelope
from detente.trust.errors import Malformed


def payload(made: Draft, genesis: str, party: str) -> bytes:
    """Return exactly the bytes that a party's officers sign for a draft."""
    return solemn.dump(SolemnAct(1, made.kind, genesis, made.domain, party, dict(made.open)))


def signed(made: Draft, signatures: Sequence[bytes]) -> Draft:
    """Return a draft with its officers' signatures, one envelope each.

    Raises:
        Malformed: `declaring.1`. As `envelope.parse`, `founding.joined`.
    """
    # 1. There is a signature.
    if not signatures:
        raise Malformed(
            "declaring.1", "No officer has signed it.", "Have it signed: detente officer sign --as act."
        )
    whole = joined([envelope.parse(one.strip()) for one in signatures])
    text = base64.urlsafe_b64encode(envelope.dump(whole)).decode().rstrip("=")
    return structs.replace(made, open={**made.open, "approval": text})
