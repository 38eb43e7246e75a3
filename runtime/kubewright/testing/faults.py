"""Faults that a cluster in memory can have: reactors for `FakeCluster.react`.

.. code-block:: python

    cluster.react("update", "deployments", faults.conflict(), times=1)
    cluster.react("*", "*", faults.unavailable(retry_after=1), times=2)
    cluster.react("create", "pods", faults.lost_answer(), times=1)
    cluster.react("list", "secrets", faults.forbidden("not yours"))

client-go: functions for ``PrependReactor``, written anew in each test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.errors import (
    ApiError,
    ConnectionLostError,
    RefusedError,
    RequestTimeoutError,
    StoppedError,
    TransportError,
)
from kubewright.meta_v1 import Status
from kubewright.rest.transport import Response
from kubewright.testing._apiserver import failures
from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.actions import Action
from kubewright.testing.reactions import Afterwards, Answer, Reactor

__all__ = [
    "already_exists",
    "conflict",
    "delay",
    "drop_events",
    "error",
    "forbidden",
    "internal_error",
    "late_events",
    "lost_answer",
    "lost_connection",
    "not_found",
    "refused_connection",
    "repeat_events",
    "timeout",
    "too_many_requests",
    "unavailable",
]


def error(
    code: int, reason: str = "", message: str = "", *, retry_after: int | None = None
) -> Reactor:
    """Answer with a failure.

    Args:
        code: the HTTP status.
        reason: as in ``Status``, such as ``NotFound``.
        message: of the failure.
        retry_after: seconds after which the client is to ask again; it does so by itself.
    """
    details = {} if retry_after is None else {"retryAfterSeconds": retry_after}
    text = message or f"the test lets this fail with {code}"
    wire = failures.status_of(code, reason, text, details)
    return lambda action: ApiError.from_status(
        Status.from_wire(wire), retry_after_seconds=retry_after
    )


def conflict() -> Reactor:
    """Say that the object was changed since (409)."""
    return _about_object(failures.conflict)


def already_exists() -> Reactor:
    """Say that there is one already (409)."""
    return _about_object(failures.already_exists)


def not_found() -> Reactor:
    """Say that there is none (404)."""
    return _about_object(failures.not_found)


def forbidden(why: str = "the test does not allow it") -> Reactor:
    """Say that the program may not (403)."""
    return _about_object(lambda group, plural, name: failures.forbidden(group, plural, name, why))


def internal_error(message: str = "the test lets the server fail") -> Reactor:
    """Say that something went wrong in the server (500)."""
    return error(500, "InternalError", f"Internal error occurred: {message}")


def unavailable(*, retry_after: int | None = None) -> Reactor:
    """Say that the server cannot answer at the moment (503)."""
    message = "the server is currently unable to handle the request"
    return error(503, "ServiceUnavailable", message, retry_after=retry_after)


def too_many_requests(*, retry_after: int = 1) -> Reactor:
    """Say that the server has too much to do (429)."""
    message = "the server has received too many requests and has asked us to try again later"
    return error(429, "TooManyRequests", message, retry_after=retry_after)


def refused_connection() -> Reactor:
    """Let nobody listen: nothing is sent."""
    return _without_answer(lambda: RefusedError("connection refused by the test"))


def lost_connection() -> Reactor:
    """Break the connection before the server got the request."""
    return _without_answer(
        lambda: ConnectionLostError("the connection was reset before the server read the request")
    )


def timeout() -> Reactor:
    """Let no answer come in time; the server has done nothing."""
    return _without_answer(lambda: RequestTimeoutError("the test lets the request time out"))


def lost_answer() -> Reactor:
    """Let the server do it, and break the connection before its answer is there."""

    def lose(answer: Response) -> Answer:
        raise ConnectionLostError("the connection was reset before the answer was complete")

    return lambda action: Afterwards(lose)


def delay(seconds: float, *, clock: Clock = SYSTEM_CLOCK) -> Reactor:
    """Let the request wait before anything else happens to it.

    Args:
        seconds: as measured by the clock. A request whose ``timeout`` is shorter fails after that.
        clock: `FakeCluster.clock` for that of the cluster.
    """

    def wait(action: Action) -> Answer:
        request = action.request
        limit = request.timeout
        late = limit is not None and limit < seconds
        if clock.wait(limit if limit is not None and late else seconds, request.stop):
            raise StoppedError(f"{request.method} {request.path}: stopped while it was delayed")
        return RequestTimeoutError(f"no answer in {limit:g} s") if late else None

    return wait


def drop_events(frame: WatchFrame) -> Iterable[WatchFrame]:
    """Let an event never arrive; for `FakeCluster.react_to_events`."""
    return ()


def repeat_events(frame: WatchFrame) -> Iterable[WatchFrame]:
    """Let an event arrive twice; for `FakeCluster.react_to_events`."""
    return (frame, frame)


def late_events(count: int = 1) -> Callable[[WatchFrame], Iterable[WatchFrame]]:
    """Let each event arrive only after ``count`` further ones happened, in order; for one watch.

    To hold them back until the test says so, use `FakeCluster.stall_watches`.
    """
    held: list[WatchFrame] = []

    def hold(frame: WatchFrame) -> Iterable[WatchFrame]:
        held.append(frame)
        return (held.pop(0),) if len(held) > count else ()

    return hold


def _about_object(refuse: Callable[[str, str, str], failures.RefusedRequest]) -> Reactor:
    def answer(action: Action) -> Answer:
        body: Any = refuse(action.gvr.group, action.gvr.resource, action.name or "").body
        return ApiError.from_status(Status.from_wire(body))

    return answer


def _without_answer(make: Callable[[], TransportError]) -> Reactor:
    def fail(action: Action) -> Answer:
        raise make()

    return fail
