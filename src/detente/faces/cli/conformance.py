"""`detente conformance`: cases for any implementation's judges, and what ours says of each.

Every example of every installed pillar is a case: a thread, a draft, and whether the draft stands or for
which code it is refused. Nothing is listed here: a pillar brings its cases by being installed. With `--json`
a case is whole, so a stranger's program can be put under it.
"""

import argparse
from collections.abc import Iterator

import msgspec

from detente.accord.edition import Edition
from detente.accord.example import Draft, Example
from detente.accord.pillar import Grounds
from detente.faces import pillars
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice, table
from detente.node.errors import NoSuchThing
from detente.trust.errors import DetenteError

ROLES = frozenset({"clearinghouse", "standards", "testing", "witness"})
PARTIES = {"us": frozenset[str](), "cn": frozenset[str](), "neutral": ROLES}
STANDS = Text("stands", "成立")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case.

    Attributes:
        case: pillar and name.
        edition: digest of the pillar's texts.
        about: what it is about, in English.
        zh: the same in Chinese.
        thread: id to the records before it, in their order.
        id: the id that the draft has in this case.
        draft: what is judged.
        must: the code for which it is refused; null: it stands.
        ours: as `must`, and what this program says.
        agrees: whether both are the same.
    """

    case: str
    edition: str
    about: str
    zh: str
    thread: dict[str, Draft]
    id: str
    draft: Draft
    must: str | None
    ours: str | None
    agrees: bool


def declare(parser: argparse.ArgumentParser) -> None:
    """Cases of one pillar, or of all."""
    parser.add_argument("pillar", nargs="?", help="only the cases of this one")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print every case and what this program says of it; 1 if it differs from what the case says.

    Raises:
        NoSuchThing: `conformance.1` no such pillar.
    """
    installed, asked = pillars.editions(), arguments.pillar
    # 1. The one asked for is installed.
    if asked is not None and asked not in installed:
        what = f"No pillar {asked} is installed."
        raise NoSuchThing("conformance.1", what, f"There are: {', '.join(installed)}.")
    cases = [one for name, edition in installed.items() if asked in (None, name) for one in _cases(edition)]
    differ = sum(1 for one in cases if not one.agrees)
    rows = table([_row(one, voice) for one in cases])
    grounds = {"parties": {party: sorted(roles) for party, roles in PARTIES.items()}}
    voice.result({"grounds": grounds, "cases": cases}, [*rows, voice.choose(_told(len(cases), differ))])
    return UNSOUND if differ else KEPT


def _cases(edition: Edition) -> Iterator[Case]:
    grounds = Grounds(parties=PARTIES, laboratories={}, scales=pillars.scales())
    for name, example in sorted(edition.examples.items()):
        *before, (draft_id, draft) = example.drafts()
        ours = _judged(edition, example, grounds)
        yield Case(
            case=f"{edition.name}/{name.removesuffix('.json')}",
            edition=edition.digest,
            about=example.about.en,
            zh=example.about.zh,
            thread=dict(before),
            id=draft_id,
            draft=draft,
            must=example.refused,
            ours=ours,
            agrees=ours == example.refused,
        )


def _judged(edition: Edition, example: Example, grounds: Grounds) -> str | None:
    """The codes for which this program refuses a case; None: it stands."""
    try:
        judgement = edition.play(example, grounds)
    except DetenteError as error:
        return error.step
    return ", ".join(one.code for one in judgement.refusals) or None


def _row(one: Case, voice: Voice) -> list[str]:
    said = "" if one.agrees else voice.choose(Text(f"WE SAY: {one.ours or STANDS.en}", "本程序判定不同"))
    return [one.case, one.must or voice.choose(STANDS), voice.choose(Text(one.about, one.zh)), said]


def _told(count: int, differ: int) -> Text:
    if differ:
        return Text(f"{differ} of {count} cases differ.", f"{count} 个用例中有 {differ} 个不一致。")
    return Text(f"{count} cases, each as stated.", f"共 {count} 个用例，全部与所述一致。")
