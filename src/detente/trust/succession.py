"""Succession: how one charter follows another.

    charter 1 --next--> officers of charter 2
    charter 2 is signed by the threshold of officers of charter 1 and by the threshold of its own

The rule of two thresholds is that of TUF (specification 1.0, section 5.3.4, root rotation). `next` adds what
TUF has not, a commitment to the officers who come after these: whoever steals the officers' keys of today can
neither name the officers of tomorrow nor withdraw the commitment. Pure: time is an argument.
"""

import hashlib
from collections.abc import Collection

from detente.trust import canonical
from detente.trust import charter as charters
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import Envelope
from detente.trust.errors import DetenteError, WrongContext, WrongKey


def commitment(charter: Charter) -> str:
    """Return what `next` of the charter before commits to: the officers' keys, holders and threshold.

    It is hexadecimal SHA-256 of the canonical JSON of `{"holders":{keyid:holder},"threshold":n}`. Keyids
    are digests themselves, so the commitment shows nothing of keys that nobody has seen.
    """
    role = charter.roles["officer"]
    holders: dict[str, Value] = {keyid: charter.keys[keyid].holder for keyid in role.keys}
    return hashlib.sha256(canonical.encode({"holders": holders, "threshold": role.threshold})).hexdigest()


def succeed(old: Charter, signed: Envelope, at: int, revoked: Collection[str] = ()) -> Charter:
    """Return the charter in an envelope, if it may follow `old`.

    Args:
        old: the charter in force.
        signed: the envelope of the new charter, as received.
        at: when it was tabled, for expiries; milliseconds since the Unix epoch.
        revoked: keyids revoked before it.

    Raises:
        As `charter.verify` for the officers of `old` and then of the new; as `charter.parse` for it.
        WrongContext: `succession.1`, `succession.2`. WrongKey: `succession.3`, `succession.4`.
    """
    # The old officers' signatures come first: bytes that no officer vouches for are not even parsed.
    _by_officers(signed, old, at, revoked)
    new = charters.parse(signed.payload)
    # 1. It is the same party's, in the same domain.
    if (new.party, new.domain) != (old.party, old.domain):
        raise WrongContext(
            "succession.1",
            f"A charter of {new.party} ({new.domain}) cannot follow one of {old.party} ({old.domain}).",
            "Present it to its own log.",
        )
    # 2. It is the next version, and names the one before by digest.
    if (new.version, new.previous) != (old.version + 1, old.digest):
        raise WrongContext(
            "succession.2",
            f"Version {new.version} does not follow version {old.version} as in force here.",
            "Make it from the charter in force.",
        )
    _check_committed(old, new)
    # 4. No revoked key comes back.
    if not new.keys.keys().isdisjoint(revoked):
        raise WrongKey("succession.4", "It names a key that was revoked.", "Make new keys.")
    _by_officers(signed, new, at, revoked)
    return new


def require_apart(live: Charter, exercise: Charter) -> None:
    """Return if a party's charters for the two domains share no key.

    Raises:
        WrongContext: `succession.5`.
    """
    # 5. Same party, two domains, no key in both.
    if (live.party, live.domain, exercise.domain) != (exercise.party, "live", "exercise"):
        raise WrongContext("succession.5", "Not the two charters of one party.", "Give live, then exercise.")
    if not live.keys.keys().isdisjoint(exercise.keys):
        raise WrongContext("succession.5", "A key serves live and exercise.", "Make keys for each domain.")


def _by_officers(signed: Envelope, charter: Charter, at: int, revoked: Collection[str]) -> None:
    try:
        charters.verify(signed, charter, "officer", at, revoked=revoked)
    except DetenteError as error:
        raise type(error)(error.step, f"By version {charter.version}: {error.what}", error.remedy) from error


def _check_committed(old: Charter, new: Charter) -> None:
    # 3. Pre-rotation: the officers and the commitment stay, or the committed officers take over.
    if old.next is None or commitment(new) == old.next:
        return
    if commitment(new) != commitment(old) or new.next != old.next:
        raise WrongKey(
            "succession.3",
            f"Version {old.version} committed to other officers than these.",
            "Keep officers and commitment as they are, or bring in those who were committed to.",
        )
