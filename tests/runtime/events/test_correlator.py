"""Similar messages become one, repetitions are counted, and too many are dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubewright.events import ObjectReference
from kubewright.events.correlator import Correlated, Correlator, EventLimits
from kubewright.events.occurrence import Occurrence
from tests.support.scripted import FakeClock

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


class Correlating:
    def __init__(self, **limits: Any) -> None:
        self.clock = FakeClock()
        self.correlator = Correlator(EventLimits(**limits), clock=self.clock)
        self.taken = 0

    def take(
        self,
        message: str = "m",
        *,
        name: str = "a",
        reason: str = "R",
        type: str = "Normal",  # noqa: A002 - the field's name
        field_path: str = "",
    ) -> Correlated | None:
        self.taken += 1
        regarding = ObjectReference(
            kind="Pod", name=name, namespace="shop", uid="1", field_path=field_path
        )
        return self.correlator.take(
            Occurrence(
                name=f"event-{self.taken}",
                regarding=regarding,
                reason=reason,
                message=message,
                type=type,
                action="",
                related=None,
                annotations={},
                time=NOW,
            )
        )


def test_the_first_one_is_new_and_repetitions_are_counted() -> None:
    correlating = Correlating()
    taken = [correlating.take() for _ in range(3)]

    assert [(each.count, each.name) for each in taken if each] == [
        (1, "event-1"),
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


def test_warnings_have_a_budget_of_their_own() -> None:
    correlating = Correlating()
    passed = sum(correlating.take() is not None for _ in range(40))
    warned = sum(correlating.take(type="Warning") is not None for _ in range(40))

    assert (passed, warned) == (25, 25)


def test_parts_of_an_object_share_its_limits_and_are_counted_apart() -> None:
    correlating = Correlating()
    paths = [f"spec.containers{{c{number}}}" for number in range(30)]
    taken = [correlating.take(field_path=path) for path in paths]

    assert [each.count for each in taken if each is not None] == [1] * 25


def test_similar_messages_about_parts_of_an_object_are_one_event() -> None:
    correlating = Correlating()
    taken = [correlating.take(f"m{n}", field_path=f"spec.containers{{c{n}}}") for n in range(12)]

    assert [each.count for each in taken if each][8:] == [1, 1, 2, 3]


def test_only_so_much_is_remembered() -> None:
    correlating = Correlating()
    correlating.take(name="first")
    for number in range(4096):
        correlating.take(name=f"n{number}")

    taken = correlating.take(name="first")

    assert taken is not None
    assert taken.count == 1


def test_limits_may_be_others() -> None:
    correlating = Correlating(burst=3, refill=10.0, different_messages=2)
    taken = [correlating.take(f"m{number}") for number in range(5)]
    correlating.clock.advance(10)()

    assert [each and each.count for each in taken] == [1, 1, 2, None, None]
    assert correlating.take("m5") is not None
    assert correlating.take("m6") is None


@pytest.mark.parametrize(
    "name", ["burst", "refill", "different_messages", "together", "remembered"]
)
def test_limits_of_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        EventLimits(**{name: 0})
