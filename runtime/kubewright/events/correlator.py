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
from kubewright.events.occurrence import Occurrence, Subject, subject_of

__all__ = ["Correlated", "Correlator"]

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED = 4096
_DIFFERENT_MESSAGES = 10
_ONE_AGGREGATE = 600.0  # seconds
_BURST = 25
_REFILL = 300.0  # seconds for one more
_COMBINED = "(combined from similar events): "


@dataclass(frozen=True, slots=True)
class Correlated:
    """What is to be sent.

    Attributes:
        key: for `Correlator.sent`.
        message: perhaps another than the program's.
        count: how often it was told; more than 1 changes an event that is there.
        first: when it was told first.
        name: of the event that is there; empty for a new one.
    """

    key: Subject
    message: str
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


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


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
        self._buckets: _Recent[Subject, _Bucket] = _Recent()

    def take(self, occurrence: Occurrence) -> Correlated | None:
        """Return what is to be sent; ``None`` if there was too much about the object."""
        key, message = self._aggregated(occurrence)
        seen = self._seen.get(key)
        if seen is None:
            seen = _Seen(0, occurrence.time, "")
            self._seen.put(key, seen)
        seen.count += 1
        if not self._may_pass(subject_of(occurrence.regarding)):
            return None
        return Correlated(key, message, seen.count, seen.first, seen.name)

    def sent(self, key: Subject, name: str) -> None:
        """Remember under which name the server keeps it."""
        seen = self._seen.get(key)
        if seen is not None:
            seen.name = name

    def _aggregated(self, occurrence: Occurrence) -> tuple[Subject, str]:
        about = (*subject_of(occurrence.regarding), occurrence.type, occurrence.reason)
        now = self._clock.monotonic()
        aggregate = self._aggregates.get(about)
        if aggregate is None or now - aggregate.last > _ONE_AGGREGATE:
            aggregate = _Aggregate(now)
            self._aggregates.put(about, aggregate)
        aggregate.last = now
        aggregate.messages[occurrence.message] = None
        if len(aggregate.messages) < _DIFFERENT_MESSAGES:
            return (*about, occurrence.message), occurrence.message
        aggregate.messages.popitem(last=False)  # it is long enough, and is not to grow
        return about, _COMBINED + occurrence.message

    def _may_pass(self, subject: Subject) -> bool:
        now = self._clock.monotonic()
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = _Bucket(float(_BURST), now)
            self._buckets.put(subject, bucket)
        bucket.tokens = min(bucket.tokens + (now - bucket.at) / _REFILL, float(_BURST))
        bucket.at = now
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True
