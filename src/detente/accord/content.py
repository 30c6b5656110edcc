"""The content of a release: what is sealed for one audience, byte for byte, and how long the package will be.

    dump(record, "cn", {"pattern": "WyI…"})    b'{"disclosures":["WyI…"],"record":"9f…","to":"cn","v":1}'
    size(record, "cn", [1204])                 the exact length of the sealed package, before it is made

The node seals exactly these bytes for an audience; nothing else ever travels as the content of a release. Its
budget counts the bytes of the sealed package, which everybody who sees the package can count too.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from detente.trust import canonical, disclosure, sealing
from detente.trust.canonical import Value
from detente.trust.errors import BadOpening, Malformed
from detente.trust.record import Record, record_id
from detente.trust.sealing import Context

FORMAT = 1
NAMELESS = "0" * 64


def dump(record: Record, to: str, disclosures: Mapping[str, str]) -> bytes:
    """The content of a release: the record's id, its audience, and the disclosures by order of path.

    Raises:
        BadOpening: `package.1` a disclosure that does not open this record at its path; `disclosure.*`.
    """
    for path, encoded in disclosures.items():
        # 1. Each opens this record, at the path under which it is given.
        if disclosure.open_with(record, encoded)[0] != path:
            raise BadOpening("package.1", f"This disclosure does not open {path}.", "Take the record's own.")
    ordered = [disclosures[path] for path in sorted(disclosures)]
    return _spelled(record_id(record), to, ordered)


def parse(content: bytes, record: Record, to: str) -> dict[str, disclosure.Sealed]:
    """Read what a release brought: path to value, each checked against the commitment under the signature.

    Raises:
        Malformed: `package.2` another form, record or audience. BadOpening: `disclosure.*`.
    """
    # 2. Of this form, for this record and this audience.
    match canonical.decode(content):
        case {"disclosures": list(encoded), "record": str(name), "to": str(audience), "v": 1, **rest} if (
            not rest
        ):
            pass
        case _:
            raise Malformed(
                "package.2", "This is no content of a release.", "Ask its author to send it again."
            )
    if (name, audience) != (record_id(record), to):
        raise Malformed("package.2", f"It opens {name[:16]} for {audience}.", "Open it with its own record.")
    return dict(disclosure.open_with(record, str(one)) for one in encoded)


def context(record: Record, name: str, to: str) -> Context:
    """What the package of a release is made for; `name` is the record's id."""
    return Context(
        genesis=record.accord.genesis,
        domain=record.domain,
        author=record.party,
        record=name,
        recipients=(to,),
    )


def size(record: Record, to: str, sizes: Iterable[int]) -> int:
    """The exact length of the sealed package that opens disclosures of these lengths to one party."""
    lengths = tuple(sizes)
    # A disclosure is base64url: in the content it takes its length, two quotes, and a comma but for the last.
    content = _bare(to) + sum(lengths) + 3 * len(lengths) - min(1, len(lengths))
    return _frame(record.accord.genesis, record.domain, record.party, to) + sealing.sealed_bytes(content)


def _spelled(name: str, to: str, ordered: list[str]) -> bytes:
    listed: list[Value] = [*ordered]
    return canonical.encode({"disclosures": listed, "record": name, "to": to, "v": FORMAT})


@lru_cache(maxsize=256)
def _bare(to: str) -> int:
    """The length of a content without disclosures."""
    return len(_spelled(NAMELESS, to, []))


@lru_cache(maxsize=256)
def _frame(genesis: str, domain: str, party: str, to: str) -> int:
    """The length of what stands before the ciphertext: it depends on names alone."""
    made_for = Context(
        genesis=genesis,
        domain="exercise" if domain == "exercise" else "live",
        author=party,
        record=NAMELESS,
        recipients=(to,),
    )
    return sealing.framing_bytes(made_for)
