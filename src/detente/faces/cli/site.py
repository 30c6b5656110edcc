"""`detente site`: the public site of a clearinghouse, as files; and its check against the log.

detente site build --to DIR [--least 5]     counts with small ones withheld, in both languages, signed
detente site verify DIR                     the signature, every file, and every figure from the log
"""

import argparse
from pathlib import Path

import msgspec

from detente.faces import pillars
from detente.faces.cli.place import declare_home, home_of
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT
from detente.faces.site import figures, manifest, pages
from detente.faces.site.figures import Figures
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.node.errors import NoSuchThing
from detente.node.identity import Identity
from detente.node.window import Pane, Window
from detente.trust.errors import BadProof, Malformed, WrongContext
from detente.trust.key import PrivateKey, PublicKey

LEAST = 5
ACTS = {
    "build": Text("write the site into a folder", "将网站写入文件夹"),
    "verify": Text("check a site's signature, files and figures", "核对网站的签名、文件与数字"),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """The acts and what each takes."""
    acts = parser.add_subparsers(dest="act", metavar="|".join(ACTS), required=True)
    build, verify = (acts.add_parser(name, help=worded(parser, text)) for name, text in ACTS.items())
    build.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="a folder that is empty or holds an earlier site",
    )
    build.add_argument(
        "--least", type=int, default=LEAST, metavar="N", help=f"withhold counts below this ({LEAST})"
    )
    verify.add_argument("folder", type=Path, metavar="DIR", help="with the site")
    for one in (build, verify):
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Build or verify.

    Raises:
        As `manifest.write` and `manifest.verify`. Malformed: `site.6`, `site.9`. NoSuchThing: `site.7`.
        WrongContext: `site.8` of another accord. BadProof: `site.10` a figure does not follow from the log.
    """
    with Window.open(home_of(arguments), pillars.installed()) as window:
        pane = window.panes["live"]
        if arguments.act == "build":
            return _build(arguments, window, voice)
        party, genesis = manifest.verify(arguments.folder, _keys(pane, arguments.folder))
        found = _read(arguments.folder)
        # 8. It is of this accord.
        if genesis != pane.terms.genesis or found.genesis != genesis:
            raise WrongContext(
                "site.8", "The site is of another accord.", "Name the home of a node of that accord."
            )
        told = figures.count(pane, _cut(found, pane), found.least)
        # 10. The log says the same, and the pages say what the figures do.
        wrong = [
            name
            for name, data in pages.files(told, party).items()
            if durable.read(arguments.folder / name) != data
        ]
        if wrong:
            what = f"The file {min(wrong)} does not follow from the log."
            raise BadProof("site.10", what, "Keep the site: it is signed evidence. Ask its publisher.")
    done = Text(
        f"{party} signed it, and every figure follows from the log.",
        f"由 {party} 签名，各项数字均可由日志得出。",
    )
    voice.result({"party": party, "genesis": genesis, "cut": found.cut}, [voice.choose(done)])
    return KEPT


def _build(arguments: argparse.Namespace, window: Window, voice: Voice) -> int:
    pane = window.panes["live"]
    # 6. Something small is withheld.
    if arguments.least < 2:  # noqa: PLR2004 (below it every count is shown)
        raise Malformed(
            "site.6", f"With --least {arguments.least} single reports are shown.", "Say 2 or more."
        )
    told = figures.count(pane, pane.sizes(), arguments.least)
    made = pages.files(told, window.party)
    manifest.write(arguments.to, made, (window.party, pane.terms.genesis), _key(window))
    done = Text(
        f"{len(made)} files in {arguments.to}, signed.", f"{arguments.to} 中共 {len(made)} 个文件，已签名。"
    )
    voice.result({"to": str(arguments.to), "files": len(made), "months": told.months}, [voice.choose(done)])
    return KEPT


def _key(window: Window) -> PrivateKey:
    known = _of(window.panes["live"], window.party)
    identity = Identity.at(window.home, "live")
    found = [key for key in identity.among("record", known) if key.public.algorithm == "ed25519"]
    # 7. The node has a key that signs notes.
    if not found:
        raise NoSuchThing(
            "site.7",
            "This node has no Ed25519 key for records.",
            "Build the site at a node of the suite nist-1.",
        )
    return found[0]


def _keys(pane: Pane, folder: Path) -> dict[str, PublicKey]:
    """The record keys of the party that a manifest names; whether it signed is checked with them."""
    lines = (durable.read(folder / manifest.NAME) or b"").decode("utf-8", "replace").splitlines()
    party = lines[1].partition(" ")[0] if len(lines) > 1 else ""
    return _of(pane, party) if party in pane.rings else {}


def _of(pane: Pane, party: str) -> dict[str, PublicKey]:
    at = max(pane.sizes().get(party, 0), 0)
    return {key.keyid: key for key in pane.rings[party].keys("record", at, pane.clock.now())}


def _read(folder: Path) -> Figures:
    # 9. The data are figures.
    try:
        return msgspec.json.decode(durable.read(folder / "data.json") or b"", type=Figures)
    except msgspec.MsgspecError as error:
        raise Malformed("site.9", f"data.json is no figures: {error}.", "Fetch the site again.") from error


def _cut(found: Figures, pane: Pane) -> dict[str, int]:
    here = pane.sizes()
    behind = sorted(party for party, size in found.cut.items() if here.get(party, 0) < size)
    # 11. What was counted is here.
    if behind:
        what = f"This node has not all that was counted of {behind[0]}."
        raise NoSuchThing("site.11", what, "Let it catch up, and verify again.")
    return found.cut
