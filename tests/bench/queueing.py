"""Items through a work queue, beside the standard library's queue."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

from kubewright.workqueue import QueueShutDown, RateLimitingQueue, WorkQueue
from tests.bench.tables import Row, Table

__all__ = ["measure_queue"]

_ITEMS = 200_000
_STANDARD = "queue.Queue: put, get, task_done"


def measure_queue(repeats: int) -> Iterator[Table]:
    """Items a second from one thread to one and to four workers; each is added once."""
    for workers in (1, 4):
        samples: dict[str, list[float]] = {}
        for _ in range(repeats):
            for name, found in _each(workers):
                samples.setdefault(name, []).append(found)
        rows = tuple(Row(name, tuple(found)) for name, found in samples.items())
        yield Table(f"queue, {workers} workers", "items/s", _STANDARD, rows, 0)


def _each(workers: int) -> Iterator[tuple[str, float]]:
    yield _STANDARD, _standard(workers)
    yield "WorkQueue: add, get, done", _own(WorkQueue(), workers)
    yield "RateLimitingQueue: add, get, done", _own(RateLimitingQueue(), workers)


def _own(items: WorkQueue[int], workers: int) -> float:
    def work() -> None:
        while True:
            try:
                item = items.get()
            except QueueShutDown:
                return
            items.done(item)

    threads = _started(work, workers)
    started = time.perf_counter()
    for number in range(_ITEMS):
        items.add(number)
    items.shut_down()
    return _rate(threads, started)


def _standard(workers: int) -> float:
    items: queue.Queue[int | None] = queue.Queue()

    def work() -> None:
        while True:
            item = items.get()
            items.task_done()
            if item is None:
                return

    threads = _started(work, workers)
    started = time.perf_counter()
    for number in range(_ITEMS):
        items.put(number)
    for _ in range(workers):
        items.put(None)
    return _rate(threads, started)


def _started(work: Callable[[], None], workers: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    return threads


def _rate(threads: list[threading.Thread], started: float) -> float:
    for thread in threads:
        thread.join()
    return _ITEMS / (time.perf_counter() - started)
