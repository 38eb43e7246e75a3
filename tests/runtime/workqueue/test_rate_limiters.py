"""The waits of items that fail."""

from __future__ import annotations

import pytest

from kubewright.workqueue import (
    BucketLimiter,
    ExponentialLimiter,
    FastSlowLimiter,
    MaxOfLimiter,
    MaxWaitLimiter,
    default_controller_limiter,
)
from tests.support.scripted import FakeClock


def test_exponential_waits_double_up_to_the_longest() -> None:
    limiter = ExponentialLimiter[str](1.0, 60.0)

    assert [limiter.when("a") for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert limiter.when("b") == 1
    assert limiter.num_requeues("a") == 8


def test_exponential_waits_never_overflow() -> None:
    limiter = ExponentialLimiter[str](1.0, 60.0)
    for _ in range(3000):
        limiter.when("a")

    assert limiter.when("a") == 60


def test_a_forgotten_item_begins_again() -> None:
    limiter = ExponentialLimiter[str](1.0, 60.0)
    limiter.when("a")
    limiter.forget("a")

    assert (limiter.num_requeues("a"), limiter.when("a")) == (0, 1)


def test_fast_then_slow() -> None:
    limiter = FastSlowLimiter[str](0.005, 10.0, 3)

    assert [limiter.when("a") for _ in range(5)] == [0.005, 0.005, 0.005, 10.0, 10.0]


def test_a_bucket_lets_a_burst_pass_and_then_so_many_a_second() -> None:
    clock = FakeClock()
    limiter = BucketLimiter[str](10.0, 3, clock=clock)
    waits = [limiter.when(item) for item in "abcde"]
    clock.advance(1.0)()

    assert waits == pytest.approx([0, 0, 0, 0.1, 0.2])
    assert limiter.when("f") == 0


def test_the_longest_of_several_waits() -> None:
    limiter = MaxOfLimiter(FastSlowLimiter[str](5.0, 3.0, 1), ExponentialLimiter[str](1.0, 60.0))
    waits = [limiter.when("a") for _ in range(4)]
    requeues = limiter.num_requeues("a")
    limiter.forget("a")

    assert (waits, requeues, limiter.num_requeues("a")) == ([5.0, 3.0, 4.0, 8.0], 4, 0)


def test_no_wait_is_longer_than_the_longest() -> None:
    limiter = MaxWaitLimiter(ExponentialLimiter[str](1.0, 60.0), 3.0)

    assert [limiter.when("a") for _ in range(3)] == [1.0, 2.0, 3.0]
    assert limiter.num_requeues("a") == 3


def test_the_default_is_client_gos() -> None:
    limiter = default_controller_limiter(clock=FakeClock())
    first = limiter.when("a")
    for number in range(99):
        limiter.when(number)

    assert [first, limiter.when("b")] == pytest.approx([0.005, 0.1])
