"""`detente tls`: the second fence between two nodes, TLS with certificates that operators pin by hand.

`make` draws a key and writes the certificate that the others pin; `pin` pins theirs. A change goes in four
steps: `make` draws the next, the others pin both, `turn` puts it to use, the others pin the new one alone. A
node that runs takes all of it up when it is started again.
"""

import argparse
import time
from pathlib import Path

import msgspec

from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, clock, table
from detente.node import certificate, durable
from detente.node.certificate import Certificate
from detente.node.errors import HomeMissing, NoSuchThing
from detente.node.fence import Fence, next_file, now_file
from detente.node.home import STORE, Home, PeerSettings, Settings

STATES = {
    "in use": Text("in use", "使用中"),
    "next": Text("next", "待启用"),
    "pinned": Text("pinned", "已固定"),
    "ended": Text("ended", "已过期"),
}


class ShownCertificate(msgspec.Struct, frozen=True):
    """A certificate as it is listed: whose, in which state, until when (milliseconds), its fingerprint."""

    party: str
    state: str
    until: int
    fingerprint: str


def declare(parser: argparse.ArgumentParser) -> None:
    """`make`, `show`, `pin`, `turn`, `list`."""
    acts = parser.add_subparsers(dest="act", metavar="make|show|pin|turn|list", required=True)
    make = acts.add_parser("make", help="draw a key and its certificate; the next, if there is one in use")
    make.add_argument("--days", type=int, default=certificate.DAYS, help="how long it lasts (730)")
    shown = acts.add_parser("show", help="write this node's certificate, for the others to pin")
    pin = acts.add_parser("pin", help="pin a party's certificates: these and no others, call it over TLS")
    pin.add_argument("party", help="whose they are")
    pin.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a certificate; two during a change")
    turn = acts.add_parser("turn", help="put the next key and certificate to use")
    listed = acts.add_parser("list", help="this node's certificates and those that it has pinned")
    for one in (make, shown):
        one.add_argument("--to", required=True, type=Path, metavar="FILE", help="the certificate, no secret")
    for one in (make, shown, pin, turn, listed):
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Take one step.

    Raises:
        Malformed: `certificate.*`. NoSuchThing: `tls.1` no such peer. HomeMissing: `tls.2`, `certificate.5`.
    """
    home = Home.at(home_of(arguments))
    acts = {"make": _make, "show": _show, "pin": _pin, "turn": _turn, "list": _list}
    acts[arguments.act](home, arguments, voice)
    return KEPT


def _make(home: Home, arguments: argparse.Namespace, voice: Voice) -> None:
    file = next_file(home) if now_file(home).exists() else now_file(home)
    data = certificate.make(home.settings.party, arguments.days)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write(file, data)
    if file == now_file(home):
        _save(home, tls=True)
    _hand_over(file, home, arguments.to, voice)


def _show(home: Home, arguments: argparse.Namespace, voice: Voice) -> None:
    _hand_over(now_file(home), home, arguments.to, voice)


def _pin(home: Home, arguments: argparse.Namespace, voice: Voice) -> None:
    party, peers = arguments.party, home.settings.peers
    # 1. The party is one of this node's peers.
    if party not in peers:
        what = f"{party[:33]!a} is no peer of this node."
        raise NoSuchThing("tls.1", what, f"Name one of: {', '.join(sorted(peers))}.")
    pinned = [certificate.parse(file_of(one), party) for one in arguments.files]
    _save(
        home,
        peers={name: _secured(one, party, pinned if name == party else None) for name, one in peers.items()},
        publish_to=tuple(_https(place, party) for place in home.settings.publish_to),
    )
    told = Text(
        f"{party} is called over TLS from the next start on, and only with:",
        f"自下次启动起，仅以下列证书通过 TLS 呼叫 {party}：",
    )
    voice.result(
        [_shown(one, "pinned") for one in pinned],
        [voice.choose(told), *(f"  {one.fingerprint}" for one in pinned)],
    )


def _turn(home: Home, _: argparse.Namespace, voice: Voice) -> None:
    # 2. There is one to turn to.
    if not next_file(home).exists():
        raise HomeMissing("tls.2", "No next certificate was made.", "Run: detente tls make")
    used = certificate.own(next_file(home), home.settings.party)
    durable.write(now_file(home), durable.read(next_file(home)) or b"")
    next_file(home).unlink()
    _save(home, tls=True)
    told = Text(f"In use from the next start on: {used.fingerprint}", f"自下次启动起使用：{used.fingerprint}")
    voice.result(_shown(used, "in use"), [voice.choose(told)])


def _list(home: Home, _: argparse.Namespace, voice: Voice) -> None:
    own = {"in use": now_file(home), "next": next_file(home)}
    rows = [
        _shown(certificate.own(file, home.settings.party), state)
        for state, file in own.items()
        if file.exists()
    ]
    rows += [_shown(one, "pinned") for known in Fence.of(home).pinned.values() for one in known]
    nothing = [voice.choose(Text("No certificate yet: detente tls make", "尚无证书：detente tls make"))]
    shown = [[one.party, voice.choose(STATES[one.state]), clock(one.until), one.fingerprint] for one in rows]
    voice.result(rows, table(shown) or nothing)


def _hand_over(file: Path, home: Home, to: Path, voice: Voice) -> None:
    made = certificate.own(file, home.settings.party)
    durable.place(to.absolute(), made.pem)
    told = Text(
        f"{to}: hand it to the others, and read its fingerprint to them by another way: {made.fingerprint}",
        f"{to}：请交给其他各方，并通过其他途径向其宣读指纹：{made.fingerprint}",
    )
    voice.result(_shown(made, "next" if file == next_file(home) else "in use"), [voice.choose(told)])


def _secured(one: PeerSettings, party: str, pinned: list[Certificate] | None) -> PeerSettings:
    """Return a peer's settings with what is at the pinned party's node asked over TLS."""
    source = _https(one.source, party)
    if pinned is None:
        return msgspec.structs.replace(one, source=source)
    plain = "http://"
    secure = source.replace(plain, "https://", 1) if source.startswith(plain) else source
    bell = one.doorbell and one.doorbell.replace(plain, "https://", 1)
    texts = tuple(each.text for each in pinned)
    return msgspec.structs.replace(one, source=secure, doorbell=bell, certificates=texts)


def _https(place: str, party: str) -> str:
    """Return a place with a store at this party's node asked over TLS."""
    plain = f"{STORE}{party}:http://"
    return place.replace(plain, f"{STORE}{party}:https://", 1) if place.startswith(plain) else place


def _save(home: Home, **changes: object) -> None:
    settings: Settings = msgspec.structs.replace(home.settings, **changes)
    Home(home.path, settings).save()


def _shown(one: Certificate, state: str) -> ShownCertificate:
    ended = "ended" if one.until < time.time() else state
    return ShownCertificate(one.party, ended, int(one.until * 1000), one.fingerprint)
