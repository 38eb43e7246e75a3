"""Higher priorities come first, age counts, and nothing waits for ever."""

from __future__ import annotations

from kubewright.workqueue import ExponentialLimiter, PriorityQueue
from tests.support.scripted import FakeClock


def all_of(queue: PriorityQueue[str]) -> str:
    items = ""
    while len(queue):
        item = queue.get(0)
        queue.done(item)
        items += item
    return items


def test_the_highest_comes_first_and_among_equals_the_first() -> None:
    queue = PriorityQueue[str](clock=FakeClock())
    for item, priority in (("a", 0), ("b", 5), ("c", 5), ("d", -1), ("e", 9)):
        queue.add(item, priority)

    assert all_of(queue) == "ebcad"


def test_an_item_that_is_added_again_keeps_its_higher_priority() -> None:
    queue = PriorityQueue[str](clock=FakeClock())
    queue.add("a", 1)
    queue.add("b", 2)
    queue.add("a", 3)
    queue.add("a", 0)

    assert all_of(queue) == "ab"


def test_waiting_raises_an_item() -> None:
    clock = FakeClock()
    queue = PriorityQueue[str](rise=1.0, clock=clock)
    queue.add("old", 0)
    clock.advance(11)()
    queue.add("n", 10)

    assert all_of(queue) == "oldn"


def test_without_ageing_only_priorities_count() -> None:
    clock = FakeClock()
    queue = PriorityQueue[str](rise=0.0, clock=clock)
    queue.add("old", 0)
    clock.advance(1000)()
    queue.add("n", 1)

    assert all_of(queue) == "nold"


def test_the_age_of_an_item_that_is_added_again_is_that_of_the_first_time() -> None:
    clock = FakeClock()
    queue = PriorityQueue[str](rise=1.0, clock=clock)
    queue.add("a", 0)
    clock.advance(5)()
    queue.add("b", 4)
    queue.add("a", 1)

    assert all_of(queue) == "ab"


def test_a_priority_lasts_through_the_work_on_the_item() -> None:
    queue = PriorityQueue[str](clock=FakeClock())
    queue.add("a", 0)
    queue.get()
    queue.add("a", 7)
    queue.add("b", 5)
    queue.done("a")

    assert all_of(queue) == "ab"


def test_priorities_go_with_delays_and_retries() -> None:
    queue = PriorityQueue[str](ExponentialLimiter[str](0.0, 0.0), clock=FakeClock())
    queue.add("a", 1)
    queue.add_after("b", 0, priority=2)
    queue.add_rate_limited("c", priority=3)

    assert all_of(queue) == "cba"
