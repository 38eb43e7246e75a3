"""Follows a collection for ever: what is there, then its changes, whatever happens to the connection.

A state machine without a thread of its own, used by `kubewright.watch` and by the reflector.
client-go has this twice, in ``cache.Reflector`` and in ``watch.RetryWatcher``.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from kubewright._backoff import Backoff, BackoffPolicy
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import DecodeError, KubeError
from kubewright.errors import (
    ApiError,
    RequestTimeoutError,
    TooManyRequestsError,
    UnreachableError,
)
from kubewright.meta_v1 import ListMeta
from kubewright.watch.errors import (
    ErrorPolicy,
    ends_watch,
    error_in,
    is_from_the_future,
    is_gone,
)
from kubewright.watch.lister_watcher import (
    DEFAULT_PAGE_SIZE,
    EventType,
    ListerWatcher,
    Parts,
    RawEvent,
    RawEvents,
    list_all,
    parts_of,
)
from kubewright.watch.watch_list import InitialEvents, SnapshotItem, WatchListSupport

__all__ = ["Change", "ResumingEvents", "Snapshot"]

logger = logging.getLogger("kubewright.watch")

ItemT = TypeVar("ItemT", bound=SnapshotItem)

# A server sends a bookmark about once a minute: silence for two of them is a dead connection.
DEFAULT_IDLE_TIMEOUT = 120.0
# as client-go: the server ends a watch after 5 to 10 minutes, so that watches move between servers
_MIN_SERVER_TIMEOUT = 300.0
_SHORTEST_ROUND = 1.0
_MOST_BROKEN_FRAMES = 2
_MOST_FRUITLESS = 4  # attempts to watch from one version
_LONGEST_ASKED = 60.0  # seconds that a server may ask to wait


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[ItemT]):
    """All objects as they are at a resource version; comes first, and after each gap."""

    items: list[ItemT]
    resource_version: str


@dataclass(frozen=True, slots=True)
class Change(Generic[ItemT]):
    """One event of the watch."""

    type: EventType
    item: ItemT


class ResumingEvents(Generic[ItemT]):
    """Yields a `Snapshot`, then each `Change`; heals everything that its policy does not raise.

    Broken, silent and ended connections resume at the last version that was seen. A version that
    the server has forgotten makes it take stock again, and the new `Snapshot` replaces all that
    came before. Bookmarks are yielded too; ``ERROR`` frames are not.
    """

    def __init__(
        self,
        source: ListerWatcher,
        read: Callable[[Parts], ItemT],
        *,
        stop: StopToken,
        resource_version: str | None = None,
        timeout: float | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        page_size: int = DEFAULT_PAGE_SIZE,
        watch_list: bool = False,
        is_final: ErrorPolicy = ends_watch,
        on_error: Callable[[KubeError], object] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
        backoff: BackoffPolicy | None = None,
    ) -> None:
        """Prepare; nothing is sent before the first event is asked for.

        Args:
            source: the collection.
            read: makes an item of an object; one for which it raises `DecodeError` is left out.
            stop: ends the iteration; may be stopped by any thread.
            resource_version: where to start. Without one, and with "0" (any state that the server
                has at hand), it starts with what is there.
            timeout: seconds after which the iteration ends.
            idle_timeout: seconds without a byte after which a connection counts as dead.
            page_size: objects in one answer to a list.
            watch_list: take stock by a watch that sends what is there, where the server can.
            is_final: which errors are raised.
            on_error: told of each error that is not raised.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
            backoff: waits after failures.
        """
        self._source = source
        self._read = read
        self._stop = stop
        any_state = resource_version in (None, "", "0")
        self._version = None if any_state else resource_version
        # a snapshot must not be older than this; None asks for the newest state
        self._not_older = "0" if resource_version == "0" else None
        self._deadline = None if timeout is None else clock.monotonic() + timeout
        self._idle_timeout = idle_timeout
        self._page_size = page_size
        self._watch_list = WatchListSupport(wanted=watch_list, clock=clock)
        self._is_final = is_final
        self._on_error = on_error
        self._clock = clock
        self._rand = rand
        self._backoff = Backoff(backoff, clock=clock, rand=rand)
        self._answered = False
        self._progressed = True
        self._broken_frames = 0
        self._fruitless = 0
        self._stocked_at: float | None = None
        self._last_error: KubeError | None = None

    @property
    def last_error(self) -> KubeError | None:
        """What went wrong last, until something goes well again."""
        return self._last_error

    @property
    def resource_version(self) -> str | None:
        """The version up to which everything was yielded; ``None`` before the first snapshot."""
        return self._version

    def __iter__(self) -> Iterator[Snapshot[ItemT] | Change[ItemT]]:
        while not self._is_over():
            started = self._clock.monotonic()
            try:
                if self._version is not None:
                    yield from self._follow(self._version)
                elif self._watch_list.may_be_used:
                    yield from self._stream()
                else:
                    snapshot = self._list()
                    if self._stop.is_stopped:
                        return  # the list may have been left in the middle
                    yield snapshot
                    continue
            except KubeError as error:
                if not self._is_over():
                    self._pause(self._wait_after(error))
            else:
                self._pause(self._wait_after_end(started))

    def _list(self) -> Snapshot[ItemT]:
        # a list that is not older than what was seen comes from the server's cache whole; pages
        # of it would go past that cache
        not_older = self._not_older
        page_size = self._page_size if not_older in (None, "0") else 0

        def fetch(*, limit: int | None, continue_token: str | None) -> tuple[list[ItemT], ListMeta]:
            page, metadata = self._source.list(
                resource_version=not_older,
                limit=limit,
                continue_token=continue_token,
                read_timeout=self._read_timeout(),
                stop=self._stop,
            )
            return list(self._readable(page)), metadata

        items, metadata = list_all(
            fetch, page_size=page_size, is_stopped=lambda: self._stop.is_stopped
        )
        return self._taken(Snapshot(items, metadata.resource_version))

    def _stream(self) -> Iterator[Snapshot[ItemT] | Change[ItemT]]:
        """Take stock by a watch, and follow the same watch."""
        initial = InitialEvents[ItemT](self._read, clock=self._clock)
        silence = min(self._read_timeout(), initial.silence)
        try:
            events = self._source.watch(
                # the newest state costs a stream no more than any state
                resource_version="" if self._not_older in (None, "0") else self._not_older,
                send_initial_events=True,
                timeout_seconds=self._server_timeout(),
                read_timeout=silence,
                stop=self._stop,
            )
            with self._closing(events):
                events.set_read_timeout(silence, before_read=initial.check_time)
                frames = iter(events)
                version = initial.gather(frames)
                if self._stop.is_stopped:
                    return
                yield self._taken(Snapshot(initial.items(), version))
                events.set_read_timeout(self._read_timeout())
                yield from self._changes(frames)
        except KubeError as error:
            if self._version is None and self._watch_list.ends_with(error, initial):
                logger.info("what is there is asked for by lists from now on: %s", error)
                return
            raise

    def _follow(self, version: str) -> Iterator[Change[ItemT]]:
        events = self._source.watch(
            resource_version=version,
            timeout_seconds=self._server_timeout(),
            read_timeout=self._read_timeout(),
            stop=self._stop,
        )
        self._answered = True
        self._last_error = None
        with self._closing(events):
            yield from self._changes(events)

    def _changes(self, events: Iterable[RawEvent]) -> Iterator[Change[ItemT]]:
        for event in events:
            if event.type == "ERROR":
                raise error_in(event.object)
            try:
                item = self._read(event.object)
            except DecodeError as error:
                _log_unreadable(error)
                continue
            self._version = item.resource_version or self._version
            self._progressed = True
            self._broken_frames = self._fruitless = 0
            self._backoff.reset()
            if self._is_over():
                return
            yield Change(event.type, item)

    def _readable(self, page: list[bytes]) -> Iterator[ItemT]:
        for data in page:
            try:
                yield self._read(parts_of(data))
            except DecodeError as error:
                _log_unreadable(error)

    def _taken(self, snapshot: Snapshot[ItemT]) -> Snapshot[ItemT]:
        self._answered = True
        self._last_error = None
        self._not_older = None
        self._broken_frames = self._fruitless = 0
        self._stocked_at = self._clock.monotonic()
        self._version = snapshot.resource_version
        self._watch_list.succeeded()
        return snapshot

    @contextmanager
    def _closing(self, events: RawEvents) -> Generator[None]:
        forget = self._stop.on_stop(events.close)
        try:
            yield
        finally:
            forget()
            events.close()

    def _wait_after(self, error: KubeError) -> float:
        """Decide how to go on after an error, and return the seconds to wait before."""
        self._last_error = error
        if is_gone(error) or is_from_the_future(error):
            return self._wait_before_stock(error)
        if self._is_final(error, answered=self._answered):
            raise error
        if self._version is not None and self._is_stuck(error):
            # the same would come again: what it hides is in the next snapshot
            self._not_older, self._version = self._version, None
        self._tell(error)
        asked = error.retry_after_seconds if isinstance(error, ApiError) else None
        wait = max(self._backoff.next(), min(asked or 0, _LONGEST_ASKED))
        silent = isinstance(error, RequestTimeoutError)
        logger.log(
            logging.INFO if silent else logging.WARNING,
            "the watch broke off and resumes in %.1f s: %s",
            wait,
            error,
        )
        return wait

    def _is_stuck(self, error: KubeError) -> bool:
        """Whether watching from this version leads nowhere, though the server is there."""
        if isinstance(error, TooManyRequestsError | UnreachableError):
            return False
        if isinstance(error, DecodeError):
            self._broken_frames += 1
        self._fruitless += 1
        return self._broken_frames >= _MOST_BROKEN_FRAMES or self._fruitless >= _MOST_FRUITLESS

    def _wait_before_stock(self, error: KubeError) -> float:
        """The version is of no use any more: go back to a snapshot, from the next best version."""
        self._tell(error)
        if self._version is None:
            had_another = self._not_older is not None
            self._not_older = None
        else:
            had_another = False
            # what was seen must not come undone; a server that does not know it yet cannot help
            self._not_older = None if is_from_the_future(error) else self._version
            self._version = None
        if had_another:
            return 0.0
        if self._progressed and not self._has_just_stocked():
            # at once, unless the snapshot before led nowhere either
            self._progressed = False
            return 0.0
        return self._backoff.next()

    def _has_just_stocked(self) -> bool:
        at = self._stocked_at
        return at is not None and self._clock.monotonic() - at < _SHORTEST_ROUND

    def _tell(self, error: KubeError) -> None:
        if self._on_error is None:
            return
        try:
            self._on_error(error)
        except Exception:  # a broken handler must not end what it watches
            logger.exception("the handler of errors failed")

    def _wait_after_end(self, started: float) -> float:
        lived = self._clock.monotonic() - started
        if lived >= _SHORTEST_ROUND or self._version is None:
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


def _log_unreadable(error: DecodeError) -> None:
    logger.warning("an object without readable metadata is left out: %s", error)
