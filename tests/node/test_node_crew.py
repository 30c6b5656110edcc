"""The crew: several processes say of each body what one would say."""

import os
import signal
from pathlib import Path

import pytest

from detente.node import crew
from detente.node.body import Place
from detente.node.crew import WORTH, Part
from detente.node.errors import Unready
from detente.trust import envelope, record
from detente.trust.errors import DetenteError
from detente.trust.key import PrivateKey
from detente.trust.record import AccordRef, Record

KEY = PrivateKey.from_seed("ed25519", b"k" * 32)
PLACE = Place("ab" * 32, "live", "us", {KEY.public.keyid: KEY.public})


def _body(number: int, **changes: object) -> tuple[bytes, record.Leaf]:
    fields: dict[str, object] = {
        "v": record.VERSION,
        "domain": "live",
        "kind": "notices.nil",
        "party": "us",
        "accord": AccordRef(PLACE.genesis, 1),
        "thread": None,
        "at": 1_790_000_000_000 + number,
        "nonce": f"{number:032x}",
        "key": KEY.public.keyid,
        "open": {"number": number},
        "sealed": {},
    }
    made = Record(**(fields | changes))  # type: ignore[arg-type]  # a dict of fields
    return envelope.dump(record.seal(made, KEY)), record.leaf(made)


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    """Bodies enough for two processes, some not held, some false."""
    made: list[list[tuple[bytes, record.Leaf] | None]] = [
        [_body(16 * part + one) for one in range(16)] for part in range(2 * WORTH)
    ]
    made[0][3] = None
    data, leaf = _body(5)
    made[0][5] = (data.replace(b'"sig":"', b'"sig":"A', 1), leaf)
    made[7][1] = (_body(7 * 16 + 1)[0], _body(9)[1])
    made[15][15] = _body(255, party="cn")
    return list(made)


@pytest.mark.slow
def test_several_processes_find_what_one_finds(parts: list[Part]) -> None:
    with crew.of(len(parts), 2) as several:
        found = list(several(PLACE, parts))
    assert found == list(crew.alone(PLACE, parts))
    gone = [(part, at) for part, some in enumerate(found) for at, one in enumerate(some) if one is None]
    assert gone == [(0, 3), (0, 5), (7, 1), (15, 15)]
    assert sum(one is not None for some in found for one in some) == 16 * 2 * WORTH - 4


def test_few_bodies_are_checked_without_another_process() -> None:
    with crew.of(2 * WORTH - 1, 64) as checked:
        assert checked is crew.alone
    with crew.of(64 * WORTH, 1) as checked:
        assert checked is crew.alone


@pytest.mark.slow
def test_a_worker_ended_from_outside_is_named_and_never_counts_as_sound(parts: list[Part]) -> None:
    def attack() -> None:
        with crew.of(len(parts), 2) as several:
            answers = several(PLACE, parts * 50)
            next(answers)
            for child in _children():
                os.kill(child, signal.SIGKILL)
            list(answers)

    with pytest.raises(Unready, match="ended from outside") as raised:
        attack()
    error = raised.value
    assert isinstance(error, DetenteError)
    assert error.step == "crew.1"


def _children() -> list[int]:
    tasks = [(task / "children").read_text().split() for task in Path("/proc/self/task").iterdir()]
    return [
        int(one)
        for some in tasks
        for one in some
        if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
