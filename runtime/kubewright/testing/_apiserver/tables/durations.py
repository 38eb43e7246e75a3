"""Spans of time in a few letters, as tables show them: ``12s``, ``3m20s``, ``5d``.

apimachinery: ``util/duration``, ``api/meta/table``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["UNKNOWN", "age", "human_duration", "read_time"]

UNKNOWN: Final = "<unknown>"
_INVALID: Final = "<invalid>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400
# below so many seconds: in this unit, and what is left in that one
_STEPS: Final = (
    (2 * _MINUTE, (1, "s"), None),
    (10 * _MINUTE, (_MINUTE, "m"), (1, "s")),
    (3 * _HOUR, (_MINUTE, "m"), None),
    (8 * _HOUR, (_HOUR, "h"), (_MINUTE, "m")),
    (2 * _DAY, (_HOUR, "h"), None),
    (8 * _DAY, (_DAY, "d"), (_HOUR, "h")),
    (2 * _YEAR, (_DAY, "d"), None),
    (8 * _YEAR, (_YEAR, "y"), (_DAY, "d")),
)


def human_duration(seconds: float) -> str:
    """Return a span in two units at most; one of the future is not valid."""
    whole = int(seconds)
    if whole < -1:
        return _INVALID
    if seconds < 0:
        return "0s"
    for limit, (size, unit), below in _STEPS:
        if whole < limit:
            count, rest = divmod(whole, size)
            part = "" if below is None or rest < below[0] else f"{rest // below[0]}{below[1]}"
            return f"{count}{unit}{part}"
    return f"{whole // _YEAR}y"


def read_time(value: Any) -> datetime | None:
    """Read a time of JSON; None for anything else."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time.replace(tzinfo=time.tzinfo or UTC)


def age(value: Any, now: datetime) -> str:
    """Return how long ago a time of JSON was."""
    time = read_time(value)
    return UNKNOWN if time is None else human_duration((now - time).total_seconds())
