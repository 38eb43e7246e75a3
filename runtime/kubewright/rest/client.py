"""The client of one API server: requests in, answers or typed errors out.

client-go: ``rest.RESTClient``, ``rest/with_retry.go``.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from kubewright._backoff import jittered
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Closing
from kubewright.errors import (
    ApiError,
    ConnectionLostError,
    KubeError,
    retry_after_of,
)
from kubewright.rest.config import Config
from kubewright.rest.request import Request, Subject
from kubewright.rest.transport import Dialed, RequestsTransport, Response, Stream, Transport, dial
from kubewright.rest.warnings import LogWarnings, WarningHandler, parse_warnings

__all__ = ["RESTClient"]

logger = logging.getLogger("kubewright.rest")

T = TypeVar("T", Response, Stream)

# as client-go does; the first part of a second is spread, so that not all come back at once
_LOST_CONNECTION_WAIT = 1.0
_LONGEST_ASKED = 3600  # seconds; a server that asks for more does not mean it
_JITTER = 0.2


class RESTClient(Closing):
    """Sends requests, again where that is safe, and turns failures into `ApiError`.

    Sent again are: any request that the server answered with 429 or 5xx and a ``Retry-After`` in
    seconds, after that time; and a GET whose connection was lost, after about a second. Nothing
    else is: what a lost POST did, only the caller can find out.

    Attributes:
        namespace: where namespaced calls go that do not name another.
        server: the URL of the server; empty where there is none, as with a fake.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        max_retries: int = 10,
        timeout: float | None = None,
        warning_handler: WarningHandler | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
        namespace: str = "default",
        server: str = "",
        protobuf: bool = False,
    ) -> None:
        """Make a client over a transport, real or fake.

        Args:
            transport: closed together with the client.
            max_retries: how often one request may be sent again.
            timeout: seconds for a whole call that says nothing else, retries included.
            warning_handler: gets each warning of the server; without one they are logged once.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
            namespace: see above.
            server: see above.
            protobuf: read and write built-in kinds in protobuf, see `Config`.
        """
        self.namespace = namespace
        self.server = server
        self._transport = self._carrier = transport
        if protobuf:
            from kubewright.rest.negotiation import ProtobufTransport

            self._carrier = ProtobufTransport(transport)
        self._max_retries = max_retries
        self._timeout = timeout
        self._warn: WarningHandler = warning_handler or LogWarnings()
        self._clock = clock
        self._rand = rand
        self._closed = StopToken()

    @classmethod
    def for_config(
        cls,
        config: Config,
        *,
        warning_handler: WarningHandler | None = None,
        wrap: Sequence[Callable[[Transport], Transport]] = (),
    ) -> RESTClient:
        """Make a client that speaks HTTP as the config says; nothing is sent yet.

        Args:
            config: what to connect to.
            warning_handler: gets each warning of the server.
            wrap: each makes another transport of the one before, such as one that measures.

        Raises:
            ConfigError: if the CA, the proxy or a header of the config cannot be used.
        """
        transport: Transport = RequestsTransport(config)
        for each in wrap:
            transport = each(transport)
        return cls(
            transport,
            max_retries=config.max_retries,
            timeout=config.timeout,
            warning_handler=warning_handler,
            namespace=config.namespace,
            server=config.url,
            protobuf=config.protobuf,
        )

    @property
    def transport(self) -> Transport:
        """What carries the requests."""
        return self._transport

    def send(self, request: Request, *, stop: StopToken | None = None) -> Response:
        """Send the request and return the whole answer.

        Args:
            request: its ``timeout`` counts for all attempts together.
            stop: ends the call and its waits early, as the request's own ``stop`` does.

        Raises:
            ApiError: the server answered with anything but 2xx.
            TransportError: no complete answer came.
        """
        response = self._attempts(_with_stop(request, stop), self._carrier.send)
        if not 200 <= response.status <= 299:
            raise _api_error(request, response)
        return response

    def stream(
        self,
        request: Request,
        *,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Stream:
        """Send the request and return the answer once its headers are there.

        Args:
            request: its ``timeout`` counts until the headers, for all attempts together.
            read_timeout: the longest silence between bytes, in seconds.
            stop: ends attempts and waits, and later the stream, as the request's own ``stop`` does.

        Raises:
            ApiError: the server answered with anything but 2xx.
            TransportError: no headers came.
        """

        def open_stream(attempt: Request) -> Stream:
            return self._carrier.stream(attempt, read_timeout=read_timeout)

        stream = self._attempts(_with_stop(request, stop), open_stream)
        if 200 <= stream.status <= 299:
            return stream
        raise _api_error(request, _read_and_close(stream))

    def dial(self, request: Request) -> Dialed:
        """Open a connection of the caller's own, over which it sends the request by itself.

        Raises:
            TransportError: there is no connection, or the transport has none, as that of a fake.
        """
        return dial(self._transport, request)

    def close(self) -> None:
        """Give up all connections, end open streams and waits."""
        self._closed.stop()
        self._transport.close()

    def __repr__(self) -> str:
        return f"RESTClient({self._transport!r}, namespace={self.namespace!r})"

    def _attempts(self, request: Request, send: Callable[[Request], T]) -> T:
        timeout = self._timeout if request.timeout is None else request.timeout
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        retries = 0
        while True:
            attempt = request
            if deadline is not None:
                attempt = replace(request, timeout=max(deadline - self._clock.monotonic(), 0.0))
            last = retries >= self._max_retries
            retries += 1
            try:
                answer = self._send_once(attempt, send)
            except ConnectionLostError as error:
                wait = jittered(_LOST_CONNECTION_WAIT, _JITTER, rand=self._rand)
                if last or request.method != "GET":
                    raise
                logger.debug(
                    "%s %s: %s; again in %.1f s", request.method, request.path, error, wait
                )
                if not self._wait(wait, deadline, request.stop):
                    raise
                continue
            seconds = _asked_to_wait(answer)
            if seconds is None or last:
                return answer
            logger.debug(
                "%s %s: status %d, again in %d s",
                request.method,
                request.path,
                answer.status,
                seconds,
            )
            if not self._wait(float(seconds), deadline, request.stop):
                return answer
            if not isinstance(answer, Response):
                _read_and_close(answer)

    def _send_once(self, request: Request, send: Callable[[Request], T]) -> T:
        if not logger.isEnabledFor(logging.DEBUG):
            answer = send(request)
        else:
            started = self._clock.monotonic()
            answer = send(request)
            # no headers and no bodies: both may hold what must not be in a log
            logger.debug(
                "%s %s: %d in %.0f ms",
                request.method,
                request.target,
                answer.status,
                (self._clock.monotonic() - started) * 1000,
            )
        if header := answer.headers.get("Warning"):
            for warning in parse_warnings(header):
                try:
                    self._warn(warning)
                except Exception:  # a broken handler must not break the call
                    logger.exception("the warning handler failed")
        return answer

    def _wait(self, seconds: float, deadline: float | None, stop: StopToken | None) -> bool:
        """Wait for the next attempt; return whether there is one."""
        if deadline is not None and self._clock.monotonic() + seconds >= deadline:
            return False
        if stop is None:
            return not self._clock.wait(seconds, self._closed)
        either = StopToken()
        forget = [token.on_stop(either.stop) for token in (stop, self._closed)]
        try:
            return not self._clock.wait(seconds, either)
        finally:
            for each in forget:
                each()


def _with_stop(request: Request, stop: StopToken | None) -> Request:
    return request if stop is None else replace(request, stop=stop)


def _asked_to_wait(answer: Response | Stream) -> int | None:
    if answer.status == 429 or answer.status >= 500:
        asked = retry_after_of(answer.headers)
        return None if asked is None else min(asked, _LONGEST_ASKED)
    return None


def _read_and_close(stream: Stream) -> Response:
    body = b""
    with stream, suppress(KubeError):
        body = stream.read()
    return Response(stream.status, stream.headers, body)


def _api_error(request: Request, response: Response) -> ApiError:
    subject = Subject.of(request.path)
    return ApiError.from_response(
        response.status,
        response.headers,
        response.body,
        verb=request.method,
        group=subject.group,
        resource=subject.resource,
        name=subject.name,
    )
