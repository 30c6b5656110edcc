"""The draft: what a party is about to say, before it is signed; private until it is tabled.

    {"kind":"incidents.report","open":{…},"values":{"title":["…","…"]},"nonce":"0f…","domain":"live",…}

The nonce is drawn with the draft: tabling it twice, after a crash or by a hurried hand, tables it once.
"""

import os
from typing import Any

import msgspec

from detente.trust.record import Domain


class Clearance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the author says of sealed values under its own law.

    Attributes:
        basis: on which they may go.
        classification: of every value but those of `by_path`.
        by_path: sealed path to a class of its own.
    """

    basis: str
    classification: str
    by_path: dict[str, str] = {}


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record to be.

    Attributes:
        kind: `pillar.name`.
        open: the open fields.
        values: sealed path to value; a path left out is committed as absent.
        unknown: sealed paths whose value the author does not know.
        thread: id of the root of the thread it answers, or None.
        domain: `live` or `exercise`.
        nonce: 32 hexadecimal digits.
        clearance: under which its sealed values may be released; None: the node's own setting.
    """

    kind: str
    open: dict[str, Any]
    nonce: str
    values: dict[str, Any] = {}
    unknown: tuple[str, ...] = ()
    thread: str | None = None
    domain: Domain = "live"
    clearance: Clearance | None = None

    @classmethod
    def new(cls, kind: str, open_fields: dict[str, Any], values: dict[str, Any] | None = None) -> "Draft":
        """Return a draft that starts a thread, with a new nonce."""
        return cls(kind=kind, open=open_fields, nonce=os.urandom(16).hex(), values=values or {})

    def within(self, domain: Domain) -> "Draft":
        """Return the draft as one of this domain."""
        return msgspec.structs.replace(self, domain=domain)

    def answering(self, thread: str) -> "Draft":
        """Return the draft as an answer to the thread with this root."""
        return msgspec.structs.replace(self, thread=thread)


class Tabled(msgspec.Struct, frozen=True):
    """A record that is durable in its author's log.

    Attributes:
        id: of the record.
        domain: of the log.
        index: in the log.
        at: as signed, in milliseconds.
        again: whether it had been tabled before.
    """

    id: str
    domain: Domain
    index: int
    at: int
    again: bool
