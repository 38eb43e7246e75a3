"""Causes of a refusal, worded as the server words them.

apimachinery: ``util/validation/field/errors.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import in_json, quoted

__all__ = [
    "duplicate",
    "forbidden_field",
    "not_supported",
    "of_wrong_type",
    "required",
    "too_long",
    "too_many",
    "wrong",
]


def wrong(field: str, value: Any, why: str) -> Cause:
    """A value that the field may not have."""
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {why}", field)


def of_wrong_type(field: str, value: Any, why: str) -> Cause:
    """A value of another type than that of the field."""
    return Cause("FieldValueTypeInvalid", f"Invalid value: {_shown(value)}: {why}", field)


def required(field: str, why: str = "") -> Cause:
    """A field that has to be there."""
    return Cause("FieldValueRequired", f"Required value: {why}" if why else "Required value", field)


def not_supported(field: str, value: Any, supported: Iterable[str]) -> Cause:
    """A value that is none of a list."""
    listed = ", ".join(map(quoted, supported))
    message = f"Unsupported value: {_shown(value)}: supported values: {listed}"
    return Cause("FieldValueNotSupported", message, field)


def duplicate(field: str, value: Any) -> Cause:
    """An item that is there twice."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {_shown(value)}", field)


def forbidden_field(field: str, why: str) -> Cause:
    """A change, or a field, that is not allowed."""
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


def too_long(field: str, limit: int) -> Cause:
    """Text that is too long."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {limit} bytes", field)


def too_many(field: str, count: int, limit: int) -> Cause:
    """A list or a map with too much in it."""
    message = f"Too many: {count}: must have at most {limit} item{'' if limit == 1 else 's'}"
    return Cause("FieldValueTooMany", message, field)


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else in_json(value)
