"""Founded: three homes of the demonstration's accord on loopback, signed by their officers, not running."""

from pathlib import Path

from detente.accord import document
from detente.faces import founding
from detente.faces.demo import ceremony
from detente.faces.demo.stage import ports as free_ports
from detente.faces.officer import Officer
from detente.node.home import Home
from detente.node.identity import Identity
from detente.trust import envelope
from detente.trust.envelope import ACCORD_TYPE


def found(folder: Path) -> tuple[dict[str, Home], dict[str, int]]:
    """Found them in a folder; return party to home, and party to the port on which its node will listen."""
    ports = dict(zip(ceremony.PARTIES, free_ports(0, len(ceremony.PARTIES)), strict=True))
    made = ceremony.homes(folder, ports, ceremony.Pace.from_now(1))
    people = {party: [Officer.draw(party, one) for one in ceremony.HOLDERS] for party in made}
    charters = [
        founding.charter_of(Identity.at(made[party], "live"), party, [one.public for one in people[party]], 2)
        for party in made
    ]
    text = (Path(ceremony.__file__).parent / "accord.yaml").read_text(encoding="utf-8")
    accord = founding.assembled(text, charters, {"starts": "2026-11-23T00:00:00Z"})
    payload = document.dump(accord)
    signed = founding.joined([one.sign(ACCORD_TYPE, payload) for some in people.values() for one in some])
    for home in made.values():
        home.install(accord.version, envelope.dump(signed))
    return made, ports
