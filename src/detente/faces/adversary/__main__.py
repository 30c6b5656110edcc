"""The adversary as a program: it plays attacks against nodes that it reaches by their addresses alone.

    python -m detente.faces.adversary --list
    python -m detente.faces.adversary equivocate --home cn --victim us=http://127.0.0.1:9001/ \
        --listen 127.0.0.1:9002
    {"attack":"equivocate","listening":"127.0.0.1:9002"}
    {"attack":"equivocate","done":{…}}

Several attacks are played in a row, each once a line comes on standard input.

The home is that of a signatory turned bad: its keys, and what it published so far. The victims read it at
`http://127.0.0.1:9002/us/` and so on: each may be shown something else. What it tells is what it did. What
became of it is in the victims' evidence: `detente evidence list`. It goes on showing its trees until standard
input closes.

    python -m detente.faces.adversary forge --home cn --victim us --victim neutral --by-file stick
    {"attack":"forge","done":{…}}

By file, each tree that it shows is a bundle for one victim: stick/us-1.zip, stick/us-2.zip and so on, to be
brought in this order (`detente bundle import`). Attacks that ring at a door have no such form.
"""

import argparse
import json
import sys
from pathlib import Path

from detente.faces import exits
from detente.faces.adversary import histories, statements, witnessing
from detente.faces.adversary.courier import Correspondent, Courier
from detente.faces.adversary.ground import Attack, Ground
from detente.faces.adversary.seat import Seat
from detente.faces.adversary.stall import Stall
from detente.faces.adversary.victim import Victim
from detente.faces.speech import table
from detente.node.home import Home
from detente.trust.errors import DetenteError

ATTACKS: dict[str, Attack] = {
    one.name: one for one in (*histories.ATTACKS, *statements.ATTACKS, *witnessing.ATTACKS)
}


def main(arguments: list[str] | None = None) -> int:
    """List the attacks, or play some."""
    parser = argparse.ArgumentParser(
        prog="python -m detente.faces.adversary", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("attack", nargs="*", help="which to play, in a row")
    parser.add_argument("--list", action="store_true", help="print every attack, in both languages")
    parser.add_argument("--home", type=Path, help="of the signatory whose keys it has")
    parser.add_argument("--victim", action="append", default=[], metavar="NAME=URL", help="may be repeated")
    parser.add_argument(
        "--by-file", type=Path, metavar="FOLDER", help="write bundles for the victims instead"
    )
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="where victims read it")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(table([[one.name, one.tries.en, one.tries.zh] for one in ATTACKS.values()])))
        return exits.KEPT
    if not given.attack or given.home is None or not given.victim:
        parser.error("name an attack, a home and at least one victim, or say --list")
    if unknown := sorted(set(given.attack) - ATTACKS.keys()):
        parser.error(f"no such attack: {', '.join(unknown)}")
    if given.by_file is not None and len(given.attack) > 1:
        parser.error("by file, name one attack")
    try:
        attacks = [ATTACKS[name] for name in given.attack]
        return _play(attacks, given) if given.by_file is None else _write(attacks[0], given)
    except DetenteError as error:
        print(error, file=sys.stderr)
        return exits.of(error).code


def _write(attack: Attack, given: argparse.Namespace) -> int:
    """Play by file."""
    given.by_file.mkdir(parents=True, exist_ok=True)
    seat = Seat.of(Home.at(given.home))
    victims = {name: Correspondent(name, "", files=seat.files) for name in given.victim}
    ground = Ground(seat, Courier(given.by_file), victims)
    ground.show(seat.history())
    _tell(attack, done=attack.play(ground))
    return exits.KEPT


def _play(attacks: list[Attack], given: argparse.Namespace) -> int:
    host, _, port = given.listen.rpartition(":")
    named = [text.partition("=") for text in given.victim]
    stall = Stall((host, int(port)))
    try:
        for number, attack in enumerate(attacks):
            if number and not sys.stdin.readline():
                return exits.KEPT
            # What it kept of the last attack is its past in this one.
            seat = Seat.of(Home.at(given.home))
            victims = {name: Victim(name, address, seat.line(name)) for name, _, address in named}
            ground = Ground(seat, stall, victims)
            ground.show(seat.history())
            _tell(attack, listening=stall.address)
            _tell(attack, done=attack.play(ground))
        sys.stdin.read()
    finally:
        stall.close()
    return exits.KEPT


def _tell(attack: Attack, **fields: object) -> None:
    print(json.dumps({"attack": attack.name, **fields}, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    sys.exit(main())
