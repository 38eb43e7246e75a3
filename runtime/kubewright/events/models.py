"""The two forms of an event, and references to objects.

Written by hand, as `kubewright.meta_v1` is, so that recording needs no generated package.
"""

from __future__ import annotations

from kubewright.meta_v1 import KubernetesObject
from kubewright.model import Model, empty
from kubewright.scalars import MicroTime, Time

__all__ = ["CoreEvent", "EventSeries", "EventSource", "ObjectReference", "SeriesEvent"]


class ObjectReference(Model):
    """Which object is meant."""

    api_version: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    field_path: str | None = None


class EventSource(Model):
    """Who tells it."""

    component: str | None = None
    host: str | None = None


class EventSeries(Model):
    """How often it was told, and when last."""

    count: int | None = None
    last_observed_time: MicroTime | None = None


class CoreEvent(KubernetesObject):
    """``v1`` ``Event``: the old form, whose repetitions are counted."""

    api_version: str = "v1"
    kind: str = "Event"
    involved_object: ObjectReference = empty(ObjectReference)
    reason: str | None = None
    message: str | None = None
    source: EventSource = empty(EventSource)
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    count: int | None = None
    type: str | None = None
    action: str | None = None
    related: ObjectReference | None = None
    reporting_component: str | None = None
    reporting_instance: str | None = None


class SeriesEvent(KubernetesObject):
    """``events.k8s.io/v1`` ``Event``: the new form, whose repetitions are a series."""

    api_version: str = "events.k8s.io/v1"
    kind: str = "Event"
    event_time: MicroTime | None = None
    series: EventSeries | None = None
    reporting_controller: str | None = None
    reporting_instance: str | None = None
    action: str | None = None
    reason: str | None = None
    regarding: ObjectReference = empty(ObjectReference)
    related: ObjectReference | None = None
    note: str | None = None
    type: str | None = None
