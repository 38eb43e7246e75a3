"""Tells events without ever making a program wait or fail.

client-go: ``record.EventRecorder`` and ``record.EventBroadcaster``.
"""

from __future__ import annotations

import logging
import queue
import random
import socket
from collections.abc import Callable
from threading import Lock
from typing import Any, Literal, TypeAlias

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Closing
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.errors import StoppedError, TransportError
from kubewright.events.models import ObjectReference
from kubewright.events.occurrence import Occurrence, Reporter
from kubewright.events.reference import reference_to
from kubewright.events.sinks import CoreSink, MissingApiError, SeriesSink, Sink
from kubewright.meta_v1 import KubernetesObject
from kubewright.rest.client import RESTClient

__all__ = ["EventApi", "EventRecorder"]

logger = logging.getLogger("kubewright.events")

EventApi: TypeAlias = Literal["auto", "core", "events"]
"""``core``: ``v1``; ``events``: ``events.k8s.io/v1``; ``auto``: the latter where the server has it."""

_LONGEST_QUEUE = 1000
_TRIES = 12
_PAUSE = 10.0
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
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; a thread is started with the first event.

        Args:
            rest: the way to the server.
            component: who tells, such as ``website-controller``.
            instance: which one of them; the component and the host if not given.
            api: the form of the events.
            clock: tells the time, measures and waits.
            rand: spreads retries; gives numbers from 0 to 1.

        Raises:
            ValueError: the component is empty.
        """
        if not component:
            raise ValueError("an event recorder needs the name of its component")
        host = socket.gethostname()
        self._rest = rest
        self._reporter = Reporter(component, instance or f"{component}-{host}", host)
        self._clock = clock
        self._rand = rand
        self._is_automatic = api == "auto"
        kind = CoreSink if api == "core" else SeriesSink
        self._sink: Sink = kind(rest, self._reporter, self._deliver, clock)
        self._queue: queue.Queue[Occurrence | None] = queue.Queue(_LONGEST_QUEUE)
        self._stop = StopToken()
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
    ) -> None:
        """Tell what happened to an object; returns at once, whatever the server does.

        Args:
            obj: what it happened to.
            reason: one word in CamelCase, for programs.
            message: for people.
            type: whether all is well.
            action: what was done about it.
            related: another object that is part of it.

        Raises:
            ValueError: the type is another, or there is no reason.
            RequestError: the object does not say what it is.
        """
        if type not in ("Normal", "Warning"):
            raise ValueError(f"an event is Normal or Warning, not {type!r}")
        if not reason:
            raise ValueError("an event needs a reason")
        occurrence = Occurrence(
            regarding=reference_to(obj),
            reason=reason,
            message=message,
            type=type,
            action=action,
            related=None if related is None else reference_to(related),
            time=self._clock.now(),
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
                occurrence = self._queue.get(timeout=_TICK)
            except queue.Empty:
                self._sink.tick()
                continue
            if occurrence is None:
                self._sink.tick(at_end=True)
                return
            self._send(occurrence)
            if self._clock.monotonic() - ticked >= _TICK:
                self._sink.tick()
                ticked = self._clock.monotonic()

    def _send(self, occurrence: Occurrence) -> None:
        try:
            self._sink.take(occurrence)
        except MissingApiError:
            if not self._is_automatic:
                logger.warning("the server has no events.k8s.io/v1: %s is lost", occurrence.reason)
                return
            logger.info("the server has no events.k8s.io/v1: events are told in v1")
            self._sink = CoreSink(self._rest, self._reporter, self._deliver, self._clock)
            self._sink.take(occurrence)

    def _deliver(self, call: Callable[[], Any]) -> Any:
        """Make a call, again while there is no answer; a refusal is final."""
        for attempt in range(_TRIES):
            if attempt:
                # the first pause is random: programs that failed together come back apart
                share = self._rand() if attempt == 1 else 1.0
                if self._clock.wait(_PAUSE * share, self._stop):
                    return None
            try:
                return call()
            except StoppedError:
                return None
            except TransportError as error:
                logger.info("an event is not sent yet: %s", error)
            except KubeError as error:
                logger.warning("the server refused an event: %s", error)
                return None
        logger.warning("an event is lost after %d attempts", _TRIES)
        return None
