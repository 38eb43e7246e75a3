"""Similar messages become one, repetitions are counted, and too many are dropped."""

from __future__ import annotations

from datetime import UTC, datetime

from kubewright.events import ObjectReference
from kubewright.events.correlator import Correlated, Correlator
from kubewright.events.occurrence import Occurrence, event_name
from tests.support.scripted import FakeClock

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def occurrence(message: str = "m", *, name: str = "a", reason: str = "R") -> Occurrence:
    return Occurrence(
        regarding=ObjectReference(kind="Pod", name=name, namespace="shop", uid="1"),
        reason=reason,
        message=message,
        type="Normal",
        action="",
        related=None,
        time=NOW,
    )


class Correlating:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.correlator = Correlator(clock=self.clock)
        self.names = 0

    def take(self, message: str = "m", **more: str) -> Correlated | None:
        taken = self.correlator.take(occurrence(message, **more))
        if taken is not None and not taken.name:
            self.names += 1
            self.correlator.sent(taken.key, f"event-{self.names}")
        return taken


def test_the_first_one_is_new_and_repetitions_are_counted() -> None:
    correlating = Correlating()
    taken = [correlating.take() for _ in range(3)]

    assert [(each.count, each.name) for each in taken if each] == [
        (1, ""),
        (2, "event-1"),
        (3, "event-1"),
    ]


def test_from_the_tenth_different_message_they_are_one_event() -> None:
    correlating = Correlating()
    taken = [correlating.take(f"m{number}") for number in range(12)]

    assert [each.message for each in taken if each][8:] == [
        "m8",
        "(combined from similar events): m9",
        "(combined from similar events): m10",
        "(combined from similar events): m11",
    ]
    assert [each.count for each in taken if each][8:] == [1, 1, 2, 3]


def test_after_ten_minutes_without_any_they_are_told_apart_again() -> None:
    correlating = Correlating()
    for number in range(12):
        correlating.take(f"m{number}")
    correlating.clock.advance(601)()

    taken = correlating.take("later")

    assert taken is not None
    assert taken.message == "later"


def test_other_reasons_are_told_apart() -> None:
    correlating = Correlating()
    for number in range(12):
        correlating.take(f"m{number}")

    taken = correlating.take("m", reason="Other")

    assert taken is not None
    assert taken.message == "m"


def test_about_one_object_25_may_pass_and_then_one_each_five_minutes() -> None:
    correlating = Correlating()
    passed = sum(correlating.take() is not None for _ in range(40))
    other = correlating.take(name="b")
    correlating.clock.advance(299)()
    early = correlating.take()
    correlating.clock.advance(2)()

    assert (passed, other is not None, early) == (25, True, None)
    taken = correlating.take()
    assert taken is not None
    assert taken.count == 42


def test_only_so_much_is_remembered() -> None:
    correlating = Correlating()
    correlating.take(name="first")
    for number in range(4096):
        correlating.take(name=f"n{number}")

    taken = correlating.take(name="first")

    assert taken is not None
    assert taken.count == 1


def test_a_name_is_of_the_object_and_the_time() -> None:
    name, _, time = event_name(occurrence()).partition(".")

    assert (name, int(time, 16)) == ("a", 1767323045000006000)


def test_a_name_that_would_be_too_long_is_random() -> None:
    name = event_name(occurrence(name="x" * 250))

    assert len(name) == 36
