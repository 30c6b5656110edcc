"""`detente accord wake`: a pillar that was agreed in quiet times is switched on by all parties' officers.

It is an amendment that changes one state and nothing else. Without `--approval` its bytes are written to a
file for the officers of all parties; with all their signatures it is put into the home.
"""

import argparse
from pathlib import Path

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import succession
from detente.faces.cli import enacting
from detente.faces.cli.amending import versions
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.exits import KEPT
from detente.faces.founding import joined
from detente.faces.prose.states import ASKS
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.trust import envelope
from detente.trust.errors import Malformed, WrongContext

STATES = ("prepared", "pilot", "active")


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("wake", help="switch on a dormant pillar, by the officers of all parties")
    one.add_argument("pillar", help="that sleeps")
    one.add_argument("--as", dest="state", choices=STATES, default="active", help="in which state (active)")
    one.add_argument("--starts", metavar="TIME", help="from when, as 2026-12-01T10:00:00Z")
    one.add_argument("--sunset", metavar="TIME", help="when it ends by itself; else as the text says")
    one.add_argument(
        "--file",
        type=Path,
        default=Path("wake.json"),
        metavar="FILE",
        help="where to write what the officers sign (wake.json)",
    )
    one.add_argument(
        "--approval",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="an officer's signature; with those of all parties it is installed",
    )
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what is signed, or install it.

    Raises:
        Malformed: `waking.1`. WrongContext: `waking.2`. As `succession.woken`, `enactment.enact`.
    """
    here = versions(home_of(arguments))
    newest = here[max(here)]
    if arguments.approval:
        return _install(arguments, newest, voice)
    # 1. It says from when.
    if arguments.starts is None:
        raise Malformed("waking.1", "No time from which the pillar is on.", "Name it: --starts TIME.")
    made = succession.woken(newest, arguments.pillar, arguments.state, arguments.starts, arguments.sunset)
    durable.write(arguments.file, document.dump(made))
    awaited = newest.pillars[arguments.pillar].activation
    lines = [Text(awaited.en, awaited.zh)] if awaited else []
    parties = ", ".join(made.parties)
    lines += [
        ASKS[arguments.state],
        Text(
            f"Officers of {parties} sign {arguments.file}: detente officer sign",
            f"请 {parties} 的官员签署 {arguments.file}：detente officer sign",
        ),
    ]
    voice.result({"file": str(arguments.file), "version": made.version}, [voice.choose(one) for one in lines])
    return KEPT


def _install(arguments: argparse.Namespace, newest: Accord, voice: Voice) -> int:
    signed = joined([envelope.parse(file_of(path).strip()) for path in arguments.approval])
    said = document.parse(signed.payload)
    row = said.pillars.get(arguments.pillar)
    sunset = row.sunset if row else None
    # 2. They signed this and nothing else; a version that is in force already comes twice without harm.
    if said.version > newest.version:
        meant = succession.woken(newest, arguments.pillar, arguments.state, said.starts, sunset)
        if document.dump(meant) != signed.payload:
            raise WrongContext(
                "waking.2",
                f"The officers signed more than that {arguments.pillar} is {arguments.state}.",
                "Read what they signed (detente accord diff), and have exactly this signed.",
            )
    return enacting.install(home_of(arguments), envelope.dump(signed), voice)
