"""Reads one YAML or JSON document into plain values, and trusts it with nothing.

A kubeconfig comes by mail and from wizards. The values are built here from the parser's events, so
that nothing is constructed by tag, limits hold while reading, and no message repeats a value, which
may be a secret. A plain word is what YAML 1.2 says, or text where it and YAML 1.1 differ on a
number: ``on``, ``=`` and ``010`` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from kubewright.errors import ConfigError

__all__ = ["LARGEST_DOCUMENT", "read_yaml"]

LARGEST_DOCUMENT: Final = 16 << 20  # bytes
_MOST_NODES: Final = 1_000_000  # with every alias written out
_DEEPEST: Final = 64
_TOO_DEEP: Final = f"nested more than {_DEEPEST} levels deep"

_CORE_TAGS: Final[dict[str | None, str]] = {
    None: "",
    "!": "str",
    **{f"tag:yaml.org,2002:{name}": name for name in ("str", "map", "seq")},
}
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# only what every YAML before and since takes for a number: 089, 1e3 and 1_000 are text to some
_INT: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,400})")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]{1,400}")
_FLOAT: Final = re.compile(r"([-+]?[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]{1,3})?")


def read_yaml(data: bytes) -> Any:
    """Return the document as dict, list, str, int, float, bool and None; None if it is empty.

    Raises:
        ConfigError: if it is damaged, ambiguous, or larger or deeper than any kubeconfig; with the
            line, without the file.
    """
    if len(data) > LARGEST_DOCUMENT:
        raise ConfigError(f"larger than {LARGEST_DOCUMENT >> 20} MiB")
    builder = _Builder()
    try:
        for event in _events(data):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_described(error)) from None
    except (yaml.YAMLError, UnicodeError):
        raise ConfigError("not YAML: it has bytes that are not UTF-8 text") from None
    return builder.documents[0] if builder.documents else None


def _events(data: bytes) -> Iterator[yaml.Event]:
    loader = yaml.CSafeLoader(data)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    finally:
        loader.dispose()


def _described(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
    problem = error.problem or "it cannot be parsed"
    if "nesting" in problem:  # a newer libyaml looks ahead, and may meet its own limit first
        return f"{where}{_TOO_DEEP}"
    return f"{where}not YAML: {problem}"


@dataclass(slots=True)
class _Frame:
    """A list or an object that is being read."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    size: int = 1
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Turns events into values, on a stack of its own instead of Python's."""

    documents: list[Any] = field(default_factory=list[Any])
    _stack: list[_Frame] = field(default_factory=list[_Frame])
    _anchors: dict[str, tuple[Any, int]] = field(default_factory=dict[str, tuple[Any, int]])
    _nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._take_scalar(event)
            case yaml.MappingStartEvent():
                self._open(event, {})
            case yaml.SequenceStartEvent():
                self._open(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frame = self._stack.pop()
                self._put(event, frame.value, frame.size, frame.anchor)
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:
                    raise _error(event, "an alias (*) without an anchor (&) before it")
                self._put(event, *self._anchors[event.anchor], None)
            case yaml.DocumentStartEvent() if self.documents:
                raise _error(event, "a second document: one file holds one kubeconfig")
            case _:
                pass

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, value: Any) -> None:
        _check_tag(event, event.tag, "seq" if isinstance(event, yaml.SequenceStartEvent) else "map")
        if len(self._stack) >= _DEEPEST:
            raise _error(event, _TOO_DEEP)
        self._check_key(event, None)
        self._stack.append(_Frame(value, event.anchor))

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        _check_tag(event, event.tag, "str")
        text: str = event.value
        plain = event.style is None or event.style == ""
        value = _resolved(text) if plain and event.tag is None else text
        if not self._check_key(event, value):
            self._put(event, value, 1, event.anchor)

    def _check_key(self, event: yaml.Event, value: Any) -> bool:
        """Take the value as a key, where a key is due."""
        if not self._stack or isinstance(self._stack[-1].value, list):
            return False
        frame = self._stack[-1]
        if frame.key is not None:
            return False
        if not isinstance(value, str):
            raise _error(event, "a key that is not text: quote it")
        if value == "<<":
            raise _error(event, "merge keys (<<) are not supported: write the fields out")
        if value in frame.value:
            raise _error(event, f"the key {value[:64]!r} is there twice")
        frame.key = value
        return True

    def _put(self, event: yaml.Event, value: Any, size: int, anchor: str | None) -> None:
        self._nodes += 1
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._stack:
            self.documents.append(value)
            return
        frame = self._stack[-1]
        frame.size += size
        if frame.size > _MOST_NODES or self._nodes > _MOST_NODES:
            raise _error(event, f"more than {_MOST_NODES:,} values, aliases written out")
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is None:
            raise _error(event, "a key that is not text: quote it")
        else:
            frame.value[frame.key] = value
            frame.key = None


def _resolved(text: str) -> Any:
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _check_tag(event: yaml.Event, tag: str | None, expected: str) -> None:
    if _CORE_TAGS.get(tag, "other") not in ("", expected):
        raise _error(event, "a tag (!): such values are not allowed; quote what is meant as text")


def _error(event: yaml.Event, problem: str) -> ConfigError:
    mark = event.start_mark
    where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
    return ConfigError(f"{where}{problem}")
