"""`detente officer`: an officer's own keys and signatures. Runs on the officer's machine, never on a node.

`sign` shows what is about to be signed and its digest; the officer compares the digest with what the others
see, and says yes. `--digest D` says it beforehand, for whoever has compared it already.
"""

import argparse
import sys
from hashlib import sha256
from pathlib import Path

from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, USAGE
from detente.faces.officer import Officer
from detente.faces.speech import Text, Voice, as_json
from detente.trust import envelope
from detente.trust.errors import WrongContext

TYPES = {"accord": envelope.ACCORD_TYPE, "act": envelope.ACT_TYPE, "charter": envelope.CHARTER_TYPE}


def declare(parser: argparse.ArgumentParser) -> None:
    """`keys` makes them; `sign` uses them."""
    acts = parser.add_subparsers(dest="act", metavar="keys|sign", required=True)
    keys = acts.add_parser("keys", help="make an officer's keys, and print what goes into the charter")
    keys.add_argument("--party", required=True, help="for whom the officer signs")
    keys.add_argument("--holder", required=True, help="a short name, unique within the party")
    keys.add_argument(
        "--to", required=True, type=Path, metavar="FILE", help="a new file for the private keys"
    )
    sign = acts.add_parser("sign", help="sign a file, and print the signature")
    sign.add_argument("file", type=Path, help="what to sign: the exact bytes")
    sign.add_argument("--key", required=True, type=Path, metavar="FILE", help="the officer's private keys")
    sign.add_argument("--as", dest="kind", choices=TYPES, default="accord", help="what the file is (accord)")
    sign.add_argument("--digest", help="SHA-256 of the file, as the officer has compared it")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make keys, or sign.

    Raises:
        Malformed, HomeMissing, HomeUnsafe: `officer.*`. DiskFailed: `disk.1`.
        WrongContext: `officer.4` the file is not the one that was compared.
    """
    if arguments.act == "keys":
        made = Officer.create(arguments.to, arguments.party, arguments.holder)
        print(as_json(made.public))
        return KEPT
    officer = Officer.read(arguments.key)
    payload = file_of(arguments.file)
    found = sha256(payload).hexdigest()
    # 4. The bytes are those that the officer has compared.
    if arguments.digest is not None and arguments.digest != found:
        raise WrongContext(
            "officer.4", f"{arguments.file} has the digest {found}.", "Do not sign it; ask who changed it."
        )
    if arguments.digest is None and not _agreed(arguments.file, found, voice):
        return USAGE
    voice.exact(envelope.dump(officer.sign(TYPES[arguments.kind], payload)).decode())
    return KEPT


def _agreed(file: Path, digest: str, voice: Voice) -> bool:
    voice.note(Text(f"{file} has the digest", f"{file} 的摘要为"))
    voice.note(Text(f"  {digest}", f"  {digest}"))
    voice.note(
        Text(
            "Type `sign` if the others see the same, anything else to stop:",
            "若其他各方所见相同，请输入 sign；否则输入其他内容中止：",
        )
    )
    return sys.stdin.readline().strip() == "sign"
