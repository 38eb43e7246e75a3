"""Takes stock of a collection by a watch that first sends what is there (KEP-3157, "watch list").

The server streams the objects one by one, so neither side holds a whole list, and the same
connection goes on as the watch. client-go: ``Reflector.watchList``, which has no deadline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

import msgspec

from kubewright._clock import Clock
from kubewright._errors import DecodeError, KubeError
from kubewright.errors import (
    ApiError,
    BadRequestError,
    ConnectionLostError,
    InvalidError,
    MethodNotAllowedError,
    RequestTimeoutError,
    StoppedError,
    TooManyRequestsError,
    UnreachableError,
)
from kubewright.schema import ObjectName
from kubewright.watch.errors import error_in, is_from_the_future, is_gone
from kubewright.watch.lister_watcher import Parts, RawEvent

__all__ = ["InitialEvents", "SnapshotItem", "WatchListSupport"]

logger = logging.getLogger("kubewright.watch")

# Servers that know it send all at once: silence before the end is a server, or a proxy, that does
# not. An old server sends what is there and then what changes, without ever saying which is which.
_LONGEST_SILENCE = 15.0
_LONGEST = 60.0
_REMEMBERED = 3600.0
_MOST_BREAKS = 2
_END = "k8s.io/initial-events-end"
_NOT_ACCEPTABLE = (406, 415, 501)


class SnapshotItem(Protocol):
    """What is made of an object: it can say which one and which state it is."""

    @property
    def name(self) -> ObjectName:
        """Namespace and name."""
        ...

    @property
    def resource_version(self) -> str:
        """Of this state."""
        ...


ItemT = TypeVar("ItemT", bound=SnapshotItem)


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    annotations: dict[str, str] | None = None


_metadata = msgspec.json.Decoder(_Metadata).decode


class InitialEvents(Generic[ItemT]):
    """The objects that such a watch sends first.

    Attributes:
        silence: seconds without a byte after which the server is taken for one that cannot.
    """

    silence = _LONGEST_SILENCE

    def __init__(self, read: Callable[[Parts], ItemT], *, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._items: dict[ObjectName, ItemT] = {}
        self._deadline: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the server answered at all."""
        return self._deadline is not None

    def items(self) -> list[ItemT]:
        """Return what has come."""
        return list(self._items.values())

    def gather(self, events: Iterable[RawEvent]) -> str:
        """Take events up to the bookmark that ends the first ones; return its version.

        Raises:
            ApiError: the server sent an error.
            RequestTimeoutError: the bookmark does not come.
            ConnectionLostError: the watch ended before.
        """
        self._deadline = self._clock.monotonic() + _LONGEST
        for event in events:
            if event.type == "ERROR":
                raise error_in(event.object)
            if event.type == "BOOKMARK":
                version = _version_at_end(event.object)
                if version is not None:
                    return version
            else:
                self._take(event)
            self.check_time()
        raise ConnectionLostError("the watch ended before the end of its initial events")

    def check_time(self) -> None:
        """Look at the time; to be called before each read, which may give a part of an event.

        Raises:
            RequestTimeoutError: the end of the events should have come by now.
        """
        if self._deadline is not None and self._clock.monotonic() > self._deadline:
            raise RequestTimeoutError(f"no end of the initial events after {_LONGEST:.0f} s")

    def _take(self, event: RawEvent) -> None:
        try:
            item = self._read(event.object)
        except DecodeError as error:
            logger.warning("an object without readable metadata is left out: %s", error)
            return
        if event.type == "DELETED":
            self._items.pop(item.name, None)
        else:
            self._items[item.name] = item


class WatchListSupport:
    """Remembers whether a server can do it."""

    def __init__(self, *, wanted: bool, clock: Clock) -> None:
        self._wanted = wanted
        self._clock = clock
        self._not_before = 0.0
        self._breaks = 0
        self._lists_this_time = False

    @property
    def may_be_used(self) -> bool:
        """Whether to take stock this way now."""
        if not self._wanted or self._lists_this_time:
            return False
        return not self._not_before or self._clock.monotonic() >= self._not_before

    def succeeded(self) -> None:
        """Stock was taken, this way or by a list."""
        self._breaks = 0
        self._lists_this_time = False

    def ends_with(self, error: KubeError, initial: InitialEvents[ItemT]) -> bool:
        """Decide after an error whether to list instead, this time or for an hour."""
        if isinstance(error, TooManyRequestsError | UnreachableError | StoppedError):
            return False
        if is_gone(error) or is_from_the_future(error):
            return False
        if isinstance(error, ConnectionLostError):
            self._breaks += 1
            if self._breaks < _MOST_BREAKS:
                return False
        elif _is_unknown_to_server(error) or (
            initial.has_begun and isinstance(error, RequestTimeoutError)
        ):
            self._not_before = self._clock.monotonic() + _REMEMBERED
        self._lists_this_time = True
        return True


def _is_unknown_to_server(error: KubeError) -> bool:
    if isinstance(error, InvalidError | BadRequestError | MethodNotAllowedError):
        return True
    return isinstance(error, ApiError) and error.status.code in _NOT_ACCEPTABLE


def _version_at_end(bookmark: Parts) -> str | None:
    """The version of a bookmark, if it is the one that ends the initial events."""
    try:
        metadata = _metadata(bookmark.get("metadata", b"{}"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if (metadata.annotations or {}).get(_END) != "true" or not metadata.resource_version:
        return None
    return metadata.resource_version
