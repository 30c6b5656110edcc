"""`detente accord suspend|activate`: a pillar rests by one party's officers, and goes on by everybody's.

Without `--approval`, what the officers sign is written to a file; with it, their signatures are logged.
"""

import argparse
import base64
from pathlib import Path
from typing import TYPE_CHECKING

from detente.accord import switch
from detente.accord.duration import moment
from detente.accord.switch import ACTIVATE, CHANNEL, SUSPEND, SwitchAct
from detente.accord.version import RUNNING
from detente.faces import door
from detente.faces.cli import actfile
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.exits import KEPT
from detente.faces.founding import joined
from detente.faces.speech import Voice
from detente.node import agreement
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Refused
from detente.node.home import Home
from detente.trust import envelope

if TYPE_CHECKING:
    from detente.node.node import Node


def act(node: "Node", kind: str, pillar: str) -> SwitchAct:
    """Return what the officers of a node's party sign to suspend a pillar, or to activate it again.

    Raises:
        NoSuchThing: `switching.1`: it is not suspended, so that nothing is activated.
    """
    said = node.status()
    of = said.domains["live"].suspended.get(pillar) if kind == ACTIVATE else None
    # 1. What is activated rests.
    if kind == ACTIVATE and of is None:
        raise NoSuchThing("switching.1", f"{pillar} is not suspended.", "detente status shows what is.")
    made: SwitchAct = SwitchAct(
        1, "accord.activate" if of else "accord.suspend", said.genesis, "live", said.party, pillar, of
    )
    return made


def require_running(home: Home, node: "Node", pillar: str) -> None:
    """Check that there is something to suspend, before anybody signs it.

    Raises:
        Refused: `switching.2`: it is the channel. NoSuchThing: `switching.3`: it is not in force.
    """
    # 2. It is not the channel.
    if pillar == CHANNEL:
        raise Refused("switching.2", "The channel is never suspended.", "Suspend what goes on beside it.")
    said = node.status()
    accord = agreement.written(home)[said.version]
    running = [
        name
        for name, one in accord.pillars.items()
        if one.state in RUNNING and moment(one.sunset, "$.pillars") > said.now and name != CHANNEL
    ]
    # 3. It is in force.
    if pillar not in running:
        told = ", ".join(sorted(running)) or "none"
        raise NoSuchThing(
            "switching.3", f"{pillar[:64]!a} is not in force.", f"In force beside the channel: {told}."
        )


def draft(signed: bytes, said: SwitchAct) -> Draft:
    """Return the draft that logs a switch with its officers' signatures."""
    text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    made = Draft.new(said.act, {"pillar": said.pillar, "approval": text})
    return made if said.of is None else made.answering(said.of)


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Two acts of `detente accord`."""
    for name, told in (("suspend", "a pillar rests"), ("activate", "a suspended pillar goes on")):
        one = acts.add_parser(name, help=told)
        one.add_argument("pillar", help="which; the channel never rests")
        declare_signed(one, "switch.act")


def declare_signed(one: argparse.ArgumentParser, file: str) -> None:
    """What every verb takes whose act officers sign: where it is written, and their signatures."""
    one.add_argument(
        "--file",
        type=Path,
        default=Path(file),
        metavar="FILE",
        help=f"where to write what the officers sign ({file})",
    )
    one.add_argument(
        "--approval",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="an officer's signature; logs it",
    )
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what is signed, or log it.

    Raises:
        NoSuchThing: `switching.1`, `switching.3`. Refused: `switching.2`. As `Node.table`, `switch.verify`.
    """
    kind = SUSPEND if arguments.act == "suspend" else ACTIVATE
    with door.reach(home_of(arguments)) as node:
        if kind == SUSPEND:
            require_running(Home.read(home_of(arguments)), node, arguments.pillar)
        said = act(node, kind, arguments.pillar)
        if not arguments.approval:
            actfile.write(arguments.file, switch.dump(said), voice)
            return KEPT
        signed = joined([envelope.parse(file_of(path).strip()) for path in arguments.approval])
        tabled = node.table(draft(envelope.dump(signed), said))
    voice.result(tabled, [f"{kind} {arguments.pillar}: {tabled.id}"])
    return KEPT
