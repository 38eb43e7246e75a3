"""A WebSocket to the API server, over the TLS, proxy and credentials of its client.

The library `websockets` knows the protocol; reading and writing is done here, so that several
threads can use one connection without a thread of its own. client-go: ``transport/websocket``.
"""

from __future__ import annotations

import selectors
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Final, cast

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, NegotiationError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as HandshakeRequest
from websockets.http11 import Response
from websockets.protocol import Event, State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from kubewright.errors import (
    ApiError,
    ConnectionLostError,
    RequestTimeoutError,
    StoppedError,
    TransportError,
)
from kubewright.rest.client import RESTClient
from kubewright.rest.dialing import shut_down
from kubewright.rest.failures import transport_error
from kubewright.rest.request import Request, Subject
from kubewright.rest.transport import Dialed

__all__ = ["WebSocket", "connect"]

_HANDSHAKE_TIMEOUT: Final = 30.0
_PING_SECONDS: Final = 5.0  # of silence, after which the other side is asked; as client-go does
_DEAD_SECONDS: Final = 61.0  # of silence in spite of that
_MAX_MESSAGE: Final = 64 << 20
_READ_SIZE: Final = 1 << 16
_WRITE_SIZE: Final = 1 << 18
# select() itself cannot have more than 1024 files open
_Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)


def connect(rest: RESTClient, request: Request, protocols: Sequence[str]) -> WebSocket:
    """Open a WebSocket.

    Args:
        rest: the client.
        request: a GET; its ``timeout`` counts until the connection is there.
        protocols: what this side speaks, the best first.

    Raises:
        ApiError: the server refused.
        TransportError: there is no connection.
    """
    dialed = rest.dial(request)
    try:
        return _handshake(request, dialed, protocols)
    except ApiError as error:
        if error.status.code != 401 or not dialed.refresh():
            raise
    return _handshake(request, rest.dial(request), protocols)


def _handshake(request: Request, dialed: Dialed, protocols: Sequence[str]) -> WebSocket:
    uri = parse_uri(f"ws://{dialed.target}")
    protocol = _Protocol(uri, max_size=_MAX_MESSAGE)
    protocol.offered = protocols
    opened = WebSocket(dialed, protocol, f"GET {request.path}")
    try:
        answer = opened.open(request.timeout or _HANDSHAKE_TIMEOUT)
        if answer.status_code < 300 and answer.status_code != 101:
            raise ConnectionLostError(f"{opened}: no WebSocket, but status {answer.status_code}")
        if answer.status_code != 101:
            subject = Subject.of(request.path)
            raise ApiError.from_response(
                answer.status_code,
                dict(answer.headers.raw_items()),
                bytes(answer.body or b""),
                verb=request.method,
                group=subject.group,
                resource=subject.resource,
                name=subject.name,
            )
        if protocol.handshake_exc is not None:
            raise ConnectionLostError(f"{opened}: {protocol.handshake_exc}")
    except BaseException:
        opened.close()
        raise
    return opened


class _Protocol(ClientProtocol):
    """The protocol, with names of subprotocols that are no tokens, as Kubernetes has them."""

    offered: Sequence[str] = ()

    def connect(self) -> HandshakeRequest:
        request = super().connect()
        request.headers["Sec-WebSocket-Protocol"] = ", ".join(self.offered)
        return request

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        chosen = headers.get("Sec-WebSocket-Protocol")
        if chosen is not None and chosen not in self.offered:
            raise NegotiationError(f"the server chose {chosen!r}, which was not offered")
        return None if chosen is None else Subprotocol(chosen)


class WebSocket:
    """An open WebSocket: one thread receives, any may send, and any may close."""

    def __init__(self, dialed: Dialed, protocol: ClientProtocol, doing: str) -> None:
        """Take over a connection; `open` shakes hands.

        Args:
            dialed: the connection.
            protocol: of this side.
            doing: the request, for messages.
        """
        self._sock = dialed.sock
        self._sock.setblocking(False)
        self._server = dialed.server
        self._headers = dialed.headers
        self._protocol = protocol
        self._doing = doing
        self._received: deque[bytes] = deque()
        self._parts: list[bytes] = []
        # SSL objects are not to be read and written at once; a sender keeps its turn over several
        # writes, and lets the reader in between
        self._io = threading.Lock()
        self._turn = threading.Lock()
        self._unsent = bytearray()
        self._closed = False
        self._ended = False
        self._heard_at = time.monotonic()
        self._forget: Callable[[], None] = dialed.closed.on_stop(self._wake)

    @property
    def protocol(self) -> str:
        """The protocol that both sides speak; empty when the server chose none."""
        return self._protocol.subprotocol or ""

    def open(self, timeout: float) -> Response:
        """Shake hands and return the server's answer.

        Raises:
            TransportError: no answer came.
        """
        request = self._protocol.connect()
        own = {name.lower() for name in request.headers}
        for name, value in self._headers:
            if name.lower() not in own:
                request.headers[name] = value  # beside others of that name
        self._protocol.send_request(request)
        self._flush(patient=True)
        deadline = time.monotonic() + timeout
        while True:
            events = iter(self._protocol.events_received())
            for event in events:
                if isinstance(event, Response):
                    self._take(events)  # the first messages may have come with the answer
                    return event
            if isinstance(self._protocol.handshake_exc, InvalidHandshake):
                response = getattr(self._protocol.handshake_exc, "response", None)
                if isinstance(response, Response):
                    return response
                raise ConnectionLostError(f"{self}: {self._protocol.handshake_exc}")
            left = deadline - time.monotonic()
            if left <= 0:
                raise RequestTimeoutError(f"{self}: no answer in time")
            self._fill(left)

    def receive(self, timeout: float | None = None) -> bytes | None:
        """Return the next message; ``None`` when the other side ended the connection in order.

        Args:
            timeout: seconds, 0 for what is there already; the other side is asked for a sign of life
                in any case.

        Raises:
            TimeoutError: nothing came in time.
            TransportError: the connection broke, or this side closed it.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._received:
            if self._closed:
                raise StoppedError(f"{self}: closed")
            broken = self._protocol.parser_exc
            if broken is not None and not isinstance(broken, EOFError):
                # what comes now is read for nothing, and may never end
                raise ConnectionLostError(f"{self}: {broken}")
            if self._ended:
                return None
            wait = _PING_SECONDS
            if deadline is not None:
                wait = min(wait, deadline - time.monotonic())
            if self._fill(wait):
                self._take(self._events())
            elif deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"{self}: nothing came in time")
            elif time.monotonic() - self._heard_at > _DEAD_SECONDS and not self.is_blocked:
                raise ConnectionLostError(f"{self}: the other side does not answer any more")
            elif deadline is None or wait >= _PING_SECONDS:
                self._ask()
        return self._received.popleft()

    def send(self, data: bytes) -> None:
        """Send one message; waits while the other side does not take it.

        Raises:
            TransportError: the connection is broken or closed.
        """
        with self._turn:
            self._say(lambda: self._protocol.send_binary(data), patient=True)

    def send_soon(self, data: bytes) -> None:
        """Send one message while nobody else sends, and wait for nothing; for who receives.

        The other side may want to be read before it reads on. What it does not take at once goes out
        with whatever is sent next.

        Raises:
            TransportError: the connection is broken or closed.
        """
        with self._turn:
            self._say(lambda: self._protocol.send_binary(data), patient=False)

    @property
    def is_blocked(self) -> bool:
        """Whether the other side has not taken all that was sent, so that it cannot answer yet."""
        return bool(self._unsent)

    def close(self) -> None:
        """Give the connection up and wake whoever waits; never raises."""
        self._forget()
        if self._sock.fileno() < 0:
            return
        was_closed, self._closed = self._closed, True
        is_open = not was_closed and not self._ended and self._protocol.state is State.OPEN
        if is_open and not self.is_blocked:
            # said as far as it goes at once: the other side may not read any more
            with suppress(Exception), self._io:
                self._protocol.send_close()
                for data in self._protocol.data_to_send():
                    self._sock.send(data)
        shut_down(self._sock)
        with self._io, suppress(OSError):
            self._sock.close()

    def __str__(self) -> str:
        return f"{self._doing} on {self._server}"

    def _wake(self) -> None:
        self._closed = True
        shut_down(self._sock)

    def _ask(self) -> None:
        """Ask for a sign of life, unless somebody is sending anyway."""
        if self._turn.acquire(blocking=False):
            try:
                self._say(lambda: self._protocol.send_ping(b""), patient=False)
            finally:
                self._turn.release()

    def _say(self, say: Callable[[], None], *, patient: bool) -> None:
        """Say something; for who has the turn."""
        if self._closed:
            raise StoppedError(f"{self}: closed")
        with self._io:
            if self._protocol.state is not State.OPEN:
                raise ConnectionLostError(f"{self}: the other side has ended the connection")
            say()
        self._flush(patient=patient)

    def _flush(self, *, patient: bool) -> None:
        """Write what the protocol has to say; for who has the turn.

        Whoever reads must not be patient: the other side may want to be read first.
        """
        while True:
            with self._io:
                self._unsent += b"".join(self._protocol.data_to_send())
            if not self._unsent:
                return
            sent = self._try(partial(self._sock.send, self._unsent[:_WRITE_SIZE]))
            if sent is not None:
                del self._unsent[:sent]
            elif patient:
                self._wait(EVENT_WRITE, _DEAD_SECONDS)
            else:
                return

    def _fill(self, seconds: float) -> bool:
        """Read what is there, waiting for it that long; return whether something came."""
        read = partial(self._sock.recv, _READ_SIZE)
        data = self._try(read)
        if data is None:
            if not self._wait(EVENT_READ, seconds):
                return False
            data = self._try(read)
            if data is None:
                return False
        self._heard_at = time.monotonic()
        with self._io:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
        if self._protocol.state is State.OPEN:
            # answers to pings; while somebody sends, he sends them too
            if self._turn.acquire(blocking=False):
                try:
                    # a peer that takes no more may have said why: that counts, and is read first
                    with suppress(TransportError):
                        self._flush(patient=False)
                finally:
                    self._turn.release()
        elif not data and not self._closed and self._protocol.close_rcvd is None:
            self._take(self._events())
            self._ended = True
            if self._protocol.handshake_exc is None:
                raise ConnectionLostError(f"{self}: the connection broke off")
        return True

    def _events(self) -> Iterable[Event]:
        with self._io:
            return self._protocol.events_received()

    def _take(self, events: Iterable[Event]) -> None:
        """Put together the messages that came."""
        for event in events:
            frame = cast("Frame", event)
            if frame.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    self._received.append(b"".join(self._parts))
                    self._parts = []
            elif frame.opcode is Opcode.CLOSE:
                self._ended = True
        if self._protocol.state is State.CLOSED:
            self._ended = True

    def _try(self, act: Callable[[], Any]) -> Any:
        """Read or write; ``None`` when that would have to wait."""
        try:
            with self._io:
                return act()
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except (OSError, ValueError) as error:
            failure = error
        if self._closed:
            raise StoppedError(f"{self}: closed")
        if isinstance(failure, ValueError):
            raise ConnectionLostError(f"{self}: closed")
        raise transport_error(failure, self._server, doing=self._doing)

    def _wait(self, event: int, seconds: float) -> bool:
        with _Selector() as selector:
            try:
                selector.register(self._sock, event)
            except ValueError:
                raise StoppedError(f"{self}: closed") from None
            return bool(selector.select(max(seconds, 0)))
