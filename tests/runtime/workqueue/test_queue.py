"""An item waits once, one worker has it, and nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from kubewright.workqueue import FirstInFirstOut, QueueShutDown, RecordedMetrics, WorkQueue
from tests.support.scripted import FakeClock

WAIT = 10.0


def all_of(queue: WorkQueue[str]) -> list[str]:
    items: list[str] = []
    while len(queue):
        items.append(queue.get(0))
        queue.done(items[-1])
    return items


def test_items_come_in_order_and_each_once() -> None:
    queue = WorkQueue[str]()
    for item in ("a", "b", "a", "c", "b"):
        queue.add(item)

    assert all_of(queue) == ["a", "b", "c"]


def test_an_item_that_is_added_while_it_is_worked_on_comes_again_afterwards() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    queue.get()
    queue.add("a")
    queue.add("a")
    waiting = len(queue)
    queue.done("a")

    assert (waiting, all_of(queue)) == (0, ["a"])


def test_done_without_a_change_is_the_end() -> None:
    queue = WorkQueue[str]()
    queue.add("a")
    queue.get()
    queue.done("a")
    queue.done("a")

    assert (len(queue), queue.processing) == (0, 0)


def test_getting_waits_for_an_item() -> None:
    queue = WorkQueue[str]()
    threading.Timer(0.01, queue.add, ["a"]).start()

    assert queue.get(WAIT) == "a"


def test_getting_may_give_up() -> None:
    with pytest.raises(TimeoutError, match="no item for 0 s"):
        WorkQueue[str]().get(0)


class _Losing(FirstInFirstOut[str]):
    """Lets no item wait, so that who waits is woken for nothing."""

    def push(self, item: str) -> None:
        pass


def test_who_is_woken_for_nothing_waits_no_longer_for_it() -> None:
    queue = WorkQueue[str](order=_Losing())
    gave_up = threading.Event()

    def wake() -> None:
        for number in range(200):
            queue.add(str(number))
            if gave_up.wait(0.01):
                return
        queue.shut_down()

    waker = threading.Thread(target=wake)
    waker.start()
    with pytest.raises(TimeoutError):
        queue.get(0.05)
    gave_up.set()
    waker.join(WAIT)


class TestShutDown:
    def test_what_waits_can_still_be_had_and_then_it_says_so(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        queue.shut_down()
        queue.add("b")

        assert queue.get() == "a"
        with pytest.raises(QueueShutDown):
            queue.get()

    def test_who_waits_is_woken(self) -> None:
        queue = WorkQueue[str]()
        threading.Timer(0.01, queue.shut_down).start()

        with pytest.raises(QueueShutDown):
            queue.get(WAIT)

    def test_a_drain_waits_for_what_is_worked_on_and_what_that_brings(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        queue.get()
        queue.add("a")
        worked: list[str] = []

        def work() -> None:
            queue.done("a")
            worked.append(queue.get())
            queue.done("a")

        threading.Timer(0.01, work).start()

        assert queue.shut_down_with_drain(WAIT)
        assert worked == ["a"]

    def test_a_drain_may_give_up(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        queue.get()

        assert not queue.shut_down_with_drain(0.01)

    def test_a_later_shut_down_gives_the_drain_up(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        queue.get()
        threading.Timer(0.01, queue.shut_down).start()

        assert not queue.shut_down_with_drain(WAIT)


def test_no_item_is_with_two_workers_and_none_is_lost() -> None:
    queue = WorkQueue[int]()
    busy: Counter[int] = Counter()
    clashes: list[int] = []
    last_seen: dict[int, int] = {}
    current: dict[int, int] = {}
    lock = threading.Lock()

    def work() -> None:
        while True:
            try:
                item = queue.get()
            except QueueShutDown:
                return
            with lock:
                busy[item] += 1
                if busy[item] > 1:
                    clashes.append(item)
                last_seen[item] = current[item]
            with lock:
                busy[item] -= 1
            queue.done(item)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for step in range(5000):
        with lock:
            current[step % 7] = step
        queue.add(step % 7)
    queue.shut_down()
    for worker in workers:
        worker.join(WAIT)

    assert clashes == []
    # the last change of each item was seen by some worker
    assert last_seen == current


def test_metrics_tell_what_happens() -> None:
    clock = FakeClock()
    metrics = RecordedMetrics()
    queue = WorkQueue[str](metrics=metrics, clock=clock)
    queue.add("a")
    queue.add("b")
    queue.add("a")
    clock.advance(2)()
    queue.get()
    clock.advance(3)()
    queue.get()
    clock.advance(1)()
    queue.done("a")
    queue.report()

    assert (metrics.adds, metrics.items) == (2, 0)
    assert (metrics.queue_seconds, metrics.work_seconds, metrics.finished) == (7.0, 4.0, 1)
    assert (metrics.unfinished_seconds, metrics.longest_seconds) == (1.0, 1.0)
