"""A connection is made as urllib3 makes it, and its making can be ended at any moment."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from kubewright.rest.dialing import Call, dial

LONG = 20.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen(8)
        yield made


@pytest.fixture
def full() -> Iterator[int]:
    """The port of a listener that lets nobody in, and refuses nobody."""
    with ExitStack() as stack:
        made = stack.enter_context(socket.socket())
        made.bind(("127.0.0.1", 0))
        made.listen(0)
        for _ in range(8):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(made.getsockname())
        yield made.getsockname()[1]


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def to(port: int, host: str = "127.0.0.1", *, timeout: float = LONG) -> HTTPConnection:
    options: list[tuple[int, int, int | bytes]] = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    return HTTPConnection(host, port, timeout=timeout, socket_options=options)


def find(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[int, Any]) -> None:
    def found(*_: object) -> Any:
        return [(family, socket.SOCK_STREAM, 0, "", place) for family, place in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_the_socket_has_the_options_and_the_timeout(listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    with dial(to(port, timeout=7.0)) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
        assert sock.gettimeout() == 7.0
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_an_address_that_cannot_be_used_makes_way_for_the_next_one(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = listener.getsockname()
    no_family = 0x7FF
    refuses = ("127.0.0.1", free_port())
    find(monkeypatch, (no_family, address), (socket.AF_INET, refuses), (socket.AF_INET, address))

    with dial(to(address[1], "two.example")) as sock:
        assert sock.getpeername() == address


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 70, "a..b"])
def test_a_host_without_an_address(host: str) -> None:
    with pytest.raises(NameResolutionError):
        dial(to(80, host))


def test_the_name_is_looked_up_with_its_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def look_up(host: str, *_: object) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(NameResolutionError):
        dial(to(80, "api.example."))

    assert asked == ["api.example."]


def test_a_port_that_refuses() -> None:
    with pytest.raises(NewConnectionError) as raised:
        dial(to(free_port()))

    cause = raised.value.__cause__
    assert isinstance(cause, ConnectionRefusedError)
    assert cause.errno == errno.ECONNREFUSED


def test_a_port_that_does_not_answer(full: int) -> None:
    with pytest.raises(ConnectTimeoutError):
        dial(to(full, timeout=0.05))


class TestEnd:
    def test_while_it_waits(self, full: int, monkeypatch: pytest.MonkeyPatch) -> None:
        find(monkeypatch, *[(socket.AF_INET, ("127.0.0.1", full))] * 3)
        started = time.monotonic()
        with Call() as call:
            timer = threading.Timer(0.1, call.stop)
            timer.start()
            # the other addresses are not tried
            with pytest.raises(NewConnectionError) as raised:
                dial(to(full))
            timer.join()

        assert isinstance(raised.value.__cause__, ConnectionAbortedError)
        assert time.monotonic() - started < LONG / 2

    def test_before_it_begins(self, full: int) -> None:
        started = time.monotonic()
        with Call() as call:
            call.stop()
            with pytest.raises(NewConnectionError):
                dial(to(full))

        assert time.monotonic() - started < LONG / 2
