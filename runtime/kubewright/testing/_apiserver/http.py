"""HTTP/1.1 on one side, requests and streams of the transport seam on the other.

apiserver: ``server/filters``, ``endpoints/handlers/watch.go``.
"""

from __future__ import annotations

import logging
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec

from kubewright._clock import StopToken
from kubewright.errors import KubeError, RequestTimeoutError
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
_LONGEST_CHUNK_LINE: Final = 1024
_ACCEPT_POLL: Final = 0.05  # seconds until a stop is noticed
_CLIENT_POLL: Final = 0.2  # seconds until a watch notices that its client is gone
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
        super().__init__(address, _Handler)

    def serve(self) -> None:
        """Accept until `close`."""
        self.serve_forever(poll_interval=_ACCEPT_POLL)

    def close(self) -> None:
        """Stop accepting, end all connections and wait for their threads."""
        self.shutdown()
        self.stop.stop()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

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
    def _transport(self) -> Transport:
        return cast("Listener", self.server).transport

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log for whoever wants it, and not to standard error."""
        logger.debug(format, *args)

    def _do(self) -> None:
        try:
            request = self._request()
        except RefusedRequest as refused:
            self.close_connection = True  # the rest of the body was not read
            self._answer(refused.code, _JSON_HEADERS, msgspec.json.encode(refused.body))
            return
        try:
            with self._transport.stream(request) as stream:
                self._answer_with(stream)
        except (KubeError, ConnectionError, TimeoutError):
            # a fault on purpose, or a client that left; neither gets an orderly end
            self.close_connection = True
            logger.debug("%s ended", self.requestline, exc_info=True)
        except Exception as error:
            logger.exception("%s failed", self.requestline)
            self.close_connection = True
            body = internal_error(f"Internal error occurred: {type(error).__name__}: {error}").body
            self._answer(500, _JSON_HEADERS, msgspec.json.encode(body))

    def _request(self) -> Request:
        url = urlsplit(self.path)
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
        if int(text) > _LARGEST_BODY:
            raise too_large_body(_LARGEST_BODY)
        return self.rfile.read(int(text))

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            line = self.rfile.readline(_LONGEST_CHUNK_LINE)
            try:
                size = int(line.partition(b";")[0], 16)
            except ValueError:
                raise bad_request("malformed chunked encoding") from None
            total += size
            if size < 0 or total > _LARGEST_BODY:
                raise too_large_body(_LARGEST_BODY)
            if size == 0:
                while self.rfile.readline(_LONGEST_CHUNK_LINE).strip():
                    pass  # trailers
                return
            yield self.rfile.read(size)
            self.rfile.readline(_LONGEST_CHUNK_LINE)

    def _answer_with(self, stream: Stream) -> None:
        if isinstance(stream, AnswerStream):
            self._answer(stream.status, stream.headers, stream.read())
            return
        self._head(stream.status, stream.headers)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        while not self._is_left():
            stream.set_read_timeout(_CLIENT_POLL)
            try:
                for chunk in stream.chunks():
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")
                return
            except RequestTimeoutError:
                continue  # nothing happens: time to see whether anybody is still there
        self.close_connection = True

    def _is_left(self) -> bool:
        """Whether the client has closed its side, or this server is about to."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            # what comes in during a watch is the next request, or the end
            return bool(selector.select(0)) and not self.connection.recv(1, socket.MSG_PEEK)

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
