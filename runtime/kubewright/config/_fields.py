"""Takes typed fields out of decoded YAML and notes what is wrong, with its place, never its value."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

__all__ = ["Fields", "Problems", "one_line"]


def one_line(text: str) -> str:
    """Return the text without line breaks and terminal escapes, which names may hold."""
    return "".join(c if c.isprintable() else "?" for c in text)


class Problems:
    """Lines that say what is wrong in one file."""

    def __init__(self, file: str | None) -> None:
        """Start without any; ``file`` opens each line, where there is one."""
        self.file = file
        self.lines: list[str] = []

    def add(self, place: str, problem: str) -> None:
        """Note a problem."""
        self.lines.append(": ".join(part for part in (self.file, place, problem) if part))


class Fields:
    """The fields of one object; remembers which were asked for, and so which are unknown."""

    def __init__(self, value: object, place: str, problems: Problems) -> None:
        """Take what should be an object, or null, which is an empty one."""
        self._place = place
        self._problems = problems
        self._seen: set[str] = set()
        self._within: list[Fields] = []
        self._values: Mapping[str, Any] = {}
        if _is_mapping(value):
            self._values = value
        elif value is not None:
            problems.add(place, f"{_kind(value)} where an object is expected")

    @property
    def file(self) -> str | None:
        """The file that the fields are in."""
        return self._problems.file

    def problem(self, key: str, problem: str) -> None:
        """Note what is wrong with a field."""
        self._problems.add(self._at(key), problem)

    def raw(self, key: str) -> Any:
        """Return the value as it is; None where there is none."""
        self._seen.add(key)
        return self._values.get(key)

    def ignore(self, *keys: str) -> None:
        """Know fields without reading them."""
        self._seen.update(keys)

    def unknown(self) -> tuple[str, ...]:
        """Return the places of all fields, here and within, that nobody asked for."""
        here = [self._at(str(key)) for key in self._values if key not in self._seen]
        return (*here, *(place for child in self._within for place in child.unknown()))

    def text(self, key: str) -> str:
        """Return a string, empty where there is none."""
        value = self.raw(key)
        return "" if value is None else self._checked_text(key, value)

    def expect(self, key: str, value: str) -> None:
        """Note a problem if the field is there with another value."""
        found = self.text(key)
        if found not in ("", value):
            self.problem(key, f"{found[:64]!r} where a kubeconfig has {value!r}")

    def flag(self, key: str) -> bool:
        """Return a boolean, false where there is none."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.problem(key, f"{_kind(value)} where true or false is expected")
        return False

    def data(self, key: str) -> bytes:
        """Return decoded base64, empty where there is none."""
        text = self.text(key)
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            self.problem(key, "no valid base64")
            return b""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, empty where there is none."""
        return tuple(
            self._checked_text(f"{key}[{index}]", item)
            for index, item in enumerate(self._items(key))
        )

    def text_lists(self, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return an object whose values are lists of strings."""
        child = self.child(key)
        if child is None:
            return ()
        return tuple((str(name), child.texts(str(name))) for name in child._values)

    def text_map(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return an object whose values are strings."""
        child = self.child(key)
        if child is None:
            return ()
        return tuple((str(name), child.text(str(name))) for name in child._values)

    def child(self, key: str) -> Fields | None:
        """Return the fields of an object, None where there is none."""
        value = self.raw(key)
        if value is None:
            return None
        return self._child(self._at(key), value)

    def children(self, key: str) -> Iterator[Fields]:
        """Return the fields of each object in a list."""
        for index, item in enumerate(self._items(key)):
            yield self._child(f"{self._at(key)}[{index}]", item)

    def named(self, key: str, stanza: str) -> Iterator[tuple[str, Fields]]:
        """Return the objects of a list like ``[{name: a, <stanza>: {...}}]`` by their names."""
        names: set[str] = set()
        for index, item in enumerate(self._items(key)):
            entry = Fields(item, f"{key}[{index}]", self._problems)
            name = entry.text("name")
            if not name:
                entry.problem("name", "is missing")
            elif name in names:
                entry.problem("name", f"{name!r} is there twice: rename or remove one")
            names.add(name)
            fields = Fields(entry.raw(stanza), f"{key}[{name}].{stanza}", self._problems)
            entry._place = f"{key}[{name}]"
            fields._within.append(entry)
            yield name, fields

    def _child(self, place: str, value: object) -> Fields:
        child = Fields(value, place, self._problems)
        self._within.append(child)
        return child

    def _items(self, key: str) -> list[Any] | tuple[Any, ...]:
        value = self.raw(key)
        if _is_list(value):
            return value
        if value is not None:
            self.problem(key, f"{_kind(value)} where a list is expected")
        return ()

    def _checked_text(self, key: str, value: object) -> str:
        if isinstance(value, str):
            return value
        hint = ": put it in quotes" if isinstance(value, bool | int | float) else ""
        self.problem(key, f"{_kind(value)} where text is expected{hint}")
        return ""

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if _is_mapping(value):
        return "an object"
    return "a list" if _is_list(value) else type(value).__name__


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
