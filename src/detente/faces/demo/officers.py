"""The officers, each played by a process of its own with keys of its own: reads, waits, signs.

    python -m detente.faces.demo.officers --key us-first.key --desk desk/us --pause-ms 300

A file `<name>.accord` or `<name>.act` on a party's desk is what its officers are asked to sign; an answer is
`<name>.act.<holder>`. Real officers take hours and may refuse; these take a fraction of a second and say yes,
on shortened clocks, and the demonstration says so. The passphrase of the keys comes as the first line of
standard input. A process ends when its standard input closes, so that none outlives the demonstration.
"""

import argparse
import select
import sys
import time
from pathlib import Path

from detente.faces.keyfile import KeyFile
from detente.faces.officer import Officer
from detente.node import durable
from detente.trust import envelope
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE, Envelope

TYPES = {".accord": ACCORD_TYPE, ".act": ACT_TYPE}
LOOK_SECONDS = 0.05


def ask(
    desk: Path, name: str, payload: bytes, holders: tuple[str, ...], seconds: float = 20.0
) -> list[Envelope]:
    """Lay a payload on a party's desk, and return what its officers signed.

    Args:
        desk: the party's folder.
        name: of the file, ending in `.accord` or `.act`.
        payload: the exact bytes.
        holders: the officers.
        seconds: how long to wait.

    Raises:
        TimeoutError: somebody did not sign.
    """
    durable.place(desk / name, payload)
    answers = [desk / f"{name}.{holder}" for holder in holders]
    deadline = time.monotonic() + seconds
    while missing := [path.name for path in answers if not path.exists()]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not signed in {seconds:.0f} s: {', '.join(missing)}")
        time.sleep(LOOK_SECONDS)
    return [envelope.parse(path.read_bytes()) for path in answers]


def signatures(desk: Path, act: Path, holders: tuple[str, ...]) -> list[Path]:
    """Have a party's officers sign the bytes of a file; return a file beside it for each signature."""
    signed = ask(desk, act.name, act.read_bytes(), holders)
    files = [act.with_name(f"{act.stem}-{holder}.yes") for holder in holders]
    for file, one in zip(files, signed, strict=True):
        durable.write(file, envelope.dump(one))
    return files


def work(officer: Officer, desk: Path, pause: float) -> None:
    """Sign everything on the desk that is not signed yet."""
    for path in sorted(one for one in desk.iterdir() if one.suffix in TYPES):
        answer = desk / f"{path.name}.{officer.holder}"
        if not answer.exists():
            time.sleep(pause)
            signed = officer.sign(TYPES[path.suffix], path.read_bytes())
            durable.place(answer, envelope.dump(signed))


def main() -> int:
    """Play one officer until standard input closes."""
    parser = argparse.ArgumentParser(description="one officer of the demonstration")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--desk", type=Path, required=True)
    parser.add_argument("--pause-ms", type=int, default=300)
    arguments = parser.parse_args()
    officer = KeyFile.read(arguments.key).unlock(sys.stdin.readline().rstrip("\n"))
    arguments.desk.mkdir(parents=True, exist_ok=True)
    while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
        work(officer, arguments.desk, arguments.pause_ms / 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
