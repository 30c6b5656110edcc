"""`detente card new|check|print|export|state`: a safety card from results, before a release, for others.

new      a draft for `detente assurance card`, made from results; what was not tested is listed by itself
check    what was agreed to be shown before a release: what is missing, stale, failed, for another digest
print    one page in both languages, that prints
export   CycloneDX ML-BOM, in-toto (in DSSE, if an officer signs it), or Hugging Face metadata
state    a draft for `detente assurance statement`: that the tests of a tabled card were made, and no more

CARD and RESULT are what `detente record show ID --json` prints; a card may be a draft as well.
"""

import argparse
import json
import time
from pathlib import Path
from typing import get_args

from detente.accord import duration
from detente.faces.cards import card, compliance, export, sheet
from detente.faces.cards.card import Card
from detente.faces.cards.compliance import Finding, Release
from detente.faces.cli.place import file_of
from detente.faces.cli.showing import shown
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.keyfile import KeyFile
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.pillars.assurance.kinds import Card as Fields
from detente.pillars.assurance.kinds import Statement
from detente.trust import canonical, envelope
from detente.trust.errors import Malformed

FORMATS = ("cyclonedx", "in-toto", "hugging-face")
DIGEST = 64


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each use."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    one = acts.add_parser("new", help="make a draft from results")
    one.add_argument(
        "result", type=Path, nargs="*", help="what `detente record show ID --json` printed of it"
    )
    one.add_argument("--model", required=True, help="digest of the system")
    one.add_argument("--valid-until", required=True, help="the end of it, as 2027-06-01T00:00:00Z")
    one.add_argument("--access", required=True, choices=get_args(Fields.__annotations__["access"]))
    one.add_argument("--mitigation", action="append", default=[], help="what is done; may be repeated")
    one.add_argument("--texts", type=Path, help="the sealed fields, as JSON")
    one.add_argument("--supersedes", type=Path, help="the card before, as shown")
    one = acts.add_parser("check", help="what stands against a release; ends with 1 if anything does")
    one.add_argument("card", type=Path, help="the card, as shown, or its draft")
    one.add_argument("--agreed", type=Path, required=True, help="the agreed checks, in TOML")
    one.add_argument("--model", required=True, help="digest of the system to be released")
    one.add_argument(
        "--result", type=Path, action="append", default=[], help="evidence, as shown; may be repeated"
    )
    one.add_argument("--at", help="when it is to be released (now)")
    one = acts.add_parser("print", help="one page in both languages, that prints")
    one.add_argument("card", type=Path, help="the card, as shown, or its draft")
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    one = acts.add_parser("export", help="the card in others' formats")
    one.add_argument("card", type=Path, help="the card, as shown, or its draft")
    one.add_argument("--as", dest="form", choices=FORMATS, required=True, help="which format")
    one.add_argument("--key", type=Path, metavar="FILE", help="in-toto: the officer who signs it, in DSSE")
    one.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="read the passphrase from this descriptor"
    )
    one.add_argument("--pin-fd", type=int, metavar="N", help="read the token's PIN from this descriptor")
    one = acts.add_parser("state", help="a draft that states that the tests of a card were made")
    one.add_argument("card", type=Path, help="the tabled card, as shown")
    one.add_argument("--basis", required=True, choices=get_args(Statement.__annotations__["basis"]))
    one.add_argument("--valid-until", required=True, help="the end of it, as 2027-06-01T00:00:00Z")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one of them.

    Raises:
        Malformed: `card.*`, `agreed.1`, `showing.1`, `duration.*`. HomeMissing: `place.2`.
        DiskFailed: `disk.1`. As `secrecy` and `keyfile`.
    """
    acts = {"new": _new, "check": _check, "print": _print, "export": _export, "state": _state}
    return acts[arguments.act](arguments, voice)


def _card(path: Path) -> Card:
    return card.of(shown(path))


def _model(digest: str) -> str:
    # 3. It is a digest.
    if len(digest) != DIGEST or set(digest) - set("0123456789abcdef"):
        raise Malformed("card.3", f"{digest[:80]} is no SHA-256.", "Give its 64 hexadecimal digits.")
    return digest


def _new(arguments: argparse.Namespace, voice: Voice) -> int:
    before = shown(arguments.supersedes) if arguments.supersedes else None
    followed = card.of(before) if before is not None else None
    fields = {
        "model": _model(arguments.model),
        "number": followed.fields.number + 1 if followed else 1,
        "supersedes": before.id if before is not None else None,
        **card.gathered([shown(one) for one in arguments.result], arguments.model),
        "access": arguments.access,
        "mitigations": sorted(set(arguments.mitigation)),
        "valid_until": duration.moment(arguments.valid_until, "--valid-until"),
    }
    draft: dict[str, object] = {"open": fields, "sealed": _texts(arguments.texts) if arguments.texts else {}}
    if before is not None:
        draft["thread"] = before.thread or before.id
    voice.exact(json.dumps(draft, sort_keys=True, ensure_ascii=False))
    return KEPT


def _texts(path: Path) -> dict[str, object]:
    # 4. The texts are an object.
    try:
        found = json.loads(file_of(path))
    except (ValueError, RecursionError) as error:
        raise _no_texts(str(error)) from error
    if not isinstance(found, dict):
        raise _no_texts("no object")
    return found


def _no_texts(why: str) -> Malformed:
    remedy = 'Write {"summary": ["English", "中文"], …}; detente pillars shows the fields.'
    return Malformed("card.4", f"The texts are no JSON object: {why}.", remedy)


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    agreed = compliance.parse(file_of(arguments.agreed))
    results = {one.id: one for one in map(shown, arguments.result)}
    at = duration.moment(arguments.at, "--at") if arguments.at else time.time_ns() // 1_000_000
    found = compliance.checked(_card(arguments.card), agreed, Release(_model(arguments.model), at, results))
    kept = Text("All that was agreed is shown.", "约定的各项检查均已证明。")
    value = {"holds": not found, "findings": [one._asdict() for one in found]}
    voice.result(value, [_line(one, voice) for one in found] or [voice.choose(kept)])
    return UNSOUND if found else KEPT


def _line(finding: Finding, voice: Voice) -> str:
    about = Text("the card", "安全卡") if finding.about == "card" else card.word("tested", finding.about)
    said = compliance.SAID[finding.code]
    return f"{voice.choose(about)}: {voice.choose(said)} [{finding.code}]"


def _print(arguments: argparse.Namespace, voice: Voice) -> int:
    data = sheet.page(_card(arguments.card)).encode()
    durable.write(arguments.to.absolute(), data, 0o644)
    done = Text(f"{arguments.to}: {len(data)} bytes.", f"{arguments.to}：{len(data)} 字节。")
    voice.result({"path": str(arguments.to), "bytes": len(data)}, [voice.choose(done)])
    return KEPT


def _export(arguments: argparse.Namespace, voice: Voice) -> int:
    made = _card(arguments.card)
    if arguments.form == "hugging-face":
        voice.exact(export.hugging_face(made), end="")
        return KEPT
    value = export.cyclonedx(made) if arguments.form == "cyclonedx" else export.in_toto(made)
    payload = canonical.encode(value)
    if arguments.form == "in-toto" and arguments.key is not None:
        officer = KeyFile.read(arguments.key).opened(voice, arguments.passphrase_fd, arguments.pin_fd)
        payload = envelope.dump(officer.sign(export.IN_TOTO, payload))
    voice.exact(payload.decode())
    return KEPT


def _state(arguments: argparse.Namespace, voice: Voice) -> int:
    stated = _card(arguments.card)
    # 5. It is in the log: a statement stands in the thread of its card.
    if not stated.id:
        raise Malformed(
            "card.5", "This card is a draft.", "Table it, and print it: detente record show ID --json"
        )
    fields = {
        "model": stated.fields.model,
        "domains": list(stated.fields.tested),
        "basis": arguments.basis,
        "evidence": list(stated.fields.evidence),
        "valid_until": duration.moment(arguments.valid_until, "--valid-until"),
    }
    draft = {"thread": shown(arguments.card).thread or stated.id, "open": fields, "sealed": {}}
    voice.exact(json.dumps(draft, sort_keys=True))
    return KEPT
