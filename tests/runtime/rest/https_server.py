"""A real HTTP or HTTPS server and a proxy on loopback, which answer as a test says."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = Callable[["Exchange"], None]


@dataclass
class Seen:
    """One request that came."""

    method: str
    path: str
    headers: Message
    body: bytes
    client: tuple[str, int]
    peer: dict[str, Any] | None = None


class Exchange(BaseHTTPRequestHandler):
    """One request, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    seen: Seen

    @property
    def owner(self) -> Server:
        assert isinstance(self.server, _Server)
        return self.server.owner

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        peer: Any = None
        if isinstance(self.connection, ssl.SSLSocket):
            peer = self.connection.getpeercert()
        self.seen = Seen(self.command, self.path, self.headers, body, self.client_address[:2], peer)
        self.owner.requests.append(self.seen)
        self.owner.answer(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815

    def reply(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        """Answer with a body and its length; ``_`` in header names means ``-``."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def start_chunks(self, **headers: str) -> None:
        """Send the headers of a chunked answer."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one ends the answer."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: Server
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        # the handshake belongs to the thread of the connection, and a failed one is no news
        with suppress(OSError):
            if self.tls is not None:
                request = self.tls.wrap_socket(request, server_side=True)
            self.owner.connections += 1
            try:
                with request:
                    super().finish_request(request, client_address)
            finally:
                self.owner.gone.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


def _say_hello(exchange: Exchange) -> None:
    exchange.reply(body=b'{"kind":"Pod"}')


@dataclass
class Server:
    """What the server has seen, and how it answers."""

    url: str = ""
    port: int = 0
    answer: Answer = _say_hello
    requests: list[Seen] = field(default_factory=list[Seen])
    names: list[str | None] = field(default_factory=list[str | None])
    connections: int = 0
    # counts connections that have ended
    gone: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    # set at the end of a test, so that an answer that waits for something can end
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def last(self) -> Seen:
        return self.requests[-1]


@contextmanager
def serve(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Generator[Server]:
    """Serve until the context ends."""
    with _Server((host, 0), Exchange) as http:
        port = http.server_address[1]
        server = Server(f"{'https' if tls else 'http'}://{host}:{port}", port)
        http.owner, http.tls = server, tls
        if tls is not None:

            def remember(_socket: Any, name: str | None, _context: Any) -> None:
                server.names.append(name)

            tls.sni_callback = remember
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            http.shutdown()
            thread.join()


@contextmanager
def connect_proxy(tls: ssl.SSLContext | None = None, auth: str = "") -> Generator[Server]:
    """Run a proxy that tunnels CONNECT and forwards plain requests; it remembers them."""

    class Proxy(Exchange):
        def do_CONNECT(self) -> None:
            self.owner.requests.append(
                Seen("CONNECT", self.path, self.headers, b"", self.client_address[:2])
            )
            if auth and self.headers.get("Proxy-Authorization") != auth:
                self.send_error(407)
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port))) as upstream:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=pump, args=(upstream, self.connection), daemon=True)
                back.start()
                pump(self.connection, upstream)
                back.join()
            self.close_connection = True

    def forward(exchange: Exchange) -> None:
        target = urlsplit(exchange.path)
        exchange.reply(body=f'{{"forwarded":"{target.netloc}"}}'.encode())

    with _Server(("127.0.0.1", 0), Proxy) as http:
        port = http.server_address[1]
        scheme = "https" if tls else "http"
        server = Server(f"{scheme}://127.0.0.1:{port}", port, forward)
        http.owner, http.tls = server, tls
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            socket.socket.shutdown(each, socket.SHUT_RDWR)
