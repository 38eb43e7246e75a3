"""Tells events without ever making a program wait or fail.

client-go: ``record.EventRecorder`` and ``record.EventBroadcaster``.
"""

from __future__ import annotations

import logging
import queue
import random
import socket
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Literal, TypeAlias

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Closing
from kubewright._threads import SupervisedThread
from kubewright.events.correlator import EventLimits
from kubewright.events.delivery import Delivery
from kubewright.events.models import ObjectReference
from kubewright.events.occurrence import EventNames, Occurrence, Reporter
from kubewright.events.reference import reference_to
from kubewright.events.sinks import CoreSink, MissingApiError, SeriesSink, Sink
from kubewright.meta_v1 import KubernetesObject
from kubewright.rest.client import RESTClient

__all__ = ["EventApi", "EventRecorder"]

logger = logging.getLogger("kubewright.events")

EventApi: TypeAlias = Literal["auto", "core", "events"]
"""``core``: ``v1``; ``events``: ``events.k8s.io/v1``; ``auto``: the latter where the server has it."""

_LONGEST_QUEUE = 1000
_TICK = 60.0


class EventRecorder(Closing):
    """Tells what happens to objects; a context manager, for many threads.

    .. code-block:: python

        with EventRecorder(cs.rest, component="website-controller") as recorder:
            recorder.event(site, "Deployed", "the deployment is there")
    """

    def __init__(
        self,
        rest: RESTClient,
        *,
        component: str,
        instance: str | None = None,
        api: EventApi = "auto",
        limits: EventLimits | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; a thread is started with the first event.

        Args:
            rest: the way to the server.
            component: who tells, such as ``website-controller``.
            instance: which one of them; the component and the host if not given.
            api: the form of the events.
            limits: of the old form; client-go's if not given.
            clock: tells the time, measures and waits.
            rand: spreads retries and names; gives numbers from 0 to 1.

        Raises:
            ValueError: the component is empty.
        """
        if not component:
            raise ValueError("an event recorder needs the name of its component")
        host = socket.gethostname()
        self._rest = rest
        self._reporter = Reporter(component, instance or f"{component}-{host}", host)
        self._clock = clock
        self._names = EventNames(rand)
        self._is_automatic = api == "auto"
        self._limits = limits or EventLimits()
        self._stop = StopToken()
        self._deliver = Delivery(clock=clock, rand=rand, stop=self._stop)
        self._sink: Sink = self._core_sink()
        if api != "core":
            self._sink = SeriesSink(rest, self._reporter, self._deliver, clock)
        self._queue: queue.Queue[Occurrence | None] = queue.Queue(_LONGEST_QUEUE)
        self._lock = Lock()
        self._thread: SupervisedThread | None = None
        self._closed = False
        self.dropped = 0

    def event(
        self,
        obj: KubernetesObject | ObjectReference,
        reason: str,
        message: str,
        *,
        type: Literal["Normal", "Warning"] = "Normal",  # noqa: A002 - the field's name
        action: str = "",
        related: KubernetesObject | ObjectReference | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        """Tell what happened to an object; returns at once, whatever the server does.

        Args:
            obj: what it happened to.
            reason: one word in CamelCase, for programs.
            message: for people.
            type: whether all is well.
            action: what was done about it.
            related: another object that is part of it.
            annotations: of the event, if it is a new one. Repetitions keep those of the first, and
                an event that stands for several different ones has none.

        Raises:
            ValueError: the type is another, or there is no reason.
            RequestError: the object does not say what it is.
        """
        if type not in ("Normal", "Warning"):
            raise ValueError(f"an event is Normal or Warning, not {type!r}")
        if not reason:
            raise ValueError("an event needs a reason")
        regarding, now = reference_to(obj), self._clock.now()
        occurrence = Occurrence(
            name=self._names.of(regarding.name or "", now),
            regarding=regarding,
            reason=reason,
            message=message,
            type=type,
            action=action,
            related=None if related is None else reference_to(related),
            annotations=dict(annotations or {}),
            time=now,
        )
        with self._lock:
            if self._closed:
                self.dropped += 1
                return
            try:
                self._queue.put_nowait(occurrence)
            except queue.Full:
                self.dropped += 1
                if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8, …
                    logger.warning("%d events were dropped: the server is slow", self.dropped)
                return
            if self._thread is None:
                name = f"events of {self._reporter.component}"
                self._thread = SupervisedThread(name, self._send_all, stop=self._stop)
                self._thread.start()

    def close(self, timeout: float = 5.0) -> bool:
        """Send what waits, and end.

        Args:
            timeout: seconds for it; what is left is dropped then.

        Returns:
            Whether all was sent or given up in time.
        """
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return True
        try:
            self._queue.put(None, timeout=timeout)
        except queue.Full:
            self._stop.stop()
        ended = thread.join(timeout)
        self._stop.stop()
        return ended

    def _send_all(self) -> None:
        ticked = self._clock.monotonic()
        while not self._stop.is_stopped:
            try:
                taken = [self._queue.get(timeout=_TICK)]
            except queue.Empty:
                taken = []
            # before anything is sent: a series that is over must not go on
            if self._clock.monotonic() - ticked >= _TICK:
                self._send(lambda sink: sink.tick())
                ticked = self._clock.monotonic()
            for occurrence in taken:
                if occurrence is None:
                    self._send(lambda sink: sink.tick(at_end=True))
                    return
                self._take(occurrence)

    def _take(self, occurrence: Occurrence) -> None:
        self._send(lambda sink: sink.take(occurrence))

    def _send(self, send: Callable[[Sink], None]) -> None:
        try:
            send(self._sink)
        except MissingApiError:
            if not self._is_automatic:
                logger.warning("the server has no events.k8s.io/v1: an event is lost")
                return
            logger.info("the server has no events.k8s.io/v1: events are told in v1")
            self._sink = self._core_sink()
            send(self._sink)

    def _core_sink(self) -> CoreSink:
        return CoreSink(self._rest, self._reporter, self._deliver, self._clock, self._limits)
