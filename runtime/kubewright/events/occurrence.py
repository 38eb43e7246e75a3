"""One thing that happened, before it takes one of the two forms of an event."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kubewright.events.models import ObjectReference

__all__ = ["Occurrence", "Reporter", "Subject", "event_name", "subject_of"]

_LONGEST_NAME = 253
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
    """What happened to which object, when, as a program tells it."""

    regarding: ObjectReference
    reason: str
    message: str
    type: str
    action: str
    related: ObjectReference | None
    time: datetime

    @property
    def namespace(self) -> str:
        """Where its event lives; what has no namespace is told of in ``default``."""
        return self.regarding.namespace or "default"


def subject_of(reference: ObjectReference | None) -> Subject:
    """What tells objects apart."""
    if reference is None:
        return ()
    parts = (reference.kind, reference.namespace, reference.name, reference.uid)
    return tuple(part or "" for part in (*parts, reference.api_version, reference.field_path))


def event_name(occurrence: Occurrence) -> str:
    """A name that nothing else has: of the object and the time, or a random one if that is long."""
    nanoseconds = (occurrence.time - _EPOCH) // timedelta(microseconds=1) * 1000
    name = f"{occurrence.regarding.name or ''}.{nanoseconds:x}"
    return name if len(name) <= _LONGEST_NAME and occurrence.regarding.name else str(uuid.uuid4())
