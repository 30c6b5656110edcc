"""An example: a draft that must stand, or be refused for a stated reason. Test, documentation, demo at once.

    {"about": {"en": "...", "zh": "..."}, "sources": ["..."], "thread": [], "refused": null, "draft":
     {"kind": "incidents.report", "party": "us", "open": {"harm": "none"}, "sealed": {"narrative": "..."}}}

In `open`, the string `@0` names the first record of `thread`. That record is also the root of the thread that
the others answer, unless one says another: `"root": "@1"`, or `"root": ""` if it starts a thread of its own.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord.words import Word
from detente.trust.errors import Malformed

REMEDY = "Mend the example in the pillar's folder."
REFUSED = "_refused.json"


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record before it is signed: what its author fills in.

    Args:
        kind: full name.
        party: who would sign it.
        open: open fields.
        sealed: values by path; a path left out is absent.
        at: milliseconds since the epoch, where the example needs a time.
        root: the record whose thread it answers, empty if it starts one; null is the first record, if there
            is one.
    """

    kind: str
    party: str
    open: Mapping[str, Any]
    sealed: Mapping[str, Any] = {}
    at: int = 0
    root: str | None = None


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a folder's `examples/`."""

    about: Word
    draft: Draft
    sources: tuple[str, ...] = ()
    thread: tuple[Draft, ...] = ()
    refused: str | None = None

    def drafts(self) -> tuple[tuple[str, Draft], ...]:
        """The thread, then the draft, each with a stand-in id that replaces its `@n`."""
        every = (*self.thread, self.draft)
        ids = tuple(sha256(b"example %d" % index).hexdigest() for index in range(len(every)))
        return tuple(
            (name, _placed(draft, index, ids))
            for index, (name, draft) in enumerate(zip(ids, every, strict=True))
        )


def parse(name: str, text: str) -> Example:
    """Read one example.

    Raises:
        Malformed: `example.1` shape; `example.2` the name and the expectation disagree; `example.3` a name
            that points outside the thread.
    """
    # 1. Exactly these fields.
    try:
        example = msgspec.json.decode(text, type=Example)
    except msgspec.DecodeError as error:
        raise Malformed("example.1", f"{name} cannot be read: {error}.", REMEDY) from error
    # 2. `_refused` in the name if and only if a reason is expected.
    if name.endswith(REFUSED) != (example.refused is not None):
        raise Malformed(
            "example.2", f"{name}: `{REFUSED}` in the name goes with a reason in `refused`.", REMEDY
        )
    # 3. Every @n is in the thread.
    try:
        example.drafts()
    except (IndexError, ValueError) as error:
        raise Malformed("example.3", f"{name} names a record outside its thread.", REMEDY) from error
    return example


def _placed(draft: Draft, index: int, ids: tuple[str, ...]) -> Draft:
    """A draft with ids for names; its root is an id, or empty."""
    root = _named(draft.root, ids) if draft.root is not None else ids[0] if index else ""
    open_fields = {key: _named(value, ids) for key, value in draft.open.items()}
    return msgspec.structs.replace(draft, open=open_fields, root=root)


def _named(value: object, ids: tuple[str, ...]) -> object:
    if isinstance(value, list):
        return [_named(one, ids) for one in value]
    return ids[int(value[1:])] if isinstance(value, str) and value.startswith("@") else value
