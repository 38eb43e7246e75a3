"""Templates as users hold them."""

from __future__ import annotations

import math
import re
from typing import Any, Self

import msgspec

from kubewright._json import is_array, is_object
from kubewright.jsonpath._evaluate import find
from kubewright.jsonpath._nodes import JSONPathError, Part
from kubewright.jsonpath._parse import parse

__all__ = ["JSONPath"]

_RELAXED = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)", re.DOTALL)


class JSONPath:
    """A template that was read once, to be applied to any data.

    The data are plain: what ``to_wire()`` of a model gives, or what YAML and JSON hold.
    """

    def __init__(self, text: str, parts: tuple[Part, ...], *, allow_missing: bool) -> None:
        """Take a template that was read; `parse` and `relaxed` read one."""
        self._text = text
        self._parts = parts
        self._allow_missing = allow_missing

    @classmethod
    def parse(cls, text: str, *, allow_missing: bool = False) -> Self:
        """Read a template such as ``{.items[*].metadata.name}``.

        Args:
            text: the template; what is outside of braces stands for itself.
            allow_missing: a field that is nowhere gives nothing, as with kubectl, and is no error.

        Raises:
            JSONPathError: it is none.
        """
        return cls(text, parse(text), allow_missing=allow_missing)

    @classmethod
    def relaxed(cls, text: str, *, allow_missing: bool = False) -> Self:
        """Read a path without its braces, or without its first dot: ``metadata.name``.

        kubectl takes it so for ``wait --for=jsonpath``, ``--sort-by`` and ``custom-columns``.

        Raises:
            JSONPathError: it is none.
        """
        found = _RELAXED.fullmatch(text)
        if found is None:
            raise JSONPathError(f"{text[:200]!r} is no path: expected name or {{.name}}")
        inside = f"{{.{found[1] or found[2]}}}"
        return cls(text, parse(inside), allow_missing=allow_missing)

    def find(self, data: Any) -> list[list[Any]]:
        """Return the results of each text and action; those in a range once for each round.

        Raises:
            JSONPathError: the template does not fit the data.
        """
        return list(find(self._parts, data, allow_missing=self._allow_missing))

    def values(self, data: Any) -> list[Any]:
        """Return all results together.

        Raises:
            JSONPathError: the template does not fit the data.
        """
        return [value for results in self.find(data) for value in results]

    def render(self, data: Any) -> str:
        """Return the results as text, as kubectl prints them.

        Raises:
            JSONPathError: the template does not fit the data.
        """
        return "".join(" ".join(map(_text, results)) for results in self.find(data))

    def __repr__(self) -> str:
        return f"JSONPath({self._text!r})"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if is_object(value) or is_array(value):
        return msgspec.json.encode(value, order="sorted").decode()
    return _float(value) if isinstance(value, float) else str(value)


def _float(value: float) -> str:
    """As Go prints it: with an exponent only below 1e-4 and from 1e21 on."""
    if not math.isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    power = int(exponent)
    return f"{digits}e{'-' if power < 0 else '+'}{abs(power):02d}"
