"""The listener: a socket on which a server of ours waits for callers.

    with listener.open_at("127.0.0.1", 8600) as sock: ...

An answer goes in two writes, headers and body. By default the second waits until the caller has acknowledged
the first, and callers take 40 ms for that (RFC 1122, 4.2.3.2 and 4.2.3.4). asyncio turns this off for sockets
that it opens itself; ours are opened before it, so that a port that is taken has an error of our own.
"""

import socket


def open_at(host: str, port: int) -> socket.socket:
    """Return a socket that listens; each connection that it accepts sends what is written at once.

    Raises:
        OSError, OverflowError: the address is not free, or none of ours.
    """
    sock = socket.create_server((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
