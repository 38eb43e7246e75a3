"""Answers without what is another at each run: uids and versions become numbers in their order."""

from __future__ import annotations

import re
from typing import Any

from kubewright._json import is_array, is_object
from tests.support.same_answers import is_age

__all__ = ["Plain", "normal", "without_words"]

_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_VERSIONS = (
    re.compile(r"(?<=in record \()\d+(?=\))"),
    re.compile(r"(?<=ResourceVersion in the precondition \()\d\d+(?=\))"),
    re.compile(r"(?<=old resource version: )\d+ \(\d+\)"),
    re.compile(r"(?<=current: )\d+"),
    # in objects that are printed
    re.compile(r'(?<=resourceVersion: ")\d+(?=")'),
    re.compile(r'(?<=resourceVersion":")\d+(?=")'),
    re.compile(r'(?<=resourceVersion\\":\\")\d+(?=\\")'),
    re.compile(r"(?<=[?&]resourceVersion=)(?:[2-9]|\d\d+)(?=&|$)"),
)
_ADDRESS = re.compile(r"\b10\.0\.0\.\d+\b")
_SUFFIX = re.compile(r"(?<=made-)[bcdfghjklmnpqrstvwxz2456789]{5}\b")


def normal(answers: list[Any], namespace: str, *, with_managed_fields: bool) -> list[Any]:
    """Return the answers of a case as they are written down.

    Args:
        answers: as they came.
        namespace: of the case.
        with_managed_fields: else they are left out.
    """
    run = Plain(namespace, with_managed_fields)
    return [run.plain(answer) for answer in answers]


def without_words(value: Any) -> Any:
    """Return answers without what they say to people alone."""
    if is_object(value):
        return {k: without_words(below) for k, below in value.items() if k != "message"}
    return [without_words(item) for item in value] if is_array(value) else value


class Plain:
    """Makes answers plain, one after the other, with one numbering for all of them."""

    def __init__(self, namespace: str, with_managed_fields: bool) -> None:
        self._namespace = namespace
        self._with_managed_fields = with_managed_fields
        self._numbers: dict[str, dict[str, int]] = {"U": {}, "V": {}}

    def plain(self, value: Any) -> Any:
        """Return a part of an answer without what is another at each run."""
        if is_object(value):
            value = _with_sorted_causes(value)
            return {
                self._text(key): below
                for key in sorted(value)
                if (below := self._member(key, value[key], value)) is not None or value[key] is None
            }
        if is_array(value):
            return [self.plain(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _member(self, key: str, value: Any, of: dict[str, Any]) -> Any:
        if key == "managedFields" and not self._with_managed_fields:
            return None
        if key == "managedFields" and is_array(value):
            value = _by_writer(value)
        if key == "columnDefinitions":
            # the server in memory has no descriptions: the documents it ships have none
            value = [{k: v for k, v in column.items() if k != "description"} for column in value]
        if key == "cells":
            value = ["AGE" if is_age(cell) else cell for cell in value]
        if key == "continue" and value:
            return "TOKEN"
        if key == "metadata" and is_object(value) and _is_of_many(of):
            value = {name: below for name, below in value.items() if name != "resourceVersion"}
            return {**self.plain(value), "resourceVersion": "VERSION"}
        if key == "resourceVersion" and isinstance(value, str) and value.isdecimal():
            return self._number("V", value)
        return self.plain(value)

    def _text(self, text: str) -> str:
        text = _UID.sub(lambda found: self._number("U", found[0]), text)
        text = _ADDRESS.sub("ADDRESS", text)
        for pattern in _VERSIONS:
            text = pattern.sub("VERSION", text)
        return _SUFFIX.sub("XXXXX", _TIME.sub("TIME", text.replace(self._namespace, "NAMESPACE")))

    def _number(self, kind: str, text: str) -> str:
        numbers = self._numbers[kind]
        return f"{kind}{numbers.setdefault(text, len(numbers) + 1)}"


def _by_writer(entries: list[Any]) -> list[Any]:
    """Return managed fields in an order that does not hang on the second of each write.

    Args:
        entries: in the order of a server: operations, in them seconds, in them managers.

    Raises:
        AssertionError: they are in another order.
    """
    assert entries == sorted(entries, key=_place), entries
    return sorted(entries, key=lambda entry: _place({**entry, "time": ""}))


def _place(entry: Any) -> list[str]:
    parts = ("operation", "time", "manager", "apiVersion", "subresource")
    return [str(entry.get(part, "")) for part in parts]


def _with_sorted_causes(obj: dict[str, Any]) -> dict[str, Any]:
    """Return a status with its causes by field: a server finds them in any order."""
    details = obj.get("details")
    causes = details.get("causes") if is_object(details) else None
    head, found, _ = str(obj.get("message", "")).partition(" is invalid: ")
    if not is_object(details) or not is_array(causes):
        return obj
    is_conflict = obj.get("reason") == "Conflict"
    if not found and not is_conflict:
        return obj
    ordered = sorted(causes, key=lambda cause: (cause["field"], cause["message"]))
    if is_conflict:
        return {**obj, "details": {**details, "causes": ordered}}
    words = sorted({f"{cause['field']}: {cause['message']}" for cause in causes})
    message = f"{head}{found}{'; '.join(words)}"
    return {**obj, "message": message, "details": {**details, "causes": ordered}}


def _is_of_many(obj: dict[str, Any]) -> bool:
    """Whether it is a list, or a bookmark, whose version other cases move."""
    if "items" in obj or "rows" in obj:
        return "resourceVersion" in obj["metadata"]
    return (
        set(obj) == {"kind", "apiVersion", "metadata"}
        and "uid" not in obj["metadata"]
        and ("resourceVersion" in obj["metadata"])
    )
