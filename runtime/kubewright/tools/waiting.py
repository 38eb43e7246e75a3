"""Waits until a watch has shown what is waited for.

client-go: ``tools/watch`` (``Until``). Its ``RetryWatcher`` has no counterpart, as `Watch` goes on by
itself; nor has ``UntilWithSync``, as a watch begins with what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from kubewright.errors import KubeError
from kubewright.meta_v1 import KubernetesObject
from kubewright.watch import WatchEvent

__all__ = ["WatchEndedError", "until"]

T = TypeVar("T", bound=KubernetesObject)


class WatchEndedError(KubeError, TimeoutError):
    """The watch ended before it had shown everything that was waited for."""


def until(
    events: Iterable[WatchEvent[T]], *conditions: Callable[[WatchEvent[T]], bool]
) -> WatchEvent[T]:
    """Follow events until each condition has held, one after the other; return the last event.

    Args:
        events: an open watch, whose own ``timeout`` limits the waiting.
        conditions: at least one; an exception in one of them ends the waiting.

    Raises:
        WatchEndedError: the watch ended before.
        ValueError: there is no condition.
    """
    if not conditions:
        raise ValueError("there is nothing to wait for")
    remaining = list(conditions)
    for event in events:
        while remaining and remaining[0](event):
            remaining.pop(0)
            if not remaining:
                return event
    raise WatchEndedError(
        f"the watch ended with {len(conditions) - len(remaining)} of {len(conditions)} conditions met"
    )
