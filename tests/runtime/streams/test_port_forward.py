"""A port-forward over a tunnel that a test plays: what one connection may not do to the others."""

from __future__ import annotations

import queue
import socket
import struct
import threading
from contextlib import closing
from typing import cast

import pytest

from kubewright.errors import ConnectionLostError, RequestError, StoppedError
from kubewright.rest.request import Request
from kubewright.streams import port_forward
from kubewright.streams.port_forward import PortForward, open_port_forward
from kubewright.streams.websocket import WebSocket
from kubewright.testing import FakeCluster

GO_AWAY = struct.pack(">HHIII", 0x8003, 7, 8, 0, 0)
DATA = 3  # the second stream of the first connection


class Tunnel:
    """Takes what is sent as long as it is open, and gives what a test puts into it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.is_blocked = False
        self.heard: queue.Queue[bytes | None] = queue.Queue()
        self.blocked = threading.Event()
        self.opened = threading.Event()
        self.silences = 0

    def receive(self, timeout: float | None = None) -> bytes | None:
        data = self._next()
        if data is None:
            raise StoppedError("closed")
        return data

    def _next(self) -> bytes | None:
        while True:
            try:
                return self.heard.get(timeout=0.05)
            except queue.Empty:
                # a silence in which a slow test has not begun yet must not break the tunnel
                if self.blocked.is_set():
                    self.silences += 1
                    raise TimeoutError from None

    def send(self, data: bytes) -> None:
        self.opened.set()
        if not self.open.is_set():
            self.blocked.set()
        self.open.wait(10)

    def send_soon(self, data: bytes) -> None:
        self.send(data)

    def close(self) -> None:
        self.open.set()
        self.heard.put(None)


@pytest.fixture
def tunnel(monkeypatch: pytest.MonkeyPatch) -> Tunnel:
    monkeypatch.setattr(port_forward, "_PAUSE", 0.01)
    return Tunnel()


def test_the_pods_end_is_read_while_it_does_not_read(tunnel: Tunnel) -> None:
    forward = PortForward(cast("WebSocket", tunnel), 80, [])
    with closing(forward), forward.connect() as connection:
        connection.settimeout(5)
        tunnel.open.clear()
        connection.sendall(b"x")
        assert tunnel.blocked.wait(5)
        before = tunnel.silences
        while tunnel.silences < before + 6:  # it is asked for a sign of life after each
            threading.Event().wait(0.01)
        tunnel.heard.put(struct.pack(">II", DATA, 5) + b"hello")

        assert connection.recv(5) == b"hello"
        assert forward.failure is None


class Exhausted:
    """A listener that fails a few times before it gives a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.answers: list[socket.socket | OSError] = [OSError(24, "too many files")] * 3
        self.answers.append(connection)
        self.ended = threading.Event()

    def accept(self) -> tuple[socket.socket, None]:
        if not self.answers:
            self.ended.wait(10)
            raise OSError(22, "closed")
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer, None

    def shutdown(self, _: int) -> None:
        self.ended.set()

    def close(self) -> None:
        """It was no socket."""


def test_connections_are_accepted_again_after_a_time_without_files(tunnel: Tunnel) -> None:
    mine, others = socket.socketpair()
    listener = cast("socket.socket", Exhausted(others))
    with mine, closing(PortForward(cast("WebSocket", tunnel), 80, [listener])):
        mine.settimeout(5)
        assert tunnel.opened.wait(5)
        tunnel.heard.put(struct.pack(">II", DATA, 5) + b"hello")

        assert mine.recv(5) == b"hello"


def test_no_connection_is_made_to_an_end_that_goes_away(tunnel: Tunnel) -> None:
    forward = PortForward(cast("WebSocket", tunnel), 80, [])
    with closing(forward), forward.connect() as before:
        before.settimeout(5)
        tunnel.heard.put(GO_AWAY + struct.pack(">II", DATA, 5) + b"hello")

        assert before.recv(5) == b"hello"
        with pytest.raises(ConnectionLostError, match="takes no new connections"):
            forward.connect()


@pytest.mark.parametrize(
    ("port", "local_port", "addresses", "message"),
    [
        (0, 0, ["localhost"], "port is a number from 1 to 65535, not 0"),
        (70000, 0, ["localhost"], "port is a number from 1 to 65535, not 70000"),
        (80, 70000, ["localhost"], "local_port is a number from 0 to 65535, not 70000"),
        (80, -1, ["localhost"], "local_port is a number from 0 to 65535, not -1"),
        (80, 0, "localhost", "the addresses are a list"),
    ],
)
def test_what_is_no_port_fails_before_anything_is_sent(
    port: int, local_port: int, addresses: list[str], message: str
) -> None:
    request = Request("GET", "/api/v1/namespaces/x/pods/web/portforward")
    with pytest.raises(RequestError, match=message):
        open_port_forward(
            FakeCluster().rest, request, port, local_port=local_port, addresses=addresses
        )
