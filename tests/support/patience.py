"""Waiting for what no event tells: a server that finds its feet, a thread that ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from kubewright.errors import (
    GatewayTimeoutError,
    InternalServerError,
    ServerTimeoutError,
    ServiceUnavailableError,
    TransportError,
)

__all__ = ["served", "until_answered", "wait_until"]


class _Answered(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


T = TypeVar("T")
A = TypeVar("A", bound=_Answered)
_FAILURES = (
    GatewayTimeoutError,
    InternalServerError,
    ServerTimeoutError,
    ServiceUnavailableError,
    TransportError,
)


def until_answered(call: Callable[[], T], *, limit: float = 30.0) -> T:
    """Call, again while the server fails; only for what may be done twice."""
    deadline = time.monotonic() + limit
    while True:
        try:
            return call()
        except _FAILURES:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)  # nothing tells when a server has found its feet


def served(call: Callable[[], A], *, limit: float = 10.0) -> A:
    """Call, again while the server makes ready the storage of a definition that has changed."""
    deadline = time.monotonic() + limit
    while True:
        answer = call()
        is_busy = answer.status == 429 and b"(re)initializing" in answer.body
        if not is_busy or time.monotonic() >= deadline:
            return answer
        time.sleep(0.05)


def wait_until(holds: Callable[[], bool], *, limit: float = 10.0) -> None:
    """Look again and again until it holds.

    Raises:
        TimeoutError: it does not, after so many seconds.
    """
    deadline = time.monotonic() + limit
    while not holds():
        if time.monotonic() >= deadline:
            raise TimeoutError(f"it does not hold after {limit} s")
        time.sleep(0.01)
