"""`detente serve`: run a node until SIGTERM or Ctrl-C, or, if asked, until standard input closes."""

import argparse
import os
import signal
import sys
import threading

from detente.faces import serve
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Voice


def declare(parser: argparse.ArgumentParser) -> None:
    """Which home, and where others read it."""
    declare_home(parser)
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="where others read this node (as the settings say)"
    )
    parser.add_argument(
        "--operator", metavar="HOST:PORT", help="where /health and /metrics are, on this machine alone"
    )
    parser.add_argument(
        "--syslog", metavar="LOG", help="unix:/dev/log or udp:127.0.0.1:PORT, beside standard error"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input closes too")


def run(arguments: argparse.Namespace, _voice: Voice) -> int:
    """Run the node; the first line on stdout says where it listens.

    Raises:
        HomeMissing, HomeInUse, HomeUnsafe, Behind, DiskFailed: as `Node.open`.
        PortTaken: `serve.1`, `gauges.2`. Malformed: `gauges.1`, `syslog.1`.
    """
    if arguments.until_eof:
        threading.Thread(target=watch_input, name="detente-eof", daemon=True).start()
    serve.serve(home_of(arguments), arguments.listen, operator=arguments.operator, syslog=arguments.syslog)
    return KEPT


def watch_input() -> None:
    """Tell this process to stop once whoever started it is gone: its end of the pipe closes then."""
    # The descriptor itself: a thread that waits in a buffered reader would break the interpreter's shutdown.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
