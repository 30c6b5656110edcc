"""The act file: what officers are to sign is written, and shown in words as their own program will show it.

    write(Path("accord.act"), payload, voice)     the words, the digest, and what to do with the file

Whoever hands the file on sees the same sentences and the same digest as whoever signs it: both are computed
from the bytes, in both languages, and compared by telephone.
"""

from hashlib import sha256
from pathlib import Path

from detente.faces import statement
from detente.faces.speech import Text, Voice
from detente.node import durable


def write(path: Path, payload: bytes, voice: Voice, *, by_laboratory: bool = False) -> None:
    """Write the bytes of an act, and say what they are and who signs them.

    Raises:
        DiskFailed: `disk.1`. As `statement.read`.
    """
    said = statement.read(payload).lines
    durable.write(path, payload)
    digest = sha256(payload).hexdigest()
    who, person = ("The laboratory signs", "实验室") if by_laboratory else ("Officers sign", "官员")
    todo = Text(
        f"{who} {path}: detente officer sign --as act",
        f"请{person}签署 {path}：detente officer sign --as act",
    )
    shown = Text(f"It has the digest {digest}", f"其摘要为 {digest}")
    value = {"act": str(path), "digest": digest, "says": [one._asdict() for one in said]}
    voice.result(value, [voice.choose(one) for one in (*said, shown, todo)])
