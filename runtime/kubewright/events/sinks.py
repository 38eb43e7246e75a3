"""How occurrences reach the server, in the one form of events or in the other.

client-go: ``record.recordToSink`` and ``events.eventBroadcasterImpl``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kubewright._clock import Clock
from kubewright.errors import ApiError, NotFoundError
from kubewright.events.correlator import Correlated, Correlator
from kubewright.events.models import CoreEvent, EventSeries, EventSource, SeriesEvent
from kubewright.events.occurrence import Occurrence, Reporter, Subject, event_name, subject_of
from kubewright.meta_v1 import KubernetesObject, ObjectMeta
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.typed import ResourceClient

__all__ = ["CoreEvents", "CoreSink", "Deliver", "MissingApiError", "SeriesSink", "Sink"]

logger = logging.getLogger("kubewright.events")

E = TypeVar("E", bound=KubernetesObject)

_LONGEST_NOTE = 1024  # bytes
_REFRESH = 1800.0  # seconds after which a series that goes on is told again
_FINISHED = 360.0  # seconds without another one after which a series is over
_TIMEOUT = 30.0

Deliver = Callable[[Callable[[], Any]], Any]
"""Makes a call, again where that may help; returns ``None`` when it is given up."""


class MissingApiError(Exception):
    """The server does not have this form of events."""


class Sink(Protocol):
    """Sends occurrences; for one thread."""

    def take(self, occurrence: Occurrence) -> None:
        """Send one; raises `MissingApiError` where this form does not exist."""
        ...

    def tick(self, *, at_end: bool = False) -> None:
        """Send what is due though nothing happens."""
        ...


class CoreEvents(ResourceClient[CoreEvent]):
    """The events of one namespace in the old form."""

    info = ResourceInfo(
        GroupVersionResource("", "v1", "events"),
        kind=GroupVersionKind("", "v1", "Event"),
        namespaced=True,
    )
    model = CoreEvent


class _SeriesEvents(ResourceClient[SeriesEvent]):
    info = ResourceInfo(
        GroupVersionResource("events.k8s.io", "v1", "events"),
        kind=GroupVersionKind("events.k8s.io", "v1", "Event"),
        namespaced=True,
    )
    model = SeriesEvent


class CoreSink:
    """The old form, correlated and counted."""

    def __init__(
        self, rest: RESTClient, reporter: Reporter, deliver: Deliver, clock: Clock
    ) -> None:
        self._rest = rest
        self._reporter = reporter
        self._deliver = deliver
        self._correlator = Correlator(clock=clock)

    def take(self, occurrence: Occurrence) -> None:
        """Create an event, or count one that is there."""
        correlated = self._correlator.take(occurrence)
        if correlated is None:
            logger.debug("too many events about %s", occurrence.regarding.name)
            return
        sent = self._deliver(lambda: self._send(occurrence, correlated))
        if sent is not None:
            self._correlator.sent(correlated.key, sent.metadata.name)

    def tick(self, *, at_end: bool = False) -> None:
        """Nothing: each is sent at once."""

    def _send(self, occurrence: Occurrence, correlated: Correlated) -> CoreEvent:
        events = CoreEvents(self._rest, occurrence.namespace)
        event = self._event(occurrence, correlated)
        if correlated.name:
            wire = event.to_wire()
            changes = {key: wire[key] for key in ("count", "lastTimestamp", "message")}
            try:
                return events.patch(correlated.name, changes, timeout=_TIMEOUT)
            except NotFoundError:
                pass  # it was too old, and is made again
        return events.create(event, timeout=_TIMEOUT)

    def _event(self, occurrence: Occurrence, correlated: Correlated) -> CoreEvent:
        reporter = self._reporter
        event = CoreEvent(
            metadata=ObjectMeta(name=event_name(occurrence), namespace=occurrence.namespace),
            involved_object=occurrence.regarding,
            reason=occurrence.reason,
            message=correlated.message,
            source=EventSource(component=reporter.component, host=reporter.host),
            first_timestamp=correlated.first,
            last_timestamp=occurrence.time,
            count=correlated.count,
            type=occurrence.type,
            reporting_component=reporter.component,
            reporting_instance=reporter.instance,
        )
        if occurrence.action:
            event.action = occurrence.action
        if occurrence.related is not None:
            event.related = occurrence.related
        return event


@dataclass(slots=True)
class _Series:
    namespace: str
    name: str
    event: SeriesEvent
    count: int
    last: float
    told: float


class SeriesSink:
    """The new form: the first one is an event, the second begins a series, the end tells its length."""

    def __init__(
        self, rest: RESTClient, reporter: Reporter, deliver: Deliver, clock: Clock
    ) -> None:
        self._rest = rest
        self._reporter = reporter
        self._deliver = deliver
        self._clock = clock
        self._series: dict[Subject, _Series] = {}
        self._has_worked = False

    def take(self, occurrence: Occurrence) -> None:
        """Create an event, or begin or go on with its series.

        Raises:
            MissingApiError: the server does not have this form.
        """
        key = (
            *subject_of(occurrence.regarding),
            *subject_of(occurrence.related),
            occurrence.type,
            occurrence.reason,
            occurrence.action,
        )
        now = self._clock.monotonic()
        series = self._series.get(key)
        if series is None:
            event = self._event(occurrence)
            created = self._deliver(lambda: self._create(occurrence.namespace, event))
            if created is not None:
                name = created.metadata.name
                self._series[key] = _Series(occurrence.namespace, name, event, 1, now, now)
            return
        series.count += 1
        series.last = now
        series.event.series = EventSeries(count=series.count, last_observed_time=occurrence.time)
        if series.count == 2:
            self._tell(series)

    def tick(self, *, at_end: bool = False) -> None:
        """Tell the length of series that are over, or that have not been told of for long."""
        now = self._clock.monotonic()
        for key, series in list(self._series.items()):
            is_over = at_end or now - series.last >= _FINISHED
            if series.count > 2 and (is_over or now - series.told >= _REFRESH):
                self._tell(series)
            if is_over:
                del self._series[key]

    def _tell(self, series: _Series) -> None:
        series.told = self._clock.monotonic()
        changes = {"series": series.event.to_wire()["series"]}
        events = _SeriesEvents(self._rest, series.namespace)

        def send() -> SeriesEvent:
            try:
                return events.patch(series.name, changes, timeout=_TIMEOUT)
            except NotFoundError:
                return events.create(series.event, timeout=_TIMEOUT)

        self._deliver(send)

    def _create(self, namespace: str, event: SeriesEvent) -> SeriesEvent:
        try:
            created = _SeriesEvents(self._rest, namespace).create(event, timeout=_TIMEOUT)
        except NotFoundError as error:
            if not self._has_worked and _is_without_details(error):
                raise MissingApiError from error
            raise
        self._has_worked = True
        return created

    def _event(self, occurrence: Occurrence) -> SeriesEvent:
        event = SeriesEvent(
            metadata=ObjectMeta(name=event_name(occurrence), namespace=occurrence.namespace),
            event_time=occurrence.time,
            reporting_controller=self._reporter.component,
            reporting_instance=self._reporter.instance,
            action=occurrence.action or occurrence.reason,
            reason=occurrence.reason,
            regarding=occurrence.regarding,
            note=_cut(occurrence.message),
            type=occurrence.type,
        )
        if occurrence.related is not None:
            event.related = occurrence.related
        return event


def _is_without_details(error: ApiError) -> bool:
    """Whether it is the path that was not found, and not a namespace."""
    return not error.status.details.kind and not error.status.details.name


def _cut(note: str) -> str:
    return note.encode()[:_LONGEST_NOTE].decode(errors="ignore")
