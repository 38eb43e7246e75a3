"""YAML and JSON files as plain data, read the way kubectl reads them.

The values are built from the parser's events, without PyYAML's constructors: nothing in a file can
name a Python type, nesting is bounded before anything recurses, aliases are counted before they
multiply, and duplicate keys are seen. Go counterpart: ``sigs.k8s.io/yaml``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from kubewright._errors import DecodeError
from kubewright._json import is_array
from kubewright._shown import one_line, shown

__all__ = [
    "MAX_DEPTH",
    "MAX_FILE_SIZE",
    "DocumentError",
    "key_of",
    "load_documents",
    "plain_value",
    "tagged_value",
]

MAX_FILE_SIZE = 128 * 1024 * 1024  # bytes; an API server takes objects of 3 MB at most
MAX_DEPTH = 500  # levels of lists and objects
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
MAX_VALUES = 3_000_000  # of a file; the largest CRD in public use has some 60,000
MAX_ALIASED = 200_000  # values that the aliases of one document may add; text counts by the kB

# sigs.k8s.io/yaml stands on go-yaml v2, which follows YAML 1.1 for these words even where no
# boolean is asked for: kubectl sends `default: on` as true, and turns a bare key `y` into "true".
_TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
}
_NOT_FINITE = {
    f"{sign}{word}"
    for sign in ("", "+", "-")
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
} - {"+.nan", "+.NaN", "+.NAN", "-.nan", "-.NaN", "-.NAN"}
# as go-yaml v2: 0o17 and 017 are octal, underscores are dropped, there is no base 60, and what
# looks like a timestamp stays text
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_TAG = "tag:yaml.org,2002:"
_FIRST = frozenset("+-.0123456789")  # what a number can begin with
_MERGE = object()  # the bare key `<<`


class DocumentError(DecodeError):
    """A file that is malformed, or holds what is refused.

    Attributes:
        problem: what is wrong.
        file: how the caller named it.
        place: where in there, such as ``line 3``; may be empty.
    """

    def __init__(self, problem: str, *, file: str, place: str = "") -> None:
        super().__init__(": ".join(one_line(part) for part in (file, place, problem) if part))
        self.problem = problem
        self.file = file
        self.place = place


def load_documents(data: bytes, file: str) -> Iterator[tuple[Any, int]]:
    """Read every document of a file.

    Args:
        data: the file: YAML of one or several documents, or JSON.
        file: how messages name it.

    Yields:
        Each document that is not empty, and the line it begins on, counted from 1.

    Raises:
        DocumentError: the file is too large, malformed, or holds what is refused: tags other than
            the plain ones, duplicate keys, infinities, too deep nesting, multiplying aliases.
    """
    if len(data) > MAX_FILE_SIZE:
        raise DocumentError(
            f"the file has {len(data):,} bytes; more than {MAX_FILE_SIZE:,} are not read", file=file
        )
    text = data.lstrip()
    if text.startswith((b"{", b"[")):
        if sum(data.count(mark) for mark in b",[{") > MAX_VALUES:  # memory: 60 bytes for `[],`
            raise DocumentError(f"more than {MAX_VALUES:,} values", file=file)
        try:
            value = _load_json(data)
        except ValueError as error:
            if file.endswith(".json"):
                raise _json_error(error, file) from None
        except RecursionError:
            raise DocumentError(_TOO_DEEP, file=file) from None
        else:
            yield value, 1
            return
    yield from _Builder(data, file).documents()


def _load_json(data: bytes) -> Any:
    value = json.loads(
        data, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_json_integer
    )
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise RecursionError


class _RefusedError(ValueError):
    """JSON that Python takes and we do not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"the key {shown(key)} comes twice")
            seen.add(key)
    return mapping


def _no_constant(word: str) -> Any:
    raise _RefusedError(f"{word} is no JSON")


def _json_integer(digits: str) -> int | float:
    return _integer(digits, 10) if len(digits) < 25 else _finite(float(digits))


def _json_error(error: ValueError, file: str) -> DocumentError:
    if isinstance(error, json.JSONDecodeError):
        return DocumentError(f"no JSON: {error.msg}", file=file, place=f"line {error.lineno}")
    if isinstance(error, UnicodeDecodeError):
        return DocumentError("the text is not UTF-8", file=file)
    return DocumentError(str(error), file=file)


def _finite(number: float) -> float:
    if math.isfinite(number):
        return number
    raise _RefusedError("a number beyond the range of a double")


def _integer(digits: str, base: int) -> int | float:
    """As Go: 64 bits with or without a sign, a double beyond that."""
    number = int(digits, base)
    return number if -(2**63) <= number < 2**64 else float(number)


def plain_value(text: str) -> Any:
    """Return the value of a scalar that is written without quotes and without a tag.

    Raises:
        ValueError: it cannot be said in JSON.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    if text in _NOT_FINITE:
        raise _RefusedError(f"{text} cannot be said in JSON")
    return _number(text)


def _number(text: str) -> Any:
    digits = text.replace("_", "") if text[0] != "." else text
    if len(digits) > 400:
        return text  # beyond the range of a double, which go-yaml leaves as text
    if _INTEGER.match(digits):
        bare = digits.lstrip("+-").lower()
        base = 10
        if bare[0] == "0" and len(bare) > 1:
            base = {"x": 16, "b": 2}.get(bare[1], 8)
            if base == 8 and bare[1] != "o":
                digits = digits.replace("0", "0o", 1)
        try:
            return _integer(digits, base)
        except OverflowError:
            return text  # of another base; as above
    if _FLOAT.match(digits):
        number = float(digits)
        return number if math.isfinite(number) else text
    return text


def tagged_value(tag: str, text: str) -> Any:
    """Return the value of a scalar with an explicit tag of the core schema.

    Raises:
        ValueError: it is none of its type, or the tag is no plain one.
    """
    name = tag.removeprefix(_TAG)
    if name in ("str", "timestamp") or tag == "!":
        return text
    value = plain_value(text)
    expected: dict[str, tuple[type, ...]] = {
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "null": (type(None),),
    }
    if tag.startswith(_TAG) and name in expected:
        if type(value) in expected[name]:
            return float(value) if name == "float" else value
        raise _RefusedError(f"{shown(text)} is no {name}")
    raise _RefusedError(f"the tag {shown(tag)} is refused: only plain data is read")


def key_of(value: Any) -> Any:
    """Return the text of a key: numbers and booleans become what kubectl makes of them.

    Raises:
        ValueError: it is neither, nor text.
    """
    if value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    raise _RefusedError(f"{shown(value)} cannot be a key: keys are text")


class _Frame:
    """A list or an object that is being read."""

    __slots__ = ("anchor", "count", "key", "merged", "value", "waiting")

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None, count: int) -> None:
        self.value = value
        self.anchor = anchor
        self.count = count  # the document's when this began
        self.key: Any = None
        self.waiting = False  # for the value of the key
        self.merged: set[str] = set()  # keys that a merge brought: they may be given again


class _Builder:
    """Builds values from the events of libyaml's parser."""

    def __init__(self, data: bytes, file: str) -> None:
        self._data = data
        self._file = file
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0  # values in this document, as if aliases were written out
        self._aliased = 0
        self._left = MAX_VALUES
        self._root: Any = None

    def documents(self) -> Iterator[tuple[Any, int]]:
        event: Any = None
        line = 1
        try:
            parser = cast("Any", yaml.CSafeLoader(self._data))
            while True:
                event = parser.get_event()
                kind = event.__class__
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.DocumentStartEvent:
                    self._begin()
                    line = event.end_mark.line + 1
                elif kind is yaml.DocumentEndEvent:
                    if self._root is not None:
                        yield self._root, line
                elif kind is yaml.StreamEndEvent:
                    return
                else:
                    self._collection(kind, event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"line {mark.line + 1}" if mark else ""
            problem = f"no YAML: {error.problem or error.context}"
            if "nesting" in problem:
                # a newer libyaml looks ahead, and may meet its own limit before we do
                problem = _TOO_DEEP
            raise self._error(problem, place) from None
        except yaml.reader.ReaderError as error:
            raise self._error(f"no YAML: {error.reason}", f"byte {error.position}") from None
        except UnicodeDecodeError:
            raise self._error("the text is not UTF-8", "") from None
        except _RefusedError as error:
            raise self._error(str(error), f"line {event.start_mark.line + 1}") from None

    def _error(self, problem: str, place: str) -> DocumentError:
        return DocumentError(problem, file=self._file, place=place)

    def _begin(self) -> None:
        self._frames = []
        self._anchors = {}
        self._left -= self._count
        self._count = self._aliased = 0
        self._root = None

    def _scalar(self, event: Any) -> None:
        text: str = event.value
        if event.tag is not None:
            value = tagged_value(event.tag, text)
        elif not event.implicit[0]:
            value = text  # quoted, or a block
        elif text == "<<":
            frame = self._frames[-1] if self._frames else None
            is_key = frame is not None and frame.value.__class__ is dict and not frame.waiting
            value = _MERGE if is_key else text
        else:
            value = plain_value(text)
        self._count += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1 + len(text) // 1024)
        self._add(value)

    def _collection(self, kind: Any, event: Any) -> None:
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            name = "map" if kind is yaml.MappingStartEvent else "seq"
            if event.tag not in (None, _TAG + name, "!"):
                raise _RefusedError(
                    f"the tag {shown(event.tag)} is refused: only plain data is read"
                )
            if len(self._frames) >= MAX_DEPTH:
                raise _RefusedError(_TOO_DEEP)
            value: dict[str, Any] | list[Any] = {} if name == "map" else []
            self._frames.append(_Frame(value, event.anchor, self._count))
            self._count += 1
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            frame = self._frames.pop()
            if frame.anchor is not None:
                # only now: an alias inside of its own anchor would make endless data
                self._anchors[frame.anchor] = (frame.value, self._count - frame.count)
            self._add(frame.value)
        elif kind is yaml.AliasEvent:
            self._alias(event.anchor)

    def _alias(self, name: str) -> None:
        if name not in self._anchors:
            raise _RefusedError(f"the alias {shown(name)} has no anchor before it")
        value, count = self._anchors[name]
        self._count += count
        self._aliased += count
        if self._aliased > MAX_ALIASED:
            raise _RefusedError(f"aliases stand for more than {MAX_ALIASED:,} values")
        self._add(value)

    def _add(self, value: Any) -> None:
        if self._count > self._left:
            raise _RefusedError(f"more than {MAX_VALUES:,} values")
        if not self._frames:
            self._root = value
            return
        frame = self._frames[-1]
        target = frame.value
        if isinstance(target, list):
            target.append(value)
        elif not frame.waiting:
            frame.key = value if value is _MERGE else key_of(value)
            frame.waiting = True
            if frame.key in target and frame.key not in frame.merged:
                raise _RefusedError(f"the key {shown(frame.key)} comes twice")
        else:
            frame.waiting = False
            if frame.key is _MERGE:
                _merge(frame, target, value)
            else:
                target[frame.key] = value
                frame.merged.discard(frame.key)


def _merge(frame: _Frame, target: dict[str, Any], value: Any) -> None:
    """Take what ``<<`` brings; what the object says itself wins, then the first of a list."""
    sources = value if is_array(value) else [value]
    for source in sources:
        if not isinstance(source, dict):
            raise _RefusedError("<< takes an object or a list of objects")
        for key, item in cast("dict[str, Any]", source).items():
            if key not in target:
                target[key] = item
                frame.merged.add(key)
