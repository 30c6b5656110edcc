"""`detente officer`: an officer's own keys and signatures. Runs on the officer's machine, never on a node.

`sign` shows in words what is about to be signed, and its digest; the officer compares the digest with what
the others see, says yes, and gives the passphrase. `--digest D` says it beforehand, for whoever has compared
it already.

Wherever a key file is named, it may be one whose Ed25519 key lies on a token: `new --token` makes it, and
signing then takes the token and its PIN as well. `tokens` says what is plugged in, and what each can do.
"""

import argparse
import sys
from hashlib import sha256
from pathlib import Path

from detente.faces import keyfile, secrecy, statement, token
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, USAGE
from detente.faces.keyfile import KeyFile
from detente.faces.officer import SUITE
from detente.faces.speech import Text, Voice, as_json, table
from detente.faces.statement import TYPES, Statement
from detente.trust import envelope
from detente.trust.errors import Malformed, WrongContext
from detente.trust.key import SIZES, PublicKey
from detente.trust.suite import SUITES, row

MODULE = "the PKCS#11 library of the token's maker (a .so)"
PIN_FD = "read the token's PIN as a line from this descriptor; the same one gives the passphrase first"
SEEDED = [one for one in SUITES if set(row(one, "officer")) <= SIZES.keys()]
"""Suites whose officers' keys can lie in a file; a passkey lies in its authenticator."""

PINS = {
    "set": Text("PIN set", "PIN 已设置"),
    "wrong before": Text("a wrong PIN was typed before", "先前输错过 PIN"),
    "one try left": Text("one try left before the PIN locks", "再错一次 PIN 即锁定"),
    "locked": Text("PIN locked", "PIN 已锁定"),
    "not set": Text("no PIN yet", "尚未设置 PIN"),
}
NOTHING = Text("signs nothing of ours", "无可用的签名算法")
NONE = Text("No token is plugged in.", "未接入任何令牌。")
CHANGED = Text("The same keys have another passphrase now.", "密钥不变，口令已更换。")


def declare(parser: argparse.ArgumentParser) -> None:
    """`new` makes keys, `show` prints their public halves, `sign` uses them, `passphrase` locks them anew.

    `tokens` lists the tokens that could hold one.
    """
    acts = parser.add_subparsers(dest="act", metavar="new|show|sign|passphrase|tokens", required=True)
    new = acts.add_parser("new", help="make an officer's keys, and print what goes into the charter")
    new.add_argument("--party", required=True, help="for whom the officer signs")
    new.add_argument("--holder", required=True, help="a short name, unique within the party")
    new.add_argument("--to", required=True, type=Path, metavar="FILE", help="a new file for the private keys")
    new.add_argument("--suite", choices=SEEDED, default=SUITE, help="which algorithms sign (nist-1)")
    new.add_argument("--token", metavar="LABEL", help="make the Ed25519 key on this token, never in the file")
    new.add_argument("--serial", metavar="NUMBER", help="of the token, if two have one label")
    new.add_argument("--module", type=Path, metavar="FILE", help=MODULE)
    show = acts.add_parser("show", help="print what goes into the charter once more")
    show.add_argument("key", type=Path, help="the officer's private keys")
    sign = acts.add_parser("sign", help="show a file in words, sign it, and print the signature")
    sign.add_argument("file", type=Path, help="what to sign: the exact bytes")
    sign.add_argument("--key", required=True, type=Path, metavar="FILE", help="the officer's private keys")
    sign.add_argument("--as", dest="kind", choices=TYPES, help="what it has to be (what the file says)")
    sign.add_argument("--digest", help="SHA-256 of the file, as the officer has compared it")
    change = acts.add_parser("passphrase", help="lock the same keys with another passphrase")
    change.add_argument("key", type=Path, help="the officer's private keys")
    seen = acts.add_parser("tokens", help="the tokens that are plugged in, and what each can do")
    seen.add_argument("--module", required=True, type=Path, metavar="FILE", help=MODULE)
    for one in (new, sign):
        one.add_argument("--pin-fd", type=int, metavar="N", help=PIN_FD)
    for one in (new, sign, change):
        one.add_argument(
            "--passphrase-fd",
            type=int,
            metavar="N",
            help="read it as a line from this descriptor; to change it, the old one and then the new one",
        )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make keys, show them, sign, or change the passphrase.

    Raises:
        Malformed, HomeMissing, HomeUnsafe: `keyfile.*`. DiskFailed: `disk.1`. As `secrecy`, `passphrase`.
        WrongContext: `signature.1` the file is not the one that was compared; `signature.2` it is another
            kind of statement. Malformed: `statement.1`.
    """
    if arguments.act == "sign":
        return _sign(arguments, voice)
    if arguments.act == "new":
        return _new(arguments, voice)
    if arguments.act == "tokens":
        return _tokens(arguments, voice)
    kept = KeyFile.read(arguments.key)
    if arguments.act == "show":
        print(as_json(kept.public))
        return KEPT
    old = secrecy.known(voice, arguments.passphrase_fd)
    kept.unlock(old)
    kept.relock(arguments.key, old, secrecy.chosen(voice, arguments.passphrase_fd))
    voice.note(CHANGED)
    return KEPT


def _new(arguments: argparse.Namespace, voice: Voice) -> int:
    keyfile.vacant(arguments.to)
    text = secrecy.chosen(voice, arguments.passphrase_fd)
    held = None if arguments.token is None else _held(arguments, voice)
    made = KeyFile.create(arguments.to, arguments.party, arguments.holder, text, arguments.suite, held)
    print(as_json(made.public))
    return KEPT


def _held(arguments: argparse.Namespace, voice: Voice) -> tuple[token.Holding, PublicKey]:
    """Make the officer's Ed25519 key on the token that was named."""
    # 3. The suite has a place for it, and the library is named.
    if token.ON_TOKEN not in row(arguments.suite, "officer"):
        raise Malformed(
            "signature.3",
            f"Officers of {arguments.suite} sign with nothing that a token has.",
            "Leave out --token, or take --suite nist-1 or dual-1.",
        )
    if arguments.module is None:
        raise Malformed(
            "signature.3",
            "Which library speaks to the token?",
            "Name it: --module FILE; see docs/officers.md.",
        )
    pin = secrecy.asked(secrecy.ASK_PIN, voice, arguments.pin_fd)
    return token.draw(str(arguments.module.absolute()), arguments.token, arguments.serial, pin)


def _tokens(arguments: argparse.Namespace, voice: Voice) -> int:
    found = token.tokens(str(arguments.module))
    rows = [
        [
            one.label,
            one.serial,
            f"{one.maker} {one.model}",
            ", ".join(one.signs) or voice.choose(NOTHING),
            voice.choose(PINS[one.pin]),
        ]
        for one in found
    ]
    voice.result(found, table(rows) if rows else [voice.choose(NONE)])
    return KEPT


def _sign(arguments: argparse.Namespace, voice: Voice) -> int:
    kept = KeyFile.read(arguments.key)
    payload = file_of(arguments.file)
    found = sha256(payload).hexdigest()
    # 1. The bytes are those that the officer has compared.
    if arguments.digest is not None and arguments.digest != found:
        raise WrongContext(
            "signature.1", f"{arguments.file} has the digest {found}.", "Do not sign it; ask who changed it."
        )
    said = statement.read(payload)
    # 2. It is what the officer takes it for.
    if arguments.kind not in (None, said.kind):
        raise WrongContext(
            "signature.2",
            f"{arguments.file} is no {arguments.kind}: it is of the kind {said.kind}.",
            "Do not sign it; ask who sent it.",
        )
    _tell(arguments.file, said, found, voice)
    if arguments.digest is None and not _agreed(voice):
        return USAGE
    officer = kept.opened(voice, arguments.passphrase_fd, arguments.pin_fd)
    voice.exact(envelope.dump(officer.sign(TYPES[said.kind], payload)).decode())
    return KEPT


def _tell(file: Path, said: Statement, digest: str, voice: Voice) -> None:
    for line in said.lines:
        voice.note(line)
    voice.note(Text(f"{file} has the digest", f"{file} 的摘要为"))
    voice.note(Text(f"  {digest}", f"  {digest}"))


def _agreed(voice: Voice) -> bool:
    voice.note(
        Text(
            "Type `sign` if this is what you mean and the others see the same digest, anything else to stop:",
            "若以上内容符合本意，且其他各方所见摘要相同，请输入 sign；否则输入其他内容中止：",
        )
    )
    return sys.stdin.readline().strip() == "sign"
