"""How occurrences reach the server, in the one form of events or in the other.

client-go: ``record.recordToSink`` and ``events.eventBroadcasterImpl``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kubewright._clock import Clock
from kubewright.errors import ApiError, NotFoundError
from kubewright.events.correlator import Correlated, Correlator, EventLimits
from kubewright.events.delivery import Delivery
from kubewright.events.models import CoreEvent, EventSeries, EventSource, SeriesEvent
from kubewright.events.occurrence import Occurrence, Reporter, Subject, part_of
from kubewright.meta_v1 import KubernetesObject, ObjectMeta
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.typed import ResourceClient

__all__ = ["CoreEvents", "CoreSink", "MissingApiError", "SeriesSink", "Sink"]

logger = logging.getLogger("kubewright.events")

E = TypeVar("E", bound=KubernetesObject)

_LONGEST_NOTE = 1024  # bytes
_REFRESH = 1800.0  # seconds after which a series that goes on is told again
_FINISHED = 360.0  # seconds without another one after which a series is over
_TIMEOUT = 30.0


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
        self,
        rest: RESTClient,
        reporter: Reporter,
        deliver: Delivery,
        clock: Clock,
        limits: EventLimits,
    ) -> None:
        self._rest = rest
        self._reporter = reporter
        self._deliver = deliver
        self._correlator = Correlator(limits, clock=clock)

    def take(self, occurrence: Occurrence) -> None:
        """Create an event, or count one that is there."""
        correlated = self._correlator.take(occurrence)
        if correlated is None:
            logger.debug("too many events about %s", occurrence.regarding.name)
            return
        event = self._event(occurrence, correlated)
        self._deliver(lambda: self._send(event, is_new=correlated.count == 1))

    def tick(self, *, at_end: bool = False) -> None:
        """Nothing: each is sent at once."""

    def _send(self, event: CoreEvent, *, is_new: bool) -> CoreEvent:
        events = CoreEvents(self._rest, event.metadata.namespace)
        if not is_new:
            wire = event.to_wire()
            changes = {key: wire[key] for key in ("count", "lastTimestamp", "message")}
            try:
                return events.patch(event.metadata.name, changes, timeout=_TIMEOUT)
            except NotFoundError:
                pass  # it was too old, or never came there, and is made
        return events.create(event, timeout=_TIMEOUT)

    def _event(self, occurrence: Occurrence, correlated: Correlated) -> CoreEvent:
        reporter = self._reporter
        event = CoreEvent(
            metadata=_metadata(occurrence, correlated.name),
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
        if correlated.is_combined:
            del event.metadata.annotations  # those of one of many
        return event


@dataclass(slots=True)
class _Series:
    event: SeriesEvent
    count: int
    last: float
    told_count: int
    told: float


class SeriesSink:
    """The new form: the first one is an event, the second begins a series, the end tells its length."""

    def __init__(
        self, rest: RESTClient, reporter: Reporter, deliver: Delivery, clock: Clock
    ) -> None:
        self._rest = rest
        self._reporter = reporter
        self._deliver = deliver
        self._clock = clock
        # whatever the server says to one, others like it belong to it
        self._series: dict[Subject, _Series] = {}
        self._has_worked = False

    def take(self, occurrence: Occurrence) -> None:
        """Create an event, or begin or go on with its series.

        Raises:
            MissingApiError: the server does not have this form.
        """
        key = (
            *part_of(occurrence.regarding),
            *part_of(occurrence.related),
            occurrence.type,
            occurrence.reason,
            occurrence.action,
        )
        now = self._clock.monotonic()
        series = self._series.get(key)
        if series is None:
            event = self._event(occurrence)
            self._series[key] = _Series(event, 1, now, 1, now)
            self._deliver(lambda: self._create(event))
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
            is_due = is_over or now - series.told >= _REFRESH
            if is_due and series.count > series.told_count:
                self._tell(series)
            if is_over:
                del self._series[key]

    def _tell(self, series: _Series) -> None:
        series.told = self._clock.monotonic()
        event = series.event
        changes = {"series": event.to_wire()["series"]}

        def send() -> SeriesEvent:
            try:
                return self._events(event).patch(event.metadata.name, changes, timeout=_TIMEOUT)
            except NotFoundError:
                return self._create(event)

        if self._deliver(send) is not None:
            series.told_count = series.count

    def _events(self, event: SeriesEvent) -> _SeriesEvents:
        return _SeriesEvents(self._rest, event.metadata.namespace)

    def _create(self, event: SeriesEvent) -> SeriesEvent:
        try:
            created = self._events(event).create(event, timeout=_TIMEOUT)
        except NotFoundError as error:
            if not self._has_worked and _is_without_details(error):
                raise MissingApiError from error
            raise
        self._has_worked = True
        return created

    def _event(self, occurrence: Occurrence) -> SeriesEvent:
        event = SeriesEvent(
            metadata=_metadata(occurrence, occurrence.name),
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


def _metadata(occurrence: Occurrence, name: str) -> ObjectMeta:
    metadata = ObjectMeta(name=name, namespace=occurrence.namespace)
    if occurrence.annotations:
        metadata.annotations = dict(occurrence.annotations)
    return metadata


def _is_without_details(error: ApiError) -> bool:
    """Whether it is the path that was not found, and not a namespace."""
    return not error.status.details.kind and not error.status.details.name


def _cut(note: str) -> str:
    return note.encode()[:_LONGEST_NOTE].decode(errors="ignore")
