"""Calls to a server that was just woken or started, and may fail for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from kubewright.errors import (
    GatewayTimeoutError,
    InternalServerError,
    ServerTimeoutError,
    ServiceUnavailableError,
    TransportError,
)

__all__ = ["until_answered"]

T = TypeVar("T")
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
