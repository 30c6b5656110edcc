"""The endpoint of a node, on loopback, as long as a test needs it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from detente.faces.peer import application
from detente.faces.wire import Wire
from detente.node.node import Node


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def served(node: Node, port: int = 0) -> Iterator[str]:
    """Serve a node, and give its address."""
    config = uvicorn.Config(application(node), log_config=None, lifespan="off", http=Wire)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(10)
