"""What is added for later comes when its time has come, and the earliest time counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kubewright.testing import ManualClock
from kubewright.workqueue import DelayingQueue

WAIT = 10.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> Iterator[DelayingQueue[str]]:
    queue = DelayingQueue[str](clock=clock)
    yield queue
    queue.shut_down()


def test_without_a_delay_it_is_there_at_once(queue: DelayingQueue[str]) -> None:
    queue.add_after("a", 0)
    queue.add_after("b", -1)

    assert [queue.get(0), queue.get(0)] == ["a", "b"]


def test_it_comes_when_it_is_due(queue: DelayingQueue[str], clock: ManualClock) -> None:
    queue.add_after("late", 20)
    queue.add_after("a", 10)
    clock.until_waiting()
    clock.advance(9.9)
    early = len(queue)
    clock.advance(0.1)

    assert (early, queue.get(WAIT), queue.delayed) == (0, "a", 1)


@pytest.mark.parametrize(("first", "second"), [(5, 50), (50, 5)])
def test_the_earliest_time_counts(
    queue: DelayingQueue[str], clock: ManualClock, first: float, second: float
) -> None:
    queue.add_after("a", first)
    clock.until_waiting()
    queue.add_after("a", second)
    clock.advance(5)
    item = queue.get(WAIT)
    queue.done(item)
    clock.advance(100)
    clock.until_waiting()

    assert (item, len(queue)) == ("a", 0)


def test_an_earlier_item_wakes_the_thread(queue: DelayingQueue[str], clock: ManualClock) -> None:
    queue.add_after("late", 100)
    clock.until_waiting()
    queue.add_after("a", 1)
    clock.advance(1)

    assert queue.get(WAIT) == "a"


def test_after_shut_down_nothing_comes_and_the_thread_ends(clock: ManualClock) -> None:
    before = set(threading.enumerate())
    queue = DelayingQueue[str](clock=clock)
    queue.add_after("a", 1)
    clock.until_waiting()
    (thread,) = set(threading.enumerate()) - before
    queue.shut_down()
    queue.add_after("b", 1)
    thread.join(WAIT)

    assert (thread.is_alive(), len(queue), queue.delayed) == (False, 0, 0)


def test_a_queue_that_delays_nothing_has_no_thread() -> None:
    before = threading.active_count()
    queue = DelayingQueue[str]()
    queue.add("a")

    assert threading.active_count() == before
