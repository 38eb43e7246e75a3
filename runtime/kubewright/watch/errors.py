"""What the errors of a list or a watch mean for who follows a collection."""

from __future__ import annotations

from typing import Protocol

import msgspec

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
    StoppedError,
    UnauthorizedError,
    UnreachableError,
)
from kubewright.meta_v1 import Status
from kubewright.watch.lister_watcher import Parts

__all__ = [
    "ErrorPolicy",
    "ends_reflector",
    "ends_watch",
    "error_in",
    "is_from_the_future",
    "is_gone",
]

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


class ErrorPolicy(Protocol):
    """Decides which errors end it; all others are waited out."""

    def __call__(self, error: KubeError, *, answered: bool) -> bool:
        """Return whether to raise the error; `answered` tells if the server ever did."""
        ...


def ends_watch(error: KubeError, *, answered: bool) -> bool:
    """What another attempt would not change: a refusal, or an address where nobody ever answered."""
    return isinstance(error, _PERMANENT) or (not answered and isinstance(error, UnreachableError))


def ends_reflector(error: KubeError, *, answered: bool) -> bool:
    """Only the end of the client itself: all else the server's administrators may yet put right."""
    del answered
    return isinstance(error, StoppedError)


def error_in(status: Parts) -> ApiError:
    """Return the error that an ``ERROR`` frame holds."""
    try:
        error = ApiError.from_status(Status.from_parts(status))
        str(error)  # reads what it tells
        is_from_the_future(error)
    except (AttributeError, TypeError, ValueError):
        # what a status says of itself may be of any type
        told = f"an error that cannot be read: {bytes(msgspec.json.encode(status))[:200]!r}"
        return ApiError.from_status(Status(reason="InternalError", code=500, message=told))
    return error


def is_gone(error: KubeError) -> bool:
    """Whether the server has forgotten the version."""
    return isinstance(error, GoneError)


def is_from_the_future(error: KubeError) -> bool:
    """Whether the server knows only older versions: it was restored, or is a lagging replica."""
    if not isinstance(error, ApiError):
        return False
    return any(c.reason == "ResourceVersionTooLarge" for c in error.status.details.causes) or (
        "Too large resource version" in error.status.message
    )
