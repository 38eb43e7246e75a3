"""An answer that is read while it comes.

A watch is such an answer: it says nothing for minutes, must be handed on the moment something
comes, and must end at once when another thread says so. client-go: ``streamwatcher.go`` over
``http.Response.Body``.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from urllib3 import BaseHTTPResponse

from kubewright._clock import Clock
from kubewright._closing import Closing
from kubewright.errors import RequestTimeoutError
from kubewright.rest.chunked import READ_SIZE, chunked_body_of
from kubewright.rest.dialing import shut_down
from kubewright.rest.failures import transport_error

__all__ = ["HttpStream", "split_lines"]


class HttpStream(Closing):
    """The open answer to one request, read by one thread; any thread may close it."""

    def __init__(
        self,
        raw: BaseHTTPResponse,
        *,
        server: str,
        doing: str,
        clock: Clock,
        read_timeout: float | None = None,
        deadline: float | None = None,
    ) -> None:
        """Take over the connection of an answer whose headers are read.

        Args:
            raw: the answer.
            server: its name for messages.
            doing: the request for messages.
            clock: measures the deadline.
            read_timeout: the longest silence, in seconds.
            deadline: when the whole answer must be there, by the clock.
        """
        self.status = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self._raw = raw
        self._chunked = chunked_body_of(raw, self._arm)
        self._where = (server, doing)
        self._clock = clock
        self._deadline = deadline
        self._before_read: Callable[[], object] | None = None
        self._wire = _socket_of(raw)
        self._reading = threading.Lock()
        self._closed = False
        self._disposed = False
        self._on_close: Callable[[], None] | None = None
        if deadline is None:
            # until now the time of the headers counted
            self.set_read_timeout(read_timeout)

    def chunks(self) -> Iterator[bytes]:
        """Yield bytes as they arrive, decompressed; end quietly when closed.

        Raises:
            TransportError: on silence for too long, or if the answer breaks off.
        """
        while data := self._read():
            yield data

    def lines(self) -> Iterator[bytes]:
        """Yield lines without their newline, as soon as each is complete; skip empty ones.

        Raises:
            TransportError: as `chunks`.
        """
        return split_lines(self.chunks())

    def read(self) -> bytes:
        """Return all that is left of the answer, decompressed.

        Raises:
            TransportError: as `chunks`.
        """
        if self._deadline is None:
            return self._read(whole=True)
        return b"".join(self.chunks())

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        """Change how long a silence may be; for the thread that reads.

        Args:
            seconds: the longest silence; ``None`` for any.
            before_read: called before each read of the connection, however little the one before
                gave; what it raises ends the stream.
        """
        self._before_read = before_read
        if self._wire is not None:
            with suppress(OSError):
                self._wire.settimeout(seconds)

    def close(self) -> None:
        """Give the connection up and wake the thread that reads; never raises."""
        self._closed = True
        # a connection that went back to the pool may serve somebody else by now
        if getattr(self._raw, "connection", None) is not None:
            shut_down(self._wire)
        with self._reading:
            self._dispose()

    def _read(self, *, whole: bool = False) -> bytes:
        failure: Exception | None = None
        data = b""
        with self._reading:
            if self._closed:
                return b""
            try:
                data = self._read_raw(whole)
            except Exception as error:  # whatever it is, it must not leave as what it is
                failure = error
            if self._closed:
                return b""
            if failure is not None or whole or not data:
                self._closed = True
                self._dispose()
        if failure is not None:
            server, doing = self._where
            raise transport_error(failure, server, doing=doing)
        return data

    def _read_raw(self, whole: bool) -> bytes:
        if self._chunked is not None and not whole:
            return self._chunked.read()
        self._arm()
        if whole:
            return self._raw.read(decode_content=True)
        return self._raw.read1(READ_SIZE, decode_content=True)

    def _arm(self) -> None:
        if self._before_read is not None:
            self._before_read()
        if self._deadline is None:
            return
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise RequestTimeoutError(f"{self._where[1]}: no answer from {self._where[0]} in time")
        if self._wire is not None:
            self._wire.settimeout(left)

    def _dispose(self) -> None:
        # after a complete answer the connection is back in the pool, and this does nothing
        with suppress(Exception):
            connection: Any = getattr(self._raw, "connection", None)
            self._raw.close()
            if connection is not None:
                connection.close()
        self._disposed = True
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def when_closed(self, callback: Callable[[], None]) -> None:
        """Call the function once when the stream has ended, for whatever reason."""
        with self._reading:
            if not self._disposed:
                self._on_close = callback
                return
        callback()

    def __repr__(self) -> str:
        return f"<HttpStream {self._where[1]} -> {self.status}>"


def split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut chunks of any size into lines; the last needs no newline."""
    parts: list[bytes] = []
    for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        if not rest:
            parts.append(first)
            continue
        # joined once for each line: adding up what has come would be quadratic in long lines
        parts.append(first)
        line = b"".join(parts)
        if line:
            yield line
        last = rest.pop()
        yield from filter(None, rest)
        parts = [last] if last else []
    if line := b"".join(parts):
        yield line


def _socket_of(raw: BaseHTTPResponse) -> socket.socket | None:
    connection: Any = getattr(raw, "connection", None)
    found: Any = getattr(connection, "sock", None)
    if found is None:
        # http.client lets go of the socket when the answer ends with the connection
        found = raw
        for name in ("_fp", "fp", "raw", "_sock"):
            found = getattr(found, name, None)
    # TLS within TLS, through an https proxy, is an object around the socket
    if not isinstance(found, socket.socket):
        found = getattr(found, "socket", None)
    return found if isinstance(found, socket.socket) else None
