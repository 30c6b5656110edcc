"""The errand: what an officer is told on a way that others could read, and how it gets there.

A mailbox and a webhook are outside the node. So they say that something waits, how fast, and from whom; never
what is in it, open or sealed. The officer reads the message itself at the node.

    Subject: [FLASH] Notice from cn waits for you / cn 的通知待您处理
    X-Detente-Signature: sha256=…          a webhook: HMAC of the body, with the key in the home
"""

import hmac
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256

import httpx
import msgspec

from detente.faces.speech import Text, as_json, clock
from detente.node.errors import PeerAway
from detente.node.rota import MailServer
from detente.node.wake import Wake

TIMEOUT_SECONDS = 10.0
SIGNATURE = "X-Detente-Signature"
DELIVERED = range(200, 300)
MAX_WHAT = 300

WHY: Mapping[str, Text] = {
    "arrived": Text("waits to be read back", "待复诵"),
    "unheard": Text("was not received by", "尚未获下列一方机器回执："),
    "unread": Text("was not read back by", "尚未获下列一方官员复诵："),
}


class Errand(msgspec.Struct, frozen=True):
    """What is told: the alarm, the words of its kind and precedence, and whose node calls whom.

    Attributes:
        wake: the alarm.
        kind: in both languages; precedence: too.
        node: whose node calls.
        officer: whom.
    """

    wake: Wake
    kind: Text
    precedence: Text
    node: str
    officer: str

    @property
    def subject(self) -> str:
        """The one line that tells how fast, what sort and from whom."""
        mark = "" if self.wake.domain == "live" else "EXERCISE 演习 EXERCISE "
        lacking = ", ".join(self.wake.lacking) if self.wake.why != "arrived" else ""
        why = WHY[self.wake.why]
        said = f"{self.kind.en} from {self.wake.party} {why.en} {lacking}".strip()
        told = f"{self.wake.party} 的{self.kind.zh}{why.zh}{lacking}"
        return f"{mark}[{self.precedence.en} {self.precedence.zh}] {said} / {told}"

    @property
    def text(self) -> str:
        """The body."""
        name, due = self.wake.record, clock(self.wake.due)
        mark = "" if self.wake.domain == "live" else "*** EXERCISE / 演习 ***\n"
        return (
            f"{mark}{self.subject}\n\n"
            f"{self.officer}: by {due}, at the node of {self.node}:\n"
            f"  detente channel show {name[:16]}\n  detente channel take {name[:16]} --as '{self.officer}'\n"
            f"Whoever takes it stops the next call. This says nothing of what the message contains.\n\n"
            f"{self.officer}：请在 {due} 之前，在 {self.node} 的节点上查看并接手（命令同上）。\n"
            f"接手后不再呼叫下一位官员。本通知不含电文内容。\n"
        )

    @property
    def data(self) -> bytes:
        """The body of a webhook: the same as data."""
        one = self.wake
        told = {
            "domain": one.domain,
            "due": one.due,
            "kind": one.kind,
            "lacking": one.lacking,
            "node": self.node,
            "officer": self.officer,
            "party": one.party,
            "precedence": one.precedence,
            "record": one.record,
            "why": one.why,
        }
        return as_json(told).encode()


def name_of(errand: Errand, way: str) -> str:
    """Return the name of one delivery, by which a receiver knows it again if it comes twice."""
    parts = (errand.node, errand.wake.domain, errand.wake.record, errand.wake.why, errand.officer, way)
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def mail(errand: Errand, address: str, server: MailServer, password: str) -> None:
    """Hand a mail to the server.

    Raises:
        PeerAway: `errand.1`: it was not taken, or its TLS does not hold.
    """
    message = EmailMessage()
    message["From"], message["To"] = server.sender, address
    message["Subject"], message["Date"] = errand.subject, formatdate(usegmt=True)
    message["Message-ID"] = f"<{name_of(errand, 'mail')}@{server.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(errand.text)
    # 1. The server takes it, under TLS that holds.
    try:
        with _line(server) as line:
            if server.account:
                line.login(server.account, password)
            line.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        what = f"The mail server {server.host}:{server.port} did not take it: {_short(error)}."
        raise PeerAway("errand.1", what, "See that server and the rota; telephone meanwhile.") from error


def post(errand: Errand, address: str, key: bytes) -> None:
    """Send a signed POST.

    Raises:
        PeerAway: `errand.2`: it was not taken.
    """
    body = errand.data
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": name_of(errand, "webhook"),
        SIGNATURE: f"sha256={hmac.new(key, body, sha256).hexdigest()}",
    }
    # 2. It answers with a success, itself and without sending us elsewhere.
    try:
        answer = httpx.post(
            address, content=body, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False
        )
        said = "" if answer.status_code in DELIVERED else f"HTTP {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = _short(error)
    if said:
        what = f"The webhook did not take it: {said}."
        raise PeerAway("errand.2", what, "See what runs there, and the rota; telephone meanwhile.")


def _line(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=server.trust)
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    line = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            line.starttls(context=context)
    except BaseException:
        line.close()
        raise
    return line


def _short(error: Exception) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return said[:MAX_WHAT]
