"""The time that officers are given to read, and who can stop a release, in sentences."""

from collections.abc import Iterator

from detente.accord.version import Version
from detente.faces.prose.clauses import Told, frame
from detente.faces.prose.names import term


def told(version: Version) -> Iterator[Told]:
    """Tell from when on what officers approved may go, and until when any one of them may abort it."""
    reading = version.accord.time.reading
    if reading is None:
        yield frame(
            "This accord gives officers no time to read; until a release is gone, any of them may abort it.",
            "本协议未规定官员的最短阅签时间；在送出之前，任何一名官员均可中止。",
        )
        return
    least = term(reading)
    yield frame(
        f"What waits for officers goes at the soonest {least.en} after it was laid before them; until it has "
        "gone, any of them may abort it.",
        f"须经官员批准者，自提交官员阅签起至少 {least.zh}后方可送出；在送出之前，任何一名官员均可中止。",
    )
