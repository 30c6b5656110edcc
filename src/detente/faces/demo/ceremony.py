"""The ceremony: three homes with keys, six officers with theirs, and the accord that all of them sign."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from detente.accord import document, signing
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.faces import founding
from detente.faces.demo import officers
from detente.faces.demo.stage import Stage
from detente.faces.keyfile import KeyFile
from detente.faces.officer import Public
from detente.node.draft import Clearance
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.trust import envelope
from detente.trust.envelope import Envelope

PARTIES = ("us", "cn", "neutral")
HOLDERS = ("first", "second")
PAUSE_MS = 250
POLL_MS = 400
"""Nodes ring at each other's doors when something is new; this is for what nobody rings for."""


class Pace(Struct, frozen=True):
    """How the accord's clock runs: `scale` times as fast as real, from `anchor` (real milliseconds) on."""

    scale: int
    anchor: int

    @classmethod
    def from_now(cls, scale: int) -> "Pace":
        """Return the pace of a clock that starts to run faster now."""
        return cls(scale, time.time_ns() // 1_000_000)

    def now(self) -> int:
        """Return the accord's time."""
        real = time.time_ns() // 1_000_000
        return self.anchor + (real - self.anchor) * self.scale


def homes(folder: Path, ports: Mapping[str, int], pace: Pace) -> dict[str, Home]:
    """Make a home for each party, with keys of its own, reading the others on loopback."""
    made = {}
    for party in PARTIES:
        urls = {other: f"http://127.0.0.1:{ports[other]}/" for other in PARTIES if other != party}
        settings = Settings(
            party=party,
            peers={other: PeerSettings(url, url) for other, url in urls.items()},
            listen=f"127.0.0.1:{ports[party]}",
            time_scale=pace.scale,
            time_anchor=pace.anchor,
            poll_ms=POLL_MS,
            clearance=Clearance("safety-cooperation", "official"),
        )
        made[party] = Home.create(folder / party, settings)
        Identity.create(made[party], "live")
    return made


def appoint(stage: Stage) -> dict[str, list[Public]]:
    """Give each officer keys under a passphrase of their own, and start the process that plays them."""
    appointed: dict[str, list[Public]] = {}
    for party in PARTIES:
        for holder in HOLDERS:
            key = stage.folder / "officers" / f"{party}-{holder}.key"
            key.parent.mkdir(mode=0o700, exist_ok=True)
            secret = os.urandom(16).hex()
            appointed.setdefault(party, []).append(KeyFile.create(key, party, holder, secret).public)
            words = ["--key", str(key), "--desk", str(desk(stage, party)), "--pause-ms", str(PAUSE_MS)]
            stage.play(f"officer-{party}-{holder}", "detente.faces.demo.officers", *words, secret=secret)
    return appointed


def desk(stage: Stage, party: str) -> Path:
    """Return the folder on which a party's officers find what they are asked to sign."""
    folder = stage.folder / "desk" / party
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def found(
    stage: Stage,
    made: Mapping[str, Home],
    appointed: Mapping[str, list[Public]],
    pace: Pace,
    text: str = "accord.yaml",
) -> Accord:
    """Have the accord signed by all officers, verify it, and install it in every home.

    Args:
        stage: where the officers play.
        made: the homes.
        appointed: the officers.
        pace: of the accord's clock.
        text: the file beside this one that has the accord.
    """
    charters = [
        founding.charter_of(Identity.at(made[party], "live"), party, appointed[party], 2) for party in PARTIES
    ]
    whole_text = (files(__package__) / text).read_text(encoding="utf-8")
    accord = founding.assembled(whole_text, charters, {"starts": _starts(pace)})
    payload = document.dump(accord)
    signed: list[Envelope] = []
    for party in PARTIES:
        signed += officers.ask(desk(stage, party), "first.accord", payload, HOLDERS)
    whole = founding.joined(signed)
    accord = signing.verify(whole, moment(accord.starts, "$.starts"))
    for home in made.values():
        home.install(accord.version, envelope.dump(whole))
    return accord


def _starts(pace: Pace) -> str:
    """The hour before the accord's clock starts to run faster, so that it is in force at once."""
    before = datetime.fromtimestamp(pace.anchor / 1000, UTC) - timedelta(hours=1)
    return before.strftime("%Y-%m-%dT%H:00:00Z")
