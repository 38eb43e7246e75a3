"""Figures of clients and queues for prometheus-client, under client-go's names.

Needs the extra ``prometheus``: ``pip install 'kubewright[prometheus]'``. client-go:
``tools/metrics`` and ``util/workqueue`` as ``k8s.io/component-base/metrics`` registers them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kubewright.errors import ConfigError
from kubewright.rest.observing import Observation

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
except ImportError as error:
    raise ConfigError(
        "this needs prometheus-client: pip install 'kubewright[prometheus]'"
    ) from error

__all__ = ["PrometheusQueues", "PrometheusRequests"]

_LATENCY: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_SIZE: Final = tuple(float(64 << (2 * power)) for power in range(10))
_WORK: Final = tuple(10.0**power for power in range(-8, 2))


class PrometheusRequests:
    """An observer for ``connect(wrap=[observing(PrometheusRequests())])``."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Register the metrics."""
        labels = ["verb", "path"]
        self._results = Counter(
            "rest_client_requests_total",
            "Requests by status, method and path; the status is <error> when no answer came",
            ["code", "method", "path"],
            registry=registry,
        )
        self._latency = Histogram(
            "rest_client_request_duration_seconds",
            "Seconds until the answer, of a watch until its headers",
            labels,
            buckets=_LATENCY,
            registry=registry,
        )
        self._sent = Histogram(
            "rest_client_request_size_bytes",
            "Bytes in the bodies of requests",
            labels,
            buckets=_SIZE,
            registry=registry,
        )
        self._received = Histogram(
            "rest_client_response_size_bytes",
            "Bytes in the bodies of answers",
            labels,
            buckets=_SIZE,
            registry=registry,
        )

    def __call__(self, observation: Observation) -> None:
        """Count one request."""
        path, verb = observation.path, observation.verb
        code = "<error>" if observation.status is None else str(observation.status)
        self._results.labels(code, observation.request.method, path).inc()
        self._latency.labels(verb, path).observe(observation.seconds)
        if observation.request.body is not None:
            self._sent.labels(verb, path).observe(len(observation.request.body))
        if observation.body is not None:
            self._received.labels(verb, path).observe(len(observation.body))


class PrometheusQueues:
    """Makes the metrics of queues: ``WorkQueue(metrics=queues.of("pods"))``."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Register the metrics."""

        def gauge(name: str, documentation: str) -> Gauge:
            return Gauge(f"workqueue_{name}", documentation, ["name"], registry=registry)

        def counter(name: str, documentation: str) -> Counter:
            return Counter(f"workqueue_{name}", documentation, ["name"], registry=registry)

        def histogram(name: str, documentation: str) -> Histogram:
            return Histogram(
                f"workqueue_{name}", documentation, ["name"], buckets=_WORK, registry=registry
            )

        self.depth = gauge("depth", "Items that wait, or are to come again")
        self.adds = counter("adds_total", "Items that were added")
        self.retries = counter("retries_total", "Items that were added for later")
        self.queue_seconds = histogram("queue_duration_seconds", "Seconds that an item waited")
        self.work_seconds = histogram("work_duration_seconds", "Seconds of work on an item")
        self.unfinished = gauge("unfinished_work_seconds", "Seconds of all work that goes on")
        self.longest = gauge(
            "longest_running_processor_seconds", "Seconds of the longest work that goes on"
        )

    def of(self, name: str) -> PrometheusQueue:
        """Return what one queue tells its figures."""
        return PrometheusQueue(self, name)


class PrometheusQueue:
    """The figures of one queue; a ``QueueMetrics``."""

    def __init__(self, queues: PrometheusQueues, name: str) -> None:
        """Name the queue; `PrometheusQueues.of` makes one."""
        self._depth = queues.depth.labels(name)
        self._adds = queues.adds.labels(name)
        self._retries = queues.retries.labels(name)
        self._queue_seconds = queues.queue_seconds.labels(name)
        self._work_seconds = queues.work_seconds.labels(name)
        self._unfinished = queues.unfinished.labels(name)
        self._longest = queues.longest.labels(name)
        self._seconds = 0.0, 0.0

    def depth(self, items: int) -> None:
        """So many items wait, or are to come again."""
        self._depth.set(items)

    def added(self) -> None:
        """An item was added that did not wait."""
        self._adds.inc()

    def waited(self, seconds: float) -> None:
        """An item was handed out after so long."""
        self._queue_seconds.observe(seconds)

    def worked(self, seconds: float) -> None:
        """The work on an item has taken so long."""
        self._work_seconds.observe(seconds)

    def retried(self) -> None:
        """An item was added for later."""
        self._retries.inc()

    def unfinished(self, total: float, longest: float) -> None:
        """Work that goes on: the seconds that all of it and the longest of it has taken."""
        self._seconds = total, longest

    def reports(self, report: Callable[[], None]) -> None:
        """Ask the queue whenever the registry is read."""

        def asked(which: int) -> Callable[[], float]:
            def value() -> float:
                report()
                return self._seconds[which]

            return value

        self._unfinished.set_function(asked(0))
        self._longest.set_function(asked(1))
