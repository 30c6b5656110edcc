"""The commitment to an estimate: a digest to be checked once the estimate is said, and not guessed before.

It is hex SHA-256 of the canonical JSON (RFC 8785) of `{"central", "high", "low", "party", "question",
"salt"}`: whole numbers, the party's name, the id of the question, and 128 random bits in hex.
"""

from hashlib import sha256

from detente.trust import canonical


def digest(question: str, party: str, interval: tuple[int, int, int], salt: str) -> str:
    """What a party commits to.

    Args:
        question: hex id of the question's record.
        party: who commits.
        interval: low end, central value, high end.
        salt: 32 hex digits.
    """
    low, central, high = interval
    said: canonical.Value = {
        "central": central,
        "high": high,
        "low": low,
        "party": party,
        "question": question,
        "salt": salt,
    }
    return sha256(canonical.encode(said)).hexdigest()
