"""Connections to a port of a pod, through the API server.

One WebSocket carries the bytes of a SPDY connection, in which each forwarded connection is a pair
of streams. client-go: ``tools/portforward``; KEP-4006 for the tunnel.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from kubewright._closing import Closing
from kubewright.errors import ConnectionLostError, KubeError, RequestError, StoppedError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.streams.spdy import (
    Ended,
    Event,
    Received,
    Refused,
    SpdyConnection,
    SpdyError,
)
from kubewright.streams.websocket import WebSocket, connect

__all__ = ["PortForward", "open_port_forward"]

logger = logging.getLogger("kubewright.streams")

_PROTOCOL: Final = "SPDY/3.1+portforward.k8s.io"
_READ_SIZE: Final = 1 << 15
_WAITING: Final = 64  # pieces that a slow reader may have in front of it
_BACKLOG: Final = 128
_LAST_PORT: Final = 65535
_SILENCE: Final = 5.0  # seconds, after which the pod's end is asked whether it is there
_PINGS: Final = 4
_PAUSE: Final = 0.5  # seconds, before a connection is accepted again after that failed
_MESSAGE: Final = 2000  # bytes of what the pod's end says of a failure


def open_port_forward(
    rest: RESTClient,
    request: Request,
    port: int,
    *,
    local_port: int | None,
    addresses: Sequence[str],
) -> PortForward:
    """Open the tunnel that a request for port-forward asks for, and listen.

    Raises:
        ApiError: the server refused.
        TransportError: there is no connection.
        RequestError: no local address can be listened on, or there is no such port.
    """
    _check_port("port", port, least=1)
    if local_port is not None:
        _check_port("local_port", local_port, least=0)
    if isinstance(addresses, str):
        raise RequestError(f"the addresses are a list: [{addresses!r}]")
    listeners = _listeners(local_port, addresses)
    try:
        return PortForward(connect(rest, request, [_PROTOCOL]), port, listeners)
    except BaseException:
        for listener in listeners:
            listener.close()
        raise


class PortForward(Closing):
    """A port of a pod; a context manager.

    .. code-block:: python

        with pods.port_forward("web", 8080) as forward:
            requests.get(f"http://127.0.0.1:{forward.local_port}/")

    Each connection to the local port is one to the pod's. `connect` gives one without a local port.
    """

    def __init__(self, tunnel: WebSocket, port: int, listeners: Sequence[socket.socket]) -> None:
        """Take over an open tunnel and sockets that listen; `open_port_forward` makes both."""
        self.port = port
        self._tunnel = tunnel
        self._spdy = SpdyConnection()
        # the order of frames is that of the compression
        self._saying = threading.Lock()
        self._lock = threading.Lock()
        self._pairs: dict[int, _Pair] = {}
        self._listeners = list(listeners)
        self._requests = 0
        self._failure: KubeError | None = None
        self._is_going_away = False
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._receive, name=f"kubewright {tunnel}", daemon=True),
            *(
                threading.Thread(
                    target=self._accept, args=(each,), name=f"kubewright {tunnel}", daemon=True
                )
                for each in self._listeners
            ),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def local_port(self) -> int:
        """The port that is listened on.

        Raises:
            RequestError: none is.
        """
        if not self._listeners:
            raise RequestError("there is no local port: ask for one, or use connect()")
        port: int = self._listeners[0].getsockname()[1]
        return port

    @property
    def failure(self) -> KubeError | None:
        """Why the tunnel broke, if it did."""
        return self._failure

    def connect(self) -> socket.socket:
        """Return a connection to the pod's port, as a socket of the caller's own.

        Raises:
            TransportError: the tunnel is broken or closed.
        """
        mine, others = socket.socketpair()
        try:
            self._serve(others)
        except BaseException:
            mine.close()
            others.close()
            raise
        return mine

    def close(self) -> None:
        """End the tunnel, what goes through it and the listening; never raises."""
        with self._lock:
            self._closed.set()
            pairs = list(self._pairs.values())
        for listener in self._listeners:
            _end(listener)
        self._tunnel.close()
        for pair in pairs:
            pair.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5)
        for listener in self._listeners:
            listener.close()
        for pair in pairs:
            pair.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if self._closed.is_set():
                    return
                logger.warning("a connection cannot be accepted: %s", error)
                self._closed.wait(_PAUSE)  # this process may have too many files open
                continue
            try:
                self._serve(connection)
            except KubeError as error:
                connection.close()
                if not self._closed.is_set():
                    logger.warning("a forwarded connection failed: %s", error)

    def _serve(self, connection: socket.socket) -> None:
        """Carry one connection, in threads of its own."""
        with self._lock:
            if self._closed.is_set() or self._failure is not None:
                raise self._failure or StoppedError("the port-forward is closed")
            if self._is_going_away:
                raise ConnectionLostError(f"{self._tunnel}: the pod's end takes no new connections")
            self._requests += 1
            number = str(self._requests)
        headers = {"port": str(self.port), "requestID": number}
        with self._saying:
            errors, first = self._spdy.open({**headers, "streamType": "error"})
            data, second = self._spdy.open({**headers, "streamType": "data"})
            pair = _Pair(self, connection, errors, data)
            with self._lock:
                self._pairs[errors] = self._pairs[data] = pair
            # this side never says anything on the stream for errors
            self._tunnel.send(first + self._spdy.end(errors) + second)
        pair.start()

    def send(self, stream: int, data: bytes) -> None:
        """Send what a connection has to say; nothing is its end."""
        with self._saying:
            if not data:
                self._tunnel.send(self._spdy.end(stream))
            for frame in self._spdy.data(stream, data):
                self._tunnel.send(frame)

    def reset(self, stream: int) -> None:
        """Give up a stream, as its connection broke."""
        with self._saying:
            self._tunnel.send(self._spdy.reset(stream))

    def forget(self, *streams: int) -> None:
        """Let go of a connection that is over."""
        with self._lock:
            for stream in streams:
                self._pairs.pop(stream, None)

    def _receive(self) -> None:
        try:
            while (data := self._heard()) is not None:
                for event in self._spdy.receive(data):
                    self._hand_on(event)
                self._say_soon(self._spdy.replies)
            raise ConnectionLostError(f"{self._tunnel}: the other side ended the port-forward")
        except (KubeError, SpdyError) as error:
            failure = error
        with self._lock:
            if not self._closed.is_set():
                self._failure = (
                    failure
                    if isinstance(failure, KubeError)
                    else ConnectionLostError(f"{self._tunnel}: {failure}")
                )
            pairs = list(self._pairs.values())
        for pair in pairs:
            pair.close()

    def _heard(self) -> bytes | None:
        """The next piece of the tunnel; the pod's end is asked for a sign of life in silence.

        The API server keeps the tunnel open when the node dies, until something is sent through it.
        """
        asked = 0
        while asked < _PINGS:
            try:
                return self._tunnel.receive(_SILENCE)
            except TimeoutError:
                asked += self._say_soon(self._spdy.ping)
        raise ConnectionLostError(f"{self._tunnel}: the pod's end does not answer any more")

    def _say_soon(self, what: Callable[[], bytes]) -> bool:
        """Say something unless a connection is speaking; return whether it can be answered.

        Who reads must not wait for the pod's end to read: it may want to be read first.
        """
        if not self._saying.acquire(blocking=False):
            return False
        try:
            if said := what():
                self._tunnel.send_soon(said)
        finally:
            self._saying.release()
        return not self._tunnel.is_blocked

    def _hand_on(self, event: Event) -> None:
        if isinstance(event, Refused) and event.stream is None:
            self._is_going_away = True  # no new streams; those that are open go on
            return
        with self._lock:
            pair = self._pairs.get(event.stream or 0)
        if pair is not None:
            pair.take(event)


class _Pair:
    """One connection and its two streams: two threads, one for each direction."""

    def __init__(
        self, owner: PortForward, connection: socket.socket, errors: int, data: int
    ) -> None:
        self._owner = owner
        self._connection = connection
        self._errors = errors
        self._data = data
        self._message = b""
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._over = threading.Event()
        self._left = 2
        self._lock = threading.Lock()
        name = f"kubewright forwarded connection {data}"
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
            for work in (self._read, self._write)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(5)

    def take(self, event: Event) -> None:
        """Take what came for one of the streams; waits while the connection does not take it."""
        match event:
            case Received(self._errors, data):
                self._message = (self._message + data)[:_MESSAGE]
            case Received(_, data):
                self._put(data)
            case Ended(self._errors) if self._message:
                logger.warning(
                    "a forwarded connection failed: %s", self._message.decode(errors="replace")
                )
                self.close()
            case Ended(self._data):
                self._put(None)
            case Refused():
                self.close()
            case _:
                pass

    def close(self) -> None:
        """End the connection, whatever is on its way."""
        self._over.set()
        _end(self._connection)
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def _put(self, data: bytes | None) -> None:
        while not self._over.is_set():
            try:
                self._waiting.put(data, timeout=0.2)
            except queue.Full:
                continue
            return

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._left -= 1
                is_last = not self._left
            if is_last:
                self._connection.close()
                self._owner.forget(self._errors, self._data)

    def _read(self) -> None:
        """From the connection into the stream."""
        try:
            while data := self._connection.recv(_READ_SIZE):
                self._owner.send(self._data, data)
            self._owner.send(self._data, b"")
        except (OSError, KubeError):
            if not self._over.is_set():
                with suppress(KubeError):
                    self._owner.reset(self._data)
            self.close()

    def _write(self) -> None:
        """From the stream into the connection."""
        while (data := self._next()) is not None:
            try:
                self._connection.sendall(data)
            except OSError:
                self.close()
                return
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    def _next(self) -> bytes | None:
        while not self._over.is_set():
            with suppress(queue.Empty):
                return self._waiting.get(timeout=0.2)
        return None


def _check_port(name: str, port: int, *, least: int) -> None:
    if not least <= port <= _LAST_PORT:
        raise RequestError(f"{name} is a number from {least} to {_LAST_PORT}, not {port}")


def _listeners(local_port: int | None, addresses: Sequence[str]) -> list[socket.socket]:
    """Listen on each address; ``localhost`` is both loopbacks, of which one may be missing."""
    if local_port is None:
        return []
    made: list[socket.socket] = []
    failures: list[str] = []
    port = local_port
    try:
        for address in addresses:
            for host, is_needed in _hosts(address):
                try:
                    listener = _listen(host, port)
                except OSError as error:
                    failures.append(f"{host}, port {port}: {error.strerror or error}")
                    if is_needed:
                        raise RequestError(f"cannot listen on {failures[-1]}") from error
                    continue
                made.append(listener)
                port = listener.getsockname()[1]  # the same everywhere
        if not made:
            raise RequestError(f"cannot listen on {'; '.join(failures) or 'no address'}")
    except BaseException:
        for listener in made:
            listener.close()
        raise
    return made


def _hosts(address: str) -> list[tuple[str, bool]]:
    if address == "localhost":
        return [("127.0.0.1", False), ("::1", False)]
    return [(address, True)]


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _end(sock: socket.socket) -> None:
    """Wake whoever waits on a socket."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
