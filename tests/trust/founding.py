"""A party's charters and keys, made from small seeds, for tests to present, alter and attack."""

import base64

import msgspec

from detente.trust import charter, envelope
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.envelope import CHARTER_TYPE, Envelope
from detente.trust.key import PrivateKey
from detente.trust.record import Domain
from detente.trust.suite import ROLES, Role, row

AT = 1_790_000_000_000
OFFICERS = ("officer-1", "officer-2", "officer-3")


class Party:
    """The keys of one party, by role and holder, and charters made of them."""

    def __init__(
        self,
        name: str = "us",
        domain: Domain = "live",
        *,
        seed: int = 1,
        officers: tuple[str, ...] = OFFICERS,
    ) -> None:
        self.name, self.domain = name, domain
        self.keys: dict[Role, dict[str, list[PrivateKey]]] = {}
        for number, role in enumerate(ROLES):
            holders = officers if role == "officer" else ("node",)
            self.keys[role] = {
                holder: [
                    PrivateKey.from_seed(algorithm, bytes([seed, number, index, *domain.encode()]).ljust(32))
                    for algorithm in row("nist-1", role)
                ]
                for index, holder in enumerate(holders)
            }

    def held(self, *holders: str, role: Role = "officer") -> list[PrivateKey]:
        """Return all keys that these holders have in a role."""
        return [key for holder in holders for key in self.keys[role][holder]]

    def charter(self, threshold: int = 2, **changes: object) -> Charter:
        """Return the first charter of these keys, with some fields replaced."""
        entries = {
            key.public.keyid: CharterKey(
                key.public.algorithm, base64.b64encode(key.public.raw).decode(), holder, None
            )
            for by_holder in self.keys.values()
            for holder, keys in by_holder.items()
            for key in keys
        }
        roles = {
            role: CharterRole(
                tuple(sorted(key.public.keyid for keys in by_holder.values() for key in keys)),
                threshold if role == "officer" else 1,
            )
            for role, by_holder in self.keys.items()
        }
        made = Charter(
            v=1,
            party=self.name,
            domain=self.domain,
            version=1,
            previous=None,
            suite="nist-1",
            keys=entries,
            roles=roles,
            next=None,
        )
        return msgspec.structs.replace(made, **changes)

    def after(self, old: Charter, threshold: int = 2, **changes: object) -> Charter:
        """Return the charter of these keys that follows another."""
        return self.charter(threshold, **{"version": old.version + 1, "previous": old.digest, **changes})


def signed(made: Charter, *keys: PrivateKey) -> Envelope:
    """Return a charter in an envelope signed by these keys."""
    return envelope.sign(CHARTER_TYPE, charter.dump(made), keys)


def with_key(made: Charter, keyid: str, **changes: object) -> Charter:
    """Return a charter in which one key's entry is altered."""
    entry = msgspec.structs.replace(made.keys[keyid], **changes)
    return msgspec.structs.replace(made, keys={**made.keys, keyid: entry})
