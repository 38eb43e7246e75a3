"""Carries requests to an API server.

client-go: ``k8s.io/client-go/transport`` and ``http.Client``.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qsl, urljoin, urlsplit
from weakref import WeakSet

from urllib3 import BaseHTTPResponse, HTTPHeaderDict, Timeout

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Closing
from kubewright.errors import (
    ConfigError,
    KubeError,
    RequestTimeoutError,
    StoppedError,
    TransportError,
)
from kubewright.rest.adapter import CaFile, ClusterAdapter
from kubewright.rest.config import Config, without_password
from kubewright.rest.credentials import ClientCertificate, Credentials
from kubewright.rest.dialing import Call
from kubewright.rest.failures import pool_was_closed, transport_error
from kubewright.rest.headers import authorization, constant_headers
from kubewright.rest.pools import own_connection
from kubewright.rest.proxies import proxy_for
from kubewright.rest.request import Request
from kubewright.rest.streams import HttpStream
from kubewright.rest.tls import client_context

__all__ = ["Dialed", "RequestsTransport", "Response", "Stream", "Transport", "dial"]

logger = logging.getLogger("kubewright.rest")

_MAX_REDIRECTS = 10
_LONG = 1 << 16
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer, whatever its status; header names match in any case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


class Stream(Protocol):
    """An open answer, read by one thread; any thread may close it."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names match in any case."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield bytes as they arrive; end quietly when closed. Raises `TransportError`."""
        ...

    def lines(self) -> Iterator[bytes]:
        """Yield lines without their newline as each is complete. Raises `TransportError`."""
        ...

    def read(self) -> bytes:
        """Return all that is left. Raises `TransportError`."""
        ...

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        """Change how long a silence may be, in seconds; for the thread that reads.

        ``before_read`` is called before each read of the connection; what it raises ends the stream.
        """
        ...

    def close(self) -> None:
        """End the answer and wake its reader within a moment; never raises."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Transport(Protocol):
    """Carries requests to an API server, real or fake; used by many threads at once."""

    def send(self, request: Request) -> Response:
        """Send the request and read the whole answer, of any status.

        Raises:
            TransportError: if no complete answer came.
        """
        ...

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Send the request and return the answer once its headers are there.

        Args:
            request: its ``timeout`` counts until the headers.
            read_timeout: the longest silence between bytes, in seconds.

        Raises:
            TransportError: if no headers came.
        """
        ...

    def close(self) -> None:
        """Give up all connections and end open streams."""
        ...


def dial(transport: Transport, request: Request) -> Dialed:
    """Open a connection of the caller's own, where the transport has such.

    Raises:
        TransportError: there is no connection, or the transport has none, as that of a fake.
    """
    own: Callable[[Request], Dialed] | None = getattr(transport, "dial", None)
    if own is None:
        raise TransportError(
            f"{request.path}: {transport!r} carries no streams both ways", may_have_reached=False
        )
    return own(request)


@dataclass(frozen=True, slots=True)
class Dialed:
    """A connection to the server, with TLS, and what to say first.

    Attributes:
        sock: the caller's own.
        target: host, path and query of the request.
        headers: those of the request, credentials included.
        server: its name for messages.
        refresh: to call after a 401; whether the request is worth sending once more.
        closed: stopped when the client is closed.
    """

    sock: socket.socket
    target: str
    headers: list[tuple[str, str]] = field(repr=False)
    server: str
    refresh: Callable[[], bool]
    closed: StopToken


class RequestsTransport(Closing):
    """Carries requests over HTTP, with the TLS, proxy and credentials of a `Config` alone."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock = SYSTEM_CLOCK,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Prepare connections; nothing is sent yet.

        Args:
            config: what to connect to.
            clock: measures timeouts.
            environment: where proxies are looked up, once.

        Raises:
            ConfigError: if the CA, the proxy or a header of the config cannot be used.
        """
        self._config = config
        self._clock = clock
        self._base = config.url
        self._proxy = proxy_for(self._base, config.proxy_url, environment)
        self._server = urlsplit(self._base).netloc
        if self._proxy is not None:
            self._server += f" (through {without_password(self._proxy)})"
        self._constant_headers = constant_headers(config)
        self._lock = threading.Lock()
        self._ca = CaFile(config.ca_file if config.ca_data is None else None, clock)
        self._channel = self._new_channel(None)
        self._streams: WeakSet[HttpStream] = WeakSet()
        self._closed = StopToken()

    def send(self, request: Request) -> Response:
        """Send the request and read the whole answer, of any status.

        A 401 makes the credentials be renewed, and the request be sent once more if there are
        others. Redirects are followed for GET on the same server only, so that no credential goes
        elsewhere.

        Raises:
            TransportError: if no complete answer came.
            ConfigError: if there are no usable credentials.
        """
        deadline = None
        if request.timeout is not None:
            deadline = self._clock.monotonic() + request.timeout
        with self._open(request, deadline=deadline) as stream, self._ending(request, stream.close):
            body = stream.read()
            if self._is_stopped(request):
                raise self._stopped(request)
            return Response(stream.status, stream.headers, body)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> HttpStream:
        """Send the request and return the answer once its headers are there.

        Args:
            request: its ``timeout`` counts until the headers.
            read_timeout: the longest silence between bytes, in seconds.

        Raises:
            TransportError: if no headers came.
            ConfigError: if there are no usable credentials.
        """
        stream = self._open(request, read_timeout=read_timeout)
        self._streams.add(stream)
        if request.stop is not None:
            stream.when_closed(request.stop.on_stop(stream.close))
        if self._closed.is_stopped:
            stream.close()
        return stream

    def dial(self, request: Request) -> Dialed:
        """Open a connection of the caller's own, over which it sends the request by itself.

        Args:
            request: its ``timeout`` counts until there is a connection.

        Raises:
            TransportError: there is no connection.
            ConfigError: if there are no usable credentials, or the proxy cannot carry it.
        """
        if self._is_stopped(request):
            raise self._stopped(request)
        credentials = self._config.credentials.current()
        adapter = self._adapter_for(credentials.certificate)
        headers = self._headers(request, authorization(credentials))
        timeout = min(request.timeout or self._config.connect_timeout, self._config.connect_timeout)
        url = urlsplit(self._base)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            with Call() as call, self._ending(request, call.stop):
                sock = own_connection(adapter.pool, url.hostname or "", port, timeout)
        except Exception as error:  # whatever it is, it must not leave as what it is
            failure = error
        else:
            target = f"{url.netloc}{url.path}{request.target}"
            return Dialed(
                sock,
                target,
                list(headers.iteritems()),
                self._server,
                partial(self._config.credentials.refresh, credentials),
                self._closed,
            )
        if self._is_stopped(request):
            raise self._stopped(request)
        raise transport_error(failure, self._server, doing=f"{request.method} {request.path}")

    def close(self) -> None:
        """Give up all connections, and end open streams and calls that are on their way."""
        self._closed.stop()
        for stream in list(self._streams):
            stream.close()
        with self._lock:
            self._channel.adapter.close()

    def __repr__(self) -> str:
        return f"RequestsTransport({self._base!r})"

    def _open(
        self,
        request: Request,
        *,
        read_timeout: float | None = None,
        deadline: float | None = None,
    ) -> HttpStream:
        headers_by = deadline
        if headers_by is None and request.timeout is not None:
            headers_by = self._clock.monotonic() + request.timeout
        own_authorization = any(name.lower() == "authorization" for name in request.headers)
        replayed = False
        redirects = 0
        while True:
            credentials = self._config.credentials.current()
            raw = self._exchange(request, credentials, headers_by, own_authorization)
            stream = HttpStream(
                raw,
                server=self._server,
                doing=f"{request.method} {request.path}",
                clock=self._clock,
                read_timeout=read_timeout,
                deadline=deadline,
            )
            if raw.status == 401 and not replayed and not own_authorization:
                replayed = True
                if self._config.credentials.refresh(credentials):
                    _discard(stream)
                    continue
            elif raw.status in _REDIRECTS and request.method == "GET":
                target = self._target_here(request, raw.headers.get("Location", ""))
                if target is not None and redirects < _MAX_REDIRECTS:
                    redirects += 1
                    request = target
                    _discard(stream)
                    continue
            return stream

    def _exchange(
        self,
        request: Request,
        credentials: Credentials,
        headers_by: float | None,
        own_authorization: bool,
    ) -> BaseHTTPResponse:
        if request.stop is not None and request.stop.is_stopped:
            raise self._stopped(request)
        adapter = self._adapter_for(credentials.certificate)
        headers = self._headers(request, None if own_authorization else authorization(credentials))
        timeout = Timeout(connect=self._config.connect_timeout, read=None)
        doing = f"{request.method} {request.path}"
        if headers_by is not None:
            left = headers_by - self._clock.monotonic()
            if left <= 0:
                raise RequestTimeoutError(
                    f"{doing}: no time left to ask {self._server}", may_have_reached=False
                )
            timeout = Timeout(connect=min(left, self._config.connect_timeout), read=left)
        try:
            with Call() as call, self._ending(request, call.stop):
                url = self._base + request.target
                return adapter.exchange(request.method, url, headers, request.body, timeout)
        except Exception as error:  # whatever it is, it must not leave as what it is
            failure = error
        if self._is_stopped(request):
            raise self._stopped(request)
        if pool_was_closed(failure):
            # another thread has just changed the certificate, and nothing was sent
            return self._exchange(request, credentials, headers_by, own_authorization)
        raise transport_error(failure, self._server, doing=doing)

    @contextmanager
    def _ending(self, request: Request, end: Callable[[], None]) -> Generator[None]:
        """Call the function if the request is stopped or the transport closed in the meantime."""
        tokens = (self._closed,) if request.stop is None else (self._closed, request.stop)
        forget = [token.on_stop(end) for token in tokens]
        try:
            yield
        finally:
            for each in forget:
                each()

    def _is_stopped(self, request: Request) -> bool:
        return self._closed.is_stopped or (request.stop is not None and request.stop.is_stopped)

    def _stopped(self, request: Request) -> StoppedError:
        return StoppedError(f"{request.method} {request.path}: stopped before the answer was there")

    def _headers(self, request: Request, authorization: str | None) -> HTTPHeaderDict:
        headers = HTTPHeaderDict(self._constant_headers)
        headers["Accept"] = request.accept
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(request.body or b""))
        if authorization is not None:
            headers["Authorization"] = authorization
        for name, value in request.headers.items():
            headers[name] = value
        return headers

    def _adapter_for(self, certificate: ClientCertificate | None) -> ClusterAdapter:
        """Return the connections that show the certificate; drop those that show another."""
        if self._closed.is_stopped:
            raise StoppedError(f"the client of {self._server} is closed", may_have_reached=False)
        channel = self._channel
        forked = channel.pid != os.getpid()
        if not self._ca.changed() and certificate is channel.certificate and not forked:
            return channel.adapter
        with self._lock:
            old = self._channel
            forked = old.pid != os.getpid()
            if certificate == old.certificate and self._ca.read_at == old.ca_read_at and not forked:
                return old.adapter
            try:
                self._channel = self._new_channel(certificate)
            except ConfigError as error:
                if certificate != old.certificate:
                    raise
                # perhaps it is being written: the one before stays until it has changed again
                logger.warning("%s has changed and cannot be used: %s", self._config.ca_file, error)
                self._channel = replace(old, ca_read_at=self._ca.read_at)
                return old.adapter
        if not forked:  # else they are the parent's
            # connections in use end when they come back, as do those of open streams
            old.adapter.close()
        return self._channel.adapter

    def _new_channel(self, certificate: ClientCertificate | None) -> _Channel:
        context = client_context(self._config, certificate)
        adapter = ClusterAdapter(self._config, self._proxy, context)
        return _Channel(certificate, self._ca.read_at, adapter, os.getpid())

    def _target_here(self, request: Request, location: str) -> Request | None:
        """Return the request that a redirect asks for, if it stays on this server."""
        base = urlsplit(self._base)
        try:
            target = urlsplit(urljoin(self._base + request.path, location))
        except ValueError:
            return None
        if (target.scheme, target.netloc) != (base.scheme, base.netloc) or not location:
            return None
        if not target.path.startswith(f"{base.path}/"):
            return None
        query = parse_qsl(target.query, keep_blank_values=True)
        return replace(request, path=target.path[len(base.path) :], query=query)


@dataclass(frozen=True, slots=True)
class _Channel:
    certificate: ClientCertificate | None
    ca_read_at: float
    adapter: ClusterAdapter
    pid: int  # a process that was forked must not speak on the connections of its parent


def _discard(stream: HttpStream) -> None:
    # a short answer is read to its end, so that the connection can serve the next request
    with stream, suppress(KubeError):
        if int(stream.headers.get("Content-Length", _LONG)) < _LONG:
            stream.read()
