"""What cells of tables are made of: an object, the time, and the few words that many cells share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.selectors import SelectorError, requirements_of
from kubewright.testing._apiserver.tables.durations import age

__all__ = [
    "NONE",
    "UNSET",
    "Cell",
    "Row",
    "at",
    "count",
    "flag",
    "labels_text",
    "listed",
    "more_of",
    "objects_of",
    "selector_text",
    "since",
    "value_at",
]

NONE: Final = "<none>"
UNSET: Final = "<unset>"
_NO_SELECTOR: Final = "<error>"


@dataclass(frozen=True, slots=True)
class Row:
    """An object of a table.

    Attributes:
        obj: as one version shows it.
        now: the cluster's time.
    """

    obj: Mapping[str, Any]
    now: datetime

    def get(self, path: str) -> Any:
        """Return what is at a path of names; None where there is nothing."""
        return value_at(self.obj, path)

    def text(self, path: str) -> str:
        """Return text; empty where there is nothing."""
        value = self.get(path)
        return "" if value is None else str(value)

    def number(self, path: str, default: int = 0) -> int:
        """Return a whole number."""
        value = self.get(path)
        return value if isinstance(value, int) else default

    def objects(self, path: str) -> list[dict[str, Any]]:
        """Return a list of objects; empty where there is none."""
        return objects_of(self.get(path))

    def age(self, path: str = "metadata.creationTimestamp") -> str:
        """Return how long ago the time at a path was."""
        return age(self.get(path), self.now)


Cell = Callable[[Row], Any]


def value_at(value: Any, path: str) -> Any:
    """Return what is at a path of names in a JSON value."""
    for step in path.split("."):
        value = value.get(step) if is_object(value) else None
    return value


def objects_of(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list of JSON."""
    return [item for item in value if is_object(item)] if is_array(value) else []


def at(path: str, default: Any = "") -> Cell:
    """Make cells of what is at a path."""

    def cell(row: Row) -> Any:
        value = row.get(path)
        return default if value is None or value == "" else value

    return cell


def count(path: str) -> Cell:
    """Make cells of how many items a list or a map has."""

    def cell(row: Row) -> int:
        value = row.get(path)
        return len(value) if is_array(value) or is_object(value) else 0

    return cell


def flag(path: str, default: str = UNSET) -> Cell:
    """Make cells of a yes or no, in words."""

    def cell(row: Row) -> str:
        value = row.get(path)
        return default if value is None else str(bool(value))

    return cell


def since(path: str = "metadata.creationTimestamp", default: str | None = None) -> Cell:
    """Make cells of how long ago something was."""

    def cell(row: Row) -> str:
        return default if default is not None and row.get(path) is None else row.age(path)

    return cell


def listed(path: str, key: str, separator: str = ",") -> Cell:
    """Make cells of one field of all objects in a list."""

    def cell(row: Row) -> str:
        return separator.join(str(item.get(key, "")) for item in row.objects(path))

    return cell


def labels_text(path: str) -> Cell:
    """Make cells of labels."""

    def cell(row: Row) -> str:
        labels = row.get(path)
        pairs = sorted(labels.items()) if is_object(labels) else []
        return ",".join(f"{key}={value}" for key, value in pairs) or NONE

    return cell


def selector_text(path: str, nothing: str = NONE) -> Cell:
    """Make cells of a label selector."""

    def cell(row: Row) -> str:
        selector = row.get(path)
        if not is_object(selector):
            return nothing
        try:
            return str(requirements_of(selector)) or nothing
        except SelectorError:
            return _NO_SELECTOR

    return cell


def more_of(items: Iterable[str], limit: int, nothing: str, separator: str = ",") -> str:
    """Return the first of many, and how many more there are."""
    found = list(items)
    shown = separator.join(found[:limit]) or nothing
    return f"{shown} + {len(found) - limit} more..." if len(found) > limit else shown
