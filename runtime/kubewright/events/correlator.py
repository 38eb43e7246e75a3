"""Keeps a chatty program from flooding the server with events of the old form.

client-go: ``record.EventCorrelator``. Three steps: different messages about the same thing become
one, what is repeated is counted, and what comes too often is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._token_bucket import TokenBucket
from kubewright.events.occurrence import Occurrence, Subject, subject_of

__all__ = ["Correlated", "Correlator", "EventLimits"]

K = TypeVar("K")
V = TypeVar("V")

_ROUNDING = 1e-6  # seconds that a token may be short, for sums of floating numbers
_COMBINED = "(combined from similar events): "


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLimits:
    """How much the old form tells; the new form has no limits. ``record.CorrelatorOptions``.

    Attributes:
        burst: events of one type about one object that are told at once.
        refill: seconds after which one more is told.
        different_messages: from so many on, messages with the same reason become one event.
        together: seconds without such a message after which they are told apart again.
        remembered: things of each sort of which the recorder knows that it has told them.

    Raises:
        ValueError: one is not above zero.
    """

    burst: int = 25
    refill: float = 300.0
    different_messages: int = 10
    together: float = 600.0
    remembered: int = 4096

    def __post_init__(self) -> None:
        if min(astuple(self)) <= 0:
            raise ValueError("each of the limits of events is above zero")


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

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._items: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key in self._items:
            self._items.move_to_end(key)
        return self._items.get(key)

    def put(self, key: K, value: V) -> None:
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > self._remembered:
            self._items.popitem(last=False)


class Correlator:
    """Decides what becomes of each occurrence; for one thread."""

    def __init__(self, limits: EventLimits, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._limits = limits
        self._clock = clock
        self._aggregates: _Recent[Subject, _Aggregate] = _Recent(limits.remembered)
        self._seen: _Recent[Subject, _Seen] = _Recent(limits.remembered)
        self._buckets: _Recent[Subject, TokenBucket] = _Recent(limits.remembered)

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
        if aggregate is None or now - aggregate.last > self._limits.together:
            aggregate = _Aggregate(now)
            self._aggregates.put(about, aggregate)
        aggregate.last = now
        aggregate.messages[message] = None
        if len(aggregate.messages) < self._limits.different_messages:
            return False
        aggregate.messages.popitem(last=False)  # it is long enough, and is not to grow
        return True

    def _may_pass(self, subject: Subject) -> bool:
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = TokenBucket(1.0 / self._limits.refill, self._limits.burst, self._clock)
            self._buckets.put(subject, bucket)
        return bucket.take(at_most=_ROUNDING) is not None
