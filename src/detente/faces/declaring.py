"""Declaring: what a party says about the accord itself, as bytes that are read and signed, and as a draft.

payload(draft, genesis, "us")       what officers sign, and what is shown in words before anything is logged
signed(draft, [b"{…}", b"{…}"])     the same draft with its officers' signatures
attestation("9f…", open, "lab", "done")   that a laboratory says whether what was paused rests; unsigned yet
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from detente.accord import solemn
from detente.accord.acts import ATTEST
from detente.accord.solemn import SolemnAct
from detente.faces.founding import joined
from detente.node.draft import Draft
from detente.trust import envelope
from detente.trust.errors import Malformed


def payload(made: Draft, genesis: str, party: str) -> bytes:
    """Return exactly the bytes that a party's officers, or its laboratory, sign for a draft."""
    says = {name: value for name, value in made.open.items() if name != "approval"}
    return solemn.dump(SolemnAct(1, made.kind, genesis, made.domain, party, says))


def attestation(
    pause: str, says: Mapping[str, Any], laboratory: str, claim: str, document: str | None = None
) -> Draft:
    """Return what a laboratory says about a pause with these open fields, as its party's word.

    With `signed` it is the laboratory's own.
    """
    about = {"pause": pause, "activity": says.get("activity"), "ends": says.get("until")}
    said = {"laboratory": laboratory, "claim": claim, "document": document, "approval": None}
    return Draft.new(ATTEST, {**about, **said})


def signed(made: Draft, signatures: Sequence[bytes]) -> Draft:
    """Return a draft with its officers' signatures, one envelope each.

    Raises:
        Malformed: `declaring.1`. As `envelope.parse`, `founding.joined`.
    """
    # 1. There is a signature.
    if not signatures:
        raise Malformed(
            "declaring.1", "Nobody has signed it.", "Have it signed: detente officer sign --as act."
        )
    whole = joined([envelope.parse(one.strip()) for one in signatures])
    text = base64.urlsafe_b64encode(envelope.dump(whole)).decode().rstrip("=")
    return structs.replace(made, open={**made.open, "approval": text})
