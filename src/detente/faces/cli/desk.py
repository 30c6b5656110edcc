"""`detente desk`: the node in a browser on this machine, beside a node that serves or without one."""

import argparse
import threading

from detente.faces.cli.place import declare_home, home_of
from detente.faces.cli.serve import watch_input
from detente.faces.desk import serve
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice

PORT = 8643


def declare(parser: argparse.ArgumentParser) -> None:
    """Which home, and where the browser finds it."""
    declare_home(parser)
    parser.add_argument("--port", type=int, default=PORT, help=f"on this machine alone; 0 takes any ({PORT})")
    parser.add_argument("--link", action="store_true", help="print an address for one more browser, and end")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input closes too")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Show the desk; the first line on stdout says where.

    Raises:
        PortTaken: `desk.2`. NoSuchThing: `desk.3`. HomeMissing: `home.3`, `place.1`; as `Window.open`.
    """
    home = home_of(arguments)
    if arguments.link:
        address = serve.entrance(home)
        voice.result({"desk": address}, [address])
        return KEPT
    if arguments.until_eof:
        threading.Thread(target=watch_input, name="detente-eof", daemon=True).start()
    voice.note(
        Text(
            "Open the address below in a browser on this machine. It lets one browser in, once.",
            "请用本机浏览器打开下面的网址。该网址仅可使用一次，供一个浏览器进入。",
        )
    )
    serve.serve(home, arguments.port)
    return KEPT
