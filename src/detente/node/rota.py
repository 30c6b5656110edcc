"""The rota: whom to wake, in which order, when and how; kept in the home for its owner, never exported.

    H/channel/rota.json      {"officers": [{"name": "…", "telephone": "+86 10 …", "languages": ["zh"], …}], …}
    H/channel/secret         the key with which bodies of webhooks are signed, made with the rota
    H/channel/password       of the mail server's account, if it asks for one

Nothing of it is in a log, an export, a bundle or a backup: a restored home is given its rota again.
"""

import ipaddress
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from detente.node import durable
from detente.node.home import Home
from detente.trust.errors import Malformed

FOLDER, FILE, SECRET, PASSWORD = "channel", "rota.json", "secret", "password"
MAX_OFFICERS = 64
Precedence: TypeAlias = Literal["routine", "priority", "immediate", "flash"]
Way: TypeAlias = Literal["mail", "webhook", "desk"]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(daily|[a-z]{3}(?:-[a-z]{3})?) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)\Z")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\Z")
_TELEPHONE = re.compile(r"\+[0-9][0-9 ()-]{4,28}\Z")
_SECOND = 1000


class Officer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One who can be woken.

    Attributes:
        name: by which colleagues know this officer or post.
        telephone: with the country's code, for voice.
        languages: that the officer reads.
        zone: of the hours: `UTC`, `+08:00`, or a name such as `Asia/Shanghai`.
        hours: on duty, such as `mon-fri 08:00-20:00`; none: always. `20:00-08:00` ends the next day.
        mail: address, or None.
        webhook: address that takes a signed POST, or None.
        desk: whether a notice is shown at the desk.
    """

    name: str
    telephone: str
    languages: tuple[Literal["en", "zh"], ...]
    zone: str = "UTC"
    hours: tuple[str, ...] = ()
    mail: str | None = None
    webhook: str | None = None
    desk: bool = False

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every way by which this officer is called, all at once."""
        found: list[Way] = ["mail"] if self.mail else []
        return (*found, *(("webhook",) if self.webhook else ()), *(("desk",) if self.desk else ()))

    def on_duty(self, now: int) -> bool:
        """Whether this officer is on duty at an instant, in milliseconds."""
        if not self.hours:
            return True
        here = datetime.fromtimestamp(now / _SECOND, UTC).astimezone(_zone(self.zone))
        minute = here.hour * 60 + here.minute
        return any(_within(span, here.weekday(), minute) for span in self.hours)


class MailServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where mail is handed in.

    Attributes:
        host: of the server; port: of it.
        security: `tls` from the first byte, `starttls`, or `none`, which is allowed on this machine alone.
        sender: address in whose name.
        account: to log in with, or None; the password is in a file of its own.
        trust: file of certificates to believe instead of the system's, or None.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    sender: str
    account: str | None = None
    trust: str | None = None


class Clocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one precedence, in seconds: the machine's receipt, the officer's read-back, patience with a call."""

    receipt: int
    read_back: int
    patience: int


CLOCKS: dict[Precedence, Clocks] = {
    "flash": Clocks(receipt=120, read_back=900, patience=180),
    "immediate": Clocks(receipt=300, read_back=1_800, patience=300),
    "priority": Clocks(receipt=900, read_back=14_400, patience=1_800),
    "routine": Clocks(receipt=3_600, read_back=86_400, patience=14_400),
}
"""If the rota says nothing else; the read-backs are those of the template `bilateral`."""

FAST = frozenset({"flash", "immediate"})
"""For these, whoever is off duty is woken too, after those on duty."""


class Tests(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the line is tested: an announced test each day, and in each week one at a time that nobody knows.

    Attributes:
        daily: whether there is the announced one; weekly: whether there is the other.
        precedence: of the one that is not announced: whose clocks it tries.
    """

    daily: bool = True
    weekly: bool = True
    precedence: Precedence = "priority"


class Rota(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to wake: officers in the order in which they are called, the mail server, tests, other clocks."""

    officers: tuple[Officer, ...]
    server: MailServer | None = None
    tests: Tests | None = None
    clocks: dict[Precedence, Clocks] = {}

    def clocks_of(self, precedence: str) -> Clocks:
        """Return the clocks of a precedence; those of flash for one that is not known."""
        known = CLOCKS | self.clocks
        return next((one for name, one in known.items() if name == precedence), known["flash"])

    def reachable(self, precedence: str, now: int, *, late: bool) -> tuple[Officer, ...]:
        """Return who may be called now, in order: those on duty; then, if it is fast or late, all others."""
        on = tuple(one for one in self.officers if one.on_duty(now))
        off = tuple(one for one in self.officers if one not in on)
        return on + off if precedence in FAST or late else on


def parse(data: bytes) -> Rota:
    """Return a rota that was read.

    Raises:
        Malformed: `rota.1` not such JSON; `rota.2` to `rota.6`.
    """
    # 1. It is a rota.
    try:
        rota = msgspec.json.decode(data, type=Rota)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "rota.1", f"No rota: {error}.", "Mend it; detente channel rota --example shows one."
        ) from error
    _check(rota)
    return rota


def load(home: Home) -> Rota | None:
    """Return the rota of a home, or None. Raises as `parse`; DiskFailed: `disk.1`."""
    data = durable.read(home.path / FOLDER / FILE)
    return None if data is None else parse(data)


def keep(home: Home, rota: Rota, password: str | None = None) -> None:
    """Write a rota into a home, and make its secret if there is none. Raises DiskFailed: `disk.1`."""
    _check(rota)
    folder = home.path / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    if durable.read(folder / SECRET) is None:
        durable.write(folder / SECRET, os.urandom(32).hex().encode())
    if password is not None:
        durable.write(folder / PASSWORD, password.encode())
    durable.write(folder / FILE, msgspec.json.format(msgspec.json.encode(rota)) + b"\n")


def secret(home: Home) -> bytes:
    """Return the key of the webhooks. Raises Malformed: `rota.6`."""
    # 6. It is there.
    try:
        return bytes.fromhex((durable.read(home.path / FOLDER / SECRET) or b"-").decode())
    except ValueError as error:
        raise Malformed("rota.6", "The key of the webhooks is missing.", "Set the rota again.") from error


def password(home: Home) -> str:
    """Return the mail account's password; empty if there is none. Raises DiskFailed: `disk.1`."""
    return (durable.read(home.path / FOLDER / PASSWORD) or b"").decode(errors="replace")


def _check(rota: Rota) -> None:
    names = [one.name for one in rota.officers]
    # 2. There is somebody to wake, and each has a name of their own.
    if not names or len(names) > MAX_OFFICERS or len(set(names)) < len(names):
        raise Malformed(
            "rota.2", f"{len(names)} officers, {len(set(names))} names.", "Name each officer or post once."
        )
    for one in rota.officers:
        for what in _faults(one):
            # 3. Each can be reached, and nothing of it could become another line of a message.
            raise Malformed("rota.3", f"Officer {one.name[:80]!a}: {what}.", "Mend that entry of the rota.")
    # 4. Mail has a server, which is spoken to under TLS unless it is this machine.
    server = rota.server
    if server is None and any(one.mail for one in rota.officers):
        raise Malformed("rota.4", "Officers have mail, and no server is named.", "Name the mail server.")
    if server is not None and not _fit(server):
        raise Malformed(
            "rota.4",
            f"The mail server {server.host[:80]!a} is ill named, or spoken to in the clear.",
            "Use tls or starttls; none is for this machine alone.",
        )
    # 5. No clock stands still, and none is longer than a month.
    spans = [span for one in rota.clocks.values() for span in (one.receipt, one.read_back, one.patience)]
    if not all(1 <= one <= 31 * 86_400 for one in spans):
        raise Malformed("rota.5", "A clock is shorter than a second or longer than a month.", "Mend it.")


def _faults(one: Officer) -> Iterator[str]:
    if not 1 <= len(one.name) <= 80 or not one.name.isprintable():  # noqa: PLR2004 (letters of a name)
        yield "a name has 1 to 80 letters that can be seen"
    if not _TELEPHONE.match(one.telephone):
        yield "a telephone number begins with + and its country's code"
    if not one.languages or not one.ways:
        yield "it has no language, or no way beside the telephone"
    if one.mail and not _MAIL.match(one.mail):
        yield "that is no mail address"
    if one.webhook and not _callable(one.webhook):
        yield "a webhook is an https address; http is for this machine alone"
    if not all(_SPAN.match(span) and _days(span) for span in one.hours):
        yield "hours read like mon-fri 08:00-20:00"
    try:
        _zone(one.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "its time zone is not known here"


def _fit(server: MailServer) -> bool:
    named = re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", server.host) and 0 < server.port < 65_536  # noqa: PLR2004 (ports)
    safe = server.security != "none" or _local(server.host)
    return bool(named and safe and _MAIL.match(server.sender))


def _callable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and " " not in address and parts.username is None
    return plain and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _local(host)))


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    found = _OFFSET.match(name)
    if found:
        span = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(span if found[1] == "+" else -span)
    return ZoneInfo(name)


def _days(span: str) -> frozenset[int]:
    said = span.partition(" ")[0]
    if said == "daily":
        return frozenset(range(7))
    first, _, last = said.partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        return frozenset()
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return frozenset((start + n) % 7 for n in range((end - start) % 7 + 1))


def _within(span: str, day: int, minute: int) -> bool:
    found = _SPAN.match(span)
    if found is None:
        return False
    begins, ends = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    days = _days(span)
    if begins < ends:
        return day in days and begins <= minute < ends
    return (day in days and minute >= begins) or ((day - 1) % 7 in days and minute < ends)
