"""Secrecy: how a passphrase gets from a person to the program, never by an argument.

Arguments and the environment are seen by every process of the user, and shells keep a history of them. So a
passphrase is typed on the terminal, unseen; or it comes as a line on a file descriptor, from a program that
keeps secrets. Standard input is none of these: there a person says yes.
"""

import getpass
import os

from detente.faces.speech import Text, Voice
from detente.node.errors import Unready
from detente.trust.errors import Malformed
from detente.trust.passphrase import MOST, normal

ASK = Text("Passphrase: ", "口令：")
ASK_NEW = Text(
    "New passphrase (a sentence of 15 characters or more): ", "新口令（一句话，不少于 15 个字符）："
)
ASK_AGAIN = Text("The new passphrase again: ", "再次输入新口令：")
ASK_PIN = Text("PIN of the token: ", "令牌的 PIN 码：")
TERMINAL = "/dev/tty"
STANDARD = 2
"""Descriptors up to this one have their own use."""


def known(voice: Voice, descriptor: int | None) -> str:
    """Return the passphrase that a person has.

    Raises:
        Unready: `secrecy.1` there is no terminal. Malformed: `secrecy.2`.
    """
    return _typed(ASK, voice) if descriptor is None else _line(descriptor)


def asked(prompt: Text, voice: Voice, descriptor: int | None) -> str:
    """Return a secret that is no passphrase, after this prompt. Raises as `known`."""
    return _typed(prompt, voice) if descriptor is None else _line(descriptor)


def chosen(voice: Voice, descriptor: int | None) -> str:
    """Return a passphrase that a person chooses now, typed twice.

    Raises:
        As `known`; Malformed: `secrecy.3` they differ. As `passphrase.normal`.
    """
    if descriptor is not None:
        text = _line(descriptor)
        normal(text)
        return text
    text = _typed(ASK_NEW, voice)
    normal(text)
    # 3. It was typed as it was meant.
    if _typed(ASK_AGAIN, voice) != text:
        raise Malformed("secrecy.3", "The two passphrases differ.", "Begin again.")
    return text


def _typed(prompt: Text, voice: Voice) -> str:
    # 1. There is a terminal on which nothing of it is seen.
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError as error:
        raise Unready(
            "secrecy.1",
            "There is no terminal to type the passphrase on.",
            "Let a program that keeps secrets write it on a file descriptor: --passphrase-fd 3",
        ) from error
    return getpass.getpass(voice.choose(prompt))


def _line(descriptor: int) -> str:
    """Read one line, byte by byte, so that a second one stays for whoever asks next."""
    found = bytearray()
    # 2. It is a descriptor of its own, that is open and has a line of text on it.
    try:
        while descriptor > STANDARD and len(found) <= 4 * MOST:
            one = os.read(descriptor, 1)
            if one in (b"", b"\n"):
                return found.decode()
            found += one
    except (OSError, UnicodeDecodeError) as error:
        raise _no_line(descriptor) from error
    raise _no_line(descriptor)


def _no_line(descriptor: int) -> Malformed:
    return Malformed(
        "secrecy.2",
        f"File descriptor {descriptor} has no passphrase.",
        "Open one from 3 on, with the passphrase as a line: --passphrase-fd 3 3< FILE",
    )
