"""Where a reflector gets its objects from, also out of two functions.

client-go: ``cache.ListerWatcher`` and ``cache.ListWatch``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kubewright._clock import StopToken
from kubewright.selectors import FieldSelector, Selector
from kubewright.watch.lister_watcher import ListerWatcher, Page, RawEvent, RawEvents

__all__ = ["InformerSource", "ListFunc", "ListWatch", "ListerWatcher", "RawEvent", "WatchFunc"]


class InformerSource(Protocol):
    """What an informer can be made for, such as a typed client."""

    def lister_watcher(
        self,
        *,
        namespace: str | None = None,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
    ) -> ListerWatcher:
        """Return the selected objects of the resource as a collection of bytes."""
        ...


class ListFunc(Protocol):
    """The ``list`` of a `ListerWatcher` as a function."""

    def __call__(
        self,
        *,
        resource_version: str | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Page:
        """Ask for one page, or for everything when there is no limit."""
        ...


class WatchFunc(Protocol):
    """The ``watch`` of a `ListerWatcher` as a function."""

    def __call__(
        self,
        *,
        resource_version: str,
        send_initial_events: bool = False,
        timeout_seconds: int | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> RawEvents:
        """Start to watch, with bookmarks."""
        ...


@dataclass(frozen=True, slots=True)
class ListWatch:
    """A `ListerWatcher` made of two functions."""

    list: ListFunc
    watch: WatchFunc
