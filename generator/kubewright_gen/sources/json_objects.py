"""Reading of JSON objects that must have a certain shape; a wrong one is named with its place.

``null`` counts as absent everywhere, as it does where Go reads JSON into structs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright_gen.errors import SourceError

__all__ = ["JSONObject"]


@dataclass(frozen=True, slots=True)
class JSONObject:
    """A JSON object with the place that it was found in.

    Attributes:
        data: the object.
        file: the file that it is in.
        place: the path of it there, such as ``spec.versions[0]``; empty for the whole document.
    """

    data: dict[str, Any]
    file: str
    place: str = ""

    @classmethod
    def of(cls, value: Any, file: str, place: str = "") -> JSONObject:
        """Take a value that has to be an object.

        Raises:
            SourceError: it is something else.
        """
        if not is_object(value):
            raise SourceError(f"expected an object, not {shown(value)}", file=file, place=place)
        return cls(value, file, place)

    def at(self, key: str) -> str:
        """The place of a member."""
        return f"{self.place}.{key}" if self.place else key

    def error(self, key: str, problem: str, *, remedy: str = "") -> SourceError:
        """An error about a member."""
        return SourceError(problem, file=self.file, place=self.at(key), remedy=remedy)

    def _wrong(self, key: str, expected: str) -> SourceError:
        return self.error(key, f"expected {expected}, not {shown(self.data.get(key))}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it has to be there and to say something.

        Raises:
            SourceError: it is something else, or missing.
        """
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and (value or default is not None):
            return value
        raise self._wrong(key, "text")

    def flag(self, key: str) -> bool:
        """A boolean, false by default.

        Raises:
            SourceError: it is something else.
        """
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(key, "true or false")

    def integer(self, key: str) -> int:
        """A whole number, 0 by default.

        Raises:
            SourceError: it is something else.
        """
        value = self.data.get(key)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value or 0
        raise self._wrong(key, "a whole number")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty by default.

        Raises:
            SourceError: it is something else.
        """
        return tuple(self._text_item(key, i, item) for i, item in enumerate(self._list(key)))

    def _text_item(self, key: str, index: int, item: Any) -> str:
        if isinstance(item, str):
            return item
        raise self.error(f"{key}[{index}]", f"expected text, not {shown(item)}")

    def object(self, key: str) -> JSONObject:
        """An object that has to be there.

        Raises:
            SourceError: it is something else, or missing.
        """
        return JSONObject.of(self.data.get(key), self.file, self.at(key))

    def optional_object(self, key: str) -> JSONObject | None:
        """An object, or None where there is none.

        Raises:
            SourceError: it is something else.
        """
        return None if self.data.get(key) is None else self.object(key)

    def objects(self, key: str) -> list[JSONObject]:
        """A list of objects, empty by default.

        Raises:
            SourceError: it is something else.
        """
        return [
            JSONObject.of(item, self.file, f"{self.at(key)}[{index}]")
            for index, item in enumerate(self._list(key))
        ]

    def _list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if is_array(value):
            return value
        raise self._wrong(key, "a list")
