"""The door: how a command meets a node, whether it runs already or not.

    with door.reach(Path("H")) as node:
        node.table(draft)

If nobody works on the home, it is opened here. If a process does, that process is asked, through a socket in
the home that only its owner can enter (H/door, 0600): one line of JSON out, one line back, the verbs being
methods of `Node`, arguments and results in the types that these declare. A list comes back in parts, a line
each, so that it may be as long as the history. Refusals come back as the same named errors.
"""

import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_type_hints

import msgspec

from detente.faces import pillars
from detente.node.errors import HomeInUse, PeerAway
from detente.trust.errors import DetenteError, Malformed, Misuse, TooLarge

if TYPE_CHECKING:
    from detente.node.node import Node

VERBS = frozenset(
    [
        "table",
        "keep",
        "sheets",
        "sheet",
        "amend",
        "discard",
        "table_sheet",
        "publish",
        "sync",
        "heartbeat",
        "act",
        "approve",
        "abort_act",
        "abort",
        "laid",
        "assertion",
        "release",
        "release_due",
        "erase",
        "draw_keys",
        "next_charter",
        "change_keys",
        "key_act",
        "revoke_key",
        "disavow",
        "key_list",
        "preview",
        "rehearse",
        "why",
        "cut",
        "standing",
        "tick",
        "deadlines",
        "record",
        "records",
        "deliveries",
        "evidence",
        "evidence_data",
        "exhibit",
        "status",
        "export_log",
        "export_bundle",
        "bring",
        "enact",
        "take",
        "alarms",
        "calls",
        "called",
        "ring",
        "lines",
    ]
)
"""What may be asked: methods of `Node`."""

QUIET = frozenset(
    [
        "abort_act",
        "laid",
        "key_list",
        "next_charter",
        "key_act",
        "preview",
        "rehearse",
        "why",
        "cut",
        "standing",
        "deadlines",
        "record",
        "records",
        "sheets",
        "sheet",
        "deliveries",
        "evidence",
        "status",
        "evidence_data",
        "exhibit",
        "alarms",
        "calls",
        "lines",
    ]
)
"""Those that only look: nothing follows from them."""

EACH = {"records": "each_record", "deliveries": "each_delivery"}
"""Lists as long as the history: the node yields them one by one, and never has them whole."""

MAX_LINE = 16 * 1024 * 1024
PART = 256 * 1024
"""After so many bytes of a list a new line is begun."""

TIMEOUT = 120.0
LONGEST_PATH = 100
"""The kernel takes paths of sockets up to 107 bytes; beyond this, one is reached through its folder."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question: a verb, and its arguments by name."""

    verb: str
    arguments: dict[str, msgspec.Raw]


class Trouble(msgspec.Struct, frozen=True):
    """A refusal on its way back."""

    error: str
    step: str
    what: str
    remedy: str


class Answer(msgspec.Struct, frozen=True):
    """A result, or a refusal; of a list a part, and whether more of it follows in another line."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    trouble: Trouble | None = None
    more: bool = False


class Door:
    """Stands for a node that another process runs: its methods are those of `Node` in `VERBS`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @property
    def party(self) -> str:
        """Whose node it is."""
        party: str = self._call("status").party
        return party

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        if verb not in VERBS:
            raise AttributeError(verb)
        return lambda *arguments, **named: self._call(verb, *arguments, **named)

    def _call(self, verb: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 (as the verb declares)
        hints = _hints(verb)
        names = [name for name in hints if name != "return"]
        given = dict(zip(names, arguments, strict=False)) | named
        raw = {name: msgspec.Raw(_encode(value)) for name, value in given.items()}
        parts = []
        for line in self._ask(_encode(Request(verb, raw))):
            answer = msgspec.json.decode(line, type=Answer)
            if answer.trouble is not None:
                raise _revived(answer.trouble)
            parts.append(_decode(bytes(answer.result), hints["return"]))
            if not answer.more:
                break
        return tuple(chain.from_iterable(parts)) if len(parts) > 1 else parts[0]

    def _ask(self, line: bytes) -> Iterator[bytes]:
        # 1. Whoever holds the home answers.
        try:
            with socket.socket(socket.AF_UNIX) as line_out, _path(self._home) as path:
                _connect(line_out, path)
                line_out.sendall(line + b"\n")
                with line_out.makefile("rb") as stream:
                    while (found := stream.readline(MAX_LINE + 1)).endswith(b"\n"):
                        yield found
        except OSError as error:
            what = f"The process that runs {self._home} does not answer: {error}."
            raise PeerAway("door.1", what, "Look whether it still runs; stop it, or try again.") from error
        raise PeerAway("door.1", "The answer was cut off.", "Look whether the node still runs; try again.")


@contextmanager
def reach(home: Path) -> "Iterator[Node]":
    """Open the home, or speak to the process that has it open.

    Raises:
        HomeInUse: `home.5`: another process has it and has no door. As `Node.open`.
    """
    if _answers(home):
        # A door has the methods that a face calls, by name and not by inheritance.
        yield cast("Node", Door(home.absolute()))
        return
    from detente.node.node import Node  # noqa: PLC0415 (a third of the time of a command that needs no node)

    try:
        node = Node.open(home, pillars.installed())
    except HomeInUse:
        if not (home / "door").exists():
            raise
        yield cast("Node", Door(home.absolute()))
        return
    with node:
        yield node


def _answers(home: Path) -> bool:
    """Whether somebody stands behind the door: then what is installed need not be read to speak to them."""
    try:
        with socket.socket(socket.AF_UNIX) as line, _path(home) as path:
            _connect(line, path)
    except OSError:
        return False
    return True


def _connect(line: socket.socket, path: str) -> None:
    """Go to the door, and wait outside while too many are waiting in front of it. Raises OSError."""
    line.settimeout(TIMEOUT)
    last = time.monotonic() + TIMEOUT
    while True:
        try:
            return line.connect(path)
        except BlockingIOError:
            if time.monotonic() > last:
                raise
        time.sleep(0.02)


class Doorkeeper:
    """Answers at the door of a node that runs here; a thread for each who asks.

    Args:
        node: who answers.
        stirred: called after each verb that may have changed something.
    """

    def __init__(self, node: "Node", stirred: Callable[[], None]) -> None:
        self._node = node
        self._stirred = stirred
        self._closing = False
        (node.home.path / "door").unlink(missing_ok=True)
        with _path(node.home.path) as path:
            before = os.umask(0o177)
            try:
                self._server = _Server(path, self)
            finally:
                os.umask(before)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="detente-door",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Answer no more; a list under way is cut off."""
        self._closing = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        (self._node.home.path / "door").unlink(missing_ok=True)

    def answer(self, line: bytes) -> Generator[bytes, None, None]:
        """Yield the lines that answer a line."""
        try:
            verb, result = self._do(line)
            if verb not in QUIET:
                self._stirred()
            if isinstance(result, Iterator | tuple):
                yield from self._listed(result)
            else:
                yield _line(Answer(result=msgspec.Raw(_encode(result))))
        except DetenteError as error:
            yield _line(Answer(trouble=Trouble(type(error).__name__, error.step, error.what, error.remedy)))

    def _listed(self, result: Iterable[object]) -> Iterator[bytes]:
        part: list[bytes] = []
        length = 0
        for one in result:
            if self._closing:
                return
            if length >= PART:
                yield _line(Answer(result=msgspec.Raw(b"[" + b",".join(part) + b"]"), more=True))
                part, length = [], 0
            part.append(_encode(one))
            length += len(part[-1])
        yield _line(Answer(result=msgspec.Raw(b"[" + b",".join(part) + b"]")))

    def _do(self, line: bytes) -> tuple[str, object]:
        # 2. The line is a question, whole and not too long.
        if len(line) > MAX_LINE:
            raise TooLarge("door.2", "The question is too long.", "Export to a file instead.")
        try:
            request = msgspec.json.decode(line, type=Request)
            hints = _hints(request.verb)
            arguments = {name: _decode(bytes(raw), hints[name]) for name, raw in request.arguments.items()}
        except (msgspec.DecodeError, KeyError) as error:
            raise Malformed(
                "door.2", f"No question: {error}.", "Use the same version on both sides."
            ) from error
        verb = EACH.get(request.verb, request.verb)
        return request.verb, getattr(self._node, verb)(**arguments)


class _Handler(socketserver.StreamRequestHandler):
    server: "_Server"
    timeout = TIMEOUT

    def handle(self) -> None:
        with suppress(OSError):  # whoever asked has gone, or does not read: its answer is of no more use
            line = self.rfile.readline(MAX_LINE + 1)
            if line.endswith(b"\n"):
                with closing(self.server.keeper.answer(line)) as lines:
                    for one in lines:
                        self.wfile.write(one)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: str, keeper: Doorkeeper) -> None:
        self.keeper = keeper
        super().__init__(path, _Handler)


def _hints(verb: str) -> dict[str, Any]:
    # 3. The verb is one that may be asked.
    if verb not in VERBS:
        raise Malformed("door.3", f"No verb {verb[:40]!a}.", "Use the same version on both sides.")
    from detente.node.node import Node  # noqa: PLC0415 (as above)

    return get_type_hints(getattr(Node, verb))


@contextmanager
def _path(home: Path) -> Iterator[str]:
    """Give a path of the socket that is short enough for the kernel."""
    whole = str(home / "door")
    if len(whole) <= LONGEST_PATH or sys.platform != "linux":
        yield whole
        return
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/door"
    finally:
        os.close(folder)


def _line(answer: Answer) -> bytes:
    return _encode(answer) + b"\n"


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=str)


def _decode(data: bytes, kind: Any) -> Any:  # noqa: ANN401 (as the verb declares)
    if kind is type(None):
        return None
    return msgspec.json.decode(data, type=kind, dec_hook=lambda wanted, given: wanted(given))


def _revived(trouble: Trouble) -> DetenteError:
    """Return the error of that name; of a name that is not known here, a general one."""
    kinds = [DetenteError]
    for kind in kinds:
        if kind.__name__ == trouble.error:
            break
        kinds += kind.__subclasses__()
    else:
        kind = Misuse
    error = kind.__new__(kind)
    DetenteError.__init__(error, trouble.step, trouble.what, trouble.remedy)
    return error
