"""Isolation: a process without a network, where the kernel gives namespaces; the truth where it does not.

`python -m detente.instruments.isolation COMMAND…` runs within the new namespace: it brings loopback up, so
that a model served by the same process can be reached, and then becomes the command. Nothing else is there
to reach.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from typing import NamedTuple

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
UNSHARE = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--")


class Isolation(NamedTuple):
    """How a run is kept from the network.

    Args:
        before: the command that a process is started through; empty where it is not isolated.
        network: `none`: no network but loopback of its own. `open`: that of the machine.
        why: of `open`, why; of `none`, by what.
    """

    before: tuple[str, ...]
    network: str
    why: str


def found(python: str, *, endpoint: bool) -> Isolation:
    """Return the isolation that this machine can give; it is tried, not assumed.

    Args:
        python: that will run the laboratory.
        endpoint: whether the system under test is somewhere else on the network.
    """
    if endpoint:
        return Isolation((), "open", "the system under test is an endpoint elsewhere")
    if shutil.which(UNSHARE[0]) is None:
        return Isolation((), "open", "there is no unshare on this machine")
    before = (*UNSHARE, python, "-m", "detente.instruments.isolation")
    tried = subprocess.run(  # noqa: S603  # our own module, in a namespace
        [*before, python, "-c", PROBE],
        capture_output=True,
        check=False,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if tried.returncode != 0:
        return Isolation((), "open", "the kernel gives no namespaces here")
    return Isolation(before, "none", "a network namespace with loopback alone")


PROBE = "import socket; raise SystemExit([n for _, n in socket.if_nameindex()] != ['lo'])"
"""Succeeds where loopback is the only interface."""


def main() -> None:
    """Bring loopback up, and become the command."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(line, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(line, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  # what `found` or the executor names


if __name__ == "__main__":
    main()
