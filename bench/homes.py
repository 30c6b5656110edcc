"""Homes: two nodes of one accord on this disk, `us` that writes a log and `cn` that reads it."""

import base64
from hashlib import sha256
from pathlib import Path

import material
from detente.node.anchor import Anchor
from detente.node.clock import SetClock
from detente.node.home import Home, Settings
from detente.node.identity import Identity
from detente.node.publication import Publication
from detente.node.realm import Realm
from detente.node.store import Readers
from detente.node.writer import Writer
from detente.trust.charter import Charter, CharterKey, CharterRole
from detente.trust.key import PrivateKey
from detente.trust.keyring import Keyring
from detente.trust.suite import Role, row

NOW = 1_790_000_000_000
PARTIES = ("cn", "us")
ROLES: tuple[Role, ...] = ("record", "log", "witness", "officer")


def key(party: str, role: Role, number: int) -> PrivateKey:
    """Return the key of a party in a role; records of `us` are signed by `material.KEY`."""
    if (party, role) == ("us", "record"):
        return material.KEY
    seed = sha256(f"{party} {role} {number}".encode()).digest()
    return PrivateKey.from_seed(row("nist-1", role)[number], seed)


def keys(party: str, role: Role) -> tuple[PrivateKey, ...]:
    """Return all keys of a party in a role."""
    return tuple(key(party, role, number) for number, _ in enumerate(row("nist-1", role)))


def charter(party: str) -> Charter:
    """Return the charter of a party: a node, and one officer who is never asked."""
    held = {role: keys(party, role) for role in ROLES}
    return Charter(
        v=1,
        party=party,
        domain="live",
        version=1,
        previous=None,
        suite="nist-1",
        keys={
            one.public.keyid: CharterKey(
                one.public.algorithm,
                base64.b64encode(one.public.raw).decode(),
                "officer-1" if role == "officer" else "node",
                None,
            )
            for role, pair in held.items()
            for one in pair
        },
        roles={
            role: CharterRole(tuple(sorted(one.public.keyid for one in pair)), 1)
            for role, pair in held.items()
        },
        next=None,
    )


def opened(path: Path, party: str) -> Realm:
    """Return the realm of a node that lives at a path, new or not; close its writer and readers."""
    home = Home.at(path) if path.exists() else Home.create(path, Settings(party=party))
    writer = Writer(home.path / "node.db")
    return Realm(
        domain="live",
        party=party,
        genesis="5d" * 32,
        identity=Identity("live", {role: keys(party, role) for role in ROLES if role != "officer"}),
        keyrings={one: Keyring.found(charter(one)) for one in PARTIES},
        writer=writer,
        readers=Readers(home.path / "node.db"),
        publication=Publication(home.path / "public"),
        anchor=Anchor(home.path / "signed"),
        clock=SetClock(NOW),
    )


def close(realm: Realm) -> None:
    """Let go of a home."""
    realm.writer.close()
    realm.readers.close()
