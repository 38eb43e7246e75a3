"""Keeps a chatty program from flooding the server with events of the old form.

client-go: ``record.EventCorrelator``. Three steps: different messages about the same thing become
one, what is repeated is counted, and what comes too often is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._token_bucket import TokenBucket
from kubewright.events.occurrence import Occurrence, Subject, subject_of

__all__ = ["Correlated", "Correlator"]

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED = 4096
_DIFFERENT_MESSAGES = 10
_ONE_AGGREGATE = 600.0  # seconds
_BURST = 25
_REFILL = 300.0  # seconds for one more
_ROUNDING = 1e-6  # seconds that a token may be short, for sums of floating numbers
_COMBINED = "(combined from similar events): "


@dataclass(frozen=True, slots=True)
class Correlated:
    """What is to be sent.

    Attributes:
        message: perhaps another than the program's.
        is_combined: whether the message stands for several.
        count: how often it was told; more than 1 changes an event that is there.
        first: when it was told first.
        name: of the event, whether it is there or new.
    """

    message: str
    is_combined: bool
    count: int
    first: datetime
    name: str


@dataclass(slots=True)
class _Aggregate:
    last: float
    messages: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])


@dataclass(slots=True)
class _Seen:
    count: int
    first: datetime
    name: str


class _Recent(Generic[K, V]):
    """Forgets what was used least recently."""

    def __init__(self) -> None:
        self._items: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key in self._items:
            self._items.move_to_end(key)
        return self._items.get(key)

    def put(self, key: K, value: V) -> None:
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > _REMEMBERED:
            self._items.popitem(last=False)


class Correlator:
    """Decides what becomes of each occurrence; for one thread."""

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._aggregates: _Recent[Subject, _Aggregate] = _Recent()
        self._seen: _Recent[Subject, _Seen] = _Recent()
        self._buckets: _Recent[Subject, TokenBucket] = _Recent()

    def take(self, occurrence: Occurrence) -> Correlated | None:
        """Return what is to be sent; ``None`` if there was too much about the object."""
        subject = (*subject_of(occurrence.regarding), occurrence.type)
        about = (*subject, occurrence.reason)
        is_combined = self._is_combined(about, occurrence.message)
        message, key = _COMBINED + occurrence.message, about
        if not is_combined:
            message = occurrence.message
            key = (*about, occurrence.regarding.field_path or "", message)
        seen = self._seen.get(key)
        if seen is None:
            seen = _Seen(0, occurrence.time, occurrence.name)
            self._seen.put(key, seen)
        seen.count += 1
        if not self._may_pass(subject):
            return None
        return Correlated(message, is_combined, seen.count, seen.first, seen.name)

    def _is_combined(self, about: Subject, message: str) -> bool:
        """Whether there were so many different messages that this one does not stand for itself."""
        now = self._clock.monotonic()
        aggregate = self._aggregates.get(about)
        if aggregate is None or now - aggregate.last > _ONE_AGGREGATE:
            aggregate = _Aggregate(now)
            self._aggregates.put(about, aggregate)
        aggregate.last = now
        aggregate.messages[message] = None
        if len(aggregate.messages) < _DIFFERENT_MESSAGES:
            return False
        aggregate.messages.popitem(last=False)  # it is long enough, and is not to grow
        return True

    def _may_pass(self, subject: Subject) -> bool:
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = TokenBucket(1.0 / _REFILL, _BURST, self._clock)
            self._buckets.put(subject, bucket)
        return bucket.take(at_most=_ROUNDING) is not None
