"""Every event has a name of its own that the server takes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from kubewright.events.occurrence import EventNames

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def test_a_name_is_of_the_object_and_the_time() -> None:
    name, _, time = EventNames(lambda: 0.0).of("a", NOW).partition(".")

    assert (name, int(time, 16)) == ("a", 1767323045000006000)


def test_what_happens_in_one_instant_has_several_names() -> None:
    names = EventNames(lambda: 0.5)

    assert len({names.of("a", NOW) for _ in range(1000)}) == 1000


def test_recorders_of_one_instant_have_several_names() -> None:
    assert EventNames(lambda: 0.1).of("a", NOW) != EventNames(lambda: 0.2).of("a", NOW)


@pytest.mark.parametrize(
    "name",
    ["x" * 250, "system:node", "Upper", "under_score", "-a", "a..b", "", "new\nline", "a\n"],
)
def test_a_name_that_no_event_can_have_is_a_random_one(name: str) -> None:
    names = EventNames(lambda: 0.0)
    first, second = names.of(name, NOW), names.of(name, NOW)

    assert str(uuid.UUID(first)) == first
    assert first != second
