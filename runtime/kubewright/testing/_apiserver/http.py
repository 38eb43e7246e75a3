"""HTTP/1.1 on one side, requests and streams of the transport seam on the other.

apiserver: ``server/filters``, ``endpoints/handlers/watch.go``.
"""

from __future__ import annotations

import logging
import re
import selectors
import socket
import socketserver
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec

from kubewright._clock import StopToken
from kubewright.errors import KubeError
from kubewright.rest.request import Method, Request
from kubewright.rest.transport import Stream, Transport
from kubewright.testing._apiserver.failures import (
    RefusedRequest,
    bad_request,
    internal_error,
    too_large_body,
)
from kubewright.testing._apiserver.streams import AnswerStream

__all__ = ["Listener"]

logger = logging.getLogger("kubewright.testing")

_LARGEST_BODY: Final = 3 * 1024 * 1024
_LARGEST_DROPPED: Final = 64 * 1024 * 1024
_MOST_DIGITS: Final = 4000
_LONGEST_DROP: Final = 1.0  # seconds of silence
_CHUNK: Final = 64 * 1024
_LONGEST_CHUNK_LINE: Final = 1024
_POLL: Final = 0.05  # seconds until a stop is noticed, or that the client of a watch is gone
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")
_JSON: Final = "application/json"
_JSON_HEADERS: Final = {"Content-Type": _JSON}


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Accepts connections, each with a thread of its own, and knows all that are open."""

    allow_reuse_address = True
    daemon_threads = False  # `close` waits for them
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], transport: Transport) -> None:
        """Listen.

        Raises:
            OSError: the port is not to be had.
        """
        self.transport = transport
        self.stop = StopToken()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._streams: dict[socket.socket, Stream] = {}
        super().__init__(address, _Handler)

    def serve(self) -> None:
        """Accept until `close`."""
        self.serve_forever(poll_interval=_POLL)

    def close(self) -> None:
        """Stop accepting, end all connections and wait for their threads."""
        self.shutdown()
        self.stop.stop()
        with self._lock:
            streams = list(self._streams.values())
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for stream in streams:
            stream.close()
        self.server_close()

    @contextmanager
    def followed(self, connection: socket.socket, stream: Stream) -> Generator[None]:
        """Close the stream when the client of the connection is gone, meanwhile."""
        with self._lock:
            self._streams[connection] = stream
        try:
            if self.stop.is_stopped:
                stream.close()
            yield
        finally:
            with self._lock:
                del self._streams[connection]

    def service_actions(self) -> None:
        """Look whether clients of streams are still there; the base class calls it all the time."""
        with self._lock:
            gone = [stream for connection, stream in self._streams.items() if _is_left(connection)]
        for stream in gone:
            stream.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a new connection to a thread."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what nobody expected; that clients leave is none of it."""
        logger.debug("connection of %s", client_address, exc_info=True)  # noqa: LOG014


def _is_left(connection: socket.socket) -> bool:
    """Whether the other side has closed; what else comes in during a stream is the next request."""
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(0)) and not connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, and writes what the transport answers."""

    protocol_version = "HTTP/1.1"
    server_version = "kubewright"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer with its headers in one packet

    def __getattr__(self, name: str) -> Any:
        # the base class looks for do_GET and the like; every method is answered alike
        if name.startswith("do_"):
            return self._do
        raise AttributeError(name)

    @property
    def _listener(self) -> Listener:
        return cast("Listener", self.server)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log for whoever wants it, and not to standard error."""
        logger.debug(format, *args)

    def _do(self) -> None:
        self._is_streaming = False
        try:
            request = self._request()
        except RefusedRequest as refused:
            self.close_connection = True  # the rest of the body was not read
            self._answer(refused.code, _JSON_HEADERS, msgspec.json.encode(refused.body))
            return
        try:
            with self._listener.transport.stream(request) as stream:
                self._answer_with(stream)
        except (KubeError, ConnectionError, TimeoutError):
            # a fault on purpose, or a client that left; neither gets an orderly end
            self.close_connection = True
            logger.debug("%s ended", self.requestline, exc_info=True)
        except Exception as error:
            logger.exception("%s failed", self.requestline)
            self.close_connection = True
            if self._is_streaming:
                return  # in the middle of an answer there is no room for another
            body = internal_error(f"Internal error occurred: {type(error).__name__}: {error}").body
            self._answer(500, _JSON_HEADERS, msgspec.json.encode(body))

    def _request(self) -> Request:
        try:
            url = urlsplit(self.path)
        except ValueError as error:
            raise bad_request(f"bad request target: {error}") from error
        headers = dict(self.headers.items())
        lower = {name.lower(): value for name, value in headers.items()}
        body = self._body(lower)
        return Request(
            cast("Method", self.command),  # any other is refused by the server behind
            url.path,
            parse_qsl(url.query, keep_blank_values=True),
            body or None,
            lower.get("content-type", _JSON),
            lower.get("accept", "*/*"),
            headers=headers,
        )

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal()):
            raise bad_request(f"bad Content-Length {text!r}")
        size = int(text[:_MOST_DIGITS])  # Python does not read very long numbers
        if size > _LARGEST_BODY:
            self._drop(min(size, _LARGEST_DROPPED))
            raise too_large_body(_LARGEST_BODY)
        return self._read(size)

    def _read(self, size: int) -> bytes:
        """Read so many bytes; a part is never taken for the whole: none would delete, too."""
        body = self.rfile.read(size)
        if len(body) < size:
            raise bad_request("unexpected EOF")
        return body

    def _drop(self, size: int) -> None:
        """Read what is not wanted: who still writes would see no answer, but a broken connection."""
        self.connection.settimeout(_LONGEST_DROP)
        with suppress(TimeoutError):
            while size > 0 and (part := self.rfile.read(min(size, _CHUNK))):
                size -= len(part)
        self.connection.settimeout(None)

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            line = self.rfile.readline(_LONGEST_CHUNK_LINE)
            digits = line.partition(b";")[0].strip()
            if not _HEX.fullmatch(digits):
                raise bad_request("malformed chunked encoding")
            size = int(digits, 16)
            total += size
            if total > _LARGEST_BODY:
                raise too_large_body(_LARGEST_BODY)
            if size == 0:
                while self.rfile.readline(_LONGEST_CHUNK_LINE).strip():
                    pass  # trailers
                return
            yield self._read(size)
            self.rfile.readline(_LONGEST_CHUNK_LINE)

    def _answer_with(self, stream: Stream) -> None:
        if isinstance(stream, AnswerStream):
            self._answer(stream.status, stream.headers, stream.read())
            return
        self._is_streaming = True
        self._head(stream.status, stream.headers)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        with self._listener.followed(self.connection, stream):
            for chunk in stream.chunks():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self._head(status, headers)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        if "Cache-Control" not in headers:
            self.send_header("Cache-Control", "no-cache, private")
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
