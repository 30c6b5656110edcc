"""`detente officer`: an officer's own keys and signatures. Runs on the officer's machine, never on a node.

`sign` shows in words what is about to be signed, and its digest; the officer compares the digest with what
the others see, says yes, and gives the passphrase. `--digest D` says it beforehand, for whoever has compared
it already.
"""

import argparse
import sys
from hashlib import sha256
from pathlib import Path

from detente.faces import secrecy, statement
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, USAGE
from detente.faces.keyfile import KeyFile
from detente.faces.officer import SUITE
from detente.faces.speech import Text, Voice, as_json
from detente.faces.statement import TYPES, Statement
from detente.trust import envelope
from detente.trust.errors import WrongContext
from detente.trust.key import SIZES
from detente.trust.suite import SUITES, row

SEEDED = [one for one in SUITES if set(row(one, "officer")) <= SIZES.keys()]
"""Suites whose officers' keys can lie in a file; a passkey lies in its authenticator."""

CHANGED = Text("The same keys have another passphrase now.", "密钥不变，口令已更换。")


def declare(parser: argparse.ArgumentParser) -> None:
    """`new` makes keys, `show` prints their public halves, `sign` uses them, `passphrase` locks them anew."""
    acts = parser.add_subparsers(dest="act", metavar="new|show|sign|passphrase", required=True)
    new = acts.add_parser("new", help="make an officer's keys, and print what goes into the charter")
    new.add_argument("--party", required=True, help="for whom the officer signs")
    new.add_argument("--holder", required=True, help="a short name, unique within the party")
    new.add_argument("--to", required=True, type=Path, metavar="FILE", help="a new file for the private keys")
    new.add_argument("--suite", choices=SEEDED, default=SUITE, help="which algorithms sign (nist-1)")
    show = acts.add_parser("show", help="print what goes into the charter once more")
    show.add_argument("key", type=Path, help="the officer's private keys")
    sign = acts.add_parser("sign", help="show a file in words, sign it, and print the signature")
    sign.add_argument("file", type=Path, help="what to sign: the exact bytes")
    sign.add_argument("--key", required=True, type=Path, metavar="FILE", help="the officer's private keys")
    sign.add_argument("--as", dest="kind", choices=TYPES, help="what it has to be (what the file says)")
    sign.add_argument("--digest", help="SHA-256 of the file, as the officer has compared it")
    change = acts.add_parser("passphrase", help="lock the same keys with another passphrase")
    change.add_argument("key", type=Path, help="the officer's private keys")
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
    descriptor = getattr(arguments, "passphrase_fd", None)
    if arguments.act == "new":
        text = secrecy.chosen(voice, descriptor)
        print(
            as_json(
                KeyFile.create(arguments.to, arguments.party, arguments.holder, text, arguments.suite).public
            )
        )
        return KEPT
    kept = KeyFile.read(arguments.key)
    if arguments.act == "show":
        print(as_json(kept.public))
        return KEPT
    old = secrecy.known(voice, descriptor)
    kept.unlock(old)
    kept.relock(arguments.key, old, secrecy.chosen(voice, descriptor))
    voice.note(CHANGED)
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
    officer = kept.unlock(secrecy.known(voice, arguments.passphrase_fd))
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
