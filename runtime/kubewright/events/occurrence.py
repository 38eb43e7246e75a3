"""One thing that happened, before it takes one of the two forms of an event."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from kubewright._dns import is_dns_subdomain
from kubewright.events.models import ObjectReference

__all__ = ["EventNames", "Occurrence", "Reporter", "Subject", "part_of", "subject_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Subject = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who tells it: the component, and which one of them."""

    component: str
    instance: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What happened to which object, when, as a program tells it.

    Attributes:
        name: for its event, if it gets one of its own; it is chosen before anything is sent, so
            that an attempt after a lost answer cannot make a second event.
    """

    name: str
    regarding: ObjectReference
    reason: str
    message: str
    type: str
    action: str
    related: ObjectReference | None
    annotations: Mapping[str, str]
    time: datetime

    @property
    def namespace(self) -> str:
        """Where its event lives; what has no namespace is told of in ``default``."""
        return self.regarding.namespace or "default"


def subject_of(reference: ObjectReference | None) -> Subject:
    """What tells objects apart, though not parts of an object: those share its limits."""
    if reference is None:
        return ()
    parts = (reference.kind, reference.namespace, reference.name, reference.uid)
    return tuple(part or "" for part in (*parts, reference.api_version))


def part_of(reference: ObjectReference | None) -> Subject:
    """What tells parts of objects apart."""
    return (*subject_of(reference), (reference and reference.field_path) or "")


class EventNames:
    """Names for the events of one recorder; for many threads.

    client-go: ``util.GenerateEventName``.
    """

    def __init__(self, rand: Callable[[], float] = random.random) -> None:
        """Choose what tells this recorder's names from those of others.

        Args:
            rand: gives numbers from 0 to 1.
        """
        self._lock = Lock()
        # the time is in microseconds here, in client-go in nanoseconds: the last digits are free
        self._offset = int(rand() * 1000)
        self._last = 0

    def of(self, name: str, time: datetime) -> str:
        """A name that nothing else has: of the object and the time, or else a random one.

        Args:
            name: of the object, such as ``system:node``, which no event can have.
            time: at which it happened; several at once get the moments that follow.
        """
        nanoseconds = (time - _EPOCH) // timedelta(microseconds=1) * 1000 + self._offset
        with self._lock:
            self._last = max(self._last + 1, nanoseconds)
            found = f"{name}.{self._last:x}"
        return found if is_dns_subdomain(found) else str(uuid.uuid4())
