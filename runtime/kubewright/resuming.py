"""Follows a collection for ever: a list, then its changes, whatever happens to the connection.

A state machine without a thread of its own, used by `kubewright.watch` and by the reflector.
client-go has this twice, in ``cache.Reflector`` and in ``watch.RetryWatcher``.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from kubewright._backoff import Backoff, BackoffPolicy
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import KubeError
from kubewright.errors import (
    ApiError,
    BadRequestError,
    ForbiddenError,
    GoneError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    RequestError,
    RequestTimeoutError,
    StoppedError,
    UnauthorizedError,
    UnreachableError,
)
from kubewright.lister_watcher import (
    DEFAULT_PAGE_SIZE,
    ListerWatcher,
    Page,
    RawEvent,
    head_of,
    list_all,
)
from kubewright.meta_v1 import Status

__all__ = ["ErrorPolicy", "ResumingEvents", "Snapshot", "ends_watch", "never"]

logger = logging.getLogger("kubewright.watch")

# A server sends a bookmark about once a minute: silence for two of them is a dead connection.
DEFAULT_IDLE_TIMEOUT = 120.0
# as client-go: the server ends a watch after 5 to 10 minutes, so that watches move between servers
_MIN_SERVER_TIMEOUT = 300.0
_SHORTEST_ROUND = 1.0

_PERMANENT = (
    BadRequestError,
    UnauthorizedError,
    ForbiddenError,
    NotFoundError,
    MethodNotAllowedError,
    InvalidError,
    RequestError,
    StoppedError,  # the client was closed
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects as they are at a resource version; comes first, and after each gap."""

    items: list[bytes]
    resource_version: str


class ErrorPolicy(Protocol):
    """Decides which errors end it; all others are waited out."""

    def __call__(self, error: KubeError, *, answered: bool) -> bool:
        """Return whether to raise the error; `answered` tells if the server ever did."""
        ...


def ends_watch(error: KubeError, *, answered: bool) -> bool:
    """What another attempt would not change: a refusal, or an address where nobody ever answered."""
    return isinstance(error, _PERMANENT) or (not answered and isinstance(error, UnreachableError))


def never(error: KubeError, *, answered: bool) -> bool:
    """Go on for ever: the server's administrators may yet put it right."""
    del error, answered
    return False


class ResumingEvents:
    """Yields a `Snapshot`, then events; heals everything that its policy does not raise.

    Broken, silent and ended connections resume at the last version that was seen. A version that
    the server has forgotten makes it list again, and the new `Snapshot` replaces all that came
    before. Bookmarks are yielded too; ``ERROR`` frames are not.
    """

    def __init__(
        self,
        source: ListerWatcher,
        *,
        stop: StopToken,
        resource_version: str | None = None,
        timeout: float | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        page_size: int = DEFAULT_PAGE_SIZE,
        is_final: ErrorPolicy = ends_watch,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
        backoff: BackoffPolicy | None = None,
    ) -> None:
        """Prepare; nothing is sent before the first event is asked for.

        Args:
            source: the collection.
            stop: ends the iteration; may be stopped by any thread.
            resource_version: where to start. Without one, and with "0" (any state that the server
                has at hand), it starts with a list.
            timeout: seconds after which the iteration ends.
            idle_timeout: seconds without a byte after which a connection counts as dead.
            page_size: objects in one answer to a list.
            is_final: which errors are raised.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
            backoff: waits after failures.
        """
        self._source = source
        self._stop = stop
        self._from_any = resource_version == "0"
        self._version = None if resource_version in (None, "", "0") else resource_version
        self._deadline = None if timeout is None else clock.monotonic() + timeout
        self._idle_timeout = idle_timeout
        self._page_size = page_size
        self._is_final = is_final
        self._clock = clock
        self._rand = rand
        self._backoff = Backoff(backoff, clock=clock, rand=rand)
        self._answered = False
        self._progressed = True
        self._last_error: KubeError | None = None

    @property
    def last_error(self) -> KubeError | None:
        """What went wrong last, until something goes well again."""
        return self._last_error

    @property
    def resource_version(self) -> str | None:
        """The version up to which everything was yielded; ``None`` before the first list."""
        return self._version

    def __iter__(self) -> Iterator[Snapshot | RawEvent]:
        while not self._is_over():
            started = self._clock.monotonic()
            try:
                if self._version is None:
                    snapshot = self._list()
                    if self._stop.is_stopped:
                        return  # the list may have been left in the middle
                    yield snapshot
                    continue
                yield from self._follow(self._version)
            except KubeError as error:
                if not self._is_over():
                    self._pause(self._wait_after(error))
            else:
                self._pause(self._wait_after_end(started))

    def _list(self) -> Snapshot:
        def fetch(*, limit: int | None, continue_token: str | None) -> Page:
            return self._source.list(
                resource_version="0" if self._from_any else None,
                limit=limit,
                continue_token=continue_token,
                stop=self._stop,
            )

        items, metadata = list_all(
            fetch, page_size=self._page_size, is_stopped=lambda: self._stop.is_stopped
        )
        self._answered = True
        self._last_error = None
        self._from_any = False
        self._version = metadata.resource_version
        return Snapshot(items, metadata.resource_version)

    def _follow(self, version: str) -> Iterator[RawEvent]:
        events = self._source.watch(
            resource_version=version,
            timeout_seconds=self._server_timeout(),
            read_timeout=self._read_timeout(),
            stop=self._stop,
        )
        forget = self._stop.on_stop(events.close)
        try:
            self._answered = True
            self._last_error = None
            for event in events:
                if event.type == "ERROR":
                    raise ApiError.from_status(Status.from_json(bytes(event.object)))
                self._version = head_of(event.object).resource_version or self._version
                self._progressed = True
                self._backoff.reset()
                if self._is_over():
                    return
                yield event
        finally:
            forget()
            events.close()

    def _wait_after(self, error: KubeError) -> float:
        """Decide how to go on after an error, and return the seconds to wait before."""
        self._last_error = error
        if isinstance(error, GoneError) or _is_from_the_future(error):
            self._version = None
            # at once, unless the list before led nowhere either
            if self._progressed:
                self._progressed = False
                return 0.0
            return self._backoff.next()
        if self._is_final(error, answered=self._answered):
            raise error
        wait = self._backoff.next()
        asked = error.retry_after_seconds if isinstance(error, ApiError) else None
        silent = isinstance(error, RequestTimeoutError)
        logger.log(
            logging.INFO if silent else logging.WARNING,
            "the watch broke off and resumes in %.1f s: %s",
            max(wait, asked or 0),
            error,
        )
        return max(wait, asked or 0)

    def _wait_after_end(self, started: float) -> float:
        lived = self._clock.monotonic() - started
        if lived >= _SHORTEST_ROUND:
            return 0.0
        # a server, or a proxy, that ends watches at once is not to be asked in a hot loop
        return max(self._backoff.next(), _SHORTEST_ROUND - lived)

    def _pause(self, seconds: float) -> None:
        left = self._left()
        if seconds > 0:
            self._clock.wait(seconds if left is None else min(seconds, left), self._stop)

    def _left(self) -> float | None:
        if self._deadline is None:
            return None
        return max(self._deadline - self._clock.monotonic(), 0.0)

    def _is_over(self) -> bool:
        return self._stop.is_stopped or self._left() == 0

    def _read_timeout(self) -> float:
        left = self._left()
        return self._idle_timeout if left is None else min(self._idle_timeout, max(left, 0.001))

    def _server_timeout(self) -> int:
        seconds = _MIN_SERVER_TIMEOUT * (1 + self._rand())
        left = self._left()
        return math.ceil(seconds if left is None else min(seconds, left))


def _is_from_the_future(error: KubeError) -> bool:
    """Whether the server knows only older versions: it was restored, or is a lagging replica."""
    if not isinstance(error, ApiError):
        return False
    return any(c.reason == "ResourceVersionTooLarge" for c in error.status.details.causes) or (
        "Too large resource version" in error.status.message
    )
