"""Conditions in the status of an object.

apimachinery: ``api/meta`` (``SetStatusCondition`` and its kin).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.meta_v1 import Condition

__all__ = ["find_condition", "is_condition_true", "remove_condition", "set_condition"]


def find_condition(conditions: Sequence[Condition], type: str) -> Condition | None:  # noqa: A002
    """Return the condition of a type, if there is one."""
    return next((each for each in conditions if each.type == type), None)


def is_condition_true(conditions: Sequence[Condition], type: str) -> bool:  # noqa: A002
    """Whether there is a condition of the type, and it is true."""
    found = find_condition(conditions, type)
    return found is not None and found.status == "True"


def set_condition(
    conditions: list[Condition], condition: Condition, *, clock: Clock = SYSTEM_CLOCK
) -> bool:
    """Put a condition in the place of the one of its type; return whether anything changed.

    The time of the transition is that of the one before, unless the status is another now; then it
    is the one given, or the present.

    Args:
        conditions: of the status; changed.
        condition: as it is to be.
        clock: tells the present.
    """
    now = clock.now().astimezone(UTC).replace(microsecond=0)
    found = find_condition(conditions, condition.type)
    if found is None:
        added = condition.model_copy()
        added.last_transition_time = _time_of(condition) or now
        conditions.append(added)
        return True
    before = found.to_wire()
    if found.status != condition.status:
        found.status = condition.status
        found.last_transition_time = _time_of(condition) or now
    found.reason = condition.reason
    found.message = condition.message
    if condition.observed_generation is not None or found.observed_generation is not None:
        found.observed_generation = condition.observed_generation
    return found.to_wire() != before


def remove_condition(conditions: list[Condition], type: str) -> bool:  # noqa: A002
    """Remove the condition of a type; return whether there was one."""
    kept = [each for each in conditions if each.type != type]
    changed = len(kept) != len(conditions)
    conditions[:] = kept
    return changed


def _time_of(condition: Condition) -> datetime | None:
    time: datetime | None = condition.last_transition_time
    return time
