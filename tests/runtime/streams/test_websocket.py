"""The WebSocket itself, against a server of the library: credentials, refusals, breaks, pings."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request as HandshakeRequest
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve

from kubewright import ForbiddenError, NotFoundError, UnauthorizedError
from kubewright.errors import ConnectionLostError, RefusedError, StoppedError, TransportError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config, Impersonation
from kubewright.rest.credentials import Credentials
from kubewright.rest.request import Request
from kubewright.streams.websocket import WebSocket, connect
from kubewright.testing import FakeCluster

PATH = "/api/v1/namespaces/x/pods/web/exec"


class Rotating:
    """Credentials whose first token is refused."""

    def __init__(self) -> None:
        self.token = "old"

    def current(self) -> Credentials:
        return Credentials(token=self.token)

    def refresh(self, rejected: Credentials) -> bool:
        self.token = "new"
        return rejected.token == "old"


class Peer:
    """A server whose behaviour a test sets; remembers the handshakes."""

    def __init__(self) -> None:
        self.asked: list[Headers] = []
        self.answer: Callable[[HandshakeRequest], Response | None] = lambda _: None
        self.talk: Callable[[ServerConnection], None] = lambda _: None
        self.server: Server = serve(
            self._talk,
            "127.0.0.1",
            0,
            process_request=self._ask,
            select_subprotocol=lambda _, offered: offered[0] if offered else None,
        )
        self.port: int = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def _talk(self, connection: ServerConnection) -> None:
        self.talk(connection)

    def _ask(self, _: ServerConnection, request: HandshakeRequest) -> Response | None:
        self.asked.append(request.headers)
        return self.answer(request)

    def client(self, **options: Any) -> RESTClient:
        return RESTClient.for_config(Config(host=f"http://127.0.0.1:{self.port}/base", **options))

    def open(self, **options: Any) -> WebSocket:
        return connect(self.client(**options), Request("GET", PATH), ["v5.channel.k8s.io"])


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.server.shutdown()
    peer.thread.join()


def refusal(status: int, body: Any) -> Callable[[HandshakeRequest], Response]:
    data = json.dumps(body).encode() if not isinstance(body, bytes) else body
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(data))})
    return lambda _: Response(status, HTTPStatus(status).phrase, headers, data)


def test_the_handshake_says_what_every_request_says(peer: Peer) -> None:
    peer.talk = lambda connection: connection.send(b"hello")
    user = Impersonation(user="u", groups=("a", "b"))
    opened = peer.open(credentials=Rotating(), impersonate=user, user_agent="me/1")
    assert opened.receive(5) == b"hello"
    opened.close()
    (headers,) = peer.asked
    assert headers["Authorization"] == "Bearer old"
    assert headers.get_all("Impersonate-Group") == ["a", "b"]
    assert headers["User-Agent"] == "me/1"
    assert headers["Sec-WebSocket-Protocol"] == "v5.channel.k8s.io"


def test_a_refused_token_is_renewed_once(peer: Peer) -> None:
    def answer(request: HandshakeRequest) -> Response | None:
        if request.headers["Authorization"] == "Bearer old":
            return refusal(401, {"kind": "Status", "status": "Failure", "code": 401})(request)
        return None

    peer.answer = answer
    peer.talk = lambda connection: connection.send(b"in")
    opened = peer.open(credentials=Rotating())
    assert opened.receive(5) == b"in"
    opened.close()
    assert [headers["Authorization"] for headers in peer.asked] == ["Bearer old", "Bearer new"]


def test_a_token_that_stays_refused_is_an_error(peer: Peer) -> None:
    peer.answer = refusal(401, {"kind": "Status", "status": "Failure", "code": 401})
    with pytest.raises(UnauthorizedError):
        peer.open(credentials=Rotating())
    assert len(peer.asked) == 2


def test_a_refusal_is_the_servers_status(peer: Peer) -> None:
    body = {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden"}
    peer.answer = refusal(403, {**body, "message": "no exec for you"})
    with pytest.raises(ForbiddenError, match="no exec for you"):
        peer.open()
    peer.answer = refusal(404, b"no JSON")
    with pytest.raises(NotFoundError) as raised:
        peer.open()
    assert raised.value.status.details.name == "web"


def test_messages_come_whole_and_pings_are_answered(peer: Peer) -> None:
    def talk(connection: ServerConnection) -> None:
        connection.send([b"a" * 100_000, b"b", b""])
        assert connection.ping().wait(5)
        connection.send(b"after the ping")

    peer.talk = talk
    opened = peer.open()
    assert opened.receive(5) == b"a" * 100_000 + b"b"
    assert opened.receive(5) == b"after the ping"
    assert opened.receive(5) is None
    assert opened.receive(5) is None
    with pytest.raises(TransportError):
        opened.send(b"x")
    opened.close()


def test_much_is_sent_while_the_other_side_waits(peer: Peer) -> None:
    received: list[int] = []

    def talk(connection: ServerConnection) -> None:
        time.sleep(0.3)
        received.extend(len(message) for message in connection)

    peer.talk = talk
    opened = peer.open()
    for _ in range(64):
        opened.send(b"x" * 500_000)
    opened.close()
    deadline = time.monotonic() + 10
    while len(received) < 60 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(received) == {500_000}


def test_a_connection_that_breaks_is_lost(peer: Peer) -> None:
    peer.talk = lambda connection: connection.socket.shutdown(socket.SHUT_RDWR)
    opened = peer.open()
    with pytest.raises(ConnectionLostError):
        opened.receive(5)
    opened.close()


def test_silence_is_a_timeout_and_no_end(peer: Peer) -> None:
    go_on = threading.Event()

    def talk(connection: ServerConnection) -> None:
        go_on.wait(5)
        connection.send(b"late")

    peer.talk = talk
    opened = peer.open()
    with pytest.raises(TimeoutError):
        opened.receive(0.1)
    go_on.set()
    assert opened.receive(5) == b"late"
    opened.close()


def test_closing_wakes_the_reader_and_is_for_good(peer: Peer) -> None:
    peer.talk = lambda connection: list(connection).clear()
    opened = peer.open()
    timer = threading.Timer(0.2, opened.close)
    timer.start()
    started = time.monotonic()
    with pytest.raises(StoppedError):
        opened.receive()
    assert time.monotonic() - started < 2
    timer.join()
    opened.close()
    with pytest.raises(StoppedError):
        opened.send(b"x")


def switched(request: bytes, protocol: str) -> bytes:
    """The answer that agrees to a WebSocket of a protocol."""
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
    assert key is not None
    digest = hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        f"Sec-WebSocket-Protocol: {protocol}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def answering(say: Callable[[bytes], bytes]) -> Generator[RESTClient]:
    """A server that answers one request by one write, and ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve_one() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(say(connection.recv(10_000)))

        thread = threading.Thread(target=serve_one)
        thread.start()
        yield RESTClient.for_config(Config(host=f"http://127.0.0.1:{server.getsockname()[1]}"))
        thread.join()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "chose 'other', which was not offered"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "status 200"),
        (b"no HTTP at all\r\n\r\n", "did not receive a valid HTTP response"),
        (b"", "did not receive a valid HTTP response"),
    ],
)
def test_what_is_no_handshake_is_a_transport_error(answer: bytes | None, message: str) -> None:
    def say(request: bytes) -> bytes:
        return switched(request, "other") if answer is None else answer

    with (
        answering(say) as client,
        pytest.raises(TransportError, match=message),
    ):
        connect(client, Request("GET", PATH), ["v5.channel.k8s.io"])


def test_messages_that_come_with_the_handshakes_answer_count() -> None:
    hello, end = b"\x82\x05hello", b"\x88\x02\x03\xe8"

    with answering(lambda request: switched(request, "v5.channel.k8s.io") + hello + end) as client:
        opened = connect(client, Request("GET", PATH), ["v5.channel.k8s.io"])
        assert opened.receive(5) == b"hello"
        assert opened.receive(5) is None
        opened.close()


def test_nobody_there_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = RESTClient.for_config(Config(host=f"http://127.0.0.1:{port}"))
    with pytest.raises(RefusedError):
        connect(client, Request("GET", PATH), ["v5.channel.k8s.io"])


def test_a_fake_cluster_says_that_it_carries_none() -> None:
    with pytest.raises(TransportError, match="carries no streams"):
        connect(FakeCluster().rest, Request("GET", PATH), ["v5.channel.k8s.io"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubewright.streams.websocket._PING_SECONDS", 0.05)


@contextmanager
def sending_without_end(opened: WebSocket) -> Generator[None]:
    """A thread that sends more than the other side takes."""

    def send() -> None:
        with suppress(TransportError):
            while True:
                opened.send(b"x" * 1_000_000)

    thread = threading.Thread(target=send)
    thread.start()
    while not opened.is_blocked:
        time.sleep(0.01)
    yield
    opened.close()
    thread.join()


@pytest.mark.usefixtures("impatient")
def test_a_reader_has_its_timeout_while_the_other_side_does_not_read(peer: Peer) -> None:
    done = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.close_timeout = 0.1
        done.wait(10)

    peer.talk = talk
    opened = peer.open()
    with sending_without_end(opened):
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            opened.receive(0.5)
        assert time.monotonic() - started < 3
        done.set()


@pytest.mark.usefixtures("impatient")
def test_a_reader_reads_while_the_other_side_does_not(peer: Peer) -> None:
    pieces, piece = 40, b"y" * 1_000_000  # more than fits between the two
    go_on = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.close_timeout = 0.1
        go_on.wait(10)
        for _ in range(pieces):
            connection.send(piece)

    peer.talk = talk
    opened = peer.open()
    with sending_without_end(opened):
        threading.Timer(0.3, go_on.set).start()  # by then a reader has asked for a sign of life
        assert sum(len(opened.receive(10) or b"") for _ in range(pieces)) == pieces * len(piece)


def test_a_message_that_is_too_large_breaks_the_connection(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubewright.streams.websocket._MAX_MESSAGE", 1000)

    def talk(connection: ServerConnection) -> None:
        connection.send(b"small")
        with suppress(OSError):
            while True:  # past the library, which knows that this is over
                connection.socket.sendall(b"\x82\x7e\x07\xd0" + b"x" * 2000)
                time.sleep(0.001)

    peer.talk = talk
    opened = peer.open()
    assert opened.receive(5) == b"small"
    with pytest.raises(ConnectionLostError, match="1000"):
        opened.receive(5)
    opened.close()


def test_a_timeout_of_nothing_reads_what_is_there(peer: Peer) -> None:
    sent = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.send(b"there")
        sent.set()
        connection.recv()

    peer.talk = talk
    opened = peer.open()
    assert sent.wait(5)
    messages: list[bytes | None] = []
    for _ in range(500):  # the network takes a moment
        with suppress(TimeoutError):
            messages.append(opened.receive(0))
            break
        time.sleep(0.01)
    assert messages == [b"there"]
    opened.send(b"done")
    opened.close()


class TakesNoMore:
    """The socket of a peer that can be read, and does not take anything."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, _: bytes) -> int:
        raise BrokenPipeError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def test_what_a_peer_said_counts_though_it_takes_no_answer(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def talk(connection: ServerConnection) -> None:
        asked.wait(5)
        connection.socket.sendall(b"\x89\x00" + b"\x82\x06exit 3")  # a ping and a message

    peer.talk = talk
    opened = peer.open()
    monkeypatch.setattr(opened, "_sock", TakesNoMore(vars(opened)["_sock"]))
    asked.set()
    assert opened.receive(5) == b"exit 3"
    opened.close()
