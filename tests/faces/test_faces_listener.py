"""The listener: no answer of ours waits for an acknowledgement."""

import ast
import socket
from pathlib import Path

from detente.faces import listener

ROOT = Path(__file__).parents[2]


def test_a_connection_that_is_accepted_sends_what_is_written_at_once() -> None:
    with listener.open_at("127.0.0.1", 0) as sock, socket.create_connection(sock.getsockname()[:2]):
        accepted, _ = sock.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_every_server_of_ours_opens_its_socket_here() -> None:
    calls = [
        path.name
        for path in sorted((ROOT / "src" / "detente").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "create_server"
    ]
    assert calls == ["listener.py"]
