"""Commands in containers, and what is attached to: bytes in, bytes out, an exit code at the end.

Each message of the WebSocket begins with a byte that tells its channel. client-go:
``tools/remotecommand``; KEP-4006 is the WebSocket form of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from kubewright._closing import Closing
from kubewright.errors import (
    ConnectionLostError,
    DecodeError,
    KubeError,
    RequestError,
    StoppedError,
)
from kubewright.meta_v1 import Status
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.streams.websocket import WebSocket, connect

__all__ = ["ExecResult", "OutputStream", "RemoteCommandError", "RemoteSession", "open_session"]

OutputStream = Literal["stdout", "stderr"]

_V5: Final = "v5.channel.k8s.io"
_V4: Final = "v4.channel.k8s.io"
_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE, _CLOSE = 0, 1, 2, 3, 4, 255
_OUTPUT: Final[dict[int, OutputStream]] = {_STDOUT: "stdout", _STDERR: "stderr"}
_CHUNK: Final = 32 * 1024  # the server reads at most this much at a time


class RemoteCommandError(KubeError):
    """The command could not be run, or how it ended is not known; the message is the server's.

    Attributes:
        status: what the server sent.
    """

    def __init__(self, message: str, status: Status) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command ended, and what it wrote; bytes, since only the caller knows their encoding."""

    exit_code: int
    stdout: bytes
    stderr: bytes


def open_session(rest: RESTClient, request: Request) -> RemoteSession:
    """Open the session that a request for exec or attach asks for.

    Raises:
        ApiError: the server refused: there is no such pod, or it may not be.
        TransportError: there is no connection.
    """
    return RemoteSession(connect(rest, request, [_V5, _V4]))


class RemoteSession(Closing):
    r"""A command that runs, or a container that is attached to; a context manager.

    .. code-block:: python

        with pods.open_exec("web", ["sh"], stdin=True) as session:
            session.write(b"date\n")
            session.close_stdin()
            for stream, data in session:
                print(stream, data)
            print(session.exit_code)

    One thread iterates; any may write. Whoever writes much should do it in another thread than
    iterates: a command that waits for its output to be read does not read its input.
    """

    def __init__(self, socket: WebSocket) -> None:
        """Take over an open connection; `open_session` makes one."""
        self._socket = socket
        self._exit_code: int | None = None
        self._failure: KubeError | None = None
        self._over = False

    @property
    def exit_code(self) -> int | None:
        """The exit code; ``None`` as long as the output has not been read to its end."""
        return self._exit_code

    def write(self, data: bytes) -> None:
        """Write to the input of the command.

        Raises:
            TransportError: the session is over.
        """
        view = memoryview(data).cast("B")
        for start in range(0, len(view), _CHUNK):
            self._socket.send(bytes([_STDIN]) + view[start : start + _CHUNK])

    def close_stdin(self) -> None:
        """Tell the command that its input ends here.

        Raises:
            RequestError: the server speaks a protocol without this.
            TransportError: the session is over.
        """
        self._check_input_can_end()
        self._socket.send(bytes([_CLOSE, _STDIN]))

    def resize(self, columns: int, rows: int) -> None:
        """Tell the command the size of its terminal.

        Raises:
            TransportError: the session is over.
        """
        size = json.dumps({"Width": columns, "Height": rows}).encode()
        self._socket.send(bytes([_RESIZE]) + size)

    def read(self, timeout: float | None = None) -> tuple[OutputStream, bytes] | None:
        """Return the next piece of output; ``None`` at its end.

        Args:
            timeout: seconds.

        Raises:
            TimeoutError: nothing came in time.
            RemoteCommandError: the command could not be run.
            TransportError: the connection broke, so that nobody knows how it ended.
        """
        while not self._over:
            message = self._socket.receive(timeout)
            if message is None:
                self._end()
            elif message and message[0] == _ERROR:
                self._note(message[1:])
            elif len(message) > 1 and message[0] in _OUTPUT:
                return _OUTPUT[message[0]], message[1:]
        if self._failure is not None:
            raise self._failure
        return None

    def __iter__(self) -> Iterator[tuple[OutputStream, bytes]]:
        """The output, piece by piece, to its end; see `read`."""
        while (piece := self.read()) is not None:
            yield piece

    def wait(self, timeout: float | None = None) -> int:
        """Read the output to its end, keep none of it, and return the exit code.

        Args:
            timeout: the longest silence, in seconds.

        Raises:
            TimeoutError: nothing came in time.
            RemoteCommandError: the command could not be run.
            TransportError: the connection broke.
        """
        while self.read(timeout) is not None:
            pass
        return self._exit_code or 0

    def communicate(self, data: bytes | None = None, timeout: float | None = None) -> ExecResult:
        """Write all input, read all output, and wait for the end.

        Args:
            data: the input, which ends after it; ``None`` leaves the input alone.
            timeout: the longest silence, in seconds.

        Raises:
            RequestError: the server speaks a protocol in which an input has no end.
            TimeoutError: nothing came in time.
            RemoteCommandError: the command could not be run.
            TransportError: the connection broke.
        """
        writer = None
        if data is not None:
            memoryview(data)  # a text has to fail here, not in the thread that writes
            self._check_input_can_end()
            name = f"kubewright input of {self._socket}"
            writer = threading.Thread(target=self._feed, args=(data,), name=name, daemon=True)
            writer.start()
        try:
            output: dict[OutputStream, list[bytes]] = {"stdout": [], "stderr": []}
            while (piece := self.read(timeout)) is not None:
                output[piece[0]].append(piece[1])
        finally:
            self.close()
            if writer is not None:
                writer.join()
        stdout, stderr = (b"".join(pieces) for pieces in output.values())
        return ExecResult(self._exit_code or 0, stdout, stderr)

    def close(self) -> None:
        """End the session and wake whoever waits; what runs may go on. Never raises."""
        self._socket.close()

    def _check_input_can_end(self) -> None:
        if self._socket.protocol != _V5:
            raise RequestError(f"{self._socket}: the server cannot close the input of a command")

    def _feed(self, data: bytes) -> None:
        try:
            self.write(data)
            self.close_stdin()
        except (ConnectionLostError, StoppedError):
            pass  # the command ended without reading everything; the reader tells how

    def _note(self, data: bytes) -> None:
        """Take the status that tells how the command ended."""
        try:
            status = Status.from_json(data)
        except DecodeError:
            status = Status(status="Failure", message=data.decode(errors="replace"))
        if status.status == "Success":
            self._exit_code = 0
            return
        code = _exit_code(status)
        if code is None:
            self._failure = RemoteCommandError(status.message or "the command failed", status)
        else:
            self._exit_code = code

    def _end(self) -> None:
        self._over = True
        if self._exit_code is None and self._failure is None:
            self._failure = ConnectionLostError(f"{self._socket}: it ended and nobody said how")


def _exit_code(status: Status) -> int | None:
    if status.reason != "NonZeroExitCode":
        return None
    for cause in status.details.causes:
        if cause.reason == "ExitCode" and cause.message.isdecimal():
            return int(cause.message)
    return None
