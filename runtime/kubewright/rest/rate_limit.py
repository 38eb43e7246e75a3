"""Slows a client down before the server does.

Off unless asked for: the server's own queues (API priority and fairness) are fairer than a guess
on this side. client-go: ``flowcontrol.NewTokenBucketRateLimiter`` with ``rest.Config.QPS``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._token_bucket import TokenBucket
from kubewright.errors import RequestTimeoutError, StoppedError
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream, Transport
from kubewright.rest.wrapping import WrappedTransport

__all__ = ["rate_limited"]

logger = logging.getLogger("kubewright.rest")

_TOLD = 1.0  # seconds of waiting that are worth a line


def rate_limited(
    qps: float, burst: int, *, clock: Clock = SYSTEM_CLOCK
) -> Callable[[Transport], Transport]:
    """Return a wrapper for ``connect(wrap=[…])`` that lets so many requests through.

    A watch does not count. A request that would have to wait for longer than its own timeout is
    not sent.

    Args:
        qps: requests a second in the long run.
        burst: requests that need not wait after a pause.
        clock: measures and waits.
    """
    return lambda transport: _LimitedTransport(transport, TokenBucket(qps, burst, clock), clock)


class _LimitedTransport(WrappedTransport):
    def __init__(self, transport: Transport, bucket: TokenBucket, clock: Clock) -> None:
        super().__init__(transport)
        self._bucket = bucket
        self._clock = clock

    def send(self, request: Request) -> Response:
        self._wait(request)
        return super().send(request)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        if ("watch", "true") not in request.query:
            self._wait(request)
        return super().stream(request, read_timeout=read_timeout)

    def _wait(self, request: Request) -> None:
        doing = f"{request.method} {request.path}"
        seconds = self._bucket.take(at_most=request.timeout)
        if seconds is None:
            raise RequestTimeoutError(
                f"{doing}: this client's own rate limit leaves no time for it",
                may_have_reached=False,
            )
        if seconds >= _TOLD:
            logger.info("%s waits %.1f s for this client's own rate limit", doing, seconds)
        if seconds and self._clock.wait(seconds, request.stop):
            raise StoppedError(f"{doing}: stopped before it was sent", may_have_reached=False)
