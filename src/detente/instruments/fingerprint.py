"""Fingerprints: what two reports of one event have in common, as short strings that can be matched.

    of_text("…CVE-2026-1234…") -> ("cve:CVE-2026-1234", "shingles:0:9f…", …)

Only what parties have agreed on is matched, by families: `artefact` (SHA-256 digests), `cve`, `source`
(address of a published source), `title` (normalised), `shingles` (MinHash, 16 bands of 8 rows over five-
character pieces: Broder 1997; Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, chapter 3), and for
test plans `plan`. Two texts of one shingles band are nearly the same text; paraphrase and translation are not
found. Technique ids are no family of their own: half of all reports share one. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b, sha256

BANDS, ROWS, PIECE = 16, 8, 5
SHORTEST = 40
"""Characters below which a text is too short for shingles."""

FAMILIES = ("artefact", "cve", "source", "title", "shingles", "plan")
_CVE = re.compile(r"\bCVE-(?:19|20)[0-9]{2}-[0-9]{4,7}\b", re.IGNORECASE | re.ASCII)
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"https?://([^\s<>\"'）]+)", re.IGNORECASE)
_TITLE = 8
"""Characters below which a normalised title says too little."""


def normalised(text: str) -> str:
    """Return the letters and digits of a text, in one width and one case, nothing between them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] in "LN")


def of_title(title: str) -> tuple[str, ...]:
    """The fingerprint of a title; none if it says too little."""
    plain = normalised(title)
    return (f"title:{sha256(plain.encode()).hexdigest()}",) if len(plain) >= _TITLE else ()


def of_text(text: str) -> tuple[str, ...]:
    """Everything by which a text may be matched: CVE numbers, digests, addresses, shingles. Ascending."""
    found = {f"cve:{one.upper()}" for one in _CVE.findall(text)}
    found |= {f"artefact:{one.lower()}" for one in _DIGEST.findall(text)}
    found |= {f"source:{_address(one)}" for one in _ADDRESS.findall(text)}
    found |= set(shingles(text))
    return tuple(sorted(one for one in found if len(one.encode()) <= 512))  # noqa: PLR2004 (matching.LONGEST)


def of_plan(*digests: str) -> str:
    """The fingerprint of a test plan: what is tested, by what, in which language, in the order agreed."""
    return "plan:" + sha256("\n".join(digests).encode()).hexdigest()


def shingles(text: str) -> tuple[str, ...]:
    """Sixteen fingerprints of a text, one a band: two texts that are nearly the same share at least one."""
    plain = normalised(text)
    if len(plain) < SHORTEST:
        return ()
    pieces = {plain[at : at + PIECE].encode() for at in range(len(plain) - PIECE + 1)}
    rows = [_least(pieces, number) for number in range(BANDS * ROWS)]
    bands = (b"".join(rows[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS))
    return tuple(f"shingles:{number}:{sha256(one).hexdigest()[:32]}" for number, one in enumerate(bands))


def alike(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    """The families in which two sets of fingerprints meet, as `FAMILIES` has them in order."""
    shared = {name.partition(":")[0] for name in set(one) & set(other)}
    return tuple(name for name in FAMILIES if name in shared)


def _least(pieces: Iterable[bytes], number: int) -> bytes:
    """The least of one hash function over all pieces; the functions differ by their salt."""
    salt = number.to_bytes(2, "big")
    return min(blake2b(one, digest_size=8, salt=salt).digest() for one in pieces)


def _address(text: str) -> str:
    """An address without what differs between readers: scheme, `www.`, last slash, fragment."""
    return text.partition("#")[0].removeprefix("www.").rstrip("/.,;").casefold()
