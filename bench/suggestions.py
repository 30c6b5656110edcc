"""Suggestions: spans suggested about a report in both languages, against reading its characters once."""

import time
from collections.abc import Iterator

from detente.instruments.spelling import squashed
from detente.instruments.spotting import spot
from row import Aim, Row, Scale, race

QUICK = Aim("figure", most=50)
ENGLISH = (
    "On 3 May 2025 an engineer of Acme Inc. in Palo Alto reported that GPT-4o mini answered a request "
    "which it should have refused; version 2.3.1 was affected, and the University of Oxford confirmed it to "
    "a@b.example. "
)
CHINESE = (
    "2025年5月3日，上海某大学人工智能研究院张伟教授表示，通义千问2.5回答了"
    "本应拒绝的请求，受影响的是2.3.1版，联系电话13812345678。"
)


def suggest(scale: Scale) -> Iterator[Row]:
    """One report of 2,000 characters in each language."""
    reports = (ENGLISH * 9, CHINESE * 28)
    turns = scale.of(20, 1)
    for text in reports:
        spot(text)

    def ours() -> None:
        for _ in range(turns):
            for text in reports:
                spot(text)

    def least() -> None:
        for _ in range(turns):
            for text in reports:
                squashed(text)

    mine, bare = race(ours, least, scale.rounds, time.process_time)
    yield Row(
        "suggestions about a report, both languages",
        1000 * mine / turns,
        "ms",
        1000 * bare / turns,
        "its letters compared once",
        QUICK,
    )
