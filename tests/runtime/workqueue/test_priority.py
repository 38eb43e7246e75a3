"""Higher priorities come first, age counts, and nothing waits for ever."""

from __future__ import annotations

import pytest

from kubewright.testing import ManualClock
from kubewright.workqueue import ExponentialLimiter, PriorityQueue
from tests.support.patience import wait_until
from tests.support.scripted import FakeClock

WAIT = 10.0


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


def test_low_priorities_last_through_delays() -> None:
    clock = ManualClock()
    queue = PriorityQueue[str](ExponentialLimiter[str](1.0, 1.0), clock=clock, rise=0.0)
    queue.add_after("later", 1, priority=-2)
    queue.add_rate_limited("failed", priority=-3)
    clock.until_waiting()
    clock.advance(1)
    wait_until(lambda: len(queue) == 2)
    queue.add("plain", -1)
    items = all_of(queue)
    queue.shut_down()

    assert items == "plainlaterfailed"


def test_of_several_priorities_of_a_delayed_item_the_highest_counts() -> None:
    clock = ManualClock()
    queue = PriorityQueue[str](clock=clock, rise=0.0)
    queue.add_after("a", 1, priority=-5)
    queue.add_after("a", 9, priority=-1)
    queue.add_after("b", 1, priority=-3)
    clock.until_waiting()
    clock.advance(1)
    wait_until(lambda: len(queue) == 2)
    items = all_of(queue)
    queue.shut_down()

    assert items == "ab"


def test_a_priority_for_later_is_none_for_now() -> None:
    queue = PriorityQueue[str](clock=FakeClock())
    queue.add("a", -1)
    queue.add("b", 0)
    queue.shut_down()
    queue.add_after("a", 50, priority=9)

    assert all_of(queue) == "ba"


def test_what_is_delayed_does_not_raise_what_waits() -> None:
    clock = ManualClock()
    queue = PriorityQueue[str](clock=clock, rise=0.0)
    queue.add("a", -1)
    queue.add_after("a", 50, priority=9)
    queue.add("b", 0)
    queue.add("a", -1)
    items = all_of(queue)
    queue.shut_down()

    assert items == "ba"


@pytest.mark.parametrize("priority", [-4.0, 4.0])
def test_what_fails_keeps_its_priority(priority: float) -> None:
    queue = PriorityQueue[str](ExponentialLimiter[str](0.0, 0.0), clock=FakeClock())
    queue.add("a", priority)
    queue.get(0)
    queue.add_rate_limited("a")
    queue.done("a")
    queue.add("b", 0)

    assert all_of(queue) == ("ab" if priority > 0 else "ba")


def test_a_priority_is_forgotten_with_the_work() -> None:
    queue = PriorityQueue[str](clock=FakeClock())
    queue.add("a", 4)
    queue.done(queue.get(0))
    queue.add("b", 1)
    queue.add_after("a", 0)

    assert all_of(queue) == "ba"
