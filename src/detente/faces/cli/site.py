"""`detente site`: the public site of a clearinghouse, as files; and its check against the log.

detente site tell ADVISORY [--open]         a closed case as the public would read it; open it to all
detente site build --to DIR [--least 5]     counts with small ones withheld, and closed cases; of large months
                                            also field by category with noise; signed
detente site check DIR --accord FILE        without a node: the signature, every file, the words of each case
detente site verify DIR                     all of that, and every figure, from the log
"""

import argparse
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from detente.faces import manuscript, pillars
from detente.faces.cli import unsealing
from detente.faces.cli.place import declare_home, home_of
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT
from detente.faces.site import figures, manifest, pages, spending, voucher
from detente.faces.site.account import month_of
from detente.faces.site.figures import Counted, Figures
from detente.faces.site.spending import Held, Policy, Spent
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.node.errors import NoSuchThing
from detente.node.identity import Identity
from detente.node.realm import keyrings
from detente.node.roster import Roster
from detente.node.window import Pane, Window
from detente.trust.errors import BadProof, Malformed, WrongContext
from detente.trust.key import PrivateKey, PublicKey

LEAST = 5
ACTS = {
    "tell": Text(
        "show a closed case as the public would read it, or open it", "查看或公开供公众阅读的已结案例"
    ),
    "build": Text("write the site into a folder", "将网站写入文件夹"),
    "check": Text(
        "check a site's signature, files and accounts, without a node", "无须节点，核对网站的签名、文件与案例"
    ),
    "verify": Text("check all of a site from the logs", "依据日志核对网站的全部内容"),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """The acts and what each takes."""
    acts = parser.add_subparsers(dest="act", metavar="|".join(ACTS), required=True)
    tell, build, check, verify = (
        acts.add_parser(name, help=worded(parser, text)) for name, text in ACTS.items()
    )
    tell.add_argument("record", metavar="ADVISORY", help="of this party, marked TLP:CLEAR for the public")
    tell.add_argument("--open", action="store_true", help="open its words to all; else it is only shown")
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
    build.add_argument(
        "--epsilon",
        default="1",
        metavar="E",
        help="what a table with noise takes from its month's privacy budget: the smaller, the noisier (1)",
    )
    build.add_argument(
        "--budget",
        default="2",
        metavar="E",
        help="what the tables with noise of one month may take together; 0: none are made (2)",
    )
    build.add_argument(
        "--enough",
        type=int,
        default=spending.EACH * len(spending.cells()),
        metavar="N",
        help="make one for months that are over and have so many reports (%(default)s)",
    )
    check.add_argument(
        "--accord", type=Path, required=True, metavar="FILE", help="the accord as all officers signed it"
    )
    for one in (check, verify):
        one.add_argument("folder", type=Path, metavar="DIR", help="with the site")
    for one in (tell, build, verify):
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Tell, build, check or verify.

    Raises:
        As `manifest.write` and `manifest.verify`. Malformed: `site.6`, `site.9`, `site.16`.
        NoSuchThing: `site.7`.
        WrongContext: `site.8` of another accord. BadProof: `site.10` a figure does not follow from the log.
        As `spending`, `unsealing.run`, `voucher.make`, `voucher.verify`.
    """
    if arguments.act == "tell":
        return unsealing.run(arguments, voice)
    if arguments.act == "check":
        return _check(arguments, voice)
    with Window.open(home_of(arguments), pillars.installed()) as window:
        pane = window.panes["live"]
        if arguments.act == "build":
            return _build(arguments, window, voice)
        party, genesis = manifest.verify(arguments.folder, _keys(pane, arguments.folder))
        found = _read(arguments.folder)
        _require_same(genesis, found, pane.terms.genesis)
        told = _with(figures.count(pane, _cut(found.cut, pane), found.least), found.spent, found.budget)
        _require_spent(found, pane)
        _require_pages(arguments.folder, told, party)
        _vouched(arguments.folder, told, Roster.of(pane.terms.newest.accord, "live", pane.rings))
    done = Text(
        f"{party} signed it, and every figure and account follows from the log.",
        f"由 {party} 签名，各项数字与案例均可由日志得出。",
    )
    shown = {"party": party, "genesis": genesis, "cut": found.cut, "accounts": _told(told)}
    voice.result(shown, [voice.choose(done)])
    return KEPT


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check what needs no logs: by the first charters, which stand in the accord."""
    accord = manuscript.read(arguments.accord)
    rings = keyrings(accord, "live")
    named = _publisher(arguments.folder)
    known = rings[named].charter(0).public_keys("record") if named in rings else ()
    party, genesis = manifest.verify(arguments.folder, {key.keyid: key for key in known})
    found = _read(arguments.folder)
    _require_same(genesis, found, accord.genesis)
    spending.require_within(found.spent, found.budget)
    _require_pages(arguments.folder, found, party)
    _vouched(arguments.folder, found, Roster.of(accord, "live", rings))
    count = len(_told(found))
    done = Text(
        f"{party} signed it; {count} accounts are in the words that their authors signed, logged and opened.",
        f"由 {party} 签名；{count} 则案例的文字均为讲述方所签署、载入日志并公开的文字。",
    )
    left = Text(
        "Not checked, for want of the logs: the counts, and whether an account was withdrawn since.",
        "无日志，未核对：各项计数，以及案例此后是否撤下。",
    )
    shown = {"party": party, "genesis": genesis, "accounts": _told(found)}
    voice.result(shown, [voice.choose(done), voice.choose(left)])
    return KEPT


def _require_same(genesis: str, found: Figures, known: str) -> None:
    # 8. It is of this accord.
    if {genesis, found.genesis} != {known}:
        what = "The site is of another accord."
        raise WrongContext("site.8", what, "Name the home of a node of that accord, or its text.")


def _require_pages(folder: Path, told: Figures, party: str) -> None:
    wrong = [name for name, data in pages.files(told, party).items() if durable.read(folder / name) != data]
    # 10. The log says the same, and the pages say what the figures and accounts do.
    if wrong:
        what = f"The file {min(wrong)} does not follow from the log."
        raise BadProof("site.10", what, "Keep the site: it is signed evidence. Ask its publisher.")


def _require_spent(found: Figures, pane: Pane) -> None:
    """Check the ledger, and every table in it, also those that a later one took the place of."""
    spending.require_within(found.spent, found.budget)
    for one in found.spent:
        cut = _cut(one.cut, pane)
        spending.verify(one, _held(figures.counted(pane, cut), cut))


def _held(below: Counted, cut: Mapping[str, int]) -> Held:
    return Held(below.begun, below.nonces, cut)


def _with(told: Figures, spent: Sequence[Spent], budget: str) -> Figures:
    return msgspec.structs.replace(told, spent=tuple(spent), budget=budget)


def _vouched(folder: Path, told: Figures, roster: Roster) -> None:
    """Check that each account has its voucher, and that nothing else is there."""
    accounts = {voucher.name_of(one): one for one in told.accounts if one.title is not None}
    wanted = {*pages.files(told, "").keys(), *accounts, manifest.NAME, manifest.SUMS}
    odd = sorted({one.name for one in folder.iterdir()} ^ wanted)
    # 12. One voucher for each account, and no other file.
    if odd:
        what = f"The file {odd[0][:80]!a} is missing, or is no part of the site."
        raise BadProof("site.12", what, "Keep the site: it is signed evidence. Ask its publisher.")
    for name, one in accounts.items():
        voucher.verify(durable.read(folder / name) or b"", one, roster)


def _told(found: Figures) -> list[str]:
    return [one.record for one in found.accounts if one.title is not None]


def _build(arguments: argparse.Namespace, window: Window, voice: Voice) -> int:
    pane = window.panes["live"]
    # 6. Something small is withheld.
    if arguments.least < 2:  # noqa: PLR2004 (below it every count is shown)
        raise Malformed(
            "site.6", f"With --least {arguments.least} single reports are shown.", "Say 2 or more."
        )
    cut = pane.sizes()
    below = figures.counted(pane, cut)
    told = figures.count(pane, cut, arguments.least, below)
    told = _spend(told, _policy(arguments), _held(below, cut), window)
    made = pages.files(told, window.party)
    for one in told.accounts:
        if one.title is not None:
            made[voucher.name_of(one)] = voucher.make(pane, below.told.parts[one.record])
    manifest.write(arguments.to, made, (window.party, pane.terms.genesis), _key(window))
    done = Text(
        f"{len(made)} files in {arguments.to}, signed.", f"{arguments.to} 中共 {len(made)} 个文件，已签名。"
    )
    shown = {"to": str(arguments.to), "files": len(made), "months": told.months, "accounts": _told(told)}
    shown["spent"] = {one.month: str(spending.spent(told.spent, one.month)) for one in told.spent}
    voice.result(shown, [voice.choose(done)])
    return KEPT


def _policy(arguments: argparse.Namespace) -> Policy:
    epsilon, budget = spending.fraction(arguments.epsilon), spending.fraction(arguments.budget)
    # 16. What may be spent is said in numbers.
    if epsilon is None or (budget is None and arguments.budget != "0"):
        what = f"--epsilon {arguments.epsilon[:20]!a} --budget {arguments.budget[:20]!a} are no such numbers."
        raise Malformed("site.16", what, "Write whole numbers or fractions in lowest terms, as 1 or 1/2.")
    return Policy(epsilon, budget or Fraction(0), arguments.enough)


def _spend(told: Figures, policy: Policy, held: Held, window: Window) -> Figures:
    """Add the tables with noise that are due; what they take is kept before anybody sees them."""
    home, before = window.home.path, spending.read(window.home.path)
    now = month_of(window.panes["live"].clock.now())
    more = spending.due(held, before, policy, now)
    if more:
        spending.write(home, (*before, *more))
    rows = (*before, *more)
    if not rows:
        return told
    most = max(policy.budget, *(spending.spent(rows, one.month) for one in rows))
    return _with(told, rows, str(most))


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
    party = _publisher(folder)
    return _of(pane, party) if party in pane.rings else {}


def _publisher(folder: Path) -> str:
    lines = (durable.read(folder / manifest.NAME) or b"").decode("utf-8", "replace").splitlines()
    return lines[1].partition(" ")[0] if len(lines) > 1 else ""


def _of(pane: Pane, party: str) -> dict[str, PublicKey]:
    at = max(pane.sizes().get(party, 0), 0)
    return {key.keyid: key for key in pane.rings[party].keys("record", at, pane.clock.now())}


def _read(folder: Path) -> Figures:
    # 9. The data are figures and accounts.
    try:
        found = msgspec.json.decode(durable.read(folder / "data.json") or b"", type=Figures)
    except msgspec.MsgspecError as error:
        raise Malformed("site.9", f"data.json is no figures: {error}.", "Fetch the site again.") from error
    if not found.whole:
        raise Malformed("site.9", "data.json contradicts itself.", "Fetch the site again.")
    return found


def _cut(cut: Mapping[str, int], pane: Pane) -> dict[str, int]:
    here = pane.sizes()
    behind = sorted(party for party, size in cut.items() if here.get(party, 0) < size)
    # 11. What was counted is here.
    if behind:
        what = f"This node has not all that was counted of {behind[0]}."
        raise NoSuchThing("site.11", what, "Let it catch up, and verify again.")
    return dict(cut)
