"""Retries, conditions, owners, waiting for events, and conflicts as data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kubewright import Condition, ConflictError, NotFoundError, ObjectMeta
from kubewright._clock import StopToken
from kubewright.managed_fields import conflicts_of, extract, upgrade_patch
from kubewright.meta_v1 import KubernetesObject, Status
from kubewright.tools import (
    AlreadyOwnedError,
    Backoff,
    controller_of,
    find_condition,
    is_condition_true,
    on_error,
    owner_reference,
    remove_condition,
    retry_on_conflict,
    set_condition,
    set_controller_reference,
    set_owner_reference,
    until,
)
from kubewright.tools.retry import DEFAULT_BACKOFF, DEFAULT_RETRY
from kubewright.tools.waiting import WatchEndedError
from kubewright.unstructured import Unstructured
from kubewright.watch import WatchEvent
from tests.support.scripted import FakeClock, error


class Failing:
    """Fails so many times."""

    def __init__(self, times: int, failure: Exception) -> None:
        self.left = times
        self.calls = 0
        self.failure = failure

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.failure
        return "done"


CONFLICT = error(409, "Conflict")


def test_a_conflict_is_retried_four_times() -> None:
    clock = FakeClock()
    attempt = Failing(4, CONFLICT)
    assert retry_on_conflict(attempt, clock=clock) == "done"
    assert attempt.calls == 5
    assert all(0.01 <= wait <= 0.0111 for wait in clock.waits)
    attempt = Failing(5, CONFLICT)
    with pytest.raises(ConflictError):
        retry_on_conflict(attempt, clock=clock)
    assert attempt.calls == 5


def test_waits_may_grow() -> None:
    assert list(DEFAULT_BACKOFF.waits(lambda: 0.0)) == pytest.approx([0.01, 0.05, 0.25])
    assert list(DEFAULT_RETRY.waits(lambda: 1.0)) == pytest.approx([0.011] * 4)
    assert list(Backoff(steps=1, seconds=1).waits()) == []


def test_another_error_is_not_retried() -> None:
    attempt = Failing(1, error(404, "NotFound"))
    with pytest.raises(NotFoundError):
        retry_on_conflict(attempt, clock=FakeClock())
    assert attempt.calls == 1
    attempt = Failing(1, OSError())
    assert on_error(attempt, lambda e: isinstance(e, OSError), clock=FakeClock()) == "done"


def test_a_stop_ends_the_retries() -> None:
    stop = StopToken()
    stop.stop()
    attempt = Failing(3, CONFLICT)
    with pytest.raises(ConflictError):
        retry_on_conflict(attempt, stop=stop)
    assert attempt.calls == 1


OLD = datetime(2020, 1, 1, tzinfo=UTC)


def condition(kind: str, status: str, **more: Any) -> Condition:
    wire = {"type": kind, "status": status, "reason": "R", "message": "m", **more}
    return Condition.from_wire(wire)


def test_the_time_of_a_condition_changes_with_its_status_alone() -> None:
    clock = FakeClock()
    conditions = [condition("Ready", "False", lastTransitionTime="2020-01-01T00:00:00Z")]
    assert set_condition(conditions, condition("Ready", "False", message="other"), clock=clock)
    assert conditions[0].message == "other"
    assert conditions[0].last_transition_time == OLD
    assert not set_condition(conditions, condition("Ready", "False", message="other"), clock=clock)
    assert set_condition(conditions, condition("Ready", "True", observedGeneration=3), clock=clock)
    assert conditions[0].last_transition_time == clock.now()
    assert conditions[0].observed_generation == 3
    assert set_condition(conditions, condition("New", "True"), clock=clock)
    assert conditions[1].last_transition_time == clock.now()
    given = condition("New", "False", lastTransitionTime="2020-01-01T00:00:00Z")
    assert set_condition(conditions, given, clock=clock)
    assert conditions[1].last_transition_time == OLD


def test_conditions_are_found_and_removed() -> None:
    conditions = [condition("A", "True"), condition("B", "Unknown")]
    assert is_condition_true(conditions, "A")
    assert not is_condition_true(conditions, "B")
    assert not is_condition_true(conditions, "C")
    assert find_condition(conditions, "C") is None
    assert remove_condition(conditions, "A")
    assert not remove_condition(conditions, "A")
    assert [each.type for each in conditions] == ["B"]


def thing(name: str, namespace: str = "shop", **more: Any) -> Unstructured:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}"}
    return Unstructured.from_wire(
        {"apiVersion": "x/v1", "kind": "Thing", "metadata": metadata, **more}
    )


def test_one_controller_answers_for_an_object() -> None:
    child, owner, other = thing("child"), thing("owner"), thing("other")
    set_owner_reference(child, other)
    set_controller_reference(child, owner)
    set_controller_reference(child, owner)
    found = controller_of(child)
    assert found == owner_reference(owner, controller=True)
    assert [each.name for each in child.metadata.owner_references] == ["other", "owner"]
    with pytest.raises(AlreadyOwnedError, match="controlled by the Thing 'owner'"):
        set_controller_reference(child, other)


def test_an_owner_is_renewed_when_it_was_made_again() -> None:
    child, owner = thing("child"), thing("owner")
    set_controller_reference(child, owner)
    owner.metadata.uid = "another"
    owner.api_version = "x/v2"
    set_controller_reference(child, owner)
    (reference,) = child.metadata.owner_references
    assert (reference.uid, reference.api_version) == ("another", "x/v2")


@pytest.mark.parametrize(
    ("child", "owner"),
    [
        (thing("a", "one"), thing("b", "two")),
        (thing("a", ""), thing("b", "two")),
        (thing("a"), Unstructured(kind="Thing", api_version="x/v1")),
        (thing("a"), KubernetesObject(metadata=ObjectMeta(name="x", uid="u"))),
    ],
)
def test_what_cannot_own_is_an_error(child: Unstructured, owner: KubernetesObject) -> None:
    with pytest.raises(ValueError, match=r"cannot own|has no uid"):
        set_owner_reference(child, owner)
    assert controller_of(child) is None


def events(*names: str) -> list[WatchEvent[Unstructured]]:
    return [WatchEvent("ADDED", thing(name)) for name in names]


def named(name: str) -> Callable[[WatchEvent[Unstructured]], bool]:
    return lambda event: event.object.metadata.name == name


def test_conditions_hold_one_after_the_other() -> None:
    seen = until(events("a", "c", "b", "c"), named("b"), named("c"))
    assert seen.object.metadata.name == "c"
    assert until(events("a"), named("a"), named("a")).type == "ADDED"
    with pytest.raises(WatchEndedError, match="1 of 2"):
        until(events("c", "b"), named("b"), named("c"))
    with pytest.raises(ValueError, match="nothing to wait for"):
        until(events("a"))


def test_conflicts_are_data() -> None:
    message = 'conflict with "kubectl" using apps/v1'
    cause = {"reason": "FieldManagerConflict", "message": message, "field": ".spec.replicas"}
    other = {"reason": "FieldValueInvalid", "message": "x", "field": ".spec"}
    status: dict[str, Any] = {"status": "Failure", "code": 409, "reason": "Conflict"}
    status["details"] = {"causes": [cause, other]}
    (found,) = conflicts_of(ConflictError(Status.from_wire(status)))
    assert (found.field, found.manager, found.message) == (".spec.replicas", "kubectl", message)


def test_who_applied_nothing_has_nothing() -> None:
    assert extract(thing("a"), "me") is None
    assert upgrade_patch(thing("a"), ["kubectl"], "me") == []
