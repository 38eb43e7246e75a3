"""A session with a command, over a WebSocket that a test plays."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubewright.errors import ConnectionLostError, RequestError
from kubewright.streams.remote_command import RemoteSession
from kubewright.streams.websocket import WebSocket


class Socket:
    """Gives messages, then the end."""

    def __init__(self, *messages: bytes, protocol: str = "v5.channel.k8s.io") -> None:
        self.messages = list(messages)
        self.protocol = protocol
        self.sent: list[bytes] = []

    def receive(self, timeout: float | None = None) -> bytes | None:
        assert timeout is None
        return self.messages.pop(0) if self.messages else None

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        """Nothing is open."""


def session(socket: Socket) -> RemoteSession:
    return RemoteSession(cast("WebSocket", socket))


def test_an_end_that_tells_no_exit_code_is_an_error_each_time() -> None:
    opened = session(Socket(b"\x01out"))
    with pytest.raises(ConnectionLostError):
        list(opened)
    with pytest.raises(ConnectionLostError):
        opened.wait()
    assert opened.exit_code is None


def test_channels_that_nobody_knows_and_empty_messages_are_passed_over() -> None:
    socket = Socket(b"", b"\x07odd", b"\x01", b"\x02err", b'\x03{"status":"Success"}')
    assert list(session(socket)) == [("stderr", b"err")]


def test_text_as_input_fails_before_anything_waits() -> None:
    socket = Socket(b'\x03{"status":"Success"}')
    text: Any = "no bytes"
    with pytest.raises(TypeError, match="bytes-like"):
        session(socket).communicate(text)
    assert socket.sent == []


def test_input_for_a_server_that_cannot_end_it_fails_before_anything_waits() -> None:
    socket = Socket(b'\x03{"status":"Success"}', protocol="v4.channel.k8s.io")
    with pytest.raises(RequestError, match="cannot close the input"):
        session(socket).communicate(b"input")
    assert socket.sent == []
