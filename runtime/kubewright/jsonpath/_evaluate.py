"""Applies templates to data."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.jsonpath._nodes import (
    Action,
    Constant,
    Field,
    Filter,
    JSONPathError,
    Loop,
    Node,
    Part,
    Recursive,
    Slice,
    Text,
    Union,
    Wildcard,
)

__all__ = ["find"]

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_EQUALITY: Final = ("==", "!=")


def find(parts: Sequence[Part], data: Any, *, allow_missing: bool) -> Iterator[list[Any]]:
    """The results of each text and action, in order; those in loops once for each round.

    Raises:
        JSONPathError: the template does not fit the data.
    """
    walk = _Walk(allow_missing)
    for part in parts:
        match part:
            case Text(text):
                yield [text]
            case Action(nodes):
                yield walk.all(nodes, [data])
            case Loop(over, inside):
                for value in walk.all(over, [data]):
                    yield from find(inside, value, allow_missing=allow_missing)


class _Walk:
    def __init__(self, allow_missing: bool) -> None:
        self._allow_missing = allow_missing

    def all(self, nodes: Iterable[Node], values: list[Any]) -> list[Any]:
        """Follow a path from some values."""
        for node in nodes:
            values = self._one(node, values)
        return values

    def _one(self, node: Node, values: list[Any]) -> list[Any]:
        match node:
            case Text(text):
                return [text]
            case Constant(value):
                return [value] * len(values)
            case Field(name):
                return self._field(name, values)
            case Wildcard():
                return [child for value in values for child in _children(value)]
            case Recursive():
                return [below for value in values for below in _descendants(value)]
            case Slice():
                return [item for value in values for item in _sliced(node, value)]
            case Union(members):
                return [found for member in members for found in self.all(member, values)]
            case Filter():
                return [item for value in values for item in self._filtered(node, value)]

    def _field(self, name: str, values: list[Any]) -> list[Any]:
        found = [value[name] for value in values if is_object(value) and name in value]
        if values and not found and not self._allow_missing:
            raise JSONPathError(f"{name} is not found")
        return found

    def _filtered(self, node: Filter, value: Any) -> Iterator[Any]:
        if not is_array(value):
            raise JSONPathError(f"{_shown(value)} is no list that could be filtered")
        for item in value:
            if node.operator is None:
                if self._exists(node.left, item):
                    yield item
                continue
            left, right = (self._compared(side, item) for side in (node.left, node.right))
            if left and right and _holds(node.operator, left[0], right[0]):
                yield item

    def _exists(self, path: Iterable[Node], item: Any) -> bool:
        try:
            return bool(self.all(path, [item]))
        except JSONPathError:
            return False

    def _compared(self, path: Iterable[Node], item: Any) -> list[Any]:
        found = self.all(path, [item])
        if len(found) > 1:
            raise JSONPathError("only one value can be compared, and there are several")
        return found


def _children(value: Any) -> Iterable[Any]:
    if is_object(value):
        return value.values()
    return value if is_array(value) else ()


def _descendants(value: Any) -> Iterator[Any]:
    """The value and what is below it, each before what it holds; what holds nothing is left out."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if value and (is_object(value) or is_array(value) or isinstance(value, str)):
            yield value
            waiting.extend(reversed(list(_children(value))))


def _sliced(node: Slice, value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if not is_array(value):
        raise JSONPathError(f"{_shown(value)} is no list")
    length = len(value)
    first = node.first or 0
    first += length if first < 0 else 0
    end = _end(node, length)
    if first == end:
        return ()
    if not (0 <= first < length and 0 <= end <= length):
        outside = end - 1 if 0 <= first < length else first
        raise JSONPathError(f"the index {outside} is outside of a list of {length}")
    if first > end:
        raise JSONPathError(f"the slice starts at {first} and ends at {end}, before it")
    if node.step is not None and node.step <= 0:
        raise JSONPathError("the step of a slice is at least 1")
    return value[first : end : node.step or 1]


def _end(node: Slice, length: int) -> int:
    if node.is_index:
        end = (node.first or 0) + 1
        return end + length if end <= 0 else end
    end = length if node.end is None else node.end
    return end + length if end < 0 else end


def _holds(sign: str, left: Any, right: Any) -> bool:
    kinds = {_kind(left), _kind(right)}
    if len(kinds) > 1:
        raise JSONPathError(f"{_shown(left)} and {_shown(right)} cannot be compared")
    if kinds == {"bool"} and sign not in _EQUALITY:
        raise JSONPathError(f"{_shown(left)} is neither less nor greater than anything")
    return _COMPARE[sign](left, right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "str"
    raise JSONPathError(f"{_shown(value)} cannot be compared")


def _shown(value: Any) -> str:
    if is_object(value):
        return "an object"
    return "a list" if is_array(value) else repr(value)[:50]
